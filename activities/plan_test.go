package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"beckon/activities"
	"beckon/models"
	"beckon/workflows"
)

// planner is an AI of the test's.
type planner struct {
	calls  []models.PlanRequest
	answer func(ctx context.Context, request models.PlanRequest) (models.Plan, error)
}

func (p *planner) Plan(ctx context.Context, request models.PlanRequest) (models.Plan, error) {
	p.calls = append(p.calls, request)
	if p.answer == nil {
		return goodPlan(request), nil
	}
	return p.answer(ctx, request)
}

// cannot answers with a failure that quotes the canary.
func cannot(
	kind models.FailureKind, code string, retryAfter time.Duration,
) func(context.Context, models.PlanRequest) (models.Plan, error) {
	return func(context.Context, models.PlanRequest) (models.Plan, error) {
		return models.Plan{}, &models.ProviderError{Kind: kind, Code: code, Detail: canary, RetryAfter: retryAfter}
	}
}

func (b *bench) plans(p activities.Planner) *activities.Plans {
	return &activities.Plans{Store: b.Store, Planner: p, Log: b.logger()}
}

func (b *bench) plan(p activities.Planner, ref workflows.ContactRef) (models.Step, error) {
	b.t.Helper()
	return execute[models.Step](b, b.plans(p).PlanOutreach, ref)
}

func (b *bench) newcomer(campaignID string) workflows.ContactRef {
	return workflows.ContactRef{CampaignID: campaignID, ContactID: b.add(campaignID, 1)[0], RunID: "run-1"}
}

// A plan is asked for, stored, and leads to its send.
func TestPlanSucceeds(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), &planner{}
	ref := b.newcomer(b.live())
	step, err := b.plan(p, ref)
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)
	require.Equal(t, 1, step.Attempt)
	require.Len(t, p.calls, 1)
	require.Equal(t, step.OutreachID, p.calls[0].OutreachID)
	require.Equal(t, models.ChannelEmail, p.calls[0].Channels[0].Channel)
	o, c := b.outreach(step.OutreachID), b.contact(ref.ContactID)
	require.Equal(t, models.OutreachPlanned, o.State)
	require.Equal(t, "run-1", *c.RunID, "the first read of the row notes the run")
	require.Equal(t, models.ContactAwaitingExecution, c.Status)

	// Asked again, as by the next run of the workflow, it asks nobody: the row wants a send.
	step, err = b.plan(p, workflows.ContactRef{CampaignID: ref.CampaignID, ContactID: ref.ContactID, RunID: "run-2"})
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)
	require.Len(t, p.calls, 1)
	require.Equal(t, "run-2", *b.contact(ref.ContactID).RunID)
	require.Equal(t, 1, b.outreaches(ref.ContactID))
}

// The AI is not asked for a contact that nothing is planned for now.
func TestPlanIsNotWanted(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), &planner{}
	campaign := b.live()
	ref := b.newcomer(campaign)
	b.control(b.t.Context(), campaign, models.ControlPause)
	step, err := b.plan(p, ref)
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	b.control(b.t.Context(), campaign, models.ControlResume)

	_, err = b.RemoveContact(t.Context(), campaign, ref.ContactID)
	require.NoError(t, err)
	step, err = b.plan(p, ref)
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, step.Do)

	b.control(b.t.Context(), campaign, models.ControlArchive)
	step, err = b.plan(p, b.refOfSomebody())
	require.NoError(t, err)
	require.Equal(t, models.ReasonCampaignArchived, step.Reason)

	ref.ContactID = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
	_, err = b.plan(p, ref)
	requireCode(t, err, models.CodeNotFound)
	require.Empty(t, p.calls)
}

// refOfSomebody is a contact of a campaign that was archived while the contact was new.
func (b *bench) refOfSomebody() workflows.ContactRef {
	campaign := b.live()
	ref := b.newcomer(campaign)
	b.control(b.t.Context(), campaign, models.ControlArchive)
	return ref
}

