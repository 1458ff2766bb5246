package integration_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// anyTime are windows that are never closed, so that a test may run at any hour.
func anyTime() map[string]any {
	always := []map[string]any{{
		"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "start": "00:00", "end": "24:00",
	}}
	return map[string]any{"email": always, "text": always, "phone": always}
}

// channelSettings are those of a campaign that may use the channels, in this order, at any hour.
func channelSettings(name, mode string, channels ...string) map[string]any {
	all := settings(name, mode)
	all["channels"], all["windows"], all["quietHours"] = channels, anyTime(), "off"
	all["sender"].(map[string]string)["fromPhone"] = "+12025550100"
	return all
}

// createAnyCampaign makes a draft, whatever it lacks.
func (c *apiClient) createAnyCampaign(settings map[string]any) string {
	c.t.Helper()
	var made campaign
	c.call(http.MethodPost, "/api/v1/campaigns", settings, http.StatusCreated, &made)
	return made.ID
}

// goLive goes live with the contacts' consent attested.
func (c *apiClient) goLive(campaignID string) {
	c.t.Helper()
	c.call(http.MethodPost, "/api/v1/campaigns/"+campaignID+"/go-live",
		map[string]any{"consent": map[string]any{"attestedBy": "Sam Carter"}}, http.StatusOK, nil)
}

// bySuffix finds the contact whose number ends so.
func bySuffix(t *testing.T, contacts []contact, suffix string) contact {
	t.Helper()
	for _, c := range contacts {
		if c.Phone != nil && (*c.Phone)[len(*c.Phone)-len(suffix):] == suffix {
			return c
		}
	}
	require.FailNow(t, "no contact", "with a number that ends in %s", suffix)
	return contact{}
}

// TestTexts sends texts to numbers that behave in every way, and lets those who answer answer.
func TestTexts(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createAnyCampaign(channelSettings("Texts", "automatic", "text", "email"))
	s.add(id, []person{
		{FirstName: "Plain", Phone: "+12025550150"},
		{FirstName: "Dead", Phone: "+12025550190"},
		{FirstName: "Opted", Phone: "+12025550191"},
		{FirstName: "Invalid", Phone: "+12025550192", Email: "invalid-number@people.example"},
		{FirstName: "Answers", Phone: "+12025550196"},
		{FirstName: "Stops", Phone: "+12025550197"},
	})
	s.goLive(id)
	p := s.untilFinished(id, patient)
	require.Equal(t, 6, p.Total)
	s.sandbox.untilConfirmed(patient)
	stopped := until(t, soon, "the opt-out is known", func() contact {
		return s.contact(id, bySuffix(t, s.contacts(id, ""), "0197").ID)
	}, func(c contact) bool { return c.Status == "disqualified" })
	require.Equal(t, "opted_out", *stopped.StatusReason, "an opt-out counts though the contact was completed")

	all := s.contacts(id, "")
	last := func(suffix string) contact { return s.contact(id, bySuffix(t, all, suffix).ID) }
	require.Equal(t, "completed", last("0150").Status)
	require.Equal(t, "delivered", *until(t, soon, "it is delivered", func() contact { return last("0150") },
		func(c contact) bool { return c.LastOutcome != nil }).LastOutcome)
	dead := until(t, soon, "it has failed", func() contact { return last("0190") },
		func(c contact) bool { return c.LastOutcome != nil && *c.LastOutcome == "failed" })
	require.Equal(t, 1, dead.Attempts, "it was accepted: an attempt")
	opted := last("0191")
	require.Equal(t, "disqualified", opted.Status)
	require.Equal(t, "opted_out", *opted.StatusReason)
	require.Zero(t, opted.Attempts, "a rejected outreach is no attempt")

	// The number takes no texts: the same attempt went by e-mail.
	fallen := last("0192")
	require.Equal(t, "completed", fallen.Status)
	require.Equal(t, 1, fallen.Attempts)
	require.Len(t, s.sandbox.to("invalid-number@people.example"), 1)
	require.Len(t, fallen.OutreachHistory, 2)
	for _, o := range fallen.OutreachHistory {
		require.Equal(t, 1, o.Attempt)
	}
	answered := until(t, soon, "the answer is known", func() contact { return last("0196") },
		func(c contact) bool { return len(c.Responses) > 0 })
	require.False(t, answered.Responses[0].OptOut)
	require.Equal(t, "text", answered.Responses[0].Channel)

	// Nobody is contacted again at an address that asked not to be.
	next := s.createAnyCampaign(channelSettings("Texts again", "automatic", "text"))
	s.add(next, []person{{FirstName: "Stops", Phone: "+12025550197"}, {FirstName: "Opted", Phone: "+12025550191"}})
	s.goLive(next)
	p = s.untilFinished(next, patient)
	require.Equal(t, 2, p.Counts["disqualified"])
	require.Len(t, s.sandbox.to("+12025550197"), 1)
}

