package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// goodCampaign has nothing wrong and can go live.
func goodCampaign() *models.Campaign {
	c := models.NewCampaign(models.CampaignOneTime)
	c.Name, c.Objective, c.Channels = "Spring", "Win back", []models.Channel{models.ChannelEmail}
	c.Sender = models.Sender{FromName: "Ada", FromEmail: "ada@example.com", PostalAddress: "1 Main St"}
	return c
}

// problems renders field errors as "pointer code".
func problems(fields []models.FieldError) []string {
	rendered := []string{}
	for _, field := range fields {
		rendered = append(rendered, field.Pointer+" "+field.Code)
	}
	return rendered
}

func TestValidate(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("ü", n) }
	for name, test := range map[string]struct {
		change func(*models.Campaign)
		want   []string
	}{
		"good":                 {func(*models.Campaign) {}, nil},
		"name missing":         {func(c *models.Campaign) { c.Name = "" }, []string{"/name required"}},
		"name blank":           {func(c *models.Campaign) { c.Name = " \t" }, []string{"/name control_character", "/name required"}},
		"name longest":         {func(c *models.Campaign) { c.Name = long(200) }, nil},
		"name too long":        {func(c *models.Campaign) { c.Name = long(201) }, []string{"/name too_long"}},
		"name of two lines":    {func(c *models.Campaign) { c.Name = "a\nb" }, []string{"/name control_character"}},
		"objective longest":    {func(c *models.Campaign) { c.Objective = long(10_000) }, nil},
		"objective too long":   {func(c *models.Campaign) { c.Objective = long(10_001) }, []string{"/objective too_long"}},
		"objective of lines":   {func(c *models.Campaign) { c.Objective = "a\n\tb\r\n" }, nil},
		"objective with bell":  {func(c *models.Campaign) { c.Objective = "\a" }, []string{"/objective control_character"}},
		"objective no UTF-8":   {func(c *models.Campaign) { c.Objective = "\xff" }, []string{"/objective control_character"}},
		"instructions longest": {func(c *models.Campaign) { c.Instructions = long(20_000) }, nil},
		"instructions too long": {
			func(c *models.Campaign) { c.Instructions = long(20_001) }, []string{"/instructions too_long"},
		},
		"type":               {func(c *models.Campaign) { c.Type = "weekly" }, []string{"/type unknown_value"}},
		"channel":            {func(c *models.Campaign) { c.Channels = []models.Channel{"fax"} }, []string{"/channels/0 unknown_value"}},
		"no channels":        {func(c *models.Campaign) { c.Channels = nil }, nil},
		"mode":               {func(c *models.Campaign) { c.ExecutionMode = "later" }, []string{"/executionMode unknown_value"}},
		"time in other mode": {func(c *models.Campaign) { c.ScheduledAt = new(time.Now()) }, []string{"/scheduledAt wrong_mode"}},
		"same channel twice": {func(c *models.Campaign) {
			c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelEmail}
		}, []string{"/channels/2 repeated"}},
		"one time, two attempts": {func(c *models.Campaign) { c.MaxAttempts = 2 }, []string{"/maxAttempts out_of_range"}},
		"no attempts": {func(c *models.Campaign) {
			c.Type, c.MaxAttempts = models.CampaignFollowUp, 0
		}, []string{"/maxAttempts out_of_range"}},
		"most attempts": {func(c *models.Campaign) {
			c.Type, c.MaxAttempts = models.CampaignFollowUp, 100
		}, nil},
		"no hours":       {func(c *models.Campaign) { c.MinHoursBetweenAttempts = 0 }, []string{"/minHoursBetweenAttempts out_of_range"}},
		"too many hours": {func(c *models.Campaign) { c.MinHoursBetweenAttempts = 2161 }, []string{"/minHoursBetweenAttempts out_of_range"}},
		"all at once": {func(c *models.Campaign) {
			c.Name, c.Timezone, c.DefaultRegion, c.Sender.FromEmail = "", "Mars", "XX", "x"
		}, []string{"/name required", "/timezone unknown_value", "/defaultRegion unknown_value", "/sender/fromEmail format"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := goodCampaign()
			test.change(c)
			require.ElementsMatch(t, test.want, problems(models.Validate(c)))
		})
	}
}

