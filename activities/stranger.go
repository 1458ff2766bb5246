package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Judge says whether a campaign is for a stranger. Errors are *models.ProviderError; beside one too, the verdict says what the
// answers took.
type Judge interface {
	Eligible(ctx context.Context, question models.StrangerQuestion) (models.StrangerVerdict, error)
}

// Strangers serves those who came of themselves to no campaign.
type Strangers struct {
	Store *store.Store
	Judge Judge
	Tell  Teller
	Log   *slog.Logger
}

// JoinStranger asks the AI about one campaign after the other until the stranger has joined one or none is left, and tells the
// workflows of what came of it. While the AI is away it is tried again, at most every 15 minutes; the message is kept.
func (a *Strangers) JoinStranger(ctx context.Context, strangerID string) error {
	stop := beat(ctx)
	defer stop()
	for {
		question, received, err := a.Store.JudgeStranger(ctx, strangerID)
		if err != nil {
			return failure(a.Log, err, "stranger", strangerID)
		}
		a.tell(ctx, received)
		if question == nil {
			return nil
		}
		verdict, err := a.Judge.Eligible(ctx, *question)
		if err != nil {
			return a.failed(ctx, question, err)
		}
		received, err = a.Store.AnswerStranger(ctx, question, verdict)
		if err != nil {
			return failure(a.Log, err, "stranger", strangerID, "campaign", question.CampaignID)
		}
		a.tell(ctx, received)
	}
}

// failed notes why the AI could not be asked; Temporal tries again.
func (a *Strangers) failed(ctx context.Context, question *models.StrangerQuestion, cause error) error {
	problem := &models.ProviderError{Kind: models.FailureInDoubt, Code: "error"}
	_ = errors.As(cause, &problem)
	delay := max(problem.RetryAfter, exponential(int(activity.GetInfo(ctx).Attempt)))
	ctx, cancel := lasting(ctx)
	defer cancel()
	a.Log.Warn("the AI could not be asked about a stranger", "stranger", question.StrangerID, "campaign", question.CampaignID,
		"kind", string(problem.Kind), "code", problem.Code, "again", delay.Round(time.Second))
	if err := a.Store.FailStranger(ctx, question.StrangerID, problem.Code); err != nil {
		return failure(a.Log, err, "stranger", question.StrangerID)
	}
	return again("planner_"+string(problem.Kind), delay)
}

// tell tells the workflows what a message means for them. Who is not told in time is told by reconcile.
func (a *Strangers) tell(ctx context.Context, received models.Received) {
	type notice struct {
		signal string
		wake   models.Wake
	}
	list := []notice{}
	for _, wake := range received.Wakes {
		list = append(list, notice{workflows.SignalReply, wake})
	}
	if joined := received.Joined; joined != nil {
		for _, wake := range joined.Wake {
			list = append(list, notice{workflows.SignalWake, wake})
		}
		if joined.Signal {
			added := models.Wake{CampaignID: received.CampaignID, Revision: joined.Revision}
			list = append(list, notice{workflows.SignalContactsAdded, added})
		}
	}
	for _, each := range list {
		if err := a.Tell.Tell(ctx, each.signal, each.wake); err != nil {
			a.Log.Warn("workflow not told", "workflow", workflows.WakeID(each.wake), "signal", each.signal, "error", err)
		}
	}
}

// strangers starts the workflows of messages that wait for the AI and have none.
func (a *Wakes) strangers(ctx context.Context) error {
	for after := ""; ; {
		ids, err := a.Store.Strangers(ctx, after, fanOutPage)
		if err != nil {
			return failure(a.Log, err)
		}
		for _, id := range ids {
			after = id
			if err := a.Tell.StartStranger(ctx, id); err != nil {
				a.Log.Warn("could not have the AI asked about a stranger", "stranger", id, "error", err)
			}
		}
		if len(ids) < fanOutPage {
			return nil
		}
		activity.RecordHeartbeat(ctx)
	}
}
