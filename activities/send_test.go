package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Success: accepted with the provider's id, an attempt, and the one-time contact is done. What is sent is what was planned.
func TestSendSucceeds(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	step, err := b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.Step{Do: models.DoFinish, Status: models.ContactCompleted, Reason: models.ReasonOneTimeDone}, step)
	require.Equal(t, []models.Email{{
		OutreachID: request.OutreachID, CampaignID: request.CampaignID, From: canary + "@sender.example", FromName: canary,
		To: canary + "0@people.example", ToName: canary + " " + canary, Subject: canary, Text: canary,
		CampaignType: models.CampaignOneTime, BusinessName: canary, PostalAddress: canary,
	}}, s.calls)

	o, c := b.outreach(request.OutreachID), b.contact(request.ContactID)
	require.Equal(t, models.OutreachAccepted, o.State)
	require.Equal(t, "provider-1", *o.ProviderID)
	require.Equal(t, models.ContactCompleted, c.Status)
	require.Equal(t, 1, c.Attempts)

	// Asked again, it sends nothing.
	step, err = b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Len(t, s.calls, 1)
}

// Provably not taken: the claim is given back before the activity returns. Short delays stay with Temporal, longer ones and
// refused credentials go back to the workflow, which waits.
func TestSendIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind       models.FailureKind
		code       string
		retryAfter time.Duration
		failures   int           // before this one
		again      time.Duration // that Temporal waits; 0: the workflow does
		reason     models.WaitingReason
		waits      time.Duration
	}{
		"limit without a time":      {models.FailureLimit, "429", 0, 0, time.Second, models.WaitProviderLimit, time.Second},
		"limit, again":              {models.FailureLimit, "429", 0, 3, 8 * time.Second, models.WaitProviderLimit, 8 * time.Second},
		"limit, short":              {models.FailureLimit, "429", 7 * time.Second, 0, 7 * time.Second, models.WaitProviderLimit, 7 * time.Second},
		"limit, a minute":           {models.FailureLimit, "429", time.Minute, 0, time.Minute, models.WaitProviderLimit, time.Minute},
		"limit, over a minute":      {models.FailureLimit, "503", 61 * time.Second, 0, 0, models.WaitProviderLimit, 61 * time.Second},
		"limit, long":               {models.FailureLimit, "429", 2 * time.Hour, 0, 0, models.WaitProviderLimit, 2 * time.Hour},
		"limit, many times":         {models.FailureLimit, "429", 0, 6, 0, models.WaitProviderLimit, 64 * time.Second},
		"limit, for ever":           {models.FailureLimit, "429", 0, 40, 0, models.WaitProviderLimit, 15 * time.Minute},
		"no connection":             {models.FailureDown, "connection_refused", 0, 0, time.Second, models.WaitProviderDown, time.Second},
		"no connection, many times": {models.FailureDown, "dial", 0, 7, 0, models.WaitProviderDown, 128 * time.Second},
		"credentials":               {models.FailureAuth, "401", 0, 0, 0, models.WaitProviderAuth, time.Minute},
		"forbidden, again":          {models.FailureAuth, "403", 0, 2, 0, models.WaitProviderAuth, 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBench(t), &sender{answer: fails(c.kind, c.code, c.retryAfter)}
			request := b.ready(b.live())
			require.NoError(t, b.db.Model(&models.Outreach{}).Where("id = ?", request.OutreachID).
				Update("failures", c.failures).Error)
			before := b.clock.Now()
			step, err := b.send(s, request)
			if c.again > 0 {
				requireAgain(t, err, c.again)
			} else {
				require.NoError(t, err)
				require.Equal(t, models.DoWait, step.Do)
				require.Equal(t, c.reason, step.Waiting.Reason)
				require.Equal(t, models.DoSend, step.Then)
				require.WithinDuration(t, before.Add(c.waits), *step.Waiting.Until, 10*time.Second)
			}
			o, contact := b.outreach(request.OutreachID), b.contact(request.ContactID)
			require.Equal(t, models.OutreachPlanned, o.State)
			require.Nil(t, o.ClaimToken)
			require.Nil(t, o.ClaimedAt)
			require.Equal(t, c.code, *o.ResultCode)
			require.Contains(t, *o.ErrorDetail, canary, "the provider's words are kept in the database")
			require.Zero(t, contact.Attempts)
			require.Equal(t, models.ContactAwaitingExecution, contact.Status)
			require.Equal(t, c.reason, *contact.WaitingReason, "the wait is recorded")

			// The next try passes the whole claim again, and is refused until the time has come.
			s.answer = nil
			step, err = b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, c.reason, step.Waiting.Reason)
			require.Len(t, s.calls, 1)
			b.clock.Move(c.waits)
			step, err = b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, models.DoFinish, step.Do)
			require.Equal(t, 1, b.contact(request.ContactID).Attempts)
			require.Len(t, s.calls, 2)
			require.Zero(t, b.outreach(request.OutreachID).Failures)
		})
	}
}

