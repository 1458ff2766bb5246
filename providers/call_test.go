package providers_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers"
	"beckon/providers/internal/providertest"
)

const secret = "ada@example.com" // a marker for personal data

// post makes one watched call, reads its answer as an SDK would, and returns what it proves.
func post(ctx context.Context, t *testing.T, client *http.Client, url string) *models.ProviderError {
	t.Helper()
	ctx, call := providers.Watch(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(secret)))
	require.NoError(t, err)
	response, err := client.Do(request)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		require.NoError(t, response.Body.Close())
	}
	failure := call.Failure(err)
	require.NotContains(t, failure.Error(), secret)
	require.LessOrEqual(t, len(failure.Detail), 2<<10)
	return failure
}

func TestCallFailureOfAnswers(t *testing.T) {
	t.Parallel()
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	anHourAgo := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
	tests := []struct {
		name       string
		status     int
		retryAfter string
		kind       models.FailureKind
		least      time.Duration
		most       time.Duration
	}{
		{name: "429Seconds", status: 429, retryAfter: "7", kind: models.FailureLimit, least: 7 * time.Second, most: 7 * time.Second},
		{name: "429Nothing", status: 429, kind: models.FailureLimit},
		{name: "429Garbage", status: 429, retryAfter: "soon", kind: models.FailureLimit},
		{name: "429Negative", status: 429, retryAfter: "-5", kind: models.FailureLimit},
		{name: "429Ages", status: 429, retryAfter: "9999999999999", kind: models.FailureLimit, least: 24 * time.Hour, most: 24 * time.Hour},
		{name: "503Seconds", status: 503, retryAfter: "120", kind: models.FailureLimit, least: 2 * time.Minute, most: 2 * time.Minute},
		{name: "503Date", status: 503, retryAfter: inAnHour, kind: models.FailureLimit, least: 50 * time.Minute, most: time.Hour},
		{name: "503DatePast", status: 503, retryAfter: anHourAgo, kind: models.FailureLimit},
		{name: "503Nothing", status: 503, kind: models.FailureInDoubt},
		{name: "503Garbage", status: 503, retryAfter: "later", kind: models.FailureInDoubt},
		{name: "401", status: 401, kind: models.FailureAuth},
		{name: "403", status: 403, kind: models.FailureAuth},
		{name: "400", status: 400, kind: models.FailureRejected},
		{name: "404", status: 404, kind: models.FailureRejected},
		{name: "413", status: 413, kind: models.FailureRejected},
		{name: "400RetryAfter", status: 400, retryAfter: "9", kind: models.FailureRejected},
		{name: "500", status: 500, kind: models.FailureInDoubt},
		{name: "500RetryAfter", status: 500, retryAfter: "9", kind: models.FailureInDoubt},
		{name: "502", status: 502, kind: models.FailureInDoubt},
		{name: "504", status: 504, kind: models.FailureInDoubt},
		{name: "599", status: 599, kind: models.FailureInDoubt},
		{name: "200", status: 200, kind: models.FailureInDoubt},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := providertest.Answer{Status: test.status, Body: "no mail for " + secret, Header: map[string]string{}}
			if test.retryAfter != "" {
				answer.Header["Retry-After"] = test.retryAfter
			}
			server := providertest.NewServer(t, answer)

			failure := post(t.Context(), t, providers.NewClient(5*time.Second, nil), server.URL)

			require.Equal(t, test.kind, failure.Kind)
			require.Equal(t, test.name[:3], failure.Code)
			require.Equal(t, "no mail for "+secret, failure.Detail)
			require.GreaterOrEqual(t, failure.RetryAfter, test.least)
			require.LessOrEqual(t, failure.RetryAfter, test.most)
			require.Len(t, server.Requests(), 1, "nothing is tried twice")
		})
	}
}

func TestCallFailureWithoutConnection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		url     func(*testing.T) string
		timeout time.Duration
		code    string
	}{
		{"Refused", providertest.RefusedURL, 5 * time.Second, providers.CodeConnectionRefused},
		{"DNS", func(*testing.T) string { return "http://no-such-host.invalid" }, 5 * time.Second, providers.CodeDNS},
		{"TLSOfPlain", providertest.HTTPSOfPlainURL, 5 * time.Second, providers.CodeTLS},
		{"TLSUnknownAuthority", untrustedURL, 5 * time.Second, providers.CodeTLS},
		{"TLSNeverEnds", func(t *testing.T) string {
			t.Helper()
			return providertest.DeafURL(t, "https")
		}, 200 * time.Millisecond, providers.CodeConnectTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			failure := post(t.Context(), t, providers.NewClient(test.timeout, nil), test.url(t))
			require.Equal(t, models.FailureDown, failure.Kind)
			require.Equal(t, test.code, failure.Code)
		})
	}
}

