package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// busy is how long reconcile leaves a contact alone that its activity is expected to move on.
const busy = time.Hour

// Strays returns contacts that their workflows ought to look at: their last change is unseen for over a minute, they were
// taken in over a minute ago and no workflow has begun, or what they wait for is over. Those in the planner's or the send
// queue, or executing, are left to their activity for an hour. Each is left alone for a while afterwards, twice as long
// each time (1, 2, 4 … 60 minutes).
func (s *Store) Strays(ctx context.Context, limit int) ([]models.Wake, error) {
	rows, err := s.strayRows(ctx, limit)
	if err != nil {
		return nil, err
	}
	strays, byTries := make([]models.Wake, 0, len(rows)), map[int][]string{}
	for _, row := range rows {
		strays = append(strays, models.Wake{CampaignID: row.CampaignID, ContactID: row.ID, Revision: row.Revision})
		byTries[row.ReconcileTries] = append(byTries[row.ReconcileTries], row.ID)
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		for tries, ids := range byTries {
			err := tx.Model(&models.Contact{}).Where("id IN ?", ids).UpdateColumns(map[string]any{
				"reconcile_tries": tries + 1, "reconcile_after": s.now().Add(s.backoff(tries + 1)),
			}).Error
			if err != nil {
				return fmt.Errorf("note strays: %w", err)
			}
		}
		return nil
	})
	return strays, err
}

func (s *Store) strayRows(ctx context.Context, limit int) ([]models.Contact, error) {
	const (
		open  = "finished_at IS NULL AND removed_at IS NULL AND "
		inUse = "(status = 'executing' AND (waiting_reason IS NULL OR waiting_reason <> 'proof') OR " +
			"waiting_reason IN ('planner', 'send_queue'))"
	)
	db, now := s.read.WithContext(ctx), s.now()
	late := now.Add(-s.overdue)
	rows := []models.Contact{}
	err := db.Select("id", "campaign_id", "revision", "reconcile_tries").
		Where("taken_batch IS NOT NULL AND reconcile_after <= ?", now).
		Where(db.
			Where("revision <> seen_revision AND revised_at < ?", late).
			Or(open+"run_id IS NULL AND taken_at < ?", late).
			Or(open+"waiting_until < ?", late).
			Or(open + inUse)).
		Where(db.Where("waiting_reason IS NULL AND status <> 'executing'").
			Or("NOT "+inUse).
			Or("updated_at < ?", now.Add(-busy))).
		Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read strays: %w", err)
	}
	return rows, nil
}

// backoff is models.Backoff, whose minute is as long as a change may stay unseen.
func (s *Store) backoff(tries int) time.Duration {
	return time.Duration(float64(models.Backoff(tries)) * s.overdue.Minutes())
}

// SettleClaims settles claims that nobody settled in time, since their contact was finished or removed meanwhile, or its
// workflow is gone: without proof, nobody can say any more whether the provider took them. It returns the wakes of contacts
// that are to go on.
func (s *Store) SettleClaims(ctx context.Context, limit int) ([]models.Wake, error) {
	rows := []models.Outreach{}
	err := s.read.WithContext(ctx).Select("id", "campaign_id", "contact_id").
		Where("state = 'submitting' AND claimed_at < ?", s.now().Add(-s.unconfirmedAfter-s.overdue)).
		Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read old claims: %w", err)
	}
	wakes := []models.Wake{}
	for i := range rows {
		wake, err := s.settleClaim(ctx, &rows[i])
		if err != nil {
			return wakes, err
		}
		if wake != nil {
			wakes = append(wakes, *wake)
		}
	}
	return wakes, nil
}

// settleClaim ends one old claim as unknown; the wake is of a contact that is to go on.
func (s *Store) settleClaim(ctx context.Context, row *models.Outreach) (wake *models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wake = nil
		f, err := s.readFacts(tx, row.CampaignID, row.ContactID)
		if err != nil {
			return err
		}
		o, c := f.outreach(row.ID), f.Contact
		if o == nil || o.State != models.OutreachSubmitting {
			return nil
		}
		if err := s.settle(tx, f, o, models.OutreachUnknown); err != nil {
			return err
		}
		if !c.Finished() && c.RemovedAt == nil {
			c.Revision++
			c.RevisedAt = f.Now
			wake = &models.Wake{CampaignID: c.CampaignID, ContactID: c.ID, Revision: c.Revision}
		}
		return saveContact(tx, c, f.Now)
	})
	return wake, err
}

// Settle notes that the workflow of a finished or removed contact is gone: there is nobody left to see its last change.
func (s *Store) Settle(ctx context.Context, campaignID, contactID string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockCampaign(tx, campaignID, shared); err != nil {
			return err
		}
		err := tx.Exec(`UPDATE contacts SET seen_revision = revision WHERE id = ? AND campaign_id = ?
			AND (finished_at IS NOT NULL OR removed_at IS NOT NULL)`, contactID, campaignID).Error
		if err != nil {
			return fmt.Errorf("settle contact %s: %w", contactID, err)
		}
		return nil
	})
}

