package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func takeCases() []testCase {
	return []testCase{
		{"TakeBatches", testTakeBatches},
		{"TakeSameKey", testTakeSameKey},
		{"TakeNobody", testTakeNobody},
		{"LookCampaign", testLookCampaign},
		{"Untake", testUntake},
		{"HoldBehind", testHoldBehind},
	}
}

func testTakeBatches(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.add(t, c.ID, people(250)...)
	b.act(t, c.ID, models.ActionRemove, person(0))
	done := person(1)
	done.Status = new(models.ContactCompleted)
	b.add(t, c.ID, done)

	seen, sizes := []string{}, []int{}
	for number := 0; ; number++ {
		batch, err := b.TakeContacts(t.Context(), c.ID, "run/"+string(rune('a'+number)), 100)
		require.NoError(t, err)
		require.NotNil(t, batch.ContactIDs)
		require.True(t, slices.IsSorted(batch.ContactIDs))
		require.False(t, b.pending(t, c.ID))
		seen, sizes = append(seen, batch.ContactIDs...), append(sizes, len(batch.ContactIDs))
		require.Equal(t, len(seen) < 248, batch.More)
		if !batch.More {
			break
		}
	}
	require.Equal(t, []int{100, 100, 48}, sizes)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(seen))), 248, "each once")
	row := b.contact(t, seen[0])
	require.Equal(t, "run/a", *row.TakenBatch)
	require.NotNil(t, row.TakenAt)
	require.Equal(t, models.ContactNotStarted, row.Status, "until its workflow begins")
}

func testTakeSameKey(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.add(t, c.ID, people(5)...)
	first, err := b.TakeContacts(t.Context(), c.ID, "run/1", 3)
	require.NoError(t, err)
	require.Len(t, first.ContactIDs, 3)
	b.add(t, c.ID, person(9))
	again, err := b.TakeContacts(t.Context(), c.ID, "run/1", 3)
	require.NoError(t, err)
	require.Equal(t, first, again)

	// Asked again while paused, still the same: they carry the mark.
	b.control(t, c.ID, models.ControlPause)
	again, err = b.TakeContacts(t.Context(), c.ID, "run/1", 3)
	require.NoError(t, err)
	require.Equal(t, first.ContactIDs, again.ContactIDs)
	b.control(t, c.ID, models.ControlResume)
	require.Len(t, b.take(t, c.ID), 3)
}

func testTakeNobody(t *testing.T, b *bench) {
	t.Helper()

	for name, id := range map[string]string{
		"draft": b.inStatus(t, models.CampaignDraft), "paused": b.inStatus(t, models.CampaignPaused),
		"ended": b.inStatus(t, models.CampaignActive, endsOn("2026-03-02")),
	} {
		b.clock.Advance(24 * time.Hour)
		require.True(t, b.add(t, id, people(2)...).Signal, name)
		batch, err := b.TakeContacts(t.Context(), id, "run/1", 10)
		require.NoError(t, err)
		require.Equal(t, models.Batch{ContactIDs: []string{}}, batch, name)
		require.True(t, b.pending(t, id), "%s: the flag stays", name)
		view, err := b.LookCampaign(t.Context(), id)
		require.NoError(t, err)
		require.False(t, view.Untaken, name)
		require.False(t, b.add(t, id, person(7)).Signal, name)
	}
}

func testLookCampaign(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	b.add(t, c.ID, person(1))
	row := b.campaign(t, c.ID)
	require.NotEqual(t, row.Revision, row.SeenRevision)
	view, err := b.LookCampaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, models.CampaignView{Status: models.CampaignActive, Revision: row.Revision, Untaken: true}, view)
	require.Equal(t, row.Revision, b.campaign(t, c.ID).SeenRevision)
	b.take(t, c.ID)
	view, err = b.LookCampaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.False(t, view.Untaken)
}

func testUntake(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(2)...)
	_, err := b.Look(t.Context(), c.ID, ids[0], "run-1")
	require.NoError(t, err)
	untaken, err := b.Untake(t.Context(), c.ID, ids[0])
	require.NoError(t, err)
	require.True(t, untaken)
	row := b.contact(t, ids[0])
	require.Nil(t, row.TakenBatch)
	require.Nil(t, row.RunID)
	require.True(t, b.pending(t, c.ID))
	untaken, err = b.Untake(t.Context(), c.ID, ids[0])
	require.NoError(t, err)
	require.False(t, untaken)
	require.Equal(t, ids[:1], b.take(t, c.ID), "it is taken in again")

	b.act(t, c.ID, models.ActionRemove, person(1))
	untaken, err = b.Untake(t.Context(), c.ID, ids[1])
	require.NoError(t, err)
	require.False(t, untaken, "a removed contact stays away")
	b.clock.Advance(time.Second)
}

func testHoldBehind(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(2)...)
	held, err := b.HoldBehind(t.Context(), c.ID, ids[0])
	require.NoError(t, err)
	require.True(t, held)
	b.requireWaits(t, ids[0], models.WaitLedgerBehind)
	require.Equal(t, models.ContactPlanning, b.contact(t, ids[0]).Status, "else it would be shown in the intake's queue")
	b.act(t, c.ID, models.ActionRemove, person(1))
	held, err = b.HoldBehind(t.Context(), c.ID, ids[1])
	require.NoError(t, err)
	require.False(t, held)

	// One that was done, removed and added again has a completed workflow and needs no other.
	request := b.ready(t, c.ID, person(2))
	_, err = b.Accept(t.Context(), b.claimed(t, request), "message-1")
	require.NoError(t, err)
	b.act(t, c.ID, models.ActionRemove, person(2))
	require.Equal(t, []string{request.ContactID}, b.taken(t, c.ID, person(2)))
	held, err = b.HoldBehind(t.Context(), c.ID, request.ContactID)
	require.NoError(t, err)
	require.False(t, held)
	row := b.contact(t, request.ContactID)
	require.Equal(t, models.ContactCompleted, row.Status)
	require.Equal(t, models.ReasonOneTimeDone, *row.StatusReason)
	require.Equal(t, 1, row.Attempts)
}
