package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// Automatic: an outreach goes as soon as it is planned.
func TestAutomatic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(time.Hour)
	w.requireSent(epoch())
	w.requireBodies(textOf(1))
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
	require.Equal(t, []string{"completed "}, w.shown, "it never waited")
}

// Automatic: whoever is added to a live campaign goes at once, whatever came before.
func TestAutomaticTakesInWhoIsAddedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, absent)
	w.at(3*day, w.add)
	w.run(4 * day)
	w.requireSent(after(3 * day))
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
}

// Manual: a planned outreach waits for Start all outreaches, and goes with it.
func TestManual(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual)
	w.at(20*day, func() {
		w.requireWaits(models.WaitStartOutreaches)
		w.requireStatus(models.ContactAwaitingExecution)
		result := w.control(models.ControlStartOutreaches)
		require.Equal(t, 1, *result.Now)
		require.Equal(t, models.ReleaseCounts{}, *result.Waiting)
	})
	w.run(30 * day)
	w.requireSent(after(20 * day))
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
}

// Manual: a start includes who is still being planned.
func TestManualStartedBeforeThePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual)
	w.planner.answer = unplannable(1)
	w.at(30*time.Second, func() {
		result := w.control(models.ControlStartOutreaches)
		require.Equal(t, 0, *result.Now)
		require.Equal(t, models.ReleaseCounts{Planning: 1}, *result.Waiting)
	})
	w.run(time.Hour)
	w.requireSent(after(time.Minute))
}

// Manual: a start does not hold for who is added after it.
func TestManualStartedBeforeTheContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual, absent)
	w.at(time.Minute, func() { w.control(models.ControlStartOutreaches) })
	w.at(time.Hour, w.add)
	w.at(2*time.Hour, func() {
		w.requireWaits(models.WaitStartOutreaches)
		w.control(models.ControlStartOutreaches)
	})
	w.run(3 * time.Hour)
	w.requireSent(after(2 * time.Hour))
}

// Manual: pressed twice, it is one start, at once and later.
func TestManualStartedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual)
	w.at(time.Hour, func() {
		w.control(models.ControlStartOutreaches)
		w.control(models.ControlStartOutreaches)
	})
	w.at(2*time.Hour, func() {
		result := w.control(models.ControlStartOutreaches)
		require.Equal(t, 0, *result.Now)
	})
	w.run(3 * time.Hour)
	w.requireSent(after(time.Hour))
}

// Manual, a follow-up: the next attempt needs a start that is newer than the one before; with it, it goes at its own time.
func TestManualFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual, followUp(3, 24))
	w.at(time.Hour, func() { w.control(models.ControlStartOutreaches) })
	w.at(2*time.Hour, func() {
		w.requireWaits(models.WaitStartOutreaches)
		w.control(models.ControlStartOutreaches)
	})
	w.at(3*time.Hour, func() { w.requireWaits(models.WaitNextAttempt, after(25*time.Hour)) })
	w.at(10*day, func() {
		w.requireWaits(models.WaitStartOutreaches)
		w.requireSent(after(time.Hour), after(25*time.Hour))
		w.control(models.ControlStartOutreaches)
	})
	w.run(20 * day)
	w.requireSent(after(time.Hour), after(25*time.Hour), after(10*day))
	w.requireEnded(models.ContactCompleted, models.ReasonAttemptsUsed)
}

// Scheduled: the first outreach goes at the campaign's time.
func TestScheduled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduled(5*day))
	w.at(time.Hour, func() {
		w.requireWaits(models.WaitScheduledTime, after(5*day))
		w.requireStatus(models.ContactAwaitingExecution)
	})
	w.run(6 * day)
	w.requireSent(after(5 * day))
	w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
}

// Scheduled: another time holds for whoever is planned already, whether earlier, later, or past.
func TestScheduledIsMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ to, sent time.Duration }{
		"earlier": {2 * time.Hour, 2 * time.Hour},
		"later":   {7 * day, 7 * day},
		"past":    {-time.Minute, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, scheduled(5*time.Hour))
			w.at(time.Hour, func() {
				w.patch(func(c2 *models.Campaign) { c2.ScheduledAt = new(after(c.to)) })
			})
			if c.to > time.Hour {
				w.at(time.Hour+moment, func() { w.requireWaits(models.WaitScheduledTime, after(c.to)) })
			}
			w.run(8 * day)
			w.requireSent(after(c.sent))
		})
	}
}

// Scheduled for when the channel's window is closed: it goes at the next opening.
func TestScheduledOutsideTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byText, scheduled(12*time.Hour)) // 22:00
	w.at(time.Hour, func() { w.requireWaits(models.WaitScheduledTime, utc("03-02 22:00")) })
	w.at(13*time.Hour, func() { w.requireWaits(models.WaitWindow, utc("03-03 09:00")) })
	w.run(2 * day)
	w.requireSent(utc("03-03 09:00"))
}

// Scheduled, a follow-up: only the first attempt goes at the campaign's time; later ones keep their distance.
func TestScheduledFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduled(5*time.Hour), followUp(2, 48))
	w.at(6*time.Hour, func() { w.requireWaits(models.WaitNextAttempt, after(53*time.Hour)) })
	w.run(10 * day)
	w.requireSent(after(5*time.Hour), after(53*time.Hour))
}
