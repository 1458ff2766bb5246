package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/mail"
	"beckon/models"
)

// mailDomain is the one whose mail comes in.
const mailDomain = "in.beckon.example"

// inboundPath is where SendGrid posts mails.
func inboundPath(t *testing.T) string {
	t.Helper()
	return "/webhooks/sendgrid/inbound/" + testSecret(t).Path(models.PurposeInboundMail)
}

// fields are those of a post of Inbound Parse.
type fields map[string]string

// with are the fields with others changed.
func (f fields) with(changes fields) fields {
	changed := maps.Clone(f)
	maps.Copy(changed, changes)
	return changed
}

// answering is the contact's answer to the outreach of the tests.
func answering(t *testing.T, text string) fields {
	t.Helper()
	to := mail.Inbox{Domain: mailDomain, Secret: testSecret(t)}.ReplyAddress(outreachID)
	envelope, err := json.Marshal(map[string]any{"to": []string{to}, "from": "ada@example.com"})
	require.NoError(t, err)
	return fields{
		"headers": "From: Ada <ada@example.com>\nTo: " + to + "\nMessage-ID: <m1@example.com>\nSubject: Re: Hello\n",
		"from":    "Ada <ada@example.com>", "to": to, "subject": "Re: Hello", "text": text, "envelope": string(envelope),
		"charsets": `{"text":"UTF-8"}`, "SPF": "pass", "dkim": "{@example.com : pass}",
	}
}

// parsedMail is a form of the fields, and its content type.
func parsedMail(given fields) (contentType, body string) {
	buffer := bytes.Buffer{}
	writer := multipart.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		_ = writer.WriteField(name, given[name]) // it writes to memory
	}
	_ = writer.Close()
	return writer.FormDataContentType(), buffer.String()
}

// mailTry is a post of a mail.
func (*fixture) mailTry(path string, given fields) try {
	contentType, body := parsedMail(given)
	return try{method: http.MethodPost, path: path, body: body, changes: []func(*http.Request){withType(contentType)}}
}

// mail posts a mail, which must be taken.
func (b *testBundle) mail(given fields) {
	b.t.Helper()
	contentType, body := parsedMail(given)
	answer := b.request(http.MethodPost, inboundPath(b.t), body, withType(contentType))
	require.Equal(b.t, http.StatusNoContent, answer.status, "%s", answer.body)
}

// fakeIntake keeps the mails that are no answers.
type fakeIntake struct {
	imports  []string // addresses that import
	imported []*mail.Mail
}

func (f *fakeIntake) Import(_ context.Context, m *mail.Mail) (bool, error) {
	if !slices.ContainsFunc(m.Recipients(), func(to string) bool { return slices.Contains(f.imports, to) }) {
		return false, nil
	}
	f.imported = append(f.imported, m)
	return true, nil
}

func TestInboundMail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.replyWakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 3}}
	b.mail(answering(t, "Yes, call me.\n\nOn Tue, 1 Dec 2026 at 10:00, Beckon <hi@beckon.example> wrote:\n> Hello Ada\n"))
	require.Len(t, b.store.replies, 1)
	got := b.store.replies[0]
	require.Equal(t, models.ChannelEmail, got.Channel)
	require.Equal(t, outreachID, got.OutreachID)
	require.Equal(t, "ada@example.com", got.From)
	require.Equal(t, "Yes, call me.", got.Text)
	require.Contains(t, got.WholeText, "> Hello Ada")
	require.Equal(t, "<m1@example.com>", got.ProviderID)
	require.False(t, got.OptOut)
	require.False(t, got.Automatic)
	require.Equal(t, []string{"reply campaign/c/contact/k 3"}, b.workflows.heard())
	require.NotContains(t, b.log.String(), "ada@example.com")
	require.NotContains(t, b.log.String(), testSecret(t).Path(models.PurposeInboundMail))
}

