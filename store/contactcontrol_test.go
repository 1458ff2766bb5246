package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func contactControlCases() []testCase {
	return []testCase{
		{"ContactControlTable", testContactControlTable},
		{"ContactControlDisable", testDisable},
		{"ContactControlQueued", testControlQueued},
		{"ContactControlEnable", testEnable},
		{"ContactControlExecuting", testControlExecuting},
		{"ContactControlInDoubt", testControlInDoubt},
		{"ContactControlUntaken", testControlUntaken},
		{"ContactControlEnds", testControlEnds},
		{"ContactControlSignalled", testContactControlSignalled},
		{"ContactControlRefused", testContactControlRefused},
		{"ContactControlProperties", testControlProperties},
	}
}

// operate carries out a control of a contact.
func (b *bench) operate(
	t require.TestingT, campaignID, contactID string, control models.ContactControl,
) (changed bool, wake models.Wake) {
	changed, wake, err := b.ContactControl(ctx(t), campaignID, contactID, control, models.ContactControlOptions{})
	require.NoError(t, err)
	return changed, wake
}

// requireShown says how people see the contact.
func (b *bench) requireShown(
	t require.TestingT, campaignID, contactID string, status models.ContactStatus, reason models.WaitingReason,
) {
	detail, err := b.Contact(ctx(t), campaignID, contactID)
	require.NoError(t, err)
	require.Equal(t, status, detail.Shown())
	if reason == "" {
		require.Nil(t, detail.Waiting())
		return
	}
	require.NotNil(t, detail.Waiting())
	require.Equal(t, reason, detail.Waiting().Reason)
	require.Equal(t, reason.Details(), detail.Waiting().Detail)
}

// requireTold says that the wake is of the contact's present revision, which its workflow has yet to see.
func (b *bench) requireTold(t require.TestingT, wake models.Wake, contactID string) {
	row := b.contact(t, contactID)
	require.Equal(t, models.Wake{CampaignID: row.CampaignID, ContactID: row.ID, Revision: row.Revision}, wake)
	require.Greater(t, row.Revision, row.SeenRevision)
}

// waiting adds a contact whose outreach is planned, and that waits for a time, an approval or the like.
func (b *bench) waiting(t require.TestingT, campaignID string, input models.ContactInput) (contactID, outreachID string) {
	id := b.taken(t, campaignID, input)[0]
	step := b.plan(t, campaignID, id)
	require.Equal(t, models.DoWait, step.Do, step.String())
	return id, step.OutreachID
}

// testContactControlTable is the table of a contact's controls of DESIGN section 6, cell by cell.
func testContactControlTable(t *testing.T, b *bench) {
	t.Helper()

	const (
		disabled, completed, disqualified = models.ContactDisabled, models.ContactCompleted, models.ContactDisqualified
		refused, same                     = models.ContactStatus("refused"), models.ContactStatus("same")
	)
	table := map[models.ContactControl]map[models.ContactStatus]models.ContactStatus{
		models.ContactDisable:    {disabled: same, completed: refused, disqualified: refused, "": disabled},
		models.ContactEnable:     {disabled: models.ContactPlanning, completed: refused, disqualified: refused, "": same},
		models.ContactComplete:   {disabled: completed, completed: same, disqualified: refused, "": completed},
		models.ContactDisqualify: {disabled: disqualified, completed: refused, disqualified: same, "": disqualified},
	}
	c, n := b.live(t), 0
	for control, cells := range table {
		for from := range models.ContactTransitions {
			n++
			name := string(control) + " from " + string(from)
			id := b.taken(t, c.ID, person(n))[0]
			set := map[string]any{"status": from}
			if from.Finished() {
				set["finished_at"], set["status_reason"] = b.clock.Now(), models.ReasonByAPI
			}
			require.NoError(t, b.db.Model(&models.Contact{}).Where("id = ?", id).UpdateColumns(set).Error)
			before := b.contact(t, id)
			want, listed := cells[from]
			if !listed {
				want = cells[""]
			}
			changed, wake, err := b.ContactControl(t.Context(), c.ID, id, control, models.ContactControlOptions{Note: "why"})
			after := b.contact(t, id)
			switch want {
			case refused:
				requireCode(t, models.CodeInvalidTransition, err)
				require.Equal(t, before, after, name)
			case same:
				require.NoError(t, err, name)
				require.False(t, changed, name)
				require.Empty(t, wake, name)
				require.Equal(t, before, after, name)
			default:
				require.NoError(t, err, name)
				require.True(t, changed, name)
				require.Equal(t, want, after.Status, name)
				require.Equal(t, "why", after.StatusNote, name)
				b.requireTold(t, wake, id)
			}
		}
	}
}

