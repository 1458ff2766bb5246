package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// A draft's contacts wait for Go Live; none of them has a workflow.
func TestWaitsForGoLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft)
	w.at(day, func() {
		w.requireRow(models.WaitGoLive)
		w.requireStatus(models.ContactNotStarted)
		require.Equal(t, workflows.RunNone, w.describe())
		w.control(models.ControlGoLive)
	})
	w.run(2 * day)
	w.requireSent(after(day))
}

// Until the campaign's workflow has looked, a contact waits to be taken in.
func TestWaitsForIntake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, absent)
	w.at(time.Hour, func() {
		w.add()
		w.requireRow(models.WaitIntakeQueue)
	})
	w.run(2 * time.Hour)
	w.requireSent(after(time.Hour))
}

// A paused campaign takes nobody in; resumed, it does.
func TestPausedCampaignTakesNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, absent)
	w.at(time.Hour, func() { w.control(models.ControlPause) })
	w.at(2*time.Hour, w.add)
	w.at(3*time.Hour, func() {
		w.requireRow(models.WaitCampaignPaused)
		require.Equal(t, workflows.RunNone, w.describe())
		w.control(models.ControlResume)
	})
	w.run(day)
	w.requireSent(after(3 * time.Hour))
}

// The AI could not plan: asked again after 1, 2, 4 … minutes, as each of row, query and search attributes says.
func TestWaitsForThePlanner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.planner.answer = unplannable(3)
	w.at(30*time.Second, func() {
		w.requireWaits(models.WaitPlannerError, after(time.Minute))
		w.requireStatus(models.ContactPlanning)
	})
	w.at(2*time.Minute, func() { w.requireWaits(models.WaitPlannerError, after(3*time.Minute)) })
	w.at(5*time.Minute, func() { w.requireWaits(models.WaitPlannerError, after(7*time.Minute)) })
	w.run(time.Hour)
	w.requireSent(after(7 * time.Minute))
}

// A planner that asks for patience gets it.
func TestWaitsAsLongAsThePlannerAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.planner.answer = func(n int, request models.PlanRequest) (models.Plan, error) {
		if n == 1 {
			return models.Plan{}, &models.ProviderError{Kind: models.FailureLimit, Code: "429", RetryAfter: 3 * time.Hour}
		}
		return planned(n, request), nil
	}
	w.at(time.Hour, func() { w.requireWaits(models.WaitPlannerError, after(3*time.Hour)) })
	w.run(day)
	w.requireSent(after(3 * time.Hour))
}

// Nothing is claimed before the start date's midnight in the campaign's zone; an earlier date lets it go earlier.
func TestWaitsForTheStartDate(t *testing.T) {
	t.Parallel()
	starts := settings(func(c *models.Campaign) { c.StartDate, c.Timezone = new("2026-03-05"), "America/New_York" })
	for name, mode := range map[string]option{
		"automatic": func(*start) {}, "manual": manual, "scheduled for before": scheduled(time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, starts, mode)
			w.at(time.Minute, func() {
				if name == "manual" {
					w.control(models.ControlStartOutreaches)
				}
			})
			w.at(day, func() { w.requireWaits(models.WaitBeforeStart, utc("03-05 05:00")) })
			w.run(10 * day)
			w.requireSent(utc("03-05 05:00"))
		})
	}
	t.Run("moved", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, starts)
		w.at(time.Hour, func() { w.patch(func(c *models.Campaign) { c.StartDate = nil }) })
		w.run(10 * day)
		require.Len(t, w.outside.all(), 1)
	})
}

// A window is that of the contact's own zone, else of its number's, else of the campaign's, by the clocks of the day. The AI is
// told when it opens; what comes due before, such as a scheduled campaign, waits for it.
func TestWaitsForTheWindow(t *testing.T) {
	t.Parallel()
	phone := func(number string) option {
		return func(s *start) { s.person.Phone, s.person.Timezone = &number, nil }
	}
	for name, c := range map[string]struct {
		options []option
		opens   time.Time
	}{
		"in the contact's zone, tonight":        {[]option{inZone("Asia/Tokyo"), byText, scheduled(2 * time.Hour)}, utc("03-03 00:00")},
		"in the contact's zone, this afternoon": {[]option{inZone("America/Los_Angeles"), byText, scheduled(time.Hour)}, utc("03-02 17:00")},
		"in the number's zone":                  {[]option{phone("+12125550123"), byText, scheduled(time.Hour)}, utc("03-02 14:00")},
		"in the campaign's zone": {[]option{
			phone("+870773111632"), byText, scheduled(time.Hour), // a satellite phone: in no zone
			settings(func(c *models.Campaign) { c.Timezone = "America/Chicago" }),
		}, utc("03-02 15:00")},
		"in the campaign's own window": {[]option{scheduled(time.Hour), settings(func(c *models.Campaign) {
			c.Windows = models.Windows{models.ChannelEmail: {{Days: []string{"wed"}, Start: "12:30", End: "13:00"}}}
		})}, utc("03-04 12:30")},
		"of a call, over a Sunday on which clocks change": {[]option{
			inZone("America/New_York"), byPhone, scheduled(utc("03-08 02:00").Sub(epoch())), // Saturday, 21:00
		}, utc("03-09 13:00")},
		"of a call, over a Sunday on which clocks do not": {[]option{
			inZone("America/Phoenix"), byPhone, scheduled(utc("03-08 04:00").Sub(epoch())), // Saturday, 21:00
		}, utc("03-09 16:00")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.options...)
			w.at(c.opens.Sub(epoch())-time.Minute, func() {
				w.requireWaits(models.WaitWindow, c.opens)
				w.requireStatus(models.ContactAwaitingExecution)
			})
			w.run(20 * day)
			w.requireSent(c.opens)
		})
	}
}

