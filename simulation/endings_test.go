package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// One-time: done when a provider has taken the outreach. What comes later is recorded, and changes nothing.
func TestOneTimeDone(t *testing.T) {
	t.Parallel()
	for name, channel := range map[string]option{"e-mail": func(*start) {}, "text": byText} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, channel)
			w.at(moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone) })
			w.at(time.Hour, func() { w.report(models.EventDelivered, "") })
			w.at(2*time.Hour, func() { w.reply("Thank you!") })
			w.run(day)
			w.requireSent(epoch())
			w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
			row := w.row()
			require.Equal(t, 1, row.Attempts)
			require.Equal(t, models.OutcomeReplied, *row.LastOutcome)
			require.Len(t, row.Replies, 1)
		})
	}
}

// One-time by phone: done when the call has ended, however it did.
func TestOneTimeDoneWithTheCall(t *testing.T) {
	t.Parallel()
	for event, outcome := range map[models.EventType]models.Outcome{
		models.EventCompleted: models.OutcomeAnswered, models.EventBusy: models.OutcomeBusy,
		models.EventNoAnswer: models.OutcomeNoAnswer, models.EventFailed: models.OutcomeFailed,
	} {
		t.Run(string(event), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, byPhone)
			w.at(20*time.Second, func() { w.report(models.EventRinging, "") })
			w.at(30*time.Second, func() {
				w.requireWaits(models.WaitOutcome, after(time.Hour))
				w.requireStatus(models.ContactExecuting)
			})
			w.at(time.Minute, func() { w.report(event, "") })
			w.at(time.Minute+moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone) })
			w.run(day)
			w.requireSent(epoch())
			require.Equal(t, outcome, *w.row().LastOutcome)
		})
	}
}

// A call whose end nobody reports keeps its contact for an hour.
func TestCallWithoutAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byPhone)
	w.at(59*time.Minute, func() { w.requireWaits(models.WaitOutcome, after(time.Hour)) })
	w.at(time.Hour+moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone) })
	w.run(day)
	w.requireSent(epoch())
}

// Nobody can say whether it was sent: nothing is sent again, and after the time for proof the contact is done, unconfirmed.
func TestOneTimeDoneUnconfirmed(t *testing.T) {
	t.Parallel()
	for name, channel := range map[string]option{"e-mail": func(*start) {}, "text": byText, "call": byPhone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, channel)
			w.outside.answer = failing(always, models.FailureInDoubt, "timeout", 0)
			w.at(14*time.Minute, func() { w.requireWaits(models.WaitProof, after(unconfirmedAfter)) })
			w.at(16*time.Minute, func() {
				w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
				require.True(t, w.row().Unconfirmed)
				require.Equal(t, 1, w.row().Attempts)
			})
			w.at(time.Hour, func() { w.report(models.EventDelivered, "") })
			w.run(day)
			w.requireSent(epoch())
			require.False(t, w.row().Unconfirmed, "late proof is proof")
		})
	}
}

// Proof in time ends the wait for it at once.
func TestProofInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outside.answer = failing(always, models.FailureInDoubt, "timeout", 0)
	w.at(time.Minute, func() { w.report(models.EventProcessed, "") })
	w.at(time.Minute+moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone) })
	w.run(time.Hour)
	w.requireSent(epoch())
	require.False(t, w.row().Unconfirmed)
}

// A follow-up ends with its last attempt, once a reply to that could have been answered.
func TestAttemptsUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(3, 24))
	w.at(2*day+time.Hour, func() {
		w.requireWaits(models.WaitReply, after(3*day))
		w.requireStatus(models.ContactPlanning)
		w.reply("I shall call you.")
	})
	w.at(2*day+2*time.Hour, func() { w.requireWaits(models.WaitReply, after(3*day)) })
	w.at(3*day+moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonAttemptsUsed) })
	w.run(10 * day)
	w.requireSent(epoch(), after(day), after(2*day))
}

// The AI may end a follow-up, but not before it began.
func TestPlannerDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(10, 24))
	w.planner.answer = func(n int, request models.PlanRequest) (models.Plan, error) {
		if len(request.Replies) > 0 {
			return models.Plan{Decision: models.DecideComplete, Reason: "An appointment was made."}, nil
		}
		return planned(n, request), nil
	}
	w.at(30*time.Hour, func() { w.reply("I have an appointment, thank you.") })
	w.at(30*time.Hour+moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonPlannerDone) })
	w.run(10 * day)
	w.requireSent(epoch(), after(day))
	asked := w.planner.asked()
	require.False(t, asked[0].MayComplete)
	require.True(t, asked[1].MayComplete)
}

