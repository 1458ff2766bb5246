package integration_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reviewedSettings are those of a campaign whose outreaches each want an approval.
func reviewedSettings(name, mode string) map[string]any {
	all := settings(name, mode)
	all["manualReview"] = true
	return all
}

// approve approves a version of a contact's next outreach.
func (s *stack) approve(campaignID string, c contact, version int) answer {
	s.t.Helper()
	return s.send(http.MethodPost, contactsPath(campaignID)+"/"+c.ID+"/approve", "application/json",
		fmt.Sprintf(`{"version":%d}`, version), nil)
}

// TestReview plans, and sends what was approved: one by one, edited before, and all at once.
func TestReview(t *testing.T) {
	t.Parallel()
	const contacts = 12
	s := newStack(t, options{})
	id := s.createCampaign(reviewedSettings("Review", "automatic"))
	s.add(id, people("review", contacts))
	s.control(id, "go-live")
	s.untilProgress(id, patient, "everybody waits for an approval",
		func(p progress) bool {
			return p.Waiting["approval"] == contacts && p.Counts["awaiting_approval"] == contacts
		})
	require.Zero(t, s.sandbox.stats().Messages)

	// In Temporal's Web UI, the filter lists exactly those.
	listed := func() int {
		return len(s.executions("BeckonContactStatus = 'awaiting_approval' AND ExecutionStatus = 'Running'"))
	}
	until(t, soon, "the list shows them", listed, func(n int) bool { return n == contacts })
	var queue struct {
		Total int `json:"total"`
	}
	s.call(http.MethodGet, "/api/v1/review", nil, http.StatusOK, &queue)
	require.Equal(t, contacts, queue.Total)

	// An edit makes a new version, and what was approved before is approved no more.
	all := s.contacts(id, "")
	first := s.contact(id, all[0].ID)
	require.Equal(t, 1, first.NextOutreach.Version)
	s.call(http.MethodPut, contactsPath(id)+"/"+first.ID+"/next-outreach",
		map[string]any{"version": 1, "subject": "Your bicycle", "body": "Come by on Monday."}, http.StatusOK, nil)
	require.Equal(t, "stale_version", s.approve(id, first, 1).refusal(t, http.StatusConflict).Code)
	require.Equal(t, http.StatusOK, s.approve(id, first, 2).status)
	until(t, patient, "it is sent", func() contact { return s.contact(id, first.ID) },
		func(c contact) bool { return c.Status == "completed" })
	sent := s.sandbox.to(*first.Email)
	require.Len(t, sent, 1)
	require.Equal(t, "Your bicycle", sent[0].Subject)
	require.Contains(t, sent[0].Text, "Come by on Monday.")

	// Approved through Temporal, as somebody there would.
	second := s.contact(id, all[1].ID)
	require.NoError(t, s.temporal.SignalWorkflow(t.Context(), contactWorkflow(id, second.ID), "", "approve",
		map[string]any{"version": 1}))
	until(t, patient, "it is sent", func() contact { return s.contact(id, second.ID) },
		func(c contact) bool { return c.Status == "completed" })
	until(t, soon, "the list shows the rest", listed, func(n int) bool { return n == contacts-2 })

	// In bulk, and then review is switched off: the rest goes.
	var bulk struct{ Changed, Skipped int }
	s.call(http.MethodPost, contactsPath(id)+"/bulk", map[string]any{
		"action": "approve", "ids": []string{all[2].ID, all[3].ID, all[0].ID}, "expectedCount": 3,
	}, http.StatusOK, &bulk)
	require.Equal(t, 2, bulk.Changed)
	require.Equal(t, 1, bulk.Skipped)
	s.untilProgress(id, patient, "two more are done", func(p progress) bool { return p.Counts["completed"] == 4 })
	s.call(http.MethodPatch, "/api/v1/campaigns/"+id, map[string]any{"manualReview": false}, http.StatusOK, nil)
	s.untilFinished(id, patient)
	s.requireOneMessageEach(id)
	until(t, soon, "the list shows nobody", listed, func(n int) bool { return n == 0 })
}

