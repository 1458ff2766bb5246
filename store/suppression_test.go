package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
	"beckon/store"
)

func suppressionCases() []testCase {
	return []testCase{
		{"Suppressions", testSuppressions},
		{"SuppressionsSearched", testSuppressionsSearched},
		{"SuppressionReasons", testSuppressionReasons},
		{"SweepGoesOnOrEnds", testSweep},
		{"SweepWhatIsHeld", testSweepHeld},
		{"SweepCutShort", testSweepCutShort},
		{"SweepAnew", testSweepAnew},
		{"RaceOptOutClaim", testRaceOptOutClaim},
		{"RaceReplyClaim", testRaceReplyClaim},
		{"RaceReplyPlan", testRaceReplyPlan},
		{"RaceOptOutBig", testRaceOptOutBig},
		{"RaceFrequencyCap", testFrequencyCap},
	}
}

func (b *bench) suppress(
	t require.TestingT, channel models.SuppressionChannel, address string, reason models.SuppressionReason,
) *models.Suppression {
	row, err := b.AddSuppression(ctx(t), channel, address, reason, "test")
	require.NoError(t, err)
	return row
}

func testSuppressions(t *testing.T, b *bench) {
	t.Helper()

	const address = "person1@people.example"
	first := b.suppress(t, "email", address, models.SuppressedManual)
	require.Equal(t, []any{models.SuppressionChannel("email"), address, models.SuppressedManual, "test"},
		[]any{first.Channel, *first.Address, first.Reason, first.Source})
	require.Nil(t, first.SweptAt)
	again := b.suppress(t, "email", address, models.SuppressedBounce)
	require.Equal(t, []any{first.ID, models.SuppressedManual}, []any{again.ID, again.Reason}, "the older one stands")
	all := b.suppress(t, models.SuppressAll, address, models.SuppressedManual)
	require.NotEqual(t, first.ID, all.ID)

	rows, total, err := b.Suppressions(t.Context(), models.SuppressionFilter{Page: models.Page{Number: 1, PerPage: 1}})
	require.NoError(t, err)
	require.Equal(t, 2, total)
	require.Len(t, rows, 1)
	require.Equal(t, all.ID, rows[0].ID, "newest first")

	require.NoError(t, b.DeleteSuppression(t.Context(), all.ID))
	for _, id := range []string{all.ID, unknownID, "no id"} {
		requireCode(t, models.CodeNotFound, b.DeleteSuppression(t.Context(), id))
	}
	for channel, address := range map[models.SuppressionChannel]string{
		"email": "+12025550101", "text": address, "phone": address, "all": "nobody", "fax": "+12025550101", "": address,
	} {
		_, err := b.AddSuppression(t.Context(), channel, address, models.SuppressedManual, "test")
		requireCode(t, models.CodeInvalid, err)
	}
	require.Len(t, b.suppressed(t), 1)

	// While it stands the address is not contacted; once it is deleted it is.
	c := b.live(t)
	request := b.ready(t, c.ID, person(2))
	row := b.suppress(t, models.SuppressAll, "person2@people.example", models.SuppressedManual)
	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.ReasonUnreachable, step.Reason)
	require.NoError(t, b.DeleteSuppression(t.Context(), row.ID))
	other := b.live(t)
	b.claimed(t, b.ready(t, other.ID, person(2)))
}

func testSuppressionsSearched(t *testing.T, b *bench) {
	t.Helper()

	b.suppress(t, "email", "ann@people.example", models.SuppressedBounce)
	b.suppress(t, "email", "joann_x@people.example", models.SuppressedBounce)
	b.suppress(t, "text", "+12025550101", models.SuppressedDead)
	b.suppress(t, models.SuppressAll, "+442071838750", models.SuppressedManual)
	for search, want := range map[string]int{
		"": 4, "ANN": 2, "ann_": 1, "nobody": 0, "(202) 555": 1, "+44 20": 1, "example": 2, "%": 0,
	} {
		_, total, err := b.Suppressions(t.Context(), models.SuppressionFilter{Search: search})
		require.NoError(t, err)
		require.Equal(t, want, total, "search %q", search)
	}
	for channel, want := range map[models.SuppressionChannel]int{"email": 2, "text": 1, "phone": 0, "all": 1} {
		rows, total, err := b.Suppressions(t.Context(), models.SuppressionFilter{Channel: &channel})
		require.NoError(t, err)
		require.Equal(t, want, total, "channel %s", channel)
		require.Len(t, rows, want)
	}
}

