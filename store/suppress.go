package store

import (
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// suppress forbids an address on a channel, under the address's lock: once the transaction has committed, no claim for it is
// granted. An opt-out replaces what a provider reported; else the older reason stays.
func (s *Store) suppress(
	tx *gorm.DB, channel models.Channel, address string, reason models.SuppressionReason, source string,
) error {
	return s.suppressAll(tx, []models.Suppression{
		{Channel: models.SuppressionChannel(channel), Address: &address, Reason: reason, Source: source},
	})
}

// suppressAll writes suppressions under the locks of their addresses.
func (s *Store) suppressAll(tx *gorm.DB, rows []models.Suppression) error {
	if len(rows) == 0 {
		return nil
	}
	addresses := []string{}
	for i := range rows {
		addresses = append(addresses, *rows[i].Address)
	}
	if err := s.lockAddresses(tx, addresses...); err != nil {
		return err
	}
	now := s.now()
	for i := range rows {
		rows[i].ID, rows[i].CreatedAt, rows[i].AddressHash = newID(), now, models.AddressHash(*rows[i].Address)
	}
	slices.SortFunc(rows, func(a, b models.Suppression) int {
		return slices.Compare([]string{a.AddressHash, string(a.Channel)}, []string{b.AddressHash, string(b.Channel)})
	})
	for i := range rows {
		onConflict := clause.OnConflict{DoNothing: true}
		if rows[i].Reason.OptOut() {
			onConflict = clause.OnConflict{
				Columns:   []clause.Column{{Name: "address_hash"}, {Name: "channel"}},
				DoUpdates: clause.AssignmentColumns([]string{"address", "reason", "source", "swept_at"}),
			}
		}
		if err := tx.Clauses(onConflict).Create(&rows[i]).Error; err != nil {
			return fmt.Errorf("store suppression: %w", err)
		}
	}
	return nil
}

// optOut suppresses every address of the contact for the installation, its number for text and phone and its e-mail for
// e-mail, and disqualifies it, though it was finished. What was planned for it is cancelled.
func (s *Store) optOut(tx *gorm.DB, f *facts, reason models.SuppressionReason, source string) error {
	c, rows := f.Contact, []models.Suppression{}
	for _, channel := range []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone} {
		if address := c.Address(channel); address != "" {
			rows = append(rows, models.Suppression{
				Channel: models.SuppressionChannel(channel), Address: &address, Reason: reason, Source: source,
			})
		}
	}
	why := models.ReasonOptedOut
	if c.Status != models.ContactDisqualified {
		c.Status, c.StatusReason, c.FinishedAt = models.ContactDisqualified, &why, &f.Now
		f.waits(nil)
	}
	if o := f.Outreach; o != nil && o.State != models.OutreachSubmitting {
		if err := moveOutreach(tx, o, models.OutreachCancelled, f.Now); err != nil {
			return err
		}
		f.sort()
	}
	return s.suppressAll(tx, rows)
}

// Codes of Twilio that say what is wrong with a number (its error dictionary).
const (
	codeOptedOut     = "21610" // the recipient has sent STOP to this sender
	codeInvalidTo    = "21211" // no phone number
	codeNoMobile     = "21614" // takes no texts
	codeUnreachable  = "30003" // handset cannot be reached
	codeUnknown      = "30005" // no such handset
	codeLandline     = "30006" // a landline, or a carrier that cannot be reached
	codeNoSuchNumber = "13224" // a call's number is not valid
)

// suppressFor suppresses the outreach's address where the provider's code says that the address is dead, or opted out.
func (s *Store) suppressFor(tx *gorm.DB, f *facts, o *models.Outreach, code string) error {
	if o.Address == nil || o.Channel == models.ChannelEmail {
		return nil
	}
	reason := models.SuppressedDead
	switch code {
	case codeOptedOut:
		reason = models.SuppressedOptOut
	case codeInvalidTo, codeNoMobile, codeUnreachable, codeUnknown, codeLandline, codeNoSuchNumber:
	default:
		return nil
	}
	if err := s.suppress(tx, o.Channel, *o.Address, reason, "provider"); err != nil {
		return err
	}
	if f.Suppressed == nil {
		f.Suppressed = map[models.Channel]models.SuppressionReason{}
	}
	if f.Contact.Address(o.Channel) == *o.Address {
		f.Suppressed[o.Channel] = reason
	}
	return nil
}
