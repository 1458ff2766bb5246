package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"beckon/models"
)

// fakeStore keeps what the API stores in memory, by the same rules as far as handlers can tell the difference.
type fakeStore struct {
	fakeOutreaches
	fakeReturns
	fakeUsers
	fakeAudit

	mu           sync.Mutex
	now          func() time.Time
	campaigns    map[string]*models.Campaign
	contacts     []*models.Contact
	imports      []models.Import
	importErrors map[string][]models.ImportError
	keys         []models.APIKey
	events       []models.ProviderEvent
	details      map[string]models.ContactDetail // what is read beside a contact
	emailImports map[string]*models.EmailImport
	progress     models.Progress
	wakes        []models.Wake // what RecordEvents answers
	addWakes     []models.Wake // what AddContacts and ImportContacts answer
	release      *models.ControlResult

	writes         int // changes, successful ones
	campaignFilter models.CampaignFilter
	contactFilter  models.ContactFilter
	importPage     models.Page
	control        models.ControlOptions
	controlledBy   string
	addedBy        string
	keyPage        models.Page
	created        string                  // the campaign of a call that CreateCampaign repeats
	called         []models.IdempotencyKey // of the changing calls that were given one
	fails          error                   // what every method returns instead
	panics         any                     // what Campaign panics with
	slow           chan struct{}           // closed to let Ping answer
}

func newFakeStore(now func() time.Time) *fakeStore {
	return &fakeStore{
		now: now, campaigns: map[string]*models.Campaign{}, importErrors: map[string][]models.ImportError{},
		details: map[string]models.ContactDetail{}, emailImports: map[string]*models.EmailImport{},
	}
}

// onceKey is the key under which a context carries the name of a call.
type onceKey struct{}

// withKeyOf names a call, as the store's WithIdempotencyKey does.
func withKeyOf(ctx context.Context, key models.IdempotencyKey) context.Context {
	return context.WithValue(ctx, onceKey{}, key)
}

// once notes the name of a changing call; that it is done once is the real store's part.
func (f *fakeStore) once(ctx context.Context) {
	if key, ok := ctx.Value(onceKey{}).(models.IdempotencyKey); ok {
		f.called = append(f.called, key)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// begin locks, and returns the error that every method is to return.
func (f *fakeStore) begin() (func(), error) {
	f.mu.Lock()
	return f.mu.Unlock, f.fails
}

func (f *fakeStore) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes
}

func (f *fakeStore) campaign(id string) (*models.Campaign, error) {
	if c, ok := f.campaigns[id]; ok {
		return c, nil
	}
	return nil, models.Errorf(models.CodeNotFound, "there is no campaign %s", id)
}

func (f *fakeStore) row(c *models.Campaign) *models.CampaignRow {
	count := 0
	for _, contact := range f.contacts {
		if contact.CampaignID == c.ID && contact.RemovedAt == nil {
			count++
		}
	}
	return &models.CampaignRow{Campaign: *c, ContactCount: count}
}

func (f *fakeStore) CreateCampaign(ctx context.Context, c *models.Campaign) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	f.once(ctx)
	if f.created != "" {
		c.ID = f.created
		return nil
	}
	c.ID, c.Status, c.CreatedAt, c.UpdatedAt = newID(), models.CampaignDraft, f.now(), f.now()
	copied := *c
	f.campaigns[c.ID] = &copied
	f.writes++
	return nil
}

func (f *fakeStore) Campaign(_ context.Context, id string) (*models.CampaignRow, error) {
	unlock, err := f.begin()
	defer unlock()
	if f.panics != nil {
		panic(f.panics)
	}
	if err != nil {
		return nil, err
	}
	c, err := f.campaign(id)
	if err != nil {
		return nil, err
	}
	return f.row(c), nil
}

func (f *fakeStore) Settings(ctx context.Context, id string) (*models.Campaign, error) {
	row, err := f.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	return &row.Campaign, nil
}

func (f *fakeStore) Campaigns(_ context.Context, filter models.CampaignFilter) ([]models.CampaignRow, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	f.campaignFilter = filter
	rows := []models.CampaignRow{}
	for _, c := range f.campaigns {
		rows = append(rows, *f.row(c))
	}
	return rows, len(rows), nil
}

func (f *fakeStore) UpdateCampaign(
	_ context.Context, id string, change func(*models.Campaign) error,
) (*models.CampaignRow, models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, models.Wake{}, err
	}
	c, err := f.campaign(id)
	if err != nil {
		return nil, models.Wake{}, err
	}
	if c.Status == models.CampaignArchived {
		return nil, models.Wake{}, models.Errorf(models.CodeCampaignArchived, "archived")
	}
	changed := *c
	if err := change(&changed); err != nil {
		return nil, models.Wake{}, err
	}
	changed.Revision++
	*c = changed
	f.writes++
	return f.row(c), models.Wake{CampaignID: id, Revision: c.Revision}, nil
}

