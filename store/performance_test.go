package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func performanceCases() []testCase {
	return []testCase{
		{"PerformanceEmpty", testPerformanceEmpty},
		{"PerformanceTotals", testPerformanceTotals},
		{"PerformanceCalls", testPerformanceCalls},
		{"PerformanceByDay", testPerformanceByDay},
		{"PerformanceReplies", testPerformanceReplies},
		{"PerformanceDays", testPerformanceDays},
		{"PerformanceCost", testPerformanceCost},
		{"PerformanceKept", testPerformanceKept},
		{"CallTexts", testCallTexts},
	}
}

func (b *bench) performance(t *testing.T, campaignID string, days ...string) models.Performance {
	t.Helper()
	var from, to *string
	if len(days) == 2 {
		from, to = &days[0], &days[1]
	}
	p, err := b.Performance(t.Context(), campaignID, from, to)
	require.NoError(t, err)
	require.Len(t, p.ByChannel, 3)
	requireSums(t, p)
	return p
}

// requireSums says that the parts add up to the whole; but for contacts, of whom one may be in several.
func requireSums(t *testing.T, p models.Performance) {
	t.Helper()
	sum := func(of []models.Totals) models.Totals {
		all := models.Totals{}
		for _, one := range of {
			all.Outreaches += one.Outreaches
			all.Delivered += one.Delivered
			all.Failed += one.Failed
			all.Unconfirmed += one.Unconfirmed
			all.Opened += one.Opened
			all.MachineOpened += one.MachineOpened
			all.Clicked += one.Clicked
			all.OptOuts += one.OptOuts
			all.Bounces += one.Bounces
			all.Complaints += one.Complaints
		}
		return all
	}
	want := p.Totals
	want.Contacts, want.ContactsReplied = 0, 0
	channels, days, attempts := []models.Totals{}, []models.Totals{}, []models.Totals{}
	for _, one := range p.ByChannel {
		channels = append(channels, one)
	}
	for _, one := range p.ByDay {
		days = append(days, one.Totals)
	}
	for _, one := range p.ByAttempt {
		attempts = append(attempts, one.Totals)
	}
	require.Equal(t, want, sum(channels))
	require.Equal(t, want, sum(days))
	require.Equal(t, want, sum(attempts))
}

func testPerformanceEmpty(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.ready(t, c.ID, person(1)) // planned, but not sent
	p := b.performance(t, c.ID)
	require.Zero(t, p.Totals)
	require.NotNil(t, p.ByDay)
	require.Empty(t, p.ByDay)
	require.NotNil(t, p.ByAttempt)
	require.Empty(t, p.ByAttempt)
	require.Equal(t, 120, p.Cost.Tokens)
	require.WithinDuration(t, b.clock.Now(), p.AsOf, time.Second)
	_, err := b.Performance(t.Context(), unknownID, nil, nil)
	requireCode(t, models.CodeNotFound, err)
}

// event reports something about a claimed outreach.
func (b *bench) event(t *testing.T, claim *store.Claim, types ...models.EventType) {
	t.Helper()
	for _, kind := range types {
		_, err := b.RecordEvents(t.Context(), []models.ProviderEvent{{
			OutreachID: claim.OutreachID, Type: kind, At: b.clock.Now(), DedupeKey: unique(),
		}})
		require.NoError(t, err)
	}
}

