package models_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

// canary stands in every field that holds personal data.
const canary = "canary"

// someFacts draws any facts that the store may read, likely and unlikely ones.
func someFacts(r *rapid.T) models.Facts {
	now := present()
	moment := func(label string) time.Time {
		return now.Add(time.Duration(rapid.IntRange(-3*24*60, 3*24*60).Draw(r, label)) * time.Minute)
	}
	maybe := func(label string) *time.Time {
		if rapid.Bool().Draw(r, label+" is there") {
			return new(moment(label))
		}
		return nil
	}
	date := func(label string) *string {
		if rapid.Bool().Draw(r, label+" is there") {
			return new(moment(label).Format(time.DateOnly))
		}
		return nil
	}
	channels := []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}
	some := func(label string) []models.Channel {
		n := rapid.IntRange(0, len(channels)).Draw(r, label)
		return rapid.Permutation(channels).Draw(r, label+" which")[:n]
	}
	address := func(label, text string) *string {
		if rapid.Bool().Draw(r, label) {
			return new(text)
		}
		return nil
	}
	suppressed := map[models.Channel]models.SuppressionReason{}
	for _, channel := range some("suppressed") {
		suppressed[channel] = rapid.SampledFrom([]models.SuppressionReason{
			models.SuppressedOptOut, models.SuppressedBounce,
		}).Draw(r, "why suppressed")
	}
	capped := map[models.Channel]time.Time{}
	for _, channel := range some("capped") {
		capped[channel] = moment("capped until")
	}
	f := models.Facts{
		Suppressed: suppressed, CapUntil: capped, PlanMaxAge: 7 * 24 * time.Hour,
		Now: now, LatestRelease: maybe("release"), LastClaim: maybe("last claim"), LastAttempt: maybe("last attempt"), Refused: some("refused"),
		UnconfirmedAfter: 15 * time.Minute,
		Campaign: &models.Campaign{
			Name: canary, Objective: canary, Instructions: canary, Sender: models.Sender{FromEmail: canary, PostalAddress: canary},
			Type:     rapid.SampledFrom([]models.CampaignType{models.CampaignOneTime, models.CampaignFollowUp}).Draw(r, "type"),
			Status:   rapid.SampledFrom(keys(models.CampaignTransitions)).Draw(r, "campaign"),
			Timezone: rapid.SampledFrom([]string{"UTC", "America/New_York", "Pacific/Kiritimati"}).Draw(r, "zone"),
			ExecutionMode: rapid.SampledFrom([]models.ExecutionMode{
				models.ModeAutomatic, models.ModeManual, models.ModeScheduled,
			}).Draw(r, "mode"),
			ScheduledAt: maybe("scheduled at"), ManualReview: rapid.Bool().Draw(r, "review"),
			MinHoursBetweenAttempts: rapid.IntRange(1, 48).Draw(r, "hours between"),
			Windows:                 someWindows(r), QuietHours: models.QuietHoursUS,
			Channels: some("channels"), StartDate: date("start"), EndDate: date("end"), MaxAttempts: 3,
			PauseReason: new(canary),
		},
		Contact: &models.Contact{
			FirstName: canary, LastName: canary, Properties: map[string]any{canary: canary},
			Email: address("email", canary+"@people.example"), Phone: address("phone", canary),
			ExternalIDKey: new(canary), ExternalIDValue: new(canary),
			Status:    rapid.SampledFrom(keys(models.ContactTransitions)).Draw(r, "contact"),
			Attempts:  rapid.IntRange(0, 2).Draw(r, "attempts"),
			AddedAt:   moment("added"),
			RemovedAt: nil,
		},
	}
	if rapid.IntRange(0, 9).Draw(r, "removed") == 0 {
		f.Contact.RemovedAt = new(moment("removed at"))
	}
	if rapid.Bool().Draw(r, "waits") {
		f.Contact.WaitingReason = new(rapid.SampledFrom(models.WaitingReasons()).Draw(r, "reason"))
		f.Contact.WaitingUntil = maybe("until")
	}
	if rapid.IntRange(0, 9).Draw(r, "calls") == 0 {
		f.Calling = &models.Outreach{
			ID: "call", Channel: models.ChannelPhone, State: models.OutreachAccepted, ClaimedAt: new(moment("called")),
		}
	}
	if rapid.Bool().Draw(r, "outreach is there") {
		f.Outreach = someOutreach(r, f, moment)
	}
	return f
}

func someOutreach(r *rapid.T, f models.Facts, moment func(string) time.Time) *models.Outreach {
	states := []models.OutreachState{models.OutreachPlanned, models.OutreachApproved, models.OutreachSubmitting}
	o := &models.Outreach{
		ID: outreachID, Attempt: f.Contact.Attempts + 1, SendAt: moment("send at"), Version: 1,
		Channel:   rapid.SampledFrom([]models.Channel{models.ChannelEmail, models.ChannelText}).Draw(r, "channel"),
		CreatedAt: moment("planned"), TimeSet: rapid.Bool().Draw(r, "time set"), Edited: rapid.Bool().Draw(r, "edited"),
		State: rapid.SampledFrom(states).Draw(r, "state"), ErrorDetail: new(canary), Address: new(canary),
	}
	if o.State == models.OutreachSubmitting {
		o.ClaimedAt = new(moment("claimed"))
	}
	if o.State == models.OutreachApproved {
		o.ApprovedVersion = new(1)
		if rapid.Bool().Draw(r, "executed") {
			o.DueAt = new(moment("executed at"))
		}
	}
	return o
}

