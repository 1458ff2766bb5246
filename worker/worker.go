// Package worker builds Beckon's Temporal workers: which workflows and activities run on which task queue, with which
// limits.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"beckon/activities"
	"beckon/store"
	"beckon/workflows"
)

// Limits bound what a queue does.
type Limits struct {
	PerSecond   float64 // of the whole queue, over all workers; 0: no limit
	Concurrency int     // of this process
}

// Deployment makes the workers a version of a Worker Deployment, so that Temporal gives them work only once that version was
// made current, or ramps up. The zero value does not: they take whatever there is.
type Deployment struct {
	Name    string // the same for all versions
	BuildID string // of this version
}

// options are the SDK's, for workers of activities and of workflows alike: those of one version belong together, since an
// activity runs on the version that its workflow runs on.
func (d Deployment) options() worker.DeploymentOptions {
	if d.Name == "" {
		return worker.DeploymentOptions{}
	}
	return worker.DeploymentOptions{
		UseVersioning: true, Version: worker.WorkerDeploymentVersion{DeploymentName: d.Name, BuildID: d.BuildID},
	}
}

// Config is what the workers are built with.
type Config struct {
	Deployment Deployment
	Workflows  workflows.Config
	Plan       Limits
	Email      Limits
	Text       Limits
	Phone      Limits
}

// DefaultConcurrency is the concurrency of a queue where none is set.
const DefaultConcurrency = 8

// Dependencies are what the activities need.
type Dependencies struct {
	Temporal client.Client
	Store    *store.Store
	Planner  activities.Planner
	// Classifier reads the replies of contacts for whom nothing is planned any more; nil leaves them to people.
	Classifier activities.Classifier
	// Judge says which campaign is for who comes of themselves, where a campaign has a prompt for that.
	Judge  activities.Judge
	Email  activities.EmailSender
	Text   activities.TextSender // nil where no provider is configured: contacts wait with provider_auth
	Caller activities.Caller     // likewise
	Log    *slog.Logger
}

// Workers is a set of workers, one a task queue.
type Workers struct {
	client  *workflows.Client
	workers []worker.Worker
	started int
}

// Tuning of the workers. A sticky time-out of a minute, not five seconds, avoids a replay for each workflow in a burst.
const (
	stickyTimeout = time.Minute
	stopTimeout   = 20 * time.Second
	pollers       = 8
)

// New builds the workers; they poll once they are started.
func New(deps Dependencies, config Config) *Workers {
	main := worker.New(deps.Temporal, workflows.TaskQueue, worker.Options{
		MaxConcurrentWorkflowTaskPollers: pollers,
		MaxConcurrentActivityTaskPollers: 2, //nolint:mnd // fan-out, resolve, reconcile: few at once
		StickyScheduleToStartTimeout:     stickyTimeout,
		WorkerStopTimeout:                stopTimeout,
		DeploymentOptions:                config.Deployment.options(),
	})
	plan := activityWorker(deps.Temporal, workflows.PlanTaskQueue, config.Plan, config.Deployment)
	email := activityWorker(deps.Temporal, workflows.EmailTaskQueue, config.Email, config.Deployment)
	text := activityWorker(deps.Temporal, workflows.TextTaskQueue, config.Text, config.Deployment)
	phone := activityWorker(deps.Temporal, workflows.PhoneTaskQueue, config.Phone, config.Deployment)
	Register(main, config.Workflows)
	registerOwn(main, deps)
	registerPlan(plan, deps)
	sends := newSends(deps, config)
	registerEmail(email, sends)
	registerText(text, sends)
	registerPhone(phone, sends)
	return &Workers{
		client: workflows.NewClient(deps.Temporal), workers: []worker.Worker{main, plan, email, text, phone},
	}
}

// registerOwn registers what runs on the workflows' own queue: quick activities, and those that wake.
func registerOwn(registry worker.ActivityRegistry, deps Dependencies) {
	campaigns := &activities.Campaigns{Store: deps.Store, Log: deps.Log}
	contacts := &activities.Contacts{Store: deps.Store, Log: deps.Log}
	wakes := &activities.Wakes{
		Store: deps.Store, Tell: workflows.NewClient(deps.Temporal), Log: deps.Log, Classifier: deps.Classifier,
	}
	registerActivity(registry, workflows.ActivityLookCampaign, campaigns.LookCampaign)
	registerActivity(registry, workflows.ActivityTakeContacts, campaigns.TakeContacts)
	registerActivity(registry, workflows.ActivityControl, campaigns.Control)
	registerActivity(registry, workflows.ActivityLookContact, contacts.LookContact)
	registerActivity(registry, workflows.ActivityControlOne, contacts.ControlContact)
	registerActivity(registry, workflows.ActivityLookResend, contacts.LookResend)
	registerActivity(registry, workflows.ActivityFanOut, wakes.FanOut)
	registerActivity(registry, workflows.ActivityResolve, wakes.ResolveStarted)
	registerActivity(registry, workflows.ActivityReconcile, wakes.Reconcile)
}