func testPerformanceTotals(t *testing.T, b *bench) {
	t.Helper()

	other := b.live(t)
	b.sent(t, models.ChannelEmail, other.ID, person(1))
	c := b.live(t, channels(models.ChannelEmail, models.ChannelText, models.ChannelPhone))

	read := b.sent(t, models.ChannelEmail, c.ID, numbered(1))
	b.event(t, read, models.EventDelivered, models.EventOpened, models.EventOpened, models.EventClicked)
	b.event(t, read, models.EventMachineOpened, models.EventMachineOpened)
	bounced := b.sent(t, models.ChannelEmail, c.ID, numbered(2))
	b.event(t, bounced, models.EventOpened, models.EventBounced) // a bounce outweighs an opening, and hides none
	complained := b.sent(t, models.ChannelEmail, c.ID, numbered(3))
	b.event(t, complained, models.EventMachineOpened, models.EventDelivered, models.EventComplained)
	text := b.sent(t, models.ChannelText, c.ID, numbered(4))
	b.says(t, "+12025550004", "STOP")
	b.event(t, text, models.EventDelivered)
	b.sent(t, models.ChannelPhone, c.ID, numbered(5)) // a call that has not ended
	doubtful := b.claimed(t, b.ready(t, c.ID, numbered(6)))
	b.clock.Advance(unconfirmedAfter)
	_, err := b.Look(t.Context(), c.ID, doubtful.ContactID, "run")
	require.NoError(t, err)
	b.claimed(t, b.ready(t, c.ID, numbered(7))) // under way: not counted

	p := b.performance(t, c.ID)
	require.Equal(t, models.Totals{
		Outreaches: 6, Delivered: 3, Failed: 1, Unconfirmed: 1, Opened: 2, Clicked: 1, Contacts: 6, ContactsReplied: 1,
		OptOuts: 2, Bounces: 1, Complaints: 1, MachineOpened: 2,
	}, p.Totals)
	require.Equal(t, map[models.Channel]models.Totals{
		models.ChannelEmail: {
			Outreaches: 4, Delivered: 2, Failed: 1, Unconfirmed: 1, Opened: 2, Clicked: 1, Contacts: 4, OptOuts: 1,
			Bounces: 1, Complaints: 1, MachineOpened: 2,
		},
		models.ChannelText:  {Outreaches: 1, Delivered: 1, Contacts: 1, ContactsReplied: 1, OptOuts: 1},
		models.ChannelPhone: {Outreaches: 1, Contacts: 1},
	}, p.ByChannel)
	require.Len(t, p.ByAttempt, 1)
	require.Equal(t, models.AttemptTotals{Attempt: 1, Totals: p.Totals}, p.ByAttempt[0])
	require.Len(t, p.ByDay, 3)
	require.InDelta(t, 1.0/6, p.Totals.ResponseRate(), 1e-9)
}

func testPerformanceCalls(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail, models.ChannelPhone))
	b.sent(t, models.ChannelEmail, c.ID, numbered(1))
	require.NotNil(t, b.performance(t, c.ID).Calls)
	require.Empty(t, b.performance(t, c.ID, "2020-01-01", "2020-01-02").Calls)
	for n, types := range [][]models.EventType{
		{models.EventAnswered, models.EventMachine, models.EventCompleted},
		{models.EventAnswered, models.EventMachine, models.EventCompleted},
		{models.EventRinging, models.EventBusy},
		{}, // it goes on
	} {
		b.event(t, b.sent(t, models.ChannelPhone, c.ID, numbered(n+2)), types...)
	}
	b.clock.Advance(time.Minute) // the figures before are kept for a while
	p := b.performance(t, c.ID)
	require.Equal(t, []models.CallOutcome{
		{Outcome: new(models.OutcomeVoicemail), Calls: 2}, {Calls: 1}, {Outcome: new(models.OutcomeBusy), Calls: 1},
	}, p.Calls)
	require.Equal(t, 4, p.ByChannel[models.ChannelPhone].Outreaches)
}

// claimedAt sends one outreach whose claim was made at the time.
func (b *bench) claimedAt(t *testing.T, campaignID string, input models.ContactInput, at time.Time) *store.Claim {
	t.Helper()
	claim := b.sent(t, models.ChannelEmail, campaignID, input)
	require.NoError(t, b.db.Model(&models.Outreach{}).Where("id = ?", claim.OutreachID).UpdateColumn("claimed_at", at).Error)
	return claim
}

