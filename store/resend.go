package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// Resend has an unconfirmed outreach sent again, as an operator asks: it writes a new outreach of the same attempt, channel
// and text, which is approved and due, and whose workflow is then to be started. Called again with an idempotency key
// in ctx, it answers the same. Errors: CodeNotFound, for a removed contact too; CodeCampaignArchived; CodeInvalidTransition
// where the outreach is not `unknown`, a resend of it is open or succeeded, or the contact must not, or cannot, be
// contacted by its channel any more.
func (s *Store) Resend(
	ctx context.Context, campaignID, contactID, outreachID string,
) (resendID string, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return s.once(ctx, tx, &resendID, func() error {
			f, err := s.presentFacts(tx, campaignID, contactID)
			if err != nil {
				return err
			}
			o := f.outreach(outreachID)
			if o == nil {
				return models.Errorf(models.CodeNotFound, "there is no outreach %s", outreachID)
			}
			last, err := f.resendable(o)
			if err != nil {
				return err
			}
			if resendID, err = f.addResend(tx, o, last+1); err != nil {
				return err
			}
			return s.audit(tx, models.AuditRecord{
				Action: models.AuditResendOutreach, CampaignID: &campaignID, ContactID: &contactID, OutreachID: &outreachID,
				SubjectID: &resendID,
			})
		})
	})
	if err != nil {
		return "", err
	}
	return resendID, nil
}

// resendable says whether the outreach may be sent again, and what number its latest resend has. Error:
// CodeInvalidTransition.
func (f *facts) resendable(o *models.Outreach) (last int, err error) {
	if o.State != models.OutreachUnknown {
		return 0, models.Errorf(models.CodeInvalidTransition, "only an unconfirmed outreach can be resent; this one is %s", o.State)
	}
	for i := range f.outreaches {
		r := &f.outreaches[i]
		if r.Attempt != o.Attempt || r.Channel != o.Channel || r.Resend <= o.Resend {
			continue
		}
		last = max(last, r.Resend)
		switch r.State {
		case models.OutreachPlanned, models.OutreachApproved, models.OutreachSubmitting:
			return 0, models.Errorf(models.CodeInvalidTransition, "the outreach is being resent already")
		case models.OutreachAccepted, models.OutreachDelivered:
			return 0, models.Errorf(models.CodeInvalidTransition, "the outreach was resent already")
		case models.OutreachUnknown, models.OutreachRejected, models.OutreachFailed, models.OutreachSuperseded,
			models.OutreachCancelled:
		}
	}
	resend := *o
	resend.State, resend.Resend = models.OutreachApproved, max(last, o.Resend)+1
	if models.DecideResend(f.Facts, &resend).Do == models.DoFinish {
		return 0, models.Errorf(models.CodeInvalidTransition,
			"the contact cannot be contacted by %s any more, or its campaign has ended", o.Channel)
	}
	return max(last, o.Resend), nil
}

// addResend writes the resend and its text.
func (f *facts) addResend(tx *gorm.DB, o *models.Outreach, number int) (string, error) {
	version := models.OutreachVersion{}
	if err := tx.Where("outreach_id = ? AND version = ?", o.ID, o.Version).Take(&version).Error; err != nil {
		return "", fmt.Errorf("read plan of outreach %s: %w", o.ID, err)
	}
	resend := models.Outreach{
		ID: newID(), CampaignID: o.CampaignID, ContactID: o.ContactID, Attempt: o.Attempt, Channel: o.Channel,
		Resend: number, State: models.OutreachApproved, SendAt: f.Now, TimeSet: true, Version: 1, ApprovedVersion: new(1),
		DueAt: &f.Now, CreatedAt: f.Now, UpdatedAt: f.Now,
	}
	if err := tx.Create(&resend).Error; err != nil {
		return "", fmt.Errorf("store resend of outreach %s: %w", o.ID, err)
	}
	// What the AI cost was counted with the original.
	version.OutreachID, version.Version, version.CreatedAt = resend.ID, 1, f.Now
	version.Author = models.ActorOf(tx.Statement.Context).Author()
	version.Model, version.PromptTokens, version.CompletionTokens = "", 0, 0
	if err := tx.Create(&version).Error; err != nil {
		return "", fmt.Errorf("store plan of resend %s: %w", resend.ID, err)
	}
	return resend.ID, nil
}

