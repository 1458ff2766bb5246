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

// countStandings is countContacts without its sums, which take half as long again.
const countStandings = `SELECT status, waiting_reason, count(*) AS n
	FROM contacts WHERE campaign_id = ? AND removed_at IS NULL
	GROUP BY status, waiting_reason`

// standing is what contacts of a campaign have in common that have the same stored status and wait for the same stored reason:
// what they are shown to be and to wait for follows from these and from their campaign alone.
type standing struct {
	Status        models.ContactStatus
	WaitingReason *models.WaitingReason
	N             int
	Attempts      int
	Unconfirmed   int
}

// row is a contact of the standing, as far as the standing tells.
func (st *standing) row(c *models.Campaign, ended bool) *models.ContactRow {
	return &models.ContactRow{
		Contact:        models.Contact{Status: st.Status, WaitingReason: st.WaitingReason},
		CampaignStatus: c.Status, CampaignEnded: ended,
	}
}

// standingsIn counts the contacts of a campaign by their standing, by one of the queries above.
func standingsIn(tx *gorm.DB, query, campaignID string) ([]standing, error) {
	standings := []standing{}
	if err := tx.Raw(query, campaignID).Scan(&standings).Error; err != nil {
		return nil, fmt.Errorf("count contacts: %w", err)
	}
	return standings, nil
}

// Progress is the state of a campaign in numbers, all of one moment. Error: CodeNotFound.
func (s *Store) Progress(ctx context.Context, campaignID string) (progress models.Progress, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		standings, err := standingsIn(tx, countContacts, campaignID)
		if err != nil {
			return err
		}
		progress = sum(c, standings, c.Ended(s.now()))
		progress.AsOf = s.now()
		progress.InFlight, err = inFlight(tx, campaignID)
		return err
	})
	return progress, err
}

// sum adds the counts up, by status as shown and as stored, and by what contacts are shown to wait for.
func sum(c *models.Campaign, standings []standing, ended bool) models.Progress {
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
	for i := range standings {
		count := &standings[i]
		row := count.row(c, ended)
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
