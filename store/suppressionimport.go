package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// suppressionsATransaction bounds how many addresses are locked at once: on Postgres each lock takes a place in a table that all
// connections share.
const suppressionsATransaction = 500

// sourceImport is the source of suppressions that a file brought.
const sourceImport = "import"

// ImportSuppressions suppresses addresses, as AddSuppression does one: once it has answered, no claim for any of them is
// granted. It returns which of the inputs were not suppressed on their channel before, in their order. What is cut short may be
// given again: what was suppressed stays so.
func (s *Store) ImportSuppressions(ctx context.Context, inputs []models.SuppressionInput) (added []bool, err error) {
	for chunk := range slices.Chunk(inputs, suppressionsATransaction) {
		var fresh []bool
		err := s.transact(ctx, func(tx *gorm.DB) (err error) {
			fresh, err = s.importSuppressions(tx, chunk)
			return err
		})
		if err != nil {
			return added, err
		}
		added = append(added, fresh...)
	}
	n := 0
	for _, fresh := range added {
		if fresh {
			n++
		}
	}
	return added, s.transact(ctx, func(tx *gorm.DB) error {
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditImportSuppressions,
			Detail: models.AuditDetail{Counts: map[string]int{"given": len(inputs), "added": n}},
		})
	})
}

// suppressionKey tells one suppression from another.
type suppressionKey struct {
	AddressHash string
	Channel     models.SuppressionChannel
}

func (s *Store) importSuppressions(tx *gorm.DB, inputs []models.SuppressionInput) ([]bool, error) {
	addresses := make([]string, 0, len(inputs))
	for i := range inputs {
		addresses = append(addresses, inputs[i].Address)
	}
	if err := s.lockAddresses(tx, addresses...); err != nil {
		return nil, err
	}
	known, err := knownSuppressions(tx, addresses)
	if err != nil {
		return nil, err
	}
	had, err := haveContacts(tx, addresses)
	if err != nil {
		return nil, err
	}
	now, added, rows, replacing := s.now(), make([]bool, len(inputs)), []models.Suppression{}, []models.Suppression{}
	for i := range inputs {
		in := &inputs[i]
		key := suppressionKey{addressHash(in.Address), in.Channel}
		reason, there := known[key]
		switch {
		case !there:
			row := models.Suppression{
				ID: newID(), Channel: in.Channel, Address: &in.Address, AddressHash: key.AddressHash, Reason: in.Reason,
				Source: sourceImport, CreatedAt: now,
			}
			if !had[in.Address] {
				row.SweptAt = &now // nobody is to be told
			}
			rows, added[i], known[key] = append(rows, row), true, in.Reason
		case in.Reason.OptOut() && !reason.OptOut():
			replacing = append(replacing, models.Suppression{
				Channel: in.Channel, Address: &in.Address, Reason: in.Reason, Source: sourceImport,
			})
			known[key] = in.Reason
		}
	}
	const atOnce = 100
	if len(rows) > 0 {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, atOnce).Error; err != nil {
			return nil, fmt.Errorf("store suppressions: %w", err)
		}
	}
	return added, s.suppressAll(tx, replacing)
}

// knownSuppressions are the reasons of what is suppressed of the addresses.
func knownSuppressions(tx *gorm.DB, addresses []string) (map[suppressionKey]models.SuppressionReason, error) {
	hashes := make([]string, 0, len(addresses))
	for _, address := range addresses {
		hashes = append(hashes, addressHash(address))
	}
	rows := []models.Suppression{}
	if err := tx.Select("address_hash", "channel", "reason").Where("address_hash IN ?", hashes).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read suppressions: %w", err)
	}
	known := map[suppressionKey]models.SuppressionReason{}
	for i := range rows {
		known[suppressionKey{rows[i].AddressHash, rows[i].Channel}] = rows[i].Reason
	}
	return known, nil
}

// haveContacts says which of the addresses an unfinished contact has. One that is added meanwhile finds the suppression itself.
func haveContacts(tx *gorm.DB, addresses []string) (map[string]bool, error) {
	had := map[string]bool{}
	for _, column := range []string{"email", "phone"} {
		found := []string{}
		err := tx.Model(&models.Contact{}).Distinct(column).
			Where(column+" IN ? AND finished_at IS NULL AND removed_at IS NULL", addresses).Pluck(column, &found).Error
		if err != nil {
			return nil, fmt.Errorf("find contacts with suppressed addresses: %w", err)
		}
		for _, address := range found {
			had[address] = true
		}
	}
	return had, nil
}

// EachSuppression hands over all suppressions that the filter leaves, on all pages, a page at a time, by their ids.
func (s *Store) EachSuppression(
	ctx context.Context, filter models.SuppressionFilter, fn func(rows []models.Suppression) error,
) error {
	const page = 1_000
	for last := ""; ; {
		query := s.containing(s.read.WithContext(ctx).Model(&models.Suppression{}), filter.Search, "address", "address")
		if filter.Channel != nil {
			query = query.Where("channel = ?", *filter.Channel)
		}
		if last != "" {
			query = query.Where("id > ?", last)
		}
		rows := []models.Suppression{}
		if err := query.Order("id").Limit(page).Find(&rows).Error; err != nil {
			return fmt.Errorf("read suppressions: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := fn(rows); err != nil {
			return err
		}
		last = rows[len(rows)-1].ID
	}
}
