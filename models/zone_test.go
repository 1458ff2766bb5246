package models_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestPhoneZones(t *testing.T) {
	t.Parallel()
	for phone, zones := range map[string][]string{
		"+12025550123":   {"America/New_York"},
		"+16025550123":   {"America/Phoenix"},
		"+18085550123":   {"Pacific/Honolulu"},
		"+4915112345678": {"Europe/Berlin"},
		"+9779812345678": {"Asia/Katmandu"},
		"+351912345678":  {"Atlantic/Azores", "Europe/Lisbon"},
		"+870773111632":  nil, // satellite
		"+80012345678":   nil, // toll-free anywhere
		"":               nil,
		"+":              nil,
		"nonsense":       nil,
	} {
		require.Equal(t, zones, models.PhoneZones(phone), "%q", phone)
	}
	tollFree := models.PhoneZones("+18005550123")
	require.Greater(t, len(tollFree), 30, "a toll-free number may be anywhere under +1")
	require.Contains(t, tollFree, "Pacific/Honolulu")
	require.Contains(t, tollFree, "America/New_York")
}

// All names that the tables of phone numbers have are zones of the database.
func TestPhoneZonesExist(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for prefix := 1; prefix < 10_000; prefix++ {
		for _, name := range models.PhoneZones("+" + strconv.Itoa(prefix)) {
			names[name] = true
		}
	}
	require.Greater(t, len(names), 200)
	for name := range names {
		_, err := time.LoadLocation(name)
		require.NoError(t, err)
	}
}

func TestContactZones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		own      *string
		phone    *string
		campaign string
		zones    []string
		source   models.ZoneSource
	}{
		{"OwnField", new("Europe/Paris"), new("+12025550123"), "Asia/Tokyo", []string{"Europe/Paris"}, models.ZoneOfContact},
		{"Number", nil, new("+12025550123"), "Asia/Tokyo", []string{"America/New_York"}, models.ZoneOfPhone},
		{"NumberOfSeveral", nil, new("+351912345678"), "Asia/Tokyo", []string{"Atlantic/Azores", "Europe/Lisbon"}, models.ZoneOfPhone},
		{"NumberOfNowhere", nil, new("+870773111632"), "Asia/Tokyo", []string{"Asia/Tokyo"}, models.ZoneOfCampaign},
		{"Neither", nil, nil, "Asia/Tokyo", []string{"Asia/Tokyo"}, models.ZoneOfCampaign},
		{"OwnUnknown", new("Mars/Olympus"), new("+12025550123"), "Asia/Tokyo", []string{"America/New_York"}, models.ZoneOfPhone},
		{"OwnIsTheHosts", new("Local"), nil, "Asia/Tokyo", []string{"Asia/Tokyo"}, models.ZoneOfCampaign},
		{"OwnEmpty", new(""), nil, "Asia/Tokyo", []string{"Asia/Tokyo"}, models.ZoneOfCampaign},
		{"CampaignUnknown", nil, nil, "Mars/Olympus", []string{"UTC"}, models.ZoneOfCampaign},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zones, source := models.ContactZones(
				&models.Contact{Timezone: c.own, Phone: c.phone}, &models.Campaign{Timezone: c.campaign})
			var names []string
			for _, zone := range zones {
				names = append(names, zone.String())
			}
			require.Equal(t, c.zones, names)
			require.Equal(t, c.source, source)
		})
	}
}

// A contact's hours put zones, windows and quiet hours together. It is Monday, 2026-03-02, 10:00 UTC.
func TestContactHours(t *testing.T) {
	t.Parallel()
	allDay := models.Windows{models.ChannelText: {hours("00:00", "24:00", "")}}
	for _, c := range []struct {
		name    string
		phone   string
		channel models.Channel
		windows models.Windows
		quiet   models.QuietHours
		next    string
	}{
		{"Email", "+12025550123", models.ChannelEmail, nil, models.QuietHoursUS, "2026-03-02T10:00:00Z"},
		{"TextByDefault", "+12025550123", models.ChannelText, nil, models.QuietHoursUS, "2026-03-02T14:00:00Z"},
		{"CallByDefault", "+12025550123", models.ChannelPhone, nil, models.QuietHoursUS, "2026-03-02T14:00:00Z"},
		{"QuietHours", "+12025550123", models.ChannelText, allDay, models.QuietHoursUS, "2026-03-02T13:00:00Z"},
		{"QuietHoursOff", "+12025550123", models.ChannelText, allDay, models.QuietHoursOff, "2026-03-02T10:00:00Z"},
		{"OtherChannelsWindows", "+12025550123", models.ChannelPhone, allDay, models.QuietHoursOff, "2026-03-02T14:00:00Z"},
		{"SeveralZones", "+351912345678", models.ChannelText, nil, models.QuietHoursUS, "2026-03-02T10:00:00Z"},
		{"NoZone", "+870773111632", models.ChannelText, nil, models.QuietHoursUS, "2026-03-02T18:00:00Z"},
		// From Newfoundland to Guam and Samoa there is half an hour a day in winter and nothing in summer.
		{"TollFree", "+18005550123", models.ChannelText, nil, models.QuietHoursUS, "2026-03-02T23:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := models.ContactHours(&models.Contact{Phone: &c.phone}, &models.Campaign{Timezone: "America/Anchorage"},
				c.channel, c.windows, c.quiet)
			next, ok := got.Next(present())
			require.True(t, ok)
			require.Equal(t, c.next, next.Format(time.RFC3339))
		})
	}
}

func TestContactHoursFallBackToTheCampaigns(t *testing.T) {
	t.Parallel()
	tollFree := "+18005550123"
	got := models.ContactHours(&models.Contact{Phone: &tollFree}, &models.Campaign{Timezone: "America/Denver"},
		models.ChannelText, nil, models.QuietHoursUS)
	next, ok := got.Next(time.Date(2026, time.July, 1, 3, 0, 0, 0, time.UTC))
	require.True(t, ok)
	require.Equal(t, "2026-07-01T15:00:00Z", next.Format(time.RFC3339), "09:00 in Denver")
}
