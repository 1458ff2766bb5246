package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func contactCases() []testCase {
	return []testCase{
		{"UpdateContact", testUpdateContact},
		{"UpdateContactAddress", testUpdateContactAddress},
		{"UpdateContactDuplicate", testUpdateContactDuplicate},
		{"UpdateContactPlanUnreachable", testUpdateContactPlanUnreachable},
		{"RemoveContact", testRemoveContact},
		{"ContactRefusals", testContactRefusals},
	}
}

func testUpdateContact(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	before := b.contact(t, id)
	wake, err := b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error {
		c.FirstName, c.LastName = "Ada", "Lovelace"
		c.Properties["plan"] = "gold"
		c.ExternalIDKey, c.ExternalIDValue = new("crm"), new("1")
		c.ID, c.Status, c.Attempts, c.Revision, c.RemovedAt = unknownID, models.ContactCompleted, 9, 9, &c.CreatedAt // not for people
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, wake, "its workflow works with none of that")
	row := b.contact(t, id)
	require.True(t, row.UpdatedAt.After(before.UpdatedAt))
	require.Equal(t, map[string]any{"plan": "gold"}, row.Properties)
	before.FirstName, before.LastName, before.Properties = "Ada", "Lovelace", row.Properties
	before.ExternalIDKey, before.ExternalIDValue, before.UpdatedAt = row.ExternalIDKey, row.ExternalIDValue, row.UpdatedAt
	require.Equal(t, before, row)

	_, err = b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error { c.Properties = nil; return nil })
	require.NoError(t, err)
	require.Equal(t, map[string]any{}, b.contact(t, id).Properties)

	refusal := errors.New("no")
	_, err = b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error { c.FirstName = "x"; return refusal })
	require.ErrorIs(t, err, refusal)
	require.Equal(t, "Ada", b.contact(t, id).FirstName)
}

func testUpdateContactAddress(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	ids := b.taken(t, c.ID, people(2)...)
	untaken := b.add(t, c.ID, person(5)).Results[0].ContactID
	change := func(id string, change func(*models.Contact)) models.Wake {
		t.Helper()
		wake, err := b.UpdateContact(t.Context(), c.ID, id, func(c *models.Contact) error { change(c); return nil })
		require.NoError(t, err)
		return wake
	}
	wake := change(ids[0], func(c *models.Contact) { c.Email = new("new@people.example") })
	row := b.contact(t, ids[0])
	require.Equal(t, models.Wake{CampaignID: c.ID, ContactID: ids[0], Revision: row.Revision}, wake)
	require.Greater(t, row.Revision, row.SeenRevision)
	require.Equal(t, "new@people.example", *row.Email)
	require.NotEmpty(t, change(ids[0], func(c *models.Contact) { c.Timezone = new("Asia/Tokyo") }))
	require.Empty(t, change(ids[0], func(c *models.Contact) { c.Email = new("new@people.example") }))
	require.Empty(t, change(untaken, func(c *models.Contact) { c.Phone = new("+12025550105") }), "it has no workflow")

	done := person(1)
	done.Status = new(models.ContactCompleted)
	b.add(t, c.ID, done)
	require.Empty(t, change(ids[1], func(c *models.Contact) { c.Phone = new("+12025550106") }), "its workflow has ended")
	require.Equal(t, "+12025550106", *b.contact(t, ids[1]).Phone)
}

func testUpdateContactDuplicate(t *testing.T, b *bench) {
	t.Helper()

	c := b.draft(t)
	results := b.add(t, c.ID, person(1), models.ContactInput{Phone: new("+12025550101")}, person(3)).Results
	b.act(t, c.ID, models.ActionRemove, person(3))
	for name, change := range map[string]func(*models.Contact){
		"phone":               func(c *models.Contact) { c.Phone = new("+12025550101") },
		"e-mail of a removed": func(c *models.Contact) { c.Email = new("person3@people.example") },
	} {
		before := b.contact(t, results[0].ContactID)
		_, err := b.UpdateContact(t.Context(), c.ID, results[0].ContactID, func(c *models.Contact) error {
			change(c)
			c.FirstName = "Changed"
			return nil
		})
		requireCode(t, models.CodeDuplicate, err)
		require.NotContains(t, err.Error(), "person3", name)
		require.Equal(t, before, b.contact(t, results[0].ContactID), name)
	}
}

