package integration_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/intake"
)

// Headers of SendGrid's signed webhooks.
const (
	signatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"
	webhookPath     = "/webhooks/sendgrid/events"
)

// nobody is an id that could be somebody's.
const nobody = "0198c0de-0000-7000-8000-000000000000"

// badRequest is one request that is refused, and how.
type badRequest struct {
	name        string
	method      string
	path        string
	contentType string // empty: JSON
	body        string
	header      map[string]string

	status  int
	code    string
	pointer string // that of the member at fault; empty: none is named
	detail  string // part of the words
	entry   bool   // whether the history of imports has one more entry
}

// badInput is a stack with a campaign that has sent, and a draft with contacts.
type badInput struct {
	*stack

	header    http.Header // of the last webhook, and its body
	webhook   string
	sent      string
	draft     string
	contactID string // of the draft
	rows      *rows
}

func newBadInput(t *testing.T, opts options) *badInput {
	t.Helper()
	b := &badInput{stack: newStack(t, opts)}
	b.rows = b.stack.rows()
	b.sent = b.createCampaign(settings("Sent", "automatic"))
	b.add(b.sent, people("sent", 3))
	b.control(b.sent, "go-live")
	b.untilFinished(b.sent, patient)
	b.sandbox.untilConfirmed(soon)
	header, body := b.webhooks.last()
	b.header, b.webhook = header, string(body)
	require.NotEmpty(t, b.webhook, "the sandbox has called")
	b.draft = b.createCampaign(settings("Draft", "manual"))
	b.contactID = b.add(b.draft, people("draft", 2)).Success[0].ContactID
	// Workflows write down that they have seen their rows.
	until(t, soon, "every change was seen", func() int64 {
		return b.rows.number("SELECT count(*) FROM campaigns WHERE revision <> seen_revision")
	}, func(unseen int64) bool { return unseen == 0 })
	return b
}

// refused sends the request, wants it to be refused as it says, and wants nothing to have changed.
func (b *badInput) refused(t *testing.T, r badRequest) {
	t.Helper()
	before, sent := b.rows.dump(), b.sandbox.stats().Messages
	contentType := r.contentType
	if contentType == "" {
		contentType = "application/json"
	}
	got := b.send(r.method, r.path, contentType, r.body, r.header).refusal(t, r.status)
	require.Equal(t, r.code, got.Code, got.Detail)
	if r.pointer != "" {
		pointers := []string{}
		for _, fault := range got.Errors {
			pointers = append(pointers, fault.Pointer)
			require.NotEmpty(t, fault.Code)
			require.NotEmpty(t, fault.Detail)
		}
		require.Contains(t, pointers, r.pointer)
	}
	require.Contains(t, got.Detail, r.detail)

	after := b.rows.dump()
	if r.entry { // that a file was refused stands in the history and in the audit log
		for table, says := range map[string]string{"imports": "status=refused", "audit_records": "action=refuse_import"} {
			require.Len(t, after[table], len(before[table])+1)
			added := slices.DeleteFunc(after[table], func(row string) bool { return slices.Contains(before[table], row) })
			require.Len(t, added, 1)
			require.Contains(t, added[0], says)
			delete(before, table)
			delete(after, table)
		}
	}
	require.Equal(t, before, after, "nothing changes")
	require.Equal(t, sent, b.sandbox.stats().Messages)
}

// TestBadInput sends what should not be sent. Each is refused with what is wrong, and changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, opts options) {
		b := newBadInput(t, opts)
		for _, group := range [][]badRequest{
			b.malformed(), b.unknownFields(), b.wrongTypes(), b.rules(), b.unknownIDs(), b.tooMuch(), b.badFiles(), b.wrongKeys(),
			b.forgedWebhooks(t),
		} {
			for _, r := range group {
				t.Run(r.name, func(t *testing.T) { b.refused(t, r) }) // one by one: each compares the whole database
			}
		}
		b.sameWebhookAgain(t)
	})
}

