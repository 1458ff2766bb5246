package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func unsubscribePath(t *testing.T) string {
	t.Helper()
	return "/u/" + testSecret(t).Token(models.PurposeUnsubscribe, outreachID)
}

// subscribed is an API whose outreach was sent to somebody.
func subscribed(t *testing.T) *testBundle {
	t.Helper()
	b := setup(t)
	b.store.subscriptions = map[string]models.Subscription{
		outreachID: {BusinessName: "Ada & <Sons>", Address: "jane.doe@example.com"},
	}
	b.store.replyWakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 3}}
	return b
}

// Programs that look for harm follow every link: looking changes nothing.
func TestUnsubscribeAsks(t *testing.T) {
	t.Parallel()
	b := subscribed(t)
	for range 3 {
		page := b.request(http.MethodGet, unsubscribePath(t), "")
		require.Equal(t, http.StatusOK, page.status)
		require.Equal(t, "text/html; charset=UTF-8", page.header.Get("Content-Type"))
		text := string(page.body)
		require.Contains(t, text, "Ada &amp; &lt;Sons&gt;")
		require.Contains(t, text, "j***@example.com")
		require.NotContains(t, text, "jane")
		require.Regexp(t, `<form method="post">.*<button type="submit" name="List-Unsubscribe" value="One-Click">`, text)
		require.Equal(t, 1, strings.Count(text, "<form"))
		require.NotContains(t, text, "<script")
		require.Contains(t, page.header.Get("Content-Security-Policy"), "form-action 'self'")
		require.Equal(t, "no-store", page.header.Get("Cache-Control"))
		head := b.request(http.MethodHead, unsubscribePath(t), "")
		require.Equal(t, http.StatusOK, head.status)
	}
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
}

// A post acts at once, whatever it says, as often as it comes, and leads nowhere else.
func TestUnsubscribeActs(t *testing.T) {
	t.Parallel()
	for name, post := range map[string][2]string{
		"one click": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"multipart": {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"},
		"nothing":   {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := subscribed(t)
			for n := range 2 {
				answer := b.request(http.MethodPost, unsubscribePath(t), post[1], withType(post[0]), func(r *http.Request) {
					r.Header.Del("X-Api-Key")
				})
				require.Equal(t, http.StatusOK, answer.status)
				require.Contains(t, string(answer.body), "You are unsubscribed")
				require.Empty(t, answer.header.Get("Location"))
				require.Empty(t, answer.header.Get("Set-Cookie"))
				require.Len(t, b.store.unsubscribed, n+1)
			}
			require.Equal(t, outreachID, b.store.unsubscribed[0])
			require.Equal(t, "delivery campaign/c/contact/k 3", b.workflows.heard()[0])
			require.NotContains(t, b.log.String(), unsubscribePath(t), "whoever reads the log must not be able to follow it")
		})
	}
}

// It holds though no workflow can be told.
func TestUnsubscribeWithoutTemporal(t *testing.T) {
	t.Parallel()
	b := subscribed(t)
	b.workflows.fails = models.Errorf(models.CodeUnavailable, "away")
	require.Equal(t, http.StatusOK, b.request(http.MethodPost, unsubscribePath(t), "").status)
	require.Len(t, b.store.unsubscribed, 1)
}

// A link that is none of ours has a page that says so, and changes nothing.
func TestUnsubscribeUnknown(t *testing.T) {
	t.Parallel()
	b := subscribed(t)
	for name, path := range map[string]string{
		"cut off":       unsubscribePath(t)[:40],
		"made up":       "/u/" + strings.Repeat("a", 48),
		"another's":     "/u/" + testSecret(t).Token(models.PurposeReply, outreachID),
		"of nothing":    "/u/" + testSecret(t).Token(models.PurposeUnsubscribe, newID()),
		"no characters": "/u/%00%ff",
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				page := b.request(method, path, "")
				require.Equal(t, http.StatusNotFound, page.status)
				require.Contains(t, string(page.body), "not known")
			}
		})
	}
	require.Empty(t, b.store.unsubscribed)
}

// What was not stored is no success.
func TestUnsubscribeThatCannotBeStored(t *testing.T) {
	t.Parallel()
	b := subscribed(t)
	b.store.fails = http.ErrServerClosed
	answer := b.request(http.MethodPost, unsubscribePath(t), "")
	require.Equal(t, http.StatusInternalServerError, answer.status)
	require.Empty(t, b.store.unsubscribed)
}
