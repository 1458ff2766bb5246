package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
	"beckon/workflows"
)

const (
	plan = workflows.ActivityPlan
	send = workflows.ActivitySendEmail
	look = workflows.ActivityLookContact
)

// A contact of an automatic campaign: planned, sent, done. It shows itself once, at its end: writes of visibility are dear.
func TestContactIsPlannedAndSent(t *testing.T) {
	t.Parallel()
	b := newContactBench(t, turn{activity: plan, step: stepSend(1)}, turn{activity: send, step: stepDone()})
	require.NoError(t, b.run())
	require.Equal(t, []workflows.SendRequest{{ContactRef: b.refs[0], OutreachID: outreachID, Attempt: 1, Channel: models.ChannelEmail}}, b.sends)
	require.Equal(t, []string{"completed "}, b.upserts)
	require.Empty(t, b.timers)
}

// Whatever the row says at first is what the contact does: it may be finished, wait, or want a send at once.
func TestContactBeginsFromItsRow(t *testing.T) {
	t.Parallel()
	b := newContactBench(t, turn{activity: plan, step: stepDone()})
	require.NoError(t, b.run())

	b = newContactBench(t, turn{activity: plan, step: stepSend(3)}, turn{activity: send, step: stepDone()})
	require.NoError(t, b.run())
	require.Equal(t, 3, b.sends[0].Attempt)
}

// A wait with a time ends when it has come, with what is to follow then; nobody need call.
func TestContactWaitsForATime(t *testing.T) {
	t.Parallel()
	b := newContactBench(t,
		turn{activity: plan, step: stepWait(models.WaitScheduledTime, time.Hour, models.DoSend)},
		turn{activity: send, step: stepWait(models.WaitProviderLimit, 3*time.Hour, models.DoSend)},
		turn{activity: send, step: stepWait(models.WaitProof, 4*time.Hour, models.DoLook)},
		turn{activity: look, step: stepWait(models.WaitPlannerError, 5*time.Hour, models.DoPlan)},
		turn{activity: plan, step: stepDone()},
	)
	b.state(30*time.Minute, func(state workflows.ContactState) {
		require.Equal(t, models.DoWait, state.Step.Do)
		require.Equal(t, models.WaitScheduledTime, state.Step.Waiting.Reason)
		require.Equal(t, "Waiting for the outreach's planned time. Until 2026-03-02T11:00:00Z.", state.Detail)
		require.NotEmpty(t, state.RunID)
		require.True(t, state.Since.Equal(epoch()))
	})
	require.NoError(t, b.run())
	require.Equal(t, []time.Duration{time.Hour, 2 * time.Hour, time.Hour, time.Hour}, b.timers)
	require.Equal(t, []time.Duration{0, time.Hour, 3 * time.Hour, 4 * time.Hour, 5 * time.Hour}, b.at)
	require.Equal(t, outreachID, b.sends[1].OutreachID, "the wait kept what it was for")
	require.Equal(t, []string{
		"awaiting_execution scheduled_time", "awaiting_execution provider_limit", "executing proof", "planning planner_error",
		"completed ",
	}, b.upserts)
}

// A wait without a time lasts until somebody calls, and the row is read then.
func TestContactIsWoken(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		workflows.SignalWake, workflows.SignalRevise, workflows.SignalComplete, workflows.SignalDisqualify,
		workflows.SignalDelivery,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t,
				turn{activity: plan, step: stepWait(models.WaitStartOutreaches, 0, models.DoSend)},
				turn{activity: look, step: stepSend(1)},
				turn{activity: send, step: stepDone()},
			)
			b.signal(40*24*time.Hour, name, revision(7))
			require.NoError(t, b.run())
			require.Empty(t, b.timers)
			require.Equal(t, 40*24*time.Hour, b.at[1])
		})
	}
}

// A call during a wait with a time leads to the row, not to what was to follow; the time is forgotten.
func TestContactIsWokenBeforeItsTime(t *testing.T) {
	t.Parallel()
	cancelled := 0
	b := newContactBench(t,
		turn{activity: plan, step: stepWait(models.WaitScheduledTime, time.Hour, models.DoSend)},
		turn{activity: look, step: stepWait(models.WaitCampaignPaused, 0, models.DoLook)},
		turn{activity: look, step: stepDone()},
	)
	b.env.SetOnTimerCanceledListener(func(string) { cancelled++ })
	b.signal(time.Minute, workflows.SignalWake, revision(2))
	b.signal(3*time.Hour, workflows.SignalWake, revision(3))
	require.NoError(t, b.run())
	require.Equal(t, []time.Duration{0, time.Minute, 3 * time.Hour}, b.at)
	require.Equal(t, 1, cancelled)
}

