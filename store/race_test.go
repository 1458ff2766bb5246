package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func raceCases() []testCase {
	return []testCase{
		{"RaceOneOutreach", testRaceOneOutreach},
		{"RacePause", testRacePause},
		{"RaceAdditions", testRaceAdditions},
		{"RaceIntake", testRaceIntake},
		{"RaceTakers", testRaceTakers},
		{"RaceEverything", testRaceEverything},
	}
}

// together runs the functions at once and returns their errors.
func together(runs ...func() error) []error {
	errs, start := make([]error, len(runs)), make(chan struct{})
	group := sync.WaitGroup{}
	for i, run := range runs {
		group.Go(func() {
			<-start
			errs[i] = run()
		})
	}
	close(start)
	group.Wait()
	return errs
}

func times(n int, run func(i int) error) []func() error {
	runs := make([]func() error, 0, n)
	for i := range n {
		runs = append(runs, func() error { return run(i) })
	}
	return runs
}

func requireNoErrors(t *testing.T, errs []error) {
	t.Helper()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

// testRaceOneOutreach claims one outreach many times at once: one claim is granted.
func testRaceOneOutreach(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for n := range 5 {
		request := b.ready(t, c.ID, person(n))
		granted := atomic.Int32{}
		requireNoErrors(t, together(times(8, func(int) error {
			_, claim, _, err := b.Claim(t.Context(), request)
			if claim != nil {
				granted.Add(1)
			}
			return err
		})...))
		require.EqualValues(t, 1, granted.Load())
	}
}

// testRacePause claims many outreaches while the campaign is paused: after pause has answered, no claim is granted, and its
// answer counts those that were.
func testRacePause(t *testing.T, b *bench) {
	t.Helper()

	for round := range 3 {
		c := b.live(t)
		requests := []store.ClaimRequest{}
		for _, id := range b.taken(t, c.ID, people(24)...) {
			requests = append(requests, b.requestOf(c.ID, id, b.plan(t, c.ID, id)))
		}
		var answered atomic.Bool
		granted, late := make(chan struct{}, len(requests)), atomic.Int32{}
		var result models.ControlResult
		runs := times(len(requests), func(i int) error {
			over := answered.Load() // asked after pause had answered
			_, claim, _, err := b.Claim(t.Context(), requests[i])
			if claim != nil && over {
				late.Add(1)
			}
			if claim != nil {
				granted <- struct{}{}
			}
			return err
		})
		seen := round * 5
		pause := func() (err error) {
			for range seen { // in the midst of them
				<-granted
			}
			result, err = b.Control(t.Context(), c.ID, models.ControlPause, models.ControlOptions{})
			answered.Store(true)
			return err
		}
		requireNoErrors(t, together(append(runs, pause)...))
		require.Zero(t, late.Load())
		require.Equal(t, seen+len(granted), result.InFlight, "every claim committed before the answer, and was counted")
		for _, request := range requests {
			_, claim, _, err := b.Claim(t.Context(), request)
			require.NoError(t, err)
			require.Nil(t, claim)
		}
	}
}

// testRaceAdditions adds the same people from many sides at once: each is there once, and the workflow is told once.
func testRaceAdditions(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	created, signals := atomic.Int32{}, atomic.Int32{}
	requireNoErrors(t, together(times(8, func(side int) error {
		inputs := people(30)
		for i := range inputs {
			inputs[i].Phone = new(fmt.Sprintf("+1202555%04d", i))
		}
		if side%2 == 1 { // in the other order
			for i, j := 0, len(inputs)-1; i < j; i, j = i+1, j-1 {
				inputs[i], inputs[j] = inputs[j], inputs[i]
			}
		}
		result, err := b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI, inputs)
		for _, added := range result.Results {
			if added.Action == models.AddedCreated {
				created.Add(1)
			}
		}
		if result.Signal {
			signals.Add(1)
		}
		return err
	})...))
	require.EqualValues(t, 30, created.Load())
	require.EqualValues(t, 1, signals.Load())
	entries, total, err := b.Imports(t.Context(), c.ID, models.Page{Number: 1, PerPage: 10})
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Equal(t, []int{240, 30, 210}, []int{entries[0].Rows, entries[0].Created, entries[0].Updated})
}