// testSuppressionReasons says which reason stands where an address is suppressed twice.
func testSuppressionReasons(t *testing.T, b *bench) {
	t.Helper()

	for n, c := range []struct{ first, second, want models.SuppressionReason }{
		{models.SuppressedBounce, models.SuppressedManual, models.SuppressedBounce},
		{models.SuppressedDead, models.SuppressedOptOut, models.SuppressedOptOut},
		{models.SuppressedManual, models.SuppressedUnsubscribe, models.SuppressedUnsubscribe},
		{models.SuppressedOptOut, models.SuppressedBounce, models.SuppressedOptOut},
		{models.SuppressedOptOut, models.SuppressedComplaint, models.SuppressedComplaint},
	} {
		address := fmt.Sprintf("person%d@people.example", n)
		first := b.suppress(t, "email", address, c.first)
		second := b.suppress(t, "email", address, c.second)
		require.Equal(t, c.want, second.Reason, "%s, then %s", c.first, c.second)
		require.Equal(t, first.ID, second.ID)
	}
}

var errEndless = errors.New("the sweep does not end")

// sweep tells all contacts, a few at a time.
func (b *bench) sweep(t require.TestingT, limit int) []models.Wake {
	all := []models.Wake{}
	for range 100 {
		wakes, more, err := b.SweepSuppressions(ctx(t), limit)
		require.NoError(t, err)
		all = append(all, wakes...)
		if !more {
			return all
		}
	}
	require.NoError(t, errEndless)
	return nil
}

// waitingFor adds a contact that waits, with a planned outreach on the channel, for a start.
func (b *bench) waitingFor(
	t require.TestingT, channel models.Channel, campaignID string, input models.ContactInput,
) (contactID, outreachID string) {
	id := b.taken(t, campaignID, input)[0]
	step := b.planOn(t, channel, campaignID, id)
	require.Equal(t, models.WaitStartOutreaches, step.Waiting.Reason)
	return id, step.OutreachID
}

