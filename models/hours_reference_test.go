package models_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"beckon/models"
)

// The reference that Hours are compared with. It shares no code with them: it looks at one minute after the other and asks,
// of each zone, what its clock shows then. Since the year 2000 all offsets and their changes are of whole minutes, so that
// nothing happens within one. It shares no memory between goroutines either, and is spared the race detector, under which
// it would take twenty times as long.
const (
	minutesOfHour = 60
	minutesOfDay  = 24 * minutesOfHour
	minutesOfWeek = 7 * minutesOfDay

	// A reference sees as far as Hours look, from any of the instants that are asked for.
	askedDays     = 14
	referenceDays = askedDays + 60 + 8 + 1
)

// clock is what a zone's clock shows in each minute of a period: minutes since Monday 00:00.
type clock []int16

// newClock reads the clock of a zone. Where the offset is the same at both ends of an hour it ran evenly between.
//
//go:norace
func newClock(zone *time.Location, from time.Time) clock {
	shown := make(clock, referenceDays*minutesOfDay)
	for hour := 0; hour < len(shown); hour += minutesOfHour {
		begins := from.Add(time.Duration(hour) * time.Minute).In(zone)
		_, offset := begins.Zone()
		_, offsetAtEnd := begins.Add(time.Hour).Zone()
		first := minuteOfWeek(begins)
		for minute := range minutesOfHour {
			if offset == offsetAtEnd {
				shown[hour+minute] = int16((first + minute) % minutesOfWeek)
			} else {
				shown[hour+minute] = int16(minuteOfWeek(begins.Add(time.Duration(minute) * time.Minute)))
			}
		}
	}
	return shown
}

//go:norace
func minuteOfWeek(local time.Time) int {
	days := (int(local.Weekday()) + 6) % 7 // from Monday on
	return days*minutesOfDay + local.Hour()*minutesOfHour + local.Minute()
}

// drawnWindow is a window in the reference's own form: days from Monday on, minutes of the day.
type drawnWindow struct {
	days       [7]bool
	start, end int
}

// window is the same, as a campaign has it.
func (w drawnWindow) window() models.Window {
	names := [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	var days []string
	for i, on := range w.days {
		if on {
			days = append(days, names[i])
		}
	}
	text := func(minute int) string { return fmt.Sprintf("%02d:%02d", minute/minutesOfHour, minute%minutesOfHour) }
	return models.Window{Days: days, Start: text(w.start), End: text(w.end)}
}

// reference answers for one case, minutes being counted from its period's beginning.
type reference struct {
	clocks   []clock // of the zones
	fallback clock   // of the zone for when these have no hours in common; nil where there is none
	allowed  [minutesOfWeek]bool

	commonFrom, commonAt int // the first common minute from commonFrom on, kept from the last search
}

// newReference marks the minutes of a week that windows and quiet hours allow.
//
//go:norace
func newReference(clocks []clock, windows []drawnWindow, quiet bool) *reference {
	r := &reference{clocks: clocks}
	for _, w := range windows {
		for day, on := range w.days {
			for minute := w.start; on && minute < w.end; minute++ {
				isQuiet := quiet && (minute < 8*minutesOfHour || minute >= 21*minutesOfHour)
				r.allowed[day*minutesOfDay+minute] = !isQuiet
			}
		}
	}
	return r
}

// common says whether the clocks of all zones show what is allowed.
//
//go:norace
func (r *reference) common(minute int) bool {
	for i := range r.clocks { // a range by value is slow where pointers are checked, as with -race
		if !r.allowed[r.clocks[i][minute]] {
			return false
		}
	}
	return true
}

// open says whether a minute is open: in all zones, or by the fallback where all zones are not within eight days.
//
//go:norace
func (r *reference) open(minute int) bool {
	if r.common(minute) {
		return true
	}
	return r.fallback != nil && r.allowed[r.fallback[minute]] && r.firstCommon(minute) > minute+8*minutesOfDay
}

// firstCommon is the first common minute from one on; the period's end where there is none.
//
//go:norace
func (r *reference) firstCommon(minute int) int {
	if r.commonFrom <= minute && minute <= r.commonAt && r.commonAt > 0 {
		return r.commonAt
	}
	r.commonFrom = minute
	for r.commonAt = minute; r.commonAt < len(r.fallback) && !r.common(r.commonAt); {
		r.commonAt++
	}
	return r.commonAt
}

// first is the first minute from one on, up to sixty days later, that is open or not open, as is asked for.
//
//go:norace
func (r *reference) first(open bool, minute int) (int, bool) {
	for at := minute; at <= minute+60*minutesOfDay; at++ {
		if r.open(at) == open {
			return at, true
		}
	}
	return 0, false
}

// drawWindows draws windows and quiet hours, mostly such as people choose, and often such as lie where clocks change.
func drawWindows(random *rand.Rand) ([]drawnWindow, bool) {
	windows := make([]drawnWindow, 1+random.IntN(3))
	for i := range windows {
		w := &windows[i]
		w.days[random.IntN(7)] = true
		switch random.IntN(4) {
		case 0: // one day
		case 1:
			w.days = [7]bool{true, true, true, true, true, true}
		case 2:
			w.days = [7]bool{true, true, true, true, true, true, true}
		default:
			for day := range w.days {
				w.days[day] = w.days[day] || random.IntN(2) == 0
			}
		}

		latest, step := minutesOfDay, 15
		if random.IntN(3) == 0 {
			latest = 4 * minutesOfHour
		}
		if random.IntN(4) == 0 {
			step = 1
		}
		w.start = random.IntN(latest/step) * step
		w.end = w.start + step*(1+random.IntN((latest-w.start)/step))
		if random.IntN(10) == 0 {
			w.end = minutesOfDay
		}
	}
	return windows, random.IntN(3) == 0
}
