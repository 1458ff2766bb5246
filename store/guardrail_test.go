package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func guardrailCases() []testCase {
	return []testCase{
		{"GuardrailBounces", testGuardrailBounces},
		{"GuardrailComplaints", testGuardrailComplaints},
		{"GuardrailMinSends", testGuardrailMinSends},
		{"GuardrailCountsAnew", testGuardrailAnew},
		{"GuardrailChannels", testGuardrailChannels},
		{"GuardrailRedelivered", testGuardrailRedelivered},
	}
}

func guarded(bounces, complaints float64, minSends int) func(*models.Campaign) {
	return func(c *models.Campaign) {
		c.Guardrails = models.Guardrails{BouncePercent: bounces, ComplaintPercent: complaints, MinSends: minSends}
	}
}

// sendMany sends outreaches to people from the number on, and returns the outreaches' ids.
func (b *bench) sendMany(t *testing.T, channel models.Channel, campaignID string, from, n int) []string {
	t.Helper()
	ids := []string{}
	for i := range n {
		ids = append(ids, b.sent(t, channel, campaignID, numbered(from+i)).OutreachID)
	}
	return ids
}

// report records an event of the kind for each outreach.
func (b *bench) report(t *testing.T, kind models.EventType, outreachIDs ...string) []models.Wake {
	t.Helper()
	events := []models.ProviderEvent{}
	for _, id := range outreachIDs {
		events = append(events, models.ProviderEvent{OutreachID: id, Type: kind, At: b.clock.Now(), DedupeKey: string(kind)})
	}
	wakes, err := b.RecordEvents(t.Context(), events)
	require.NoError(t, err)
	return wakes
}

// requirePaused says that the campaign was paused, why, and that its workflow is told.
func (b *bench) requirePaused(t *testing.T, campaignID, reason string, wakes []models.Wake) {
	t.Helper()
	c := b.campaign(t, campaignID)
	require.Equal(t, models.CampaignPaused, c.Status)
	require.NotNil(t, c.PauseReason)
	require.Equal(t, reason, *c.PauseReason)
	require.Contains(t, wakes, models.Wake{CampaignID: campaignID, Revision: c.Revision})
	require.Greater(t, c.Revision, c.SeenRevision)
}

func (b *bench) requireActive(t *testing.T, campaignID string) {
	t.Helper()
	require.Equal(t, models.CampaignActive, b.campaign(t, campaignID).Status)
}

func testGuardrailBounces(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t) // with the limits that a campaign has by itself
	bystander := b.live(t)
	ids := b.sendMany(t, models.ChannelEmail, c.ID, 0, 100)
	waiting := b.ready(t, c.ID, person(100))
	b.sendMany(t, models.ChannelEmail, bystander.ID, 0, 1)
	require.Empty(t, b.report(t, models.EventDelivered, ids[50:]...))
	require.Empty(t, b.report(t, models.EventBounced, ids[:5]...), "5 % are not more than 5 %")
	b.requireActive(t, c.ID)
	require.Empty(t, b.report(t, models.EventDropped, ids[20]), "what the provider did not try bounced from nowhere")
	b.requireActive(t, c.ID)
	wakes := b.report(t, models.EventBounced, ids[5])
	b.requirePaused(t, c.ID, "paused by system: 6 of 100 e-mails bounced (6.0 %, limit 5 %)", wakes)
	step, claim, _, err := b.Claim(t.Context(), waiting)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	b.requireActive(t, bystander.ID)

	// What comes while it is paused pauses nothing again.
	revision := b.campaign(t, c.ID).Revision
	require.Empty(t, b.report(t, models.EventBounced, ids[6]))
	require.Equal(t, revision, b.campaign(t, c.ID).Revision)
}

func testGuardrailComplaints(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, guarded(5, 10, 20))
	ids := b.sendMany(t, models.ChannelEmail, c.ID, 0, 30)
	b.report(t, models.EventUnsubscribed, ids[10:20]...) // no complaints, and more than enough of them
	b.says(t, "person21@people.example", "stop")
	b.report(t, models.EventComplained, ids[:3]...)
	b.requireActive(t, c.ID)
	wakes := b.report(t, models.EventComplained, ids[3])
	b.requirePaused(t, c.ID, "paused by system: 4 of 30 e-mails reported as spam (13.3 %, limit 10 %)", wakes)

	// Of little, two digits are shown.
	c = b.live(t, guarded(5, 0.5, 10))
	ids = b.sendMany(t, models.ChannelEmail, c.ID, 100, 110)
	wakes = b.report(t, models.EventComplained, ids[0])
	b.requirePaused(t, c.ID, "paused by system: 1 of 110 e-mails reported as spam (0.91 %, limit 0.5 %)", wakes)
}