func testDisable(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	id, outreachID := b.waiting(t, c.ID, person(1))
	changed, wake := b.operate(t, c.ID, id, models.ContactDisable)
	require.True(t, changed)
	b.requireTold(t, wake, id)
	b.requireShown(t, c.ID, id, models.ContactDisabled, models.WaitDisabled)
	b.requireWaits(t, id, models.WaitDisabled)
	require.Equal(t, models.OutreachPlanned, b.outreach(t, outreachID).State, "it is kept for enable")

	// Again, nothing changes; its workflow, which has not looked yet, is told again.
	before := b.contact(t, id)
	changed, again := b.operate(t, c.ID, id, models.ContactDisable)
	require.False(t, changed)
	require.Equal(t, wake, again)
	require.Equal(t, before, b.contact(t, id))
	b.look(t, c.ID, id)
	changed, again = b.operate(t, c.ID, id, models.ContactDisable)
	require.False(t, changed)
	require.Empty(t, again)

	// A start lets go who is not disabled.
	b.control(t, c.ID, models.ControlStartOutreaches)
	step, claim, _, err := b.Claim(t.Context(), b.requestOf(c.ID, id, models.Step{OutreachID: outreachID, Attempt: 1}))
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.WaitDisabled, step.Waiting.Reason)

	// Enabled, the start holds for it, and its row says at once that it goes.
	changed, wake = b.operate(t, c.ID, id, models.ContactEnable)
	require.True(t, changed)
	b.requireTold(t, wake, id)
	b.requireShown(t, c.ID, id, models.ContactAwaitingExecution, models.WaitSendQueue)
	b.clock.Advance(2 * time.Minute)
	strays, err := b.Strays(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []models.Wake{wake}, strays, "if the signal is lost")
}

// testControlQueued says that contacts in an activity's hands are told nothing: it finds out by itself.
func testControlQueued(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(3)...)
	sending, planning, done := ids[0], ids[1], ids[2]
	request := b.requestOf(c.ID, sending, b.plan(t, c.ID, sending))
	b.plan(t, c.ID, done)
	_, plan, err := b.BeginPlan(t.Context(), c.ID, planning, "run")
	require.NoError(t, err)
	for _, id := range []string{sending, planning} {
		before := b.contact(t, id)
		changed, wake := b.operate(t, c.ID, id, models.ContactDisable)
		require.True(t, changed)
		require.Empty(t, wake)
		b.requireShown(t, c.ID, id, models.ContactDisabled, models.WaitDisabled)
		row := b.contact(t, id)
		require.Equal(t, before.WaitingReason, row.WaitingReason)
		require.Equal(t, before.Revision, row.Revision)
	}
	changed, wake := b.operate(t, c.ID, done, models.ContactComplete)
	require.True(t, changed)
	require.Empty(t, wake)

	// Neither reconcile nor a fan-out tells them for an hour.
	b.clock.Advance(59 * time.Minute)
	strays, err := b.Strays(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, strays)
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	// Enabled again before its turn, it goes as if nothing had been.
	changed, wake = b.operate(t, c.ID, sending, models.ContactEnable)
	require.True(t, changed)
	require.Empty(t, wake)
	b.requireShown(t, c.ID, sending, models.ContactAwaitingExecution, models.WaitSendQueue)
	b.claimed(t, request)

	// The planner's answer is kept, but not sent.
	step, err := b.StorePlan(t.Context(), c.ID, planning, *plan, emailPlan(plan.Now))
	require.NoError(t, err)
	require.Equal(t, models.WaitDisabled, step.Waiting.Reason)
	changed, wake = b.operate(t, c.ID, planning, models.ContactEnable)
	require.True(t, changed)
	b.requireTold(t, wake, planning)
}

