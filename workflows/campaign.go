package workflows

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
)

// Bounds of a campaign's run. Each stays far below Temporal's: 2,000 pending children a run, 51,200 events a history.
const (
	batchSize     = 100   // contacts started at once
	startsARun    = 500   // contacts, then the campaign continues as new
	eventsARun    = 3_000 // events, likewise
	eventsForIdle = 1_000 // likewise, before it falls idle: the children of this run still report their ends to it
)

// Campaign is the workflow of one campaign, from its creation to its archiving. It takes contacts in as they come, starts
// a child workflow for each, carries out controls that come as signals, and wakes contacts that wait for what has
// happened. It holds no list: what it does next it reads from the campaign's row.
func (w *Workflows) Campaign(ctx workflow.Context, input CampaignInput) error {
	c := &campaign{
		ctx: ctx, input: input, runID: workflow.GetInfo(ctx).WorkflowExecution.RunID, numbers: map[models.Control]int{},
	}
	if err := c.setup(); err != nil {
		return err
	}
	return c.run()
}

// campaign is the state of one run.
type campaign struct {
	ctx   workflow.Context
	input CampaignInput
	runID string
	state CampaignState

	asked   []models.Control       // came as signals, not carried out yet
	numbers map[models.Control]int // of each control, how many were carried out in this run
	batches int                    // taken in this run
	started int                    // contacts, in this run
}

func (c *campaign) setup() error {
	c.state = CampaignState{RunID: c.runID, Intake: IntakeIdle, Held: c.input.Held}
	err := workflow.SetQueryHandler(c.ctx, QueryCampaignState, func() (CampaignState, error) {
		return c.state, nil
	})
	if err != nil {
		return fmt.Errorf("set query handler: %w", err)
	}
	return nil
}

// run repeats: drain the signals, carry out controls, read the row, do what it says; or else wait.
func (c *campaign) run() error {
	for {
		if err := c.carryOut(); err != nil {
			return err
		}
		view, err := local[models.CampaignView](c.ctx, ActivityLookCampaign, "Read the campaign's row", c.input.CampaignID)
		if err != nil {
			return err
		}
		c.state.Status = view.Status
		archived := view.Status == models.CampaignArchived
		switch {
		case view.Unsettled && (archived || view.Revision != c.input.FannedOut):
			err = c.fanOut(view)
		case archived:
			if !c.drain() {
				c.show("Archived.")
				return nil
			}
		case view.Untaken:
			err = c.takeIn()
		case c.events() >= eventsForIdle:
			return c.continueAsNew()
		default:
			c.idle(view)
		}
		if err != nil {
			return err
		}
		if c.full() {
			return c.continueAsNew()
		}
	}
}

// show says in words, for Temporal's Web UI, what the campaign does.
func (c *campaign) show(details string) {
	c.state.Details, c.state.Started = details, c.started
	workflow.SetCurrentDetails(c.ctx, details)
}

func (c *campaign) events() int { return workflow.GetInfo(c.ctx).GetCurrentHistoryLength() }

// full says whether the run is to be followed by another.
func (c *campaign) full() bool {
	return c.started >= startsARun || c.events() >= eventsARun || workflow.GetInfo(c.ctx).GetContinueAsNewSuggested()
}

// idle waits for a signal, or for its cancellation.
func (c *campaign) idle(view models.CampaignView) {
	switch {
	case view.Status == models.CampaignDraft:
		c.show(models.WaitGoLive.Details())
	case view.Ended && view.Status != models.CampaignArchived: // as contacts that it has not taken in are shown
		c.show(models.WaitCampaignEnded.Details() + " No contact is taken in and nothing is sent.")
	case view.Status == models.CampaignPaused:
		c.show(models.WaitCampaignPaused.Details() + " No contact is taken in and nothing is sent.")
	case view.Status == models.CampaignActive:
		c.show("Active, idle: no contacts in the queue. Contacts that were taken in have workflows of their own.")
	}
	selector := workflow.NewSelector(c.ctx)
	c.listen(selector)
	untilCancelled(c.ctx, selector)
	selector.Select(c.ctx)
}

// listen adds every signal of a campaign to the selector; what comes is noted as drain does.
func (c *campaign) listen(selector workflow.Selector) {
	for _, name := range campaignSignals() {
		selector.AddReceive(workflow.GetSignalChannel(c.ctx, name), func(channel workflow.ReceiveChannel, _ bool) {
			var payload converter.RawValue // any other type would drop what it cannot read, and wait for the next
			channel.Receive(c.ctx, &payload)
			c.note(name, payload)
		})
	}
}

// drain takes every signal that has come, in the main coroutine, and says whether there was any.
func (c *campaign) drain() bool {
	found := false
	for _, name := range campaignSignals() {
		channel := workflow.GetSignalChannel(c.ctx, name)
		for {
			var payload converter.RawValue
			if !channel.ReceiveAsync(&payload) {
				break
			}
			c.note(name, payload)
			found = true
		}
	}
	return found
}

// note remembers a control that came without a revision. Beckon's own signals mean only "look at your row", which the run
// does anyway.
func (c *campaign) note(name string, payload converter.RawValue) {
	if name != SignalWake && name != SignalContactsAdded && payloadOf(payload).Revision == nil {
		c.asked = append(c.asked, models.Control(name))
	}
}

