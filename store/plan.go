package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"beckon/models"
)

// BeginPlan is the first read of the row by a contact's workflow, and the check before the AI is asked: it notes the
// workflow's run and records what the contact does. Only where the step is DoPlan there is a request.
// Error: CodeNotFound.
func (s *Store) BeginPlan(
	ctx context.Context, campaignID, contactID, runID string,
) (step models.Step, request *models.PlanRequest, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		f.Contact.RunID = &runID
		if step, err = s.decide(tx, f); err != nil || step.Do != models.DoPlan {
			return err
		}
		request, err = f.planRequest(tx)
		return err
	})
	return step, request, err
}

// planRequest is what the planner is told about the contact. Only channels that may be used for this attempt are in it, each
// with the earliest time that its window, the campaign's dates and its distance to the attempt before allow.
func (f *facts) planRequest(tx *gorm.DB) (*models.PlanRequest, error) {
	campaign, contact := f.Campaign, f.Contact
	zones, _ := models.ContactZones(contact, campaign)
	request := &models.PlanRequest{
		OutreachID: uuid.Must(uuid.NewV7()).String(),
		Now:        f.Now,
		Campaign: models.PlanCampaign{
			Name: campaign.Name, Type: campaign.Type, Objective: campaign.Objective, Instructions: campaign.Instructions,
			Region: campaign.DefaultRegion,
		},
		Sender: campaign.Sender,
		Contact: models.PlanContact{
			FirstName: contact.FirstName, LastName: contact.LastName, Timezone: zones[0].String(),
			Properties: contact.Properties,
		},
		Attempt:     contact.Attempts + 1,
		MaxAttempts: campaign.MaxAttempts,
		RepliedAt:   contact.LastReplyAt,
		MayComplete: campaign.Type == models.CampaignFollowUp && contact.Attempts > 0,
		FirstText:   f.firstText(""),
	}
	if campaign.Eligibility.Prompt != nil {
		request.EligibilityPrompt = *campaign.Eligibility.Prompt
	}
	for _, channel := range f.Usable() {
		request.Channels = append(request.Channels, f.planChannel(channel))
	}
	if contact.Attempts == 0 && contact.LastReplyAt == nil {
		return request, nil
	}
	return request, f.past(tx, request)
}

// planChannel is what the planner is told of a channel. Where the channel never opens, or opens only after the campaign's
// end, the plan may have any time: the claim says what it waits for. The time of a scheduled campaign's first outreach is
// the campaign's.
func (f *facts) planChannel(channel models.Channel) models.PlanChannel {
	c, earliest := f.Campaign, f.earliest()
	told := models.PlanChannel{
		Channel: channel, Earliest: earliest, Windows: c.Windows.Remaining(channel, c.QuietHours),
	}
	hours := f.Hours(channel)
	opens, found := hours.Next(earliest)
	if !found {
		return told
	}
	told.Earliest = opens.UTC()
	if f.Contact.Attempts == 0 && c.ExecutionMode == models.ModeScheduled && c.ScheduledAt != nil {
		return told
	}
	told.Hours = &hours
	if ends := c.Ends(); ends.After(opens) {
		told.Latest = &ends
	}
	return told
}

// earliest is the first instant at which the next attempt may go, whatever its channel.
func (f *facts) earliest() time.Time {
	c, earliest := f.Campaign, f.Now
	after := func(t time.Time) {
		if t.After(earliest) {
			earliest = t
		}
	}
	after(c.Starts())
	if f.Contact.Attempts == 0 && c.ExecutionMode == models.ModeScheduled && c.ScheduledAt != nil {
		after(*c.ScheduledAt)
	}
	if f.Contact.Attempts > 0 && f.LastClaim != nil {
		after(f.LastClaim.Add(time.Duration(c.MinHoursBetweenAttempts) * time.Hour))
	}
	return earliest.UTC()
}