// testGuardrailMinSends says that too few outreaches prove nothing, and that the campaign is paused once there are enough,
// whatever is reported then.
func testGuardrailMinSends(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, guarded(5, 0.1, 10))
	ids := b.sendMany(t, models.ChannelEmail, c.ID, 0, 8)
	b.report(t, models.EventBounced, ids[:4]...)
	refused := b.claimed(t, b.ready(t, c.ID, person(50)))
	_, err := b.Reject(t.Context(), refused, &models.ProviderError{Kind: models.FailureRejected, Code: "400"})
	require.NoError(t, err)
	given := b.claimed(t, b.ready(t, c.ID, person(51)))
	_, err = b.GiveBack(t.Context(), given, &models.ProviderError{Code: "429"}, models.WaitProviderLimit, models.Backoff)
	require.NoError(t, err)
	last := b.sendMany(t, models.ChannelEmail, c.ID, 60, 1)
	b.report(t, models.EventDelivered, last...)
	b.requireActive(t, c.ID)
	last = b.sendMany(t, models.ChannelEmail, c.ID, 70, 1)
	wakes := b.report(t, models.EventDelivered, last...)
	b.requirePaused(t, c.ID, "paused by system: 4 of 10 e-mails bounced (40.0 %, limit 5 %)", wakes)
}

func testGuardrailAnew(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, guarded(10, 1, 10))
	ids := b.sendMany(t, models.ChannelEmail, c.ID, 0, 10)
	b.requirePaused(t, c.ID, "paused by system: 2 of 10 e-mails bounced (20.0 %, limit 10 %)", b.report(t, models.EventBounced, ids[:2]...))
	b.clock.Advance(time.Hour)
	b.control(t, c.ID, models.ControlResume)
	row := b.campaign(t, c.ID)
	require.Nil(t, row.PauseReason)
	require.NotNil(t, row.ResumedAt)
	require.WithinDuration(t, b.clock.Now(), *row.ResumedAt, time.Second)
	require.Empty(t, b.report(t, models.EventBounced, ids[2:]...), "they were sent before")
	b.requireActive(t, c.ID)
	ids = b.sendMany(t, models.ChannelEmail, c.ID, 20, 10)
	b.report(t, models.EventBounced, ids[0])
	b.requireActive(t, c.ID)
	b.requirePaused(t, c.ID, "paused by system: 2 of 10 e-mails bounced (20.0 %, limit 10 %)", b.report(t, models.EventBounced, ids[1]))
}

// testGuardrailChannels says that each channel is measured by itself.
func testGuardrailChannels(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail, models.ChannelText), guarded(20, 1, 5))
	texts := b.sendMany(t, models.ChannelText, c.ID, 0, 20)
	b.report(t, models.EventFailed, texts[:10]...) // dead numbers are no bounces
	b.requireActive(t, c.ID)
	mails := b.sendMany(t, models.ChannelEmail, c.ID, 30, 4)
	b.report(t, models.EventBounced, mails[:2]...)
	b.requireActive(t, c.ID)
	mails = append(mails, b.sendMany(t, models.ChannelEmail, c.ID, 40, 1)...)
	b.requirePaused(t, c.ID, "paused by system: 2 of 5 e-mails bounced (40.0 %, limit 20 %)", b.report(t, models.EventDelivered, mails[4]))
}

// testGuardrailRedelivered says that events which were stored by a process that died before it looked at the guardrails do
// pause the campaign when they come again.
func testGuardrailRedelivered(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, guarded(10, 1, 5))
	ids := b.sendMany(t, models.ChannelEmail, c.ID, 0, 5)
	b.requirePaused(t, c.ID, "paused by system: 1 of 5 e-mails bounced (20.0 %, limit 10 %)", b.report(t, models.EventBounced, ids[0]))
	require.NoError(t, b.db.Exec("UPDATE campaigns SET status = 'active', pause_reason = NULL WHERE id = ?", c.ID).Error)
	b.requirePaused(t, c.ID, "paused by system: 1 of 5 e-mails bounced (20.0 %, limit 10 %)", b.report(t, models.EventBounced, ids[0]))
	require.EqualValues(t, 1, b.ledger(t, ids[0]).events)
}
