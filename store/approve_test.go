package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func approveCases() []testCase {
	return []testCase{
		{"Approve", testApprove},
		{"ApproveRefused", testApproveRefused},
		{"ApproveModes", testApproveModes},
		{"EditOutreach", testEditOutreach},
		{"EditOutreachChannel", testEditChannel},
		{"EditOutreachTime", testEditTime},
		{"EditOutreachRefused", testEditRefused},
		{"EditOutreachInvalid", testEditInvalid},
	}
}

// approve approves a version of the contact's outreach.
func (b *bench) approve(t require.TestingT, campaignID, contactID string, version int) (bool, models.Wake, error) {
	return b.ContactControl(ctx(t), campaignID, contactID, models.ContactApprove, models.ContactControlOptions{Version: version})
}

func testApprove(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	id, outreachID := b.waiting(t, c.ID, person(1))
	b.requireShown(t, c.ID, id, models.ContactAwaitingApproval, models.WaitApproval)
	changed, wake, err := b.approve(t, c.ID, id, 1)
	require.NoError(t, err)
	require.True(t, changed)
	b.requireTold(t, wake, id)
	o := b.outreach(t, outreachID)
	require.Equal(t, models.OutreachApproved, o.State)
	require.Equal(t, 1, *o.ApprovedVersion)
	b.requireShown(t, c.ID, id, models.ContactAwaitingExecution, models.WaitSendQueue)

	changed, again, err := b.approve(t, c.ID, id, 1)
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, wake, again)
	step, err := b.Look(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	b.claimed(t, b.requestOf(c.ID, id, step))
}

func testApproveRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	id := b.taken(t, c.ID, person(1))[0]
	_, _, err := b.approve(t, c.ID, id, 1)
	requireCode(t, models.CodeStaleVersion, err)
	step := b.plan(t, c.ID, id)
	for _, version := range []int{0, 2} {
		_, _, err = b.approve(t, c.ID, id, version)
		requireCode(t, models.CodeStaleVersion, err)
	}
	_, _, err = b.approve(t, c.ID, id, 1)
	require.NoError(t, err)
	b.look(t, c.ID, id)
	b.claimed(t, b.requestOf(c.ID, id, step))
	_, _, err = b.approve(t, c.ID, id, 1)
	requireCode(t, models.CodeAlreadySending, err)

	// A disabled contact's outreach may be approved: it goes when the contact is enabled.
	disabled, outreachID := b.waiting(t, c.ID, person(2))
	b.operate(t, c.ID, disabled, models.ContactDisable)
	changed, _, err := b.approve(t, c.ID, disabled, 1)
	require.NoError(t, err)
	require.True(t, changed)
	b.requireShown(t, c.ID, disabled, models.ContactDisabled, models.WaitDisabled)
	require.Equal(t, models.OutreachApproved, b.outreach(t, outreachID).State)
	b.operate(t, c.ID, disabled, models.ContactEnable)
	b.requireShown(t, c.ID, disabled, models.ContactAwaitingExecution, models.WaitSendQueue)

	off := b.live(t, manual)
	other, _ := b.waiting(t, off.ID, person(1))
	_, _, err = b.approve(t, off.ID, other, 1)
	requireCode(t, models.CodeReviewOff, err)
}

// testApproveModes says that an approval releases an outreach to its mode's own trigger, and shows that at once.
func testApproveModes(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed, manual)
	id, _ := b.waiting(t, c.ID, person(1))
	_, wake, err := b.approve(t, c.ID, id, 1)
	require.NoError(t, err)
	b.requireTold(t, wake, id)
	b.requireShown(t, c.ID, id, models.ContactAwaitingExecution, models.WaitStartOutreaches)

	// While the campaign is paused, the status beneath goes on.
	paused, _ := b.waiting(t, c.ID, person(2))
	b.control(t, c.ID, models.ControlPause)
	b.look(t, c.ID, paused)
	_, _, err = b.approve(t, c.ID, paused, 1)
	require.NoError(t, err)
	b.requireShown(t, c.ID, paused, models.ContactCampaignPaused, models.WaitCampaignPaused)
	require.Equal(t, models.ContactAwaitingExecution, b.contact(t, paused).Status)

	// A further attempt, approved ahead of its time, waits for that.
	further := b.live(t, reviewed, followUp)
	next, outreachID := b.waiting(t, further.ID, person(1))
	_, _, err = b.approve(t, further.ID, next, 1)
	require.NoError(t, err)
	b.look(t, further.ID, next)
	_, err = b.Accept(t.Context(), b.claimed(t, b.requestOf(further.ID, next, models.Step{OutreachID: outreachID, Attempt: 1})), "m-1")
	require.NoError(t, err)
	second := b.plan(t, further.ID, next)
	require.Equal(t, models.ContactAwaitingApproval, b.contact(t, next).Status)
	b.requireWaits(t, next, models.WaitNextAttempt)
	_, _, err = b.approve(t, further.ID, next, b.outreach(t, second.OutreachID).Version)
	require.NoError(t, err)
	b.requireShown(t, further.ID, next, models.ContactAwaitingExecution, models.WaitNextAttempt)
}

