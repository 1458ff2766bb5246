package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// channelPlan is a plan of a follow-up on any channel.
type channelPlan struct {
	Channel       string  `json:"channel"`
	SendAt        string  `json:"sendAt"`
	Subject       *string `json:"subject"`
	Body          string  `json:"body"`
	VoicemailText *string `json:"voicemailText"`
	Reason        string  `json:"reason"`
	Complete      bool    `json:"complete"`
	Decision      string  `json:"decision"`
	Mood          *string `json:"mood"`
	OptOut        bool    `json:"optOut"`
}

// channelSchema is the schema of such a plan.
const channelSchema = `{
	"type":"object","additionalProperties":false,
	"required":["decision","complete","channel","sendAt","subject","body","voicemailText","reason","mood","optOut"],
	"properties":{
		"decision":{"type":"string","enum":["complete","outreach","not_eligible"]},
		"complete":{"type":"boolean"},
		"channel":{"type":"string","enum":["CHANNEL"]},
		"sendAt":{"type":"string"},
		"subject":{"anyOf":[{"type":"string"},{"type":"null"}]},
		"body":{"type":"string"},
		"voicemailText":{"type":["string","null"]},
		"reason":{"type":"string"},
		"mood":{"type":["string","null"],"enum":[null,"kind","end"]},
		"optOut":{"type":"boolean"}
	}
}`

// askOn asks for a plan on a channel.
func (b *testBundle) askOn(t *testing.T, channel, facts string) channelPlan {
	t.Helper()
	schema := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(channelSchema, "CHANNEL", channel)), &schema))
	client := b.openAI(t)
	completion, err := client.Chat.Completions.New(t.Context(), planParams(schema, facts))
	require.NoError(t, err)
	var made channelPlan
	require.NoError(t, json.Unmarshal([]byte(completion.Choices[0].Message.Content), &made))

	return made
}

func TestPlanOnEachChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	offered := strings.Replace(facts, `"channels":[`, `"channels":[{"channel":"phone","earliest":"2026-11-27T09:00:00-05:00"},`, 1)

	t.Run("Text", func(t *testing.T) {
		t.Parallel()
		for _, given := range []string{offered, strings.ReplaceAll(offered, "Book a visit", strings.Repeat("Book a long visit ", 40))} {
			made := b.askOn(t, "text", given)
			require.Equal(t, "text", made.Channel)
			require.Equal(t, "2026-11-26T09:00:00-05:00", made.SendAt)
			require.LessOrEqual(t, len([]rune(made.Body)), 160)
			require.NotContains(t, made.Body, "…", "it would make two texts of it")
			require.NotContains(t, made.Body, "\n")
			require.Contains(t, made.Body, "Ava")
			require.Contains(t, made.Body, "Bright Tools")
			require.Nil(t, made.Subject)
			require.Nil(t, made.VoicemailText)
			require.False(t, made.Complete)
			require.Equal(t, "outreach", made.Decision)
			require.False(t, made.OptOut)
			require.Nil(t, made.Mood)
		}
	})

	t.Run("Phone", func(t *testing.T) {
		t.Parallel()
		made := b.askOn(t, "phone", offered)
		require.Equal(t, "2026-11-27T09:00:00-05:00", made.SendAt)
		require.Nil(t, made.Subject)
		for _, text := range []string{made.Body, *made.VoicemailText} {
			require.Contains(t, text, "Ava")
			require.Contains(t, text, "Bright Tools")
			require.Contains(t, text, "Book a visit")
			require.NotContains(t, text, "\n")
			require.GreaterOrEqual(t, strings.Count(text, "."), 3)
			require.Less(t, len(text), 600)
		}
		require.NotEqual(t, made.Body, *made.VoicemailText)
	})

	t.Run("Email", func(t *testing.T) {
		t.Parallel()
		made := b.askOn(t, "email", offered)
		require.Contains(t, *made.Subject, "Ava")
		require.Nil(t, made.VoicemailText)
	})

	t.Run("LaterAttempts", func(t *testing.T) {
		t.Parallel()
		for _, channel := range []string{"text", "phone", "email"} {
			bodies := map[string]bool{}
			for _, attempt := range []string{"1", "2", "3", "10"} {
				bodies[b.askOn(t, channel, strings.Replace(offered, `"attempt":1`, `"attempt":`+attempt, 1)).Body] = true
			}
			require.Len(t, bodies, 4, channel)
		}
	})

	t.Run("NotEligible", func(t *testing.T) {
		t.Parallel()
		for value, decision := range map[string]string{`"No"`: "not_eligible", `false`: "not_eligible", `"yes"`: "outreach"} {
			made := b.askOn(t, "text", strings.Replace(offered, `"company":`, `"eligible":`+value+`,"company":`, 1))
			require.Equal(t, decision, made.Decision, value)
		}
	})

	t.Run("Refusal", func(t *testing.T) {
		t.Parallel()
		for reply, complete := range map[string]bool{
			`[{"text":"I am Not Interested."}]`: true, `["No, thanks"]`: true, `[{"text":"no thanks"},{"text":"really"}]`: true,
			`[{"text":"Yes, tell me more, please."}]`: false, `[{"digits":"1"}]`: false, `[]`: false,
		} {
			made := b.askOn(t, "text", strings.Replace(offered, `"replies":[]`, `"replies":`+reply, 1))
			require.Equal(t, complete, made.Complete, reply)
			require.Equal(t, map[bool]string{true: "complete", false: "outreach"}[complete], made.Decision, reply)
			require.NotEmpty(t, made.Body)
		}
	})
}
