package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func claimCases() []testCase {
	return []testCase{
		{"ClaimGranted", testClaimGranted},
		{"ClaimTwice", testClaimTwice},
		{"ClaimRefused", testClaimRefused},
		{"ClaimLedgerBehind", testClaimLedgerBehind},
		{"ClaimSecondOpenOutreach", testSecondOpenOutreach},
	}
}

func testClaimGranted(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, func(c *models.Campaign) { c.Sender.ReplyTo = "desk@clinic.example" })
	request := b.ready(t, c.ID, person(1))
	before := b.clock.Now()
	step, claim, email, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)
	require.NotEmpty(t, claim.Token)
	require.WithinDuration(t, before, claim.At, time.Millisecond)
	require.Equal(t, models.Email{
		OutreachID: request.OutreachID, CampaignID: c.ID, From: "hello@clinic.example", FromName: "Example Clinic",
		ReplyTo: "desk@clinic.example", To: "person1@people.example", ToName: "First1 Last1", Subject: "Your check-up",
		Text: "It is time for a check-up.", CampaignType: c.Type, BusinessName: "Example Clinic", PostalAddress: c.Sender.PostalAddress,
	}, *email.Email)

	o := b.outreach(t, request.OutreachID)
	require.Equal(t, models.OutreachSubmitting, o.State)
	require.Equal(t, claim.Token, *o.ClaimToken)
	requireTime(t, claim.At, *o.ClaimedAt)
	require.Equal(t, "person1@people.example", *o.Address)
	row := b.contact(t, request.ContactID)
	require.Equal(t, models.ContactExecuting, row.Status)
	require.Nil(t, row.WaitingReason)
	require.Zero(t, row.Attempts, "no attempt before it is accepted")

	named := b.ready(t, c.ID, models.ContactInput{LastName: new("Only"), Email: new("only@people.example")})
	_, _, email, err = b.Claim(t.Context(), named)
	require.NoError(t, err)
	require.Equal(t, "Only", email.Email.ToName)
}

func testClaimTwice(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	claim := b.claimed(t, request)
	for range 3 { // after a crash the activity runs again
		step, second, email, err := b.Claim(t.Context(), request)
		require.NoError(t, err)
		require.Nil(t, second)
		require.Nil(t, email)
		require.Equal(t, []any{models.DoWait, models.DoLook}, []any{step.Do, step.Then})
		b.requireWaits(t, request.ContactID, models.WaitProof, claim.At.Add(unconfirmedAfter))
	}
	require.Equal(t, claim.Token, *b.outreach(t, request.OutreachID).ClaimToken)
	require.Equal(t, models.ContactExecuting, b.contact(t, request.ContactID).Status)
}

func testClaimRefused(t *testing.T, b *bench) {
	t.Helper()

	active := func(*models.Campaign) {}
	for name, refusal := range map[string]struct {
		settings func(*models.Campaign)
		before   func(id string, request *store.ClaimRequest)
		do       models.Do
		waits    models.WaitingReason
		status   models.ContactStatus
		reason   models.StatusReason
	}{
		"paused": {active, func(id string, _ *store.ClaimRequest) { b.control(t, id, models.ControlPause) },
			models.DoWait, models.WaitCampaignPaused, models.ContactAwaitingExecution, ""},
		"archived": {active, func(id string, _ *store.ClaimRequest) { b.control(t, id, models.ControlArchive) },
			models.DoFinish, "", models.ContactCompleted, models.ReasonCampaignArchived},
		"ended": {endsOn("2026-03-02"), func(string, *store.ClaimRequest) { b.clock.Advance(14 * time.Hour) },
			models.DoFinish, "", models.ContactCompleted, models.ReasonCampaignEnded},
		"before its start": {active, func(id string, _ *store.ClaimRequest) {
			_, _, err := b.UpdateCampaign(t.Context(), id, func(c *models.Campaign) error { c.StartDate = new("2026-12-24"); return nil })
			require.NoError(t, err)
		}, models.DoWait, models.WaitBeforeStart, models.ContactAwaitingExecution, ""},
		"not released": {active, func(id string, _ *store.ClaimRequest) {
			_, _, err := b.UpdateCampaign(t.Context(), id, func(c *models.Campaign) error { c.ExecutionMode = models.ModeManual; return nil })
			require.NoError(t, err)
		}, models.DoWait, models.WaitStartOutreaches, models.ContactAwaitingExecution, ""},
		"disabled": {active, func(_ string, request *store.ClaimRequest) {
			require.NoError(t, b.db.Exec("UPDATE contacts SET status = 'disabled' WHERE id = ?", request.ContactID).Error)
		}, models.DoWait, models.WaitDisabled, models.ContactDisabled, ""},
		"not due": {active, func(_ string, request *store.ClaimRequest) {
			require.NoError(t, b.db.Model(&models.Outreach{}).Where("id = ?", request.OutreachID).
				UpdateColumn("send_at", b.clock.Now().Add(time.Hour)).Error)
		}, models.DoWait, models.WaitScheduledTime, models.ContactAwaitingExecution, ""},
		"superseded": {active, func(_ string, request *store.ClaimRequest) { request.OutreachID = unknownID },
			models.DoSend, models.WaitSendQueue, models.ContactAwaitingExecution, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := b.live(t, refusal.settings)
			request := b.ready(t, c.ID, person(1))
			outreachID := request.OutreachID
			refusal.before(c.ID, &request)
			step, claim, email, err := b.Claim(t.Context(), request)
			require.NoError(t, err)
			require.Nil(t, claim)
			require.Nil(t, email)
			require.Equal(t, refusal.do, step.Do, step.String())
			row := b.contact(t, request.ContactID)
			require.Equal(t, refusal.status, row.Status)
			require.Equal(t, row.Revision, row.SeenRevision)
			if refusal.waits != "" {
				b.requireWaits(t, request.ContactID, refusal.waits)
				require.Equal(t, b.campaign(t, c.ID).SettingsRevision, row.WaitingSettingsRevision)
			} else {
				require.Equal(t, refusal.reason, *row.StatusReason)
			}
			require.Nil(t, b.outreach(t, outreachID).ClaimToken)
			require.NotEqual(t, models.OutreachSubmitting, b.outreach(t, outreachID).State)
		})
	}
}

// testClaimLedgerBehind refuses a workflow that has seen more attempts than the ledger knows: the database is older.
func testClaimLedgerBehind(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	request.Attempt = 2
	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.WaitLedgerBehind, step.Waiting.Reason)
	b.requireWaits(t, request.ContactID, models.WaitLedgerBehind)
	require.Equal(t, models.OutreachPlanned, b.outreach(t, request.OutreachID).State)
}

// testSecondOpenOutreach says that the database itself refuses a second open outreach, and a second claim of an attempt.
func testSecondOpenOutreach(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	o := b.outreach(t, request.OutreachID)
	o.ID = unknownID
	require.Error(t, b.db.Create(&o).Error)
	b.claimed(t, request)
	o = b.outreach(t, request.OutreachID)
	o.ID, o.State = unknownID, models.OutreachAccepted
	require.Error(t, b.db.Create(&o).Error)
	o.Resend = 1
	require.NoError(t, b.db.Create(&o).Error, "an operator's resend has a number of its own")
}