func testEditOutreach(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	id, outreachID := b.waiting(t, c.ID, person(1))
	_, _, err := b.approve(t, c.ID, id, 1)
	require.NoError(t, err)
	b.look(t, c.ID, id)
	b.control(t, c.ID, models.ControlExecuteApproved)
	require.NotNil(t, b.outreach(t, outreachID).DueAt)

	// It is in the send queue: its activity finds out.
	wake, err := b.EditOutreach(as(t.Context(), "ada"), c.ID, id, models.OutreachEdit{Version: 1, Body: new("Better.")})
	require.NoError(t, err)
	require.Empty(t, wake)
	o := b.outreach(t, outreachID)
	require.Equal(t, models.OutreachPlanned, o.State)
	require.Equal(t, []any{2, true, false}, []any{o.Version, o.Edited, o.TimeSet})
	require.Nil(t, o.ApprovedVersion)
	require.Nil(t, o.DueAt)
	versions := []models.OutreachVersion{}
	require.NoError(t, b.db.Where("outreach_id = ?", outreachID).Order("version").Find(&versions).Error)
	require.Len(t, versions, 2)
	require.Equal(t, "It is time for a check-up.", versions[0].Body)
	second := versions[1]
	require.Equal(t, []any{"Better.", "ada", "Your check-up", "First contact."},
		[]any{second.Body, second.Author, *second.Subject, second.Reason})
	require.Zero(t, second.PromptTokens+second.CompletionTokens, "what the AI cost is counted once")

	step, claim, _, err := b.Claim(t.Context(), b.requestOf(c.ID, id, models.Step{OutreachID: outreachID, Attempt: 1}))
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.WaitApproval, step.Waiting.Reason)

	// Now that it waits, its workflow is told.
	wake, err = b.EditOutreach(t.Context(), c.ID, id, models.OutreachEdit{Version: 2, Subject: new("Hello")})
	require.NoError(t, err)
	b.requireTold(t, wake, id)
	b.requireShown(t, c.ID, id, models.ContactAwaitingApproval, models.WaitApproval)
	_, _, err = b.approve(t, c.ID, id, 3)
	require.NoError(t, err)
	step, err = b.Look(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	_, _, message, err := b.Claim(t.Context(), b.requestOf(c.ID, id, step))
	require.NoError(t, err)
	require.Equal(t, []string{"Hello", "Better."}, []string{message.Email.Subject, message.Email.Text})
}

// everywhere is a person with an address of every kind, in a zone that needs no guessing.
func everywhere(n int) models.ContactInput {
	input := person(n)
	input.Phone, input.Timezone = new("+1202555010"+string(rune('0'+n))), new("UTC")
	return input
}

func allChannels(c *models.Campaign) {
	c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}
	c.Sender.FromPhone = "+12025550199"
	c.ConsentBasis = new("attested")
}

func testEditChannel(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual, allChannels)
	b.clock.Advance(12 * time.Hour) // 22:00: texts wait for tomorrow's window
	id, outreachID := b.waiting(t, c.ID, everywhere(1))
	version := 1
	edit := func(edit models.OutreachEdit) models.OutreachVersion {
		t.Helper()
		edit.Version = version
		_, err := b.EditOutreach(t.Context(), c.ID, id, edit)
		require.NoError(t, err)
		version++
		detail, err := b.Contact(t.Context(), c.ID, id)
		require.NoError(t, err)
		require.Equal(t, version, detail.Next.Version)
		return *detail.Next
	}
	text := edit(models.OutreachEdit{Channel: new(models.ChannelText)})
	require.Nil(t, text.Subject)
	require.Equal(t, "It is time for a check-up.", text.Body)
	o := b.outreach(t, outreachID)
	require.Equal(t, models.ChannelText, o.Channel)
	requireTime(t, time.Date(2026, time.March, 3, 9, 0, 0, 0, time.UTC), o.SendAt)

	call := edit(models.OutreachEdit{Channel: new(models.ChannelPhone), VoicemailText: new("Please call back.")})
	require.Equal(t, "Please call back.", *call.VoicemailText)
	email := edit(models.OutreachEdit{Channel: new(models.ChannelEmail), Subject: new("Again")})
	require.Nil(t, email.VoicemailText)
	require.Equal(t, "Again", *email.Subject)
}

