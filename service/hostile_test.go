package service_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"beckon/api"
	"beckon/mail"
	"beckon/models"
	"beckon/providers/sendgrid"
	"beckon/service"
	"beckon/store"
)

const (
	hostilePublic = "https://app.example.com"
	hostileToken  = "a token of Twilio"
)

// hostileTexts are markup, formulas and controls of what the texts of contacts, senders and plans end up in.
func hostileTexts() map[string]string {
	return map[string]string{
		"script": `<script>alert(1)</script>`, "image": `"><img src=x onerror=alert(1)>`,
		"TwiML": `</Say></Message><Redirect>https://evil.example/</Redirect>`, "template": `{{7*7}}`,
		"formula": `=cmd|' /C calc'!A0`, "direction": "\u202Egnp.exe", "entity": `&lt b&gt &amp`,
	}
}

// TestHostileTexts has each text in every field that takes it, and looks at all that is made of them.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, newSQLite(t))
			b.serve(t, func(c *service.Config) {
				c.PublicURL, c.TwilioAccountSID, c.TwilioAuthToken = hostilePublic, "AC1", hostileToken
			})
			written, _, letter := b.hostile(t, models.ChannelEmail, text)
			b.hostileLetter(t, letter.Email, text)
			b.hostileReply(t, written, letter.Email.OutreachID, text)
			contact, outreach, _ := b.hostile(t, models.ChannelPhone, text)
			b.hostileCalls(t, outreach, text)
			b.hostileAnswers(t, contact, text)
		})
	}
}

// hostile makes a campaign and a contact of the text, whose outreach of the text was taken by its provider; it returns the
// contact's path, the outreach's id and what was sent.
func (b *bench) hostile(t *testing.T, channel models.Channel, text string) (contact, outreach string, sent *models.Message) {
	t.Helper()
	ctx, object := t.Context(), func(fields any) string {
		words, err := json.Marshal(fields)
		require.NoError(t, err)
		return string(words)
	}
	made := b.post(t, b.key, "", "/api/v1/campaigns", object(map[string]any{
		"name": text, "type": "one_time", "channels": []string{string(channel)}, "objective": text, "instructions": text,
		"sender": map[string]any{
			"businessName": text, "fromName": text, "postalAddress": text, "fromEmail": "hello@clinic.example", "fromPhone": "+12025550100",
		},
	}))
	require.Equal(t, http.StatusCreated, made.status, made.body)
	id := made.object(t)["id"].(string)
	path := "/api/v1/campaigns/" + id
	live := b.post(t, b.key, "", path+"/go-live", `{"consent":{"attestedBy":"Ada"}}`)
	require.Equal(t, http.StatusOK, live.status, live.body)
	added := b.post(t, b.key, "", path+"/contacts", object(map[string]any{"contacts": []any{map[string]any{
		"firstName": text, "lastName": text, "email": "=ada+1@people.example", "phone": "+12025550123", "timezone": "UTC",
		"contactMetadata": map[string]any{text: text}, "externalIdKey": text, "externalIdValue": text,
	}}}))
	require.Equal(t, http.StatusOK, added.status, added.body)
	require.Len(t, added.object(t)["success"], 1, added.body)
	contactID := added.object(t)["success"].([]any)[0].(map[string]any)["contactId"].(string)
	_, err := b.store.TakeContacts(ctx, id, "batch", 10)
	require.NoError(t, err)
	_, request, err := b.store.BeginPlan(ctx, id, contactID, "run")
	require.NoError(t, err)
	require.NotNil(t, request)
	step, err := b.store.StorePlan(ctx, id, contactID, *request, models.Plan{
		Channel: channel, SendAt: request.Now, Subject: text, Body: text, VoicemailText: text, Reason: text,
	})
	require.NoError(t, err)
	_, claim, sent, err := b.store.Claim(ctx, store.ClaimRequest{CampaignID: id, ContactID: contactID, OutreachID: step.OutreachID, Attempt: 1})
	require.NoError(t, err)
	require.NotNil(t, claim, "%s", step)
	_, err = b.store.Accept(ctx, claim, "CA1"+string(channel))
	require.NoError(t, err)
	return path + "/contacts/" + contactID, claim.OutreachID, sent
}

