package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// The use of a key is noted once a minute, and nobody waits long for that.
const (
	noteUseEvery  = time.Minute
	noteUseWithin = 200 * time.Millisecond
)

// CreateAPIKey stores a key and gives it its id. Error: CodeDuplicate where a key with that hash is stored already.
func (s *Store) CreateAPIKey(ctx context.Context, key *models.APIKey) error {
	key.ID, key.CreatedAt = newID(), s.now()
	key.ExpiresAt, key.RevokedAt = stored(key.ExpiresAt), stored(key.RevokedAt)
	return s.transact(ctx, func(tx *gorm.DB) error {
		err := tx.Create(key).Error
		switch {
		case err == nil:
			return s.audit(tx, models.AuditRecord{
				Action: models.AuditCreateAPIKey, SubjectID: &key.ID,
				Detail: models.AuditDetail{
					Codes:  map[string]string{"role": string(key.Role)},
					Counts: map[string]int{"campaigns": len(key.CampaignIDs()), "actions": len(key.Actions())},
				},
			})
		case duplicate(err):
			return models.Errorf(models.CodeDuplicate, "this key is stored already")
		default:
			return fmt.Errorf("store api key: %w", err)
		}
	})
}

// APIKeyByHash returns the key with the SHA-256 hash, and notes that it was used. A key that was revoked or has expired is
// not found. Error: CodeNotFound.
func (s *Store) APIKeyByHash(ctx context.Context, hash []byte) (*models.APIKey, error) {
	key := &models.APIKey{}
	err := s.read.WithContext(ctx).Where("key_hash = ?", hash).Take(key).Error
	now := s.now()
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound),
		err == nil && key.RevokedAt != nil,
		err == nil && key.ExpiresAt != nil && !now.Before(*key.ExpiresAt):
		return nil, models.Errorf(models.CodeNotFound, "there is no such API key")
	case err != nil:
		return nil, fmt.Errorf("read api key: %w", err)
	}
	if key.LastUsedAt == nil || !now.Before(key.LastUsedAt.Add(noteUseEvery)) {
		s.noteUse(ctx, key, now)
	}
	return key, nil
}

// noteUse writes when the key was used. A busy database lets it be: the next use is noted.
func (s *Store) noteUse(ctx context.Context, key *models.APIKey, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, noteUseWithin)
	defer cancel()
	err := s.write.WithContext(ctx).Model(&models.APIKey{}).Where("id = ?", key.ID).
		UpdateColumn("last_used_at", now).Error
	if err == nil {
		key.LastUsedAt = &now
	}
}
