package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// Each of these races is run b.rounds times.
func intakeRaceCases() []testCase {
	return []testCase{
		{"RaceArchiveIntake", testRaceArchiveIntake},
		{"RaceTwoImports", testRaceTwoImports},
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
