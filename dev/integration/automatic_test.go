package integration_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"beckon/intake"
)

// Budgets of histories, in events.
const (
	campaignBudget = 4_000
	contactBudget  = 19
)

// TestTwoThousandFiveHundred imports more contacts than a workflow may have pending children into an automatic campaign.
// All are completed, each with one message and one child workflow, and no history grows beyond its budget.
//
//nolint:paralleltest // its throughput is of interest, so nothing else runs beside it
func TestTwoThousandFiveHundred(t *testing.T) {
	const rows = 2_500
	s := newStack(t, options{})
	id := s.createCampaign(settings("Two thousand five hundred", "automatic"))
	file := bytes.Buffer{}
	require.NoError(t, intake.WriteSample(&file, rows, 1))
	began := time.Now()
	result := s.importFile(id, file.Bytes(), map[string]any{
		"firstName": "First Name", "lastName": "Last Name", "email": "Email", "phone": []string{"Phone"},
		"timezone": "Time Zone", "properties": map[string]string{"city": "City", "plan": "Plan"},
	})
	require.Equal(t, rows, result.Created)
	t.Logf("imported %d contacts in %s", rows, time.Since(began).Round(time.Millisecond))

	began = time.Now()
	require.True(t, s.control(id, "go-live").Changed)
	p := s.untilProgress(id, long, "every contact is completed",
		func(p progress) bool { return p.Counts["completed"] == rows })
	took := time.Since(began)
	t.Logf("%d contacts from go-live to completed in %s: %.1f a second", rows, took.Round(time.Millisecond),
		rows/took.Seconds())
	require.Equal(t, rows, p.Attempts)
	require.Zero(t, p.Unconfirmed)

	// One message to each contact, and no other.
	contacts := s.contacts(id, "")
	require.Len(t, contacts, rows)
	want := map[string]int{}
	for _, c := range contacts {
		require.Equal(t, "one_time_done", *c.StatusReason)
		want[*c.Email] = 1
	}
	require.Len(t, want, rows)
	require.Equal(t, want, s.sandbox.recipients())

	// One child workflow a contact, in one run. Visibility follows within moments.
	runs := until(t, soon, "visibility knows every contact's end",
		func() []*workflowpb.WorkflowExecutionInfo { return s.contactRuns(id) },
		func(runs []*workflowpb.WorkflowExecutionInfo) bool {
			closed := 0
			for _, run := range runs {
				if run.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
					closed++
				}
			}
			return closed >= rows
		})
	require.Len(t, runs, rows)
	found := map[string]bool{}
	for _, run := range runs {
		found[run.GetExecution().GetWorkflowId()] = true
	}
	for _, c := range contacts {
		require.True(t, found[contactWorkflow(id, c.ID)], "contact %s has a workflow", c.ID)
	}

	// No history beyond its budget.
	lengths := map[int64]int{}
	for _, info := range s.describeContacts(id, contacts) {
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, info.GetStatus())
		lengths[info.GetHistoryLength()]++
		s.requireBudget(info, contactBudget)
	}
	t.Logf("contacts by the length of their histories: %v", lengths)
	campaignRuns := s.executions(fmt.Sprintf("WorkflowId = '%s'", campaignWorkflow(id)))
	require.Greater(t, len(campaignRuns), 1, "the campaign continues as new")
	events := []int{}
	for _, run := range campaignRuns {
		history := s.history(run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId())
		events = append(events, len(history))
		require.LessOrEqual(t, counted(history), campaignBudget)
	}
	t.Logf("events of the campaign's runs, the newest first: %v", events)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, s.describe(campaignWorkflow(id)).GetStatus(),
		"a live campaign is idle, not finished")
}
