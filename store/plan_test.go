package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func planCases() []testCase {
	return []testCase{
		{"BeginPlan", testBeginPlan},
		{"BeginPlanHeld", testBeginPlanHeld},
		{"StorePlan", testStorePlan},
		{"StorePlanWaits", testStorePlanWaits},
		{"StorePlanUnwanted", testStorePlanUnwanted},
		{"FailPlan", testFailPlan},
		{"Look", testLook},
	}
}

func testBeginPlan(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, func(c *models.Campaign) {
		c.StartDate, c.Timezone, c.Instructions = new("2026-03-09"), "America/New_York", "Be kind."
	})
	input := person(1)
	input.Properties = map[string]any{"plan": "gold"}
	id := b.taken(t, c.ID, input)[0]
	step, request, err := b.BeginPlan(t.Context(), c.ID, id, "run-1")
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do)
	require.Equal(t, 1, step.Attempt)
	require.Equal(t, models.PlanCampaign{
		Name: c.Name, Type: models.CampaignOneTime, Objective: c.Objective, Instructions: "Be kind.", Region: "US",
	}, request.Campaign)
	require.Equal(t, models.PlanContact{
		FirstName: "First1", LastName: "Last1", Timezone: "America/New_York", Properties: map[string]any{"plan": "gold"},
	}, request.Contact)
	require.Equal(t, []int{1, 1}, []int{request.Attempt, request.MaxAttempts})
	require.Len(t, request.Channels, 1)
	require.Equal(t, models.ChannelEmail, request.Channels[0].Channel)
	requireTime(t, time.Date(2026, time.March, 9, 4, 0, 0, 0, time.UTC), request.Channels[0].Earliest)

	row := b.contact(t, id)
	require.Equal(t, "run-1", *row.RunID)
	require.Equal(t, models.ContactPlanning, row.Status)
	require.Equal(t, row.Revision, row.SeenRevision)
	b.requireWaits(t, id, models.WaitPlanner)
}

func testBeginPlanHeld(t *testing.T, b *bench) {
	t.Helper()

	begin := func(campaignID, contactID string) models.Step {
		t.Helper()
		step, request, err := b.BeginPlan(t.Context(), campaignID, contactID, "run")
		require.NoError(t, err)
		require.Nil(t, request)
		return step
	}
	c := b.live(t)
	ids := b.taken(t, c.ID, people(2)...)
	b.control(t, c.ID, models.ControlPause)
	step := begin(c.ID, ids[0])
	require.Equal(t, models.DoWait, step.Do)
	b.requireWaits(t, ids[0], models.WaitCampaignPaused)
	require.Equal(t, "run", *b.contact(t, ids[0]).RunID)
	b.act(t, c.ID, models.ActionRemove, person(1))
	require.Equal(t, models.DoRemoved, begin(c.ID, ids[1]).Do)

	phoneOnly := b.live(t)
	id := b.taken(t, phoneOnly.ID, models.ContactInput{Phone: new("+12025550101")})[0]
	step = begin(phoneOnly.ID, id)
	require.Equal(t, []any{models.DoFinish, models.ContactDisqualified, models.ReasonUnreachable}, []any{step.Do, step.Status, step.Reason})
	row := b.contact(t, id)
	require.Equal(t, models.ContactDisqualified, row.Status)
	require.Equal(t, models.ReasonUnreachable, *row.StatusReason)
	require.NotNil(t, row.FinishedAt)
	require.Nil(t, row.WaitingReason)
	require.Equal(t, models.DoFinish, begin(phoneOnly.ID, id).Do, "asked again, the same")

	ending := b.live(t, endsOn("2026-03-02"))
	id = b.taken(t, ending.ID, person(1))[0]
	b.clock.Advance(14 * time.Hour)
	require.Equal(t, models.ReasonCampaignEnded, begin(ending.ID, id).Reason)
	require.Equal(t, models.ContactCompleted, b.contact(t, id).Status)
}

func testStorePlan(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	plan := emailPlan(request.Now)
	step, err := b.StorePlan(t.Context(), c.ID, id, *request, plan)
	require.NoError(t, err)
	require.Equal(t, models.Step{
		Do: models.DoSend, OutreachID: request.OutreachID, Channel: models.ChannelEmail, Attempt: 1,
		Status: models.ContactAwaitingExecution, Waiting: step.Waiting,
	}, step)
	b.requireWaits(t, id, models.WaitSendQueue)
	require.Equal(t, models.ContactAwaitingExecution, b.contact(t, id).Status)
	o := b.outreach(t, request.OutreachID)
	require.Equal(t, models.OutreachPlanned, o.State)
	require.Equal(t, []int{1, 1, 0}, []int{o.Attempt, o.Version, o.Resend})

	// The activity may store the same plan again, or one that it asked for again.
	again, err := b.StorePlan(t.Context(), c.ID, id, *request, plan)
	require.NoError(t, err)
	require.Equal(t, step.OutreachID, again.OutreachID)
	other := *request
	other.OutreachID = unknownID
	again, err = b.StorePlan(t.Context(), c.ID, id, other, plan)
	require.NoError(t, err)
	require.Equal(t, step.OutreachID, again.OutreachID)
	var n int64
	require.NoError(t, b.db.Model(&models.Outreach{}).Count(&n).Error)
	require.EqualValues(t, 1, n)
}