// past tells the planner what was sent before and what the contact answered, the latest of each.
func (f *facts) past(tx *gorm.DB, request *models.PlanRequest) error {
	sent := []*models.Outreach{}
	ids := []string{}
	for i := range f.outreaches {
		if o := &f.outreaches[i]; o.ClaimedAt != nil && o.State.Counts() {
			sent, ids = append(sent, o), append(ids, o.ID)
		}
	}
	if over := len(sent) - models.MaxPlanPast; over > 0 {
		sent, ids = sent[over:], ids[over:]
	}
	plans, err := plansOf(tx, ids)
	if err != nil {
		return err
	}
	for _, o := range sent {
		plan := plans[planKey{o.ID, o.Version}]
		past := models.PlanPast{
			Attempt: o.Attempt, Channel: o.Channel, At: o.ClaimedAt.UTC(), Outcome: string(o.State), Body: plan.Body,
		}
		if o.Outcome != nil {
			past.Outcome = string(*o.Outcome)
		}
		if plan.Subject != nil {
			past.Subject = *plan.Subject
		}
		request.History = append(request.History, past)
	}
	replies := []models.Reply{}
	err = tx.Where("contact_id = ?", f.Contact.ID).Order("at DESC, id DESC").Limit(models.MaxPlanPast).Find(&replies).Error
	if err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	slices.Reverse(replies)
	for i := range replies {
		request.Replies = append(request.Replies, models.PlanReply{
			ID: replies[i].ID, Channel: replies[i].Channel, At: replies[i].At.UTC(), Text: replies[i].Text,
			Considered: replies[i].ConsideredAt != nil,
		})
	}
	return nil
}

// StorePlan stores the AI's plan, where the contact still wants one, and says what follows. A plan that came while the
// campaign was paused is kept; one for a channel that is allowed no more, or made without a reply that has come meanwhile, is
// dropped, and the contact planned anew. Where the AI found that the contact is done, or not eligible, it is finished; where
// it found that a reply asks not to be contacted any more, that is carried out, whatever has happened meanwhile. The plan has
// passed models.Plan.Check. Error: CodeNotFound.
func (s *Store) StorePlan(
	ctx context.Context, campaignID, contactID string, request models.PlanRequest, plan models.Plan,
) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		f.Contact.PlannerFailures, f.Contact.PlannerCode = 0, ""
		if plan.Decision == models.DecideOptOut {
			step, err = s.optOutAsPlanned(tx, f, plan)
			return err
		}
		answered := !sameInstant(f.Contact.LastReplyAt, request.RepliedAt) // whatever the clocks of both say
		if !answered {
			if err := f.considerReplies(tx); err != nil {
				return err
			}
		}
		wanted := f.Outreach == nil && !f.Contact.Finished() && f.Contact.RemovedAt == nil &&
			f.Contact.Attempts+1 == request.Attempt && !answered
		kept := false
		switch {
		case !wanted:
		case plan.Decision == models.DecideComplete || plan.Decision == models.DecideNotEligible:
			step, kept, err = s.endAsPlanned(tx, f, request, plan)
			if err != nil || kept {
				return err
			}
		case slices.Contains(f.Usable(), plan.Channel):
			kept = true
			if err := f.addOutreach(tx, request, plan, models.OutreachPlanned); err != nil {
				return err
			}
		}
		if !kept {
			if err := f.spend(tx, plan, codeDropped); err != nil {
				return err
			}
		}
		step, err = s.decide(tx, f)
		return err
	})
	return step, err
}

// sameInstant says whether both are nil, or the same instant.
func sameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// endAsPlanned finishes the contact as the AI found. Its reason, and what it took, are kept as an outreach that was
// cancelled. Where the campaign holds the contact for now, nothing is kept, and the contact is planned anew afterwards.
func (s *Store) endAsPlanned(
	tx *gorm.DB, f *facts, request models.PlanRequest, plan models.Plan,
) (step models.Step, kept bool, err error) {
	if held := models.Decide(f.Facts); held.Do != models.DoPlan {
		return models.Step{}, false, nil
	}
	if len(request.Channels) > 0 && plan.Channel == "" {
		plan.Channel = request.Channels[0].Channel
	}
	plan.SendAt = f.Now
	if err := f.addOutreach(tx, request, plan, models.OutreachCancelled); err != nil {
		return models.Step{}, false, err
	}
	step = models.Step{Do: models.DoFinish, Status: models.ContactCompleted, Reason: models.ReasonPlannerDone}
	if plan.Decision == models.DecideNotEligible {
		step.Status, step.Reason = models.ContactDisqualified, models.ReasonNotEligible
		f.Contact.EligibilityReason = new(keptReason(plan.Reason))
	}
	return step, true, s.record(tx, f, step)
}

