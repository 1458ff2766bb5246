package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"beckon/models"
)

// eventsATransaction bounds how long the locks of a webhook's contacts are held.
const eventsATransaction = 100

// RecordEvents stores what a provider reports and moves the outreaches that it speaks of. The same events may come in any
// order, and leave the same state; one that comes again, by its DedupeKey, does nothing. Events of outreaches that are not
// ours are passed over: an account may send for others too. The wakes name contacts whose workflow waits for what is known
// now (the proof of a claim, the end of a call, a failure in a follow-up, an opt-out) and, without a contact, campaigns that
// their guardrails have paused.
func (s *Store) RecordEvents(ctx context.Context, events []models.ProviderEvent) ([]models.Wake, error) {
	wakes, campaigns := []models.Wake{}, map[string]bool{}
	for chunk := range slices.Chunk(events, eventsATransaction) {
		var woken []models.Wake
		var known outreachIndex
		err := s.transact(ctx, func(tx *gorm.DB) (err error) {
			if known, err = outreachesOf(tx, chunk); err == nil && len(known) > 0 {
				woken, err = s.recordChunk(tx, chunk, known)
			}
			return err
		})
		if err != nil {
			return wakes, err
		}
		wakes = append(wakes, woken...)
		for id := range known {
			campaigns[known[id].CampaignID] = true
		}
	}
	paused, err := s.guard(ctx, slices.Sorted(maps.Keys(campaigns)), overGuardrails)
	return append(wakes, paused...), err
}

// recordChunk takes the locks in their order, and applies the events to the outreaches that they name.
func (s *Store) recordChunk(tx *gorm.DB, events []models.ProviderEvent, known outreachIndex) ([]models.Wake, error) {
	ledger, err := s.lockLedger(tx, known)
	if err != nil {
		return nil, err
	}
	if err := s.lockHashes(tx, suppressible(events, known, ledger)); err != nil {
		return nil, err
	}
	unheard, err := s.storeEvents(tx, events, known, ledger)
	if err != nil {
		return nil, err
	}
	contacts := touched{}
	for _, event := range unheard {
		id := known.find(event)
		f := ledger[known[id].ContactID]
		finished := f.Contact.Finished()
		told, err := s.applyEvent(tx, f, f.outreach(id), event)
		if err != nil {
			return nil, err
		}
		contacts.note(f, finished, told)
	}
	return contacts.save(tx)
}

// suppressible lists the hashes of the addresses that the events may suppress. Their locks are taken together, so that they
// are taken in order.
func suppressible(events []models.ProviderEvent, known outreachIndex, ledger map[string]*facts) []string {
	hashes := []string{}
	for i := range events {
		id := known.find(&events[i])
		if id == "" || !maySuppress(&events[i]) {
			continue
		}
		f := ledger[known[id].ContactID]
		for _, address := range addressesOf(f.Contact) {
			hashes = append(hashes, models.AddressHash(address))
		}
		switch o := f.outreach(id); {
		case o.Address != nil:
			hashes = append(hashes, addressHash(*o.Address))
		case o.AddressHash != nil:
			hashes = append(hashes, *o.AddressHash)
		}
	}
	return hashes
}

// maySuppress says whether the event may lead to a suppression: by its type, or by what its code means.
func maySuppress(event *models.ProviderEvent) bool {
	_, suppresses := event.Meaning.Suppresses()
	return suppresses || event.Suppress != "" || slices.Contains([]models.EventType{
		models.EventBounced, models.EventComplained, models.EventUnsubscribed,
	}, event.Type)
}

// outreachIndex maps outreach ids to their rows.
type outreachIndex map[string]models.Outreach

// find says which outreach an event is about; "" where it is none of ours.
func (x outreachIndex) find(event *models.ProviderEvent) string {
	if _, ok := x[event.OutreachID]; ok {
		return event.OutreachID
	}
	if event.OutreachID != "" || event.ProviderID == "" {
		return ""
	}
	for id := range x {
		if p := x[id].ProviderID; p != nil && *p == event.ProviderID {
			return id
		}
	}
	return ""
}

// outreachesOf reads the outreaches that the events name: by the id that travelled with them, else by the provider's.
func outreachesOf(tx *gorm.DB, events []models.ProviderEvent) (outreachIndex, error) {
	ids, providerIDs := []string{}, []string{}
	for i := range events {
		switch {
		case checkID("outreach", events[i].OutreachID) == nil: // another system's may be any text
			ids = append(ids, events[i].OutreachID)
		case events[i].OutreachID == "" && events[i].ProviderID != "":
			providerIDs = append(providerIDs, events[i].ProviderID)
		}
	}
	rows := []models.Outreach{}
	columns := tx.Select("id", "campaign_id", "contact_id", "provider_id")
	if err := columns.Where("id IN ?", ids).Or("provider_id IN ?", providerIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find outreaches of events: %w", err)
	}
	index := outreachIndex{}
	for _, row := range rows {
		index[row.ID] = row
	}
	return index, nil
}

