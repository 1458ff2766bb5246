package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"beckon/activities"
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
		report.Pipeline = &pipelineReport{run: result, histories: histories, Messages: stats.Messages}
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
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil
		}
	}
}

// ratio runs pairs of a campaign through the whole pipeline and one whose contacts are bare: the same campaign workflow, on
// the same queues of the same server, starts children that run one empty activity.
func (s *stack) ratio(pairs, contacts int, report *report) error {
	result := &ratioReport{}
	for i := range pairs {
		var whole, bare run
		measures := []func() error{
			func() (err error) { whole, err = s.whole(contacts); return err },
			func() (err error) { bare, err = s.bare(contacts); return err },
		}
		if i%2 == 1 {
			slices.Reverse(measures) // which comes first alternates, since a server slows down as its data grows
		}
		for _, measure := range measures {
			if err := measure(); err != nil {
				return err
			}
		}
		result.Pairs = append(result.Pairs, pair{Pipeline: whole, Bare: bare, Ratio: whole.PerSecond / bare.PerSecond})
	}
	ratios := []float64{}
	for _, pair := range result.Pairs {
		ratios = append(ratios, pair.Ratio)
	}
	result.Median = median(ratios)
	report.Ratio = result
	return nil
}

func (s *stack) whole(contacts int) (result run, err error) {
	err = s.withWorkers(func() error {
		id, err := s.campaign("whole", contacts)
		if err != nil {
			return err
		}
		result, err = s.timed(id, contacts)
		return err
	})
	return result, err
}

func (s *stack) bare(contacts int) (result run, err error) {
	id, err := s.campaign("bare", contacts)
	if err != nil {
		return run{}, err
	}
	stop, err := s.startBare()
	if err != nil {
		return run{}, err
	}
	defer stop()
	return s.timed(id, contacts)
}

// startBare starts workers whose contacts run one empty activity, on the planner's queue. The campaign's workflow and its
// activities are the real ones.
func (s *stack) startBare() (stop func(), err error) {
	main := worker.New(s.temporal, workflows.TaskQueue, worker.Options{
		MaxConcurrentWorkflowTaskPollers: concurrency, StickyScheduleToStartTimeout: time.Minute,
	})
	real := workflows.New(workflows.Config{})
	main.RegisterWorkflowWithOptions(real.Campaign, workflow.RegisterOptions{Name: workflows.CampaignWorkflow})
	main.RegisterWorkflowWithOptions(bareContact, workflow.RegisterOptions{Name: workflows.ContactWorkflow})
	main.RegisterWorkflowWithOptions(func(workflow.Context) error { return nil },
		workflow.RegisterOptions{Name: workflows.ReconcileWorkflow})
	campaigns := &activities.Campaigns{Store: s.db, Log: s.log}
	wakes := &activities.Wakes{Store: s.db, Tell: workflows.NewClient(s.temporal), Log: s.log}
	for name, fn := range map[string]any{
		workflows.ActivityLookCampaign: campaigns.LookCampaign, workflows.ActivityTakeContacts: campaigns.TakeContacts,
		workflows.ActivityControl: campaigns.Control, workflows.ActivityFanOut: wakes.FanOut,
		workflows.ActivityResolve: wakes.ResolveStarted, workflows.ActivityReconcile: wakes.Reconcile,
	} {
		main.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	plan := worker.New(s.temporal, workflows.PlanTaskQueue, worker.Options{
		DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: concurrency,
		MaxConcurrentActivityTaskPollers: concurrency,
	})
	plan.RegisterActivityWithOptions(func() error { return nil }, activity.RegisterOptions{Name: workflows.ActivityPlan})
	for i, each := range []worker.Worker{main, plan} {
		if err := each.Start(); err != nil {
			if i > 0 {
				main.Stop()
			}
			return nil, fmt.Errorf("start bare workers: %w", err)
		}
	}
	return func() { plan.Stop(); main.Stop() }, nil
}

// bareContact is the least that a contact's workflow could be.
func bareContact(ctx workflow.Context, input workflows.ContactInput) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: workflows.PlanTaskQueue, StartToCloseTimeout: time.Minute,
	})
	return workflow.ExecuteActivity(ctx, workflows.ActivityPlan, input.ContactID).Get(ctx, nil)
}

// smallCrowd is the size of the smaller campaign that is paused.
const smallCrowd = 10

// pauses measures how long a pause takes to answer, for a small and a large campaign in turn, while a third campaign's
// claims run at full rate.
func (s *stack) pauses(times, crowd int, report *report) error {
	return s.withWorkers(func() error {
		const load = 3_000
		loadID, err := s.campaign("load", load)
		if err != nil {
			return err
		}
		small, err := s.campaign("small", smallCrowd)
		if err != nil {
			return err
		}
		large, err := s.campaign("large", crowd)
		if err != nil {
			return err
		}
		for _, id := range []string{loadID, small, large} {
			if err := s.control(id, "go-live"); err != nil {
				return err
			}
		}
		took := map[string][]float64{}
		for range times {
			for _, id := range []string{small, large} {
				began := time.Now()
				if err := s.control(id, "pause"); err != nil {
					return err
				}
				took[id] = append(took[id], float64(time.Since(began).Microseconds())/1000) //nolint:mnd // milliseconds
				if err := s.control(id, "resume"); err != nil {
					return err
				}
			}
		}
		done, err := s.completed(loadID)
		if err != nil {
			return err
		}
		if done >= load {
			return errors.New("the load was through before the pauses were: its claims did not run all the while")
		}
		report.Pause = &pauseReport{
			Times: times, Small: smallCrowd, Large: crowd,
			SmallMillis: median(took[small]), LargeMillis: median(took[large]),
			Ratio: median(took[large]) / median(took[small]),
		}
		return nil
	})
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2 //nolint:mnd // the middle
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2 //nolint:mnd // the mean of two
}