func (f *fakeStore) Control(
	ctx context.Context, id string, control models.Control, options models.ControlOptions,
) (models.ControlResult, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.ControlResult{}, err
	}
	f.once(ctx)
	c, err := f.campaign(id)
	if err != nil {
		return models.ControlResult{}, err
	}
	to, changed, err := control.Target(c.Status, c.ExecutionMode, c.ManualReview)
	if err != nil {
		return models.ControlResult{}, err
	}
	if control == models.ControlGoLive && changed {
		if problems := models.GoLiveProblems(c, options.ConsentAttestedBy != nil); len(problems) > 0 {
			return models.ControlResult{}, &models.Error{
				Code: models.CodeGoLiveRefused, Detail: "the campaign cannot go live yet", Fields: problems,
			}
		}
	}
	f.control, f.controlledBy = options, models.ActorOf(ctx).Name
	if changed {
		c.Status = to
		c.Revision++
		f.writes++
	}
	result := models.ControlResult{CampaignID: id, Status: to, Changed: changed, Revision: c.Revision, InFlight: 3}
	if f.release != nil && (control == models.ControlStartOutreaches || control == models.ControlExecuteApproved) {
		result.ReleaseID, result.Now, result.Waiting = f.release.ReleaseID, f.release.Now, f.release.Waiting
	}
	return result, nil
}

func (f *fakeStore) Progress(_ context.Context, campaignID string) (models.Progress, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Progress{}, err
	}
	c, err := f.campaign(campaignID)
	if err != nil {
		return models.Progress{}, err
	}
	progress := f.progress
	progress.CampaignID, progress.Status, progress.AsOf = c.ID, c.Status, f.now()
	return progress, nil
}

// addresses finds a campaign's contacts by their addresses.
func (f *fakeStore) addresses(campaignID string) map[string]*models.Contact {
	index := map[string]*models.Contact{}
	for _, c := range f.contacts {
		if c.CampaignID == campaignID {
			enter(index, c)
		}
	}
	return index
}

func enter(index map[string]*models.Contact, c *models.Contact) {
	for _, address := range []*string{c.Phone, c.Email} {
		if address != nil {
			index[*address] = c
		}
	}
}

// find returns the contact that an input is about.
func find(index map[string]*models.Contact, input *models.ContactInput) (*models.Contact, models.MatchedBy) {
	if input.Phone != nil && index[*input.Phone] != nil {
		return index[*input.Phone], models.MatchedByPhone
	}
	if input.Email != nil && index[*input.Email] != nil {
		return index[*input.Email], models.MatchedByEmail
	}
	return nil, models.MatchedByNothing
}

// add is what both ways of adding contacts share.
func (f *fakeStore) add(
	campaignID string, action models.AddAction, source models.SourceKind, inputs []models.ContactInput,
) (models.AddResult, error) {
	c, err := f.campaign(campaignID)
	if err != nil {
		return models.AddResult{}, err
	}
	if c.Status == models.CampaignArchived {
		return models.AddResult{}, models.Errorf(models.CodeCampaignArchived, "archived")
	}
	c.Revision++
	result := models.AddResult{Signal: true, Revision: c.Revision, Wake: f.addWakes}
	index := f.addresses(campaignID)
	for i := range inputs {
		result.Results = append(result.Results, f.addOne(index, campaignID, action, source, &inputs[i]))
	}
	f.writes++
	return result, nil
}

func (f *fakeStore) addOne(
	index map[string]*models.Contact, campaignID string, action models.AddAction, source models.SourceKind, input *models.ContactInput,
) models.Added {
	found, by := find(index, input)
	added := models.Added{Line: input.Line, MatchedBy: by, Action: models.AddedIgnored}
	switch {
	case found == nil && action == models.ActionUpsert:
		contact := &models.Contact{
			ID: newID(), CampaignID: campaignID, Email: input.Email, Phone: input.Phone, Timezone: input.Timezone,
			Properties: input.Properties, ExternalIDKey: input.ExternalIDKey, ExternalIDValue: input.ExternalIDValue,
			SourceKind: source, Status: models.ContactNotStarted, CreatedAt: f.now(),
		}
		if input.FirstName != nil {
			contact.FirstName = *input.FirstName
		}
		if input.LastName != nil {
			contact.LastName = *input.LastName
		}
		f.contacts = append(f.contacts, contact)
		enter(index, contact)
		added.Action, added.ContactID = models.AddedCreated, contact.ID
	case found == nil || found.Finished():
	case action == models.ActionRemove:
		removed := f.now()
		found.RemovedAt = &removed
		added.Action, added.ContactID = models.AddedRemoved, found.ID
	default:
		added.Action, added.ContactID = models.AddedUpdated, found.ID
		added.EmailOfOther = by == models.MatchedByPhone && input.Email != nil && found.Email != nil &&
			*input.Email != *found.Email
	}
	return added
}

