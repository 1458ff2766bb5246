package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// How many rows one statement names or writes. Batches of 100 are the fastest (measured, DESIGN section 4).
const (
	rowsRead    = 500
	rowsWritten = 100
)

// AddContacts does with contacts what the contacts endpoint was asked for, in one transaction. An input is matched by
// phone, else by e-mail. Upsert creates, updates, or brings back what was removed, as a new contact with its attempts;
// those completed or disqualified already are left alone. The created, updated and ignored contacts of one actor and source
// are summed in one history entry a day (UTC). Errors: CodeNotFound, CodeCampaignArchived.
//
// Calls that come at once for one campaign, by one caller, share a transaction, so that many calls of one contact each cost
// little more than one call of many; each gets its own results, and only one of them is to tell the workflows.
func (s *Store) AddContacts(
	ctx context.Context, campaignID string, action models.AddAction, source models.SourceKind,
	inputs []models.ContactInput,
) (models.AddResult, error) {
	key := addKey{campaignID: campaignID, action: action, source: source, actor: models.ActorOf(ctx)}
	if isOnce(ctx) {
		return s.addAlone(ctx, key, inputs)
	}
	call := &addCall{inputs: inputs, done: make(chan addOutcome, 1)}
	if !s.adds.enter(key, call) {
		select {
		case outcome := <-call.done:
			return outcome.result, outcome.err
		case <-ctx.Done():
			return models.AddResult{}, fmt.Errorf("add contacts: %w", ctx.Err())
		}
	}
	defer s.addWaiting(ctx, key)
	return s.addAlone(ctx, key, inputs)
}

// addAlone is one call in a transaction of its own.
func (s *Store) addAlone(ctx context.Context, key addKey, inputs []models.ContactInput) (result models.AddResult, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return s.once(ctx, tx, &result, func() error {
			results, err := s.addCalls(tx, key, [][]models.ContactInput{inputs})
			if err == nil {
				result = results[0]
			}
			return err
		})
	})
	if err != nil {
		return models.AddResult{}, err
	}
	return result, nil
}

// addCalls is AddContacts within its transaction, for calls of one kind in their order.
func (s *Store) addCalls(tx *gorm.DB, key addKey, calls [][]models.ContactInput) ([]models.AddResult, error) {
	m, err := s.beginMerge(tx, key.campaignID, key.action, key.source, shared)
	if err != nil {
		return nil, err
	}
	inputs := slices.Concat(calls...)
	var entry *models.Import
	if key.action != models.ActionRemove && len(inputs) > 0 {
		if entry, err = dayEntry(tx, key.campaignID, key.source, m.now); err != nil {
			return nil, err
		}
		m.importID = &entry.ID
	}
	all, err := s.add(tx, m, inputs)
	if err != nil {
		return nil, err
	}
	if entry != nil {
		entry.Rows += len(inputs)
		tallyOf(all.Results).addTo(entry)
		if err := saveEntry(tx, entry); err != nil {
			return nil, err
		}
	}
	results, at := make([]models.AddResult, len(calls)), 0
	for i, call := range calls {
		results[i] = models.AddResult{Revision: all.Revision, Results: all.Results[at : at+len(call)], Wake: []models.Wake{}}
		at += len(call)
		if err := s.auditAdded(tx, m, key.action, results[i].Results); err != nil {
			return nil, err
		}
	}
	results[0].Signal, results[0].Wake = all.Signal, all.Wake
	return results, nil
}

// auditAdded puts a call on record that changed contacts, with their counts.
func (s *Store) auditAdded(tx *gorm.DB, m *merge, action models.AddAction, results []models.Added) error {
	counts := tallyOf(results).counts()
	if counts["created"]+counts["updated"]+counts["removed"] == 0 {
		return nil
	}
	return s.audit(tx, models.AuditRecord{
		Action: models.AuditAddContacts, CampaignID: &m.campaign.ID, SubjectID: m.importID,
		Detail: models.AuditDetail{Counts: counts, Codes: map[string]string{"action": string(action), "source": string(m.source)}},
	})
}

