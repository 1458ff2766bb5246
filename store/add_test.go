package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func addCases() []testCase {
	return []testCase{
		{"AddCreates", testAddCreates},
		{"AddMatches", testAddMatches},
		{"AddMatchesWithinCall", testAddMatchesWithinCall},
		{"AddMovesAddresses", testAddMovesAddresses},
		{"AddFinished", testAddFinished},
		{"AddStatus", testAddStatus},
		{"AddUpdateOnly", testAddUpdateOnly},
		{"AddRemove", testAddRemove},
		{"AddComesBack", testAddComesBack},
		{"AddWakes", testAddWakes},
		{"AddSignals", testAddSignals},
		{"AddArchived", testAddArchived},
		{"AddSumsADay", testAddSumsADay},
		{"AddMany", testAddMany},
	}
}

func testAddCreates(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	full := models.ContactInput{
		Line: 7, FirstName: new("Ada"), LastName: new("Lovelace"), Email: new("ada@people.example"), Phone: new("+12025550101"),
		Timezone: new("Europe/London"), ExternalIDKey: new("hubspot"), ExternalIDValue: new("42"),
		Properties: map[string]any{"plan": "gold", "visits": float64(3), "tags": []any{"a", "b"}, "none": nil},
	}
	result := b.add(t, c.ID, full, models.ContactInput{Line: 8, Email: new("only@people.example")})
	require.Equal(t, c.Revision, result.Revision)
	require.Empty(t, result.Wake)
	require.Equal(t, []int{7, 8}, []int{result.Results[0].Line, result.Results[1].Line})

	row := b.contact(t, result.Results[0].ContactID)
	require.Equal(t, []string{"Ada", "Lovelace", "ada@people.example", "+12025550101", "Europe/London", "hubspot", "42"},
		[]string{row.FirstName, row.LastName, *row.Email, *row.Phone, *row.Timezone, *row.ExternalIDKey, *row.ExternalIDValue})
	require.Equal(t, full.Properties, row.Properties)
	require.Equal(t, models.ContactNotStarted, row.Status)
	require.Equal(t, models.SourceAPI, row.SourceKind)
	require.Equal(t, row.Revision, row.SeenRevision, "no workflow has yet to see it")
	requireTime(t, row.CreatedAt, row.AddedAt)

	bare := b.contact(t, result.Results[1].ContactID)
	require.Empty(t, bare.FirstName)
	require.Nil(t, bare.Phone)
	require.Equal(t, map[string]any{}, bare.Properties)
	require.Less(t, row.ID, bare.ID, "ids are in the order of the inputs")

	empty, err := b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI, nil)
	require.NoError(t, err)
	require.NotNil(t, empty.Results)
	require.Empty(t, empty.Results)
}

func testAddMatches(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	other := b.draft(t)
	ids := []string{}
	for _, added := range b.add(t, c.ID,
		models.ContactInput{FirstName: new("A"), Phone: new("+12025550101"), Email: new("a@people.example"),
			Properties: map[string]any{"kept": "1", "changed": "1"}},
		models.ContactInput{FirstName: new("B"), Phone: new("+12025550102"), Email: new("b@people.example")},
	).Results {
		ids = append(ids, added.ContactID)
	}

	// By phone; what is not given is kept, properties merge key by key.
	result := b.add(t, c.ID, models.ContactInput{Phone: new("+12025550101"), LastName: new("New"),
		Properties: map[string]any{"changed": "2", "more": true}}).Results[0]
	require.Equal(t, models.Added{ContactID: ids[0], Action: models.AddedUpdated, MatchedBy: models.MatchedByPhone}, result)
	row := b.contact(t, ids[0])
	require.Equal(t, []string{"A", "New", "a@people.example"}, []string{row.FirstName, row.LastName, *row.Email})
	require.Equal(t, map[string]any{"kept": "1", "changed": "2", "more": true}, row.Properties)

	// By e-mail, where the phone is nobody's; given fields win.
	result = b.add(t, c.ID, models.ContactInput{Phone: new("+12025550199"), Email: new("b@people.example")}).Results[0]
	require.Equal(t, models.Added{ContactID: ids[1], Action: models.AddedUpdated, MatchedBy: models.MatchedByEmail}, result)
	require.Equal(t, "+12025550199", *b.contact(t, ids[1]).Phone)

	// Phone of one and e-mail of another: the first is updated and keeps its e-mail; nobody is merged.
	result = b.add(t, c.ID, models.ContactInput{Phone: new("+12025550101"), Email: new("b@people.example"), FirstName: new("Both")}).Results[0]
	require.Equal(t, models.Added{
		ContactID: ids[0], Action: models.AddedUpdated, MatchedBy: models.MatchedByPhone, EmailOfOther: true,
	}, result)
	require.Equal(t, "Both", b.contact(t, ids[0]).FirstName)
	require.Equal(t, "a@people.example", *b.contact(t, ids[0]).Email)
	require.Equal(t, "b@people.example", *b.contact(t, ids[1]).Email)
	require.Equal(t, "B", b.contact(t, ids[1]).FirstName)

	// The same address in another campaign is another contact.
	result = b.add(t, other.ID, models.ContactInput{Phone: new("+12025550101")}).Results[0]
	require.Equal(t, models.AddedCreated, result.Action)
	require.NotContains(t, ids, result.ContactID)
}

