package store

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// facts is what a transaction reads, under its locks, to decide about a contact.
type facts struct {
	models.Facts

	outreaches []models.Outreach // all of the contact, oldest first
}

// addressLock says whether the addresses' lock is taken: by a claim it is, by what only looks it is not.
type addressLock bool

const (
	looking  addressLock = false
	claiming addressLock = true
)

// readFacts locks the contact and reads everything that decides about it. The campaign's lock is held shared.
// Error: CodeNotFound.
func (s *Store) readFacts(tx *gorm.DB, campaignID, contactID string) (*facts, error) {
	return s.readLocked(tx, campaignID, contactID, looking)
}

// readLocked is readFacts, with the address of the open outreach locked where it is claimed: whoever suppresses it, or counts
// outreaches to it, waits.
func (s *Store) readLocked(tx *gorm.DB, campaignID, contactID string, lock addressLock) (*facts, error) {
	if err := s.lockCampaign(tx, campaignID, shared); err != nil {
		return nil, err
	}
	campaign, err := campaignIn(tx, campaignID)
	if err != nil {
		return nil, err
	}
	contact, err := contactIn(tx, campaignID, contactID)
	if err != nil {
		return nil, err
	}
	f := &facts{Facts: models.Facts{
		Now: s.now(), Campaign: campaign, Contact: contact, UnconfirmedAfter: s.unconfirmedAfter,
		PlanMaxAge: s.planMaxAge,
	}}
	if err := forUpdate(tx).Where("contact_id = ?", contactID).Order("id").Find(&f.outreaches).Error; err != nil {
		return nil, fmt.Errorf("read outreaches: %w", err)
	}
	f.sort()
	if campaign.ExecutionMode == models.ModeManual {
		if f.LatestRelease, err = latestRelease(tx, campaignID); err != nil {
			return nil, err
		}
	}
	return f, s.readAddresses(tx, f, lock)
}

// sort finds, among the contact's outreaches, the open one, the latest claim of an earlier attempt, a call that has not
// ended, and the channels that refused the present attempt. Resends, which have workflows of their own, are neither open nor
// refused here.
func (f *facts) sort() {
	f.Outreach, f.LastClaim, f.LastAttempt, f.Refused, f.Calling = nil, nil, nil, nil, nil
	for i := range f.outreaches {
		o := &f.outreaches[i]
		if o.Unanswered() {
			f.Calling = o
		}
		switch {
		case o.State.Open() && o.Resend > 0:
		case o.State.Open():
			f.Outreach = o
		case o.State == models.OutreachRejected && o.Attempt == f.Contact.Attempts+1:
			if o.Resend == 0 {
				f.Refused = append(f.Refused, o.Channel)
			}
		case o.ClaimedAt != nil:
			f.LastClaim = later(f.LastClaim, o.ClaimedAt)
			if o.Resend == 0 {
				f.LastAttempt = later(f.LastAttempt, o.ClaimedAt)
			}
		}
	}
}

// later is the later of two times, of which the first may be nil.
func later(a, b *time.Time) *time.Time {
	if a != nil && a.After(*b) {
		return a
	}
	return b
}

// outreach finds one of the contact's outreaches; nil where there is none.
func (f *facts) outreach(id string) *models.Outreach {
	for i := range f.outreaches {
		if f.outreaches[i].ID == id {
			return &f.outreaches[i]
		}
	}
	return nil
}

func latestRelease(tx *gorm.DB, campaignID string) (*time.Time, error) {
	release := models.Release{}
	err := tx.Where("campaign_id = ? AND kind = ?", campaignID, models.ReleaseStart).Order("created_at DESC").Limit(1).Take(&release).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil //nolint:nilnil // no release is no error
	case err != nil:
		return nil, fmt.Errorf("read releases: %w", err)
	default:
		return &release.CreatedAt, nil
	}
}

// decide decides about the contact and records the decision in the same transaction, so that whoever changes the campaign
// afterwards finds the contact where it waits. A claim whose time for proof has passed becomes unknown here.
func (s *Store) decide(tx *gorm.DB, f *facts) (models.Step, error) {
	if o := f.Outreach; o != nil && o.State == models.OutreachSubmitting &&
		!f.Now.Before(o.ClaimedAt.Add(f.UnconfirmedAfter)) {
		if err := s.settle(tx, f, o, models.OutreachUnknown); err != nil {
			return models.Step{}, err
		}
	}
	step := models.Decide(f.Facts)
	return step, s.record(tx, f, step)
}