// Given back while the campaign was paused, the contact waits for that, and Temporal tries nothing.
func TestSendIsGivenBackInAPausedCampaign(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	s.answer = func(ctx context.Context, email models.Email) (string, error) {
		b.control(ctx, request.CampaignID, models.ControlPause)
		return fails(models.FailureLimit, "429", time.Second)(ctx, email)
	}
	step, err := b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	require.Equal(t, models.OutreachPlanned, b.outreach(request.OutreachID).State)

	// Refused after a pause, too.
	step, err = b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	require.Len(t, s.calls, 1)
}

// What was in flight when the campaign was paused or archived is recorded as what it is.
func TestSendSucceedsInAPausedCampaign(t *testing.T) {
	t.Parallel()
	for control, reason := range map[models.Control]models.StatusReason{
		models.ControlPause: models.ReasonOneTimeDone, models.ControlArchive: models.ReasonCampaignArchived,
	} {
		t.Run(string(control), func(t *testing.T) {
			t.Parallel()
			b, s := newBench(t), &sender{}
			request := b.ready(b.live())
			s.answer = func(ctx context.Context, _ models.Email) (string, error) {
				b.control(ctx, request.CampaignID, control)
				return "provider-1", nil
			}
			step, err := b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, models.DoFinish, step.Do)
			require.Equal(t, reason, step.Reason)
			require.Equal(t, models.OutreachAccepted, b.outreach(request.OutreachID).State)
			require.Equal(t, 1, b.contact(request.ContactID).Attempts)
		})
	}
}

// Any other 4xx: rejected with its code, no attempt; with no channel left the contact is unreachable.
func TestSendIsRejected(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{answer: fails(models.FailureRejected, "400", 0)}
	request := b.ready(b.live())
	step, err := b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.Step{
		Do: models.DoFinish, Status: models.ContactDisqualified, Reason: models.ReasonUnreachable,
	}, step)
	o := b.outreach(request.OutreachID)
	require.Equal(t, models.OutreachRejected, o.State)
	require.Equal(t, "400", *o.ResultCode)
	require.Contains(t, *o.ErrorDetail, canary)
	require.Zero(t, b.contact(request.ContactID).Attempts)

	step, err = b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Len(t, s.calls, 1)
}

// Any other 5xx, a time-out, a broken answer, or what the adapter should never return: nobody can say whether it was taken.
// Nothing is sent again; the contact waits for proof, then the outreach is unknown, and counts.
func TestSendIsInDoubt(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(context.Context, models.Email) (string, error){
		"500":        fails(models.FailureInDoubt, "500", 0),
		"bad answer": fails(models.FailureBadAnswer, "json", 0),
		"no provider error": func(context.Context, models.Email) (string, error) {
			return "", errors.New("lost " + canary)
		},
		"unknown kind": fails("unheard_of", "x", 0),
		"time-out": func(ctx context.Context, _ models.Email) (string, error) {
			<-ctx.Done()
			return "", &models.ProviderError{Kind: models.FailureInDoubt, Code: "timeout"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBench(t), &sender{answer: answer}
			request := b.ready(b.live())
			claimed := b.clock.Now()
			step, err := b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, models.DoWait, step.Do)
			require.Equal(t, models.WaitProof, step.Waiting.Reason)
			require.Equal(t, models.DoLook, step.Then)
			require.WithinDuration(t, claimed.Add(unconfirmedAfter), *step.Waiting.Until, 10*time.Second)
			require.Equal(t, models.OutreachSubmitting, b.outreach(request.OutreachID).State)

			step, err = b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, models.WaitProof, step.Waiting.Reason)
			require.Len(t, s.calls, 1, "nothing is sent twice")

			b.clock.Move(unconfirmedAfter)
			step, err = b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, models.ReasonOneTimeDone, step.Reason)
			require.Len(t, s.calls, 1)
			require.Equal(t, models.OutreachUnknown, b.outreach(request.OutreachID).State)
			c := b.contact(request.ContactID)
			require.True(t, c.Unconfirmed)
			require.Equal(t, 1, c.Attempts)
		})
	}
}

