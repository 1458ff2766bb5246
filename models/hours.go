package models

import (
	"cmp"
	"slices"
	"time"
)

// Lengths by the wall clock, on which every day has 24 hours.
const (
	day  = 24 * time.Hour
	week = 7 * day
)

// HoursHorizon is how far ahead Hours looks. Windows come back every week; what is not open within this long is open never.
const HoursHorizon = 60 * day

// commonHorizon is how long hours that several zones have in common are waited for before those of another zone hold. An
// ordinary week shows all of a week's windows; the day more is for weeks that a change of clocks makes longer.
const commonHorizon = 8 * day

// Hours are the instants at which a channel may be used for one contact. They follow the wall clocks of its time zones,
// with every change of their offsets: a window that lies in hours which the clocks skip is not open that day, and one in
// hours which they show twice is open both times. The zero value is never open.
type Hours struct {
	common   zonedHours
	fallback *zonedHours // nil where there is none
}

// NewHours makes Hours of windows that are to be open in all zones at once; UTC where no zone is given. With quiet, only
// what lies between 08:00 and 21:00 of each zone remains (see QuietHoursUS). Windows that WindowProblems finds fault with
// are open never.
func NewHours(zones []*time.Location, windows []Window, quiet bool) Hours {
	if len(zones) == 0 {
		zones = []*time.Location{time.UTC}
	}
	return Hours{common: zonedHours{zones: zones, open: openWeek(windows, quiet)}}
}

// OrIn returns the Hours with those of one more zone for when the zones have none in common: an instant counts that is
// inside the windows by that zone's clock, if nothing is open in all zones within the eight days from it.
func (h Hours) OrIn(zone *time.Location) Hours {
	h.fallback = &zonedHours{zones: []*time.Location{zone}, open: h.common.open}
	return h
}

// Open says whether t is inside: the first instant of an opening is, the end is not.
func (h Hours) Open(t time.Time) bool {
	t = plain(t)
	if h.common.isOpen(t) {
		return true
	}
	return h.fallback != nil && h.fallback.isOpen(t) && !h.commonSoon(t)
}

// Next returns the earliest instant from t on that is inside, in UTC: t itself, or the start of an opening. It is false
// where there is none within HoursHorizon.
func (h Hours) Next(t time.Time) (time.Time, bool) {
	t = plain(t)
	limit := t.Add(HoursHorizon)
	if h.fallback == nil {
		return h.common.next(t, limit)
	}

	other, ok := h.fallback.next(t, limit)
	if !ok {
		return h.common.next(t, limit)
	}
	// What the other zone offers counts only if the zones' own hours are further off than the wait for them may be. If
	// they are not, nothing that the other zone offers before them counts either.
	if common, ok := h.common.next(t, other.Add(commonHorizon)); ok {
		return common, !common.After(limit)
	}
	return other, true
}

// Closes returns the end of the opening that t is in, in UTC: the first instant that is outside again. It is false where t
// is not inside, and where the opening does not end within HoursHorizon, as that of e-mail by default; Open tells these
// apart.
func (h Hours) Closes(t time.Time) (time.Time, bool) {
	t = plain(t)
	limit := t.Add(HoursHorizon)
	at := t
	if h.common.isOpen(at) {
		var ok bool
		if at, ok = h.common.closes(at, limit); !ok {
			return time.Time{}, false
		}
	}
	if h.fallback == nil || !h.fallback.isOpen(at) || h.commonSoon(at) {
		return at, at.After(t)
	}

	// The other zone's opening ends with its window, or when the zones' own hours are near enough to wait for them.
	until, ok := h.fallback.closes(at, limit)
	if !ok {
		until = limit
	}
	if common, found := h.common.next(at, until.Add(commonHorizon)); found {
		return common.Add(-commonHorizon), true
	}
	return until, ok
}

// commonSoon says whether the zones have hours in common within the time that these are waited for.
func (h Hours) commonSoon(t time.Time) bool {
	_, ok := h.common.next(t, t.Add(commonHorizon))
	return ok
}

// plain is t in UTC without a reading of the monotonic clock, which says nothing of wall clocks.
func plain(t time.Time) time.Time { return t.Round(0).UTC() }

// zonedHours are a week's open hours, to be met in every zone at once.
type zonedHours struct {
	zones []*time.Location
	open  []span
}

func (z *zonedHours) isOpen(t time.Time) bool {
	for _, zone := range z.zones {
		if !within(z.open, wallClock(t, zone)) {
			return false
		}
	}
	return len(z.zones) > 0
}

// next is the earliest instant from t to limit, both included, that is open. Each zone in turn moves t on to where it is
// open, until a round moves it no more.
func (z *zonedHours) next(t, limit time.Time) (time.Time, bool) {
	if len(z.zones) == 0 || len(z.open) == 0 {
		return time.Time{}, false
	}
	for {
		began := t
		for _, zone := range z.zones {
			var ok bool
			if t, ok = nextOpen(z.open, zone, t, limit); !ok {
				return time.Time{}, false
			}
		}
		if t.Equal(began) {
			return t, true
		}
	}
}

