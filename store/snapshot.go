package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"

	"beckon/models"
)

// snapshot runs fn in a transaction that reads one state of the database and waits for no writer.
func (s *Store) snapshot(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.read.WithContext(ctx).Transaction(fn, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// paged cuts the page out of a query.
func paged(query *gorm.DB, page models.Page) *gorm.DB {
	offset, limit := bounds(page)
	return query.Offset(offset).Limit(limit)
}

// bounds are the rows before the page and those on it. Numbers that no list has are read as the nearest that one may have.
func bounds(page models.Page) (offset, limit int) {
	const last = 1 << 31
	page.Number = min(max(page.Number, 1), last)
	if page.PerPage < 1 {
		page.PerPage = models.DefaultPerPage
	}
	return page.Offset(), page.PerPage
}