// someWindows draws windows for texts, or the default ones.
func someWindows(r *rapid.T) models.Windows {
	if rapid.Bool().Draw(r, "default windows") {
		return models.DefaultWindows()
	}
	start := rapid.IntRange(8, 19).Draw(r, "opens")
	end := rapid.IntRange(start+1, 20).Draw(r, "closes")
	window := models.Window{
		Days:  []string{rapid.SampledFrom([]string{"mon", "tue", "sun"}).Draw(r, "day")},
		Start: fmt.Sprintf("%02d:00", start), End: fmt.Sprintf("%02d:00", end),
	}
	return models.Windows{models.ChannelText: {window}, models.ChannelEmail: {window}}
}

// keys are the keys of a table, in order, so that a failure can be drawn again.
func keys[S ~string, V any](table map[S]V) []S {
	all := make([]S, 0, len(table))
	for key := range table {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

func TestDecideProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := someFacts(r)
		before, err := json.Marshal(f)
		require.NoError(r, err)
		step := models.Decide(f)
		after, err := json.Marshal(f)
		require.NoError(r, err)
		require.Equal(r, string(before), string(after), "deciding changes nothing")
		require.Equal(r, step, models.Decide(f), "the same facts give the same step")

		encoded, err := json.Marshal(step)
		require.NoError(r, err)
		require.NotContains(r, string(encoded)+step.String(), canary)

		switch step.Do {
		case models.DoSend:
			requireMaySend(r, f, step)
		case models.DoPlan:
			requireMayPlan(r, f, step)
		case models.DoWait:
			requireGoodWait(r, f, step)
		case models.DoFinish:
			requireMayFinish(r, f, step)
		case models.DoRemoved:
			require.NotNil(r, f.Contact.RemovedAt)
		default:
			require.Failf(r, "no such step", "%q", step.Do)
		}
		require.Equal(r, f.Contact.RemovedAt != nil, step.Do == models.DoRemoved)
	})
}

// requireRunning says that nothing holds the contact from being planned or sent.
func requireRunning(r *rapid.T, f models.Facts) {
	require.Equal(r, models.CampaignActive, f.Campaign.Status)
	require.False(r, f.Campaign.Ended(f.Now))
	require.False(r, f.Contact.Finished())
	require.NotEqual(r, models.ContactDisabled, f.Contact.Status)
	require.Nil(r, f.Contact.RemovedAt)
	require.False(r, f.Campaign.Type == models.CampaignOneTime && f.Contact.Attempts > 0)
	require.Less(r, f.Contact.Attempts, f.Campaign.MaxAttempts)
	require.True(r, f.Calling == nil || !f.Now.Before(f.Calling.ClaimedAt.Add(models.LongestCall)), "one call at a time")
}

// requireUsable says that nothing forbids the channel for the contact's next attempt.
func requireUsable(r *rapid.T, f models.Facts, channel models.Channel) {
	require.True(r, f.Campaign.Has(channel))
	require.True(r, f.Contact.Reaches(channel))
	require.NotContains(r, f.Refused, channel)
	require.NotContains(r, f.Suppressed, channel)
}

func requireMaySend(r *rapid.T, f models.Facts, step models.Step) {
	requireRunning(r, f)
	require.False(r, f.Now.Before(f.Campaign.Starts()))
	require.NotNil(r, f.Outreach)
	require.Contains(r, []models.OutreachState{models.OutreachPlanned, models.OutreachApproved}, f.Outreach.State)
	o := f.Outreach
	requireUsable(r, f, o.Channel)
	require.True(r, !f.Campaign.ManualReview || o.Approved(), "with review on, only what was approved goes")
	require.True(r, f.Hours(o.Channel).Open(f.Now), "windows hold for all")
	require.False(r, f.Now.Before(f.CapUntil[o.Channel]))
	requireDue(r, f)
	if f.Campaign.ExecutionMode == models.ModeManual && o.DueAt == nil {
		require.NotNil(r, f.LatestRelease)
		require.True(r, f.LatestRelease.After(f.Contact.AddedAt))
		require.True(r, f.LastAttempt == nil || f.LatestRelease.After(*f.LastAttempt))
	}
	if w := f.Contact.WaitingReason; w != nil && strings.HasPrefix(string(*w), "provider_") && f.Contact.WaitingUntil != nil {
		require.False(r, f.Now.Before(*f.Contact.WaitingUntil), "the provider asked to wait")
	}
	require.Equal(r, f.Outreach.ID, step.OutreachID)
	require.Equal(r, f.Outreach.Channel, step.Channel)
	require.Equal(r, f.Contact.Attempts+1, step.Attempt)
	require.Equal(r, models.WaitSendQueue, step.Waiting.Reason)
}