func (f *fakeStore) AddContacts(
	ctx context.Context, campaignID string, action models.AddAction, source models.SourceKind,
	inputs []models.ContactInput,
) (models.AddResult, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.AddResult{}, err
	}
	f.once(ctx)
	f.addedBy = models.ActorOf(ctx).Name
	return f.add(campaignID, action, source, inputs)
}

// readAll counts the rows of a file, and returns what it holds.
func readAll(entry *models.Import, rows models.ImportRows) ([]models.ContactInput, []models.ImportError, error) {
	inputs, faults := []models.ContactInput{}, []models.ImportError{}
	entry.Status = models.ImportCompleted
	if err := rows.Rewind(); err != nil {
		return nil, nil, err
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return inputs, faults, nil
		}
		if err != nil {
			return nil, nil, err
		}
		faults = append(faults, row.Errors...)
		switch {
		case row.NoRow:
			continue
		case row.Input == nil:
			entry.Skipped++
		default:
			inputs = append(inputs, *row.Input)
		}
		entry.Rows++
	}
}

func (f *fakeStore) ImportContacts(
	ctx context.Context, entry *models.Import, rows models.ImportRows,
) (models.AddResult, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.AddResult{}, err
	}
	f.once(ctx)
	inputs, faults, err := readAll(entry, rows)
	if err != nil {
		return models.AddResult{}, err
	}
	result, err := f.add(entry.CampaignID, models.ActionUpsert, entry.Source, inputs)
	if err != nil {
		return result, err
	}
	entry.ID, entry.CreatedAt = newID(), f.now()
	for _, added := range result.Results {
		switch added.Action {
		case models.AddedCreated:
			entry.Created++
		case models.AddedUpdated:
			entry.Updated++
			if added.MatchedBy == models.MatchedByPhone {
				entry.UpdatedByPhone++
			} else {
				entry.UpdatedByEmail++
			}
		case models.AddedIgnored, models.AddedRemoved:
			entry.Skipped++
		}
	}
	f.imports = append(f.imports, *entry)
	f.importErrors[entry.ID] = faults
	return result, nil
}

func (f *fakeStore) RefuseImport(_ context.Context, entry *models.Import) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	entry.ID, entry.CreatedAt = newID(), f.now()
	f.imports = append(f.imports, *entry)
	return nil
}

func (f *fakeStore) Imports(_ context.Context, campaignID string, page models.Page) ([]models.Import, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	if _, err := f.campaign(campaignID); err != nil {
		return nil, 0, err
	}
	f.importPage = page
	return slices.Clone(f.imports), len(f.imports), nil
}

func (f *fakeStore) Import(_ context.Context, campaignID, importID string) (*models.Import, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	for i := range f.imports {
		if f.imports[i].ID == importID && f.imports[i].CampaignID == campaignID {
			entry := f.imports[i]
			return &entry, nil
		}
	}
	return nil, models.Errorf(models.CodeNotFound, "there is no import %s", importID)
}

func (f *fakeStore) EmailImport(_ context.Context, campaignID string) (*models.EmailImport, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	if _, err := f.campaign(campaignID); err != nil {
		return nil, err
	}
	return f.emailImports[campaignID], nil
}

func (f *fakeStore) UpdateEmailImport(
	_ context.Context, campaignID string, change func(*models.EmailImport) error,
) (*models.EmailImport, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	if _, err := f.campaign(campaignID); err != nil {
		return nil, err
	}
	row := models.EmailImport{CampaignID: campaignID}
	if known := f.emailImports[campaignID]; known != nil {
		row = *known
	}
	if err := change(&row); err != nil {
		return nil, err
	}
	if row.Token == "" {
		f.writes++
		row.Token = fmt.Sprint("token", f.writes)
	}
	f.emailImports[campaignID] = &row
	return &row, nil
}

func (f *fakeStore) ImportErrors(_ context.Context, importID string, limit int) ([]models.ImportError, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	faults := f.importErrors[importID]
	if limit > 0 {
		faults = faults[:min(limit, len(faults))]
	}
	return faults, nil
}