// The call is given its time, and no more.
func TestSendHasADeadline(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	s.answer = func(ctx context.Context, _ models.Email) (string, error) {
		deadline, there := ctx.Deadline()
		require.True(t, there)
		require.LessOrEqual(t, time.Until(deadline), sendTimeout)
		return "provider-1", nil
	}
	_, err := b.send(s, request)
	require.NoError(t, err)
}

// A claim that has grown old before the call, as on a machine that slept, is given back: the call might outlive the activity.
func TestSendOfAnOldClaim(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	b.clock.Move(-sendTimeout - 30*time.Second) // what is claimed now was claimed then
	require.NoError(t, b.db.Model(&models.Outreach{}).Where("id = ?", request.OutreachID).
		Update("send_at", b.clock.Now().Add(-time.Hour)).Error)
	_, err := b.send(s, request)
	requireAgain(t, err, time.Second)
	require.Empty(t, s.calls)
	o := b.outreach(request.OutreachID)
	require.Equal(t, models.OutreachPlanned, o.State)
	require.Equal(t, "claim_too_old", *o.ResultCode)
	require.Zero(t, b.contact(request.ContactID).Attempts)

	b.clock.Move(sendTimeout + time.Minute)
	step, err := b.send(s, request)
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Len(t, s.calls, 1)
}

// A worker that died between claim and result: its activity is tried again, finds the outreach submitting, and sends nothing.
func TestSendAfterACrash(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	_, claim, _, err := b.Claim(t.Context(), claimOf(request))
	require.NoError(t, err)
	require.NotNil(t, claim)
	for range 3 {
		step, err := b.send(s, request)
		require.NoError(t, err)
		require.Equal(t, models.WaitProof, step.Waiting.Reason)
	}
	require.Empty(t, s.calls)

	// The provider had it: an event proves it, and the contact is done.
	wakes := b.report(b.t.Context(), request, models.EventDelivered)
	require.Equal(t, request.ContactID, wakes[0].ContactID)
	step, err := execute[models.Step](b, b.contacts().LookContact, request.ContactRef)
	require.NoError(t, err)
	require.Equal(t, models.ReasonOneTimeDone, step.Reason)
	require.Equal(t, models.OutreachDelivered, b.outreach(request.OutreachID).State)
	require.Empty(t, s.calls)
}

func claimOf(request workflows.SendRequest) store.ClaimRequest {
	return store.ClaimRequest{
		CampaignID: request.CampaignID, ContactID: request.ContactID,
		OutreachID: request.OutreachID, Attempt: request.Attempt,
	}
}

// report stores an event of the provider's.
func (b *bench) report(ctx context.Context, request workflows.SendRequest, event models.EventType) []models.Wake {
	b.t.Helper()
	wakes, err := b.RecordEvents(ctx, []models.ProviderEvent{{
		OutreachID: request.OutreachID, ProviderID: "provider-1", Type: event, At: b.clock.Now(), Code: "code",
		Detail: canary, DedupeKey: fmt.Sprintf("%s %s", request.OutreachID, event),
	}})
	require.NoError(b.t, err)
	return wakes
}

// An event that overtakes the answer: whatever the answer says, what the event proved stays, nothing is given back, and the
// attempt counts once.
func TestSendIsOvertakenByAnEvent(t *testing.T) {
	t.Parallel()
	answers := map[string]func(context.Context, models.Email) (string, error){
		"success":  nil,
		"limit":    fails(models.FailureLimit, "429", time.Second),
		"auth":     fails(models.FailureAuth, "401", 0),
		"down":     fails(models.FailureDown, "reset", 0),
		"rejected": fails(models.FailureRejected, "400", 0),
		"in doubt": fails(models.FailureInDoubt, "500", 0),
	}
	for event, state := range map[models.EventType]models.OutreachState{
		models.EventProcessed: models.OutreachAccepted,
		models.EventDelivered: models.OutreachDelivered,
		models.EventBounced:   models.OutreachFailed,
	} {
		for name, answer := range answers {
			t.Run(string(event)+" before "+name, func(t *testing.T) {
				t.Parallel()
				b, s := newBench(t), &sender{}
				request := b.ready(b.live())
				s.answer = func(ctx context.Context, email models.Email) (string, error) {
					b.report(ctx, request, event)
					if answer == nil {
						return "provider-1", nil
					}
					return answer(ctx, email)
				}
				step, err := b.send(s, request)
				require.NoError(t, err)
				require.Equal(t, models.ReasonOneTimeDone, step.Reason)
				require.Equal(t, state, b.outreach(request.OutreachID).State)
				require.Equal(t, 1, b.contact(request.ContactID).Attempts)
				require.Equal(t, 1, b.outreaches(request.ContactID))
			})
		}
	}
}

