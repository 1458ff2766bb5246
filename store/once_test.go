package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func onceCases() []testCase {
	return []testCase{
		{"OnceCreatesOne", testOnceCreatesOne},
		{"OnceAnswersTheSame", testOnceAnswersTheSame},
		{"OnceReused", testOnceReused},
		{"OnceFailed", testOnceFailed},
		{"OnceExpires", testOnceExpires},
		{"OnceAtOnce", testOnceAtOnce},
	}
}

// keyed is a context that carries an idempotency key.
func keyed(t *testing.T, key, body string) context.Context {
	t.Helper()
	return store.WithIdempotencyKey(t.Context(), models.IdempotencyKey{
		Caller: "caller-1", Key: key, Route: "POST /somewhere", BodyHash: hash(body),
	})
}

func (b *bench) count(t *testing.T, table string) (n int64) {
	t.Helper()
	require.NoError(t, b.db.Table(table).Count(&n).Error)
	return n
}

func testOnceCreatesOne(t *testing.T, b *bench) {
	t.Helper()

	create := func(ctx context.Context) string {
		t.Helper()
		c := models.NewCampaign(models.CampaignOneTime)
		c.Name = "Once"
		require.NoError(t, b.CreateCampaign(ctx, c))
		return c.ID
	}
	first := create(keyed(t, "k", "body"))
	require.NotContains(t, b.dump(t), "idempotency_keys.key = k\n", "clients may put anything into it")
	require.Equal(t, first, create(keyed(t, "k", "body")))
	require.EqualValues(t, 1, b.count(t, "campaigns"))
	require.NotEqual(t, first, create(keyed(t, "other", "body")))
	require.NotEqual(t, first, create(t.Context()))
	require.EqualValues(t, 3, b.count(t, "campaigns"))
	require.EqualValues(t, 3, b.count(t, "campaign_intake"))
}

func testOnceAnswersTheSame(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	taken := b.taken(t, c.ID, person(1))[0]
	moved := person(1)
	moved.Phone = new("+12025550101")
	add := func() models.AddResult {
		t.Helper()
		result, err := b.AddContacts(as(keyed(t, "add", "x"), "crm"), c.ID, models.ActionUpsert, models.SourceAPI,
			[]models.ContactInput{moved, person(2)})
		require.NoError(t, err)
		return result
	}
	first := add()
	require.True(t, first.Signal)
	require.Len(t, first.Wake, 1)
	b.take(t, c.ID)
	revision := b.contact(t, taken).Revision
	require.Equal(t, first, add())
	require.Equal(t, revision, b.contact(t, taken).Revision, "nothing was done again")

	start := func() models.ControlResult {
		t.Helper()
		result, err := b.Control(keyed(t, "start", "x"), c.ID, models.ControlStartOutreaches, models.ControlOptions{})
		require.NoError(t, err)
		return result
	}
	released := start()
	require.Equal(t, released, start())
	require.EqualValues(t, 1, b.count(t, "releases"))

	imported := func() models.Import {
		t.Helper()
		entry := file(c.ID, 2)
		_, err := b.ImportContacts(keyed(t, "import", "x"), entry, readRows([]models.ContactInput{person(2), person(3)},
			models.ImportError{Line: 1, Code: "x"}))
		require.NoError(t, err)
		return *entry
	}
	entry := imported()
	again := imported()
	requireTime(t, entry.CreatedAt, again.CreatedAt)
	again.CreatedAt = entry.CreatedAt
	require.Equal(t, entry, again)
	require.EqualValues(t, 2, b.count(t, "imports"), "one of the day, one of the file")
	require.EqualValues(t, 1, b.count(t, "import_errors"))
}

func testOnceReused(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	add := func(ctx context.Context, n int) error {
		_, err := b.AddContacts(ctx, c.ID, models.ActionUpsert, models.SourceAPI, []models.ContactInput{person(n)})
		return err
	}
	require.NoError(t, add(keyed(t, "k", "one"), 1))
	requireCode(t, models.CodeIdempotencyKeyReused, add(keyed(t, "k", "two"), 2))
	otherRoute := store.WithIdempotencyKey(t.Context(), models.IdempotencyKey{
		Caller: "caller-1", Key: "k", Route: "POST /elsewhere", BodyHash: hash("one"),
	})
	requireCode(t, models.CodeIdempotencyKeyReused, add(otherRoute, 2))
	require.EqualValues(t, 1, b.count(t, "contacts"))
	otherCaller := store.WithIdempotencyKey(t.Context(), models.IdempotencyKey{
		Caller: "caller-2", Key: "k", Route: "POST /somewhere", BodyHash: hash("two"),
	})
	require.NoError(t, add(otherCaller, 2), "a key is its caller's own")
	require.EqualValues(t, 2, b.count(t, "contacts"))
}

// testOnceFailed says that a call that failed leaves its key free: it may be repaired and tried again.
func testOnceFailed(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t, func(c *models.Campaign) { c.Objective = "" })
	live := func() error {
		_, err := b.Control(keyed(t, "live", "x"), c.ID, models.ControlGoLive, models.ControlOptions{})
		return err
	}
	requireCode(t, models.CodeGoLiveRefused, live())
	require.Zero(t, b.count(t, "idempotency_keys"))
	_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.Objective = "Say hello."; return nil })
	require.NoError(t, err)
	require.NoError(t, live())
}

func testOnceExpires(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	start := func() {
		t.Helper()
		_, err := b.Control(keyed(t, "start", "x"), c.ID, models.ControlStartOutreaches, models.ControlOptions{})
		require.NoError(t, err)
	}
	start()
	b.clock.Advance(models.IdempotencyTTL - time.Minute)
	start()
	require.EqualValues(t, 1, b.count(t, "releases"))
	b.clock.Advance(2 * time.Minute)
	start()
	require.EqualValues(t, 2, b.count(t, "releases"))
	require.EqualValues(t, 1, b.count(t, "idempotency_keys"))
}

// testOnceAtOnce makes the same call many times at once: it is done once, and all get its answer.
func testOnceAtOnce(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	releases := make([]string, 8)
	changed := atomic.Int32{}
	requireNoErrors(t, together(times(len(releases), func(i int) error {
		result, err := b.Control(keyed(t, "start", "x"), c.ID, models.ControlStartOutreaches, models.ControlOptions{})
		if err == nil {
			releases[i] = *result.ReleaseID
			changed.Add(1)
		}
		return err
	})...))
	require.EqualValues(t, len(releases), changed.Load())
	for _, id := range releases {
		require.Equal(t, releases[0], id)
	}
	require.EqualValues(t, 1, b.count(t, "releases"))
}