// testPerformanceByDay draws days by a zone whose clocks change on them: 2026-03-29 has 23 hours in Berlin, 2026-10-25 has 25.
func testPerformanceByDay(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, func(c *models.Campaign) { c.Timezone = "Europe/Berlin" })
	for i, at := range []string{
		"2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z",
		"2026-10-24T21:59:59.999999Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z", "2026-10-25T23:00:00Z",
	} {
		when, err := time.Parse(time.RFC3339Nano, at)
		require.NoError(t, err)
		b.claimedAt(t, c.ID, person(i), when)
	}
	counted := func(p models.Performance) map[string]int {
		days := map[string]int{}
		for _, day := range p.ByDay {
			require.Equal(t, models.ChannelEmail, day.Channel)
			days[day.Date] += day.Outreaches
		}
		return days
	}
	p := b.performance(t, c.ID)
	require.Equal(t, map[string]int{
		"2026-03-28": 1, "2026-03-29": 2, "2026-03-30": 1, "2026-10-24": 1, "2026-10-25": 2, "2026-10-26": 1,
	}, counted(p))
	require.Equal(t, "2026-03-28", p.ByDay[0].Date, "oldest first")
	p = b.performance(t, c.ID, "2026-03-29", "2026-10-24")
	require.Equal(t, map[string]int{"2026-03-29": 2, "2026-03-30": 1, "2026-10-24": 1}, counted(p))
	require.Equal(t, 4, p.Totals.Outreaches)
	require.Equal(t, 4, p.Totals.Contacts)
	p = b.performance(t, c.ID, "2026-10-25", "2026-10-25")
	require.Equal(t, map[string]int{"2026-10-25": 2}, counted(p))

	// A zone that is not a whole number of hours off, and skips no hour.
	require.NoError(t, b.db.Exec("UPDATE campaigns SET timezone = 'Asia/Kathmandu' WHERE id = ?", c.ID).Error)
	require.Equal(t, map[string]int{
		"2026-03-29": 2, "2026-03-30": 2, "2026-10-25": 2, "2026-10-26": 2,
	}, counted(b.performance(t, c.ID)))
}

// testPerformanceReplies: a reply counts in the rows of whatever was sent before it, on any channel, and in no other.
func testPerformanceReplies(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp, channels(models.ChannelEmail, models.ChannelText))
	first := b.sent(t, models.ChannelEmail, c.ID, numbered(1))
	b.clock.Advance(25 * time.Hour)
	b.sendTo(t, models.ChannelText, c.ID, first.ContactID)
	b.sent(t, models.ChannelEmail, c.ID, numbered(2))
	p := b.performance(t, c.ID)
	require.Equal(t, 2, p.Totals.Contacts)
	require.Equal(t, 3, p.Totals.Outreaches)
	require.Zero(t, p.Totals.ContactsReplied)

	b.says(t, "+12025550001", "Tell me more.")
	b.says(t, "+12025550001", "Hello?")
	b.clock.Advance(25 * time.Hour)
	b.sendTo(t, models.ChannelEmail, c.ID, first.ContactID) // after the reply
	p = b.performance(t, c.ID)
	require.Equal(t, 1, p.Totals.ContactsReplied, "a contact is counted once")
	require.InDelta(t, 0.5, p.Totals.ResponseRate(), 1e-9)
	require.Equal(t, 1, p.ByChannel[models.ChannelText].ContactsReplied)
	require.Equal(t, 1, p.ByChannel[models.ChannelEmail].ContactsReplied)
	require.Equal(t, 2, p.ByChannel[models.ChannelEmail].Contacts)
	require.Equal(t, 3, p.ByChannel[models.ChannelEmail].Outreaches)
	require.Len(t, p.ByAttempt, 3)
	for i, want := range []models.Totals{
		{Outreaches: 2, Contacts: 2, ContactsReplied: 1}, {Outreaches: 1, Contacts: 1, ContactsReplied: 1},
		{Outreaches: 1, Contacts: 1},
	} {
		require.Equal(t, models.AttemptTotals{Attempt: i + 1, Totals: want}, p.ByAttempt[i])
	}

	// Of one period, only what was sent in it counts; a reply counts whenever it comes.
	require.Equal(t, 1, b.performance(t, c.ID, "2026-03-02", "2026-03-02").Totals.ContactsReplied)
	require.Zero(t, b.performance(t, c.ID, "2026-03-04", "2026-03-04").Totals.ContactsReplied)
}

