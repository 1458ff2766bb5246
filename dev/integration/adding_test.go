package integration_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"beckon/workflows"
)

// TestAddingWhileRunsChange has 16 clients add contacts one by one to a live campaign, so many that the campaign continues
// as new meanwhile: nobody is left untaken, and nobody is started twice.
func TestAddingWhileRunsChange(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, opts options) {
		const clients, each = 16, 40
		s := newStack(t, opts)
		id := s.createCampaign(settings("Adding", "automatic"))
		s.control(id, "go-live")
		// Enough that one run of the campaign cannot start them all.
		s.add(id, people("first", 300))

		group := sync.WaitGroup{}
		for n := range clients {
			all := people(fmt.Sprintf("client%d", n), each)
			group.Go(func() {
				for i := range all {
					s.add(id, all[i:i+1])
				}
			})
		}
		group.Wait()

		p := s.untilFinished(id, patient)
		require.Equal(t, 300+clients*each, p.Counts["completed"])
		s.requireOneMessageEach(id)
		require.Equal(t, 300+clients*each, s.countWorkflows("ParentWorkflowId = '%s'", workflows.CampaignID(id)))
		require.Greater(t, s.countWorkflows("WorkflowId = '%s'", workflows.CampaignID(id)), 1, "the campaign continued as new")
	})
}

// countWorkflows counts the runs that Temporal shows for a query, once its index has seen them all.
func (s *stack) countWorkflows(query string, args ...any) int {
	s.t.Helper()
	answer, err := s.temporal.CountWorkflow(s.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: s.namespace, Query: fmt.Sprintf(query, args...),
	})
	require.NoError(s.t, err)
	return int(answer.GetCount())
}
