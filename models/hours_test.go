package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// locations are the zones of the names, "Asia/Tokyo Europe/Berlin" and so on.
func locations(tb testing.TB, names string) []*time.Location {
	tb.Helper()
	var zones []*time.Location
	for name := range strings.FieldsSeq(names) {
		zone, err := time.LoadLocation(name)
		require.NoError(tb, err)
		zones = append(zones, zone)
	}
	return zones
}

func instant(tb testing.TB, text string) time.Time {
	tb.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(tb, err)
	return at
}

// Each case names the next opening from an instant on and its end, as instants of UTC; "" where there is none.
func TestHours(t *testing.T) {
	t.Parallel()
	const newYork, santiago, havana, lordHowe = "America/New_York", "America/Santiago", "America/Havana", "Australia/Lord_Howe"
	workdays := []models.Window{hours("09:00", "20:00", "mon tue wed thu fri sat")}
	for _, c := range []struct {
		name, zones  string
		windows      []models.Window
		from         string
		opens, close string
	}{
		{"Before", "UTC", workdays, "2026-03-02T08:59:59.999Z", "2026-03-02T09:00:00Z", "2026-03-02T20:00:00Z"},
		{"AtStart", "UTC", workdays, "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z", "2026-03-02T20:00:00Z"},
		{"Inside", "UTC", workdays, "2026-03-02T19:59:59.999Z", "2026-03-02T19:59:59.999Z", "2026-03-02T20:00:00Z"},
		{"AtEnd", "UTC", workdays, "2026-03-02T20:00:00Z", "2026-03-03T09:00:00Z", "2026-03-03T20:00:00Z"},
		{"OverSunday", "UTC", workdays, "2026-03-07T20:00:00Z", "2026-03-09T09:00:00Z", "2026-03-09T20:00:00Z"},
		{"OverNewYear", "UTC", []models.Window{hours("09:00", "10:00", "fri")}, "2026-12-31T10:00:00Z", "2027-01-01T09:00:00Z", "2027-01-01T10:00:00Z"},
		{"LeapDay", "UTC", []models.Window{hours("09:00", "10:00", "tue")}, "2028-02-28T00:00:00Z", "2028-02-29T09:00:00Z", "2028-02-29T10:00:00Z"},
		{"BeforeTheEpoch", "UTC", workdays, "1969-06-02T21:00:00Z", "1969-06-03T09:00:00Z", "1969-06-03T20:00:00Z"},
		{"Always", newYork, models.DefaultWindows()[models.ChannelEmail], "2026-03-02T20:00:00Z", "2026-03-02T20:00:00Z", ""},
		{"Never", "UTC", nil, "2026-03-02T20:00:00Z", "", ""},
		{"Touching", "UTC", []models.Window{hours("12:00", "14:00", "mon"), hours("09:00", "12:00", "mon")}, "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T14:00:00Z"},
		{"Overlapping", "UTC", []models.Window{hours("09:00", "15:00", "mon"), hours("10:00", "11:00", "mon")}, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", "2026-03-02T15:00:00Z"},
		{"OverMidnight", "UTC", []models.Window{hours("22:00", "24:00", "fri"), hours("00:00", "02:00", "sat")}, "2026-03-06T23:00:00Z", "2026-03-06T23:00:00Z", "2026-03-07T02:00:00Z"},
		{"OverTheWeeksEnd", "UTC", []models.Window{hours("22:00", "24:00", "sun"), hours("00:00", "02:00", "mon")}, "2026-03-08T21:00:00Z", "2026-03-08T22:00:00Z", "2026-03-09T02:00:00Z"},
		{"QuarterHourOffset", "Asia/Kathmandu", workdays, "2026-03-02T00:00:00Z", "2026-03-02T03:15:00Z", "2026-03-02T14:15:00Z"},
		{"Chatham", "Pacific/Chatham", workdays, "2026-07-06T00:00:00Z", "2026-07-06T00:00:00Z", "2026-07-06T07:15:00Z"},

		// 2026-03-08, New York: 02:00 EST is 03:00 EDT.
		{"SkippedWhole", newYork, []models.Window{hours("02:15", "02:45", "sun")}, "2026-03-07T12:00:00Z", "2026-03-15T06:15:00Z", "2026-03-15T06:45:00Z"},
		{"StartSkipped", newYork, []models.Window{hours("02:30", "04:00", "sun")}, "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"},
		{"EndSkipped", newYork, []models.Window{hours("01:00", "02:30", "sun")}, "2026-03-07T12:00:00Z", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"},
		{"AroundSkipped", newYork, []models.Window{hours("01:30", "03:30", "sun")}, "2026-03-07T12:00:00Z", "2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"},
		{"BothSidesOfSkipped", newYork, []models.Window{hours("01:30", "02:00", "sun"), hours("03:00", "03:30", "sun")}, "2026-03-08T06:30:00Z", "2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"},
		{"AfterTheChange", newYork, workdays, "2026-03-08T06:30:00Z", "2026-03-09T13:00:00Z", "2026-03-10T00:00:00Z"},
		// 2026-11-01, New York: 02:00 EDT is 01:00 EST.
		{"TwiceFirst", newYork, []models.Window{hours("01:15", "01:45", "sun")}, "2026-11-01T00:00:00Z", "2026-11-01T05:15:00Z", "2026-11-01T05:45:00Z"},
		{"TwiceSecond", newYork, []models.Window{hours("01:15", "01:45", "sun")}, "2026-11-01T05:45:00Z", "2026-11-01T06:15:00Z", "2026-11-01T06:45:00Z"},
		{"TwiceThenNextWeek", newYork, []models.Window{hours("01:15", "01:45", "sun")}, "2026-11-01T06:45:00Z", "2026-11-08T06:15:00Z", "2026-11-08T06:45:00Z"},
		{"AroundTwice", newYork, []models.Window{hours("00:30", "02:30", "sun")}, "2026-11-01T00:00:00Z", "2026-11-01T04:30:00Z", "2026-11-01T07:30:00Z"},
		{"EndTwice", newYork, []models.Window{hours("00:30", "01:30", "sun")}, "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"},
		{"StartTwice", newYork, []models.Window{hours("01:30", "03:00", "sun")}, "2026-11-01T00:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z"},

		// Lord Howe's clocks change by half an hour: 02:00 is 02:30 on 2026-10-04, 02:00 is 01:30 on 2026-04-05.
		{"HalfAnHourSkipped", lordHowe, []models.Window{hours("02:15", "02:45", "sun")}, "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"},
		{"HalfAnHourTwiceFirst", lordHowe, []models.Window{hours("01:40", "01:50", "sun")}, "2026-04-04T12:00:00Z", "2026-04-04T14:40:00Z", "2026-04-04T14:50:00Z"},
		{"HalfAnHourTwiceSecond", lordHowe, []models.Window{hours("01:40", "01:50", "sun")}, "2026-04-04T14:50:00Z", "2026-04-04T15:10:00Z", "2026-04-04T15:20:00Z"},

		// Samoa had no Friday 2011-12-30, Kwajalein no Saturday 1993-08-21.
		{"DaySkipped", "Pacific/Apia", []models.Window{hours("09:00", "17:00", "fri")}, "2011-12-30T09:00:00Z", "2012-01-05T19:00:00Z", "2012-01-06T03:00:00Z"},
		{"DayAfterSkipped", "Pacific/Apia", []models.Window{hours("00:00", "01:00", "sat")}, "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T11:00:00Z"},
		{"AroundDaySkipped", "Pacific/Apia", []models.Window{hours("23:00", "24:00", "thu"), hours("00:00", "01:00", "sat")}, "2011-12-30T09:00:00Z", "2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z"},
		{"DaySkippedKwajalein", "Pacific/Kwajalein", []models.Window{hours("09:00", "17:00", "sat")}, "1993-08-21T00:00:00Z", "1993-08-27T21:00:00Z", "1993-08-28T05:00:00Z"},

		// Midnight is skipped: in Beirut on 2026-03-29, in Cairo on 2026-04-24, in Santiago on 2025-09-07.
		{"NoMidnightWhole", "Asia/Beirut", []models.Window{hours("00:00", "00:30", "sun")}, "2026-03-28T12:00:00Z", "2026-04-04T21:00:00Z", "2026-04-04T21:30:00Z"},
		{"NoMidnightStart", "Asia/Beirut", []models.Window{hours("00:00", "02:00", "sun")}, "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z", "2026-03-28T23:00:00Z"},
		{"NoMidnightEnd", "Asia/Beirut", []models.Window{hours("22:00", "24:00", "sat")}, "2026-03-28T12:00:00Z", "2026-03-28T20:00:00Z", "2026-03-28T22:00:00Z"},
		{"NoMidnightCairo", "Africa/Cairo", []models.Window{hours("00:00", "03:00", "fri")}, "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T00:00:00Z"},
		{"NoMidnightSantiago", santiago, []models.Window{hours("00:00", "01:00", "sun")}, "2025-09-06T12:00:00Z", "2025-09-14T03:00:00Z", "2025-09-14T04:00:00Z"},
		// Midnight comes twice: in Havana at 01:00 of 2026-11-01; in Santiago the hour before it, on 2026-04-04.
		{"MidnightTwiceFirst", havana, []models.Window{hours("00:00", "00:30", "sun")}, "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-01T04:30:00Z"},
		{"MidnightTwiceSecond", havana, []models.Window{hours("00:00", "00:30", "sun")}, "2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"},
		{"LastHourTwice", santiago, []models.Window{hours("23:00", "24:00", "sat")}, "2026-04-04T12:00:00Z", "2026-04-05T02:00:00Z", "2026-04-05T04:00:00Z"},
		{"LastHourTwiceThenSunday", santiago, []models.Window{hours("00:00", "01:00", "sun")}, "2026-04-04T12:00:00Z", "2026-04-05T04:00:00Z", "2026-04-05T05:00:00Z"},

		// On the last day of a leap year Go takes the year to be over (Go issue 81583); of a host's tables only after 2037.
		{"LeapYearsEnd", newYork, workdays, "2028-12-31T12:00:00Z", "2029-01-01T14:00:00Z", "2029-01-02T01:00:00Z"},
		{"LeapYearsEndOfHost", newYork, workdays, "2040-12-31T12:00:00Z", "2040-12-31T14:00:00Z", "2041-01-01T01:00:00Z"},
		{"AlwaysOverLeapYearsEnd", newYork, models.DefaultWindows()[models.ChannelEmail], "2040-12-31T12:00:00Z", "2040-12-31T12:00:00Z", ""},

		{"TwoZones", newYork + " America/Los_Angeles", workdays, "2026-03-02T14:00:00Z", "2026-03-02T17:00:00Z", "2026-03-03T01:00:00Z"},
		{"TwoDates", "Pacific/Auckland Pacific/Honolulu", workdays, "2026-03-06T23:00:00Z", "2026-03-06T23:00:00Z", "2026-03-07T06:00:00Z"},
		{"TwoDatesOverSundays", "Pacific/Auckland Pacific/Honolulu", workdays, "2026-03-07T06:00:00Z", "2026-03-09T20:00:00Z", "2026-03-10T06:00:00Z"},
		{"ThreeZones", "Europe/London " + newYork + " America/Los_Angeles", workdays, "2026-03-02T00:00:00Z", "2026-03-02T17:00:00Z", "2026-03-02T20:00:00Z"},
		{"CommonInWinter", "Asia/Tokyo " + newYork, workdays, "2026-12-01T02:00:00Z", "2026-12-02T00:00:00Z", "2026-12-02T01:00:00Z"},
		{"NoneInSummer", "Asia/Tokyo " + newYork, workdays, "2026-06-01T02:00:00Z", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireHours(t, models.NewHours(locations(t, c.zones), c.windows, false), c.from, c.opens, c.close)
		})
	}
}

// requireHours checks all that Hours say of the first opening from an instant on.
func requireHours(t *testing.T, h models.Hours, from, opens, closes string) {
	t.Helper()
	at := instant(t, from)
	next, ok := h.Next(at)
	require.Equal(t, opens != "", ok)
	if opens == "" {
		require.False(t, h.Open(at))
		return
	}
	require.Equal(t, opens, next.Format(time.RFC3339Nano))
	require.Equal(t, time.UTC, next.Location())
	require.Equal(t, next.Equal(at), h.Open(at))
	require.True(t, h.Open(next))

	end, ok := h.Closes(next)
	require.Equal(t, closes != "", ok)
	if closes == "" {
		return
	}
	require.Equal(t, closes, end.Format(time.RFC3339Nano))
	require.True(t, h.Open(end.Add(-time.Nanosecond)))
	require.False(t, h.Open(end))
	_, ok = h.Closes(end)
	require.False(t, ok, "what is not open does not close")
}

// Quiet hours stand above every window, by the clock of each zone.
func TestHoursQuiet(t *testing.T) {
	t.Parallel()
	always := models.DefaultWindows()[models.ChannelEmail]
	for _, c := range []struct {
		name, zones        string
		windows            []models.Window
		from, opens, close string
	}{
		{"WholeDay", "America/New_York", always, "2026-03-02T03:00:00Z", "2026-03-02T13:00:00Z", "2026-03-03T02:00:00Z"},
		{"LastMoment", "America/New_York", always, "2026-03-03T01:59:59Z", "2026-03-03T01:59:59Z", "2026-03-03T02:00:00Z"},
		{"OverTheChange", "America/New_York", always, "2026-03-08T05:00:00Z", "2026-03-08T12:00:00Z", "2026-03-09T01:00:00Z"},
		{"WindowInside", "UTC", []models.Window{hours("09:00", "10:00", "mon")}, "2026-03-02T00:00:00Z", "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"},
		{"WindowBegins", "UTC", []models.Window{hours("07:00", "10:00", "mon")}, "2026-03-02T00:00:00Z", "2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z"},
		{"WindowOutside", "UTC", []models.Window{hours("05:00", "08:00", "")}, "2026-03-02T00:00:00Z", "", ""},
		{"TwoZones", "America/New_York America/Los_Angeles", always, "2026-03-02T03:00:00Z", "2026-03-02T16:00:00Z", "2026-03-03T02:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireHours(t, models.NewHours(locations(t, c.zones), c.windows, true), c.from, c.opens, c.close)
		})
	}
}

