package integration_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// response is an answer with why it is taken to opt out.
type response struct {
	Text         string  `json:"text"`
	OptOut       bool    `json:"optOut"`
	OptOutReason *string `json:"optOutReason"`
}

func (s *stack) responses(campaignID, contactID string) []response {
	s.t.Helper()
	var detail struct {
		Responses []response `json:"responses"`
	}
	s.call(http.MethodGet, contactsPath(campaignID)+"/"+contactID, nil, http.StatusOK, &detail)
	return detail.Responses
}

// TestFreeTextOptOuts has contacts ask in their own words to be left alone: in words that mean nothing else, at once, though
// the AI is away; in others by the AI, while they are followed up, and when they are finished; and none of them is sent
// anything more, not even by another campaign.
func TestFreeTextOptOuts(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{reconcileEvery: time.Second})
	followed := channelSettings("Followed", "automatic", "text")
	followed["type"], followed["maxAttempts"] = "follow_up", 5
	id := s.createAnyCampaign(followed)
	s.add(id, []person{
		{FirstName: "Plainly", Phone: "+12025550160"}, {FirstName: "Politely", Phone: "+12025550161"}, {FirstName: "Early", Phone: "+12025550163"},
	})
	once := s.createAnyCampaign(channelSettings("Once", "automatic", "text"))
	s.add(once, []person{{FirstName: "Finished", Phone: "+12025550162"}})
	s.goLive(id)
	s.goLive(once)
	s.untilFinished(once, patient)
	s.untilProgress(id, patient, "the second attempts are planned", func(p progress) bool { return p.Waiting["next_attempt"] == 3 })
	contacts := s.contacts(id, "")
	plainly, politely, early := bySuffix(t, contacts, "0160"), bySuffix(t, contacts, "0161"), bySuffix(t, contacts, "0163")
	finished := s.contacts(once, "")[0]
	leaves := func(campaignID string, c contact, reason string) {
		t.Helper()
		gone := until(t, patient, c.FirstName+" is left alone", func() contact { return s.contact(campaignID, c.ID) },
			func(c contact) bool { return c.Status == "disqualified" })
		require.Equal(t, "opted_out", *gone.StatusReason)
		said := s.responses(campaignID, c.ID)
		require.Len(t, said, 1)
		require.True(t, said[0].OptOut)
		require.Equal(t, reason, *said[0].OptOutReason)
	}

	s.sandbox.reply(s.sandbox.to(*politely.Phone)[0].ID, "I would rather not hear from you.")
	leaves(id, politely, "planner")

	// The AI is away: what is plain holds all the same, and nothing is sent to whoever may have opted out.
	s.sandbox.faults(map[string]any{"plan": map[string]any{"kind": "401", "rate": 1}})
	s.sandbox.reply(s.sandbox.to(*plainly.Phone)[0].ID, "Please stop texting me, thanks.")
	leaves(id, plainly, "phrase")
	s.sandbox.reply(s.sandbox.to(*early.Phone)[0].ID, "I would rather not hear from you so early.")
	s.sandbox.reply(s.sandbox.to(*finished.Phone)[0].ID, "Kindly let me be.")
	waits := until(t, patient, "the AI cannot plan upon the reply", func() contact { return s.contact(id, early.ID) },
		func(c contact) bool { return c.Waiting != nil && c.Waiting.Reason == "planner_error" })
	require.Nil(t, waits.NextOutreach, "what was planned is not sent any more")
	require.Equal(t, "The AI refuses the API key (401); it is asked again.", waits.Waiting.Detail)
	require.False(t, s.responses(id, early.ID)[0].OptOut)

	// It is back, and reads what came meanwhile.
	s.sandbox.faults(map[string]any{})
	leaves(once, finished, "planner")
	for _, address := range []string{*plainly.Phone, *politely.Phone, *early.Phone, *finished.Phone} {
		require.Len(t, s.sandbox.to(address), 1, address)
	}
	next := s.createAnyCampaign(channelSettings("Next", "automatic", "text"))
	s.add(next, []person{{FirstName: "Politely", Phone: *politely.Phone}, {FirstName: "Finished", Phone: *finished.Phone}})
	s.goLive(next)
	require.Equal(t, 2, s.untilFinished(next, patient).Counts["disqualified"])
	require.Len(t, s.sandbox.to(*politely.Phone), 1)
	require.NotContains(t, s.log.text(), "hear from you")
}

// TestRefusedCredentials has a provider refuse Beckon's key: the campaign pauses itself, says why, and goes on at once where
// somebody has mended that and resumes.
func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createCampaign(settings("Refused", "automatic"))
	s.sandbox.faults(map[string]any{"email": map[string]any{"kind": "401", "rate": 1}})
	s.add(id, people("refused", 6))
	s.control(id, "go-live")
	s.untilStatus(id, "paused")
	var paused struct {
		PauseReason string `json:"pauseReason"`
	}
	s.call(http.MethodGet, "/api/v1/campaigns/"+id, nil, http.StatusOK, &paused)
	require.True(t, strings.HasPrefix(paused.PauseReason, "paused by system: SendGrid refused our credentials"), paused.PauseReason)
	require.Zero(t, s.sandbox.stats().Messages)
	s.sandbox.faults(map[string]any{})
	began := time.Now()
	s.control(id, "resume")
	s.untilFinished(id, patient)
	require.Equal(t, 6, s.sandbox.stats().Messages)
	require.Less(t, time.Since(began), 45*time.Second, "nobody waits for the end of a back-off")
}
