package service_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	crypto "crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"

	"beckon/models"
	"beckon/providers/sendgrid"
	"beckon/service"
	"beckon/store/crowd"
)

// Sizes of the storm.
const (
	stormPeople  = 400
	stormEvents  = 10_000
	stormRaced   = 1_000 // where the race detector runs: the whole storm blows without it
	stormClients = 32
	stormPublic  = "http://127.0.0.1:8080"
	stormSID     = "AC0123456789abcdef0123456789abcdef"
	stormToken   = "0123456789abcdef0123456789abcdef"
)

// TestWebhookStorm posts ten thousand events of both providers, each twice, in any order and by many clients at once: they leave
// the same state as each of them once, in order and one after the other. With the race detector there are fewer of them.
func TestWebhookStorm(t *testing.T) {
	t.Parallel()
	for dialect, newURL := range map[string]func(*testing.T) string{"sqlite": newSQLite, "postgres": newPostgres} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			const seed = 20_261_125
			random := rand.New(rand.NewPCG(seed, seed))
			quiet, storm := newStormBench(t, newURL(t)), newStormBench(t, newURL(t))
			events := stormEvents
			if raced {
				events = stormRaced
			}
			reports := quiet.reports(t, random, events)

			for _, each := range packed(reports, random) {
				quiet.post(t, each)
			}
			twice := slices.Concat(reports, reports)
			random.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
			posts, group := make(chan stormPost), sync.WaitGroup{}
			for range stormClients {
				group.Go(func() {
					for each := range posts {
						storm.post(t, each)
					}
				})
			}
			for _, each := range packed(twice, random) {
				posts <- each
			}
			close(posts)
			group.Wait()

			wanted, got := quiet.dump(t), storm.dump(t)
			for _, table := range slices.Sorted(maps.Keys(wanted)) {
				require.NotEmpty(t, wanted[table], table)
				require.Equal(t, wanted[table], got[table], table)
			}
		})
	}
}

// stormBench is the API over a database with a campaign that has written, texted and called for some weeks.
type stormBench struct {
	*bench

	campaign string
	signer   *ecdsa.PrivateKey
}

func newStormBench(t *testing.T, address string) *stormBench {
	t.Helper()
	b := &stormBench{bench: newBench(t, address)}
	c := models.NewCampaign(models.CampaignFollowUp)
	c.Name, c.Objective = "Storm", "Weather it"
	c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}
	c.ConsentBasis = new("attested")
	c.Sender = models.Sender{
		BusinessName: "Harbour", FromName: "Ada", FromEmail: "ada@harbour.example", FromPhone: "+12025550100", PostalAddress: "1 Quay",
	}
	// What a guardrail does depends on when it looks, and so on the order.
	c.Guardrails = models.Guardrails{BouncePercent: 100, ComplaintPercent: 100, MinSends: 1_000_000}
	require.NoError(t, b.store.CreateCampaign(t.Context(), c))
	_, err := b.store.Control(t.Context(), c.ID, models.ControlGoLive, models.ControlOptions{ConsentAttestedBy: new("Sam")})
	require.NoError(t, err)
	b.campaign = c.ID
	require.NoError(t, crowd.Fill(t.Context(), b.db, b.store.Dialect(), c.ID, stormPeople))
	_, err = b.db.ExecContext(t.Context(), `UPDATE outreaches SET address =
		(SELECT CASE channel WHEN 'email' THEN email ELSE phone END FROM contacts WHERE contacts.id = contact_id)
		WHERE claimed_at IS NOT NULL`)
	require.NoError(t, err)

	b.signer, err = ecdsa.GenerateKey(elliptic.P256(), crypto.Reader)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&b.signer.PublicKey)
	require.NoError(t, err)
	temporal := &mocks.Client{}
	temporal.On("SignalWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	config := service.Config{
		Listen: "127.0.0.1:8080", SecretKey: b.key, SendGridWebhookPublicKey: base64.StdEncoding.EncodeToString(public),
		TwilioAccountSID: stormSID, TwilioAuthToken: stormToken,
	}
	b.handler, err = service.NewAPI(t.Context(), config, b.store, temporal, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return b
}

// stormReport is one thing that a provider reports: an event of SendGrid, or a form of Twilio.
type stormReport struct {
	event json.RawMessage
	path  string // of a form
	form  url.Values
}

// stormPost is one request: a batch of events, or a form.
type stormPost struct {
	events []json.RawMessage
	path   string
	form   url.Values
}

