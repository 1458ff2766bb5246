package devstack_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/dev/devstack"
)

// callers are what the API says of those who call, by their cookie.
var callers = map[string]string{ //nolint:gochecknoglobals // a constant
	"viewer":        `{"role":"viewer","campaignIds":null,"actions":null}`,
	"operator":      `{"role":"operator","campaignIds":null,"actions":null}`,
	"administrator": `{"role":"administrator","campaignIds":null,"actions":null}`,
	"campaigns":     `{"role":"administrator","campaignIds":["1"],"actions":null}`,
	"actions":       `{"role":"administrator","campaignIds":null,"actions":["review"]}`,
}

// inboxOf serves the inbox before an API that knows the callers and answers 418 to all else, and a sandbox that says what it was
// asked.
func inboxOf(t *testing.T) (*httptest.Server, func(method, path, caller string, headers ...string) (int, string)) {
	t.Helper()
	sandbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie")+r.Header.Get("X-Api-Key") != "" {
			t.Error("a credential reached the sandbox")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	}))
	t.Cleanup(sandbox.Close)
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/session" || r.Method != http.MethodGet {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		said, known := callers[strings.TrimPrefix(r.Header.Get("Cookie"), "who=")]
		if !known {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			said = `{"code":"unauthorized"}`
		}
		_, _ = io.WriteString(w, said)
	})
	handler, err := devstack.WithInbox(api, sandbox.URL, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return sandbox, func(method, path, caller string, headers ...string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader("body"))
		require.NoError(t, err)
		request.Header.Set("Cookie", "who="+caller)
		for i := 0; i < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		if strings.HasPrefix(path, "/api/sandbox/") {
			require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
			require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
		}
		return response.StatusCode, string(text)
	}
}

func TestInbox(t *testing.T) {
	t.Parallel()
	sandbox, ask := inboxOf(t)
	const messages, one, reply = "/api/sandbox/messages", "/api/sandbox/messages/1", "/api/sandbox/messages/1/reply"

	for _, caller := range []string{"viewer", "operator", "administrator"} {
		status, text := ask(http.MethodGet, messages+"?search=a%26b&page=2", caller)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "GET /sandbox/messages?search=a%26b&page=2 body", text)
		_, text = ask(http.MethodGet, one, caller)
		require.Equal(t, "GET /sandbox/messages/1 body", text)
	}
	for _, caller := range []string{"operator", "administrator"} {
		status, text := ask(http.MethodPost, reply, caller, "Sec-Fetch-Site", "same-origin")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "POST /sandbox/messages/1/reply body", text)
		_, text = ask(http.MethodDelete, messages, caller)
		require.Equal(t, "DELETE /sandbox/messages body", text)
	}

	// Who may not: nobody, viewers who change something, and keys that are limited.
	for caller, refused := range map[string]int{
		"nobody": http.StatusUnauthorized, "viewer": http.StatusForbidden, "campaigns": http.StatusForbidden, "actions": http.StatusForbidden,
	} {
		status, text := ask(http.MethodPost, reply, caller)
		require.Equal(t, refused, status, caller)
		problem := struct{ Code string }{}
		require.NoError(t, json.Unmarshal([]byte(text), &problem))
		require.Equal(t, map[int]string{http.StatusUnauthorized: "unauthorized", http.StatusForbidden: "forbidden"}[refused], problem.Code)
		if caller != "viewer" {
			status, _ = ask(http.MethodGet, messages, caller)
			require.Equal(t, refused, status, caller)
		}
	}

	// Pages of other hosts make nobody's browser answer.
	status, text := ask(http.MethodPost, reply, "administrator", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, text, "cross_origin")

	// Nothing else of the sandbox is reached, and all else is the API's.
	for _, path := range []string{"faults", "stats", "messages/1/2/3", "messages/", "messages/..%2ffaults", "messages/%2e%2e/faults", ""} {
		status, _ = ask(http.MethodGet, "/api/sandbox/"+path, "administrator")
		require.Equal(t, http.StatusNotFound, status, path)
	}
	status, _ = ask(http.MethodPut, messages, "administrator")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = ask(http.MethodGet, "/api/v1/campaigns", "administrator")
	require.Equal(t, http.StatusTeapot, status)

	sandbox.Close()
	status, text = ask(http.MethodGet, messages, "viewer")
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, text, "sandbox_away")
}
