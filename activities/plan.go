package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Planner plans one outreach. Errors are *models.ProviderError; beside one, the plan says what the answers took that were
// refused: its model and tokens count, and nothing else of it.
type Planner interface {
	Plan(ctx context.Context, request models.PlanRequest) (models.Plan, error)
}

// Plans serves the planning of outreaches.
type Plans struct {
	Store   *store.Store
	Planner Planner
	Log     *slog.Logger
}

// planRetries is how often a passing failure of the AI is left to Temporal before the contact shows planner_error.
const planRetries = 4

// planBeat is how often a planning activity says that it lives.
const planBeat = 5 * time.Second

// PlanOutreach checks that the contact wants a plan, asks the AI, and stores the plan; it returns what follows. Whatever
// planned it, nothing is stored that breaks a rule.
func (a *Plans) PlanOutreach(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
	step, request, err := a.Store.BeginPlan(ctx, ref.CampaignID, ref.ContactID, ref.RunID)
	if err != nil || request == nil {
		return step, failure(a.Log, err, "contact", ref.ContactID)
	}
	stop := beat(ctx)
	plan, err := a.Planner.Plan(ctx, *request)
	stop()
	if err == nil {
		err = broken(plan.Check(*request))
	}
	if err != nil {
		return a.failed(ctx, ref, err, plan)
	}
	step, err = a.Store.StorePlan(ctx, ref.CampaignID, ref.ContactID, *request, plan)
	return step, failure(a.Log, err, "contact", ref.ContactID)
}

// broken is the failure of a plan that breaks a rule; nil where it breaks none.
func broken(err error) error {
	if err == nil {
		return nil
	}
	problem := &models.ProviderError{Kind: models.FailureBadAnswer, Code: models.CodeInvalidPlan, Detail: err.Error()}
	if known, ok := errors.AsType[*models.Error](err); ok && len(known.Fields) > 0 {
		problem.Code = known.Fields[0].Code
	}
	return problem
}

// failed decides what a failure of the AI means: a passing one is tried again soon, any other makes the contact wait. What
// the answers took that came before it is recorded either way.
func (a *Plans) failed(
	ctx context.Context, ref workflows.ContactRef, cause error, spent models.Plan,
) (models.Step, error) {
	problem := &models.ProviderError{Kind: models.FailureInDoubt, Code: "error"}
	_ = errors.As(cause, &problem)
	stopping := errors.Is(ctx.Err(), context.Canceled) // the worker stops, or is taken for dead: the next one asks anew
	attempt := int(activity.GetInfo(ctx).Attempt)
	delay := max(problem.RetryAfter, exponential(attempt))
	passing := problem.Kind == models.FailureLimit || problem.Kind == models.FailureDown ||
		problem.Kind == models.FailureInDoubt
	soon := ctx.Err() == nil && passing && attempt <= planRetries && delay <= longestRetry
	ctx, cancel := lasting(ctx)
	defer cancel()
	if stopping || soon {
		if err := a.Store.RecordPlannerCall(ctx, ref.CampaignID, ref.ContactID, problem.Code, spent); err != nil {
			a.Log.Error("could not record what the AI took", "contact", ref.ContactID, "error", err)
		}
	}
	switch {
	case stopping:
		return models.Step{}, again("planner_interrupted", time.Second)
	case soon:
		return models.Step{}, again("planner_"+string(problem.Kind), delay)
	}
	a.Log.Warn("the AI could not plan", "contact", ref.ContactID, "kind", string(problem.Kind), "code", problem.Code)
	step, err := a.Store.FailPlan(ctx, ref.CampaignID, ref.ContactID, problem, spent)
	return step, failure(a.Log, err, "contact", ref.ContactID)
}

// beat sends heartbeats until it is stopped, so that a dead worker is noticed within seconds though the AI takes minutes.
func beat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		ticker := time.NewTicker(planBeat)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return cancel
}

// lasting gives a context that a stopping worker does not end: what a provider answered is to be written down.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	const enough = 10 * time.Second
	return context.WithTimeout(context.WithoutCancel(ctx), enough)
}