// testRaceIntake adds and takes contacts in at once: nobody is lost, and nobody is taken twice.
func testRaceIntake(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	const sides, each = 4, 25
	signals, taken := atomic.Int32{}, sync.Map{}
	doubles := atomic.Int32{}
	drain := func(key string) error {
		batch, err := b.TakeContacts(t.Context(), c.ID, key, 10)
		for _, id := range batch.ContactIDs {
			if _, twice := taken.LoadOrStore(id, key); twice {
				doubles.Add(1)
			}
		}
		return err
	}
	adders := times(sides, func(side int) error {
		for i := range each {
			result, err := b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI,
				[]models.ContactInput{person(side*1000 + i)})
			if err != nil {
				return err
			}
			if result.Signal {
				signals.Add(1)
			}
		}
		return nil
	})
	takers := times(2, func(taker int) error {
		for i := range 10 {
			if err := drain(fmt.Sprintf("run-%d/%d", taker, i)); err != nil {
				return err
			}
		}
		return nil
	})
	requireNoErrors(t, together(append(adders, takers...)...))
	require.Positive(t, signals.Load())
	for i := 0; ; i++ {
		view, err := b.LookCampaign(t.Context(), c.ID)
		require.NoError(t, err)
		if !view.Untaken {
			break
		}
		require.NoError(t, drain(fmt.Sprintf("last/%d", i)))
	}
	require.Zero(t, doubles.Load())
	n := 0
	taken.Range(func(any, any) bool { n++; return true })
	require.Equal(t, sides*each, n)
}

// testRaceTakers lets an old run of a campaign and its next one take contacts in at once: no contact is in two batches.
func testRaceTakers(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for round := range 4 {
		inputs := people(100 * (round + 1))[100*round:]
		b.add(t, c.ID, inputs...)
		batches := make([]models.Batch, 4)
		requireNoErrors(t, together(times(len(batches), func(i int) (err error) {
			batches[i], err = b.TakeContacts(t.Context(), c.ID, fmt.Sprintf("run-%d/%d", i, round), 100)
			return err
		})...))
		taken := map[string]bool{}
		for _, batch := range batches {
			for _, id := range batch.ContactIDs {
				require.False(t, taken[id], "taken twice")
				taken[id] = true
			}
		}
		for _, id := range b.take(t, c.ID) { // what none of them got
			taken[id] = true
		}
		require.Len(t, taken, len(inputs))
	}
}

// testRaceEverything lets all kinds of transactions meet on the same contacts: none is left in a deadlock, and what they
// leave keeps the rules.
func testRaceEverything(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	const n = 12
	ids := b.taken(t, c.ID, people(n)...)
	runs := times(n, func(i int) error { return b.lifeOf(t.Context(), c.ID, ids[i]) })
	runs = append(runs, times(2, func(side int) error {
		for i := range 15 {
			inputs := people(n)
			for j := range inputs {
				inputs[j].Phone = new(fmt.Sprintf("+1202555%02d%02d", (j+i+side)%n, i))
			}
			if _, err := b.AddContacts(t.Context(), c.ID, models.ActionUpsert, models.SourceAPI, inputs); err != nil {
				return err
			}
		}
		return nil
	})...)
	runs = append(runs,
		func() error {
			for range 10 {
				for _, control := range []models.Control{models.ControlPause, models.ControlResume} {
					if _, err := b.Control(t.Context(), c.ID, control, models.ControlOptions{}); err != nil {
						return err
					}
				}
				if _, _, err := b.FanOutPage(t.Context(), c.ID, "", 100); err != nil {
					return err
				}
			}
			return nil
		},
		func() error {
			for range 20 {
				if _, err := b.Progress(t.Context(), c.ID); err != nil {
					return err
				}
				if _, err := b.Strays(t.Context(), 100); err != nil {
					return err
				}
			}
			return nil
		},
	)
	requireNoErrors(t, together(runs...))
	b.requireInvariants(t, c.ID, b.contactsOf(t, c.ID))
}

// lifeOf plans, claims and sends for one contact, as its workflow does, until it is finished or tired of waiting.
func (b *bench) lifeOf(ctx context.Context, campaignID, contactID string) error {
	for range 30 {
		step, request, err := b.BeginPlan(ctx, campaignID, contactID, "run")
		if err == nil && request != nil {
			step, err = b.StorePlan(ctx, campaignID, contactID, *request, emailPlan(request.Now))
		}
		if err != nil || step.Do == models.DoFinish {
			return err
		}
		if step.Do != models.DoSend {
			continue
		}
		_, claim, _, err := b.Claim(ctx, b.requestOf(campaignID, contactID, step))
		if err != nil || claim == nil {
			if err != nil {
				return err
			}
			continue
		}
		events := []models.ProviderEvent{{
			OutreachID: claim.OutreachID, Type: models.EventDelivered, At: claim.At.Add(time.Second), DedupeKey: "1",
		}}
		for _, err := range together(
			func() error { _, err := b.RecordEvents(ctx, events); return err },
			func() error { _, err := b.Accept(ctx, claim, "m-"+claim.OutreachID); return err },
		) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}
