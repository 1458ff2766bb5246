package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func reviewCases() []testCase {
	return []testCase{
		{"ReviewQueue", testReviewQueue},
		{"ReviewQueueOfMany", testReviewOfMany},
	}
}

// planAt plans the contact's next outreach for the time.
func (b *bench) planAt(t *testing.T, campaignID, contactID string, channel models.Channel, at time.Time) models.Step {
	t.Helper()
	_, request, err := b.BeginPlan(t.Context(), campaignID, contactID, "run-1")
	require.NoError(t, err)
	require.NotNil(t, request)
	step, err := b.StorePlan(t.Context(), campaignID, contactID, *request, planFor(channel, at))
	require.NoError(t, err)
	return step
}

func (b *bench) queue(t *testing.T, filter models.ReviewFilter) []string {
	t.Helper()
	rows, total, err := b.Review(t.Context(), filter)
	require.NoError(t, err)
	names := []string{}
	for _, row := range rows {
		require.Equal(t, models.ContactAwaitingApproval, row.Contact.Status)
		require.Equal(t, row.Outreach.ContactID, row.Contact.ID)
		require.Equal(t, row.CampaignID, row.Contact.CampaignID)
		require.Equal(t, row.Outreach.Version, row.Plan.Version)
		require.NotEmpty(t, row.Plan.Body)
		require.NotEmpty(t, row.CampaignName)
		names = append(names, row.Contact.FirstName)
	}
	if filter.Page == (models.Page{}) {
		require.Len(t, names, total)
	}
	return names
}

func testReviewQueue(t *testing.T, b *bench) {
	t.Helper()

	require.Empty(t, b.queue(t, models.ReviewFilter{}))
	now := b.clock.Now()
	c := b.live(t, reviewed, channels(models.ChannelEmail, models.ChannelText))
	ids := b.taken(t, c.ID, numbered(1), numbered(2), numbered(3), numbered(4), numbered(5))
	b.planAt(t, c.ID, ids[0], models.ChannelEmail, now.Add(3*time.Hour))
	b.planAt(t, c.ID, ids[1], models.ChannelText, now.Add(time.Hour))
	approved := b.planAt(t, c.ID, ids[2], models.ChannelEmail, now.Add(time.Hour))
	_, _, err := b.ContactControl(t.Context(), c.ID, ids[2], models.ContactApprove, models.ContactControlOptions{Version: 1})
	require.NoError(t, err)
	require.NotEmpty(t, approved.OutreachID)
	b.planAt(t, c.ID, ids[3], models.ChannelEmail, now.Add(time.Hour))
	b.act(t, c.ID, models.ActionRemove, numbered(4))

	paused := b.live(t, reviewed)
	other := b.taken(t, paused.ID, person(11))[0]
	b.planAt(t, paused.ID, other, models.ChannelEmail, now.Add(2*time.Hour))
	b.control(t, paused.ID, models.ControlPause)
	gone := b.live(t, reviewed)
	b.planAt(t, gone.ID, b.taken(t, gone.ID, person(12))[0], models.ChannelEmail, now.Add(time.Hour))
	b.control(t, gone.ID, models.ControlArchive)
	free := b.live(t)
	b.planAt(t, free.ID, b.taken(t, free.ID, person(13))[0], models.ChannelEmail, now.Add(time.Hour))

	require.Equal(t, []string{"First2", "First11", "First1"}, b.queue(t, models.ReviewFilter{}), "the soonest first")
	require.Equal(t, []string{"First2", "First1"}, b.queue(t, models.ReviewFilter{CampaignID: &c.ID}))
	require.Equal(t, []string{"First2"}, b.queue(t, models.ReviewFilter{Channel: new(models.ChannelText)}))
	require.Empty(t, b.queue(t, models.ReviewFilter{CampaignID: &gone.ID}))
	require.Empty(t, b.queue(t, models.ReviewFilter{CampaignID: new("no id")}))
	page := models.Page{Number: 2, PerPage: 2}
	require.Equal(t, []string{"First1"}, b.queue(t, models.ReviewFilter{Page: page}))

	rows, _, err := b.Review(t.Context(), models.ReviewFilter{CampaignID: &paused.ID})
	require.NoError(t, err)
	require.Equal(t, models.ContactCampaignPaused, rows[0].Contact.Shown())
	require.Equal(t, "Spring check-ups", rows[0].CampaignName)
	require.Equal(t, "Your check-up", *rows[0].Plan.Subject)
	require.Equal(t, rows[0].Outreach.ID, rows[0].Contact.NextOutreach.ID)
	requireTime(t, now.Add(2*time.Hour), rows[0].Outreach.SendAt)
}

// testReviewOfMany reads the queue from the end of the outreaches, which it is read from where many wait.
func testReviewOfMany(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.fill(t, c.ID, 6_000) // of whom 300 wait for an approval, among 1,200 with a planned outreach
	seen, last := map[string]bool{}, time.Time{}
	for number := 1; number <= 3; number++ {
		page := models.Page{Number: number, PerPage: 200}
		rows, total, err := b.Review(t.Context(), models.ReviewFilter{Page: page})
		require.NoError(t, err)
		require.Equal(t, 300, total)
		for _, row := range rows {
			require.Equal(t, models.ContactAwaitingApproval, row.Contact.Status)
			require.False(t, row.Outreach.SendAt.Before(last))
			require.False(t, seen[row.Outreach.ID])
			seen[row.Outreach.ID], last = true, row.Outreach.SendAt
		}
	}
	require.Len(t, seen, 300)
	texts := 0
	rows, total, err := b.Review(t.Context(), models.ReviewFilter{Channel: new(models.ChannelText), Page: models.Page{PerPage: 200}})
	require.NoError(t, err)
	require.NoError(t, b.db.Raw("SELECT count(*) FROM outreaches o JOIN contacts c ON c.id = o.contact_id WHERE o.channel = 'text' "+
		"AND o.state = 'planned' AND c.status = 'awaiting_approval'").Scan(&texts).Error)
	require.Equal(t, texts, total)
	require.Len(t, rows, min(texts, 200))
}