// campaignSignals lists them in the order in which those that arrived at once are carried out: what stops comes last, so
// that a pause holds whatever came with it.
func campaignSignals() []string {
	return []string{
		SignalWake, SignalContactsAdded, SignalGoLive, SignalResume, SignalStartOutreaches, SignalExecuteApproved,
		SignalPause, SignalArchive,
	}
}

// carryOut drains the signals and runs the controls among them, each in the same transaction as the API's, once. A control's
// key is the run, its name, and its number among those of that name: signals of one name keep their order, while the order
// of different ones depends on where a workflow task began, and a task that is repeated may begin elsewhere.
func (c *campaign) carryOut() error {
	for c.drain(); len(c.asked) > 0; c.drain() {
		control := c.asked[0]
		c.asked = c.asked[1:]
		c.numbers[control]++
		_, err := local[models.ControlResult](c.ctx, ActivityControl, "Signalled: "+string(control), ControlRequest{
			CampaignID: c.input.CampaignID, Control: control, RunID: c.runID, Number: c.numbers[control],
		})
		switch {
		case err != nil && refused(err):
			workflow.GetLogger(c.ctx).Info("a signalled control was refused", "control", string(control), "error", err)
		case err != nil:
			return err
		}
	}
	return nil
}

// takeIn takes one batch of contacts in and starts their workflows.
func (c *campaign) takeIn() error {
	c.state.Intake = IntakeRunning
	defer func() { c.state.Intake = IntakeIdle }()
	c.show("Active: taking contacts in, a batch at a time.")
	c.batches++
	batch, err := local[models.Batch](c.ctx, ActivityTakeContacts, "Take contacts in", TakeRequest{
		CampaignID: c.input.CampaignID, Key: fmt.Sprintf("%s/%d", c.runID, c.batches), Limit: batchSize,
	})
	if err != nil {
		return err
	}
	return c.start(batch.ContactIDs)
}

// start starts the contacts' workflows and waits until each has begun: one that has only been asked for would be lost
// when this run ends. They outlive the run.
func (c *campaign) start(contactIDs []string) error {
	children := make([]workflow.ChildWorkflowFuture, len(contactIDs))
	for i, contactID := range contactIDs {
		ctx := workflow.WithChildOptions(c.ctx, c.childOptions(contactID))
		children[i] = workflow.ExecuteChildWorkflow(ctx, ContactWorkflow, ContactInput{
			CampaignID: c.input.CampaignID, ContactID: contactID,
		})
	}
	existing := []string{}
	for i, child := range children {
		if err := child.GetChildWorkflowExecution().Get(c.ctx, nil); err != nil {
			existing = append(existing, contactIDs[i])
		}
	}
	c.started += len(contactIDs) - len(existing)
	if len(existing) == 0 {
		return nil
	}
	return c.resolve(existing)
}

func (c *campaign) childOptions(contactID string) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID: ContactID(c.input.CampaignID, contactID),
		TaskQueue:  TaskQueue,
		// The contact outlives this run of the campaign, and may start again only where it did not complete.
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		Priority:              fair(c.input.CampaignID),
	}
}

// resolve finds out why contacts could not be started: their workflow is open, or completed, or has just ended.
func (c *campaign) resolve(contactIDs []string) error {
	ctx := workflow.WithActivityOptions(c.ctx, workflow.ActivityOptions{
		TaskQueue: TaskQueue, StartToCloseTimeout: resolveTimeout, RetryPolicy: retry(),
		Priority: fair(c.input.CampaignID), Summary: "Look at contacts whose workflow exists already",
	})
	var held int
	err := workflow.ExecuteActivity(ctx, ActivityResolve, ResolveRequest{
		CampaignID: c.input.CampaignID, ContactIDs: contactIDs,
	}).Get(ctx, &held)
	c.input.Held += held
	c.state.Held = c.input.Held
	return err
}

// fanOut wakes the contacts that wait for what has happened. Controls that come meanwhile are carried out at once.
func (c *campaign) fanOut(view models.CampaignView) error {
	c.show("Waking the contacts that wait for what has happened.")
	ctx := workflow.WithActivityOptions(c.ctx, workflow.ActivityOptions{
		TaskQueue: TaskQueue, StartToCloseTimeout: fanOutTimeout, HeartbeatTimeout: fanOutHeartbeat,
		RetryPolicy: retry(), Priority: fair(c.input.CampaignID), Summary: "Wake waiting contacts",
	})
	future := workflow.ExecuteActivity(ctx, ActivityFanOut, c.input.CampaignID)
	for !future.IsReady() {
		selector := workflow.NewSelector(c.ctx)
		selector.AddFuture(future, func(workflow.Future) {})
		c.listen(selector)
		selector.Select(c.ctx)
		if err := c.carryOut(); err != nil {
			return err
		}
	}
	c.input.FannedOut = view.Revision
	return future.Get(ctx, nil)
}

// continueAsNew ends the run and begins the next. Controls that have come are carried out before; other signals need not
// travel, since the next run begins by reading the row.
func (c *campaign) continueAsNew() error {
	if err := c.carryOut(); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(c.ctx, CampaignWorkflow, c.input)
}
