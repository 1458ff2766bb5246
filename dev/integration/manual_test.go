package integration_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestManualMode plans everything and sends nothing until somebody starts all outreaches. A start includes whoever is still
// being planned, and nobody who is added later; pressed twice it sends once.
func TestManualMode(t *testing.T) {
	t.Parallel()
	const first, second, third = 60, 16, 5
	s := newStack(t, options{})
	id := s.createCampaign(settings("Manual", "manual"))
	s.add(id, people("manual", first))
	s.control(id, "go-live")
	waits := func(n int) func(progress) bool {
		return func(p progress) bool { return p.Waiting["start_outreaches"] == n }
	}
	p := s.untilProgress(id, patient, "everybody waits for the start", waits(first))
	require.Equal(t, first, p.Counts["awaiting_execution"])
	require.Zero(t, s.sandbox.stats().Messages)

	// More come, and their planning takes so long that the start finds them at it.
	const slow = 3 * time.Second
	s.sandbox.faults(map[string]any{"plan": map[string]any{"kind": "delay", "rate": 1, "delayMs": slow.Milliseconds()}})
	s.add(id, people("manually", second))
	p = s.untilProgress(id, soon, "the AI is planning some of the new", func(p progress) bool {
		return p.Total == first+second && p.Underlying["planning"] > 0
	})
	require.Equal(t, first, p.Waiting["start_outreaches"])

	started := s.control(id, "start-outreaches")
	require.True(t, started.Changed)
	require.NotNil(t, started.ReleaseID)
	require.Equal(t, first, *started.Now)
	require.Equal(t, second, started.Waiting.Planning)
	require.Zero(t, started.Waiting.Window+started.Waiting.Approval)
	again := s.control(id, "start-outreaches")
	require.Equal(t, "active", again.Status)

	p = s.untilFinished(id, patient)
	require.Equal(t, first+second, p.Counts["completed"])
	require.Equal(t, first+second, p.Attempts)
	s.requireOneMessageEach(id)

	// The campaign stays active; who is added now waits for the next start.
	s.sandbox.faults(map[string]any{})
	require.Equal(t, "active", s.campaign(id).Status)
	s.add(id, people("manualmost", third))
	s.untilProgress(id, soon, "the latest wait for the next start", waits(third))
	require.Equal(t, first+second, s.sandbox.stats().Messages)
	require.Equal(t, third, *s.control(id, "start-outreaches").Now)
	s.untilFinished(id, patient)
	s.requireOneMessageEach(id)

	// One who was planned and waiting when a start came while the campaign was paused goes with the next one only.
	s.add(id, people("manuallest", 1))
	s.untilProgress(id, soon, "the last one waits", waits(1))
	s.control(id, "pause")
	refused := s.send("POST", "/api/v1/campaigns/"+id+"/start-outreaches", "application/json", "{}", nil)
	require.Equal(t, "invalid_transition", refused.refusal(t, 409).Code)
	s.control(id, "resume")
	s.untilProgress(id, soon, "the last one waits again", waits(1))
	s.control(id, "start-outreaches")
	s.untilFinished(id, patient)
	s.requireOneMessageEach(id)
}
