package process_test

import (
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRollingReplacement is the topology of production as processes: Temporal and Beckon on Postgres, two APIs behind a
// balancer, two workers. During a campaign each API and worker is replaced in turn, as an upgrade does it, while staff look on
// and another system goes on adding contacts: no request fails, nobody gets two messages, and nobody none.
func TestRollingReplacement(t *testing.T) {
	t.Parallel()
	const (
		contacts = 1000
		between  = 150 // messages from one replacement to the next
	)
	addresses := []string{freeAddress(t), freeAddress(t)}
	front := newBalancer(t, addresses...)
	i := newInstallation(t, newPostgresDatabase(t), front.address, "--postgres", newTemporalDatabases(t))
	i.variables = append(i.variables, "BECKON_PUBLIC_URL=http://"+front.address, "BECKON_STOP_DELAY=1s")
	apis := []*process{i.startAPI(addresses[0]), i.startAPI(addresses[1])}
	workers := []*process{i.startWorker(), i.startWorker()}

	api := newClient(t, "http://"+front.address, bootstrapKey)
	id := api.createCampaign("Upgraded while it sends", contacts)
	require.True(t, api.control(id, "go-live").Changed)
	traffic := startTraffic(t, api, id)

	// Each is asked to stop, comes to its end by itself, and is started anew.
	sent := 0
	for step := range len(apis) + len(workers) {
		sent = until(t, long, "more messages arrive", i.provider.stats,
			func(s sandboxStats) bool { return s.Messages >= sent+between }).Messages
		which, old := step/2, workers[step/2]
		if step%2 == 1 {
			old = apis[which]
		}
		began := time.Now()
		old.signal(syscall.SIGTERM)
		require.Zero(t, old.untilEnd(), old.name)
		if step%2 == 1 {
			apis[which] = i.startAPI(addresses[which])
		} else {
			workers[which] = i.startWorker()
		}
		t.Logf("%s was replaced at %d messages, in %s", old.name, sent, time.Since(began).Round(time.Millisecond))
	}
	require.Less(t, i.provider.stats().Messages, contacts, "all were replaced while it sent")

	added, requests := traffic.stop()
	require.Zero(t, front.failures.Load(), "no request failed")
	t.Logf("%d requests were answered meanwhile, %d contacts added", requests, added)
	require.Positive(t, added)
	for _, server := range front.servers {
		require.Positive(t, server.served.Load(), server.address)
	}
	api.untilCompleted(id)
	r := &campaignRun{t: t, api: api, provider: i.provider.client, id: id}
	require.Zero(t, r.requireOnceEach(contacts+added), "contacts in doubt: whoever stops lets what it sends come to its end")
	require.Zero(t, front.failures.Load(), "no webhook failed")
}

// startAPI starts an API, and waits until it serves.
func (i *installation) startAPI(address string) *process {
	i.t.Helper()
	server := i.start("api", "BECKON_LISTEN="+address)
	newClient(i.t, "http://"+address, bootstrapKey).untilServes(server)
	return server
}

// traffic is what clients ask of the API all the time.
type traffic struct {
	t        *testing.T
	done     chan struct{}
	ended    sync.WaitGroup
	added    int
	requests int
}

// startTraffic has staff look at the campaign, and another system add contacts to it. Every request must be answered as it
// should be.
func startTraffic(t *testing.T, api *client, campaignID string) *traffic {
	t.Helper()
	const every = 250 * time.Millisecond
	r := &traffic{t: t, done: make(chan struct{})}
	r.ended.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			path := "/api/v1/campaigns/" + campaignID
			if !r.ask(api, http.MethodGet, path+"/progress", nil) || !r.ask(api, http.MethodGet, path+"/contacts?perPage=20", nil) ||
				!r.ask(api, http.MethodPost, path+"/contacts", map[string]any{"contacts": []map[string]string{{
					"firstName": "Late", "email": fmt.Sprintf("late-%d@people.example", r.added),
				}}}) {
				return
			}
			r.added++
			select {
			case <-r.done:
				return
			case <-ticker.C:
			}
		}
	})
	t.Cleanup(func() { r.stop() })
	return r
}

// ask sends a request, and says whether it was answered with 200.
func (r *traffic) ask(api *client, method, path string, in any) bool {
	r.requests++
	status, content, err := api.sendJSON(method, path, in)
	if err != nil || status != http.StatusOK {
		r.t.Errorf("%s %s: status %d, error %v, %s", method, path, status, err, content)
		return false
	}
	return true
}

// stop ends it, and returns how many contacts were added and requests answered.
func (r *traffic) stop() (added, requests int) {
	select {
	case <-r.done:
	default:
		close(r.done)
	}
	r.ended.Wait()
	return r.added, r.requests
}
