package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/workflows"
)

// requireContactRefused wants a control of the contact to be refused.
func (w *world) requireContactRefused(control models.ContactControl, version int, code models.Code) {
	w.t.Helper()
	changed, err := w.tryContact(control, version)
	require.Equal(w.t, code, models.ErrorCode(err), "%s: %v", control, err)
	require.False(w.t, changed)
}

// cell is one cell of the table of a campaign's controls.
type cell struct {
	changed bool
	code    models.Code           // of the refusal
	to      models.CampaignStatus // afterwards
}

// campaignCells is the table of controls as people read it: for each status, what each control does.
func campaignCells() map[models.CampaignStatus]map[models.Control]cell {
	no := cell{code: models.CodeInvalidTransition}
	const draft, active, paused, archived = models.CampaignDraft, models.CampaignActive, models.CampaignPaused,
		models.CampaignArchived
	return map[models.CampaignStatus]map[models.Control]cell{
		draft: {
			models.ControlGoLive: {changed: true, to: active}, models.ControlPause: no, models.ControlResume: no,
			models.ControlArchive: {changed: true, to: archived}, models.ControlStartOutreaches: no,
			models.ControlExecuteApproved: no,
		},
		active: {
			models.ControlGoLive: {to: active}, models.ControlPause: {changed: true, to: paused},
			models.ControlResume: {to: active}, models.ControlArchive: {changed: true, to: archived},
			models.ControlStartOutreaches: {changed: true, to: active}, models.ControlExecuteApproved: {to: active},
		},
		paused: {
			models.ControlGoLive: no, models.ControlPause: {to: paused}, models.ControlResume: {changed: true, to: active},
			models.ControlArchive: {changed: true, to: archived}, models.ControlStartOutreaches: no,
			models.ControlExecuteApproved: no,
		},
		archived: {
			models.ControlGoLive: no, models.ControlPause: no, models.ControlResume: no, models.ControlArchive: {to: archived},
			models.ControlStartOutreaches: no, models.ControlExecuteApproved: no,
		},
	}
}

// path leads a draft to the status.
func path(to models.CampaignStatus) []models.Control {
	return map[models.CampaignStatus][]models.Control{
		models.CampaignDraft:    nil,
		models.CampaignActive:   {models.ControlGoLive},
		models.CampaignPaused:   {models.ControlGoLive, models.ControlPause},
		models.CampaignArchived: {models.ControlGoLive, models.ControlArchive},
	}[to]
}

// Each cell of the table, by the API and by a signal without a revision: the same row afterwards, and the campaign's workflow
// goes by it.
func TestCampaignControls(t *testing.T) {
	t.Parallel()
	for from, row := range campaignCells() {
		for control, want := range row {
			for _, signalled := range []bool{false, true} {
				if signalled && from == models.CampaignArchived {
					continue // its workflow has ended: there is nobody to signal
				}
				t.Run(fmt.Sprintf("%s/%s/signalled=%t", from, control, signalled), func(t *testing.T) {
					t.Parallel()
					testCampaignControl(t, from, control, want, signalled)
				})
			}
		}
	}
}

func testCampaignControl(t *testing.T, from models.CampaignStatus, control models.Control, want cell, signalled bool) {
	t.Helper()
	w := newWorld(t, draft, manual, reviewed, settings(func(c *models.Campaign) {
		c.ConsentBasis = new("attested") // go-live by signal attests nothing
	}))
	for i, step := range path(from) {
		w.at(time.Duration(i+1)*time.Minute, func() { w.control(step) })
	}
	before := int64(0)
	act := func() {
		row, err := w.Campaign(t.Context(), w.campaignID)
		require.NoError(t, err)
		require.Equal(t, from, row.Status)
		before = row.Revision
		switch {
		case signalled:
			w.commandCampaign(control)
		case want.code != "":
			w.refuses(control, want.code)
		default:
			require.Equal(t, want.changed, w.control(control).Changed)
		}
	}
	if from == models.CampaignArchived { // its workflow has ended
		w.run(time.Hour)
		act()
		w.requireCampaign(want, from, before)
		return
	}
	w.at(time.Hour, act)
	if want.to != models.CampaignArchived {
		w.at(2*time.Hour, func() {
			w.requireCampaign(want, from, before)
			require.Equal(t, w.campaign().Status, w.campaignState().Status)
		})
	}
	w.run(3 * time.Hour)
	w.requireCampaign(want, from, before)
	w.requireSent()
}

