package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	moderncsqlite "modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"beckon/models"
)

// attempts is how often a transaction is begun that the database asks to repeat.
const attempts = 4

// transact runs fn in a transaction, and repeats it whole, three times at most, where the database asks for that
// (deadlock, serialization, lock time-out, busy). Inside, only tx is used and nothing outside the database is called.
func (s *Store) transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	var err error
	for range attempts {
		err = s.write.WithContext(ctx).Transaction(fn)
		if err == nil || !repeatable(err) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("transaction given up after %d attempts: %w", attempts, err)
}

// repeatable says whether the database rolled back for a reason that a second try may not meet.
func repeatable(err error) bool {
	if errors.Is(err, errMoved) {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40P01" || pg.Code == "40001" || pg.Code == "55P03"
	}
	var lite *moderncsqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlitelib.SQLITE_BUSY
}

// duplicate says whether a unique index refused the row.
func duplicate(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	var lite *moderncsqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlitelib.SQLITE_CONSTRAINT_UNIQUE
}

// lockMode is how a transaction holds its campaign.
type lockMode bool

const (
	shared    lockMode = false // claims, refusals, additions: any number at once
	exclusive lockMode = true  // controls and changes of settings: once they have answered, no contradicting claim commits
)

// lockCampaign takes the campaign's lock until the transaction ends. On Postgres it is an advisory lock, whose queue is
// fair, so a control is not starved by a stream of claims; on SQLite the transaction is the only writer already.
func (s *Store) lockCampaign(tx *gorm.DB, campaignID string, mode lockMode) error {
	if s.dialect == SQLite {
		return nil
	}
	query := "SELECT pg_advisory_xact_lock_shared(?)"
	if mode == exclusive {
		query = "SELECT pg_advisory_xact_lock(?)"
	}
	if err := tx.Exec(query, numberOf("campaign/"+campaignID)).Error; err != nil {
		return fmt.Errorf("lock campaign %s: %w", campaignID, err)
	}
	return nil
}

// numberOf maps a name to the number that its advisory lock has. Two with one number only wait for each other now and then.
func numberOf(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return int64(h.Sum64()) //nolint:gosec // any 64 bits do
}

// forUpdate locks the rows read until the transaction ends; SQLite's only writer needs no such lock.
func forUpdate(tx *gorm.DB) *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// campaignIn reads a campaign inside a transaction. Error: CodeNotFound.
func campaignIn(tx *gorm.DB, campaignID string) (*models.Campaign, error) {
	if err := checkID("campaign", campaignID); err != nil {
		return nil, err
	}
	campaign := &models.Campaign{}
	if err := tx.Where("id = ?", campaignID).Take(campaign).Error; err != nil {
		return nil, found(err, "campaign", campaignID)
	}
	return campaign, nil
}

// contactIn reads a contact inside a transaction, and locks it. Removed ones are found too. Error: CodeNotFound.
func contactIn(tx *gorm.DB, campaignID, contactID string) (*models.Contact, error) {
	if err := checkID("contact", contactID); err != nil {
		return nil, err
	}
	contact := &models.Contact{}
	err := forUpdate(tx).Where("id = ? AND campaign_id = ?", contactID, campaignID).Take(contact).Error
	if err != nil {
		return nil, found(err, "contact", contactID)
	}
	return contact, nil
}

// found turns gorm's "record not found" into ours.
func found(err error, noun, id string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Errorf(models.CodeNotFound, "there is no %s %s", noun, id)
	}
	return fmt.Errorf("read %s %s: %w", noun, id, err)
}