// testSweep says what becomes of contacts of other campaigns whose number has opted out.
func testSweep(t *testing.T, b *bench) {
	t.Helper()

	both := channels(models.ChannelText, models.ChannelEmail)
	left, leftOutreach := b.waitingFor(t, models.ChannelText, b.live(t, both, manual).ID, numbered(1))
	mailed, mailedOutreach := b.waitingFor(t, models.ChannelEmail, b.live(t, both, manual).ID, numbered(1))
	texts := b.live(t, channels(models.ChannelText), manual)
	ended, endedOutreach := b.waitingFor(t, models.ChannelText, texts.ID, numbered(1))
	other, otherOutreach := b.waitingFor(t, models.ChannelText, texts.ID, numbered(2))
	queued := b.live(t, channels(models.ChannelText))
	inQueue := b.taken(t, queued.ID, numbered(1))[0]
	queuedOutreach := b.planOn(t, models.ChannelText, queued.ID, inQueue).OutreachID
	untaken := b.add(t, b.live(t, channels(models.ChannelText), manual).ID, numbered(1)).Results[0].ContactID
	untakenBoth := b.add(t, b.live(t, both, manual).ID, numbered(1)).Results[0].ContactID
	sent := b.sent(t, models.ChannelText, b.live(t, both).ID, numbered(1)).ContactID
	before := map[string]models.Contact{}
	for _, id := range []string{left, mailed, ended, other, inQueue, untaken, untakenBoth, sent} {
		before[id] = b.contact(t, id)
	}
	heard := b.says(t, "+12025550001", "STOP") // the e-mail address of one is suppressed too
	require.Empty(t, heard, "the contact that answered was finished")
	for _, row := range b.suppressionsOf(t, "person1@people.example") {
		require.NoError(t, b.DeleteSuppression(t.Context(), row.ID))
	}

	wakes := map[string]int64{}
	for _, wake := range b.sweep(t, 2) {
		require.NotContains(t, wakes, wake.ContactID, "told once")
		wakes[wake.ContactID] = wake.Revision
	}
	require.Equal(t, map[string]int64{left: before[left].Revision + 1, ended: before[ended].Revision + 1}, wakes)

	require.Equal(t, models.OutreachSuperseded, b.outreach(t, leftOutreach).State)
	row := b.contact(t, left)
	require.Equal(t, []any{models.ContactPlanning, before[left].SeenRevision}, []any{row.Status, row.SeenRevision})
	_, request, err := b.BeginPlan(t.Context(), row.CampaignID, left, "run")
	require.NoError(t, err)
	require.Len(t, request.Channels, 1, "it goes on with what is left")

	require.Equal(t, models.OutreachPlanned, b.outreach(t, mailedOutreach).State)
	require.Equal(t, before[mailed].Revision, b.contact(t, mailed).Revision)
	require.Equal(t, models.OutreachPlanned, b.outreach(t, otherOutreach).State)

	for id, outreach := range map[string]string{ended: endedOutreach, inQueue: queuedOutreach, untaken: ""} {
		row := b.contact(t, id)
		require.Equal(t, []any{models.ContactDisqualified, models.ReasonOptedOut}, []any{row.Status, *row.StatusReason})
		require.Nil(t, row.WaitingReason)
		require.NotNil(t, row.FinishedAt)
		if outreach != "" {
			require.False(t, b.outreach(t, outreach).State.Open())
		}
	}
	require.Equal(t, models.ContactNotStarted, b.contact(t, untakenBoth).Status)
	require.Empty(t, b.sweep(t, 100), "nothing is left")
}

func (b *bench) suppressionsOf(t require.TestingT, address string) []models.Suppression {
	rows := []models.Suppression{}
	require.NoError(t, b.db.Where("address_hash = ?", models.AddressHash(address)).Find(&rows).Error)
	return rows
}

// testSweepHeld says that a contact which something holds is not ended by a sweep, and is not sent to either.
func testSweepHeld(t *testing.T, b *bench) {
	t.Helper()

	texts := channels(models.ChannelText)
	paused := b.live(t, texts, manual)
	held, heldOutreach := b.waitingFor(t, models.ChannelText, paused.ID, numbered(1))
	b.control(t, paused.ID, models.ControlPause)
	_, err := b.Look(t.Context(), paused.ID, held, "run")
	require.NoError(t, err)
	draft := b.add(t, b.draft(t, texts).ID, numbered(1)).Results[0].ContactID
	sending := b.live(t, texts)
	id := b.taken(t, sending.ID, numbered(1))[0]
	claim := b.claimed(t, b.requestOf(sending.ID, id, b.planOn(t, models.ChannelText, sending.ID, id)))
	archived := b.live(t, texts, manual)
	gone, _ := b.waitingFor(t, models.ChannelText, archived.ID, numbered(1))
	b.control(t, archived.ID, models.ControlArchive)

	b.suppress(t, models.SuppressAll, "+12025550001", models.SuppressedManual)
	wakes := b.sweep(t, 100)
	require.Len(t, wakes, 2)
	b.requireWaits(t, held, models.WaitCampaignPaused)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, heldOutreach).State)
	require.Equal(t, models.ContactNotStarted, b.contact(t, draft).Status)
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, claim.OutreachID).State)
	require.Equal(t, models.ContactExecuting, b.contact(t, claim.ContactID).Status)
	require.Equal(t, models.ReasonCampaignArchived, *b.contact(t, gone).StatusReason)

	b.control(t, paused.ID, models.ControlResume)
	step, err := b.Look(t.Context(), paused.ID, held, "run")
	require.NoError(t, err)
	require.Equal(t, models.ReasonUnreachable, step.Reason)
}

