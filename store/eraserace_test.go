package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func eraseRaceCases() []testCase {
	return []testCase{
		{"RaceEraseAndClaim", testRaceEraseClaim},
		{"RaceEraseAndEverything", testRaceEraseEverything},
	}
}

// testRaceEraseClaim erases contacts while they are claimed: whoever comes first, a claim that is granted has its whole
// message, one after the erasure is refused, and nothing of the person is left.
func testRaceEraseClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail))
	granted, refused := 0, 0
	for range sized(races(t)) / 4 {
		id := b.taken(t, c.ID, marked())[0]
		request := b.requestOf(c.ID, id, b.planMarked(t, models.ChannelEmail, c.ID, id))
		var step models.Step
		var claim *store.Claim
		var message *models.Message
		var erased models.Erasure
		requireNoErrors(t, together(
			func() (err error) {
				step, claim, message, err = b.Claim(t.Context(), request)
				return err
			},
			func() (err error) {
				erased, err = b.EraseContact(t.Context(), c.ID, id, models.EraseOptions{})
				return err
			},
		))
		require.True(t, erased.Changed)
		if claim == nil {
			refused++
			require.Equal(t, models.DoRemoved, step.Do, step.String())
			require.Zero(t, erased.InFlight)
			continue
		}
		granted++
		require.Equal(t, markedEmail, message.Email.To)
		require.Equal(t, "Zqbody", message.Email.Text)
		require.Equal(t, 1, erased.InFlight)
		_, err := b.Reject(t.Context(), claim, markedFailure(models.FailureRejected))
		require.NoError(t, err)
	}
	b.requireGone(t)
	t.Logf("%d claims granted, %d refused", granted, refused)
}

// testRaceEraseEverything erases a contact while it is planned, sent to, answers, is reported of, edited and changed.
func testRaceEraseEverything(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, everyChannel)
	number := atomic.Int64{}
	// What another finds gone, or forbidden by now, is as it should be.
	soft := func(err error) error {
		if code := models.ErrorCode(err); code != "" && code != models.CodeInternal {
			return nil
		}
		return err
	}
	for range sized(races(t)) / 10 {
		id := b.taken(t, c.ID, marked())[0]
		claim := b.claimed(t, b.requestOf(c.ID, id, b.planMarked(t, models.ChannelText, c.ID, id)))
		runs := []func() error{
			func() error {
				_, err := b.EraseContact(t.Context(), c.ID, id, models.EraseOptions{})
				return err
			},
			func() error {
				_, err := b.Reject(t.Context(), claim, markedFailure(models.FailureRejected))
				return err
			},
			func() error {
				_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run-1")
				if err != nil || request == nil {
					return err
				}
				_, err = b.StorePlan(t.Context(), c.ID, id, *request, markedPlan(models.ChannelEmail, request.Now))
				return err
			},
			func() error {
				_, err := b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error {
					c.LastName = "Zqmarried"
					return nil
				})
				return soft(err)
			},
			func() error {
				_, _, err := b.ContactControl(t.Context(), c.ID, id, models.ContactDisable,
					models.ContactControlOptions{Note: "Zqnote"})
				return soft(err)
			},
			func() error {
				_, err := b.EditOutreach(t.Context(), c.ID, id, models.OutreachEdit{Version: 1, Body: new("Zqedit")})
				return soft(err)
			},
		}
		runs = append(runs, times(3, func(i int) error {
			_, err := b.RecordEvents(t.Context(), []models.ProviderEvent{{
				OutreachID: claim.OutreachID, Type: models.EventFailed, At: time.Now(), Code: "30003", Detail: "Zqevent",
				DedupeKey: fmt.Sprint("event-", i),
			}})
			return err
		})...)
		runs = append(runs, times(3, func(i int) error {
			text := []string{"Zqanswer", "STOP", "START"}[i]
			message := b.message(markedPhone, text)
			message.ProviderID = fmt.Sprint("message-", number.Add(1))
			_, err := b.RecordReply(t.Context(), message)
			return err
		})...)
		requireNoErrors(t, together(runs...))
		b.requireGone(t)
		require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error)
	}
}
