package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func applyEventCases() []testCase {
	return []testCase{
		{"EventOutcomesAnyOrder", testEventOutcomes},
		{"EventFailsFollowUp", testEventFailsFollowUp},
		{"EventEndsCall", testEventEndsCall},
		{"EventOptsOut", testEventOptsOut},
		{"EventSuppresses", testEventSuppresses},
		{"EventOptOutsCrossing", testEventsCrossing},
		{"EventForbidsAnew", testEventForbidsAnew},
		{"EventComplaintStays", testEventComplaintStays},
		{"EventBounceAfterBlock", testEventBounceAfterBlock},
	}
}

// testEventOutcomes says what is shown of an outreach after events, whatever their order, and though each comes twice.
func testEventOutcomes(t *testing.T, b *bench) {
	t.Helper()

	n := 0
	for _, story := range []struct {
		channel models.Channel
		events  []models.EventType
		state   models.OutreachState
		outcome models.Outcome
	}{
		{
			models.ChannelEmail, []models.EventType{models.EventDelivered, models.EventOpened, models.EventClicked},
			models.OutreachDelivered, models.OutcomeClicked,
		},
		{
			models.ChannelEmail, []models.EventType{models.EventOpened, models.EventDelivered, models.EventBounced},
			models.OutreachFailed, models.OutcomeBounced,
		},
		{
			models.ChannelEmail, []models.EventType{models.EventDelivered, models.EventComplained, models.EventOpened},
			models.OutreachDelivered, models.OutcomeOptedOut,
		},
		{
			models.ChannelText, []models.EventType{models.EventSent, models.EventDelivered, models.EventProcessed},
			models.OutreachDelivered, models.OutcomeDelivered,
		},
		{
			models.ChannelText, []models.EventType{models.EventSent, models.EventFailed},
			models.OutreachFailed, models.OutcomeFailed,
		},
		{
			models.ChannelPhone, []models.EventType{models.EventRinging, models.EventHuman, models.EventCompleted},
			models.OutreachDelivered, models.OutcomeAnswered,
		},
		{
			models.ChannelPhone, []models.EventType{models.EventAnswered, models.EventMachine, models.EventCompleted},
			models.OutreachDelivered, models.OutcomeVoicemail,
		},
		{
			models.ChannelPhone, []models.EventType{models.EventRinging, models.EventNoAnswer},
			models.OutreachFailed, models.OutcomeNoAnswer,
		},
		{
			models.ChannelPhone, []models.EventType{models.EventRinging, models.EventBusy},
			models.OutreachFailed, models.OutcomeBusy,
		},
	} {
		c := b.live(t, channels(story.channel))
		for _, order := range permutations(story.events) {
			n++
			claim := b.sent(t, story.channel, c.ID, numbered(n))
			for _, kind := range slices.Concat(order, order) {
				b.report(t, kind, claim.OutreachID)
			}
			o, row := b.outreach(t, claim.OutreachID), b.contact(t, claim.ContactID)
			require.Equal(t, story.state, o.State, "%v", order)
			require.NotNil(t, o.Outcome, "%v", order)
			require.Equal(t, story.outcome, *o.Outcome, "%v", order)
			require.Equal(t, story.outcome, *row.LastOutcome, "%v", order)
			require.Equal(t, story.channel == models.ChannelPhone, o.EndedAt != nil, "%v", order)
			require.Equal(t, 1, row.Attempts)
		}
	}
}