// testSweepCutShort sweeps a page at a time, with a store that is opened anew between, and tells everybody once.
func testSweepCutShort(t *testing.T, b *bench) {
	t.Helper()

	ids := map[string]bool{}
	for range 7 {
		id, _ := b.waitingFor(t, models.ChannelText, b.live(t, channels(models.ChannelText), manual).ID, numbered(1))
		ids[id] = true
	}
	b.suppress(t, "text", "+12025550001", models.SuppressedOptOut)
	b.suppress(t, "text", "+12025550009", models.SuppressedOptOut) // nobody's
	for page := 1; page < 10; page++ {
		wakes, more, err := b.SweepSuppressions(t.Context(), 3)
		require.NoError(t, err)
		for _, wake := range wakes {
			require.True(t, ids[wake.ContactID], "told once")
			delete(ids, wake.ContactID)
		}
		if !more {
			require.Equal(t, 3, page)
			break
		}
		require.Len(t, wakes, 3)
	}
	require.Empty(t, ids)
	for _, address := range []string{"+12025550001", "+12025550009"} {
		require.NotNil(t, b.suppressionsOf(t, address)[0].SweptAt)
	}
}

// testSweepAnew says that an opt-out which replaces another reason is swept anew, from the beginning.
func testSweepAnew(t *testing.T, b *bench) {
	t.Helper()

	both := channels(models.ChannelText, models.ChannelEmail)
	b.suppress(t, "text", "+12025550001", models.SuppressedDead)
	first, _ := b.waitingFor(t, models.ChannelEmail, b.live(t, both, manual).ID, numbered(1))
	require.Empty(t, b.sweep(t, 10))
	swept := b.suppressionsOf(t, "+12025550001")[0]
	require.Equal(t, first, *swept.SweptToID)
	row := b.suppress(t, "text", "+12025550001", models.SuppressedOptOut)
	require.Nil(t, row.SweptAt)
	require.Nil(t, row.SweptToID)
	b.sweep(t, 10)
	require.NotNil(t, b.suppressionsOf(t, "+12025550001")[0].SweptAt)
}

// rounds is how often a race is run: on SQLite, whose transactions come one after the other, less often.
func (b *bench) rounds(t *testing.T) int {
	t.Helper()
	const fewer = 20
	if b.Dialect() == store.SQLite {
		return max(races(t)/fewer, 1)
	}
	return races(t)
}

// testRaceOptOutClaim has a person opt out while claims for the address are made in other campaigns: none is granted that
// begins after the answer.
func testRaceOptOutClaim(t *testing.T, b *bench) {
	t.Helper()

	campaigns := []string{b.live(t).ID, b.live(t).ID, b.live(t).ID}
	for round := range b.rounds(t) {
		requests := []store.ClaimRequest{}
		for _, id := range campaigns {
			requests = append(requests, b.ready(t, id, person(round)))
		}
		b.raceOptOut(t, fmt.Sprintf("person%d@people.example", round), requests)
	}
}

