package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/workflows"
)

// bulk does one thing to the world's contact as to many: the campaign's workflow tells the contact's.
func (w *world) bulk(action models.BulkAction) models.BulkResult {
	w.t.Helper()
	result, err := w.Bulk(w.t.Context(), models.BulkRequest{
		CampaignID: w.campaignID, Action: action, IDs: []string{w.contactID}, ExpectedCount: 1,
	})
	require.NoError(w.t, err)
	w.tell(workflows.SignalWake, models.Wake{CampaignID: w.campaignID, Revision: result.Revision})
	return result
}

// A bulk action has the effect of the single one, by way of the campaign's fan-out; where it would change nothing it skips.
func TestBulk(t *testing.T) {
	t.Parallel()
	t.Run("approve", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, reviewed)
		w.at(time.Hour, func() { require.Equal(t, 1, w.bulk(models.BulkApprove).Changed) })
		w.run(day)
		w.requireSent(after(time.Hour))
		w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
	})
	t.Run("disable and enable", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(5*time.Hour))
		w.at(time.Hour, func() { require.Equal(t, 1, w.bulk(models.BulkDisable).Changed) })
		w.at(2*time.Hour, func() {
			w.requireWaits(models.WaitDisabled)
			require.Equal(t, 1, w.bulk(models.BulkDisable).Skipped)
		})
		w.at(day, func() { require.Equal(t, 1, w.bulk(models.BulkEnable).Changed) })
		w.run(2 * day)
		w.requireSent(after(day))
	})
	for action, status := range map[models.BulkAction]models.ContactStatus{
		models.BulkComplete: models.ContactCompleted, models.BulkDisqualify: models.ContactDisqualified,
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, manual)
			w.at(time.Hour, func() { require.Equal(t, 1, w.bulk(action).Changed) })
			w.at(time.Hour+time.Minute, func() {
				w.requireEnded(status, models.ReasonByOperator)
				require.Equal(t, 1, w.bulk(action).Skipped)
			})
			w.run(day)
			w.requireSent()
		})
	}
	t.Run("remove", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, manual)
		w.at(time.Hour, func() { require.Equal(t, 1, w.bulk(models.BulkRemove).Changed) })
		w.at(time.Hour+time.Minute, w.requireCancelled)
		w.at(2*time.Hour, w.add)
		w.at(3*time.Hour, func() { w.requireWaits(models.WaitStartOutreaches) })
		w.run(day)
	})
}

// While it is worked on, a contact shows that: planned, queued, sent.
func TestShownWhileItIsWorkedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := []*models.ContactDetail{}
	note := func() error {
		row, err := w.Contact(t.Context(), w.campaignID, w.contactID)
		rows = append(rows, row)
		return err
	}
	w.planner.answer = func(n int, request models.PlanRequest) (models.Plan, error) {
		return planned(n, request), note()
	}
	w.outside.answer = func(int, sent) error { return note() }
	w.run(time.Hour)
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
	require.Len(t, rows, 2)
	require.Equal(t, models.ContactPlanning, rows[0].Status)
	require.Equal(t, models.WaitPlanner, rows[0].Waiting().Reason)
	require.Equal(t, models.ContactExecuting, rows[1].Status)
	require.Nil(t, rows[1].Waiting(), "the provider is being called")
}

// What is done to a contact while it is planned or sent holds afterwards: nobody is called twice, nobody is left held.
func TestControlledWhileItIsWorkedOn(t *testing.T) {
	t.Parallel()
	pause := func(w *world) error {
		_, err := w.Control(w.t.Context(), w.campaignID, models.ControlPause, models.ControlOptions{})
		return err
	}
	disable := func(w *world) error {
		_, _, err := w.ContactControl(w.t.Context(), w.campaignID, w.contactID, models.ContactDisable,
			models.ContactControlOptions{})
		return err
	}
	for name, c := range map[string]struct {
		do     func(*world) error
		undo   func(*world)
		reason models.WaitingReason
	}{
		"paused":   {pause, func(w *world) { w.control(models.ControlResume) }, models.WaitCampaignPaused},
		"disabled": {disable, func(w *world) { w.contactControl(models.ContactEnable) }, models.WaitDisabled},
	} {
		t.Run(name+" while planned", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.planner.answer = func(n int, request models.PlanRequest) (models.Plan, error) {
				return planned(n, request), c.do(w)
			}
			w.at(time.Hour, func() {
				w.requireWaits(c.reason)
				c.undo(w)
			})
			w.run(day)
			w.requireSent(after(time.Hour))
			require.Len(t, w.planner.asked(), 1, "the plan that came meanwhile was kept")
		})
		t.Run(name+" while sent", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, followUp(2, 24))
			w.outside.answer = func(n int, _ sent) error {
				if n > 1 {
					return nil
				}
				return c.do(w)
			}
			w.at(2*day, func() {
				w.requireWaits(c.reason)
				require.Equal(t, 1, w.row().Attempts)
				c.undo(w)
			})
			w.run(10 * day)
			w.requireSent(epoch(), after(2*day))
		})
	}
}