func (b *badInput) malformed() []badRequest {
	contacts := contactsPath(b.draft)
	return []badRequest{
		{name: "BrokenJSON", method: http.MethodPost, path: "/api/v1/campaigns", body: `{"name": "x",`, status: 400, code: "malformed", detail: "line 1"},
		{name: "NoJSON", method: http.MethodPost, path: "/api/v1/campaigns", body: "name=x", status: 400, code: "malformed", detail: "JSON"},
		{name: "TwoValues", method: http.MethodPatch, path: "/api/v1/campaigns/" + b.draft, body: `{} {}`, status: 400, code: "malformed", detail: "follows"},
		{name: "NotUTF8", method: http.MethodPost, path: "/api/v1/campaigns", body: "{\"name\": \"\xff\", \"type\": \"one_time\"}", status: 400, code: "malformed", detail: "UTF-8"},
		{name: "NullCharacter", method: http.MethodPatch, path: "/api/v1/campaigns/" + b.draft, body: `{"name": "a\u0000b"}`, status: 400, code: "malformed", pointer: "/name"},
		{name: "BrokenContacts", method: http.MethodPost, path: contacts, body: `{"contacts": [{"email": "a@example.com"}`, status: 400, code: "malformed", detail: "JSON"},
		{name: "BrokenControl", method: http.MethodPost, path: "/api/v1/campaigns/" + b.draft + "/go-live", body: `{`, status: 400, code: "malformed", detail: "JSON"},
		{name: "BrokenForm", method: http.MethodPost, path: "/api/v1/campaigns/" + b.draft + "/imports", contentType: "multipart/form-data; boundary=x", body: "no form", status: 400, code: "malformed", detail: "form"},
		{name: "WrongMediaType", method: http.MethodPost, path: "/api/v1/campaigns", contentType: "text/plain", body: `{"name": "x", "type": "one_time"}`, status: 415, code: "unsupported_media_type", detail: "application/json"},
		{name: "FileWithoutForm", method: http.MethodPost, path: "/api/v1/campaigns/" + b.draft + "/imports", contentType: "text/csv", body: "Name\nAva\n", status: 415, code: "unsupported_media_type", detail: "multipart/form-data"},
		{name: "WrongMethod", method: http.MethodPut, path: "/api/v1/campaigns", body: `{}`, status: 405, code: "method_not_allowed"},
	}
}

func (b *badInput) unknownFields() []badRequest {
	campaign := "/api/v1/campaigns/" + b.draft
	return []badRequest{
		{name: "UnknownSetting", method: http.MethodPost, path: "/api/v1/campaigns", body: `{"name": "x", "type": "one_time", "colour": "red"}`, status: 400, code: "malformed", pointer: "/colour"},
		{name: "UnknownSenderField", method: http.MethodPatch, path: campaign, body: `{"sender": {"fax": "1"}}`, status: 400, code: "malformed", pointer: "/sender/fax"},
		{name: "StatusIsNoSetting", method: http.MethodPatch, path: campaign, body: `{"status": "active"}`, status: 400, code: "malformed", pointer: "/status"},
		{name: "UnknownContactField", method: http.MethodPatch, path: contactsPath(b.draft) + "/" + b.contactID, body: `{"attempts": 0}`, status: 400, code: "malformed", pointer: "/attempts"},
		{name: "UnknownControlField", method: http.MethodPost, path: campaign + "/go-live", body: `{"force": true}`, status: 400, code: "malformed", pointer: "/force"},
		{name: "UnknownParameter", method: http.MethodGet, path: "/api/v1/campaigns?colour=red", status: 400, code: "malformed", pointer: "/query/colour"},
		{name: "UnknownMappingField", method: http.MethodPost, path: campaign + "/imports", contentType: formType, body: form(`{"name": "Name", "email": "Email", "colour": "x"}`, "Name,Email\nAva,ava@example.com\n"), status: 400, code: "malformed", pointer: "/mapping/colour"},
		{name: "UnknownFormField", method: http.MethodPost, path: campaign + "/imports", contentType: formType, body: formOf(map[string]string{"extra": "x"}), status: 400, code: "malformed", pointer: "/extra"},
	}
}

