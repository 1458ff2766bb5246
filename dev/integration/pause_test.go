package integration_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPauseMeansPause pauses and resumes a campaign again and again while it sends as fast as it can. What arrives after
// the answer of a pause is no more than the answer's inFlight, and in the end everybody has one message.
func TestPauseMeansPause(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, opts options) {
		const contacts, pauses = 320, 4
		s := newStack(t, opts)
		id := s.createCampaign(settings("Pause", "automatic"))
		s.add(id, people("pause", contacts))
		// Half of the sends take a while, so that every pause finds some under way.
		slow := map[string]any{"kind": "delay", "rate": 0.5, "delayMs": 400}
		s.sandbox.faults(map[string]any{"email": slow})
		s.control(id, "go-live")
		inFlight, lateInAll := 0, 0

		for n := 1; n <= pauses; n++ {
			s.sandbox.untilSent(n*contacts/(pauses+2), patient)
			paused := s.control(id, "pause")
			answered := time.Now()
			require.True(t, paused.Changed)
			require.Equal(t, "paused", paused.Status)

			// At once, whatever the contacts' workflows know of it.
			p := s.progress(id)
			require.Equal(t, "paused", p.Status)
			require.Equal(t, p.Total, p.Counts["completed"]+p.Counts["executing"]+p.Counts["campaign_paused"])
			require.LessOrEqual(t, p.Counts["executing"], paused.InFlight)
			require.NotZero(t, p.Counts["campaign_paused"])

			again := s.control(id, "pause")
			require.False(t, again.Changed)

			p = s.untilProgress(id, soon, "what was in flight has landed", func(p progress) bool { return p.InFlight == 0 })
			sent := s.sandbox.stats()
			require.Equal(t, p.Attempts, sent.Messages)
			s.requireQuiet(id, sent)
			s.requireShownPaused(id)

			late := 0
			for _, m := range s.sandbox.messages() {
				if m.ReceivedAt.UnixMilli() >= answered.UnixMilli() {
					late++
				}
			}
			t.Logf("pause %d: %d sent, %d in flight, %d arrived after the answer", n, sent.Messages, paused.InFlight, late)
			require.LessOrEqual(t, late, paused.InFlight)
			inFlight, lateInAll = inFlight+paused.InFlight, lateInAll+late
			require.True(t, s.control(id, "resume").Changed)
		}
		require.NotZero(t, inFlight, "it was paused at full speed")
		require.NotZero(t, lateInAll, "what is in flight is still sent")

		s.sandbox.faults(map[string]any{})
		p := s.untilFinished(id, patient)
		require.Equal(t, contacts, p.Counts["completed"])
		require.Equal(t, contacts, p.Attempts)
		s.requireOneMessageEach(id)
	})
}

// requireQuiet wants nothing to be sent in a paused campaign for a while.
func (s *stack) requireQuiet(campaignID string, sent stats) {
	s.t.Helper()
	const watched, every = 500 * time.Millisecond, 100 * time.Millisecond
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for range watched / every {
		<-ticker.C
		require.Equal(s.t, sent.Messages, s.sandbox.stats().Messages, "something was sent while the campaign was paused")
		require.Zero(s.t, s.progress(campaignID).InFlight)
	}
}

// requireShownPaused wants the unfinished contacts of a paused campaign to say so, in the list and one by one.
func (s *stack) requireShownPaused(campaignID string) {
	s.t.Helper()
	held := s.contacts(campaignID, "status=campaign_paused")
	require.Len(s.t, held, s.progress(campaignID).Counts["campaign_paused"])
	for _, c := range held {
		require.Equal(s.t, "campaign_paused", c.Status)
		require.NotEqual(s.t, "campaign_paused", c.UnderlyingStatus)
		require.NotNil(s.t, c.Waiting)
		require.Equal(s.t, "campaign_paused", c.Waiting.Reason)
	}
	detail := s.contact(campaignID, held[0].ID)
	require.Equal(s.t, "campaign_paused", detail.Status)
	require.Equal(s.t, "campaign_paused", detail.Waiting.Reason)
}

