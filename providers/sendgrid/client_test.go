package sendgrid_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/mail"
	"beckon/models"
	"beckon/providers"
	"beckon/providers/internal/providertest"
	"beckon/providers/sendgrid"
)

// The interface that activities own.
var _ interface {
	SendEmail(ctx context.Context, email models.Email) (string, error)
} = (*sendgrid.Client)(nil)

func newClient(t *testing.T, url string, timeout time.Duration) *sendgrid.Client {
	t.Helper()
	client, err := sendgrid.New(sendgrid.Config{
		APIKey: "SG.test", BaseURL: url, Timeout: timeout, Letterhead: letterhead(t, "in.example.com"),
	})
	require.NoError(t, err)
	return client
}

// letterhead is an installation's, with a domain whose mail comes in.
func letterhead(t *testing.T, domain string) mail.Letterhead {
	t.Helper()
	secret, err := models.NewSecret("the-secret-key-of-the-tests-of-sendgrid")
	require.NoError(t, err)
	return mail.Letterhead{PublicURL: "https://beckon.example.com", Inbox: mail.Inbox{Domain: domain, Secret: secret}}
}

func accepted(id string) providertest.Answer {
	return providertest.Answer{Status: http.StatusAccepted, Header: map[string]string{"X-Message-Id": id}}
}

func email() models.Email {
	return models.Email{
		OutreachID: "0198c0de-0000-7000-8000-000000000001", CampaignID: "0198c0de-0000-7000-8000-000000000002",
		CampaignType: models.CampaignFollowUp, BusinessName: "Harbour Dental", PostalAddress: "1 Quay, Springfield",
		From: "team@example.com", FromName: "Harbour Dental", ReplyTo: "desk@example.com",
		To: "ada@example.com", ToName: "Ada Byron", Subject: "Your check-up", Text: "Hello Ada,\nwould Tuesday do?",
	}
}

type address struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type personalization struct {
	To         []address         `json:"to"`
	CustomArgs map[string]string `json:"custom_args"`
}

// failureOf sends, and returns the provider error that must come, which must not quote personal data.
func failureOf(t *testing.T, client *sendgrid.Client, mail models.Email) *models.ProviderError {
	t.Helper()
	id, err := client.SendEmail(t.Context(), mail)
	require.Empty(t, id)
	var failure *models.ProviderError
	require.ErrorAs(t, err, &failure)
	for _, personal := range []string{mail.To, mail.ToName, mail.Subject, mail.Text} {
		if personal != "" {
			require.NotContains(t, err.Error(), personal)
		}
	}
	return failure
}