// dayEntry is the history entry in which the calls of a day are summed. The intake's lock is held, so there is one.
func dayEntry(
	tx *gorm.DB, campaignID string, source models.SourceKind, now time.Time,
) (*models.Import, error) {
	by := models.ActorOf(tx.Statement.Context).Name
	key := fmt.Sprintf("%s %s %s", now.Format(time.DateOnly), source, by)
	entry := &models.Import{}
	err := tx.Where("campaign_id = ? AND day_key = ?", campaignID, key).Take(entry).Error
	switch {
	case err == nil:
		return entry, nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return &models.Import{
			ID: newID(), CampaignID: campaignID, Source: source, Status: models.ImportCompleted, By: by, CreatedAt: now,
			DayKey: &key,
		}, nil
	default:
		return nil, fmt.Errorf("read import of the day: %w", err)
	}
}

// beginMerge takes the locks under which contacts are deduplicated. Errors: CodeNotFound, CodeCampaignArchived.
func (s *Store) beginMerge(
	tx *gorm.DB, campaignID string, action models.AddAction, source models.SourceKind, mode lockMode,
) (*merge, error) {
	c, err := s.openLocked(tx, campaignID, mode)
	if err != nil {
		return nil, err
	}
	if err := s.lockIntake(tx, campaignID); err != nil {
		return nil, err
	}
	return &merge{
		campaign: c, action: action, source: source, now: s.now(),
		byPhone: map[string]*merged{}, byEmail: map[string]*merged{},
	}, nil
}

// add merges the inputs, and says what the campaign's workflow, and whose contacts' workflows are to be told.
func (s *Store) add(tx *gorm.DB, m *merge, inputs []models.ContactInput) (models.AddResult, error) {
	results, err := s.merge(tx, m, inputs)
	if err != nil {
		return models.AddResult{}, err
	}
	result := models.AddResult{Results: results, Revision: m.campaign.Revision, Wake: m.wakes()}
	if m.waiting() {
		if result.Signal, err = s.touchIntake(tx, m.campaign.ID); err != nil {
			return models.AddResult{}, err
		}
	}
	return result, nil
}

// merge reads the contacts that the inputs may be, applies the inputs in their order, and writes what changed.
func (s *Store) merge(tx *gorm.DB, m *merge, inputs []models.ContactInput) ([]models.Added, error) {
	if err := m.read(tx, inputs); err != nil {
		return nil, err
	}
	results := make([]models.Added, 0, len(inputs))
	for i := range inputs {
		results = append(results, m.apply(&inputs[i]))
	}
	return results, m.write(tx)
}

// read locks, in the order of their ids, the stored contacts that have an address of the inputs. Their addresses cannot
// change between the two reads: who changes an address holds the intake's lock.
func (m *merge) read(tx *gorm.DB, inputs []models.ContactInput) error {
	phones, emails := []string{}, []string{}
	for i := range inputs {
		if inputs[i].Phone != nil {
			phones = append(phones, *inputs[i].Phone)
		}
		if inputs[i].Email != nil {
			emails = append(emails, *inputs[i].Email)
		}
	}
	ids, err := m.owners(tx, "phone", phones)
	if err != nil {
		return err
	}
	more, err := m.owners(tx, "email", emails)
	if err != nil {
		return err
	}
	ids = append(ids, more...)
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), rowsRead) {
		rows := []models.Contact{}
		if err := forUpdate(tx).Where("id IN ?", chunk).Order("id").Find(&rows).Error; err != nil {
			return fmt.Errorf("lock contacts: %w", err)
		}
		for i := range rows {
			m.know(rows[i])
		}
	}
	return nil
}

