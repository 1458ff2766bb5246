package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	killContacts = 1000
	kills        = 5
	// messagesAKill is how many messages arrive between a start and the next kill.
	messagesAKill = 150
	// sendsAtOnce is the default of BECKON_CONCURRENCY_EMAIL: so many sends can be under way at a kill.
	sendsAtOnce = 8
	// confirmedWithin is how soon after the last message the provider's events have confirmed what arrived.
	confirmedWithin = time.Minute
)

// TestKill kills Beckon with SIGKILL five times while it sends, and starts it again on the same data: nobody gets two
// messages, and whoever gets none is shown as unconfirmed.
func TestKill(t *testing.T) {
	t.Parallel()

	// All of beckon-dev is one process, so the sandbox dies with it, in the midst of taking messages.
	t.Run("WithItsSandbox", func(t *testing.T) {
		t.Parallel()
		d := newDev(t, beckonDev())
		d.start()
		r := &killRun{t: t, dev: d, provider: d.sandbox}
		r.send()
		r.requireOnceEach()
	})

	// The provider lives on: it takes what was under way at the kill, and says so only when all is over.
	t.Run("WithSlowProvider", func(t *testing.T) {
		t.Parallel()
		r, provider := killRunWithSlowProvider(t, beckonDev())
		r.send()
		unconfirmed := r.dev.api.progress(r.campaign).Unconfirmed
		require.Positive(t, unconfirmed, "sends were under way at the kills")
		require.LessOrEqual(t, unconfirmed, kills*sendsAtOnce)
		provider.gate.open()
		r.requireOnceEach()
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
	t        *testing.T
	dev      *dev
	provider *client
	campaign string
}

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
	return &killRun{t: t, dev: d, provider: provider.client}, provider
}

// send sends to all contacts, through all the kills, and returns when every contact is finished, or as soon as somebody
// got two messages.
func (r *killRun) send() sandboxStats {
	r.t.Helper()
	api := r.dev.api
	r.campaign = api.createCampaign("Killed while it sends", killContacts)
	require.True(r.t, api.control(r.campaign, "go-live").Changed)
	stats := r.provider.stats()
	for kill := range kills {
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
		finished = api.progress(r.campaign).completed()
		return r.provider.stats()
	}, func(now sandboxStats) bool { return finished || now.duplicates() > 0 })
}

// requireOnceEach wants every contact of a finished campaign to have got its one message, or to be shown as unconfirmed
// without one; of the latter only as many as can have been under way at the kills. It waits until the provider's events
// have confirmed whatever arrived.
func (r *killRun) requireOnceEach() {
	r.t.Helper()
	got := r.provider.recipients()
	contacts := until(r.t, confirmedWithin, "whatever arrived is confirmed",
		func() []contact { return r.dev.api.contacts(r.campaign) },
		func(contacts []contact) bool {
			for _, c := range contacts {
				if c.Unconfirmed && got[c.Email] > 0 {
					return false
				}
			}
			return true
		})
	require.Len(r.t, contacts, killContacts)
	unconfirmed := requireOnceEach(r.t, contacts, got)
	r.t.Logf("%d messages, %d contacts unconfirmed without one", len(got), unconfirmed)
	require.LessOrEqual(r.t, unconfirmed, kills*sendsAtOnce)
	require.Equal(r.t, got, r.provider.recipients(), "nothing arrived meanwhile")
}

// requireOnceEach wants each contact to be completed by its one message, or to be shown as unconfirmed without one, and
// nobody else to have got any. It returns how many are unconfirmed.
func requireOnceEach(t *testing.T, contacts []contact, got map[string]int) (unconfirmed int) {
	t.Helper()
	messages := 0
	for _, c := range contacts {
		require.Equal(t, "completed", c.Status, "contact %s", c.ID)
		require.Equal(t, 1, c.Attempts, "contact %s", c.ID)
		require.NotNil(t, c.StatusReason)
		require.Equal(t, "one_time_done", *c.StatusReason, "contact %s", c.ID)
		if c.Unconfirmed {
			unconfirmed++
			require.Zero(t, got[c.Email], "contact %s has a message and is unconfirmed", c.ID)
			continue
		}
		require.Equal(t, 1, got[c.Email], "messages to contact %s", c.ID)
		messages++
	}
	require.Len(t, got, messages, "nobody else got any")
	require.Equal(t, len(contacts), messages+unconfirmed)
	return unconfirmed
}
