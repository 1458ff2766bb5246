package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// The sender of the campaign whose number, or Messaging Service, a message came to: the campaign of the contact who sent it
// first, then those that still run, then the newest. That of the contact's campaign counts though it has another number.
const (
	numberSQLite   = `(json_extract(sender, '$.fromPhone') = @number OR json_extract(sender, '$.messagingServiceSid') = @service)`
	numberPostgres = `(sender->>'fromPhone' = @number OR sender->>'messagingServiceSid' = @service)`

	senderOfNumber = `SELECT sender FROM campaigns WHERE live_at IS NOT NULL AND (%s OR CAST(id AS text) = @campaign)
		ORDER BY CASE WHEN %s THEN 0 ELSE 1 END, CASE WHEN CAST(id AS text) = @campaign THEN 0 ELSE 1 END,
			CASE WHEN status IN ('active', 'paused') THEN 0 ELSE 1 END, live_at DESC, id DESC LIMIT 1`
)

// noNumber is the number, or SID, of nobody.
const noNumber = "-"

// SenderTo is in whose name who wrote or called is answered: that of the campaign whose number it came to, else that of the
// contact's campaign, else that of the installation. Nil where none of them names anybody.
func (s *Store) SenderTo(
	ctx context.Context, message models.InboundMessage, received models.Received,
) (sender *models.Sender, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		sender, err = s.senderTo(tx, message, received.CampaignID)
		return err
	})
	return sender, err
}

func (s *Store) senderTo(tx *gorm.DB, message models.InboundMessage, campaignID string) (*models.Sender, error) {
	number := numberPostgres
	if s.dialect == SQLite {
		number = numberSQLite
	}
	asked := map[string]any{"number": noNumber, "service": noNumber, "campaign": campaignID}
	if message.To != "" {
		asked["number"] = message.To
	}
	if message.Service != "" {
		asked["service"] = message.Service
	}
	found := []string{}
	if err := tx.Raw(fmt.Sprintf(senderOfNumber, number, number), asked).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("find whose number it is: %w", err)
	}
	for _, text := range found {
		sender := &models.Sender{}
		if err := json.Unmarshal([]byte(text), sender); err != nil {
			return nil, fmt.Errorf("read a campaign's sender: %w", err)
		}
		if sender.Name() != "" {
			return sender, nil
		}
	}
	return installationSender(tx)
}

// installationSender is in whose name the installation speaks where no campaign does.
func installationSender(tx *gorm.DB) (*models.Sender, error) {
	settings, err := installationIn(tx)
	if err != nil {
		return nil, err
	}
	sender := settings.Sender
	if sender.BusinessName == "" {
		sender.BusinessName = settings.OrganizationName
	}
	if sender.Name() == "" {
		return nil, nil //nolint:nilnil // nobody is named: that is no error
	}
	return &sender, nil
}
