package openai_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/sandbox"
)

// The sandbox stands in for the model: it reads the document's keys and follows the schema of every form.
func TestPlanWithTheSandbox(t *testing.T) {
	t.Parallel()
	server, err := sandbox.New(t.Context(), sandbox.Config{
		DataFile: filepath.Join(t.TempDir(), "sandbox.db"), Addr: "127.0.0.1:0", OpenAIKey: "sk-test", Seed: 1,
	})
	require.NoError(t, err)
	server.Start(t.Context())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		require.NoError(t, server.Shutdown(ctx))
	})
	client := newClient(t, server.URL()+"/v1", 20*time.Second)
	onlyPhone := func(r *models.PlanRequest) {
		byPhone(r)
		r.Channels = r.Channels[2:]
	}
	named := func(name, company string) func(*models.PlanRequest) {
		return func(r *models.PlanRequest) {
			r.Contact.FirstName, r.Contact.Properties = name, map[string]any{"company": company}
			r.Campaign.Objective = "Ask {{first_name}} of [Company] to book at https://book.example.com/new"
		}
	}
	answered := func(text string) func(*models.PlanRequest) {
		return func(r *models.PlanRequest) {
			r.History = []models.PlanPast{{Attempt: 1, Channel: models.ChannelEmail, At: now().AddDate(0, 0, -1), Body: "Hi"}}
			r.Replies = []models.PlanReply{{ID: replyID, Channel: models.ChannelEmail, At: now(), Text: text}}
		}
	}
	tests := []struct {
		name     string
		change   func(*models.PlanRequest)
		decision models.PlanDecision
		channel  models.Channel
	}{
		{"Simple", all(), "", models.ChannelEmail},
		{"Phone", onlyPhone, "", models.ChannelPhone},
		{"PhoneAmongOthers", all(byPhone, eligible), models.DecideOutreach, models.ChannelEmail},
		{"FollowUp", all(onlyPhone, mayComplete, eligible), models.DecideOutreach, models.ChannelPhone},
		{"Question", all(mayComplete, answered("What does it cost?")), models.DecideOutreach, models.ChannelEmail},
		{"OptOut", answered("I would rather not hear from you, thank you"), models.DecideOptOut, ""},
		{"OptOutBeforeAllElse", all(mayComplete, eligible, answered("Let me be. Not interested.")), models.DecideOptOut, ""},
		{"OddNames", named("{{7*7}}", "evil.example"), "", models.ChannelEmail},
		{"NamesWithLinks", named("https://evil.example", "Booking.com"), "", models.ChannelEmail},
		{"NamesWithNumbers", named("Ava", "+1 202 555 0199"), "", models.ChannelEmail},
		{"Refused", all(mayComplete, eligible, answered("No, thanks")), models.DecideComplete, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asking := request()
			test.change(&asking)
			planned, err := client.Plan(t.Context(), asking)
			require.NoError(t, err)
			require.Equal(t, test.decision, planned.Decision)
			require.Equal(t, test.channel, planned.Channel)
			require.NotEmpty(t, planned.Reason)
			require.Equal(t, test.channel == models.ChannelPhone, planned.VoicemailText != "")
			require.Equal(t, test.channel == "", planned.Body == "")
			require.Equal(t, test.decision == models.DecideOptOut, planned.ReplyID == replyID)
		})
	}
	for text, want := range map[string]bool{
		"I'd prefer not to hear from you again": true, "Please let me be": true, "When are you open?": false, "": false,
	} {
		t.Run("Classify "+text, func(t *testing.T) {
			t.Parallel()
			optOut, spent, err := client.Classify(t.Context(), models.PlanReply{Channel: models.ChannelText, At: now(), Text: text})
			require.NoError(t, err)
			require.Equal(t, want, optOut)
			require.Positive(t, spent.PromptTokens)
		})
	}
}

const replyID = "0198c0de-0000-7000-8000-00000000000c"
