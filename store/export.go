package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"beckon/models"
)

// ExportContact reads everything that is held of one contact, a removed one too, and puts on record that it was read.
// Error: CodeNotFound, for an erased contact too.
func (s *Store) ExportContact(
	ctx context.Context, campaignID, contactID string,
) (export *models.ContactExport, err error) {
	if err := checkID("contact", contactID); err != nil {
		return nil, err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		export = &models.ContactExport{CampaignName: c.Name, At: s.now()}
		contact := &export.Contact
		err = tx.Where("id = ? AND campaign_id = ? AND erased_at IS NULL", contactID, campaignID).Take(contact).Error
		if err != nil {
			return found(err, "contact", contactID)
		}
		if err := s.readExport(tx, export); err != nil {
			return err
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditExportContact, CampaignID: &campaignID, ContactID: &contactID,
		})
	})
	if err != nil {
		return nil, err
	}
	return export, nil
}

// readExport reads what belongs to the contact.
func (s *Store) readExport(tx *gorm.DB, export *models.ContactExport) error {
	id := export.Contact.ID
	if err := exportOutreaches(tx, export); err != nil {
		return err
	}
	export.Replies = []models.Reply{}
	if err := tx.Where("contact_id = ?", id).Order("at, id").Find(&export.Replies).Error; err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	hashes := []string{}
	former, err := formerAddresses(tx, id)
	if err != nil {
		return err
	}
	export.FormerAddresses = former
	for _, address := range slices.Concat(addressesOf(&export.Contact), former) {
		hashes = append(hashes, s.addressHashes(address)...)
	}
	export.Suppressions = []models.Suppression{}
	if err := tx.Where("address_hash IN ?", hashes).Order("created_at, id").Find(&export.Suppressions).Error; err != nil {
		return fmt.Errorf("read suppressions: %w", err)
	}
	if export.Contact.ImportID != nil {
		export.Import = &models.Import{}
		if err := tx.Where("id = ?", *export.Contact.ImportID).Take(export.Import).Error; err != nil {
			return found(err, "import", *export.Contact.ImportID)
		}
	}
	export.Audit = []models.AuditRecord{}
	if err := tx.Where("contact_id = ?", id).Order("at, id").Find(&export.Audit).Error; err != nil {
		return fmt.Errorf("read audit records: %w", err)
	}
	export.Others, err = others(tx, &export.Contact)
	return err
}

// exportOutreaches reads the outreaches, with all of their versions and events.
func exportOutreaches(tx *gorm.DB, export *models.ContactExport) error {
	outreaches := []models.Outreach{}
	if err := tx.Where("contact_id = ?", export.Contact.ID).Order("created_at, id").Find(&outreaches).Error; err != nil {
		return fmt.Errorf("read outreaches: %w", err)
	}
	ids := make([]string, 0, len(outreaches))
	for i := range outreaches {
		ids = append(ids, outreaches[i].ID)
	}
	versions, err := plansOf(tx, ids)
	if err != nil {
		return err
	}
	events, err := eventsOf(tx, ids)
	if err != nil {
		return err
	}
	export.Outreaches = make([]models.ExportedOutreach, 0, len(outreaches))
	for i := range outreaches {
		one := models.ExportedOutreach{Outreach: outreaches[i], Events: events[outreaches[i].ID]}
		for key, version := range versions {
			if key.outreachID == one.ID {
				one.Versions = append(one.Versions, version)
			}
		}
		slices.SortFunc(one.Versions, func(a, b models.OutreachVersion) int { return a.Version - b.Version })
		export.Outreaches = append(export.Outreaches, one)
	}
	return nil
}
