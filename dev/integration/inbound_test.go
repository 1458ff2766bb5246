package integration_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/sandbox"
)

// twilioPost posts a webhook as Twilio does, signed over its URL and form.
func (s *stack) twilioPost(path string, form map[string]string) string {
	s.t.Helper()
	address := s.config.Public() + path
	signed, values := address, url.Values{}
	for _, key := range slices.Sorted(maps.Keys(form)) {
		signed += key + form[key]
		values.Set(key, form[key])
	}
	mac := hmac.New(sha1.New, []byte(sandbox.SandboxTwilioAuthToken))
	_, _ = mac.Write([]byte(signed)) // a hash never fails
	got := s.send(http.MethodPost, path, "application/x-www-form-urlencoded", values.Encode(), map[string]string{
		"X-Twilio-Signature": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	})
	require.Equal(s.t, http.StatusOK, got.status, "%s", got.body)
	return string(got.body)
}

// texts has somebody text the campaigns' number.
func (s *stack) texts(from, sid, text string) {
	s.t.Helper()
	s.twilioPost("/webhooks/twilio/sms/inbound", map[string]string{
		"MessageSid": sid, "AccountSid": sandbox.SandboxTwilioAccountSID, "From": from, "To": "+12025550100", "Body": text,
	})
}

// mails has somebody mail the domain of the installation.
func (s *stack) mails(from, id, text string) {
	s.t.Helper()
	secret, err := models.NewSecret(secretKey)
	require.NoError(s.t, err)
	form := bytes.Buffer{}
	writer := multipart.NewWriter(&form)
	for name, value := range map[string]string{
		"headers": fmt.Sprintf("From: %s\nTo: hello@%s\nSubject: A question\nMessage-ID: <%s@home.example>\n", from, mailDomain, id),
		"from":    from, "to": "hello@" + mailDomain, "subject": "A question", "text": text,
		"envelope": fmt.Sprintf(`{"to":["hello@%s"],"from":%q}`, mailDomain, from),
	} {
		require.NoError(s.t, writer.WriteField(name, value))
	}
	require.NoError(s.t, writer.Close())
	got := s.send(http.MethodPost, api.InboundMailPath(secret), writer.FormDataContentType(), form.String(), nil)
	require.Equal(s.t, http.StatusNoContent, got.status, "%s", got.body)
}

// joined waits until so many contacts are in the campaign, each with an answer that was sent to it.
func (s *stack) joined(campaignID string, n int) []contact {
	s.t.Helper()
	return until(s.t, patient, "strangers join and are answered", func() []contact { return s.contacts(campaignID, "") },
		func(contacts []contact) bool {
			return len(contacts) == n && !slices.ContainsFunc(contacts, func(c contact) bool { return c.Attempts == 0 })
		})
}

