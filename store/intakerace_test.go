package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/intake"
	"beckon/models"
)

// Each of these races is run b.rounds times.
func intakeRaceCases() []testCase {
	return []testCase{
		{"RaceArchiveIntake", testRaceArchiveIntake},
		{"RaceTwoImports", testRaceTwoImports},
		{"FiftyClients", testFiftyClients},
		{"AddContactsTogether", testAddTogether},
		{"ImportAccounts", testImportAccounts},
	}
}

// testRaceArchiveIntake archives a campaign while contacts are added to it and taken in. Whoever was added is finished in the
// end, a workflow or not; nobody is added after the answer, and nobody is taken in after it.
func testRaceArchiveIntake(t *testing.T, b *bench) {
	t.Helper()
	for round := range b.rounds(t) {
		c := b.live(t)
		b.add(t, c.ID, person(1), person(2))
		added, batches := models.AddResult{}, [2]models.Batch{}
		take := func(i int) func() error {
			return func() (err error) {
				batches[i], err = b.TakeContacts(t.Context(), c.ID, fmt.Sprintf("run-%d/%d", i, round), 10)
				return err
			}
		}
		errs := together(
			func() error {
				_, err := b.Control(t.Context(), c.ID, models.ControlArchive, models.ControlOptions{})
				return err
			},
			func() (err error) {
				added, err = b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI,
					[]models.ContactInput{person(3)})
				return err
			},
			take(0), take(1),
		)
		require.NoError(t, errs[0])
		want := 2
		if oneOf(t, errs[1], models.CodeCampaignArchived) {
			require.Len(t, added.Results, 1)
			want++
		}
		require.NoError(t, errs[2])
		require.NoError(t, errs[3])

		// Afterwards nobody is added or taken in.
		_, err := b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI,
			[]models.ContactInput{person(4)})
		require.Equal(t, models.CodeCampaignArchived, models.ErrorCode(err))
		late, err := b.TakeContacts(t.Context(), c.ID, fmt.Sprintf("late/%d", round), 10)
		require.NoError(t, err)
		require.Empty(t, late.ContactIDs)

		taken := append(slices.Clone(batches[0].ContactIDs), batches[1].ContactIDs...)
		slices.Sort(taken)
		require.Len(t, slices.Compact(slices.Clone(taken)), len(taken), "taken twice")
		woken := []string{}
		for after := ""; ; {
			wakes, last, err := b.FanOutPage(t.Context(), c.ID, after, 2)
			require.NoError(t, err)
			if last == "" {
				break
			}
			for _, wake := range wakes {
				woken = append(woken, wake.ContactID)
			}
			after = last
		}
		slices.Sort(woken)
		require.Equal(t, taken, woken, "those with a workflow are told, and nobody else")
		contacts := b.contactsOf(t, c.ID)
		require.Len(t, contacts, want)
		for i := range contacts {
			require.Equal(t, models.ContactCompleted, contacts[i].Status)
			require.Equal(t, models.ReasonCampaignArchived, *contacts[i].StatusReason)
		}
	}
}

// testRaceTwoImports imports the same people twice at once, in opposite order: each is there once, created by one import and
// updated by the other.
func testRaceTwoImports(t *testing.T, b *bench) {
	t.Helper()
	const each = 10
	c := b.live(t)
	for round := range b.rounds(t) {
		inputs := people((round + 1) * each)[round*each:]
		entries := [2]models.Import{}
		requireNoErrors(t, together(times(len(entries), func(side int) error {
			given := slices.Clone(inputs)
			if side == 1 {
				slices.Reverse(given)
			}
			entries[side] = models.Import{
				CampaignID: c.ID, Source: models.SourceCSV, FileName: "people.csv", By: "crm", Rows: len(given),
			}
			_, err := b.ImportContacts(t.Context(), &entries[side], readRows(given))
			return err
		})...))
		require.Equal(t, each, entries[0].Created+entries[1].Created)
		require.Equal(t, each, entries[0].Updated+entries[1].Updated)
		for _, entry := range entries {
			require.Equal(t, entry.Rows, entry.Created+entry.Updated+entry.Skipped)
		}
	}
	require.Len(t, b.contactsOf(t, c.ID), b.rounds(t)*each)
}

