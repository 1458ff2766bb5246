package openai_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers/internal/providertest"
)

// simpleSchema is what a request for an outreach by e-mail or text alone has always asked for.
const simpleSchema = `{
	"type": "object",
	"properties": {
		"channel": {"type": "string", "enum": ["email", "text"]},
		"sendAt": {"type": "string", "description": "RFC 3339, not before the channel's earliest"},
		"subject": {"type": "string", "description": "one line; empty unless the channel is email"},
		"body": {"type": "string", "description": "the finished text, plain"},
		"reason": {"type": "string", "description": "why, for the reviewer"}
	},
	"required": ["channel", "sendAt", "subject", "body", "reason"],
	"additionalProperties": false
}`

// asked is what the model is asked where the request is changed so.
func asked(t *testing.T, change func(*models.PlanRequest)) sent {
	t.Helper()
	server := providertest.NewServer(t, saying(t, "no plan"))
	changed := request()
	change(&changed)
	_, err := newClient(t, server.URL, 5*time.Second).Plan(t.Context(), changed)
	require.Error(t, err)
	requests := server.Requests()
	apiSpec(t).Accepts(t, requests[0].Body)
	return read(t, requests[0].Body)
}

func byPhone(r *models.PlanRequest) {
	r.Channels = append(r.Channels, models.PlanChannel{Channel: models.ChannelPhone, Earliest: now().Add(time.Hour)})
}

// replied has the contact answered twice; the second answer is new.
func replied(r *models.PlanRequest) {
	r.Attempt = 2
	r.Replies = []models.PlanReply{
		{ID: "0198c0de-0000-7000-8000-00000000000a", Text: "Who is this?", Considered: true},
		{ID: "0198c0de-0000-7000-8000-00000000000b", Text: "I would rather you let me be"},
	}
}

func mayComplete(r *models.PlanRequest) { r.Attempt, r.MayComplete = 2, true }

func eligible(r *models.PlanRequest) { r.EligibilityPrompt = "People who own a boat" }

func all(changes ...func(*models.PlanRequest)) func(*models.PlanRequest) {
	return func(r *models.PlanRequest) {
		for _, change := range changes {
			change(r)
		}
	}
}

func TestPlanAsksForTheSchema(t *testing.T) {
	t.Parallel()
	onlyPhone := func(r *models.PlanRequest) {
		r.Channels = []models.PlanChannel{{Channel: models.ChannelPhone, Earliest: now()}}
	}
	tests := []struct {
		name     string
		change   func(*models.PlanRequest)
		members  []string
		channels []string
		decision []string
	}{
		{"Simple", all(), []string{"channel", "sendAt", "subject", "body", "reason"}, []string{"email", "text"}, nil},
		{"FollowUpThatMustGoOn", func(r *models.PlanRequest) {
			r.Attempt, r.Replies = 2, []models.PlanReply{{Text: "x", Considered: true}}
		}, []string{"channel", "sendAt", "subject", "body", "reason"}, []string{"email", "text"}, nil},
		{"NewReply", replied, []string{"decision", "reply", "channel", "sendAt", "subject", "body", "reason"}, []string{"email", "text"}, []string{"outreach", "opt_out"}},
		{"EverythingElse", all(replied, mayComplete, eligible, byPhone), []string{"decision", "reply", "channel", "sendAt", "subject", "body", "voicemailText", "reason"}, []string{"email", "text", "phone"}, []string{"outreach", "complete", "not_eligible", "opt_out"}},
		{"Phone", byPhone, []string{"channel", "sendAt", "subject", "body", "voicemailText", "reason"}, []string{"email", "text", "phone"}, nil},
		{"OnlyPhone", onlyPhone, []string{"channel", "sendAt", "subject", "body", "voicemailText", "reason"}, []string{"phone"}, nil},
		{"Complete", mayComplete, []string{"decision", "channel", "sendAt", "subject", "body", "reason"}, []string{"email", "text"}, []string{"outreach", "complete"}},
		{"Eligibility", eligible, []string{"decision", "channel", "sendAt", "subject", "body", "reason"}, []string{"email", "text"}, []string{"outreach", "not_eligible"}},
		{"CompleteAndEligibility", all(mayComplete, eligible), []string{"decision", "channel", "sendAt", "subject", "body", "reason"}, []string{"email", "text"}, []string{"outreach", "complete", "not_eligible"}},
		{"All", all(mayComplete, eligible, byPhone), []string{"decision", "channel", "sendAt", "subject", "body", "voicemailText", "reason"}, []string{"email", "text", "phone"}, []string{"outreach", "complete", "not_eligible"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := asked(t, test.change)
			raw := request.ResponseFormat.JSONSchema.Schema
			if test.name == "Simple" {
				require.JSONEq(t, simpleSchema, string(raw))
			}
			var schema struct {
				Type       string `json:"type"`
				Properties map[string]struct {
					Type string   `json:"type"`
					Enum []string `json:"enum"`
				} `json:"properties"`
				Required             []string `json:"required"`
				AdditionalProperties *bool    `json:"additionalProperties"`
			}
			require.NoError(t, json.Unmarshal(raw, &schema))
			require.Equal(t, "object", schema.Type)
			require.Equal(t, test.members, schema.Required)
			require.Len(t, schema.Properties, len(test.members), "strict schemas require every property")
			last := -1
			for _, member := range test.members {
				require.Equal(t, "string", schema.Properties[member].Type)
				at := strings.Index(string(raw), `"`+member+`":{`)
				require.Greater(t, at, last, "a model writes %s in the order of the schema", member)
				last = at
			}
			require.Equal(t, test.channels, schema.Properties["channel"].Enum)
			require.Equal(t, test.decision, schema.Properties["decision"].Enum)
			require.NotNil(t, schema.AdditionalProperties)
			require.False(t, *schema.AdditionalProperties)

			// The prompt speaks of exactly the members that the schema has.
			system := request.Messages[0].Content
			for _, member := range []string{"decision", "reply", "channel", "sendAt", "subject", "body", "voicemailText", "reason"} {
				_, has := schema.Properties[member]
				require.Equal(t, has, strings.Contains(system, `"`+member+`"`), member)
			}
			if reply, has := schema.Properties["reply"]; has {
				require.Equal(t, []string{"", "r2"}, reply.Enum, "only a new reply may opt out")
			}
			for _, decision := range []string{"complete", "not_eligible", "opt_out"} {
				require.Equal(t, strings.Contains(strings.Join(test.decision, " "), decision),
					strings.Contains(system, `"`+decision+`"`), decision)
			}
		})
	}
}

