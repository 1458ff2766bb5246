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
	Pending Telling = "pending" // not told yet: it is being told, or reconcile tells it later
)

// How long an answer waits for workflows.
const (
	tellTimeout  = 2 * time.Second
	tellMoment   = 10 * time.Millisecond
	fanOutLimit  = 3 * time.Second // for all of one call's
	queryTimeout = 2 * time.Second
	tellAtOnce   = 16
)

// notice is what one workflow is to be told.
type notice struct {
	signal string
	wake   models.Wake
}

// tell signals one workflow. The change is stored, so a client that hangs up does not stop it.
func (s *server) tell(ctx context.Context, signal string, wake models.Wake) Telling {
	return s.tellWithin(context.WithoutCancel(ctx), notice{signal, wake})
}

// tellSoon signals a campaign's workflow of a control, and waits for that a moment only. The control holds already, and a
// workflow that is busy, such as one that starts hundreds of contacts, takes signals later: a pause must not answer later
// the more contacts a campaign has. What is pending goes on being told after the answer.
func (s *server) tellSoon(ctx context.Context, signal string, wake models.Wake) Telling {
	return s.soon(func() Telling { return s.tell(ctx, signal, wake) })
}

// soon waits a moment for something to be told; it goes on after that.
func (s *server) soon(tell func() Telling) Telling {
	told := make(chan Telling, 1)
	go func() { told <- tell() }()
	moment := time.NewTimer(s.tellMoment)
	defer moment.Stop()
	select {
	case result := <-told:
		return result
	case <-moment.C:
		return Pending
	}
}

func (s *server) tellWithin(ctx context.Context, n notice) Telling {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	if err := s.workflows.Tell(ctx, n.signal, n.wake); err != nil {
		s.log.WarnContext(ctx, "workflow not told",
			"workflow", workflows.WakeID(n.wake), "signal", n.signal, "revision", n.wake.Revision, "error", err)
		return Pending
	}
	return Told
}

// tellAll tells as many workflows as can be told within a few seconds; reconcile tells the others.
func (s *server) tellAll(ctx context.Context, notices []notice) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fanOutLimit)
	defer cancel()
	group := errgroup.Group{}
	group.SetLimit(tellAtOnce)
	for i, each := range notices {
		if ctx.Err() != nil {
			s.log.WarnContext(ctx, "workflows not told in time", "left", len(notices)-i)
			break
		}
		group.Go(func() error {
			s.tellWithin(ctx, each)
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

// tellContact tells a contact's workflow of what the database already has, where there is one that must know.
func (s *server) tellContact(ctx context.Context, signal string, wake models.Wake) {
	if wake.CampaignID != "" {
		s.tellSoon(ctx, signal, wake)
	}
}

// notices are the same signal for several contacts' workflows. Campaigns among them, which know no such signal, are woken.
func notices(signal string, wakes []models.Wake) []notice {
	list := make([]notice, 0, len(wakes)+1)
	for _, wake := range wakes {
		each := notice{signal, wake}
		if wake.ContactID == "" {
			each.signal = workflows.SignalWake
		}
		list = append(list, each)
	}
	return list
}

// judge has the AI asked whether a campaign is for a stranger whose message is kept. What cannot be started in time, reconcile
// starts.
func (s *server) judge(ctx context.Context, strangerID string) {
	s.soon(func() Telling {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
		defer cancel()
		if err := s.workflows.StartStranger(ctx, strangerID); err != nil {
			s.log.WarnContext(ctx, "stranger's workflow not started", "stranger", strangerID, "error", err)
			return Pending
		}
		return Told
	})
}

// tellAdded tells of contacts that were added: the campaign, and those workflows whose contact has changed.
func (s *server) tellAdded(ctx context.Context, campaignID string, result *models.AddResult) {
	list := notices(workflows.SignalWake, result.Wake)
	if result.Signal {
		added := models.Wake{CampaignID: campaignID, Revision: result.Revision}
		list = append([]notice{{workflows.SignalContactsAdded, added}}, list...)
	}
	s.tellAll(ctx, list)
}
