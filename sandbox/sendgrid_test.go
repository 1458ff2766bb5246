package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSendGridSend(t *testing.T) {
	t.Parallel()

	t.Run("Accepted", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		answer, err := b.send(t, testMail("ava@example.com", "outreach-1"))
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answer.StatusCode)
		require.Empty(t, answer.Body)
		require.Len(t, answer.Headers["X-Message-Id"], 1)

		messages := b.messagesTo(t, "ava@example.com")
		require.Len(t, messages, 1)
		message := messages[0]
		require.Equal(t, "outreach-1", *message.OutreachID)
		require.Equal(t, answer.Headers["X-Message-Id"][0], message.ProviderID)

		events := b.webhook.waitFor(t, "ava@example.com", 2)
		require.Equal(t, []string{"processed", "delivered"}, names(events))
	})
}