// testEventFailsFollowUp says that an outreach which did not arrive has the next one planned anew: once, and with what is known.
func testEventFailsFollowUp(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail, models.ChannelText), followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, numbered(1))
	planned := b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	before := b.contact(t, claim.ContactID)
	require.Empty(t, b.report(t, models.EventDeferred, claim.OutreachID))
	wakes := b.report(t, models.EventBounced, claim.OutreachID)
	require.Equal(t, []models.Wake{{CampaignID: c.ID, ContactID: claim.ContactID, Revision: before.Revision + 1}}, wakes)
	require.Empty(t, b.report(t, models.EventBounced, claim.OutreachID), "told once")
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, planned.OutreachID).State)
	row := b.contact(t, claim.ContactID)
	require.Equal(t, models.ContactPlanning, row.Status)
	require.Nil(t, row.WaitingReason)
	require.Equal(t, before.SeenRevision, row.SeenRevision)
	require.Equal(t, []string{"email person1@people.example bounce"}, b.suppressed(t))
	step, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
	require.NoError(t, err)
	require.Equal(t, 2, step.Attempt)
	require.Len(t, request.Channels, 1)
	require.Equal(t, models.ChannelText, request.Channels[0].Channel)

	// What is being submitted goes on, and what is in a queue finds out by itself.
	claim = b.sent(t, models.ChannelText, c.ID, numbered(2))
	b.planOn(t, models.ChannelText, c.ID, claim.ContactID)
	b.clock.Advance(25 * time.Hour)
	step, err = b.Look(t.Context(), c.ID, claim.ContactID, "run")
	require.NoError(t, err)
	next := b.claimed(t, b.requestOf(c.ID, claim.ContactID, step))
	b.report(t, models.EventFailed, claim.OutreachID)
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, next.OutreachID).State)
	require.Equal(t, models.ContactExecuting, b.contact(t, claim.ContactID).Status)

	// A one-time contact is done: nobody is told.
	once := b.sent(t, models.ChannelEmail, b.live(t).ID, person(3))
	require.Empty(t, b.report(t, models.EventBounced, once.OutreachID))
	require.Equal(t, models.ContactCompleted, b.contact(t, once.ContactID).Status)
}

func testEventEndsCall(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelPhone))
	for n, end := range []models.EventType{
		models.EventCompleted, models.EventBusy, models.EventNoAnswer, models.EventFailed, models.EventCanceled,
	} {
		claim := b.sent(t, models.ChannelPhone, c.ID, numbered(n))
		b.requireWaits(t, claim.ContactID, models.WaitOutcome)
		require.Empty(t, b.report(t, models.EventRinging, claim.OutreachID))
		require.Empty(t, b.report(t, models.EventAnswered, claim.OutreachID))
		wakes := b.report(t, end, claim.OutreachID)
		require.Len(t, wakes, 1, "%s", end)
		require.Equal(t, claim.ContactID, wakes[0].ContactID)
		step, err := b.Look(t.Context(), c.ID, claim.ContactID, "run")
		require.NoError(t, err)
		require.Equal(t, models.ReasonOneTimeDone, step.Reason, "%s", end)
		require.Empty(t, b.report(t, models.EventMachine, claim.OutreachID), "%s: it is over", end)
	}
}

// testEventOptsOut says that complaints and unsubscribes are opt-outs, of finished contacts too.
func testEventOptsOut(t *testing.T, b *bench) {
	t.Helper()

	for n, kind := range []models.EventType{models.EventComplained, models.EventUnsubscribed} {
		reason := map[models.EventType]models.SuppressionReason{
			models.EventComplained: models.SuppressedComplaint, models.EventUnsubscribed: models.SuppressedUnsubscribe,
		}[kind]
		finished := b.sent(t, models.ChannelEmail, b.live(t, channels(models.ChannelEmail, models.ChannelText)).ID, numbered(10*n))
		require.Empty(t, b.report(t, kind, finished.OutreachID), "its workflow has ended")
		row := b.contact(t, finished.ContactID)
		require.Equal(t, []any{models.ContactDisqualified, models.ReasonOptedOut}, []any{row.Status, *row.StatusReason})
		for _, want := range []string{"email person%d@people.example %s", "phone +1202555%04d %s", "text +1202555%04d %s"} {
			require.Contains(t, b.suppressed(t), fmt.Sprintf(want, 10*n, reason))
		}

		c := b.live(t, followUp)
		claim := b.sent(t, models.ChannelEmail, c.ID, person(10*n+1))
		planned := b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
		require.Len(t, b.report(t, kind, claim.OutreachID), 1)
		require.Empty(t, b.report(t, kind, claim.OutreachID), "told once")
		require.Equal(t, models.OutreachSuperseded, b.outreach(t, planned.OutreachID).State)
		row = b.contact(t, claim.ContactID)
		require.Equal(t, models.ContactDisqualified, row.Status)
		require.Nil(t, row.WaitingReason)
	}
}