// raceOptOut lets an opt-out by the address race against the claims.
func (b *bench) raceOptOut(t *testing.T, address string, requests []store.ClaimRequest) {
	t.Helper()
	var answered atomic.Bool
	late, granted := atomic.Int32{}, make([]bool, len(requests))
	runs := times(len(requests), func(i int) error {
		over := answered.Load()
		_, claim, _, err := b.Claim(t.Context(), requests[i])
		granted[i] = claim != nil
		if granted[i] && over {
			late.Add(1)
		}
		return err
	})
	var before int64 // claims that were there when the opt-out had answered: all that there will be
	optOut := func() error {
		_, err := b.RecordReply(t.Context(), b.message(address, "STOP"))
		answered.Store(true)
		if err != nil {
			return err
		}
		return b.db.Model(&models.Outreach{}).Where("address = ? AND state = 'submitting'", address).Count(&before).Error
	}
	half := len(runs) / 2
	requireNoErrors(t, together(append(append(runs[:half:half], optOut), runs[half:]...)...))
	require.Zero(t, late.Load())
	all := 0
	for i, request := range requests {
		_, claim, _, err := b.Claim(t.Context(), request)
		require.NoError(t, err)
		require.Nil(t, claim, "the address has opted out")
		o := b.outreach(t, request.OutreachID)
		require.Equal(t, granted[i], o.State == models.OutreachSubmitting, "%s", o.State)
		if granted[i] {
			all++
		}
	}
	require.EqualValues(t, all, before, "a claim was committed after the opt-out had answered")
}

// testRaceOptOutBig has a person opt out whom 500 campaigns are about to contact, and sweeps the campaigns afterwards.
func testRaceOptOutBig(t *testing.T, b *bench) {
	t.Helper()

	n := 500
	if b.Dialect() == store.SQLite {
		n = 50
	}
	requests := make([]store.ClaimRequest, n)
	const workers = 8
	requireNoErrors(t, together(times(workers, func(worker int) error {
		for i := worker; i < n; i += workers {
			requests[i] = b.ready(t, b.live(t).ID, person(1))
		}
		return nil
	})...))
	b.raceOptOut(t, "person1@people.example", requests)
	// What the claims found they recorded themselves; all others are told, by two workers at once.
	requireNoErrors(t, together(times(2, func(int) error {
		for range n {
			if _, more, err := b.SweepSuppressions(t.Context(), 100); err != nil || !more {
				return err
			}
		}
		return errEndless
	})...))
	ended, sending := 0, 0
	for _, request := range requests {
		switch row := b.contact(t, request.ContactID); row.Status {
		case models.ContactExecuting:
			require.Equal(t, models.OutreachSubmitting, b.outreach(t, request.OutreachID).State)
			sending++
		case models.ContactDisqualified:
			require.Equal(t, models.ReasonOptedOut, *row.StatusReason)
			ended++
		default:
			require.Fail(t, "neither sent to nor ended", "%s", row.Status)
		}
	}
	require.Equal(t, n, ended+sending)
	require.Positive(t, ended)
}

// testRaceReplyClaim has a reply race against the claim of the contact's next outreach: either the claim was first, and the
// outreach goes, or the reply was, and it is superseded.
func testRaceReplyClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	granted := 0
	for round := range b.rounds(t) {
		request := b.ready(t, c.ID, person(round))
		var claim *store.Claim
		requireNoErrors(t, together(
			func() (err error) { _, claim, _, err = b.Claim(t.Context(), request); return err },
			func() error {
				_, err := b.RecordReply(t.Context(), b.message(fmt.Sprintf("person%d@people.example", round), "Hello?"))
				return err
			},
		))
		o, row := b.outreach(t, request.OutreachID), b.contact(t, request.ContactID)
		require.Len(t, b.replies(t, request.ContactID), 1)
		if claim != nil {
			granted++
			require.Equal(t, models.OutreachSubmitting, o.State)
			require.Equal(t, models.ContactExecuting, row.Status)
			continue
		}
		require.Equal(t, models.OutreachSuperseded, o.State)
		require.Equal(t, models.ContactPlanning, row.Status)
		step, claim, _, err := b.Claim(t.Context(), request)
		require.NoError(t, err)
		require.Nil(t, claim)
		require.Equal(t, models.DoPlan, step.Do)
	}
	t.Logf("%d claims were first", granted)
}

