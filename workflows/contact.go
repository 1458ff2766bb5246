package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
)

// Contact is the workflow of one contact in its campaign: plan an outreach, wait for its date and release, claim and send
// it, and so on until the contact is finished. It begins from the contact's row, never from the first attempt. It returns
// nil only when the contact is finished, and a cancellation when it was removed, so that it may start again.
func (w *Workflows) Contact(ctx workflow.Context, input ContactInput) error {
	c := &contact{
		ctx: ctx, config: w.config, input: input, numbers: map[models.ContactControl]int{},
		ref: ContactRef{
			CampaignID: input.CampaignID, ContactID: input.ContactID,
			RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID,
		},
	}
	if err := c.setup(); err != nil {
		return err
	}
	return c.run()
}

// contact is the state of one run.
type contact struct {
	ctx    workflow.Context
	config Config
	input  ContactInput
	ref    ContactRef
	state  ContactState

	called     bool                          // a signal came since the row was read
	asked      []askedControl                // came as signals, not carried out yet
	numbers    map[models.ContactControl]int // of each control, how many were carried out in this run
	controlled bool                          // a control was carried out since the row was read

	shownStatus models.ContactStatus // as last upserted
	shownReason models.WaitingReason
}

func (c *contact) setup() error {
	c.state = ContactState{RunID: c.ref.RunID, Since: workflow.Now(c.ctx)}
	err := workflow.SetQueryHandler(c.ctx, QueryContactState, func() (ContactState, error) {
		return c.state, nil
	})
	if err != nil {
		return fmt.Errorf("set query handler: %w", err)
	}
	return nil
}

// run does one step after the other. The first is the plan activity, which begins by reading the row.
func (c *contact) run() error {
	step := models.Step{Do: models.DoPlan, Attempt: c.input.Attempt + 1}
	for {
		c.enter(step)
		var err error
		switch step.Do {
		case models.DoPlan:
			step, err = c.plan()
		case models.DoSend:
			step, err = c.send(step)
		case models.DoWait:
			step, err = c.wait(step)
		case models.DoLook:
			step, err = c.look()
		case models.DoFinish, models.DoRemoved:
			var called bool
			if called, err = c.hear(); err == nil && !called {
				return c.end(step)
			}
			step = models.Step{Do: models.DoLook} // somebody called: the row may say something else by now
		default:
			// The workflow task fails, and is tried again until a worker knows the step, as after a deploy.
			panic(fmt.Sprintf("no such step: %q", string(step.Do)))
		}
		if err != nil {
			return err
		}
		if workflow.GetInfo(c.ctx).GetContinueAsNewSuggested() {
			if _, err := c.hear(); err != nil {
				return err
			}
			return workflow.NewContinueAsNewError(c.ctx, ContactWorkflow, c.input)
		}
	}
}

// saw remembers the last attempt that a step says was made. One that waits for proof counts: it may have been sent, so a
// ledger that does not know it must not be believed.
func (c *contact) saw(step models.Step) {
	made := step.Attempt - 1
	if step.Do == models.DoWait && step.Waiting != nil && step.Waiting.Reason == models.WaitProof {
		made = step.Attempt
	}
	c.input.Attempt = max(c.input.Attempt, made)
}

// enter shows the step: to queries, and in words in Temporal's Web UI.
func (c *contact) enter(step models.Step) {
	c.state.Step, c.state.Since, c.state.Detail = step, workflow.Now(c.ctx), step.String()
	workflow.SetCurrentDetails(c.ctx, c.state.Detail)
}

// plan asks the AI for the next outreach, where the row still wants one.
func (c *contact) plan() (models.Step, error) {
	return c.do(ActivityPlan, c.ref, workflow.ActivityOptions{
		TaskQueue: PlanTaskQueue, StartToCloseTimeout: planTimeout, HeartbeatTimeout: planHeartbeat,
		Summary: "Plan the next outreach",
	})
}

// send claims the outreach and sends it. Its time-out leaves room for a claim as old as the provider's time-out, a call
// that takes as long, and the result.
func (c *contact) send(step models.Step) (models.Step, error) {
	return c.do(sendActivity(step.Channel), SendRequest{
		ContactRef: c.ref, OutreachID: step.OutreachID, Attempt: max(step.Attempt, c.input.Attempt+1), Channel: step.Channel,
	},
		workflow.ActivityOptions{
			TaskQueue: ChannelTaskQueue(step.Channel), StartToCloseTimeout: 3 * c.config.SendTimeout, //nolint:mnd // see above
			Summary: fmt.Sprintf("Send attempt %d by %s", step.Attempt, step.Channel),
		})
}

// do runs an activity. A signal meanwhile only means to look again when it returns: the claim checks everything anyway.
func (c *contact) do(activity string, in any, options workflow.ActivityOptions) (models.Step, error) {
	options.RetryPolicy, options.Priority = retry(), fair(c.ref.CampaignID)
	c.called, c.controlled = false, false // it reads the row
	ctx := workflow.WithActivityOptions(c.ctx, options)
	var step models.Step
	if err := workflow.ExecuteActivity(ctx, activity, in).Get(ctx, &step); err != nil {
		return step, err
	}
	c.saw(step)
	called, err := c.hear()
	if err != nil {
		return step, err
	}
	rests := step.Do == models.DoWait || step.Do == models.DoFinish || step.Do == models.DoRemoved
	if called && rests || c.controlled {
		step = models.Step{Do: models.DoLook}
	}
	return step, nil
}

