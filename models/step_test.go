package models_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// present is the time at which the tests decide.
func present() time.Time { return time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC) }

const outreachID = "outreach-1"

// ready are the facts of a contact whose outreach may be claimed at once; the changes make it another.
func ready(changes ...func(*models.Facts)) models.Facts {
	now := present()
	f := models.Facts{
		Now: now,
		Campaign: &models.Campaign{
			ID: "campaign-1", Type: models.CampaignOneTime, Status: models.CampaignActive, Timezone: "UTC", MaxAttempts: 1,
			Channels: []models.Channel{models.ChannelEmail}, ExecutionMode: models.ModeAutomatic,
		},
		Contact: &models.Contact{
			ID: "contact-1", Status: models.ContactAwaitingExecution, Email: new("canary@people.example"),
			FirstName: "Canary", AddedAt: now.Add(-time.Hour),
		},
		UnconfirmedAfter: 15 * time.Minute,
	}
	outreach(models.OutreachPlanned)(&f)
	for _, change := range changes {
		change(&f)
	}
	return f
}

// outreach gives the contact an open outreach in the state.
func outreach(state models.OutreachState) func(*models.Facts) {
	return func(f *models.Facts) {
		f.Outreach = &models.Outreach{
			ID: outreachID, Attempt: f.Contact.Attempts + 1, Channel: models.ChannelEmail, State: state, SendAt: f.Now, Version: 1,
		}
		if state == models.OutreachSubmitting {
			claimed := f.Now.Add(-time.Minute)
			f.Outreach.ClaimedAt = &claimed
		}
	}
}

func noOutreach(f *models.Facts) { f.Outreach = nil }

func status(campaign models.CampaignStatus) func(*models.Facts) {
	return func(f *models.Facts) { f.Campaign.Status = campaign }
}

func contactIs(status models.ContactStatus) func(*models.Facts) {
	return func(f *models.Facts) { f.Contact.Status = status }
}

func mode(mode models.ExecutionMode) func(*models.Facts) {
	return func(f *models.Facts) { f.Campaign.ExecutionMode = mode }
}

// backing lets the contact wait for the reason until so long after now.
func backing(reason models.WaitingReason, until time.Duration) func(*models.Facts) {
	return func(f *models.Facts) {
		at := f.Now.Add(until)
		f.Contact.WaitingReason, f.Contact.WaitingUntil = &reason, &at
	}
}

// say renders a step as the tables below do.
func say(step models.Step) string {
	switch step.Do {
	case models.DoWait:
		return string(step.Waiting.Reason)
	case models.DoFinish:
		return fmt.Sprintf("%s %s", step.Status, step.Reason)
	default:
		return string(step.Do)
	}
}

// Each status of campaign and contact, and each state of the open outreach.
func TestDecideByStatus(t *testing.T) {
	t.Parallel()
	states := []models.OutreachState{"", models.OutreachPlanned, models.OutreachApproved, models.OutreachSubmitting}
	type row [4]string // by state, in the order above
	running := []models.ContactStatus{
		models.ContactNotStarted, models.ContactPlanning, models.ContactAwaitingExecution, models.ContactAwaitingApproval,
		models.ContactExecuting,
	}
	disabled := row{"disabled", "disabled", "disabled", "proof"}
	archived := "completed campaign_archived"
	table := map[models.CampaignStatus]struct{ running, disabled row }{
		models.CampaignDraft:    {row{"go_live", "go_live", "go_live", "proof"}, disabled},
		models.CampaignActive:   {row{"plan", "send", "send", "proof"}, disabled},
		models.CampaignPaused:   {row{"campaign_paused", "campaign_paused", "campaign_paused", "proof"}, disabled},
		models.CampaignArchived: {row{archived, archived, archived, archived}, row{archived, archived, archived, archived}},
	}
	require.Len(t, table, len(models.CampaignTransitions))
	check := func(campaign models.CampaignStatus, contact models.ContactStatus, want row) {
		for i, state := range states {
			f := ready(status(campaign), contactIs(contact), outreach(state))
			if state == "" {
				noOutreach(&f)
			}
			require.Equal(t, want[i], say(models.Decide(f)), "campaign %s, contact %s, outreach %q", campaign, contact, state)
		}
	}
	for campaign, want := range table {
		for _, contact := range running {
			check(campaign, contact, want.running)
		}
		check(campaign, models.ContactDisabled, want.disabled)
		// A finished contact stays what it is.
		for _, contact := range []models.ContactStatus{models.ContactCompleted, models.ContactDisqualified} {
			finished := string(contact) + " "
			check(campaign, contact, row{finished, finished, finished, finished})
		}
		// A removed one ends whatever else holds.
		for contact := range models.ContactTransitions {
			removed := ready(status(campaign), contactIs(contact), func(f *models.Facts) { f.Contact.RemovedAt = &f.Now })
			require.Equal(t, "removed", say(models.Decide(removed)), "campaign %s, contact %s", campaign, contact)
		}
	}
}