// TestCalls has calls answered, not answered, and taken by a machine. Each contact waits for its call's end.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createAnyCampaign(channelSettings("Calls", "automatic", "phone"))
	s.add(id, []person{
		{FirstName: "Answers", Phone: "+12025550151"},
		{FirstName: "Busy", Phone: "+12025550193"},
		{FirstName: "Away", Phone: "+12025550194"},
		{FirstName: "Machine", Phone: "+12025550195"},
	})
	s.goLive(id)
	s.untilFinished(id, patient)
	all := s.contacts(id, "")
	for suffix, outcome := range map[string]string{"0151": "answered", "0193": "busy", "0194": "no_answer", "0195": "voicemail"} {
		c := s.contact(id, bySuffix(t, all, suffix).ID)
		require.Equal(t, "completed", c.Status, suffix)
		require.Equal(t, "one_time_done", *c.StatusReason, suffix)
		require.Equal(t, 1, c.Attempts, suffix)
		require.NotNil(t, c.LastOutcome, suffix)
		require.Equal(t, outcome, *c.LastOutcome, suffix)
	}
	said := s.sandbox.to("+12025550151")
	require.Len(t, said, 1)
	require.NotEmpty(t, said[0].Text, "the call spoke its script")
	machine := s.sandbox.to("+12025550195")
	require.Len(t, machine, 1)
	require.NotEmpty(t, machine[0].VoicemailText, "the machine was left a message")
	var sums struct {
		ByChannel map[string]struct {
			Outreaches int `json:"outreaches"`
		} `json:"byChannel"`
	}
	s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/performance", nil, http.StatusOK, &sums)
	require.Equal(t, 4, sums.ByChannel["phone"].Outreaches)
}

// TestResend sends an unconfirmed outreach again, once, though its contact is finished.
func TestResend(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createCampaign(settings("Resend", "automatic"))
	s.sandbox.faults(map[string]any{"email": map[string]any{"kind": "500", "rate": 1}})
	s.add(id, people("resend", 1))
	s.control(id, "go-live")
	s.untilFinished(id, patient)
	c := s.contact(id, s.contacts(id, "")[0].ID)
	require.True(t, c.Unconfirmed)
	require.Equal(t, "unknown", c.OutreachHistory[0].State)
	require.Zero(t, s.sandbox.stats().Messages)

	s.sandbox.faults(map[string]any{})
	path := contactsPath(id) + "/" + c.ID + "/outreaches/" + c.OutreachHistory[0].ID + "/resend"
	s.control(id, "pause")
	s.call(http.MethodPost, path, map[string]any{}, http.StatusOK, nil)
	again := s.send(http.MethodPost, path, "application/json", "{}", nil)
	require.Equal(t, "invalid_transition", again.refusal(t, http.StatusConflict).Code)
	require.Zero(t, s.sandbox.stats().Messages, "pause means pause")
	s.control(id, "resume")
	done := until(t, patient, "the resend was accepted", func() contact { return s.contact(id, c.ID) },
		func(c contact) bool { return !c.Unconfirmed })
	require.Equal(t, 1, done.Attempts, "a resend makes the same attempt")
	require.Len(t, done.OutreachHistory, 2)
	require.Equal(t, 1, s.sandbox.stats().Messages)
	got := s.send(http.MethodPost, path, "application/json", "{}", nil)
	require.Equal(t, "invalid_transition", got.refusal(t, http.StatusConflict).Code)
}

