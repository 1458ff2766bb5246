package workflows_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
	"beckon/workflows"
)

func TestWorkflowIDs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "campaign/c1", workflows.CampaignID("c1"))
	require.Equal(t, "campaign/c1/contact/p1", workflows.ContactID("c1", "p1"))
	require.Equal(t, "campaign/c1", workflows.WakeID(models.Wake{CampaignID: "c1"}))
	require.Equal(t, "campaign/c1/contact/p1", workflows.WakeID(models.Wake{CampaignID: "c1", ContactID: "p1"}))
	require.LessOrEqual(t, len(workflows.ContactID(campaignID, contactID)), 255, "Temporal's SQL visibility keeps no more")
	for _, other := range []string{"", "reconcile", "campaign/c1", "campaigns/c1/contact/p1", "c1/contact/p1"} {
		_, _, ok := workflows.ParseContactID(other)
		require.False(t, ok, "%q", other)
	}
	rapid.Check(t, func(r *rapid.T) {
		ids := rapid.StringMatching(`[0-9a-f-]{1,36}`)
		campaign, contact := ids.Draw(r, "campaign"), ids.Draw(r, "contact")
		gotCampaign, gotContact, ok := workflows.ParseContactID(workflows.ContactID(campaign, contact))
		require.True(r, ok)
		require.Equal(r, campaign, gotCampaign)
		require.Equal(r, contact, gotContact)
	})
}

// The task queues of the design, one a channel.
func TestTaskQueues(t *testing.T) {
	t.Parallel()
	require.Equal(t, workflows.EmailTaskQueue, workflows.ChannelTaskQueue(models.ChannelEmail))
	require.Equal(t, "beckon-text", workflows.ChannelTaskQueue(models.ChannelText))
	require.Equal(t, "beckon-phone", workflows.ChannelTaskQueue(models.ChannelPhone))
}

// Every control has a signal of its name, and signals, inputs and answers have the names on the wire that others know.
func TestWireNames(t *testing.T) {
	t.Parallel()
	signals := []string{
		workflows.SignalGoLive, workflows.SignalPause, workflows.SignalResume, workflows.SignalArchive,
		workflows.SignalStartOutreaches, workflows.SignalExecuteApproved,
	}
	require.Len(t, signals, len(models.Controls))
	for i, control := range models.Controls {
		require.Equal(t, string(control), signals[i])
	}
	for want, value := range map[string]any{
		`{"revision":7}`:                     revision(7),
		`{}`:                                 workflows.SignalPayload{},
		`{"campaignId":"c"}`:                 workflows.CampaignInput{CampaignID: "c"},
		`{"campaignId":"c","contactId":"p"}`: workflows.ContactInput{CampaignID: "c", ContactID: "p"},
		`{"campaignId":"c","fannedOut":3,"held":1}`: workflows.CampaignInput{CampaignID: "c", FannedOut: 3, Held: 1},
		`{"campaignId":"c","contactId":"p","attempt":2}`: workflows.ContactInput{
			CampaignID: "c", ContactID: "p", Attempt: 2,
		},
	} {
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		require.Equal(t, want, string(encoded))
	}
	encoded, err := json.Marshal(workflows.SendRequest{
		ContactRef: workflows.ContactRef{CampaignID: "c", ContactID: "p", RunID: "r"}, OutreachID: "o", Attempt: 1,
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"campaignId":"c","contactId":"p","runId":"r","outreachId":"o","attempt":1}`, string(encoded))
	require.NotContains(t, string(encoded), "ContactRef")
}
