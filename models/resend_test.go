package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// resendFacts are those of a resend by e-mail that may go, and the resend.
func resendFacts() (models.Facts, *models.Outreach) {
	now := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	campaign := models.NewCampaign(models.CampaignOneTime)
	campaign.Status, campaign.Channels = models.CampaignActive, []models.Channel{models.ChannelEmail, models.ChannelText}
	return models.Facts{
			Now: now, Campaign: campaign, UnconfirmedAfter: 15 * time.Minute,
			Contact: &models.Contact{
				Email: new("a@people.example"), Phone: new("+12025550101"), Status: models.ContactCompleted, Attempts: 1,
			},
		}, &models.Outreach{
			ID: "resend", Attempt: 1, Channel: models.ChannelEmail, Resend: 1, State: models.OutreachApproved, Version: 1,
		}
}

func TestDecideResend(t *testing.T) {
	t.Parallel()

	facts, _ := resendFacts()
	in := func(d time.Duration) *time.Time { return new(facts.Now.Add(d)) }
	for name, want := range map[string]struct {
		change func(f *models.Facts, o *models.Outreach)
		do     models.Do
		waits  models.WaitingReason
		until  *time.Time
		then   models.Do
	}{
		"ready, though its contact is completed": {func(*models.Facts, *models.Outreach) {}, models.DoSend, models.WaitSendQueue, nil, ""},
		"sent":                                   {func(_ *models.Facts, o *models.Outreach) { o.State = models.OutreachAccepted }, models.DoFinish, "", nil, ""},
		"in doubt": {func(f *models.Facts, o *models.Outreach) {
			o.State, o.ClaimedAt, f.Contact.RemovedAt = models.OutreachSubmitting, in(-time.Minute), in(0)
		}, models.DoWait, models.WaitProof, in(14 * time.Minute), models.DoLook},
		"removed":      {func(f *models.Facts, _ *models.Outreach) { f.Contact.RemovedAt = in(0) }, models.DoFinish, "", nil, ""},
		"disqualified": {func(f *models.Facts, _ *models.Outreach) { f.Contact.Status = models.ContactDisqualified }, models.DoFinish, "", nil, ""},
		"archived":     {func(f *models.Facts, _ *models.Outreach) { f.Campaign.Status = models.CampaignArchived }, models.DoFinish, "", nil, ""},
		"ended":        {func(f *models.Facts, _ *models.Outreach) { f.Campaign.EndDate = new("2026-03-01") }, models.DoFinish, "", nil, ""},
		"suppressed": {func(f *models.Facts, _ *models.Outreach) {
			f.Suppressed = map[models.Channel]models.SuppressionReason{models.ChannelEmail: models.SuppressedBounce}
		}, models.DoFinish, "", nil, ""},
		"another channel suppressed": {func(f *models.Facts, _ *models.Outreach) {
			f.Suppressed = map[models.Channel]models.SuppressionReason{models.ChannelText: models.SuppressedOptOut}
		}, models.DoSend, models.WaitSendQueue, nil, ""},
		"no address":       {func(f *models.Facts, _ *models.Outreach) { f.Contact.Email = nil }, models.DoFinish, "", nil, ""},
		"channel gone":     {func(f *models.Facts, _ *models.Outreach) { f.Campaign.Channels = nil }, models.DoFinish, "", nil, ""},
		"review is no bar": {func(f *models.Facts, _ *models.Outreach) { f.Campaign.ManualReview = true }, models.DoSend, models.WaitSendQueue, nil, ""},
		"nor a mode":       {func(f *models.Facts, _ *models.Outreach) { f.Campaign.ExecutionMode = models.ModeManual }, models.DoSend, models.WaitSendQueue, nil, ""},
		"paused": {func(f *models.Facts, _ *models.Outreach) { f.Campaign.Status = models.CampaignPaused },
			models.DoWait, models.WaitCampaignPaused, in(time.Minute), models.DoLook},
		"disabled": {func(f *models.Facts, _ *models.Outreach) { f.Contact.Status = models.ContactDisabled },
			models.DoWait, models.WaitDisabled, in(time.Minute), models.DoLook},
		"before its start": {func(f *models.Facts, _ *models.Outreach) { f.Campaign.StartDate = new("2026-03-03") },
			models.DoWait, models.WaitBeforeStart, in(14 * time.Hour), models.DoSend},
		"capped": {func(f *models.Facts, _ *models.Outreach) {
			f.CapUntil = map[models.Channel]time.Time{models.ChannelEmail: *in(time.Hour)}
		}, models.DoWait, models.WaitFrequencyCap, in(time.Hour), models.DoSend},
		"outside its window": {func(f *models.Facts, _ *models.Outreach) {
			f.Campaign.Windows = models.Windows{models.ChannelEmail: {{Days: []string{"mon"}, Start: "18:00", End: "19:00"}}}
			f.Contact.Timezone = new("UTC")
		}, models.DoWait, models.WaitWindow, in(8 * time.Hour), models.DoSend},
		"the provider asked to wait": {func(_ *models.Facts, o *models.Outreach) {
			o.WaitingReason, o.WaitingUntil = new(models.WaitProviderLimit), in(time.Minute)
		}, models.DoWait, models.WaitProviderLimit, in(time.Minute), models.DoSend},
		"the provider has waited": {func(_ *models.Facts, o *models.Outreach) {
			o.WaitingReason, o.WaitingUntil = new(models.WaitProviderDown), in(0)
		}, models.DoSend, models.WaitSendQueue, nil, ""},
		"an older wait is over": {func(_ *models.Facts, o *models.Outreach) {
			o.WaitingReason, o.WaitingUntil = new(models.WaitCampaignPaused), in(time.Minute)
		}, models.DoSend, models.WaitSendQueue, nil, ""},
		"its contact's wait is another's": {func(f *models.Facts, _ *models.Outreach) {
			f.Contact.WaitingReason, f.Contact.WaitingUntil = new(models.WaitProviderLimit), in(time.Minute)
		}, models.DoSend, models.WaitSendQueue, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, o := resendFacts()
			want.change(&f, o)
			step := models.DecideResend(f, o)
			require.Equal(t, want.do, step.Do, step.String())
			require.Equal(t, want.then, step.Then)
			require.Equal(t, []any{"resend", models.ChannelEmail, 1}, []any{step.OutreachID, step.Channel, step.Attempt})
			require.Empty(t, step.Status, "it says nothing about the contact")
			if want.waits == "" {
				require.Nil(t, step.Waiting)
				return
			}
			require.Equal(t, want.waits, step.Waiting.Reason)
			require.Equal(t, want.until, step.Waiting.Until)
		})
	}
}

func TestDecideResendEndless(t *testing.T) {
	t.Parallel()

	// A window that never opens is looked at again, though not soon.
	f, o := resendFacts()
	f.Campaign.Windows = models.Windows{models.ChannelEmail: {}}
	step := models.DecideResend(f, o)
	require.Equal(t, models.WaitWindow, step.Waiting.Reason)
	require.Equal(t, f.Now.Add(models.HoursHorizon), *step.Waiting.Until)
}
