package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"beckon/models"
	"beckon/workflows"
)

// contactControls lists the signals that are controls where they carry no revision.
func contactControls() []string {
	return []string{
		workflows.SignalApprove, workflows.SignalEnable, workflows.SignalDisable, workflows.SignalComplete,
		workflows.SignalDisqualify,
	}
}

// A control without a revision is carried out once, in the transaction that the API uses, under a key of its own; then the
// row is read.
func TestSignalledContactControls(t *testing.T) {
	t.Parallel()
	for _, name := range contactControls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t,
				turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook)},
				turn{activity: look, step: stepWait(models.WaitApproval, 0, models.DoLook)},
				turn{activity: look, step: stepDone()},
			)
			b.signal(time.Hour, name, map[string]any{"version": 3})
			b.signal(2*time.Hour, name, nil)
			require.NoError(t, b.run())
			require.Len(t, b.asked, 2)
			for i, request := range b.asked {
				require.Equal(t, b.refs[0], request.ContactRef)
				require.Equal(t, models.ContactControl(name), request.Control)
				require.Equal(t, i+1, request.Number)
			}
			require.Equal(t, 3, b.asked[0].Version)
			require.Zero(t, b.asked[1].Version)
		})
	}
}

// requireContactKeys wants every control to have a key: the run, its name, and its number among those of that name, from 1.
func requireContactKeys(t require.TestingT, asked []workflows.ContactControlRequest) {
	numbers := map[models.ContactControl]int{}
	for _, request := range asked {
		numbers[request.Control]++
		require.NotEmpty(t, request.RunID)
		require.Equal(t, asked[0].ContactRef, request.ContactRef)
		require.Equal(t, numbers[request.Control], request.Number, "%s", request.Control)
	}
}

// With a revision each means "look at your row"; those that are no controls mean that whatever they carry.
func TestContactSignalsThatAreNoControls(t *testing.T) {
	t.Parallel()
	none := map[string]any{
		workflows.SignalWake: nil, workflows.SignalRevise: nil, workflows.SignalReply: "STOP", workflows.SignalDelivery: nil,
	}
	for _, name := range contactControls() {
		none[name] = revision(0)
	}
	for name, payload := range none {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t,
				turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook)}, turn{activity: look, step: stepDone()})
			b.signal(time.Hour, name, payload)
			require.NoError(t, b.run())
			require.Empty(t, b.asked)
		})
	}
}

// Whatever else a control carries, it carries no revision, and is carried out; none blocks the workflow or is lost.
func TestContactControlsWithUndecodablePayloads(t *testing.T) {
	t.Parallel()
	for name, payload := range undecodable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContactBench(t)
			b.script = []turn{
				{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook), during: func() {
					b.env.SignalWorkflow(workflows.SignalDisable, payload)
				}},
				{activity: look, step: stepWait(models.WaitDisabled, 0, models.DoLook)},
				{activity: look, step: stepDone()},
			}
			b.signal(time.Hour, workflows.SignalEnable, payload)
			require.NoError(t, b.run())
			require.Len(t, b.asked, 2)
		})
	}
}

// A control that the table refuses fails nothing: the row is read, and the contact goes on.
func TestRefusedContactControls(t *testing.T) {
	t.Parallel()
	b := newContactBench(t,
		turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook)},
		turn{activity: look, step: stepWait(models.WaitApproval, 0, models.DoLook)},
		turn{activity: look, step: stepDone()},
	)
	b.control = func(request workflows.ContactControlRequest) (bool, error) {
		if request.Control == models.ContactApprove {
			return false, temporal.NewNonRetryableApplicationError("stale_version", "stale_version", nil)
		}
		return true, nil
	}
	b.signal(time.Hour, workflows.SignalApprove, nil)
	b.signal(2*time.Hour, workflows.SignalComplete, nil)
	require.NoError(t, b.run())
	require.Len(t, b.asked, 2)
}

// A control outlives an outage of the database: it is tried again with the same key.
func TestContactControlOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	b := newContactBench(t,
		turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook)}, turn{activity: look, step: stepDone()})
	b.control = func(workflows.ContactControlRequest) (bool, error) {
		if len(b.asked) < 4 {
			return false, temporal.NewApplicationError("the activity failed; the log says why", "internal")
		}
		return true, nil
	}
	b.signal(time.Hour, workflows.SignalDisable, nil)
	require.NoError(t, b.run())
	require.Len(t, b.asked, 4)
	for _, request := range b.asked {
		require.Equal(t, b.asked[0], request)
	}
}

// What came together during an activity is carried out with what ends the contact last.
func TestContactControlsThatComeTogether(t *testing.T) {
	t.Parallel()
	b := newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook), during: func() {
			for _, name := range []string{
				workflows.SignalDisqualify, workflows.SignalComplete, workflows.SignalDisable, workflows.SignalEnable,
				workflows.SignalApprove,
			} {
				b.env.SignalWorkflow(name, nil)
			}
		}},
		{activity: look, step: stepDone()},
	}
	require.NoError(t, b.run())
	carried := []string{}
	for _, request := range b.asked {
		carried = append(carried, string(request.Control))
	}
	require.Equal(t, contactControls(), carried)
}

