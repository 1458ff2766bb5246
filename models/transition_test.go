package models_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// requireClosed says that every target of the table is a key of it, and that no status leads to itself or twice to one.
func requireClosed[S comparable](t *testing.T, table map[S][]S, final ...S) {
	t.Helper()
	for from, targets := range table {
		for i, to := range targets {
			require.Contains(t, table, to, "%v leads to %v, which is no key", from, to)
			require.NotEqual(t, from, to, "staying is always allowed and not listed")
			require.NotContains(t, targets[:i], to, "%v leads to %v twice", from, to)
		}
		require.Equal(t, slices.Contains(final, from), len(targets) == 0, "whether %v is final", from)
	}
}

// requireReachable says that every status of the table can be reached from the first.
func requireReachable[S comparable](t *testing.T, table map[S][]S, first ...S) {
	t.Helper()
	reached := map[S]bool{}
	for len(first) > 0 {
		from := first[0]
		first = first[1:]
		if !reached[from] {
			reached[from] = true
			first = append(first, table[from]...)
		}
	}
	require.Len(t, reached, len(table), "reached: %v of %v", slices.Collect(maps.Keys(reached)), slices.Collect(maps.Keys(table)))
}

func TestTransitionTablesAreClosed(t *testing.T) {
	t.Parallel()
	requireClosed(t, models.CampaignTransitions, models.CampaignArchived)
	requireReachable(t, models.CampaignTransitions, models.CampaignDraft)

	requireClosed(t, models.ContactTransitions, models.ContactDisqualified)
	requireReachable(t, models.ContactTransitions, models.ContactNotStarted)

	requireClosed(t, models.OutreachTransitions,
		models.OutreachRejected, models.OutreachFailed, models.OutreachSuperseded, models.OutreachCancelled)
	requireReachable(t, models.OutreachTransitions, models.OutreachPlanned)
}

// The statuses that are final in the table are those that count as finished, and the list of statuses is complete.
func TestContactStatuses(t *testing.T) {
	t.Parallel()
	for status, targets := range models.ContactTransitions {
		// A completed contact is finished, though an opt-out still disqualifies it.
		ends := len(targets) == 0 || status == models.ContactCompleted
		require.Equal(t, ends, status.Finished(), "%s", status)
		require.Contains(t, models.ContactStatuses, status)
	}
	require.NotContains(t, models.ContactTransitions, models.ContactCampaignPaused, "it is shown, never stored")
	require.Len(t, models.ContactStatuses, len(models.ContactTransitions)+1)
	for _, status := range models.ContactStatuses {
		if status != models.ContactNotStarted && status != models.ContactDisabled { // which may not have been taken in
			require.False(t, slices.Contains(models.ContactTransitions[status], models.ContactNotStarted), "%s", status)
		}
	}
}

func TestShownStatus(t *testing.T) {
	t.Parallel()
	for _, status := range models.ContactStatuses {
		for campaign := range models.CampaignTransitions {
			want := status
			if campaign == models.CampaignPaused && slices.Contains([]models.ContactStatus{
				models.ContactNotStarted, models.ContactPlanning, models.ContactAwaitingExecution, models.ContactAwaitingApproval,
			}, status) {
				want = models.ContactCampaignPaused
			}
			require.Equal(t, want, status.Shown(campaign), "%s in a campaign that is %s", status, campaign)
		}
	}
}

// What is open is not an attempt, and an attempt never stops being one.
func TestOutreachStates(t *testing.T) {
	t.Parallel()
	open := []models.OutreachState{models.OutreachPlanned, models.OutreachApproved, models.OutreachSubmitting}
	counted := []models.OutreachState{
		models.OutreachAccepted, models.OutreachUnknown, models.OutreachDelivered, models.OutreachFailed,
	}
	for state, targets := range models.OutreachTransitions {
		require.Equal(t, slices.Contains(open, state), state.Open(), "%s", state)
		require.Equal(t, slices.Contains(counted, state), state.Counts(), "%s", state)
		for _, to := range targets {
			require.False(t, state.Counts() && !to.Counts(), "%s → %s takes an attempt back", state, to)
		}
	}
	require.NotContains(t, models.OutreachTransitions[models.OutreachUnknown], models.OutreachPlanned,
		"an outreach that may have been sent is never sent again by itself")
}

func TestCanMove(t *testing.T) {
	t.Parallel()
	require.True(t, models.CanMove(models.CampaignTransitions, models.CampaignArchived, models.CampaignArchived), "staying")
	require.True(t, models.CanMove(models.CampaignTransitions, models.CampaignDraft, models.CampaignActive))
	require.False(t, models.CanMove(models.CampaignTransitions, models.CampaignArchived, models.CampaignActive))
	require.False(t, models.CanMove(models.CampaignTransitions, models.CampaignDraft, models.CampaignPaused))
	require.False(t, models.CanMove(models.OutreachTransitions, "nonsense", models.OutreachPlanned))
}

// What an event says of an outreach is a state that a claimed one may reach.
func TestEventStates(t *testing.T) {
	t.Parallel()
	for event, want := range map[models.EventType]models.OutreachState{
		models.EventDelivered: models.OutreachDelivered,
		models.EventBounced:   models.OutreachFailed,
		models.EventDropped:   models.OutreachFailed,
		models.EventProcessed: models.OutreachAccepted,
		models.EventDeferred:  models.OutreachAccepted,
	} {
		have, speaks := event.State()
		require.True(t, speaks, "%s", event)
		require.Equal(t, want, have, "%s", event)
		require.True(t, models.CanMove(models.OutreachTransitions, models.OutreachSubmitting, have), "%s", event)
		require.True(t, have.Counts(), "%s proves that the provider has it", event)
	}
	_, speaks := models.EventType("sneezed").State()
	require.False(t, speaks)
}
