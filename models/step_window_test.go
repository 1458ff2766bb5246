package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// A slot that was moved to the opening of a window is due as soon as the window is open, though that be earlier by now; a
// time that an operator or the campaign set, or that another attempt must keep, is kept.
func TestDecideAfterTheWindowWasMoved(t *testing.T) {
	t.Parallel()
	const opening = 8 * time.Hour
	closed := func(f *models.Facts) {
		f.Campaign.Windows = models.Windows{models.ChannelEmail: {{Days: []string{"mon"}, Start: "18:00", End: "20:00"}}}
	}
	moved := func(f *models.Facts) {
		backing(models.WaitWindow, opening)(f)
		f.Outreach.SendAt = f.Now.Add(opening)
	}
	for name, c := range map[string]struct {
		facts models.Facts
		want  models.WaitingReason // "" sends
	}{
		"still closed":            {ready(moved, closed), models.WaitWindow},
		"open by now":             {ready(moved), ""},
		"waits for another thing": {ready(moved, backing(models.WaitCampaignPaused, opening)), models.WaitScheduledTime},
		"an operator's time":      {ready(moved, func(f *models.Facts) { f.Outreach.TimeSet = true }), models.WaitScheduledTime},
		"the campaign's time": {ready(moved, mode(models.ModeScheduled), func(f *models.Facts) {
			f.Campaign.ScheduledAt = new(f.Now.Add(opening))
		}), models.WaitScheduledTime},
		"another attempt's distance": {ready(moved, func(f *models.Facts) {
			f.Campaign.Type, f.Campaign.MaxAttempts, f.Campaign.MinHoursBetweenAttempts = models.CampaignFollowUp, 5, 24
			f.Contact.Attempts, f.Outreach.Attempt, f.LastClaim = 1, 2, new(f.Now.Add(-time.Hour))
		}), models.WaitNextAttempt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := models.Decide(c.facts)
			if c.want == "" {
				require.Equal(t, models.DoSend, step.Do, step.String())
				return
			}
			require.Equal(t, models.DoWait, step.Do)
			require.Equal(t, c.want, step.Waiting.Reason)
		})
	}
}
