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
