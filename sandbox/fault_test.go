package sandbox_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/sandbox"
)

func TestFaultsThatStoreNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		faults     string
		status     int
		retryAfter string
	}{
		"RateLimited":      {faults: `{"email":{"kind":"429"}}`, status: http.StatusTooManyRequests},
		"RateLimitedUntil": {faults: `{"email":{"kind":429,"rate":1,"retryAfter":7}}`, status: http.StatusTooManyRequests, retryAfter: "7"},
		"ServerError":      {faults: `{"email":{"kind":500}}`, status: http.StatusInternalServerError},
		"Unauthorized":     {faults: `{"email":{"kind":"401"}}`, status: http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.client.Transport = newContract(t, b.client.Transport)
			b.setFaults(t, tt.faults)

			answer, err := b.send(t, testMail("ava@example.com", "1"))
			require.NoError(t, err)
			require.Equal(t, tt.status, answer.StatusCode)
			require.Contains(t, answer.Body, `"errors":[{"message":`)
			require.Equal(t, tt.retryAfter, http.Header(answer.Headers).Get("Retry-After"))
			require.Zero(t, b.stats(t).Messages)

			b.setFaults(t, `{}`)
			answer, err = b.send(t, testMail("ava@example.com", "1"))
			require.NoError(t, err)
			require.Equal(t, http.StatusAccepted, answer.StatusCode)
		})
	}
}

func TestFaultsThatStore(t *testing.T) {
	t.Parallel()

	for _, kind := range []string{"drop_after_accept", "malformed"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.setFaults(t, `{"email":{"kind":"`+kind+`"}}`)

			answer, err := b.send(t, testMail("ava@example.com", "1"))
			require.Error(t, err, "%v", answer)
			require.Len(t, b.messagesTo(t, "ava@example.com"), 1)
			require.Equal(t, []string{"processed", "delivered"}, names(b.webhook.waitFor(t, "ava@example.com", 2)))

			// A request that is not valid stores nothing, fault or not.
			status, _ := b.postMail(t, `{}`, nil)
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, 1, b.stats(t).Messages)
		})
	}

	t.Run("delay", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.setFaults(t, `{"email":{"kind":"delay","delayMs":150}}`)
		start := time.Now()
		answer, err := b.send(t, testMail("ava@example.com", "1"))
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answer.StatusCode)
		require.GreaterOrEqual(t, time.Since(start), 150*time.Millisecond)

		// A client that does not wait so long cannot know, but the message is stored.
		b.client.Timeout = 50 * time.Millisecond
		_, err = b.send(t, testMail("ben@example.com", "2"))
		require.Error(t, err)
		b.client.Timeout = patience
		require.Eventually(t, func() bool { return b.stats(t).Messages == 2 }, patience, interval)
		require.Len(t, b.webhook.waitFor(t, "ben@example.com", 2), 2)
	})
}

func TestFaultDelayEndsWithTheSandbox(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.setFaults(t, `{"email":{"kind":"delay","delayMs":600000}}`)
	failed, sent := make(chan error, 1), make(chan struct{})
	b.client.Transport = tracer{next: b.client.Transport, wrote: func() { close(sent) }}
	go func() {
		_, err := b.send(t, testMail("ava@example.com", "1"))
		failed <- err
	}()
	<-sent
	b.stop(t)
	require.Error(t, <-failed)
	b.client = newClient(t)
	b.start(t)
	require.Zero(t, b.stats(t).Messages)
}

// tracer tells when a request has been written.
type tracer struct {
	next  http.RoundTripper
	wrote func()
}

// RoundTrip passes the request on.
func (r tracer) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { r.wrote() },
	})

	return r.next.RoundTrip(request.WithContext(ctx))
}

func TestFaultRate(t *testing.T) {
	t.Parallel()
	draw := func(t *testing.T) (hits string) {
		t.Helper()
		b := setup(t)
		b.setFaults(t, `{"email":{"kind":"500","rate":0.3}}`)
		failed := 0
		for i := range 100 {
			answer, err := b.send(t, testMail(fmt.Sprintf("c%d@example.com", i), "1"))
			require.NoError(t, err)
			if answer.StatusCode == http.StatusAccepted {
				hits += "."
			} else {
				failed++
				hits += "x"
			}
		}
		require.InDelta(t, 30, failed, 18) // four standard deviations
		require.Equal(t, 100-failed, b.stats(t).Messages)

		return hits
	}
	first := draw(t)
	require.Equal(t, first, draw(t), "one seed, one choice")
}

