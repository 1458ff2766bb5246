package providers

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"beckon/models"
)

// maxDetailBytes is the longest ProviderError.Detail: 2 KiB.
const maxDetailBytes = 2 << 10

// MaxRetryAfter is the longest delay that a provider is believed: a day.
const MaxRetryAfter = 24 * time.Hour

// Codes of failures that have no HTTP status. The first group goes with FailureDown, the second with FailureInDoubt;
// CodeCancelled goes with either.
const (
	CodeConnectionRefused = "connection_refused"
	CodeDNS               = "dns"
	CodeTLS               = "tls"
	CodeConnectTimeout    = "connect_timeout"
	CodeNoConnection      = "no_connection"

	CodeTimeout          = "timeout"
	CodeConnectionClosed = "connection_closed"
	CodeBrokenAnswer     = "broken_answer"

	CodeCancelled = "cancelled"
)

// Unstarted is the failure of a call that is not made because its context has ended already: provably not taken. It is nil
// while the context holds.
func Unstarted(ctx context.Context) *models.ProviderError {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	return &models.ProviderError{Kind: models.FailureDown, Code: downCode(err)}
}

// Failure says what a call that did not simply succeed proves. Err is what the SDK returned; it may be nil where an
// answer came that lacks what success needs.
//
//   - no connection was had, whether refused, unknown to the DNS, failed in TLS or out of time: FailureDown;
//   - 429, and 503 with a Retry-After that can be read: FailureLimit;
//   - 401, 403: FailureAuth;
//   - any other 4xx: FailureRejected, code is the status;
//   - anything else, such as any other status, a time-out, an end of the connection, or a broken answer: FailureInDoubt.
//
// An answer's header is an answer, even if its body breaks off: a refusal stays one.
func (c *Call) Failure(err error) *models.ProviderError {
	if status := c.Status(); status != 0 {
		return c.answered(status, err)
	}
	failure := &models.ProviderError{Kind: models.FailureInDoubt}
	if err != nil {
		failure.Detail = Cut(c.withoutSecrets(err.Error()), maxDetailBytes)
	}
	if c.neverConnected(err) {
		failure.Kind, failure.Code = models.FailureDown, downCode(err)
		if failure.Code == CodeNoConnection && c.noHandshake() {
			failure.Code = CodeTLS
		}
		return failure
	}
	failure.Code = doubtCode(err)
	return failure
}

// neverConnected says whether it is proved that no byte of the request was written: the transport reported that it asked
// for a connection, and never that it got one. The report of a connection comes after the TLS handshake and before the
// first byte. A transport that reports nothing proves it by a dial error alone.
func (c *Call) neverConnected(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connected {
		return false
	}
	var op *net.OpError
	return c.asked || (errors.As(err, &op) && op.Op == "dial")
}

// noHandshake says whether a TLS handshake failed.
func (c *Call) noHandshake() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unsecured
}

// read says whether the answer was read to its end.
func (c *Call) read() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.whole
}

// answered is the failure of a call whose answer's header came.
func (c *Call) answered(status int, err error) *models.ProviderError {
	failure := &models.ProviderError{Code: strconv.Itoa(status), Detail: c.Words()}
	delay, asked := retryAfter(c.Header("Retry-After"), time.Now())
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && asked:
		failure.Kind, failure.RetryAfter = models.FailureLimit, delay
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		failure.Kind = models.FailureAuth
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		failure.Kind = models.FailureRejected
	case c.Succeeded() && err != nil:
		failure.Kind, failure.Code = models.FailureInDoubt, doubtCode(err)
		if c.read() {
			failure.Code = CodeBrokenAnswer // the connection held; it is the answer that ends too early
		}
		failure.Detail = Cut(c.withoutSecrets(err.Error()), maxDetailBytes)
	default:
		failure.Kind = models.FailureInDoubt
	}
	return failure
}

// retryAfter reads a Retry-After header (RFC 9110, 10.2.3): seconds or a date. It says whether it could be read.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		longest := uint64(MaxRetryAfter / time.Second)
		return time.Duration(min(seconds, longest)) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return Delay(at, now), true
}

// Delay is how long from now until an instant that a provider names: never negative, at most MaxRetryAfter.
func Delay(at, now time.Time) time.Duration {
	return min(max(at.Sub(now), 0), MaxRetryAfter)
}

// downCode names why there was no connection.
func downCode(err error) string {
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return CodeCancelled
	case errors.Is(err, syscall.ECONNREFUSED):
		return CodeConnectionRefused
	case errors.As(err, &dns):
		return CodeDNS
	case timedOut(err):
		return CodeConnectTimeout
	default:
		return CodeNoConnection
	}
}

// doubtCode names why no whole answer came.
func doubtCode(err error) string {
	switch {
	case err == nil:
		return CodeBrokenAnswer
	case errors.Is(err, context.Canceled):
		return CodeCancelled
	case timedOut(err):
		return CodeTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return CodeConnectionClosed
	default:
		return CodeBrokenAnswer
	}
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

// Cut makes a provider's words fit for the database: valid UTF-8 without NUL, which Postgres refuses, and at most limit
// bytes, cut between characters.
func Cut(text string, limit int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
