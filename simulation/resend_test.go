package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// unconfirmed is a world that is over, with an outreach of which nobody can say whether it was sent.
func unconfirmed(t *testing.T, options ...option) (w *world, outreachID string) {
	t.Helper()
	w = newWorld(t, options...)
	w.outside.answer = failing(1, models.FailureInDoubt, "timeout", 0)
	w.run(time.Hour)
	require.True(t, w.row().Unconfirmed)
	return w, w.row().History[0].ID
}

// resend asks for a resend of the outreach.
func (w *world) resend(outreachID string) string {
	w.t.Helper()
	id, err := w.Resend(w.t.Context(), w.campaignID, w.contactID, outreachID)
	require.NoError(w.t, err)
	return id
}

// An unconfirmed outreach is sent again as an operator asks: the same text, the same attempt, and once.
func TestResend(t *testing.T) {
	t.Parallel()
	w, outreachID := unconfirmed(t)
	id := w.resend(outreachID)
	_, err := w.Resend(t.Context(), w.campaignID, w.contactID, outreachID)
	require.Equal(t, models.CodeInvalidTransition, models.ErrorCode(err), "it is being resent")
	require.True(t, w.runResend(id))
	w.requireSent(epoch(), after(time.Hour))
	w.requireBodies(textOf(1), textOf(1))
	row := w.row()
	require.Equal(t, 1, row.Attempts)
	require.False(t, row.Unconfirmed)
	require.Equal(t, models.ContactCompleted, row.Status)
	_, err = w.Resend(t.Context(), w.campaignID, w.contactID, outreachID)
	require.Equal(t, models.CodeInvalidTransition, models.ErrorCode(err), "it was resent")
}

// A resend keeps to pause, disabling, window and provider as any outreach does, and goes when they let it.
func TestResendWaits(t *testing.T) {
	t.Parallel()
	t.Run("paused", func(t *testing.T) {
		t.Parallel()
		w, outreachID := unconfirmed(t)
		id := w.resend(outreachID)
		set := func(control models.Control) {
			_, err := w.Control(t.Context(), w.campaignID, control, models.ControlOptions{})
			require.NoError(t, err)
		}
		set(models.ControlPause)
		require.True(t, w.runResend(id, func() { set(models.ControlResume) }))
		w.requireSent(epoch(), after(2*time.Hour))
	})
	t.Run("the provider is away", func(t *testing.T) {
		t.Parallel()
		w, outreachID := unconfirmed(t)
		w.outside.answer = func(n int, call sent) error {
			if n == 2 {
				return failing(always, models.FailureLimit, "429", 3*time.Hour)(n, call)
			}
			return nil
		}
		require.True(t, w.runResend(w.resend(outreachID)))
		w.requireSent(epoch(), after(time.Hour), after(4*time.Hour))
	})
	t.Run("the window is closed", func(t *testing.T) {
		t.Parallel()
		w, outreachID := unconfirmed(t, byText, scheduled(0), settings(func(c *models.Campaign) {
			c.Windows = models.Windows{models.ChannelText: {{Days: []string{"mon", "tue"}, Start: "09:00", End: "10:30"}}}
		}))
		require.True(t, w.runResend(w.resend(outreachID)))
		w.requireSent(epoch(), utc("03-03 09:00"))
	})
	t.Run("in doubt again", func(t *testing.T) {
		t.Parallel()
		w, outreachID := unconfirmed(t)
		w.outside.answer = failing(always, models.FailureInDoubt, "timeout", 0)
		id := w.resend(outreachID)
		require.True(t, w.runResend(id))
		w.requireSent(epoch(), after(time.Hour))
		require.True(t, w.row().Unconfirmed)
		require.Equal(t, 1, w.row().Attempts)
		w.resend(id)
	})
}

// An opt-out, or the campaign's end, ends a resend that waits.
func TestResendIsOver(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(*world) error{
		"opted out": func(w *world) error {
			_, err := w.RecordReply(w.t.Context(), models.InboundMessage{
				Channel: models.ChannelEmail, From: email, Text: "STOP", OptOut: true, At: w.now(), ProviderID: "reply",
			})
			return err
		},
		"archived": func(w *world) error {
			_, err := w.Control(w.t.Context(), w.campaignID, models.ControlArchive, models.ControlOptions{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, outreachID := unconfirmed(t)
			id := w.resend(outreachID)
			_, err := w.Control(t.Context(), w.campaignID, models.ControlPause, models.ControlOptions{})
			require.NoError(t, err)
			require.True(t, w.runResend(id, func() { require.NoError(t, ends(w)) }))
			w.requireSent(epoch())
		})
	}
}