// record writes the step into the contact's row: its status, what it waits for, and that its workflow has seen the row.
func (s *Store) record(tx *gorm.DB, f *facts, step models.Step) error {
	c := f.Contact
	if err := f.move(tx, step); err != nil {
		return err
	}
	switch step.Do {
	case models.DoRemoved:
	case models.DoFinish:
		if unmet := f.Campaign.Eligibility.Unmet(c); step.Reason == models.ReasonNotEligible && unmet != "" {
			c.EligibilityReason = &unmet
		}
		if err := f.finish(tx, step); err != nil {
			return err
		}
	case models.DoPlan, models.DoSend, models.DoWait, models.DoLook:
		if step.Status != "" {
			c.Status = step.Status
		}
	}
	if step.Do != models.DoRemoved {
		f.waits(step.Waiting)
	}
	c.SeenRevision = c.Revision
	return saveContact(tx, c, f.Now)
}

// move changes the open outreach as the step says: one that is not to be sent any more is superseded, one whose window is
// closed is moved to the next opening, and one that waited for that and need not any more, to the present.
func (f *facts) move(tx *gorm.DB, step models.Step) error {
	o := f.Outreach
	if o == nil || o.State == models.OutreachSubmitting {
		return nil
	}
	if step.Supersedes {
		err := moveOutreach(tx, o, models.OutreachSuperseded, f.Now)
		f.sort()
		return err
	}
	w, sendAt := step.Waiting, o.SendAt
	switch {
	case step.Do == models.DoWait && w != nil && w.Reason == models.WaitWindow && w.Until != nil:
		sendAt = *w.Until
	case step.Do == models.DoSend && o.DueAt == nil && o.SendAt.After(f.Now):
		sendAt = f.Now
	}
	if o.SendAt.Equal(sendAt) {
		return nil
	}
	o.SendAt = sendAt
	return moveOutreach(tx, o, o.State, f.Now)
}

// finish ends the contact: what was planned for it is cancelled.
func (f *facts) finish(tx *gorm.DB, step models.Step) error {
	c := f.Contact
	if c.Finished() {
		return nil
	}
	c.Status, c.StatusReason, c.FinishedAt = step.Status, &step.Reason, &f.Now
	o := f.Outreach
	if o == nil || o.State == models.OutreachSubmitting {
		return nil
	}
	return moveOutreach(tx, o, models.OutreachCancelled, f.Now)
}

// waits sets what the contact waits for. The beginning of the wait stays while the reason does.
func (f *facts) waits(waiting *models.Waiting) {
	c := f.Contact
	if waiting == nil {
		c.WaitingReason, c.WaitingUntil, c.WaitingDetail, c.WaitingSince = nil, nil, "", nil
		return
	}
	if c.WaitingReason == nil || *c.WaitingReason != waiting.Reason {
		c.WaitingSince = &f.Now
	}
	reason := waiting.Reason
	c.WaitingReason, c.WaitingUntil, c.WaitingDetail = &reason, waiting.Until, waiting.Detail
	c.WaitingSettingsRevision = f.Campaign.SettingsRevision
}

// saveContact writes the columns that steps change.
func saveContact(tx *gorm.DB, c *models.Contact, now time.Time) error {
	c.UpdatedAt = now
	err := tx.Model(c).Select(contactFields()).UpdateColumns(c).Error
	if err != nil {
		return fmt.Errorf("write contact %s: %w", c.ID, err)
	}
	return nil
}

// contactFields are the columns that a step writes.
func contactFields() []string {
	return []string{
		"status", "status_reason", "finished_at", "attempts", "unconfirmed", "waiting_reason", "waiting_until",
		"waiting_detail", "waiting_since", "waiting_settings_revision", "planner_failures", "planner_code", "last_outreach_at",
		"last_outcome", "last_reply_at", "status_note", "eligibility_reason", "revision", "revised_at", "seen_revision",
		"reconcile_after", "reconcile_tries", "run_id", "updated_at",
	}
}

// moveOutreach writes a new state, which the table of transitions must allow.
func moveOutreach(tx *gorm.DB, o *models.Outreach, to models.OutreachState, now time.Time) error {
	if !models.CanMove(models.OutreachTransitions, o.State, to) {
		return models.Errorf(models.CodeInvalidTransition, "an outreach cannot go from %s to %s", o.State, to)
	}
	o.State, o.UpdatedAt = to, now
	err := tx.Model(o).Select("state", "channel", "send_at", "time_set", "version", "approved_version", "edited", "due_at",
		"claim_token", "claimed_at", "address", "address_hash", "opening", "closing", "segments", "provider_id", "accepted_at",
		"ended_at", "outcome", "result_code", "error_detail", "failures", "waiting_reason", "waiting_until", "updated_at").
		UpdateColumns(o).Error
	if err != nil {
		return fmt.Errorf("write outreach %s: %w", o.ID, err)
	}
	return nil
}