// night are windows in which texts may go at any time, but for quiet hours.
func night() models.Windows {
	return models.Windows{models.ChannelText: {
		{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Start: "00:00", End: "24:00"},
	}}
}

// Another window, zone or quiet hours let an outreach go that waits for its window.
func TestWindowIsMoved(t *testing.T) {
	t.Parallel()
	t.Run("by windows and quiet hours", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, byText, inZone("America/Los_Angeles"), scheduled(time.Minute)) // 02:00 there
		w.at(time.Hour, func() { w.patch(func(c *models.Campaign) { c.Windows = night() }) })
		w.at(2*time.Hour, func() {
			w.requireWaits(models.WaitWindow, utc("03-02 16:00")) // quiet hours end at 08:00
			w.patch(func(c *models.Campaign) { c.QuietHours = models.QuietHoursOff })
		})
		w.run(day)
		w.requireSent(after(2 * time.Hour))
	})
	t.Run("by the contact's zone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, byText, inZone("America/Los_Angeles"), scheduled(time.Minute))
		w.at(time.Hour, func() {
			wake, err := w.UpdateContact(t.Context(), w.campaignID, w.contactID, func(c *models.Contact) error {
				c.Timezone = new("Europe/London")
				return nil
			})
			require.NoError(t, err)
			w.tell(workflows.SignalWake, wake)
		})
		w.run(day)
		w.requireSent(after(time.Hour))
	})
}

// Whatever mode released it: what waits for its window goes on waiting for that when it is woken, and goes when the window is
// moved, though its planned time was moved to the opening.
func TestWindowThatPlannedTimesWaitFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options []option
		slot    time.Duration // missed in a pause
	}{
		"the first attempt": {[]option{byText}, 0},
		"the second":        {[]option{byText, followUp(2, 24)}, day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(c.options, manual)...)
			if c.slot > 0 {
				w.at(time.Minute, func() { w.control(models.ControlStartOutreaches) })
			}
			night1 := c.slot + 13*time.Hour // 23:00
			w.at(night1, func() { w.control(models.ControlStartOutreaches) })
			opens := after(c.slot + 23*time.Hour)
			w.at(night1+time.Minute, func() {
				w.requireWaits(models.WaitWindow, opens)
				w.command(workflows.SignalWake, map[string]any{})
			})
			w.at(night1+time.Hour, func() {
				w.requireWaits(models.WaitWindow, opens)
				w.patch(func(c *models.Campaign) { c.Windows, c.QuietHours = night(), models.QuietHoursOff })
			})
			w.run(c.slot + 2*day)
			calls := w.outside.all()
			require.Equal(t, after(night1+time.Hour), calls[len(calls)-1].At.UTC())
		})
	}
}

// elsewhere sends an e-mail to the world's contact in another campaign.
func (w *world) elsewhere() {
	w.t.Helper()
	other := models.NewCampaign(models.CampaignOneTime)
	other.Name, other.Objective = "Another", "Another."
	other.Channels = []models.Channel{models.ChannelEmail}
	other.Sender = models.Sender{FromName: "Another", FromEmail: "hello@another.example", PostalAddress: "2 Main Street"}
	ctx := w.t.Context()
	require.NoError(w.t, w.CreateCampaign(ctx, other))
	_, err := w.Control(ctx, other.ID, models.ControlGoLive, models.ControlOptions{})
	require.NoError(w.t, err)
	added, err := w.AddContacts(ctx, other.ID, models.ActionUpsert, models.SourceAPI,
		[]models.ContactInput{w.person})
	require.NoError(w.t, err)
	_, err = w.TakeContacts(ctx, other.ID, "batch", 1)
	require.NoError(w.t, err)
	id := added.Results[0].ContactID
	_, request, err := w.BeginPlan(ctx, other.ID, id, "run")
	require.NoError(w.t, err)
	step, err := w.StorePlan(ctx, other.ID, id, *request, planned(1, *request))
	require.NoError(w.t, err)
	_, claim, _, err := w.Claim(ctx, store.ClaimRequest{
		CampaignID: other.ID, ContactID: id, OutreachID: step.OutreachID, Attempt: 1,
	})
	require.NoError(w.t, err)
	require.NotNil(w.t, claim)
	_, err = w.Accept(ctx, claim, "elsewhere")
	require.NoError(w.t, err)
}

