package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"beckon/models"
	"beckon/workflows"
)

// A draft idles, however long, and takes nobody in; what the API has done is seen when the workflow is told.
func TestCampaignLives(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignDraft)
	ids := contactIDs(3)
	b.row.waiting = ids
	b.at(time.Hour, func() {
		require.Equal(t, workflows.CampaignState{
			RunID: b.state().RunID, Status: models.CampaignDraft, Intake: workflows.IntakeIdle,
			Details: "The campaign is a draft: waiting for Go Live.",
		}, b.state())
		require.Empty(t, b.begun)
	})
	b.at(90*24*time.Hour, func() {
		b.tell(workflows.SignalGoLive, func(r *campaignRow) { r.status = models.CampaignActive })
	})
	b.at(91*24*time.Hour, func() {
		require.Equal(t, models.CampaignActive, b.state().Status)
		require.Equal(t, 3, b.state().Started)
		require.Equal(t, workflows.IntakeIdle, b.state().Intake)
		require.Contains(t, b.state().Details, "idle")
		b.tell(workflows.SignalPause, func(r *campaignRow) { r.status = models.CampaignPaused })
	})
	b.at(92*24*time.Hour, func() {
		require.Equal(t, models.CampaignPaused, b.state().Status)
		require.Contains(t, b.state().Details, "paused")
	})
	b.archive(93 * 24 * time.Hour)
	require.NoError(t, b.run())
	b.requireBegunOnce(ids)
	require.Equal(t, []string{"look", "look", "take 3", "look", "look", "look"}, b.calls)
	require.Empty(t, b.asked, "signals with a revision are no controls")
}

// Contacts that are added later are taken in when the workflow is told so, and children are what they must be.
func TestCampaignTakesContactsIn(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	ids := contactIDs(250)
	b.at(time.Minute, func() {
		b.tell(workflows.SignalContactsAdded, func(r *campaignRow) { r.waiting = append(r.waiting, ids[:249]...) })
	})
	b.at(time.Hour, func() {
		b.tell(workflows.SignalContactsAdded, func(r *campaignRow) { r.waiting = append(r.waiting, ids[249]) })
	})
	b.archive(2 * time.Hour)
	require.NoError(t, b.run())
	b.requireBegunOnce(ids)
	keys := map[string]bool{}
	for _, request := range b.taken {
		require.Equal(t, campaignID, request.CampaignID)
		require.Equal(t, 100, request.Limit)
		keys[request.Key] = true
	}
	require.Len(t, keys, 4, "each batch has a key of its own")
	for id, info := range b.options {
		require.Equal(t, workflows.ContactID(campaignID, id), info.WorkflowExecution.ID)
		require.Equal(t, workflows.TaskQueue, info.TaskQueueName)
	}
}

// A paused campaign takes nobody in; resume does.
func TestPausedCampaignTakesNobodyIn(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignPaused)
	b.row.waiting = contactIDs(2)
	b.at(time.Hour, func() { b.env.SignalWorkflow(workflows.SignalContactsAdded, revision(1)) })
	b.at(2*time.Hour, func() {
		require.Empty(t, b.begun)
		b.tell(workflows.SignalResume, func(r *campaignRow) { r.status = models.CampaignActive })
	})
	b.archive(3 * time.Hour)
	require.NoError(t, b.run())
	b.requireBegunOnce(contactIDs(2))
}

// After 500 starts the run is followed by another, which goes on where it ended. Every child has begun by then: one that was
// only asked for would be lost with the run.
func TestCampaignContinuesAsNew(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	ids := contactIDs(730)
	b.row.waiting = ids
	b.row.revision = 5
	next := continued[workflows.CampaignInput](t, b.run(workflows.CampaignInput{
		CampaignID: campaignID, FannedOut: 4, Held: 2,
	}), workflows.CampaignWorkflow)
	require.Equal(t, workflows.CampaignInput{CampaignID: campaignID, FannedOut: 4, Held: 2}, next)
	b.requireBegunOnce(ids[:500])
	require.Len(t, b.taken, 5)

	rest := newCampaignBench(t, models.CampaignActive)
	rest.row.waiting = b.row.waiting
	rest.archive(time.Hour)
	require.NoError(t, rest.run(next))
	rest.requireBegunOnce(ids[500:])
	require.Equal(t, 2, rest.state().Held)
}

