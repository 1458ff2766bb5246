package store

import (
	"context"
	"unicode/utf8"

	"gorm.io/gorm"

	"beckon/models"
)

// ContactControl carries out a control of one contact in one idempotent transaction under the campaign's shared lock and the
// contact's: once it has answered, no claim that contradicts it commits. A goal already reached answers false. Where the
// contact's workflow is to look, the wake says so; it is empty where there is none, or where the contact is in an activity's
// hands, which finds out by itself. A control that came as a signal is carried out once for its key.
// Errors: CodeNotFound (also for a removed contact), CodeCampaignArchived, CodeInvalidTransition, CodeInvalid for a note that
// is too long; for approve CodeStaleVersion, CodeAlreadySending, CodeReviewOff.
func (s *Store) ContactControl(
	ctx context.Context, campaignID, contactID string, control models.ContactControl, options models.ContactControlOptions,
) (changed bool, wake models.Wake, err error) {
	if utf8.RuneCountInString(options.Note) > models.MaxNoteLength {
		return false, models.Wake{}, noteTooLong()
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		changed, wake = false, models.Wake{}
		f, err := s.presentFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		fresh, err := s.firstTime(tx, options.Signal)
		if err != nil || !fresh {
			return err
		}
		record := models.AuditRecord{Action: control.AuditAction(), CampaignID: &campaignID, ContactID: &contactID}
		if control == models.ContactApprove {
			record.VersionAfter = &options.Version
			if f.Outreach != nil {
				record.OutreachID = &f.Outreach.ID
			}
			changed, wake, err = s.approve(tx, f, options.Version)
		} else {
			changed, wake, err = s.controlContact(tx, f, control, options)
		}
		if err != nil || !changed {
			return err
		}
		return s.audit(tx, record)
	})
	if err != nil {
		return false, models.Wake{}, err
	}
	return changed, wake, nil
}

func noteTooLong() error {
	return &models.Error{Code: models.CodeInvalid, Detail: "the reason is too long", Fields: []models.FieldError{
		{Pointer: "/reason", Code: models.FieldTooLong, Detail: "at most 500 characters"},
	}}
}

// presentFacts locks and reads what decides about a contact that may be changed.
// Errors: CodeNotFound, for a removed contact too, CodeCampaignArchived.
func (s *Store) presentFacts(tx *gorm.DB, campaignID, contactID string) (*facts, error) {
	f, err := s.readFacts(tx, campaignID, contactID)
	switch {
	case err != nil:
		return nil, err
	case f.Campaign.Status == models.CampaignArchived:
		return nil, models.Errorf(models.CodeCampaignArchived, "the campaign is archived: its contacts cannot be changed")
	case f.Contact.RemovedAt != nil:
		return nil, models.Errorf(models.CodeNotFound, "there is no contact %s", contactID)
	default:
		return f, nil
	}
}

// controlContact changes the contact's status as the control says, where the table of controls allows it.
func (s *Store) controlContact(
	tx *gorm.DB, f *facts, control models.ContactControl, options models.ContactControlOptions,
) (changed bool, wake models.Wake, err error) {
	c := f.Contact
	to, changed, err := control.Target(c.Status)
	if err != nil || !changed {
		return false, f.unseen(), err
	}
	c.StatusNote = options.Note
	if to.Finished() {
		wake, err = s.endByOperator(tx, f, to)
		return true, wake, err
	}
	if control == models.ContactEnable {
		to = f.beneath()
	}
	queued := f.inHand()
	c.Status = to
	wake, err = s.tellOrLeave(tx, f, queued)
	return true, wake, err
}

// unseen is the wake of a contact whose workflow has yet to see its row: a control that is repeated tells it again.
func (f *facts) unseen() models.Wake {
	c := f.Contact
	if c.TakenBatch == nil || c.Revision == c.SeenRevision {
		return models.Wake{}
	}
	return models.Wake{CampaignID: c.CampaignID, ContactID: c.ID, Revision: c.Revision}
}

// endByOperator finishes the contact, whatever its facts say. What is planned for it is cancelled, resends too; an outreach
// that is submitting stays, and its result is still recorded.
func (s *Store) endByOperator(tx *gorm.DB, f *facts, to models.ContactStatus) (models.Wake, error) {
	c, queued := f.Contact, f.inHand()
	if err := f.finish(tx, models.Step{Status: to, Reason: models.ReasonByOperator}); err != nil {
		return models.Wake{}, err
	}
	if err := cancelPlans(tx, []string{c.ID}, f.Now); err != nil {
		return models.Wake{}, err
	}
	f.waits(nil)
	wake := models.Wake{}
	if !queued {
		wake, _ = revise(c, f.Now)
	}
	return wake, saveContact(tx, c, f.Now)
}

// inHand says whether an activity has the contact, or is about to: one that plans, that waits for its turn in a queue, or
// that calls the provider. It checks the row itself, so nobody need be told.
func (f *facts) inHand() bool {
	c := f.Contact
	if c.TakenBatch == nil || c.Finished() {
		return false
	}
	if c.WaitingReason != nil {
		return c.WaitingReason.Queued()
	}
	return f.Outreach != nil && f.Outreach.State == models.OutreachSubmitting
}

// beneath is the status that the contact has by its outreach alone, whatever holds it: what enable leads back to, and what
// is kept beneath campaign_paused.
func (f *facts) beneath() models.ContactStatus {
	o, c := f.Outreach, f.Contact
	switch {
	case c.TakenBatch == nil:
		return models.ContactNotStarted
	case o != nil && o.State == models.OutreachSubmitting, f.Calling != nil:
		return models.ContactExecuting
	case c.WaitingReason != nil && c.WaitingReason.Queued():
		return c.WaitingReason.StatusOf(c.Status) // its activity has yet to find out
	case o == nil:
		return models.ContactPlanning
	case f.Campaign.ManualReview && !o.Approved():
		return models.ContactAwaitingApproval
	default:
		return models.ContactAwaitingExecution
	}
}

// tellOrLeave writes a contact that a control changed, and whose status is set. One in an activity's hands keeps what it is
// recorded to wait for, and nobody is told. Of any other, its row shows at once what follows, and its workflow is to look.
func (s *Store) tellOrLeave(tx *gorm.DB, f *facts, queued bool) (models.Wake, error) {
	c := f.Contact
	switch {
	case queued:
		return models.Wake{}, saveContact(tx, c, f.Now)
	case c.TakenBatch == nil: // what it waits for is its campaign's matter
		f.waits(nil)
	default:
		if err := s.show(tx, f); err != nil {
			return models.Wake{}, err
		}
	}
	wake, _ := revise(c, f.Now)
	return wake, saveContact(tx, c, f.Now)
}

// show records what follows for the contact, where that is a wait or its end, as its workflow will when it looks. Where
// something is to be done, only the status says so until then.
func (s *Store) show(tx *gorm.DB, f *facts) error {
	c := f.Contact
	step := models.Decide(f.Facts)
	switch step.Do {
	case models.DoFinish:
		if err := f.move(tx, step); err != nil {
			return err
		}
		if err := f.finish(tx, step); err != nil {
			return err
		}
		f.waits(nil)
	case models.DoWait:
		if err := f.move(tx, step); err != nil {
			return err
		}
		if step.Status != "" {
			c.Status = step.Status
		}
		f.waits(step.Waiting)
	case models.DoPlan, models.DoSend:
		c.Status = step.Status
		f.waits(nil)
	case models.DoLook, models.DoRemoved:
	}
	return nil
}