func testAddMatchesWithinCall(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	results := b.add(t, c.ID,
		models.ContactInput{Line: 1, Phone: new("+12025550101"), FirstName: new("One")},
		models.ContactInput{Line: 2, Phone: new("+12025550101"), Email: new("a@people.example"), FirstName: new("Two")},
		models.ContactInput{Line: 3, Email: new("a@people.example"), LastName: new("Three")},
		models.ContactInput{Line: 4, Email: new("b@people.example")},
		models.ContactInput{Line: 5, Phone: new("+12025550101"), Email: new("b@people.example")},
	).Results
	id := results[0].ContactID
	require.Equal(t, []models.Added{
		{Line: 1, ContactID: id, Action: models.AddedCreated},
		{Line: 2, ContactID: id, Action: models.AddedUpdated, MatchedBy: models.MatchedByPhone},
		{Line: 3, ContactID: id, Action: models.AddedUpdated, MatchedBy: models.MatchedByEmail},
		{Line: 4, ContactID: results[3].ContactID, Action: models.AddedCreated},
		{Line: 5, ContactID: id, Action: models.AddedUpdated, MatchedBy: models.MatchedByPhone, EmailOfOther: true},
	}, results)
	row := b.contact(t, id)
	require.Equal(t, []string{"Two", "Three", "a@people.example"}, []string{row.FirstName, row.LastName, *row.Email})
	var n int64
	require.NoError(t, b.db.Model(&models.Contact{}).Where("campaign_id = ?", c.ID).Count(&n).Error)
	require.EqualValues(t, 2, n)
}

// testAddMovesAddresses moves addresses between contacts in one call, in orders in which rows written one by one would
// meet the unique indexes.
func testAddMovesAddresses(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	results := b.add(t, c.ID,
		models.ContactInput{Phone: new("+12025550101"), Email: new("a@people.example")},
		models.ContactInput{Phone: new("+12025550102"), Email: new("b@people.example")},
	).Results
	first, second := results[0].ContactID, results[1].ContactID

	// The second gives its e-mail up, and the first, whose row is written before, takes it; a new one takes the first's.
	results = b.add(t, c.ID,
		models.ContactInput{Phone: new("+12025550102"), Email: new("c@people.example")},
		models.ContactInput{Phone: new("+12025550101"), Email: new("b@people.example")},
		models.ContactInput{Email: new("a@people.example")},
	).Results
	require.Equal(t, []models.AddedAction{models.AddedUpdated, models.AddedUpdated, models.AddedCreated},
		[]models.AddedAction{results[0].Action, results[1].Action, results[2].Action})
	require.Equal(t, "b@people.example", *b.contact(t, first).Email)
	require.Equal(t, "c@people.example", *b.contact(t, second).Email)
	require.Equal(t, "a@people.example", *b.contact(t, results[2].ContactID).Email)

	// The same with numbers: found by e-mail, the first changes its number, and a new one takes the old.
	results = b.add(t, c.ID,
		models.ContactInput{Email: new("b@people.example"), Phone: new("+12025550109")},
		models.ContactInput{Phone: new("+12025550101")},
	).Results
	require.Equal(t, first, results[0].ContactID)
	require.Equal(t, models.AddedCreated, results[1].Action)
	require.Equal(t, "+12025550109", *b.contact(t, first).Phone)
	require.Equal(t, "+12025550101", *b.contact(t, results[1].ContactID).Phone)
}

