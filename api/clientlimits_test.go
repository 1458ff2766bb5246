package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
)

// from has a request come from an address.
func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address + ":1234" }
}

// movable is a clock that a test moves.
type movable struct {
	mu  sync.Mutex
	now time.Time
}

func (m *movable) read() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *movable) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// An address that calls what is public more often than anybody needs waits; others do not, and webhooks may come in
// thousands.
func TestPublicRoutesAreLimited(t *testing.T) {
	t.Parallel()
	clock := &movable{now: testNow()}
	b := setup(t, func(c *api.Config) { c.Now = clock.read })
	nobody := withKey("")
	for _, route := range []struct {
		method, path, body string
		burst, status      int
	}{
		{http.MethodGet, "/healthz", "", 500, http.StatusOK},
		{http.MethodGet, "/nothing", "", 500, http.StatusNotFound},
		{http.MethodPost, "/api/v1/session/link/check", `{"token":"x"}`, 60, http.StatusNotFound},
		{http.MethodGet, "/api/v1/campaigns", "", 500, http.StatusUnauthorized},
	} {
		clock.advance(time.Hour)
		call := func(address string) int {
			t.Helper()
			return b.request(route.method, route.path, route.body, nobody, from(address)).status
		}
		for range route.burst {
			require.Equal(t, route.status, call("192.0.2.7"))
		}
		refused := b.request(route.method, route.path, route.body, nobody, from("192.0.2.7"))
		refused.problem(http.StatusTooManyRequests, models.CodeTooManyRequests)
		require.Equal(t, "1", refused.header.Get("Retry-After"))
		require.Equal(t, route.status, call("192.0.2.8"), route.path)
		clock.advance(time.Second)
		require.Equal(t, route.status, call("192.0.2.7"), route.path)
	}
	// Who is known is not limited.
	for range 600 {
		require.Equal(t, http.StatusOK, b.request(http.MethodGet, "/api/v1/campaigns", "", from("192.0.2.7")).status)
	}
	for range 600 {
		b.request(http.MethodPost, eventsPath, "[]", nobody, from("192.0.2.7")).
			problem(http.StatusForbidden, models.CodeBadSignature)
	}
}

// X-Forwarded-For counts where a trusted proxy says it, and its last address that is no proxy's.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trusted   string
		remote    string
		forwarded string // %d is another each time
		limited   bool
	}{
		"nobody trusted":        {"", "10.0.0.1", "192.0.2.%d", true},
		"trusted":               {"10.0.0.0/8", "10.0.0.1", "192.0.2.%d", false},
		"another proxy":         {"10.0.0.0/8", "172.16.0.1", "192.0.2.%d", true},
		"a client that lies":    {"10.0.0.0/8", "10.0.0.1", "192.0.2.%d, 198.51.100.7", true},
		"two proxies":           {"10.0.0.0/8", "10.0.0.1", "192.0.2.%d, 10.9.9.9", false},
		"a proxy on this host":  {"127.0.0.0/8", "127.0.0.1", "192.0.2.%d", false},
		"loopback by itself":    {"10.0.0.0/8", "127.0.0.1", "192.0.2.%d", true},
		"one network of IPv6":   {"10.0.0.0/8", "10.0.0.1", "2001:db8::%d", true},
		"networks of IPv6":      {"10.0.0.0/8", "10.0.0.1", "2001:db8:0:%d::1", false},
		"what is no address":    {"10.0.0.0/8", "10.0.0.1", "nonsense %d", true},
		"a proxy with IPv6":     {"fd00::/8", "[fd00::1]", "192.0.2.%d", false},
		"IPv4 written as IPv6":  {"10.0.0.0/8", "10.0.0.1", "::ffff:192.0.2.%d", false},
		"a header that is long": {"10.0.0.0/8", "10.0.0.1", "1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.%d", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(c *api.Config) {
				if test.trusted != "" {
					c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(test.trusted)}
				}
			})
			limited := false
			for i := range 61 {
				answer := b.request(http.MethodPost, "/api/v1/session/link/check", `{"token":"x"}`, withKey(""), from(test.remote),
					func(r *http.Request) { r.Header.Set("X-Forwarded-For", fmt.Sprintf(test.forwarded, i+1)) })
				limited = limited || answer.status == http.StatusTooManyRequests
			}
			require.Equal(t, test.limited, limited)
		})
	}
}