func TestFaultRefuse(t *testing.T) {
	t.Parallel()

	t.Run("Always", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		// A kept-alive connection must not get past the closed port.
		_, err := b.send(t, testMail("ava@example.com", "1"))
		require.NoError(t, err)
		b.setFaults(t, `{"email":{"kind":"refuse","rate":1}}`)
		for range 20 {
			require.Eventually(t, func() bool {
				_, err := b.send(t, testMail("ben@example.com", "2"))

				return errors.Is(err, syscall.ECONNREFUSED)
			}, patience, interval)
		}
		require.Equal(t, 1, b.stats(t).Messages)

		// The planner has another port and works on.
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.PlanURL()+"/models", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+openAIKey)
		answer, err := b.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())

		// The main listener stays open and drops the connection.
		_, err = b.sendAs(t, sendGridKey, b.server.URL(), testMail("ben@example.com", "2"))
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 1, b.stats(t).Messages)

		b.setFaults(t, `{}`)
		answered, err := b.send(t, testMail("ben@example.com", "2"))
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answered.StatusCode)
	})

	t.Run("Sometimes", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.setFaults(t, `{"email":{"kind":"refuse","rate":0.5}}`)

		// Whatever a client is told must be true: accepted is stored, refused is not, and nothing is in between.
		const clients = 8
		var (
			group              sync.WaitGroup
			accepted, refused  atomic.Int64
			number, unexpected atomic.Int64
		)
		deadline := time.Now().Add(4 * time.Second)
		for range clients {
			group.Go(func() {
				for time.Now().Before(deadline) {
					_, err := b.send(t, testMail(fmt.Sprintf("c%d@example.com", number.Add(1)), "1"))
					switch {
					case err == nil:
						accepted.Add(1)
					case errors.Is(err, syscall.ECONNREFUSED):
						refused.Add(1)
					default:
						unexpected.Add(1)
						t.Errorf("neither accepted nor refused: %v", err)
					}
				}
			})
		}
		group.Wait()
		require.Zero(t, unexpected.Load())
		require.Positive(t, refused.Load())
		require.Equal(t, int(accepted.Load()), b.stats(t).Messages)
		require.Positive(t, accepted.Load())
	})
}

func TestFaultsStay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.setFaults(t, `{"email":{"kind":"refuse"},"plan":{"kind":"delay","rate":0.5,"delayMs":10}}`)
	b.stop(t)
	b.start(t)

	var faults map[string]sandbox.Fault
	b.get(t, "/sandbox/faults", &faults)
	delay := 10
	require.Equal(t, map[string]sandbox.Fault{
		"email": {Kind: sandbox.FaultRefuse, Rate: 1}, "plan": {Kind: sandbox.FaultDelay, Rate: 0.5, DelayMs: &delay},
	}, faults)
	_, err := b.send(t, testMail("ava@example.com", "1"))
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestFaultsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.setFaults(t, `{"plan":{"kind":"500","rate":0.1}}`)

	for name, tt := range map[string]struct {
		body    string
		status  int
		pointer string
		code    string
	}{
		"NotJSON":         {`{"email":`, http.StatusBadRequest, "", "malformed"},
		"NotAnObject":     {`[]`, http.StatusBadRequest, "", "malformed"},
		"Null":            {`null`, http.StatusBadRequest, "", "malformed"},
		"UnknownTarget":   {`{"fax":{"kind":"500"}}`, http.StatusBadRequest, "/fax", "unknown_field"},
		"UnknownField":    {`{"email":{"kind":"500","often":1}}`, http.StatusBadRequest, "/email/often", "unknown_field"},
		"FaultIsAText":    {`{"email":"500"}`, http.StatusBadRequest, "/email", "wrong_type"},
		"RateIsAText":     {`{"email":{"kind":"500","rate":"1"}}`, http.StatusBadRequest, "/email/rate", "wrong_type"},
		"DelayIsFraction": {`{"email":{"kind":"delay","delayMs":0.5}}`, http.StatusBadRequest, "/email/delayMs", "wrong_type"},
		"NoKind":          {`{"email":{}}`, http.StatusUnprocessableEntity, "/email/kind", "out_of_range"},
		"UnknownKind":     {`{"email":{"kind":"503"}}`, http.StatusUnprocessableEntity, "/email/kind", "out_of_range"},
		"RateTooHigh":     {`{"email":{"kind":"500","rate":1.1}}`, http.StatusUnprocessableEntity, "/email/rate", "out_of_range"},
		"RateNegative":    {`{"email":{"kind":"500","rate":-0.1}}`, http.StatusUnprocessableEntity, "/email/rate", "out_of_range"},
		"NoDelay":         {`{"email":{"kind":"delay"}}`, http.StatusUnprocessableEntity, "/email/delayMs", "out_of_range"},
		"DelayElsewhere":  {`{"email":{"kind":"500","delayMs":5}}`, http.StatusUnprocessableEntity, "/email/delayMs", "out_of_range"},
		"RetryElsewhere":  {`{"email":{"kind":"401","retryAfter":5}}`, http.StatusUnprocessableEntity, "/email/retryAfter", "out_of_range"},
		"RetryNegative":   {`{"email":{"kind":"429","retryAfter":-5}}`, http.StatusUnprocessableEntity, "/email/retryAfter", "out_of_range"},
		"OneOfTwo":        {`{"email":{"kind":"500"},"plan":{"kind":"x"}}`, http.StatusUnprocessableEntity, "/plan/kind", "out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.requireProblem(t, http.MethodPut, "/sandbox/faults", tt.body, tt.status, tt.code, tt.pointer)
			var faults map[string]sandbox.Fault
			b.get(t, "/sandbox/faults", &faults)
			require.Equal(t, map[string]sandbox.Fault{"plan": {Kind: sandbox.FaultServerError, Rate: 0.1}}, faults)
		})
	}
}