// An answer that comes when the claim is unknown already: proof is proof, and anything else takes nothing back.
func TestSendIsAnsweredTooLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(context.Context, models.Email) (string, error)
		state  models.OutreachState
	}{
		"success":  {nil, models.OutreachAccepted},
		"limit":    {fails(models.FailureLimit, "429", time.Second), models.OutreachUnknown},
		"rejected": {fails(models.FailureRejected, "400", 0), models.OutreachUnknown},
		"in doubt": {fails(models.FailureInDoubt, "500", 0), models.OutreachUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBench(t), &sender{}
			request := b.ready(b.live())
			s.answer = func(ctx context.Context, email models.Email) (string, error) {
				b.clock.Move(unconfirmedAfter + time.Second)
				_, err := b.Look(ctx, request.CampaignID, request.ContactID, "run-1")
				require.NoError(t, err)
				require.Equal(t, models.OutreachUnknown, b.outreach(request.OutreachID).State)
				if c.answer == nil {
					return "provider-1", nil
				}
				return c.answer(ctx, email)
			}
			step, err := b.send(s, request)
			require.NoError(t, err)
			require.Equal(t, models.DoFinish, step.Do)
			require.Equal(t, c.state, b.outreach(request.OutreachID).State)
			contact := b.contact(request.ContactID)
			require.Equal(t, 1, contact.Attempts)
			require.Equal(t, c.state == models.OutreachUnknown, contact.Unconfirmed)
		})
	}
}

// What a claim refuses is the contact's next step, and nothing is sent.
func TestSendIsRefused(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	refused := func(request workflows.SendRequest) models.Step {
		t.Helper()
		step, err := b.send(s, request)
		require.NoError(t, err)
		require.Empty(t, s.calls)
		return step
	}

	campaign := b.live(manual)
	request := b.ready(campaign)
	require.Equal(t, models.WaitStartOutreaches, refused(request).Waiting.Reason)

	behind := b.ready(b.live())
	behind.Attempt = 2
	require.Equal(t, models.WaitLedgerBehind, refused(behind).Waiting.Reason)
	require.Equal(t, models.WaitLedgerBehind, *b.contact(behind.ContactID).WaitingReason)

	other := b.ready(b.live())
	stale := other
	stale.OutreachID = request.OutreachID
	step := refused(stale)
	require.Equal(t, models.DoSend, step.Do, "another outreach is the one to send")
	require.Equal(t, other.OutreachID, step.OutreachID)

	removed := b.ready(b.live())
	_, err := b.RemoveContact(t.Context(), removed.CampaignID, removed.ContactID)
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, refused(removed).Do)

	unknown := other
	unknown.ContactID = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
	_, err = b.send(s, unknown)
	requireCode(t, err, models.CodeNotFound)
	require.Empty(t, s.calls)
}

// What the provider answered is written down though the worker is stopping.
func TestSendIsWrittenDownByAStoppingWorker(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	ctx, stop := context.WithCancel(t.Context())
	s.answer = func(context.Context, models.Email) (string, error) {
		stop()
		return "provider-1", nil
	}
	step, err := b.emails(s).SendEmail(ctx, request)
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Equal(t, models.OutreachAccepted, b.outreach(request.OutreachID).State)
}

// A database that fails gives an error without a word of it: it may quote what it was given.
func TestFailuresOfTheDatabase(t *testing.T) {
	t.Parallel()
	b, s := newBench(t), &sender{}
	request := b.ready(b.live())
	require.NoError(t, b.db.Exec(`DROP TABLE outreach_versions`).Error)
	before := b.log.String()
	_, err := b.send(s, request)
	require.Error(t, err)
	require.ErrorContains(t, err, "the activity failed; the log says why")
	require.NotEqual(t, before, b.log.String())
	require.Empty(t, s.calls)
	require.Equal(t, models.OutreachPlanned, b.outreach(request.OutreachID).State, "the claim was not committed")
}
