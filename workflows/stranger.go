package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// strangerTime is how long one asking may take: each campaign that is open to strangers may be asked about.
const strangerTime = 5 * time.Minute

// Stranger is the workflow of one message of somebody who is in no campaign: it has the AI asked which campaign is for them,
// for as long as that takes. The message is in the database.
func (w *Workflows) Stranger(ctx workflow.Context, strangerID string) error {
	workflow.SetCurrentDetails(ctx, "The AI is asked which campaign is for a person who came of themselves.")
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: PlanTaskQueue, StartToCloseTimeout: strangerTime, HeartbeatTimeout: planHeartbeat,
		RetryPolicy: retry(), Summary: "Ask the AI which campaign is for a stranger",
	})
	return workflow.ExecuteActivity(ctx, ActivityStranger, strangerID).Get(ctx, nil)
}
