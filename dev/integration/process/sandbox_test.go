package process_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// sandboxStats is what the sandbox counts. Fewer addresses than messages: somebody got two.
type sandboxStats struct {
	Messages         int `json:"messages"`
	Addresses        int `json:"addresses"`
	CallbacksPending int `json:"callbacksPending"`
}

func (s sandboxStats) duplicates() int { return s.Messages - s.Addresses }

// stats asks a sandbox what it counts.
func (c *client) stats() sandboxStats {
	c.t.Helper()
	var stats sandboxStats
	c.call(http.MethodGet, "/sandbox/stats", nil, http.StatusOK, &stats)
	return stats
}

// setFaults replaces the faults of a sandbox.
func (c *client) setFaults(faults map[string]any) {
	c.t.Helper()
	c.call(http.MethodPut, "/sandbox/faults", faults, http.StatusOK, nil)
}

// recipients counts the messages that a sandbox holds by their addresses. Nothing may arrive meanwhile.
func (c *client) recipients() map[string]int {
	c.t.Helper()
	const perPage = 1000
	counts, seen := map[string]int{}, 0
	for page := 1; ; page++ {
		var list struct {
			Data []struct {
				To string `json:"to"`
			} `json:"data"`
			Total int `json:"total"`
		}
		c.call(http.MethodGet, fmt.Sprintf("/sandbox/messages?page=%d&perPage=%d", page, perPage), nil, http.StatusOK, &list)
		for _, message := range list.Data {
			counts[message.To]++
		}
		seen += len(list.Data)
		if len(list.Data) < perPage {
			require.Equal(c.t, list.Total, seen)
			return counts
		}
	}
}

// provider is the sandbox as a process of its own, as the real ones are: it outlives what becomes of Beckon, and takes what
// was under way to it. Its events pass through a gate, and stay away, as if the provider were slow, while that is shut.
type provider struct {
	*client

	process *process
	gate    *gate
	// variables lead Beckon to it.
	variables []string
}

// startProvider starts a provider whose events go to the API, through an open gate.
func startProvider(t *testing.T, apiURL string) *provider {
	t.Helper()
	gate := newGate(t, apiURL)
	address := freeAddress(t)
	p := startProcess(t, "beckon-dev sandbox", built.path(t, beckonDev()), []string{"BECKON_SECRET_KEY=" + secretKey},
		"sandbox", "--data", t.TempDir(), "--sandbox", address, "--api", gate.address)
	ready := p.untilReady()
	return &provider{client: newClient(t, ready["sandbox"], ""), process: p, gate: gate, variables: []string{
		"SENDGRID_API_KEY=" + ready["sendgrid-key"], "SENDGRID_BASE_URL=" + ready["sendgrid"],
		"SENDGRID_WEBHOOK_PUBLIC_KEY=" + ready["sendgrid-webhook-key"],
		"TWILIO_ACCOUNT_SID=" + ready["twilio-sid"], "TWILIO_AUTH_TOKEN=" + ready["twilio-token"],
		"TWILIO_BASE_URL=" + ready["twilio"],
		"OPENAI_API_KEY=" + ready["openai-key"], "OPENAI_BASE_URL=" + ready["openai"], "OPENAI_MODEL=sandbox",
	}}
}

// gate passes requests on while it is open, and breaks the connection while it is shut.
type gate struct {
	address string
	isShut  atomic.Bool
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	parsed, err := url.Parse(target)
	require.NoError(t, err)
	g := &gate{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) { request.SetURL(parsed) },
		// Beckon is down at times; who calls tries again.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.isShut.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.address = server.Listener.Addr().String()
	return g
}

func (g *gate) shut() { g.isShut.Store(true) }
func (g *gate) open() { g.isShut.Store(false) }

// sampleFile is a file of so many contacts, as `beckon sample-csv` writes it.
func sampleFile(t *testing.T, contacts int) []byte {
	t.Helper()
	command := exec.Command(built.path(t, beckonBinary()), "sample-csv", fmt.Sprint(contacts))
	command.Env = neutralEnvironment()
	file, err := command.Output()
	require.NoError(t, err)
	return file
}
