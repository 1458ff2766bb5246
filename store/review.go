package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// fewWait is up to how many contacts that wait for an approval are sorted by the time of their outreaches. Where there are
// more, a page is found sooner among the outreaches in the order of that time.
const fewWait = 200

// The review queue, from either end. CROSS JOIN keeps SQLite to the order of the tables; Postgres chooses by its statistics.
const (
	waitingForApproval = `c.status = 'awaiting_approval' AND c.removed_at IS NULL AND k.status <> 'archived'`
	openForApproval    = `o.state = 'planned' AND o.resend = 0`

	reviewByContact = ` FROM contacts c CROSS JOIN campaigns k CROSS JOIN outreaches o
		WHERE k.id = c.campaign_id AND o.contact_id = c.id AND ` + waitingForApproval + ` AND ` + openForApproval
	reviewByTime = ` FROM outreaches o CROSS JOIN contacts c CROSS JOIN campaigns k
		WHERE c.id = o.contact_id AND k.id = c.campaign_id AND ` + openForApproval + ` AND ` + waitingForApproval

	countReview = `SELECT count(*) FROM contacts c JOIN campaigns k ON k.id = c.campaign_id WHERE ` + waitingForApproval
	pageReview  = ` ORDER BY o.send_at, o.id LIMIT ? OFFSET ?`
)

// Review returns a page of the outreaches that wait for an approval, those with the soonest planned time first, and how many
// there are on all pages. Campaigns that are archived have none; those of a paused one can be approved.
func (s *Store) Review(ctx context.Context, filter models.ReviewFilter) (rows []models.ReviewRow, total int, err error) {
	if filter.CampaignID != nil && checkID("campaign", *filter.CampaignID) != nil {
		return []models.ReviewRow{}, 0, nil //nolint:nilerr // what is no id is no campaign's
	}
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		where, values := narrowReview(filter)
		count := countReview + where
		if filter.Channel != nil {
			count = "SELECT count(*)" + reviewByContact + where
		}
		if err := tx.Raw(count, values...).Scan(&total).Error; err != nil {
			return fmt.Errorf("count the review queue: %w", err)
		}
		query := "SELECT o.id" + reviewByTime + where
		if total <= fewWait {
			query = "SELECT o.id" + reviewByContact + where
		}
		offset, limit := bounds(filter.Page)
		ids := []string{}
		if err := tx.Raw(query+pageReview, append(values, limit, offset)...).Scan(&ids).Error; err != nil {
			return fmt.Errorf("read the review queue: %w", err)
		}
		var err error
		rows, err = s.reviewRows(tx, ids)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, total, nil
}

// narrowReview is what the filter adds to the conditions.
func narrowReview(filter models.ReviewFilter) (where string, values []any) {
	if filter.CampaignID != nil {
		where, values = where+" AND c.campaign_id = ?", append(values, *filter.CampaignID)
	}
	if filter.Only != nil {
		where, values = where+" AND c.campaign_id IN ?", append(values, filter.Only)
	}
	if filter.Channel != nil {
		where, values = where+" AND o.channel = ?", append(values, *filter.Channel)
	}
	return where, values
}

// reviewRows reads the outreaches with what a reviewer sees, in the order of the ids.
func (s *Store) reviewRows(tx *gorm.DB, ids []string) ([]models.ReviewRow, error) {
	outreaches := []models.Outreach{}
	if err := tx.Where("id IN ?", ids).Find(&outreaches).Error; err != nil {
		return nil, fmt.Errorf("read outreaches for review: %w", err)
	}
	byID, contactIDs, campaignIDs := map[string]*models.Outreach{}, []string{}, []string{}
	for i := range outreaches {
		byID[outreaches[i].ID] = &outreaches[i]
		contactIDs, campaignIDs = append(contactIDs, outreaches[i].ContactID), append(campaignIDs, outreaches[i].CampaignID)
	}
	contacts, err := byIDs(tx, contactIDs, func(c *models.Contact) string { return c.ID })
	if err != nil {
		return nil, err
	}
	campaigns, err := byIDs(tx, campaignIDs, func(c *models.Campaign) string { return c.ID })
	if err != nil {
		return nil, err
	}
	plans, err := plansOf(tx, ids)
	if err != nil {
		return nil, err
	}
	texted, err := textedContacts(tx, contactIDs)
	if err != nil {
		return nil, err
	}
	rows := make([]models.ReviewRow, 0, len(ids))
	for _, id := range ids {
		o := byID[id]
		campaign, plan := campaigns[o.CampaignID], plans[planKey{o.ID, o.Version}]
		rows = append(rows, models.ReviewRow{
			CampaignID: campaign.ID, CampaignName: campaign.Name, Contact: s.contactRow(campaign, contacts[o.ContactID], o),
			Outreach: *o, Plan: plan, Frame: nextFrame(o, &campaign.Sender, plan.Body, !texted[o.ContactID]),
		})
	}
	return rows, nil
}

// byIDs reads rows of a table by their ids.
func byIDs[T any](tx *gorm.DB, ids []string, id func(*T) string) (map[string]*T, error) {
	rows := []T{}
	if err := tx.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read rows by their ids: %w", err)
	}
	found := make(map[string]*T, len(rows))
	for i := range rows {
		found[id(&rows[i])] = &rows[i]
	}
	return found, nil
}
