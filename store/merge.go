package store

import (
	"maps"
	"slices"
	"time"

	"beckon/models"
)

// merge is one call that gives contacts: it matches each input with the campaign's contacts, those of earlier inputs
// included, and changes them in memory. Two contacts are never merged into one.
type merge struct {
	campaign *models.Campaign
	action   models.AddAction
	source   models.SourceKind
	importID *string // history entry of what is created
	now      time.Time

	byPhone  map[string]*merged
	byEmail  map[string]*merged
	contacts []*merged // in the order in which they were met
	former   []models.FormerAddress
}

// merged is a contact of the campaign as the call leaves it.
type merged struct {
	models.Contact

	created bool // by this call: not stored yet
	changed bool
	added   bool // created, or come back
	ended   bool // what was planned for it is to be cancelled
	told    bool // its workflow is to look at the row
	// The addresses that the stored row has.
	storedEmail *string
	storedPhone *string
}

// know makes a stored contact known to the call.
func (m *merge) know(c models.Contact) {
	known := &merged{Contact: c, storedEmail: c.Email, storedPhone: c.Phone}
	if known.Properties == nil {
		known.Properties = map[string]any{}
	}
	m.index(known)
	m.contacts = append(m.contacts, known)
}

func (m *merge) index(c *merged) {
	if c.Phone != nil {
		m.byPhone[*c.Phone] = c
	}
	if c.Email != nil {
		m.byEmail[*c.Email] = c
	}
}

// match finds the contact that the input is: by phone, else by e-mail. The flag says that the e-mail is another's.
func (m *merge) match(input *models.ContactInput) (c *merged, by models.MatchedBy, emailOfOther bool) {
	var owner *merged
	if input.Email != nil {
		owner = m.byEmail[*input.Email]
	}
	if input.Phone != nil {
		c = m.byPhone[*input.Phone]
	}
	switch {
	case c != nil:
		return c, models.MatchedByPhone, owner != nil && owner != c
	case owner != nil:
		return owner, models.MatchedByEmail, false
	default:
		return nil, models.MatchedByNothing, false
	}
}

// apply does with the input what the call asks for.
func (m *merge) apply(input *models.ContactInput) models.Added {
	c, by, emailOfOther := m.match(input)
	result := models.Added{Line: input.Line, Action: models.AddedIgnored, MatchedBy: by}
	if c != nil {
		result.ContactID = c.ID
	}
	switch {
	case m.action == models.ActionRemove:
		if c != nil && c.RemovedAt == nil {
			result.Action = models.AddedRemoved
			m.remove(c)
		}
		return result
	case c == nil && m.action == models.ActionUpdateOnly:
		return result
	case c == nil:
		c = m.create()
		result.ContactID, result.Action = c.ID, models.AddedCreated
	case c.RemovedAt != nil && m.action == models.ActionUpdateOnly:
		return result
	case c.RemovedAt != nil:
		m.comeBack(c)
		result.Action = models.AddedCreated
	case c.Finished():
		return result
	default:
		result.Action = models.AddedUpdated
	}
	result.EmailOfOther = emailOfOther
	m.fill(c, input, emailOfOther)
	if input.Status != nil && input.Status.Finished() && !c.Finished() {
		m.end(c, *input.Status)
	}
	return result
}

func (m *merge) create() *merged {
	c := &merged{created: true, added: true, Contact: models.Contact{
		ID: newID(), CampaignID: m.campaign.ID, Properties: map[string]any{}, BlockedChannels: []models.Channel{},
		SourceKind: m.source, ImportID: m.importID,
		Status: models.ContactNotStarted, Revision: 1, SeenRevision: 1, RevisedAt: m.now, ReconcileAfter: m.now,
		AddedAt: m.now, CreatedAt: m.now, UpdatedAt: m.now,
	}}
	m.contacts = append(m.contacts, c)
	return c
}

// comeBack gives a removed contact a new life, with the attempts that it has had. One that was completed or disqualified
// before it was removed comes back as that: such contacts are not added again.
func (m *merge) comeBack(c *merged) {
	if c.Finished() {
		c.RemovedAt, c.changed = nil, true
		return
	}
	c.Status, c.StatusReason, c.FinishedAt, c.RemovedAt = models.ContactNotStarted, nil, nil, nil
	c.TakenBatch, c.TakenAt, c.RunID, c.PlannerFailures = nil, nil, nil, 0
	c.SourceKind, c.ImportID, c.AddedAt = m.source, m.importID, m.now
	waitsForNothing(&c.Contact)
	c.added = true
	m.revise(c)
}