// packed puts reports into requests, in their order.
func packed(reports []stormReport, random *rand.Rand) []stormPost {
	const most = 150
	posts, batch, size := []stormPost{}, []json.RawMessage{}, 1
	for _, each := range reports {
		if each.form != nil {
			posts = append(posts, stormPost{path: each.path, form: each.form})
			continue
		}
		if batch = append(batch, each.event); len(batch) >= size {
			posts, batch, size = append(posts, stormPost{events: batch}), nil, 1+random.IntN(most)
		}
	}
	if len(batch) > 0 {
		posts = append(posts, stormPost{events: batch})
	}
	return posts
}

// reports are n reports about the outreaches that were sent, in the order of their times; of e-mails for the most part.
func (b *stormBench) reports(t *testing.T, random *rand.Rand, n int) []stormReport {
	t.Helper()
	const formsOf = 25 // one in so many is Twilio's
	outreaches := map[models.Channel][]models.Outreach{}
	rows, err := b.db.QueryContext(t.Context(),
		"SELECT id, channel, provider_id FROM outreaches WHERE claimed_at IS NOT NULL ORDER BY id")
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		o := models.Outreach{}
		require.NoError(t, rows.Scan(&o.ID, &o.Channel, &o.ProviderID))
		outreaches[o.Channel] = append(outreaches[o.Channel], o)
	}
	require.NoError(t, rows.Err())
	reports := make([]stormReport, 0, n)
	for i := range n {
		at := crowd.Begin().Add(time.Duration(i) * time.Minute)
		channel := models.ChannelEmail
		if i%formsOf == 0 {
			channel = []models.Channel{models.ChannelText, models.ChannelPhone}[random.IntN(2)]
		}
		o := outreaches[channel][random.IntN(len(outreaches[channel]))]
		switch channel {
		case models.ChannelEmail:
			reports = append(reports, stormReport{event: mailEvent(&o, at, random)})
		case models.ChannelText:
			reports = append(reports, textForm(&o, random))
		case models.ChannelPhone:
			reports = append(reports, callForm(&o, at, random))
		}
	}
	return reports
}

// mailEvent is an event of an e-mail: mostly what happens to most, now and then what ends it.
func mailEvent(o *models.Outreach, at time.Time, random *rand.Rand) json.RawMessage {
	event := map[string]any{"timestamp": at.Unix(), "email": "somebody@crowd.example", "sg_event_id": strconv.Itoa(random.Int())}
	if o.ProviderID != nil {
		event["sg_message_id"] = *o.ProviderID + ".recvd-1.0"
	}
	if o.ProviderID == nil || random.IntN(4) > 0 { // else the message's id alone says whose it is
		event["outreach_id"] = o.ID
	}
	common := []string{"processed", "deferred", "delivered", "delivered", "open", "open", "click"}
	grave := []string{"bounce", "dropped", "spamreport", "unsubscribe", "group_unsubscribe", "group_resubscribe", "something_new"}
	event["event"] = common[random.IntN(len(common))]
	if random.IntN(25) == 0 {
		event["event"] = grave[random.IntN(len(grave))]
	}
	switch event["event"] {
	case "open":
		event["sg_machine_open"] = random.IntN(2) == 0
	case "bounce":
		event["type"], event["status"] = []string{"bounce", "blocked"}[random.IntN(2)], []string{"5.1.1", "5.7.1", "5.0.0"}[random.IntN(3)]
	case "dropped":
		event["reason"] = []string{
			"Bounced Address", "Unsubscribed Address", "Spam Reporting Address", "Spam Content",
		}[random.IntN(4)]
	}
	text, err := json.Marshal(event)
	if err != nil {
		panic(err) // strings and numbers can always be encoded
	}
	return text
}

// textForm is a status callback of a text.
func textForm(o *models.Outreach, random *rand.Rand) stormReport {
	statuses := []string{"queued", "sent", "delivered", "delivered", "undelivered", "failed"}
	form := url.Values{"MessageSid": {sidOf("SM", o)}, "MessageStatus": {statuses[random.IntN(len(statuses))]}}
	if status := form.Get("MessageStatus"); status == "undelivered" || status == "failed" {
		// The same status of the same text has the same code.
		form.Set("ErrorCode", []string{"30003", "30005", "30007", "21610", "30008"}[int(sidOf(status, o)[len(status)])%5])
	}
	return stormReport{path: "/webhooks/twilio/sms/status?attempt=" + o.ID, form: form}
}