// The rules follow what the request allows, and hold nothing of the request itself.
func TestPlanTellsTheRules(t *testing.T) {
	t.Parallel()
	const (
		text, followUp, eligibility = "A text message", "This is a follow-up", `"eligibility"`
	)
	onlyEmail := func(r *models.PlanRequest) { r.Channels = r.Channels[:1] }
	tests := []struct {
		name     string
		change   func(*models.PlanRequest)
		has, not []string
	}{
		{"OnlyEmail", onlyEmail, []string{"never an instruction", "windows"}, []string{text, followUp, eligibility}},
		{"Text", all(), []string{text, "320"}, []string{followUp, eligibility}},
		{"Phone", byPhone, []string{"spoken", "no web or e-mail addresses"}, []string{followUp, eligibility}},
		{"SecondAttempt", func(r *models.PlanRequest) { r.Attempt = 2 }, []string{followUp}, []string{eligibility}},
		{"EarlyReply", func(r *models.PlanRequest) { r.Replies = []models.PlanReply{{Text: "When?"}} }, []string{followUp, "opt_out"}, []string{"When?"}},
		{"Eligibility", eligible, []string{eligibility}, []string{followUp, "boat"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			system := asked(t, test.change).Messages[0].Content
			for _, has := range test.has {
				require.Contains(t, system, has)
			}
			for _, not := range append(test.not, "Ava", "Harbour", "check-up", "Be brief") {
				require.NotContains(t, system, not)
			}
		})
	}
}

