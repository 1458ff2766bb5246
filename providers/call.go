package providers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
)

// maxAnswerBytes is the longest answer that is read: 1 MiB, far more than a provider's answer to one outreach.
const maxAnswerBytes = 1 << 20

// errAnswerTooLong is the error of reading an answer beyond maxAnswerBytes.
var errAnswerTooLong = errors.New("the answer is longer than 1 MiB")

// Call watches one HTTP call of a client made by NewClient: whether a connection was ever had for it, so that bytes may
// have been written, and what was answered. It works through any SDK that passes the context on.
type Call struct {
	mu        sync.Mutex
	asked     bool // the transport asked for a connection, so it reports to httptrace
	connected bool // it got one: from here on the request may have been written
	unsecured bool // a TLS handshake failed
	status    int
	header    http.Header
	whole     bool   // the body was read to its end
	words     []byte // the beginning of the answer's body: maxDetailBytes, and a secret that may begin within them
	secrets   []string
}

type callKey struct{}

// Watch returns a context for one call, and the Call that will know about it.
func Watch(ctx context.Context) (context.Context, *Call) {
	call := &Call{}
	ctx = context.WithValue(ctx, callKey{}, call)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { call.mark(func() { call.asked = true }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			call.mark(func() { call.unsecured = call.unsecured || err != nil })
		},
		GotConn: func(httptrace.GotConnInfo) { call.mark(func() { call.connected = true }) },
	})
	return ctx, call
}

// Status is the HTTP status of the answer; 0 where no answer's header came.
func (c *Call) Status() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Succeeded says whether the status is 2xx.
func (c *Call) Succeeded() bool {
	status := c.Status()
	return status >= http.StatusOK && status < http.StatusMultipleChoices
}

// Header is the first value of the answer's header of that name; empty where there is none.
func (c *Call) Header(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.header.Get(name)
}

// Words is the beginning of the answer's body as text, as far as it was read, without the credentials of the request, which
// a provider may quote.
func (c *Call) Words() string {
	c.mu.Lock()
	words := string(c.words)
	c.mu.Unlock()
	return Cut(c.withoutSecrets(words), maxDetailBytes)
}

// withoutSecrets is the text without the credentials of the request.
func (c *Call) withoutSecrets(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, secret := range c.secrets {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	return text
}

// shortestSecret is the shortest text that is taken for a credential: shorter ones would be found in any answer.
const shortestSecret = 8

// longestSecret is how much more of an answer is kept, so that no credential in it is cut before it is known as one.
const longestSecret = 1 << 10

// secretsOf lists the credentials of a request: what its Authorization says, and what that holds where it is encoded.
func secretsOf(request *http.Request) []string {
	secrets := []string{}
	add := func(secret string) {
		if len(secret) >= shortestSecret {
			secrets = append(secrets, secret)
		}
	}
	_, credentials, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	add(credentials)
	if _, password, basic := request.BasicAuth(); basic {
		add(password)
	}
	return secrets
}

func (c *Call) mark(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// recorder writes the answer's status, header and first words into the Call of the request's context.
type recorder struct {
	next http.RoundTripper
}

// RoundTrip passes the request on.
func (r recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	call, watched := request.Context().Value(callKey{}).(*Call)
	if watched {
		secrets := secretsOf(request)
		call.mark(func() { call.secrets = secrets })
	}
	response, err := r.next.RoundTrip(request)
	if err != nil || !watched {
		return response, err //nolint:wrapcheck // a transport's error must reach net/http as it is
	}
	call.mark(func() { call.status, call.header, call.words = response.StatusCode, response.Header.Clone(), nil })
	response.Body = &answer{body: response.Body, call: call, left: maxAnswerBytes}
	return response, nil
}

// answer is an answer's body, read up to a limit.
type answer struct {
	body io.ReadCloser
	call *Call
	left int
}

// Read fails with errAnswerTooLong beyond the limit.
func (a *answer) Read(buffer []byte) (int, error) {
	if a.left <= 0 {
		return 0, errAnswerTooLong
	}
	n, err := a.body.Read(buffer[:min(len(buffer), a.left)])
	a.left -= n
	a.call.mark(func() {
		room := maxDetailBytes + longestSecret - len(a.call.words)
		a.call.words = append(a.call.words, buffer[:min(n, room)]...)
		a.call.whole = errors.Is(err, io.EOF)
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("read answer: %w", err)
	}
	return n, err //nolint:wrapcheck // io.EOF must stay as it is
}

// Close closes the body.
func (a *answer) Close() error {
	if err := a.body.Close(); err != nil {
		return fmt.Errorf("close answer: %w", err)
	}
	return nil
}
