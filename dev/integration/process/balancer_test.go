package process_test

import (
	"context"
	"errors"
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
// `/readyz` was 200. One to which no connection could be made goes to the next server; any other failure is the client's to
// see, since the server may have done what was asked.
type balancer struct {
	address string
	servers []*balanced
	turn    atomic.Uint64
	// Answers of 502 and above that clients got.
	failures atomic.Int64
}

// balanced is one of the servers.
type balanced struct {
	address string
	ready   atomic.Bool
	served  atomic.Int64
}

func newBalancer(t *testing.T, addresses ...string) *balancer {
	t.Helper()
	b := &balancer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	for _, address := range addresses {
		server := &balanced{address: address}
		b.servers = append(b.servers, server)
		go server.watch(ctx)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Scheme, request.Out.URL.Host = "http", request.In.Host
			request.Out.Host = request.In.Host
		},
		Transport: &http.Transport{DialContext: b.dial, MaxIdleConnsPerHost: -1, DisableKeepAlives: true},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			b.failures.Add(1)
			t.Logf("%s %s failed: %s", r.Method, r.URL.Path, err)
			w.WriteHeader(http.StatusBadGateway)
		},
		ErrorLog: log.New(t.Output(), "", 0),
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(func() {
		front.Close()
		cancel()
	})
	b.address = front.Listener.Addr().String()
	return b
}

// errNoServer is what a client is told while no server is ready.
var errNoServer = errors.New("no server is ready")

// dial connects to the next server that is ready.
func (b *balancer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var dialer net.Dialer
	problem := errNoServer
	first := b.turn.Add(1)
	for i := range b.servers {
		server := b.servers[(first+uint64(i))%uint64(len(b.servers))]
		if !server.ready.Load() {
			continue
		}
		connection, err := dialer.DialContext(ctx, network, server.address)
		if err == nil {
			server.served.Add(1)
			return connection, nil
		}
		problem = err
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
