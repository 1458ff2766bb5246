package api

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"beckon/models"
	"beckon/workflows"
)

// Telling says whether a workflow was told of a change that the database already has.
type Telling string

// What became of telling.
const (
	Told    Telling = "told"
	Pending Telling = "pending" // reconcile tells it later
)

// How long an answer waits for workflows.
const (
	tellTimeout  = 2 * time.Second
	fanOutLimit  = 3 * time.Second // for all of one call's
	queryTimeout = 2 * time.Second
	tellAtOnce   = 16
)

// tell signals one workflow. The change is stored, so a client that hangs up does not stop it.
func (s *server) tell(ctx context.Context, signal string, wake models.Wake) Telling {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	if err := s.workflows.Tell(ctx, signal, wake); err != nil {
		s.log.WarnContext(ctx, "workflow not told",
			"workflow", workflows.WakeID(wake), "signal", signal, "revision", wake.Revision, "error", err)
		return Pending
	}
	return Told
}

// tellAll signals several workflows, as many as can be told within a few seconds; reconcile tells the others.
func (s *server) tellAll(ctx context.Context, signal string, wakes []models.Wake) {
	if len(wakes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fanOutLimit)
	defer cancel()
	group := errgroup.Group{}
	group.SetLimit(tellAtOnce)
	for i, wake := range wakes {
		if ctx.Err() != nil {
			s.log.WarnContext(ctx, "workflows not told in time", "signal", signal, "left", len(wakes)-i)
			break
		}
		group.Go(func() error {
			s.tell(ctx, signal, wake)
			return nil
		})
	}
	_ = group.Wait() // none returns an error
}

// wake tells a workflow to look at its row, where there is one that must.
func (s *server) wake(ctx context.Context, wake models.Wake) {
	if wake.CampaignID != "" {
		s.tell(ctx, workflows.SignalWake, wake)
	}
}

// tellAdded tells of contacts that were added.
func (s *server) tellAdded(ctx context.Context, campaignID string, result *models.AddResult) {
	if result.Signal {
		s.tell(ctx, workflows.SignalContactsAdded, models.Wake{CampaignID: campaignID, Revision: result.Revision})
	}
	s.tellAll(ctx, workflows.SignalWake, result.Wake)
}
