package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func replyCases() []testCase {
	return []testCase{
		{"ReplyBelongsToLatestOutreach", testReplyBelongs},
		{"ReplyFromUnknown", testReplyUnknown},
		{"ReplyOnce", testReplyOnce},
		{"ReplyKept", testReplyKept},
		{"ReplyPlansAnew", testReplyPlansAnew},
		{"ReplyDropsOlderPlan", testReplyDropsPlan},
		{"ReplyWhileQueued", testReplyQueued},
		{"ReplyWhileHeld", testReplyHeld},
		{"ReplyWhileSubmitting", testReplySubmitting},
		{"ReplyDuringCall", testReplyCalling},
		{"ReplyOfUntaken", testReplyUntaken},
		{"ReplyOfFinished", testReplyFinished},
		{"ReplyOptOut", testReplyOptOut},
		{"ReplyOptOutOfRemoved", testReplyOptOutRemoved},
		{"ReplyOptIn", testReplyOptIn},
		{"ReplyOfUnknownOnce", testReplyUnknownOnce},
		{"ReplyInCall", testReplyInCall},
		{"ReplyByCalling", testReplyByCalling},
		{"ReplySenderTo", testSenderTo},
	}
}

// channels lets a campaign use the channels, in that order, at any hour.
func channels(channels ...models.Channel) func(*models.Campaign) {
	return func(c *models.Campaign) {
		c.Channels = channels
		c.Sender.FromPhone, c.ConsentBasis, c.QuietHours = "+12025550199", new("attested"), models.QuietHoursOff
		always := []models.Window{{
			Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Start: "00:00", End: "24:00",
		}}
		c.Windows = models.Windows{models.ChannelText: always, models.ChannelPhone: always, models.ChannelEmail: always}
	}
}

func followUp(c *models.Campaign) {
	c.Type, c.MaxAttempts, c.MinHoursBetweenAttempts = models.CampaignFollowUp, 3, 24
}

// numbered is a person with a number of its own too.
func numbered(n int) models.ContactInput {
	input := person(n)
	input.Phone = new(fmt.Sprintf("+1202555%04d", n))
	return input
}

func planFor(channel models.Channel, sendAt time.Time) models.Plan {
	plan := emailPlan(sendAt)
	plan.Channel = channel
	if channel != models.ChannelEmail {
		plan.Subject = ""
	}
	return plan
}

// planOn plans the contact's next outreach on the channel, as soon as it may be sent.
func (b *bench) planOn(t require.TestingT, channel models.Channel, campaignID, contactID string) models.Step {
	step, request, err := b.BeginPlan(ctx(t), campaignID, contactID, "run-1")
	require.NoError(t, err)
	require.NotNil(t, request, "the contact wants no plan: %s", step)
	step, err = b.StorePlan(ctx(t), campaignID, contactID, *request, planFor(channel, request.Channels[0].Earliest))
	require.NoError(t, err)
	return step
}

// sent adds a contact and sends it an outreach on the channel, which the provider takes.
func (b *bench) sent(t require.TestingT, channel models.Channel, campaignID string, input models.ContactInput) *store.Claim {
	id := b.taken(t, campaignID, input)[0]
	return b.sendTo(t, channel, campaignID, id)
}

func (b *bench) sendTo(t require.TestingT, channel models.Channel, campaignID, contactID string) *store.Claim {
	claim := b.claimed(t, b.requestOf(campaignID, contactID, b.planOn(t, channel, campaignID, contactID)))
	_, err := b.Accept(ctx(t), claim, "m-"+claim.OutreachID)
	require.NoError(t, err)
	return claim
}

// says records a message from the address; it is a text where the address is a number.
func (b *bench) says(t require.TestingT, from, text string) []models.Wake {
	received, err := b.RecordReply(ctx(t), b.message(from, text))
	require.NoError(t, err)
	return received.Wakes
}

func (b *bench) message(from, text string) models.InboundMessage {
	m := models.InboundMessage{
		Channel: models.ChannelEmail, From: from, To: "hello@clinic.example", Text: text, ProviderID: "in-" + unique(),
		At: b.clock.Now(), OptOut: models.OptOutWord(text),
	}
	if !strings.Contains(from, "@") {
		m.Channel, m.To, m.OptIn = models.ChannelText, "+12025550199", models.OptInWord(text)
	}
	return m
}