// Each child is waited for before the run ends.
func TestCampaignWaitsForEachStart(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	b.row.waiting = contactIDs(500)
	started := 0
	b.env.SetOnChildWorkflowStartedListener(listenStarts(&started))
	continued[workflows.CampaignInput](t, b.run(), workflows.CampaignWorkflow)
	require.Equal(t, 500, started)
}

// Contacts outlive the run that started them.
func TestContactsOutliveTheRun(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	b.row.waiting = contactIDs(500)
	b.lasts = time.Hour
	continued[workflows.CampaignInput](t, b.run(), workflows.CampaignWorkflow)
	require.Equal(t, 500, b.ended)
	require.Equal(t, time.Hour, b.env.Now().Sub(epoch()))
}

// A long history ends the run too: at once where contacts wait, and before it falls idle where it is long already.
func TestCampaignContinuesAsNewForItsHistory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		waiting int
		length  int
		suggest bool
		ends    bool
	}{
		"short":              {0, 999, false, false},
		"long and idle":      {0, 1_000, false, true},
		"long and busy":      {150, 2_999, false, true}, // it goes on until it is idle
		"too long":           {150, 3_000, false, true},
		"suggested":          {150, 10, true, true},
		"suggested and idle": {0, 10, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCampaignBench(t, models.CampaignActive)
			b.row.waiting = contactIDs(c.waiting)
			b.env.SetCurrentHistoryLength(c.length)
			b.env.SetContinueAsNewSuggested(c.suggest)
			if c.suggest && c.waiting == 0 { // an idle run ends when it is called
				b.at(time.Minute, func() { b.env.SignalWorkflow(workflows.SignalWake, revision(1)) })
			}
			b.archive(time.Hour)
			err := b.run()
			if !c.ends {
				require.NoError(t, err)
				return
			}
			continued[workflows.CampaignInput](t, err, workflows.CampaignWorkflow)
			switch {
			case c.length >= 3_000 || c.suggest:
				b.requireBegunOnce(contactIDs(min(100, c.waiting)))
			default:
				b.requireBegunOnce(contactIDs(c.waiting))
			}
		})
	}
}

// Contacts whose workflow exists already are looked at by an activity; what it holds is counted, over runs.
func TestCampaignResolvesContactsThatExist(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	ids := contactIDs(5)
	b.row.waiting = ids
	b.held = 2
	b.at(time.Hour, func() { // their workflows have completed, and yet they are to be taken in
		b.tell(workflows.SignalContactsAdded, func(r *campaignRow) { r.waiting = slices.Concat(contactIDs(6)[5:], ids[1:4]) })
	})
	b.at(2*time.Hour, func() { require.Equal(t, 2, b.state().Held) })
	b.archive(3 * time.Hour)
	require.NoError(t, b.run())
	b.requireBegunOnce(contactIDs(6))
	require.Equal(t, 1, b.count("resolve 3"))
	require.Equal(t, 6, b.state().Started)
}

// Contacts are woken only where the database says that some wait for nothing, and once for each revision: reconcile raises it
// where a fan-out was cut short.
func TestCampaignFansOut(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignPaused)
	resume := func(r *campaignRow) { r.status, r.unsettled = models.CampaignActive, true }
	b.at(time.Hour, func() { b.tell(workflows.SignalResume, resume) })
	b.at(2*time.Hour, func() {
		require.Equal(t, 1, b.count("fan-out"))
		b.env.SignalWorkflow(workflows.SignalWake, revision(1))
	})
	b.at(3*time.Hour, func() {
		require.Equal(t, 1, b.count("fan-out"), "all are settled")
		b.mu.Lock()
		b.row.unsettled = true // without a change of the campaign: the contacts are on their way
		b.mu.Unlock()
		b.env.SignalWorkflow(workflows.SignalWake, revision(1))
	})
	b.at(4*time.Hour, func() {
		require.Equal(t, 1, b.count("fan-out"), "the same revision")
		b.tell(workflows.SignalWake, func(*campaignRow) {})
	})
	b.at(5*time.Hour, func() { require.Equal(t, 2, b.count("fan-out"), "a new revision") })
	b.archive(6 * time.Hour)
	require.NoError(t, b.run())
	require.Equal(t, 2, b.count("fan-out"))
}

