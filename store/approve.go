package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// approve lets exactly one version of the open outreach go. Approved already, nothing changes.
// Errors: CodeReviewOff, CodeStaleVersion, CodeAlreadySending.
func (s *Store) approve(tx *gorm.DB, f *facts, version int) (changed bool, wake models.Wake, err error) {
	if !f.Campaign.ManualReview {
		return false, models.Wake{}, models.Errorf(models.CodeReviewOff, "approve needs manual review, which is off")
	}
	o, err := f.editable(version)
	if err != nil {
		return false, models.Wake{}, err
	}
	if o.Approved() && o.State == models.OutreachApproved {
		return false, f.unseen(), nil
	}
	o.ApprovedVersion = &version
	if err := moveOutreach(tx, o, models.OutreachApproved, f.Now); err != nil {
		return false, models.Wake{}, err
	}
	wake, err = s.replanned(tx, f)
	return true, wake, err
}

// editable is the open outreach, where it has the version and is not claimed. Errors: CodeStaleVersion, CodeAlreadySending.
func (f *facts) editable(version int) (*models.Outreach, error) {
	o := f.Outreach
	switch {
	case o == nil:
		return nil, models.Errorf(models.CodeStaleVersion, "no outreach is planned for the contact now")
	case o.State == models.OutreachSubmitting:
		return nil, models.Errorf(models.CodeAlreadySending, "the outreach is being sent already")
	case o.Version != version:
		return nil, models.Errorf(models.CodeStaleVersion, "the outreach has version %d by now, not %d", o.Version, version)
	default:
		return o, nil
	}
}

// replanned writes the contact whose open outreach an operator changed.
func (s *Store) replanned(tx *gorm.DB, f *facts) (models.Wake, error) {
	queued := f.inHand()
	if !queued && f.Contact.Status != models.ContactDisabled {
		f.Contact.Status = f.beneath()
	}
	return s.tellOrLeave(tx, f, queued)
}

// EditOutreach changes the contact's planned outreach, where it still has the version: it gets a new one, and an approval and
// what made it due are gone. A given time that lies before the present means now, and any is moved into the channel's
// window. Where the contact's workflow is to look, the wake says so. Errors: CodeNotFound, CodeCampaignArchived,
// CodeStaleVersion (also where nothing is planned), CodeAlreadySending, CodeInvalid with the fields.
func (s *Store) EditOutreach(
	ctx context.Context, campaignID, contactID string, edit models.OutreachEdit,
) (wake models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.presentFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		o, err := f.editable(edit.Version)
		if err != nil {
			return err
		}
		if err := f.editOutreach(tx, o, edit); err != nil {
			return err
		}
		if wake, err = s.replanned(tx, f); err != nil {
			return err
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditEditOutreach, CampaignID: &campaignID, ContactID: &contactID, OutreachID: &o.ID,
			VersionBefore: &edit.Version, VersionAfter: &o.Version, Detail: models.AuditDetail{Fields: edit.Fields()},
		})
	})
	if err != nil {
		return models.Wake{}, err
	}
	return wake, nil
}

// editOutreach checks the edit and writes outreach and version.
func (f *facts) editOutreach(tx *gorm.DB, o *models.Outreach, edit models.OutreachEdit) error {
	version := models.OutreachVersion{}
	if err := tx.Where("outreach_id = ? AND version = ?", o.ID, o.Version).Take(&version).Error; err != nil {
		return fmt.Errorf("read plan of outreach %s: %w", o.ID, err)
	}
	next, problems := edit.Apply(&version, o.Channel, f.Usable(), f.Now)
	if len(problems) == 0 && (edit.Channel != nil && *edit.Channel == models.ChannelText ||
		edit.Channel == nil && o.Channel == models.ChannelText) {
		problems = f.tooManySegments(next.Body, o.ID)
	}
	if len(problems) > 0 {
		return &models.Error{Code: models.CodeInvalid, Detail: "the outreach cannot be changed like that", Fields: problems}
	}
	if edit.Channel != nil && *edit.Channel != o.Channel {
		o.Channel, o.Failures = *edit.Channel, 0
	}
	if edit.SendAt != nil {
		o.SendAt, o.TimeSet = *edit.SendAt, true
		if o.SendAt.Before(f.Now) {
			o.SendAt = f.Now
		}
	}
	if opens, found := f.Hours(o.Channel).Next(o.SendAt); found {
		o.SendAt = opens
	}
	o.SendAt = o.SendAt.UTC().Truncate(time.Microsecond)
	o.Version++
	o.ApprovedVersion, o.DueAt, o.Edited = nil, nil, true
	next.OutreachID, next.Version, next.CreatedAt = o.ID, o.Version, f.Now
	next.Author = models.ActorOf(tx.Statement.Context).Author()
	if err := tx.Create(next).Error; err != nil {
		return fmt.Errorf("store plan of outreach %s: %w", o.ID, err)
	}
	return moveOutreach(tx, o, models.OutreachPlanned, f.Now)
}