// At the campaign's end unfinished contacts are completed, whatever they wait for, in the moment it comes.
func TestCampaignEnded(t *testing.T) {
	t.Parallel()
	ends := settings(func(c *models.Campaign) { c.EndDate = new("2026-03-04") })
	for name, waits := range map[string][]option{
		"start": {manual}, "approval": {reviewed}, "time": {scheduled(30 * day)}, "next attempt": {followUp(3, 200)},
		"reply": {followUp(1, 200)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(waits, ends)...)
			w.at(utc("03-04 23:59").Sub(epoch()), w.requireOpen)
			w.at(utc("03-05 00:00").Sub(epoch())+moment, func() {
				w.requireEnded(models.ContactCompleted, models.ReasonCampaignEnded)
			})
			w.run(10 * day)
		})
	}
	t.Run("disabled", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, manual, ends)
		w.at(time.Hour, func() { w.contactControl(models.ContactDisable) })
		w.run(10 * day)
		w.requireEnded(models.ContactCompleted, models.ReasonCampaignEnded)
	})
	t.Run("paused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, manual, ends)
		w.at(time.Hour, func() { w.control(models.ControlPause) })
		w.run(10 * day)
		w.requireEnded(models.ContactCompleted, models.ReasonCampaignEnded)
	})
}

// An end date that is moved while contacts wait holds from then on: later, they go on; earlier, they end by it.
func TestCampaignEndIsMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduled(5*day), settings(func(c *models.Campaign) { c.EndDate = new("2026-03-04") }))
	w.at(day, func() { w.patch(func(c *models.Campaign) { c.EndDate = new("2026-03-31") }) })
	w.run(10 * day)
	w.requireSent(after(5 * day))

	w = newWorld(t, scheduled(5*day))
	w.at(day, func() { w.patch(func(c *models.Campaign) { c.EndDate = new("2026-03-04") }) })
	w.run(10 * day)
	w.requireSent()
	w.requireEnded(models.ContactCompleted, models.ReasonCampaignEnded)
}

// A contact that is added after the end waits, and goes on when the date is moved.
func TestAddedAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, absent, settings(func(c *models.Campaign) { c.EndDate = new("2026-03-04") }))
	w.at(5*day, w.add)
	w.at(6*day, func() {
		w.requireRow(models.WaitCampaignEnded)
		w.requireStatus(models.ContactNotStarted)
		w.patch(func(c *models.Campaign) { c.EndDate = new("2026-03-31") })
	})
	w.run(10 * day)
	w.requireSent(after(6 * day))
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
}

// Archiving completes whoever is unfinished, whatever they wait for.
func TestCampaignArchived(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string][]option{
		"start": {manual}, "approval": {reviewed}, "time": {scheduled(30 * day)}, "next attempt": {followUp(3, 200)},
		"not taken in": {draft},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, waits...)
			w.at(2*day, func() { w.control(models.ControlArchive) })
			w.run(3 * day)
			row := w.row()
			require.Equal(t, models.ContactCompleted, row.Status)
			require.Equal(t, models.ReasonCampaignArchived, *row.StatusReason)
			if name != "not taken in" {
				w.requireEnded(models.ContactCompleted, models.ReasonCampaignArchived)
			}
		})
	}
	t.Run("paused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(5*time.Hour))
		w.at(time.Hour, func() { w.control(models.ControlPause) })
		w.at(day, func() { w.control(models.ControlArchive) })
		w.run(3 * day)
		w.requireEnded(models.ContactCompleted, models.ReasonCampaignArchived)
		w.requireSent()
	})
}

// STOP ends the contact, whether it waits or is done, and suppresses each of its addresses.
func TestOptedOut(t *testing.T) {
	t.Parallel()
	t.Run("waiting", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, followUp(10, 24))
		w.at(time.Hour, func() { w.reply("STOP") })
		w.at(time.Hour+moment, func() { w.requireEnded(models.ContactDisqualified, models.ReasonOptedOut) })
		w.run(10 * day)
		w.requireSent(epoch())
		rows, total, err := w.Suppressions(t.Context(), models.SuppressionFilter{Page: models.Page{Number: 1, PerPage: 50}})
		require.NoError(t, err)
		require.Equal(t, 3, total, "%v", rows) // text, phone, e-mail
	})
	t.Run("done", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, byText)
		w.at(time.Hour, func() { w.reply("STOP") })
		w.run(day)
		row := w.row()
		require.Equal(t, models.ContactDisqualified, row.Status)
		require.Equal(t, models.ReasonOptedOut, *row.StatusReason)
		w.requireOver()
	})
	t.Run("while it is sent", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, followUp(10, 24))
		w.outside.answer = func(int, sent) error {
			_, err := w.RecordReply(t.Context(), models.InboundMessage{
				Channel: models.ChannelText, From: number, Text: "STOP", OptOut: true, At: w.env.Now(), ProviderID: "reply",
			})
			return err
		}
		w.run(10 * day)
		w.requireSent(epoch())
		w.requireEnded(models.ContactDisqualified, models.ReasonOptedOut)
	})
}

