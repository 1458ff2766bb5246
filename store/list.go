package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"beckon/models"
)

// Contacts returns a page of a campaign's contacts, and how many there are on all pages. Status and waiting reason are
// those that people see. Removed contacts are in no list. Error: CodeNotFound for the campaign.
func (s *Store) Contacts(
	ctx context.Context, filter models.ContactFilter,
) (rows []models.ContactRow, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, filter.CampaignID)
		if err != nil {
			return err
		}
		var n int64
		if err := s.filterContacts(tx, c, filter).Count(&n).Error; err != nil {
			return fmt.Errorf("count contacts: %w", err)
		}
		total = int(n)
		contacts := []models.Contact{}
		query := paged(s.filterContacts(tx, c, filter), filter.Page)
		if err := query.Order(contactOrder(c, filter)).Find(&contacts).Error; err != nil {
			return fmt.Errorf("read contacts: %w", err)
		}
		rows, err = s.contactRows(tx, c, contacts)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, total, nil
}

// filterContacts selects the contacts that the filter leaves.
func (s *Store) filterContacts(tx *gorm.DB, c *models.Campaign, filter models.ContactFilter) *gorm.DB {
	query := tx.Model(&models.Contact{}).Where("campaign_id = ? AND removed_at IS NULL", c.ID)
	if filter.Status != nil {
		query = query.Where("status IN ?", shownAs(*filter.Status, c.Status))
	}
	if filter.WaitingReason != nil {
		reason := *filter.WaitingReason
		reasons := []models.WaitingReason{reason}
		if c.Status == models.CampaignPaused && reason.Queued() {
			reasons = nil // shown as campaign_paused
		}
		if c.Status == models.CampaignPaused && reason == models.WaitCampaignPaused {
			reasons = append(reasons, models.WaitPlanner, models.WaitSendQueue)
		}
		waits := tx.Where("status NOT IN ('not_started', 'completed', 'disqualified') AND waiting_reason IN ?", reasons)
		if reason == s.untakenReason(c) {
			waits = waits.Or("status = 'not_started'")
		}
		query = query.Where(waits)
	}
	if filter.Channel != nil {
		query = query.Where(`EXISTS (SELECT 1 FROM outreaches o WHERE o.contact_id = contacts.id AND o.resend = 0
			AND o.state IN ('planned', 'approved', 'submitting') AND o.channel = ?)`, *filter.Channel)
	}
	return s.containing(query, filter.Search, "phone", "first_name || ' ' || last_name", "email")
}

// shownAs lists the stored statuses that are shown as the given one while the campaign has its status.
func shownAs(shown models.ContactStatus, campaign models.CampaignStatus) []models.ContactStatus {
	return slices.DeleteFunc(slices.Clone(models.ContactStatuses), func(stored models.ContactStatus) bool {
		return stored == models.ContactCampaignPaused || stored.Shown(campaign) != shown
	})
}

// untakenReason is what contacts wait for that no workflow has begun with.
func (s *Store) untakenReason(c *models.Campaign) models.WaitingReason {
	row := models.ContactRow{
		Contact: models.Contact{Status: models.ContactNotStarted}, CampaignStatus: c.Status, CampaignEnded: c.Ended(s.now()),
	}
	return row.Waiting().Reason
}

// contactOrder is the ORDER BY of the list; contacts that are equal in it stand in the order of their ids.
func contactOrder(c *models.Campaign, filter models.ContactFilter) string {
	direction := " ASC"
	if filter.Descending {
		direction = " DESC"
	}
	order := []string{}
	switch filter.Sort {
	case models.SortName:
		order = append(order, "lower(first_name)"+direction, "lower(last_name)"+direction)
	case models.SortStatus:
		order = append(order, statusRank(c)+direction)
	case models.SortLastOutreachAt:
		order = append(order, "last_outreach_at"+direction+" NULLS LAST")
	case models.SortCreatedAt:
		order = append(order, "created_at"+direction)
	default:
		order = append(order, "created_at"+direction)
	}
	return strings.Join(append(order, "id"+direction), ", ")
}

// statusRank is the place of the shown status in a contact's life.
func statusRank(c *models.Campaign) string {
	rank := strings.Builder{}
	rank.WriteString("CASE status")
	for _, status := range models.ContactStatuses {
		fmt.Fprintf(&rank, " WHEN '%s' THEN %d", status, slices.Index(models.ContactStatuses, status.Shown(c.Status)))
	}
	rank.WriteString(" END")
	return rank.String()
}

// contactRows reads what stands beside contacts in a list.
func (s *Store) contactRows(tx *gorm.DB, c *models.Campaign, contacts []models.Contact) ([]models.ContactRow, error) {
	ids := make([]string, 0, len(contacts))
	for i := range contacts {
		ids = append(ids, contacts[i].ID)
	}
	open := []models.Outreach{}
	err := tx.Where("contact_id IN ? AND resend = 0 AND state IN ('planned', 'approved', 'submitting')", ids).Find(&open).Error
	if err != nil {
		return nil, fmt.Errorf("read next outreaches: %w", err)
	}
	next := make(map[string]*models.Outreach, len(open))
	for i := range open {
		next[open[i].ContactID] = &open[i]
	}
	rows := make([]models.ContactRow, 0, len(contacts))
	for i := range contacts {
		rows = append(rows, models.ContactRow{
			Contact: contacts[i], CampaignStatus: c.Status, CampaignEnded: c.Ended(s.now()), MaxAttempts: c.MaxAttempts,
			NextOutreach: next[contacts[i].ID],
		})
	}
	return rows, nil
}
