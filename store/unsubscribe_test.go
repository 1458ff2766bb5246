package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func unsubscribeCases() []testCase {
	return []testCase{
		{"UnsubscribeByLink", testUnsubscribe},
		{"UnsubscribeAgain", testUnsubscribeAgain},
		{"UnsubscribeRemoved", testUnsubscribeRemoved},
		{"UnsubscribeErased", testUnsubscribeErased},
		{"UnsubscribeUnsent", testUnsubscribeUnsent},
		{"UnsubscribeUnknown", testUnsubscribeUnknown},
		{"ReplyToToken", testReplyToToken},
		{"ReplyToTokenOptsOut", testReplyToTokenOptsOut},
		{"ReplyAutomatic", testReplyAutomatic},
		{"ReplyWhole", testReplyWhole},
	}
}

// forbidden maps "channel address" to the reason of every suppression.
func (b *bench) forbidden(t *testing.T) map[string]models.SuppressionReason {
	t.Helper()
	rows := []models.Suppression{}
	require.NoError(t, b.db.Find(&rows).Error)
	found := map[string]models.SuppressionReason{}
	for _, row := range rows {
		address := "erased"
		if row.Address != nil {
			address = *row.Address
		}
		found[string(row.Channel)+" "+address] = row.Reason
	}
	return found
}

func (b *bench) unsubscribe(t *testing.T, claim *store.Claim) []models.Wake {
	t.Helper()
	wakes, err := b.Unsubscribe(ctx(t), claim.OutreachID)
	require.NoError(t, err)
	return wakes
}

func testUnsubscribe(t *testing.T, b *bench) {
	t.Helper()
	campaign := b.live(t, followUp, channels(models.ChannelEmail, models.ChannelText))
	claim := b.sent(t, models.ChannelEmail, campaign.ID, numbered(1))
	b.planOn(t, models.ChannelText, campaign.ID, claim.ContactID)

	shown, err := b.Subscription(ctx(t), claim.OutreachID)
	require.NoError(t, err)
	require.Equal(t, &models.Subscription{BusinessName: campaign.Sender.BusinessName, Address: *person(1).Email}, shown)

	wakes := b.unsubscribe(t, claim)
	require.Len(t, wakes, 1, "the workflow that waits for the next attempt is to look")
	require.Equal(t, claim.ContactID, wakes[0].ContactID)
	c := b.contact(t, claim.ContactID)
	require.Equal(t, models.ContactDisqualified, c.Status)
	require.Equal(t, models.ReasonOptedOut, *c.StatusReason)
	require.Equal(t, models.OutcomeOptedOut, *c.LastOutcome)
	require.Equal(t, map[string]models.SuppressionReason{
		"email " + *person(1).Email:   models.SuppressedUnsubscribe,
		"text " + *numbered(1).Phone:  models.SuppressedUnsubscribe,
		"phone " + *numbered(1).Phone: models.SuppressedUnsubscribe,
	}, b.forbidden(t))
	shown, err = b.Subscription(ctx(t), claim.OutreachID)
	require.NoError(t, err)
	require.True(t, shown.Ended)
}

// Done again, it changes nothing; but what was allowed meanwhile is suppressed again.
func testUnsubscribeAgain(t *testing.T, b *bench) {
	t.Helper()
	claim := b.sent(t, models.ChannelEmail, b.live(t).ID, person(1))
	b.unsubscribe(t, claim)
	before := b.contact(t, claim.ContactID)
	require.Empty(t, b.unsubscribe(t, claim))
	after := b.contact(t, claim.ContactID)
	require.Equal(t, before.Revision, after.Revision)
	require.True(t, before.FinishedAt.Equal(*after.FinishedAt))
	events := []models.Event{}
	require.NoError(t, b.db.Where("outreach_id = ?", claim.OutreachID).Find(&events).Error)
	require.Len(t, events, 1)

	require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error)
	b.unsubscribe(t, claim)
	require.Contains(t, b.forbidden(t), "email "+*person(1).Email)
}