// testFiftyClients has fifty clients send contacts that overlap, some by phone, some by e-mail, some by both: each person is there
// once, and none is lost.
func testFiftyClients(t *testing.T, b *bench) {
	t.Helper()
	const clients, persons, each, calls = 50, 90, 12, 3
	c := b.live(t)
	created, updated := [clients]int{}, [clients]int{}
	requireNoErrors(t, together(times(clients, func(client int) error {
		caller := as(t.Context(), fmt.Sprintf("crm %d", client%5)) // some share a key, and so transactions
		for call := range calls {
			inputs := []models.ContactInput{}
			for i := range each {
				// Neighbours send the same people in another order.
				n := (client*7 + call*31 + (i*13)%each) % persons
				input := numbered(n)
				if (client+i)%3 == 1 {
					input.Email = nil
				}
				input.Line = i
				inputs = append(inputs, input)
			}
			result, err := b.AddContacts(caller, c.ID, models.ActionUpsert, models.SourceAPI, inputs)
			if err != nil {
				return err
			}
			if len(result.Results) != each {
				return fmt.Errorf("%d of %d contacts were answered", len(result.Results), each) //nolint:err113 // a test's
			}
			for i, added := range result.Results {
				if added.Line != i {
					return fmt.Errorf("answer %d is for %d", i, added.Line) //nolint:err113 // a test's
				}
				switch added.Action {
				case models.AddedCreated:
					created[client]++
				case models.AddedUpdated:
					updated[client]++
				case models.AddedIgnored, models.AddedRemoved:
				}
			}
		}
		return nil
	})...))
	sum := func(counts [clients]int) (n int) {
		for _, count := range counts {
			n += count
		}
		return n
	}
	contacts := b.contactsOf(t, c.ID)
	phones := map[string]bool{}
	for i := range contacts {
		require.NotNil(t, contacts[i].Phone)
		phones[*contacts[i].Phone] = true
	}
	require.Len(t, phones, persons, "none is lost")
	require.Len(t, contacts, persons, "and none is there twice")
	require.Equal(t, persons, sum(created))
	require.Equal(t, clients*calls*each-persons, sum(updated))
	entries, _, err := b.Imports(t.Context(), c.ID, models.Page{Number: 1, PerPage: 50})
	require.NoError(t, err)
	rows := 0
	for _, entry := range entries {
		require.Equal(t, entry.Rows, entry.Created+entry.Updated+entry.Skipped)
		rows += entry.Rows
	}
	require.Equal(t, clients*calls*each, rows)
}

// testAddTogether: calls that share a transaction fail and succeed each by itself, and put themselves on record each by itself.
func testAddTogether(t *testing.T, b *bench) {
	t.Helper()
	const clients = 40
	c := b.live(t)
	require.NoError(t, b.db.Exec(b.refuseName("Forbidden")).Error)
	signals := [clients]bool{}
	errs := together(times(clients, func(client int) error {
		input := person(client)
		if client%10 == 9 {
			input.FirstName = new("Forbidden")
		}
		result, err := b.AddContacts(as(t.Context(), "crm"), c.ID, models.ActionUpsert, models.SourceAPI, []models.ContactInput{input})
		signals[client] = result.Signal
		return err
	})...)
	told := 0
	for client, err := range errs {
		require.Equal(t, client%10 == 9, err != nil, "client %d: %v", client, err)
		if signals[client] {
			told++
		}
	}
	require.Equal(t, 1, told, "the campaign is told once")
	require.Len(t, b.contactsOf(t, c.ID), clients-4)
	require.Len(t, b.audited(t, models.AuditFilter{CampaignID: &c.ID, Action: new(models.AuditAddContacts)}), clients-4)
}

// testImportAccounts imports random files: whatever is in them, rows = created + updated + skipped.
func testImportAccounts(t *testing.T, b *bench) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		c := b.live(t)
		names := rapid.SampledFrom([]string{"Ava", "Liam", "", "Zoë"})
		emails := rapid.SampledFrom([]string{"ava@example.com", "liam@example.org", "", "nobody", "AVA@example.com"})
		phones := rapid.SampledFrom([]string{"202-555-0101", "+12025550102", "", "n/a", "2.02556E+09"})
		for range rapid.IntRange(1, 3).Draw(t, "files") {
			file := "Name,Email,Phone,Out\n"
			for range rapid.IntRange(0, 30).Draw(t, "rows") {
				file += names.Draw(t, "name") + "," + emails.Draw(t, "email") + "," + phones.Draw(t, "phone") + "," +
					rapid.SampledFrom([]string{"", "yes", "perhaps", "x,y", "\"a\nb\""}).Draw(t, "out") + "\n"
			}
			rows, err := intake.NewReader(strings.NewReader(file), intake.Mapping{
				Name: "Name", Email: "Email", Phone: []string{"Phone"}, OptOut: map[models.Channel]string{models.ChannelEmail: "Out"},
			}, intake.Options{DefaultRegion: "US"})
			require.NoError(t, err)
			entry := &models.Import{CampaignID: c.ID, Source: models.SourceCSV, FileName: "people.csv"}
			_, err = b.ImportContacts(ctx(t), entry, rows)
			require.NoError(t, err)
			require.Equal(t, entry.Rows, entry.Created+entry.Updated+entry.Skipped)
			require.Equal(t, entry.Updated, entry.UpdatedByPhone+entry.UpdatedByEmail)
			faults, err := b.ImportErrors(ctx(t), entry.ID, 0)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(faults), entry.Skipped, "each skipped row says why")
			if rapid.Bool().Draw(t, "finish") {
				for _, contact := range b.contactsOf(t, c.ID)[:min(1, len(b.contactsOf(t, c.ID)))] {
					_, _, err := b.ContactControl(ctx(t), c.ID, contact.ID, models.ContactComplete, models.ContactControlOptions{})
					if models.ErrorCode(err) != models.CodeInvalidTransition {
						require.NoError(t, err)
					}
				}
			}
		}
		contacts := b.contactsOf(t, c.ID)
		seen := map[string]bool{}
		for i := range contacts {
			for _, address := range []*string{contacts[i].Email, contacts[i].Phone} {
				if address != nil {
					require.False(t, seen[*address], "an address is in one contact")
					seen[*address] = true
				}
			}
		}
	})
}