// addOutreach writes a planned outreach with its first version, whose number is the contact's next: whoever approves or edits
// a version that was superseded meanwhile does not mean this one. Its time is moved into the channel's window; that of the
// first outreach of a scheduled campaign is the campaign's.
func (f *facts) addOutreach(
	tx *gorm.DB, request models.PlanRequest, plan models.Plan, state models.OutreachState,
) error {
	sendAt := plan.SendAt
	if c := f.Campaign; request.Attempt == 1 && c.ExecutionMode == models.ModeScheduled && c.ScheduledAt != nil {
		sendAt = *c.ScheduledAt
	}
	if opens, found := f.Hours(plan.Channel).Next(sendAt); found {
		sendAt = opens
	}
	outreach := models.Outreach{
		ID: request.OutreachID, CampaignID: f.Campaign.ID, ContactID: f.Contact.ID, Attempt: request.Attempt,
		Channel: plan.Channel, State: state, SendAt: sendAt.UTC().Truncate(time.Microsecond),
		Version: f.nextVersion(), CreatedAt: f.Now, UpdatedAt: f.Now,
	}
	version := models.OutreachVersion{
		OutreachID: outreach.ID, Version: outreach.Version, Body: plan.Body, Reason: plan.Reason, Author: models.AuthorAI,
		Model: plan.Model, PromptTokens: plan.PromptTokens, CompletionTokens: plan.CompletionTokens, CreatedAt: f.Now,
	}
	if plan.Channel == models.ChannelEmail {
		version.Subject = &plan.Subject
	}
	if plan.Channel == models.ChannelPhone && plan.VoicemailText != "" {
		version.VoicemailText = &plan.VoicemailText
	}
	if err := tx.Create(&outreach).Error; err != nil {
		return fmt.Errorf("store outreach: %w", err)
	}
	if err := tx.Create(&version).Error; err != nil {
		return fmt.Errorf("store plan: %w", err)
	}
	f.outreaches = append(f.outreaches, outreach)
	f.sort()
	return nil
}

// nextVersion is one more than the highest version of the contact's plans.
func (f *facts) nextVersion() int {
	highest := 0
	for i := range f.outreaches {
		highest = max(highest, f.outreaches[i].Version)
	}
	return highest + 1
}

// FailPlan records that the AI could not plan, and what its refused answers took; the contact waits, longer after each
// failure in a row, or as long as the provider asks, and says why. Where the row wants something else by now, that is the
// step. Error: CodeNotFound.
func (s *Store) FailPlan(
	ctx context.Context, campaignID, contactID string, failure *models.ProviderError, spent models.Plan,
) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		if err := f.spend(tx, spent, failure.Code); err != nil {
			return err
		}
		step = models.Decide(f.Facts)
		if step.Do == models.DoPlan {
			f.Contact.PlannerFailures++
			f.Contact.PlannerCode = failure.Code
			until := f.Now.Add(max(failure.RetryAfter, models.Backoff(f.Contact.PlannerFailures)))
			reason := models.WaitPlannerError
			f.Contact.WaitingReason, f.Contact.WaitingUntil, f.Contact.WaitingSince = &reason, &until, &f.Now
		}
		step, err = s.decide(tx, f)
		return err
	})
	return step, err
}

// Look reads the row for a contact's workflow that was woken, and says what follows. Error: CodeNotFound.
func (s *Store) Look(ctx context.Context, campaignID, contactID, runID string) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		f.Contact.RunID = &runID
		step, err = s.decide(tx, f)
		return err
	})
	return step, err
}
