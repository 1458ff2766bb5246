package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/providers/sendgrid"
)

const eventsPath = "/webhooks/sendgrid/events"

// Real webhooks end in a line break, which is signed too.
const delivered = `[{"email":"ada@example.com","timestamp":1898953560,"event":"delivered","sg_event_id":"e1",` +
	`"sg_message_id":"m1.filter.0","outreach_id":"0197f3a0-0000-7000-8000-000000000001"}]` + "\r\n"

func TestSendGridEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.wakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 3}, {CampaignID: "d", Revision: 4}}
	answer := b.request(http.MethodPost, eventsPath, delivered, b.sign(delivered, testNow()))
	require.Equal(t, http.StatusNoContent, answer.status, "%s", answer.body)
	require.Len(t, b.store.events, 1)
	require.Equal(t, models.EventDelivered, b.store.events[0].Type)
	require.Equal(t, "0197f3a0-0000-7000-8000-000000000001", b.store.events[0].OutreachID)
	require.Equal(t, []string{"delivery campaign/c/contact/k 3", "wake campaign/d 4"}, b.workflows.heard(),
		"a campaign that its guardrails have paused is woken")
	require.NotContains(t, b.log.String(), "ada@example.com")

	// It is stored, so it is answered, whether or not the workflow can be told.
	b.workflows.fails = models.Errorf(models.CodeNotFound, "none")
	answer = b.request(http.MethodPost, eventsPath, delivered, b.sign(delivered, testNow()))
	require.Equal(t, http.StatusNoContent, answer.status)
}

// Whoever did not sign is refused before anything is made of the body, and nothing is stored.
func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stranger := setup(t)
	for name, test := range map[string]struct {
		body    string
		changes func(*http.Request)
	}{
		"unsigned":        {delivered, func(r *http.Request) { r.Header.Del("X-Api-Key") }},
		"with an API key": {delivered, func(*http.Request) {}},
		"another's key":   {delivered, stranger.sign(delivered, testNow())},
		"another body":    {strings.TrimSpace(delivered), b.sign(delivered, testNow())},
		"too old":         {delivered, b.sign(delivered, testNow().Add(-61*time.Minute))},
		"from the future": {delivered, b.sign(delivered, testNow().Add(61*time.Minute))},
		"malformed":       {"{", stranger.sign("{", testNow())},
		"moved in time": {delivered, func(r *http.Request) {
			b.sign(delivered, testNow().Add(-24*time.Hour))(r)
			r.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", "1898867167")
		}},
	} {
		t.Run(name, func(*testing.T) {
			b.request(http.MethodPost, eventsPath, test.body, test.changes).
				problem(http.StatusForbidden, models.CodeBadSignature)
		})
	}
	require.Empty(t, b.store.events)
	require.Empty(t, b.workflows.heard())
}

func TestSignedWebhooksThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, body := range []string{"{", "{}", "7", "", `[{"event":7}]`, `["x"]`} {
		b.request(http.MethodPost, eventsPath, body, b.sign(body, testNow())).
			problem(http.StatusBadRequest, models.CodeMalformed)
	}
	require.Empty(t, b.store.events)
}

func TestWebhooksOverTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := "[" + strings.Repeat(" ", 5<<20) + "]"
	for _, length := range []func(*http.Request){func(*http.Request) {}, chunked} {
		_, detail := b.request(http.MethodPost, eventsPath, body, b.sign(body, testNow()), length).
			problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
		require.Contains(t, detail, "5242880")
	}
	require.Empty(t, b.store.events)
}

// Without a key to verify with, nobody is believed.
func TestWebhooksWithoutAVerifier(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handler, err := api.New(api.Config{
		Store: b.store, Workflows: b.workflows, Idempotent: withKeyOf, Secret: testSecret(t), Now: testNow,
		Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	b.handler = handler
	b.request(http.MethodPost, eventsPath, delivered, b.sign(delivered, testNow())).
		problem(http.StatusForbidden, models.CodeBadSignature)
}

// SendGrid sends again what was not stored.
func TestWebhooksThatCannotBeStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.fails = io.ErrUnexpectedEOF
	b.request(http.MethodPost, eventsPath, delivered, b.sign(delivered, testNow()), func(r *http.Request) {
		r.Body = io.NopCloser(bytes.NewReader([]byte(delivered)))
	}).problem(http.StatusInternalServerError, models.CodeInternal)
}

// Every signed vector of the vendor's material is taken or refused as it says; of those that are refused nothing is stored.
func TestVendorSignedVectors(t *testing.T) {
	t.Parallel()
	list := struct {
		Vectors []struct {
			Name      string
			PublicKey string `json:"public_key"`
			BodyFile  string `json:"body_file"`
			Signature string
			Timestamp string
			Valid     bool
		}
	}{}
	require.NoError(t, json.Unmarshal(vendorFile(t, "sendgrid", "signed_vectors.json"), &list))
	require.NotEmpty(t, list.Vectors)
	for _, vector := range list.Vectors {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			verifier, err := sendgrid.NewVerifier(vector.PublicKey, 0)
			require.NoError(t, err)
			b := setup(t, func(c *api.Config) { c.SendGridVerifier = verifier })
			body := string(vendorFile(t, "sendgrid", vector.BodyFile))
			answer := b.request(http.MethodPost, eventsPath, body, func(r *http.Request) {
				r.Header.Del("X-Api-Key")
				r.Header.Set(sendgrid.SignatureHeader, vector.Signature)
				r.Header.Set(sendgrid.TimestampHeader, vector.Timestamp)
			})
			if !vector.Valid {
				answer.problem(http.StatusForbidden, models.CodeBadSignature)
				require.Empty(t, b.store.events)
				require.Zero(t, b.store.written())
				return
			}
			require.Equal(t, http.StatusNoContent, answer.status, "%s", answer.body)
			require.NotEmpty(t, b.store.events)
		})
	}
}

// The batches that SendGrid documents, and that its console sends, are taken whole.
func TestVendorEventBatches(t *testing.T) {
	t.Parallel()
	for file, events := range map[string]int{"events_docs_reference.json": 11, "events_test_integration.json": 10} {
		b := setup(t)
		body := string(vendorFile(t, "sendgrid", file))
		require.Equal(t, http.StatusNoContent, b.request(http.MethodPost, eventsPath, body, b.sign(body, testNow())).status)
		require.Len(t, b.store.events, events, file)
	}
}