// ClaimResend is Claim for a resend: it decides under the same locks whether the resend may go now. What it waits for is
// recorded with the outreach, and the contact's status stays as it is. Error: CodeNotFound.
func (s *Store) ClaimResend(
	ctx context.Context, request ClaimRequest,
) (step models.Step, claim *Claim, message *models.Message, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		step, claim, message = models.Step{}, nil, nil
		f, o, err := s.readResend(tx, request.CampaignID, request.ContactID, request.OutreachID)
		if err != nil {
			return err
		}
		if err := s.lockResendAddress(tx, f, o); err != nil {
			return err
		}
		step = models.DecideResend(f.Facts, o)
		if step.Do != models.DoSend {
			step, err = s.decideResend(tx, f, o)
			return err
		}
		if claim, err = f.submit(tx, o); err != nil {
			return err
		}
		message, err = f.message(tx, o)
		return err
	})
	if err != nil {
		return models.Step{}, nil, nil, err
	}
	return step, claim, message, nil
}

// lockResendAddress locks the address that the resend goes to, and reads again what is known of it: whoever suppresses it, or
// counts outreaches to it, waits.
func (s *Store) lockResendAddress(tx *gorm.DB, f *facts, o *models.Outreach) error {
	address := f.Contact.Address(o.Channel)
	if address == "" {
		return nil
	}
	if err := s.lockAddresses(tx, address); err != nil {
		return err
	}
	return s.readAddresses(tx, f, looking)
}

// LookResend reads the row for a resend's workflow, and says what follows. Error: CodeNotFound.
func (s *Store) LookResend(
	ctx context.Context, campaignID, contactID, outreachID string,
) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, o, err := s.readResend(tx, campaignID, contactID, outreachID)
		if err != nil {
			return err
		}
		step, err = s.decideResend(tx, f, o)
		return err
	})
	return step, err
}

// readResend locks and reads a resend, with what decides about it. Error: CodeNotFound.
func (s *Store) readResend(tx *gorm.DB, campaignID, contactID, outreachID string) (*facts, *models.Outreach, error) {
	f, err := s.readFacts(tx, campaignID, contactID)
	if err != nil {
		return nil, nil, err
	}
	o := f.outreach(outreachID)
	if o == nil || o.Resend == 0 {
		return nil, nil, models.Errorf(models.CodeNotFound, "there is no resend %s", outreachID)
	}
	return f, o, nil
}

// decideResend decides about a resend and records that with it: what it waits for or, where it is not to be sent any more,
// that it is cancelled. A claim whose time for proof has passed becomes unknown here. Of the contact's row only the figures
// change, where a result does.
func (s *Store) decideResend(tx *gorm.DB, f *facts, o *models.Outreach) (models.Step, error) {
	if o.State == models.OutreachSubmitting && !f.Now.Before(o.ClaimedAt.Add(f.UnconfirmedAfter)) {
		if err := s.settle(tx, f, o, models.OutreachUnknown); err != nil {
			return models.Step{}, err
		}
		if err := saveContact(tx, f.Contact, f.Now); err != nil {
			return models.Step{}, err
		}
	}
	step := models.DecideResend(f.Facts, o)
	to := o.State
	if step.Do == models.DoFinish && o.State.Open() {
		to = models.OutreachCancelled
	}
	o.WaitingReason, o.WaitingUntil = nil, nil
	if step.Waiting != nil {
		reason := step.Waiting.Reason
		o.WaitingReason, o.WaitingUntil = &reason, step.Waiting.Until
	}
	return step, moveOutreach(tx, o, to, f.Now)
}

// OpenResends returns the next resends, by id, over all campaigns, that are still to be sent, and that were asked for more
// than a minute ago: each is to have a workflow. Claims whose workflow is gone are SettleClaims' matter.
func (s *Store) OpenResends(ctx context.Context, after string, limit int) ([]models.ResendRef, error) {
	refs := []models.ResendRef{}
	query := s.read.WithContext(ctx).Model(&models.Outreach{}).Select("campaign_id", "contact_id", "id AS outreach_id").
		Where("resend > 0 AND state IN ('planned', 'approved') AND created_at < ?", s.now().Add(-s.overdue)).
		Order("id").Limit(limit)
	if after != "" {
		query = query.Where("id > ?", after)
	}
	if err := query.Scan(&refs).Error; err != nil {
		return nil, fmt.Errorf("read open resends: %w", err)
	}
	return refs, nil
}