func (f *fakeStore) Contacts(_ context.Context, filter models.ContactFilter) ([]models.ContactRow, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	c, err := f.campaign(filter.CampaignID)
	if err != nil {
		return nil, 0, err
	}
	f.contactFilter = filter
	rows := []models.ContactRow{}
	for _, contact := range f.contacts {
		if contact.CampaignID == c.ID && contact.RemovedAt == nil {
			rows = append(rows, models.ContactRow{
				Contact: *contact, CampaignStatus: c.Status, MaxAttempts: c.MaxAttempts,
				NextOutreach: f.details[contact.ID].NextOutreach,
			})
		}
	}
	return rows, len(rows), nil
}

func (f *fakeStore) contact(campaignID, contactID string) (*models.Contact, error) {
	if _, err := f.campaign(campaignID); err != nil {
		return nil, err
	}
	for _, c := range f.contacts {
		if c.ID == contactID && c.CampaignID == campaignID && c.RemovedAt == nil {
			return c, nil
		}
	}
	return nil, models.Errorf(models.CodeNotFound, "there is no contact %s", contactID)
}

func (f *fakeStore) Contact(_ context.Context, campaignID, contactID string) (*models.ContactDetail, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return nil, err
	}
	campaign := f.campaigns[campaignID]
	detail := f.details[contactID]
	detail.Contact, detail.CampaignStatus, detail.MaxAttempts = *c, campaign.Status, campaign.MaxAttempts
	detail.CampaignTimezone = campaign.Timezone
	return &detail, nil
}

func (f *fakeStore) UpdateContact(
	_ context.Context, campaignID, contactID string, change func(*models.Contact) error,
) (models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Wake{}, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return models.Wake{}, err
	}
	changed := *c
	if err := change(&changed); err != nil {
		return models.Wake{}, err
	}
	for _, other := range f.contacts {
		if other != c && changed.Email != nil && other.Email != nil && *other.Email == *changed.Email {
			return models.Wake{}, models.Errorf(models.CodeDuplicate, "the address belongs to another contact")
		}
	}
	changed.Revision++
	*c = changed
	f.writes++
	return models.Wake{CampaignID: campaignID, ContactID: contactID, Revision: c.Revision}, nil
}

func (f *fakeStore) RemoveContact(_ context.Context, campaignID, contactID string) (models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Wake{}, err
	}
	c, err := f.contact(campaignID, contactID)
	if err != nil {
		return models.Wake{}, err
	}
	removed := f.now()
	c.RemovedAt = &removed
	f.writes++
	return models.Wake{CampaignID: campaignID, ContactID: contactID, Revision: 1}, nil
}

func (f *fakeStore) RecordEvents(_ context.Context, events []models.ProviderEvent) ([]models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	if f.eventsFail != nil {
		return nil, f.eventsFail
	}
	f.events = append(f.events, events...)
	f.writes++
	return f.wakes, nil
}

func (f *fakeStore) CreateAPIKey(_ context.Context, key *models.APIKey) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	key.ID, key.CreatedAt = newID(), f.now()
	f.keys = append(f.keys, *key)
	return nil
}

func (f *fakeStore) APIKeys(_ context.Context, page models.Page) ([]models.APIKey, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	f.keyPage = page
	return slices.Clone(f.keys), len(f.keys), nil
}

func (f *fakeStore) RevokeAPIKey(_ context.Context, id string) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	for i := range f.keys {
		if f.keys[i].ID == id {
			revoked := f.now()
			f.keys[i].RevokedAt = &revoked
			f.writes++
			return nil
		}
	}
	return models.Errorf(models.CodeNotFound, "there is no such key")
}

func (f *fakeStore) APIKeyByHash(_ context.Context, hash []byte) (*models.APIKey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.keys {
		if bytes.Equal(f.keys[i].KeyHash, hash) {
			key := f.keys[i]
			return &key, nil
		}
	}
	return nil, models.Errorf(models.CodeNotFound, "there is no such key")
}

func (f *fakeStore) Ping(ctx context.Context) error {
	if f.slow != nil {
		select {
		case <-f.slow:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	unlock, err := f.begin()
	defer unlock()
	return err
}

// names lists the names of the stored contacts.
func (f *fakeStore) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := []string{}
	for _, c := range f.contacts {
		if c.RemovedAt == nil {
			names = append(names, strings.TrimSpace(c.FirstName+" "+c.LastName))
		}
	}
	slices.Sort(names)
	return names
}
