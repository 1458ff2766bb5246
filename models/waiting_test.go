package models_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// Every reason has words of its own, and leads to a status that may be stored.
func TestWaitingReasons(t *testing.T) {
	t.Parallel()
	seen := map[string]models.WaitingReason{}
	for _, reason := range models.WaitingReasons() {
		details := reason.Details()
		require.NotEqual(t, string(reason), details, "%s has no words", reason)
		require.True(t, strings.HasSuffix(details, "."), "%s: %q is no sentence", reason, details)
		require.NotContains(t, details, "%", "%s: nothing is put in", reason)
		require.NotContains(t, seen, details, "%s", reason)
		seen[details] = reason
		require.True(t, strings.HasSuffix(reason.FreedBy(), "."), "%s: what frees it", reason)
		for status, targets := range models.ContactTransitions {
			if status.Finished() {
				continue
			}
			to := reason.StatusOf(status)
			require.Contains(t, models.ContactTransitions, to, "%s from %s", reason, status)
			require.False(t, to.Finished(), "who waits is not finished")
			require.NotEqual(t, models.ContactNotStarted, to, "%s: it has a workflow by now", reason)
			waits := []models.ContactStatus{models.ContactExecuting, models.ContactAwaitingApproval}
			if !slices.Contains(waits, to) { // only a claim or a review leads there, from where they may begin
				require.True(t, to == status || slices.Contains(targets, to), "%s: %s → %s is no transition", reason, status, to)
			}
		}
	}
	require.Equal(t, "other", models.WaitingReason("other").Details())
}

// What a contact is shown to wait for: in a paused campaign nobody waits for a queue, and nobody is taken in after the end.
func TestShownWaiting(t *testing.T) {
	t.Parallel()
	queue, time := models.WaitSendQueue, models.WaitScheduledTime
	for name, c := range map[string]struct {
		row  models.ContactRow
		want models.WaitingReason
	}{
		"Draft":        {models.ContactRow{CampaignStatus: models.CampaignDraft}, models.WaitGoLive},
		"Active":       {models.ContactRow{CampaignStatus: models.CampaignActive}, models.WaitIntakeQueue},
		"Paused":       {models.ContactRow{CampaignStatus: models.CampaignPaused}, models.WaitCampaignPaused},
		"Ended":        {models.ContactRow{CampaignStatus: models.CampaignActive, CampaignEnded: true}, models.WaitCampaignEnded},
		"Queued":       {waitingRow(models.CampaignActive, queue), queue},
		"QueuedPaused": {waitingRow(models.CampaignPaused, queue), models.WaitCampaignPaused},
		"TimePaused":   {waitingRow(models.CampaignPaused, time), time},
	} {
		if c.row.Status == "" {
			c.row.Status = models.ContactNotStarted
		}
		waiting := c.row.Waiting()
		require.NotNil(t, waiting, name)
		require.Equal(t, c.want, waiting.Reason, name)
		require.NotEmpty(t, waiting.Detail, name)
	}
}

func waitingRow(campaign models.CampaignStatus, reason models.WaitingReason) models.ContactRow {
	return models.ContactRow{CampaignStatus: campaign, Contact: models.Contact{
		Status: models.ContactAwaitingExecution, WaitingReason: &reason, WaitingDetail: reason.Details(),
	}}
}
