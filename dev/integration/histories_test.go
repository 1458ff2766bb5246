package integration_test

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"
)

// describedAtOnce bounds the questions to Temporal that a test asks side by side.
const describedAtOnce = 8

func campaignWorkflow(campaignID string) string { return "campaign/" + campaignID }

func contactWorkflow(campaignID, contactID string) string {
	return campaignWorkflow(campaignID) + "/contact/" + contactID
}

// executions lists the runs that a visibility query finds.
func (s *stack) executions(query string) []*workflowpb.WorkflowExecutionInfo {
	s.t.Helper()
	const perPage = 1000
	all := []*workflowpb.WorkflowExecutionInfo{}
	var next []byte
	for {
		page, err := s.temporal.ListWorkflow(s.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: s.namespace, PageSize: perPage, NextPageToken: next, Query: query,
		})
		require.NoError(s.t, err)
		all = append(all, page.GetExecutions()...)
		if next = page.GetNextPageToken(); len(next) == 0 {
			return all
		}
	}
}

// contactRuns lists the runs of all contacts of a campaign.
func (s *stack) contactRuns(campaignID string) []*workflowpb.WorkflowExecutionInfo {
	s.t.Helper()
	return s.executions(fmt.Sprintf("ParentWorkflowId = '%s'", campaignWorkflow(campaignID)))
}

// describe asks Temporal about the latest run of a workflow.
func (s *stack) describe(workflowID string) *workflowpb.WorkflowExecutionInfo {
	s.t.Helper()
	described, err := s.temporal.DescribeWorkflowExecution(s.t.Context(), workflowID, "")
	require.NoError(s.t, err)
	return described.GetWorkflowExecutionInfo()
}

// untilClosed waits until a workflow has ended, and wants it to have ended so.
func (s *stack) untilClosed(workflowID, how string) {
	s.t.Helper()
	info := until(s.t, soon, workflowID+" ends", func() *workflowpb.WorkflowExecutionInfo { return s.describe(workflowID) },
		func(info *workflowpb.WorkflowExecutionInfo) bool {
			return info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
		})
	require.Equal(s.t, how, strings.ToUpper(info.GetStatus().String()), workflowID)
}

// describeContacts asks Temporal about the latest run of each contact, by contact id.
func (s *stack) describeContacts(campaignID string, contacts []contact) map[string]*workflowpb.WorkflowExecutionInfo {
	s.t.Helper()
	infos := make([]*workflowpb.WorkflowExecutionInfo, len(contacts))
	group, ctx := errgroup.WithContext(s.t.Context())
	group.SetLimit(describedAtOnce)
	for i := range contacts {
		group.Go(func() error {
			described, err := s.temporal.DescribeWorkflowExecution(ctx, contactWorkflow(campaignID, contacts[i].ID), "")
			if err != nil {
				return err
			}
			infos[i] = described.GetWorkflowExecutionInfo()
			return nil
		})
	}
	require.NoError(s.t, group.Wait())
	byID := map[string]*workflowpb.WorkflowExecutionInfo{}
	for i := range contacts {
		byID[contacts[i].ID] = infos[i]
	}
	return byID
}

// history is the whole history of a run.
func (s *stack) history(workflowID, runID string) []*historypb.HistoryEvent {
	s.t.Helper()
	events := []*historypb.HistoryEvent{}
	iterator := s.temporal.GetWorkflowHistory(s.t.Context(), workflowID, runID, false,
		enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		require.NoError(s.t, err)
		events = append(events, event)
	}
	return events
}

// counted is the number of events of a history without those of timed-out workflow tasks: for each its time-out, and what
// scheduled and started it.
func counted(events []*historypb.HistoryEvent) int {
	n := len(events)
	for _, event := range events {
		timedOut := event.GetWorkflowTaskTimedOutEventAttributes()
		if timedOut == nil {
			continue
		}
		n -= 2
		if timedOut.GetStartedEventId() != 0 {
			n--
		}
	}
	return n
}

// requireBudget wants the run to keep within so many events, timed-out workflow tasks not counted.
func (s *stack) requireBudget(info *workflowpb.WorkflowExecutionInfo, budget int) {
	s.t.Helper()
	if info.GetHistoryLength() <= int64(budget) {
		return
	}
	events := s.history(info.GetExecution().GetWorkflowId(), info.GetExecution().GetRunId())
	if counted(events) <= budget {
		return
	}
	types := []string{}
	for _, event := range events {
		types = append(types, event.GetEventType().String())
	}
	require.LessOrEqual(s.t, counted(events), budget, "%s has too many events: %s",
		info.GetExecution().GetWorkflowId(), strings.Join(types, ", "))
}
