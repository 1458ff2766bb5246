package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// Ten attempts by text over sixty days, with replies between them: each attempt keeps its distance and its window, each reply
// has the next attempt planned anew, and the planner is told of everything that came before.
func TestTenAttemptsInSixtyDays(t *testing.T) {
	t.Parallel()
	const attempts, hours = 10, 120
	w := newWorld(t, byText, followUp(attempts, hours), func(s *start) {
		s.person.Phone, s.person.Timezone = new("+12125550123"), nil // New York
	})
	replies := []time.Duration{3*day + 7*time.Hour, 17 * day, 17*day + time.Minute, 41*day + 3*time.Hour}
	for _, at := range replies {
		w.at(at, func() {
			before := w.row()
			require.NotNil(t, before.NextOutreach)
			asked := len(w.planner.asked())
			w.reply("Not now, thank you.")
			require.Nil(t, w.row().NextOutreach, "the reply superseded %s", before.NextOutreach.ID)
			require.Len(t, w.planner.asked(), asked)
		})
		w.at(at+moment, func() { require.NotNil(t, w.row().NextOutreach, "it was planned anew") })
	}
	progress := []int{}
	for d := range 60 {
		w.at(time.Duration(d)*day+12*time.Hour, func() { // 17:00 or 18:00 there
			progress = append(progress, w.row().Attempts)
			if !w.row().Finished() {
				w.requireOpen()
			}
		})
	}
	w.run(60 * day)
	w.requireEnded(models.ContactCompleted, models.ReasonAttemptsUsed)
	requireAttempts(t, w, attempts, hours)
	require.IsNonDecreasing(t, progress)
	row := w.row()
	require.Equal(t, attempts, row.Attempts)
	require.Equal(t, attempts, row.MaxAttempts)
	total, err := w.Progress(t.Context(), w.campaignID)
	require.NoError(t, err)
	require.Equal(t, attempts, total.Attempts)
	require.Equal(t, map[models.ContactStatus]int{models.ContactCompleted: 1}, nonZero(total.Counts))
	last := w.outside.all()[attempts-1].At
	require.Equal(t, last.Add(hours*time.Hour).UTC(), row.FinishedAt.UTC(), "a reply to the last was waited for")

	asked := w.planner.asked()
	require.Len(t, asked, attempts+len(replies), "each attempt was planned once, and once more after each reply")
	requireTold(t, asked, w.outside.all(), replies)
}

// requireAttempts wants exactly so many sends, none closer to the one before than so many hours, none outside its window.
func requireAttempts(t *testing.T, w *world, attempts, hours int) {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	calls := w.outside.all()
	require.Len(t, calls, attempts)
	for i, call := range calls {
		local := call.At.In(zone)
		require.NotEqual(t, time.Sunday, local.Weekday(), "%s", local)
		require.GreaterOrEqual(t, local.Hour(), 9, "%s", local)
		require.Less(t, local.Hour(), 20, "%s", local)
		if i > 0 {
			require.GreaterOrEqual(t, call.At.Sub(calls[i-1].At), time.Duration(hours)*time.Hour)
		}
	}
}

// requireTold wants each request for a plan to carry what had been sent and answered by then.
func requireTold(t *testing.T, asked []models.PlanRequest, calls []sent, replies []time.Duration) {
	t.Helper()
	for _, request := range asked {
		made, answered := 0, 0
		for _, call := range calls {
			if call.At.Before(request.Now) || call.At.Equal(request.Now) && made+1 < request.Attempt {
				require.Equal(t, unframed(call.Body), request.History[made].Body)
				require.Equal(t, call.At.UTC(), request.History[made].At.UTC())
				require.Equal(t, made+1, request.History[made].Attempt)
				made++
			}
		}
		require.Len(t, request.History, made)
		require.Equal(t, made+1, request.Attempt)
		for _, at := range replies {
			if !after(at).After(request.Now) {
				answered++
			}
		}
		require.Len(t, request.Replies, answered)
		if answered > 0 {
			require.Equal(t, "Not now, thank you.", request.Replies[answered-1].Text)
		}
	}
}

func nonZero(counts map[models.ContactStatus]int) map[models.ContactStatus]int {
	some := map[models.ContactStatus]int{}
	for status, n := range counts {
		if n > 0 {
			some[status] = n
		}
	}
	return some
}

// A reply while an attempt waits for its approval removes the plan; the new one wants an approval of its own.
func TestReplyWhileAwaitingApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reviewed, followUp(3, 24))
	w.at(time.Hour, func() { w.approve(1) })
	w.at(2*time.Hour, func() { w.approve(2) }) // the second, for tomorrow
	w.at(3*time.Hour, func() {
		w.requireStatus(models.ContactAwaitingExecution)
		w.replyByEmail("Tell me more.")
	})
	w.at(4*time.Hour, func() {
		w.requireWaits(models.WaitNextAttempt, after(25*time.Hour))
		w.requireStatus(models.ContactAwaitingApproval)
	})
	w.at(3*day, func() {
		w.requireSent(after(time.Hour))
		w.requireContactRefused(models.ContactApprove, 2, models.CodeStaleVersion) // that text nobody will get
		w.approve(3)
	})
	w.run(4 * day)
	w.requireSent(after(time.Hour), after(3*day))
	w.requireBodies(textOf(1), textOf(3))
}

// A reply that comes while the AI plans makes that plan old: it is planned anew, with the reply.
func TestReplyWhilePlanning(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(2, 24))
	w.planner.answer = func(n int, request models.PlanRequest) (models.Plan, error) {
		if n == 2 {
			_, err := w.RecordReply(t.Context(), models.InboundMessage{
				Channel: models.ChannelEmail, From: email, Text: "Tell me more.", At: w.env.Now(), ProviderID: "reply",
			})
			if err != nil {
				return models.Plan{}, err
			}
		}
		return planned(n, request), nil
	}
	w.run(5 * day)
	w.requireSent(epoch(), after(day))
	w.requireBodies(textOf(1), textOf(3))
	require.Len(t, w.planner.asked()[2].Replies, 1)
}

// Fewer attempts than were made end the follow-up; more go on.
func TestMaxAttemptsAreChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(5, 24))
	w.at(30*time.Hour, func() { w.patch(func(c *models.Campaign) { c.MaxAttempts = 2 }) })
	w.at(31*time.Hour, func() { w.requireWaits(models.WaitReply, after(2*day)) })
	w.run(10 * day)
	w.requireSent(epoch(), after(day))
	w.requireEnded(models.ContactCompleted, models.ReasonAttemptsUsed)

	w = newWorld(t, followUp(1, 24))
	w.at(12*time.Hour, func() { w.patch(func(c *models.Campaign) { c.MaxAttempts = 2 }) })
	w.run(10 * day)
	w.requireSent(epoch(), after(day))
}

// A greater distance between attempts holds for the attempt that is planned already.
func TestDistanceIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, followUp(2, 24))
	w.at(time.Hour, func() { w.patch(func(c *models.Campaign) { c.MinHoursBetweenAttempts = 72 }) })
	w.at(2*time.Hour, func() { w.requireWaits(models.WaitNextAttempt, after(3*day)) })
	w.run(10 * day)
	w.requireSent(epoch(), after(3*day))
}