func testAddFinished(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	_, err := b.Accept(t.Context(), b.claimed(t, request), "message-1")
	require.NoError(t, err)
	before := b.contact(t, request.ContactID)
	require.True(t, before.Finished())
	b.take(t, c.ID)

	for _, action := range []models.AddAction{models.ActionUpsert, models.ActionUpdateOnly} {
		input := person(1)
		input.FirstName, input.Status = new("Other"), new(models.ContactDisqualified)
		result := b.act(t, c.ID, action, input)
		require.Equal(t, models.AddedIgnored, result.Results[0].Action)
		require.Equal(t, request.ContactID, result.Results[0].ContactID)
		require.False(t, result.Signal)
		require.Equal(t, before, b.contact(t, request.ContactID), "left alone")
	}
}

func testAddStatus(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	step := b.plan(t, c.ID, id)
	before := b.contact(t, id)

	done := person(1)
	done.Status = new(models.ContactDisqualified)
	result := b.add(t, c.ID, done)
	row := b.contact(t, id)
	require.Equal(t, models.AddedUpdated, result.Results[0].Action)
	require.Equal(t, models.ContactDisqualified, row.Status)
	require.Equal(t, models.ReasonByAPI, *row.StatusReason)
	require.NotNil(t, row.FinishedAt)
	require.Nil(t, row.WaitingReason)
	require.Empty(t, row.WaitingDetail)
	require.Greater(t, row.Revision, before.Revision)
	require.Equal(t, []models.Wake{{CampaignID: c.ID, ContactID: id, Revision: row.Revision}}, result.Wake)
	require.Equal(t, models.OutreachCancelled, b.outreach(t, step.OutreachID).State)

	// Other statuses have no effect; one that no workflow has taken in wakes nobody; one that ends at once is not taken in.
	odd, untaken, ended := person(2), person(3), person(4)
	odd.Status = new(models.ContactExecuting)
	require.Equal(t, models.ContactNotStarted, b.contact(t, b.add(t, c.ID, odd).Results[0].ContactID).Status)
	b.add(t, c.ID, untaken)
	untaken.Status, ended.Status = new(models.ContactCompleted), new(models.ContactCompleted)
	result = b.add(t, c.ID, untaken, ended)
	require.Empty(t, result.Wake)
	for _, added := range result.Results {
		row := b.contact(t, added.ContactID)
		require.Equal(t, models.ContactCompleted, row.Status)
		require.NotNil(t, row.FinishedAt)
	}
	require.Len(t, b.take(t, c.ID), 1, "only the odd one")
}

func testAddUpdateOnly(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.add(t, c.ID, person(1)).Results[0].ContactID
	b.add(t, c.ID, person(2))
	b.act(t, c.ID, models.ActionRemove, person(2))
	b.take(t, c.ID)

	change := person(1)
	change.FirstName = new("Changed")
	result := b.act(t, c.ID, models.ActionUpdateOnly, change, person(2), person(3))
	actions := []models.AddedAction{}
	for _, added := range result.Results {
		actions = append(actions, added.Action)
	}
	require.Equal(t, []models.AddedAction{models.AddedUpdated, models.AddedIgnored, models.AddedIgnored}, actions)
	require.Equal(t, "Changed", b.contact(t, id).FirstName)
	require.False(t, result.Signal, "nobody is added")
	require.False(t, b.pending(t, c.ID))
}

func testAddRemove(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(3)...)
	planned := b.plan(t, c.ID, ids[0])
	untaken := b.add(t, c.ID, person(9)).Results[0].ContactID

	result := b.act(t, c.ID, models.ActionRemove, person(0), person(1), person(9), person(8))
	actions := []models.AddedAction{}
	for _, added := range result.Results {
		actions = append(actions, added.Action)
	}
	require.Equal(t, []models.AddedAction{
		models.AddedRemoved, models.AddedRemoved, models.AddedRemoved, models.AddedIgnored,
	}, actions)
	require.Len(t, result.Wake, 2, "those with a workflow")
	for i, wake := range result.Wake {
		require.Equal(t, models.Wake{CampaignID: c.ID, ContactID: ids[i], Revision: b.contact(t, ids[i]).Revision}, wake)
	}
	require.Equal(t, models.OutreachCancelled, b.outreach(t, planned.OutreachID).State)
	require.NotNil(t, b.contact(t, untaken).RemovedAt)

	step, err := b.Look(t.Context(), c.ID, ids[0], "run-1")
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, step.Do)
	seen := b.contact(t, ids[0])
	require.Equal(t, seen.Revision, seen.SeenRevision)

	result = b.act(t, c.ID, models.ActionRemove, person(0))
	require.Equal(t, models.AddedIgnored, result.Results[0].Action, "it is gone already")
	require.Empty(t, result.Wake)
}