func registerPlan(registry worker.ActivityRegistry, deps Dependencies) {
	plans := &activities.Plans{Store: deps.Store, Planner: deps.Planner, Log: deps.Log}
	registerActivity(registry, workflows.ActivityPlan, plans.PlanOutreach)
	strangers := &activities.Strangers{
		Store: deps.Store, Judge: deps.Judge, Tell: workflows.NewClient(deps.Temporal), Log: deps.Log,
	}
	registerActivity(registry, workflows.ActivityStranger, strangers.JoinStranger)
}

func registerEmail(registry worker.ActivityRegistry, sends *activities.Sends) {
	registerActivity(registry, workflows.ActivitySendEmail, sends.SendEmail)
}

func registerText(registry worker.ActivityRegistry, sends *activities.Sends) {
	registerActivity(registry, workflows.ActivitySendText, sends.SendText)
}

func registerPhone(registry worker.ActivityRegistry, sends *activities.Sends) {
	registerActivity(registry, workflows.ActivityMakeCall, sends.MakeCall)
}

func newSends(deps Dependencies, config Config) *activities.Sends {
	timeout := config.Workflows.SendTimeout
	if timeout <= 0 {
		timeout = workflows.DefaultSendTimeout
	}
	return &activities.Sends{
		Store: deps.Store, Email: deps.Email, Text: deps.Text, Caller: deps.Caller, Log: deps.Log, SendTimeout: timeout,
		Tell: workflows.NewClient(deps.Temporal),
	}
}

// Register registers the workflows, for a worker or a replay.
//
// In a Worker Deployment all of them go over to the version that becomes current, with their next task: campaigns and
// contacts live for months, reconcile for as long as the installation, and none may wait for workers of a version that is
// gone. So a version must be able to replay what others began; saved histories hold that.
func Register(registry worker.WorkflowRegistry, config workflows.Config) {
	w := workflows.New(config)
	for name, workflowFunc := range map[string]any{
		workflows.CampaignWorkflow: w.Campaign, workflows.ContactWorkflow: w.Contact,
		workflows.ResendWorkflow: w.Resend, workflows.ReconcileWorkflow: w.Reconcile,
		workflows.StrangerWorkflow: w.Stranger,
	} {
		registry.RegisterWorkflowWithOptions(workflowFunc, workflow.RegisterOptions{
			Name: name, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		})
	}
}

func registerActivity(registry worker.ActivityRegistry, name string, fn any) {
	registry.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
}

// activityWorker is a worker of a queue that runs activities only. The rate is the server's to keep, for the whole queue:
// every worker must give the same.
func activityWorker(temporal client.Client, queue string, limits Limits, deployment Deployment) worker.Worker {
	concurrency := limits.Concurrency
	if concurrency <= 0 {
		concurrency = DefaultConcurrency
	}
	return worker.New(temporal, queue, worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: concurrency,
		MaxConcurrentActivityTaskPollers:   min(concurrency, pollers),
		TaskQueueActivitiesPerSecond:       limits.PerSecond,
		DeploymentOptions:                  deployment.options(),
		WorkerStopTimeout:                  stopTimeout,
	})
}

// Start starts polling, and the installation's reconcile workflow.
func (w *Workers) Start(ctx context.Context) error {
	for _, each := range w.workers {
		if err := each.Start(); err != nil {
			w.Stop()
			return fmt.Errorf("start worker: %w", err)
		}
		w.started++
	}
	if err := w.client.StartReconcile(ctx); err != nil {
		w.Stop()
		return fmt.Errorf("start workers: %w", err)
	}
	return nil
}

// Stop stops polling and waits for what is being done.
func (w *Workers) Stop() {
	for ; w.started > 0; w.started-- {
		w.workers[w.started-1].Stop()
	}
}
