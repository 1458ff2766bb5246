package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func reconcileCases() []testCase {
	return []testCase{
		{"StraysUnseen", testStraysUnseen},
		{"StraysUnrun", testStraysUnrun},
		{"StraysOverdue", testStraysOverdue},
		{"StraysLeftAlone", testStraysLeftAlone},
		{"Settle", testSettle},
		{"LiveCampaigns", testLiveCampaigns},
		{"StrayCampaigns", testStrayCampaigns},
		{"SettleClaims", testSettleClaims},
		{"TakenContacts", testTakenContacts},
	}
}

func (b *bench) strays(t *testing.T) []string {
	t.Helper()
	strays, err := b.Strays(t.Context(), 500)
	require.NoError(t, err)
	ids := []string{}
	for _, stray := range strays {
		require.Equal(t, b.contact(t, stray.ContactID).Revision, stray.Revision)
		ids = append(ids, stray.ContactID)
	}
	return ids
}

func testStraysUnseen(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	ids := b.taken(t, c.ID, people(2)...)
	for _, id := range ids {
		b.plan(t, c.ID, id)
	}
	require.Empty(t, b.strays(t))
	moved := person(0)
	moved.Phone = new("+12025550101")
	b.add(t, c.ID, moved)
	b.clock.Advance(59 * time.Second)
	require.Empty(t, b.strays(t), "its signal may still come")
	b.clock.Advance(2 * time.Second)

	// Left alone for 1, 2, 4 … 60 minutes after each wake.
	require.Equal(t, ids[:1], b.strays(t))
	for _, minutes := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		b.clock.Advance(time.Duration(minutes)*time.Minute - time.Second)
		require.Empty(t, b.strays(t))
		b.clock.Advance(2 * time.Second)
		require.Equal(t, ids[:1], b.strays(t))
	}
	_, err := b.Look(t.Context(), c.ID, ids[0], "run")
	require.NoError(t, err)
	b.clock.Advance(2 * time.Hour)
	require.Empty(t, b.strays(t), "it was seen")
}

func testStraysUnrun(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(2)...)
	_, _, err := b.BeginPlan(t.Context(), c.ID, ids[0], "run")
	require.NoError(t, err)
	b.clock.Advance(59 * time.Second)
	require.Empty(t, b.strays(t))
	b.clock.Advance(2 * time.Second)
	require.Equal(t, ids[1:], b.strays(t))

	// Contacts that waited long before they were taken in are not late at once.
	b.add(t, c.ID, person(7))
	b.clock.Advance(time.Hour)
	moved := person(7)
	moved.Phone = new("+12025550101")
	b.add(t, c.ID, moved)
	b.clock.Advance(time.Hour)
	taken := b.take(t, c.ID)
	require.Len(t, taken, 1)
	require.NotContains(t, b.strays(t), taken[0])
}

func testStraysOverdue(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	claim := b.claimed(t, request)
	_, err := b.Doubt(t.Context(), claim, &models.ProviderError{Kind: models.FailureInDoubt, Code: "500"})
	require.NoError(t, err)
	b.clock.Advance(unconfirmedAfter + 59*time.Second)
	require.Empty(t, b.strays(t))
	b.clock.Advance(2 * time.Second)
	require.Equal(t, []string{request.ContactID}, b.strays(t), "a claim older than its time")
}

// testStraysLeftAlone leaves contacts alone for an hour whose activity is expected to move them on.
func testStraysLeftAlone(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	planning := b.taken(t, c.ID, person(0))[0]
	_, _, err := b.BeginPlan(t.Context(), c.ID, planning, "run")
	require.NoError(t, err)
	queued := b.ready(t, c.ID, person(1)).ContactID
	executing := b.claimed(t, b.ready(t, c.ID, person(2))).ContactID
	// Each has a change that nobody has seen.
	require.NoError(t, b.db.Exec("UPDATE contacts SET revision = revision + 1").Error)
	b.clock.Advance(59 * time.Minute)
	require.Empty(t, b.strays(t))
	b.clock.Advance(2 * time.Minute)
	require.ElementsMatch(t, []string{planning, queued, executing}, b.strays(t))
}

func testSettle(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	ids := b.taken(t, c.ID, people(2)...)
	for _, id := range ids {
		b.plan(t, c.ID, id)
	}
	b.act(t, c.ID, models.ActionRemove, person(0))
	moved := person(1)
	moved.Phone = new("+12025550101")
	b.add(t, c.ID, moved)
	for _, id := range ids {
		require.NoError(t, b.Settle(t.Context(), c.ID, id))
	}
	b.clock.Advance(2 * time.Minute)
	require.Equal(t, ids[1:], b.strays(t), "only a removed or finished contact can do without its workflow")
}

