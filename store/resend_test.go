package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func resendCases() []testCase {
	return []testCase{
		{"Resend", testResend},
		{"ResendOnce", testResendOnce},
		{"ResendRefused", testResendRefused},
		{"ResendAgain", testResendAgain},
		{"ResendWaits", testResendWaits},
		{"ResendEnds", testResendEnds},
		{"ResendResults", testResendResults},
		{"ResendInDoubt", testResendInDoubt},
		{"ResendBesideNext", testResendBesideNext},
		{"ResendOpen", testOpenResends},
	}
}

// unknown brings a contact to where nobody can say whether its outreach was sent.
func (b *bench) unknown(t require.TestingT, campaignID string, input models.ContactInput) store.ClaimRequest {
	request := b.ready(t, campaignID, input)
	_, err := b.Doubt(ctx(t), b.claimed(t, request), &models.ProviderError{Code: "timeout"})
	require.NoError(t, err)
	b.clock.Advance(unconfirmedAfter)
	_, err = b.Look(ctx(t), campaignID, request.ContactID, "run")
	require.NoError(t, err)
	require.Equal(t, models.OutreachUnknown, b.outreach(t, request.OutreachID).State)
	return request
}

// resend has an operator send the outreach again, and returns what its workflow claims.
func (b *bench) resend(t require.TestingT, of store.ClaimRequest) store.ClaimRequest {
	id, err := b.Resend(as(ctx(t), "ada"), of.CampaignID, of.ContactID, of.OutreachID)
	require.NoError(t, err)
	of.OutreachID = id
	return of
}

func (b *bench) lookResend(t require.TestingT, request store.ClaimRequest) models.Step {
	step, err := b.LookResend(ctx(t), request.CampaignID, request.ContactID, request.OutreachID)
	require.NoError(t, err)
	require.Empty(t, step.Status, "it says nothing about its contact")
	return step
}

// claimedResend claims a resend that may go.
func (b *bench) claimedResend(t require.TestingT, request store.ClaimRequest) *store.Claim {
	step, claim, message, err := b.ClaimResend(ctx(t), request)
	require.NoError(t, err)
	require.NotNil(t, claim, "not granted: %s", step)
	require.NotNil(t, message)
	return claim
}

func testResend(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	original := b.unknown(t, c.ID, person(1))
	before := b.contact(t, original.ContactID)
	require.Equal(t, models.ContactCompleted, before.Status, "a one-time contact is done")
	require.True(t, before.Unconfirmed)
	request := b.resend(t, original)

	o, first := b.outreach(t, request.OutreachID), b.outreach(t, original.OutreachID)
	require.Equal(t, []any{1, models.ChannelEmail, 1, models.OutreachApproved, 1},
		[]any{o.Attempt, o.Channel, o.Resend, o.State, o.Version})
	require.True(t, o.Approved())
	require.NotNil(t, o.DueAt)
	require.Equal(t, models.OutreachUnknown, first.State)
	version := models.OutreachVersion{}
	require.NoError(t, b.db.Where("outreach_id = ?", o.ID).Take(&version).Error)
	require.Equal(t, []any{"It is time for a check-up.", "Your check-up", "ada", 0},
		[]any{version.Body, *version.Subject, version.Author, version.PromptTokens})
	detail, err := b.Contact(t.Context(), c.ID, request.ContactID)
	require.NoError(t, err)
	require.Nil(t, detail.NextOutreach, "a resend is no next outreach")
	require.Len(t, detail.History, 2, "it is in the history before it is claimed")

	require.Equal(t, models.DoSend, b.lookResend(t, request).Do)
	step, claim, message, err := b.ClaimResend(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)
	require.NotNil(t, claim)
	require.Equal(t, request.OutreachID, message.Email.OutreachID)
	require.Equal(t, "It is time for a check-up.", message.Email.Text)
	require.Equal(t, before, b.contact(t, request.ContactID), "its contact stays as it is")
	_, second, _, err := b.ClaimResend(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, second, "it is claimed once")

	step, err = b.Accept(t.Context(), claim, "m-2")
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Equal(t, models.OutreachAccepted, b.outreach(t, request.OutreachID).State)
	row := b.contact(t, request.ContactID)
	require.Equal(t, 1, row.Attempts, "a resend makes the same attempt")
	require.False(t, row.Unconfirmed)
	requireTime(t, claim.At, *row.LastOutreachAt)
	require.Equal(t, before.Status, row.Status)
	require.Equal(t, before.Revision, row.Revision)
}

func testResendOnce(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	original := b.unknown(t, c.ID, person(1))
	resend := func(body string) (string, error) {
		return b.Resend(keyed(t, "resend", body), c.ID, original.ContactID, original.OutreachID)
	}
	first, err := resend("x")
	require.NoError(t, err)
	again, err := resend("x")
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = resend("y")
	requireCode(t, models.CodeIdempotencyKeyReused, err)
	require.EqualValues(t, 2, b.count(t, "outreaches"))
}

func testResendRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	sent := b.ready(t, c.ID, person(1))
	resend := func(of store.ClaimRequest) error {
		_, err := b.Resend(t.Context(), of.CampaignID, of.ContactID, of.OutreachID)
		return err
	}
	requireCode(t, models.CodeInvalidTransition, resend(sent))
	claim := b.claimed(t, sent)
	requireCode(t, models.CodeInvalidTransition, resend(sent))
	_, err := b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	requireCode(t, models.CodeInvalidTransition, resend(sent))

	original := b.unknown(t, c.ID, person(2))
	stranger := original
	stranger.OutreachID = sent.OutreachID
	requireCode(t, models.CodeNotFound, resend(stranger))
	stranger.OutreachID = "nonsense"
	requireCode(t, models.CodeNotFound, resend(stranger))

	suppressed := b.unknown(t, c.ID, person(3))
	b.forbid(t, models.SuppressionChannel(models.ChannelEmail), "person3@people.example")
	requireCode(t, models.CodeInvalidTransition, resend(suppressed))

	removed := b.unknown(t, c.ID, person(4))
	b.act(t, c.ID, models.ActionRemove, person(4))
	requireCode(t, models.CodeNotFound, resend(removed))

	b.control(t, c.ID, models.ControlArchive)
	requireCode(t, models.CodeCampaignArchived, resend(original))
}

// forbid forbids an address on a channel.
func (b *bench) forbid(t require.TestingT, channel models.SuppressionChannel, address string) {
	require.NoError(t, b.db.Create(&models.Suppression{
		ID: uuid.NewString(), Channel: channel, Address: &address, AddressHash: models.AddressHash(address),
		Reason: models.SuppressedOptOut, Source: "test", CreatedAt: b.clock.Now(),
	}).Error)
}

// testResendAgain says that an outreach is resent again where the resend came to nothing, and not where it succeeded.
func testResendAgain(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	original := b.unknown(t, c.ID, person(1))
	first := b.resend(t, original)
	_, err := b.Resend(t.Context(), c.ID, original.ContactID, original.OutreachID)
	requireCode(t, models.CodeInvalidTransition, err)

	_, err = b.Reject(t.Context(), b.claimedResend(t, first), &models.ProviderError{Kind: models.FailureRejected, Code: "400"})
	require.NoError(t, err)
	require.Equal(t, models.OutreachRejected, b.outreach(t, first.OutreachID).State)
	require.True(t, b.contact(t, original.ContactID).Unconfirmed)

	second := b.resend(t, original)
	require.Equal(t, 2, b.outreach(t, second.OutreachID).Resend)
	_, err = b.Accept(t.Context(), b.claimedResend(t, second), "m-2")
	require.NoError(t, err)
	_, err = b.Resend(t.Context(), c.ID, original.ContactID, original.OutreachID)
	requireCode(t, models.CodeInvalidTransition, err)
}