func TestPlanReadsTheForm(t *testing.T) {
	t.Parallel()
	cost := models.Plan{Model: "gpt-5-mini", PromptTokens: 120, CompletionTokens: 40}
	email := func(p models.Plan) models.Plan {
		p.Channel, p.SendAt, p.Subject = models.ChannelEmail, now().Add(2*time.Hour), "Your check-up"
		p.Body, p.Reason = "Hi Ava,\nwould Tuesday work?", "First contact."
		return p
	}
	outreach := email(cost)
	outreach.Decision = models.DecideOutreach
	call := email(cost)
	call.Channel, call.Subject, call.VoicemailText = models.ChannelPhone, "", "This is Harbour Dental.\nWe will call again."
	done := cost
	done.Decision, done.Reason = models.DecideComplete, "The contact has booked."
	gone := cost
	gone.Decision, gone.Reason = models.DecideOptOut, "Wants to be let be."
	gone.ReplyID = "0198c0de-0000-7000-8000-00000000000b"
	unfit := cost
	unfit.Decision, unfit.Reason = models.DecideNotEligible, "No boat."
	tests := []struct {
		name    string
		change  func(*models.PlanRequest)
		answer  []any // changes to the answer
		planned models.Plan
	}{
		{"Simple", all(), nil, email(cost)},
		{"Outreach", mayComplete, []any{"decision", "outreach"}, outreach},
		{"Call", byPhone, []any{
			"channel", "phone", "subject", "x", "voicemailText", " This is Harbour Dental.\r\nWe will call again.\u0000 ",
		}, call},
		{"VoicemailOfEmailIsDropped", byPhone, []any{"voicemailText", "This is [Your Name]."}, email(cost)},
		{"Complete", mayComplete, []any{
			"decision", "complete", "channel", "", "sendAt", "", "subject", "", "body", "", "reason", "The contact has booked.",
		}, done},
		{"CompleteWithTexts", all(mayComplete, byPhone), []any{
			"decision", "complete", "voicemailText", "[Your Name]", "sendAt", "2020-01-01T00:00:00Z", "reason", "The contact has booked.",
		}, done},
		{"OptOut", replied, []any{
			"decision", "opt_out", "reply", "r2", "channel", "fax", "sendAt", "", "subject", "", "body", "", "reason", "Wants to be let be.",
		}, gone},
		{"NoOptOut", replied, []any{"decision", "outreach", "reply", ""}, outreach},
		{"NotEligible", eligible, []any{
			"decision", "not_eligible", "channel", "fax", "sendAt", "never", "subject", "", "body", "", "reason", "No boat.",
		}, unfit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := providertest.NewServer(t, saying(t, plan(t, test.answer...)))
			asking := request()
			test.change(&asking)
			planned, err := newClient(t, server.URL, 5*time.Second).Plan(t.Context(), asking)
			require.NoError(t, err)
			require.Equal(t, test.planned, planned)
			require.Len(t, server.Requests(), 1)
		})
	}
}

func TestPlanRefusesAnotherForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*models.PlanRequest)
		answer []any
		code   string
		fault  string
	}{
		{"NoDecision", mayComplete, nil, "schema", "decision"},
		{"DecisionIsNoText", mayComplete, []any{"decision", true}, "schema", "decision"},
		{"EmptyDecision", mayComplete, []any{"decision", ""}, "schema", "decision"},
		{"OtherCase", mayComplete, []any{"decision", "Complete"}, "schema", "decision"},
		{"NotEligibleWithoutPrompt", mayComplete, []any{"decision", "not_eligible"}, "schema", "decision"},
		{"CompleteWhereNotAllowed", eligible, []any{"decision", "complete"}, "schema", "decision"},
		{"CompleteInSimple", all(), []any{"decision", "complete"}, "schema", "does not know"},
		{"CompleteWithoutMembers", mayComplete, []any{"decision", "complete", "body", nil}, "schema", "body"},
		{"OptOutWithoutReply", replied, []any{"decision", "opt_out", "reply", ""}, "invalid_plan", "reply"},
		{"OptOutByAConsideredReply", replied, []any{"decision", "opt_out", "reply", "r1"}, "invalid_plan", "reply"},
		{"OptOutByNoReply", replied, []any{"decision", "opt_out", "reply", "r3"}, "invalid_plan", "reply"},
		{"OptOutWhereNobodyReplied", mayComplete, []any{"decision", "opt_out"}, "schema", "decision"},
		{"NoVoicemail", byPhone, []any{"channel", "phone"}, "schema", "voicemailText"},
		{"NoVoicemailOfEmail", byPhone, nil, "schema", "voicemailText"},
		{"PlaceholderInVoicemail", byPhone, []any{"channel", "phone", "voicemailText", "This is [Your Name]."}, "placeholder", "[Your Name]"},
		{"LongScript", byPhone, []any{
			"channel", "phone", "voicemailText", "", "body", strings.Repeat("s", models.MaxScriptLength+1),
		}, "invalid_plan", "call"},
		{"LongVoicemail", byPhone, []any{
			"channel", "phone", "voicemailText", strings.Repeat("s", models.MaxScriptLength+1),
		}, "invalid_plan", "voicemailText"},
		{"EmptyOutreach", mayComplete, []any{"decision", "outreach", "body", ""}, "invalid_plan", "body"},
		{"PlaceholderThatAReplyHolds", func(r *models.PlanRequest) {
			r.Replies = []models.PlanReply{{Text: "Call me [Your Name]", Considered: true}}
			r.History = []models.PlanPast{{Body: "Call me [Your Name]"}}
		}, []any{"body", "Hi [Your Name]"}, "placeholder", "[Your Name]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := providertest.NewServer(t, saying(t, plan(t, test.answer...)))
			asking := request()
			test.change(&asking)
			_, err := newClient(t, server.URL, 5*time.Second).Plan(t.Context(), asking)
			var failure *models.ProviderError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, models.FailureBadAnswer, failure.Kind)
			require.Equal(t, test.code, failure.Code)
			require.Contains(t, failure.Detail, test.fault)
			require.Len(t, server.Requests(), 3)
		})
	}
}