func (b *badInput) wrongTypes() []badRequest {
	campaign := "/api/v1/campaigns/" + b.draft
	return []badRequest{
		{name: "NumberForName", method: http.MethodPost, path: "/api/v1/campaigns", body: `{"name": 5, "type": "one_time"}`, status: 400, code: "malformed", pointer: "/name"},
		{name: "NoType", method: http.MethodPost, path: "/api/v1/campaigns", body: `{"name": "x"}`, status: 400, code: "malformed", pointer: "/type"},
		{name: "UnknownType", method: http.MethodPost, path: "/api/v1/campaigns", body: `{"name": "x", "type": "monthly"}`, status: 400, code: "malformed", pointer: "/type"},
		{name: "TextForList", method: http.MethodPatch, path: campaign, body: `{"channels": "email"}`, status: 400, code: "malformed", pointer: "/channels"},
		{name: "ListForObject", method: http.MethodPatch, path: campaign, body: `{"sender": []}`, status: 400, code: "malformed", pointer: "/sender"},
		{name: "FractionForWhole", method: http.MethodPatch, path: campaign, body: `{"maxAttempts": 1.5}`, status: 400, code: "malformed", pointer: "/maxAttempts"},
		{name: "NullForText", method: http.MethodPatch, path: campaign, body: `{"name": null}`, status: 400, code: "malformed", pointer: "/name"},
		{name: "ListForBody", method: http.MethodPatch, path: campaign, body: `[]`, status: 400, code: "malformed"},
		{name: "ObjectForContacts", method: http.MethodPost, path: contactsPath(b.draft), body: `{"contacts": {}}`, status: 400, code: "malformed", pointer: "/contacts"},
		{name: "NumberForPhone", method: http.MethodPost, path: contactsPath(b.draft), body: `{"contacts": [{"phone": 12025550101}]}`, status: 400, code: "malformed", pointer: "/contacts/0/phone"},
		{name: "UnknownAction", method: http.MethodPost, path: contactsPath(b.draft), body: `{"contacts": [], "action": "replace"}`, status: 400, code: "malformed", pointer: "/action"},
		{name: "NoContacts", method: http.MethodPost, path: contactsPath(b.draft), body: `{}`, status: 400, code: "malformed", pointer: "/contacts"},
		{name: "TextForPage", method: http.MethodGet, path: contactsPath(b.draft) + "?page=first", status: 400, code: "malformed", pointer: "/query/page"},
		{name: "PageTooLong", method: http.MethodGet, path: contactsPath(b.draft) + "?perPage=201", status: 400, code: "malformed", pointer: "/query/perPage"},
	}
}

func (b *badInput) rules() []badRequest {
	campaign := "/api/v1/campaigns/" + b.draft
	return []badRequest{
		{name: "NoSuchTimezone", method: http.MethodPatch, path: campaign, body: `{"timezone": "Mars/Olympus"}`, status: 422, code: "invalid", pointer: "/timezone"},
		{name: "NoSuchDate", method: http.MethodPatch, path: campaign, body: `{"startDate": "2030-02-30"}`, status: 422, code: "invalid", pointer: "/startDate"},
		{name: "BadSender", method: http.MethodPatch, path: campaign, body: `{"sender": {"fromEmail": "nobody"}}`, status: 422, code: "invalid", pointer: "/sender/fromEmail"},
		{name: "EmptyName", method: http.MethodPatch, path: campaign, body: `{"name": ""}`, status: 422, code: "invalid", pointer: "/name"},
		{name: "AddressOfAnother", method: http.MethodPatch, path: contactsPath(b.draft) + "/" + b.contactID, body: fmt.Sprintf(`{"email": %q}`, people("draft", 2)[1].Email), status: 409, code: "duplicate"},
		{name: "PauseOfDraft", method: http.MethodPost, path: campaign + "/pause", body: `{}`, status: 409, code: "invalid_transition", detail: "draft"},
		{name: "ResumeOfDraft", method: http.MethodPost, path: campaign + "/resume", body: `{}`, status: 409, code: "invalid_transition", detail: "draft"},
		{name: "StartOfDraft", method: http.MethodPost, path: campaign + "/start-outreaches", body: `{}`, status: 409, code: "invalid_transition", detail: "draft"},
		{name: "StartOfAutomatic", method: http.MethodPost, path: "/api/v1/campaigns/" + b.sent + "/start-outreaches", body: `{}`, status: 409, code: "wrong_mode", detail: "automatic"},
	}
}

