package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"
	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"

	"beckon/sandbox"
)

const (
	sendGridKey = "SG.test-key"
	openAIKey   = "sk-test-key"

	// patience is how long a test waits for what should come at once.
	patience = 20 * time.Second
	interval = 5 * time.Millisecond
)

// testBundle is a running sandbox with somebody to call back.
type testBundle struct {
	config  sandbox.Config
	server  *sandbox.Server
	webhook *webhook
	client  *http.Client
}

// setup starts a sandbox of its own for a test and stops it at the end.
func setup(tb testing.TB, changes ...func(*sandbox.Config)) *testBundle {
	tb.Helper()
	b := &testBundle{webhook: newWebhook(tb), client: newClient(tb)}
	b.config = sandbox.Config{
		DataFile:    filepath.Join(tb.TempDir(), "sandbox.db"),
		Addr:        "127.0.0.1:0",
		EventsURL:   b.webhook.url,
		SendGridKey: sendGridKey, OpenAIKey: openAIKey,
		Seed:           1,
		CallbackLinger: 5 * time.Millisecond, CallbackBackoff: 5 * time.Millisecond, CallbackBackoffMax: 50 * time.Millisecond,
	}
	for _, change := range changes {
		change(&b.config)
	}
	b.start(tb)
	tb.Cleanup(func() { b.stop(tb) })

	return b
}

// start opens the sandbox on its data file.
func (b *testBundle) start(tb testing.TB) {
	tb.Helper()
	server, err := sandbox.New(tb.Context(), b.config)
	require.NoError(tb, err)
	b.webhook.setKey(server.SendGridPublicKey())
	server.Start(tb.Context())
	b.server = server
}

// stop ends the sandbox; it may be called again.
func (b *testBundle) stop(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), patience)
	defer cancel()
	require.NoError(tb, b.server.Shutdown(ctx))
}

// newClient is an HTTP client with connections of its own.
func newClient(tb testing.TB) *http.Client {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	tb.Cleanup(transport.CloseIdleConnections)

	return &http.Client{Transport: transport, Timeout: patience}
}

// get reads a JSON answer of the sandbox's own routes.
func (b *testBundle) get(tb testing.TB, path string, into any) {
	tb.Helper()
	status, body := b.do(tb, http.MethodGet, path, "")
	require.Equal(tb, http.StatusOK, status, body)
	require.NoError(tb, json.Unmarshal([]byte(body), into))
}

// do asks the main listener.
func (b *testBundle) do(tb testing.TB, method, path, body string) (int, string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, b.server.URL()+path, strings.NewReader(body))
	require.NoError(tb, err)
	answer, err := b.client.Do(request)
	require.NoError(tb, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(tb, err)
	require.NoError(tb, answer.Body.Close())

	return answer.StatusCode, string(text)
}

// setFaults puts a set of faults into force.
func (b *testBundle) setFaults(tb testing.TB, faults string) {
	tb.Helper()
	status, body := b.do(tb, http.MethodPut, "/sandbox/faults", faults)
	require.Equal(tb, http.StatusOK, status, body)
}

// stats counts what the sandbox holds.
func (b *testBundle) stats(tb testing.TB) sandbox.Stats {
	tb.Helper()
	var stats sandbox.Stats
	b.get(tb, "/sandbox/stats", &stats)

	return stats
}

// messagePage is an answer of GET /sandbox/messages.
type messagePage struct {
	Data  []sandbox.Message `json:"data"`
	Total int               `json:"total"`
}

// messagesTo lists what an address was sent.
func (b *testBundle) messagesTo(tb testing.TB, address string) []sandbox.Message {
	tb.Helper()
	var page messagePage
	b.get(tb, "/sandbox/messages?perPage=1000&to="+url.QueryEscape(address), &page)
	require.Len(tb, page.Data, page.Total)

	return page.Data
}

// testMail is a mail as Beckon sends them.
func testMail(to, outreachID string) *mail.SGMailV3 {
	message := mail.NewV3Mail()
	message.SetFrom(mail.NewEmail("Ada Sender", "ada@sender.example.com"))
	message.SetReplyTo(mail.NewEmail("", "reply+"+outreachID+"@in.example.com"))
	message.Subject = "A question for you"
	envelope := mail.NewPersonalization()
	envelope.AddTos(mail.NewEmail("", to))
	envelope.SetCustomArg("outreach_id", outreachID)
	envelope.SetHeader("List-Unsubscribe", "<https://example.com/u/1>")
	message.AddPersonalizations(envelope)
	message.AddContent(mail.NewContent("text/plain", "Hello there."), mail.NewContent("text/html", "<p>Hello there.</p>"))

	return message
}

