package main

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"beckon/activities"
	"beckon/workflows"
)

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
	own := workflows.New(workflows.Config{})
	main.RegisterWorkflowWithOptions(own.Campaign, workflow.RegisterOptions{Name: workflows.CampaignWorkflow})
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

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2 //nolint:mnd // the middle
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2 //nolint:mnd // the mean of two
}