// testRaceReplyPlan has a reply race against the plan that was made without it: no such plan is left.
func testRaceReplyPlan(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	for round := range b.rounds(t) {
		id := b.taken(t, c.ID, person(round))[0]
		_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		requireNoErrors(t, together(
			func() error {
				_, err := b.StorePlan(t.Context(), c.ID, id, *request, emailPlan(request.Now))
				return err
			},
			func() error {
				_, err := b.RecordReply(t.Context(), b.message(fmt.Sprintf("person%d@people.example", round), "Hello?"))
				return err
			},
		))
		row := b.contact(t, id)
		require.Equal(t, models.ContactPlanning, row.Status)
		outreaches := []models.Outreach{}
		require.NoError(t, b.db.Where("contact_id = ?", id).Find(&outreaches).Error)
		for _, o := range outreaches {
			require.Equal(t, models.OutreachSuperseded, o.State)
		}
	}
}

// testFrequencyCap lets campaigns contact one person as fast as they can, all at once, and checks the cap over every stretch
// of time.
func testFrequencyCap(t *testing.T, b *bench) {
	t.Helper()

	n, sent := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		limit := models.FrequencyCap{Count: rapid.IntRange(1, 3).Draw(r, "count"), Days: rapid.IntRange(1, 3).Draw(r, "days")}
		type life struct{ campaign, contact string }
		lives := []life{}
		for range 4 {
			c := b.live(r, followUp, func(c *models.Campaign) {
				c.MaxAttempts, c.MinHoursBetweenAttempts, c.FrequencyCap = 10, 1, &limit
			})
			lives = append(lives, life{c.ID, b.taken(r, c.ID, person(n))[0]})
		}
		for range rapid.IntRange(4, 12).Draw(r, "rounds") {
			answer := rapid.SampledFrom([]string{"accept", "accept", "give back", "doubt", "none"}).Draw(r, "answer")
			requireNone(r, together(times(len(lives), func(i int) error {
				return b.sendOnce(ctx(r), lives[i].campaign, lives[i].contact, answer)
			})...))
			b.clock.Advance(time.Duration(rapid.IntRange(1, 30).Draw(r, "hours")) * time.Hour)
		}
		claims := []time.Time{}
		require.NoError(r, b.db.Model(&models.Outreach{}).
			Where("address = ? AND state IN ('submitting', 'accepted', 'delivered', 'unknown')", fmt.Sprintf("person%d@people.example", n)).
			Order("claimed_at").Pluck("claimed_at", &claims).Error)
		sent += len(claims) // of one case none, where all were given back
		span := time.Duration(limit.Days) * 24 * time.Hour
		for i := range len(claims) - limit.Count {
			require.GreaterOrEqual(r, claims[i+limit.Count].Sub(claims[i]), span, "%d in %d days", limit.Count+1, limit.Days)
		}
	})
	require.Positive(t, sent)
}

func requireNone(t require.TestingT, errs []error) {
	for _, err := range errs {
		require.NoError(t, err)
	}
}

// sendOnce plans and claims the contact's next outreach, as its workflow does, if it may go now; the answer is the provider's.
func (b *bench) sendOnce(ctx context.Context, campaignID, contactID, answer string) error {
	step, request, err := b.BeginPlan(ctx, campaignID, contactID, "run")
	if err == nil && request != nil {
		step, err = b.StorePlan(ctx, campaignID, contactID, *request, emailPlan(request.Channels[0].Earliest))
	}
	if err != nil || step.Do != models.DoSend {
		return err
	}
	_, claim, _, err := b.Claim(ctx, b.requestOf(campaignID, contactID, step))
	if err != nil || claim == nil {
		return err
	}
	failure := &models.ProviderError{Code: "test"}
	switch answer {
	case "accept":
		_, err = b.Accept(ctx, claim, "m-"+claim.OutreachID)
	case "give back":
		_, err = b.GiveBack(ctx, claim, failure, models.WaitProviderDown, models.Backoff)
	case "doubt":
		_, err = b.Doubt(ctx, claim, failure)
	}
	return err
}