// testEnable leads a disabled contact back to where its facts say.
func testEnable(t *testing.T, b *bench) {
	t.Helper()

	for name, want := range map[string]struct {
		settings []func(*models.Campaign)
		before   func(campaignID string)
		status   models.ContactStatus // as stored
		shown    models.ContactStatus
		reason   models.WaitingReason
	}{
		"review": {[]func(*models.Campaign){reviewed}, func(string) {},
			models.ContactAwaitingApproval, models.ContactAwaitingApproval, models.WaitApproval},
		"manual": {[]func(*models.Campaign){manual}, func(string) {},
			models.ContactAwaitingExecution, models.ContactAwaitingExecution, models.WaitStartOutreaches},
		"paused": {[]func(*models.Campaign){reviewed}, func(id string) { b.control(t, id, models.ControlPause) },
			models.ContactAwaitingApproval, models.ContactCampaignPaused, models.WaitCampaignPaused},
		"ended": {[]func(*models.Campaign){manual, endsOn("2026-03-02")}, func(string) { b.clock.Advance(14 * time.Hour) },
			models.ContactCompleted, models.ContactCompleted, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := b.live(t, want.settings...)
			id, _ := b.waiting(t, c.ID, person(1))
			b.operate(t, c.ID, id, models.ContactDisable)
			want.before(c.ID)
			if !want.status.Finished() { // which looking would have ended with its campaign
				b.look(t, c.ID, id)
			}
			changed, wake := b.operate(t, c.ID, id, models.ContactEnable)
			require.True(t, changed)
			b.requireTold(t, wake, id)
			require.Equal(t, want.status, b.contact(t, id).Status)
			b.requireShown(t, c.ID, id, want.shown, want.reason)
			if want.reason != "" {
				b.requireWaits(t, id, want.reason)
			}
		})
	}
}

// testControlExecuting controls a contact while the provider is being called: its row stays with the activity, and the result
// is recorded.
func testControlExecuting(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	id := claim.ContactID
	changed, wake := b.operate(t, c.ID, id, models.ContactDisable)
	require.True(t, changed)
	require.Empty(t, wake)
	b.requireShown(t, c.ID, id, models.ContactDisabled, models.WaitDisabled)
	changed, wake = b.operate(t, c.ID, id, models.ContactEnable)
	require.True(t, changed)
	require.Empty(t, wake)
	b.requireShown(t, c.ID, id, models.ContactExecuting, "")
	b.operate(t, c.ID, id, models.ContactDisable)
	step, err := b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	require.Equal(t, models.WaitDisabled, step.Waiting.Reason, "the next attempt is not planned")
	require.Equal(t, 1, b.contact(t, id).Attempts)
	b.requireShown(t, c.ID, id, models.ContactDisabled, models.WaitDisabled)

	claim = b.claimed(t, b.ready(t, c.ID, person(2)))
	changed, wake = b.operate(t, c.ID, claim.ContactID, models.ContactDisqualify)
	require.True(t, changed)
	require.Empty(t, wake)
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, claim.OutreachID).State)
	step, err = b.Accept(t.Context(), claim, "m-2")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoFinish, models.ReasonByOperator}, []any{step.Do, step.Reason})
	row := b.contact(t, claim.ContactID)
	require.Equal(t, 1, row.Attempts)
	require.Equal(t, models.ContactDisqualified, row.Status)
}

// testControlInDoubt controls a contact that waits for proof: it goes on to wait for that, and the operator's will holds.
func testControlInDoubt(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	_, err := b.Doubt(t.Context(), claim, &models.ProviderError{Code: "timeout"})
	require.NoError(t, err)
	changed, wake := b.operate(t, c.ID, claim.ContactID, models.ContactDisable)
	require.True(t, changed)
	b.requireTold(t, wake, claim.ContactID)
	b.requireShown(t, c.ID, claim.ContactID, models.ContactDisabled, models.WaitProof)
	b.operate(t, c.ID, claim.ContactID, models.ContactEnable)
	b.requireShown(t, c.ID, claim.ContactID, models.ContactExecuting, models.WaitProof)

	changed, wake = b.operate(t, c.ID, claim.ContactID, models.ContactComplete)
	require.True(t, changed)
	b.requireTold(t, wake, claim.ContactID)
	b.clock.Advance(unconfirmedAfter + 2*time.Minute)
	_, err = b.SettleClaims(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, models.OutreachUnknown, b.outreach(t, claim.OutreachID).State)
	row := b.contact(t, claim.ContactID)
	require.True(t, row.Unconfirmed)
	require.Equal(t, models.ReasonByOperator, *row.StatusReason)
}

