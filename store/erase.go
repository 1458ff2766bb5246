package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// erasure is a contact's erasure under way: its row, its outreaches and its addresses are locked.
type erasure struct {
	tx         *gorm.DB
	now        time.Time
	contact    *models.Contact
	outreaches []string // ids
	addresses  []string // its own, those that it had, and those to which something was sent
	others     []models.ContactKey
}

// erasers delete what the tables hold of a contact. Whoever adds a table that holds personal data adds its eraser: a test
// compares them with the schema.
func (s *Store) erasers() []func(*erasure) error {
	return []func(*erasure) error{
		eraseTexts, eraseEvents, eraseReplies, eraseImportErrors, s.eraseSuppressions, s.eraseLedger, eraseFormer,
		eraseStrangers,
		eraseRow,
	}
}

// EraseContact deletes what is known of a person, whatever state the contact and its campaign are in: names, addresses,
// properties, notes, all texts, answers and providers' words. The contact is removed, and its workflow ends. The ledger
// stays, with hashes in place of addresses, so that figures and frequency caps count as before; so do suppressions, and
// whoever is added again with a suppressed address is not contacted. What a provider is being given may still arrive; its
// result is recorded without a word of it. Errors: CodeNotFound; CodeUnavailable without Options.Secret; the wakes are to be
// heeded with an error too.
func (s *Store) EraseContact(
	ctx context.Context, campaignID, contactID string, options models.EraseOptions,
) (result models.Erasure, err error) {
	if s.secret == nil {
		return result, models.Errorf(models.CodeUnavailable, "erasing needs the installation's secret key")
	}
	wakes, err := s.sweepBefore(ctx, campaignID, contactID)
	if err != nil {
		return models.Erasure{Wakes: wakes}, err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		result = models.Erasure{Wakes: slices.Clone(wakes)}
		return s.erase(tx, campaignID, contactID, options, &result)
	})
	if err != nil {
		return models.Erasure{Wakes: wakes}, err
	}
	return result, nil
}

// sweepBefore sweeps all suppressions before a contact is erased: they are swept by their addresses, and whoever else has the
// contact's is told before that is gone. A contact that there is not, or that was erased, costs none of that.
func (s *Store) sweepBefore(ctx context.Context, campaignID, contactID string) ([]models.Wake, error) {
	wakes, c := []models.Wake{}, models.Contact{}
	if err := checkID("contact", contactID); err != nil {
		return wakes, err
	}
	if err := checkID("campaign", campaignID); err != nil {
		return wakes, err
	}
	err := s.read.WithContext(ctx).Select("erased_at").Where("id = ? AND campaign_id = ?", contactID, campaignID).Take(&c).Error
	if err != nil {
		return wakes, found(err, "contact", contactID)
	}
	for more := c.ErasedAt == nil; more; {
		var swept []models.Wake
		swept, more, err = s.SweepSuppressions(ctx, rowsWritten)
		wakes = append(wakes, swept...)
		if err != nil {
			return wakes, err
		}
	}
	return wakes, nil
}

// erase is EraseContact within its transaction.
func (s *Store) erase(
	tx *gorm.DB, campaignID, contactID string, options models.EraseOptions, result *models.Erasure,
) error {
	if err := s.lockCampaign(tx, campaignID, shared); err != nil {
		return err
	}
	if _, err := campaignIn(tx, campaignID); err != nil {
		return err
	}
	if err := s.lockIntake(tx, campaignID); err != nil {
		return err
	}
	c, err := contactIn(tx, campaignID, contactID)
	if err != nil {
		return err
	}
	if c.ErasedAt != nil {
		result.ErasedAt = *c.ErasedAt
		return nil
	}
	e, ends := &erasure{tx: tx, now: s.now(), contact: c}, !c.Finished() && c.RemovedAt == nil
	if result.InFlight, err = e.read(); err != nil {
		return err
	}
	if err := s.lockAddresses(tx, e.addresses...); err != nil {
		return err
	}
	outliving, err := e.outliving(options)
	if err != nil {
		return err
	}
	if err := s.suppressAll(tx, outliving); err != nil {
		return err
	}
	for _, eraser := range s.erasers() {
		if err := eraser(e); err != nil {
			return err
		}
	}
	result.ErasedAt, result.Changed, result.Others = e.now, true, e.others
	if ends {
		if wake, told := revise(c, e.now); told {
			result.Wakes = append(result.Wakes, wake)
		}
	}
	if err := e.save(); err != nil {
		return err
	}
	return s.audit(tx, models.AuditRecord{
		Action: models.AuditEraseContact, CampaignID: &campaignID, ContactID: &contactID,
		Detail: models.AuditDetail{Counts: map[string]int{"outreaches": len(e.outreaches), "inFlight": result.InFlight}},
	})
}

