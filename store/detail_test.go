package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func detailCases() []testCase {
	return []testCase{
		{"ContactDetail", testContactDetail},
		{"ContactDetailRemoved", testContactDetailRemoved},
	}
}

func testContactDetail(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, func(c *models.Campaign) { c.Timezone = "Europe/Berlin" })
	id := b.taken(t, c.ID, person(1))[0]
	detail, err := b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
	require.Equal(t, "Europe/Berlin", detail.CampaignTimezone)
	require.Nil(t, detail.NextOutreach)
	require.Nil(t, detail.Next)
	require.NotNil(t, detail.History)
	require.Empty(t, detail.History)

	step := b.plan(t, c.ID, id)
	detail, err = b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
	require.Equal(t, step.OutreachID, detail.NextOutreach.ID)
	require.Equal(t, "Your check-up", *detail.Next.Subject)
	require.Equal(t, models.AuthorAI, detail.Next.Author)
	require.Equal(t, 100, detail.Next.PromptTokens)
	require.Empty(t, detail.History, "nothing was sent")
	require.Equal(t, models.ContactAwaitingExecution, detail.Shown())

	claim := b.claimed(t, b.requestOf(c.ID, id, step))
	_, err = b.Accept(t.Context(), claim, "message-1")
	require.NoError(t, err)
	at := b.clock.Now()
	_, err = b.RecordEvents(t.Context(), []models.ProviderEvent{
		{OutreachID: step.OutreachID, Type: models.EventDelivered, At: at.Add(time.Second), DedupeKey: "2"},
		{OutreachID: step.OutreachID, Type: models.EventProcessed, At: at, DedupeKey: "1"},
	})
	require.NoError(t, err)
	detail, err = b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
	require.Nil(t, detail.NextOutreach)
	require.Nil(t, detail.Next)
	require.Len(t, detail.History, 1)
	past := detail.History[0]
	require.Equal(t, models.OutreachDelivered, past.State)
	require.Equal(t, "person1@people.example", *past.Address)
	require.Equal(t, "message-1", *past.ProviderID)
	require.Equal(t, "It is time for a check-up.", past.Plan.Body)
	require.Len(t, past.Events, 2)
	require.Equal(t, []models.EventType{models.EventProcessed, models.EventDelivered},
		[]models.EventType{past.Events[0].Type, past.Events[1].Type}, "oldest first")
	require.Equal(t, models.OutcomeDelivered, *detail.LastOutcome)
	requireTime(t, claim.At, *detail.LastOutreachAt)
}

func testContactDetailRemoved(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.add(t, c.ID, person(1)).Results[0].ContactID
	b.act(t, c.ID, models.ActionRemove, person(1))
	_, err := b.Contact(t.Context(), c.ID, id)
	requireCode(t, models.CodeNotFound, err)
	_, err = b.UpdateContact(t.Context(), c.ID, id, func(*models.Contact) error { return nil })
	requireCode(t, models.CodeNotFound, err)
	b.add(t, c.ID, person(1))
	_, err = b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
}
