package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func resultCases() []testCase {
	return []testCase{
		{"Accept", testAccept},
		{"Reject", testReject},
		{"RejectNextChannel", testRejectNextChannel},
		{"GiveBack", testGiveBack},
		{"GiveBackWhilePaused", testGiveBackPaused},
		{"GiveBackOfRemoved", testGiveBackRemoved},
		{"Doubt", testDoubt},
		{"DoubtProved", testDoubtProved},
		{"ResultOfLostClaim", testLostClaim},
		{"ResultOfFinishedContact", testResultOfFinished},
	}
}

func testAccept(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	step, err := b.Accept(t.Context(), claim, "message-1")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoFinish, models.ContactCompleted, models.ReasonOneTimeDone}, []any{step.Do, step.Status, step.Reason})
	o := b.outreach(t, claim.OutreachID)
	require.Equal(t, models.OutreachAccepted, o.State)
	require.Equal(t, "message-1", *o.ProviderID)
	require.NotNil(t, o.AcceptedAt)
	row := b.contact(t, claim.ContactID)
	require.Equal(t, 1, row.Attempts)
	require.False(t, row.Unconfirmed)
	require.Equal(t, models.ContactCompleted, row.Status)
	requireTime(t, claim.At, *row.LastOutreachAt)

	again, err := b.Accept(t.Context(), claim, "message-1")
	require.NoError(t, err)
	require.Equal(t, step, again)
	require.Equal(t, 1, b.contact(t, claim.ContactID).Attempts, "counted once")
}

func testReject(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	step, err := b.Reject(t.Context(), claim, &models.ProviderError{Kind: models.FailureRejected, Code: "400", Detail: "bad address"})
	require.NoError(t, err)
	require.Equal(t, models.ReasonUnreachable, step.Reason, "no channel is left")
	o := b.outreach(t, claim.OutreachID)
	require.Equal(t, models.OutreachRejected, o.State)
	require.Equal(t, []string{"400", "bad address"}, []string{*o.ResultCode, *o.ErrorDetail})
	row := b.contact(t, claim.ContactID)
	require.Zero(t, row.Attempts, "no attempt")
	require.Equal(t, models.ContactDisqualified, row.Status)
}

// testRejectNextChannel says that the next channel that reaches the contact takes the same attempt number.
func testRejectNextChannel(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
		c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText}
		return nil
	})
	require.NoError(t, err)
	claim := b.claimed(t, b.ready(t, c.ID, models.ContactInput{Email: new("a@people.example"), Phone: new("+12025550101")}))
	step, err := b.Reject(t.Context(), claim, &models.ProviderError{Kind: models.FailureRejected, Code: "400"})
	require.NoError(t, err)
	require.Equal(t, []any{models.DoPlan, models.ChannelText, 1}, []any{step.Do, step.Channel, step.Attempt})
	_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run")
	require.NoError(t, err)
	require.Len(t, request.Channels, 1)
	require.Equal(t, models.ChannelText, request.Channels[0].Channel)

	// A plan for the channel that refused is dropped.
	step, err = b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, emailPlan(b.clock.Now()))
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do)
}