// testResendWaits says what holds a resend, and that this is recorded with it.
func testResendWaits(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.resend(t, b.unknown(t, c.ID, person(1)))
	held := func(reason models.WaitingReason) models.Step {
		t.Helper()
		before := b.contact(t, request.ContactID)
		step, claim, _, err := b.ClaimResend(t.Context(), request)
		require.NoError(t, err)
		require.Nil(t, claim)
		require.Equal(t, models.DoWait, step.Do)
		require.Equal(t, reason, step.Waiting.Reason)
		o := b.outreach(t, request.OutreachID)
		require.Equal(t, models.OutreachApproved, o.State)
		require.Equal(t, reason, *o.WaitingReason)
		requireTime(t, *step.Waiting.Until, *o.WaitingUntil)
		after := b.contact(t, request.ContactID)
		after.UpdatedAt = before.UpdatedAt
		require.Equal(t, before, after)
		return step
	}
	within := func(step models.Step) {
		t.Helper()
		require.WithinDuration(t, b.clock.Now().Add(time.Minute), *step.Waiting.Until, time.Second, "nobody tells it")
	}
	b.control(t, c.ID, models.ControlPause)
	within(held(models.WaitCampaignPaused))
	b.control(t, c.ID, models.ControlResume)
	require.NoError(t, b.db.Exec("UPDATE contacts SET status = 'disabled', finished_at = NULL, status_reason = NULL WHERE id = ?",
		request.ContactID).Error)
	within(held(models.WaitDisabled))
	require.NoError(t, b.db.Exec("UPDATE contacts SET status = 'planning' WHERE id = ?", request.ContactID).Error)

	set := func(change func(*models.Campaign)) {
		t.Helper()
		_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { change(c); return nil })
		require.NoError(t, err)
	}
	set(func(c *models.Campaign) { c.StartDate = new("2026-03-05") })
	held(models.WaitBeforeStart)
	set(func(c *models.Campaign) { c.StartDate, c.FrequencyCap = nil, &models.FrequencyCap{Count: 1, Days: 1} })
	require.Equal(t, models.DoSend, held(models.WaitFrequencyCap).Then)
	set(func(c *models.Campaign) {
		c.FrequencyCap = nil
		c.Windows = models.Windows{models.ChannelEmail: {{Days: []string{"tue"}, Start: "09:00", End: "10:00"}}}
	})
	requireTime(t, time.Date(2026, time.March, 3, 9, 0, 0, 0, time.UTC), *held(models.WaitWindow).Waiting.Until)
	set(func(c *models.Campaign) { c.Windows = models.DefaultWindows() })

	// A provider that takes nothing for now, twice.
	for failures := 1; failures <= 2; failures++ {
		claim := b.claimedResend(t, request)
		step, err := b.GiveBack(t.Context(), claim, &models.ProviderError{Kind: models.FailureLimit, Code: "429"},
			models.WaitProviderLimit, models.Backoff)
		require.NoError(t, err)
		require.Equal(t, models.WaitProviderLimit, step.Waiting.Reason)
		o := b.outreach(t, request.OutreachID)
		require.Equal(t, models.OutreachApproved, o.State)
		require.Equal(t, failures, o.Failures)
		require.Nil(t, o.ClaimToken)
		require.Nil(t, b.contact(t, request.ContactID).WaitingReason)
		held(models.WaitProviderLimit)
		b.clock.Advance(models.Backoff(failures))
	}
	_, err := b.Accept(t.Context(), b.claimedResend(t, request), "m-2")
	require.NoError(t, err)
	require.Nil(t, b.outreach(t, request.OutreachID).WaitingReason)
}

// testResendEnds says what ends a resend before it is sent.
func testResendEnds(t *testing.T, b *bench) {
	t.Helper()

	for name, end := range map[string]func(campaignID string, request store.ClaimRequest){
		"archived": func(id string, _ store.ClaimRequest) { b.control(t, id, models.ControlArchive) },
		"removed":  func(id string, _ store.ClaimRequest) { b.act(t, id, models.ActionRemove, person(1)) },
		"disqualified": func(_ string, request store.ClaimRequest) {
			require.NoError(t, b.db.Exec("UPDATE contacts SET status = 'disqualified' WHERE id = ?", request.ContactID).Error)
		},
		"suppressed": func(string, store.ClaimRequest) {
			b.forbid(t, models.SuppressAll, "person1@people.example")
		},
		"ended": func(string, store.ClaimRequest) { b.clock.Advance(24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			date := b.clock.Now().Format(time.DateOnly)
			c := b.live(t, endsOn(date))
			b.clearSuppressions(t)
			request := b.resend(t, b.unknown(t, c.ID, person(1)))
			end(c.ID, request)
			step, claim, _, err := b.ClaimResend(t.Context(), request)
			require.NoError(t, err)
			require.Nil(t, claim)
			require.Equal(t, models.DoFinish, step.Do)
			require.Equal(t, models.OutreachCancelled, b.outreach(t, request.OutreachID).State)
			require.Equal(t, models.DoFinish, b.lookResend(t, request).Do)
		})
	}
}

func (b *bench) clearSuppressions(t require.TestingT) {
	require.NoError(t, b.db.Exec("DELETE FROM suppressions").Error)
}

// testResendResults says that what became of a resend is written as of any claim, and by its holder alone.
func testResendResults(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.resend(t, b.unknown(t, c.ID, person(1)))
	lost := *b.claimedResend(t, request)
	_, err := b.GiveBack(t.Context(), &lost, &models.ProviderError{Kind: models.FailureDown}, models.WaitProviderDown,
		func(int) time.Duration { return 0 })
	require.NoError(t, err)
	claim := b.claimedResend(t, request)
	step, err := b.Accept(t.Context(), &lost, "late")
	require.NoError(t, err)
	require.Equal(t, models.WaitProof, step.Waiting.Reason)
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, request.OutreachID).State)

	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: request.OutreachID, ProviderID: "m-2", Type: models.EventDelivered, At: b.clock.Now(), DedupeKey: "1"},
	})
	require.NoError(t, err)
	step, err = b.Accept(t.Context(), claim, "m-2")
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Equal(t, models.OutreachDelivered, b.outreach(t, request.OutreachID).State)
	require.Equal(t, 1, b.contact(t, request.ContactID).Attempts)
}

