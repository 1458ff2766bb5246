package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestPlanCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	request := models.PlanRequest{Now: now, Channels: []models.PlanChannel{
		{Channel: models.ChannelText, Earliest: now.Add(2 * time.Hour)},
		{Channel: models.ChannelEmail, Earliest: now.Add(time.Hour)},
	}}
	for _, c := range []struct {
		name   string
		change func(*models.Plan)
		detail string // of the fault; empty: it is a good plan
	}{
		{"Good", func(*models.Plan) {}, ""},
		{"Later", func(p *models.Plan) { p.SendAt = now.Add(models.MaxPlanAhead) }, ""},
		{"OtherZone", func(p *models.Plan) { p.SendAt = p.SendAt.In(time.FixedZone("", -8*3600)) }, ""},
		{"TextNeedsNoSubject", func(p *models.Plan) {
			p.Channel, p.Subject, p.SendAt = models.ChannelText, "", now.Add(2*time.Hour)
		}, ""},
		{"LongestSubject", func(p *models.Plan) { p.Subject = strings.Repeat("s", models.MaxSubjectBytes) }, ""},
		{"LongestBody", func(p *models.Plan) { p.Body = strings.Repeat("b", models.MaxBodyBytes) }, ""},
		{"ChannelNotAllowed", func(p *models.Plan) { p.Channel = models.ChannelPhone }, "channel"},
		{"NoChannel", func(p *models.Plan) { p.Channel = "" }, "channel"},
		{"Early", func(p *models.Plan) { p.SendAt = now.Add(time.Hour - time.Nanosecond) }, "earliest"},
		{"EarlyForItsChannel", func(p *models.Plan) { p.Channel = models.ChannelText }, "earliest"},
		{"NoTime", func(p *models.Plan) { p.SendAt = time.Time{} }, "earliest"},
		{"TooFarAhead", func(p *models.Plan) { p.SendAt = now.Add(models.MaxPlanAhead + 1) }, "90 days"},
		{"NoBody", func(p *models.Plan) { p.Body = "" }, "body"},
		{"LongBody", func(p *models.Plan) { p.Body = strings.Repeat("b", models.MaxBodyBytes+1) }, "body"},
		{"NoSubject", func(p *models.Plan) { p.Subject = "" }, "subject"},
		{"LongSubject", func(p *models.Plan) { p.Subject = strings.Repeat("s", models.MaxSubjectBytes+1) }, "subject"},
		{"DecidedOutreach", func(p *models.Plan) { p.Decision = models.DecideOutreach }, ""},
		{"DecidedOutreachWithoutBody", func(p *models.Plan) { p.Decision, p.Body = models.DecideOutreach, "" }, "body"},
		{"CompleteNotAllowed", func(p *models.Plan) { p.Decision = models.DecideComplete }, "completed"},
		{"NotEligibleNotAllowed", func(p *models.Plan) { p.Decision = models.DecideNotEligible }, "eligibility"},
		{"UnknownDecision", func(p *models.Plan) { p.Decision = "Outreach" }, "decision"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := models.Plan{
				Channel: models.ChannelEmail, SendAt: now.Add(time.Hour), Subject: "Your check-up", Body: "It is time.",
			}
			c.change(&plan)
			err := plan.Check(request)
			if c.detail == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
			require.ErrorContains(t, err, c.detail)
		})
	}
}

// Of a decision against an outreach only the reason counts; each has its own condition.
func TestPlanCheckDecides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		decision models.PlanDecision
		complete bool
		prompt   string
		detail   string
	}{
		{"Complete", models.DecideComplete, true, "", ""},
		{"CompleteBesidePrompt", models.DecideComplete, true, "Boat owners", ""},
		{"CompleteForPrompt", models.DecideComplete, false, "Boat owners", "completed"},
		{"NotEligible", models.DecideNotEligible, false, "Boat owners", ""},
		{"NotEligibleWithoutPrompt", models.DecideNotEligible, true, "", "eligibility"},
		{"Outreach", models.DecideOutreach, true, "Boat owners", "channel"},
		{"None", "", true, "Boat owners", "channel"},
		{"Unknown", "done", true, "Boat owners", "decision"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := models.Plan{Decision: c.decision, Reason: "The contact has booked."}
			err := plan.Check(models.PlanRequest{MayComplete: c.complete, EligibilityPrompt: c.prompt})
			if c.detail == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
			require.ErrorContains(t, err, c.detail)
		})
	}
}

// Limits of texts and scripts count characters, those of e-mails bytes.
func TestCheckTexts(t *testing.T) {
	t.Parallel()
	long := func(length int) string { return strings.Repeat("ä", length) }
	for _, c := range []struct {
		name                     string
		channel                  models.Channel
		subject, body, voicemail string
		detail                   string
	}{
		{"Email", models.ChannelEmail, "Hello", long(models.MaxBodyBytes / 2), "", ""},
		{"EmailWithoutSubject", models.ChannelEmail, " \n", "Hi", "", "subject"},
		{"EmailWithoutBody", models.ChannelEmail, "Hello", " \n", "", "body"},
		{"LongEmail", models.ChannelEmail, "Hello", long(models.MaxBodyBytes/2 + 1), "", "body"},
		{"LongestText", models.ChannelText, "", long(models.MaxTextLength), "", ""},
		{"LongText", models.ChannelText, "", long(models.MaxTextLength + 1), "", "a text"},
		{"TextWithoutBody", models.ChannelText, "", "", "", "body"},
		{"TextWithLongSubject", models.ChannelText, strings.Repeat("s", models.MaxSubjectBytes+1), "Hi", "", "subject"},
		{"LongestCall", models.ChannelPhone, "", long(models.MaxScriptLength), long(models.MaxScriptLength), ""},
		{"CallThatHangsUpOnMachines", models.ChannelPhone, "", "Hello.\nThis is Harbour Dental.", "", ""},
		{"LongCall", models.ChannelPhone, "", long(models.MaxScriptLength + 1), "", "what a call says"},
		{"LongVoicemail", models.ChannelPhone, "", "Hello.", long(models.MaxScriptLength + 1), "voicemailText"},
		{"CallWithoutBody", models.ChannelPhone, "", "\t", "Hello.", "body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := models.CheckTexts(c.channel, c.subject, c.body, c.voicemail)
			if c.detail == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
			require.ErrorContains(t, err, c.detail)
		})
	}
}