func (b *bench) replies(t require.TestingT, contactID string) []models.Reply {
	rows := []models.Reply{}
	require.NoError(t, b.db.Where("contact_id = ?", contactID).Order("id").Find(&rows).Error)
	return rows
}

// suppressed lists what is suppressed, as "channel address reason".
func (b *bench) suppressed(t require.TestingT) []string {
	rows := []models.Suppression{}
	require.NoError(t, b.db.Order("channel, address").Find(&rows).Error)
	list := []string{}
	for _, row := range rows {
		require.Equal(t, models.AddressHash(*row.Address), row.AddressHash)
		list = append(list, fmt.Sprintf("%s %s %s", row.Channel, *row.Address, row.Reason))
	}
	return list
}

func testReplyBelongs(t *testing.T, b *bench) {
	t.Helper()

	first, second, third := b.live(t), b.live(t), b.live(t, manual)
	old := b.sent(t, models.ChannelEmail, first.ID, person(1))
	latest := b.sent(t, models.ChannelEmail, second.ID, person(1))
	unsent := b.taken(t, third.ID, person(1))[0]
	b.says(t, "person1@people.example", "Yes, please.")
	require.Empty(t, b.replies(t, old.ContactID))
	require.Empty(t, b.replies(t, unsent), "newest of all, but nothing was sent to it")
	rows := b.replies(t, latest.ContactID)
	require.Len(t, rows, 1)
	require.Equal(t, latest.OutreachID, *rows[0].OutreachID)
	require.Equal(t, second.ID, rows[0].CampaignID)

	// A send that was given back, or refused, was answered by nobody.
	refused := b.claimed(t, b.ready(t, first.ID, person(2)))
	_, err := b.Reject(t.Context(), refused, &models.ProviderError{Kind: models.FailureRejected, Code: "400"})
	require.NoError(t, err)
	older := b.add(t, second.ID, person(2)).Results[0].ContactID
	newer := b.add(t, third.ID, person(2)).Results[0].ContactID
	b.says(t, "person2@people.example", "Who is this?")
	require.Empty(t, b.replies(t, refused.ContactID))
	require.Empty(t, b.replies(t, older))
	rows = b.replies(t, newer)
	require.Len(t, rows, 1)
	require.Nil(t, rows[0].OutreachID)

	// Nor does a contact that was removed answer, where nothing was sent to it.
	_, err = b.RemoveContact(t.Context(), third.ID, newer)
	require.NoError(t, err)
	b.says(t, "person2@people.example", "Hello?")
	require.Len(t, b.replies(t, older), 1)
}

func testReplyUnknown(t *testing.T, b *bench) {
	t.Helper()

	require.Empty(t, b.says(t, "+12025550123", "Hello?"))
	require.Empty(t, b.says(t, "", "STOP"))
	require.Empty(t, b.suppressed(t))
	var stored int64
	require.NoError(t, b.db.Model(&models.Reply{}).Count(&stored).Error)
	require.Zero(t, stored)

	b.says(t, "+12025550123", "stop.")
	b.says(t, "nobody@people.example", "Unsubscribe")
	want := []string{"email nobody@people.example opt_out", "phone +12025550123 opt_out", "text +12025550123 opt_out"}
	require.Equal(t, want, b.suppressed(t))

	// Whoever is added with such an address later is not contacted.
	c := b.live(t, channels(models.ChannelText))
	id := b.taken(t, c.ID, models.ContactInput{Phone: new("+12025550123")})[0]
	step, _, err := b.BeginPlan(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	require.Equal(t, models.ReasonOptedOut, step.Reason)
	b.says(t, "+12025550124", "START")
	require.Equal(t, want, b.suppressed(t))
}

func testReplyOnce(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), followUp)
	claim := b.sent(t, models.ChannelText, c.ID, numbered(1))
	b.planOn(t, models.ChannelText, c.ID, claim.ContactID)
	message := b.message("+12025550001", "Tell me more.")
	received, err := b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	require.Len(t, received.Wakes, 1)
	require.Equal(t, claim.ContactID, received.ContactID)
	require.Equal(t, b.replies(t, claim.ContactID)[0].ID, received.ReplyID)
	after := b.contact(t, claim.ContactID)
	planned := b.planOn(t, models.ChannelText, c.ID, claim.ContactID)
	received, err = b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	require.Equal(t, models.Received{Again: true}, received)
	require.Equal(t, models.OutreachPlanned, b.outreach(t, planned.OutreachID).State)
	require.Equal(t, after.LastReplyAt.UTC(), b.contact(t, claim.ContactID).LastReplyAt.UTC())
	require.Len(t, b.replies(t, claim.ContactID), 1)

	// The same id of another channel's provider is another message.
	message.Channel = models.ChannelPhone
	_, err = b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	// And messages without an id are each their own.
	message.ProviderID = ""
	for range 2 {
		_, err = b.RecordReply(t.Context(), message)
		require.NoError(t, err)
	}
	require.Len(t, b.replies(t, claim.ContactID), 4)
}