// What somebody wrote says what it is.
func TestInboundMailMeans(t *testing.T) {
	t.Parallel()
	header := func(line string) func(fields) fields {
		return func(f fields) fields { return f.with(fields{"headers": f["headers"] + line + "\n"}) }
	}
	text := func(text string) func(fields) fields {
		return func(f fields) fields { return f.with(fields{"text": text}) }
	}
	for name, test := range map[string]struct {
		change            func(fields) fields
		optOut, automatic bool
	}{
		"an answer":              {text("I would like to stop by on Tuesday"), false, false},
		"an opt-out":             {text(" stop. "), true, false},
		"an opt-out, quoted":     {text("STOP\n\n-----Original Message-----\nFrom: x\nHello"), true, false},
		"an opt-out, signed":     {text("Unsubscribe\n\n-- \nAda Lovelace\nEnchantress"), true, false},
		"an opt-out below":       {text("On Monday, Bob wrote:\n> Hello\n> there\n\nSTOP"), true, false},
		"a quoted opt-out":       {text("Sounds good!\n\n> STOP"), false, false},
		"a subject alone":        {func(f fields) fields { return f.with(fields{"text": "\n", "subject": "Unsubscribe"}) }, true, false},
		"HTML alone":             {func(f fields) fields { return f.with(fields{"text": "", "html": "<p>Stop</p>"}) }, true, false},
		"an absence note":        {header("Auto-Submitted: auto-replied (vacation)"), false, true},
		"a person's, marked":     {header("Auto-Submitted: no"), false, false},
		"an old absence note":    {header("X-Autoreply: yes"), false, true},
		"a bulk mail":            {header("Precedence: bulk"), false, true},
		"an automatic opt-out":   {func(f fields) fields { return header("Precedence: auto_reply")(text("STOP")(f)) }, false, true},
		"without a sender":       {func(f fields) fields { return f.with(fields{"envelope": `{"to":["x@y.example"],"from":""}`}) }, false, true},
		"from a mailer daemon":   {func(f fields) fields { return f.with(fields{"from": "MAILER-DAEMON@mx.example"}) }, false, true},
		"an unreadable envelope": {func(f fields) fields { return f.with(fields{"envelope": `{"to":[`}) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.mail(test.change(answering(t, "Hello")))
			require.Len(t, b.store.replies, 1)
			require.Equal(t, outreachID, b.store.replies[0].OutreachID)
			require.Equal(t, test.optOut, b.store.replies[0].OptOut)
			require.Equal(t, test.automatic, b.store.replies[0].Automatic)
		})
	}
}

// A bounce that comes as a mail is an event of the outreach.
func TestInboundBounce(t *testing.T) {
	t.Parallel()
	for status, event := range map[string]models.EventType{
		"Action: failed\nStatus: 5.1.1":  models.EventBounced,
		"Action: failed\nStatus: 5.7.1":  models.EventFailed,
		"Action: delayed\nStatus: 4.4.1": models.EventDeferred,
	} {
		b := setup(t)
		given := answering(t, "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@example.com\n"+status+"\n")
		given = given.with(fields{
			"from":     "Mail Delivery System <mailer-daemon@mx.example>",
			"headers":  "From: mailer-daemon@mx.example\nMessage-ID: <b1@mx.example>\nContent-Type: multipart/report; boundary=x\n",
			"envelope": strings.Replace(given["envelope"], "ada@example.com", "", 1),
		})
		b.mail(given)
		require.Empty(t, b.store.replies)
		require.Len(t, b.store.events, 1)
		require.Equal(t, event, b.store.events[0].Type, status)
		require.Equal(t, outreachID, b.store.events[0].OutreachID)
		require.Equal(t, models.MailDedupeKey("<b1@mx.example>"), b.store.events[0].DedupeKey)
		require.NotContains(t, b.store.events[0].DedupeKey, "mx.example", "it outlives the erasure of whom it is from")
	}
}