// testResendInDoubt says that a resend in doubt is not sent again either.
func testResendInDoubt(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	original := b.unknown(t, c.ID, person(1))
	request := b.resend(t, original)
	claim := b.claimedResend(t, request)
	step, err := b.Doubt(t.Context(), claim, &models.ProviderError{Kind: models.FailureInDoubt, Code: "500"})
	require.NoError(t, err)
	require.Equal(t, models.WaitProof, step.Waiting.Reason)
	requireTime(t, claim.At.Add(unconfirmedAfter), *step.Waiting.Until)
	b.clock.Advance(unconfirmedAfter)
	require.Equal(t, models.DoFinish, b.lookResend(t, request).Do)
	require.Equal(t, models.OutreachUnknown, b.outreach(t, request.OutreachID).State)
	require.True(t, b.contact(t, request.ContactID).Unconfirmed)
	require.Equal(t, 1, b.contact(t, request.ContactID).Attempts)

	// The resend itself may be resent then, or the original: both mean the same.
	again := b.resend(t, request)
	require.Equal(t, 2, b.outreach(t, again.OutreachID).Resend)
	_, err = b.Resend(t.Context(), c.ID, original.ContactID, original.OutreachID)
	requireCode(t, models.CodeInvalidTransition, err)

	// Where its workflow is gone, reconcile settles it.
	b.claimedResend(t, again)
	b.clock.Advance(unconfirmedAfter + 2*time.Minute)
	_, err = b.SettleClaims(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, models.OutreachUnknown, b.outreach(t, again.OutreachID).State)
	require.Equal(t, models.DoFinish, b.lookResend(t, again).Do)
}

// testResendBesideNext resends an attempt of a follow-up whose next one is planned: each goes its way.
func testResendBesideNext(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp, reviewed)
	id, outreachID := b.waiting(t, c.ID, person(1))
	_, _, err := b.approve(t, c.ID, id, 1)
	require.NoError(t, err)
	b.look(t, c.ID, id)
	first := b.requestOf(c.ID, id, models.Step{OutreachID: outreachID, Attempt: 1})
	_, err = b.Doubt(t.Context(), b.claimed(t, first), &models.ProviderError{Code: "timeout"})
	require.NoError(t, err)
	b.clock.Advance(unconfirmedAfter)
	b.look(t, c.ID, id)
	next := b.plan(t, c.ID, id)
	before := b.contact(t, id)
	require.Equal(t, models.ContactAwaitingApproval, before.Status)

	request := b.resend(t, first)
	detail, err := b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
	require.Equal(t, next.OutreachID, detail.NextOutreach.ID)
	claim := b.claimedResend(t, request)
	require.Equal(t, 1, b.control(t, c.ID, models.ControlPause).InFlight)
	b.control(t, c.ID, models.ControlResume)
	_, err = b.Accept(t.Context(), claim, "m-2")
	require.NoError(t, err)
	row := b.contact(t, id)
	require.Equal(t, 1, row.Attempts)
	require.Equal(t, []any{before.Status, before.WaitingReason}, []any{row.Status, row.WaitingReason})
	require.Equal(t, models.OutreachPlanned, b.outreach(t, next.OutreachID).State)
	_, err = b.LookResend(t.Context(), c.ID, id, next.OutreachID)
	requireCode(t, models.CodeNotFound, err)
	_, refused, _, err := b.ClaimResend(t.Context(), b.requestOf(c.ID, id, next))
	requireCode(t, models.CodeNotFound, err)
	require.Nil(t, refused)
}

func testOpenResends(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	refs := []models.ResendRef{}
	for n := range 3 {
		request := b.resend(t, b.unknown(t, c.ID, person(n)))
		refs = append(refs, models.ResendRef{CampaignID: c.ID, ContactID: request.ContactID, OutreachID: request.OutreachID})
	}
	fresh := b.resend(t, b.unknown(t, c.ID, person(9)))
	b.claimedResend(t, b.requestOf(c.ID, refs[2].ContactID, models.Step{OutreachID: refs[2].OutreachID, Attempt: 1}))
	page, err := b.OpenResends(t.Context(), "", 1)
	require.NoError(t, err)
	require.Equal(t, refs[:1], page)
	page, err = b.OpenResends(t.Context(), refs[0].OutreachID, 10)
	require.NoError(t, err)
	require.Equal(t, refs[1:2], page, "neither those that are claimed nor those asked for just now")
	b.clock.Advance(2 * time.Minute)
	page, err = b.OpenResends(t.Context(), refs[1].OutreachID, 10)
	require.NoError(t, err)
	require.Equal(t, []models.ResendRef{{CampaignID: c.ID, ContactID: fresh.ContactID, OutreachID: fresh.OutreachID}}, page)
}