// TestExecuteApproved lets go at once what was approved, in a campaign that would wait for a start.
func TestExecuteApproved(t *testing.T) {
	t.Parallel()
	const contacts = 6
	s := newStack(t, options{})
	id := s.createCampaign(reviewedSettings("Execute", "manual"))
	s.add(id, people("execute", contacts))
	s.control(id, "go-live")
	s.untilProgress(id, patient, "everybody waits for an approval",
		func(p progress) bool { return p.Waiting["approval"] == contacts })
	require.False(t, s.control(id, "execute-approved").Changed, "nothing is approved")
	all := s.contacts(id, "")
	for _, c := range all[:4] {
		require.Equal(t, http.StatusOK, s.approve(id, c, 1).status)
	}
	s.untilProgress(id, patient, "they wait for the start", func(p progress) bool { return p.Waiting["start_outreaches"] == 4 })
	executed := s.control(id, "execute-approved")
	require.True(t, executed.Changed)
	require.Equal(t, 4, *executed.Now)
	s.untilProgress(id, patient, "they are sent", func(p progress) bool { return p.Counts["completed"] == 4 })
	require.Equal(t, 4, s.sandbox.stats().Messages)
	started := s.control(id, "start-outreaches")
	require.Zero(t, *started.Now)
	require.Equal(t, 2, started.Waiting.Approval)
}

// TestContactControls disables, enables, completes and disqualifies contacts whose workflows wait.
func TestContactControls(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createCampaign(settings("Controls", "manual"))
	s.add(id, people("controls", 4))
	s.control(id, "go-live")
	s.untilProgress(id, patient, "they wait", func(p progress) bool { return p.Waiting["start_outreaches"] == 4 })
	all := s.contacts(id, "")
	for i, control := range []string{"disable", "complete", "disqualify"} {
		s.call(http.MethodPost, contactsPath(id)+"/"+all[i].ID+"/"+control, map[string]any{}, http.StatusOK, nil)
	}
	require.Equal(t, "disabled", s.contact(id, all[0].ID).Waiting.Reason, "it is shown at once")
	s.untilClosed(contactWorkflow(id, all[1].ID), "COMPLETED")
	s.untilClosed(contactWorkflow(id, all[2].ID), "COMPLETED")
	s.control(id, "start-outreaches")
	s.untilProgress(id, patient, "the fourth is sent", func(p progress) bool { return p.Attempts == 1 })
	require.Equal(t, map[string]int{*all[3].Email: 1}, s.sandbox.recipients())

	s.call(http.MethodPost, contactsPath(id)+"/"+all[0].ID+"/enable", map[string]any{}, http.StatusOK, nil)
	p := s.untilFinished(id, patient)
	require.Equal(t, 3, p.Counts["completed"], "the start held for the disabled one too")
	require.Equal(t, 1, p.Counts["disqualified"])
	require.Equal(t, 2, s.sandbox.stats().Messages)
}

// TestStartRightAfterUpload starts all outreaches before anybody is planned, twice: everybody is sent one.
func TestStartRightAfterUpload(t *testing.T) {
	t.Parallel()
	const contacts = 80
	s := newStack(t, options{})
	id := s.createCampaign(settings("Upload", "manual"))
	s.control(id, "go-live")
	slow := map[string]any{"kind": "delay", "rate": 1, "delayMs": (500 * time.Millisecond).Milliseconds()}
	s.sandbox.faults(map[string]any{"plan": slow})
	s.add(id, people("upload", contacts))
	started := s.control(id, "start-outreaches")
	require.Equal(t, contacts, *started.Now+started.Waiting.Planning)
	require.Positive(t, started.Waiting.Planning)
	s.control(id, "start-outreaches")
	s.untilFinished(id, patient)
	s.requireOneMessageEach(id)
}
