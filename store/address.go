package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// lockAddresses takes the locks of addresses, in the order of their hashes, until the transaction ends. Claims and those who
// suppress an address take it last of all locks. The hashes that stand for an address once it is erased are locked too: who
// knows no more of it than these waits as well.
func (s *Store) lockAddresses(tx *gorm.DB, addresses ...string) error {
	hashes := make([]string, 0, len(addresses))
	for _, address := range addresses {
		hashes = append(hashes, s.addressHashes(address)...)
	}
	return s.lockHashes(tx, hashes)
}

// lockHashes is lockAddresses for addresses of which only the hash is known.
func (s *Store) lockHashes(tx *gorm.DB, hashes []string) error {
	if s.dialect == SQLite {
		return nil // the transaction is the only writer already
	}
	slices.Sort(hashes)
	numbers := []string{}
	for _, hash := range slices.Compact(hashes) {
		numbers = append(numbers, strconv.FormatInt(numberOf("address/"+hash), 10))
	}
	if len(numbers) == 0 {
		return nil
	}
	// A function in FROM gives its rows, and so takes the locks, in the order of the list.
	const inOrder = "SELECT pg_advisory_xact_lock(n) FROM unnest(CAST(string_to_array(?, ',') AS bigint[])) AS n"
	if err := tx.Exec(inOrder, strings.Join(numbers, ",")).Error; err != nil {
		return fmt.Errorf("lock addresses: %w", err)
	}
	return nil
}

// addressHash is what a new suppression of the address is found by.
func addressHash(address string) string {
	if models.IsErasedAddress(address) {
		return address
	}
	return models.AddressHash(address)
}

// addressHashes are all that suppressions of the address may be found by: those of erased contacts too.
func (s *Store) addressHashes(address string) []string {
	hashes := []string{addressHash(address)}
	if s.secret != nil && !models.IsErasedAddress(address) {
		hashes = append(hashes, s.secret.ErasedAddresses(address)...)
	}
	return hashes
}

// inLedger is all that may stand for the address in the ledger.
func (s *Store) inLedger(address string) []string {
	if s.secret == nil || models.IsErasedAddress(address) {
		return []string{address}
	}
	return append([]string{address}, s.secret.ErasedAddresses(address)...)
}

// readAddresses reads what forbids an outreach to the contact's addresses: suppressions, and the campaign's frequency cap.
func (s *Store) readAddresses(tx *gorm.DB, f *facts, lock addressLock) error {
	if lock == claiming && f.Outreach != nil {
		if address := f.Contact.Address(f.Outreach.Channel); address != "" {
			if err := s.lockAddresses(tx, address); err != nil {
				return err
			}
		}
	}
	var err error
	if f.Suppressed, err = s.suppressedChannels(tx, f.Contact); err != nil || f.Campaign.FrequencyCap == nil {
		return err
	}
	f.CapUntil = map[models.Channel]time.Time{}
	for _, channel := range f.Campaign.Channels {
		address := f.Contact.Address(channel)
		if address == "" {
			continue
		}
		until, capped, err := cappedUntil(tx, s.inLedger(address), *f.Campaign.FrequencyCap, f.Now)
		if err != nil {
			return err
		}
		if capped {
			f.CapUntil[channel] = until
		}
	}
	return nil
}

// suppressedChannels says on which channels the contact must not be contacted, and why: its address is suppressed, or its
// source said that it opted out. An opt-out outweighs what a provider reported.
func (s *Store) suppressedChannels(tx *gorm.DB, c *models.Contact) (map[models.Channel]models.SuppressionReason, error) {
	channels := map[models.Channel][]string{}
	for _, channel := range []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone} {
		if address := c.Address(channel); address != "" {
			channels[channel] = s.addressHashes(address)
		}
	}
	suppressed := map[models.Channel]models.SuppressionReason{}
	for _, channel := range c.BlockedChannels {
		suppressed[channel] = models.SuppressedOptOut
	}
	if len(channels) == 0 {
		return suppressed, nil
	}
	rows := []models.Suppression{}
	hashes := slices.Concat(slices.Collect(maps.Values(channels))...)
	if err := tx.Where("address_hash IN ?", hashes).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read suppressions: %w", err)
	}
	for channel, hashes := range channels {
		for i := range rows {
			why, known := suppressed[channel]
			if slices.Contains(hashes, rows[i].AddressHash) && rows[i].Covers(channel) && (!known || !why.OptOut()) {
				suppressed[channel] = rows[i].Reason
			}
		}
	}
	return suppressed, nil
}

// cappedUntil says until when the cap keeps the address, given by all that may stand for it in the ledger, from another
// outreach. Outreaches of all campaigns count that were claimed within the cap's days and that a provider has, or may have.
func cappedUntil(tx *gorm.DB, address []string, limit models.FrequencyCap, now time.Time) (time.Time, bool, error) {
	span := time.Duration(limit.Days) * 24 * time.Hour //nolint:mnd // a day of the cap has 24 hours, whatever clocks do
	claims := []time.Time{}
	err := tx.Model(&models.Outreach{}).
		Where("address IN ? AND claimed_at > ? AND state IN ('submitting', 'accepted', 'delivered', 'unknown')",
			address, now.Add(-span)).
		Order("claimed_at DESC").Limit(limit.Count).Pluck("claimed_at", &claims).Error
	if err != nil {
		return time.Time{}, false, fmt.Errorf("count outreaches to an address: %w", err)
	}
	if len(claims) < limit.Count {
		return time.Time{}, false, nil
	}
	return claims[limit.Count-1].UTC().Add(span), true, nil
}