// requireCampaign wants the campaign to be as the cell of the table says, and its contact as the campaign.
func (w *world) requireCampaign(want cell, from models.CampaignStatus, before int64) {
	w.t.Helper()
	if want.code != "" {
		want.to = from
	}
	row := w.campaign()
	require.Equal(w.t, want.to, row.Status)
	raised := int64(0)
	if want.changed {
		raised = 1
	}
	require.Equal(w.t, before+raised, row.Revision, "it was carried out once, or not at all")
	if want.to == models.CampaignArchived {
		require.Equal(w.t, models.ContactCompleted, w.row().Status)
		require.Equal(w.t, models.ReasonCampaignArchived, *w.row().StatusReason)
	}
}

// Start needs manual mode, Execute all approved needs review.
func TestCampaignControlsOfOtherModes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduled(day))
	w.at(time.Hour, func() {
		w.refuses(models.ControlStartOutreaches, models.CodeWrongMode)
		w.refuses(models.ControlExecuteApproved, models.CodeReviewOff)
		w.requireContactRefused(models.ContactApprove, 1, models.CodeReviewOff)
	})
	w.run(2 * time.Hour)
}

// A pause holds what comes due meanwhile; resume lets exactly that go. What does not come due in a pause never knows of it.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	for name, signalled := range map[string]bool{"by the API": false, "by signals": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do := func(w *world, control models.Control) {
				if signalled {
					w.commandCampaign(control)
				} else {
					w.control(control)
				}
			}
			w := newWorld(t, scheduled(5*time.Hour))
			w.at(time.Hour, func() { do(w, models.ControlPause) })
			w.at(2*time.Hour, func() {
				require.Equal(t, models.ContactCampaignPaused, w.row().Shown())
				w.requireStatus(models.ContactAwaitingExecution)
			})
			w.at(6*time.Hour, func() {
				w.requireWaits(models.WaitCampaignPaused)
				require.Equal(t, models.ContactCampaignPaused, w.row().Shown())
				w.requireStatus(models.ContactAwaitingExecution)
			})
			w.at(day, func() { do(w, models.ControlResume) })
			w.run(2 * day)
			w.requireSent(after(day))

			w = newWorld(t, scheduled(5*time.Hour))
			w.at(time.Hour, func() { do(w, models.ControlPause) })
			w.at(3*time.Hour, func() { do(w, models.ControlResume) })
			w.run(2 * day)
			w.requireSent(after(5 * time.Hour))
		})
	}
}

// A signalled start and a signalled execute let go what those of the API do.
func TestSignalledReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual)
	w.at(time.Hour, func() { w.commandCampaign(models.ControlStartOutreaches) })
	w.run(day)
	w.requireSent(after(time.Hour))

	w = newWorld(t, manual, reviewed)
	w.at(time.Hour, func() { w.command(workflows.SignalApprove, map[string]any{"version": 1}) })
	w.at(2*time.Hour, func() {
		w.requireWaits(models.WaitStartOutreaches)
		w.commandCampaign(models.ControlExecuteApproved)
	})
	w.run(day)
	w.requireSent(after(2 * time.Hour))
}

// contactCell is one cell of the table of a contact's controls.
type contactCell struct {
	changed bool
	code    models.Code
	to      models.ContactStatus // afterwards; "" stays
}