func testUnsubscribeRemoved(t *testing.T, b *bench) {
	t.Helper()
	campaign := b.live(t)
	claim := b.sent(t, models.ChannelEmail, campaign.ID, person(1))
	_, err := b.RemoveContact(ctx(t), campaign.ID, claim.ContactID)
	require.NoError(t, err)
	require.Empty(t, b.unsubscribe(t, claim))
	require.Contains(t, b.forbidden(t), "email "+*person(1).Email)
}

// Whose data was erased can still unsubscribe the address that the e-mail came to; nobody is told which it was.
func testUnsubscribeErased(t *testing.T, b *bench) {
	t.Helper()
	campaign := b.live(t)
	claim := b.sent(t, models.ChannelEmail, campaign.ID, person(1))
	require.NoError(t, b.db.Exec("UPDATE outreaches SET address = NULL").Error)
	require.NoError(t, b.db.Exec("UPDATE contacts SET email = NULL, phone = NULL").Error)
	b.unsubscribe(t, claim)
	require.Equal(t, map[string]models.SuppressionReason{"email erased": models.SuppressedUnsubscribe}, b.forbidden(t))
	shown, err := b.Subscription(ctx(t), claim.OutreachID)
	require.NoError(t, err)
	require.Empty(t, shown.Address)
	require.True(t, shown.Ended)

	// It holds for whoever is added with the address, and a complaint about another outreach stays the reason.
	again := b.taken(t, campaign.ID, person(1))[0]
	step, _, err := b.BeginPlan(ctx(t), campaign.ID, again, "run-1")
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Equal(t, models.ReasonOptedOut, step.Reason)

	// Events that come late are no fault either.
	_, err = b.RecordEvents(ctx(t), []models.ProviderEvent{
		{OutreachID: claim.OutreachID, Type: models.EventBounced, At: b.clock.Now(), DedupeKey: "late"},
		{OutreachID: claim.OutreachID, Type: models.EventComplained, At: b.clock.Now(), DedupeKey: "later"},
	})
	require.NoError(t, err)
	require.Equal(t, models.SuppressedComplaint, b.forbidden(t)["email erased"])
}

// A link of what was never sent, or was given back, opts out too: somebody has it.
func testUnsubscribeUnsent(t *testing.T, b *bench) {
	t.Helper()
	campaign := b.live(t)
	id := b.taken(t, campaign.ID, person(1))[0]
	b.planOn(t, models.ChannelEmail, campaign.ID, id)
	wakes, err := b.Unsubscribe(ctx(t), b.openOf(t, id).ID)
	require.NoError(t, err)
	require.Len(t, wakes, 1)
	require.Equal(t, models.ContactDisqualified, b.contact(t, id).Status)
	require.Contains(t, b.forbidden(t), "email "+*person(1).Email)
}

func testUnsubscribeUnknown(t *testing.T, b *bench) {
	t.Helper()
	for _, id := range []string{"", "x", uuid.NewString()} {
		_, err := b.Unsubscribe(ctx(t), id)
		require.Equal(t, models.CodeNotFound, models.ErrorCode(err))
		_, err = b.Subscription(ctx(t), id)
		require.Equal(t, models.CodeNotFound, models.ErrorCode(err))
	}
}

