package store

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// start writes a release. It holds for every contact added before it, those still being planned included.
func (s *Store) start(tx *gorm.DB, c *models.Campaign, now time.Time, result *models.ControlResult) error {
	release, err := newRelease(tx, c, models.ReleaseStart, now)
	if err != nil {
		return err
	}
	result.ReleaseID = &release.ID
	return s.countReleased(tx, c, now, false, result)
}

// execute makes every approved outreach of the campaign due now, whatever its mode and its planned time; false where nothing
// is approved.
func (s *Store) execute(tx *gorm.DB, c *models.Campaign, now time.Time, result *models.ControlResult) (bool, error) {
	made := tx.Exec(`UPDATE outreaches SET due_at = ?, updated_at = ?
		WHERE campaign_id = ? AND state = 'approved' AND resend = 0 AND due_at IS NULL`, now, now, c.ID)
	if made.Error != nil {
		return false, fmt.Errorf("execute approved outreaches: %w", made.Error)
	}
	if made.RowsAffected == 0 {
		zero := 0
		result.Now, result.Waiting = &zero, &models.ReleaseCounts{}
		return false, nil
	}
	release, err := newRelease(tx, c, models.ReleaseExecute, now)
	if err != nil {
		return false, err
	}
	result.ReleaseID = &release.ID
	return true, s.countReleased(tx, c, now, true, result)
}

func newRelease(tx *gorm.DB, c *models.Campaign, kind models.ReleaseKind, now time.Time) (*models.Release, error) {
	release := &models.Release{ID: newID(), CampaignID: c.ID, Kind: kind, CreatedAt: now}
	if err := tx.Create(release).Error; err != nil {
		return nil, fmt.Errorf("store release: %w", err)
	}
	return release, nil
}

// releasedRow is what is read of a contact to say what a release lets go.
type releasedRow struct {
	ID              string
	Status          models.ContactStatus
	Phone           *string
	Timezone        *string
	Channel         *models.Channel
	State           *models.OutreachState
	SendAt          *time.Time
	Version         int
	ApprovedVersion *int
	DueAt           *time.Time
}

// countReleased counts what the release lets go now, and what it includes that waits for its window, an approval or its
// plan. Outreaches whose planned time has not come, and contacts that are disabled, are in none of the counts.
func (s *Store) countReleased(
	tx *gorm.DB, c *models.Campaign, now time.Time, executed bool, result *models.ControlResult,
) error {
	const page = 5_000
	let, waiting := 0, models.ReleaseCounts{}
	open := openHours{campaign: c, now: now, known: map[string]bool{}}
	for after := ""; ; {
		rows := []releasedRow{}
		query := tx.Table("contacts AS c").
			Select("c.id, c.status, c.phone, c.timezone, o.channel, o.state, o.send_at, o.version, o.approved_version, o.due_at").
			Joins("LEFT JOIN outreaches o ON o.contact_id = c.id AND o.resend = 0 AND o.state IN ('planned', 'approved')").
			Where("c.campaign_id = ? AND c.removed_at IS NULL AND c.status IN "+
				"('not_started', 'planning', 'awaiting_execution', 'awaiting_approval')", c.ID).
			Order("c.id").Limit(page)
		if after != "" {
			query = query.Where("c.id > ?", after)
		}
		if err := query.Scan(&rows).Error; err != nil {
			return fmt.Errorf("count released outreaches: %w", err)
		}
		for i := range rows {
			after = rows[i].ID
			switch open.wait(&rows[i], executed) {
			case models.WaitSendQueue:
				let++
			case models.WaitWindow:
				waiting.Window++
			case models.WaitApproval:
				waiting.Approval++
			case models.WaitPlanner:
				waiting.Planning++
			default:
			}
		}
		if len(rows) < page {
			result.Now, result.Waiting = &let, &waiting
			return nil
		}
	}
}

// openHours says whether channels are open for contacts now, and remembers it by channel and zones.
type openHours struct {
	campaign *models.Campaign
	now      time.Time
	known    map[string]bool
}

// wait is what the contact's outreach waits for once it is released.
func (h *openHours) wait(row *releasedRow, executed bool) models.WaitingReason {
	switch {
	case row.State == nil && executed:
		return ""
	case row.State == nil:
		return models.WaitPlanner
	case executed && row.DueAt == nil:
		return ""
	case h.campaign.ManualReview && (row.ApprovedVersion == nil || *row.ApprovedVersion != row.Version):
		return models.WaitApproval
	case !executed && row.DueAt == nil && row.SendAt.After(h.now):
		return models.WaitScheduledTime
	case !h.open(row):
		return models.WaitWindow
	default:
		return models.WaitSendQueue
	}
}

func (h *openHours) open(row *releasedRow) bool {
	contact := &models.Contact{Phone: row.Phone, Timezone: row.Timezone}
	key := string(*row.Channel) + " "
	switch {
	case row.Timezone != nil:
		key += *row.Timezone
	case row.Phone != nil:
		key += strings.Join(models.PhoneZones(*row.Phone), " ")
	}
	if open, known := h.known[key]; known {
		return open
	}
	c := h.campaign
	h.known[key] = models.ContactHours(contact, c, *row.Channel, c.Windows, c.QuietHours).Open(h.now)
	return h.known[key]
}