// What a planned outreach waits for, the first that applies. "until" is after present; zero where there is none.
func TestDecideRelease(t *testing.T) {
	t.Parallel()
	start := func(date string) func(*models.Facts) { return func(f *models.Facts) { f.Campaign.StartDate = &date } }
	end := func(date string) func(*models.Facts) { return func(f *models.Facts) { f.Campaign.EndDate = &date } }
	sendIn := func(d time.Duration) func(*models.Facts) {
		return func(f *models.Facts) { f.Outreach.SendAt = f.Now.Add(d) }
	}
	release := func(d time.Duration) func(*models.Facts) {
		return func(f *models.Facts) { f.LatestRelease = new(f.Now.Add(d)) }
	}
	lastClaim := func(d time.Duration) func(*models.Facts) {
		return func(f *models.Facts) { f.LastClaim, f.LastAttempt = new(f.Now.Add(d)), new(f.Now.Add(d)) }
	}
	manual := mode(models.ModeManual)
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		facts []func(*models.Facts)
		want  string
		until time.Duration
		then  models.Do
	}{
		"automatic":                    {nil, "send", 0, ""},
		"scheduled":                    {[]func(*models.Facts){mode(models.ModeScheduled)}, "send", 0, ""},
		"not yet due":                  {[]func(*models.Facts){sendIn(time.Nanosecond)}, "scheduled_time", time.Nanosecond, models.DoSend},
		"due":                          {[]func(*models.Facts){sendIn(-time.Hour)}, "send", 0, ""},
		"starts tomorrow":              {[]func(*models.Facts){start("2026-03-03")}, "before_start", 14 * time.Hour, models.DoSend},
		"starts tomorrow, also manual": {[]func(*models.Facts){start("2026-03-03"), manual}, "before_start", 14 * time.Hour, models.DoSend},
		"starts today":                 {[]func(*models.Facts){start("2026-03-02")}, "send", 0, ""},
		"ends today":                   {[]func(*models.Facts){end("2026-03-02")}, "send", 0, ""},
		"ended yesterday":              {[]func(*models.Facts){end("2026-03-01")}, "completed campaign_ended", 0, ""},
		"ended, paused": {
			[]func(*models.Facts){end("2026-03-01"), status(models.CampaignPaused)}, "completed campaign_ended", 0, "",
		},
		"ended, disabled": {
			[]func(*models.Facts){end("2026-03-01"), contactIs(models.ContactDisabled)}, "completed campaign_ended", 0, "",
		},
		"ended, in doubt": {
			[]func(*models.Facts){end("2026-03-01"), outreach(models.OutreachSubmitting)}, "proof", 14 * time.Minute, models.DoLook,
		},
		"manual without a release":  {[]func(*models.Facts){manual}, "start_outreaches", 0, models.DoSend},
		"manual, released":          {[]func(*models.Facts){manual, release(-time.Minute)}, "send", 0, ""},
		"manual, released, not due": {[]func(*models.Facts){manual, release(-time.Minute), sendIn(day)}, "scheduled_time", day, models.DoSend},
		"manual, released before it was added": {
			[]func(*models.Facts){manual, release(-time.Hour)}, "start_outreaches", 0, models.DoSend,
		},
		"manual, released just after it was added": {
			[]func(*models.Facts){manual, release(-time.Hour + time.Microsecond)}, "send", 0, "",
		},
		"manual, released before the last claim": {
			[]func(*models.Facts){manual, release(-time.Minute), lastClaim(-time.Second)}, "start_outreaches", 0, models.DoSend,
		},
		"manual, released after the last claim": {
			[]func(*models.Facts){manual, release(-time.Minute), lastClaim(-2 * time.Minute)}, "send", 0, "",
		},
		"automatic asks for no release": {[]func(*models.Facts){lastClaim(-time.Second)}, "send", 0, ""},
		"provider limit": {
			[]func(*models.Facts){backing(models.WaitProviderLimit, time.Second)}, "provider_limit", time.Second, models.DoSend,
		},
		"provider limit is over": {[]func(*models.Facts){backing(models.WaitProviderLimit, 0)}, "send", 0, ""},
		"provider auth": {
			[]func(*models.Facts){backing(models.WaitProviderAuth, time.Hour)}, "provider_auth", time.Hour, models.DoSend,
		},
		"provider down": {
			[]func(*models.Facts){backing(models.WaitProviderDown, time.Minute)}, "provider_down", time.Minute, models.DoSend,
		},
		"provider down, paused": {
			[]func(*models.Facts){backing(models.WaitProviderDown, time.Minute), status(models.CampaignPaused)},
			"campaign_paused", 0, models.DoLook,
		},
		"planner error": {
			[]func(*models.Facts){noOutreach, backing(models.WaitPlannerError, time.Minute)}, "planner_error", time.Minute, models.DoPlan,
		},
		"planner error is over": {
			[]func(*models.Facts){noOutreach, backing(models.WaitPlannerError, -time.Minute)}, "plan", 0, "",
		},
		"planner error, planned by another worker": {
			[]func(*models.Facts){backing(models.WaitPlannerError, time.Minute)}, "send", 0, "",
		},
		"another reason's time keeps nobody": {
			[]func(*models.Facts){backing(models.WaitScheduledTime, time.Hour)}, "send", 0, "",
		},
		"proof": {[]func(*models.Facts){outreach(models.OutreachSubmitting)}, "proof", 14 * time.Minute, models.DoLook},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := ready(c.facts...)
			step := models.Decide(f)
			require.Equal(t, c.want, say(step))
			require.Equal(t, c.then, step.Then)
			switch {
			case c.until != 0:
				require.Equal(t, f.Now.Add(c.until), *step.Waiting.Until)
				require.Equal(t, time.UTC, step.Waiting.Until.Location())
			case step.Do == models.DoWait:
				require.Nil(t, step.Waiting.Until)
			}
			if step.Do == models.DoSend || step.Do == models.DoWait && f.Outreach != nil {
				require.Equal(t, outreachID, step.OutreachID)
				require.Equal(t, models.ChannelEmail, step.Channel)
				require.Equal(t, 1, step.Attempt)
			}
		})
	}
}

