package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func progressCases() []testCase {
	return []testCase{
		{"Progress", testProgress},
		{"ProgressReadsIndexAlone", testProgressPlan},
	}
}

func testProgress(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	empty, err := b.Progress(t.Context(), c.ID)
	require.NoError(t, err)
	require.Zero(t, empty.Total)
	require.Len(t, empty.Counts, len(models.ContactStatuses), "every status has a count")
	require.Len(t, empty.Underlying, len(models.ContactStatuses)-1)
	require.NotNil(t, empty.Waiting)

	_, err = b.Accept(t.Context(), b.claimed(t, b.ready(t, c.ID, person(1))), "message")
	require.NoError(t, err)
	b.claimed(t, b.ready(t, c.ID, person(2)))
	doubtful := b.claimed(t, b.ready(t, c.ID, person(3)))
	b.clock.Advance(unconfirmedAfter)
	_, err = b.Look(t.Context(), c.ID, doubtful.ContactID, "run")
	require.NoError(t, err)
	b.ready(t, c.ID, person(4))
	b.add(t, c.ID, person(5), person(6))
	b.act(t, c.ID, models.ActionRemove, person(6))
	b.control(t, c.ID, models.ControlPause)

	progress, err := b.Progress(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, models.CampaignPaused, progress.Status)
	require.Equal(t, 5, progress.Total)
	require.Equal(t, 2, progress.Counts[models.ContactCompleted])
	require.Equal(t, 1, progress.Counts[models.ContactExecuting])
	require.Equal(t, 2, progress.Counts[models.ContactCampaignPaused])
	require.Equal(t, 1, progress.Underlying[models.ContactAwaitingExecution])
	require.Equal(t, 1, progress.Underlying[models.ContactNotStarted])
	require.Equal(t, map[models.WaitingReason]int{models.WaitCampaignPaused: 2}, progress.Waiting)
	require.Equal(t, 2, progress.Attempts)
	require.Equal(t, 1, progress.Unconfirmed)
	require.Equal(t, 1, progress.InFlight)
	require.False(t, progress.AsOf.IsZero())
}

// testProgressPlan says that counting touches no row of the table: a campaign of many contacts is counted from the index.
func testProgressPlan(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	b.add(t, c.ID, people(50)...)
	explain, want := "EXPLAIN QUERY PLAN", "USING COVERING INDEX ix_contacts_counts"
	if b.db.Name() == "postgres" {
		explain, want = "EXPLAIN", "Index Only Scan using ix_contacts_counts"
	}
	if b.db.Name() == "postgres" {
		require.NoError(t, b.db.Exec("VACUUM (ANALYZE) contacts").Error)
	}
	tx := b.db.Begin()
	defer tx.Rollback()
	if b.db.Name() == "postgres" { // a table this small is rather read whole
		require.NoError(t, tx.Exec("SET LOCAL enable_seqscan = off").Error)
		require.NoError(t, tx.Exec("SET LOCAL enable_bitmapscan = off").Error)
	}
	rows, err := tx.Raw(explain+" "+store.CountContacts, c.ID).Rows()
	require.NoError(t, err)
	plan := strings.Builder{}
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		require.NoError(t, rows.Scan(values...))
		text, _ := (*values[len(values)-1].(*any)).(string)
		plan.WriteString(text + "\n")
	}
	require.NoError(t, rows.Err())
	require.NoError(t, rows.Close())
	require.Contains(t, plan.String(), want)
}
