package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
)

// Activity types, as registered. Package activities implements them; the worker's tests compare both.
const (
	ActivityLookCampaign = "LookCampaign"
	ActivityTakeContacts = "TakeContacts"
	ActivityControl      = "Control"
	ActivityFanOut       = "FanOut"
	ActivityResolve      = "ResolveStarted"
	ActivityLookContact  = "LookContact"
	ActivityPlan         = "PlanOutreach"
	ActivitySendEmail    = "SendEmail"
	ActivitySendText     = "SendText"
	ActivityMakeCall     = "MakeCall"
	ActivityControlOne   = "ControlContact"
	ActivityLookResend   = "LookResend"
	ActivityReconcile    = "Reconcile"
	ActivityStranger     = "JoinStranger"
)

// ContactRef names a contact and the run that asks.
type ContactRef struct {
	CampaignID string `json:"campaignId"`
	ContactID  string `json:"contactId"`
	RunID      string `json:"runId"`
}

// SendRequest says what a contact's workflow wants to be sent.
type SendRequest struct {
	ContactRef

	OutreachID string         `json:"outreachId"`
	Attempt    int            `json:"attempt"`
	Channel    models.Channel `json:"channel,omitempty"` // whose queue it is in
	Resend     bool           `json:"resend,omitempty"`
}

// sendActivity is the activity that sends through the channel.
func sendActivity(channel models.Channel) string {
	switch channel {
	case models.ChannelText:
		return ActivitySendText
	case models.ChannelPhone:
		return ActivityMakeCall
	case models.ChannelEmail:
		return ActivitySendEmail
	default:
		return ActivitySendEmail
	}
}

// ContactControlRequest asks for a control of a contact that came as a signal. Run, control and number are its key: asked
// again, it is carried out no second time.
type ContactControlRequest struct {
	ContactRef

	Control models.ContactControl `json:"control"`
	Version int                   `json:"version,omitempty"` // of approve
	Number  int                   `json:"number"`            // among those of this control in the run, from 1
}

// TakeRequest asks for a batch of contacts. The key makes it repeatable.
type TakeRequest struct {
	CampaignID string `json:"campaignId"`
	Key        string `json:"key"`
	Limit      int    `json:"limit"`
}

// ControlRequest asks for a control that came as a signal. Run, control and number are its key: asked again, it is carried
// out no second time.
type ControlRequest struct {
	CampaignID string         `json:"campaignId"`
	Control    models.Control `json:"control"`
	RunID      string         `json:"runId"`
	Number     int            `json:"number"` // among those of this control in the run, from 1
}

// ResolveRequest names contacts that could not be started since a workflow with their id exists.
type ResolveRequest struct {
	CampaignID string   `json:"campaignId"`
	ContactIDs []string `json:"contactIds"`
}

// Config is what the workflows are built with. It sets time-outs only, which are no part of a history's commands as replay
// compares them, so it may differ between deploys.
type Config struct {
	// SendTimeout is BECKON_SEND_TIMEOUT: a provider's HTTP time-out. A send activity has three times that.
	SendTimeout time.Duration
	// ReconcileEvery is the time between two rounds of reconcile. Default a minute.
	ReconcileEvery time.Duration
}

// Defaults of Config.
const (
	DefaultSendTimeout    = 10 * time.Second
	DefaultReconcileEvery = time.Minute
)

// Workflows holds the workflows' configuration; its methods are the workflows.
type Workflows struct {
	config Config
}

// New makes the workflows, with defaults for what the configuration leaves out.
func New(config Config) *Workflows {
	if config.SendTimeout <= 0 {
		config.SendTimeout = DefaultSendTimeout
	}
	if config.ReconcileEvery <= 0 {
		config.ReconcileEvery = DefaultReconcileEvery
	}
	return &Workflows{config: config}
}

// Time-outs of activities. A plan may ask the AI three times; its heartbeat shows within seconds that a worker died.
const (
	localTimeout     = 10 * time.Second
	planTimeout      = 5 * time.Minute
	planHeartbeat    = 15 * time.Second
	fanOutTimeout    = 30 * time.Minute
	fanOutHeartbeat  = 30 * time.Second
	longestInterval  = time.Minute
	forever          = 10 * 365 * 24 * time.Hour
	resolveTimeout   = 2 * time.Minute
	reconcileTimeout = 10 * time.Minute
)

// retry is the policy of every activity: for ever, since a database or Temporal that is away comes back.
func retry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: longestInterval,
		NonRetryableErrorTypes: []string{string(models.CodeNotFound)},
	}
}

// local runs a quick activity of the database within the workflow task: one event, no trip through a queue.
func local[Out any](ctx workflow.Context, activity, summary string, in any) (Out, error) {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: localTimeout, ScheduleToCloseTimeout: forever, RetryPolicy: retry(), Summary: summary,
	})
	var out Out
	err := workflow.ExecuteLocalActivity(ctx, activity, in).Get(ctx, &out)
	return out, err
}

// refused says whether an activity failed with a code of ours: asking again would not help.
func refused(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) && application.NonRetryable()
}

// fair gives every campaign its turn in a queue, so that a huge one never starves a small one.
func fair(campaignID string) temporal.Priority {
	return temporal.Priority{FairnessKey: campaignID}
}

// untilCancelled ends a selector's wait when somebody cancels the workflow, in Temporal's Web UI for instance; what follows
// then fails as cancelled. Else the workflow would sleep on, and end with the next signal in its hands. It is started again
// where its row wants it.
func untilCancelled(ctx workflow.Context, selector workflow.Selector) {
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
}