// look reads the row.
func (c *contact) look() (models.Step, error) {
	c.called, c.controlled = false, false
	step, err := local[models.Step](c.ctx, ActivityLookContact, "Read the contact's row", c.ref)
	if err == nil {
		c.saw(step)
	}
	return step, err
}

// shortestWait is how long a wait with a time lasts at least. The time is by the clock of the worker that read the row; where
// that is behind Temporal's, the time has come here but not there, and asking again at once would fill the history.
const shortestWait = time.Second

// wait waits for the step's time or a signal, whichever comes first, and says what follows.
func (c *contact) wait(step models.Step) (models.Step, error) {
	if err := c.upsert(step.Status, step.Waiting.Reason); err != nil {
		return step, err
	}
	until, then := step.Waiting.Until, step.Then
	if step.CheckAt != nil && (until == nil || step.CheckAt.Before(*until)) {
		until, then = step.CheckAt, models.DoLook
	}
	ctx, cancel := workflow.WithCancel(c.ctx)
	defer cancel()
	selector := workflow.NewSelector(c.ctx)
	next := models.Step{Do: models.DoLook}
	if until != nil {
		timer := workflow.NewTimerWithOptions(ctx, max(shortestWait, until.Sub(workflow.Now(c.ctx))), workflow.TimerOptions{
			Summary: string(step.Waiting.Reason),
		})
		selector.AddFuture(timer, func(workflow.Future) {
			next = step
			next.Do, next.Waiting, next.Then, next.CheckAt = then, nil, "", nil
		})
	}
	for _, name := range contactSignals() {
		selector.AddReceive(workflow.GetSignalChannel(c.ctx, name), func(channel workflow.ReceiveChannel, _ bool) {
			var payload converter.RawValue // any other type would drop what it cannot read, and wait for the next
			channel.Receive(c.ctx, &payload)
			c.note(name, payload)
		})
	}
	untilCancelled(c.ctx, selector)
	selector.Select(c.ctx)
	if called, err := c.hear(); err != nil {
		return next, err
	} else if called {
		next = models.Step{Do: models.DoLook}
	}
	return next, nil
}

// hear takes every signal that has come, in the main coroutine, and says whether there was any: each means "look". Controls
// among them are carried out before, each in the same transaction as the API's, once.
func (c *contact) hear() (called bool, err error) {
	for c.drain(); len(c.asked) > 0; c.drain() {
		asked := c.asked[0]
		c.asked, c.controlled = c.asked[1:], true
		c.numbers[asked.control]++
		_, err := local[bool](c.ctx, ActivityControlOne, "Signalled: "+string(asked.control), ContactControlRequest{
			ContactRef: c.ref, Control: asked.control, Version: asked.version, Number: c.numbers[asked.control],
		})
		switch {
		case err != nil && refused(err):
			workflow.GetLogger(c.ctx).Info("a signalled control was refused", "control", string(asked.control), "error", err)
		case err != nil:
			return true, err
		}
	}
	return c.called, nil
}

// drain takes every signal that has come.
func (c *contact) drain() {
	for _, name := range contactSignals() {
		channel := workflow.GetSignalChannel(c.ctx, name)
		for {
			var payload converter.RawValue
			if !channel.ReceiveAsync(&payload) {
				break
			}
			c.note(name, payload)
		}
	}
}

// note remembers that there was a signal, and a control that came without a revision. The others mean only "look at your
// row": without a stored row behind them they do nothing.
func (c *contact) note(name string, raw converter.RawValue) {
	c.called = true
	payload := payloadOf(raw)
	if payload.Revision != nil || name == SignalWake || name == SignalRevise || name == SignalReply || name == SignalDelivery {
		return
	}
	c.asked = append(c.asked, askedControl{control: models.ContactControl(name), version: payload.Version})
}

// askedControl is a control that came as a signal.
type askedControl struct {
	control models.ContactControl
	version int
}

// contactSignals lists them in the order in which those that arrived at once are carried out: what ends comes last.
func contactSignals() []string {
	return []string{
		SignalWake, SignalRevise, SignalReply, SignalDelivery, SignalApprove, SignalEnable, SignalDisable, SignalComplete,
		SignalDisqualify,
	}
}

// upsert sets the search attributes, where they changed: each is a dear write.
func (c *contact) upsert(status models.ContactStatus, reason models.WaitingReason) error {
	if c.shownStatus == status && c.shownReason == reason {
		return nil
	}
	c.shownStatus, c.shownReason = status, reason
	waiting := SearchAttributeWaitingReason().ValueUnset()
	if reason != "" {
		waiting = SearchAttributeWaitingReason().ValueSet(string(reason))
	}
	err := workflow.UpsertTypedSearchAttributes(c.ctx, SearchAttributeContactStatus().ValueSet(string(status)), waiting)
	if err != nil {
		return fmt.Errorf("upsert search attributes: %w", err)
	}
	return nil
}

// end ends the workflow: with nil where the contact is finished, as cancelled where it was removed.
func (c *contact) end(step models.Step) error {
	if step.Do == models.DoRemoved {
		return temporal.NewCanceledError()
	}
	return c.upsert(step.Status, "")
}