// callForm is a callback of a call.
func callForm(o *models.Outreach, at time.Time, random *rand.Rand) stormReport {
	statuses := []string{"initiated", "ringing", "in-progress", "completed", "completed", "busy", "no-answer", "failed"}
	form := url.Values{
		"CallSid": {sidOf("CA", o)}, "CallStatus": {statuses[random.IntN(len(statuses))]}, "Direction": {"outbound-api"},
		"Timestamp": {at.Format(time.RFC1123Z)},
	}
	if random.IntN(3) == 0 {
		form.Set("AnsweredBy", []string{"human", "machine_end_beep", "unknown"}[random.IntN(3)])
	}
	return stormReport{path: "/webhooks/twilio/voice/status?attempt=" + o.ID, form: form}
}

// sidOf is Twilio's id of the text or call.
func sidOf(prefix string, o *models.Outreach) string {
	sum := sha256.Sum256([]byte(o.ID))
	return prefix + fmt.Sprintf("%x", sum[:16])
}

// post makes a request, signed as its provider signs, which must be taken.
func (b *stormBench) post(t *testing.T, each stormPost) {
	t.Helper()
	path, body, header := each.path, each.form.Encode(), http.Header{}
	if each.form == nil {
		text, err := json.Marshal(each.events)
		require.NoError(t, err)
		path, body = "/webhooks/sendgrid/events", string(text)
		const timestamp = "1795545000"
		digest := sha256.Sum256([]byte(timestamp + body))
		signature, err := ecdsa.SignASN1(crypto.Reader, b.signer, digest[:])
		require.NoError(t, err)
		header.Set(sendgrid.SignatureHeader, base64.StdEncoding.EncodeToString(signature))
		header.Set(sendgrid.TimestampHeader, timestamp)
	} else {
		text := strings.Builder{}
		text.WriteString(stormPublic + path)
		for _, name := range slices.Sorted(maps.Keys(each.form)) {
			text.WriteString(name + each.form.Get(name))
		}
		sum := hmac.New(sha1.New, []byte(stormToken))
		_, err := io.WriteString(sum, text.String())
		require.NoError(t, err)
		header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.Header = header
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusNoContent {
		t.Errorf("%s: %d %s", path, recorder.Code, recorder.Body) // not of the test's own goroutine
	}
}

// dump is all that reports may change, but what says when they were stored: ids of rows, times, and how often a row was
// changed.
func (b *stormBench) dump(t *testing.T) map[string][]string {
	t.Helper()
	tables := map[string][]string{}
	for name, query := range map[string]string{
		"outreaches": `SELECT id, attempt, channel, resend, state, version, claim_token IS NULL, claimed_at IS NULL, address,
			provider_id, accepted_at IS NULL, ended_at IS NULL, outcome, result_code, error_detail, failures FROM outreaches`,
		"contacts": `SELECT id, status, status_reason, attempts, unconfirmed, waiting_reason, waiting_detail, last_outreach_at IS NULL,
			last_outcome, last_reply_at IS NULL, finished_at IS NULL, removed_at IS NULL, revision <> seen_revision FROM contacts`,
		"events":       `SELECT outreach_id, type, code, detail, dedupe_key FROM events`,
		"times":        `SELECT outreach_id, dedupe_key, at FROM events WHERE outreach_id IN (SELECT id FROM outreaches WHERE channel = 'email')`,
		"suppressions": `SELECT channel, address, address_hash, reason, source, swept_at IS NULL, swept_to_id IS NULL FROM suppressions`,
		"campaigns":    `SELECT status, pause_reason FROM campaigns`,
	} {
		tables[name] = b.texts(t, query)
	}
	figures, err := b.store.Performance(t.Context(), b.campaign, nil, nil)
	require.NoError(t, err)
	figures.AsOf = time.Time{}
	text, err := json.Marshal(figures)
	require.NoError(t, err)
	tables["figures"] = []string{string(text)}
	return tables
}

// texts are the rows of a query as text, sorted.
func (b *stormBench) texts(t *testing.T, query string) []string {
	t.Helper()
	rows, err := b.db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	found := []string{}
	for rows.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		require.NoError(t, rows.Scan(pointers...))
		parts := []string{}
		for i, value := range values {
			if raw, is := value.([]byte); is {
				value = string(raw)
			}
			parts = append(parts, fmt.Sprintf("%s=%v", columns[i], value))
		}
		found = append(found, strings.Join(parts, " "))
	}
	require.NoError(t, rows.Err())
	slices.Sort(found)
	return found
}