// elements are the names of a document's elements; no attribute of them is a handler of events.
func elements(t *testing.T, document string) []string {
	t.Helper()
	names, tokens := []string{}, html.NewTokenizer(strings.NewReader(document))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type == html.StartTagToken || token.Type == html.SelfClosingTagToken {
			names = append(names, token.Data)
			for _, attribute := range token.Attr {
				require.False(t, strings.HasPrefix(attribute.Key, "on"), attribute.Key)
			}
		}
	}
	return names
}

// hostileLetter holds an e-mail, and the page that its link leads to, against those of a harmless text.
func (b *bench) hostileLetter(t *testing.T, email *models.Email, text string) {
	t.Helper()
	for _, header := range []string{email.FromName, email.ToName, email.Subject, email.From, email.To, email.ReplyTo} {
		require.NotContains(t, header, "\r")
		require.NotContains(t, header, "\n")
	}
	letterhead := mail.Letterhead{PublicURL: hostilePublic, Inbox: mail.Inbox{Secret: secretOf(t, b.key)}}
	plain := *email
	plain.Text, plain.BusinessName, plain.PostalAddress = "Hello", "Clinic", "1 Main Street"
	letter := letterhead.Letter(email)
	ours := func(document string) []string {
		return slices.DeleteFunc(elements(t, document), func(name string) bool { return name == "a" }) // addresses become links
	}
	require.Equal(t, ours(letterhead.Letter(&plain).HTML), ours(letter.HTML))
	require.Contains(t, words(letter.HTML), text)
	for _, value := range letter.Headers {
		require.NotContains(t, value, "\n")
	}
	page := b.get(t, strings.TrimPrefix(letterhead.UnsubscribeURL(email.OutreachID), hostilePublic))
	require.Equal(t, http.StatusOK, page.status, page.body)
	require.Contains(t, words(page.body), text)
	for _, name := range elements(t, page.body) {
		require.NotContains(t, []string{"script", "img", "say", "redirect", "b"}, name)
	}
}

// words are what a document shows.
func words(document string) string {
	shown, tokens := strings.Builder{}, html.NewTokenizer(strings.NewReader(document))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if kind == html.TextToken {
			shown.WriteString(tokens.Token().Data)
		}
	}
	return shown.String()
}

// hostileReply answers an outreach by mail with the text: it is shown as JSON, as it came.
func (b *bench) hostileReply(t *testing.T, contact, outreach, text string) {
	t.Helper()
	secret, body := secretOf(t, b.key), bytes.Buffer{}
	form := multipart.NewWriter(&body)
	to := mail.Inbox{Domain: "in.example", Secret: secret}.ReplyAddress(outreach)
	envelope, err := json.Marshal(map[string]any{"from": "ada@people.example", "to": []string{to}})
	require.NoError(t, err)
	for name, value := range map[string]string{
		"headers": "From: Ada <ada@people.example>\nTo: " + to + "\nMessage-ID: <m1@people.example>\nSubject: Hello\n",
		"from":    "ada@people.example", "to": to, "text": "Reply: " + text, "envelope": string(envelope), "charsets": `{"text":"UTF-8"}`,
	} {
		require.NoError(t, form.WriteField(name, value))
	}
	require.NoError(t, form.Close())
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, api.InboundMailPath(secret), &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	got := b.send(request)
	require.Equal(t, http.StatusNoContent, got.status, got.body)
	shown, err := json.Marshal("Reply: " + text)
	require.NoError(t, err)
	require.Contains(t, b.get(t, contact+"/export").body, strings.Trim(string(shown), `"`))
}