// What happens while the AI thinks counts: a plan that is wanted still is kept, any other is not.
func TestPlanWhileSomethingHappens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(b *bench, ref workflows.ContactRef)
		want      string
		kept      int
	}{
		"paused": {func(b *bench, ref workflows.ContactRef) {
			b.control(b.t.Context(), ref.CampaignID, models.ControlPause)
		}, "campaign_paused", 1},
		"archived": {
			func(b *bench, ref workflows.ContactRef) {
				b.control(b.t.Context(), ref.CampaignID, models.ControlArchive)
			}, "finish", 1, // cancelled
		},
		"removed": {func(b *bench, ref workflows.ContactRef) {
			_, err := b.RemoveContact(b.t.Context(), ref.CampaignID, ref.ContactID)
			require.NoError(b.t, err)
		}, "removed", 0},
		"planned by another run": {func(b *bench, ref workflows.ContactRef) {
			_, request, err := b.BeginPlan(b.t.Context(), ref.CampaignID, ref.ContactID, "run-2")
			require.NoError(b.t, err)
			_, err = b.StorePlan(b.t.Context(), ref.CampaignID, ref.ContactID, *request, goodPlan(*request))
			require.NoError(b.t, err)
		}, "send", 1},
		"its address is gone": {func(b *bench, ref workflows.ContactRef) {
			require.NoError(b.t, b.db.Model(&models.Contact{}).Where("id = ?", ref.ContactID).Update("email", nil).Error)
		}, "finish", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := newBench(t), &planner{}
			ref := b.newcomer(b.live())
			p.answer = func(_ context.Context, request models.PlanRequest) (models.Plan, error) {
				c.meanwhile(b, ref)
				return goodPlan(request), nil
			}
			step, err := b.plan(p, ref)
			require.NoError(t, err)
			have := string(step.Do)
			if step.Do == models.DoWait {
				have = string(step.Waiting.Reason)
			}
			require.Equal(t, c.want, have)
			require.Equal(t, c.kept, b.outreaches(ref.ContactID))
		})
	}
}

// A failure that passes is left to Temporal four times, a little longer each; then, or where the AI asks for longer than a
// minute, or where asking again would not help, the contact waits, and says so.
func TestPlanFails(t *testing.T) {
	t.Parallel()
	second := func(s int) time.Duration { return time.Duration(s) * time.Second }
	for name, c := range map[string]struct {
		answer func(context.Context, models.PlanRequest) (models.Plan, error)
		delays []time.Duration // between the tries that Temporal makes
		until  time.Duration   // of the wait, after the last
	}{
		"down":             {cannot(models.FailureDown, "dial", 0), []time.Duration{second(1), second(2), second(4), second(8)}, time.Minute},
		"limit":            {cannot(models.FailureLimit, "429", 0), []time.Duration{second(1), second(2), second(4), second(8)}, time.Minute},
		"limit, with time": {cannot(models.FailureLimit, "429", second(5)), []time.Duration{second(5), second(5), second(5), second(8)}, time.Minute},
		"limit, long":      {cannot(models.FailureLimit, "429", time.Hour), nil, time.Hour},
		"in doubt":         {cannot(models.FailureInDoubt, "500", 0), []time.Duration{second(1), second(2), second(4), second(8)}, time.Minute},
		"credentials":      {cannot(models.FailureAuth, "401", 0), nil, time.Minute},
		"rejected":         {cannot(models.FailureRejected, "404", 0), nil, time.Minute},
		"no plan":          {cannot(models.FailureBadAnswer, "schema", 0), nil, time.Minute},
		"no provider error": {
			func(context.Context, models.PlanRequest) (models.Plan, error) {
				return models.Plan{}, errors.New(canary)
			},
			[]time.Duration{second(1), second(2), second(4), second(8)}, time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := newBench(t), &planner{answer: c.answer}
			ref := b.newcomer(b.live())
			began := b.clock.Now()
			step, delays := b.planWithRetries(p, ref)
			require.Equal(t, c.delays, delays)
			require.Len(t, p.calls, len(c.delays)+1)
			require.Equal(t, models.DoWait, step.Do)
			require.Equal(t, models.WaitPlannerError, step.Waiting.Reason)
			require.Equal(t, models.DoPlan, step.Then)
			require.WithinDuration(t, began.Add(c.until), *step.Waiting.Until, 15*time.Second)
			contact := b.contact(ref.ContactID)
			require.Equal(t, models.WaitPlannerError, *contact.WaitingReason)
			require.Equal(t, 1, contact.PlannerFailures)
			require.Zero(t, b.outreaches(ref.ContactID))

			// It is asked again when the time has come, and what failed is forgotten.
			p.answer = nil
			step, err := b.plan(p, ref)
			require.NoError(t, err)
			require.Equal(t, models.WaitPlannerError, step.Waiting.Reason, "the time has not come")
			b.clock.Move(c.until)
			step, err = b.plan(p, ref)
			require.NoError(t, err)
			require.Equal(t, models.DoSend, step.Do)
			require.Zero(t, b.contact(ref.ContactID).PlannerFailures)
		})
	}
}

