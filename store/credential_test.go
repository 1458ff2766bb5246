package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

func credentialCases() []testCase {
	return []testCase{
		{"RefusedCredentialsPause", testRefusedCredentialsPause},
		{"RefusedCredentialsInARow", testRefusedCredentialsInARow},
		{"RefusedCredentialsOfNobody", testRefusedCredentialsOfNobody},
		{"ResumeTriesAgain", testResumeTriesAgain},
	}
}

// refuse has the provider refuse our credentials for the contact's outreach, and returns whom to wake.
func (b *bench) refuse(t *testing.T, request store.ClaimRequest, code string) []models.Wake {
	t.Helper()
	failure := &models.ProviderError{Kind: models.FailureAuth, Code: code}
	_, err := b.GiveBack(t.Context(), b.claimed(t, request), failure, models.WaitProviderAuth, models.Backoff)
	require.NoError(t, err)
	wakes, err := b.GuardCredentials(t.Context(), request.CampaignID)
	require.NoError(t, err)
	return wakes
}

func testRefusedCredentialsPause(t *testing.T, b *bench) {
	t.Helper()

	c, other := b.live(t), b.live(t)
	for i := range 4 {
		require.Empty(t, b.refuse(t, b.ready(t, c.ID, person(i)), "401"))
		b.refuse(t, b.ready(t, other.ID, person(i)), "403")
	}
	wakes := b.refuse(t, b.ready(t, c.ID, person(5)), "401")
	b.requirePaused(t, c.ID, "paused by system: SendGrid refused our credentials, or our sender, for 5 e-mails in a row (401)", wakes)
	require.Equal(t, models.CampaignActive, b.campaign(t, other.ID).Status, "each campaign counts for itself")

	// Counted anew after a resume.
	b.clock.Advance(time.Hour)
	b.control(t, c.ID, models.ControlResume)
	for i := range 4 {
		require.Empty(t, b.refuse(t, b.ready(t, c.ID, person(10+i)), "401"))
	}
	require.NotEmpty(t, b.refuse(t, b.ready(t, c.ID, person(20)), "401"))
	wakes, err := b.GuardCredentials(t.Context(), c.ID)
	require.NoError(t, err)
	require.Empty(t, wakes, "it is paused already")
	_, err = b.GuardCredentials(t.Context(), "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
	require.Equal(t, models.CodeNotFound, models.ErrorCode(err))
}

// One that is taken in between ends the row, on its own channel.
func testRefusedCredentialsInARow(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, channels(models.ChannelEmail, models.ChannelText))
	ready := func(channel models.Channel, n int) store.ClaimRequest {
		t.Helper()
		input := person(n)
		input.Phone = new(fmt.Sprintf("+1202555%04d", n))
		id := b.taken(t, c.ID, input)[0]
		return b.requestOf(c.ID, id, b.planOn(t, channel, c.ID, id))
	}
	for i := range 4 {
		require.Empty(t, b.refuse(t, ready(models.ChannelEmail, i), "401"))
	}
	b.clock.Advance(time.Second)
	claim := b.claimed(t, ready(models.ChannelEmail, 10))
	_, err := b.Accept(t.Context(), claim, "m-10")
	require.NoError(t, err)
	b.clock.Advance(time.Second)
	for i := range 4 {
		require.Empty(t, b.refuse(t, ready(models.ChannelEmail, 20+i), "401"))
		require.Empty(t, b.refuse(t, ready(models.ChannelText, 40+i), "20003"))
	}
	wakes := b.refuse(t, ready(models.ChannelText, 50), "20003")
	b.requirePaused(t, c.ID, "paused by system: Twilio refused our credentials, or our sender, for 5 texts in a row (20003)", wakes)
}

func testRefusedCredentialsOfNobody(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	wakes := []models.Wake{}
	for i := range 5 {
		wakes = b.refuse(t, b.ready(t, c.ID, person(i)), models.CodeNotConfigured)
	}
	b.requirePaused(t, c.ID, "paused by system: nobody is configured to send e-mails (5 tries in a row)", wakes)
}

// Whoever resumes has mended the credentials: contacts that waited for that go on, and are woken for it.
func testResumeTriesAgain(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	requests := []store.ClaimRequest{}
	for i := range 5 {
		requests = append(requests, b.ready(t, c.ID, person(i)))
		b.refuse(t, requests[i], "401")
	}
	require.Equal(t, models.CampaignPaused, b.campaign(t, c.ID).Status)
	b.requireWaits(t, requests[0].ContactID, models.WaitProviderAuth)
	b.clock.Advance(time.Second)
	b.control(t, c.ID, models.ControlResume)
	wakes, _, err := b.FanOutPage(t.Context(), c.ID, "", 10)
	require.NoError(t, err)
	require.Len(t, wakes, 5)
	step, err := b.Look(t.Context(), c.ID, requests[0].ContactID, "run-1")
	require.NoError(t, err)
	require.Equal(t, models.DoSend, step.Do)
	b.refuse(t, requests[0], "401")
	step, err = b.Look(t.Context(), c.ID, requests[0].ContactID, "run-1")
	require.NoError(t, err)
	require.Equal(t, models.WaitProviderAuth, step.Waiting.Reason, "refused again, it waits again")
}