// hostileCalls has the text spoken and written by each webhook that answers, and holds the verbs against the expected ones.
func (b *bench) hostileCalls(t *testing.T, outreach, text string) {
	t.Helper()
	for _, test := range []struct {
		path  string
		form  url.Values
		verbs []string
		says  bool
	}{
		{"voice/answer?attempt=" + outreach, url.Values{"CallSid": {"CA1phone"}, "AnsweredBy": {"machine_end_beep"}}, []string{"Say", "Hangup"}, true},
		{"voice/answer?attempt=" + outreach, url.Values{"CallSid": {"CA1phone"}, "AnsweredBy": {"human"}}, []string{"Gather", "Say", "Gather", "Say", "Say", "Hangup"}, true},
		{"voice/gather?attempt=" + outreach, url.Values{"CallSid": {"CA1phone"}, "Digits": {"9"}, "From": {"+12025550100"}, "To": {"+12025550123"}}, []string{"Say", "Hangup"}, true},
		{"voice/gather?attempt=" + outreach, url.Values{"CallSid": {"CA1phone"}, "SpeechResult": {text}}, []string{"Say", "Hangup"}, false},
		{"voice/inbound", url.Values{"CallSid": {"CA2"}, "From": {"+12025550123"}, "To": {"+12025550100"}}, []string{"Say", "Hangup"}, true},
		{"sms/inbound", url.Values{"MessageSid": {"SM2"}, "From": {"+12025550123"}, "To": {"+12025550100"}, "Body": {"HELP"}}, []string{"Message"}, true},
		{"sms/inbound", url.Values{"MessageSid": {"SM3"}, "From": {"+12025550123"}, "To": {"+12025550100"}, "Body": {text}}, nil, false},
	} {
		answer := b.fromTwilio(t, "/webhooks/twilio/"+test.path, test.form)
		require.Equal(t, http.StatusOK, answer.status, answer.body)
		require.Equal(t, "text/xml; charset=utf-8", answer.header.Get("Content-Type"))
		verbs, said := verbsOf(t, answer.body)
		require.Equal(t, append([]string{"Response"}, test.verbs...), verbs, answer.body)
		if test.says {
			require.Contains(t, said, text, answer.body)
		}
	}
}

// verbsOf are the elements of TwiML, in their order, and its character data.
func verbsOf(t *testing.T, document string) (verbs []string, said string) {
	t.Helper()
	require.NoError(t, xml.Unmarshal([]byte(document), new(struct{})), document)
	decoder := xml.NewDecoder(strings.NewReader(document))
	for token, err := decoder.Token(); err == nil; token, err = decoder.Token() {
		switch part := token.(type) {
		case xml.StartElement:
			verbs = append(verbs, part.Name.Local)
		case xml.CharData:
			said += string(part)
		}
	}
	return verbs, said
}

// fromTwilio posts a form as Twilio signs it.
func (b *bench) fromTwilio(t *testing.T, path string, form url.Values) answer {
	t.Helper()
	signed := hostilePublic + path
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	sum := hmac.New(sha1.New, []byte(hostileToken))
	_, _ = sum.Write([]byte(signed)) // a hash never fails
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	return b.send(request)
}

// hostileAnswers looks at the JSON and the CSV that the API gives of it all.
func (b *bench) hostileAnswers(t *testing.T, contact, text string) {
	t.Helper()
	campaign, _, _ := strings.Cut(contact, "/contacts/")
	fetch := func(path string) answer {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		request.Header.Set("X-Api-Key", b.key)
		got := b.send(request)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", path, got.body)
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"), path)
		return got
	}
	for _, path := range []string{contact, campaign, campaign + "/contacts", contact + "/export", "/api/v1/suppressions"} {
		got := fetch(path)
		require.Regexp(t, "^application/json", got.header.Get("Content-Type"), path)
		require.True(t, json.Valid([]byte(got.body)), path)
	}
	require.Equal(t, strings.TrimPrefix(text, "\u202E"), fetch(contact).object(t)["firstName"], "a name turns no text around")
	imported := b.upload(t, b.key, "", campaign+"/imports", "people.csv", csvOf(t, []string{"Name", "Email"}, []string{text, text}))
	require.Less(t, imported.status, http.StatusBadRequest, imported.body)
	paths := []string{
		"/api/v1/audit.csv", "/api/v1/suppressions.csv", campaign + "/performance.csv",
		campaign + "/imports/" + imported.object(t)["id"].(string) + "/errors.csv",
	}
	b.post(t, b.key, "", "/api/v1/suppressions", `{"channel":"email","address":"=eve@people.example"}`)
	for _, path := range paths {
		got := fetch(path)
		require.Regexp(t, "^text/csv", got.header.Get("Content-Type"), path)
		rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		require.NoError(t, err, path)
		for _, cell := range slices.Concat(rows...) {
			require.NotRegexp(t, "^[=+\\-@\t\r]", cell, path)
		}
	}
}

