package providers

import (
	"net"
	"net/http"
	"time"
)

// Limits of a provider's connections and answers. They are Beckon's.
const (
	// maxIdleConnections exceeds the activities that talk to one provider at once (8 for each queue by default), so that
	// a burst does not open and close a connection for every call.
	maxIdleConnections = 32
	// idleTimeout is short: a connection that the server closes while we write on it leaves the outreach in doubt.
	idleTimeout = 5 * time.Second
	keepAlive   = 30 * time.Second
)

// NewClient makes the HTTP client of one provider. Timeout bounds a whole call, from the dial to the answer's last byte;
// 0 means none. Transport is nil for the default one.
//
// The client follows no redirect and tries nothing twice. Go's HTTP/1 transport repeats a POST only if not one byte of it
// was written; its HTTP/2 transport also repeats streams that the server reset, so HTTP/2 is off.
func NewClient(timeout time.Duration, transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = newTransport(timeout)
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     recorder{next: transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func newTransport(timeout time.Duration) *http.Transport {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: timeout, KeepAlive: keepAlive}).DialContext,
		TLSHandshakeTimeout: timeout,
		MaxIdleConns:        maxIdleConnections,
		MaxIdleConnsPerHost: maxIdleConnections,
		IdleConnTimeout:     idleTimeout,
		Protocols:           protocols,
	}
}