func (m *merge) remove(c *merged) {
	_, told := hide(&c.Contact, m.now)
	c.told = c.told || told
	c.changed, c.ended = true, true
}

// end ends an unfinished contact, as its source asks.
func (m *merge) end(c *merged, status models.ContactStatus) {
	reason := models.ReasonByAPI
	c.Status, c.StatusReason, c.FinishedAt = status, &reason, &m.now
	waitsForNothing(&c.Contact)
	c.ended = true
	m.revise(c)
}

func (m *merge) revise(c *merged) {
	c.changed = true
	if c.created {
		return // nobody has seen it yet
	}
	_, told := revise(&c.Contact, m.now)
	c.told = c.told || told
}

// fill writes what the input gives; what it does not give keeps its value. An e-mail that is another's is left out.
func (m *merge) fill(c *merged, input *models.ContactInput, emailOfOther bool) {
	before := c.Contact
	give(&c.FirstName, input.FirstName)
	give(&c.LastName, input.LastName)
	givePointer(&c.Phone, input.Phone)
	if !emailOfOther {
		givePointer(&c.Email, input.Email)
	}
	givePointer(&c.Timezone, input.Timezone)
	givePointer(&c.ExternalIDKey, input.ExternalIDKey)
	givePointer(&c.ExternalIDValue, input.ExternalIDValue)
	maps.Copy(c.Properties, input.Properties)
	c.changed = true
	if !c.block(input.Blocked) && !moved(&before, &c.Contact) {
		return
	}
	m.former = append(m.former, lost(&before, &c.Contact)...)
	if before.Phone != nil && !same(before.Phone, c.Phone) {
		delete(m.byPhone, *before.Phone)
	}
	if before.Email != nil && !same(before.Email, c.Email) {
		delete(m.byEmail, *before.Email)
	}
	m.index(c)
	m.revise(c)
}

// block blocks channels from now on; a source that does not name one takes no block away. It reports whether one is new.
func (c *merged) block(channels []models.Channel) bool {
	was := len(c.BlockedChannels)
	for _, channel := range channels {
		if !c.Blocks(channel) {
			c.BlockedChannels = append(slices.Clip(c.BlockedChannels), channel)
		}
	}
	return len(c.BlockedChannels) > was
}

func give(field, given *string) {
	if given != nil {
		*field = *given
	}
}

func givePointer(field **string, given *string) {
	if given != nil {
		value := *given
		*field = &value
	}
}

// wakes names the workflows that are to look at their rows.
func (m *merge) wakes() []models.Wake {
	wakes := []models.Wake{}
	for _, c := range m.contacts {
		if c.told {
			wakes = append(wakes, models.Wake{CampaignID: c.CampaignID, ContactID: c.ID, Revision: c.Revision})
		}
	}
	return wakes
}

// waiting says whether the call has added somebody whom the campaign is to take in.
func (m *merge) waiting() bool {
	for _, c := range m.contacts {
		if c.added && !c.Finished() {
			return true
		}
	}
	return false
}

// tally counts what became of the inputs.
type tally struct {
	created, updated, byPhone, byEmail, removed, ignored int
}

func tallyOf(results []models.Added) tally {
	t := tally{}
	for _, result := range results {
		switch result.Action {
		case models.AddedCreated:
			t.created++
		case models.AddedUpdated:
			t.updated++
			if result.MatchedBy == models.MatchedByPhone {
				t.byPhone++
			} else {
				t.byEmail++
			}
		case models.AddedIgnored:
			t.ignored++
		case models.AddedRemoved:
			t.removed++
		}
	}
	return t
}

// counts are the tally by its names, without what there is none of.
func (t tally) counts() map[string]int {
	counts := map[string]int{"created": t.created, "updated": t.updated, "removed": t.removed, "ignored": t.ignored}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

// addTo adds the counts to a history entry, whose rows stay the sum of created, updated and skipped.
func (t tally) addTo(entry *models.Import) {
	entry.Created += t.created
	entry.Updated += t.updated
	entry.UpdatedByPhone += t.byPhone
	entry.UpdatedByEmail += t.byEmail
	entry.Skipped += t.ignored
}
