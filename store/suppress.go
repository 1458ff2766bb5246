package store

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// Sources of suppressions.
const (
	sourceReply    = "reply"    // a message from the person
	sourceProvider = "provider" // an event, or the answer to a send
	sourceErasure  = "erasure"  // an operator, with the person's erasure
)

// suppress forbids an address on a channel, under the address's lock: once the transaction has committed, no claim for it is
// granted. An opt-out replaces what was there, and is swept anew; else the older reason stays.
func (s *Store) suppress(
	tx *gorm.DB, channel models.Channel, address string, reason models.SuppressionReason, source string,
) error {
	return s.suppressAll(tx, []models.Suppression{
		{Channel: models.SuppressionChannel(channel), Address: &address, Reason: reason, Source: source},
	})
}

// graverReason keeps a complaint as the reason, whatever comes before or after it: a text may lift any other opt-out. An
// opt-out by word outweighs one by link in the same way, so that the order in which they come is not to be seen.
const graverReason = `CASE WHEN suppressions.reason = 'complaint' OR excluded.reason = 'unsubscribe' AND suppressions.reason = 'opt_out'
	THEN suppressions.reason ELSE excluded.reason END`

// knownAddress keeps an address that is known where the other is not: that of the contact which it was erased of.
const knownAddress = "COALESCE(excluded.address, suppressions.address)"

// suppressAll writes suppressions under the locks of their addresses. One whose address was erased has its hash.
func (s *Store) suppressAll(tx *gorm.DB, rows []models.Suppression) error {
	if len(rows) == 0 {
		return nil
	}
	hashes, now := []string{}, s.now()
	for i := range rows {
		rows[i].ID, rows[i].CreatedAt = newID(), now
		if rows[i].Address != nil {
			rows[i].AddressHash = addressHash(*rows[i].Address)
		}
		if models.IsErasedAddress(rows[i].AddressHash) {
			rows[i].Address = nil
		}
		hashes = append(hashes, rows[i].AddressHash)
	}
	if err := s.lockHashes(tx, hashes); err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b models.Suppression) int {
		return slices.Compare([]string{a.AddressHash, string(a.Channel)}, []string{b.AddressHash, string(b.Channel)})
	})
	for i := range rows {
		onConflict := clause.OnConflict{DoNothing: true}
		if rows[i].Reason.OptOut() {
			onConflict = clause.OnConflict{
				Columns: []clause.Column{{Name: "address_hash"}, {Name: "channel"}},
				DoUpdates: append(
					clause.AssignmentColumns([]string{"source", "created_at", "swept_to_id", "swept_at"}),
					clause.Assignments(map[string]any{
						"reason": gorm.Expr(graverReason), "address": gorm.Expr(knownAddress),
					})...),
			}
		}
		if err := tx.Clauses(onConflict).Create(&rows[i]).Error; err != nil {
			return fmt.Errorf("store suppression: %w", err)
		}
	}
	return nil
}

// channelsOf lists the channels that can use an address: those of a number are text and phone, that of anything else e-mail.
func channelsOf(address string) []models.Channel {
	if addressColumn(address) == "phone" {
		return []models.Channel{models.ChannelText, models.ChannelPhone}
	}
	return []models.Channel{models.ChannelEmail}
}

// addressColumn is the column of contacts in which the address may be: an E.164 number begins with a plus, and no stored
// e-mail address is without an at sign.
func addressColumn(address string) string {
	if strings.HasPrefix(address, "+") && !strings.Contains(address, "@") {
		return "phone"
	}
	return "email"
}

// suppressionsOf are the rows that forbid addresses on every channel that can use them. An address may be given twice.
func suppressionsOf(reason models.SuppressionReason, source string, addresses ...string) []models.Suppression {
	rows := []models.Suppression{}
	for _, address := range slices.Compact(slices.Sorted(slices.Values(addresses))) {
		for _, channel := range channelsOf(address) {
			rows = append(rows, models.Suppression{
				Channel: models.SuppressionChannel(channel), Address: &address, Reason: reason, Source: source,
			})
		}
	}
	return rows
}

// addressesOf lists the contact's addresses.
func addressesOf(c *models.Contact) []string {
	addresses := []string{}
	for _, address := range []*string{c.Email, c.Phone} {
		if address != nil {
			addresses = append(addresses, *address)
		}
	}
	return addresses
}

// optOut suppresses every address of the contact, and that from which it came, for the installation: numbers for text and
// phone, e-mail addresses for e-mail. It disqualifies the contact, though it was finished, and ends what was planned for
// it, resends too. The caller saves the contact.
func (s *Store) optOut(
	tx *gorm.DB, f *facts, reason models.SuppressionReason, source string, from ...string,
) error {
	c, why := f.Contact, models.ReasonOptedOut
	if c.Status != models.ContactDisqualified {
		c.Status, c.StatusReason, c.FinishedAt = models.ContactDisqualified, &why, &f.Now
		f.waits(nil)
	}
	if err := f.supersedeAll(tx, models.OutreachCancelled); err != nil {
		return err
	}
	return s.suppressAll(tx, suppressionsOf(reason, source, append(addressesOf(c), from...)...))
}

// liftOptOut deletes a text's opt-out of the sender, and that of calls where it came with it. What a provider or an operator
// suppressed stays.
func (s *Store) liftOptOut(tx *gorm.DB, message *models.InboundMessage) error {
	if message.Channel != models.ChannelText {
		return nil
	}
	if err := s.lockAddresses(tx, message.From); err != nil {
		return err
	}
	rows, lifted := []models.Suppression{}, []string{}
	err := tx.Where("address_hash IN ? AND channel IN ? AND reason IN ?", s.addressHashes(message.From), channelsOf(message.From),
		[]models.SuppressionReason{models.SuppressedOptOut, models.SuppressedUnsubscribe}).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read opt-outs: %w", err)
	}
	for i := range rows {
		same := func(r models.Suppression) bool { return r.Covers(models.ChannelText) && r.WithSame(&rows[i]) }
		if slices.ContainsFunc(rows, same) {
			lifted = append(lifted, rows[i].ID)
		}
	}
	if len(lifted) == 0 {
		return nil
	}
	if err := tx.Where("id IN ?", lifted).Delete(&models.Suppression{}).Error; err != nil {
		return fmt.Errorf("lift opt-outs: %w", err)
	}
	return nil
}

// suppressFor suppresses the outreach's address where a provider's code means that the address is dead, or opted out. What a
// code means, only its provider's adapter knows.
func (s *Store) suppressFor(tx *gorm.DB, f *facts, o *models.Outreach, meaning models.CodeMeaning) error {
	reason, suppresses := meaning.Suppresses()
	if !suppresses || o.Address == nil || o.Channel == models.ChannelEmail {
		return nil
	}
	if err := s.suppress(tx, o.Channel, *o.Address, reason, sourceProvider); err != nil {
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
