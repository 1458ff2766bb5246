package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// CreateCampaign stores a new campaign as a draft and gives it its id and times. Its settings are stored as they are
// given: the caller has filled and checked them. A call that repeats an idempotency key gets the id of the first.
func (s *Store) CreateCampaign(ctx context.Context, c *models.Campaign) error {
	now := s.now()
	c.ID, c.Status = newID(), models.CampaignDraft
	c.Revision, c.SeenRevision, c.SettingsRevision = 1, 0, 1 // unseen until its workflow has begun
	c.RevisedAt, c.ReconcileAfter, c.ReconcileTries = now, now, 0
	c.CreatedAt, c.UpdatedAt, c.LiveAt, c.ArchivedAt = now, now, nil, nil
	tidyCampaign(c)
	return s.transact(ctx, func(tx *gorm.DB) error {
		id := c.ID
		err := s.once(ctx, tx, &id, func() error { return s.insertCampaign(tx, c) })
		c.ID = id
		return err
	})
}

// insertCampaign writes the campaign and its intake.
func (s *Store) insertCampaign(tx *gorm.DB, c *models.Campaign) error {
	if err := tx.Create(c).Error; err != nil {
		return fmt.Errorf("store campaign: %w", err)
	}
	err := tx.Exec("INSERT INTO campaign_intake (campaign_id, pending, touched_at) VALUES (?, ?, ?)",
		c.ID, false, c.CreatedAt).Error
	if err != nil {
		return fmt.Errorf("store intake of campaign %s: %w", c.ID, err)
	}
	return s.audit(tx, models.AuditRecord{Action: models.AuditCreateCampaign, CampaignID: &c.ID})
}

// tidyCampaign brings the settings into the form in which they are stored: no list is null, times are UTC and as precise
// as both databases keep them.
func tidyCampaign(c *models.Campaign) {
	if c.Channels == nil {
		c.Channels = []models.Channel{}
	}
	c.ScheduledAt = stored(c.ScheduledAt)
}

// stored is a time as both databases keep it.
func stored(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	kept := at.UTC().Truncate(time.Microsecond)
	return &kept
}

// Campaign returns a campaign with the number of its contacts. Error: CodeNotFound.
func (s *Store) Campaign(ctx context.Context, id string) (row *models.CampaignRow, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, id)
		if err != nil {
			return err
		}
		row, err = campaignRow(tx, c)
		return err
	})
	return row, err
}

// Settings returns a campaign without what is counted of it. Error: CodeNotFound.
func (s *Store) Settings(ctx context.Context, id string) (*models.Campaign, error) {
	return campaignIn(s.read.WithContext(ctx), id)
}

func campaignRow(tx *gorm.DB, c *models.Campaign) (*models.CampaignRow, error) {
	counts, err := contactCounts(tx, []string{c.ID})
	if err != nil {
		return nil, err
	}
	return &models.CampaignRow{Campaign: *c, ContactCount: counts[c.ID]}, nil
}

// contactCounts counts the contacts of each campaign; removed ones do not count.
func contactCounts(tx *gorm.DB, campaignIDs []string) (map[string]int, error) {
	rows := []struct {
		CampaignID string
		N          int
	}{}
	err := tx.Raw(`SELECT campaign_id, count(*) AS n FROM contacts
		WHERE campaign_id IN ? AND removed_at IS NULL GROUP BY campaign_id`, campaignIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count contacts: %w", err)
	}
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.CampaignID] = row.N
	}
	return counts, nil
}