func untrustedURL(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func TestCallFailureOfBrokenAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, words, code string }{
		{"ClosedBeforeAnswer", "", providers.CodeConnectionClosed},
		{"Garbage", "220 smtp.example.com ESMTP\r\n\r\n", providers.CodeBrokenAnswer},
		{"HeaderCutOff", "HTTP/1.1 202 Accepted\r\nX-Message-", providers.CodeBrokenAnswer},
		{"BodyCutOff", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", providers.CodeConnectionClosed},
		{"BodyTooLong", "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + strings.Repeat("a", 2_000_000), providers.CodeBrokenAnswer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			failure := post(t.Context(), t, providers.NewClient(5*time.Second, nil), providertest.RawURL(t, test.words))
			require.Equal(t, models.FailureInDoubt, failure.Kind)
			require.Equal(t, test.code, failure.Code)
		})
	}
}

func TestCallFailureKeepsARefusalWhoseBodyBreaksOff(t *testing.T) {
	t.Parallel()
	url := providertest.RawURL(t, "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\nbad add")
	failure := post(t.Context(), t, providers.NewClient(5*time.Second, nil), url)
	require.Equal(t, models.FailureRejected, failure.Kind)
	require.Equal(t, "400", failure.Code)
	require.Equal(t, "bad add", failure.Detail)
}

func TestCallFailureOfTimeOut(t *testing.T) {
	t.Parallel()
	url := providertest.SilentURL(t, make(chan struct{}, 1))
	failure := post(t.Context(), t, providers.NewClient(100*time.Millisecond, nil), url)
	require.Equal(t, models.FailureInDoubt, failure.Kind)
	require.Equal(t, providers.CodeTimeout, failure.Code)
}

func TestCallFailureOfCancelledContext(t *testing.T) {
	t.Parallel()

	t.Run("WhileWaitingForTheAnswer", func(t *testing.T) {
		t.Parallel()
		got := make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-got
			cancel()
		}()
		failure := post(ctx, t, providers.NewClient(10*time.Second, nil), providertest.SilentURL(t, got))
		require.Equal(t, models.FailureInDoubt, failure.Kind)
		require.Equal(t, providers.CodeCancelled, failure.Code)
	})

	t.Run("WhileConnecting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		failure := post(ctx, t, providers.NewClient(10*time.Second, nil), providertest.DeafURL(t, "https"))
		require.Equal(t, models.FailureDown, failure.Kind)
		require.Equal(t, providers.CodeConnectTimeout, failure.Code)
	})

	t.Run("BeforeTheCall", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		require.Nil(t, providers.Unstarted(ctx))
		cancel()
		require.Equal(t, &models.ProviderError{Kind: models.FailureDown, Code: providers.CodeCancelled}, providers.Unstarted(ctx))
	})
}

// A transport that reports nothing proves nothing, unless it says itself that it could not dial.
func TestCallFailureOfForeignTransport(t *testing.T) {
	t.Parallel()
	broken := roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrClosedPipe })
	failure := post(t.Context(), t, providers.NewClient(time.Second, broken), "http://127.0.0.1")
	require.Equal(t, models.FailureInDoubt, failure.Kind)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 307, 308} {
		target := providertest.NewServer(t, providertest.Answer{Status: http.StatusAccepted})
		server := providertest.NewServer(t, providertest.Answer{Status: status, Header: map[string]string{"Location": target.URL}})
		failure := post(t.Context(), t, providers.NewClient(time.Second, nil), server.URL)
		require.Equal(t, models.FailureInDoubt, failure.Kind)
		require.Empty(t, target.Requests())
	}
}

// The server closes a connection that was kept open, once the second request is on its way: nobody can say whether it was
// taken, so Go must not repeat it.
func TestClientRepeatsNothingOnAReusedConnection(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	client := providers.NewClient(5*time.Second, nil)
	require.Equal(t, "200", post(t.Context(), t, client, server.URL).Code)

	failure := post(t.Context(), t, client, server.URL)

	require.Equal(t, models.FailureInDoubt, failure.Kind)
	require.Equal(t, int32(2), requests.Load())
}

func TestCut(t *testing.T) {
	t.Parallel()
	require.Equal(t, "abc", providers.Cut("a\x00bc", 3))
	require.Equal(t, "a", providers.Cut("aé", 2), "cut between characters")
	require.Equal(t, "aé", providers.Cut("aé", 3))
	require.Equal(t, "a\uFFFDb", providers.Cut("a\xffb", 10))
	require.Empty(t, providers.Cut("é", 1))
}