// testReplyKept says what is kept of a text: no more than the limit, whole characters, and nothing that a database refuses.
func testReplyKept(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	texts := []string{"a\x00b", "a\xffb", strings.Repeat("ä", models.MaxReplyBytes), "x" + strings.Repeat("ä", models.MaxReplyBytes)}
	for _, text := range texts {
		b.says(t, "person1@people.example", text)
	}
	rows := b.replies(t, claim.ContactID)
	require.Len(t, rows, len(texts))
	require.Equal(t, []string{"ab", "a\uFFFDb"}, []string{rows[0].Text, rows[1].Text})
	require.Len(t, rows[2].Text, models.MaxReplyBytes)
	require.Len(t, rows[3].Text, models.MaxReplyBytes-1)
	require.True(t, utf8.ValidString(rows[3].Text))

	message := b.message("person1@people.example", "no date")
	message.At = time.Time{}
	_, err := b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	require.WithinDuration(t, b.clock.Now(), b.replies(t, claim.ContactID)[4].At, time.Second)
}

// testReplyPlansAnew says that a follow-up contact that waits for its next attempt is planned anew, with the reply.
func testReplyPlansAnew(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText, models.ChannelEmail), followUp)
	claim := b.sent(t, models.ChannelText, c.ID, numbered(1))
	planned := b.planOn(t, models.ChannelText, c.ID, claim.ContactID)
	require.Equal(t, models.WaitNextAttempt, planned.Waiting.Reason)
	before := b.contact(t, claim.ContactID)

	wakes := b.says(t, "person1@people.example", "Tell me more.") // by another channel than the outreach's
	after := b.contact(t, claim.ContactID)
	require.Equal(t, []models.Wake{{CampaignID: c.ID, ContactID: claim.ContactID, Revision: before.Revision + 1}}, wakes)
	require.Equal(t, before.Revision+1, after.Revision)
	require.Equal(t, before.SeenRevision, after.SeenRevision, "its workflow has not seen it")
	require.Equal(t, models.ContactPlanning, after.Status)
	require.Nil(t, after.WaitingReason)
	require.Equal(t, models.OutcomeReplied, *after.LastOutcome)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, planned.OutreachID).State)
	require.Equal(t, models.OutcomeReplied, *b.outreach(t, claim.OutreachID).Outcome)

	step, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoPlan, 2}, []any{step.Do, step.Attempt})
	require.Equal(t, "Tell me more.", request.Replies[0].Text)
	require.Equal(t, string(models.OutcomeReplied), request.History[0].Outcome)

	// What comes afterwards takes nothing back.
	for _, kind := range []models.EventType{models.EventDelivered, models.EventOpened} {
		_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{
			{OutreachID: claim.OutreachID, Type: kind, At: b.clock.Now(), DedupeKey: string(kind)},
		})
		require.NoError(t, err)
	}
	require.Equal(t, models.OutcomeReplied, *b.outreach(t, claim.OutreachID).Outcome)
	require.Equal(t, models.OutcomeReplied, *b.contact(t, claim.ContactID).LastOutcome)
}

// testReplyDropsPlan drops a plan that the AI made without the reply, whatever the clocks of two hosts say.
func testReplyDropsPlan(t *testing.T, b *bench) {
	t.Helper()

	for n, skew := range []time.Duration{0, -time.Minute} {
		c := b.live(t, followUp)
		claim := b.sent(t, models.ChannelEmail, c.ID, person(n))
		_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
		require.NoError(t, err)
		b.clock.Advance(skew)
		require.Empty(t, b.says(t, fmt.Sprintf("person%d@people.example", n), "Call me instead."), "its plan's activity looks itself")
		b.clock.Advance(-skew)
		step, err := b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, emailPlan(request.Now))
		require.NoError(t, err)
		require.Equal(t, models.DoPlan, step.Do)
		step, request, err = b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
		require.NoError(t, err)
		require.Equal(t, models.DoPlan, step.Do)
		require.Len(t, request.Replies, 1)
		step, err = b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, emailPlan(request.Now))
		require.NoError(t, err)
		require.Equal(t, models.WaitNextAttempt, step.Waiting.Reason, "a plan that knows the reply is kept")
	}
}