// An address that was suppressed elsewhere is not used: the contact goes on with what is left, else it ends.
func TestSuppressedElsewhere(t *testing.T) {
	t.Parallel()
	suppress := func(w *world, channel models.Channel, address string, reason models.SuppressionReason) {
		_, err := w.AddSuppression(w.t.Context(), models.SuppressionChannel(channel), address, reason, "test")
		require.NoError(w.t, err)
	}
	t.Run("nothing is left", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(day))
		w.at(time.Hour, func() {
			suppress(w, models.ChannelEmail, email, models.SuppressedUnsubscribe)
			w.sweep()
		})
		w.at(time.Hour+moment, func() { w.requireEnded(models.ContactDisqualified, models.ReasonOptedOut) })
		w.run(2 * day)
		w.requireSent()
	})
	t.Run("nobody was told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(day))
		w.at(time.Hour, func() { suppress(w, models.ChannelEmail, email, models.SuppressedUnsubscribe) })
		w.run(2 * day)
		w.requireSent()
		w.requireEnded(models.ContactDisqualified, models.ReasonOptedOut)
	})
	t.Run("a channel is left", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, byAll, scheduled(day))
		w.at(time.Hour, func() {
			suppress(w, models.ChannelEmail, email, models.SuppressedUnsubscribe)
			w.sweep()
		})
		w.run(2 * day)
		w.requireChannels(models.ChannelText)
		w.requireSent(after(day))
	})
	t.Run("by a STOP to another campaign", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, followUp(10, 24))
		w.at(time.Hour, w.elsewhere)
		w.at(2*time.Hour, func() {
			w.replyByEmail("STOP")
			w.requireStatus(models.ContactAwaitingExecution) // it answered the other campaign
			w.sweep()
		})
		w.at(2*time.Hour+moment, func() { w.requireEnded(models.ContactDisqualified, models.ReasonOptedOut) })
		w.run(10 * day)
		w.requireSent(epoch())
	})
	t.Run("a dead address", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(day))
		w.at(time.Hour, func() {
			suppress(w, models.ChannelEmail, email, models.SuppressedManual)
			w.sweep()
		})
		w.run(2 * day)
		w.requireSent()
		w.requireEnded(models.ContactDisqualified, models.ReasonUnreachable)
	})
}

// A channel that refuses for good is followed by the next, for the same attempt; refused by each, the contact ends.
func TestFallback(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusals int
		channels []models.Channel
		attempts int
	}{
		"the second takes it": {1, []models.Channel{models.ChannelEmail, models.ChannelText}, 1},
		"the third takes it":  {2, []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}, 1},
		"nobody takes it":     {3, []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, byAll)
			w.outside.answer = failing(c.refusals, models.FailureRejected, "400", 0)
			w.at(time.Minute, func() {
				if c.refusals == 2 {
					w.report(models.EventCompleted, "")
				}
			})
			w.run(day)
			w.requireChannels(c.channels...)
			if c.attempts == 0 {
				w.requireEnded(models.ContactDisqualified, models.ReasonUnreachable)
			} else {
				w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
			}
			require.Equal(t, c.attempts, w.row().Attempts)
			for _, past := range w.row().History {
				require.Equal(t, 1, past.Attempt)
			}
		})
	}
}

// In a follow-up a refusal does not stop the next attempt from trying the channel again.
func TestFallbackInAFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byAll, followUp(2, 24))
	w.outside.answer = failing(1, models.FailureRejected, "400", 0)
	w.run(5 * day)
	w.requireChannels(models.ChannelEmail, models.ChannelText, models.ChannelEmail)
	w.requireSent(epoch(), epoch(), after(day))
	w.requireEnded(models.ContactCompleted, models.ReasonAttemptsUsed)
}

// Who cannot be reached by any of the campaign's channels is not even planned.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byText, func(s *start) { s.person.Phone = nil })
	w.run(time.Hour)
	w.requireEnded(models.ContactDisqualified, models.ReasonUnreachable)
	require.Empty(t, w.planner.asked())
}

// An address that bounces is dead: a follow-up is planned anew on what is left.
func TestBounceInAFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byAll, followUp(2, 24))
	w.at(time.Hour, func() {
		w.requireWaits(models.WaitNextAttempt, after(day))
		w.report(models.EventBounced, "5.1.1")
	})
	w.at(time.Hour+moment, func() {
		w.requireWaits(models.WaitNextAttempt, after(day))
		require.Equal(t, models.ChannelText, w.row().NextOutreach.Channel)
	})
	w.run(5 * day)
	w.requireChannels(models.ChannelEmail, models.ChannelText)

	w = newWorld(t, followUp(2, 24))
	w.at(time.Hour, func() { w.report(models.EventBounced, "5.1.1") })
	w.at(time.Hour+moment, func() { w.requireEnded(models.ContactDisqualified, models.ReasonUnreachable) })
	w.run(5 * day)
}