func testAddComesBack(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	id := b.taken(t, c.ID, person(1))[0]
	b.control(t, c.ID, models.ControlStartOutreaches)
	step := b.plan(t, c.ID, id)
	require.Equal(t, models.DoSend, step.Do)
	b.act(t, c.ID, models.ActionRemove, person(1))
	removed := b.contact(t, id)
	b.clock.Advance(time.Hour)

	result := b.add(t, c.ID, person(1))
	require.Equal(t, models.AddedCreated, result.Results[0].Action)
	require.Equal(t, id, result.Results[0].ContactID)
	require.True(t, result.Signal)
	row := b.contact(t, id)
	require.Nil(t, row.RemovedAt)
	require.Equal(t, models.ContactNotStarted, row.Status)
	require.Nil(t, row.TakenBatch)
	require.Nil(t, row.RunID)
	require.Greater(t, row.Revision, removed.Revision)
	require.Equal(t, row.Revision, row.SeenRevision)
	require.True(t, row.AddedAt.After(removed.AddedAt))
	requireTime(t, removed.CreatedAt, row.CreatedAt)

	// The release from before does not hold for it.
	require.Equal(t, []string{id}, b.take(t, c.ID))
	require.Equal(t, models.WaitStartOutreaches, b.plan(t, c.ID, id).Waiting.Reason)
	b.control(t, c.ID, models.ControlStartOutreaches)
	step, err := b.Look(t.Context(), c.ID, id, "run-2")
	require.NoError(t, err)
	claim := b.claimed(t, b.requestOf(c.ID, id, step))
	_, err = b.Accept(t.Context(), claim, "message-1")
	require.NoError(t, err)
	require.Equal(t, 1, b.contact(t, id).Attempts)

	// Finished, removed and added again, it comes back as what it was: nothing more is done for it.
	b.act(t, c.ID, models.ActionRemove, person(1))
	require.False(t, b.add(t, c.ID, person(1)).Signal)
	row = b.contact(t, id)
	require.Nil(t, row.RemovedAt)
	require.Equal(t, 1, row.Attempts)
	require.Equal(t, models.ContactCompleted, row.Status)
	require.Equal(t, models.ReasonOneTimeDone, *row.StatusReason)
	require.Empty(t, b.take(t, c.ID))
}

func testAddWakes(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(2)...)
	untaken := b.add(t, c.ID, person(5)).Results[0].ContactID

	renamed, moved, waiting, zone := person(0), person(1), person(5), person(0)
	renamed.FirstName = new("Renamed")
	moved.Phone, waiting.Phone, zone.Timezone = new("+12025550101"), new("+12025550105"), new("Europe/London")

	require.Empty(t, b.add(t, c.ID, renamed).Wake, "a name is nothing that its workflow works with")
	result := b.add(t, c.ID, moved, waiting)
	require.Equal(t, []models.Wake{{CampaignID: c.ID, ContactID: ids[1], Revision: b.contact(t, ids[1]).Revision}}, result.Wake)
	require.False(t, result.Signal)
	row := b.contact(t, ids[1])
	require.Greater(t, row.Revision, row.SeenRevision)
	row = b.contact(t, untaken)
	require.Equal(t, row.Revision, row.SeenRevision)
	require.Len(t, b.add(t, c.ID, zone).Wake, 1)
	require.Empty(t, b.add(t, c.ID, zone).Wake, "the same again changes nothing")
}