// A mail to the address of the List-Unsubscribe header unsubscribes, whoever sends it: mail programs do.
func TestInboundUnsubscribe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.subscriptions = map[string]models.Subscription{outreachID: {}}
	inbox := mail.Inbox{Domain: mailDomain, Secret: testSecret(t)}
	to := inbox.UnsubscribeAddress(outreachID)
	b.mail(answering(t, "").with(fields{
		"envelope": fmt.Sprintf(`{"to":[%q],"from":"robot@mail.example"}`, strings.ToUpper(to)), "subject": "x",
		"headers": "From: robot@mail.example\nPrecedence: bulk\n",
	}))
	require.Equal(t, []string{outreachID}, b.store.unsubscribed)
	require.Empty(t, b.store.replies)

	// One of nobody changes nothing, and SendGrid need not send it again.
	b.mail(answering(t, "").with(fields{
		"envelope": fmt.Sprintf(`{"to":[%q],"from":"robot@mail.example"}`, inbox.UnsubscribeAddress(newID())),
		"to":       "x@in.beckon.example",
	}))
	require.Len(t, b.store.unsubscribed, 1)
}

// Whom a mail is for decides who takes it; else whom it is from.
// mailed is a mail of somebody, to an address of ours.
func mailed(t *testing.T, to, from, text string) fields {
	t.Helper()
	return answering(t, text).with(fields{
		"envelope": fmt.Sprintf(`{"to":[%q],"from":%q}`, to, from), "to": to, "from": "Somebody <" + strings.ToUpper(from) + ">",
	})
}

func TestInboundMailFinds(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{imports: []string{"import+x@in.beckon.example"}}
	b := setup(t, func(c *api.Config) { c.MailIntake = intake })
	given := func(to, from, text string) fields { return mailed(t, to, from, text) }
	b.mail(given("import+x@in.beckon.example", "ada@example.com", "Contacts"))
	require.Len(t, intake.imported, 1)
	require.Empty(t, b.store.replies, "an import is no answer, though a contact sends it")

	b.mail(given("hello@in.beckon.example", "ada@example.com", "Hello"))
	require.Len(t, b.store.replies, 1)
	require.Equal(t, "ada@example.com", b.store.replies[0].From)
	require.Empty(t, b.store.replies[0].OutreachID)

	b.mail(given("hello@in.beckon.example", "new@example.com", "Hello"))
	require.Equal(t, "new@example.com", b.store.replies[1].From, "whoever it is: the store says what becomes of it")

	// A token that was made for something else opens nothing.
	forged := "reply+" + testSecret(t).Token(models.PurposeUnsubscribe, outreachID) + "@in.beckon.example"
	b.mail(given(forged, "new@example.com", "Hello"))
	require.Empty(t, b.store.replies[2].OutreachID)
}

// Who joins is a contact like any other that was added; while the AI is asked first, the webhook is answered.
func TestInboundStranger(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.received = models.Received{
		CampaignID: "c", ContactID: "k", ReplyID: "r", Joined: &models.AddResult{Signal: true, Revision: 4},
	}
	b.mail(mailed(t, "hello@in.beckon.example", "new@example.com", "Hello"))
	require.Equal(t, []string{"contacts-added campaign/c 4"}, b.workflows.heard())
	b.store.received = models.Received{StrangerID: "s"}
	b.mail(mailed(t, "hello@in.beckon.example", "new2@example.com", "Hello"))
	require.Equal(t, "stranger s", b.workflows.heard()[1])
	// That Temporal is away loses nothing: reconcile asks.
	b.workflows.fails = errors.New("away")
	b.mail(mailed(t, "hello@in.beckon.example", "new3@example.com", "Hello"))
	require.Contains(t, b.log.String(), "stranger's workflow not started")
	require.NotContains(t, b.log.String(), "new3@example.com")
}

