package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func frameCases() []testCase {
	return []testCase{
		{"FrameOfTexts", testFrameTexts},
		{"FrameOfTextThatFailed", testFrameFailed},
		{"FrameOfCalls", testFrameCalls},
		{"FrameShown", testFrameShown},
		{"FrameTellsThePlanner", testFramePlanner},
		{"TextsWithinTheirWindow", testTextWindow},
	}
}

const firstText = "Example Clinic: It is time for a check-up.\nReply STOP to opt out."

// textOf claims the contact's next text, has it taken, and returns it as it was handed over.
func (b *bench) textOf(t require.TestingT, campaignID, contactID string) (*models.Text, *store.Claim) {
	request := b.requestOf(campaignID, contactID, b.planOn(t, models.ChannelText, campaignID, contactID))
	step, claim, message, err := b.Claim(ctx(t), request)
	require.NoError(t, err)
	require.NotNil(t, claim, step.String())
	require.NotNil(t, message.Text)
	_, err = b.Accept(ctx(t), claim, "SM-"+claim.OutreachID)
	require.NoError(t, err)
	return message.Text, claim
}

// testFrameTexts says that a contact's first text of a campaign names the sender and how to opt out, and no later one.
func testFrameTexts(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), followUp)
	id := b.taken(t, c.ID, numbered(1))[0]
	text, claim := b.textOf(t, c.ID, id)
	require.Equal(t, firstText, text.Body)
	row := b.outreach(t, claim.OutreachID)
	require.Equal(t, []string{"Example Clinic: ", "\nReply STOP to opt out."}, []string{row.Opening, row.Closing})
	require.Equal(t, 1, row.Segments)

	b.clock.Advance(25 * time.Hour)
	text, claim = b.textOf(t, c.ID, id)
	require.Equal(t, "It is time for a check-up.", text.Body)
	row = b.outreach(t, claim.OutreachID)
	require.Empty(t, row.Opening+row.Closing)
	require.Equal(t, 1, row.Segments)

	// What was sent stays what it was, whatever the sender becomes.
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
		c.Sender.BusinessName = "Another Name"
		return nil
	})
	require.NoError(t, err)
	detail, err := b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
	require.Equal(t, "Example Clinic: ", detail.History[0].Opening)

	// Another campaign's first text is framed again.
	other := b.live(t, channels(models.ChannelText))
	text, _ = b.textOf(t, other.ID, b.taken(t, other.ID, numbered(1))[0])
	require.Equal(t, firstText, text.Body)
}

// testFrameFailed says that a text that did not arrive was no first text.
func testFrameFailed(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), followUp)
	id := b.taken(t, c.ID, numbered(1))[0]
	_, claim := b.textOf(t, c.ID, id)
	b.heard(t, claim.OutreachID, models.EventFailed, "failed", "30007")
	b.clock.Advance(25 * time.Hour)
	text, _ := b.textOf(t, c.ID, id)
	require.Equal(t, firstText, text.Body)
}

func testFrameCalls(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelPhone))
	claim := b.sent(t, models.ChannelPhone, c.ID, numbered(1))
	texts, err := b.CallTexts(t.Context(), claim.OutreachID)
	require.NoError(t, err)
	require.Equal(t, "Hello. This is an automated call from Example Clinic. To not be called again, press 9 at any time. "+
		"It is time for a check-up.", texts.Script)
	require.Equal(t, "Example Clinic", texts.BusinessName)
	requireTime(t, claim.At, texts.ClaimedAt)
	require.Zero(t, b.outreach(t, claim.OutreachID).Segments)
}

// testFrameShown says that who approves sees what will be sent.
func testFrameShown(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), reviewed)
	id := b.taken(t, c.ID, numbered(1))[0]
	b.planOn(t, models.ChannelText, c.ID, id)
	frame := models.Frame{Opening: "Example Clinic: ", Closing: "\nReply STOP to opt out."}
	detail, err := b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
	require.Equal(t, frame, detail.NextFrame)
	rows, total, err := b.Review(t.Context(), models.ReviewFilter{Page: models.Page{Number: 1, PerPage: 10}})
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Equal(t, frame, rows[0].Frame)
}

// testFramePlanner says that the planner's texts are measured with their frame.
func testFramePlanner(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), followUp)
	id := b.taken(t, c.ID, numbered(1))[0]
	_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.True(t, request.FirstText)
	frame := len("Example Clinic: ") + len("\nReply STOP to opt out.")
	plan := planFor(models.ChannelText, request.Channels[0].Earliest)
	plan.Body = strings.Repeat("a", 918-frame)
	require.NoError(t, plan.Check(*request))
	plan.Body += "a"
	require.ErrorContains(t, plan.Check(*request), "7 segments")
	request.FirstText = false
	require.NoError(t, plan.Check(*request))

	b.textOf(t, c.ID, id)
	_, request, err = b.BeginPlan(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.False(t, request.FirstText)
}

// testTextWindow says that a text is valid for what is left of its window, and that it waits for the next one where that is
// too little.
func testTextWindow(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), func(c *models.Campaign) { // the clock begins at 10:00 UTC on a Monday
		c.Windows[models.ChannelText] = []models.Window{{Days: []string{"mon", "tue"}, Start: "09:00", End: "18:00"}}
	})
	inUTC := func(n int) models.ContactInput {
		input := numbered(n)
		input.Timezone = new("UTC")
		return input
	}
	monday := time.Date(2026, time.March, 2, 18, 0, 0, 0, time.UTC)
	for n, left := range map[int]time.Duration{1: 7 * time.Hour, 2: time.Minute, 3: models.MinTextValidity + time.Second} {
		id := b.taken(t, c.ID, inUTC(n))[0]
		request := b.requestOf(c.ID, id, b.planOn(t, models.ChannelText, c.ID, id))
		later := b.at(t, monday.Add(-left))
		_, claim, message, err := later.Claim(t.Context(), request)
		require.NoError(t, err)
		require.NotNil(t, claim)
		require.InDelta(t, left.Seconds(), message.Text.ValidFor.Seconds(), 1)
	}
	id := b.taken(t, c.ID, inUTC(4))[0]
	request := b.requestOf(c.ID, id, b.planOn(t, models.ChannelText, c.ID, id))
	step, claim, _, err := b.at(t, monday.Add(-models.MinTextValidity+time.Second)).Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.WaitWindow, step.Waiting.Reason)
	requireTime(t, monday.Add(15*time.Hour), *step.Waiting.Until)
}

// at is the same database at another time.
func (b *bench) at(t *testing.T, now time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		URL: b.address, UnconfirmedAfter: unconfirmedAfter, Now: func() time.Time { return now },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