func testReplyQueued(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	require.Empty(t, b.says(t, "person1@people.example", "Hello, I have a question."))
	row := b.contact(t, request.ContactID)
	require.Equal(t, row.Revision, row.SeenRevision)
	b.requireWaits(t, request.ContactID, models.WaitPlanner)
	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.DoPlan, step.Do)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, request.OutreachID).State)
}

// testReplyHeld says what contacts are shown to wait for that something holds: the same as before.
func testReplyHeld(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp, func(c *models.Campaign) { c.MaxAttempts = 2 })
	paused := b.sent(t, models.ChannelEmail, c.ID, person(1)).ContactID
	b.planOn(t, models.ChannelEmail, c.ID, paused)
	last := b.sent(t, models.ChannelEmail, c.ID, person(2)).ContactID
	b.planOn(t, models.ChannelEmail, c.ID, last)
	b.clock.Advance(25 * time.Hour)
	step, err := b.Look(t.Context(), c.ID, last, "run")
	require.NoError(t, err)
	_, err = b.Accept(t.Context(), b.claimed(t, b.requestOf(c.ID, last, step)), "m-last")
	require.NoError(t, err)
	b.requireWaits(t, last, models.WaitReply)
	require.Len(t, b.says(t, "person2@people.example", "Thank you."), 1)
	b.requireWaits(t, last, models.WaitReply)

	b.control(t, c.ID, models.ControlPause)
	_, err = b.Look(t.Context(), c.ID, paused, "run")
	require.NoError(t, err)
	require.Len(t, b.says(t, "person1@people.example", "Thank you."), 1)
	b.requireWaits(t, paused, models.WaitCampaignPaused)
	b.control(t, c.ID, models.ControlResume)
	step, err = b.Look(t.Context(), c.ID, paused, "run")
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do, "the plan was superseded all the same")

	b.control(t, c.ID, models.ControlPause)
	step, _, _, err = b.Claim(t.Context(), store.ClaimRequest{
		CampaignID: c.ID, ContactID: paused, OutreachID: unknownID, Attempt: 5, // a ledger that forgot
	})
	require.NoError(t, err)
	require.Equal(t, models.WaitLedgerBehind, step.Waiting.Reason)
	require.Empty(t, b.says(t, "person1@people.example", "Hello?"))
	b.requireWaits(t, paused, models.WaitLedgerBehind)
}

func testReplySubmitting(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	require.Empty(t, b.says(t, "person1@people.example", "That was quick."))
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, claim.OutreachID).State)
	row := b.contact(t, claim.ContactID)
	require.Equal(t, models.ContactExecuting, row.Status)
	require.Nil(t, row.WaitingReason)
	require.Equal(t, claim.OutreachID, *b.replies(t, claim.ContactID)[0].OutreachID)
	step, err := b.Doubt(t.Context(), claim, &models.ProviderError{Code: "timeout"})
	require.NoError(t, err)
	require.Equal(t, models.WaitProof, step.Waiting.Reason)
	require.Empty(t, b.says(t, "person1@people.example", "Hello?"))
	b.requireWaits(t, claim.ContactID, models.WaitProof)
	step, err = b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	require.Equal(t, models.ReasonOneTimeDone, step.Reason)
	require.Equal(t, models.OutcomeReplied, *b.outreach(t, claim.OutreachID).Outcome)
}

func testReplyCalling(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelPhone, models.ChannelText), followUp)
	claim := b.sent(t, models.ChannelPhone, c.ID, numbered(1))
	b.requireWaits(t, claim.ContactID, models.WaitOutcome)
	require.Empty(t, b.says(t, "+12025550001", "I cannot talk now."))
	b.requireWaits(t, claim.ContactID, models.WaitOutcome)
	require.Equal(t, models.ContactExecuting, b.contact(t, claim.ContactID).Status)
	wakes, err := b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: claim.OutreachID, Type: models.EventCompleted, At: b.clock.Now(), DedupeKey: "1"},
	})
	require.NoError(t, err)
	require.Len(t, wakes, 1, "the call has ended")
	_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
	require.NoError(t, err)
	require.Len(t, request.Replies, 1)
}

