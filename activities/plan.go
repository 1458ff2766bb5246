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

// Planner plans one outreach. Errors are *models.ProviderError.
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

// PlanOutreach checks that the contact wants a plan, asks the AI, and stores the plan; it returns what follows.
func (a *Plans) PlanOutreach(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
	step, request, err := a.Store.BeginPlan(ctx, ref.CampaignID, ref.ContactID, ref.RunID)
	if err != nil || request == nil {
		return step, failure(a.Log, err, "contact", ref.ContactID)
	}
	stop := beat(ctx)
	plan, err := a.Planner.Plan(ctx, *request)
	stop()
	if err != nil {
		return a.failed(ctx, ref, err)
	}
	step, err = a.Store.StorePlan(ctx, ref.CampaignID, ref.ContactID, *request, plan)
	return step, failure(a.Log, err, "contact", ref.ContactID)
}

// failed decides what a failure of the AI means: a passing one is tried again soon, any other makes the contact wait.
func (a *Plans) failed(ctx context.Context, ref workflows.ContactRef, cause error) (models.Step, error) {
	problem := &models.ProviderError{Kind: models.FailureInDoubt, Code: "error"}
	_ = errors.As(cause, &problem)
	if errors.Is(ctx.Err(), context.Canceled) { // the worker stops, or is taken for dead: the next one asks anew
		return models.Step{}, again("planner_interrupted", time.Second)
	}
	attempt := int(activity.GetInfo(ctx).Attempt)
	delay := max(problem.RetryAfter, exponential(attempt))
	passing := problem.Kind == models.FailureLimit || problem.Kind == models.FailureDown ||
		problem.Kind == models.FailureInDoubt
	if ctx.Err() == nil && passing && attempt <= planRetries && delay <= longestRetry {
		return models.Step{}, again("planner_"+string(problem.Kind), delay)
	}
	a.Log.Warn("the AI could not plan", "contact", ref.ContactID, "kind", string(problem.Kind), "code", problem.Code)
	ctx, cancel := lasting(ctx)
	defer cancel()
	step, err := a.Store.FailPlan(ctx, ref.CampaignID, ref.ContactID, problem.RetryAfter)
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
