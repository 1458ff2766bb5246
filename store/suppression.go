package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// Suppressions returns a page of the addresses that must not be contacted, newest first, and how many there are on all pages.
func (s *Store) Suppressions(
	ctx context.Context, filter models.SuppressionFilter,
) (rows []models.Suppression, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		query := func() *gorm.DB {
			q := tx.Model(&models.Suppression{})
			if filter.Channel != nil {
				q = q.Where("channel = ?", *filter.Channel)
			}
			return s.containing(q, filter.Search, "address", "address")
		}
		var n int64
		if err := query().Count(&n).Error; err != nil {
			return fmt.Errorf("count suppressions: %w", err)
		}
		total, rows = int(n), []models.Suppression{}
		if err := paged(query(), filter.Page).Order("created_at DESC, id DESC").Find(&rows).Error; err != nil {
			return fmt.Errorf("read suppressions: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, total, nil
}

// AddSuppression forbids an address, e-mail in lower case or E.164, on a channel or all: once it has answered, no claim for it
// is granted. Where it is forbidden there already, the row is the one that stands; an opt-out replaces another reason.
// Source says who did it. Contacts with the address are told by SweepSuppressions. Error: CodeInvalid for an address that the
// channel cannot use.
func (s *Store) AddSuppression(
	ctx context.Context, channel models.SuppressionChannel, address string, reason models.SuppressionReason, source string,
) (*models.Suppression, error) {
	if !channel.Takes(address) {
		return nil, models.Errorf(models.CodeInvalid, "the channel %s cannot use such an address", channel)
	}
	row := &models.Suppression{}
	err := s.transact(ctx, func(tx *gorm.DB) error {
		*row = models.Suppression{}
		if err := s.lockAddresses(tx, address); err != nil {
			return err
		}
		before, err := suppressionOf(tx, channel, address)
		if err != nil {
			return err
		}
		err = s.suppressAll(tx, []models.Suppression{{Channel: channel, Address: &address, Reason: reason, Source: source}})
		if err != nil {
			return err
		}
		if row, err = suppressionOf(tx, channel, address); err != nil {
			return err
		}
		if before != nil && before.Reason == row.Reason && before.Source == row.Source {
			return nil
		}
		return s.auditSuppression(tx, models.AuditAddSuppression, row)
	})
	if err != nil {
		return nil, err
	}
	return row, nil
}

// suppressionOf reads what forbids the address on the channel; nil where nothing does.
func suppressionOf(tx *gorm.DB, channel models.SuppressionChannel, address string) (*models.Suppression, error) {
	row := &models.Suppression{}
	err := tx.Where("address_hash = ? AND channel = ?", models.AddressHash(address), channel).Take(row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // most addresses are not suppressed
	}
	return row, wrapped("read suppression", err)
}

// auditSuppression puts on record what was done to a suppression, without its address.
func (s *Store) auditSuppression(tx *gorm.DB, action models.AuditAction, row *models.Suppression) error {
	return s.audit(tx, models.AuditRecord{
		Action: action, SubjectID: &row.ID, Detail: models.AuditDetail{
			Codes: map[string]string{"channel": string(row.Channel), "reason": string(row.Reason)},
		},
	})
}

// DeleteSuppression allows the address again. Contacts that it ended stay so. Error: CodeNotFound.
func (s *Store) DeleteSuppression(ctx context.Context, id string) error {
	if err := checkID("suppression", id); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		row := &models.Suppression{}
		if err := forUpdate(tx).Where("id = ?", id).Take(row).Error; err != nil {
			return found(err, "suppression", id)
		}
		if err := tx.Where("id = ?", id).Delete(&models.Suppression{}).Error; err != nil {
			return fmt.Errorf("delete suppression %s: %w", id, err)
		}
		return s.auditSuppression(tx, models.AuditDeleteSuppression, row)
	})
}