func TestValidatePlace(t *testing.T) {
	t.Parallel()
	for zone, good := range map[string]bool{
		"UTC": true, "America/New_York": true, "Asia/Kathmandu": true, "America/Argentina/Buenos_Aires": true,
		"": false, "Local": false, "Mars/Base": false, "EST5": false, "+02:00": false, "../etc/passwd": false,
		"localtime": false, "posixrules": false, "right/UTC": false,
	} {
		c := goodCampaign()
		c.Timezone = zone
		require.Equal(t, good, len(models.Validate(c)) == 0, "zone %q", zone)
	}
	for region, good := range map[string]bool{
		"US": true, "DE": true, "GB": true, "BR": true,
		"": false, "us": false, "USA": false, "XX": false, "001": false, "840": false, "ZZ": false, "EU": false, "UK": false,
	} {
		c := goodCampaign()
		c.DefaultRegion = region
		require.Equal(t, good, len(models.Validate(c)) == 0, "region %q", region)
	}
}

func TestValidateDates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start, end string
		want       []string
	}{
		{"2030-02-28", "2030-02-28", nil},
		{"2028-02-29", "2100-12-31", nil},
		{"2030-03-01", "2030-02-28", []string{"/endDate before_start"}},
		{"2030-02-29", "2030-13-01", []string{"/startDate format", "/endDate format"}},
		{"2030-2-1", "20300201", []string{"/startDate format", "/endDate format"}},
		{"2030-02-01T00:00:00Z", "", []string{"/startDate format", "/endDate format"}},
		{"1999-12-31", "2101-01-01", []string{"/startDate out_of_range", "/endDate out_of_range"}},
	} {
		c := goodCampaign()
		c.StartDate, c.EndDate = &test.start, &test.end
		require.Equal(t, test.want, append([]string(nil), problems(models.Validate(c))...), "%s %s", test.start, test.end)
	}
}

func TestValidateSender(t *testing.T) {
	t.Parallel()
	for email, good := range map[string]bool{
		"": true, "ada@example.com": true, "a.d+a@sub.example.co.uk": true,
		"ada": false, "@example.com": false, "ada@": false, "ada@localhost": false, "Ada <ada@example.com>": false,
		"ada@example.com, eve@example.com": false, "ada@example.com\r\nBcc: eve@example.com": false,
		"ada@[127.0.0.1]": false, "\"a b\"@example.com": false, "ä@example.com": false, " ada@example.com": false,
		strings.Repeat("a", 250) + "@example.com": false,
	} {
		c := goodCampaign()
		c.Sender.FromEmail, c.Sender.ReplyTo = email, email
		require.Equal(t, good, len(models.Validate(c)) == 0, "address %q", email)
	}
	for phone, good := range map[string]bool{
		"": true, "+12025550143": true, "+4930123456": true, "2025550143": false, "+02025550143": false,
		"+1 202 555 0143": false, "+1202555014312345": false, "+1": false,
	} {
		c := goodCampaign()
		c.Sender.FromPhone = phone
		require.Equal(t, good, len(models.Validate(c)) == 0, "phone %q", phone)
	}
	c := goodCampaign()
	c.Sender.FromName, c.Sender.BusinessName = "Ada\r\nBcc: eve@example.com", strings.Repeat("x", 201)
	c.Sender.MessagingServiceSID, c.Sender.PostalAddress = "MG1", strings.Repeat("x", 501)
	require.ElementsMatch(t, []string{
		"/sender/fromName control_character", "/sender/businessName too_long", "/sender/messagingServiceSid format",
		"/sender/postalAddress too_long",
	}, problems(models.Validate(c)))
}

// A new campaign has nothing wrong but its name.
func TestNewCampaign(t *testing.T) {
	t.Parallel()
	for _, kind := range []models.CampaignType{models.CampaignOneTime, models.CampaignFollowUp} {
		c := models.NewCampaign(kind)
		require.Equal(t, []string{"/name required"}, problems(models.Validate(c)))
		require.Equal(t, models.CampaignDraft, c.Status)
	}
	require.Equal(t, 1, models.NewCampaign(models.CampaignOneTime).MaxAttempts)
	require.Equal(t, models.DefaultMaxAttempts, models.NewCampaign(models.CampaignFollowUp).MaxAttempts)
}
