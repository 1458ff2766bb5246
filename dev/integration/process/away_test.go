package process_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTemporalAway has Temporal hang, and then die, while campaigns send. Controls are answered all the same, hold at once,
// and are carried through when Temporal is back.
func TestTemporalAway(t *testing.T) {
	t.Parallel()
	const (
		contacts = 150
		some     = 20 // contacts that are done when it happens
	)
	address := freeAddress(t)
	i := newInstallation(t, "sqlite:"+filepath.Join(t.TempDir(), "beckon.db"), address)
	api := i.serve("serve", address)

	// One campaign is paused in good time; the other two send, while Temporal hangs.
	resumed := api.createCampaign("To be resumed", contacts)
	api.control(resumed, "go-live")
	api.untilProgress(resumed, long, "some contacts are done", func(p progress) bool { return p.Attempts >= some })
	api.control(resumed, "pause")
	paused := api.createCampaign("To be paused", contacts)
	archived := api.createCampaign("To be archived", contacts)
	for _, id := range []string{paused, archived} {
		api.control(id, "go-live")
	}
	for _, id := range []string{paused, archived} {
		api.untilProgress(id, long, "some contacts are done", func(p progress) bool { return p.Attempts >= some })
	}
	i.temporal.signal(syscall.SIGSTOP)

	// Whoever asks while it hangs is told at once what holds from now on, and so is who asks when it is dead.
	require.Equal(t, "paused", controlWhileAway(t, api, paused, "pause").Status)
	atPause := api.progress(paused)
	require.True(t, atPause.Stale, "the workflow does not answer")
	require.Equal(t, "archived", controlWhileAway(t, api, archived, "archive").Status)
	i.temporal.kill()
	require.Equal(t, "active", controlWhileAway(t, api, resumed, "resume").Status)

	// When it is back, what was resumed goes on to its end, and what was archived is brought to it.
	i.startTemporal()
	end := api.untilCompleted(resumed)
	require.Equal(t, contacts, end.Attempts)
	end = api.untilCompleted(archived)
	require.Less(t, end.Attempts, contacts, "it was archived while it sent")

	// What was paused has sent nothing but what was under way, and goes on when it is told to.
	held := api.untilProgress(paused, long, "the workflow answers again", func(p progress) bool { return !p.Stale })
	require.LessOrEqual(t, held.Attempts, atPause.Attempts+atPause.InFlight, "no send started after the pause")
	require.Equal(t, contacts, held.Counts["campaign_paused"]+held.Counts["completed"])
	require.Positive(t, held.Counts["campaign_paused"], "it was paused while it sent")
	api.control(paused, "resume")
	require.Equal(t, contacts, api.untilCompleted(paused).Attempts)

	// There are as many messages as attempts, and no contact has two of those or is in doubt.
	attempts := 0
	for _, id := range []string{resumed, paused, archived} {
		for _, c := range api.contacts(id) {
			require.LessOrEqual(t, c.Attempts, 1, "contact %s of campaign %s", c.ID, id)
			require.False(t, c.Unconfirmed, "contact %s of campaign %s", c.ID, id)
			attempts += c.Attempts
		}
	}
	require.Equal(t, attempts, i.provider.stats().Messages)
}

// controlWhileAway carries a control out while Temporal does not answer: it is answered soon, and its workflow is told later.
func controlWhileAway(t *testing.T, api *client, campaignID, control string) controlResult {
	t.Helper()
	// answersWithin is what Beckon gives itself, two seconds, and what a loaded machine may add.
	const answersWithin = 10 * time.Second
	began := time.Now()
	result := api.control(campaignID, control)
	took := time.Since(began)
	t.Logf("%s was answered in %s", control, took.Round(time.Millisecond))
	require.Less(t, took, answersWithin)
	require.True(t, result.Changed)
	require.Equal(t, "pending", result.Workflow)
	return result
}