// Tokyo and New York share 09:00 to 20:00 for an hour a day in winter and not at all in summer; New York's clocks go back on
// 2026-11-01, so the first common hour is Tuesday's, 2026-11-03 00:00 UTC.
func TestHoursOrIn(t *testing.T) {
	t.Parallel()
	workdays := hours("09:00", "20:00", "mon tue wed thu fri sat")
	tokyoNewYork := "Asia/Tokyo America/New_York"
	for _, c := range []struct {
		name, zones, other string
		windows            []models.Window
		from, opens, close string
	}{
		{"Summer", tokyoNewYork, "UTC", []models.Window{workdays}, "2026-07-01T02:00:00Z", "2026-07-01T09:00:00Z", "2026-07-01T20:00:00Z"},
		{"Winter", tokyoNewYork, "UTC", []models.Window{workdays}, "2026-12-01T09:00:00Z", "2026-12-02T00:00:00Z", "2026-12-02T01:00:00Z"},
		{"LastOfSummer", tokyoNewYork, "UTC", []models.Window{workdays}, "2026-10-24T06:00:00Z", "2026-10-24T09:00:00Z", "2026-10-24T20:00:00Z"},
		{"WorthTheWait", tokyoNewYork, "UTC", []models.Window{workdays}, "2026-10-26T09:00:00Z", "2026-11-03T00:00:00Z", "2026-11-03T01:00:00Z"},
		{"CommonHoursEnd", tokyoNewYork, "UTC", []models.Window{workdays}, "2026-03-07T00:30:00Z", "2026-03-07T00:30:00Z", "2026-03-07T01:00:00Z"},
		// With Sunday evenings the first common hour is 2026-11-02 00:00 UTC; Denver's Saturday ends, at 18:00, eight days before.
		{"EndsForTheWait", tokyoNewYork, "America/Denver", []models.Window{workdays, hours("17:00", "20:00", "sun")}, "2026-10-24T12:00:00Z", "2026-10-24T15:00:00Z", "2026-10-25T00:00:00Z"},
		{"NothingAnywhere", tokyoNewYork, "UTC", nil, "2026-07-01T02:00:00Z", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := models.NewHours(locations(t, c.zones), c.windows, false).OrIn(locations(t, c.other)[0])
			requireHours(t, h, c.from, c.opens, c.close)
		})
	}
}