// closes is the first instant after t, up to limit, at which a zone is not open any more; t is open.
func (z *zonedHours) closes(t, limit time.Time) (time.Time, bool) {
	first, found := limit, false
	for _, zone := range z.zones {
		if closes, ok := nextClosed(z.open, zone, t, first); ok {
			first, found = closes, true
		}
	}
	return first, found
}

// nextOpen is the earliest instant from t to limit that is open by the zone's clock. Between two changes of the offset a
// wall clock runs evenly, so the wait by the clock is the wait in truth, unless a change comes first: then it is looked
// anew from there.
func nextOpen(open []span, zone *time.Location, t, limit time.Time) (time.Time, bool) {
	for !t.After(limit) {
		opens := t.Add(untilOpen(open, wallClock(t, zone)))
		change, ok := evenUntil(t, zone)
		if !ok || opens.Before(change) {
			return opens, !opens.After(limit)
		}
		t = change
	}
	return time.Time{}, false
}

// nextClosed is the first instant after t, up to limit, that is closed by the zone's clock; t is open.
func nextClosed(open []span, zone *time.Location, t, limit time.Time) (time.Time, bool) {
	for !t.After(limit) {
		wall := wallClock(t, zone)
		if !within(open, wall) {
			return t, true
		}
		closes := t.Add(untilClosed(open, wall)) // where another window may begin, on Monday 00:00
		change, ok := evenUntil(t, zone)
		if ok && change.Before(closes) {
			closes = change
		}
		t = closes
	}
	return time.Time{}, false
}

// evenUntil is an instant after t up to which the zone's offset stays what it is at t; false where it does so for ever.
func evenUntil(t time.Time, zone *time.Location) (time.Time, bool) {
	_, change := t.In(zone).ZoneBounds()
	if change.IsZero() {
		return time.Time{}, false
	}
	if !change.After(t) {
		// Where a zone's rules, not a list, tell its changes, ZoneBounds takes each year to end after 365 days (Go issue
		// 81583), so on a leap year's last day it names that day's beginning. No rule has a change between there and the
		// year's end.
		return time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC), true
	}
	return change.UTC(), true
}

// wallClock is the time since Monday 00:00 that the zone's wall clock shows at t.
func wallClock(t time.Time, zone *time.Location) time.Duration {
	const thursday = 3 * day // 1970-01-01 was one
	_, offset := t.In(zone).Zone()
	seconds := (t.Unix() + int64(offset) + int64(thursday/time.Second)) % int64(week/time.Second)
	if seconds < 0 {
		seconds += int64(week / time.Second)
	}
	return time.Duration(seconds)*time.Second + time.Duration(t.Nanosecond())
}

// span is a part of the week, by the time since Monday 00:00; its end is outside.
type span struct{ from, to time.Duration }

// openWeek are the windows' hours of a week, in order, neither touching nor overlapping within the week. With quiet, what
// quiet hours leave of them.
func openWeek(windows []Window, quiet bool) []span {
	spans := make([]span, 0, len(windows)*len(weekdays()))
	for i := range windows {
		start, startOK := clockTime(windows[i].Start)
		end, endOK := clockTime(windows[i].End)
		if quiet {
			allowedFrom, _ := clockTime(quietHoursEnd)
			allowedTo, _ := clockTime(quietHoursBegin)
			start, end = max(start, allowedFrom), min(end, allowedTo)
		}
		if !startOK || !endOK || start >= end {
			continue
		}
		for number, name := range weekdays() {
			if slices.Contains(windows[i].Days, name) {
				midnight := time.Duration(number) * day
				spans = append(spans, span{midnight + start, midnight + end})
			}
		}
	}
	return merged(spans)
}

// merged sorts spans and makes one of those that touch or overlap.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	apart := spans[:0]
	for _, s := range spans {
		if last := len(apart) - 1; last >= 0 && s.from <= apart[last].to {
			apart[last].to = max(apart[last].to, s.to)
			continue
		}
		apart = append(apart, s)
	}
	return apart
}

// within says whether a time of the week is open.
func within(open []span, wall time.Duration) bool {
	return len(open) > 0 && untilOpen(open, wall) == 0
}

// untilOpen is how long after a time of the week the next open one is, 0 where it is open; there is a span.
func untilOpen(open []span, wall time.Duration) time.Duration {
	for _, s := range open {
		if wall < s.to {
			return max(0, s.from-wall)
		}
	}
	return open[0].from + week - wall
}

// untilClosed is how long after a time of the week that is open its span ends.
func untilClosed(open []span, wall time.Duration) time.Duration {
	for _, s := range open {
		if wall < s.to {
			return s.to - wall
		}
	}
	return 0
}
