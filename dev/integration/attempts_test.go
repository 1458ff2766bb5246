package integration_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// soonPlanner stands before the sandbox's planner, and plans every outreach for so long from now.
func soonPlanner(t *testing.T, target string, ahead time.Duration) string {
	t.Helper()
	to, err := url.Parse(target)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Scheme, request.Out.URL.Host, request.Out.Host = to.Scheme, to.Host, to.Host
		},
		ModifyResponse: func(response *http.Response) error {
			body, err := io.ReadAll(response.Body)
			if err != nil {
				return err
			}
			body = planFor(body, time.Now().Add(ahead))
			response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			response.Header.Del("Content-Length")
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL + to.Path
}

// planFor sets the time of the plan in a completion; anything else stays as it is.
func planFor(body []byte, at time.Time) []byte {
	completion, plan := map[string]any{}, map[string]any{}
	if json.Unmarshal(body, &completion) != nil {
		return body
	}
	choices, _ := completion["choices"].([]any)
	if len(choices) == 0 {
		return body
	}
	message, _ := choices[0].(map[string]any)["message"].(map[string]any)
	content, _ := message["content"].(string)
	if json.Unmarshal([]byte(content), &plan) != nil {
		return body
	}
	plan["sendAt"] = at.UTC().Format(time.RFC3339Nano)
	text, err := json.Marshal(plan)
	if err != nil {
		return body
	}
	message["content"] = string(text)
	changed, err := json.Marshal(completion)
	if err != nil {
		return body
	}
	return changed
}

// TestFurtherAttempts makes several attempts with each contact, and wants none of them to cost more than its budget.
func TestFurtherAttempts(t *testing.T) {
	t.Parallel()
	const (
		contacts = 10
		attempts = 4
		perMore  = 18 // events of a further attempt: plan 6, timer 5, send 6, one upsert
		ahead    = 2 * time.Second
	)
	s := newStack(t, options{planner: func(target string) string { return soonPlanner(t, target, ahead) }})
	all := settings("Attempts", "automatic")
	all["type"], all["maxAttempts"] = "follow_up", attempts
	id := s.createCampaign(all)
	s.control(id, "go-live")
	// Nobody waits for an hour here: the distance between attempts is taken away behind the API's back.
	s.alter("UPDATE campaigns SET min_hours_between_attempts = 0")
	s.add(id, people("attempts", contacts))
	p := s.untilFinished(id, patient)
	require.Equal(t, contacts*attempts, p.Attempts)
	done := s.contacts(id, "")
	for _, c := range done {
		require.Equal(t, "completed", c.Status)
		require.Equal(t, "attempts_used", *c.StatusReason)
		require.Equal(t, attempts, c.Attempts)
	}
	require.Equal(t, contacts*attempts, s.sandbox.stats().Messages)
	for _, count := range s.sandbox.recipients() {
		require.Equal(t, attempts, count)
	}

	// The same with one attempt: the difference is what further attempts cost.
	all = settings("One attempt", "automatic")
	all["type"], all["maxAttempts"] = "follow_up", 1
	one := s.createCampaign(all)
	s.control(one, "go-live")
	s.alter("UPDATE campaigns SET min_hours_between_attempts = 0")
	s.add(one, people("attempt", contacts))
	s.untilFinished(one, patient)
	lengths := func(campaignID string) int {
		sum := 0
		for _, info := range s.describeContacts(campaignID, s.contacts(campaignID, "")) {
			execution := info.GetExecution()
			sum += counted(s.history(execution.GetWorkflowId(), execution.GetRunId()))
		}
		return sum
	}
	more := lengths(id) - lengths(one)
	t.Logf("a further attempt costs %.1f events", float64(more)/float64(contacts*(attempts-1)))
	require.LessOrEqual(t, more, contacts*(attempts-1)*perMore)
}
