package process_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver that Beckon uses too
)

// TestRecover has `beckon recover` rebuild from the database what Temporal has lost, or find that nothing is missing.
func TestRecover(t *testing.T) {
	t.Parallel()

	t.Run("TemporalDataLost", func(t *testing.T) {
		t.Parallel()
		const contacts, lostAt, pausedAt = 250, 100, 20
		d := newDev(t, beckonDev())
		d.start()
		paused := d.api.createCampaign("Paused", contacts)
		require.True(t, d.api.control(paused, "go-live").Changed)
		d.api.untilProgress(paused, long, "some contacts are done", func(p progress) bool { return p.Attempts >= pausedAt })
		require.True(t, d.api.control(paused, "pause").Changed)
		before := d.untilQuiet(paused)

		id := d.api.createCampaign("Lost in mid-campaign", contacts)
		require.True(t, d.api.control(id, "go-live").Changed)
		d.api.untilProgress(id, long, "many contacts are done", func(p progress) bool { return p.Attempts >= lostAt })
		d.process.kill()
		d.loseTemporal()
		d.start()
		d.recover()
		began := time.Now()

		// The campaign goes on to its end, the paused one stays paused until it is resumed.
		end := d.api.untilCompleted(id)
		require.Equal(t, contacts, end.Attempts)
		t.Logf("completed %s after the recovery", time.Since(began).Round(time.Second))
		held := d.api.progress(paused)
		require.Equal(t, before.Counts, held.Counts)
		require.Equal(t, before.Attempts, held.Attempts)
		require.True(t, d.api.control(paused, "resume").Changed)
		d.api.untilCompleted(paused)

		// Both have the same contacts, so each address has a message of each; in doubt is what was under way.
		doubt := 0
		got := d.sandbox.recipients()
		for _, campaign := range []string{id, paused} {
			for _, c := range d.api.contacts(campaign) {
				require.Equal(t, 1, c.Attempts, "contact %s", c.ID)
				if c.Unconfirmed {
					got[c.Email]++
					doubt++
				}
			}
		}
		require.LessOrEqual(t, doubt, sendsAtOnce)
		require.Len(t, got, contacts)
		for address, messages := range got {
			require.Equal(t, 2, messages, "messages to %s", address)
		}
	})

	t.Run("NothingLost", func(t *testing.T) {
		t.Parallel()
		const contacts, pausedAt = 60, 20
		d := newDev(t, beckonDev())
		d.start()
		d.api.createCampaign("Draft", contacts)
		completed := d.api.createCampaign("Completed", contacts)
		require.True(t, d.api.control(completed, "go-live").Changed)
		d.api.untilCompleted(completed)
		paused := d.api.createCampaign("Paused", contacts)
		require.True(t, d.api.control(paused, "go-live").Changed)
		d.api.untilProgress(paused, long, "some contacts are done", func(p progress) bool { return p.Attempts >= pausedAt })
		require.True(t, d.api.control(paused, "pause").Changed)
		require.Positive(t, d.untilQuiet(paused).Counts["campaign_paused"], "it was paused while it sent")

		// Whatever is under way comes to its end before: it is not the command's doing.
		until(t, patient, "every contact of the paused campaign waits for it to be resumed", func() []string {
			return d.rows("SELECT count(*) FROM contacts WHERE campaign_id = ? AND finished_at IS NULL AND "+
				"coalesce(waiting_reason, '') <> 'campaign_paused'", paused)
		}, func(n []string) bool { return n[0] == "0" })
		look := func() []string { return append(d.dump(), d.runs()...) }
		last := []string{}
		before := until(t, patient, "nothing changes any more", look, func(now []string) bool {
			same := slices.Equal(now, last)
			last = now
			return same
		})
		d.recover()
		require.Equal(t, before, look())
	})
}

// recover runs `beckon recover` beside the running beckon-dev.
func (d *dev) recover() {
	d.t.Helper()
	p := startProcess(d.t, "beckon recover", built.path(d.t, beckonBinary()), nil, "--data", d.data, "recover")
	require.Zero(d.t, p.untilEnd(), &p.log)
	d.t.Log(p.log.find(`"recovered"`))
}

// loseTemporal removes all of Temporal's data.
func (d *dev) loseTemporal() {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.data, "temporal.db*"))
	require.NoError(d.t, err)
	require.NotEmpty(d.t, files)
	for _, file := range files {
		require.NoError(d.t, os.Remove(file))
	}
}

// untilQuiet waits until no contact of a paused campaign is under way, and every message is confirmed.
func (d *dev) untilQuiet(campaignID string) progress {
	d.t.Helper()
	until(d.t, patient, "all events are told", d.sandbox.stats, func(s sandboxStats) bool { return s.CallbacksPending == 0 })
	return d.api.untilProgress(campaignID, patient, "no contact is under way", func(p progress) bool {
		return p.InFlight == 0 && p.Counts["campaign_paused"]+p.Counts["completed"] == p.Total
	})
}

// dump is every row of every table of Beckon's database.
func (d *dev) dump() []string {
	d.t.Helper()
	tables := d.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
	require.Greater(d.t, len(tables), 5)
	all := []string{}
	for _, table := range tables {
		rows := d.rows(`SELECT * FROM "` + table + `"`) //nolint:unqueryvet // whatever its columns are
		slices.Sort(rows)
		for _, row := range rows {
			all = append(all, table+" | "+row)
		}
	}
	return all
}

// rows reads rows of whatever columns from Beckon's database, a line each.
func (d *dev) rows(query string, args ...any) []string {
	d.t.Helper()
	return d.rowsOf("beckon.db", query, args...)
}

// rowsOf is rows of another database of the data directory.
func (d *dev) rowsOf(file, query string, args ...any) []string {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.data, file)+"?mode=ro&_pragma=busy_timeout(5000)")
	require.NoError(d.t, err)
	defer func() { require.NoError(d.t, db.Close()) }()
	rows, err := db.QueryContext(d.t.Context(), query, args...)
	require.NoError(d.t, err)
	defer func() { require.NoError(d.t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(d.t, err)
	lines := []string{}
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(d.t, rows.Scan(targets...))
		fields := make([]string, len(columns))
		for i, value := range values {
			fields[i] = fmt.Sprint(value)
		}
		lines = append(lines, strings.Join(fields, " | "))
	}
	require.NoError(d.t, rows.Err())
	return lines
}

// runs are all runs of all campaigns and contacts that Temporal knows, with their states and the lengths of their histories.
func (d *dev) runs() []string {
	d.t.Helper()
	temporal := newClient(d.t, d.ui, "")
	lines, token := []string{}, ""
	for {
		var page struct {
			Executions []struct {
				Execution     struct{ WorkflowID, RunID string }
				Status        string
				HistoryLength string
			}
			NextPageToken string
		}
		query := url.Values{"query": {"WorkflowId != 'reconcile'"}, "nextPageToken": {token}}
		temporal.call(http.MethodGet, "/api/v1/namespaces/default/workflows?"+query.Encode(), nil, http.StatusOK, &page)
		for _, e := range page.Executions {
			lines = append(lines, fmt.Sprintf("%s | %s | %s | %s", e.Execution.WorkflowID, e.Execution.RunID, e.Status, e.HistoryLength))
		}
		if token = page.NextPageToken; token == "" {
			slices.Sort(lines)
			return lines
		}
	}
}