func testStorePlanWaits(t *testing.T, b *bench) {
	t.Helper()

	plan := func(c *models.Campaign, n int, ahead time.Duration) string {
		t.Helper()
		id := b.taken(t, c.ID, person(n))[0]
		_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		_, err = b.StorePlan(t.Context(), c.ID, id, *request, emailPlan(request.Now.Add(ahead)))
		require.NoError(t, err)
		return id
	}
	b.requireWaits(t, plan(b.live(t, manual), 1, 0), models.WaitStartOutreaches)
	starts := b.live(t, func(c *models.Campaign) { c.StartDate = new("2026-03-05") })
	b.requireWaits(t, plan(starts, 1, 0), models.WaitBeforeStart, time.Date(2026, time.March, 5, 0, 0, 0, 0, time.UTC))

	c := b.live(t, endsOn("2026-03-02"))
	id := plan(c, 1, time.Hour)
	b.requireWaits(t, id, models.WaitScheduledTime)
	step, err := b.Look(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	require.Nil(t, step.CheckAt, "the wait is over before the campaign is")
	b.clock.Advance(time.Hour)
	step, err = b.Look(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)

	late := plan(c, 2, 48*time.Hour)
	step, err = b.Look(t.Context(), c.ID, late, "run")
	require.NoError(t, err)
	requireTime(t, time.Date(2026, time.March, 3, 0, 0, 0, 0, time.UTC), *step.CheckAt)
}

func testStorePlanUnwanted(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(4)...)
	requests := []models.PlanRequest{}
	for _, id := range ids {
		_, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		requests = append(requests, *request)
	}
	ended := person(0)
	ended.Status = new(models.ContactCompleted)
	b.add(t, c.ID, ended)
	b.act(t, c.ID, models.ActionRemove, person(1))
	store := func(i int, plan models.Plan) models.Step {
		t.Helper()
		step, err := b.StorePlan(t.Context(), c.ID, ids[i], requests[i], plan)
		require.NoError(t, err)
		return step
	}
	require.Equal(t, models.DoFinish, store(0, emailPlan(b.clock.Now())).Do)
	require.Equal(t, models.DoRemoved, store(1, emailPlan(b.clock.Now())).Do)
	text := emailPlan(b.clock.Now())
	text.Channel = models.ChannelText
	require.Equal(t, models.DoPlan, store(2, text).Do, "a channel that the campaign has not: planned anew")
	var n int64
	require.NoError(t, b.db.Model(&models.Outreach{}).Count(&n).Error)
	require.Zero(t, n)

	// A plan that came while the campaign was paused is kept.
	b.control(t, c.ID, models.ControlPause)
	step := store(3, emailPlan(b.clock.Now()))
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
	b.control(t, c.ID, models.ControlResume)
	step, err := b.Look(t.Context(), c.ID, ids[3], "run")
	require.NoError(t, err)
	require.Equal(t, []any{models.DoSend, requests[3].OutreachID}, []any{step.Do, step.OutreachID})
}

func testFailPlan(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	fail := func(retryAfter, want time.Duration) {
		t.Helper()
		_, _, err := b.BeginPlan(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		before := b.clock.Now()
		step, err := b.FailPlan(t.Context(), c.ID, id, &models.ProviderError{Code: "429", RetryAfter: retryAfter}, models.Plan{})
		require.NoError(t, err)
		require.Equal(t, []any{models.DoWait, models.DoPlan}, []any{step.Do, step.Then})
		b.requireWaits(t, id, models.WaitPlannerError)
		require.WithinDuration(t, before.Add(want), *step.Waiting.Until, time.Millisecond)
		require.Equal(t, models.ContactPlanning, b.contact(t, id).Status)

		look, err := b.Look(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		require.Equal(t, models.DoWait, look.Do, "not before its time")
		b.clock.Advance(want)
		look, err = b.Look(t.Context(), c.ID, id, "run")
		require.NoError(t, err)
		require.Equal(t, models.DoPlan, look.Do)
	}
	fail(0, time.Minute)
	fail(0, 2*time.Minute)
	fail(time.Hour, time.Hour)
	fail(0, 8*time.Minute)
	b.plan(t, c.ID, id)
	require.Zero(t, b.contact(t, id).PlannerFailures)

	// Where the row wants something else by now, that is the step.
	step, err := b.FailPlan(t.Context(), c.ID, id, &models.ProviderError{Code: "429"}, models.Plan{})
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)
	b.control(t, c.ID, models.ControlPause)
	step, err = b.FailPlan(t.Context(), c.ID, id, &models.ProviderError{Code: "429"}, models.Plan{})
	require.NoError(t, err)
	require.Equal(t, models.WaitCampaignPaused, step.Waiting.Reason)
}

func testLook(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	step, err := b.Look(t.Context(), c.ID, id, "run-7")
	require.NoError(t, err)
	require.Equal(t, models.DoPlan, step.Do)
	require.Equal(t, "run-7", *b.contact(t, id).RunID)

	// A wait for the same reason goes on; its beginning stays.
	b.control(t, c.ID, models.ControlPause)
	_, err = b.Look(t.Context(), c.ID, id, "run-7")
	require.NoError(t, err)
	since := *b.contact(t, id).WaitingSince
	b.clock.Advance(time.Hour)
	_, err = b.Look(t.Context(), c.ID, id, "run-7")
	require.NoError(t, err)
	requireTime(t, since, *b.contact(t, id).WaitingSince)

	// Disabled stays disabled, whatever the campaign does.
	require.NoError(t, b.db.Exec("UPDATE contacts SET status = 'disabled' WHERE id = ?", id).Error)
	b.control(t, c.ID, models.ControlResume)
	step, err = b.Look(t.Context(), c.ID, id, "run-7")
	require.NoError(t, err)
	require.Equal(t, models.WaitDisabled, step.Waiting.Reason)
	require.Equal(t, models.ContactDisabled, b.contact(t, id).Status)
}
