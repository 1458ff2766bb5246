package main

import (
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"beckon/dev/devstack"
	"beckon/workflows"
)

const (
	poll     = 100 * time.Millisecond
	deadline = 30 * time.Minute
)

// run is one run of a campaign, from go-live to the last contact's workflow completed.
type run struct {
	Contacts  int     `json:"contacts"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	// CPUMillis is the CPU time of the whole process for each contact: Temporal, Beckon and sandbox.
	CPUMillis float64 `json:"cpuMillisPerContact"`
}

// timed goes live and waits until Temporal counts as many completed children as the campaign has contacts. Both kinds of
// run are measured so.
func (s *stack) timed(campaignID string, contacts int) (run, error) {
	began, cpu := time.Now(), cpuTime()
	if err := s.control(campaignID, "go-live"); err != nil {
		return run{}, err
	}
	for completed := 0; completed < contacts; {
		if time.Since(began) > deadline {
			return run{}, fmt.Errorf("only %d of %d contacts completed", completed, contacts)
		}
		select {
		case <-s.ctx.Done():
			return run{}, s.ctx.Err()
		case <-time.After(poll):
		}
		var err error
		if completed, err = s.completed(campaignID); err != nil {
			return run{}, err
		}
	}
	seconds := time.Since(began).Seconds()
	return run{
		Contacts: contacts, Seconds: seconds, PerSecond: float64(contacts) / seconds,
		CPUMillis: float64((cpuTime() - cpu).Milliseconds()) / float64(contacts),
	}, nil
}

// completed counts the campaign's children that Temporal shows as completed.
func (s *stack) completed(campaignID string) (int, error) {
	answer, err := s.temporal.CountWorkflow(s.ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: devstack.Namespace,
		Query: fmt.Sprintf("ParentWorkflowId = '%s' AND ExecutionStatus = 'Completed'",
			workflows.CampaignID(campaignID)),
	})
	if err != nil {
		return 0, fmt.Errorf("count workflows: %w", err)
	}
	return int(answer.GetCount()), nil
}

// cpuTime is the CPU time that this process has used.
func cpuTime() time.Duration {
	usage := syscall.Rusage{}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// pipeline sends to many contacts and checks that each got one message, within the budget of events.
func (s *stack) pipeline(contacts int, report *report) error {
	return s.withWorkers(func() error {
		before, err := s.sizes()
		if err != nil {
			return err
		}
		id, err := s.campaign("pipeline", contacts)
		if err != nil {
			return err
		}
		result, err := s.timed(id, contacts)
		if err != nil {
			return err
		}
		stats := struct{ Messages, Addresses int }{}
		if err := s.sandboxStats(&stats); err != nil {
			return err
		}
		if stats.Messages != contacts || stats.Addresses != contacts {
			return fmt.Errorf("%d messages to %d addresses for %d contacts", stats.Messages, stats.Addresses, contacts)
		}
		histories, err := s.histories(id)
		if err != nil {
			return err
		}
		after, err := s.sizes()
		if err != nil {
			return err
		}
		report.Pipeline = &pipelineReport{
			run: result, histories: histories, sizes: after.since(before, contacts), Messages: stats.Messages,
		}
		return nil
	})
}

func (s *stack) sandboxStats(stats any) error {
	own := s.url
	s.url = s.sandbox.URL()
	defer func() { s.url = own }()
	return s.call(http.MethodGet, "/sandbox/stats", "", nil, stats)
}

// histories are the lengths of the histories of a campaign and its contacts.
type histories struct {
	ContactEventsMax  int64   `json:"contactEventsMax"`
	ContactEventsMean float64 `json:"contactEventsMean"`
	Transitions       float64 `json:"contactTransitionsMean"`
	CampaignEventsMax int64   `json:"campaignRunEventsMax"`
	CampaignEvents    float64 `json:"campaignEventsPerContact"`
}

func (s *stack) histories(campaignID string) (histories, error) {
	result, contacts := histories{}, 0
	err := s.each(fmt.Sprintf("ParentWorkflowId = '%s'", workflows.CampaignID(campaignID)), func(events, transitions int64) {
		contacts++
		result.ContactEventsMax = max(result.ContactEventsMax, events)
		result.ContactEventsMean += float64(events)
		result.Transitions += float64(transitions)
	})
	if err != nil {
		return result, err
	}
	err = s.each(fmt.Sprintf("WorkflowId = '%s' AND ExecutionStatus != 'Running'", workflows.CampaignID(campaignID)),
		func(events, _ int64) {
			result.CampaignEventsMax = max(result.CampaignEventsMax, events)
			result.CampaignEvents += float64(events)
		})
	if contacts == 0 {
		return result, errors.Join(err, errors.New("the campaign has no contacts' workflows"))
	}
	result.ContactEventsMean /= float64(contacts)
	result.Transitions /= float64(contacts)
	result.CampaignEvents /= float64(contacts)
	return result, err
}

// each visits every workflow that a query finds.
func (s *stack) each(query string, visit func(events, transitions int64)) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: devstack.Namespace, PageSize: 1000, Query: query, //nolint:mnd // Temporal's largest page
	}
	for {
		page, err := s.temporal.ListWorkflow(s.ctx, request)
		if err != nil {
			return fmt.Errorf("list workflows: %w", err)
		}
		for _, execution := range page.GetExecutions() {
			visit(execution.GetHistoryLength(), execution.GetStateTransitionCount())
		}
		request.NextPageToken = page.GetNextPageToken()
		if len(request.GetNextPageToken()) == 0 {
			return nil
		}
	}
}
