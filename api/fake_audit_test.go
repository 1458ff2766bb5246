package api_test

import (
	"context"

	"beckon/models"
)

// fakeAudit keeps records, the newest first, and what was erased.
type fakeAudit struct {
	records     []models.AuditRecord
	uncounted   int                  // records on other pages
	recorded    []models.AuditRecord // by RecordAudit
	auditFilter models.AuditFilter
	erased      map[string]models.EraseOptions // by contact
	scrubbed    int
	export      models.ContactExport
	others      []models.ContactKey // that an erasure names
	recordsEnd  error               // after the records
}

func (f *fakeStore) AuditRecords(_ context.Context, filter models.AuditFilter) ([]models.AuditRecord, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	f.auditFilter = filter
	return f.records, len(f.records) + f.uncounted, nil
}

func (f *fakeStore) EachAuditRecord(
	_ context.Context, filter models.AuditFilter, fn func([]models.AuditRecord) error,
) error {
	unlock, err := f.begin()
	records := f.records
	f.auditFilter = filter
	unlock()
	if err != nil {
		return err
	}
	if err := fn(records); err != nil {
		return err
	}
	return f.recordsEnd
}

func (f *fakeStore) RecordAudit(_ context.Context, record models.AuditRecord) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	f.recorded = append(f.recorded, record)
	return nil
}

func (f *fakeStore) ExportContact(_ context.Context, campaignID, contactID string) (*models.ContactExport, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return nil, err
	}
	export := f.export
	export.Contact = *c
	return &export, nil
}

func (f *fakeStore) EraseContact(
	_ context.Context, campaignID, contactID string, options models.EraseOptions,
) (models.Erasure, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Erasure{}, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return models.Erasure{}, err
	}
	if f.erased == nil {
		f.erased = map[string]models.EraseOptions{}
	}
	f.erased[contactID] = options
	c.Revision++
	f.writes++
	return models.Erasure{
		ErasedAt: f.now(), Changed: true, InFlight: 1, Others: f.others, Wakes: []models.Wake{
			{CampaignID: campaignID, ContactID: contactID, Revision: c.Revision},
		},
	}, nil
}

func (f *fakeStore) Scrub(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scrubbed++
	return nil
}
