package service_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/service"
)

// What the AI's server answers about the model is said in words, with what to set; the key is in none.
func TestDoctorOfTheAI(t *testing.T) {
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	for name, test := range map[string]struct {
		status  int
		body    string
		verdict service.Verdict
		words   string
	}{
		"fine":        {200, `{"id":"gpt-5-mini","object":"model"}`, service.VerdictOK, "knows the model gpt-5-mini"},
		"key":         {401, `{"error":{"code":"invalid_api_key"}}`, service.VerdictFail, "OPENAI_API_KEY"},
		"permission":  {403, `{}`, service.VerdictFail, "does not let this key use the model gpt-5-mini"},
		"no credit":   {429, `{"error":{"code":"insufficient_quota"}}`, service.VerdictFail, "no credit left"},
		"limit":       {429, `{"error":{"code":"rate_limit_exceeded"}}`, service.VerdictWarn, "BECKON_RATE_PLAN"},
		"no model":    {404, `{"error":{"code":"model_not_found"}}`, service.VerdictFail, "OPENAI_MODEL"},
		"no list":     {404, `404 page not found`, service.VerdictWarn, "no list of models"},
		"out of work": {503, `<html>`, service.VerdictWarn, "HTTP 503"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan *http.Request, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			found := finding(t, service.Config{OpenAIAPIKey: "sk-secret", OpenAIBaseURL: server.URL + "/v1", OpenAIModel: "gpt-5-mini"})
			require.Equal(t, test.verdict, found.Verdict, found.Detail)
			require.Contains(t, found.Detail, test.words)
			require.NotContains(t, found.Detail, "sk-secret")
			request := <-asked
			require.Equal(t, "GET /v1/models/gpt-5-mini", request.Method+" "+request.URL.Path)
			require.Equal(t, "Bearer sk-secret", request.Header.Get("Authorization"))
		})
	}
	found := finding(t, service.Config{OpenAIModel: "gpt-5-mini"})
	require.Equal(t, service.VerdictFail, found.Verdict)
	found = finding(t, service.Config{OpenAIAPIKey: "sk-secret", OpenAIBaseURL: "http://127.0.0.1:1", OpenAIModel: "gpt-5-mini"})
	require.Equal(t, service.VerdictFail, found.Verdict)
	require.Contains(t, found.Detail, "cannot be reached")
}

// finding is what the doctor says of the AI.
func finding(t *testing.T, config service.Config) service.Finding {
	t.Helper()
	config.DatabaseURL = "sqlite:" + filepath.Join(t.TempDir(), "beckon.db")
	config.SendGridBaseURL = "http://127.0.0.1:1"
	for _, found := range service.Doctor(t.Context(), config, slog.New(slog.DiscardHandler)) {
		if found.Subject == "OpenAI" {
			return found
		}
	}
	require.FailNow(t, "the doctor says nothing of the AI")
	return service.Finding{}
}