func testReplyUntaken(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.add(t, c.ID, person(1)).Results[0].ContactID
	require.Empty(t, b.says(t, "person1@people.example", "I was told to write to you."))
	row := b.contact(t, id)
	require.Equal(t, models.ContactNotStarted, row.Status)
	require.NotNil(t, row.LastReplyAt)
	require.Equal(t, row.Revision, row.SeenRevision)
	require.Equal(t, []string{id}, b.take(t, c.ID), "it is taken in as others are")
	_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	require.Len(t, request.Replies, 1)
}

// testReplyFinished says that a finished contact's reply is stored and shown, and that only an opt-out does more.
func testReplyFinished(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	before := b.contact(t, claim.ContactID)
	require.Empty(t, b.says(t, "person1@people.example", "Thank you."))
	after := b.contact(t, claim.ContactID)
	require.Equal(t, []any{before.Status, before.StatusReason, before.Revision}, []any{after.Status, after.StatusReason, after.Revision})
	require.Equal(t, models.OutcomeReplied, *after.LastOutcome)
	require.Len(t, b.replies(t, claim.ContactID), 1)

	require.Empty(t, b.says(t, "person1@people.example", "Stop"), "its workflow has ended")
	after = b.contact(t, claim.ContactID)
	require.Equal(t, []any{models.ContactDisqualified, models.ReasonOptedOut}, []any{after.Status, *after.StatusReason})
	require.Equal(t, models.OutcomeOptedOut, *after.LastOutcome)
	require.Equal(t, []string{"email person1@people.example opt_out"}, b.suppressed(t))
	require.Equal(t, []bool{false, true}, []bool{b.replies(t, claim.ContactID)[0].OptOut, b.replies(t, claim.ContactID)[1].OptOut})
}

func testReplyOptOut(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText, models.ChannelEmail), followUp)
	claim := b.sent(t, models.ChannelText, c.ID, numbered(1))
	planned := b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	_, err := b.UpdateContact(t.Context(), c.ID, claim.ContactID, func(c *models.Contact) error {
		c.Phone = new("+12025550777") // since then; the answer comes from the old one
		return nil
	})
	require.NoError(t, err)
	before := b.contact(t, claim.ContactID)
	wakes := b.says(t, "+12025550001", " Stop! ")
	require.Equal(t, []models.Wake{{CampaignID: c.ID, ContactID: claim.ContactID, Revision: before.Revision + 1}}, wakes)
	row := b.contact(t, claim.ContactID)
	require.Equal(t, []any{models.ContactDisqualified, models.ReasonOptedOut}, []any{row.Status, *row.StatusReason})
	require.NotNil(t, row.FinishedAt)
	require.Nil(t, row.WaitingReason)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, planned.OutreachID).State)
	require.Equal(t, []string{
		"email person1@people.example opt_out", "phone +12025550001 opt_out", "phone +12025550777 opt_out",
		"text +12025550001 opt_out", "text +12025550777 opt_out",
	}, b.suppressed(t))
	step, refused, _, err := b.Claim(t.Context(), b.requestOf(c.ID, claim.ContactID, planned))
	require.NoError(t, err)
	require.Nil(t, refused)
	require.Equal(t, models.ReasonOptedOut, step.Reason)

	// One in another campaign with one of the addresses cannot be claimed any more.
	other := b.live(t)
	id := b.taken(t, other.ID, person(1))[0]
	step, _, err = b.BeginPlan(t.Context(), other.ID, id, "run")
	require.NoError(t, err)
	require.Equal(t, models.ReasonOptedOut, step.Reason)
}

func testReplyOptOutRemoved(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	_, err := b.RemoveContact(t.Context(), c.ID, claim.ContactID)
	require.NoError(t, err)
	require.Empty(t, b.says(t, "person1@people.example", "stop"))
	require.Equal(t, []string{"email person1@people.example opt_out"}, b.suppressed(t))
	added := b.add(t, c.ID, person(1)).Results[0]
	require.Equal(t, claim.ContactID, added.ContactID)
	require.Equal(t, models.ContactDisqualified, b.contact(t, claim.ContactID).Status, "it comes back as what it was")
	require.Empty(t, b.take(t, c.ID))
}