func testGiveBack(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	limit := &models.ProviderError{Kind: models.FailureLimit, Code: "429", Detail: "slow down"}
	for failure := 1; failure <= 3; failure++ {
		claim := b.claimed(t, request)
		before := b.clock.Now()
		step, err := b.GiveBack(t.Context(), claim, limit, models.WaitProviderLimit, func(failures int) time.Duration {
			require.Equal(t, failure, failures)
			return time.Duration(failures) * time.Minute
		})
		require.NoError(t, err)
		require.Equal(t, []any{models.DoWait, models.DoSend, request.OutreachID}, []any{step.Do, step.Then, step.OutreachID})
		require.WithinDuration(t, before.Add(time.Duration(failure)*time.Minute), *step.Waiting.Until, time.Millisecond)
		b.requireWaits(t, request.ContactID, models.WaitProviderLimit, *step.Waiting.Until)
		o := b.outreach(t, request.OutreachID)
		require.Equal(t, models.OutreachPlanned, o.State)
		require.Nil(t, o.ClaimToken)
		require.Nil(t, o.ClaimedAt)
		require.Nil(t, o.Address)
		require.Equal(t, "429", *o.ResultCode)
		row := b.contact(t, request.ContactID)
		require.Zero(t, row.Attempts, "no attempt")
		require.Equal(t, models.ContactAwaitingExecution, row.Status)

		step, refused, _, err := b.Claim(t.Context(), request)
		require.NoError(t, err)
		require.Nil(t, refused, "not before its time")
		require.Equal(t, models.WaitProviderLimit, step.Waiting.Reason)
		b.clock.Advance(time.Duration(failure) * time.Minute)
	}
	// The next try passes the whole claim again.
	_, err := b.Accept(t.Context(), b.claimed(t, request), "message-1")
	require.NoError(t, err)
	o := b.outreach(t, request.OutreachID)
	require.Equal(t, models.OutreachAccepted, o.State)
	require.Zero(t, o.Failures)
	require.Nil(t, o.ResultCode)
}

func testGiveBackPaused(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	claim := b.claimed(t, request)
	b.control(t, c.ID, models.ControlPause)
	step, err := b.GiveBack(t.Context(), claim, &models.ProviderError{Kind: models.FailureDown, Code: "refused"},
		models.WaitProviderDown, models.Backoff)
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason, "what is weightier holds it")
	require.Zero(t, b.control(t, c.ID, models.ControlPause).InFlight)
	_, refused, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, refused)
}

// What comes back for a contact that was removed meanwhile stays planned no more: nobody would ever send or cancel it.
func testGiveBackRemoved(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	claim := b.claimed(t, request)
	_, err := b.RemoveContact(t.Context(), c.ID, request.ContactID)
	require.NoError(t, err)
	step, err := b.GiveBack(t.Context(), claim, &models.ProviderError{Kind: models.FailureDown, Code: "refused"},
		models.WaitProviderDown, models.Backoff)
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, step.Do)
	require.Equal(t, models.OutreachCancelled, b.outreach(t, request.OutreachID).State)
	require.Nil(t, b.contact(t, request.ContactID).WaitingReason)
}

func testDoubt(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	claim := b.claimed(t, request)
	step, err := b.Doubt(t.Context(), claim, &models.ProviderError{Kind: models.FailureInDoubt, Code: "timeout"})
	require.NoError(t, err)
	require.Equal(t, []any{models.DoWait, models.DoLook}, []any{step.Do, step.Then})
	b.requireWaits(t, request.ContactID, models.WaitProof, claim.At.Add(unconfirmedAfter))
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, request.OutreachID).State)
	require.Equal(t, "timeout", *b.outreach(t, request.OutreachID).ResultCode)

	// Until its time it is neither sent again nor given up; then it is unknown, which counts.
	b.clock.Advance(unconfirmedAfter - time.Second)
	step, err = b.Look(t.Context(), c.ID, request.ContactID, "run")
	require.NoError(t, err)
	require.Equal(t, models.DoWait, step.Do)
	b.clock.Advance(time.Second)
	step, err = b.Look(t.Context(), c.ID, request.ContactID, "run")
	require.NoError(t, err)
	require.Equal(t, models.ReasonOneTimeDone, step.Reason)
	require.Equal(t, models.OutreachUnknown, b.outreach(t, request.OutreachID).State)
	row := b.contact(t, request.ContactID)
	require.Equal(t, 1, row.Attempts)
	require.True(t, row.Unconfirmed)

	// An event proves it, long after.
	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: request.OutreachID, ProviderID: "m-1", Type: models.EventDelivered, At: b.clock.Now(), DedupeKey: "1"},
	})
	require.NoError(t, err)
	require.Equal(t, models.OutreachDelivered, b.outreach(t, request.OutreachID).State)
	row = b.contact(t, request.ContactID)
	require.False(t, row.Unconfirmed)
	require.Equal(t, 1, row.Attempts, "counted once")
}

