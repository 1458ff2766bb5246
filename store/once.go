package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// onceKey is the key under which a context carries the call that is to be done once.
type onceKey struct{}

// WithIdempotencyKey makes the one changing call of the store that is given the context idempotent: CreateCampaign,
// AddContacts, ImportContacts, RefuseImport, Control. The key is stored in that call's transaction. A repetition changes nothing and
// answers the same; one that asks for something else fails with CodeIdempotencyKeyReused. Caller, Key, Route and BodyHash
// are given; the rest is filled in.
func WithIdempotencyKey(ctx context.Context, key models.IdempotencyKey) context.Context {
	return context.WithValue(ctx, onceKey{}, key)
}

// isOnce says whether the context carries a call that is to be done once.
func isOnce(ctx context.Context) bool {
	_, ok := ctx.Value(onceKey{}).(models.IdempotencyKey)
	return ok
}

// once runs fn, which fills in the answer, unless the context carries a key under which it was run before: then the answer
// is that of the first time. It is the first thing in its transaction: a second call with the key waits here, holding
// nothing, until the first has ended.
func (s *Store) once(ctx context.Context, tx *gorm.DB, answer any, fn func() error) error {
	row, ok := ctx.Value(onceKey{}).(models.IdempotencyKey)
	if !ok {
		return fn()
	}
	// What clients call a call may be anything, an address too: only its hash is kept.
	row.Key, row.Answer, row.CreatedAt = models.AddressHash(row.Key), "", s.now()
	expired := tx.Where("created_at < ?", row.CreatedAt.Add(-models.IdempotencyTTL))
	if err := expired.Delete(&models.IdempotencyKey{}).Error; err != nil {
		return fmt.Errorf("forget old idempotency keys: %w", err)
	}
	insert := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if insert.Error != nil {
		return fmt.Errorf("store idempotency key: %w", insert.Error)
	}
	if insert.RowsAffected == 0 {
		return repeated(tx, row, answer)
	}
	if err := fn(); err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if err := tx.Model(&row).UpdateColumn("answer", string(text)).Error; err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// repeated fills in the answer of the first call with the key.
func repeated(tx *gorm.DB, asked models.IdempotencyKey, answer any) error {
	first := models.IdempotencyKey{}
	if err := tx.Where("caller = ? AND key = ?", asked.Caller, asked.Key).Take(&first).Error; err != nil {
		return fmt.Errorf("read idempotency key: %w", err)
	}
	if first.Route != asked.Route || !bytes.Equal(first.BodyHash, asked.BodyHash) {
		return models.Errorf(models.CodeIdempotencyKeyReused,
			"this Idempotency-Key was used in the last 24 hours for something else")
	}
	if err := json.Unmarshal([]byte(first.Answer), answer); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}
