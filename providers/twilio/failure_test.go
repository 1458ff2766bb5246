package twilio_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers"
	"beckon/providers/internal/providertest"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	words := `{"code": %, "message": "The 'To' number +12025550123 is no number of Ada.", "more_info": "https://x", "status": 400}`
	answer := func(status, code int, header ...string) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			reply := providertest.JSON(status, strings.Replace(words, "%", strconv.Itoa(code), 1))
			if len(header) > 0 {
				reply.Header["Retry-After"] = header[0]
			}
			return providertest.NewServer(t, reply).URL
		}
	}
	body := func(status int, body string) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return providertest.NewServer(t, providertest.Answer{Status: status, Body: body}).URL
		}
	}
	raw := func(words string) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return providertest.RawURL(t, words)
		}
	}
	html := "<html><body>502 Bad Gateway</body></html>"
	tests := []struct {
		name string
		url  func(*testing.T) string
		kind models.FailureKind
		code string
	}{
		{"Refused", providertest.RefusedURL, models.FailureDown, providers.CodeConnectionRefused},
		{"TLS", providertest.HTTPSOfPlainURL, models.FailureDown, providers.CodeTLS},
		{"DNS", func(*testing.T) string { return "http://no-such-host.invalid" }, models.FailureDown, providers.CodeDNS},
		{"429", answer(429, 20429, "30"), models.FailureLimit, "20429"},
		{"429Bare", body(429, ""), models.FailureLimit, "429"},
		{"429HTML", body(429, html), models.FailureLimit, "429"},
		{"400Of20429", answer(400, 20429), models.FailureLimit, "20429"},
		{"400OfFullQueue", answer(400, 21611), models.FailureLimit, "21611"},
		{"400OfConcurrentCalls", answer(400, 10004), models.FailureLimit, "10004"},
		{"503RetryAfter", answer(503, 20503, "30"), models.FailureLimit, "20503"},
		{"401", answer(401, 20003), models.FailureAuth, "20003"},
		{"401Bare", body(401, ""), models.FailureAuth, "401"},
		{"403", answer(403, 20006), models.FailureAuth, "20006"},
		{"400Of20003", answer(400, 20003), models.FailureAuth, "20003"},
		{"400OfSuspended", answer(400, 20005), models.FailureAuth, "20005"},
		{"400OptedOut", answer(400, 21610), models.FailureRejected, "21610"},
		{"400InvalidTo", answer(400, 21211), models.FailureRejected, "21211"},
		{"404", answer(404, 20404), models.FailureRejected, "20404"},
		{"404HTML", body(404, html), models.FailureRejected, "404"},
		{"400WithoutCode", body(400, `{"message": "?"}`), models.FailureRejected, "400"},
		{"400OfAnotherShape", body(400, `{"code": "bad", "message": 7}`), models.FailureRejected, "400"},
		{"400Array", body(400, `[]`), models.FailureRejected, "400"},
		{"500", answer(500, 20500), models.FailureInDoubt, "20500"},
		{"500Of20429", answer(500, 20429), models.FailureInDoubt, "20429"},
		{"503", answer(503, 20503), models.FailureInDoubt, "20503"},
		{"502HTML", body(502, html), models.FailureInDoubt, "502"},
		{"302", body(302, ""), models.FailureInDoubt, "302"},
		{"201WithoutSID", body(201, `{"status": "queued"}`), models.FailureInDoubt, "no_sid"},
		{"201NullSID", body(201, `{"sid": null}`), models.FailureInDoubt, "no_sid"},
		{"201EmptySID", body(201, `{"sid": ""}`), models.FailureInDoubt, "no_sid"},
		{"201LongSID", body(201, `{"sid": "`+strings.Repeat("S", 65)+`"}`), models.FailureInDoubt, "no_sid"},
		{"201HTML", body(201, html), models.FailureInDoubt, providers.CodeBrokenAnswer},
		{"200Empty", body(200, ""), models.FailureInDoubt, providers.CodeBrokenAnswer},
		{"201CutOffJSON", body(201, `{"sid": "SM`), models.FailureInDoubt, providers.CodeBrokenAnswer},
		{"ClosedBeforeAnswer", raw(""), models.FailureInDoubt, providers.CodeConnectionClosed},
		{"BodyCutOff", raw("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"si"), models.FailureInDoubt, providers.CodeConnectionClosed},
		{"RefusalCutOff", raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{\"co"), models.FailureRejected, "400"},
		{"Garbage", raw("\x16\x03\x01\x00\x05hello"), models.FailureInDoubt, providers.CodeBrokenAnswer},
	}
	for _, test := range tests {
		for name, way := range ways() {
			t.Run(test.name+name, func(t *testing.T) {
				t.Parallel()
				id, err := way(t.Context(), newClient(t, test.url(t), 5*time.Second))
				failure := failed(t, id, err)
				require.Equal(t, test.kind, failure.Kind)
				require.Equal(t, test.code, failure.Code)
				if strings.HasSuffix(test.name, "RetryAfter") || test.name == "429" {
					require.Equal(t, 30*time.Second, failure.RetryAfter)
				}
				if test.name == "400OptedOut" {
					require.Contains(t, failure.Detail, "is no number of Ada", "Twilio's words")
				}
			})
		}
	}
}

// What Twilio's documentation shows as answers.
func TestVendorAnswers(t *testing.T) {
	t.Parallel()
	var file struct {
		Created    json.RawMessage            `json:"message_created_201"`
		ByService  json.RawMessage            `json:"message_created_msgsvc_201"`
		Errors     map[string]json.RawMessage `json:"errors"`
		NonJSON502 string                     `json:"non_json_502"`
	}
	providertest.VendorJSON(t, &file, "twilio", "api_responses.json")
	for _, answer := range []json.RawMessage{file.Created, file.ByService} {
		server := providertest.NewServer(t, providertest.JSON(http.StatusCreated, string(answer)))
		id, err := newClient(t, server.URL, 5*time.Second).SendText(t.Context(), text())
		require.NoError(t, err)
		require.Equal(t, textSID, id)
	}

	kinds := map[string]models.FailureKind{
		"400": models.FailureRejected, "401": models.FailureAuth, "429": models.FailureLimit,
		"500": models.FailureInDoubt, "503": models.FailureInDoubt,
	}
	require.NotEmpty(t, file.Errors)
	for name, answer := range file.Errors {
		parts := strings.SplitN(name, "_", 3)
		status, err := strconv.Atoi(parts[0])
		require.NoError(t, err)
		server := providertest.NewServer(t, providertest.JSON(status, string(answer)))
		for _, way := range ways() {
			id, err := way(t.Context(), newClient(t, server.URL, 5*time.Second))
			failure := failed(t, id, err)
			require.Equal(t, kinds[parts[0]], failure.Kind, name)
			require.Equal(t, parts[1], failure.Code, name)
			require.JSONEq(t, string(answer), failure.Detail, name)
		}
		require.Len(t, server.Requests(), len(ways()), "nothing is tried twice")
	}

	require.NotEmpty(t, file.NonJSON502)
	server := providertest.NewServer(t, providertest.Answer{Status: http.StatusBadGateway, Body: file.NonJSON502})
	id, err := newClient(t, server.URL, 5*time.Second).SendText(t.Context(), text())
	failure := failed(t, id, err)
	require.Equal(t, models.FailureInDoubt, failure.Kind)
	require.Equal(t, file.NonJSON502, failure.Detail)
}

func TestTimesOut(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		t.Run("Answer"+name, func(t *testing.T) {
			t.Parallel()
			address := providertest.SilentURL(t, make(chan struct{}, 1))
			id, err := way(t.Context(), newClient(t, address, 100*time.Millisecond))
			failure := failed(t, id, err)
			require.Equal(t, models.FailureInDoubt, failure.Kind)
			require.Equal(t, providers.CodeTimeout, failure.Code)
		})
		t.Run("Body"+name, func(t *testing.T) {
			t.Parallel()
			server := stalling(t)
			id, err := way(t.Context(), newClient(t, server, 100*time.Millisecond))
			failure := failed(t, id, err)
			require.Equal(t, models.FailureInDoubt, failure.Kind)
			require.Equal(t, providers.CodeTimeout, failure.Code)
		})
		t.Run("Handshake"+name, func(t *testing.T) {
			t.Parallel()
			id, err := way(t.Context(), newClient(t, providertest.DeafURL(t, "https"), 100*time.Millisecond))
			failure := failed(t, id, err)
			require.Equal(t, models.FailureDown, failure.Kind)
			require.Equal(t, providers.CodeConnectTimeout, failure.Code)
		})
	}
}

// stalling is the URL of a server that accepts, begins its answer and never ends it.
func stalling(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the client go
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid": "SM`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The SDK takes no context; it must count all the same.
func TestContextIsHonoured(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		t.Run("Cancelled"+name, func(t *testing.T) {
			t.Parallel()
			got := make(chan struct{}, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-got
				cancel()
			}()
			id, err := way(ctx, newClient(t, providertest.SilentURL(t, got), time.Minute))
			failure := failed(t, id, err)
			require.Equal(t, models.FailureInDoubt, failure.Kind)
			require.Equal(t, providers.CodeCancelled, failure.Code)
		})
		t.Run("Deadline"+name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			id, err := way(ctx, newClient(t, providertest.SilentURL(t, make(chan struct{}, 1)), 0))
			failure := failed(t, id, err)
			require.Equal(t, models.FailureInDoubt, failure.Kind)
			require.Equal(t, providers.CodeTimeout, failure.Code)
		})
	}
}
