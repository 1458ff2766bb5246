package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestGoLiveProblems(t *testing.T) {
	t.Parallel()
	require.Empty(t, models.GoLiveProblems(goodCampaign(), false))

	empty := models.NewCampaign(models.CampaignOneTime)
	empty.Name = "Spring"
	require.Equal(t, []string{"/channels required", "/objective required"}, problems(models.GoLiveProblems(empty, true)))

	c := goodCampaign()
	c.Sender, c.Objective, c.EndDate, c.StartDate = models.Sender{}, " ", new("2030-01-01"), new("2030-01-02")
	require.ElementsMatch(t, []string{
		"/objective required", "/sender/fromEmail required", "/sender/fromName required", "/sender/postalAddress required",
		"/endDate before_start",
	}, problems(models.GoLiveProblems(c, true)))
	c = goodCampaign()
	c.Sender.FromName, c.Sender.BusinessName = "", "Acme"
	require.Empty(t, models.GoLiveProblems(c, false), "the name of the business is as good")
}

// Texts and calls need a number, the business's name and the contacts' consent; e-mail needs none of them.
func TestGoLiveProblemsOfPhoneAndText(t *testing.T) {
	t.Parallel()
	for _, channel := range []models.Channel{models.ChannelPhone, models.ChannelText} {
		c := goodCampaign()
		c.Channels = []models.Channel{channel}
		require.ElementsMatch(t, []string{
			"/sender/businessName required", "/sender/fromPhone required", "/consent required",
		}, problems(models.GoLiveProblems(c, false)))
		c.Sender.BusinessName, c.Sender.FromPhone = "Acme", "+12025550143"
		require.Equal(t, []string{"/consent required"}, problems(models.GoLiveProblems(c, false)))
		require.Empty(t, problems(models.GoLiveProblems(c, true)))
	}
	c := goodCampaign()
	c.Channels = []models.Channel{models.ChannelText}
	c.Sender.BusinessName, c.Sender.MessagingServiceSID = "Acme", "MG0123456789abcdef0123456789abcdef"
	require.Empty(t, problems(models.GoLiveProblems(c, true)), "a messaging service has numbers")
	c.Channels = []models.Channel{models.ChannelText, models.ChannelPhone}
	require.Equal(t, []string{"/sender/fromPhone required"}, problems(models.GoLiveProblems(c, true)))
}

// The end date is over at its 24:00 in the campaign's zone, not before.
func TestDateProblems(t *testing.T) {
	t.Parallel()
	c := goodCampaign()
	c.Timezone, c.EndDate = "America/New_York", new("2030-03-04")
	last := time.Date(2030, 3, 5, 4, 59, 59, 0, time.UTC)
	require.Empty(t, models.DateProblems(c, last))
	require.Equal(t, []string{"/endDate past"}, problems(models.DateProblems(c, last.Add(time.Second))))
	c.EndDate = nil
	require.Empty(t, models.DateProblems(c, last))
}

func TestConsentProblems(t *testing.T) {
	t.Parallel()
	require.Empty(t, models.ConsentProblems("Ada Lovelace"))
	require.Equal(t, []string{"/consent/attestedBy required"}, problems(models.ConsentProblems("  ")))
	require.Equal(t, []string{"/consent/attestedBy control_character"}, problems(models.ConsentProblems("a\nb")))
}