// requireDue says that the outreach's time has come, or that an operator executed it.
func requireDue(r *rapid.T, f models.Facts) {
	o := f.Outreach
	scheduled := o.Attempt == 1 && f.Campaign.ExecutionMode == models.ModeScheduled && f.Campaign.ScheduledAt != nil
	switch {
	case o.DueAt != nil:
	case scheduled && !o.TimeSet:
		require.False(r, f.Now.Before(*f.Campaign.ScheduledAt))
	default:
		require.False(r, f.Now.Before(o.SendAt))
	}
	if o.DueAt == nil && !o.TimeSet && o.Attempt > 1 && f.LastClaim != nil {
		between := time.Duration(f.Campaign.MinHoursBetweenAttempts) * time.Hour
		require.False(r, f.Now.Before(f.LastClaim.Add(between)))
	}
}

func requireMayPlan(r *rapid.T, f models.Facts, step models.Step) {
	requireRunning(r, f)
	requireUsable(r, f, step.Channel)
	require.Equal(r, f.Outreach != nil, step.Supersedes)
	if o := f.Outreach; o != nil { // planned anew: it cannot be sent, or is an old text that missed its slot
		require.NotEqual(r, models.OutreachSubmitting, o.State)
		old := f.Now.Sub(o.CreatedAt) > f.PlanMaxAge && !o.Edited && !o.Approved()
		require.True(r, old || !slices.Contains(f.Usable(), o.Channel))
	}
	require.Equal(r, f.Contact.Attempts+1, step.Attempt)
}

func requireGoodWait(r *rapid.T, f models.Facts, step models.Step) {
	require.NotNil(r, step.Waiting)
	require.Contains(r, models.WaitingReasons(), step.Waiting.Reason)
	require.Equal(r, step.Waiting.Reason.Details(), step.Waiting.Detail)
	require.Contains(r, []models.Do{models.DoPlan, models.DoSend, models.DoLook}, step.Then)
	require.False(r, step.Status.Finished())
	require.Contains(r, models.ContactTransitions, step.Status)
	if step.Waiting.Reason == models.WaitWindow {
		require.NotNil(r, step.Waiting.Until)
		require.True(r, f.Hours(f.Outreach.Channel).Open(*step.Waiting.Until))
	}
	if until := step.Waiting.Until; until != nil && step.Waiting.Reason != models.WaitProof {
		require.True(r, until.After(f.Now), "a time that has come keeps nobody") // a claim's doubt is ended by the store before
	}
	ends := f.Campaign.Ends()
	if step.CheckAt != nil {
		require.Equal(r, ends, *step.CheckAt)
		require.True(r, ends.After(f.Now))
	} else if ends.After(f.Now) {
		require.NotNil(r, step.Waiting.Until, "who waits for an event alone looks again at the end")
		require.False(r, step.Waiting.Until.After(ends))
	}
	if f.Contact.Status == models.ContactDisabled {
		require.Equal(r, models.ContactDisabled, step.Status)
	}
}

func requireMayFinish(r *rapid.T, f models.Facts, step models.Step) {
	if f.Contact.Finished() {
		require.Equal(r, f.Contact.Status, step.Status)
		return
	}
	require.True(r, step.Status.Finished())
	submitting := f.Outreach != nil && f.Outreach.State == models.OutreachSubmitting
	if step.Reason != models.ReasonCampaignArchived {
		require.False(r, submitting, "a claim that is out is waited for")
		require.True(r, f.Contact.Status != models.ContactDisabled || f.Campaign.Ended(f.Now), "disabled ones end with the campaign")
		require.NotEqual(r, models.CampaignDraft, f.Campaign.Status)
	}
	switch step.Reason {
	case models.ReasonCampaignArchived:
		require.Equal(r, models.CampaignArchived, f.Campaign.Status)
	case models.ReasonCampaignEnded:
		require.True(r, f.Campaign.Ended(f.Now))
	case models.ReasonOneTimeDone:
		require.Equal(r, models.CampaignOneTime, f.Campaign.Type)
		require.Positive(r, f.Contact.Attempts)
	case models.ReasonAttemptsUsed:
		require.GreaterOrEqual(r, f.Contact.Attempts, f.Campaign.MaxAttempts)
	case models.ReasonUnreachable, models.ReasonOptedOut:
		require.Equal(r, models.ContactDisqualified, step.Status)
		asked := false
		for _, channel := range f.Campaign.Channels {
			why, suppressed := f.Suppressed[channel]
			require.True(r, !f.Contact.Reaches(channel) || suppressed || slices.Contains(f.Refused, channel))
			asked = asked || f.Contact.Reaches(channel) && suppressed && why.OptOut()
		}
		require.Equal(r, asked, step.Reason == models.ReasonOptedOut)
		return
	default:
		require.Failf(r, "no reason to finish", "%q", step.Reason)
	}
	require.Equal(r, models.ContactCompleted, step.Status)
}
