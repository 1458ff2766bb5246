package integration_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mailSettings are those of a campaign that writes to its contacts up to five times.
func mailSettings(name string) map[string]any {
	all := settings(name, "automatic")
	all["type"], all["maxAttempts"] = "follow_up", 5
	all["sender"].(map[string]string)["replyTo"] = "desk@riverside-bikes.example"
	return all
}

// letter is an e-mail with all that was sent.
type letter struct {
	ID      string            `json:"id"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
	Headers map[string]string `json:"headers"`
	ReplyTo string            `json:"replyTo"`
}

// letterTo waits for the e-mail to an address.
func (s *stack) letterTo(address string) letter {
	s.t.Helper()
	var list struct {
		Data []letter `json:"data"`
	}
	until(s.t, patient, "an e-mail to "+address, func() int {
		s.sandbox.api.call(http.MethodGet, "/sandbox/messages?to="+address, nil, http.StatusOK, &list)
		return len(list.Data)
	}, func(n int) bool { return n > 0 })
	return list.Data[0]
}

// byName finds a contact by its first name.
func (s *stack) byName(campaignID, name string) contact {
	s.t.Helper()
	for _, c := range s.contacts(campaignID, "") {
		if c.FirstName == name {
			return s.contact(campaignID, c.ID)
		}
	}
	require.FailNow(s.t, "no contact", name)
	return contact{}
}

// TestMailAnswers has contacts answer e-mails, by themselves and from the inbox: what they write comes back to them through the
// address that their e-mail gave, and is planned upon; who opts out is written to no more.
func TestMailAnswers(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createCampaign(mailSettings("Answers"))
	s.add(id, []person{
		{FirstName: "Replies", Email: "reply-mail@people.example"},
		{FirstName: "Stops", Email: "optout-mail@people.example"},
		{FirstName: "Leaves", Email: "unsub-mail@people.example"},
		{FirstName: "Plain", Email: "plain-mail@people.example"},
	})
	s.goLive(id)

	for name, reason := range map[string]string{"Stops": "opted_out", "Leaves": "opted_out"} {
		c := until(t, patient, name+" is left alone", func() contact { return s.byName(id, name) },
			func(c contact) bool { return c.Status == "disqualified" })
		require.Equal(t, reason, *c.StatusReason)
		require.Equal(t, "opted_out", *c.LastOutcome)
	}
	replied := until(t, patient, "the answer is known", func() contact { return s.byName(id, "Replies") },
		func(c contact) bool { return len(c.Responses) > 0 })
	require.Equal(t, "email", replied.Responses[0].Channel)
	require.Equal(t, "Yes, tell me more, please.", replied.Responses[0].Text)
	require.Equal(t, "replied", *replied.LastOutcome)

	// From the inbox, with what mail programs put below.
	sent := s.letterTo("plain-mail@people.example")
	require.Regexp(t, `^reply\+[a-z2-7]{48}@inbound\.localhost, desk@riverside-bikes\.example$`, sent.ReplyTo)
	s.sandbox.api.call(http.MethodPost, "/sandbox/messages/"+sent.ID+"/reply",
		map[string]string{"text": "Thursday suits me.\n\nOn Monday, Sam wrote:\n> Hello"}, http.StatusAccepted, nil)
	plain := until(t, patient, "the answer is known", func() contact { return s.byName(id, "Plain") },
		func(c contact) bool { return len(c.Responses) > 0 })
	require.Equal(t, "Thursday suits me.", plain.Responses[0].Text)
	require.False(t, plain.Responses[0].OptOut)

	var figures struct {
		Totals struct {
			ContactsReplied int `json:"contactsReplied"`
			OptOuts         int `json:"optOuts"`
		} `json:"totals"`
	}
	until(t, soon, "the figures are right", func() int {
		s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/performance", nil, http.StatusOK, &figures)
		return figures.Totals.OptOuts
	}, func(n int) bool { return n == 2 })
	require.Equal(t, 3, figures.Totals.ContactsReplied)
	for address, n := range s.sandbox.recipients() {
		require.Equal(t, 1, n, address)
	}
}

// TestLinkScanner follows every link of an e-mail, as programs do that look for harm: nobody is unsubscribed. One post, as
// mail programs make it, does within a second, and no one is written to at that address again.
func TestLinkScanner(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	id := s.createCampaign(mailSettings("Links"))
	s.add(id, []person{{FirstName: "Scanned", Email: "scanned@people.example"}})
	s.goLive(id)
	sent := s.letterTo("scanned@people.example")
	require.Contains(t, sent.Text, "1 Main Street, Springfield")
	require.Contains(t, sent.HTML, "1 Main Street, Springfield")
	require.Equal(t, "List-Unsubscribe=One-Click", sent.Headers["List-Unsubscribe-Post"])

	ours := regexp.MustCompile(regexp.QuoteMeta(s.url) + `/[^\s<>"]+`)
	links := map[string]bool{}
	for _, link := range ours.FindAllString(sent.Text+" "+sent.HTML+" "+sent.Headers["List-Unsubscribe"], -1) {
		links[link] = true
	}
	require.Len(t, links, 1, "text, HTML and header have the same link")
	path := ""
	for link := range links {
		path = strings.TrimPrefix(link, s.url)
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodHead, http.MethodGet} {
			got := s.send(method, path, "", "", map[string]string{"X-Api-Key": ""})
			require.Equal(t, http.StatusOK, got.status)
		}
	}
	c := s.byName(id, "Scanned")
	require.NotEqual(t, "disqualified", c.Status)
	var list struct {
		Total int `json:"total"`
	}
	s.call(http.MethodGet, "/api/v1/suppressions", nil, http.StatusOK, &list)
	require.Zero(t, list.Total)

	posted := time.Now()
	got := s.send(http.MethodPost, path, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", map[string]string{"X-Api-Key": ""})
	require.Equal(t, http.StatusOK, got.status)
	require.Less(t, time.Since(posted), time.Second)
	c = s.contact(id, c.ID)
	require.Equal(t, "disqualified", c.Status, "it holds once it is answered")
	require.Equal(t, "opted_out", *c.StatusReason)
	s.call(http.MethodGet, "/api/v1/suppressions", nil, http.StatusOK, &list)
	require.Equal(t, 1, list.Total)
	until(t, soon, "its workflow has ended", func() string { return s.contact(id, c.ID).Workflow.State },
		func(state string) bool { return state == "completed" })

	next := s.createCampaign(settings("Links again", "automatic"))
	s.add(next, []person{{FirstName: "Scanned", Email: "scanned@people.example"}})
	s.goLive(next)
	require.Equal(t, 1, s.untilFinished(next, patient).Counts["disqualified"])
	require.Len(t, s.sandbox.to("scanned@people.example"), 1)
}
