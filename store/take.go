package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// LookCampaign reads the row for the campaign's workflow, and notes that it has seen it. Unsettled says that contacts
// wait for something that the database contradicts. Error: CodeNotFound.
func (s *Store) LookCampaign(ctx context.Context, campaignID string) (view models.CampaignView, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockCampaign(tx, campaignID, shared); err != nil {
			return err
		}
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		view = models.CampaignView{Status: c.Status, Revision: c.Revision, Ended: c.Ended(s.now())}
		if view.Untaken, err = s.untaken(tx, c); err != nil {
			return err
		}
		if view.Unsettled, err = s.unsettled(tx, c); err != nil || c.SeenRevision == c.Revision {
			return err
		}
		return tx.Model(c).Where("revision = ?", c.Revision).UpdateColumn("seen_revision", c.Revision).Error
	})
	return view, err
}

// takesIn says whether the campaign takes contacts in now: a draft, paused, archived or ended one takes nobody.
func (s *Store) takesIn(c *models.Campaign) bool {
	return c.Status == models.CampaignActive && !c.Ended(s.now())
}

// untaken says whether there is a contact for the campaign to take in. The contacts themselves are asked, so a flag that
// was cleared by a workflow that is gone loses nobody.
func (s *Store) untaken(tx *gorm.DB, c *models.Campaign) (bool, error) {
	if !s.takesIn(c) {
		return false, nil
	}
	var there bool
	err := tx.Raw(`SELECT EXISTS (SELECT 1 FROM contacts
		WHERE campaign_id = ? AND taken_batch IS NULL AND removed_at IS NULL AND finished_at IS NULL)`, c.ID).
		Scan(&there).Error
	if err != nil {
		return false, fmt.Errorf("look for untaken contacts: %w", err)
	}
	return there, nil
}

// TakeContacts marks up to limit untaken contacts with the batch's key, and returns all that carry it: asked again with the
// same key, it gives the same contacts. The intake flag is cleared in a transaction of its own before, so that whoever adds
// contacts afterwards tells the workflow again. Error: CodeNotFound.
func (s *Store) TakeContacts(ctx context.Context, campaignID, key string, limit int) (batch models.Batch, err error) {
	if err := s.clearIntake(ctx, campaignID); err != nil {
		return models.Batch{}, err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		batch = models.Batch{ContactIDs: []string{}}
		if err := s.lockCampaign(tx, campaignID, shared); err != nil {
			return err
		}
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		if s.takesIn(c) {
			if err := s.mark(tx, campaignID, key, limit); err != nil {
				return err
			}
		}
		err = tx.Raw("SELECT id FROM contacts WHERE campaign_id = ? AND taken_batch = ? ORDER BY id", campaignID, key).
			Scan(&batch.ContactIDs).Error
		if err != nil {
			return fmt.Errorf("read batch: %w", err)
		}
		batch.More, err = s.untaken(tx, c)
		return err
	})
	return batch, err
}

// mark puts the batch's key on up to limit untaken contacts, unless some carry it already.
func (s *Store) mark(tx *gorm.DB, campaignID, key string, limit int) error {
	err := tx.Exec(`UPDATE contacts SET taken_batch = ?, taken_at = ?, run_id = NULL
		WHERE id IN (SELECT id FROM contacts
				WHERE campaign_id = ? AND taken_batch IS NULL AND removed_at IS NULL AND finished_at IS NULL
				ORDER BY id LIMIT ?)
			AND taken_batch IS NULL AND removed_at IS NULL AND finished_at IS NULL -- still, after waiting for a lock
			AND NOT EXISTS (SELECT 1 FROM contacts WHERE campaign_id = ? AND taken_batch = ?)`,
		key, s.now(), campaignID, limit, campaignID, key).Error
	if err != nil {
		return fmt.Errorf("mark batch: %w", err)
	}
	return nil
}

func (s *Store) clearIntake(ctx context.Context, campaignID string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockCampaign(tx, campaignID, shared); err != nil {
			return err
		}
		c, err := campaignIn(tx, campaignID)
		if err != nil || !s.takesIn(c) {
			return err // the flag stays set for whoever makes the campaign take contacts in again
		}
		err = tx.Exec("UPDATE campaign_intake SET pending = ? WHERE campaign_id = ? AND pending", false, campaignID).Error
		if err != nil {
			return fmt.Errorf("clear intake: %w", err)
		}
		return nil
	})
}

// touchIntake sets the intake flag, and says whether it was clear before: then the campaign's workflow is to be told. The
// row is locked until the transaction ends, and is the lock under which contacts are deduplicated.
func (s *Store) touchIntake(tx *gorm.DB, campaignID string) (wasClear bool, err error) {
	var pending bool
	err = tx.Raw("SELECT pending FROM campaign_intake WHERE campaign_id = ?"+s.forUpdateSQL(), campaignID).
		Scan(&pending).Error
	if err != nil {
		return false, fmt.Errorf("lock intake: %w", err)
	}
	err = tx.Exec("UPDATE campaign_intake SET pending = ?, touched_at = ? WHERE campaign_id = ?",
		true, s.now(), campaignID).Error
	if err != nil {
		return false, fmt.Errorf("touch intake: %w", err)
	}
	return !pending, nil
}

// forUpdateSQL locks the rows of a written-out SELECT on Postgres.
func (s *Store) forUpdateSQL() string {
	if s.dialect == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// Untake clears mark and run of an unfinished contact whose workflow is gone, so that its campaign takes it in again; false
// where there is nothing to clear.
func (s *Store) Untake(ctx context.Context, campaignID, contactID string) (untaken bool, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockCampaign(tx, campaignID, shared); err != nil {
			return err
		}
		if _, err := s.touchIntake(tx, campaignID); err != nil {
			return err
		}
		update := tx.Exec(`UPDATE contacts SET taken_batch = NULL, taken_at = NULL, run_id = NULL
			WHERE id = ? AND campaign_id = ? AND taken_batch IS NOT NULL AND finished_at IS NULL AND removed_at IS NULL`,
			contactID, campaignID)
		if update.Error != nil {
			return fmt.Errorf("untake contact %s: %w", contactID, update.Error)
		}
		untaken = update.RowsAffected > 0
		return nil
	})
	return untaken, err
}

// HoldBehind holds a contact whose workflow completed though its row is unfinished: the ledger must be older than the
// workflow. False where the row is finished by now, or wants nothing more than to be finished, as that of a contact that
// was removed when it was done, and added again.
func (s *Store) HoldBehind(ctx context.Context, campaignID, contactID string) (held bool, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil {
			return err
		}
		if held = !f.Contact.Finished() && f.Contact.RemovedAt == nil; !held {
			return nil
		}
		if models.Decide(f.Facts).Do == models.DoFinish {
			held = false
			_, err = s.decide(tx, f)
			return err
		}
		_, err = s.holdBehind(tx, f)
		return err
	})
	return held, err
}