func testAddSignals(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	require.True(t, b.add(t, c.ID, person(1)).Signal)
	require.True(t, b.pending(t, c.ID))
	require.False(t, b.add(t, c.ID, person(2)).Signal, "it has been told")
	require.Len(t, b.take(t, c.ID), 2)
	require.False(t, b.pending(t, c.ID))
	require.False(t, b.add(t, c.ID, person(2)).Signal, "nobody is added")
	require.False(t, b.pending(t, c.ID))
	require.True(t, b.add(t, c.ID, person(3)).Signal)
}

func testAddArchived(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.add(t, c.ID, person(1))
	b.control(t, c.ID, models.ControlArchive)
	for _, action := range []models.AddAction{models.ActionUpsert, models.ActionUpdateOnly, models.ActionRemove} {
		_, err := b.AddContacts(t.Context(), c.ID, action, models.SourceAPI, []models.ContactInput{person(1), person(2)})
		requireCode(t, models.CodeCampaignArchived, err)
	}
	var n int64
	require.NoError(t, b.db.Model(&models.Contact{}).Where("removed_at IS NULL").Count(&n).Error)
	require.EqualValues(t, 1, n)
}

func testAddSumsADay(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	history := func() []models.Import {
		t.Helper()
		entries, total, err := b.Imports(t.Context(), c.ID, models.Page{Number: 1, PerPage: 50})
		require.NoError(t, err)
		require.Len(t, entries, total)
		return entries
	}
	first := b.add(t, c.ID, people(3)...).Results[0].ContactID
	byPhone := models.ContactInput{Phone: new("+12025550101"), Email: new("person0@people.example")}
	b.add(t, c.ID, byPhone, byPhone, person(1), person(7))
	b.act(t, c.ID, models.ActionUpdateOnly, person(50))
	b.act(t, c.ID, models.ActionRemove, person(7))

	entries := history()
	require.Len(t, entries, 1, "one a key and day")
	entry := entries[0]
	require.Equal(t, entry.ID, *b.contact(t, first).ImportID)
	require.Equal(t, []any{models.SourceAPI, models.ImportCompleted, "crm", ""}, []any{entry.Source, entry.Status, entry.By, entry.FileName})
	require.Equal(t, []int{8, 4, 3, 1, 2, 1},
		[]int{entry.Rows, entry.Created, entry.Updated, entry.UpdatedByPhone, entry.UpdatedByEmail, entry.Skipped})

	// Another key, another source, another day: other entries.
	for _, call := range []struct {
		source models.SourceKind
		by     string
		wait   time.Duration
	}{{models.SourceAPI, "other", 0}, {models.SourceManual, "crm", 0}, {models.SourceAPI, "crm", 24 * time.Hour}} {
		b.clock.Advance(call.wait)
		_, err := b.AddContacts(as(t.Context(), call.by), c.ID, models.ActionUpsert, call.source, people(1))
		require.NoError(t, err)
	}
	require.Len(t, history(), 4)
	require.Len(t, b.take(t, c.ID), 3)
}

// testAddMany adds more contacts than one statement names or writes, and brings as many changes.
func testAddMany(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	inputs := people(1234)
	for i := range inputs {
		inputs[i].Phone = new(fmt.Sprintf("+1202%07d", i))
	}
	for _, want := range [][2]int{{len(inputs), 0}, {0, len(inputs)}} {
		entry := file(c.ID, len(inputs))
		_, err := b.ImportContacts(t.Context(), entry, readRows(inputs))
		require.NoError(t, err)
		require.Equal(t, want, [2]int{entry.Created, entry.Updated})
	}
	require.EqualValues(t, len(inputs), b.count(t, "contacts"))
}

// BenchmarkImport imports the largest file there may be, into an empty campaign and once more.
func BenchmarkImport(b *testing.B) {
	inputs := people(models.MaxImportRows)
	for i := range inputs {
		inputs[i].Phone = new(fmt.Sprintf("+1202%07d", i))
	}
	for _, d := range dialects(b) {
		if d.url == nil {
			continue
		}
		bench := d.open(b)
		for _, kind := range []string{"created", "updated"} {
			campaign := bench.draft(b).ID
			b.Run(d.name+"/"+kind, func(b *testing.B) {
				for b.Loop() {
					if kind == "created" {
						campaign = bench.draft(b).ID
					}
					_, err := bench.ImportContacts(b.Context(), file(campaign, len(inputs)), readRows(inputs))
					require.NoError(b, err)
				}
				b.ReportMetric(float64(len(inputs)*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}