func testDoubtProved(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	claim := b.claimed(t, request)
	_, err := b.Doubt(t.Context(), claim, &models.ProviderError{Kind: models.FailureInDoubt, Code: "500"})
	require.NoError(t, err)
	wakes, err := b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: request.OutreachID, ProviderID: "m-1", Type: models.EventProcessed, At: b.clock.Now(), DedupeKey: "1"},
	})
	require.NoError(t, err)
	row := b.contact(t, request.ContactID)
	require.Equal(t, []models.Wake{{CampaignID: c.ID, ContactID: row.ID, Revision: row.Revision}}, wakes)
	require.Greater(t, row.Revision, row.SeenRevision)
	require.Equal(t, models.OutreachAccepted, b.outreach(t, request.OutreachID).State)
	step, err := b.Look(t.Context(), c.ID, request.ContactID, "run")
	require.NoError(t, err)
	require.Equal(t, models.ReasonOneTimeDone, step.Reason)
	require.Equal(t, 1, b.contact(t, request.ContactID).Attempts)

	// The answer may come after the event.
	request = b.ready(t, c.ID, person(2))
	claim = b.claimed(t, request)
	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: request.OutreachID, ProviderID: "m-2", Type: models.EventDelivered, At: b.clock.Now(), DedupeKey: "2"},
	})
	require.NoError(t, err)
	step, err = b.Accept(t.Context(), claim, "m-2")
	require.NoError(t, err)
	require.Equal(t, models.DoFinish, step.Do)
	require.Equal(t, models.OutreachDelivered, b.outreach(t, request.OutreachID).State)
	require.Equal(t, 1, b.contact(t, request.ContactID).Attempts)
}

// testLostClaim says that only who holds the claim writes its result.
func testLostClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	lost := *b.claimed(t, request)
	_, err := b.GiveBack(t.Context(), &lost, &models.ProviderError{Kind: models.FailureDown}, models.WaitProviderDown,
		func(int) time.Duration { return 0 })
	require.NoError(t, err)
	held := b.claimed(t, request)

	failure := &models.ProviderError{Code: "late"}
	for name, write := range map[string]func(claim *store.Claim) (models.Step, error){
		"accept": func(claim *store.Claim) (models.Step, error) { return b.Accept(t.Context(), claim, "late") },
		"reject": func(claim *store.Claim) (models.Step, error) { return b.Reject(t.Context(), claim, failure) },
		"doubt":  func(claim *store.Claim) (models.Step, error) { return b.Doubt(t.Context(), claim, failure) },
		"give back": func(claim *store.Claim) (models.Step, error) {
			return b.GiveBack(t.Context(), claim, failure, models.WaitProviderDown, models.Backoff)
		},
	} {
		step, err := write(&lost)
		require.NoError(t, err, name)
		require.Equal(t, models.WaitProof, step.Waiting.Reason, name)
		o := b.outreach(t, request.OutreachID)
		require.Equal(t, models.OutreachSubmitting, o.State, name)
		require.Equal(t, held.Token, *o.ClaimToken, name)
		require.Nil(t, o.ProviderID, name)
	}
	_, err = b.Accept(t.Context(), held, "m")
	require.NoError(t, err)
	_, err = b.Reject(t.Context(), held, failure)
	require.NoError(t, err)
	require.Equal(t, models.OutreachAccepted, b.outreach(t, request.OutreachID).State, "what was accepted is not rejected later")
}

func testResultOfFinished(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	done := person(1)
	done.Status = new(models.ContactDisqualified)
	b.add(t, c.ID, done)
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, claim.OutreachID).State, "a claim that is out is not cancelled")
	step, err := b.Accept(t.Context(), claim, "message-1")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoFinish, models.ReasonByAPI}, []any{step.Do, step.Reason})
	require.Equal(t, models.OutreachAccepted, b.outreach(t, claim.OutreachID).State)
	row := b.contact(t, claim.ContactID)
	require.Equal(t, 1, row.Attempts)
	require.Equal(t, models.ContactDisqualified, row.Status)
}