// testControlUntaken controls a contact that no workflow has: its campaign takes it in as it is.
func testControlUntaken(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.add(t, c.ID, person(1)).Results[0].ContactID
	changed, wake := b.operate(t, c.ID, id, models.ContactDisable)
	require.True(t, changed)
	require.Empty(t, wake)
	b.requireShown(t, c.ID, id, models.ContactDisabled, models.WaitDisabled)
	changed, wake = b.operate(t, c.ID, id, models.ContactEnable)
	require.True(t, changed)
	require.Empty(t, wake)
	b.requireShown(t, c.ID, id, models.ContactNotStarted, models.WaitIntakeQueue)
	row := b.contact(t, id)
	require.Equal(t, row.Revision, row.SeenRevision)

	b.operate(t, c.ID, id, models.ContactDisable)
	require.Equal(t, []string{id}, b.take(t, c.ID))
	step, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	require.Nil(t, request)
	require.Equal(t, models.WaitDisabled, step.Waiting.Reason)

	other := b.add(t, c.ID, person(2)).Results[0].ContactID
	b.operate(t, c.ID, other, models.ContactComplete)
	b.requireShown(t, c.ID, other, models.ContactCompleted, "")
	require.Empty(t, b.take(t, c.ID))
}

func testControlEnds(t *testing.T, b *bench) {
	t.Helper()

	for control, status := range map[models.ContactControl]models.ContactStatus{
		models.ContactComplete: models.ContactCompleted, models.ContactDisqualify: models.ContactDisqualified,
	} {
		c := b.live(t, reviewed)
		id, outreachID := b.waiting(t, c.ID, person(1))
		changed, wake := b.operate(t, c.ID, id, control)
		require.True(t, changed)
		b.requireTold(t, wake, id)
		row := b.contact(t, id)
		require.Equal(t, status, row.Status)
		require.Equal(t, models.ReasonByOperator, *row.StatusReason)
		require.NotNil(t, row.FinishedAt)
		require.Nil(t, row.WaitingReason)
		require.Equal(t, models.OutreachCancelled, b.outreach(t, outreachID).State)
		step, err := b.Look(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		require.Equal(t, []any{models.DoFinish, models.ReasonByOperator}, []any{step.Do, step.Reason})
		changed, wake = b.operate(t, c.ID, id, control)
		require.False(t, changed)
		require.Empty(t, wake)
	}
}

func testContactControlSignalled(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	id, _ := b.waiting(t, c.ID, person(1))
	signalled := func(run string, number int, control models.ContactControl) bool {
		t.Helper()
		changed, _, err := b.ContactControl(t.Context(), c.ID, id, control, models.ContactControlOptions{
			Signal: &models.SignalKey{RunID: run, Number: number},
		})
		require.NoError(t, err)
		return changed
	}
	require.True(t, signalled("run", 1, models.ContactDisable))
	b.operate(t, c.ID, id, models.ContactEnable)
	require.False(t, signalled("run", 1, models.ContactDisable), "a repeated local activity does nothing twice")
	require.Equal(t, models.ContactAwaitingExecution, b.contact(t, id).Status)
	require.True(t, signalled("run", 2, models.ContactDisable))
}

func testContactControlRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	id, outreachID := b.waiting(t, c.ID, person(1))
	removed, _ := b.waiting(t, c.ID, person(2))
	b.act(t, c.ID, models.ActionRemove, person(2))
	options := models.ContactControlOptions{Version: 1}
	for _, control := range []models.ContactControl{
		models.ContactDisable, models.ContactEnable, models.ContactComplete, models.ContactDisqualify, models.ContactApprove,
	} {
		for _, contactID := range []string{removed, unknownID} {
			_, _, err := b.ContactControl(t.Context(), c.ID, contactID, control, options)
			requireCode(t, models.CodeNotFound, err)
		}
		_, _, err := b.ContactControl(t.Context(), b.live(t).ID, id, control, options)
		requireCode(t, models.CodeNotFound, err)
	}
	_, _, err := b.ContactControl(t.Context(), c.ID, id, "explode", options)
	requireCode(t, models.CodeInvalidTransition, err)
	note := models.ContactControlOptions{Note: strings.Repeat("ä", models.MaxNoteLength)}
	_, _, err = b.ContactControl(t.Context(), c.ID, id, models.ContactDisable, note)
	require.NoError(t, err)
	note.Note += "!"
	_, _, err = b.ContactControl(t.Context(), c.ID, id, models.ContactDisable, note)
	requireCode(t, models.CodeInvalid, err)

	b.control(t, c.ID, models.ControlArchive)
	for _, control := range []models.ContactControl{models.ContactDisable, models.ContactComplete, models.ContactApprove} {
		_, _, err := b.ContactControl(t.Context(), c.ID, id, control, options)
		requireCode(t, models.CodeCampaignArchived, err)
	}
	require.Equal(t, models.OutreachPlanned, b.outreach(t, outreachID).State)
}