// A reply belongs to the outreach that it names, whatever address it comes from, and supersedes what is planned.
func testReplyToToken(t *testing.T, b *bench) {
	t.Helper()
	campaign := b.live(t, followUp)
	first := b.sent(t, models.ChannelEmail, campaign.ID, person(1))
	b.clock.Advance(25 * time.Hour)
	second := b.sendTo(t, models.ChannelEmail, campaign.ID, first.ContactID)
	b.planOn(t, models.ChannelEmail, campaign.ID, first.ContactID)

	message := b.message("other@home.example", "Call me")
	message.OutreachID = first.OutreachID
	received, err := b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	require.Len(t, received.Wakes, 1)
	row := models.Reply{}
	require.NoError(t, b.db.Take(&row).Error)
	require.Equal(t, first.OutreachID, *row.OutreachID)
	require.Equal(t, models.OutcomeReplied, *b.outreach(t, first.OutreachID).Outcome)
	require.Nil(t, b.outreach(t, second.OutreachID).Outcome)
	require.Equal(t, models.ContactPlanning, b.contact(t, first.ContactID).Status)

	// A mail need not say whom it is from, or may say so in a way that nobody can read.
	message = b.message("", "It is me")
	message.OutreachID = first.OutreachID
	_, err = b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	message = b.message("", "STOP")
	message.OutreachID = uuid.NewString()
	_, err = b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	require.Empty(t, b.forbidden(t))

	// One that names nothing that there is counts as from its address.
	message = b.message(*person(1).Email, "Me again")
	message.OutreachID = uuid.NewString()
	_, err = b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	var n int64
	require.NoError(t, b.db.Model(&models.Reply{}).Where("outreach_id = ?", second.OutreachID).Count(&n).Error)
	require.EqualValues(t, 1, n)
}

// Whoever answers from another address opts the one out that was written to, and not an address that anybody may claim.
func testReplyToTokenOptsOut(t *testing.T, b *bench) {
	t.Helper()
	claim := b.sent(t, models.ChannelEmail, b.live(t).ID, person(1))
	message := b.message("victim@home.example", "STOP")
	message.OutreachID = claim.OutreachID
	_, err := b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	require.Equal(t, map[string]models.SuppressionReason{"email " + *person(1).Email: models.SuppressedOptOut}, b.forbidden(t))
	require.Equal(t, models.ContactDisqualified, b.contact(t, claim.ContactID).Status)
}

// What a machine answers is an event, and nothing is planned upon it. It proves a claim in doubt, as any event does.
func testReplyAutomatic(t *testing.T, b *bench) {
	t.Helper()
	campaign := b.live(t, followUp)
	claim := b.sent(t, models.ChannelEmail, campaign.ID, person(1))
	b.planOn(t, models.ChannelEmail, campaign.ID, claim.ContactID)
	before := b.contact(t, claim.ContactID)
	message := b.message(*person(1).Email, "I am away until Monday")
	message.Automatic = true
	for range 2 {
		received, err := b.RecordReply(ctx(t), message)
		require.NoError(t, err)
		require.Empty(t, received.Wakes)
	}
	events := []models.Event{}
	require.NoError(t, b.db.Find(&events).Error)
	require.Len(t, events, 1)
	require.Equal(t, models.EventAutoReplied, events[0].Type)
	require.Equal(t, "I am away until Monday", *events[0].Detail)
	var replies int64
	require.NoError(t, b.db.Model(&models.Reply{}).Count(&replies).Error)
	require.Zero(t, replies)
	after := b.contact(t, claim.ContactID)
	require.Equal(t, before.Status, after.Status)
	require.Equal(t, before.Revision, after.Revision)
	require.Nil(t, after.LastReplyAt)
	require.NotNil(t, b.openOf(t, claim.ContactID))

	message.From = "nobody@home.example"
	received, err := b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	require.Empty(t, received.Wakes)
}

// All that came is kept beside what was written, as far as there is room.
func testReplyWhole(t *testing.T, b *bench) {
	t.Helper()
	claim := b.sent(t, models.ChannelEmail, b.live(t).ID, person(1))
	message := b.message(*person(1).Email, "Yes")
	message.WholeText = "Yes\n> Do you?"
	_, err := b.RecordReply(ctx(t), message)
	require.NoError(t, err)
	row := models.Reply{}
	require.NoError(t, b.db.Where("contact_id = ?", claim.ContactID).Take(&row).Error)
	require.Equal(t, "Yes", row.Text)
	require.Equal(t, "Yes\n> Do you?", *row.WholeText)
}
