package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// Contact returns everything about one contact. Error: CodeNotFound, for a removed contact too.
func (s *Store) Contact(
	ctx context.Context, campaignID, contactID string,
) (detail *models.ContactDetail, err error) {
	if err := checkID("contact", contactID); err != nil {
		return nil, err
	}
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		contact := models.Contact{}
		err = tx.Where("id = ? AND campaign_id = ? AND removed_at IS NULL", contactID, campaignID).Take(&contact).Error
		if err != nil {
			return found(err, "contact", contactID)
		}
		rows, err := s.contactRows(tx, c, []models.Contact{contact})
		if err != nil {
			return err
		}
		detail = &models.ContactDetail{ContactRow: rows[0], CampaignTimezone: c.Timezone}
		zones, source := models.ContactZones(&contact, c)
		detail.ZoneSource = source
		for _, zone := range zones {
			detail.Zones = append(detail.Zones, zone.String())
		}
		if err := readOutreaches(tx, detail, &c.Sender); err != nil {
			return err
		}
		return readReplies(tx, detail)
	})
	return detail, err
}

// readReplies reads what the contact answered.
func readReplies(tx *gorm.DB, detail *models.ContactDetail) error {
	detail.Replies = []models.Reply{}
	if err := tx.Where("contact_id = ?", detail.ID).Order("at, id").Find(&detail.Replies).Error; err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	return nil
}

// readOutreaches reads the text of the next outreach, and what was claimed, or resent, with its text and its events.
func readOutreaches(tx *gorm.DB, detail *models.ContactDetail, sender *models.Sender) error {
	outreaches := []models.Outreach{}
	oldest := "coalesce(claimed_at, created_at), id"
	if err := tx.Where("contact_id = ?", detail.ID).Order(oldest).Find(&outreaches).Error; err != nil {
		return fmt.Errorf("read outreaches: %w", err)
	}
	ids := make([]string, 0, len(outreaches))
	for i := range outreaches {
		ids = append(ids, outreaches[i].ID)
	}
	plans, err := plansOf(tx, ids)
	if err != nil {
		return err
	}
	events, err := eventsOf(tx, ids)
	if err != nil {
		return err
	}
	detail.History = []models.PastOutreach{}
	for i := range outreaches {
		o := outreaches[i]
		plan, there := plans[planKey{o.ID, o.Version}]
		if detail.NextOutreach != nil && detail.NextOutreach.ID == o.ID && there {
			detail.Next = &plan
			detail.NextFrame = nextFrame(&o, sender, plan.Body, !texted(outreaches, o.ID))
		}
		if o.ClaimedAt != nil || o.Resend > 0 {
			detail.History = append(detail.History, models.PastOutreach{Outreach: o, Plan: plan, Events: events[o.ID]})
		}
	}
	return nil
}

// planKey names one version of an outreach's plan.
type planKey struct {
	outreachID string
	version    int
}

func plansOf(tx *gorm.DB, outreachIDs []string) (map[planKey]models.OutreachVersion, error) {
	rows := []models.OutreachVersion{}
	if err := tx.Where("outreach_id IN ?", outreachIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	plans := make(map[planKey]models.OutreachVersion, len(rows))
	for i := range rows {
		plans[planKey{rows[i].OutreachID, rows[i].Version}] = rows[i]
	}
	return plans, nil
}

func eventsOf(tx *gorm.DB, outreachIDs []string) (map[string][]models.Event, error) {
	rows := []models.Event{}
	if err := tx.Where("outreach_id IN ?", outreachIDs).Order("at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events := make(map[string][]models.Event, len(outreachIDs))
	for i := range rows {
		events[rows[i].OutreachID] = append(events[rows[i].OutreachID], rows[i])
	}
	return events, nil
}