func TestSendEmail(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, accepted("14c5d75ce93.dfd.64b469"))

	id, err := newClient(t, server.URL+"/", 5*time.Second).SendEmail(t.Context(), email())

	require.NoError(t, err)
	require.Equal(t, "14c5d75ce93.dfd.64b469", id)
	requests := server.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, "POST /v3/mail/send", requests[0].Path)
	require.Equal(t, "Bearer SG.test", requests[0].Header.Get("Authorization"))
	given := email()
	head := letterhead(t, "in.example.com")
	letter, link := head.Letter(&given), head.UnsubscribeURL(given.OutreachID)
	content, err := json.Marshal([]map[string]string{
		{"type": "text/plain", "value": letter.Text}, {"type": "text/html", "value": letter.HTML},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{
		"from": {"email": "team@example.com", "name": "Harbour Dental"},
		"reply_to_list": [{"email": "`+head.Inbox.ReplyAddress(given.OutreachID)+`"}, {"email": "desk@example.com"}],
		"subject": "Your check-up",
		"content": `+string(content)+`,
		"headers": {
			"List-Unsubscribe": "<`+link+`>, <mailto:`+head.Inbox.UnsubscribeAddress(given.OutreachID)+`>",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"
		},
		"categories": ["0198c0de-0000-7000-8000-000000000002", "follow_up"],
		"tracking_settings": {"subscription_tracking": {"enable": false}},
		"personalizations": [{
			"to": [{"email": "ada@example.com", "name": "Ada Byron"}],
			"custom_args": {
				"outreach_id": "0198c0de-0000-7000-8000-000000000001",
				"campaign_id": "0198c0de-0000-7000-8000-000000000002"
			}
		}]
	}`, string(requests[0].Body))
}

func TestSendEmailFollowsTheVendorsAPI(t *testing.T) {
	t.Parallel()
	spec := providertest.LoadSpec(t, "sendgrid_mail_v3.min.json", "/v3/mail/send")
	bare := email()
	bare.FromName, bare.ReplyTo, bare.ToName, bare.BusinessName, bare.PostalAddress, bare.CampaignType = "", "", "", "", "", ""
	awkward := email()
	awkward.ToName, awkward.Subject, awkward.Text = `Byron, "Ada" <x@y>; DROP`, "Grüße 🦷 & <b>", strings.Repeat("ü\u2028<>&\n", 1000)
	for name, given := range map[string]models.Email{"Full": email(), "Bare": bare, "Awkward": awkward} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := providertest.NewServer(t, accepted("id"))
			for _, domain := range []string{"", "in.example.com"} {
				client, err := sendgrid.New(sendgrid.Config{APIKey: "SG.test", BaseURL: server.URL, Letterhead: letterhead(t, domain)})
				require.NoError(t, err)
				_, err = client.SendEmail(t.Context(), given)
				require.NoError(t, err)
			}
			for _, request := range server.Requests() {
				spec.Accepts(t, request.Body)
				requireComplete(t, request.Body)
			}
		})
	}
	spec.Refuses(t, []byte(`{"personalizations": [{}], "from": {"name": "x"}}`))
	whole := `{"personalizations": [{"to": [{"email": "a@example.com"}]}], "from": {"email": "a@example.com"}, "subject": "x",
		"content": [{"type": "text/plain", "value": "x"}]}`
	spec.Accepts(t, []byte(whole))
	spec.Refuses(t, []byte(strings.Replace(whole, `"subject"`, `"subjekt"`, 1)))
	spec.Refuses(t, []byte(strings.Replace(whole, `"value"`, `"values": 1, "value"`, 1)))
}

// requireComplete checks what the vendor's file lets pass: a mail must have a subject and contents, and may have one of two
// ways to say where answers go.
func requireComplete(t *testing.T, body []byte) {
	t.Helper()
	var sent struct {
		Subject     string
		Content     []struct{ Type, Value string }
		ReplyTo     *address  `json:"reply_to"`
		ReplyToList []address `json:"reply_to_list"`
		Headers     map[string]string
	}
	require.NoError(t, json.Unmarshal(body, &sent))
	require.NotEmpty(t, sent.Subject)
	require.Len(t, sent.Content, 2)
	require.Equal(t, "text/plain", sent.Content[0].Type, "SendGrid wants it first")
	for _, content := range sent.Content {
		require.NotEmpty(t, content.Value)
	}
	require.True(t, sent.ReplyTo == nil || len(sent.ReplyToList) == 0)
	for name, value := range sent.Headers {
		require.LessOrEqual(t, len(name)+len(": ")+len(value), 998)
		require.NotContains(t, value, "\n")
	}
}

// Whatever a contact file or a model writes must not become a header of its own.
func TestSendEmailFoldsBreaksInHeaders(t *testing.T) {
	t.Parallel()
	mail := email()
	mail.FromName = "Harbour\r\nBcc: eve@example.com"
	mail.ToName = "  Ada\n\tByron\x00, \"PhD\" "
	mail.Subject = "Your\r\n\r\ncheck-up\u2028now\u0085"
	server := providertest.NewServer(t, accepted("id"))

	_, err := newClient(t, server.URL, 5*time.Second).SendEmail(t.Context(), mail)

	require.NoError(t, err)
	var sent struct {
		From             address           `json:"from"`
		Subject          string            `json:"subject"`
		Personalizations []personalization `json:"personalizations"`
	}
	require.NoError(t, json.Unmarshal(server.Requests()[0].Body, &sent))
	require.Equal(t, "Harbour Bcc: eve@example.com", sent.From.Name)
	require.Equal(t, `Ada Byron , "PhD"`, sent.Personalizations[0].To[0].Name)
	require.Equal(t, "Your check-up now", sent.Subject)
}

func TestSendEmailRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*models.Email)
		code   string
	}{
		"NoFrom":         {func(m *models.Email) { m.From = "" }, "invalid_from"},
		"BreakInFrom":    {func(m *models.Email) { m.From = "a@example.com\r\nBcc: b@example.com" }, "invalid_from"},
		"ReplyToList":    {func(m *models.Email) { m.ReplyTo = "a@example.com, b@example.com" }, "invalid_reply_to"},
		"NoTo":           {func(m *models.Email) { m.To = "" }, "invalid_to"},
		"NameInTo":       {func(m *models.Email) { m.To = "Ada <ada@example.com>" }, "invalid_to"},
		"NoAt":           {func(m *models.Email) { m.To = "ada.example.com" }, "invalid_to"},
		"BreakInTo":      {func(m *models.Email) { m.To = "ada@example.com\n" }, "invalid_to"},
		"LongSubject":    {func(m *models.Email) { m.Subject = strings.Repeat("x", 999) }, "long_subject"},
		"NoSubject":      {func(m *models.Email) { m.Subject = "" }, "no_subject"},
		"SubjectOfBreak": {func(m *models.Email) { m.Subject = "\r\n \x00" }, "no_subject"},
		"NoText":         {func(m *models.Email) { m.Text = " \n" }, "no_text"},
	}
	server := providertest.NewServer(t, accepted("id"))
	client := newClient(t, server.URL, 5*time.Second)
	for name, test := range tests {
		mail := email()
		test.change(&mail)
		failure := failureOf(t, client, mail)
		require.Equal(t, models.FailureRejected, failure.Kind, name)
		require.Equal(t, test.code, failure.Code, name)
	}
	require.Empty(t, server.Requests())
}

func TestSendEmailFailures(t *testing.T) {
	t.Parallel()
	detail := `{"errors":[{"message":"Does not contain a valid address: ada@example.com","field":"personalizations.0.to.0.email"}]}`
	answer := func(status int, header map[string]string) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return providertest.NewServer(t, providertest.Answer{Status: status, Header: header, Body: detail}).URL
		}
	}
	raw := func(words string) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return providertest.RawURL(t, words)
		}
	}
	tests := []struct {
		name string
		url  func(*testing.T) string
		kind models.FailureKind
		code string
	}{
		{"Refused", providertest.RefusedURL, models.FailureDown, providers.CodeConnectionRefused},
		{"TLS", providertest.HTTPSOfPlainURL, models.FailureDown, providers.CodeTLS},
		{"429", answer(429, map[string]string{"Retry-After": "30"}), models.FailureLimit, "429"},
		{"503RetryAfter", answer(503, map[string]string{"Retry-After": "30"}), models.FailureLimit, "503"},
		{"401", answer(401, nil), models.FailureAuth, "401"},
		{"403", answer(403, nil), models.FailureAuth, "403"},
		{"400", answer(400, nil), models.FailureRejected, "400"},
		{"413", answer(413, nil), models.FailureRejected, "413"},
		{"500", answer(500, nil), models.FailureInDoubt, "500"},
		{"503", answer(503, nil), models.FailureInDoubt, "503"},
		{"202WithoutID", answer(202, nil), models.FailureInDoubt, "no_message_id"},
		{"200OfAnother", answer(200, nil), models.FailureInDoubt, "no_message_id"},
		{"ClosedBeforeAnswer", raw(""), models.FailureInDoubt, providers.CodeConnectionClosed},
		{"Garbage", raw("\x16\x03\x01\x00\x05hello"), models.FailureInDoubt, providers.CodeBrokenAnswer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			failure := failureOf(t, newClient(t, test.url(t), 5*time.Second), email())
			require.Equal(t, test.kind, failure.Kind)
			require.Equal(t, test.code, failure.Code)
			if test.kind == models.FailureLimit {
				require.Equal(t, 30*time.Second, failure.RetryAfter)
			}
			if test.kind == models.FailureRejected {
				require.Equal(t, detail, failure.Detail)
			}
		})
	}
}

func TestSendEmailTimesOut(t *testing.T) {
	t.Parallel()
	url := providertest.SilentURL(t, make(chan struct{}, 1))
	failure := failureOf(t, newClient(t, url, 100*time.Millisecond), email())
	require.Equal(t, models.FailureInDoubt, failure.Kind)
	require.Equal(t, providers.CodeTimeout, failure.Code)
}

func TestSendEmailWithCancelledContextSendsNothing(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, accepted("id"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := newClient(t, server.URL, time.Second).SendEmail(ctx, email())

	require.Equal(t, &models.ProviderError{Kind: models.FailureDown, Code: providers.CodeCancelled}, err)
	require.Empty(t, server.Requests())
}

// The answer's header is the proof of acceptance, even if its body breaks off.
func TestSendEmailAcceptedWithBrokenBody(t *testing.T) {
	t.Parallel()
	url := providertest.RawURL(t, "HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 10\r\n\r\n1")
	id, err := newClient(t, url, 5*time.Second).SendEmail(t.Context(), email())
	require.NoError(t, err)
	require.Equal(t, "abc", id)
}

// SendGrid's own header of a rate limit is a time, not a delay.
func TestSendEmailReadsTheRateLimitsReset(t *testing.T) {
	t.Parallel()
	reset := strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10)
	server := providertest.NewServer(t, providertest.Answer{Status: 429, Header: map[string]string{"X-RateLimit-Reset": reset}})
	failure := failureOf(t, newClient(t, server.URL, time.Second), email())
	require.Equal(t, models.FailureLimit, failure.Kind)
	require.InDelta(t, time.Minute.Seconds(), failure.RetryAfter.Seconds(), 10)
}

// Sends at once must not mix their bodies, as the SDK's own client would.
func TestSendEmailConcurrently(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			Personalizations []personalization `json:"personalizations"`
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Message-Id", sent.Personalizations[0].CustomArgs["outreach_id"]+sent.Personalizations[0].To[0].Email)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, 30*time.Second)
	const senders, each = 16, 20
	var group sync.WaitGroup
	errs := make(chan error, senders*each)
	for sender := range senders {
		group.Go(func() {
			for n := range each {
				mail := email()
				mail.OutreachID, mail.To = fmt.Sprintf("%d-%d-", sender, n), fmt.Sprintf("c%d-%d@example.com", sender, n)
				id, err := client.SendEmail(t.Context(), mail)
				if err == nil && id != mail.OutreachID+mail.To {
					err = fmt.Errorf("%s was answered %s", mail.OutreachID, id) //nolint:err113 // a test's
				}
				errs <- err
			}
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "  ", "SG.a\nb", "SG.ü"} {
		_, err := sendgrid.New(sendgrid.Config{APIKey: key, Letterhead: letterhead(t, "")})
		require.ErrorIs(t, err, sendgrid.ErrNoAPIKey)
	}
	for _, url := range []string{"api.sendgrid.com", "ftp://x", "http://", "://"} {
		_, err := sendgrid.New(sendgrid.Config{APIKey: "SG.test", BaseURL: url, Letterhead: letterhead(t, "")})
		require.ErrorIs(t, err, sendgrid.ErrBadBaseURL, url)
	}
	_, err := sendgrid.New(sendgrid.Config{APIKey: "SG.test"})
	require.ErrorIs(t, err, sendgrid.ErrNoSecret)
	_, err = sendgrid.New(sendgrid.Config{APIKey: " SG.test\n", Letterhead: letterhead(t, "")})
	require.NoError(t, err)
}