// contactStates are worlds whose contact is, at one o'clock, in each status.
func contactStates() map[models.ContactStatus]func(t *testing.T) *world {
	return map[models.ContactStatus]func(t *testing.T) *world{
		models.ContactNotStarted: func(t *testing.T) *world {
			t.Helper()
			return newWorld(t, draft, reviewed)
		},
		models.ContactPlanning: func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t, reviewed)
			w.planner.answer = unplannable(always)
			return w
		},
		models.ContactAwaitingExecution: func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t, manual, reviewed)
			w.at(time.Minute, func() { w.approve(1) })
			return w
		},
		models.ContactAwaitingApproval: func(t *testing.T) *world {
			t.Helper()
			return newWorld(t, reviewed)
		},
		models.ContactExecuting: func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t, reviewed)
			w.outside.answer = failing(always, models.FailureInDoubt, "timeout", 0)
			w.at(time.Hour-moment, func() { w.approve(1) })
			return w
		},
		models.ContactCompleted: func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t, reviewed)
			w.at(time.Minute, func() { w.contactControl(models.ContactComplete) })
			return w
		},
		models.ContactDisqualified: func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t, reviewed)
			w.at(time.Minute, func() { w.contactControl(models.ContactDisqualify) })
			return w
		},
		models.ContactDisabled: func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t, reviewed)
			w.at(time.Minute, func() { w.contactControl(models.ContactDisable) })
			return w
		},
	}
}

// contactCells is the table of controls: for each status, what each control does. An approval is of version 1.
func contactCells() map[models.ContactStatus]map[models.ContactControl]contactCell {
	const disabled, completed, disqualified = models.ContactDisabled, models.ContactCompleted, models.ContactDisqualified
	no, stale := contactCell{code: models.CodeInvalidTransition}, contactCell{code: models.CodeStaleVersion}
	unfinished := func(approve contactCell) map[models.ContactControl]contactCell {
		return map[models.ContactControl]contactCell{
			models.ContactDisable: {changed: true, to: disabled}, models.ContactEnable: {},
			models.ContactComplete: {changed: true, to: completed}, models.ContactDisqualify: {changed: true, to: disqualified},
			models.ContactApprove: approve,
		}
	}
	return map[models.ContactStatus]map[models.ContactControl]contactCell{
		models.ContactNotStarted:        unfinished(stale),
		models.ContactPlanning:          unfinished(stale),
		models.ContactAwaitingExecution: unfinished(contactCell{}),
		models.ContactAwaitingApproval:  unfinished(contactCell{changed: true, to: completed}), // sent, and done
		models.ContactExecuting:         unfinished(contactCell{code: models.CodeAlreadySending}),
		completed: {
			models.ContactDisable: no, models.ContactEnable: no, models.ContactComplete: {}, models.ContactDisqualify: no,
			models.ContactApprove: stale,
		},
		disqualified: {
			models.ContactDisable: no, models.ContactEnable: no, models.ContactComplete: no, models.ContactDisqualify: {},
			models.ContactApprove: stale,
		},
		disabled: {
			models.ContactDisable: {}, models.ContactEnable: {changed: true, to: models.ContactAwaitingApproval},
			models.ContactComplete: {changed: true, to: completed}, models.ContactDisqualify: {changed: true, to: disqualified},
			models.ContactApprove: {changed: true}, // it stays disabled
		},
	}
}

// Each cell of the table, by the API and by a signal without a revision: the same row afterwards, and the contact's workflow
// goes by it.
func TestContactControls(t *testing.T) {
	t.Parallel()
	for from, row := range contactCells() {
		for control, want := range row {
			for _, signalled := range []bool{false, true} {
				if signalled && (from.Finished() || from == models.ContactNotStarted) {
					continue // there is no workflow to signal
				}
				t.Run(fmt.Sprintf("%s/%s/signalled=%t", from, control, signalled), func(t *testing.T) {
					t.Parallel()
					testContactControl(t, from, control, want, signalled)
				})
			}
		}
	}
}

