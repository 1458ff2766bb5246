package process_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// releases is the folder of what each release left behind: an installation in mid-life, and histories.
const releases = "testdata/releases"

// What a release's folder holds.
const (
	releaseSQLite    = "sqlite.tar.gz"    // beckon-dev's data directory
	releasePostgres  = "postgres.tar.gz"  // likewise, with Beckon's database as a dump of Postgres
	releaseHistories = "histories.tar.gz" // histories as JSON, for the replay test of package worker
	dumpFile         = "beckon.sql"
)

// The campaigns of an installation in mid-life, by their names, and how many contacts each has.
const (
	midAutomatic = "Automatic"   // some of its contacts are done, others are being sent to
	midManual    = "Manual"      // waits for a start
	midPaused    = "Paused"      // likewise, and is paused
	midReviewed  = "Reviewed"    // waits for approvals
	midFollowUp  = "Follow up"   // the first attempt was sent, the next one is planned
	midDraft     = "Not started" // a draft
	midContacts  = 6
	manyContacts = 40
)

// TestUpgrade takes the installation of each release as it was left, in the midst of campaigns, and goes on with this version:
// its database is migrated, its workflows are replayed and come to their ends, nobody gets what was sent before, and nobody is
// forgotten.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join(repository(t), releases, "[0-9]*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders, "there are no releases")
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			t.Run("SQLite", func(t *testing.T) {
				t.Parallel()
				d := newDev(t, beckonDev())
				unpack(t, filepath.Join(folder, releaseSQLite), d.data)
				d.requireUpgraded()
			})
			t.Run("Postgres", func(t *testing.T) {
				t.Parallel()
				database := newPostgresDatabase(t)
				d := newDev(t, beckonDev(), "BECKON_DATABASE_URL="+database)
				unpack(t, filepath.Join(folder, releasePostgres), d.data)
				psql(t, database, filepath.Join(d.data, dumpFile))
				d.requireUpgraded()
			})
		})
	}
}

// requireUpgraded starts the present version on data that another one left, and brings everything to its end.
func (d *dev) requireUpgraded() {
	d.t.Helper()
	before := d.rowsOf("sandbox.db", "SELECT recipient FROM messages")
	require.NotEmpty(d.t, before)
	d.start()
	campaigns := d.campaigns()
	require.Len(d.t, campaigns, 6)

	// Each goes on from where it was.
	require.True(d.t, d.api.control(campaigns[midPaused], "resume").Changed)
	for _, name := range []string{midManual, midPaused} {
		d.api.untilProgress(campaigns[name], patient, name+" waits for a start",
			func(p progress) bool { return p.Waiting["start_outreaches"] == p.Total })
		require.True(d.t, d.api.control(campaigns[name], "start-outreaches").Changed)
	}
	d.api.untilProgress(campaigns[midReviewed], patient, "approvals are waited for",
		func(p progress) bool { return p.Waiting["approval"] == p.Total })
	d.api.call(http.MethodPatch, "/api/v1/campaigns/"+campaigns[midReviewed], map[string]any{"manualReview": false}, http.StatusOK, nil)
	require.True(d.t, d.api.control(campaigns[midDraft], "go-live").Changed)
	for _, name := range []string{midAutomatic, midManual, midPaused, midReviewed, midDraft} {
		require.NotZero(d.t, d.api.untilCompleted(campaigns[name]).Total, name)
	}
	attempts := d.requireSentOnce(campaigns)
	for _, address := range before {
		require.Contains(d.t, attempts, address, "whoever got a message before is known to have got it")
	}

	// Archiving ends what would go on for days, and each campaign's own workflow. None failed, and no contact began anew.
	for _, id := range campaigns {
		d.api.control(id, "archive")
	}
	runs := until(d.t, patient, "every workflow has ended", d.runs, func(runs []string) bool {
		return !slices.ContainsFunc(runs, func(run string) bool { return strings.Contains(run, "| WORKFLOW_EXECUTION_STATUS_RUNNING |") })
	})
	seen := map[string]bool{}
	for _, run := range runs {
		fields := strings.Split(run, " | ")
		require.Equal(d.t, "WORKFLOW_EXECUTION_STATUS_COMPLETED", fields[2], run)
		require.False(d.t, seen[fields[0]], "%s ran twice", fields[0])
		seen[fields[0]] = true
	}
	for _, id := range campaigns {
		require.True(d.t, seen["campaign/"+id])
	}
	d.requireSentOnce(campaigns)
}