// outliving are the suppressions that the contact's row stands for, and those that are asked for: its channels that are
// blocked, since the person opted out, must stay so though nobody knows the contact any more. Who wrote something of which
// it is not known whether it opts out, and will not be any more, is taken to have opted out.
func (e *erasure) outliving(options models.EraseOptions) ([]models.Suppression, error) {
	rows, c := []models.Suppression{}, e.contact
	var open int64
	err := e.tx.Model(&models.Reply{}).Where("contact_id = ? AND considered_at IS NULL", c.ID).Count(&open).Error
	if err != nil {
		return nil, fmt.Errorf("count open replies: %w", err)
	}
	switch {
	case open > 0:
		// It may have answered what went to an address that it had before.
		known := slices.DeleteFunc(slices.Clone(e.addresses), models.IsErasedAddress)
		rows = suppressionsOf(models.SuppressedOptOut, sourceErasure, known...)
	case options.Suppress:
		rows = suppressionsOf(models.SuppressedManual, sourceErasure, addressesOf(c)...)
	}
	for _, channel := range c.BlockedChannels {
		if address := c.Address(channel); address != "" {
			rows = append(rows, models.Suppression{
				Channel: models.SuppressionChannel(channel), Address: &address, Reason: models.SuppressedOptOut, Source: sourceErasure,
			})
		}
	}
	return rows, nil
}

// read locks and reads the contact's outreaches, and cancels those that are planned. It returns how many are submitting.
func (e *erasure) read() (inFlight int, err error) {
	rows := []models.Outreach{}
	if err := forUpdate(e.tx).Where("contact_id = ?", e.contact.ID).Order("id").Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("lock outreaches: %w", err)
	}
	former, err := formerAddresses(e.tx, e.contact.ID)
	if err != nil {
		return 0, err
	}
	e.addresses = append(addressesOf(e.contact), former...)
	for i := range rows {
		e.outreaches = append(e.outreaches, rows[i].ID)
		if address := rows[i].Address; address != nil {
			e.addresses = append(e.addresses, *address)
		}
		if rows[i].State == models.OutreachSubmitting {
			inFlight++
		}
	}
	slices.Sort(e.addresses)
	e.addresses = slices.Compact(e.addresses)
	if e.others, err = others(e.tx, e.contact); err != nil {
		return 0, err
	}
	return inFlight, cancelPlans(e.tx, []string{e.contact.ID}, e.now)
}

// others finds the contacts, removed ones too, that have one of the contact's addresses.
func others(tx *gorm.DB, c *models.Contact) ([]models.ContactKey, error) {
	found := []models.ContactKey{}
	for _, address := range addressesOf(c) {
		keys := []models.ContactKey{}
		err := tx.Model(&models.Contact{}).Select("campaign_id", "id AS contact_id").
			Where(addressColumn(address)+" = ? AND id <> ?", address, c.ID).Order("id").Find(&keys).Error
		if err != nil {
			return nil, fmt.Errorf("find contacts with the same address: %w", err)
		}
		for _, key := range keys {
			if !slices.Contains(found, key) {
				found = append(found, key)
			}
		}
	}
	return found, nil
}

// eraseTexts empties all versions of all plans. Who wrote them, and what they cost, stays.
func eraseTexts(e *erasure) error {
	return e.empty(&models.OutreachVersion{}, "outreach_id", map[string]any{
		"subject": nil, "body": "", "voicemail_text": nil, "reason": "",
	})
}

// empty sets columns of the rows that belong to the contact's outreaches.
func (e *erasure) empty(model any, column string, columns map[string]any) error {
	for chunk := range slices.Chunk(e.outreaches, rowsRead) {
		if err := e.tx.Model(model).Where(column+" IN ?", chunk).UpdateColumns(columns).Error; err != nil {
			return fmt.Errorf("erase %s: %w", column, err)
		}
	}
	return nil
}

// plainCode is what a provider's code looks like; what looks otherwise may be words.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

// codeAlone is a provider's code, where it is nothing else.
func codeAlone(code *string) *string {
	if code == nil || !plainCode.MatchString(*code) {
		return nil
	}
	return code
}

// eraseEvents deletes providers' words. What happened, when, and its code stay.
func eraseEvents(e *erasure) error {
	if err := e.empty(&models.Event{}, "outreach_id", map[string]any{"detail": nil}); err != nil {
		return err
	}
	for chunk := range slices.Chunk(e.outreaches, rowsRead) {
		events := []models.Event{}
		if err := e.tx.Where("outreach_id IN ? AND code IS NOT NULL", chunk).Find(&events).Error; err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		for i := range events {
			if codeAlone(events[i].Code) != nil {
				continue
			}
			if err := e.tx.Model(&events[i]).UpdateColumn("code", nil).Error; err != nil {
				return fmt.Errorf("erase codes of events: %w", err)
			}
		}
	}
	return nil
}

