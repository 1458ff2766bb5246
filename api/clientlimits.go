package api

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"beckon/models"
)

// How much an address may ask for without being known: a second, and at once. What guesses passwords and links has much
// narrower limits of its own, in the database; these keep a process from being kept busy. Providers, whose webhooks come from
// few addresses, are only kept from drowning it.
const (
	publicRate   = 50
	publicBurst  = 500
	webhookRate  = 2_000
	webhookBurst = 10_000
	signInRate   = 5
	signInBurst  = 60
)

// maxClients is how many addresses are told apart. Where there are more, those that are new share one limit.
const maxClients = 20_000

// clientLimits limits how often addresses may ask.
type clientLimits struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	clients map[string]*rate.Limiter
	others  *rate.Limiter
}

func newClientLimits(perSecond rate.Limit, burst int) *clientLimits {
	return &clientLimits{
		rate: perSecond, burst: burst, clients: map[string]*rate.Limiter{}, others: rate.NewLimiter(perSecond, burst),
	}
}

// allow says whether the address may ask now.
func (l *clientLimits) allow(address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, known := l.clients[address]
	if !known {
		if len(l.clients) >= maxClients {
			l.forget(now)
		}
		if len(l.clients) >= maxClients {
			return l.others.AllowN(now, 1)
		}
		limiter = rate.NewLimiter(l.rate, l.burst)
		l.clients[address] = limiter
	}
	return limiter.AllowN(now, 1)
}

// forget drops addresses that have all of their limit again.
func (l *clientLimits) forget(now time.Time) {
	for address, limiter := range l.clients {
		if limiter.TokensAt(now) >= float64(l.burst) {
			delete(l.clients, address)
		}
	}
}

// tooMany is what is answered to an address that asks too often.
func tooMany() error {
	return &models.Error{
		Code: models.CodeTooManyRequests, Detail: "this address asks too often; wait a moment", RetryAfter: time.Second,
	}
}

// limitClients keeps addresses that are not known within their limits: all that calls what is public.
func (s *server) limitClients(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		address := addressOf(c.RealIP())
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), addressKey{}, address)))
		limits := s.publicLimits
		switch route := s.routeOf(c); {
		case route == nil && underAPI(c.Request().URL.Path):
			return next(c)
		case route == nil:
		case route.permission != public:
			return next(c)
		case route.raw:
			limits = s.webhookLimits
		case route.session:
			limits = s.signInLimits
		}
		if !limits.allow(address, s.now()) {
			return tooMany()
		}
		return next(c)
	}
}

// countRefused counts a request whose caller nobody knows, and returns what it is to be answered.
func (s *server) countRefused(c echo.Context, err error) error {
	if models.ErrorCode(err) == models.CodeUnauthorized && !s.publicLimits.allow(clientAddress(c.Request().Context()), s.now()) {
		return tooMany()
	}
	return err
}

// addressKey is the key under which a context carries the client's address.
type addressKey struct{}

// clientAddress is where a request comes from.
func clientAddress(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

// addressOf is an address as clients are told apart by: of IPv6 the network of 64 bits, all of whose addresses one client
// may have.
func addressOf(text string) string {
	const network = 64
	address, err := netip.ParseAddr(text)
	if err != nil {
		return "unknown"
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(network)
	if err != nil {
		return address.String()
	}
	return prefix.String()
}

// addressExtractor reads the client's address: that of the connection or, where that is a trusted proxy's, the last one of
// X-Forwarded-For that is no such proxy's.
func addressExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		bits := prefix.Addr().BitLen()
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: prefix.Masked().Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), bits),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
