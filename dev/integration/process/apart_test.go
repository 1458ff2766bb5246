package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTwoWorkersTwoAPIs runs two workers and two APIs on one Postgres, and kills a worker while it sends: the other goes on
// with what it had in hand, and nobody gets two messages.
func TestTwoWorkersTwoAPIs(t *testing.T) {
	t.Parallel()
	const contacts, killedAt = 600, 200
	addresses := []string{freeAddress(t), freeAddress(t)}
	i := newInstallation(t, newPostgresDatabase(t), addresses[0])
	first, second := i.serve("api", addresses[0]), i.serve("api", addresses[1])
	killed, _ := i.startWorker(), i.startWorker()

	id := first.createCampaign("Two of each", contacts)
	require.True(t, second.control(id, "go-live").Changed)
	until(t, long, "messages arrive", i.provider.stats, func(s sandboxStats) bool { return s.Messages >= killedAt })
	killed.kill()
	require.Less(t, i.provider.stats().Messages, contacts, "the worker was killed while it sent")

	second.untilCompleted(id)
	r := &campaignRun{t: t, api: first, provider: i.provider.client, id: id}
	require.LessOrEqual(t, r.requireOnceEach(contacts), sendsAtOnce)
}
