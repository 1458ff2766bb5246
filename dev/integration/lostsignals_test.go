package integration_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"beckon/workflows"
)

// TestLostSignals loses every signal that Beckon sends but those of reconcile, and takes a campaign through its whole life:
// reconcile alone brings it on. A campaign's workflow is started with a signal where it is missing; the start stays.
func TestLostSignals(t *testing.T) {
	t.Parallel()
	const contacts = 200
	loser := &signalLoser{}
	s := newStack(t, options{
		interceptors: []interceptor.ClientInterceptor{loser}, reconcileEvery: time.Second,
	})
	id := s.createCampaign(settings("Lost signals", "manual"))
	s.add(id, people("lost", contacts))
	s.control(id, "go-live")
	s.untilProgress(id, patient, "everybody waits for the start", func(p progress) bool {
		return p.Waiting["start_outreaches"] == contacts
	})

	// The contacts hear of the start while the campaign is paused, and wait for its end.
	s.control(id, "pause")
	s.control(id, "resume")
	s.control(id, "start-outreaches")
	s.untilSent(t, 1)
	s.control(id, "pause")
	p := s.untilProgress(id, soon, "what was in flight has landed", func(p progress) bool { return p.InFlight == 0 })
	s.requireQuiet(id, s.sandbox.stats())
	require.Equal(t, p.Attempts, s.sandbox.stats().Messages)
	s.control(id, "resume")
	s.untilFinished(id, patient)
	s.requireOneMessageEach(id)

	s.add(id, people("late", contacts/10))
	s.untilProgress(id, patient, "the late ones wait for the next start", func(p progress) bool {
		return p.Waiting["start_outreaches"] == contacts/10
	})
	s.control(id, "archive")
	s.untilFinished(id, patient)
	state := func() string {
		description, err := s.temporal.DescribeWorkflow(t.Context(), workflows.CampaignID(id), "")
		require.NoError(t, err)
		return description.Status.String()
	}
	until(t, patient, "the campaign's workflow has ended", state, func(status string) bool { return status == "Completed" })
	require.NotZero(t, loser.lost.Load(), "no signal was lost: nothing was shown")
	t.Logf("%d signals were lost", loser.lost.Load())
}

// untilSent waits until messages have arrived.
func (s *stack) untilSent(t *testing.T, n int) {
	t.Helper()
	s.sandbox.untilSent(n, patient)
}

// signalLoser loses the signals of the API and of every activity but reconcile.
type signalLoser struct {
	interceptor.ClientInterceptorBase

	lost atomic.Int64
}

// InterceptClient implements interceptor.ClientInterceptor.
func (l *signalLoser) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return &signalLoserOutbound{ClientOutboundInterceptorBase: interceptor.ClientOutboundInterceptorBase{Next: next}, loser: l}
}

type signalLoserOutbound struct {
	interceptor.ClientOutboundInterceptorBase

	loser *signalLoser
}

// SignalWorkflow says that the signal was sent, and sends it only for reconcile.
func (o *signalLoserOutbound) SignalWorkflow(ctx context.Context, in *interceptor.ClientSignalWorkflowInput) error {
	if reconciles(ctx) {
		return o.Next.SignalWorkflow(ctx, in)
	}
	o.loser.lost.Add(1)
	return nil
}

// SignalWithStartWorkflow loses the signal and keeps the start, which is no signal.
func (o *signalLoserOutbound) SignalWithStartWorkflow(
	ctx context.Context, in *interceptor.ClientSignalWithStartWorkflowInput,
) (client.WorkflowRun, error) {
	if reconciles(ctx) {
		return o.Next.SignalWithStartWorkflow(ctx, in)
	}
	o.loser.lost.Add(1)
	return o.Next.ExecuteWorkflow(ctx, &interceptor.ClientExecuteWorkflowInput{
		Options: in.Options, WorkflowType: in.WorkflowType, Args: in.Args,
	})
}

func reconciles(ctx context.Context) bool {
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).ActivityType.Name == workflows.ActivityReconcile
}
