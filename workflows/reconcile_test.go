package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"beckon/workflows"
)

// reconcileBench runs reconcile, with round as its activity.
func reconcileBench(config workflows.Config, round func() error) *testsuite.TestWorkflowEnvironment {
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(epoch())
	w := workflows.New(config)
	env.RegisterWorkflowWithOptions(w.Reconcile, workflow.RegisterOptions{Name: workflows.ReconcileWorkflow})
	env.RegisterActivityWithOptions(func(context.Context) error { return round() },
		activity.RegisterOptions{Name: workflows.ActivityReconcile})
	return env
}

// Reconcile goes its round every minute, and after a hundred rounds in a run of its own.
func TestReconcileGoesRound(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]time.Duration{"by default": 0, "as configured": 7 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rounds := 0
			env := reconcileBench(workflows.Config{ReconcileEvery: every}, func() error { rounds++; return nil })
			env.ExecuteWorkflow(workflows.ReconcileWorkflow)
			next := &workflow.ContinueAsNewError{}
			require.ErrorAs(t, env.GetWorkflowError(), &next)
			require.Equal(t, workflows.ReconcileWorkflow, next.WorkflowType.Name)
			require.Equal(t, 100, rounds)
			if every == 0 {
				every = time.Minute
			}
			require.Equal(t, 100*every, env.Now().Sub(epoch()))
		})
	}
}

// Reconcile is the last resort: nothing that a round fails with ends it.
func TestReconcileSurvivesItsFailures(t *testing.T) {
	t.Parallel()
	rounds := 0
	env := reconcileBench(workflows.Config{}, func() error {
		rounds++
		return temporal.NewNonRetryableApplicationError("not_found", "not_found", nil)
	})
	env.ExecuteWorkflow(workflows.ReconcileWorkflow)
	next := &workflow.ContinueAsNewError{}
	require.ErrorAs(t, env.GetWorkflowError(), &next)
	require.Equal(t, 100, rounds)
}

// Cancelled, it ends.
func TestReconcileIsCancelled(t *testing.T) {
	t.Parallel()
	env := reconcileBench(workflows.Config{}, func() error { return nil })
	env.RegisterDelayedCallback(env.CancelWorkflow, 10*time.Minute+time.Second)
	env.ExecuteWorkflow(workflows.ReconcileWorkflow)
	cancelled := &temporal.CanceledError{}
	require.ErrorAs(t, env.GetWorkflowError(), &cancelled)
}
