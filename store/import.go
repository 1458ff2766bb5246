package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// Codes of the errors that storing adds to those of reading.
const (
	codeContactFinished = "contact_finished"
	codeEmailOfOther    = "email_of_other_contact"
)

// ImportContacts stores the contacts of a file, all or none of them, with the history entry. The caller gives campaign,
// source, file name, name of the importer, and the rows, which are read within the transaction, a batch at a time, so that a
// file of any size takes the same memory; id, time, status and counts are filled in here. A row whose contact is completed or
// disqualified already is skipped, with an error line, so that rows = created + updated + skipped. Results is empty: a file
// may have many. Errors: CodeNotFound, CodeCampaignArchived, CodeDuplicate where the entry's mail was imported before, those of
// rows.
func (s *Store) ImportContacts(
	ctx context.Context, entry *models.Import, rows models.ImportRows,
) (result models.AddResult, err error) {
	answer := struct {
		Entry  models.Import
		Result models.AddResult
	}{}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return s.once(ctx, tx, &answer, func() error {
			answer.Entry = *entry
			var err error
			answer.Result, err = s.importOnce(tx, &answer.Entry, rows)
			return err
		})
	})
	if err != nil {
		return models.AddResult{}, err
	}
	*entry = answer.Entry
	return answer.Result, nil
}

// importOnce is ImportContacts within its transaction.
func (s *Store) importOnce(tx *gorm.DB, entry *models.Import, rows models.ImportRows) (models.AddResult, error) {
	// Contacts are locked batch by batch, and so not in the order of their ids: nobody else may lock several meanwhile.
	m, err := s.beginMerge(tx, entry.CampaignID, models.ActionUpsert, entry.Source, exclusive)
	if err != nil {
		return models.AddResult{}, err
	}
	if err := rows.Rewind(); err != nil {
		return models.AddResult{}, fmt.Errorf("read rows: %w", err)
	}
	entry.ID, entry.CreatedAt, entry.Status, entry.DayKey = newID(), m.now, models.ImportCompleted, nil
	entry.Created, entry.Updated, entry.UpdatedByPhone, entry.UpdatedByEmail = 0, 0, 0, 0
	entry.Rows, entry.Skipped = 0, 0
	if err := saveEntry(tx, entry); err != nil { // its errors refer to it
		return models.AddResult{}, err
	}
	i := &importing{store: s, tx: tx, merge: m, entry: entry, result: models.AddResult{Revision: m.campaign.Revision}}
	if err := i.run(rows); err != nil {
		return i.result, err
	}
	if i.waiting {
		if i.result.Signal, err = s.touchIntake(tx, entry.CampaignID); err != nil {
			return i.result, err
		}
	}
	if err := saveEntry(tx, entry); err != nil {
		return i.result, err
	}
	return i.result, s.auditImport(tx, models.AuditImportContacts, entry)
}

// importing is an import under way: it takes a batch of rows, merges it, and forgets it.
type importing struct {
	store   *Store
	tx      *gorm.DB
	merge   *merge // what batches begin with
	entry   *models.Import
	inputs  []models.ContactInput
	errors  []models.ImportError
	waiting bool // the campaign is to take somebody in
	result  models.AddResult
}

func (i *importing) run(rows models.ImportRows) error {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return i.flush()
		}
		if err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		i.errors = append(i.errors, row.Errors...)
		switch {
		case row.NoRow:
			continue
		case row.Input == nil:
			i.entry.Skipped++
		default:
			i.inputs = append(i.inputs, *row.Input)
		}
		i.entry.Rows++
		if len(i.inputs) >= rowsRead || len(i.errors) >= rowsRead {
			if err := i.flush(); err != nil {
				return err
			}
		}
	}
}

// flush merges the batch. The contacts of earlier batches are stored by now, and found like any other.
func (i *importing) flush() error {
	m := *i.merge
	m.importID, m.contacts = &i.entry.ID, nil
	m.byPhone, m.byEmail = map[string]*merged{}, map[string]*merged{}
	results, err := i.store.merge(i.tx, &m, i.inputs)
	if err != nil {
		return err
	}
	tallyOf(results).addTo(i.entry)
	i.result.Wake = append(i.result.Wake, m.wakes()...)
	i.waiting = i.waiting || m.waiting()
	if err := storeImportErrors(i.tx, i.entry.ID, append(i.errors, mergeErrors(results)...)); err != nil {
		return err
	}
	i.inputs, i.errors = i.inputs[:0], i.errors[:0]
	return nil
}

// auditImport puts an import on record, with its counts.
func (s *Store) auditImport(tx *gorm.DB, action models.AuditAction, entry *models.Import) error {
	return s.audit(tx, models.AuditRecord{
		Action: action, CampaignID: &entry.CampaignID, SubjectID: &entry.ID,
		Detail: models.AuditDetail{
			Counts: map[string]int{
				"rows": entry.Rows, "created": entry.Created, "updated": entry.Updated, "skipped": entry.Skipped,
			},
			Codes: map[string]string{"source": string(entry.Source)},
		},
	})
}

