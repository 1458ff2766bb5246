package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func considerCases() []testCase {
	return []testCase{
		{"OptOutByPhrase", testOptOutByPhrase},
		{"OptOutByPhraseOfAStranger", testOptOutByPhraseOfAStranger},
		{"OptOutByPlanner", testOptOutByPlanner},
		{"OptOutByPlannerOnce", testOptOutByPlannerOnce},
		{"NothingIsSentUnconsidered", testNothingIsSentUnconsidered},
		{"PlanConsidersReplies", testPlanConsidersReplies},
		{"UnconsideredReplies", testUnconsideredReplies},
		{"ConsiderReply", testConsiderReply},
		{"PlannerCalls", testPlannerCalls},
		{"FailPlanSaysWhy", testFailPlanSaysWhy},
	}
}

// dismissal asks to be left alone in words that no list has.
const dismissal = "I would be glad if this were the last I heard of you."

func testOptOutByPhrase(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	wakes := b.says(t, "person1@people.example", "No longer interested, please remove me from your list.")
	require.Len(t, wakes, 1)
	contact := b.contact(t, claim.ContactID)
	require.Equal(t, models.ContactDisqualified, contact.Status)
	require.Equal(t, models.ReasonOptedOut, *contact.StatusReason)
	require.Equal(t, []string{"email person1@people.example opt_out"}, b.suppressed(t))
	reply := b.replies(t, claim.ContactID)[0]
	require.True(t, reply.OptOut)
	require.Equal(t, models.OptOutByPhrase, *reply.OptOutReason)
	require.NotNil(t, reply.ConsideredAt)

	// What quotes us, and what a machine says, opts nobody out.
	other := b.sent(t, models.ChannelEmail, c.ID, person(2))
	b.says(t, "person2@people.example", "Sounds good!\n\n> To stop these, unsubscribe here.")
	machine := b.message("person2@people.example", "I am away. To unsubscribe from these answers, please unsubscribe.")
	machine.Automatic = true
	_, err := b.RecordReply(t.Context(), machine)
	require.NoError(t, err)
	require.False(t, b.contact(t, other.ContactID).Status.Finished())
	require.Len(t, b.suppressed(t), 1)
}

func testOptOutByPhraseOfAStranger(t *testing.T, b *bench) {
	t.Helper()

	b.says(t, "+12025550177", "Stop texting me!")
	require.Equal(t, []string{"phone +12025550177 opt_out", "text +12025550177 opt_out"}, b.suppressed(t))
}

// optsOut has the AI find that the contact's latest reply asks not to be contacted any more.
func (b *bench) optsOut(t *testing.T, campaignID, contactID string) (models.Step, string) {
	t.Helper()
	_, request, err := b.BeginPlan(t.Context(), campaignID, contactID, "run-1")
	require.NoError(t, err)
	require.NotNil(t, request)
	require.True(t, request.MayOptOut())
	reply := request.Replies[len(request.Replies)-1]
	plan := models.Plan{
		Decision: models.DecideOptOut, ReplyID: reply.ID, Reason: "Asks for it.", Model: "m", PromptTokens: 70, CompletionTokens: 7,
	}
	require.NoError(t, plan.Check(*request))
	step, err := b.StorePlan(t.Context(), campaignID, contactID, *request, plan)
	require.NoError(t, err)
	return step, reply.ID
}

func testOptOutByPlanner(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail, models.ChannelText), followUp)
	input := person(1)
	input.Phone = new("+12025550143")
	claim := b.sent(t, models.ChannelEmail, c.ID, input)
	b.says(t, "person1@people.example", dismissal)
	require.Empty(t, b.suppressed(t))
	step, replyID := b.optsOut(t, c.ID, claim.ContactID)
	require.Equal(t, models.Step{Do: models.DoFinish, Status: models.ContactDisqualified, Reason: models.ReasonOptedOut}, step)
	require.Equal(t, []string{
		"email person1@people.example opt_out", "phone +12025550143 opt_out", "text +12025550143 opt_out",
	}, b.suppressed(t))
	reply := b.replies(t, claim.ContactID)[0]
	require.Equal(t, replyID, reply.ID)
	require.True(t, reply.OptOut)
	require.Equal(t, models.OptOutByPlanner, *reply.OptOutReason)
	require.NotNil(t, reply.ConsideredAt)
	require.Equal(t, models.OutcomeOptedOut, *b.outreach(t, claim.OutreachID).Outcome)
	figures, err := b.Performance(t.Context(), c.ID, nil, nil)
	require.NoError(t, err)
	require.Equal(t, 1, figures.Totals.OptOuts)
	require.Equal(t, 120+77, figures.Cost.Tokens)
}

