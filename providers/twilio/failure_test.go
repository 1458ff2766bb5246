package twilio_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers"
	"beckon/providers/internal/providertest"
	"beckon/providers/twilio"
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
			kind := kinds[parts[0]]
			if parts[1] == "21606" {
				kind = models.FailureAuth // the sender's fault
			}
			require.Equal(t, kind, failure.Kind, name)
			require.Equal(t, twilio.MeaningOf(parts[1]), failure.Meaning, name)
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

// TestCodes says what each code of Twilio's means that says more than that one outreach failed: as a refusal, and in a callback.
func TestCodes(t *testing.T) {
	t.Parallel()
	for meaning, codes := range map[models.CodeMeaning]map[models.FailureKind][]int{
		models.MeansOptedOut: {models.FailureRejected: {21610}},
		models.MeansDead: {models.FailureRejected: {
			21211, 21214, 21217, 21614, 21635, 13224, 30003, 30004, 30005, 30006,
		}},
		models.MeansSender: {models.FailureAuth: {
			20003, 20005, 10001, 10002, 20006, 30002, 21210, 21212, 21219, 21601, 21606, 21608, 21659, 21660, 21661, 21701, 21703,
			21704, 21705, 30032, 30034,
		}},
		"": {
			models.FailureLimit: {20429, 14107, 21611, 10004, 63038},
			// No proof that the number is dead, nor a fault that is everybody's.
			models.FailureRejected: {30001, 30007, 30008, 30036, 21408, 21215, 21612, 21216, 21602, 21617, 20404, 99999},
		},
	} {
		for kind, numbers := range codes {
			for _, number := range numbers {
				name := strconv.Itoa(number)
				require.Equal(t, meaning, twilio.MeaningOf(name), name)
				answer := providertest.JSON(http.StatusBadRequest, `{"code": `+name+`, "message": "x", "status": 400}`)
				server := providertest.NewServer(t, answer)
				for _, way := range ways() {
					id, err := way(t.Context(), newClient(t, server.URL, 5*time.Second))
					failure := failed(t, id, err)
					require.Equal(t, []any{kind, meaning, name}, []any{failure.Kind, failure.Meaning, failure.Code})
				}
				events, err := twilio.ParseTextStatus(outreach, url.Values{
					"MessageSid": {textSID}, "MessageStatus": {"undelivered"}, "ErrorCode": {name},
				}, received())
				require.NoError(t, err)
				require.Equal(t, meaning, events[0].Meaning)
				events, err = twilio.ParseCall(outreach, url.Values{
					"CallSid": {callSID}, "CallStatus": {"failed"}, "ErrorCode": {name},
				}, received())
				require.NoError(t, err)
				require.Equal(t, meaning, events[0].Meaning)
			}
		}
	}
	for _, none := range []string{"", "sip_404", "0", "not a code"} {
		require.Empty(t, twilio.MeaningOf(none))
	}
	// What may have been taken proves nothing, whatever code it came with.
	server := providertest.NewServer(t, providertest.JSON(http.StatusInternalServerError, `{"code": 21610, "status": 500}`))
	id, err := newClient(t, server.URL, 5*time.Second).SendText(t.Context(), text())
	failure := failed(t, id, err)
	require.Equal(t, models.FailureInDoubt, failure.Kind)
	require.Empty(t, failure.Meaning)
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