// Campaigns returns a page of campaigns, newest first, and how many there are on all pages.
func (s *Store) Campaigns(
	ctx context.Context, filter models.CampaignFilter,
) (rows []models.CampaignRow, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := s.filterCampaigns(tx, filter).Count(&n).Error; err != nil {
			return fmt.Errorf("count campaigns: %w", err)
		}
		total = int(n)
		campaigns := []models.Campaign{}
		query := paged(s.filterCampaigns(tx, filter), filter.Page).Order("created_at DESC, id DESC")
		if err := query.Find(&campaigns).Error; err != nil {
			return fmt.Errorf("read campaigns: %w", err)
		}
		ids := make([]string, 0, len(campaigns))
		for i := range campaigns {
			ids = append(ids, campaigns[i].ID)
		}
		counts, err := contactCounts(tx, ids)
		rows = make([]models.CampaignRow, 0, len(campaigns))
		for i := range campaigns {
			rows = append(rows, models.CampaignRow{Campaign: campaigns[i], ContactCount: counts[campaigns[i].ID]})
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, total, nil
}

func (s *Store) filterCampaigns(tx *gorm.DB, filter models.CampaignFilter) *gorm.DB {
	query := tx.Model(&models.Campaign{})
	if filter.Archived {
		query = query.Where("status = 'archived'")
	} else {
		query = query.Where("status <> 'archived'")
	}
	if filter.Only != nil {
		query = query.Where("id IN ?", filter.Only)
	}
	if filter.Status != nil {
		query = query.Where("status = ?", *filter.Status)
	}
	if filter.Channel != nil {
		contains := "jsonb_exists(channels, ?)"
		if s.dialect == SQLite {
			contains = "EXISTS (SELECT 1 FROM json_each(channels) WHERE value = ?)"
		}
		query = query.Where(contains, string(*filter.Channel))
	}
	if filter.CreatedFrom != nil {
		query = query.Where("created_at >= ?", stored(filter.CreatedFrom))
	}
	if filter.CreatedTo != nil {
		query = query.Where("created_at < ?", stored(filter.CreatedTo))
	}
	return s.containing(query, filter.Search, "", "name")
}

// UpdateCampaign lets `change` change the settings of a campaign, under its exclusive lock: once this has returned, no
// claim under the old settings commits. Where something changed, the workflow is to be told: it looks at its intake and at
// contacts that wait under older settings; otherwise the wake is empty. What was planned for a channel that the campaign
// does not have any more is superseded, and planned anew. Errors: CodeNotFound, CodeCampaignArchived, those of `change`.
func (s *Store) UpdateCampaign(
	ctx context.Context, id string, change func(*models.Campaign) error,
) (row *models.CampaignRow, wake models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		row, wake = nil, models.Wake{}
		if err := s.lockCampaign(tx, id, exclusive); err != nil {
			return err
		}
		before, err := campaignIn(tx, id)
		if err != nil {
			return err
		}
		if before.Status == models.CampaignArchived {
			return models.Errorf(models.CodeCampaignArchived, "the campaign is archived: it cannot be changed")
		}
		c, err := campaignIn(tx, id) // a copy of its own, whatever change does to what the fields point at
		if err != nil {
			return err
		}
		changed, err := changeSettings(before, c, change)
		if err != nil {
			return err
		}
		if changed {
			c.SettingsRevision++
			if err := reviseCampaign(tx, c, s.now()); err != nil {
				return err
			}
			if err := supersedeOtherChannels(tx, c); err != nil {
				return err
			}
			wake = models.Wake{CampaignID: c.ID, Revision: c.Revision}
			if err := s.audit(tx, settingsChanged(before, c)); err != nil {
				return err
			}
		}
		row, err = campaignRow(tx, c)
		return err
	})
	if err != nil {
		return nil, models.Wake{}, err
	}
	return row, wake, nil
}

// changeSettings runs change on c and says whether its settings are others than before. What is no setting stays as it is.
func changeSettings(before, c *models.Campaign, change func(*models.Campaign) error) (bool, error) {
	if err := change(c); err != nil {
		return false, err
	}
	c.ID, c.Status, c.PauseReason = before.ID, before.Status, before.PauseReason
	c.Revision, c.SeenRevision, c.RevisedAt = before.Revision, before.SeenRevision, before.RevisedAt
	c.SettingsRevision, c.ReconcileAfter, c.ReconcileTries = before.SettingsRevision, before.ReconcileAfter, before.ReconcileTries
	c.CreatedAt, c.UpdatedAt, c.LiveAt, c.ArchivedAt = before.CreatedAt, before.UpdatedAt, before.LiveAt, before.ArchivedAt
	tidyCampaign(before)
	tidyCampaign(c)
	return !reflect.DeepEqual(before, c), nil
}

// settingsChanged is the record of a campaign's settings that changed, by their names.
func settingsChanged(before, after *models.Campaign) models.AuditRecord {
	bookkeeping := []string{"Revision", "SettingsRevision", "RevisedAt", "UpdatedAt", "ReconcileAfter", "ReconcileTries"}
	names := changedFields(before, after, bookkeeping)
	return models.AuditRecord{
		Action: models.AuditUpdateCampaign, CampaignID: &after.ID, Detail: models.AuditDetail{Fields: names},
	}
}

// changedFields names the fields in which two structs of one type differ, as JSON spells them; those left out do not count.
func changedFields[T any](before, after *T, leftOut []string) []string {
	names := []string{}
	was, is := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range was.NumField() {
		name := was.Type().Field(i).Name
		if !slices.Contains(leftOut, name) && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			names = append(names, strings.ToLower(name[:1])+name[1:])
		}
	}
	return names
}

// supersedeOtherChannels ends what was planned for channels that the campaign does not have.
func supersedeOtherChannels(tx *gorm.DB, c *models.Campaign) error {
	query := tx.Model(&models.Outreach{}).Where("campaign_id = ? AND state IN ('planned', 'approved')", c.ID)
	if len(c.Channels) > 0 {
		query = query.Where("channel NOT IN ?", c.Channels)
	}
	err := query.UpdateColumns(map[string]any{"state": models.OutreachSuperseded, "updated_at": c.UpdatedAt}).Error
	if err != nil {
		return fmt.Errorf("supersede outreaches: %w", err)
	}
	return nil
}
