package models_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// hours is a window on the days, "mon tue" and so on; no days stand for all of them.
func hours(start, end, days string) models.Window {
	if days == "" {
		days = "mon tue wed thu fri sat sun"
	}
	return models.Window{Days: strings.Fields(days), Start: start, End: end}
}

func TestWindowJSON(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(models.DefaultWindows())
	require.NoError(t, err)
	require.JSONEq(t, `{
		"text":  [{"days": ["mon", "tue", "wed", "thu", "fri", "sat"], "start": "09:00", "end": "20:00"}],
		"phone": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat"], "start": "09:00", "end": "20:00"}],
		"email": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
	}`, string(encoded))
	require.Empty(t, models.WindowProblems(models.DefaultWindows()))
	require.Empty(t, models.QuietHoursProblems(models.QuietHoursUS, models.DefaultWindows()))
}

func TestWindowsOf(t *testing.T) {
	t.Parallel()
	mornings := []models.Window{hours("09:00", "12:00", "mon")}
	set := models.Windows{models.ChannelText: mornings}
	require.Equal(t, mornings, set.Of(models.ChannelText))
	require.Equal(t, models.DefaultWindows()[models.ChannelPhone], set.Of(models.ChannelPhone), "not set")
	require.Equal(t, models.DefaultWindows()[models.ChannelEmail], models.Windows(nil).Of(models.ChannelEmail))

	all := set.All()
	require.Len(t, all, 3)
	require.Equal(t, mornings, all[models.ChannelText])
	require.Equal(t, models.DefaultWindows()[models.ChannelEmail], all[models.ChannelEmail])
	require.Len(t, set, 1, "the campaign's own stay as they are")

	models.DefaultWindows()[models.ChannelText][0].Days[0] = "sun"
	require.Equal(t, "mon", models.DefaultWindows()[models.ChannelText][0].Days[0], "nobody can change the default ones")
}

func TestQuietHoursHold(t *testing.T) {
	t.Parallel()
	for _, channel := range []models.Channel{models.ChannelText, models.ChannelPhone} {
		require.True(t, models.QuietHoursUS.Hold(channel))
		require.True(t, models.QuietHours("").Hold(channel), "missing")
		require.False(t, models.QuietHoursOff.Hold(channel))
	}
	require.False(t, models.QuietHoursUS.Hold(models.ChannelEmail))
	require.True(t, models.QuietHoursOff.Known())
	require.False(t, models.QuietHours("eu").Known())
}

func TestWindowProblems(t *testing.T) {
	t.Parallel()
	text := func(windows ...models.Window) models.Windows { return models.Windows{models.ChannelText: windows} }
	for _, c := range []struct {
		name     string
		windows  models.Windows
		problems []string
	}{
		{"NoneSet", nil, nil},
		{"AllDay", text(hours("00:00", "24:00", "")), nil},
		{"LastMinute", text(hours("23:59", "24:00", "sun")), nil},
		{"TouchingAndOverlapping", text(hours("09:00", "12:00", "mon"), hours("12:00", "14:00", "mon"), hours("13:00", "15:00", "mon")), nil},
		{"Empty", models.Windows{models.ChannelEmail: {}, models.ChannelText: nil}, []string{"/windows/email never_open", "/windows/text never_open"}},
		{"UnknownChannel", models.Windows{"fa/x~": {hours("09:00", "12:00", "")}}, []string{"/windows/fa~1x~0 unknown_value"}},
		{"NoDays", text(models.Window{Start: "09:00", End: "12:00"}), []string{"/windows/text/0/days required"}},
		{"UnknownDay", text(hours("09:00", "12:00", "mon Tue monday")), []string{"/windows/text/0/days/1 unknown_value", "/windows/text/0/days/2 unknown_value"}},
		{"RepeatedDay", text(hours("09:00", "12:00", "mon tue mon")), []string{"/windows/text/0/days/2 repeated"}},
		{"SecondWindow", text(hours("09:00", "12:00", ""), hours("13:00", "13:00", "")), []string{"/windows/text/1/end before_start"}},
		{"CrossesMidnight", text(hours("20:00", "02:00", "")), []string{"/windows/text/0/end before_start"}},
		{"EndsAtMidnightOfItsStart", text(hours("20:00", "00:00", "")), []string{"/windows/text/0/end before_start"}},
		{"StartsAt24", text(hours("24:00", "24:00", "")), []string{"/windows/text/0/start format"}},
		{"After24", text(hours("09:00", "24:01", "")), []string{"/windows/text/0/end format"}},
		{"OneDigit", text(hours("9:00", "12:0", "")), []string{"/windows/text/0/start format", "/windows/text/0/end format"}},
		{"WithSeconds", text(hours("09:00:00", "12:00", "")), []string{"/windows/text/0/start format"}},
		{"Sixty", text(hours("08:60", "12:00", "")), []string{"/windows/text/0/start format"}},
		{"Sign", text(hours("-9:00", "+9:00", "")), []string{"/windows/text/0/start format", "/windows/text/0/end format"}},
		{"Missing", text(models.Window{Days: []string{"mon"}}), []string{"/windows/text/0/start format", "/windows/text/0/end format"}},
		{"OtherDigits", text(hours("０9:00", "12:00", "")), []string{"/windows/text/0/start format"}},
		{"TooMany", text(make([]models.Window, models.MaxWindows+1)...), []string{"/windows/text too_long"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.problems, pointersAndCodes(models.WindowProblems(c.windows)))
		})
	}
}

func TestQuietHoursProblems(t *testing.T) {
	t.Parallel()
	early := []models.Window{hours("05:00", "08:00", ""), hours("21:00", "24:00", "")}
	for _, c := range []struct {
		name     string
		quiet    models.QuietHours
		windows  models.Windows
		problems []string
	}{
		{"Unknown", "eu", nil, []string{"/quietHours unknown_value"}},
		{"Missing", "", nil, []string{"/quietHours unknown_value"}},
		{"NothingLeft", "us", models.Windows{models.ChannelPhone: early}, []string{"/windows/phone never_open"}},
		{"SomethingLeft", "us", models.Windows{models.ChannelPhone: append([]models.Window{hours("20:59", "22:00", "sun")}, early...)}, nil},
		{"Off", "off", models.Windows{models.ChannelPhone: early}, nil},
		{"Email", "us", models.Windows{models.ChannelEmail: early}, nil},
		{"FaultyAlready", "us", models.Windows{models.ChannelText: {hours("9", "10", "")}, models.ChannelPhone: {}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.problems, pointersAndCodes(models.QuietHoursProblems(c.quiet, c.windows)))
		})
	}
}

func pointersAndCodes(problems []models.FieldError) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Pointer+" "+p.Code)
	}
	return all
}
