package process_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// messagesAKill is how many messages arrive between a start and the next kill.
	messagesAKill = 150
	// sendsAtOnce is the default of BECKON_CONCURRENCY_EMAIL: so many sends can be under way at a kill.
	sendsAtOnce = 8
)

// TestKill kills Beckon with SIGKILL again and again while it sends, and starts it again on the same data: nobody gets two
// messages, and whoever gets none is shown as unconfirmed.
func TestKill(t *testing.T) {
	t.Parallel()

	// All of beckon-dev is one process, so the sandbox dies with it, in the midst of taking messages.
	t.Run("WithItsSandbox", func(t *testing.T) {
		t.Parallel()
		d := newDev(t, beckonDev())
		d.start()
		r := newKillRun(t, d, d.sandbox)
		require.Zero(t, r.send().duplicates())
		require.LessOrEqual(t, r.requireOnceEach(r.contacts), r.mostUnconfirmed())
	})

	// The provider lives on: it takes what was under way at the kill, and says so only when all is over.
	t.Run("WithSlowProvider", func(t *testing.T) {
		t.Parallel()
		r, provider := killRunWithSlowProvider(t, beckonDev())
		require.Zero(t, r.send().duplicates())
		unconfirmed := r.api.progress(r.id).Unconfirmed
		t.Logf("%d contacts unconfirmed before the provider said anything", unconfirmed)
		require.Positive(t, unconfirmed, "sends were under way at the kills")
		require.LessOrEqual(t, unconfirmed, r.mostUnconfirmed())
		provider.gate.open()
		require.LessOrEqual(t, r.requireOnceEach(r.contacts), r.mostUnconfirmed())
	})
}

// TestKillWithoutClaim is TestKill with a slow provider, of a binary without the claim's guard, which no release is: there
// the same test finds duplicates, and so would find them in any other.
func TestKillWithoutClaim(t *testing.T) {
	t.Parallel()
	r, _ := killRunWithSlowProvider(t, beckonDevNoClaim())
	stats := r.send()
	require.Positive(t, stats.duplicates(), "without the claim's guard somebody gets two messages")
	t.Logf("%d messages, %d of them twice", stats.Messages, stats.duplicates())
}

// killRun is a campaign during which Beckon is killed.
type killRun struct {
	campaignRun

	dev      *dev
	contacts int
	kills    int
}

// newKillRun is of a thousand contacts and five kills; with BECKON_CHAOS set, as `make chaos` does, of many more.
func newKillRun(t *testing.T, d *dev, provider *client) *killRun {
	t.Helper()
	r := &killRun{dev: d, contacts: 1000, kills: 5}
	if os.Getenv("BECKON_CHAOS") != "" {
		r.contacts, r.kills = 8000, 45
	}
	id := d.api.createCampaign("Killed while it sends", r.contacts)
	r.campaignRun = campaignRun{t: t, api: d.api, provider: provider, id: id}
	return r
}

// mostUnconfirmed is how many contacts can have been under way at the kills.
func (r *killRun) mostUnconfirmed() int { return r.kills * sendsAtOnce }

// killRunWithSlowProvider has a provider apart that takes its time for half of the messages, so that every kill finds some
// under way, and whose events stay away until the gate is opened.
func killRunWithSlowProvider(t *testing.T, binary build) (*killRun, *provider) {
	t.Helper()
	d := newDev(t, binary)
	provider := startProvider(t, d.apiURL)
	provider.gate.shut()
	provider.setFaults(map[string]any{"email": map[string]any{"kind": "delay", "rate": 0.5, "delayMs": 250}})
	d.variables = append(d.variables, provider.variables...)
	d.start()
	return newKillRun(t, d, provider.client), provider
}

// send sends to all contacts, through all the kills, and returns when every contact is finished, or as soon as somebody
// got two messages.
func (r *killRun) send() sandboxStats {
	r.t.Helper()
	require.True(r.t, r.api.control(r.id, "go-live").Changed)
	stats := r.provider.stats()
	for kill := range r.kills {
		goal := stats.Messages + messagesAKill
		stats = until(r.t, long, "more messages arrive", r.provider.stats,
			func(now sandboxStats) bool { return now.Messages >= goal || now.duplicates() > 0 })
		if stats.duplicates() > 0 {
			return stats
		}
		r.dev.process.kill()
		r.dev.start()
		stats = r.provider.stats()
		r.t.Logf("kill %d at %d messages, at the next start %d", kill+1, goal, stats.Messages)
	}
	finished := false
	return until(r.t, long, "every contact is completed", func() sandboxStats {
		finished = r.api.progress(r.id).completed()
		return r.provider.stats()
	}, func(now sandboxStats) bool { return finished || now.duplicates() > 0 })
}