// reply answers a message of the sandbox's, as its recipient.
func (c *sandboxClient) reply(messageID, text string) {
	c.api.t.Helper()
	c.api.call(http.MethodPost, "/sandbox/messages/"+url.PathEscape(messageID)+"/reply", map[string]any{"text": text},
		http.StatusAccepted, nil)
}

// TestReplies has a contact of a follow-up answer: what was planned is superseded, and planned anew with the reply.
func TestReplies(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	all := channelSettings("Replies", "automatic", "text")
	all["type"], all["maxAttempts"] = "follow_up", 5
	id := s.createAnyCampaign(all)
	s.add(id, []person{{FirstName: "Ada", Phone: "+12025550160"}, {FirstName: "Ben", Phone: "+12025550161"}})
	s.goLive(id)
	s.untilProgress(id, patient, "the second attempts are planned",
		func(p progress) bool { return p.Waiting["next_attempt"] == 2 })
	contacts := s.contacts(id, "")
	ada, ben := bySuffix(t, contacts, "0160"), bySuffix(t, contacts, "0161")
	planned := s.contact(id, ada.ID).NextOutreach
	require.Equal(t, 2, planned.Attempt)
	require.True(t, planned.SendAt.After(time.Now().Add(23*time.Hour)), "attempts keep their distance")

	s.sandbox.reply(s.sandbox.to(*ada.Phone)[0].ID, "When are you open?")
	anew := until(t, patient, "it is planned anew", func() contact { return s.contact(id, ada.ID) },
		func(c contact) bool { return c.NextOutreach != nil && c.NextOutreach.ID != planned.ID })
	require.Equal(t, 2, anew.NextOutreach.Attempt)
	require.Len(t, anew.Responses, 1)
	require.Equal(t, "When are you open?", anew.Responses[0].Text)
	require.Equal(t, "replied", *anew.LastOutcome)

	s.sandbox.reply(s.sandbox.to(*ben.Phone)[0].ID, " stop! ")
	gone := until(t, patient, "he is left alone", func() contact { return s.contact(id, ben.ID) },
		func(c contact) bool { return c.Status == "disqualified" })
	require.Equal(t, "opted_out", *gone.StatusReason)
	require.True(t, gone.Responses[0].OptOut)
	s.untilClosed(contactWorkflow(id, ben.ID), "COMPLETED")
	require.Equal(t, 2, s.sandbox.stats().Messages)
}

// TestCallsThatAreAnswered has people say something in a call: it is kept with the call, and a word to stop opts out.
func TestCallsThatAreAnswered(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createAnyCampaign(channelSettings("Answered calls", "automatic", "phone"))
	s.add(id, []person{{FirstName: "Answers", Phone: "+12025550196"}, {FirstName: "Stops", Phone: "+12025550197"}})
	s.goLive(id)
	s.untilFinished(id, patient)
	all := s.contacts(id, "")
	answered := until(t, soon, "the answer is known", func() contact { return s.contact(id, bySuffix(t, all, "0196").ID) },
		func(c contact) bool {
			return len(c.Responses) == 1 && c.LastOutcome != nil && *c.LastOutcome == "replied"
		})
	require.Equal(t, "phone", answered.Responses[0].Channel)
	require.Equal(t, "Yes, tell me more, please.", answered.Responses[0].Text)
	require.False(t, answered.Responses[0].OptOut)
	require.Equal(t, "completed", answered.Status)

	stopped := until(t, soon, "the opt-out is known", func() contact { return s.contact(id, bySuffix(t, all, "0197").ID) },
		func(c contact) bool { return c.Status == "disqualified" })
	require.Equal(t, "opted_out", *stopped.StatusReason)
	require.True(t, stopped.Responses[0].OptOut)
	said := s.sandbox.to("+12025550197")
	require.Len(t, said, 1)
	require.Contains(t, said[0].Text, "This is an automated call")
	require.Contains(t, said[0].Text, "You will not be called again")
}