// requireSentOnce wants as many messages to each contact as it has attempts, none in doubt, and returns the attempts by
// address. What is due in a follow-up may be sent meanwhile.
func (d *dev) requireSentOnce(campaigns map[string]string) map[string]int {
	d.t.Helper()
	type ledger struct{ attempts, messages map[string]int }
	seen := until(d.t, patient, "each attempt is a message", func() ledger {
		l := ledger{attempts: map[string]int{}, messages: map[string]int{}}
		for name, id := range campaigns {
			for _, c := range d.api.contacts(id) {
				require.False(d.t, c.Unconfirmed, "contact %s of %s", c.ID, name)
				if name != midFollowUp {
					require.Equal(d.t, "completed", c.Status, "contact %s of %s", c.ID, name)
					require.Equal(d.t, 1, c.Attempts, "contact %s of %s", c.ID, name)
				}
				require.Positive(d.t, c.Attempts)
				l.attempts[c.Email] = c.Attempts
			}
		}
		for _, address := range d.rowsOf("sandbox.db", "SELECT recipient FROM messages") {
			l.messages[address]++
		}
		return l
	}, func(l ledger) bool { return maps.Equal(l.attempts, l.messages) })
	return seen.attempts
}

// campaigns are the ids of all campaigns by their names.
func (d *dev) campaigns() map[string]string {
	d.t.Helper()
	var list struct {
		Data []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"data"`
	}
	d.api.call(http.MethodGet, "/api/v1/campaigns?perPage=200", nil, http.StatusOK, &list)
	byName := map[string]string{}
	for _, each := range list.Data {
		byName[each.Name] = each.ID
	}
	return byName
}

// TestWriteRelease writes what TestUpgrade reads, of this version; see `make release-fixture`. RELEASE names the folder, which
// must not be there yet: what a release was does not change.
func TestWriteRelease(t *testing.T) {
	t.Parallel()
	release := os.Getenv("BECKON_RELEASE")
	if release == "" {
		t.Skip("BECKON_RELEASE is not set: nothing is to be written")
	}
	folder := filepath.Join(repository(t), releases, release)
	require.NoDirExists(t, folder)
	require.NoError(t, os.MkdirAll(folder, 0o755))

	histories := filepath.Join(t.TempDir(), "histories")
	require.NoError(t, os.MkdirAll(histories, 0o755))
	saved, err := filepath.Glob(filepath.Join(repository(t), "workflows/testdata/histories/*.json"))
	require.NoError(t, err)
	for _, file := range saved {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(histories, filepath.Base(file)), text, 0o600))
	}
	d := newDev(t, beckonDev(), "BECKON_RATE_EMAIL=8")
	d.live()
	d.saveHistories(histories)
	d.settle()
	pack(t, d.data, filepath.Join(folder, releaseSQLite))
	pack(t, histories, filepath.Join(folder, releaseHistories))

	database := newPostgresDatabase(t)
	d = newDev(t, beckonDev(), "BECKON_RATE_EMAIL=8", "BECKON_DATABASE_URL="+database)
	d.live()
	d.settle()
	pgDump(t, database, filepath.Join(d.data, dumpFile))
	pack(t, d.data, filepath.Join(folder, releasePostgres))
}

// live brings an installation into the midst of its campaigns.
func (d *dev) live() {
	d.t.Helper()
	d.start()
	for _, name := range []string{midManual, midPaused, midReviewed, midFollowUp, midDraft} {
		changes := map[string]any{"executionMode": "manual"}
		switch name {
		case midReviewed:
			changes = map[string]any{"manualReview": true}
		case midFollowUp:
			changes = map[string]any{"type": "follow_up", "maxAttempts": 3}
		default:
		}
		if name == midDraft {
			changes = nil
		}
		id := d.campaignOf(name, midContacts, changes)
		if name == midDraft {
			continue
		}
		require.True(d.t, d.api.control(id, "go-live").Changed)
		reason := map[string]string{midReviewed: "approval", midFollowUp: "next_attempt"}[name]
		if reason == "" {
			reason = "start_outreaches"
		}
		d.api.untilProgress(id, patient, name+" waits", func(p progress) bool { return p.Waiting[reason] == midContacts })
		if name == midPaused {
			require.True(d.t, d.api.control(id, "pause").Changed)
		}
	}
	sent := d.sandbox.stats().Messages
	id := d.campaignOf(midAutomatic, manyContacts, nil)
	require.True(d.t, d.api.control(id, "go-live").Changed)
	until(d.t, long, "some contacts are done", d.sandbox.stats, func(s sandboxStats) bool { return s.Messages >= sent+manyContacts/4 })
	require.Less(d.t, d.sandbox.stats().Messages, sent+manyContacts, "it is in mid-life")
}

// settle stops it, and leaves in its data directory only what the next start needs, in as little space as may be.
func (d *dev) settle() {
	d.t.Helper()
	code, _ := d.process.stop()
	require.Zero(d.t, code)
	file := filepath.Join(d.data, "beckon.env")
	text, err := os.ReadFile(file)
	require.NoError(d.t, err)
	secret := regexp.MustCompile(`(?m)^BECKON_SECRET_KEY=.*$`).Find(text)
	require.NotEmpty(d.t, secret)
	require.NoError(d.t, os.WriteFile(file, append(secret, '\n'), 0o600))

	databases, err := filepath.Glob(filepath.Join(d.data, "*.db"))
	require.NoError(d.t, err)
	for _, database := range databases {
		db, err := sql.Open("sqlite", "file:"+database)
		require.NoError(d.t, err)
		for _, statement := range []string{"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE", "VACUUM"} {
			_, err = db.ExecContext(d.t.Context(), statement)
			require.NoError(d.t, err)
		}
		require.NoError(d.t, db.Close())
		require.NoFileExists(d.t, database+"-wal")
	}
}

// campaignOf makes a draft whose contacts have addresses that no other campaign's have.
func (d *dev) campaignOf(name string, contacts int, changes map[string]any) string {
	d.t.Helper()
	wanted := settings(name)
	maps.Copy(wanted, changes)
	var made struct {
		ID string `json:"id"`
	}
	d.api.call(http.MethodPost, "/api/v1/campaigns", wanted, http.StatusCreated, &made)
	people := []map[string]string{}
	for n := range contacts {
		people = append(people, map[string]string{
			"firstName": "Contact", "lastName": fmt.Sprint(n + 1),
			"email": fmt.Sprintf("%s-%d@people.example", strings.ToLower(strings.ReplaceAll(name, " ", "-")), n+1),
		})
	}
	d.api.call(http.MethodPost, "/api/v1/campaigns/"+made.ID+"/contacts", map[string]any{"contacts": people}, http.StatusOK, nil)
	return made.ID
}

// saveHistories writes the history of each workflow that is under way, as JSON, into a folder.
func (d *dev) saveHistories(folder string) {
	d.t.Helper()
	temporal := newClient(d.t, d.ui, "")
	for n, run := range d.runs() {
		fields := strings.Split(run, " | ")
		path := fmt.Sprintf("/api/v1/namespaces/default/workflows/%s/history?execution.runId=%s&maximumPageSize=1000",
			url.PathEscape(fields[0]), fields[1])
		var page struct {
			History       json.RawMessage
			NextPageToken string
		}
		temporal.call(http.MethodGet, path, nil, http.StatusOK, &page)
		require.Empty(d.t, page.NextPageToken, "a history of this size is not wanted here")
		text := regexp.MustCompile(`"identity":\s*"[^"]*"`).ReplaceAll(page.History, []byte(`"identity":"worker"`)) // no host's name
		require.NoError(d.t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("mid-life-%03d.json", n+1)), text, 0o600))
	}
}