func testUpdateContactPlanUnreachable(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, models.ContactInput{Email: new("a@people.example"), Phone: new("+12025550101")})
	wake, err := b.UpdateContact(t.Context(), c.ID, request.ContactID, func(c *models.Contact) error { c.Email = nil; return nil })
	require.NoError(t, err)
	require.NotEmpty(t, wake)
	require.Equal(t, models.OutreachSuperseded, b.outreach(t, request.OutreachID).State)
	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.ReasonUnreachable, step.Reason)
}

func testRemoveContact(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	sent := b.ready(t, c.ID, person(2))
	claim := b.claimed(t, sent)
	untaken := b.add(t, c.ID, person(3)).Results[0].ContactID

	wake, err := b.RemoveContact(t.Context(), c.ID, request.ContactID)
	require.NoError(t, err)
	row := b.contact(t, request.ContactID)
	require.Equal(t, models.Wake{CampaignID: c.ID, ContactID: row.ID, Revision: row.Revision}, wake)
	require.NotNil(t, row.RemovedAt)
	require.Nil(t, row.WaitingReason)
	require.Equal(t, models.OutreachCancelled, b.outreach(t, request.OutreachID).State)
	step, none, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, none)
	require.Equal(t, models.DoRemoved, step.Do)
	_, err = b.RemoveContact(t.Context(), c.ID, request.ContactID)
	requireCode(t, models.CodeNotFound, err)

	wake, err = b.RemoveContact(t.Context(), c.ID, untaken)
	require.NoError(t, err)
	require.Empty(t, wake)
	require.Empty(t, b.take(t, c.ID), "a removed contact is not taken in")

	// What is being sent keeps its claim, and its result is recorded.
	_, err = b.RemoveContact(t.Context(), c.ID, sent.ContactID)
	require.NoError(t, err)
	step, err = b.Accept(t.Context(), claim, "message-1")
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, step.Do)
	require.Equal(t, models.OutreachAccepted, b.outreach(t, sent.OutreachID).State)
	require.Equal(t, 1, b.contact(t, sent.ContactID).Attempts)
}

func testContactRefusals(t *testing.T, b *bench) {
	t.Helper()

	c, other := b.live(t), b.live(t)
	id := b.add(t, c.ID, person(1)).Results[0].ContactID
	none := func(*models.Contact) error { t.Error("there is nothing to change"); return nil }
	for _, ids := range [][2]string{
		{c.ID, unknownID}, {c.ID, "nonsense"}, {c.ID, strings.ToUpper(id)}, {other.ID, id}, {unknownID, id}, {"nonsense", id},
	} {
		_, err := b.UpdateContact(t.Context(), ids[0], ids[1], none)
		requireCode(t, models.CodeNotFound, err)
		_, err = b.RemoveContact(t.Context(), ids[0], ids[1])
		requireCode(t, models.CodeNotFound, err)
		_, err = b.Contact(t.Context(), ids[0], ids[1])
		requireCode(t, models.CodeNotFound, err)
		_, err = b.Look(t.Context(), ids[0], ids[1], "run")
		requireCode(t, models.CodeNotFound, err)
		_, _, err = b.BeginPlan(t.Context(), ids[0], ids[1], "run")
		requireCode(t, models.CodeNotFound, err)
	}
	b.control(t, c.ID, models.ControlArchive)
	_, err := b.UpdateContact(t.Context(), c.ID, id, none)
	requireCode(t, models.CodeCampaignArchived, err)
	_, err = b.RemoveContact(t.Context(), c.ID, id)
	requireCode(t, models.CodeCampaignArchived, err)
	b.clock.Advance(time.Second)
	_, err = b.Contact(t.Context(), c.ID, id)
	require.NoError(t, err)
}