// testReplyOptIn says what START, UNSTOP and YES by text lift, and what they do not.
func testReplyOptIn(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText, models.ChannelEmail), followUp)
	claim := b.sent(t, models.ChannelText, c.ID, numbered(1))
	const number = "+12025550001"
	b.says(t, number, "STOP")
	require.Len(t, b.suppressed(t), 3)
	message := b.message(number, "START")
	message.Channel = models.ChannelPhone
	_, err := b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	require.Len(t, b.suppressed(t), 3, "only by text")
	b.says(t, number, "Start, please") // a sentence
	require.Len(t, b.suppressed(t), 3)
	b.says(t, number, "Unstop")
	require.Equal(t, []string{"email person1@people.example opt_out"}, b.suppressed(t))
	require.Equal(t, models.ContactDisqualified, b.contact(t, claim.ContactID).Status, "it stays so")
	require.Len(t, b.replies(t, claim.ContactID), 4)

	// An unknown sender's, and what the operator or the provider suppressed.
	for _, word := range []string{"START", "yes"} {
		const unknown = "+12025550002"
		b.says(t, unknown, "END")
		_, err = b.AddSuppression(t.Context(), models.SuppressAll, unknown, models.SuppressedManual, "test")
		require.NoError(t, err)
		require.Len(t, b.suppressed(t), 4)
		b.says(t, unknown, word)
		require.Equal(t, []string{"all +12025550002 manual", "email person1@people.example opt_out"}, b.suppressed(t))
	}
	for _, reason := range []models.SuppressionReason{models.SuppressedDead, models.SuppressedManual, models.SuppressedComplaint} {
		const dead = "+12025550003"
		row, err := b.AddSuppression(t.Context(), "text", dead, reason, "test")
		require.NoError(t, err)
		b.says(t, dead, "START")
		require.NoError(t, b.DeleteSuppression(t.Context(), row.ID), "it stands")
	}

	// An opt-out of calls that came by itself stays.
	const caller = "+12025550004"
	_, err = b.AddSuppression(t.Context(), "phone", caller, models.SuppressedOptOut, "test")
	require.NoError(t, err)
	_, err = b.AddSuppression(t.Context(), "text", caller, models.SuppressedOptOut, "test")
	require.NoError(t, err)
	b.says(t, caller, "START")
	require.Contains(t, b.suppressed(t), "phone +12025550004 opt_out")
	require.NotContains(t, b.suppressed(t), "text +12025550004 opt_out")

	// Where the number was lifted, a contact goes on by text.
	other := b.live(t, channels(models.ChannelText, models.ChannelEmail))
	id := b.taken(t, other.ID, numbered(1))[0]
	_, request, err := b.BeginPlan(t.Context(), other.ID, id, "run")
	require.NoError(t, err)
	require.Len(t, request.Channels, 1)
	require.Equal(t, models.ChannelText, request.Channels[0].Channel)
}

// testReplyUnknownOnce says that a START that is delivered again, by someone whom nobody knows, does not lift the STOP that
// came after it; and that what is no number asks for nothing.
func testReplyUnknownOnce(t *testing.T, b *bench) {
	t.Helper()

	const number = "+12025550077"
	start := b.message(number, "START")
	record := func(message models.InboundMessage) models.Received {
		received, err := b.RecordReply(t.Context(), message)
		require.NoError(t, err)
		return received
	}
	require.False(t, record(start).Again)
	stop := b.message(number, "STOP")
	require.Equal(t, models.Received{}, record(stop))
	require.Len(t, b.suppressed(t), 2)
	require.True(t, record(start).Again)
	require.Len(t, b.suppressed(t), 2, "the START was before")
	require.Equal(t, models.Received{}, record(b.message(number, "START")))
	require.Empty(t, b.suppressed(t))
	require.True(t, record(stop).Again)
	require.Empty(t, b.suppressed(t), "the STOP was before")

	// Once somebody has the number, what came before is still known.
	c := b.live(t, channels(models.ChannelText))
	input := numbered(1)
	input.Phone = new(number)
	id := b.taken(t, c.ID, input)[0]
	require.True(t, record(stop).Again)
	require.Empty(t, b.replies(t, id))

	require.Equal(t, models.Received{}, record(b.message("12345", "STOP")), "a short code")
	require.Empty(t, b.suppressed(t))
}

