package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// An approval releases the outreach to its mode's own trigger.
func TestApproval(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode   option
		begin  func(*world)             // before it is approved
		waits  func(*testing.T, *world) // after it was approved at one o'clock; nil: it goes at once
		goes   func(*world)             // at two o'clock
		sentAt time.Duration
	}{
		"automatic": {mode: func(*start) {}, sentAt: time.Hour},
		"manual": {
			mode:   manual,
			waits:  func(_ *testing.T, w *world) { w.requireWaits(models.WaitStartOutreaches) },
			goes:   func(w *world) { w.control(models.ControlStartOutreaches) },
			sentAt: 2 * time.Hour,
		},
		"manual, started before": {
			mode: manual,
			begin: func(w *world) {
				result := w.control(models.ControlStartOutreaches)
				require.Equal(w.t, models.ReleaseCounts{Approval: 1}, *result.Waiting)
			},
			sentAt: time.Hour,
		},
		"scheduled": {
			mode:   scheduled(5 * time.Hour),
			waits:  func(_ *testing.T, w *world) { w.requireWaits(models.WaitScheduledTime, after(5*time.Hour)) },
			sentAt: 5 * time.Hour,
		},
		"scheduled, whose time has passed": {mode: scheduled(30 * time.Minute), sentAt: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, reviewed, c.mode)
			if c.begin != nil {
				w.at(45*time.Minute, func() { c.begin(w) })
			}
			w.at(time.Hour, func() {
				w.requireWaits(models.WaitApproval)
				w.requireStatus(models.ContactAwaitingApproval)
				require.True(t, w.approve(1))
				require.False(t, w.approve(1), "it was approved already")
			})
			w.at(time.Hour+moment, func() {
				if c.waits != nil {
					c.waits(t, w)
					w.requireStatus(models.ContactAwaitingExecution)
					require.False(t, w.approve(1), "it was approved already")
				}
			})
			w.at(2*time.Hour, func() {
				if c.goes != nil {
					c.goes(w)
				}
			})
			w.run(day)
			w.requireSent(after(c.sentAt))
			w.requireBodies(textOf(1))
			w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
		})
	}
}

// An edit makes a new version and removes the approval; what is sent is what was approved last.
func TestEditRemovesTheApproval(t *testing.T) {
	t.Parallel()
	for name, mode := range modes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, reviewed, mode)
			w.at(time.Hour, func() { w.requireWaits(models.WaitApproval) })
			w.at(2*time.Hour, func() {
				if name == "automatic" { // where an approval sends, it is edited before
					w.edit(models.OutreachEdit{Version: 1, Body: new("Edited.")})
					return
				}
				w.approve(1)
			})
			w.at(3*time.Hour, func() {
				if name != "automatic" {
					w.requireStatus(models.ContactAwaitingExecution)
					w.edit(models.OutreachEdit{Version: 1, Body: new("Edited.")})
				}
			})
			w.at(4*time.Hour, func() {
				w.requireWaits(models.WaitApproval)
				w.requireContactRefused(models.ContactApprove, 1, models.CodeStaleVersion)
				w.approve(2)
			})
			w.at(5*time.Hour, func() {
				if name == "manual" {
					w.requireWaits(models.WaitStartOutreaches)
					w.control(models.ControlStartOutreaches)
				}
			})
			w.run(2 * day)
			w.requireBodies("Edited.")
			w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
		})
	}
}

// modes are the execution modes; the scheduled one's time is tomorrow.
func modes() map[string]option {
	return map[string]option{"automatic": func(*start) {}, "manual": manual, "scheduled": scheduled(day)}
}

// An edit of the time moves the outreach, whatever its mode had in mind; one that was not approved is moved all the same.
func TestEditOfTheTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduled(day))
	w.at(time.Hour, func() { w.edit(models.OutreachEdit{Version: 1, SendAt: new(after(3 * time.Hour))}) })
	w.at(2*time.Hour, func() { w.requireWaits(models.WaitScheduledTime, after(3*time.Hour)) })
	w.run(2 * day)
	w.requireSent(after(3 * time.Hour))
}

// An edit of the channel sends through the other, by its queue.
func TestEditOfTheChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byAll, reviewed)
	w.at(time.Hour, func() {
		w.edit(models.OutreachEdit{Version: 1, Channel: new(models.ChannelText), Body: new("Edited.")})
	})
	w.at(2*time.Hour, func() { w.approve(2) })
	w.run(day)
	w.requireChannels(models.ChannelText)
	w.requireBodies("Edited.")
}

