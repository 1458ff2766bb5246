package store

import (
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// lost are the addresses that a contact had before a change, and has no more.
func lost(before, after *models.Contact) []models.FormerAddress {
	former := []models.FormerAddress{}
	if before.Email != nil && !same(before.Email, after.Email) {
		former = append(former, models.FormerAddress{ContactID: after.ID, Address: *before.Email})
	}
	if before.Phone != nil && !same(before.Phone, after.Phone) {
		former = append(former, models.FormerAddress{ContactID: after.ID, Address: *before.Phone})
	}
	return former
}

// keepFormer stores addresses that stored contacts had, once each.
func keepFormer(tx *gorm.DB, former []models.FormerAddress) error {
	if len(former) == 0 {
		return nil
	}
	err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(former, rowsWritten).Error
	return wrapped("keep former addresses", err)
}

// formerAddresses reads the addresses that the contact had.
func formerAddresses(tx *gorm.DB, contactID string) ([]string, error) {
	addresses := []string{}
	err := tx.Model(&models.FormerAddress{}).Where("contact_id = ?", contactID).Order("address").
		Pluck("address", &addresses).Error
	if err != nil {
		return nil, fmt.Errorf("read former addresses: %w", err)
	}
	return addresses, nil
}

// eraseFormer deletes the addresses that the contact had.
func eraseFormer(e *erasure) error {
	err := e.tx.Where("contact_id = ?", e.contact.ID).Delete(&models.FormerAddress{}).Error
	return wrapped("erase former addresses", err)
}