// eraseReplies empties what the person answered. That there was an answer stays; there is nothing in it to consider.
func eraseReplies(e *erasure) error {
	err := e.tx.Model(&models.Reply{}).Where("contact_id = ?", e.contact.ID).
		UpdateColumns(map[string]any{
			"text": "", "whole_text": nil, "transcript": "[]", "provider_id": nil,
			"considered_at": gorm.Expr("coalesce(considered_at, ?)", e.now),
		}).Error
	return wrapped("erase replies", err)
}

// eraseSuppressions keeps what forbids the addresses as hashes alone.
func (s *Store) eraseSuppressions(e *erasure) error {
	for _, address := range e.addresses {
		if models.IsErasedAddress(address) {
			continue
		}
		rows := []models.Suppression{}
		if err := e.tx.Where("address_hash = ?", models.AddressHash(address)).Find(&rows).Error; err != nil {
			return fmt.Errorf("read suppressions: %w", err)
		}
		for i := range rows {
			if err := s.eraseSuppression(e.tx, &rows[i], s.secret.ErasedAddresses(address)); err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseSuppression makes a suppression one of a hash. Of two of one address, since another contact with it was erased
// before, the graver stays.
func (s *Store) eraseSuppression(tx *gorm.DB, row *models.Suppression, hashes []string) error {
	former := []models.Suppression{}
	if err := tx.Where("address_hash IN ? AND channel = ?", hashes, row.Channel).Find(&former).Error; err != nil {
		return fmt.Errorf("read suppressions: %w", err)
	}
	for i := range former {
		if former[i].Reason.Graver(row.Reason) {
			return wrapped("merge suppressions", tx.Delete(row).Error)
		}
		if err := tx.Delete(&former[i]).Error; err != nil {
			return fmt.Errorf("merge suppressions: %w", err)
		}
	}
	err := tx.Model(row).UpdateColumns(map[string]any{"address": nil, "address_hash": hashes[0]}).Error
	return wrapped("erase suppression", err)
}

// eraseLedger puts hashes in place of addresses, and deletes providers' words.
func (s *Store) eraseLedger(e *erasure) error {
	if err := e.empty(&models.Outreach{}, "id", map[string]any{"error_detail": nil, "opening": "", "closing": ""}); err != nil {
		return err
	}
	rows := []models.Outreach{}
	if err := e.tx.Select("id", "address", "result_code").Where("contact_id = ?", e.contact.ID).Find(&rows).Error; err != nil {
		return fmt.Errorf("read outreaches: %w", err)
	}
	for i := range rows {
		columns := map[string]any{"result_code": codeAlone(rows[i].ResultCode)}
		if address := rows[i].Address; address != nil && !models.IsErasedAddress(*address) {
			erased := s.secret.ErasedAddresses(*address)[0]
			columns["address"], columns["address_hash"] = erased, erased
		}
		if err := e.tx.Model(&rows[i]).UpdateColumns(columns).Error; err != nil {
			return fmt.Errorf("erase address of outreach %s: %w", rows[i].ID, err)
		}
	}
	return nil
}

// eraseRow empties the contact's row, which the ledger refers to, and hides it.
func eraseRow(e *erasure) error {
	c := e.contact
	c.FirstName, c.LastName, c.Email, c.Phone, c.Timezone = "", "", nil, nil, nil
	c.ExternalIDKey, c.ExternalIDValue, c.Properties, c.StatusNote = nil, nil, map[string]any{}, ""
	c.BlockedChannels, c.PlannerCode, c.EligibilityReason = []models.Channel{}, "", nil
	c.ErasedAt = &e.now
	if c.RemovedAt == nil {
		c.RemovedAt = &e.now
	}
	waitsForNothing(c)
	return nil
}

// save writes the contact's row.
func (e *erasure) save() error {
	e.contact.UpdatedAt = e.now
	// Select is a write's: of every column.
	err := e.tx.Model(e.contact).Select("*").UpdateColumns(e.contact).Error //nolint:unqueryvet // nothing is read
	return wrapped("erase contact "+e.contact.ID, err)
}

// errLogInUse says that somebody reads the write-ahead log.
var errLogInUse = errors.New("it is being read")

// Scrub removes from the database's files what was erased, as far as that can be done while it is used. SQLite overwrites
// what it deletes (secure_delete); its write-ahead log is cut here. Postgres frees what was erased by VACUUM, which it runs by
// itself. Error: where readers keep the log from being cut.
func (s *Store) Scrub(ctx context.Context) error {
	if s.dialect != SQLite {
		return nil
	}
	result := struct{ Busy, Log, Checkpointed int }{}
	if err := s.write.WithContext(ctx).Raw("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&result).Error; err != nil {
		return fmt.Errorf("cut the write-ahead log: %w", err)
	}
	if result.Busy != 0 {
		return fmt.Errorf("cut the write-ahead log: %w", errLogInUse)
	}
	return nil
}
