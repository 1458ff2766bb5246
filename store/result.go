package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// settle moves an outreach to a state that a result, an event or time has proved, and keeps the contact's figures with it:
// its attempts, what is unconfirmed, its last outreach.
func (s *Store) settle(tx *gorm.DB, f *facts, o *models.Outreach, to models.OutreachState) error {
	counted := o.State.Counts()
	if err := moveOutreach(tx, o, to, f.Now); err != nil {
		return err
	}
	c := f.Contact
	if !counted && to.Counts() {
		if o.Resend == 0 { // a resend makes the same attempt
			c.Attempts++
		}
		if c.LastOutreachAt == nil || o.ClaimedAt.After(*c.LastOutreachAt) {
			c.LastOutreachAt, c.LastOutcome = o.ClaimedAt, o.Outcome
		}
	}
	c.Unconfirmed = f.unconfirmed()
	f.sort()
	return nil
}

// unconfirmed says whether nobody can say of one of the contact's outreaches whether it was sent. One that was resent with
// success is no question any more.
func (f *facts) unconfirmed() bool {
	return slices.ContainsFunc(f.outreaches, func(o models.Outreach) bool {
		return o.State == models.OutreachUnknown && !slices.ContainsFunc(f.outreaches, func(r models.Outreach) bool {
			return r.Attempt == o.Attempt && r.Channel == o.Channel && r.Resend > o.Resend &&
				r.State.Counts() && r.State != models.OutreachUnknown
		})
	})
}

// result runs a transaction that writes the result of a claim: fn changes the claimed outreach, then the contact's next
// step, or that of the resend, is decided and recorded.
func (s *Store) result(
	ctx context.Context, claim *Claim, fn func(tx *gorm.DB, f *facts, o *models.Outreach) error,
) (step models.Step, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, claim.CampaignID, claim.ContactID)
		if err != nil {
			return err
		}
		o := f.outreach(claim.OutreachID)
		switch {
		case o == nil:
			return models.Errorf(models.CodeNotFound, "there is no outreach %s", claim.OutreachID)
		case o.ClaimToken == nil || *o.ClaimToken != claim.Token:
			err = errClaimLost
		default:
			err = fn(tx, f, o)
		}
		if err != nil && !errors.Is(err, errClaimLost) {
			return err
		}
		if err := f.withoutGone(tx, o); err != nil {
			return err
		}
		if o.Resend > 0 {
			if err := saveContact(tx, f.Contact, f.Now); err != nil {
				return err
			}
			step, err = s.decideResend(tx, f, o)
			return err
		}
		step, err = s.decide(tx, f)
		return err
	})
	return step, err
}

// words are what is kept of what a provider said: nothing about a person whose data was erased meanwhile.
func (f *facts) words(failure *models.ProviderError) (code, detail *string) {
	if f.Contact.ErasedAt != nil {
		return codeAlone(&failure.Code), nil
	}
	return &failure.Code, &failure.Detail
}

// withoutGone cancels an outreach that came back while its contact was erased, so that it has no text any more, or removed:
// nothing stays planned for somebody whose workflow has ended.
func (f *facts) withoutGone(tx *gorm.DB, o *models.Outreach) error {
	if f.Contact.ErasedAt == nil && f.Contact.RemovedAt == nil {
		return nil
	}
	waitsForNothing(f.Contact)
	if !o.State.Open() || o.State == models.OutreachSubmitting {
		return nil
	}
	err := moveOutreach(tx, o, models.OutreachCancelled, f.Now)
	f.sort()
	return err
}

// Accept records that the provider took the outreach, and says what follows. An event may have said so before.
func (s *Store) Accept(ctx context.Context, claim *Claim, providerID string) (models.Step, error) {
	return s.result(ctx, claim, func(tx *gorm.DB, f *facts, o *models.Outreach) error {
		if providerID != "" {
			o.ProviderID = &providerID
		}
		to := models.OutreachAccepted
		if o.AcceptedAt == nil {
			o.AcceptedAt = &f.Now
		}
		if !models.CanMove(models.OutreachTransitions, o.State, to) {
			to = o.State // delivered or failed already, as an event said
		}
		o.Failures = 0
		if o.State != models.OutreachFailed { // an event said before how it failed
			o.ResultCode, o.ErrorDetail = nil, nil
		}
		return s.settle(tx, f, o, to)
	})
}

// Reject records that the provider refused the outreach for good: no attempt. The contact goes on with the next channel
// that reaches it.
func (s *Store) Reject(ctx context.Context, claim *Claim, failure *models.ProviderError) (models.Step, error) {
	return s.result(ctx, claim, func(tx *gorm.DB, f *facts, o *models.Outreach) error {
		if o.State != models.OutreachSubmitting {
			return errClaimLost
		}
		o.ResultCode, o.ErrorDetail = f.words(failure)
		if err := s.settle(tx, f, o, models.OutreachRejected); err != nil {
			return err
		}
		return s.suppressFor(tx, f, o, failure.Meaning)
	})
}

// GiveBack returns a claim whose outreach was provably not taken: no attempt, and the next try passes the whole claim
// again, after `wait`. The step says what the contact does; where it waits for the provider, it waits until then.
func (s *Store) GiveBack(
	ctx context.Context, claim *Claim, failure *models.ProviderError, reason models.WaitingReason,
	wait func(failures int) time.Duration,
) (models.Step, error) {
	return s.result(ctx, claim, func(tx *gorm.DB, f *facts, o *models.Outreach) error {
		if o.State != models.OutreachSubmitting {
			return errClaimLost
		}
		to := models.OutreachPlanned
		if o.ApprovedVersion != nil && *o.ApprovedVersion == o.Version {
			to = models.OutreachApproved
		}
		o.ClaimToken, o.ClaimedAt, o.Address, o.AddressHash, o.Outcome = nil, nil, nil, nil, nil
		o.Failures++
		o.ResultCode, o.ErrorDetail = f.words(failure)
		if err := moveOutreach(tx, o, to, f.Now); err != nil {
			return err
		}
		f.sort()
		if reason == models.WaitProviderAuth {
			if err := f.noteRefusal(tx, o, failure.Code); err != nil {
				return err
			}
		}
		// The wait is what Decide then finds, unless something weightier holds the contact.
		until := f.Now.Add(wait(o.Failures))
		if o.Resend > 0 {
			o.WaitingReason, o.WaitingUntil = &reason, &until
			return nil
		}
		f.Contact.WaitingReason, f.Contact.WaitingUntil = &reason, &until
		f.Contact.WaitingSince = &f.Now
		return nil
	})
}

// Doubt records that nobody can say whether the provider took the outreach: nothing is sent again, and the contact waits
// for proof.
func (s *Store) Doubt(ctx context.Context, claim *Claim, failure *models.ProviderError) (models.Step, error) {
	return s.result(ctx, claim, func(tx *gorm.DB, f *facts, o *models.Outreach) error {
		if o.State != models.OutreachSubmitting {
			return errClaimLost
		}
		o.ResultCode, o.ErrorDetail = f.words(failure)
		return moveOutreach(tx, o, models.OutreachSubmitting, f.Now)
	})
}