// SweepSuppressions tells up to limit unfinished contacts of any campaign that their address was suppressed: what is planned
// on a channel that they cannot be reached by any more is superseded, and who is left without a channel is ended. The wakes
// are for workflows that are to look. More says that there is more to do. Each contact has a transaction of its own, and
// where it got to is kept with the suppression: a sweep that is cut short is finished by the next.
func (s *Store) SweepSuppressions(ctx context.Context, limit int) (wakes []models.Wake, more bool, err error) {
	for limit > 0 {
		row, err := s.unswept(ctx)
		if err != nil || row == nil {
			return wakes, false, err
		}
		contacts, err := s.contactsAt(ctx, row, limit)
		if err != nil {
			return wakes, true, err
		}
		for _, c := range contacts {
			woken, err := s.sweepContact(ctx, c.CampaignID, c.ContactID)
			wakes = append(wakes, woken...)
			if err != nil && models.ErrorCode(err) != models.CodeNotFound {
				return wakes, true, err
			}
		}
		if err := s.sweptTo(ctx, row, contacts, len(contacts) < limit); err != nil {
			return wakes, true, err
		}
		limit -= max(len(contacts), 1)
	}
	row, err := s.unswept(ctx)
	return wakes, row != nil, err
}

// unswept is the oldest suppression of which not every contact has been told; nil where there is none.
func (s *Store) unswept(ctx context.Context) (*models.Suppression, error) {
	row := &models.Suppression{}
	err := s.read.WithContext(ctx).Where("swept_at IS NULL").Order("id").Limit(1).Take(row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // nothing to do is no error
	}
	return row, wrapped("find suppressions to sweep", err)
}

// contactsAt finds the next unfinished contacts with the suppressed address, by id.
func (s *Store) contactsAt(ctx context.Context, row *models.Suppression, limit int) ([]sender, error) {
	contacts := []sender{}
	if row.Address == nil {
		return contacts, nil // erased, and so are its contacts' addresses
	}
	query := s.read.WithContext(ctx).Model(&models.Contact{}).Select("campaign_id", "id AS contact_id").
		Where(addressColumn(*row.Address)+" = ? AND finished_at IS NULL AND removed_at IS NULL", *row.Address)
	if row.SweptToID != nil {
		query = query.Where("id > ?", *row.SweptToID)
	}
	if err := query.Order("id").Limit(limit).Find(&contacts).Error; err != nil {
		return nil, fmt.Errorf("find contacts with a suppressed address: %w", err)
	}
	return contacts, nil
}

// sweptTo keeps with the suppression where its sweep got to, unless it was begun anew meanwhile.
func (s *Store) sweptTo(ctx context.Context, row *models.Suppression, contacts []sender, done bool) error {
	changes := map[string]any{}
	if len(contacts) > 0 {
		changes["swept_to_id"] = contacts[len(contacts)-1].ContactID
	}
	if done {
		changes["swept_at"] = s.now()
	}
	err := s.transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.Suppression{}).
			Where("id = ? AND created_at = ? AND swept_to_id IS NOT DISTINCT FROM ?", row.ID, row.CreatedAt, row.SweptToID).
			UpdateColumns(changes).Error
	})
	return wrapped("note how far a suppression was swept", err)
}

// sweepContact has one contact go on with the channels that are left to it, or ends it.
func (s *Store) sweepContact(ctx context.Context, campaignID, contactID string) (wakes []models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wakes = nil
		f, err := s.readFacts(tx, campaignID, contactID)
		if err != nil || f.Contact.Finished() || f.Contact.RemovedAt != nil {
			return err
		}
		superseded, err := f.supersedeSuppressed(tx)
		if err != nil {
			return err
		}
		step := models.Decide(f.Facts)
		ends := step.Do == models.DoFinish && (step.Reason == models.ReasonOptedOut || step.Reason == models.ReasonUnreachable)
		if !ends && (!superseded || f.Contact.Status == models.ContactNotStarted) {
			return nil
		}
		wakes, err = s.revisit(tx, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return wakes, nil
}

// supersedeSuppressed ends what is planned on a suppressed channel.
func (f *facts) supersedeSuppressed(tx *gorm.DB) (bool, error) {
	o := f.Outreach
	if o == nil || o.State == models.OutreachSubmitting {
		return false, nil
	}
	if _, suppressed := f.Suppressed[o.Channel]; !suppressed {
		return false, nil
	}
	err := moveOutreach(tx, o, models.OutreachSuperseded, f.Now)
	f.sort()
	return true, err
}
