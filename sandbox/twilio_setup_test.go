package sandbox_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/libtnb/sqlite"
	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"
	twilioapi "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/sandbox"
)

const (
	ownNumber  = "+12025550100"
	twilioSID  = "ACaaaabbbbccccddddeeeeffff00001111"
	twilioAuth = "testtoken0123456789"
)

// twilioBundle is a sandbox with somebody whom Twilio calls back.
type twilioBundle struct {
	*testBundle

	hook *twilioHook
	api  *twilioapi.ApiService
}

// setupTwilio starts a sandbox with an account and a hook for it.
func setupTwilio(tb testing.TB, changes ...func(*sandbox.Config)) *twilioBundle {
	tb.Helper()
	hook := newTwilioHook(tb)
	b := &twilioBundle{hook: hook, testBundle: setup(tb, append([]func(*sandbox.Config){func(c *sandbox.Config) {
		c.TwilioAccountSID, c.TwilioAuthToken, c.TwilioNumbers = twilioSID, twilioAuth, []string{ownNumber}
		c.TextInboundURL = hook.url + "/inbound"
		c.TwilioStep = interval
	}}, changes...)...)}
	b.api = b.twilio(tb, twilioSID, twilioAuth)

	return b
}

// twilio is Twilio's own client, at the vendor's own port and held to its OpenAPI file.
func (b *twilioBundle) twilio(tb testing.TB, sid, token string) *twilioapi.ApiService {
	tb.Helper()

	return b.twilioAt(sid, token, newContract(tb, rewriter{next: b.client.Transport, url: func() string { return b.server.TwilioURL() }}))
}

// twilioAt is Twilio's own client over a transport.
func (b *twilioBundle) twilioAt(sid, token string, transport http.RoundTripper) *twilioapi.ApiService {
	base := &client.Client{
		Credentials: client.NewCredentials(sid, token),
		// The SDK leaves the bodies of errors open, and with a time-out something that waits for it.
		HTTPClient: &http.Client{Transport: transport},
	}
	base.SetAccountSid(sid)

	return twilioapi.NewApiServiceWithClient(base)
}

// rewriter leads requests for Twilio to the sandbox.
type rewriter struct {
	next http.RoundTripper
	url  func() string
}

// RoundTrip passes the request on.
func (r rewriter) RoundTrip(request *http.Request) (*http.Response, error) {
	target, err := url.Parse(r.url())
	if err != nil {
		return nil, fmt.Errorf("read the target: %w", err)
	}
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host, request.Host = target.Scheme, target.Host, ""

	return r.next.RoundTrip(request)
}

// textParams are those of a text as Beckon sends them.
func (b *twilioBundle) textParams(to, outreachID string) *twilioapi.CreateMessageParams {
	params := &twilioapi.CreateMessageParams{}

	return params.SetTo(to).SetFrom(ownNumber).SetBody("Hello there.").SetStatusCallback(b.hook.url + "/sms?attempt=" + outreachID)
}

// callParams are those of a call as Beckon makes them.
func (b *twilioBundle) callParams(to, outreachID string) *twilioapi.CreateCallParams {
	params := &twilioapi.CreateCallParams{}

	return params.SetTo(to).SetFrom(ownNumber).SetUrl(b.hook.url + "/answer?attempt=" + outreachID).
		SetStatusCallback(b.hook.url + "/voice?attempt=" + outreachID).
		SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
}

// only is the one message that a number was sent.
func (b *twilioBundle) only(tb testing.TB, number string) sandbox.Message {
	tb.Helper()
	messages := b.messagesTo(tb, number)
	require.Len(tb, messages, 1)

	return messages[0]
}

// untilEnded waits until a call to a number has come to that end.
func (b *twilioBundle) untilEnded(tb testing.TB, number string, status sandbox.Status) sandbox.Message {
	tb.Helper()
	var last sandbox.Message
	require.Eventually(tb, func() bool {
		last = b.only(tb, number)

		return last.Status == status
	}, patience, interval, "%s", number)

	return last
}

// hookPost is a request that the hook got.
type hookPost struct {
	method string
	path   string
	query  url.Values
	form   url.Values
	token  string
	taken  bool
}

// twilioHook is where the sandbox posts Twilio's requests; it checks signatures as Beckon does.
type twilioHook struct {
	url    string
	server *httptest.Server

	mu      sync.Mutex
	answers map[string]func(post hookPost) (status int, body string)
	posts   []hookPost
	failure error
}

