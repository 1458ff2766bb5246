package api_test

import (
	"context"
	"slices"

	"beckon/models"
)

// fakeOutreaches is what the fake store knows of outreaches beside their contacts' details.
type fakeOutreaches struct {
	contactControl models.ContactControlOptions
	edit           models.OutreachEdit
	bulk           models.BulkRequest
	resentBy       string
	review         []models.ReviewRow
	reviewFilter   models.ReviewFilter
	performance    models.Performance
	days           [2]*string // that Performance was asked for
}

// unknownOutreach gives the contact an outreach that may be resent, and returns its id.
func (b *testBundle) unknownOutreach(contact *models.Contact) string {
	b.t.Helper()
	id := newID()
	detail := b.store.details[contact.ID]
	detail.History = append(detail.History, models.PastOutreach{Outreach: models.Outreach{
		ID: id, Attempt: 1, Channel: models.ChannelEmail, State: models.OutreachUnknown, ClaimedAt: new(testNow()),
	}})
	b.store.details[contact.ID] = detail
	return id
}

// planned gives the contact a planned outreach.
func (b *testBundle) planned(contact *models.Contact) {
	b.t.Helper()
	detail := b.store.details[contact.ID]
	detail.NextOutreach = &models.Outreach{
		ID: newID(), Attempt: 1, Channel: models.ChannelEmail, State: models.OutreachPlanned, Version: 1, SendAt: testNow(),
	}
	detail.Next = &models.OutreachVersion{Version: 1, Subject: new("Hi"), Body: "Dear Ada", Author: models.AuthorAI}
	b.store.details[contact.ID] = detail
}

func (f *fakeStore) ContactControl(
	_ context.Context, campaignID, contactID string, control models.ContactControl, options models.ContactControlOptions,
) (bool, models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return false, models.Wake{}, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return false, models.Wake{}, err
	}
	var changed bool
	if control == models.ContactApprove {
		changed, err = f.approve(c, options.Version)
	} else {
		var to models.ContactStatus
		to, changed, err = control.Target(c.Status)
		if err == nil && changed {
			c.Status, c.StatusNote = to, options.Note
		}
	}
	if err != nil {
		return false, models.Wake{}, err
	}
	f.contactControl = options
	if changed {
		c.Revision++
		f.writes++
	}
	return changed, models.Wake{CampaignID: campaignID, ContactID: contactID, Revision: c.Revision}, nil
}

func (f *fakeStore) approve(c *models.Contact, version int) (bool, error) {
	campaign, next := f.campaigns[c.CampaignID], f.details[c.ID].NextOutreach
	switch {
	case !campaign.ManualReview:
		return false, models.Errorf(models.CodeReviewOff, "review is off")
	case next == nil:
		return false, models.Errorf(models.CodeInvalidTransition, "nothing is planned")
	case next.State == models.OutreachSubmitting:
		return false, models.Errorf(models.CodeAlreadySending, "it is being sent")
	case next.Version != version:
		return false, models.Errorf(models.CodeStaleVersion, "there is another version")
	}
	changed := !next.Approved()
	next.State, next.ApprovedVersion = models.OutreachApproved, &version
	return changed, nil
}

func (f *fakeStore) EditOutreach(
	ctx context.Context, campaignID, contactID string, edit models.OutreachEdit,
) (models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Wake{}, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return models.Wake{}, err
	}
	detail := f.details[contactID]
	switch {
	case detail.NextOutreach == nil:
		return models.Wake{}, models.Errorf(models.CodeInvalidTransition, "nothing is planned")
	case detail.NextOutreach.Version != edit.Version:
		return models.Wake{}, models.Errorf(models.CodeStaleVersion, "there is another version")
	}
	f.edit = edit
	detail.NextOutreach.Version++
	detail.NextOutreach.ApprovedVersion = nil
	plan := *detail.Next
	plan.Version, plan.Author = detail.NextOutreach.Version, models.ActorOf(ctx).Author()
	if edit.Body != nil {
		plan.Body = *edit.Body
	}
	detail.Next = &plan
	f.details[contactID] = detail
	c.Revision++
	f.writes++
	return models.Wake{CampaignID: campaignID, ContactID: contactID, Revision: c.Revision}, nil
}

func (f *fakeStore) Bulk(_ context.Context, request models.BulkRequest) (models.BulkResult, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.BulkResult{}, err
	}
	c, err := f.campaign(request.CampaignID)
	if err != nil {
		return models.BulkResult{}, err
	}
	meant := 0
	for _, contact := range f.contacts {
		if contact.CampaignID == c.ID && (request.Filter != nil || slices.Contains(request.IDs, contact.ID)) {
			meant++
		}
	}
	if meant != request.ExpectedCount {
		return models.BulkResult{}, models.Errorf(models.CodeCountChanged, "it is about %d contacts", meant)
	}
	f.bulk = request
	if meant == 0 {
		return models.BulkResult{Revision: c.Revision}, nil
	}
	c.Revision++
	f.writes++
	return models.BulkResult{Changed: meant - 1, Skipped: 1, Revision: c.Revision}, nil
}

func (f *fakeStore) Resend(ctx context.Context, campaignID, contactID, outreachID string) (string, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return "", err
	}
	if _, err := f.contact(campaignID, contactID); err != nil {
		return "", err
	}
	for _, past := range f.details[contactID].History {
		switch {
		case past.ID != outreachID:
		case past.State != models.OutreachUnknown:
			return "", models.Errorf(models.CodeInvalidTransition, "it is %s", past.State)
		default:
			f.once(ctx)
			f.resentBy = models.ActorOf(ctx).Author()
			f.writes++
			return newID(), nil
		}
	}
	return "", models.Errorf(models.CodeNotFound, "there is no such outreach")
}

func (f *fakeStore) Review(_ context.Context, filter models.ReviewFilter) ([]models.ReviewRow, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	f.reviewFilter = filter
	return slices.Clone(f.review), len(f.review), nil
}

func (f *fakeStore) Performance(
	_ context.Context, campaignID string, from, to *string,
) (models.Performance, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Performance{}, err
	}
	if _, err := f.campaign(campaignID); err != nil {
		return models.Performance{}, err
	}
	f.days = [2]*string{from, to}
	return f.performance, nil
}
