package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// roundsARun bounds the history of a run of reconcile.
const roundsARun = 100

// Reconcile is the one long-running workflow that trusts no signal to arrive: every round it has an activity look for rows
// that their workflows ought to have seen to, and wake or start those. Every worker starts it; only one runs.
func (w *Workflows) Reconcile(ctx workflow.Context) error {
	workflow.SetCurrentDetails(ctx, "Looks every round for contacts and campaigns that their workflows ought to have seen to.")
	for range roundsARun {
		activityCtx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue: TaskQueue, StartToCloseTimeout: reconcileTimeout, HeartbeatTimeout: fanOutHeartbeat,
			RetryPolicy: retry(), Summary: "One round",
		})
		err := workflow.ExecuteActivity(activityCtx, ActivityReconcile).Get(activityCtx, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // it is the last resort of all others: a round that fails for good must not be its last
			workflow.GetLogger(ctx).Error("a round of reconcile failed", "error", err)
		}
		if err := workflow.Sleep(ctx, w.config.ReconcileEvery); err != nil {
			return err //nolint:wrapcheck // the end that was asked for
		}
	}
	return workflow.NewContinueAsNewError(ctx, ReconcileWorkflow)
}
