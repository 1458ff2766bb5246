package activities

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/activity"
	"golang.org/x/sync/errgroup"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Teller tells workflows to look at their rows, starts campaigns, and says how a workflow ended.
type Teller interface {
	StartCampaign(ctx context.Context, campaignID string) error
	StartStranger(ctx context.Context, strangerID string) error
	StartResend(ctx context.Context, campaignID, contactID, outreachID string) error
	Tell(ctx context.Context, signal string, wake models.Wake) error
	Describe(ctx context.Context, workflowID string) (workflows.RunState, error)
}

// Wakes serves what wakes workflows: fan-out, contacts whose workflow exists already, reconcile.
type Wakes struct {
	Store *store.Store
	Tell  Teller
	Log   *slog.Logger
	// Classifier reads replies that no planning will; nil leaves them.
	Classifier Classifier
}

const (
	fanOutPage    = 200 // contacts read at once
	wakesAtOnce   = 16  // signals in flight
	wakesARound   = 500 // of reconcile
	campaignsPage = 500
)

// FanOut wakes the campaign's contacts whose recorded wait the database contradicts, page by page, and beats with the last
// id of each page, from where a later try goes on.
func (a *Wakes) FanOut(ctx context.Context, campaignID string) error {
	after := ""
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &after); err != nil {
			after = ""
		}
	}
	for {
		wakes, last, err := a.Store.FanOutPage(ctx, campaignID, after, fanOutPage)
		if err != nil {
			return failure(a.Log, err, "campaign", campaignID)
		}
		if last == "" {
			return nil
		}
		if err := a.wakeAll(ctx, wakes); err != nil {
			return err
		}
		after = last
		activity.RecordHeartbeat(ctx, after)
	}
}

// wakeAll wakes contacts side by side. One whose workflow is gone is given back to its campaign; what else fails is left to
// reconcile.
func (a *Wakes) wakeAll(ctx context.Context, wakes []models.Wake) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(wakesAtOnce)
	for _, wake := range wakes {
		group.Go(func() error { return a.wake(ctx, wake) })
	}
	return group.Wait() //nolint:wrapcheck // made by failure
}

// wake wakes one contact.
func (a *Wakes) wake(ctx context.Context, wake models.Wake) error {
	err := a.Tell.Tell(ctx, workflows.SignalWake, wake)
	switch {
	case err == nil:
		return nil
	case models.ErrorCode(err) == models.CodeNotFound:
		return a.gone(ctx, wake)
	default:
		a.Log.Warn("could not wake a contact", "contact", wake.ContactID, "error", err)
		return nil
	}
}

// gone deals with a contact whose workflow could not be signalled. A finished or removed one needs none. One whose workflow
// completed though its row is unfinished is held: the ledger must be older than the workflow. Any other goes back into its
// campaign's intake.
func (a *Wakes) gone(ctx context.Context, wake models.Wake) error {
	if err := a.Store.Settle(ctx, wake.CampaignID, wake.ContactID); err != nil {
		return failure(a.Log, err, "contact", wake.ContactID)
	}
	state, err := a.Tell.Describe(ctx, workflows.WakeID(wake))
	if err != nil {
		a.Log.Warn("could not look for a contact's workflow", "contact", wake.ContactID, "error", err)
		return nil
	}
	switch state {
	case workflows.RunOpen: // it has begun meanwhile
		return nil
	case workflows.RunCompleted:
		_, err := a.Store.HoldBehind(ctx, wake.CampaignID, wake.ContactID)
		return failure(a.Log, err, "contact", wake.ContactID)
	case workflows.RunClosed, workflows.RunNone:
	}
	untaken, err := a.Store.Untake(ctx, wake.CampaignID, wake.ContactID)
	if err != nil {
		return failure(a.Log, err, "contact", wake.ContactID)
	}
	if !untaken {
		return nil
	}
	if err := a.Tell.Tell(ctx, workflows.SignalContactsAdded, models.Wake{CampaignID: wake.CampaignID}); err != nil {
		a.Log.Warn("could not tell a campaign", "campaign", wake.CampaignID, "error", err)
	}
	return nil
}

// ResolveStarted looks at contacts whose workflow could not be started since one with their id exists: an open one is
// woken; a completed one whose row is unfinished is held, since the ledger must be older than the workflow; any other has
// just ended, and the contact is taken in again. It returns how many are held.
func (a *Wakes) ResolveStarted(ctx context.Context, request workflows.ResolveRequest) (int, error) {
	held := 0
	for _, contactID := range request.ContactIDs {
		wake := models.Wake{CampaignID: request.CampaignID, ContactID: contactID}
		state, err := a.Tell.Describe(ctx, workflows.ContactID(request.CampaignID, contactID))
		if err != nil {
			return held, failure(a.Log, err, "contact", contactID)
		}
		switch state {
		case workflows.RunOpen:
			err = a.wake(ctx, wake)
		case workflows.RunCompleted:
			var holds bool
			if holds, err = a.Store.HoldBehind(ctx, request.CampaignID, contactID); holds {
				held++
			}
			err = failure(a.Log, err, "contact", contactID)
		case workflows.RunClosed, workflows.RunNone:
			err = a.gone(ctx, wake)
		}
		if err != nil {
			return held, err
		}
	}
	return held, nil
}