// Whoever does not know the path learns nothing, and nothing is stored.
func TestInboundMailAtAnotherPath(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contentType, body := parsedMail(answering(t, "STOP"))
	right := inboundPath(t)
	for _, path := range []string{right[:len(right)-1], right + "a", "/webhooks/sendgrid/inbound/x", strings.ToUpper(right[:0]) + right + "/"} {
		b.request(http.MethodPost, path, body, withType(contentType)).problem(http.StatusNotFound, models.CodeNotFound)
	}
	b.request(http.MethodPost, "/webhooks/sendgrid/inbound/"+testSecret(t).Path(models.PurposeReply), body, withType(contentType)).
		problem(http.StatusNotFound, models.CodeNotFound)
	require.Zero(t, b.store.written())
}

// What is no mail is refused, and nothing is stored.
func TestInboundMailThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contentType, body := parsedMail(answering(t, "STOP"))
	for name, post := range map[string][2]string{
		"no form":      {"application/json", `{}`},
		"no boundary":  {"multipart/form-data", body},
		"broken off":   {contentType, body[:len(body)/2]},
		"no mail":      {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"},
		"empty":        {"multipart/form-data; boundary=x", "--x--\r\n"},
		"not anything": {"multipart/form-data; boundary=x", "this is bad invalid data"},
	} {
		t.Run(name, func(*testing.T) {
			b.request(http.MethodPost, inboundPath(t), post[1], withType(post[0])).
				problem(http.StatusBadRequest, models.CodeMalformed)
		})
	}
	huge := answering(t, "").with(fields{"email": strings.Repeat("x", 32<<20)})
	contentType, body = parsedMail(huge)
	b.request(http.MethodPost, inboundPath(t), body, withType(contentType), chunked).
		problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
	require.Zero(t, b.store.written())
}

// Every post of the vendor's material is taken or refused as it says; those about imports reach whoever takes them.
func TestInboundVendorPosts(t *testing.T) {
	t.Parallel()
	index := struct {
		Posts []struct {
			File        string
			ContentType string `json:"content_type"`
		}
	}{}
	require.NoError(t, json.Unmarshal(vendorFile(t, "sendgrid", "inbound", "index.json"), &index))
	require.NotEmpty(t, index.Posts)
	for _, post := range index.Posts {
		t.Run(post.File, func(t *testing.T) {
			t.Parallel()
			intake := &fakeIntake{imports: []string{"import+camp_8f3a@in.outreach.example"}}
			b := setup(t, func(c *api.Config) { c.MailIntake = intake })
			body := string(vendorFile(t, "sendgrid", "inbound", post.File))
			answer := b.request(http.MethodPost, inboundPath(t), body, withType(post.ContentType))
			if post.File == "sendgrid-go_bad_data.txt" {
				answer.problem(http.StatusBadRequest, models.CodeMalformed)
				require.Zero(t, b.store.written())
				return
			}
			require.Equal(t, http.StatusNoContent, answer.status, "%s", answer.body)
			switch {
			case strings.Contains(body, "import+camp_8f3a@"):
				require.Len(t, intake.imported, 1)
				require.Empty(t, b.store.replies)
			case strings.Contains(body, "ava.nguyen@example.com"):
				require.Len(t, b.store.replies, 1)
				require.Equal(t, "ava.nguyen@example.com", b.store.replies[0].From)
				require.Equal(t, "Please import", b.store.replies[0].Text)
			default:
				require.Len(t, b.store.replies, 1)
				require.NotEmpty(t, b.store.replies[0].Text)
			}
		})
	}
}

// vendorFile reads a file of the vendors' material: below $BECKON_VENDOR_DIR, by default ../shared/vendor beside the
// repository. Without the folder the test is skipped; with the variable set it fails.
func vendorFile(t *testing.T, path ...string) []byte {
	t.Helper()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	if _, err := os.Stat(dir); err != nil {
		if set {
			require.NoError(t, err, "BECKON_VENDOR_DIR is set")
		}
		t.Skip("the vendors' material is not there; set BECKON_VENDOR_DIR")
	}
	content, err := os.ReadFile(filepath.Join(append([]string{dir}, path...)...))
	require.NoError(t, err)
	return content
}