// Execute all approved sends what is approved at once, whatever mode and time say, and nothing else.
func TestExecuteApproved(t *testing.T) {
	t.Parallel()
	for name, mode := range modes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, reviewed, mode)
			w.at(time.Hour, func() {
				result := w.control(models.ControlExecuteApproved)
				require.False(t, result.Changed, "nothing is approved yet")
				require.Equal(t, 0, *result.Now)
			})
			w.at(time.Hour+moment, func() { w.requireWaits(models.WaitApproval) })
			w.at(2*time.Hour, func() {
				if name == "automatic" {
					return // an approval sends
				}
				w.approve(1)
			})
			w.at(3*time.Hour, func() {
				if name == "automatic" {
					w.approve(1)
					return
				}
				result := w.control(models.ControlExecuteApproved)
				require.True(t, result.Changed)
				require.Equal(t, 1, *result.Now)
			})
			w.run(2 * day)
			w.requireSent(after(3 * time.Hour))
		})
	}
}

// What is executed keeps to the window, and an edit takes it back.
func TestExecuteApprovedKeepsToTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byText, reviewed, scheduled(3*day))
	w.at(time.Hour, func() { w.approve(1) })
	w.at(11*time.Hour, func() { // 21:00
		result := w.control(models.ControlExecuteApproved)
		require.Equal(t, models.ReleaseCounts{Window: 1}, *result.Waiting)
	})
	w.at(12*time.Hour, func() {
		w.requireWaits(models.WaitWindow, utc("03-03 09:00"))
		w.edit(models.OutreachEdit{Version: 1, Body: new("Edited.")})
	})
	w.at(13*time.Hour, func() {
		w.requireWaits(models.WaitApproval)
		w.approve(2)
	})
	w.at(14*time.Hour, func() { w.requireWaits(models.WaitScheduledTime, after(3*day)) })
	w.run(4 * day)
	w.requireSent(after(3 * day))
}

// Review that is switched on holds what is planned already, from the next claim on; switched off, it lets it go.
func TestReviewIsSwitched(t *testing.T) {
	t.Parallel()
	switched := func(on bool) func(*models.Campaign) {
		return func(c *models.Campaign) { c.ManualReview = on }
	}
	t.Run("on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, scheduled(5*time.Hour))
		w.at(time.Hour, func() { w.patch(switched(true)) })
		w.at(2*time.Hour, func() { w.requireWaits(models.WaitApproval) })
		w.at(day, func() {
			w.requireSent()
			w.approve(1)
		})
		w.run(2 * day)
		w.requireSent(after(day))
	})
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, reviewed)
		w.at(day, func() {
			w.requireWaits(models.WaitApproval)
			w.patch(switched(false))
		})
		w.run(2 * day)
		w.requireSent(after(day))
	})
	t.Run("off, before its time", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, reviewed, scheduled(5*time.Hour))
		w.at(time.Hour, func() { w.patch(switched(false)) })
		w.at(2*time.Hour, func() { w.requireWaits(models.WaitScheduledTime, after(5*time.Hour)) })
		w.run(day)
		w.requireSent(after(5 * time.Hour))
	})
	t.Run("on and off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, manual)
		w.at(time.Hour, func() { w.patch(switched(true)) })
		w.at(2*time.Hour, func() { w.control(models.ControlStartOutreaches) })
		w.at(3*time.Hour, func() {
			w.requireWaits(models.WaitApproval)
			w.patch(switched(false))
		})
		w.run(day)
		w.requireSent(after(3 * time.Hour))
	})
}

// In a follow-up each attempt wants its own approval; until its time it shows next_attempt, and approved it keeps its time.
func TestReviewOfAFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reviewed, followUp(2, 24))
	w.at(time.Hour, func() { w.approve(1) })
	w.at(2*time.Hour, func() {
		w.requireWaits(models.WaitNextAttempt, after(25*time.Hour))
		w.requireStatus(models.ContactAwaitingApproval)
		w.requireContactRefused(models.ContactApprove, 1, models.CodeStaleVersion) // that was the first's
		w.approve(2)
	})
	w.at(3*time.Hour, func() {
		w.requireWaits(models.WaitNextAttempt, after(25*time.Hour))
		w.requireStatus(models.ContactAwaitingExecution)
	})
	w.run(5 * day)
	w.requireSent(after(time.Hour), after(25*time.Hour))

	w = newWorld(t, reviewed, followUp(2, 24))
	w.at(time.Hour, func() { w.approve(1) })
	w.at(2*day, func() { // its time has passed
		w.requireWaits(models.WaitApproval)
		w.approve(2)
	})
	w.run(5 * day)
	w.requireSent(after(time.Hour), after(2*day))
}
