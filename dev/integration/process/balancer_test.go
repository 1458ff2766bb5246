package process_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync/atomic"
	"testing"
	"time"
)

// readyEvery is how often the balancer asks a server whether it is ready.
const readyEvery = 100 * time.Millisecond

// balancer stands before several APIs, as a proxy does in production. A request goes to the next server whose last answer of
// `/readyz` was 200, over a connection that may be an older one. One to which no connection could be made goes to the next
// server; any other failure is the client's to see, since the server may have done what was asked.
type balancer struct {
	address  string
	servers  []*balanced
	turn     atomic.Uint64
	failures atomic.Int64 // requests that no server has answered
}

// balanced is one of the servers.
type balanced struct {
	address   string
	transport *http.Transport
	ready     atomic.Bool
	served    atomic.Int64
}

func newBalancer(t *testing.T, addresses ...string) *balancer {
	t.Helper()
	b := &balancer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	for _, address := range addresses {
		server := &balanced{address: address, transport: &http.Transport{}}
		b.servers = append(b.servers, server)
		go server.watch(ctx)
	}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) { request.Out.URL.Scheme = "http" }, Transport: b,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			b.failures.Add(1)
			t.Logf("%s %s failed: %s", r.Method, r.URL.Path, err)
			w.WriteHeader(http.StatusBadGateway)
		},
		ErrorLog: log.New(t.Output(), "", 0),
	})
	t.Cleanup(func() {
		front.Close()
		cancel()
		for _, server := range b.servers {
			server.transport.CloseIdleConnections()
		}
	})
	b.address = front.Listener.Addr().String()
	return b
}

// errNoServer is what a client is told while no server is ready.
var errNoServer = errors.New("no server is ready")

// RoundTrip implements http.RoundTripper.
func (b *balancer) RoundTrip(request *http.Request) (*http.Response, error) {
	body := []byte{}
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}
	problem := errNoServer
	first := b.turn.Add(1)
	for i := range b.servers {
		server := b.servers[(first+uint64(i))%uint64(len(b.servers))]
		if !server.ready.Load() {
			continue
		}
		attempt := request.Clone(request.Context())
		attempt.URL.Host, attempt.Body = server.address, io.NopCloser(bytes.NewReader(body))
		response, err := server.transport.RoundTrip(attempt)
		if err == nil {
			server.served.Add(1)
			return response, nil
		}
		problem = err
		if network := (*net.OpError)(nil); !errors.As(err, &network) || network.Op != "dial" {
			break
		}
	}
	return nil, problem
}

// watch asks again and again whether the server is ready.
func (s *balanced) watch(ctx context.Context) {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	for {
		s.ready.Store(s.isReady(ctx, client))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *balanced) isReady(ctx context.Context, client *http.Client) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}