// An opt-out holds though another reply came while the AI thought, and an answer about a reply of somebody else's, or one
// that was considered meanwhile, does nothing.
func testOptOutByPlannerOnce(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	other := b.sent(t, models.ChannelEmail, c.ID, person(2))
	b.says(t, "person1@people.example", dismissal)
	b.says(t, "person2@people.example", "When are you open?")
	_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run-1")
	require.NoError(t, err)
	foreign := models.Plan{Decision: models.DecideOptOut, ReplyID: b.replies(t, other.ContactID)[0].ID}
	require.Error(t, foreign.Check(*request))
	step, err := b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, foreign)
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do)
	require.Empty(t, b.suppressed(t))

	b.says(t, "person1@people.example", "And another thing")
	found := models.Plan{Decision: models.DecideOptOut, ReplyID: request.Replies[0].ID}
	step, err = b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, found)
	require.NoError(t, err)
	require.Equal(t, models.ReasonOptedOut, step.Reason)
	require.Len(t, b.suppressed(t), 1)

	rows := []models.Suppression{}
	require.NoError(t, b.db.Find(&rows).Error)
	require.NoError(t, b.db.Delete(&rows[0]).Error)
	_, err = b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, found)
	require.NoError(t, err)
	require.Empty(t, b.suppressed(t), "a lifted opt-out is not carried out again")
}

// From a reply on nothing is sent before the AI has read it: not what was planned, not a resend, not what the AI planned
// without it, and not while the AI is away.
func testNothingIsSentUnconsidered(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp, func(c *models.Campaign) { c.MinHoursBetweenAttempts = 1 })
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	step := b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	b.clock.Advance(2 * time.Hour)
	b.says(t, "person1@people.example", dismissal)
	refused := func(why string) {
		t.Helper()
		step, granted, _, err := b.Claim(t.Context(), store.ClaimRequest{
			CampaignID: c.ID, ContactID: claim.ContactID, OutreachID: step.OutreachID, Attempt: 2,
		})
		require.NoError(t, err)
		require.Nil(t, granted, why)
		require.NotEqual(t, models.DoSend, step.Do, why)
	}
	refused("planned before the reply")

	_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run-1")
	require.NoError(t, err)
	b.says(t, "person1@people.example", "I mean it.")
	next, err := b.StorePlan(t.Context(), c.ID, claim.ContactID, *request, planFor(models.ChannelEmail, b.clock.Now()))
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, next.Do, "planned without the latest reply")
	refused("nothing is planned")
	for _, reply := range b.replies(t, claim.ContactID) {
		require.Nil(t, reply.ConsideredAt)
	}

	next, err = b.FailPlan(t.Context(), c.ID, claim.ContactID, &models.ProviderError{Code: "500"}, models.Plan{})
	require.NoError(t, err)
	require.Equal(t, models.WaitPlannerError, next.Waiting.Reason)
	refused("the AI is away")
}

func testPlanConsidersReplies(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	b.says(t, "person1@people.example", "When are you open?")
	require.Nil(t, b.replies(t, claim.ContactID)[0].ConsideredAt)
	b.planOn(t, models.ChannelEmail, c.ID, claim.ContactID)
	require.NotNil(t, b.replies(t, claim.ContactID)[0].ConsideredAt)

	// The next question says which are new.
	b.clock.Advance(time.Minute)
	b.says(t, "person1@people.example", "And on Sundays?")
	_, request, err := b.BeginPlan(t.Context(), c.ID, claim.ContactID, "run-1")
	require.NoError(t, err)
	require.Len(t, request.Replies, 2)
	require.Equal(t, []bool{true, false}, []bool{request.Replies[0].Considered, request.Replies[1].Considered})
}

