package workflows_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
	"beckon/workflows"
)

// resendBench runs a resend's workflow against a script of activities.
type resendBench struct {
	t   *testing.T
	env *testsuite.TestWorkflowEnvironment

	mu     sync.Mutex
	script []turn
	calls  []string
	sends  []workflows.SendRequest
	at     []time.Duration
}

func newResendBench(t *testing.T, script ...turn) *resendBench {
	t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	b := &resendBench{t: t, env: suite.NewTestWorkflowEnvironment(), script: script}
	b.env.SetStartTime(epoch())
	w := workflows.New(workflows.Config{})
	b.env.RegisterWorkflowWithOptions(w.Resend, workflow.RegisterOptions{Name: workflows.ResendWorkflow})
	register := func(name string, fn any) {
		b.env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	register(workflows.ActivityLookResend, func(_ context.Context, ref models.ResendRef) (models.Step, error) {
		require.Equal(t, resendRef(), ref)
		return b.turn(workflows.ActivityLookResend)
	})
	for _, name := range []string{workflows.ActivitySendEmail, workflows.ActivitySendText, workflows.ActivityMakeCall} {
		register(name, func(_ context.Context, request workflows.SendRequest) (models.Step, error) {
			b.mu.Lock()
			b.sends = append(b.sends, request)
			b.mu.Unlock()
			return b.turn(name)
		})
	}
	return b
}

func resendRef() models.ResendRef {
	return models.ResendRef{CampaignID: campaignID, ContactID: contactID, OutreachID: outreachID}
}

// turn plays the next turn of the script.
func (b *resendBench) turn(name string) (models.Step, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls, b.at = append(b.calls, name), append(b.at, b.env.Now().Sub(epoch()))
	if len(b.script) == 0 || b.script[0].activity != name {
		return models.Step{}, temporal.NewNonRetryableApplicationError("the script does not want "+name, "script", nil)
	}
	next := b.script[0]
	b.script = b.script[1:]
	return next.step, next.err
}

// run runs the workflow to its end, and wants the whole script to have been played; it returns the workflow's error.
func (b *resendBench) run() error {
	b.t.Helper()
	b.env.ExecuteWorkflow(workflows.ResendWorkflow, resendRef())
	require.True(b.t, b.env.IsWorkflowCompleted())
	err := b.env.GetWorkflowError()
	require.Empty(b.t, b.script, "not called: %v; called: %v; ended with: %v", b.script, b.calls, err)
	return err
}

const lookResend = workflows.ActivityLookResend

// resendOver is the step of a resend that was sent, or is not to be sent any more.
func resendOver() models.Step { return models.Step{Do: models.DoFinish, OutreachID: outreachID} }

// A resend is claimed and sent by its channel, as a resend, and is over with that.
func TestResend(t *testing.T) {
	t.Parallel()
	for channel, activity := range map[models.Channel]string{
		models.ChannelEmail: workflows.ActivitySendEmail, models.ChannelText: workflows.ActivitySendText,
		models.ChannelPhone: workflows.ActivityMakeCall,
	} {
		t.Run(string(channel), func(t *testing.T) {
			t.Parallel()
			step := stepSend(4)
			step.Channel = channel
			b := newResendBench(t, turn{activity: lookResend, step: step}, turn{activity: activity, step: resendOver()})
			require.NoError(t, b.run())
			require.Len(t, b.sends, 1)
			request := b.sends[0]
			require.NotEmpty(t, request.RunID)
			request.RunID = ""
			require.Equal(t, workflows.SendRequest{
				ContactRef: workflows.ContactRef{CampaignID: campaignID, ContactID: contactID},
				OutreachID: outreachID, Channel: channel, Resend: true,
			}, request)
		})
	}
}

// One that must not be sent any more is over at once.
func TestResendIsOver(t *testing.T) {
	t.Parallel()
	b := newResendBench(t, turn{activity: lookResend, step: resendOver()})
	require.NoError(t, b.run())
	require.Empty(t, b.sends)
}

// What is refused for now waits for its time, or for a wake, and reads its row then.
func TestResendWaits(t *testing.T) {
	t.Parallel()
	b := newResendBench(t,
		turn{activity: lookResend, step: stepWait(models.WaitWindow, time.Hour, models.DoSend)},
		turn{activity: lookResend, step: stepSend(1)},
		turn{activity: send, step: stepWait(models.WaitProviderLimit, 3*time.Hour, models.DoSend)},
		turn{activity: lookResend, step: stepWait(models.WaitCampaignPaused, 0, models.DoLook)},
		turn{activity: lookResend, step: stepSend(1)},
		turn{activity: send, step: stepWait(models.WaitProof, 30*time.Hour, models.DoLook)},
		turn{activity: lookResend, step: resendOver()},
	)
	b.env.RegisterDelayedCallback(func() { b.env.SignalWorkflow(workflows.SignalWake, revision(1)) }, 24*time.Hour)
	require.NoError(t, b.run())
	require.Equal(t, []time.Duration{
		0, time.Hour, time.Hour, 3 * time.Hour, 24 * time.Hour, 24 * time.Hour, 30 * time.Hour,
	}, b.at)
}

// A wake that nobody can read wakes all the same.
func TestResendIsWokenByAnything(t *testing.T) {
	t.Parallel()
	for name, payload := range undecodable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newResendBench(t,
				turn{activity: lookResend, step: stepWait(models.WaitCampaignPaused, 0, models.DoLook)},
				turn{activity: lookResend, step: resendOver()},
			)
			b.env.RegisterDelayedCallback(func() { b.env.SignalWorkflow(workflows.SignalWake, payload) }, time.Hour)
			require.NoError(t, b.run())
		})
	}
}

// Cancelled by hand, it ends at once; a history that is long enough is followed by another.
func TestResendEndsOtherwise(t *testing.T) {
	t.Parallel()
	b := newResendBench(t, turn{activity: lookResend, step: stepWait(models.WaitCampaignPaused, 0, models.DoLook)})
	b.env.RegisterDelayedCallback(b.env.CancelWorkflow, time.Hour)
	cancelled := &temporal.CanceledError{}
	require.ErrorAs(t, b.run(), &cancelled)

	b = newResendBench(t, turn{activity: lookResend, step: stepWait(models.WaitWindow, time.Hour, models.DoSend)})
	b.env.SetContinueAsNewSuggested(true)
	require.Equal(t, resendRef(), continued[models.ResendRef](t, b.run(), workflows.ResendWorkflow))

	gone := temporal.NewNonRetryableApplicationError("not_found", "not_found", nil)
	b = newResendBench(t, turn{activity: lookResend, err: gone})
	require.ErrorContains(t, b.run(), "not_found")
}