func (b *badInput) unknownIDs() []badRequest {
	requests := []badRequest{}
	unknown := func(name, method, path, body string) {
		requests = append(requests, badRequest{
			name: name, method: method, path: path, body: body, status: 404, code: "not_found",
		})
	}
	other := "/api/v1/campaigns/" + nobody
	unknown("NoSuchCampaign", http.MethodGet, other, "")
	unknown("NoID", http.MethodGet, "/api/v1/campaigns/1", "")
	unknown("NoSuchCampaignToChange", http.MethodPatch, other, `{"name": "x"}`)
	for _, control := range []string{"go-live", "pause", "resume", "archive", "start-outreaches"} {
		unknown("NoSuchCampaignTo/"+control, http.MethodPost, other+"/"+control, `{}`)
	}
	unknown("NoSuchCampaignsProgress", http.MethodGet, other+"/progress", "")
	unknown("NoSuchCampaignsContacts", http.MethodGet, other+"/contacts", "")
	unknown("AddToNoSuchCampaign", http.MethodPost, other+"/contacts", `{"contacts": [{"email": "ava@example.com"}]}`)
	unknown("NoSuchContact", http.MethodGet, contactsPath(b.draft)+"/"+nobody, "")
	unknown("NoSuchContactToChange", http.MethodPatch, contactsPath(b.draft)+"/"+nobody, `{"firstName": "x"}`)
	unknown("NoSuchContactToRemove", http.MethodDelete, contactsPath(b.draft)+"/"+nobody, "")
	unknown("ContactOfAnotherCampaign", http.MethodGet, contactsPath(b.sent)+"/"+b.contactID, "")
	unknown("ContactOfAnotherCampaignToRemove", http.MethodDelete, contactsPath(b.sent)+"/"+b.contactID, "")
	unknown("NoSuchImport", http.MethodGet, "/api/v1/campaigns/"+b.draft+"/imports/"+nobody, "")
	unknown("NoSuchPath", http.MethodGet, "/api/v1/nothing", "")
	requests = append(requests, badRequest{
		name: "ImportIntoNoSuchCampaign", method: http.MethodPost, path: other + "/imports", contentType: formType,
		body: form(`{"name": "Name", "email": "Email"}`, "Name,Email\nAva,ava@example.com\n"), status: 404, code: "not_found",
	})
	return requests
}

func (b *badInput) tooMuch() []badRequest {
	const maxContacts, megabyte, maxFile, maxRows = 1_000, 1 << 20, 32 << 20, 10_000
	many, err := json.Marshal(map[string]any{"contacts": make([]person, maxContacts+1)})
	require.NoError(b.t, err)
	rows := bytes.Buffer{}
	require.NoError(b.t, intake.WriteSample(&rows, maxRows+1, 1))
	imports := "/api/v1/campaigns/" + b.draft + "/imports"
	mapping := `{"firstName": "First Name", "lastName": "Last Name", "email": "Email"}`
	return []badRequest{
		{name: "OneContactTooMany", method: http.MethodPost, path: contactsPath(b.draft), body: string(many), status: 413, code: "too_large", detail: "1000"},
		{name: "ContactsOverTheirLimit", method: http.MethodPost, path: contactsPath(b.draft), body: `{"contacts": [], "pad": "` + strings.Repeat("x", megabyte) + `"}`, status: 413, code: "too_large"},
		{name: "SettingsOverTheirLimit", method: http.MethodPost, path: "/api/v1/campaigns", body: `{"type": "one_time", "name": "` + strings.Repeat("x", 8*megabyte) + `"}`, status: 413, code: "too_large"},
		{name: "FileOverItsLimit", method: http.MethodPost, path: imports, contentType: formType, body: form(mapping, strings.Repeat("x", maxFile+megabyte)), status: 413, code: "too_large"},
		{name: "OneRowTooMany", method: http.MethodPost, path: imports, contentType: formType, body: form(mapping, rows.String()), status: 422, code: "too_many_rows", pointer: "/file", detail: "10000", entry: true},
		{name: "WebhookOverItsLimit", method: http.MethodPost, path: webhookPath, body: `["` + strings.Repeat("x", 8*megabyte) + `"]`, status: 413, code: "too_large"},
	}
}

func (b *badInput) badFiles() []badRequest {
	imports := "/api/v1/campaigns/" + b.draft + "/imports"
	good := "Name,Email\nAva,ava@example.com\n"
	return []badRequest{
		{name: "NoMapping", method: http.MethodPost, path: imports, contentType: formType, body: formOf(map[string]string{"file": good}), status: 400, code: "malformed", pointer: "/mapping"},
		{name: "NoFile", method: http.MethodPost, path: imports, contentType: formType, body: formOf(map[string]string{"mapping": `{"name": "Name"}`}), status: 400, code: "malformed", pointer: "/file"},
		{name: "MappingOfNoColumn", method: http.MethodPost, path: imports, contentType: formType, body: form(`{"name": "Name", "email": "E-mail"}`, good), status: 422, code: "invalid", pointer: "/mapping/email", entry: true},
		{name: "MappingWithoutAddress", method: http.MethodPost, path: imports, contentType: formType, body: form(`{"name": "Name"}`, good), status: 422, code: "invalid", entry: true},
		{name: "BrokenMapping", method: http.MethodPost, path: imports, contentType: formType, body: form(`{`, good), status: 400, code: "malformed", pointer: "/mapping"},
		{name: "Spreadsheet", method: http.MethodPost, path: imports, contentType: formType, body: form(`{"name": "Name", "email": "Email"}`, "PK\x03\x04\x14\x00\x06\x00"), status: 422, code: "invalid", pointer: "/file", entry: true},
		{name: "EmptyFile", method: http.MethodPost, path: imports, contentType: formType, body: form(`{"name": "Name", "email": "Email"}`, ""), status: 422, code: "invalid", pointer: "/file", entry: true},
	}
}

