package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func fanOutCases() []testCase {
	return []testCase{
		{"FanOutContradicted", testFanOutContradicted},
		{"FanOutPages", testFanOutPages},
		{"FanOutArchived", testFanOutArchived},
	}
}

// fannedOut lists the contacts that a fan-out wakes, page by page.
func (b *bench) fannedOut(t *testing.T, campaignID string, limit int) []string {
	t.Helper()
	ids, after := []string{}, ""
	for {
		wakes, last, err := b.FanOutPage(t.Context(), campaignID, after, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, len(wakes), limit)
		if last == "" {
			require.Empty(t, wakes)
			return ids
		}
		require.Greater(t, last, after)
		after = last
		for _, wake := range wakes {
			require.Equal(t, campaignID, wake.CampaignID)
			require.Equal(t, b.contact(t, wake.ContactID).Revision, wake.Revision)
			ids = append(ids, wake.ContactID)
		}
	}
}

// look brings the contacts' waits up to date, as their workflows do when they are woken.
func (b *bench) look(t *testing.T, campaignID string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		_, err := b.Look(t.Context(), campaignID, id, "run")
		require.NoError(t, err)
	}
}

func testFanOutContradicted(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	ids := b.taken(t, c.ID, people(5)...)
	waiting, sending, planning := ids[:2], ids[2], ids[3]
	b.add(t, c.ID, person(9)) // no workflow has it
	for _, id := range waiting {
		b.plan(t, c.ID, id)
	}
	unsettled := func() bool {
		t.Helper()
		view, err := b.LookCampaign(t.Context(), c.ID)
		require.NoError(t, err)
		return view.Unsettled
	}
	require.False(t, unsettled())
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	// Paused: nobody's wait is contradicted; what they waited for is still true.
	b.control(t, c.ID, models.ControlPause)
	require.Empty(t, b.fannedOut(t, c.ID, 10))
	b.look(t, c.ID, ids...)
	b.requireWaits(t, waiting[0], models.WaitCampaignPaused)
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	// Resumed: those that were held, and nobody else.
	b.control(t, c.ID, models.ControlResume)
	require.True(t, unsettled())
	require.Equal(t, ids, b.fannedOut(t, c.ID, 10))
	b.look(t, c.ID, ids...)
	b.requireWaits(t, planning, models.WaitPlanner)
	require.False(t, unsettled())
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	// Started: those that waited for it.
	b.clock.Advance(time.Second)
	b.control(t, c.ID, models.ControlStartOutreaches)
	require.Equal(t, waiting, b.fannedOut(t, c.ID, 10))
	b.look(t, c.ID, waiting...)
	b.requireWaits(t, waiting[0], models.WaitSendQueue)
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	// Other settings: whoever waits under older ones, but not those whose activity checks everything itself.
	b.plan(t, c.ID, sending)
	require.NoError(t, b.db.Model(&models.Contact{}).Where("id = ?", ids[4]).UpdateColumns(map[string]any{
		"status": "awaiting_execution", "waiting_reason": "scheduled_time", "waiting_until": b.clock.Now().Add(time.Hour),
	}).Error)
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.Name = "Renamed"; return nil })
	require.NoError(t, err)
	require.Equal(t, ids[4:], b.fannedOut(t, c.ID, 10))

	// A time that passed over a minute ago.
	require.NoError(t, b.db.Exec("UPDATE contacts SET waiting_settings_revision = 99").Error)
	require.Empty(t, b.fannedOut(t, c.ID, 10))
	b.clock.Advance(time.Hour + time.Minute - time.Second)
	require.Empty(t, b.fannedOut(t, c.ID, 10))
	b.clock.Advance(2 * time.Second)
	require.Equal(t, ids[4:], b.fannedOut(t, c.ID, 10))

	// Neither removed nor finished contacts.
	b.act(t, c.ID, models.ActionRemove, person(4))
	require.Empty(t, b.fannedOut(t, c.ID, 10))
}

func testFanOutPages(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(23)...)
	b.control(t, c.ID, models.ControlPause)
	b.look(t, c.ID, ids...)
	b.control(t, c.ID, models.ControlResume)
	require.True(t, slices.IsSorted(ids))
	require.Equal(t, ids, b.fannedOut(t, c.ID, 5))

	// One that was cut short is finished by the next, whatever was done since.
	wakes, last, err := b.FanOutPage(t.Context(), c.ID, "", 5)
	require.NoError(t, err)
	require.Len(t, wakes, 5)
	b.look(t, c.ID, ids[:5]...)
	wakes, _, err = b.FanOutPage(t.Context(), c.ID, last, 5)
	require.NoError(t, err)
	require.Equal(t, ids[5], wakes[0].ContactID)
	require.Equal(t, ids[5:], b.fannedOut(t, c.ID, 7))
}

func testFanOutArchived(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	planned := b.ready(t, c.ID, person(2))
	done := b.claimed(t, b.ready(t, c.ID, person(3)))
	_, err := b.Accept(t.Context(), done, "m")
	require.NoError(t, err)
	finished := b.contact(t, done.ContactID)
	untaken := b.add(t, c.ID, person(4)).Results[0].ContactID
	removed := b.add(t, c.ID, person(5)).Results[0].ContactID
	b.act(t, c.ID, models.ActionRemove, person(5))
	b.control(t, c.ID, models.ControlArchive)
	view, err := b.LookCampaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.True(t, view.Unsettled)

	require.Equal(t, []string{claim.ContactID, planned.ContactID}, b.fannedOut(t, c.ID, 2), "those with a workflow are woken")
	for _, id := range []string{claim.ContactID, planned.ContactID, untaken} {
		row := b.contact(t, id)
		require.Equal(t, models.ContactCompleted, row.Status)
		require.Equal(t, models.ReasonCampaignArchived, *row.StatusReason)
		require.NotNil(t, row.FinishedAt)
		require.Nil(t, row.WaitingReason)
	}
	require.Equal(t, finished, b.contact(t, done.ContactID))
	require.Nil(t, b.contact(t, removed).FinishedAt)
	require.Equal(t, models.OutreachCancelled, b.outreach(t, planned.OutreachID).State)
	view, err = b.LookCampaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.False(t, view.Unsettled)

	// What was being sent is still recorded.
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, claim.OutreachID).State)
	step, err := b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	require.Equal(t, models.ReasonCampaignArchived, step.Reason)
	require.Equal(t, 1, b.contact(t, claim.ContactID).Attempts)
}
