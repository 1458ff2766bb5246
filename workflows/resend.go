package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"beckon/models"
)

// Resend is the workflow of one resend: an outreach that an operator sends again, since nobody can say whether it was sent.
// It has a workflow of its own, since its contact may be finished. It claims like any other send, waits where the claim is
// refused for now, and ends when the resend was sent, or must not be any more.
func (w *Workflows) Resend(ctx workflow.Context, ref models.ResendRef) error {
	show := func(details string) { workflow.SetCurrentDetails(ctx, details) }
	for {
		step, err := local[models.Step](ctx, ActivityLookResend, "Read the resend's row", ref)
		if err == nil && step.Do == models.DoSend {
			show("Resend: " + step.String())
			step, err = w.resend(ctx, ref, step)
		}
		switch {
		case err != nil:
			return err
		case step.Do == models.DoWait:
			show("Resend: " + step.String())
			if err := w.waitForResend(ctx, step); err != nil {
				return err
			}
		case step.Do != models.DoSend:
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, ResendWorkflow, ref)
		}
	}
}

func (w *Workflows) resend(ctx workflow.Context, ref models.ResendRef, step models.Step) (models.Step, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: ChannelTaskQueue(step.Channel), StartToCloseTimeout: 3 * w.config.SendTimeout, //nolint:mnd // see send
		RetryPolicy: retry(), Priority: fair(ref.CampaignID), Summary: fmt.Sprintf("Send again by %s", step.Channel),
	})
	var next models.Step
	err := workflow.ExecuteActivity(ctx, sendActivity(step.Channel), SendRequest{
		ContactRef: ContactRef{CampaignID: ref.CampaignID, ContactID: ref.ContactID, RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID},
		OutreachID: ref.OutreachID, Channel: step.Channel, Resend: true,
	}).Get(ctx, &next)
	return next, err
}

// waitForResend waits for the step's time, or for a wake.
func (w *Workflows) waitForResend(ctx workflow.Context, step models.Step) error {
	timers, cancel := workflow.WithCancel(ctx)
	defer cancel()
	selector := workflow.NewSelector(ctx)
	if until := step.Waiting.Until; until != nil {
		timer := workflow.NewTimerWithOptions(timers, max(shortestWait, until.Sub(workflow.Now(ctx))), workflow.TimerOptions{
			Summary: string(step.Waiting.Reason),
		})
		selector.AddFuture(timer, func(workflow.Future) {})
	}
	selector.AddReceive(workflow.GetSignalChannel(ctx, SignalWake), func(channel workflow.ReceiveChannel, _ bool) {
		channel.Receive(ctx, nil)
	})
	untilCancelled(ctx, selector)
	selector.Select(ctx)
	return ctx.Err()
}
