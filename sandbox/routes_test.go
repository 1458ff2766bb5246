package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/sandbox"
)

// requireProblem asks and expects a problem that names what is wrong.
func (b *testBundle) requireProblem(tb testing.TB, method, path, body string, status int, code, pointer string) {
	tb.Helper()
	got, text := b.do(tb, method, path, body)
	require.Equal(tb, status, got, text)
	var problem struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`
		Errors []struct {
			Pointer string `json:"pointer"`
			Code    string `json:"code"`
			Detail  string `json:"detail"`
		} `json:"errors"`
	}
	require.NoError(tb, json.Unmarshal([]byte(text), &problem))
	require.Equal(tb, status, problem.Status)
	require.Equal(tb, http.StatusText(status), problem.Title)
	require.Equal(tb, code, problem.Code)
	require.NotEmpty(tb, problem.Detail)
	if pointer == "" {
		require.NotNil(tb, problem.Errors)
		require.Empty(tb, problem.Errors)

		return
	}
	require.Len(tb, problem.Errors, 1)
	require.Equal(tb, pointer, problem.Errors[0].Pointer)
	require.Equal(tb, code, problem.Errors[0].Code)
	require.NotEmpty(tb, problem.Errors[0].Detail)
}

func TestMessagesRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, pointer := range map[string]string{
		"?perPage=1001": "perPage", "?perPage=0": "perPage", "?page=0": "page", "?page=x": "page",
		"?channel=fax": "channel",
	} {
		b.requireProblem(t, http.MethodGet, "/sandbox/messages"+path, "", http.StatusBadRequest, "out_of_range", pointer)
	}
	b.requireProblem(t, http.MethodGet, "/sandbox/messages?from=x", "", http.StatusBadRequest, "unknown_field", "from")
	b.requireProblem(t, http.MethodGet, "/sandbox/nothing", "", http.StatusNotFound, "not_found", "")
}

func TestMessagesAreListed(t *testing.T) {
	t.Parallel()
	b := setup(t)

	status, body := b.do(t, http.MethodGet, "/sandbox/messages", "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"data":[],"page":1,"perPage":50,"total":0}`, body)

	for _, name := range []string{"one", "two", "three"} {
		_, err := b.send(t, testMail(name+"@example.com", name))
		require.NoError(t, err)
	}
	var page messagePage
	b.get(t, "/sandbox/messages?perPage=2&page=1", &page)
	require.Equal(t, 3, page.Total)
	require.Equal(t, "three@example.com", page.Data[0].To)
	require.Equal(t, "two@example.com", page.Data[1].To)
	b.get(t, "/sandbox/messages?perPage=2&page=2", &page)
	require.Equal(t, "one@example.com", page.Data[0].To)
	b.get(t, "/sandbox/messages?perPage=2&page=3", &page)
	require.Empty(t, page.Data)
	b.get(t, "/sandbox/messages?channel=email&to=two@example.com", &page)
	require.Equal(t, 1, page.Total)
	b.get(t, "/sandbox/messages?channel=text", &page)
	require.Zero(t, page.Total)

	// A search finds parts of addresses, subjects and texts, and takes no character for a wildcard.
	for search, found := range map[string]int{"WO@exam": 1, "question": 3, "nobody": 0, "t%25o": 0, "t_o": 0, "example.com": 3} {
		b.get(t, "/sandbox/messages?search="+search, &page)
		require.Equal(t, found, page.Total, search)
	}
	b.get(t, "/sandbox/messages?search=two", &page)
	var message sandbox.Message
	b.get(t, "/sandbox/messages/"+page.Data[0].ID, &message)
	require.Equal(t, page.Data[0], message)
	b.requireProblem(t, http.MethodGet, "/sandbox/messages/nothing", "", http.StatusNotFound, "not_found", "")

	// Absent is null, and lists never are.
	status, body = b.do(t, http.MethodGet, "/sandbox/messages?perPage=1", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"voicemailText":null`)
	require.Contains(t, body, `"segments":null`)
	require.Contains(t, body, `"replies":[]`)
}

func TestMessagesAreDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.webhook.answerWith(func(int) int { return http.StatusServiceUnavailable })
	_, err := b.send(t, testMail("reply-1@example.com", "1"))
	require.NoError(t, err)
	require.Equal(t, sandbox.Stats{Messages: 1, Addresses: 1, CallbacksPending: 2}, b.stats(t))

	status, _ := b.do(t, http.MethodDelete, "/sandbox/messages", "")
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, sandbox.Stats{}, b.stats(t))
}

func TestReply(t *testing.T) {
	t.Parallel()
	posts := make(chan url.Values, 10)
	inbound := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
		}
		posts <- r.MultipartForm.Value
	}))
	t.Cleanup(inbound.Close)
	b := setup(t, func(c *sandbox.Config) { c.InboundURL = inbound.URL })

	_, err := b.send(t, testMail("ava@example.com", "m1"))
	require.NoError(t, err)
	id := b.messagesTo(t, "ava@example.com")[0].ID
	status, body := b.do(t, http.MethodPost, "/sandbox/messages/"+id+"/reply", `{"text":"Call me, ☎."}`)
	require.Equal(t, http.StatusAccepted, status, body)
	require.Equal(t, "Call me, ☎.", *b.messagesTo(t, "ava@example.com")[0].Replies[0].Text)

	// It comes as Inbound Parse brings it: to the message's reply address, from the contact.
	post := <-posts
	require.Equal(t, "Call me, ☎.", post.Get("text"))
	require.Equal(t, "ava@example.com", post.Get("from"))
	require.Equal(t, "reply+m1@in.example.com", post.Get("to"))
	require.Equal(t, "Re: A question for you", post.Get("subject"))
	require.JSONEq(t, `{"to":["reply+m1@in.example.com"],"from":"ava@example.com"}`, post.Get("envelope"))
	require.Equal(t, "pass", post.Get("SPF"))
	require.Contains(t, post.Get("headers"), "In-Reply-To: <")

	// Magic addresses answer by themselves.
	for address, text := range map[string]string{"reply-1@example.com": "Yes", "optout-1@example.com": "STOP"} {
		_, err := b.send(t, testMail(address, "m2"))
		require.NoError(t, err)
		post := <-posts
		require.Equal(t, address, post.Get("from"))
		require.Contains(t, post.Get("text"), text)
		require.Contains(t, *b.messagesTo(t, address)[0].Replies[0].Text, text)
	}

	for name, tt := range map[string]struct {
		path, body string
		status     int
		code       string
		pointer    string
	}{
		"NotJSON":      {id, `{`, http.StatusBadRequest, "malformed", ""},
		"Null":         {id, `null`, http.StatusBadRequest, "malformed", ""},
		"Number":       {id, `{"text":1}`, http.StatusBadRequest, "malformed", ""},
		"NoText":       {id, `{}`, http.StatusUnprocessableEntity, "required", "/text"},
		"UnknownField": {id, `{"text":"x","html":"x"}`, http.StatusBadRequest, "unknown_field", "/html"},
		"Digits":       {id, `{"text":"x","digits":"1"}`, http.StatusUnprocessableEntity, "wrong_channel", "/digits"},
		"NoMessage":    {"none", `{"text":"x"}`, http.StatusNotFound, "not_found", ""},
		"TooLarge":     {id, strings.Repeat("x", 1<<20+1), http.StatusRequestEntityTooLarge, "too_large", ""},
		"NotUTF8":      {id, "{\"text\":\"\xff\"}", http.StatusBadRequest, "malformed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.requireProblem(t, http.MethodPost, "/sandbox/messages/"+tt.path+"/reply", tt.body, tt.status, tt.code, tt.pointer)
			require.Len(t, b.messagesTo(t, "ava@example.com")[0].Replies, 1)
		})
	}
}

func TestReplyWithoutInbound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send(t, testMail("optout-1@example.com", "m1"))
	require.NoError(t, err)
	require.Equal(t, "STOP", *b.messagesTo(t, "optout-1@example.com")[0].Replies[0].Text)
	require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
}

func TestInbox(t *testing.T) {
	t.Parallel()
	b := setup(t)
	message := testMail("ava@example.com", "outreach-1")
	message.Subject = "<b>Subject</b> & more"
	message.Content[1].Value = `<p title="x">Rich</p><script>alert(1)</script>`
	_, err := b.send(t, message)
	require.NoError(t, err)
	id := b.messagesTo(t, "ava@example.com")[0].ID

	status, page := b.do(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "&lt;b&gt;Subject&lt;/b&gt; &amp; more")
	require.Contains(t, page, "1 messages to 1 addresses")
	require.Contains(t, page, `href="/messages/`+id+`"`)

	status, page = b.do(t, http.MethodGet, "/messages/"+id, "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Hello there.")
	require.Contains(t, page, "outreach-1")
	require.Contains(t, page, `srcdoc="&lt;p title=`)
	require.NotContains(t, page, "<script")

	// The form answers as the contact, and shows the message again.
	answer, err := b.client.PostForm(b.server.URL()+"/messages/"+id, url.Values{"text": {"An answer"}})
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "/messages/"+id, answer.Request.URL.Path)
	require.Equal(t, "An answer", *b.messagesTo(t, "ava@example.com")[0].Replies[0].Text)

	status, _ = b.do(t, http.MethodGet, "/messages/none", "")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = b.do(t, http.MethodGet, "/none", "")
	require.Equal(t, http.StatusNotFound, status)
}
