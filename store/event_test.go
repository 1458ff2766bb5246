package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func eventCases() []testCase {
	return []testCase{
		{"EventsAnyOrderTwice", testEventsAnyOrder},
		{"EventsByProviderID", testEventsByProviderID},
		{"EventsOfOthers", testEventsOfOthers},
		{"EventsMany", testEventsMany},
		{"EventCodesAnyOrder", testEventCodes},
	}
}

// ledger is what events leave of an outreach and its contact.
type ledger struct {
	state       models.OutreachState
	outcome     models.Outcome
	last        models.Outcome
	attempts    int
	unconfirmed bool
	events      int64
}

func (b *bench) ledger(t *testing.T, outreachID string) ledger {
	t.Helper()
	o := b.outreach(t, outreachID)
	c := b.contact(t, o.ContactID)
	l := ledger{state: o.State, attempts: c.Attempts, unconfirmed: c.Unconfirmed}
	if o.Outcome != nil {
		l.outcome = *o.Outcome
	}
	if c.LastOutcome != nil {
		l.last = *c.LastOutcome
	}
	require.NoError(t, b.db.Model(&models.Event{}).Where("outreach_id = ?", outreachID).Count(&l.events).Error)
	return l
}

// permutations are all orders of the items.
func permutations[T any](items []T) [][]T {
	if len(items) == 0 {
		return [][]T{{}}
	}
	all := [][]T{}
	for i := range items {
		rest := append(append([]T{}, items[:i]...), items[i+1:]...)
		for _, tail := range permutations(rest) {
			all = append(all, append([]T{items[i]}, tail...))
		}
	}
	return all
}

func testEventsAnyOrder(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	n := 0
	for name, story := range map[string]struct {
		events []models.EventType
		want   ledger
	}{
		"delivered": {
			[]models.EventType{models.EventProcessed, models.EventDeferred, models.EventDelivered},
			ledger{models.OutreachDelivered, models.OutcomeDelivered, models.OutcomeDelivered, 1, false, 3},
		},
		"bounced later": {
			[]models.EventType{models.EventProcessed, models.EventDelivered, models.EventBounced},
			ledger{models.OutreachFailed, models.OutcomeBounced, models.OutcomeBounced, 1, false, 3},
		},
		"dropped": {
			[]models.EventType{models.EventDropped, models.EventProcessed},
			ledger{models.OutreachFailed, models.OutcomeFailed, models.OutcomeFailed, 1, false, 2},
		},
	} {
		for _, order := range permutations(story.events) {
			for _, from := range []string{"submitting", "accepted", "unknown"} {
				n++
				claim := b.claimed(t, b.ready(t, c.ID, person(n)))
				switch from {
				case "accepted":
					_, err := b.Accept(t.Context(), claim, fmt.Sprintf("m-%d", n))
					require.NoError(t, err)
				case "unknown":
					b.clock.Advance(unconfirmedAfter)
					_, err := b.Look(t.Context(), c.ID, claim.ContactID, "run")
					require.NoError(t, err)
				}
				for range 2 { // each twice, in calls of their own
					for i, kind := range order {
						_, err := b.RecordEvents(t.Context(), []models.ProviderEvent{{
							OutreachID: claim.OutreachID, ProviderID: fmt.Sprintf("m-%d", n), Type: kind,
							At: claim.At.Add(time.Second), DedupeKey: string(kind), Code: fmt.Sprint(i),
						}})
						require.NoError(t, err)
					}
				}
				require.Equal(t, story.want, b.ledger(t, claim.OutreachID), "%s from %s: %v", name, from, order)
				if from == "submitting" { // the answer comes after all of them
					_, err := b.Accept(t.Context(), claim, fmt.Sprintf("m-%d", n))
					require.NoError(t, err)
					require.Equal(t, story.want, b.ledger(t, claim.OutreachID), "%s answered late: %v", name, order)
				}
				require.Equal(t, fmt.Sprintf("m-%d", n), *b.outreach(t, claim.OutreachID).ProviderID)
			}
		}
	}
}

func testEventsByProviderID(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	_, err := b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{
		{ProviderID: "m-1", Type: models.EventBounced, At: b.clock.Now(), Code: "5.1.1", Detail: "no such user", DedupeKey: "1"},
	})
	require.NoError(t, err)
	o := b.outreach(t, claim.OutreachID)
	require.Equal(t, models.OutreachFailed, o.State)
	require.Equal(t, "5.1.1", *o.ResultCode)
	detail, err := b.Contact(t.Context(), c.ID, claim.ContactID)
	require.NoError(t, err)
	require.Equal(t, "no such user", *detail.History[0].Events[0].Detail)
	require.Equal(t, models.OutcomeBounced, *detail.LastOutcome)
}