// planWithRetries runs the plan activity with a workflow's policy; it returns the step and the delays between the tries.
func (b *bench) planWithRetries(p activities.Planner, ref workflows.ContactRef) (models.Step, []time.Duration) {
	b.t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	tries := []time.Time{}
	plans := b.plans(p)
	env.RegisterActivityWithOptions(func(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
		tries = append(tries, env.Now())
		step, err := plans.PlanOutreach(ctx, ref)
		if err != nil {
			b.requireClean(err)
			requireAgain(b.t, err, errorDelay(err))
		}
		return step, err
	}, activity.RegisterOptions{Name: workflows.ActivityPlan})
	env.ExecuteWorkflow(func(ctx workflow.Context) (models.Step, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Hour, RetryPolicy: &temporal.RetryPolicy{InitialInterval: 7 * time.Minute},
		})
		var step models.Step
		err := workflow.ExecuteActivity(ctx, workflows.ActivityPlan, ref).Get(ctx, &step)
		return step, err
	})
	require.NoError(b.t, env.GetWorkflowError())
	var step models.Step
	require.NoError(b.t, env.GetWorkflowResult(&step))
	var delays []time.Duration
	for i := 1; i < len(tries); i++ {
		delays = append(delays, tries[i].Sub(tries[i-1]).Round(time.Second))
	}
	return step, delays
}

func errorDelay(err error) time.Duration {
	failed := &temporal.ApplicationError{}
	if errors.As(err, &failed) {
		return failed.NextRetryDelay()
	}
	return 0
}

// The more failures in a row, the longer the contact waits.
func TestPlanFailsAgainAndAgain(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), &planner{answer: cannot(models.FailureAuth, "401", 0)}
	ref := b.newcomer(b.live())
	for failures := 1; failures <= 8; failures++ {
		began := b.clock.Now()
		step, err := b.plan(p, ref)
		require.NoError(t, err)
		require.WithinDuration(t, began.Add(models.Backoff(failures)), *step.Waiting.Until, 10*time.Second)
		b.clock.Move(models.Backoff(failures) + time.Second)
	}
}

// A failure while the campaign was paused is no planner's error: the contact waits for resume.
func TestPlanFailsInAPausedCampaign(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), &planner{}
	ref := b.newcomer(b.live())
	p.answer = func(ctx context.Context, request models.PlanRequest) (models.Plan, error) {
		b.control(ctx, ref.CampaignID, models.ControlPause)
		return cannot(models.FailureAuth, "401", 0)(ctx, request)
	}
	step, err := b.plan(p, ref)
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	require.Zero(t, b.contact(ref.ContactID).PlannerFailures)
}

// A stopping worker leaves the plan to the next: nothing is held against the contact's planner.
func TestPlanOfAStoppingWorker(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), &planner{}
	ref := b.newcomer(b.live())
	stop := func() {}
	p.answer = func(ctx context.Context, _ models.PlanRequest) (models.Plan, error) {
		stop()
		<-ctx.Done()
		return models.Plan{}, &models.ProviderError{Kind: models.FailureInDoubt, Code: "cancelled"}
	}
	plans := b.plans(p)
	_, err := execute[models.Step](b, func(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
		ctx, stop = context.WithCancel(ctx)
		return plans.PlanOutreach(ctx, ref)
	}, ref)
	requireAgain(t, err, time.Second)
	c := b.contact(ref.ContactID)
	require.Equal(t, models.WaitPlanner, *c.WaitingReason)
	require.Zero(t, c.PlannerFailures)

	// An AI that took all the time that the activity has is a planner's error, recorded though nobody hears the answer.
	expired := make(chan struct{})
	p.answer = func(context.Context, models.PlanRequest) (models.Plan, error) {
		close(expired)
		return models.Plan{}, &models.ProviderError{Kind: models.FailureInDoubt, Code: "timeout"}
	}
	step, err := execute[models.Step](b, func(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
		return plans.PlanOutreach(expiring{ctx, expired}, ref) //nolint:contextcheck // it is the context that it was given
	}, ref)
	require.NoError(t, err)
	require.Equal(t, models.WaitPlannerError, step.Waiting.Reason)
}

// expiring is a context whose deadline passes when the channel is closed.
type expiring struct {
	context.Context //nolint:containedctx // it is one

	expired chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.expired }

func (e expiring) Err() error {
	select {
	case <-e.expired:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
