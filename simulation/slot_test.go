package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// A slot that was missed in a pause moves to the next opening, with the same text and approval.
func TestMissedSlot(t *testing.T) {
	t.Parallel()
	for name, review := range map[string]bool{"unapproved": false, "approved": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []option{byText, scheduled(2 * time.Hour)}
			if review {
				options = append(options, reviewed)
			}
			w := newWorld(t, options...)
			w.at(30*time.Minute, func() {
				if review {
					w.approve(1)
				}
			})
			w.at(time.Hour, func() { w.control(models.ControlPause) })
			w.at(13*time.Hour, func() { w.control(models.ControlResume) }) // 23:00
			w.at(14*time.Hour, func() {
				w.requireWaits(models.WaitWindow, utc("03-03 09:00"))
				require.Equal(t, utc("03-03 09:00"), w.row().NextOutreach.SendAt.UTC())
				require.Equal(t, review, w.row().NextOutreach.Approved())
			})
			w.run(3 * day)
			w.requireSent(utc("03-03 09:00"))
			w.requireBodies(textOf(1))
			require.Len(t, w.planner.asked(), 1)
		})
	}
}

// A text of the AI that missed its slot is planned anew once it is too old, unless somebody approved or edited it.
func TestStalePlan(t *testing.T) {
	t.Parallel()
	edited := func(w *world) { w.edit(models.OutreachEdit{Version: 1, Body: new("Edited.")}) }
	for name, c := range map[string]struct {
		options []option
		do      func(*world) // before its slot
		resumed time.Duration
		body    string
	}{
		"older than a week":          {resumed: 8 * day, body: textOf(2)},
		"a week":                     {resumed: 7 * day, body: textOf(1)},
		"older, edited":              {do: edited, resumed: 30 * day, body: "Edited."},
		"older, approved":            {options: []option{reviewed}, do: func(w *world) { w.approve(1) }, resumed: 30 * day, body: textOf(1)},
		"older, edited and approved": {options: []option{reviewed}, do: func(w *world) { edited(w); w.approve(2) }, resumed: 30 * day, body: "Edited."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(c.options, scheduled(5*time.Hour))...)
			w.at(30*time.Minute, func() {
				if c.do != nil {
					c.do(w)
				}
			})
			w.at(time.Hour, func() { w.control(models.ControlPause) })
			w.at(c.resumed, func() { w.control(models.ControlResume) })
			w.run(40 * day)
			w.requireSent(after(c.resumed))
			w.requireBodies(c.body)
		})
	}
}

// Old as it is, a text that has its slot still to come is not planned anew.
func TestOldPlanWhoseSlotIsToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduled(30*day))
	w.at(day, func() { w.control(models.ControlPause) })
	w.at(20*day, func() { w.control(models.ControlResume) })
	w.run(40 * day)
	w.requireSent(after(30 * day))
	w.requireBodies(textOf(1))
}

// In manual mode a text waits for its start, however long; what is too old by then is planned anew, and goes with the same
// start.
func TestOldPlanInManualMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manual)
	w.at(20*day, func() {
		w.requireWaits(models.WaitStartOutreaches)
		w.control(models.ControlStartOutreaches)
	})
	w.run(30 * day)
	w.requireSent(after(20 * day))
	w.requireBodies(textOf(2))
}
