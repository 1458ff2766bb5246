package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStop stops beckon-dev as Ctrl-C does, while it sends and while it has nothing to do. What was under way comes to its
// end, so that the next start goes on without any doubt.
func TestStop(t *testing.T) {
	t.Parallel()
	const (
		contacts  = 300
		stoppedAt = 100
		// stopsWithin is generous: what is under way takes moments, and each part is given up after its own limit.
		stopsWithin = 30 * time.Second
	)
	d := newDev(t, beckonDev())
	d.start()
	id := d.api.createCampaign("Stopped while it sends", contacts)
	require.True(t, d.api.control(id, "go-live").Changed)
	until(t, long, "messages arrive", d.sandbox.stats, func(s sandboxStats) bool { return s.Messages >= stoppedAt })

	code, took := d.process.stop()
	require.Zero(t, code)
	require.Less(t, took, stopsWithin)
	t.Logf("stopped while sending in %s", took.Round(time.Millisecond))

	d.start()
	sent := d.sandbox.stats().Messages
	require.Less(t, sent, contacts, "it was stopped while it sent")
	d.api.untilCompleted(id)
	r := &campaignRun{t: t, api: d.api, provider: d.sandbox, id: id}
	require.Zero(t, r.requireOnceEach(contacts), "contacts in doubt")

	code, took = d.process.stop()
	require.Zero(t, code)
	require.Less(t, took, stopsWithin)
	t.Logf("stopped while idle in %s", took.Round(time.Millisecond))
}