// Calls that come together are one reason to look, and so are calls that come twice.
func TestContactLooksOnceForManyCalls(t *testing.T) {
	t.Parallel()
	b := newContactBench(t,
		turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoSend)},
		turn{activity: look, step: stepWait(models.WaitApproval, 0, models.DoSend)},
		turn{activity: look, step: stepDone()},
	)
	b.env.RegisterDelayedCallback(func() {
		for range 10 {
			b.env.SignalWorkflowSkippingWorkflowTask(workflows.SignalWake, revision(2))
			b.env.SignalWorkflowSkippingWorkflowTask(workflows.SignalDelivery, revision(2))
		}
		b.env.SignalWorkflow(workflows.SignalWake, revision(2))
	}, time.Minute)
	b.signal(time.Hour, workflows.SignalWake, revision(3))
	require.NoError(t, b.run())
}

// A call while an activity runs means: look again when it returns, since what it answered may be old by then.
func TestContactIsCalledDuringAnActivity(t *testing.T) {
	t.Parallel()
	for _, name := range []string{plan, send, look} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t)
			call := func() { b.env.SignalWorkflow(workflows.SignalWake, revision(2)) }
			before := map[string][]turn{
				plan: nil,
				send: {{activity: plan, step: stepSend(1)}},
				look: {{activity: plan, step: stepWait(models.WaitApproval, time.Hour, models.DoLook)}},
			}
			b.script = slices.Concat(before[name], []turn{
				{activity: name, step: stepWait(models.WaitProviderLimit, 2*time.Hour, models.DoSend), during: call},
				{activity: look, step: stepDone()},
			})
			require.NoError(t, b.run())
			if name != look { // which is read without a drain before the wait, and so begins to wait
				require.Empty(t, b.timers)
				require.Equal(t, []string{"completed "}, b.upserts, "the wait that is over is not shown")
			}
		})
	}
}

// A call during an activity whose answer goes on by itself costs nothing: whoever called had written the row before, and the
// next activity reads it.
func TestContactIsCalledOnItsWay(t *testing.T) {
	t.Parallel()
	b := newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepSend(1), during: func() { b.env.SignalWorkflow(workflows.SignalWake, revision(2)) }},
		{activity: send, step: stepWait(models.WaitCampaignPaused, time.Hour, models.DoLook)},
		{activity: look, step: stepDone()},
	}
	require.NoError(t, b.run())
	require.Len(t, b.timers, 1, "it waits for the hour")
}

// A call that comes while the contact ends is answered: the row may say otherwise by now.
func TestContactIsCalledWhileItEnds(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]models.Step{"finished": stepDone(), "removed": stepRemoved()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t)
			b.script = []turn{
				{activity: plan, step: ending, during: func() { b.env.SignalWorkflow(workflows.SignalWake, revision(5)) }},
				{activity: look, step: stepWait(models.WaitStartOutreaches, 0, models.DoSend)},
				{activity: look, step: stepDone()},
			}
			b.signal(time.Hour, workflows.SignalWake, revision(6))
			require.NoError(t, b.run())
		})
	}
}

// A removed contact's workflow ends as cancelled, so that it may start again; that is no failure, and no success.
func TestRemovedContactIsCancelled(t *testing.T) {
	t.Parallel()
	b := newContactBench(t, turn{activity: plan, step: stepRemoved()})
	err := b.run()
	cancelled := &temporal.CanceledError{}
	require.ErrorAs(t, err, &cancelled)
	require.Empty(t, b.upserts)
}

// Somebody cancels it: it ends at once, whatever it waits for, and may start again.
func TestContactIsCancelledByHand(t *testing.T) {
	t.Parallel()
	for name, until := range map[string]time.Duration{"a time": 5 * time.Hour, "an event": 0} {
		t.Run("waits for "+name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t, turn{activity: plan, step: stepWait(models.WaitStartOutreaches, until, models.DoSend)})
			b.env.RegisterDelayedCallback(b.env.CancelWorkflow, time.Hour)
			cancelled := &temporal.CanceledError{}
			require.ErrorAs(t, b.run(), &cancelled)
			require.Equal(t, time.Hour, b.env.Now().Sub(epoch()))
		})
	}
}

