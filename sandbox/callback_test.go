package sandbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/sandbox"
)

// countingLog counts warnings.
type countingLog struct {
	warnings atomic.Int64
}

func (l *countingLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *countingLog) Handle(_ context.Context, record slog.Record) error {
	if record.Level == slog.LevelWarn {
		l.warnings.Add(1)
	}

	return nil
}

func (l *countingLog) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *countingLog) WithGroup(string) slog.Handler { return l }

func TestCallbacksAreRepeated(t *testing.T) {
	t.Parallel()

	t.Run("UntilTaken", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.webhook.answerWith(func(post int) int {
			return map[int]int{1: http.StatusInternalServerError, 2: http.StatusFound, 3: http.StatusForbidden}[post] +
				map[bool]int{true: http.StatusNoContent}[post > 3]
		})
		_, err := b.send(t, testMail("ava@example.com", "1"))
		require.NoError(t, err)
		require.Equal(t, []string{"processed", "delivered"}, names(b.webhook.waitFor(t, "ava@example.com", 2)))
		require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
	})

	t.Run("AroundOneThatIsNeverTaken", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		// Beckon might choke on one event; the others must not wait for it.
		b.webhook.refuseAddress("poison@example.com")
		for _, name := range []string{"one", "poison", "two"} {
			_, err := b.send(t, testMail(name+"@example.com", "1"))
			require.NoError(t, err)
		}
		b.webhook.waitFor(t, "one@example.com", 2)
		b.webhook.waitFor(t, "two@example.com", 2)
		require.Equal(t, 2, b.stats(t).CallbacksPending)
		b.webhook.refuseAddress("")
		b.webhook.waitFor(t, "poison@example.com", 2)
	})
}

func TestRestart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, name := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(b.config.DataFile + name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds a private key")
	}
	b.webhook.answerWith(func(int) int { return http.StatusServiceUnavailable })
	for i := range 5 {
		_, err := b.send(t, testMail(fmt.Sprintf("c%d@example.com", i), "1"))
		require.NoError(t, err)
	}
	before, key := b.messagesTo(t, "c1@example.com"), b.server.SendGridPublicKey()
	b.stop(t)
	b.webhook.answerWith(func(int) int { return http.StatusOK })
	b.start(t)

	require.Equal(t, key, b.server.SendGridPublicKey())
	require.Equal(t, before, b.messagesTo(t, "c1@example.com"))
	require.Equal(t, 5, b.stats(t).Messages)
	for i := range 5 {
		events := b.webhook.waitFor(t, fmt.Sprintf("c%d@example.com", i), 2)
		require.Equal(t, []string{"processed", "delivered"}, names(events))
	}
	require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
}

func TestCallbacksWithoutAnybodyThere(t *testing.T) {
	t.Parallel()
	log := &countingLog{}
	b := setup(t, func(c *sandbox.Config) { c.Logger = slog.New(log) })
	b.webhook.close()
	_, err := b.send(t, testMail("ava@example.com", "1"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return log.warnings.Load() > 3 }, patience, interval)
	require.Equal(t, 2, b.stats(t).CallbacksPending)

	// Whoever comes later, at another place, gets what was due.
	b.stop(t)
	b.webhook = newWebhook(t)
	b.config.EventsURL = b.webhook.url
	b.start(t)
	b.webhook.waitFor(t, "ava@example.com", 2)
}