func TestHoursZeroAndFaulty(t *testing.T) {
	t.Parallel()
	now := present()
	for name, h := range map[string]models.Hours{
		"zero":    {},
		"no days": models.NewHours(nil, []models.Window{{Start: "00:00", End: "24:00"}}, false),
		"faulty":  models.NewHours(nil, []models.Window{hours("09:00", "9", ""), hours("20:00", "02:00", "")}, false),
	} {
		require.False(t, h.Open(now), name)
		_, ok := h.Next(now)
		require.False(t, ok, name)
		_, ok = h.Closes(now)
		require.False(t, ok, name)
	}
	next, ok := models.NewHours(nil, []models.Window{hours("12:00", "13:00", "")}, false).Next(now)
	require.True(t, ok)
	require.Equal(t, "2026-03-02T12:00:00Z", next.Format(time.RFC3339), "UTC where no zone is given")
}

// A time from the system's clock carries a monotonic reading; the answer must be plain.
func TestHoursOfTheClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	next, ok := models.NewHours(nil, models.DefaultWindows()[models.ChannelEmail], false).Next(now)
	require.True(t, ok)
	require.Equal(t, now.Round(0).UTC(), next)
}

func BenchmarkContactHours(b *testing.B) {
	campaign := &models.Campaign{Timezone: "America/Chicago"}
	now := time.Date(2026, time.July, 4, 22, 0, 0, 0, time.UTC)
	for name, contact := range map[string]*models.Contact{
		"own":       {Timezone: new("America/New_York")},
		"number":    {Phone: new("+12025550123")},
		"toll-free": {Phone: new("+18005550123")},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				models.ContactHours(contact, campaign, models.ChannelText, nil, models.QuietHoursUS).Next(now)
			}
		})
	}
}