// lockCampaigns locks campaigns, shared, in the order of their ids, and reads them.
func (s *Store) lockCampaigns(tx *gorm.DB, campaignIDs []string) (map[string]*models.Campaign, error) {
	campaigns := map[string]*models.Campaign{}
	slices.Sort(campaignIDs)
	for _, id := range slices.Compact(campaignIDs) {
		if err := s.lockCampaign(tx, id, shared); err != nil {
			return nil, err
		}
		c, err := campaignIn(tx, id)
		if err != nil {
			return nil, err
		}
		campaigns[id] = c
	}
	return campaigns, nil
}

// lockLedger locks campaigns, contacts and outreaches, each in ascending order, and returns the facts of each contact.
func (s *Store) lockLedger(tx *gorm.DB, known outreachIndex) (map[string]*facts, error) {
	campaignIDs, contactIDs := []string{}, []string{}
	for id := range known {
		campaignIDs = append(campaignIDs, known[id].CampaignID)
		contactIDs = append(contactIDs, known[id].ContactID)
	}
	campaigns, err := s.lockCampaigns(tx, campaignIDs)
	if err != nil {
		return nil, err
	}
	contacts := []models.Contact{}
	if err := forUpdate(tx).Where("id IN ?", contactIDs).Order("id").Find(&contacts).Error; err != nil {
		return nil, fmt.Errorf("lock contacts of events: %w", err)
	}
	outreaches := []models.Outreach{}
	if err := forUpdate(tx).Where("contact_id IN ?", contactIDs).Order("id").Find(&outreaches).Error; err != nil {
		return nil, fmt.Errorf("lock outreaches of events: %w", err)
	}
	ledger := map[string]*facts{}
	for i := range contacts {
		ledger[contacts[i].ID] = &facts{Facts: models.Facts{
			Now: s.now(), Contact: &contacts[i], Campaign: campaigns[contacts[i].CampaignID],
		}}
	}
	for i := range outreaches {
		f := ledger[outreaches[i].ContactID]
		f.outreaches = append(f.outreaches, outreaches[i])
	}
	for _, f := range ledger {
		f.sort()
	}
	return ledger, nil
}

// storeEvents stores what is not known yet of the events, and returns it in their order: what comes again has had its effect.
// The locks of the outreaches are held, so nobody else stores any of theirs meanwhile.
func (s *Store) storeEvents(
	tx *gorm.DB, events []models.ProviderEvent, known outreachIndex, ledger map[string]*facts,
) ([]*models.ProviderEvent, error) {
	heard, err := eventsHeard(tx, events, known)
	if err != nil {
		return nil, err
	}
	rows, unheard := []models.Event{}, []*models.ProviderEvent{}
	for i := range events {
		e := &events[i]
		key := eventKey{OutreachID: known.find(e), DedupeKey: e.DedupeKey}
		if key.OutreachID == "" || heard[key] {
			continue
		}
		heard[key] = true
		row := models.Event{
			ID: newID(), OutreachID: key.OutreachID, Type: e.Type, At: e.At, DedupeKey: e.DedupeKey, CreatedAt: s.now(),
		}
		if e.Code != "" {
			row.Code = &e.Code
		}
		if e.Detail != "" {
			row.Detail = &e.Detail
		}
		if ledger[known[key.OutreachID].ContactID].Contact.ErasedAt != nil {
			row.Code, row.Detail = codeAlone(row.Code), nil
		}
		rows, unheard = append(rows, row), append(unheard, e)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if err := tx.Create(&rows).Error; err != nil {
		return nil, fmt.Errorf("store events: %w", err)
	}
	return unheard, nil
}

// eventKey tells one event of an outreach from another.
type eventKey struct{ OutreachID, DedupeKey string }

// eventsHeard says which of the events are stored already.
func eventsHeard(tx *gorm.DB, events []models.ProviderEvent, known outreachIndex) (map[eventKey]bool, error) {
	keys := []string{}
	for i := range events {
		keys = append(keys, events[i].DedupeKey)
	}
	rows := []eventKey{}
	err := tx.Model(&models.Event{}).Select("outreach_id", "dedupe_key").
		Where("outreach_id IN ? AND dedupe_key IN ?", slices.Collect(maps.Keys(known)), keys).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	heard := map[eventKey]bool{}
	for _, row := range rows {
		heard[row] = true
	}
	return heard, nil
}
