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
		request = f.planRequest()
		return nil
	})
	return step, request, err
}

// planRequest is what the planner is told about the contact. Channels on which this attempt was refused are left out.
func (f *facts) planRequest() *models.PlanRequest {
	campaign, contact := f.Campaign, f.Contact
	zone := campaign.Timezone
	if contact.Timezone != nil {
		zone = *contact.Timezone
	}
	request := &models.PlanRequest{
		OutreachID: uuid.Must(uuid.NewV7()).String(),
		Now:        f.Now,
		Campaign: models.PlanCampaign{
			Name: campaign.Name, Type: campaign.Type, Objective: campaign.Objective, Instructions: campaign.Instructions,
		},
		Sender: campaign.Sender,
		Contact: models.PlanContact{
			FirstName: contact.FirstName, LastName: contact.LastName, Timezone: zone, Properties: contact.Properties,
		},
		Attempt:     contact.Attempts + 1,
		MaxAttempts: campaign.MaxAttempts,
	}
	earliest := f.Now
	if starts := campaign.Starts(); starts.After(earliest) {
		earliest = starts
	}
	for _, channel := range campaign.Channels {
		if contact.Reaches(channel) && !slices.Contains(f.Refused, channel) {
			request.Channels = append(request.Channels, models.PlanChannel{Channel: channel, Earliest: earliest})
		}
	}
	return request
}

// StorePlan stores the AI's plan, where the contact still wants one, and says what follows. A plan that came while the
// campaign was paused is kept; one for a channel that is allowed no more is dropped, and the contact planned anew.
// Error: CodeNotFound.
func (s *Store) StorePlan(
	ctx context.Context, campaignID, contactID string, request models.PlanRequest, plan models.Plan,
) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		f.Contact.PlannerFailures = 0
		wanted := f.Outreach == nil && !f.Contact.Finished() && f.Contact.RemovedAt == nil &&
			f.Contact.Attempts+1 == request.Attempt && f.Campaign.Has(plan.Channel) && f.Contact.Reaches(plan.Channel) &&
			!slices.Contains(f.Refused, plan.Channel)
		if wanted {
			if err := f.addOutreach(tx, request, plan); err != nil {
				return err
			}
		}
		step, err = s.decide(tx, f)
		return err
	})
	return step, err
}

// addOutreach writes a planned outreach with its first version.
func (f *facts) addOutreach(tx *gorm.DB, request models.PlanRequest, plan models.Plan) error {
	outreach := models.Outreach{
		ID: request.OutreachID, CampaignID: f.Campaign.ID, ContactID: f.Contact.ID, Attempt: request.Attempt,
		Channel: plan.Channel, State: models.OutreachPlanned, SendAt: plan.SendAt.UTC().Truncate(time.Microsecond),
		Version: 1, CreatedAt: f.Now, UpdatedAt: f.Now,
	}
	version := models.OutreachVersion{
		OutreachID: outreach.ID, Version: 1, Body: plan.Body, Reason: plan.Reason, Author: models.AuthorAI,
		Model: plan.Model, PromptTokens: plan.PromptTokens, CompletionTokens: plan.CompletionTokens, CreatedAt: f.Now,
	}
	if plan.Channel == models.ChannelEmail {
		version.Subject = &plan.Subject
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

// FailPlan records that the AI could not plan; the contact waits, longer after each failure in a row, or as long as the
// provider asks. Where the row wants something else by now, that is the step. Error: CodeNotFound.
func (s *Store) FailPlan(
	ctx context.Context, campaignID, contactID string, retryAfter time.Duration,
) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		step = models.Decide(f.Facts)
		if step.Do == models.DoPlan {
			f.Contact.PlannerFailures++
			until := f.Now.Add(max(retryAfter, models.Backoff(f.Contact.PlannerFailures)))
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