// An activity that Temporal must not try again fails the workflow, so that its campaign may start it again.
func TestContactFails(t *testing.T) {
	t.Parallel()
	notFound := temporal.NewNonRetryableApplicationError("not_found", "not_found", nil)
	b := newContactBench(t, turn{activity: plan, err: notFound})
	err := b.run()
	failed := &temporal.ApplicationError{}
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "not_found", failed.Type())
	cancelled := &temporal.CanceledError{}
	require.NotErrorAs(t, err, &cancelled)
}

// A step that this worker does not know, as of a newer one, fails the workflow task: it is tried again, and neither ends the
// contact nor turns in a circle.
func TestContactOfANewerWorker(t *testing.T) {
	t.Parallel()
	for _, unknown := range []models.Do{"call", ""} {
		b := newContactBench(t, turn{activity: plan, step: models.Step{Do: unknown}})
		err := b.run()
		panicked := &temporal.PanicError{}
		require.ErrorAs(t, err, &panicked)
		require.ErrorContains(t, err, "no such step")
	}
}

// An activity that fails for now is tried again, for as long as it takes.
func TestContactOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	away := temporal.NewApplicationError("the activity failed; the log says why", "internal")
	script := []turn{}
	for range 8 { // the test environment gives up when all tries together outlast StartToClose; a server does not
		script = append(script, turn{activity: plan, err: away})
	}
	script = append(script, turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoSend)})
	for range 30 {
		script = append(script, turn{activity: look, err: away})
	}
	script = append(script, turn{activity: look, step: stepDone()})
	b := newContactBench(t, script...)
	b.signal(24*time.Hour, workflows.SignalWake, revision(2))
	require.NoError(t, b.run())
}

// The number of the attempt that a claim is told never falls below what the workflow saw made, whatever the row says: a
// ledger that was restored from a backup refuses then.
func TestContactRemembersItsAttempts(t *testing.T) {
	t.Parallel()
	b := newContactBench(t,
		turn{activity: plan, step: stepSend(1)},
		turn{activity: send, step: stepPlan(2)},
		turn{activity: plan, step: stepSend(2)},
		turn{activity: send, step: stepPlan(3)},
		turn{activity: plan, step: stepSend(1)}, // the ledger has forgotten two
		turn{activity: send, step: stepWait(models.WaitLedgerBehind, 0, models.DoLook)},
		turn{activity: look, step: stepSend(1)}, // a call does not make it forget
		turn{activity: send, step: stepDone()},
	)
	b.signal(time.Hour, workflows.SignalWake, revision(9))
	require.NoError(t, b.run())
	attempts := []int{}
	for _, request := range b.sends {
		attempts = append(attempts, request.Attempt)
	}
	require.Equal(t, []int{1, 2, 3, 3}, attempts)
}

// An attempt that waits for proof may have been sent: it counts, though a restored ledger does not know it, and though a
// call came before the contact waited.
func TestContactRemembersAnAttemptInDoubt(t *testing.T) {
	t.Parallel()
	for name, called := range map[string]bool{"Waiting": false, "CalledBefore": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t)
			b.script = []turn{
				{activity: plan, step: stepSend(1)},
				{activity: send, step: stepWait(models.WaitProof, time.Hour, models.DoLook), during: func() {
					if called {
						b.env.SignalWorkflow(workflows.SignalWake, revision(4))
					}
				}},
				{activity: look, step: stepSend(1)}, // the ledger has forgotten it
				{activity: send, step: stepDone()},
			}
			require.NoError(t, b.run())
			require.Equal(t, 2, b.sends[1].Attempt)
		})
	}
}

// Temporal says when a history is long enough; the next run knows the attempts, and begins from the row.
func TestContactContinuesAsNew(t *testing.T) {
	t.Parallel()
	b := newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepSend(1)},
		{activity: send, step: stepPlan(2)},
		{activity: plan, step: stepWait(models.WaitNextAttempt, time.Hour, models.DoSend), during: func() {
			b.env.SetContinueAsNewSuggested(true)
			b.env.SignalWorkflow(workflows.SignalWake, revision(4))
		}},
	}
	next := continued[workflows.ContactInput](t, b.run(), workflows.ContactWorkflow)
	require.Equal(t, workflows.ContactInput{CampaignID: campaignID, ContactID: contactID, Attempt: 1}, next)
	require.Empty(t, b.timers)

	b = newContactBench(t, turn{activity: plan, step: stepSend(1)}, turn{activity: send, step: stepDone()})
	require.NoError(t, b.run(next))
	require.Equal(t, 2, b.sends[0].Attempt, "the ledger must know the first")
}

