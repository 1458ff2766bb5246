package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// sourceLink is the source of suppressions by the link of an e-mail, or by a mail to the address that goes with it.
const sourceLink = "unsubscribe"

// Unsubscribe opts out the contact that was sent the outreach, in one transaction: every address of it is suppressed for the
// installation, and it is disqualified, though it was finished or removed. Once it has answered, no claim for any of them is
// granted. It may be done again, and then suppresses what was allowed meanwhile. Where the contact's data was erased, the
// address that the outreach went to is suppressed by its hash. The wakes are for workflows that are to look. Error:
// CodeNotFound.
func (s *Store) Unsubscribe(ctx context.Context, outreachID string) (wakes []models.Wake, err error) {
	if err := checkID("outreach", outreachID); err != nil {
		return nil, err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wakes = nil
		event := models.ProviderEvent{
			OutreachID: outreachID, Type: models.EventUnsubscribed, At: s.now(), DedupeKey: sourceLink, Source: sourceLink,
		}
		known, err := outreachesOf(tx, []models.ProviderEvent{event})
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return models.Errorf(models.CodeNotFound, "there is no outreach %s", outreachID)
		}
		wakes, err = s.unsubscribe(tx, &event, known)
		return err
	})
	if err != nil {
		return nil, err
	}
	return wakes, nil
}

func (s *Store) unsubscribe(tx *gorm.DB, event *models.ProviderEvent, known outreachIndex) ([]models.Wake, error) {
	ledger, err := s.lockLedger(tx, known)
	if err != nil {
		return nil, err
	}
	events := []models.ProviderEvent{*event}
	if err := s.lockHashes(tx, suppressible(events, known, ledger)); err != nil {
		return nil, err
	}
	// Whether it was stored before or not: what it suppressed then may be allowed again by now.
	if _, err := s.storeEvents(tx, events, known, ledger); err != nil {
		return nil, err
	}
	f := ledger[known[event.OutreachID].ContactID]
	o, contacts, finished := f.outreach(event.OutreachID), touched{}, f.Contact.Finished()
	told := awaited
	if o.ClaimedAt == nil { // nobody was sent it, but somebody has its link
		err = s.optOutOf(tx, f, o, models.SuppressedUnsubscribe, sourceLink)
	} else {
		told, err = s.applyEvent(tx, f, o, event)
	}
	if err != nil {
		return nil, err
	}
	contacts.note(f, finished, told)
	return contacts.save(tx)
}

// Subscription is what the link of an e-mail leads to. Error: CodeNotFound.
func (s *Store) Subscription(ctx context.Context, outreachID string) (*models.Subscription, error) {
	if err := checkID("outreach", outreachID); err != nil {
		return nil, err
	}
	found := &models.Subscription{}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		o := models.Outreach{}
		err := tx.Select("campaign_id", "channel", "address", "address_hash").Where("id = ?", outreachID).Take(&o).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return models.Errorf(models.CodeNotFound, "there is no outreach %s", outreachID)
		}
		if err != nil {
			return fmt.Errorf("read outreach %s: %w", outreachID, err)
		}
		campaign, err := campaignIn(tx, o.CampaignID)
		if err != nil {
			return err
		}
		*found = models.Subscription{BusinessName: campaign.Sender.BusinessName}
		hash := ""
		switch {
		case o.Address != nil && !models.IsErasedAddress(*o.Address):
			found.Address, hash = *o.Address, models.AddressHash(*o.Address)
		case o.AddressHash != nil:
			hash = *o.AddressHash
		}
		var n int64
		err = tx.Model(&models.Suppression{}).
			Where("address_hash = ? AND channel IN ?", hash, []models.SuppressionChannel{
				models.SuppressionChannel(o.Channel), models.SuppressAll,
			}).Count(&n).Error
		found.Ended = n > 0
		return wrapped("read suppressions", err)
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
