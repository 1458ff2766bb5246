package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// openForContacts locks the campaign, shared, and reads it for a change of its contacts.
// Errors: CodeNotFound, CodeCampaignArchived.
func (s *Store) openForContacts(tx *gorm.DB, campaignID string) (*models.Campaign, error) {
	return s.openLocked(tx, campaignID, shared)
}

// openLocked is openForContacts with the lock that is given.
func (s *Store) openLocked(tx *gorm.DB, campaignID string, mode lockMode) (*models.Campaign, error) {
	if err := s.lockCampaign(tx, campaignID, mode); err != nil {
		return nil, err
	}
	c, err := campaignIn(tx, campaignID)
	if err != nil {
		return nil, err
	}
	if c.Status == models.CampaignArchived {
		return nil, models.Errorf(models.CodeCampaignArchived, "the campaign is archived: its contacts cannot be changed")
	}
	return c, nil
}

// lockIntake takes the lock under which contacts are deduplicated, without touching the flag.
func (s *Store) lockIntake(tx *gorm.DB, campaignID string) error {
	var id string
	err := tx.Raw("SELECT campaign_id FROM campaign_intake WHERE campaign_id = ?"+s.forUpdateSQL(), campaignID).
		Scan(&id).Error
	if err != nil {
		return fmt.Errorf("lock intake: %w", err)
	}
	return nil
}

// revise raises the contact's revision. Its workflow is to be told where it has one; where it has none there is nobody
// who has yet to see the row.
func revise(c *models.Contact, now time.Time) (wake models.Wake, told bool) {
	c.Revision++
	c.RevisedAt, c.ReconcileAfter, c.ReconcileTries = now, now, 0
	if c.TakenBatch == nil {
		c.SeenRevision = c.Revision
		return models.Wake{}, false
	}
	return models.Wake{CampaignID: c.CampaignID, ContactID: c.ID, Revision: c.Revision}, true
}

// UpdateContact lets `change` change names, addresses, time zone, properties and external id of a contact; all else stays
// as it is. Where an unfinished contact's address or zone changed, its workflow is to be told; otherwise the wake is
// empty. Errors: CodeNotFound, CodeDuplicate where an address is another contact's (a removed one's too),
// CodeCampaignArchived, those of `change`.
func (s *Store) UpdateContact(
	ctx context.Context, campaignID, contactID string, change func(*models.Contact) error,
) (wake models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wake = models.Wake{}
		if _, err := s.openForContacts(tx, campaignID); err != nil {
			return err
		}
		if err := s.lockIntake(tx, campaignID); err != nil {
			return err
		}
		c, err := presentContact(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		before := *c
		if err := edit(c, change); err != nil {
			return err
		}
		now := s.now()
		if !c.Finished() && moved(&before, c) {
			wake, _ = revise(c, now)
		}
		if err := updateContact(tx, c, now); err != nil {
			return err
		}
		if err := keepFormer(tx, lost(&before, c)); err != nil {
			return err
		}
		if err := supersedeUnreachable(tx, c, now); err != nil {
			return err
		}
		return s.auditContact(tx, &before, c)
	})
	if err != nil {
		return models.Wake{}, err
	}
	return wake, nil
}

// auditContact puts on record which fields of a contact were changed; nothing where none was.
func (s *Store) auditContact(tx *gorm.DB, before, after *models.Contact) error {
	was, is := contactFieldsOf(before), contactFieldsOf(after)
	names := changedFields(&was, &is, nil)
	if len(names) == 0 {
		return nil
	}
	return s.audit(tx, models.AuditRecord{
		Action: models.AuditUpdateContact, CampaignID: &after.CampaignID, ContactID: &after.ID,
		Detail: models.AuditDetail{Fields: names},
	})
}

// givenFields are the fields of a contact that people give, by the API's names.
type givenFields struct {
	FirstName, LastName                                    string
	Email, Phone, Timezone, ExternalIDKey, ExternalIDValue *string
	ContactMetadata                                        map[string]any
	BlockedChannels                                        []models.Channel
}

func contactFieldsOf(c *models.Contact) givenFields {
	return givenFields{
		FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone, Timezone: c.Timezone,
		ExternalIDKey: c.ExternalIDKey, ExternalIDValue: c.ExternalIDValue, ContactMetadata: c.Properties,
		BlockedChannels: c.BlockedChannels,
	}
}

// presentContact locks and reads a contact. Error: CodeNotFound, for a removed one too.
func presentContact(tx *gorm.DB, campaignID, contactID string) (*models.Contact, error) {
	c, err := contactIn(tx, campaignID, contactID)
	if err == nil && c.RemovedAt != nil {
		err = models.Errorf(models.CodeNotFound, "there is no contact %s", contactID)
	}
	return c, err
}