func testPerformanceDays(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.sent(t, models.ChannelEmail, c.ID, person(1))
	for _, day := range []string{"2026-02-30", "2026-3-2", "today", ""} {
		_, err := b.Performance(t.Context(), c.ID, &day, nil)
		requireCode(t, models.CodeInvalid, err)
		_, err = b.Performance(t.Context(), c.ID, nil, &day)
		requireCode(t, models.CodeInvalid, err)
	}
	for _, bounds := range []struct {
		from, to *string
		want     int
	}{
		{new("2026-03-02"), nil, 1}, {new("2026-03-03"), nil, 0}, {nil, new("2026-03-02"), 1}, {nil, new("2026-03-01"), 0},
		{new("1970-01-01"), new("9998-12-31"), 1}, {new("2026-03-03"), new("2026-03-01"), 0},
	} {
		p, err := b.Performance(t.Context(), c.ID, bounds.from, bounds.to)
		require.NoError(t, err)
		require.Equal(t, bounds.want, p.Totals.Outreaches)
		require.Equal(t, bounds.want*120, p.Cost.Tokens, "by the day of the plan")
	}
}

func testPerformanceCost(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	b.plan(t, c.ID, id)
	// One that was replaced, and never sent, has cost something too.
	require.NoError(t, b.db.Exec("UPDATE outreaches SET state = 'superseded' WHERE contact_id = ?", id).Error)
	b.plan(t, c.ID, id)
	require.Equal(t, models.PlanCost{Tokens: 240}, b.performance(t, c.ID).Cost)
	require.Equal(t, models.PlanCost{Tokens: 1_500_000, USD: 2.25}, models.PlanPrice{InputUSD: 0.25, OutputUSD: 4}.Cost(1_000_000, 500_000))
}

// testPerformanceKept: figures of many outreaches may be two seconds old, and are no older.
func testPerformanceKept(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.fill(t, c.ID, 2_000)
	first := b.performance(t, c.ID)
	require.NoError(t, b.db.Exec("UPDATE outreaches SET state = 'rejected' WHERE attempt = 1").Error)
	second := b.performance(t, c.ID)
	require.Equal(t, first, second)
	b.clock.Advance(2 * time.Second)
	third := b.performance(t, c.ID)
	require.Less(t, third.Totals.Outreaches, first.Totals.Outreaches)
	require.True(t, third.AsOf.After(first.AsOf.Add(2*time.Second)))
}

func testCallTexts(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelPhone, models.ChannelEmail))
	id := b.taken(t, c.ID, numbered(1))[0]
	step := b.planOn(t, models.ChannelPhone, c.ID, id)
	_, err := b.CallTexts(t.Context(), step.OutreachID)
	requireCode(t, models.CodeNotFound, err) // planned only
	edit := models.OutreachEdit{Version: 1, VoicemailText: new("Please call us back.")}
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	require.NoError(t, err)
	b.claimed(t, b.requestOf(c.ID, id, step))
	texts, err := b.CallTexts(t.Context(), step.OutreachID)
	require.NoError(t, err)
	requireTime(t, *b.outreach(t, step.OutreachID).ClaimedAt, texts.ClaimedAt)
	texts.ClaimedAt = time.Time{}
	require.Equal(t, models.CallTexts{
		CampaignID: c.ID, ContactID: id, VoicemailText: "Please call us back.", BusinessName: "Example Clinic",
		Script: "Hello. This is an automated call from Example Clinic. To not be called again, press 9 at any time. " +
			"It is time for a check-up.",
	}, texts)

	silent := b.sent(t, models.ChannelPhone, c.ID, numbered(2))
	texts, err = b.CallTexts(t.Context(), silent.OutreachID)
	require.NoError(t, err)
	require.Empty(t, texts.VoicemailText)
	mail := b.sent(t, models.ChannelEmail, c.ID, numbered(3))
	for _, none := range []string{mail.OutreachID, unknownID, "no id"} {
		_, err = b.CallTexts(t.Context(), none)
		requireCode(t, models.CodeNotFound, err)
	}
}