func testUnconsideredReplies(t *testing.T, b *bench) {
	t.Helper()

	once, followed := b.live(t), b.live(t, followUp)
	done := b.sent(t, models.ChannelEmail, once.ID, person(1))
	going := b.sent(t, models.ChannelEmail, followed.ID, person(2))
	b.says(t, "person1@people.example", dismissal)
	b.says(t, "person2@people.example", dismissal)
	b.says(t, "person1@people.example", "")
	unconsidered := func() []string {
		t.Helper()
		rows, err := b.UnconsideredReplies(t.Context(), 10)
		require.NoError(t, err)
		contacts := []string{}
		for _, row := range rows {
			require.Equal(t, dismissal, row.Text)
			contacts = append(contacts, row.ContactID)
		}
		return contacts
	}
	require.Equal(t, []string{done.ContactID}, unconsidered(), "nobody plans for it")
	b.clock.Advance(6 * time.Minute)
	require.Equal(t, []string{done.ContactID, going.ContactID}, unconsidered(), "its planning has not come to it")
	rows, err := b.UnconsideredReplies(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

func testConsiderReply(t *testing.T, b *bench) {
	t.Helper()

	c, going := b.live(t), b.live(t, followUp)
	claim := b.sent(t, models.ChannelEmail, c.ID, person(1))
	fine := b.sent(t, models.ChannelEmail, c.ID, person(2))
	open := b.sent(t, models.ChannelEmail, going.ID, person(3))
	b.planOn(t, models.ChannelEmail, going.ID, open.ContactID)
	b.control(t, going.ID, models.ControlPause)
	b.says(t, "person1@people.example", dismissal)
	b.says(t, "person2@people.example", "Thank you!")
	b.says(t, "person3@people.example", dismissal)
	b.clock.Advance(time.Hour)
	rows, err := b.UnconsideredReplies(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	for i, row := range rows {
		wakes, err := b.ConsiderReply(t.Context(), row, i != 1, models.Plan{Model: "m", PromptTokens: 9, CompletionTokens: 1})
		require.NoError(t, err)
		require.Len(t, wakes, max(0, i-1), "only an unfinished contact has a workflow to wake")
		_, err = b.ConsiderReply(t.Context(), row, true, models.Plan{})
		require.NoError(t, err, "twice is once")
	}
	require.Equal(t, []string{"email person1@people.example opt_out", "email person3@people.example opt_out"}, b.suppressed(t))
	require.Equal(t, models.ContactDisqualified, b.contact(t, claim.ContactID).Status, "though it was completed")
	require.Equal(t, models.ContactCompleted, b.contact(t, fine.ContactID).Status)
	require.Equal(t, models.ContactDisqualified, b.contact(t, open.ContactID).Status, "though its campaign is paused")
	rows, err = b.UnconsideredReplies(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, rows)
	figures, err := b.Performance(t.Context(), c.ID, nil, nil)
	require.NoError(t, err)
	require.Equal(t, 2*(120+10), figures.Cost.Tokens)
}

// What refused and dropped answers took counts in what the campaign cost, in the period in which they came.
func testPlannerCalls(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	spent := models.Plan{Model: "m", PromptTokens: 1_000, CompletionTokens: 200}
	tokens := func(from *string) int {
		t.Helper()
		figures, err := b.Performance(t.Context(), c.ID, from, nil)
		require.NoError(t, err)
		return figures.Cost.Tokens
	}
	require.NoError(t, b.RecordPlannerCall(t.Context(), c.ID, id, "429", spent))
	require.Equal(t, 1_200, tokens(nil))
	_, _, err := b.BeginPlan(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	_, err = b.FailPlan(t.Context(), c.ID, id, &models.ProviderError{Code: "schema"}, spent)
	require.NoError(t, err)
	require.Equal(t, 2_400, tokens(nil))
	require.NoError(t, b.RecordPlannerCall(t.Context(), c.ID, id, "429", models.Plan{}), "nothing was taken")

	b.clock.Advance(time.Hour)
	_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	for range 2 { // the second one is of no use any more
		_, err = b.StorePlan(t.Context(), c.ID, id, *request, emailPlan(request.Now))
		require.NoError(t, err)
	}
	require.Equal(t, 2_400+2*120, tokens(nil))
	rows := []models.PlannerCall{}
	require.NoError(t, b.db.Order("id").Find(&rows).Error)
	require.Len(t, rows, 3)
	require.Equal(t, []string{"429", "schema", "dropped"}, []string{rows[0].Code, rows[1].Code, rows[2].Code})
	require.Equal(t, id, rows[0].ContactID)
	b.clock.Advance(48 * time.Hour)
	require.Zero(t, tokens(new(b.clock.Now().Format(time.DateOnly))))
}

func testFailPlanSaysWhy(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	for _, test := range []struct{ code, words string }{
		{"401", "The AI refuses the API key (401); it is asked again."},
		{"insufficient_quota", "The AI's account has no credit left (insufficient_quota); it is asked again."},
		{"refusal", "The AI declined to write the outreach (refusal); it is asked again."},
	} {
		_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run-1")
		require.NoError(t, err)
		require.NotNil(t, request)
		step, err := b.FailPlan(t.Context(), c.ID, id, &models.ProviderError{Code: test.code}, models.Plan{})
		require.NoError(t, err)
		require.Equal(t, test.words, step.Waiting.Detail)
		require.Equal(t, test.words, b.contact(t, id).WaitingDetail)
		look, err := b.Look(t.Context(), c.ID, id, "run-1")
		require.NoError(t, err)
		require.Equal(t, test.words, look.Waiting.Detail, "whoever looks later says the same")
		b.clock.Advance(2 * time.Hour)
	}
	b.plan(t, c.ID, id)
	require.Empty(t, b.contact(t, id).PlannerCode)
}