// Which channels reach the contact, and what remains when some have refused.
func TestDecideChannels(t *testing.T) {
	t.Parallel()
	both := []models.Channel{models.ChannelText, models.ChannelEmail}
	phone, email := new("+12025550143"), new("canary@people.example")
	for name, c := range map[string]struct {
		channels     []models.Channel
		email, phone *string
		refused      []models.Channel
		want         string
		channel      models.Channel
	}{
		"the first that there is": {both, email, phone, nil, "plan", models.ChannelText},
		"the first that reaches":  {both, email, nil, nil, "plan", models.ChannelEmail},
		"refused on the first":    {both, email, phone, []models.Channel{models.ChannelText}, "plan", models.ChannelEmail},
		"refused on all":          {both, email, phone, both, "disqualified unreachable", ""},
		"refused on what reaches": {both, email, nil, []models.Channel{models.ChannelEmail}, "disqualified unreachable", ""},
		"reached by none":         {[]models.Channel{models.ChannelEmail}, nil, phone, nil, "disqualified unreachable", ""},
		"no channels":             {nil, email, phone, nil, "disqualified unreachable", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := models.Decide(ready(noOutreach, func(f *models.Facts) {
				f.Campaign.Channels, f.Contact.Email, f.Contact.Phone, f.Refused = c.channels, c.email, c.phone, c.refused
			}))
			require.Equal(t, c.want, say(step))
			require.Equal(t, c.channel, step.Channel)
			if step.Do == models.DoPlan {
				require.Equal(t, 1, step.Attempt)
				require.Equal(t, models.ContactPlanning, step.Status)
				require.Equal(t, models.WaitPlanner, step.Waiting.Reason)
			}
		})
	}
}

// A one-time contact is done with its first attempt; others go on, with the next number.
func TestDecideAttempts(t *testing.T) {
	t.Parallel()
	one := func(f *models.Facts) { f.Contact.Attempts = 1 }
	require.Equal(t, "completed one_time_done", say(models.Decide(ready(one, noOutreach))))
	require.Equal(t, "completed one_time_done", say(models.Decide(ready(one, noOutreach, func(f *models.Facts) {
		f.Contact.Email = nil
	}))), "it was reached, though it could not be again")
	require.Equal(t, "completed one_time_done", say(models.Decide(ready(one, noOutreach, status(models.CampaignPaused)))),
		"what was in flight when the campaign was paused is done")
	require.Equal(t, "completed one_time_done", say(models.Decide(ready(one, noOutreach, func(f *models.Facts) {
		f.Campaign.EndDate = new("2026-03-01")
	}))), "it was sent before the end")
	require.Equal(t, "disabled", say(models.Decide(ready(one, noOutreach, contactIs(models.ContactDisabled)))))

	followUp := func(f *models.Facts) { f.Campaign.Type, f.Campaign.MaxAttempts = models.CampaignFollowUp, 3 }
	step := models.Decide(ready(one, noOutreach, followUp))
	require.Equal(t, models.DoPlan, step.Do)
	require.Equal(t, 2, step.Attempt)
}