// send sends a mail with SendGrid's own client, at the vendor's own port.
func (b *testBundle) send(tb testing.TB, message *mail.SGMailV3) (*rest.Response, error) {
	tb.Helper()

	return b.sendAs(tb, sendGridKey, b.server.EmailURL(), message)
}

// sendAs sends with that key to that host. The SDK's global client cannot be used by tests in parallel.
func (b *testBundle) sendAs(tb testing.TB, key, host string, message *mail.SGMailV3) (*rest.Response, error) {
	tb.Helper()
	request := sendgrid.GetRequest(key, "/v3/mail/send", host)
	request.Method = rest.Post
	request.Body = mail.GetRequestBody(message)

	return (&rest.Client{HTTPClient: b.client}).SendWithContext(tb.Context(), request)
}

// webhook is where the sandbox posts events; it checks signatures as Beckon does.
type webhook struct {
	url    string
	server *httptest.Server

	mu      sync.Mutex
	key     string
	answer  func(post int) int
	posts   int
	refused string
	taken   []event
	failure error
}

// event is one entry of an Event Webhook post.
type event map[string]any

// newWebhook starts a webhook that takes everything.
func newWebhook(tb testing.TB) *webhook {
	tb.Helper()
	w := &webhook{answer: func(int) int { return http.StatusOK }}
	w.server = httptest.NewServer(w)
	w.url = w.server.URL
	tb.Cleanup(func() {
		w.server.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.failure != nil {
			tb.Error(w.failure)
		}
	})

	return w
}

// setKey says with which key events are signed.
func (w *webhook) setKey(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.key = key
}

// answerWith decides how posts are answered, by their number from 1.
func (w *webhook) answerWith(answer func(post int) int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer, w.posts = answer, 0
}

// refuseAddress answers 500 to every post with an event of that address.
func (w *webhook) refuseAddress(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = address
}

// close stops answering.
func (w *webhook) close() {
	w.server.CloseClientConnections()
	w.server.Close()
}

// ServeHTTP takes a post of events.
func (w *webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		err = w.verify(r, body)
	}
	var events []event
	if err == nil {
		err = json.Unmarshal(body, &events)
	}
	if err != nil {
		w.failure = err
		rw.WriteHeader(http.StatusForbidden)

		return
	}
	w.posts++
	status := w.answer(w.posts)
	for _, entry := range events {
		if w.refused != "" && entry["email"] == w.refused {
			status = http.StatusInternalServerError
		}
	}
	if status/100 == 2 {
		w.taken = append(w.taken, events...)
	}
	rw.WriteHeader(status)
}

// verify checks the signature with SendGrid's own helper.
func (w *webhook) verify(r *http.Request, body []byte) error {
	key, err := eventwebhook.ConvertPublicKeyBase64ToECDSA(w.key)
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	valid, err := eventwebhook.VerifySignature(key, body,
		r.Header.Get(eventwebhook.VerificationHTTPHeader), r.Header.Get(eventwebhook.TimestampHTTPHeader))
	if err != nil || !valid {
		return fmt.Errorf("the signature is not valid: %w", err)
	}
	if !bytes.HasSuffix(body, []byte("]\r\n")) {
		return fmt.Errorf("the body does not end as SendGrid's: %q", body)
	}

	return nil
}

// eventsOf are the events taken for an address, in their order.
func (w *webhook) eventsOf(address string) []event {
	w.mu.Lock()
	defer w.mu.Unlock()
	var events []event
	for _, entry := range w.taken {
		if entry["email"] == address {
			events = append(events, entry)
		}
	}

	return events
}

// waitFor waits until as many events have come for an address, and returns them.
func (w *webhook) waitFor(tb testing.TB, address string, count int) []event {
	tb.Helper()
	require.Eventually(tb, func() bool { return len(w.eventsOf(address)) >= count }, patience, interval)

	return w.eventsOf(address)
}

// names are the kinds of events.
func names(events []event) []string {
	list := make([]string, len(events))
	for i, entry := range events {
		list[i], _ = entry["event"].(string)
	}

	return list
}