// newTwilioHook starts a hook that takes everything.
func newTwilioHook(tb testing.TB) *twilioHook {
	tb.Helper()
	h := &twilioHook{answers: map[string]func(hookPost) (int, string){}}
	h.server = httptest.NewServer(h)
	h.url = h.server.URL
	tb.Cleanup(func() {
		h.server.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.failure != nil {
			tb.Error(h.failure)
		}
	})

	return h
}

// answer decides how posts to a path are answered.
func (h *twilioHook) answer(path string, answer func(post hookPost) (int, string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[path] = answer
}

// twiml answers a path with a document.
func (h *twilioHook) twiml(path, verbs string) {
	h.answer(path, func(hookPost) (int, string) { return http.StatusOK, "<Response>" + verbs + "</Response>" })
}

// ServeHTTP takes a post.
func (h *twilioHook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	post := hookPost{
		method: r.Method, path: r.URL.Path, query: r.URL.Query(), token: r.Header.Get("I-Twilio-Idempotency-Token"),
	}
	if err == nil {
		post.form, err = url.ParseQuery(string(body))
	}
	validator := client.NewRequestValidator(twilioAuth)
	signature := r.Header.Get("X-Twilio-Signature")
	valid := validator.ValidateBody(h.url+r.RequestURI, body, signature)

	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.failure = err
	case !valid:
		h.failure = fmt.Errorf("the signature of %s is not valid", r.URL.Path)
	case post.token == "":
		h.failure = fmt.Errorf("%s has no idempotency token", r.URL.Path)
	}
	status, text := http.StatusNoContent, ""
	if answer := h.answers[r.URL.Path]; answer != nil {
		status, text = answer(post)
	}
	post.taken = status/100 == 2
	h.posts = append(h.posts, post)
	if text != "" {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	}
	w.WriteHeader(status)
	// A sandbox that has gone away does not need its answer.
	_, _ = w.Write([]byte(text))
}

// got are the posts to a path that were taken, in their order, without those that came again.
func (h *twilioHook) got(path string) []hookPost {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]bool{}

	return slices.DeleteFunc(slices.Clone(h.posts), func(post hookPost) bool {
		if post.path != path || !post.taken || seen[post.token] {
			return true
		}
		seen[post.token] = true

		return false
	})
}

// count says how many posts came to a path, taken or not.
func (h *twilioHook) count(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()

	return len(slices.DeleteFunc(slices.Clone(h.posts), func(post hookPost) bool { return post.path != path }))
}

// waitFor waits until as many posts to a path were taken, and returns them.
func (h *twilioHook) waitFor(tb testing.TB, path string, count int) []hookPost {
	tb.Helper()
	require.Eventually(tb, func() bool { return len(h.got(path)) >= count }, patience, interval, "%s", path)

	return h.got(path)
}

// fields are the values of one form field.
func fields(posts []hookPost, name string) []string {
	list := make([]string, len(posts))
	for i, post := range posts {
		list[i] = post.form.Get(name)
	}

	return list
}

// requireCode expects an error of Twilio's.
func requireCode(tb testing.TB, err error, status, code int) {
	tb.Helper()
	failure := new(client.TwilioRestError)
	require.ErrorAs(tb, err, &failure)
	require.Equal(tb, status, failure.Status)
	require.Equal(tb, code, failure.Code)
}

// vendorForm are the fields of a callback of Twilio's own.
func vendorForm(tb testing.TB, name string) []string {
	tb.Helper()
	index := readVendor[struct {
		Callbacks []struct {
			File   string                     `json:"file"`
			Params map[string]json.RawMessage `json:"params"`
		} `json:"callbacks"`
	}](tb, "twilio", "callbacks", "index.json")
	for _, entry := range index.Callbacks {
		if strings.TrimSuffix(entry.File, ".form") == name {
			names := []string{}
			for field := range entry.Params {
				names = append(names, field)
			}
			slices.Sort(names)

			return names
		}
	}
	require.Fail(tb, "no such callback", name)

	return nil
}

// formFields are the fields of a post.
func formFields(post hookPost) []string {
	names := []string{}
	for name := range post.form {
		names = append(names, name)
	}
	slices.Sort(names)

	return names
}

// execute changes a data file that nobody has open.
func execute(tb testing.TB, file, statements string) {
	tb.Helper()
	db, err := sql.Open(sqlite.DriverName, "file:"+file)
	require.NoError(tb, err)
	_, err = db.ExecContext(tb.Context(), statements)
	require.NoError(tb, err)
	require.NoError(tb, db.Close())
}
