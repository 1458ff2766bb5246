package workflows_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
	"beckon/workflows"
)

const (
	campaignID = "0190a1b2-0000-7000-8000-000000000001"
	contactID  = "0190a1b2-0000-7000-8000-000000000002"
	outreachID = "0190a1b2-0000-7000-8000-000000000003"
)

// epoch is when the tests' workflows begin.
func epoch() time.Time { return time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC) }

// turn is one call of an activity: which is expected, what it answers, and what happens meanwhile.
type turn struct {
	activity string
	step     models.Step
	err      error
	during   func()
}

// contactBench runs a contact's workflow against a script of activities.
type contactBench struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	start time.Time

	mu      sync.Mutex
	script  []turn
	calls   []string
	refs    []workflows.ContactRef
	sends   []workflows.SendRequest
	through []string // the activities that were asked to send
	asked   []workflows.ContactControlRequest
	control func(workflows.ContactControlRequest) (bool, error) // what a control answers; nil: done
	at      []time.Duration                                     // of each call, after the start
	timers  []time.Duration
	upserts []string
}

func newContactBench(t *testing.T, script ...turn) *contactBench {
	t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	b := &contactBench{t: t, env: suite.NewTestWorkflowEnvironment(), start: epoch(), script: script}
	b.env.SetStartTime(b.start)
	w := workflows.New(workflows.Config{})
	b.env.RegisterWorkflowWithOptions(w.Contact, workflow.RegisterOptions{Name: workflows.ContactWorkflow})
	register := func(name string, fn any) {
		b.env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	register(workflows.ActivityPlan, b.serve(workflows.ActivityPlan))
	register(workflows.ActivityLookContact, b.serve(workflows.ActivityLookContact))
	for _, name := range []string{workflows.ActivitySendEmail, workflows.ActivitySendText, workflows.ActivityMakeCall} {
		register(name, func(_ context.Context, request workflows.SendRequest) (models.Step, error) {
			b.mu.Lock()
			b.sends, b.through = append(b.sends, request), append(b.through, name)
			b.mu.Unlock()
			return b.turn(name, request.ContactRef)
		})
	}
	register(workflows.ActivityControlOne, b.controlled)
	b.env.SetOnTimerScheduledListener(func(_ string, after time.Duration) { b.timers = append(b.timers, after) })
	b.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		attributes, _ := args.Get(0).(temporal.SearchAttributes)
		status, _ := attributes.GetKeyword(workflows.SearchAttributeContactStatus())
		reason, _ := attributes.GetKeyword(workflows.SearchAttributeWaitingReason())
		b.upserts = append(b.upserts, status+" "+reason)
	}).Return(nil)
	return b
}

func (b *contactBench) serve(name string) func(context.Context, workflows.ContactRef) (models.Step, error) {
	return func(_ context.Context, ref workflows.ContactRef) (models.Step, error) { return b.turn(name, ref) }
}

// controlled carries out a control that came as a signal.
func (b *contactBench) controlled(_ context.Context, request workflows.ContactControlRequest) (bool, error) {
	b.mu.Lock()
	b.asked = append(b.asked, request)
	control := b.control
	b.mu.Unlock()
	if control == nil {
		return true, nil
	}
	return control(request)
}

// turn plays the next turn of the script.
func (b *contactBench) turn(name string, ref workflows.ContactRef) (models.Step, error) {
	b.mu.Lock()
	b.calls, b.refs, b.at = append(b.calls, name), append(b.refs, ref), append(b.at, b.env.Now().Sub(b.start))
	if len(b.script) == 0 || b.script[0].activity != name {
		b.mu.Unlock()
		return models.Step{}, temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("the script does not want %s", name), "script", nil)
	}
	next := b.script[0]
	b.script = b.script[1:]
	b.mu.Unlock()
	if next.during != nil {
		next.during()
	}
	return next.step, next.err
}

// run runs the workflow to its end, and wants the whole script to have been played; it returns the workflow's error.
func (b *contactBench) run(input ...workflows.ContactInput) error {
	b.t.Helper()
	in := workflows.ContactInput{CampaignID: campaignID, ContactID: contactID}
	if len(input) > 0 {
		in = input[0]
	}
	b.env.ExecuteWorkflow(workflows.ContactWorkflow, in)
	require.True(b.t, b.env.IsWorkflowCompleted())
	err := b.env.GetWorkflowError()
	require.Empty(b.t, b.script, "not called: %v; called: %v; ended with: %v", b.script, b.calls, err)
	for _, ref := range b.refs {
		require.Equal(b.t, campaignID, ref.CampaignID)
		require.Equal(b.t, contactID, ref.ContactID)
		require.NotEmpty(b.t, ref.RunID)
	}
	return err
}

// signal sends a signal so long after the start.
func (b *contactBench) signal(after time.Duration, name string, payload any) {
	b.env.RegisterDelayedCallback(func() { b.env.SignalWorkflow(name, payload) }, after)
}

// state asks the workflow what it does, so long after the start.
func (b *contactBench) state(after time.Duration, check func(workflows.ContactState)) {
	b.env.RegisterDelayedCallback(func() {
		value, err := b.env.QueryWorkflow(workflows.QueryContactState)
		require.NoError(b.t, err)
		state := workflows.ContactState{}
		require.NoError(b.t, value.Get(&state))
		check(state)
	}, after)
}

// Steps, as activities answer them.

func stepSend(attempt int) models.Step {
	return models.Step{
		Do: models.DoSend, OutreachID: outreachID, Channel: models.ChannelEmail, Attempt: attempt,
		Status: models.ContactAwaitingExecution, Waiting: &models.Waiting{Reason: models.WaitSendQueue},
	}
}

func stepPlan(attempt int) models.Step {
	return models.Step{Do: models.DoPlan, Channel: models.ChannelEmail, Attempt: attempt, Status: models.ContactPlanning}
}

// stepWait waits for the reason, for so long after the start of the test (0: for a signal alone), then does what is given.
func stepWait(reason models.WaitingReason, after time.Duration, then models.Do) models.Step {
	step := models.Step{
		Do: models.DoWait, OutreachID: outreachID, Channel: models.ChannelEmail, Attempt: 1, Then: then,
		Status:  reason.StatusOf(models.ContactAwaitingExecution),
		Waiting: &models.Waiting{Reason: reason, Detail: reason.Details()},
	}
	if after != 0 {
		until := epoch().Add(after)
		step.Waiting.Until = &until
	}
	return step
}

func stepDone() models.Step {
	return models.Step{Do: models.DoFinish, Status: models.ContactCompleted, Reason: models.ReasonOneTimeDone}
}

func stepRemoved() models.Step {
	return models.Step{Do: models.DoRemoved, Status: models.ContactPlanning}
}

// revision is the payload of Beckon's own signals.
func revision(n int64) workflows.SignalPayload { return workflows.SignalPayload{Revision: &n} }

// quiet is a logger that says nothing: the test environment reports every error that a workflow returns.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