// An address that had its outreaches, in whatever campaign, waits until the cap's days have passed since; without the cap
// it goes at once.
func TestWaitsForTheFrequencyCap(t *testing.T) {
	t.Parallel()
	capped := settings(func(c *models.Campaign) { c.FrequencyCap = &models.FrequencyCap{Count: 1, Days: 2} })
	w := newWorld(t, capped, scheduled(2*time.Hour))
	w.at(time.Hour, w.elsewhere)
	w.at(3*time.Hour, func() {
		w.requireWaits(models.WaitFrequencyCap, after(49*time.Hour))
		w.requireStatus(models.ContactAwaitingExecution)
	})
	w.run(10 * day)
	w.requireSent(after(49 * time.Hour))

	w = newWorld(t, capped, scheduled(2*time.Hour))
	w.at(time.Hour, w.elsewhere)
	w.at(3*time.Hour, func() { w.patch(func(c *models.Campaign) { c.FrequencyCap = nil }) })
	w.run(10 * day)
	w.requireSent(after(3 * time.Hour))
}

// A provider that provably did not take it is asked again: after what it asks for, or after delays that grow.
func TestWaitsForTheProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind       models.FailureKind
		code       string
		retryAfter time.Duration
		failures   int
		reason     models.WaitingReason
		until      time.Duration
	}{
		"limit, as long as it asks":   {models.FailureLimit, "429", 3 * time.Hour, 1, models.WaitProviderLimit, 3 * time.Hour},
		"limit, again and again":      {models.FailureLimit, "429", 0, 7, models.WaitProviderLimit, 127 * time.Second},
		"credentials":                 {models.FailureAuth, "401", 0, 1, models.WaitProviderAuth, time.Minute},
		"credentials, again":          {models.FailureAuth, "403", 0, 3, models.WaitProviderAuth, 7 * time.Minute},
		"no connection, again, again": {models.FailureDown, "dial", 0, 7, models.WaitProviderDown, 127 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.outside.answer = failing(c.failures, c.kind, c.code, c.retryAfter)
			w.at(c.until-10*time.Second, func() {
				w.requireWaits(c.reason, after(c.until))
				w.requireStatus(models.ContactAwaitingExecution)
				require.Equal(t, 0, w.row().Attempts)
			})
			w.run(day)
			require.Len(t, w.outside.all(), c.failures+1)
			require.Equal(t, after(c.until), w.outside.all()[c.failures].At.UTC())
			w.requireEnded(models.ContactCompleted, models.ReasonOneTimeDone)
			require.Equal(t, 1, w.row().Attempts)
		})
	}
}

// A pause while the provider is waited for holds: the claim is asked again, and refused.
func TestPausedWhileTheProviderIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outside.answer = failing(1, models.FailureLimit, "429", 3*time.Hour)
	w.at(time.Hour, func() { w.control(models.ControlPause) })
	w.at(4*time.Hour, func() {
		w.requireWaits(models.WaitCampaignPaused)
		w.control(models.ControlResume)
	})
	w.run(day)
	w.requireSent(epoch(), after(4*time.Hour))
}

// The proof of an e-mail, and the end of a call, in a follow-up: the next attempt is planned when they are known.
func TestWaitsForProofAndOutcomeInAFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(2, 24))
	w.outside.answer = failing(1, models.FailureInDoubt, "timeout", 0)
	w.at(10*time.Minute, func() {
		w.requireWaits(models.WaitProof, after(unconfirmedAfter))
		w.requireStatus(models.ContactExecuting)
	})
	w.at(time.Hour, func() { w.requireWaits(models.WaitNextAttempt, after(day)) })
	w.run(5 * day)
	w.requireSent(epoch(), after(day))
	require.Equal(t, 2, w.row().Attempts)

	w = newWorld(t, byPhone, followUp(2, 24))
	w.at(10*time.Minute, func() {
		w.requireWaits(models.WaitOutcome, after(time.Hour))
		w.report(models.EventNoAnswer, "")
	})
	w.at(11*time.Minute, func() { w.requireWaits(models.WaitNextAttempt, after(day)) })
	w.run(5 * day)
	w.requireSent(epoch(), after(day))
}

// A ledger that forgot an attempt, as one that was restored from a backup, is not believed: nothing is sent twice.
func TestWaitsForTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(3, 24))
	w.at(time.Hour, func() {
		w.requireWaits(models.WaitNextAttempt, after(day))
		for _, forget := range []string{
			"DELETE FROM outreach_versions", "DELETE FROM outreaches",
			"UPDATE contacts SET attempts = 0, last_outreach_at = NULL, status = 'planning', waiting_reason = NULL",
		} {
			require.NoError(t, w.db.Exec(forget).Error)
		}
		w.command(workflows.SignalWake, map[string]any{})
	})
	w.at(2*time.Hour, func() { w.requireWaits(models.WaitLedgerBehind) })
	w.run(10 * day)
	w.requireSent(epoch())
}