// edit runs change on a copy and takes over what people may change.
func edit(c *models.Contact, change func(*models.Contact) error) error {
	edited := *c
	edited.Properties = maps.Clone(c.Properties)
	if err := change(&edited); err != nil {
		return err
	}
	c.FirstName, c.LastName = edited.FirstName, edited.LastName
	c.Email, c.Phone, c.Timezone = edited.Email, edited.Phone, edited.Timezone
	c.ExternalIDKey, c.ExternalIDValue = edited.ExternalIDKey, edited.ExternalIDValue
	c.BlockedChannels = edited.BlockedChannels
	if c.BlockedChannels == nil {
		c.BlockedChannels = []models.Channel{}
	}
	c.Properties = edited.Properties
	if c.Properties == nil {
		c.Properties = map[string]any{}
	}
	return nil
}

// moved says whether what the contact's workflow works with has changed: how it is reached, and in which zone.
func moved(before, after *models.Contact) bool {
	return !same(before.Email, after.Email) || !same(before.Phone, after.Phone) || !same(before.Timezone, after.Timezone) ||
		!slices.Equal(before.BlockedChannels, after.BlockedChannels)
}

// same says whether both are nil, or equal.
func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func updateContact(tx *gorm.DB, c *models.Contact, now time.Time) error {
	c.UpdatedAt = now
	err := tx.Model(c).Select("first_name", "last_name", "email", "phone", "timezone", "properties", "blocked_channels",
		"external_id_key", "external_id_value", "revision", "seen_revision", "revised_at", "reconcile_after", "reconcile_tries",
		"updated_at").UpdateColumns(c).Error
	switch {
	case err == nil:
		return nil
	case duplicate(err):
		return models.Errorf(models.CodeDuplicate, "the address belongs to another contact of the campaign")
	default:
		return fmt.Errorf("write contact %s: %w", c.ID, err)
	}
}

// supersedeUnreachable ends what is planned for a channel that does not reach the contact any more, or that is blocked for it;
// it is planned anew.
func supersedeUnreachable(tx *gorm.DB, c *models.Contact, now time.Time) error {
	for _, channel := range []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone} {
		if c.Reaches(channel) && !c.Blocks(channel) {
			continue
		}
		err := tx.Exec(`UPDATE outreaches SET state = 'superseded', updated_at = ?
			WHERE contact_id = ? AND channel = ? AND state IN ('planned', 'approved')`, now, c.ID, channel).Error
		if err != nil {
			return fmt.Errorf("supersede outreach of contact %s: %w", c.ID, err)
		}
	}
	return nil
}

// RemoveContact hides a contact and cancels what is planned for it; its ledger stays. Its workflow, where it has one that
// has not ended, is to be told; otherwise the wake is empty. Errors: CodeNotFound, CodeCampaignArchived.
func (s *Store) RemoveContact(ctx context.Context, campaignID, contactID string) (wake models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wake = models.Wake{}
		if _, err := s.openForContacts(tx, campaignID); err != nil {
			return err
		}
		c, err := presentContact(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		now := s.now()
		wake, _ = hide(c, now)
		c.UpdatedAt = now
		err = tx.Model(c).Select("removed_at", "waiting_reason", "waiting_until", "waiting_detail", "waiting_since",
			"revision", "seen_revision", "revised_at", "reconcile_after", "reconcile_tries", "updated_at").
			UpdateColumns(c).Error
		if err != nil {
			return fmt.Errorf("remove contact %s: %w", c.ID, err)
		}
		if err := cancelPlans(tx, []string{c.ID}, now); err != nil {
			return err
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditRemoveContact, CampaignID: &campaignID, ContactID: &contactID,
		})
	})
	if err != nil {
		return models.Wake{}, err
	}
	return wake, nil
}

// hide removes the contact from its campaign. The workflow of an unfinished one is to be told.
func hide(c *models.Contact, now time.Time) (wake models.Wake, told bool) {
	c.RemovedAt = &now
	waitsForNothing(c)
	if c.Finished() {
		return models.Wake{}, false
	}
	return revise(c, now)
}

func waitsForNothing(c *models.Contact) {
	c.WaitingReason, c.WaitingUntil, c.WaitingDetail, c.WaitingSince = nil, nil, "", nil
}

// cancelPlans cancels what is planned for the contacts, whose rows are locked. What is being submitted stays: its result
// is still recorded.
func cancelPlans(tx *gorm.DB, contactIDs []string, now time.Time) error {
	err := tx.Exec(`UPDATE outreaches SET state = 'cancelled', updated_at = ?
		WHERE contact_id IN ? AND state IN ('planned', 'approved')`, now, contactIDs).Error
	if err != nil {
		return fmt.Errorf("cancel outreaches: %w", err)
	}
	return nil
}
