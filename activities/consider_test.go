package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/activities"
	"beckon/models"
	"beckon/workflows"
)

// reader is an AI of the test's that reads replies.
type reader struct {
	asked  []models.PlanReply
	answer func(reply models.PlanReply) (bool, models.Plan, error)
}

func (r *reader) Classify(_ context.Context, reply models.PlanReply) (bool, models.Plan, error) {
	r.asked = append(r.asked, reply)
	return r.answer(reply)
}

// leavesIf finds an opt-out in one text alone.
func leavesIf(text string) func(models.PlanReply) (bool, models.Plan, error) {
	return func(reply models.PlanReply) (bool, models.Plan, error) {
		return reply.Text == text, models.Plan{PromptTokens: 5, CompletionTokens: 1}, nil
	}
}

// considers runs a round of reconcile in which the reader reads replies.
func (b *bench) considers(r *reader) *teller {
	b.t.Helper()
	tell := newTeller()
	wakes := b.wakes(tell)
	wakes.Classifier = r
	b.reconcileWith(wakes)
	return tell
}

// answers has the contact of a sent outreach answer.
func (b *bench) answers(request workflows.SendRequest, text string) {
	b.t.Helper()
	_, err := b.RecordReply(b.t.Context(), models.InboundMessage{
		Channel: models.ChannelEmail, From: *b.contact(request.ContactID).Email, Text: text,
		ProviderID: fmt.Sprint(b.clock.Now().UnixNano()), At: b.clock.Now(),
	})
	require.NoError(b.t, err)
}

// Replies of contacts that are finished are read by the next round of reconcile, once each; an opt-out disqualifies.
func TestReconcileConsidersReplies(t *testing.T) {
	t.Parallel()
	b, r := newBench(t), &reader{answer: leavesIf("Adieu, for good")}
	request := b.ready(b.live())
	_, err := b.send(&sender{}, request)
	require.NoError(t, err)
	b.answers(request, "What is this?")
	b.considers(r)
	require.Len(t, r.asked, 1)
	require.Equal(t, models.ChannelEmail, r.asked[0].Channel)
	require.Equal(t, models.ContactCompleted, b.contact(request.ContactID).Status)
	b.considers(r)
	require.Len(t, r.asked, 1, "once is enough")

	b.answers(request, "Adieu, for good")
	b.considers(r)
	require.Len(t, r.asked, 2)
	contact := b.contact(request.ContactID)
	require.Equal(t, models.ContactDisqualified, contact.Status)
	require.Equal(t, models.ReasonOptedOut, *contact.StatusReason)
}

// Where the AI is away, replies wait; what it cannot read is left to people.
func TestReconcileConsidersRepliesLater(t *testing.T) {
	t.Parallel()
	b, r := newBench(t), &reader{}
	fails := func(kind models.FailureKind) func(models.PlanReply) (bool, models.Plan, error) {
		return func(models.PlanReply) (bool, models.Plan, error) {
			return false, models.Plan{PromptTokens: 5}, &models.ProviderError{Kind: kind, Code: "code", Detail: canary}
		}
	}
	campaign := b.live()
	request := b.ready(campaign)
	_, err := b.send(&sender{}, request)
	require.NoError(t, err)
	b.answers(request, "Adieu")
	b.answers(request, "Adieu, for good")
	for _, kind := range []models.FailureKind{models.FailureDown, models.FailureAuth, models.FailureLimit, models.FailureInDoubt} {
		r.answer, r.asked = fails(kind), nil
		b.considers(r)
		require.Len(t, r.asked, 1, "the others are not tried for nothing")
	}
	r.answer = fails(models.FailureBadAnswer)
	b.considers(r)
	require.Len(t, r.asked, 3)
	rows, err := b.UnconsideredReplies(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, rows)
	require.Equal(t, models.ContactCompleted, b.contact(request.ContactID).Status)
	figures, err := b.Performance(t.Context(), campaign, nil, nil)
	require.NoError(t, err)
	const planned = 15
	require.Equal(t, planned+6*5, figures.Cost.Tokens, "each answer took something")
}

// The workflow of a contact that is held and opts out is told.
func TestReconcileConsidersRepliesOfHeldContacts(t *testing.T) {
	t.Parallel()
	b, r := newBench(t), &reader{answer: leavesIf("Adieu")}
	campaign := b.live(func(c *models.Campaign) {
		c.Type, c.MaxAttempts, c.MinHoursBetweenAttempts = models.CampaignFollowUp, 3, 24
	})
	request := b.ready(campaign)
	step, err := b.send(&sender{}, request)
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do)
	b.control(t.Context(), campaign, models.ControlPause)
	_, err = b.Look(t.Context(), campaign, request.ContactID, "run-1")
	require.NoError(t, err)
	b.answers(request, "Adieu")
	b.considers(r)
	require.Empty(t, r.asked, "its planning may come to it")
	b.clock.Move(6 * time.Minute)
	tell := b.considers(r)
	require.Len(t, r.asked, 1)
	require.Equal(t, models.ContactDisqualified, b.contact(request.ContactID).Status)
	require.Contains(t, tell.told, "wake "+workflows.ContactID(campaign, request.ContactID))
}

// Five refusals of our credentials in a row pause the campaign, and its workflow is told.
func TestRefusedCredentialsPause(t *testing.T) {
	t.Parallel()
	b, tell := newBench(t), newTeller()
	campaign := b.live()
	s := &sender{answer: fails(models.FailureAuth, "401", 0)}
	sends := b.emails(s)
	sends.Tell = tell
	request := b.ready(campaign)
	for i := range 5 {
		require.Empty(t, tell.told)
		_, err := execute[models.Step](b, sends.SendEmail, request)
		require.NoError(t, err)
		b.clock.Move(models.Backoff(i + 1))
	}
	c, err := b.Campaign(t.Context(), campaign)
	require.NoError(t, err)
	require.Equal(t, models.CampaignPaused, c.Status)
	require.Equal(t, "paused by system: SendGrid refused our credentials, or our sender, for 5 e-mails in a row (401)", *c.PauseReason)
	require.Equal(t, []string{"wake " + workflows.CampaignID(campaign)}, tell.told)
	step, err := execute[models.Step](b, sends.SendEmail, request)
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	require.Len(t, s.calls, 5)
}

var _ activities.Classifier = (*reader)(nil)