// A run that is to end in the middle of a wait does so when the wait does: by its time, or by a call, which is not lost
// since the next run reads the row.
func TestContactContinuesAsNewInAWait(t *testing.T) {
	t.Parallel()
	for name, wake := range map[string]time.Duration{"by its time": 0, "by a call": 30 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t, turn{activity: plan, step: stepWait(models.WaitScheduledTime, time.Hour, models.DoSend)})
			b.env.RegisterDelayedCallback(func() { b.env.SetContinueAsNewSuggested(true) }, time.Minute)
			if wake > 0 {
				b.signal(wake, workflows.SignalWake, revision(2))
			}
			next := continued[workflows.ContactInput](t, b.run(), workflows.ContactWorkflow)
			require.Equal(t, workflows.ContactInput{CampaignID: campaignID, ContactID: contactID}, next)
		})
	}
}

// The campaign's end interrupts a longer wait: the row is read then.
func TestContactLooksAtTheCampaignsEnd(t *testing.T) {
	t.Parallel()
	ends := epoch().Add(2 * time.Hour)
	for name, until := range map[string]time.Duration{"a time": 5 * time.Hour, "an event": 0} {
		t.Run("waits for "+name, func(t *testing.T) {
			t.Parallel()
			waits := stepWait(models.WaitStartOutreaches, until, models.DoSend)
			waits.CheckAt = &ends
			b := newContactBench(t, turn{activity: plan, step: waits}, turn{activity: look, step: stepDone()})
			require.NoError(t, b.run())
			require.Equal(t, []time.Duration{0, 2 * time.Hour}, b.at)
		})
	}
	later := epoch().Add(3 * time.Hour)
	waits := stepWait(models.WaitScheduledTime, 2*time.Hour, models.DoSend)
	waits.CheckAt = &later
	b := newContactBench(t, turn{activity: plan, step: waits}, turn{activity: send, step: stepDone()})
	require.NoError(t, b.run())
}

// Clocks differ: where the activities' clock is behind, a time that has come for the workflow has not come for the row.
// The workflow must not ask without pause until it has: each question is an event.
func TestContactIsPatientWithAnotherClock(t *testing.T) {
	t.Parallel()
	waits := stepWait(models.WaitProof, -30*time.Second, models.DoLook)
	b := newContactBench(t,
		turn{activity: plan, step: waits}, turn{activity: look, step: waits}, turn{activity: look, step: waits},
		turn{activity: look, step: stepDone()},
	)
	require.NoError(t, b.run())
	require.GreaterOrEqual(t, b.at[3], 3*time.Second)
	require.Len(t, b.timers, 3)
}

// undecodable are inputs that no SignalPayload is: people type them in Temporal's Web UI, and other services send them.
func undecodable() map[string]any {
	return map[string]any{
		"nothing":          nil,
		"a bare word":      "now",
		"a number":         7,
		"a list":           []string{"x"},
		"another revision": map[string]any{"revision": "seven"},
		"no JSON": converter.NewRawValue(&commonpb.Payload{
			Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`{"revision":`),
		}),
		"an encoding of others": converter.NewRawValue(&commonpb.Payload{
			Metadata: map[string][]byte{"encoding": []byte("binary/encrypted")}, Data: []byte{0xff, 0x00},
		}),
		"no encoding": converter.NewRawValue(&commonpb.Payload{Data: []byte("?")}),
	}
}

// A contact looks at its row whatever a signal carries.
func TestContactHearsEverySignal(t *testing.T) {
	t.Parallel()
	for name, payload := range undecodable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t)
			b.script = []turn{
				{activity: plan, step: stepWait(models.WaitStartOutreaches, 0, models.DoSend)},
				{activity: look, step: stepSend(1)},
				{activity: send, step: stepWait(models.WaitProof, 0, models.DoLook), during: func() {
					b.env.SignalWorkflow(workflows.SignalDelivery, payload)
				}},
				{activity: look, step: stepDone()},
			}
			b.signal(time.Minute, workflows.SignalWake, payload)
			require.NoError(t, b.run())
		})
	}
}

// continued wants the workflow to have continued as new, and returns what the next run is given.
func continued[In any](t *testing.T, err error, workflowType string) In {
	t.Helper()
	next := &workflow.ContinueAsNewError{}
	require.ErrorAs(t, err, &next)
	require.Equal(t, workflowType, next.WorkflowType.Name)
	input := *new(In)
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &input))
	return input
}