// A finished contact keeps its reason.
func TestDecideFinished(t *testing.T) {
	t.Parallel()
	reason := models.ReasonOptedOut
	step := models.Decide(ready(contactIs(models.ContactDisqualified), func(f *models.Facts) { f.Contact.StatusReason = &reason }))
	require.Equal(t, models.Step{Do: models.DoFinish, Status: models.ContactDisqualified, Reason: reason}, step)
}

// Who waits for longer than the campaign lasts looks again at its end.
func TestDecideChecksAtTheEnd(t *testing.T) {
	t.Parallel()
	ends := time.Date(2026, time.March, 4, 0, 0, 0, 0, time.UTC)
	end := func(f *models.Facts) { f.Campaign.EndDate = new("2026-03-03") }
	sendAt := func(at time.Time) func(*models.Facts) { return func(f *models.Facts) { f.Outreach.SendAt = at } }

	step := models.Decide(ready(end, sendAt(ends.Add(time.Hour))))
	require.Equal(t, ends, *step.CheckAt)
	require.Equal(t, ends.Add(time.Hour), *step.Waiting.Until, "what it waits for is shown as it is")

	step = models.Decide(ready(end, mode(models.ModeManual)))
	require.Nil(t, step.Waiting.Until)
	require.Equal(t, ends, *step.CheckAt)

	require.Nil(t, models.Decide(ready(end, sendAt(ends.Add(-time.Hour)))).CheckAt, "it is due before")
	require.Nil(t, models.Decide(ready(end, sendAt(ends))).CheckAt, "it is due then")
	require.Nil(t, models.Decide(ready(mode(models.ModeManual))).CheckAt, "there is no end")
	past := func(f *models.Facts) { f.Campaign.EndDate = new("2026-03-01") }
	require.Nil(t, models.Decide(ready(past, contactIs(models.ContactDisabled))).CheckAt, "it has passed")
}

// A disabled contact stays disabled, whatever else it waits for; other waits have the status of their reason.
func TestDecideStatus(t *testing.T) {
	t.Parallel()
	step := models.Decide(ready(outreach(models.OutreachSubmitting), contactIs(models.ContactDisabled)))
	require.Equal(t, models.ContactDisabled, step.Status)
	step = models.Decide(ready(outreach(models.OutreachSubmitting)))
	require.Equal(t, models.ContactExecuting, step.Status)
	step = models.Decide(ready(status(models.CampaignPaused), contactIs(models.ContactAwaitingExecution)))
	require.Equal(t, models.ContactAwaitingExecution, step.Status, "what is beneath is kept")
	step = models.Decide(ready(status(models.CampaignPaused), contactIs(models.ContactNotStarted)))
	require.Equal(t, models.ContactPlanning, step.Status)
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, minutes := range map[int]int{
		-1: 1, 0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 60, 8: 60, 64: 60, 1 << 40: 60,
	} {
		require.Equal(t, time.Duration(minutes)*time.Minute, models.Backoff(failures), "%d failures", failures)
	}
}

// A step in words names no person.
func TestStepString(t *testing.T) {
	t.Parallel()
	for want, step := range map[string]models.Step{
		"Ready: waiting for its turn to be sent. Attempt 1, by email.": models.Decide(ready()),
		"The AI is planning the outreach. Attempt 1.":                  models.Decide(ready(noOutreach)),
		"Waiting for Start all outreaches.":                            models.Decide(ready(mode(models.ModeManual))),
		"The provider cannot be reached; it is tried again. Until 2026-03-02T10:01:00Z.": models.Decide(
			ready(backing(models.WaitProviderDown, time.Minute))),
		"Finished: completed (campaign_archived).": models.Decide(ready(status(models.CampaignArchived))),
		"The contact was removed from the campaign.": models.Decide(
			ready(func(f *models.Facts) { f.Contact.RemovedAt = &f.Now })),
		"Reading its row.": {Do: models.DoLook},
	} {
		require.Equal(t, want, step.String())
	}
}