// LiveCampaigns returns the next campaigns, by id, that have a workflow: all but archived ones whose workflow has seen
// the end.
func (s *Store) LiveCampaigns(ctx context.Context, after string, limit int) ([]models.Wake, error) {
	rows := []models.Campaign{}
	query := s.read.WithContext(ctx).Select("id", "revision").
		Where("status <> 'archived' OR revision <> seen_revision").Order("id").Limit(limit)
	if after != "" {
		query = query.Where("id > ?", after)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read live campaigns: %w", err)
	}
	wakes := make([]models.Wake, 0, len(rows))
	for _, row := range rows {
		wakes = append(wakes, models.Wake{CampaignID: row.ID, Revision: row.Revision})
	}
	return wakes, nil
}

// StrayCampaign is a campaign that its workflow ought to have seen to.
type StrayCampaign struct {
	models.Wake

	Unsettled bool // contacts wait for what has happened
}

// StrayCampaigns returns campaigns whose workflow ought to look: their last change is unseen for over a minute, contacts
// wait to be taken in for over a minute, or contacts wait for over a minute for something that the database contradicts.
// The last raises the row's revision, so that the workflow fans out again. Each is left alone for a while afterwards.
func (s *Store) StrayCampaigns(ctx context.Context, limit int) (strays []StrayCampaign, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		strays = []StrayCampaign{}
		now := s.now()
		rows := []models.Campaign{}
		err := tx.Where("reconcile_after <= ? AND (status <> 'draft' OR revision <> seen_revision) AND "+
			"(status <> 'archived' OR revision <> seen_revision OR archived_at > ?)", now, now.Add(-31*24*time.Hour)).
			Order("id").Limit(limit).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read campaigns: %w", err)
		}
		for i := range rows {
			stray, unsettled, err := s.strayCampaign(tx, &rows[i], now)
			if err != nil {
				return err
			}
			if stray {
				wake := models.Wake{CampaignID: rows[i].ID, Revision: rows[i].Revision}
				strays = append(strays, StrayCampaign{Wake: wake, Unsettled: unsettled})
			}
		}
		return nil
	})
	return strays, err
}

// strayCampaign says whether the campaign is stray, and whether that is since contacts wait for what has happened.
func (s *Store) strayCampaign(tx *gorm.DB, c *models.Campaign, now time.Time) (stray, unsettled bool, err error) {
	unseen := c.Revision != c.SeenRevision && c.RevisedAt.Before(now.Add(-s.overdue))
	untaken, err := s.overdueIntake(tx, c, now)
	if err != nil {
		return false, false, err
	}
	if c.RevisedAt.Before(now.Add(-s.overdue)) {
		if unsettled, err = s.unsettled(tx, c); err != nil {
			return false, false, err
		}
	}
	if !unseen && !untaken && !unsettled {
		return false, false, nil
	}
	tries := c.ReconcileTries + 1
	changes := map[string]any{"reconcile_tries": tries, "reconcile_after": now.Add(s.backoff(tries))}
	if unsettled {
		c.Revision++
		changes["revision"], changes["revised_at"] = c.Revision, now
	}
	if err := tx.Model(c).UpdateColumns(changes).Error; err != nil {
		return false, false, fmt.Errorf("note stray campaign %s: %w", c.ID, err)
	}
	return true, unsettled, nil
}

// overdueIntake says whether contacts wait for over a minute to be taken in by a campaign that takes contacts in.
func (s *Store) overdueIntake(tx *gorm.DB, c *models.Campaign, now time.Time) (bool, error) {
	if !s.takesIn(c) {
		return false, nil
	}
	var there bool
	err := tx.Raw(`SELECT EXISTS (SELECT 1 FROM contacts WHERE campaign_id = ? AND taken_batch IS NULL
		AND removed_at IS NULL AND finished_at IS NULL AND added_at < ?)`, c.ID, now.Add(-s.overdue)).Scan(&there).Error
	if err != nil {
		return false, fmt.Errorf("look for waiting contacts: %w", err)
	}
	return there, nil
}

// TakenContacts returns the next contacts, by id, over all campaigns, that a workflow is to see through: taken in, and
// neither finished nor removed. Those taken in just now, whose workflow is about to begin, are left out.
func (s *Store) TakenContacts(ctx context.Context, after string, limit int) ([]models.Wake, error) {
	rows := []models.Contact{}
	query := s.read.WithContext(ctx).Select("id", "campaign_id", "revision").
		Where("taken_batch IS NOT NULL AND finished_at IS NULL AND removed_at IS NULL").
		Where("run_id IS NOT NULL OR taken_at < ?", s.now().Add(-s.overdue)).Order("id").Limit(limit)
	if after != "" {
		query = query.Where("id > ?", after)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read taken contacts: %w", err)
	}
	wakes := make([]models.Wake, 0, len(rows))
	for _, row := range rows {
		wakes = append(wakes, models.Wake{CampaignID: row.CampaignID, ContactID: row.ID, Revision: row.Revision})
	}
	return wakes, nil
}