// The revision up to which contacts were woken goes with the campaign into its next run.
func TestFannedOutTravels(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	b.row.unsettled, b.row.revision, b.row.waiting = true, 7, contactIDs(500)
	next := continued[workflows.CampaignInput](t, b.run(), workflows.CampaignWorkflow)
	require.EqualValues(t, 7, next.FannedOut)

	again := newCampaignBench(t, models.CampaignActive)
	again.row.unsettled, again.row.revision = true, 7
	again.archive(time.Hour)
	again.at(time.Minute, func() { require.Zero(t, again.count("fan-out")) })
	require.NoError(t, again.run(next))
}

// An archived campaign ends its contacts, and then itself; one that is archived without contacts ends at once.
func TestArchivedCampaignCompletes(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	b.at(time.Hour, func() {
		b.tell(workflows.SignalArchive, func(r *campaignRow) { r.status, r.unsettled = models.CampaignArchived, true })
	})
	require.NoError(t, b.run())
	require.Equal(t, []string{"look", "look", "fan-out", "look"}, b.calls)
	require.Equal(t, "Archived.", b.state().Details)

	b = newCampaignBench(t, models.CampaignArchived)
	require.NoError(t, b.run())
	require.Equal(t, []string{"look"}, b.calls)

	// Woken for a revision that was fanned out already, it still does not end while contacts are unfinished.
	b = newCampaignBench(t, models.CampaignArchived)
	b.row.unsettled = true
	require.NoError(t, b.run(workflows.CampaignInput{CampaignID: campaignID, FannedOut: 1}))
	require.Equal(t, 1, b.count("fan-out"))
}

// A campaign that is archived by its last signal while it ends, or woken then, looks again and ends.
func TestCampaignIsCalledWhileItEnds(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignArchived)
	looks := 0
	b.during = func(call string) {
		if call == "look" && looks < 2 {
			looks++
			b.env.SignalWorkflow(workflows.SignalPause, nil)
		}
	}
	require.NoError(t, b.run())
	require.Equal(t, []string{"look", "control pause", "look", "control pause", "look"}, b.calls)
}

// Somebody cancels it: it ends at once, and not with the next control in its hands.
func TestCampaignIsCancelledByHand(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	b.at(time.Hour, b.env.CancelWorkflow)
	cancelled := &temporal.CanceledError{}
	require.ErrorAs(t, b.run(), &cancelled)
	require.Equal(t, time.Hour, b.env.Now().Sub(epoch()))
	require.Equal(t, []string{"look"}, b.calls)
}

// A workflow whose campaign is no row fails: there is nothing to do.
func TestCampaignWithoutARow(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	err := b.run(workflows.CampaignInput{CampaignID: "unknown"})
	failed := &temporal.ApplicationError{}
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "not_found", failed.Type())
}

// A campaign of many contacts, through as many runs as it takes: none is left, none begins twice.
func TestCampaignOfManyContacts(t *testing.T) {
	t.Parallel()
	ids := contactIDs(1_730)
	waiting, begun, runs := ids, map[string]int{}, 0
	next := workflows.CampaignInput{CampaignID: campaignID}
	for len(waiting) > 0 {
		b := newCampaignBench(t, models.CampaignActive)
		b.row.waiting = waiting
		b.at(time.Hour, func() { b.env.SetContinueAsNewSuggested(true) })
		b.at(2*time.Hour, func() { b.env.SignalWorkflow(workflows.SignalWake, revision(1)) })
		next = continued[workflows.CampaignInput](t, b.run(next), workflows.CampaignWorkflow)
		for id, times := range b.begun {
			begun[id] += times
		}
		waiting = b.row.waiting
		runs++
	}
	require.Equal(t, 4, runs)
	require.Len(t, begun, len(ids))
	for _, id := range ids {
		require.Equal(t, 1, begun[id], fmt.Sprint(id))
	}
}
