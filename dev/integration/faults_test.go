package integration_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// fault is a sandbox fault that hits a tenth of the requests, and what must come of it.
type fault struct {
	kind       string
	proves     string // what a send that was hit proves, as the log says
	retryAfter int    // seconds; 0: none
	delay      time.Duration
	// backsOff is the reason for which a contact that was hit waits a minute; empty where it is tried again within seconds.
	backsOff string
	// lost says that what was hit is not stored though nobody can know: it ends unconfirmed. What is stored in spite of its
	// answer is proved by an event.
	lost bool
}

// rate is the share of requests that each fault hits.
const rate = 0.1

func (f fault) settings() map[string]any {
	set := map[string]any{"kind": f.kind, "rate": rate}
	if f.retryAfter > 0 {
		set["retryAfter"] = f.retryAfter
	}
	if f.delay > 0 {
		set["delayMs"] = f.delay.Milliseconds()
	}
	return set
}

// faultContacts is how many contacts meet each fault.
const faultContacts = 100

// TestFaultsOfSending lets a tenth of all sends go wrong in each way that the sandbox knows. Every contact ends in the
// right state, nobody gets a message twice, attempts are what was accepted or is unknown, and nothing personal is found in
// any history or log.
func TestFaultsOfSending(t *testing.T) {
	t.Parallel()
	for _, f := range []fault{
		{kind: "429", proves: "limit", retryAfter: 1},
		{kind: "500", proves: "in_doubt", lost: true},
		{kind: "drop_after_accept", proves: "in_doubt"},
		{kind: "refuse", proves: "down"},
		{kind: "delay", proves: "in_doubt", delay: sendTimeout + 500*time.Millisecond},
		{kind: "malformed", proves: "in_doubt"},
		{kind: "401", proves: "auth", backsOff: "provider_auth"},
	} {
		t.Run(f.kind, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, options{logLevel: slog.LevelDebug})
			everybody := withPhones(people("fault", faultContacts))
			id := s.createCampaign(settings("Faults", "automatic"))
			s.add(id, everybody)
			s.sandbox.faults(map[string]any{"email": f.settings()})
			s.control(id, "go-live")
			s.endFault(id, f)
			hit := regexp.MustCompile(`a send did not succeed.* kind=` + f.proves + ` `)
			require.True(t, hit.MatchString(s.log.text()), "the fault has hit somebody, and proves what it should")
			s.requireRightEnd(id, f)
			s.requireNothingPersonal(everybody)
		})
	}
}

// TestFaultsOfPlanning lets a tenth of all questions to the AI go wrong. Everybody is planned and sent to in the end, once.
func TestFaultsOfPlanning(t *testing.T) {
	t.Parallel()
	for _, f := range []fault{
		{kind: "429", retryAfter: 1},
		{kind: "500"},
		{kind: "drop_after_accept"},
		{kind: "refuse"},
		{kind: "delay", delay: 700 * time.Millisecond},
		{kind: "malformed"},
		{kind: "401", backsOff: "planner_error"},
	} {
		t.Run(f.kind, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, options{logLevel: slog.LevelDebug})
			everybody := withPhones(people("plan", faultContacts))
			id := s.createCampaign(settings("Faults", "automatic"))
			s.add(id, everybody)
			s.sandbox.faults(map[string]any{"plan": f.settings()})
			s.control(id, "go-live")
			s.endFault(id, f)
			s.requireRightEnd(id, f)
			s.requireNothingPersonal(everybody)
		})
	}
}

// endFault waits until every contact is finished. Where the fault makes contacts wait for a minute, that wait is looked at,
// and the fault is cleared before they try again.
func (s *stack) endFault(campaignID string, f fault) {
	s.t.Helper()
	if f.backsOff == "" {
		s.untilFinished(campaignID, patient)
		return
	}
	p := s.untilProgress(campaignID, patient, "all are finished but those that were hit", func(p progress) bool {
		return p.finished()+p.Waiting[f.backsOff] == p.Total
	})
	hit := s.contacts(campaignID, "waitingReason="+f.backsOff)
	require.NotEmpty(s.t, hit, "the fault has hit somebody")
	require.Len(s.t, hit, p.Waiting[f.backsOff])
	for _, c := range hit {
		require.NotNil(s.t, c.Waiting.Until, "the wait has an end")
		require.Less(s.t, time.Until(*c.Waiting.Until), 5*time.Minute)
		require.NotEmpty(s.t, c.Waiting.Detail)
		require.Zero(s.t, c.Attempts)
		require.False(s.t, c.Unconfirmed)
	}
	s.sandbox.faults(map[string]any{})
	s.untilFinished(campaignID, patient)
}