// testEventsOfOthers passes over what is none of ours, and records the rest of the call.
func testEventsOfOthers(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	claim := b.claimed(t, b.ready(t, c.ID, person(1)))
	planned := b.ready(t, c.ID, person(2))
	at := b.clock.Now()
	others := []models.ProviderEvent{
		{OutreachID: unknownID, Type: models.EventDelivered, At: at, DedupeKey: "1"},
		{OutreachID: "of-another-system", ProviderID: "m-9", Type: models.EventDelivered, At: at, DedupeKey: "2"},
		{ProviderID: "m-8", Type: models.EventDelivered, At: at, DedupeKey: "3"},
		{Type: models.EventDelivered, At: at, DedupeKey: "4"},
	}
	wakes, err := b.RecordEvents(t.Context(), others)
	require.NoError(t, err)
	require.Empty(t, wakes)
	_, err = b.RecordEvents(t.Context(), append(others,
		models.ProviderEvent{OutreachID: planned.OutreachID, Type: models.EventDelivered, At: at, DedupeKey: "5"},
		models.ProviderEvent{OutreachID: claim.OutreachID, Type: models.EventDelivered, At: at, DedupeKey: "6"},
	))
	require.NoError(t, err)
	require.Equal(t, models.OutreachDelivered, b.outreach(t, claim.OutreachID).State)
	require.Equal(t, models.OutreachPlanned, b.outreach(t, planned.OutreachID).State, "what was never claimed cannot have arrived")
	require.Zero(t, b.contact(t, planned.ContactID).Attempts)
	wakes, err = b.RecordEvents(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, wakes)
}

// testEventsMany records more events in one call than a transaction holds, of contacts of two campaigns.
func testEventsMany(t *testing.T, b *bench) {
	t.Helper()

	campaigns := []string{b.live(t).ID, b.live(t).ID}
	events := []models.ProviderEvent{}
	ids := []string{}
	contacts := [][]string{b.taken(t, campaigns[0], people(30)...), b.taken(t, campaigns[1], people(30)...)}
	for i := range 60 {
		campaign, contact := campaigns[i%2], contacts[i%2][i/2]
		claim := b.claimed(t, b.requestOf(campaign, contact, b.plan(t, campaign, contact)))
		ids = append(ids, claim.OutreachID)
		for _, kind := range []models.EventType{models.EventDelivered, models.EventProcessed} {
			events = append(events, models.ProviderEvent{
				OutreachID: claim.OutreachID, ProviderID: fmt.Sprintf("m-%d", i), Type: kind, At: claim.At, DedupeKey: string(kind),
			})
		}
	}
	_, err := b.RecordEvents(t.Context(), events)
	require.NoError(t, err)
	for _, id := range ids {
		require.Equal(t, ledger{models.OutreachDelivered, models.OutcomeDelivered, models.OutcomeDelivered, 1, false, 2}, b.ledger(t, id))
	}
}

// heard records one event of an outreach, with a key and a code of its own.
func (b *bench) heard(t *testing.T, outreachID string, kind models.EventType, key, code string) []models.Wake {
	t.Helper()
	wakes, err := b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: outreachID, Type: kind, At: b.clock.Now(), DedupeKey: key, Code: code, Meaning: meaningOf(code)},
	})
	require.NoError(t, err)
	return wakes
}

// meaningOf is what the codes of these tests mean.
func meaningOf(code string) models.CodeMeaning {
	return map[string]models.CodeMeaning{
		"21610": models.MeansOptedOut, "30005": models.MeansDead, "30034": models.MeansSender,
	}[code]
}

// testEventCodes says which code an outreach shows whose failures are told more than once: that of the most telling.
func testEventCodes(t *testing.T, b *bench) {
	t.Helper()

	type failure struct {
		kind models.EventType
		code string
	}
	n := 0
	for _, story := range []struct {
		events  []failure
		code    string
		outcome models.Outcome
	}{
		{
			[]failure{{models.EventFailed, "5.7.1"}, {models.EventBounced, "5.1.1"}, {models.EventDropped, "4.0.0"}},
			"5.1.1", models.OutcomeBounced,
		},
		{
			[]failure{{models.EventBounced, "5.2.1"}, {models.EventBounced, "5.1.1"}, {models.EventBounced, ""}},
			"5.1.1", models.OutcomeBounced,
		},
		{
			[]failure{{models.EventDropped, "b"}, {models.EventFailed, "a"}, {models.EventDelivered, "250"}},
			"a", models.OutcomeFailed,
		},
		{
			[]failure{{models.EventComplained, ""}, {models.EventBounced, "5.1.1"}, {models.EventDeferred, "4.2.1"}},
			"5.1.1", models.OutcomeOptedOut,
		},
	} {
		c := b.live(t)
		for _, order := range permutations(story.events) {
			n++
			claim := b.sent(t, models.ChannelEmail, c.ID, person(n))
			for range 2 {
				for _, e := range order {
					b.heard(t, claim.OutreachID, e.kind, fmt.Sprint(e), e.code)
				}
			}
			o := b.outreach(t, claim.OutreachID)
			require.Equal(t, models.OutreachFailed, o.State, "%v", order)
			require.Equal(t, story.outcome, *o.Outcome, "%v", order)
			require.NotNil(t, o.ResultCode, "%v", order)
			require.Equal(t, story.code, *o.ResultCode, "%v", order)
		}
	}
}