func testEditTime(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	step, request, err := b.BeginPlan(t.Context(), c.ID, id, "run")
	require.NoError(t, err)
	require.NotNil(t, request, step.String())
	step, err = b.StorePlan(t.Context(), c.ID, id, *request, emailPlan(request.Now.Add(time.Hour)))
	require.NoError(t, err)
	at := b.clock.Now().Add(3 * time.Hour)
	wake, err := b.EditOutreach(t.Context(), c.ID, id, models.OutreachEdit{Version: 1, SendAt: &at})
	require.NoError(t, err)
	b.requireTold(t, wake, id)
	b.requireWaits(t, id, models.WaitScheduledTime, at)
	require.True(t, b.outreach(t, step.OutreachID).TimeSet)

	// A time that has passed means now.
	_, err = b.EditOutreach(t.Context(), c.ID, id, models.OutreachEdit{Version: 2, SendAt: new(at.Add(-24 * time.Hour))})
	require.NoError(t, err)
	require.WithinDuration(t, b.clock.Now(), b.outreach(t, step.OutreachID).SendAt, time.Millisecond)
	b.requireShown(t, c.ID, id, models.ContactAwaitingExecution, models.WaitSendQueue)

	// One outside the window means its next opening.
	texts := b.live(t, allChannels, func(c *models.Campaign) { c.Channels = []models.Channel{models.ChannelText}; c.ManualReview = true })
	id = b.taken(t, texts.ID, everywhere(1))[0]
	_, request, err = b.BeginPlan(t.Context(), texts.ID, id, "run")
	require.NoError(t, err)
	step, err = b.StorePlan(t.Context(), texts.ID, id, *request,
		models.Plan{Channel: models.ChannelText, SendAt: request.Now, Body: "Hello"})
	require.NoError(t, err)
	night := time.Date(2026, time.March, 7, 23, 0, 0, 0, time.UTC) // a Saturday
	_, err = b.EditOutreach(t.Context(), texts.ID, id, models.OutreachEdit{Version: 1, SendAt: &night})
	require.NoError(t, err)
	requireTime(t, time.Date(2026, time.March, 9, 9, 0, 0, 0, time.UTC), b.outreach(t, step.OutreachID).SendAt)
	b.requireShown(t, texts.ID, id, models.ContactAwaitingApproval, models.WaitApproval)
}

func testEditRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	edit := models.OutreachEdit{Version: 1, Body: new("Other.")}
	_, err := b.EditOutreach(t.Context(), c.ID, id, edit)
	requireCode(t, models.CodeStaleVersion, err)
	step := b.plan(t, c.ID, id)
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	require.NoError(t, err)
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	requireCode(t, models.CodeStaleVersion, err)
	claim := b.claimed(t, b.requestOf(c.ID, id, step))
	edit.Version = 2
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	requireCode(t, models.CodeAlreadySending, err)
	_, err = b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	requireCode(t, models.CodeStaleVersion, err)

	_, err = b.EditOutreach(t.Context(), c.ID, unknownID, edit)
	requireCode(t, models.CodeNotFound, err)
	b.act(t, c.ID, models.ActionRemove, person(1))
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	requireCode(t, models.CodeNotFound, err)
	b.control(t, c.ID, models.ControlArchive)
	_, err = b.EditOutreach(t.Context(), c.ID, id, edit)
	requireCode(t, models.CodeCampaignArchived, err)
}

func testEditInvalid(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual, allChannels, func(c *models.Campaign) {
		c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText}
	})
	id, outreachID := b.waiting(t, c.ID, everywhere(1))
	before := b.outreach(t, outreachID)
	for name, broken := range map[string]struct {
		edit     models.OutreachEdit
		pointers []string
	}{
		"a channel that the campaign lacks": {models.OutreachEdit{Channel: new(models.ChannelPhone)}, []string{"/channel"}},
		"no channel":                        {models.OutreachEdit{Channel: new(models.Channel("fax"))}, []string{"/channel"}},
		"too far ahead": {models.OutreachEdit{SendAt: new(b.clock.Now().Add(models.MaxPlanAhead + time.Hour))},
			[]string{"/sendAt"}},
		"no text":            {models.OutreachEdit{Body: new(" ")}, []string{"/body"}},
		"no subject":         {models.OutreachEdit{Subject: new("")}, []string{"/subject"}},
		"a text's subject":   {models.OutreachEdit{Channel: new(models.ChannelText), Subject: new("Hi")}, []string{"/subject"}},
		"an e-mail's voice":  {models.OutreachEdit{VoicemailText: new("Hi")}, []string{"/voicemailText"}},
		"everything at once": {models.OutreachEdit{Body: new(""), Subject: new(""), VoicemailText: new("x")}, []string{"/voicemailText", "/body", "/subject"}},
		"a text too long": {models.OutreachEdit{Channel: new(models.ChannelText), Body: new(strings.Repeat("ä", models.MaxTextLength+1))},
			[]string{"/body"}},
		"a text too long in its frame": {models.OutreachEdit{Channel: new(models.ChannelText), Body: new(strings.Repeat("a", 918-36))},
			[]string{"/body"}},
	} {
		broken.edit.Version = 1
		_, err := b.EditOutreach(t.Context(), c.ID, id, broken.edit)
		requireCode(t, models.CodeInvalid, err)
		var problem *models.Error
		require.ErrorAs(t, err, &problem)
		pointers := []string{}
		for _, field := range problem.Fields {
			pointers = append(pointers, field.Pointer)
		}
		require.Equal(t, broken.pointers, pointers, name)
		require.Equal(t, before, b.outreach(t, outreachID), name)
	}
}