// mergeErrors are the error lines of rows that were skipped, or of which a field was left out, because of contacts that
// are there already.
func mergeErrors(results []models.Added) []models.ImportError {
	rows := []models.ImportError{}
	for _, result := range results {
		switch {
		case result.Action == models.AddedIgnored:
			rows = append(rows, models.ImportError{
				Line: result.Line, Field: string(result.MatchedBy), Code: codeContactFinished,
				Detail: "the contact is completed or disqualified already: it is left alone",
			})
		case result.EmailOfOther:
			rows = append(rows, models.ImportError{
				Line: result.Line, Field: "email", Code: codeEmailOfOther,
				Detail: "the e-mail belongs to another contact of the campaign: it is left out",
			})
		}
	}
	return rows
}

func storeImportErrors(tx *gorm.DB, importID string, rows []models.ImportError) error {
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b models.ImportError) int { return a.Line - b.Line })
	for i := range rows {
		rows[i].ID, rows[i].ImportID = 0, importID
	}
	if err := tx.CreateInBatches(rows, rowsWritten).Error; err != nil {
		return fmt.Errorf("store import errors: %w", err)
	}
	return nil
}

// saveEntry writes a history entry, or the new counts of one that is stored.
func saveEntry(tx *gorm.DB, entry *models.Import) error {
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{
			"rows", "created", "updated", "updated_by_phone", "updated_by_email", "skipped",
		}),
	}).Create(entry).Error
	switch {
	case err == nil:
		return nil
	case duplicate(err) && entry.MailKey != nil:
		return models.Errorf(models.CodeDuplicate, "this mail is imported already")
	default:
		return fmt.Errorf("store import: %w", err)
	}
}

// RefuseImport stores the history entry of a file of which nothing was taken. The caller gives campaign, source, file name,
// name of the importer, the reason, and the rows where they were counted: all of them are skipped. A repetition under an
// Idempotency-Key gives the entry of the first time. Errors: CodeNotFound, CodeIdempotencyKeyReused.
func (s *Store) RefuseImport(ctx context.Context, entry *models.Import) error {
	entry.ID, entry.CreatedAt, entry.Status, entry.DayKey = newID(), s.now(), models.ImportRefused, nil
	entry.Created, entry.Updated, entry.UpdatedByPhone, entry.UpdatedByEmail = 0, 0, 0, 0
	entry.Skipped = entry.Rows
	return s.transact(ctx, func(tx *gorm.DB) error {
		return s.once(ctx, tx, entry, func() error {
			if _, err := campaignIn(tx, entry.CampaignID); err != nil {
				return err
			}
			if err := saveEntry(tx, entry); err != nil {
				return err
			}
			return s.auditImport(tx, models.AuditRefuseImport, entry)
		})
	})
}

// Imports returns a page of a campaign's import history, newest first, and how many entries it has. Error: CodeNotFound.
func (s *Store) Imports(
	ctx context.Context, campaignID string, page models.Page,
) (entries []models.Import, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		if _, err := campaignIn(tx, campaignID); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.Import{}).Where("campaign_id = ?", campaignID).Count(&n).Error; err != nil {
			return fmt.Errorf("count imports: %w", err)
		}
		total, entries = int(n), []models.Import{}
		query := paged(tx.Where("campaign_id = ?", campaignID), page).Order("created_at DESC, id DESC")
		if err := query.Find(&entries).Error; err != nil {
			return fmt.Errorf("read imports: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return entries, total, nil
}

// Import returns one entry of a campaign's import history. Error: CodeNotFound.
func (s *Store) Import(ctx context.Context, campaignID, importID string) (*models.Import, error) {
	if err := checkID("campaign", campaignID); err != nil {
		return nil, err
	}
	if err := checkID("import", importID); err != nil {
		return nil, err
	}
	entry := &models.Import{}
	err := s.read.WithContext(ctx).Where("id = ? AND campaign_id = ?", importID, campaignID).Take(entry).Error
	if err != nil {
		return nil, found(err, "import", importID)
	}
	return entry, nil
}

// ImportErrors returns the first errors of an import, by line; all of them where the limit is 0.
func (s *Store) ImportErrors(ctx context.Context, importID string, limit int) ([]models.ImportError, error) {
	if err := checkID("import", importID); err != nil {
		return nil, err
	}
	query := s.read.WithContext(ctx).Where("import_id = ?", importID).Order("id")
	if limit > 0 {
		query = query.Limit(limit)
	}
	rows := []models.ImportError{}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read errors of import %s: %w", importID, err)
	}
	return rows, nil
}