// Who does not meet the rules is disqualified before anything is planned, and who no longer does, before it is sent.
func TestNotEligible(t *testing.T) {
	t.Parallel()
	rule := func(c *models.Campaign) {
		c.Eligibility.Rules = []models.EligibilityRule{{Field: "plan", Op: models.OpEqual, Value: "gold"}}
	}
	with := func(value string) option {
		return func(s *start) { s.person.Properties = map[string]any{"plan": value} }
	}
	t.Run("by the rules", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings(rule), with("silver"))
		w.run(day)
		w.requireEnded(models.ContactDisqualified, models.ReasonNotEligible)
		require.Empty(t, w.planner.asked())

		w = newWorld(t, settings(rule), with("gold"))
		w.run(day)
		w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
	})
	t.Run("by rules that were added", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(day), with("silver"))
		w.at(time.Hour, func() { w.patch(rule) })
		w.at(2*time.Hour, func() { w.requireEnded(models.ContactDisqualified, models.ReasonNotEligible) })
		w.run(2 * day)
		w.requireSent()
	})
	t.Run("by the AI's judgement", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings(func(c *models.Campaign) { c.Eligibility.Prompt = new("Only adults.") }))
		w.planner.answer = func(_ int, request models.PlanRequest) (models.Plan, error) {
			require.Equal(t, "Only adults.", request.EligibilityPrompt)
			return models.Plan{Decision: models.DecideNotEligible, Reason: "A child."}, nil
		}
		w.run(day)
		w.requireSent()
		w.requireEnded(models.ContactDisqualified, models.ReasonNotEligible)
	})
}

// An operator ends a contact, whatever it waits for; what is under way is still recorded.
func TestEndedByOperator(t *testing.T) {
	t.Parallel()
	for control, status := range map[models.ContactControl]models.ContactStatus{
		models.ContactComplete: models.ContactCompleted, models.ContactDisqualify: models.ContactDisqualified,
	} {
		t.Run(string(control), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, followUp(10, 24))
			w.at(time.Hour, func() { w.contactControl(control) })
			w.at(time.Hour+moment, func() { w.requireEnded(status, models.ReasonByOperator) })
			w.run(10 * day)
			w.requireSent(epoch())

			w = newWorld(t)
			w.outside.answer = failing(always, models.FailureInDoubt, "timeout", 0)
			w.at(time.Minute, func() { w.contactControl(control) })
			w.at(2*time.Minute, func() { w.report(models.EventDelivered, "") })
			w.run(time.Hour)
			w.requireSent(epoch())
			w.requireEnded(status, models.ReasonByOperator)
			require.Equal(t, 1, w.row().Attempts)
		})
	}
}

// The source of a contact may end it too.
func TestEndedByItsSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual)
	w.at(time.Hour, func() {
		w.person.Status = new(models.ContactCompleted)
		w.add()
	})
	w.at(time.Hour+moment, func() { w.requireEnded(models.ContactCompleted, models.ReasonByAPI) })
	w.run(day)
	w.requireSent()
}

// A removed contact's workflow ends as cancelled. Added again, it comes back with its attempts, and goes on from there.
func TestRemovedAndAddedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(3, 24))
	w.at(time.Hour, func() {
		w.requireWaits(models.WaitNextAttempt, after(day))
		w.remove()
	})
	w.at(time.Hour+moment, w.requireCancelled)
	w.at(10*day, func() {
		_, err := w.Contact(t.Context(), w.campaignID, w.contactID)
		require.Equal(t, models.CodeNotFound, models.ErrorCode(err))
		id := w.contactID
		w.add()
		require.Equal(t, id, w.contactID, "it is the same contact")
	})
	w.run(20 * day)
	w.requireSent(epoch(), after(10*day), after(11*day))
	w.requireEnded(models.ContactCompleted, models.ReasonAttemptsUsed)
	require.Equal(t, 3, w.row().Attempts)
	require.Len(t, w.ends, 2)
}

// Removed while it is sent, and added again: the outreach counts, and is not repeated.
func TestRemovedInTheSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outside.answer = failing(1, models.FailureInDoubt, "timeout", 0)
	w.at(time.Minute, w.remove)
	w.at(time.Minute+moment, w.requireCancelled)
	w.at(2*time.Minute, w.add)
	w.at(3*time.Minute, func() { w.requireWaits(models.WaitProof, after(unconfirmedAfter)) })
	w.run(day)
	w.requireSent(epoch())
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
}
