package models

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Window is a part of the day in which a channel may be used, on some days of the week, by the wall clock of the contact's
// own time zone. It does not cross midnight: what does is two windows.
type Window struct {
	Days  []string `json:"days"`  // mon, tue, wed, thu, fri, sat, sun
	Start string   `json:"start"` // HH:MM, 00:00 to 23:59; the first minute that is inside
	End   string   `json:"end"`   // HH:MM up to 24:00, later than Start; the first minute that is outside again
}

// Windows are the hours of each channel that sets its own. A channel that is not in it has those of DefaultWindows.
// Windows of one channel may touch and overlap: inside one of them is enough.
type Windows map[Channel][]Window

// QuietHours says whether the hours in which the law forbids texts and calls stand above a campaign's windows.
type QuietHours string

// Quiet hours.
const (
	// QuietHoursUS forbids texts and calls before 08:00 and from 21:00 on, by the called party's clock: 47 CFR
	// 64.1200(c)(1), under the Telephone Consumer Protection Act. It is what a campaign has that sets nothing.
	QuietHoursUS QuietHours = "us"
	// QuietHoursOff leaves the windows alone.
	QuietHoursOff QuietHours = "off"
)

// The hours that QuietHoursUS leaves, as a window's bounds.
const (
	quietHoursEnd   = "08:00"
	quietHoursBegin = "21:00"
)

// MaxWindows is how many windows a channel may have: four for each day of the week. The limit is Beckon's.
const MaxWindows = 28

// FieldNeverOpen is the code of windows in which nothing could ever be sent.
const FieldNeverOpen = "never_open"

// endOfDay is the end of a window that lasts until midnight.
const endOfDay = "24:00"

// weekdays are the names of a window's days, from Monday on, as a week's hours are counted.
func weekdays() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// DefaultWindows are the hours of a campaign that sets none: texts and calls 09:00 to 20:00 from Monday to Saturday, e-mail
// at any time.
func DefaultWindows() Windows {
	workdays := []Window{{Days: weekdays()[:6], Start: "09:00", End: "20:00"}}
	return Windows{
		ChannelText:  workdays,
		ChannelPhone: slices.Clone(workdays),
		ChannelEmail: {{Days: weekdays(), Start: "00:00", End: endOfDay}},
	}
}

// Of returns the windows of a channel: those that are set, or else its default ones.
func (w Windows) Of(channel Channel) []Window {
	if set, ok := w[channel]; ok {
		return set
	}
	return DefaultWindows()[channel]
}

// Remaining returns the windows of a channel without the hours that quiet hours forbid, where these hold.
func (w Windows) Remaining(channel Channel, quiet QuietHours) []Window {
	if !quiet.Hold(channel) {
		return w.Of(channel)
	}
	left := []Window{}
	for _, window := range w.Of(channel) {
		window.Start, window.End = max(window.Start, quietHoursEnd), min(window.End, quietHoursBegin) // HH:MM sorts by time
		if window.Start < window.End {
			left = append(left, window)
		}
	}
	return left
}

// All returns the windows of every channel, so that a reader sees the default ones too.
func (w Windows) All() Windows {
	all := DefaultWindows()
	maps.Copy(all, w)
	return all
}

// Known says whether the value is one of those that there are.
func (q QuietHours) Known() bool { return q == QuietHoursUS || q == QuietHoursOff }

// Hold says whether quiet hours stand above the windows of the channel. E-mail has none. Anything but QuietHoursOff is
// taken for QuietHoursUS, so that a value that is missing cannot wake anybody.
func (q QuietHours) Hold(channel Channel) bool {
	return q != QuietHoursOff && (channel == ChannelText || channel == ChannelPhone)
}

// WindowProblems says what is wrong with a campaign's windows; empty where nothing is. Pointers are those of the campaign's
// JSON, such as "/windows/text/0/end".
func WindowProblems(w Windows) []FieldError {
	f := &findings{}
	for _, channel := range slices.Sorted(maps.Keys(w)) {
		pointer := "/windows/" + pointerToken(string(channel))
		if channel != ChannelEmail && channel != ChannelText && channel != ChannelPhone {
			f.add(pointer, FieldUnknown, "there is no such channel")
			continue
		}
		f.windows(pointer, w[channel])
	}
	return f.found
}

// QuietHoursProblems says what is wrong with a campaign's quiet hours: a value that there is not, and channels of which
// they leave nothing, although their windows are right by themselves.
func QuietHoursProblems(quiet QuietHours, w Windows) []FieldError {
	f := &findings{}
	f.oneOf("/quietHours", quiet.Known())
	for _, channel := range slices.Sorted(maps.Keys(w)) {
		windows := w[channel]
		if quiet.Hold(channel) && len(openWeek(windows, false)) > 0 && len(openWeek(windows, true)) == 0 {
			f.add("/windows/"+string(channel), FieldNeverOpen, fmt.Sprintf(
				"quiet hours leave %s to %s for texts and calls, and no window is in there", quietHoursEnd, quietHoursBegin))
		}
	}
	return f.found
}

// pointerToken escapes a member's name for a JSON pointer (RFC 6901, section 3).
func pointerToken(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// windows checks one channel's list.
func (f *findings) windows(pointer string, windows []Window) {
	switch {
	case len(windows) == 0:
		f.add(pointer, FieldNeverOpen, "a channel without a window could never be used; leave it out to have its default ones")
		return
	case len(windows) > MaxWindows:
		f.add(pointer, FieldTooLong, fmt.Sprintf("at most %d windows a channel", MaxWindows))
		return
	}
	for i := range windows {
		f.window(fmt.Sprintf("%s/%d", pointer, i), &windows[i])
	}
}

func (f *findings) window(pointer string, w *Window) {
	if len(w.Days) == 0 {
		f.add(pointer+"/days", FieldRequired, "a window needs a day of the week")
	}
	for i, day := range w.Days {
		at := fmt.Sprintf("%s/days/%d", pointer, i)
		f.oneOf(at, slices.Contains(weekdays(), day))
		if slices.Contains(w.Days[:i], day) {
			f.add(at, FieldRepeated, "a day is named once")
		}
	}

	start, startOK := clockTime(w.Start)
	if !startOK || w.Start == endOfDay {
		f.add(pointer+"/start", FieldFormat, "a time of the day as HH:MM, from 00:00 to 23:59")
		startOK = false
	}
	end, endOK := clockTime(w.End)
	if !endOK {
		f.add(pointer+"/end", FieldFormat, "a time of the day as HH:MM, from 00:01 to 24:00")
	}
	if startOK && endOK && end <= start {
		f.add(pointer+"/end", FieldBeforeStart, "the end is after the start; hours that cross midnight are two windows")
	}
}

// clockTime reads HH:MM, from 00:00 to 24:00, as the time since midnight on a day without a change of clocks.
func clockTime(text string) (time.Duration, bool) {
	if text == endOfDay {
		return day, true
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") { // time.Parse takes hours of one digit too
		return 0, false
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, true
}
