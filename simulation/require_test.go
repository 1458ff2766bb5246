package simulation_test

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"beckon/models"
	"beckon/workflows"
)

// row is the contact as lists show it.
func (w *world) row() *models.ContactDetail {
	w.t.Helper()
	detail, err := w.Contact(w.t.Context(), w.campaignID, w.contactID)
	require.NoError(w.t, err)
	return detail
}

// campaign is the campaign's row.
func (w *world) campaign() *models.CampaignRow {
	w.t.Helper()
	row, err := w.Campaign(w.t.Context(), w.campaignID)
	require.NoError(w.t, err)
	return row
}

// campaignState is what the campaign's workflow answers.
func (w *world) campaignState() workflows.CampaignState {
	w.t.Helper()
	value, err := w.env.QueryWorkflow(workflows.QueryCampaignState)
	require.NoError(w.t, err)
	state := workflows.CampaignState{}
	require.NoError(w.t, value.Get(&state))
	return state
}

// state is what the contact's workflow answers.
func (w *world) state() workflows.ContactState {
	w.t.Helper()
	value, err := w.env.QueryWorkflowByID(workflows.ContactID(w.campaignID, w.contactID), workflows.QueryContactState)
	require.NoError(w.t, err)
	state := workflows.ContactState{}
	require.NoError(w.t, value.Get(&state))
	return state
}

// requireRow wants the contact's row to say that it waits for the reason, until then where a time is given.
func (w *world) requireRow(reason models.WaitingReason, until ...time.Time) {
	w.t.Helper()
	row := w.row()
	w.requireWaiting(row.Waiting(), reason, until...)
}

func (w *world) requireWaiting(waiting *models.Waiting, reason models.WaitingReason, until ...time.Time) {
	w.t.Helper()
	require.NotNil(w.t, waiting, "it waits for nothing, not for %s", reason)
	require.Equal(w.t, reason, waiting.Reason)
	if reason == models.WaitPlannerError {
		require.Contains(w.t, waiting.Detail, "("+w.row().PlannerCode+"); it is asked again.")
	} else {
		require.Equal(w.t, reason.Details(), waiting.Detail)
	}
	if len(until) == 0 {
		require.Nil(w.t, waiting.Until, "only an event ends this wait")
		return
	}
	require.NotNil(w.t, waiting.Until)
	require.Equal(w.t, until[0].UTC(), waiting.Until.UTC())
}

// requireWaits wants row, query, current details and search attributes to say alike what the contact waits for.
func (w *world) requireWaits(reason models.WaitingReason, until ...time.Time) {
	w.t.Helper()
	w.requireRow(reason, until...)
	state, row := w.state(), w.row()
	require.Equal(w.t, models.DoWait, state.Step.Do)
	w.requireWaiting(state.Step.Waiting, reason, until...)
	require.Equal(w.t, row.Status, state.Step.Status)
	require.Equal(w.t, state.Step.String(), state.Detail)
	w.requireShown(string(row.Status) + " " + string(reason))
	require.Equal(w.t, row.Revision, row.SeenRevision, "the workflow has seen the row")
}

// requireShown wants the search attributes to be these: status and reason.
func (w *world) requireShown(want string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.NotEmpty(w.t, w.shown, "no search attribute was set")
	require.Equal(w.t, want, w.shown[len(w.shown)-1])
}

func (w *world) requireStatus(status models.ContactStatus) {
	w.t.Helper()
	require.Equal(w.t, status, w.row().Status)
}

// requireEnded wants the contact to have ended so, and its workflow with it.
func (w *world) requireEnded(status models.ContactStatus, reason models.StatusReason) {
	w.t.Helper()
	row := w.row()
	require.Equal(w.t, status, row.Status)
	require.NotNil(w.t, row.StatusReason)
	require.Equal(w.t, reason, *row.StatusReason)
	require.NotNil(w.t, row.FinishedAt)
	require.Nil(w.t, row.Waiting())
	if o := row.NextOutreach; o != nil {
		require.Equal(w.t, models.OutreachSubmitting, o.State, "nothing is planned any more")
	}
	w.requireOver()
	w.requireShown(string(status) + " ")
}

// requireOver wants the contact's workflow to have come to its own end.
func (w *world) requireOver() {
	w.t.Helper()
	require.Equal(w.t, workflows.RunCompleted, w.describe())
}

// requireOpen wants the contact's workflow to run, or to have run until the test ended.
func (w *world) requireOpen() {
	w.t.Helper()
	require.Equal(w.t, workflows.RunOpen, w.describe())
}

// requireCancelled wants the contact's workflow to have ended as cancelled, so that it may start again.
func (w *world) requireCancelled() {
	w.t.Helper()
	require.Equal(w.t, workflows.RunClosed, w.describe())
	w.mu.Lock()
	defer w.mu.Unlock()
	cancelled := &temporal.CanceledError{}
	require.ErrorAs(w.t, w.ends[len(w.ends)-1], &cancelled)
}

// requireSent wants the providers to have been called at these times, and no other.
func (w *world) requireSent(at ...time.Time) {
	w.t.Helper()
	times := []time.Time{}
	for _, call := range w.outside.all() {
		times = append(times, call.At.UTC())
	}
	want := []time.Time{}
	for _, each := range at {
		want = append(want, each.UTC())
	}
	require.Equal(w.t, want, times)
}

// requireBodies wants the providers to have been given these texts.
func (w *world) requireBodies(want ...string) {
	w.t.Helper()
	bodies := []string{}
	for _, call := range w.outside.all() {
		bodies = append(bodies, unframed(call.Body))
	}
	require.Equal(w.t, want, bodies)
}

// unframed is a text as it was planned, without what a campaign's first one says around it.
func unframed(body string) string {
	return strings.TrimSuffix(strings.TrimPrefix(body, "Example Clinic: "), "\nReply STOP to opt out.")
}

// requireChannels wants the providers of these channels to have been called, in this order.
func (w *world) requireChannels(want ...models.Channel) {
	w.t.Helper()
	channels := []models.Channel{}
	for _, call := range w.outside.all() {
		channels = append(channels, call.Channel)
	}
	require.Equal(w.t, want, channels)
}

// after is a time so long after the epoch.
func after(d time.Duration) time.Time { return epoch().Add(d) }