// requireOneMessageEach wants every contact of the stack's only campaign to have been sent one message, and nobody else.
func (s *stack) requireOneMessageEach(campaignID string) {
	s.t.Helper()
	want := map[string]int{}
	for _, c := range s.contacts(campaignID, "") {
		want[*c.Email] = 1
	}
	require.Equal(s.t, want, s.sandbox.recipients())
}

// TestArchive archives a campaign while it sends. What has not begun is completed without a message, all workflows close,
// and nothing can be added or changed any more.
func TestArchive(t *testing.T) {
	t.Parallel()
	const contacts = 160
	s := newStack(t, options{})
	id := s.createCampaign(settings("Archive", "automatic"))
	s.add(id, people("archive", contacts))
	s.control(id, "go-live")
	s.sandbox.untilSent(contacts/4, patient)

	archived := s.control(id, "archive")
	answered := time.Now()
	require.True(t, archived.Changed)
	require.Equal(t, "archived", archived.Status)
	require.False(t, s.control(id, "archive").Changed)

	p := s.untilFinished(id, patient)
	require.Equal(t, contacts, p.Counts["completed"])
	s.untilProgress(id, soon, "what was in flight has landed", func(p progress) bool { return p.InFlight == 0 })
	all := s.contacts(id, "")
	reasons, want := map[string]int{}, map[string]int{}
	for _, c := range all {
		reasons[*c.StatusReason]++
		if c.Attempts > 0 {
			want[*c.Email] = c.Attempts
		}
	}
	require.NotZero(t, reasons["campaign_archived"])
	require.Equal(t, contacts, reasons["campaign_archived"]+reasons["one_time_done"])
	require.Equal(t, want, s.sandbox.recipients(), "each attempt is one message")

	// All workflows close: the campaign's, and those of the contacts that had one.
	s.untilClosed(campaignWorkflow(id), "COMPLETED")
	for _, c := range all {
		if detail := s.contact(id, c.ID); detail.Workflow.State != "none" {
			s.untilClosed(contactWorkflow(id, c.ID), "COMPLETED")
		}
	}
	late := 0
	for _, m := range s.sandbox.messages() {
		if m.ReceivedAt.UnixMilli() >= answered.UnixMilli() {
			late++
		}
	}
	require.LessOrEqual(t, late, archived.InFlight)
	require.Equal(t, want, s.sandbox.recipients(), "nothing was sent afterwards")

	// It is closed for good.
	before := s.rows().dump()
	closed := func(method, path string, body string) {
		t.Helper()
		got := s.send(method, path, "application/json", body, nil)
		require.Equal(t, "campaign_archived", got.refusal(t, http.StatusConflict).Code)
	}
	closed(http.MethodPost, contactsPath(id), `{"contacts":[{"firstName":"Late","email":"late@example.com"}]}`)
	closed(http.MethodPatch, contactsPath(id)+"/"+all[0].ID, `{"firstName":"Late"}`)
	closed(http.MethodDelete, contactsPath(id)+"/"+all[0].ID, "")
	closed(http.MethodPatch, "/api/v1/campaigns/"+id, `{"name":"Late"}`)
	got := s.upload(id, []byte("Name,Email\nLate,late@example.com\n"), map[string]any{"name": "Name", "email": "Email"})
	require.Equal(t, "campaign_archived", got.refusal(t, http.StatusConflict).Code)
	for _, control := range []string{"go-live", "pause", "resume", "start-outreaches"} {
		got := s.send(http.MethodPost, fmt.Sprintf("/api/v1/campaigns/%s/%s", id, control), "application/json", "{}", nil)
		require.Equal(t, "invalid_transition", got.refusal(t, http.StatusConflict).Code)
	}
	require.Equal(t, before, s.rows().dump(), "what is refused changes nothing")
}