func csvOf(t *testing.T, rows ...[]string) string {
	t.Helper()
	text := strings.Builder{}
	require.NoError(t, csv.NewWriter(&text).WriteAll(rows))
	return text.String()
}

// TestControlsAreNotStored says that no contact holds what no database keeps, and no name a line break.
func TestControlsAreNotStored(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	id := b.campaign(t, "manual")
	for _, field := range []string{"firstName", "lastName", "email", "timezone", "externalIdValue"} {
		got := b.post(t, b.key, "", "/api/v1/campaigns/"+id+"/contacts",
			`{"contacts":[{"phone":"+12025550123","externalIdKey":"crm","`+field+`":"a\u0000b"}]}`)
		require.Less(t, got.status, http.StatusInternalServerError, got.body)
		require.NotContains(t, strings.Join(b.rows(t, "contacts"), ""), "\x00", field)
	}
	named := b.post(t, b.key, "", "/api/v1/campaigns", `{"name":"a\r\nBcc: eve@people.example","type":"one_time"}`)
	require.Equal(t, http.StatusUnprocessableEntity, named.status, named.body)
	require.Len(t, b.rows(t, "campaigns"), 1)
}

// TestSignedEventsOutOfTime says that a right signature is worth nothing too early or too late, and that a batch that comes
// again has no effect.
func TestSignedEventsOutOfTime(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	b := newBench(t, newSQLite(t))
	b.serve(t, func(c *service.Config) {
		c.SendGridWebhookPublicKey, c.WebhookTolerance = base64.StdEncoding.EncodeToString(public), time.Hour
	})
	_, outreach, _ := b.hostile(t, models.ChannelEmail, "Ada")
	body := `[{"email":"=ada+1@people.example","timestamp":1772445600,"event":"bounce","sg_event_id":"e1","sg_message_id":"m1.x",` +
		`"type":"bounce","status":"5.1.1","outreach_id":"` + outreach + `"}]`
	post := func(at time.Time) int {
		timestamp := strconv.FormatInt(at.Unix(), 10)
		hash := sha256.Sum256([]byte(timestamp + body))
		signature, err := ecdsa.SignASN1(rand.Reader, key, hash[:])
		require.NoError(t, err)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhooks/sendgrid/events", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set(sendgrid.SignatureHeader, base64.StdEncoding.EncodeToString(signature))
		request.Header.Set(sendgrid.TimestampHeader, timestamp)
		return b.send(request).status
	}
	before := b.allRows(t)
	for _, off := range []time.Duration{-61 * time.Minute, 61 * time.Minute, -24 * 365 * time.Hour, 24 * 365 * time.Hour} {
		require.Equal(t, http.StatusForbidden, post(time.Now().Add(off)), off)
	}
	require.Equal(t, before, b.allRows(t))
	require.Equal(t, http.StatusNoContent, post(time.Now()))
	after := b.allRows(t)
	require.NotEqual(t, before, after, "it did something")
	for range 2 {
		require.Equal(t, http.StatusNoContent, post(time.Now()))
		require.Equal(t, after, b.allRows(t))
	}
}