func testLiveCampaigns(t *testing.T, b *bench) {
	t.Helper()

	ids := []string{b.draft(t).ID, b.live(t).ID, b.inStatus(t, models.CampaignPaused), b.inStatus(t, models.CampaignArchived)}
	over := b.inStatus(t, models.CampaignArchived)
	_, err := b.LookCampaign(t.Context(), over)
	require.NoError(t, err)
	seen, after := []string{}, ""
	for {
		page, err := b.LiveCampaigns(t.Context(), after, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, wake := range page {
			after = wake.CampaignID
			require.Empty(t, wake.ContactID)
			require.Equal(t, b.campaign(t, after).Revision, wake.Revision)
			seen = append(seen, after)
		}
	}
	require.Equal(t, ids, seen, "all but archived ones whose workflow has seen the end")
}

func testStrayCampaigns(t *testing.T, b *bench) {
	t.Helper()

	strays := func() []string {
		t.Helper()
		wakes, err := b.StrayCampaigns(t.Context(), 500)
		require.NoError(t, err)
		ids := []string{}
		for _, wake := range wakes {
			require.Equal(t, b.campaign(t, wake.CampaignID).Revision, wake.Revision)
			ids = append(ids, wake.CampaignID)
		}
		return ids
	}
	seen := func(id string) {
		t.Helper()
		_, err := b.LookCampaign(t.Context(), id)
		require.NoError(t, err)
	}
	quiet, unseen, untaken, unsettled := b.live(t).ID, b.live(t).ID, b.live(t).ID, b.live(t).ID
	held := b.taken(t, unsettled, person(1))[0]
	b.control(t, unsettled, models.ControlPause)
	_, err := b.Look(t.Context(), unsettled, held, "run")
	require.NoError(t, err)
	b.control(t, unsettled, models.ControlResume)
	b.add(t, untaken, person(1))
	for _, id := range []string{quiet, untaken, unsettled} {
		seen(id)
	}
	b.clock.Advance(59 * time.Second)
	require.Empty(t, strays())
	before := b.campaign(t, unsettled).Revision
	b.clock.Advance(2 * time.Second)
	require.Equal(t, []string{unseen, untaken, unsettled}, strays())
	require.Equal(t, before+1, b.campaign(t, unsettled).Revision, "so that it fans out again")
	require.Empty(t, strays(), "left alone for a while")

	// All is well: nobody is looked for.
	seen(unseen)
	seen(unsettled)
	b.take(t, untaken)
	_, err = b.Look(t.Context(), unsettled, held, "run")
	require.NoError(t, err)
	b.clock.Advance(2 * time.Hour)
	require.Empty(t, strays())

	// A paused campaign takes nobody in: nobody waits in vain.
	b.control(t, untaken, models.ControlPause)
	seen(untaken)
	b.add(t, untaken, person(2))
	b.clock.Advance(time.Hour)
	require.Empty(t, strays())
}

func testTakenContacts(t *testing.T, b *bench) {
	t.Helper()

	first, second := b.live(t).ID, b.live(t).ID
	ids := append(b.taken(t, first, people(3)...), b.taken(t, second, people(2)...)...)
	b.add(t, first, person(9)) // no workflow is to see it through yet
	b.act(t, first, models.ActionRemove, person(0))
	done := person(1)
	done.Status = new(models.ContactCompleted)
	b.add(t, first, done)
	just, err := b.TakenContacts(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, just, "their workflows are about to begin")
	b.clock.Advance(store.DefaultOverdue + time.Second)
	fresh := b.taken(t, second, person(7))[0]
	_, err = b.Look(t.Context(), second, fresh, "run-1")
	require.NoError(t, err)

	seen, after := []string{}, ""
	for {
		page, err := b.TakenContacts(t.Context(), after, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, wake := range page {
			after = wake.ContactID
			row := b.contact(t, after)
			require.Equal(t, models.Wake{CampaignID: row.CampaignID, ContactID: row.ID, Revision: row.Revision}, wake)
			seen = append(seen, after)
		}
	}
	require.Equal(t, append(ids[2:], fresh), seen)
}

// testSettleClaims leaves two claims without a result: of a contact that is removed meanwhile, and of one whose workflow is
// gone. Once their time has passed both are unknown, and whatever the provider reports later still counts.
func testSettleClaims(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	removed, gone := b.ready(t, c.ID, person(1)), b.ready(t, c.ID, person(2))
	b.claimed(t, removed)
	b.claimed(t, gone)
	b.act(t, c.ID, models.ActionRemove, person(1))

	b.clock.Advance(store.DefaultUnconfirmedAfter)
	wakes, err := b.SettleClaims(t.Context(), 500)
	require.NoError(t, err)
	require.Empty(t, wakes, "a workflow that is there settles its claim itself")
	require.Equal(t, models.OutreachSubmitting, b.outreach(t, removed.OutreachID).State)

	b.clock.Advance(store.DefaultOverdue + time.Second)
	wakes, err = b.SettleClaims(t.Context(), 500)
	require.NoError(t, err)
	require.Equal(t, []models.Wake{{
		CampaignID: c.ID, ContactID: gone.ContactID, Revision: b.contact(t, gone.ContactID).Revision,
	}}, wakes, "a removed contact needs no wake")
	for _, request := range []store.ClaimRequest{removed, gone} {
		require.Equal(t, models.OutreachUnknown, b.outreach(t, request.OutreachID).State)
		row := b.contact(t, request.ContactID)
		require.Equal(t, 1, row.Attempts)
		require.True(t, row.Unconfirmed)
	}
	again, err := b.SettleClaims(t.Context(), 500)
	require.NoError(t, err)
	require.Empty(t, again)

	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{{
		OutreachID: removed.OutreachID, Type: models.EventDelivered, At: b.clock.Now(), DedupeKey: "late",
	}})
	require.NoError(t, err)
	require.Equal(t, models.OutreachDelivered, b.outreach(t, removed.OutreachID).State)
	require.False(t, b.contact(t, removed.ContactID).Unconfirmed)
	require.Equal(t, 1, b.contact(t, removed.ContactID).Attempts)
}