// testEventSuppresses says which meanings of codes suppress a number, on which channel and why.
func testEventSuppresses(t *testing.T, b *bench) {
	t.Helper()

	n := 0
	for _, channel := range []models.Channel{models.ChannelText, models.ChannelPhone, models.ChannelEmail} {
		for code, reason := range map[string]models.SuppressionReason{
			"21610": models.SuppressedOptOut, "30005": models.SuppressedDead, "30034": "", "30008": "", "": "",
		} {
			n++
			claim := b.sent(t, channel, b.live(t, channels(channel)).ID, numbered(n))
			_, err := b.RecordEvents(t.Context(), []models.ProviderEvent{
				{OutreachID: claim.OutreachID, Type: models.EventFailed, Code: code, Meaning: meaningOf(code), At: b.clock.Now(),
					DedupeKey: "1"},
			})
			require.NoError(t, err)
			rows := b.suppressionsOf(t, fmt.Sprintf("+1202555%04d", n))
			if reason == "" || channel == models.ChannelEmail {
				require.Empty(t, rows, "%s %s", channel, code)
				continue
			}
			require.Len(t, rows, 1, "%s %s", channel, code)
			require.Equal(t, []any{models.SuppressionChannel(channel), reason}, []any{rows[0].Channel, rows[0].Reason}, code)
		}
	}
}

// testEventsCrossing records opt-outs of the same people in two orders at once: none is lost, and none waits for ever.
func testEventsCrossing(t *testing.T, b *bench) {
	t.Helper()

	const people = 6
	for range max(b.rounds(t)/20, 1) {
		batches := [][]models.ProviderEvent{{}, {}}
		contacts := []string{}
		for side := range batches {
			c := b.live(t)
			for n := range people {
				claim := b.sent(t, models.ChannelEmail, c.ID, person(n+1000*len(b.suppressed(t))))
				contacts = append(contacts, claim.ContactID)
				batches[side] = append(batches[side], models.ProviderEvent{
					OutreachID: claim.OutreachID, Type: models.EventComplained, At: claim.At, DedupeKey: "1",
				})
			}
		}
		slices.Reverse(batches[1])
		requireNoErrors(t, together(times(len(batches), func(side int) error {
			_, err := b.RecordEvents(t.Context(), batches[side])
			return err
		})...))
		for _, id := range contacts {
			require.Equal(t, models.ContactDisqualified, b.contact(t, id).Status)
		}
	}
}

// allowAll deletes every suppression, as an administrator may.
func (b *bench) allowAll(t *testing.T) {
	t.Helper()
	rows := []models.Suppression{}
	require.NoError(t, b.db.Find(&rows).Error)
	for _, row := range rows {
		require.NoError(t, b.DeleteSuppression(t.Context(), row.ID))
	}
}

// testEventForbidsAnew says that a new event suppresses though the outreach shows one like it already; the same one that comes
// again does not.
func testEventForbidsAnew(t *testing.T, b *bench) {
	t.Helper()

	for n, kind := range []models.EventType{models.EventComplained, models.EventUnsubscribed, models.EventBounced} {
		claim := b.sent(t, models.ChannelEmail, b.live(t, channels(models.ChannelEmail, models.ChannelText)).ID, numbered(n))
		b.heard(t, claim.OutreachID, kind, "1", "")
		first := b.suppressed(t)
		require.NotEmpty(t, first, "%s", kind)
		b.allowAll(t)
		require.Empty(t, b.heard(t, claim.OutreachID, kind, "1", ""))
		require.Empty(t, b.suppressed(t), "%s came again", kind)

		before := b.ledger(t, claim.OutreachID)
		require.Empty(t, b.heard(t, claim.OutreachID, kind, "2", ""))
		require.Equal(t, first, b.suppressed(t), "a new %s", kind)
		before.events++
		require.Equal(t, before, b.ledger(t, claim.OutreachID))
		b.allowAll(t)
		if kind == models.EventBounced {
			continue
		}

		// The contact is reached elsewhere by now: there and here it wants no more.
		row := models.Contact{ID: claim.ContactID}
		require.NoError(t, b.db.Model(&row).UpdateColumn("email", fmt.Sprintf("moved%d@people.example", n)).Error)
		b.heard(t, claim.OutreachID, kind, "2", "")
		require.Empty(t, b.suppressed(t))
		b.heard(t, claim.OutreachID, kind, "3", "")
		require.Len(t, b.suppressed(t), 4, "both addresses, and the number for texts and calls")
		require.Contains(t, b.suppressed(t)[0], fmt.Sprintf("moved%d@people.example", n))
		b.allowAll(t)
	}

	// So does a code, in one call with an event that was stored before.
	claim := b.sent(t, models.ChannelText, b.live(t, channels(models.ChannelText)).ID, numbered(9))
	b.heard(t, claim.OutreachID, models.EventFailed, "1", "30005")
	b.allowAll(t)
	again := models.ProviderEvent{
		OutreachID: claim.OutreachID, Type: models.EventFailed, At: b.clock.Now(), DedupeKey: "1", Code: "30005",
		Meaning: models.MeansDead,
	}
	later := again
	later.DedupeKey = "2"
	_, err := b.RecordEvents(t.Context(), []models.ProviderEvent{again, again})
	require.NoError(t, err)
	require.Empty(t, b.suppressed(t))
	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{again, later, later})
	require.NoError(t, err)
	require.Equal(t, []string{"text +12025550009 dead_number"}, b.suppressed(t))
	require.EqualValues(t, 2, b.ledger(t, claim.OutreachID).events)
}