func (b *badInput) wrongKeys() []badRequest {
	requests := []badRequest{}
	for key, header := range map[string]string{"NoKey": "", "WrongKey": apiKey + "x", "KeyOfAnotherCase": strings.ToUpper(apiKey)} {
		for name, request := range map[string]badRequest{
			"Campaigns": {method: http.MethodGet, path: "/api/v1/campaigns"},
			"Archive":   {method: http.MethodPost, path: "/api/v1/campaigns/" + b.sent + "/archive", body: `{}`},
			"Add":       {method: http.MethodPost, path: contactsPath(b.draft), body: `{"contacts": [{"firstName": "Ava", "email": "ava@example.com"}]}`},
			"Malformed": {method: http.MethodPost, path: "/api/v1/campaigns", body: `{`},
			"NoSuch":    {method: http.MethodGet, path: "/api/v1/nothing"},
			"NoSuchID":  {method: http.MethodDelete, path: contactsPath(nobody) + "/" + nobody},
		} {
			request.name = key + "/" + name
			request.header = map[string]string{"X-Api-Key": header}
			request.status, request.code, request.detail = http.StatusUnauthorized, "unauthorized", "x-api-key"
			requests = append(requests, request)
		}
	}
	return requests
}

// forgedWebhooks are made from the last one that was good.
func (b *badInput) forgedWebhooks(t *testing.T) []badRequest {
	t.Helper()
	signature, timestamp := b.header.Get(signatureHeader), b.header.Get(timestampHeader)
	tampered := strings.Replace(b.webhook, `"delivered"`, `"bounce"`, 1)
	require.NotEqual(t, b.webhook, tampered)

	requests := []badRequest{}
	forged := func(name, signature, timestamp, body string) {
		requests = append(requests, badRequest{
			name: "Webhook" + name, method: http.MethodPost, path: webhookPath, body: body,
			header: map[string]string{signatureHeader: signature, timestampHeader: timestamp},
			status: http.StatusForbidden, code: "bad_signature",
		})
	}
	forged("Unsigned", "", "", tampered)
	forged("Tampered", signature, timestamp, tampered)
	forged("OfAnotherTime", signature, fmt.Sprint(time.Now().Add(time.Minute).Unix()), b.webhook)
	forged("OfAnotherKey", signWith(t, timestamp, tampered), timestamp, tampered)
	forged("WithoutTimestamp", signature, "", b.webhook)
	forged("NoBase64", "!", timestamp, b.webhook)
	return requests
}

// signWith signs as SendGrid does, with a key that is nobody's.
func signWith(t *testing.T, timestamp, body string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(timestamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(signature)
}

// sameWebhookAgain shows that the forged ones were refused for their signature: the good one is taken, again, and changes
// nothing either.
func (b *badInput) sameWebhookAgain(t *testing.T) {
	t.Helper()
	before := b.rows.dump()
	got := b.send(http.MethodPost, webhookPath, "application/json", b.webhook, map[string]string{
		signatureHeader: b.header.Get(signatureHeader), timestampHeader: b.header.Get(timestampHeader),
	})
	require.Equal(t, http.StatusNoContent, got.status, string(got.body))
	require.Equal(t, before, b.rows.dump())
}

// formType is the Content-Type of the forms that form and formOf write.
const formType = "multipart/form-data; boundary=integration"

// form is the form of an import.
func form(mapping, file string) string {
	return formOf(map[string]string{"mapping": mapping, "file": file})
}

// formOf is a form of the fields.
func formOf(fields map[string]string) string {
	text := strings.Builder{}
	for name, value := range fields {
		fmt.Fprintf(&text, "--integration\r\nContent-Disposition: form-data; name=%q", name)
		if name == "file" {
			text.WriteString(`; filename="contacts.csv"`)
		}
		fmt.Fprintf(&text, "\r\n\r\n%s\r\n", value)
	}
	return text.String() + "--integration--\r\n"
}
