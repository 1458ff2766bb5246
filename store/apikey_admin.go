package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// APIKeys returns a page of keys, newest first, revoked and expired ones too, and how many there are on all pages.
func (s *Store) APIKeys(ctx context.Context, page models.Page) (keys []models.APIKey, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&models.APIKey{}).Count(&n).Error; err != nil {
			return fmt.Errorf("count api keys: %w", err)
		}
		total, keys = int(n), []models.APIKey{}
		if err := paged(tx, page).Order("created_at DESC, id DESC").Find(&keys).Error; err != nil {
			return fmt.Errorf("read api keys: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return keys, total, nil
}

// RevokeAPIKey makes a key useless for good: once this has returned, APIKeyByHash does not find it any more. One that was
// revoked before keeps the time at which that was. Error: CodeNotFound.
func (s *Store) RevokeAPIKey(ctx context.Context, id string) error {
	if err := checkID("API key", id); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		key := &models.APIKey{}
		if err := forUpdate(tx).Where("id = ?", id).Take(key).Error; err != nil {
			return found(err, "API key", id)
		}
		if key.RevokedAt != nil {
			return nil
		}
		if err := tx.Model(key).UpdateColumn("revoked_at", s.now()).Error; err != nil {
			return fmt.Errorf("revoke api key %s: %w", id, err)
		}
		return s.audit(tx, models.AuditRecord{Action: models.AuditRevokeAPIKey, SubjectID: &id})
	})
}