// testEventComplaintStays says that a complaint is the reason, whatever opt-out came before or after it, so that no text lifts
// it.
func testEventComplaintStays(t *testing.T, b *bench) {
	t.Helper()

	type step struct {
		kind models.EventType
		code string
	}
	n := 0
	for _, order := range permutations([]step{
		{models.EventComplained, ""}, {models.EventUnsubscribed, ""}, {models.EventFailed, "21610"},
	}) {
		n++
		mail := b.sent(t, models.ChannelEmail, b.live(t, channels(models.ChannelEmail)).ID, numbered(n))
		text := b.sent(t, models.ChannelText, b.live(t, channels(models.ChannelText)).ID, numbered(n))
		for range 2 {
			for _, s := range order {
				claim := mail
				if s.kind == models.EventFailed { // the number has opted out at the provider
					claim = text
				}
				b.heard(t, claim.OutreachID, s.kind, string(s.kind), s.code)
			}
		}
		phone, want := fmt.Sprintf("+1202555%04d", n), []string{}
		for _, format := range []string{"email person%d@people.example complaint", "phone +1202555%04d complaint", "text +1202555%04d complaint"} {
			want = append(want, fmt.Sprintf(format, n))
		}
		require.Equal(t, want, b.suppressed(t), "%v", order)
		b.says(t, phone, "START")
		require.Equal(t, want, b.suppressed(t), "no text lifts a complaint: %v", order)
		b.allowAll(t)
	}

	// What is no complaint is lifted.
	mail := b.sent(t, models.ChannelEmail, b.live(t, channels(models.ChannelEmail)).ID, numbered(20))
	b.heard(t, mail.OutreachID, models.EventUnsubscribed, "1", "")
	b.says(t, "+12025550020", "START")
	require.Equal(t, []string{"email person20@people.example unsubscribe"}, b.suppressed(t))
}

// testEventBounceAfterBlock says that a bounce supersedes the e-mail that was planned after a block; a block after a bounce
// leaves what was planned since.
func testEventBounceAfterBlock(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail, models.ChannelText), followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, numbered(1))
	b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	require.Len(t, b.report(t, models.EventFailed, claim.OutreachID), 1)
	require.Empty(t, b.suppressed(t), "a block suppresses nothing")
	planned := b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	require.Empty(t, b.report(t, models.EventFailed, claim.OutreachID))
	require.Len(t, b.report(t, models.EventBounced, claim.OutreachID), 1)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, planned.OutreachID).State)
	require.Equal(t, models.ContactPlanning, b.contact(t, claim.ContactID).Status)
	_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
	require.NoError(t, err)
	require.Len(t, request.Channels, 1)
	require.Equal(t, models.ChannelText, request.Channels[0].Channel)

	claim = b.sent(t, models.ChannelEmail, c.ID, numbered(2))
	b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	require.Len(t, b.report(t, models.EventBounced, claim.OutreachID), 1)
	planned = b.planOn(t, models.ChannelText, c.ID, claim.ContactID)
	for _, kind := range []models.EventType{models.EventFailed, models.EventBounced, models.EventFailed} {
		require.Empty(t, b.report(t, kind, claim.OutreachID), "%s", kind)
	}
	require.Equal(t, models.OutreachPlanned, b.outreach(t, planned.OutreachID).State)
	require.Equal(t, models.OutcomeBounced, *b.outreach(t, claim.OutreachID).Outcome)
}
