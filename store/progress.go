package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// countContacts counts the contacts of a campaign by all that its progress shows. It is answered from ix_contacts_counts
// alone, without touching the table.
const countContacts = `SELECT status, waiting_reason, count(*) AS n, sum(attempts) AS attempts,
		sum(CASE WHEN unconfirmed THEN 1 ELSE 0 END) AS unconfirmed
	FROM contacts WHERE campaign_id = ? AND removed_at IS NULL
	GROUP BY status, waiting_reason`

// statusCount is how many contacts of a campaign have a status and wait for a reason.
type statusCount struct {
	Status        models.ContactStatus
	WaitingReason *models.WaitingReason
	N             int
	Attempts      int
	Unconfirmed   int
}

// Progress is the state of a campaign in numbers, all of one moment. Error: CodeNotFound.
func (s *Store) Progress(ctx context.Context, campaignID string) (progress models.Progress, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		counts := []statusCount{}
		if err := tx.Raw(countContacts, campaignID).Scan(&counts).Error; err != nil {
			return fmt.Errorf("count contacts: %w", err)
		}
		progress = sum(c, counts, c.Ended(s.now()))
		progress.AsOf = s.now()
		progress.InFlight, err = inFlight(tx, campaignID)
		return err
	})
	return progress, err
}

// sum adds the counts up, by status as shown and as stored, and by what contacts are shown to wait for.
func sum(c *models.Campaign, counts []statusCount, ended bool) models.Progress {
	progress := models.Progress{
		CampaignID: c.ID, Status: c.Status,
		Counts:     make(map[models.ContactStatus]int, len(models.ContactStatuses)),
		Underlying: make(map[models.ContactStatus]int, len(models.ContactStatuses)),
		Waiting:    map[models.WaitingReason]int{},
	}
	for _, status := range models.ContactStatuses {
		progress.Counts[status] = 0
		if status != models.ContactCampaignPaused {
			progress.Underlying[status] = 0
		}
	}
	for _, count := range counts {
		row := models.ContactRow{
			Contact:        models.Contact{Status: count.Status, WaitingReason: count.WaitingReason},
			CampaignStatus: c.Status, CampaignEnded: ended,
		}
		progress.Total += count.N
		progress.Counts[row.Shown()] += count.N
		progress.Underlying[count.Status] += count.N
		if waiting := row.Waiting(); waiting != nil {
			progress.Waiting[waiting.Reason] += count.N
		}
		progress.Attempts += count.Attempts
		progress.Unconfirmed += count.Unconfirmed
	}
	return progress
}