func testContactControl(
	t *testing.T, from models.ContactStatus, control models.ContactControl, want contactCell, signalled bool,
) {
	t.Helper()
	w := contactStates()[from](t)
	w.at(time.Hour, func() {
		w.requireStatus(from)
		if signalled {
			w.command(string(control), map[string]any{"version": 1})
			return
		}
		changed, err := w.tryContact(control, 1)
		require.Equal(t, want.code, models.ErrorCode(err), "%v", err)
		require.Equal(t, want.changed, changed)
	})
	w.at(time.Hour+time.Minute, func() {
		to := want.to
		if to == "" {
			to = from
		}
		w.requireStatus(to)
		switch {
		case from == models.ContactNotStarted:
			require.Equal(t, workflows.RunNone, w.describe())
		case to.Finished():
			w.requireEnded(to, *w.row().StatusReason)
		default:
			w.requireOpen()
			w.requireWaits(*w.row().WaitingReason, untilOf(w.row().Waiting())...)
		}
		if want.changed && (control == models.ContactComplete || control == models.ContactDisqualify) {
			require.Equal(t, models.ReasonByOperator, *w.row().StatusReason)
		}
	})
	w.run(2 * time.Hour)
}

func untilOf(waiting *models.Waiting) []time.Time {
	if waiting == nil || waiting.Until == nil {
		return nil
	}
	return []time.Time{*waiting.Until}
}

// Disabled, a contact is left alone whatever comes due; enabled, it goes on where it left off.
func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	for name, signalled := range map[string]bool{"by the API": false, "by signals": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do := func(w *world, control models.ContactControl) {
				if signalled {
					w.command(string(control), map[string]any{})
				} else {
					require.True(t, w.contactControl(control))
				}
			}
			w := newWorld(t, scheduled(5*time.Hour))
			w.at(time.Hour, func() { do(w, models.ContactDisable) })
			w.at(2*time.Hour, func() { w.requireWaits(models.WaitDisabled) })
			w.at(6*time.Hour, func() { w.requireWaits(models.WaitDisabled) })
			w.at(day, func() { do(w, models.ContactEnable) })
			w.run(2 * day)
			w.requireSent(after(day))
			w.requireBodies(textOf(1))
			w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
		})
	}
}

// Disabled before it was taken in, a contact is taken in and left alone.
func TestDisabledBeforeGoLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft)
	w.at(time.Hour, func() { w.contactControl(models.ContactDisable) })
	w.at(2*time.Hour, func() { w.control(models.ControlGoLive) })
	w.at(3*time.Hour, func() {
		w.requireWaits(models.WaitDisabled)
		w.contactControl(models.ContactEnable)
	})
	w.run(day)
	w.requireSent(after(3 * time.Hour))
}

// A signalled approval of a version that is no more does nothing; nor do revise, reply and delivery without a row.
func TestSignalsWithoutEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reviewed)
	w.at(time.Hour, func() { w.edit(models.OutreachEdit{Version: 1, Body: new("Edited.")}) })
	for i, name := range []string{
		workflows.SignalApprove, workflows.SignalRevise, workflows.SignalReply, workflows.SignalDelivery,
	} {
		w.at(time.Duration(2+i)*time.Hour, func() { w.command(name, map[string]any{"version": 1}) })
	}
	w.at(9*time.Hour, func() { w.requireWaits(models.WaitApproval) })
	w.at(10*time.Hour, func() { w.command(workflows.SignalApprove, map[string]any{"version": 2}) })
	w.run(day)
	w.requireSent(after(10 * time.Hour))
	w.requireBodies("Edited.")
}

// In an archived campaign nothing can be changed, and nobody is added.
func TestArchivedCampaignIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual, reviewed)
	w.at(time.Hour, func() { w.control(models.ControlArchive) })
	w.run(2 * time.Hour)
	w.requireEnded(models.ContactCompleted, models.ReasonCampaignArchived)
	for _, control := range []models.ContactControl{
		models.ContactDisable, models.ContactEnable, models.ContactComplete, models.ContactDisqualify, models.ContactApprove,
	} {
		w.requireContactRefused(control, 1, models.CodeCampaignArchived)
	}
	_, err := w.AddContacts(t.Context(), w.campaignID, models.ActionUpsert, models.SourceAPI,
		[]models.ContactInput{w.person})
	require.Equal(t, models.CodeCampaignArchived, models.ErrorCode(err))
}