// requireRightEnd wants what the table of results says of the fault.
func (s *stack) requireRightEnd(campaignID string, f fault) {
	s.t.Helper()
	s.sandbox.untilConfirmed(soon)
	p := s.progress(campaignID)
	require.Equal(s.t, faultContacts, p.Counts["completed"])
	require.Equal(s.t, faultContacts, p.Attempts)
	require.Zero(s.t, p.InFlight)
	sent := s.sandbox.recipients()
	if f.lost {
		require.NotZero(s.t, p.Unconfirmed)
	} else {
		require.Zero(s.t, p.Unconfirmed)
	}
	for _, c := range s.contacts(campaignID, "") {
		detail := s.contact(campaignID, c.ID)
		counted := 0
		for _, outreach := range detail.OutreachHistory {
			switch outreach.State {
			case "accepted", "delivered", "unknown":
				counted++
			default:
				require.FailNow(s.t, "an outreach ended in another state", outreach.State)
			}
		}
		require.Equal(s.t, 1, counted)
		require.Equal(s.t, counted, detail.Attempts, "attempts are what was accepted or is unknown")
		require.Equal(s.t, "one_time_done", *detail.StatusReason)
		want := 1
		if detail.Unconfirmed {
			require.Equal(s.t, "unknown", detail.OutreachHistory[0].State)
			want = 0
		}
		require.Equal(s.t, want, sent[*c.Email], "contact %s", c.ID)
		delete(sent, *c.Email)
	}
	require.Empty(s.t, sent, "nobody else got anything")
	s.t.Logf("%s: %d unconfirmed, %d failed sends", f.kind, p.Unconfirmed,
		strings.Count(s.log.text(), "a send did not succeed"))
}

// requireNothingPersonal searches everything that Temporal keeps of the stack's workflows (payloads, failures, memos,
// search attributes) and all that was logged, for the people's names, addresses and numbers.
func (s *stack) requireNothingPersonal(everybody []person) {
	s.t.Helper()
	personal := []string{}
	for _, p := range everybody {
		personal = append(personal, p.FirstName, p.LastName, p.Email, strings.ToUpper(p.Email))
		if p.Phone != "" {
			personal = append(personal, p.Phone, strings.TrimPrefix(p.Phone, "+44"))
		}
	}
	// The texts are written from these.
	personal = append(personal, "Riverside Bikes", "spring check-up")

	kept := s.everythingKept()
	require.Greater(s.t, len(kept), faultContacts, "there is something to search")
	for where, text := range kept {
		if strings.Contains(where, "/contact/") {
			require.Contains(s.t, text, `"outreachId":"`, "and it can be read: ids are there")
		}
	}
	kept["the stack's log"] = s.log.text()
	kept["the server's log"] = shared.log.text()
	for where, text := range kept {
		for _, word := range personal {
			if at := strings.Index(text, word); at >= 0 {
				require.FailNow(s.t, "personal data", "%q is in %s: %q", word, where, text[max(0, at-200):min(len(text), at+200)])
			}
		}
	}
}

// everythingKept is what Temporal keeps of each run in the stack's namespace. Payloads are as they were given, since they
// are JSON and the wire format holds bytes and texts as they are.
func (s *stack) everythingKept() map[string]string {
	s.t.Helper()
	kept := map[string]string{}
	for _, run := range s.executions("") {
		id, runID := run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId()
		described, err := s.temporal.DescribeWorkflowExecution(s.t.Context(), id, runID)
		require.NoError(s.t, err)
		text := strings.Builder{}
		text.Write(wire(s.t, described))
		text.Write(wire(s.t, run))
		for _, event := range s.history(id, runID) {
			text.Write(wire(s.t, event))
		}
		kept[fmt.Sprintf("workflow %s, run %s", id, runID)] = text.String()
	}
	return kept
}

// wire is a message of Temporal's API as it travels.
func wire(t *testing.T, message proto.Message) []byte {
	t.Helper()
	encoded, err := proto.Marshal(message)
	require.NoError(t, err)
	return encoded
}