// testReplyInCall says that what is said in a call is an answer to it, and leaves its end open.
func testReplyInCall(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelPhone), followUp)
	claim := b.sent(t, models.ChannelPhone, c.ID, numbered(1))
	other := b.live(t, channels(models.ChannelText))
	b.sent(t, models.ChannelText, other.ID, numbered(1)) // later, to the same number
	message := models.InboundMessage{
		Channel: models.ChannelPhone, OutreachID: claim.OutreachID, Text: "Yes.", From: "+12025550001", ProviderID: "CA1/gather",
		At: b.clock.Now(), Transcript: []models.SpokenLine{{Speaker: models.SpeakerContact, Text: "Yes.", At: b.clock.Now()}},
	}
	received, err := b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	require.Equal(t, claim.ContactID, received.ContactID)
	detail, err := b.Contact(t.Context(), c.ID, claim.ContactID)
	require.NoError(t, err)
	require.Equal(t, claim.OutreachID, *detail.Replies[0].OutreachID)
	require.Equal(t, models.SpeakerContact, detail.Replies[0].Transcript[0].Speaker)
	require.Nil(t, b.outreach(t, claim.OutreachID).EndedAt, "only its status says that it has ended")
	b.heard(t, claim.OutreachID, models.EventCompleted, "completed", "")
	require.Equal(t, models.OutcomeReplied, *b.outreach(t, claim.OutreachID).Outcome)

	message.ProviderID, message.OptOut, message.Text = "CA2/gather", true, "Pressed 9: do not call again."
	_, err = b.RecordReply(t.Context(), message)
	require.NoError(t, err)
	require.Equal(t, models.ContactDisqualified, b.contact(t, claim.ContactID).Status)
	require.Contains(t, b.suppressed(t), "phone +12025550001 opt_out")
}

// testReplyByCalling says that a call to our number is an answer, and that what was planned is planned anew.
func testReplyByCalling(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelText), followUp)
	claim := b.sent(t, models.ChannelText, c.ID, numbered(1))
	planned := b.planOn(t, models.ChannelText, c.ID, claim.ContactID)
	received, err := b.RecordReply(t.Context(), models.InboundMessage{
		Channel: models.ChannelPhone, From: "+12025550001", To: "+12025550199", Text: "Called.", ProviderID: "CA3",
	})
	require.NoError(t, err)
	require.Len(t, received.Wakes, 1)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, planned.OutreachID).State)
	require.Equal(t, models.ChannelPhone, b.replies(t, claim.ContactID)[0].Channel)
}

// testSenderTo says in whose name who wrote or called is answered.
func testSenderTo(t *testing.T, b *bench) {
	t.Helper()

	named := func(name, number, service string) func(*models.Campaign) {
		return func(c *models.Campaign) {
			c.Sender.BusinessName, c.Sender.FromPhone, c.Sender.MessagingServiceSID = name, number, service
		}
	}
	to := func(number, service, campaignID string) string {
		sender, err := b.SenderTo(t.Context(), models.InboundMessage{To: number, Service: service}, models.Received{CampaignID: campaignID})
		require.NoError(t, err)
		if sender == nil {
			return ""
		}
		return sender.Name()
	}
	const service = "MG0123456789abcdef0123456789abcdef"
	require.Empty(t, to("+12025550198", "", ""))
	one := b.live(t, channels(models.ChannelText), named("One", "+12025550198", service))
	two := b.live(t, channels(models.ChannelText), named("Two", "+12025550198", ""))
	b.draft(t, channels(models.ChannelText), named("Draft", "+12025550198", ""))
	far := b.live(t, channels(models.ChannelText), named("Far", "+12025550197", ""))
	require.Equal(t, "Two", to("+12025550198", "", ""), "the newest that is live")
	require.Equal(t, "One", to("+12025550198", "", one.ID), "the contact's own")
	require.Equal(t, "One", to("+12025550100", service, ""))
	require.Equal(t, "Two", to("+12025550198", "", far.ID), "whose number it is")
	require.Equal(t, "Far", to("+12025550100", "", far.ID))
	b.control(t, two.ID, models.ControlArchive)
	require.Equal(t, "One", to("+12025550198", "", ""))
	require.Empty(t, to("+12025550100", "", ""))
	require.Empty(t, to("", "", ""))
	_, err := b.UpdateInstallation(t.Context(), func(i *models.Installation) error {
		i.OrganizationName = "The Organization"
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "The Organization", to("+12025550100", "", ""))
}
