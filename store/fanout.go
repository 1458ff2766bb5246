package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"beckon/models"
)

// toBeTold stands in waiting_settings_revision of contacts that a bulk action changed: the campaign's fan-out wakes them.
const toBeTold = -1

// contradicted selects the taken, unfinished contacts of a campaign whose recorded wait the database contradicts. Contacts
// in the planner's or the send queue are left alone: their activity checks everything itself.
func (s *Store) contradicted(tx *gorm.DB, c *models.Campaign) *gorm.DB {
	db := tx.Model(&models.Contact{}).
		Where("campaign_id = ? AND taken_batch IS NOT NULL AND finished_at IS NULL AND removed_at IS NULL", c.ID)
	if c.Status == models.CampaignArchived {
		return db
	}
	db = db.Where("waiting_reason NOT IN ('planner', 'send_queue') OR waiting_settings_revision = ?", toBeTold)
	latest := tx.Model(&models.Release{}).Select("max(created_at)").
		Where("campaign_id = ? AND kind = ?", c.ID, models.ReleaseStart)
	contradicts := tx.Where("waiting_until < ?", s.now().Add(-s.overdue)).
		Or("waiting_settings_revision < ? AND (status <> 'disabled' OR ?)", c.SettingsRevision, c.Ended(s.now())).
		Or("waiting_settings_revision = ?", toBeTold).
		Or("waiting_reason IN ('approval', 'next_attempt', 'start_outreaches', 'scheduled_time') AND EXISTS (" +
			"SELECT 1 FROM outreaches o WHERE o.contact_id = contacts.id AND o.state = 'approved' AND o.resend = 0 " +
			"AND (contacts.status = 'awaiting_approval' OR o.due_at IS NOT NULL))")
	if !c.ManualReview {
		contradicts = contradicts.Or("status = 'awaiting_approval' AND waiting_reason IN ('approval', 'next_attempt')")
	}
	if c.Status == models.CampaignActive {
		contradicts = contradicts.Or("waiting_reason IN ('campaign_paused', 'go_live')").
			Or("waiting_reason = 'start_outreaches' AND waiting_since < (?)", latest)
		if c.ResumedAt != nil {
			contradicts = contradicts.Or("waiting_reason = 'provider_auth' AND waiting_since < ?", c.ResumedAt)
		}
	}
	return db.Where(contradicts)
}

// unsettled says whether there is work for a fan-out.
func (s *Store) unsettled(tx *gorm.DB, c *models.Campaign) (bool, error) {
	ids := []string{}
	if err := s.contradicted(tx, c).Limit(1).Pluck("id", &ids).Error; err != nil {
		return false, fmt.Errorf("look for contradicted waits: %w", err)
	}
	if len(ids) == 0 && c.Status != models.CampaignArchived {
		if err := untold(tx, c).Limit(1).Pluck("id", &ids).Error; err != nil {
			return false, fmt.Errorf("look for contacts that ended untold: %w", err)
		}
	}
	if len(ids) > 0 || c.Status != models.CampaignArchived {
		return len(ids) > 0, nil
	}
	err := tx.Model(&models.Contact{}).Where("campaign_id = ? AND taken_batch IS NULL AND removed_at IS NULL "+
		"AND finished_at IS NULL", c.ID).Limit(1).Pluck("id", &ids).Error
	if err != nil {
		return false, fmt.Errorf("look for unfinished contacts: %w", err)
	}
	return len(ids) > 0, nil
}

// FanOutPage returns the next contacts, by id, whose recorded wait the database contradicts, to be woken. In an archived
// campaign it completes them first; those that no workflow has taken in need no wake. An empty page ends the fan-out.
// Error: CodeNotFound.
func (s *Store) FanOutPage(
	ctx context.Context, campaignID, after string, limit int,
) (wakes []models.Wake, last string, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockCampaign(tx, campaignID, shared); err != nil {
			return err
		}
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		if c.Status == models.CampaignArchived {
			wakes, last, err = s.finishPage(tx, campaignID, after, limit)
			return err
		}
		rows, err := s.fanOutRows(tx, c, after, limit)
		if err != nil {
			return err
		}
		wakes, last = make([]models.Wake, 0, len(rows)), ""
		for _, row := range rows {
			wakes = append(wakes, models.Wake{CampaignID: campaignID, ContactID: row.ID, Revision: row.Revision})
			last = row.ID
		}
		return nil
	})
	return wakes, last, err
}

// fanOutRows are the next contacts, by id, that are to be woken: those whose wait is contradicted, and those that a bulk
// action ended.
func (s *Store) fanOutRows(tx *gorm.DB, c *models.Campaign, after string, limit int) ([]models.Contact, error) {
	rows := []models.Contact{}
	for _, query := range []*gorm.DB{s.contradicted(tx, c), untold(tx, c)} {
		query = query.Select("id", "revision").Order("id").Limit(limit)
		if after != "" {
			query = query.Where("id > ?", after)
		}
		found := []models.Contact{}
		if err := query.Find(&found).Error; err != nil {
			return nil, fmt.Errorf("read contacts to be woken: %w", err)
		}
		rows = append(rows, found...)
	}
	slices.SortFunc(rows, func(a, b models.Contact) int { return strings.Compare(a.ID, b.ID) })
	return rows[:min(limit, len(rows))], nil
}

// finishPage completes a page of an archived campaign's contacts and cancels what was planned for them. A claim that
// is out keeps its outreach: its result is still recorded.
func (s *Store) finishPage(
	tx *gorm.DB, campaignID, after string, limit int,
) (wakes []models.Wake, last string, err error) {
	rows := []models.Contact{}
	query := forUpdate(tx).Select("id", "revision", "taken_batch").
		Where("campaign_id = ? AND finished_at IS NULL AND removed_at IS NULL", campaignID).Order("id").Limit(limit)
	if after != "" {
		query = query.Where("id > ?", after)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("read unfinished contacts: %w", err)
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids, last = append(ids, row.ID), row.ID
		if row.TakenBatch != nil {
			wakes = append(wakes, models.Wake{CampaignID: campaignID, ContactID: row.ID, Revision: row.Revision + 1})
		}
	}
	if len(ids) == 0 {
		return nil, "", nil
	}
	now := s.now()
	err = tx.Exec(`UPDATE contacts SET status = 'completed', status_reason = 'campaign_archived', finished_at = ?,
		waiting_reason = NULL, waiting_until = NULL, waiting_detail = '', waiting_since = NULL,
		revision = revision + CASE WHEN taken_batch IS NULL THEN 0 ELSE 1 END, revised_at = ?, updated_at = ?
		WHERE id IN ?`, now, now, now, ids).Error
	if err != nil {
		return nil, "", fmt.Errorf("complete contacts: %w", err)
	}
	err = tx.Exec(`UPDATE outreaches SET state = 'cancelled', updated_at = ?
		WHERE contact_id IN ? AND state IN ('planned', 'approved')`, now, ids).Error
	if err != nil {
		return nil, "", fmt.Errorf("cancel outreaches: %w", err)
	}
	return wakes, last, nil
}
