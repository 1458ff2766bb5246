package activities

import (
	"context"
	"errors"
	"time"

	"beckon/models"
	"beckon/store"
)

// Classifier reads whether a reply asks not to be contacted any more. Errors are *models.ProviderError; beside one too, the
// plan says what the answers took.
type Classifier interface {
	Classify(ctx context.Context, reply models.PlanReply) (optOut bool, spent models.Plan, err error)
}

// Limits of the replies that a round of reconcile has considered.
const (
	consideredARound = 20
	consideringTime  = 30 * time.Second
)

// consider has the AI read the replies that no planning will: of contacts that are finished, or held for longer. Where it is
// away, the rest waits for the next round; what an answer's words cannot be had for counts as no opt-out, and stands in the
// contact's responses for people to read.
func (a *Wakes) consider(ctx context.Context) error {
	if a.Classifier == nil {
		return nil
	}
	replies, err := a.Store.UnconsideredReplies(ctx, consideredARound)
	if err != nil {
		return failure(a.Log, err)
	}
	asking, cancel := context.WithTimeout(ctx, consideringTime)
	defer cancel()
	stop := beat(ctx)
	defer stop()
	for _, reply := range replies {
		optOut, spent, err := a.Classifier.Classify(asking, models.PlanReply{Channel: reply.Channel, Text: reply.Text, At: reply.At})
		if err != nil && !unreadable(err) {
			a.Log.Warn("the AI could not consider replies", "reply", reply.ID, "error", err)
			return failure(a.Log, a.Store.RecordPlannerCall(ctx, reply.CampaignID, reply.ContactID, store.CodeClassified, spent))
		}
		wakes, err := a.Store.ConsiderReply(ctx, reply, optOut, spent)
		if err != nil {
			return failure(a.Log, err, "reply", reply.ID)
		}
		if err := a.wakeAll(ctx, wakes); err != nil {
			return err
		}
	}
	return nil
}

// unreadable says whether the AI answered, and nothing could be made of it: to ask again would cost as much and tell as
// little.
func unreadable(err error) bool {
	problem, ok := errors.AsType[*models.ProviderError](err)
	return ok && problem.Kind == models.FailureBadAnswer
}
