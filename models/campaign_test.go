package models_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests' zones are the same everywhere

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// Start and end are instants: 00:00 and 24:00 of days in the campaign's zone, however long those days are.
func TestStartsAndEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, start, end string
		starts, ends           string
	}{
		{"UTC", "UTC", "2026-03-02", "2026-03-02", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"},
		{"West", "America/New_York", "2026-01-15", "2026-01-15", "2026-01-15T05:00:00Z", "2026-01-16T05:00:00Z"},
		{"East", "Asia/Kolkata", "2026-01-15", "2026-01-15", "2026-01-14T18:30:00Z", "2026-01-15T18:30:00Z"},
		{"MonthAndLeapDay", "UTC", "2028-02-29", "2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"Year", "UTC", "2026-12-31", "2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"23HoursLong", "America/New_York", "2026-03-08", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"25HoursLong", "America/New_York", "2026-11-01", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"OverTheChange", "Europe/Berlin", "2026-03-28", "2026-03-30", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z"},
		// Clocks skip midnight: the day begins at 01:00. Cairo lies east of Greenwich, Santiago and the Azores west.
		{"NoMidnightEast", "Africa/Cairo", "2026-04-24", "2026-04-23", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z"},
		{"NoMidnightWest", "America/Santiago", "2025-09-07", "2025-09-06", "2025-09-07T04:00:00Z", "2025-09-07T04:00:00Z"},
		{"NoMidnightHavana", "America/Havana", "2026-03-08", "2026-03-07", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z"},
		{"NoMidnightAzores", "Atlantic/Azores", "2025-03-30", "2025-03-29", "2025-03-30T01:00:00Z", "2025-03-30T01:00:00Z"},
		// Clocks show midnight twice: the day begins at the first.
		{"TwoMidnightsWest", "America/Havana", "2026-11-01", "2026-10-31", "2026-11-01T04:00:00Z", "2026-11-01T04:00:00Z"},
		{"TwoMidnightsEast", "Asia/Amman", "2021-10-29", "2021-10-28", "2021-10-28T21:00:00Z", "2021-10-28T21:00:00Z"},
		// The clocks go back at midnight: the day before has its last hour twice, and belongs to it whole.
		{"LastHourTwice", "America/Santiago", "2026-04-05", "2026-04-04", "2026-04-05T04:00:00Z", "2026-04-05T04:00:00Z"},
		{"UnknownZoneIsUTC", "Mars/Olympus", "2026-01-15", "2026-01-15", "2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			campaign := models.Campaign{Timezone: c.zone, StartDate: &c.start, EndDate: &c.end}
			require.Equal(t, c.starts, campaign.Starts().Format(time.RFC3339))
			require.Equal(t, c.ends, campaign.Ends().Format(time.RFC3339))
			require.Equal(t, time.UTC, campaign.Starts().Location())
			ends := campaign.Ends()
			require.False(t, campaign.Ended(ends.Add(-time.Nanosecond)), "its last moment")
			require.True(t, campaign.Ended(ends))
		})
	}
}

// Each day begins where the one before ended, in every zone, all the year.
func TestDaysJoin(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{
		"UTC", "America/New_York", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Atlantic/Azores",
		"Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Kathmandu", "Africa/Casablanca",
	} {
		location, err := time.LoadLocation(zone)
		require.NoError(t, err)
		for day := range 366 {
			date := time.Date(2026, time.January, 1+day, 12, 0, 0, 0, time.UTC)
			this, next := date.Format(time.DateOnly), date.AddDate(0, 0, 1).Format(time.DateOnly)
			ended := models.Campaign{Timezone: zone, EndDate: &this}
			started := models.Campaign{Timezone: zone, StartDate: &next}
			require.Equal(t, ended.Ends(), started.Starts(), "%s %s", zone, this)
			local := started.Starts().In(location)
			require.Equal(t, next, local.Format(time.DateOnly), "%s: the first moment belongs to the day", zone)
			require.NotEqual(t, next, local.Add(-time.Nanosecond).Format(time.DateOnly), "%s: there is none before it", zone)
		}
	}
}

func TestWithoutDates(t *testing.T) {
	t.Parallel()
	campaign := models.Campaign{Timezone: "UTC"}
	require.True(t, campaign.Starts().IsZero())
	require.True(t, campaign.Ends().IsZero())
	require.False(t, campaign.Ended(time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)))
	campaign.EndDate = new("not a date")
	require.True(t, campaign.Ends().IsZero())
}

func TestCampaignHas(t *testing.T) {
	t.Parallel()
	campaign := models.Campaign{Channels: []models.Channel{models.ChannelText, models.ChannelEmail}}
	require.True(t, campaign.Has(models.ChannelEmail))
	require.True(t, campaign.Has(models.ChannelText))
	require.False(t, campaign.Has(models.ChannelPhone))
	require.False(t, (&models.Campaign{}).Has(models.ChannelEmail))
}

func TestContactAddresses(t *testing.T) {
	t.Parallel()
	contact := models.Contact{Email: new("a@b.example")}
	require.Equal(t, "a@b.example", contact.Address(models.ChannelEmail))
	require.True(t, contact.Reaches(models.ChannelEmail))
	require.False(t, contact.Reaches(models.ChannelText))
	require.False(t, contact.Reaches(models.ChannelPhone))
	contact.Phone = new("+12025550143")
	require.Equal(t, "+12025550143", contact.Address(models.ChannelPhone))
	require.Equal(t, "+12025550143", contact.Address(models.ChannelText))
}