// owners returns the ids of the contacts, removed ones included, that have one of the addresses.
func (m *merge) owners(tx *gorm.DB, column string, addresses []string) ([]string, error) {
	slices.Sort(addresses)
	ids := []string{}
	for chunk := range slices.Chunk(slices.Compact(addresses), rowsRead) {
		found := []string{}
		if err := m.ownersOf(tx, column, chunk).Scan(&found).Error; err != nil {
			return nil, fmt.Errorf("match contacts: %w", err)
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

// ownersOf looks each address up in the index in which a campaign's addresses are unique. Without statistics, as in a campaign that
// is being imported, Postgres looks through the whole of it for a list of many, and compares each row with all of them: there
// the list is a table, which leaves it no choice.
func (m *merge) ownersOf(tx *gorm.DB, column string, addresses []string) *gorm.DB {
	if tx.Name() == string(SQLite) || len(addresses) == 1 {
		return tx.Model(&models.Contact{}).Select("id").
			Where("campaign_id = ? AND "+column+" IN ?", m.campaign.ID, addresses)
	}
	list, _ := json.Marshal(addresses) //nolint:errchkjson // texts
	return tx.Raw("SELECT owner.id FROM json_array_elements_text(?::json) AS given (address) CROSS JOIN LATERAL ("+
		"SELECT id FROM contacts WHERE campaign_id = ? AND "+column+" = given.address LIMIT 1) AS owner", string(list), m.campaign.ID)
}

// write writes what the inputs changed: addresses that contacts give up, changed contacts, new ones, cancelled plans.
func (m *merge) write(tx *gorm.DB) error {
	changed, created := []*models.Contact{}, []*models.Contact{}
	ended := []string{}
	for _, c := range m.contacts {
		c.UpdatedAt = m.now
		switch {
		case c.created:
			created = append(created, &c.Contact)
		case c.changed:
			changed = append(changed, &c.Contact)
		}
		if c.ended && !c.created {
			ended = append(ended, c.ID)
		}
	}
	if err := m.giveUp(tx); err != nil {
		return err
	}
	if len(changed) > 0 {
		upsert := clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns(mergedColumns()),
		}
		if err := tx.Clauses(upsert).CreateInBatches(changed, rowsWritten).Error; err != nil {
			return fmt.Errorf("update contacts: %w", err)
		}
	}
	if len(created) > 0 {
		if err := tx.CreateInBatches(created, rowsWritten).Error; err != nil {
			return fmt.Errorf("create contacts: %w", err)
		}
	}
	if err := keepFormer(tx, m.former); err != nil {
		return err
	}
	for chunk := range slices.Chunk(ended, rowsRead) {
		if err := cancelPlans(tx, chunk, m.now); err != nil {
			return err
		}
	}
	return nil
}

// mergedColumns are those that a merge changes in a stored contact.
func mergedColumns() []string {
	return []string{
		"first_name", "last_name", "email", "phone", "timezone", "properties", "external_id_key", "external_id_value",
		"source_kind", "import_id", "blocked_channels", "status", "status_reason", "waiting_reason", "waiting_until", "waiting_detail",
		"waiting_since", "planner_failures", "revision", "seen_revision", "revised_at", "taken_batch", "taken_at",
		"run_id", "reconcile_after", "reconcile_tries", "added_at", "finished_at", "removed_at", "updated_at",
	}
}

// giveUp frees the addresses that stored contacts have no more, so that others may take them whatever the order of rows.
func (m *merge) giveUp(tx *gorm.DB) error {
	emails, phones := []string{}, []string{}
	for _, c := range m.contacts {
		if c.storedEmail != nil && !same(c.storedEmail, c.Email) {
			emails = append(emails, c.ID)
		}
		if c.storedPhone != nil && !same(c.storedPhone, c.Phone) {
			phones = append(phones, c.ID)
		}
	}
	for column, ids := range map[string][]string{"email": emails, "phone": phones} {
		for chunk := range slices.Chunk(ids, rowsRead) {
			err := tx.Model(&models.Contact{}).Where("id IN ?", chunk).UpdateColumn(column, nil).Error
			if err != nil {
				return fmt.Errorf("free addresses: %w", err)
			}
		}
	}
	return nil
}
