package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// throttleKey is the key of a throttle: neither accounts nor addresses are stored.
func throttleKey(kind models.ThrottleKind, parts ...string) []byte {
	hash := sha256.New()
	hash.Write([]byte(kind))
	for _, part := range parts {
		hash.Write([]byte{0})
		hash.Write([]byte(part))
	}
	return hash.Sum(nil)
}

// Throttled counts a try to sign in to an account from an address as a failure, before it is known to be one: so many
// tries at once cannot pass where one may. Forgive takes it back. An account is its e-mail address in lower case, whether
// or not there is such a user; empty: only the address counts. Error: CodeTooManyRequests, with the time to wait.
func (s *Store) Throttled(ctx context.Context, account, address string) error {
	now := s.now()
	return s.transact(ctx, func(tx *gorm.DB) error {
		rows, err := s.throttles(tx, account, address, now)
		if err != nil {
			return err
		}
		var wait time.Duration
		for _, row := range rows {
			wait = max(wait, row.Blocked(now))
		}
		if wait > 0 {
			return &models.Error{
				Code: models.CodeTooManyRequests, Detail: "too many failed tries; wait before the next", RetryAfter: wait,
			}
		}
		for _, row := range rows {
			row.Fail(now)
			if err := saveThrottle(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// Forgive takes back what Throttled counted, since the try was good. The address is then known to be the account's.
func (s *Store) Forgive(ctx context.Context, account, address string) error {
	now := s.now()
	return s.transact(ctx, func(tx *gorm.DB) error {
		rows, err := s.throttles(tx, account, address, now)
		if err != nil {
			return err
		}
		for _, row := range rows {
			row.Forgive()
			if row.Kind == models.ThrottlePair {
				row.Failures, row.SucceededAt = 0, &now
			}
			if err := saveThrottle(tx, row); err != nil {
				return err
			}
		}
		old := tx.Where("failed_at < ? OR failed_at < ? AND succeeded_at IS NULL",
			now.Add(-models.ThrottleKept), now.Add(-models.ThrottleForgotten))
		if err := old.Delete(&models.Throttle{}).Error; err != nil {
			return fmt.Errorf("clean throttles away: %w", err)
		}
		return nil
	})
}

// throttles reads and locks the rows that a try meets, in the order of their keys. An address that the account has signed
// in from does not meet what others do to the account.
func (s *Store) throttles(tx *gorm.DB, account, address string, now time.Time) ([]*models.Throttle, error) {
	kinds := map[models.ThrottleKind][]byte{models.ThrottleAddress: throttleKey(models.ThrottleAddress, address)}
	if account != "" {
		kinds[models.ThrottlePair] = throttleKey(models.ThrottlePair, account, address)
		kinds[models.ThrottleAccount] = throttleKey(models.ThrottleAccount, account)
	}
	rows := make([]*models.Throttle, 0, len(kinds))
	for kind, key := range kinds {
		rows = append(rows, &models.Throttle{Key: key, Kind: kind, FailedAt: now})
	}
	slices.SortFunc(rows, func(a, b *models.Throttle) int { return bytes.Compare(a.Key, b.Key) })
	known := false
	for _, row := range rows {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row).Error; err != nil {
			return nil, fmt.Errorf("store throttle: %w", err)
		}
		if err := forUpdate(tx).Where("key = ?", row.Key).Take(row).Error; err != nil {
			return nil, fmt.Errorf("read throttle: %w", err)
		}
		known = known || row.Kind == models.ThrottlePair && row.SucceededAt != nil &&
			now.Before(row.SucceededAt.Add(models.ThrottleKept))
	}
	if known {
		rows = slices.DeleteFunc(rows, func(row *models.Throttle) bool { return row.Kind == models.ThrottleAccount })
	}
	return rows, nil
}

func saveThrottle(tx *gorm.DB, row *models.Throttle) error {
	err := tx.Model(&models.Throttle{}).Where("key = ?", row.Key).UpdateColumns(map[string]any{
		"failures": row.Failures, "failed_at": row.FailedAt, "blocked_until": row.BlockedUntil, "succeeded_at": row.SucceededAt,
	}).Error
	if err != nil {
		return fmt.Errorf("store throttle: %w", err)
	}
	return nil
}