// TestInboundContacts has people who are in no campaign text, call and mail: they join, and are answered; who opts out does not.
func TestInboundContacts(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{reconcileEvery: time.Second})
	given := channelSettings("Whoever comes", "automatic", "text", "email")
	given["inbound"] = map[string]any{"enabled": true}
	given["eligibility"] = map[string]any{"rules": []any{map[string]any{"field": "lastName", "op": "exists", "value": false}}}
	id := s.createAnyCampaign(given)
	s.goLive(id)

	s.texts("+12025550170", "SM70", "Do you repair tandems?")
	s.texts("+12025550170", "SM70", "Do you repair tandems?") // delivered twice
	said := s.twilioPost("/webhooks/twilio/voice/inbound", map[string]string{
		"CallSid": "CA71", "AccountSid": sandbox.SandboxTwilioAccountSID, "From": "+12025550171", "To": "+12025550100",
		"CallStatus": "ringing", "Direction": "inbound",
	})
	require.Contains(t, said, "Riverside Bikes", "the caller hears whom they have called")
	s.mails("new@home.example", "m72", "Do you sell bells?")
	s.texts("+12025550173", "SM73", "STOP")
	s.mails("away@home.example", "m74", "Please take me off your list.")

	for _, c := range s.joined(id, 3) {
		whole := s.contact(id, c.ID)
		require.Len(t, whole.Responses, 1, "%+v", whole)
		var detail struct {
			Source struct {
				Kind string `json:"kind"`
			} `json:"source"`
			EligibilityReason string `json:"eligibilityReason"`
		}
		s.call(http.MethodGet, contactsPath(id)+"/"+c.ID, nil, http.StatusOK, &detail)
		require.Equal(t, "inbound", detail.Source.Kind)
		require.Equal(t, models.ReasonRulesMet, detail.EligibilityReason)
	}
	for _, address := range []string{"+12025550170", "+12025550171", "new@home.example"} {
		require.Len(t, s.sandbox.to(address), 1, address)
	}
	require.Empty(t, s.sandbox.to("+12025550173"))
	var history struct {
		Data []struct {
			Source  string `json:"source"`
			Rows    int    `json:"rows"`
			Created int    `json:"created"`
		} `json:"data"`
	}
	s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/imports", nil, http.StatusOK, &history)
	require.Len(t, history.Data, 1)
	require.Equal(t, "inbound", history.Data[0].Source)
	require.Equal(t, 3, history.Data[0].Created)
	for _, address := range []string{"+12025550173", "away@home.example"} {
		var list struct {
			Total int `json:"total"`
		}
		s.call(http.MethodGet, "/api/v1/suppressions?search="+url.QueryEscape(address), nil, http.StatusOK, &list)
		require.Positive(t, list.Total, address)
	}
}

// TestInboundContactsThatTheAIJudges has the AI say whom the campaign is for, though it is away at first.
func TestInboundContactsThatTheAIJudges(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{reconcileEvery: time.Second})
	given := channelSettings("Whom it is for", "automatic", "text")
	given["inbound"] = map[string]any{"enabled": true}
	given["eligibility"] = map[string]any{"rules": []any{}, "prompt": "Owners of bicycles."}
	id := s.createAnyCampaign(given)
	s.goLive(id)
	s.sandbox.faults(map[string]any{"plan": map[string]any{"kind": "401", "rate": 1}})
	s.texts("+12025550175", "SM75", "My bicycle squeaks")
	s.texts("+12025550176", "SM76", "I am not eligible: I only walk")
	until(t, patient, "it is seen that the AI is away", s.log.text, func(log string) bool {
		return strings.Contains(log, "the AI could not be asked about a stranger")
	})
	require.Empty(t, s.contacts(id, ""))
	s.sandbox.faults(map[string]any{})
	contacts := s.joined(id, 1)
	require.Equal(t, "+12025550175", *contacts[0].Phone)
	require.Equal(t, "My bicycle squeaks", s.contact(id, contacts[0].ID).Responses[0].Text)

	// Who was turned away stands in the history, with the reason, and nobody knows who it was.
	type entry struct {
		ID      string `json:"id"`
		Rows    int    `json:"rows"`
		Skipped int    `json:"skipped"`
	}
	var history struct {
		Data []entry `json:"data"`
	}
	until(t, patient, "the other is turned away", func() int {
		s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/imports", nil, http.StatusOK, &history)
		return history.Data[0].Skipped
	}, func(skipped int) bool { return skipped == 1 })
	require.Equal(t, 2, history.Data[0].Rows)
	var shownEntry struct {
		Errors []models.ImportError `json:"errors"`
	}
	s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/imports/"+history.Data[0].ID, nil, http.StatusOK, &shownEntry)
	require.Len(t, shownEntry.Errors, 1)
	require.Equal(t, "not_eligible", shownEntry.Errors[0].Code)
	require.NotEmpty(t, shownEntry.Errors[0].Detail)
	require.Empty(t, s.sandbox.to("+12025550176"))
	require.NotContains(t, s.log.text(), "+1202555017")
}
