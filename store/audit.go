package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// audit puts on record what a transaction has changed, in that transaction, as done by the actor of its context: it is
// written if, and only if, the change is. Whoever calls it gives action, ids, versions and detail.
func (s *Store) audit(tx *gorm.DB, record models.AuditRecord) error {
	actor := models.ActorOf(tx.Statement.Context)
	record.ID, record.At = newID(), s.now()
	record.ActorKind, record.ActorName, record.ActorID = actor.Kind, actor.Name, orNil(actor.ID)
	if err := record.Check(); err != nil {
		return err
	}
	if err := tx.Create(&record).Error; err != nil {
		return fmt.Errorf("put %s on record: %w", record.Action, err)
	}
	return nil
}

// RecordAudit puts on record what changes nothing in the database: an export, a failed sign-in. What a method of the store
// changes it puts on record itself.
func (s *Store) RecordAudit(ctx context.Context, record models.AuditRecord) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return s.audit(tx, record) })
}

// orNil is nil for an empty text.
func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// AuditRecords returns a page of the audit log, the newest first, and how many records there are on all pages, counted up
// to one more than models.MaxAuditCount.
func (s *Store) AuditRecords(
	ctx context.Context, filter models.AuditFilter,
) (records []models.AuditRecord, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		counted := auditFilter(tx, filter).Select("1").Limit(models.MaxAuditCount + 1)
		if err := tx.Raw("SELECT count(*) FROM (?) AS counted", counted).Scan(&total).Error; err != nil {
			return fmt.Errorf("count audit records: %w", err)
		}
		// The page is found in an index, and only its rows are read.
		page := paged(auditFilter(tx, filter), filter.Page).Select("id").Order("at DESC, id DESC")
		records = []models.AuditRecord{}
		if err := tx.Where("id IN (?)", page).Order("at DESC, id DESC").Find(&records).Error; err != nil {
			return fmt.Errorf("read audit records: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return records, total, nil
}

// auditPage is how many records an export reads at once.
const auditPage = 1_000

// EachAuditRecord hands over the records that the filter leaves, the newest first, on all pages, those written meanwhile not
// included. It reads a page at a time, so that it holds neither a long transaction nor a large log in memory.
func (s *Store) EachAuditRecord(
	ctx context.Context, filter models.AuditFilter, fn func(records []models.AuditRecord) error,
) error {
	var last *models.AuditRecord
	for {
		query := auditFilter(s.read.WithContext(ctx), filter)
		if last != nil {
			query = query.Where("(at, id) < (?, ?)", last.At, last.ID)
		}
		page := []models.AuditRecord{}
		if err := query.Order("at DESC, id DESC").Limit(auditPage).Find(&page).Error; err != nil {
			return fmt.Errorf("read audit records: %w", err)
		}
		if len(page) > 0 {
			if err := fn(page); err != nil {
				return err
			}
		}
		if len(page) < auditPage {
			return nil
		}
		last = &page[len(page)-1]
	}
}

// auditFilter selects the records that the filter leaves. An id that cannot be one selects none.
func auditFilter(tx *gorm.DB, filter models.AuditFilter) *gorm.DB {
	query := tx.Model(&models.AuditRecord{})
	for _, narrowed := range []struct {
		column string
		id     *string
	}{{"campaign_id", filter.CampaignID}, {"contact_id", filter.ContactID}, {"actor_id", filter.ActorID}} {
		switch {
		case narrowed.id == nil:
		case checkID(narrowed.column, *narrowed.id) != nil:
			query = query.Where("1 = 0")
		default:
			query = query.Where(narrowed.column+" = ?", *narrowed.id)
		}
	}
	if filter.ActorKind != nil {
		query = query.Where("actor_kind = ?", *filter.ActorKind)
	}
	if filter.Action != nil {
		query = query.Where("action = ?", *filter.Action)
	}
	if filter.From != nil {
		query = query.Where("at >= ?", stored(filter.From))
	}
	if filter.To != nil {
		query = query.Where("at < ?", stored(filter.To))
	}
	return query
}