// A control during an activity is carried out when that returns, and the row read before anything else, whatever the activity
// answered: a contact that was disabled meanwhile is not sent to.
func TestContactControlDuringAnActivity(t *testing.T) {
	t.Parallel()
	b := newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepSend(1), during: func() { b.env.SignalWorkflow(workflows.SignalDisable, nil) }},
		{activity: look, step: stepWait(models.WaitDisabled, 0, models.DoLook)},
		{activity: look, step: stepDone()},
	}
	b.signal(time.Hour, workflows.SignalComplete, nil)
	require.NoError(t, b.run())
	require.Empty(t, b.sends)
	requireContactKeys(t, b.asked)
}

// A control in the last moment of a run is carried out before it ends, or continues as new.
func TestContactControlInTheLastMoment(t *testing.T) {
	t.Parallel()
	b := newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook), during: func() {
			b.env.SetContinueAsNewSuggested(true)
		}},
	}
	b.signal(time.Hour, workflows.SignalDisable, nil)
	continued[workflows.ContactInput](t, b.run(), workflows.ContactWorkflow)
	require.Empty(t, b.asked, "it continued before")

	b = newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepDone(), during: func() { b.env.SignalWorkflow(workflows.SignalDisqualify, nil) }},
		{activity: look, step: stepDone()},
	}
	require.NoError(t, b.run())
	require.Len(t, b.asked, 1)

	b = newContactBench(t)
	b.script = []turn{
		{activity: plan, step: stepPlan(1), during: func() {
			b.env.SetContinueAsNewSuggested(true)
			b.env.SignalWorkflow(workflows.SignalDisable, nil)
		}},
	}
	b.control = func(workflows.ContactControlRequest) (bool, error) {
		if len(b.asked) == 1 {
			b.env.SignalWorkflow(workflows.SignalComplete, nil)
		}
		return true, nil
	}
	continued[workflows.ContactInput](t, b.run(), workflows.ContactWorkflow)
	require.Len(t, b.asked, 2, "the one that came while the other was carried out too")
}

// Whenever controls come, in whatever number and with whatever else, each is carried out exactly once.
func TestNoContactControlIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b := newContactBench(t, turn{activity: plan, step: stepWait(models.WaitApproval, 0, models.DoLook)})
		for range 200 {
			b.script = append(b.script, turn{activity: look, step: stepWait(models.WaitApproval, 0, models.DoLook)})
		}
		want := map[models.ContactControl]int{}
		for range rapid.IntRange(1, 30).Draw(r, "signals") {
			name := rapid.SampledFrom(append(contactControls(), workflows.SignalWake)).Draw(r, "name")
			at := time.Duration(rapid.IntRange(0, 10).Draw(r, "after")) * time.Second
			known := rapid.Bool().Draw(r, "with a revision")
			b.env.RegisterDelayedCallback(func() {
				if known {
					b.env.SignalWorkflow(name, revision(1))
				} else {
					b.env.SignalWorkflow(name, nil)
				}
			}, at)
			if !known && name != workflows.SignalWake {
				want[models.ContactControl(name)]++
			}
		}
		b.env.RegisterDelayedCallback(b.env.CancelWorkflow, time.Hour)
		b.env.ExecuteWorkflow(workflows.ContactWorkflow, workflows.ContactInput{CampaignID: campaignID, ContactID: contactID})
		carried := map[models.ContactControl]int{}
		for _, request := range b.asked {
			carried[request.Control]++
		}
		require.Equal(r, want, carried)
		requireContactKeys(r, b.asked)
	})
}

// Each channel has its activity, on its own queue; a channel that an operator changed meanwhile waits for that one's turn.
func TestContactSendsByEachChannel(t *testing.T) {
	t.Parallel()
	for channel, activity := range map[models.Channel]string{
		models.ChannelEmail: workflows.ActivitySendEmail, models.ChannelText: workflows.ActivitySendText,
		models.ChannelPhone: workflows.ActivityMakeCall,
	} {
		t.Run(string(channel), func(t *testing.T) {
			t.Parallel()
			by := func(channel models.Channel) models.Step {
				step := stepSend(1)
				step.Channel = channel
				return step
			}
			b := newContactBench(t,
				turn{activity: plan, step: by(channel)},
				turn{activity: activity, step: by(models.ChannelText)},
				turn{activity: workflows.ActivitySendText, step: stepDone()},
			)
			require.NoError(t, b.run())
			require.Equal(t, []string{activity, workflows.ActivitySendText}, b.through)
			require.Equal(t, channel, b.sends[0].Channel)
			require.Equal(t, models.ChannelText, b.sends[1].Channel)
			require.Equal(t, "beckon-"+string(channel), workflows.ChannelTaskQueue(channel))
		})
	}
}
