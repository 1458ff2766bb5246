package integration_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// signal signals a campaign as Temporal's own tools do when they are given no input.
func (s *stack) signal(campaignID, name string) {
	s.t.Helper()
	_, err := s.temporal.WorkflowService().SignalWorkflowExecution(s.t.Context(),
		&workflowservice.SignalWorkflowExecutionRequest{
			Namespace: s.namespace, SignalName: name,
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: campaignWorkflow(campaignID)},
		})
	require.NoError(s.t, err)
}

// signalWith signals a campaign through Temporal's client.
func (s *stack) signalWith(campaignID, name string, payload any) {
	s.t.Helper()
	require.NoError(s.t, s.temporal.SignalWorkflow(s.t.Context(), campaignWorkflow(campaignID), "", name, payload))
}

// untilStatus waits until the campaign has the status.
func (s *stack) untilStatus(campaignID, status string) campaign {
	s.t.Helper()
	return until(s.t, soon, "the campaign is "+status, func() campaign { return s.campaign(campaignID) },
		func(c campaign) bool { return c.Status == status })
}

// TestSignalsAsControls sends each control as a signal without a payload. It has the effect that it has through the API.
func TestSignalsAsControls(t *testing.T) {
	t.Parallel()

	t.Run("Automatic", func(t *testing.T) {
		t.Parallel()
		const contacts = 120
		s := newStack(t, options{})
		id := s.createCampaign(settings("Signals", "automatic"))
		s.add(id, people("signal", contacts))

		// What the state forbids changes nothing, though it was heard.
		s.signal(id, "resume")
		s.untilHeard(id, "resume")
		require.Equal(t, "draft", s.campaign(id).Status)

		s.signal(id, "go-live")
		s.untilStatus(id, "active")
		s.sandbox.untilSent(contacts/4, patient)

		s.signalWith(id, "pause", nil)
		paused := s.untilStatus(id, "paused")
		require.NotNil(t, paused.PauseReason)
		p := s.untilProgress(id, soon, "what was in flight has landed", func(p progress) bool { return p.InFlight == 0 })
		require.NotZero(t, p.Counts["campaign_paused"])
		s.requireQuiet(id, s.sandbox.stats())
		s.requireShownPaused(id)

		s.signalWith(id, "resume", map[string]any{})
		s.untilStatus(id, "active")
		p = s.untilFinished(id, patient)
		require.Equal(t, contacts, p.Counts["completed"])
		s.requireOneMessageEach(id)

		s.signal(id, "archive")
		s.untilStatus(id, "archived")
		s.untilClosed(campaignWorkflow(id), "COMPLETED")
	})

	t.Run("Manual", func(t *testing.T) {
		t.Parallel()
		const contacts = 30
		s := newStack(t, options{})
		id := s.createCampaign(settings("Signals", "manual"))
		s.add(id, people("signals", contacts))
		s.signal(id, "go-live")
		s.untilProgress(id, patient, "everybody waits for the start",
			func(p progress) bool { return p.Waiting["start_outreaches"] == contacts })
		require.Zero(t, s.sandbox.stats().Messages)
		s.signal(id, "start-outreaches")
		p := s.untilFinished(id, patient)
		require.Equal(t, contacts, p.Counts["completed"])
		s.requireOneMessageEach(id)

		// Archived by a signal with contacts that wait, those are completed.
		s.add(id, people("signalled", 3))
		s.untilProgress(id, soon, "the new ones wait", func(p progress) bool { return p.Waiting["start_outreaches"] == 3 })
		s.signal(id, "archive")
		s.untilStatus(id, "archived")
		s.untilFinished(id, patient)
		s.untilClosed(campaignWorkflow(id), "COMPLETED")
		require.Equal(t, contacts, s.sandbox.stats().Messages)
		for _, run := range s.contactRuns(id) {
			s.untilClosed(run.GetExecution().GetWorkflowId(), "COMPLETED")
		}
	})

	t.Run("OldRevision", func(t *testing.T) {
		t.Parallel()
		const contacts = 60
		s := newStack(t, options{})
		rows := s.rows()
		id := s.createCampaign(settings("Signals", "automatic"))
		s.add(id, people("revision", contacts))
		s.control(id, "go-live")
		s.sandbox.untilSent(contacts/4, patient)
		s.control(id, "pause")
		revision := rows.number("SELECT revision FROM campaigns")
		require.True(t, s.control(id, "resume").Changed)
		require.Greater(t, rows.number("SELECT revision FROM campaigns"), revision)

		// The signal of the pause, late: it only means "look", and the row says that the campaign is active.
		s.signalWith(id, "pause", map[string]any{"revision": revision})
		s.untilHeard(id, "pause")
		require.Equal(t, "active", s.campaign(id).Status)
		require.Zero(t, rows.number("SELECT count(*) FROM signal_controls"))
		p := s.untilFinished(id, patient)
		require.Equal(t, contacts, p.Counts["completed"])
		require.Equal(t, "active", p.Status)
		s.requireOneMessageEach(id)
	})
}

// untilHeard waits until the campaign's latest run has received the signal and completed a workflow task since.
func (s *stack) untilHeard(campaignID, name string) {
	s.t.Helper()
	until(s.t, soon, "the signal "+name+" was heard", func() bool {
		received, done := int64(0), int64(0)
		for _, event := range s.history(campaignWorkflow(campaignID), "") {
			if event.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == name {
				received = event.GetEventId()
			}
			if event.GetWorkflowTaskCompletedEventAttributes() != nil {
				done = event.GetEventId()
			}
		}
		return received > 0 && done > received
	}, func(heard bool) bool { return heard })
}
