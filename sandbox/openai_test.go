package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"
)

// facts are what Beckon tells the model.
const facts = `{"now":"2026-11-24T18:30:00Z",
	"campaign":{"name":"Autumn","objective":"Book a visit to our workshop","instructions":"Be short.","type":"follow_up"},
	"sender":{"businessName":"Bright Tools","fromName":"Ada Sender"},
	"contact":{"firstName":"Ava","lastName":"Nguyen","timezone":"America/New_York","properties":{"company":"Corp Ltd","size":7}},
	"attempt":1,"maxAttempts":3,
	"channels":[{"channel":"email","earliest":"2026-11-25T09:00:00-05:00"},{"channel":"text","earliest":"2026-11-26T09:00:00-05:00"}],
	"history":[],"replies":[]}`

// plan is what Beckon asks for.
type plan struct {
	Channel string `json:"channel"`
	SendAt  string `json:"sendAt"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	Reason  string `json:"reason"`
}

// planSchema is the schema of a plan on some of the channels.
func planSchema(channels ...string) map[string]any {
	text := map[string]any{"type": "string"}

	return map[string]any{
		"type": "object", "additionalProperties": false,
		"required": []string{"channel", "sendAt", "subject", "body", "reason"},
		"properties": map[string]any{
			"channel": map[string]any{"type": "string", "enum": channels},
			"sendAt":  text, "subject": text, "body": text, "reason": text,
		},
	}
}

// openAI is OpenAI's own client, at the vendor's own port and held to its OpenAPI file.
func (b *testBundle) openAI(tb testing.TB, options ...option.RequestOption) openai.Client {
	tb.Helper()

	return openai.NewClient(append([]option.RequestOption{
		option.WithBaseURL(b.server.PlanURL()), option.WithAPIKey(openAIKey), option.WithMaxRetries(0),
		option.WithHTTPClient(&http.Client{Transport: newContract(tb, b.client.Transport)}),
	}, options...)...)
}

// planParams asks for a plan with that schema.
func planParams(schema map[string]any, messages ...string) openai.ChatCompletionNewParams {
	params := openai.ChatCompletionNewParams{
		Model:    "gpt-5-mini",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("You plan outreaches.")},
	}
	for _, message := range messages {
		params.Messages = append(params.Messages, openai.UserMessage(message))
	}
	if schema != nil {
		params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: "plan", Strict: openai.Bool(true), Schema: schema,
			},
		}
	}

	return params
}

// ask asks for a plan and reads it strictly.
func (b *testBundle) ask(t *testing.T, schema map[string]any, messages ...string) plan {
	t.Helper()
	client := b.openAI(t)
	completion, err := client.Chat.Completions.New(t.Context(), planParams(schema, messages...))
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(completion.Choices[0].Message.Content))
	decoder.DisallowUnknownFields()
	var made plan
	require.NoError(t, decoder.Decode(&made))

	return made
}

func TestPlan(t *testing.T) {
	t.Parallel()
	b := setup(t)

	t.Run("Completion", func(t *testing.T) {
		t.Parallel()
		client := b.openAI(t)
		completion, err := client.Chat.Completions.New(t.Context(), planParams(planSchema("email"), facts))
		require.NoError(t, err)
		require.Equal(t, "gpt-5-mini", completion.Model)
		require.Equal(t, "chat.completion", string(completion.Object))
		require.True(t, strings.HasPrefix(completion.ID, "chatcmpl-"))
		require.InDelta(t, time.Now().Unix(), completion.Created, 60)
		require.Len(t, completion.Choices, 1)
		choice := completion.Choices[0]
		require.Equal(t, "stop", choice.FinishReason)
		require.Empty(t, choice.Message.Refusal)
		require.Greater(t, completion.Usage.PromptTokens, int64(len(facts)/8))
		require.Greater(t, completion.Usage.CompletionTokens, int64(len(choice.Message.Content)/8))
		require.Equal(t, completion.Usage.TotalTokens, completion.Usage.PromptTokens+completion.Usage.CompletionTokens)
	})

	t.Run("Personal", func(t *testing.T) {
		t.Parallel()
		made := b.ask(t, planSchema("email", "text"), facts)
		require.Equal(t, "email", made.Channel)
		require.Equal(t, "2026-11-25T09:00:00-05:00", made.SendAt)
		require.Contains(t, made.Subject, "Ava")
		require.NotContains(t, made.Subject, "\n")
		for _, part := range []string{"Ava", "Book a visit to our workshop", "Ada Sender", "Bright Tools", "Corp Ltd"} {
			require.Contains(t, made.Body, part)
		}
		require.NotEmpty(t, made.Reason)
		require.Equal(t, made, b.ask(t, planSchema("email", "text"), facts), "the same facts, the same plan")

		other := b.ask(t, planSchema("email", "text"), strings.ReplaceAll(facts, "Ava", "Ben"))
		require.Contains(t, other.Body, "Ben")
	})

	t.Run("LaterAttempt", func(t *testing.T) {
		t.Parallel()
		subjects, bodies := map[string]bool{}, map[string]bool{}
		for _, attempt := range []string{"1", "2", "3", "4"} {
			made := b.ask(t, planSchema("email"), strings.Replace(facts, `"attempt":1`, `"attempt":`+attempt, 1))
			subjects[made.Subject], bodies[made.Body] = true, true
		}
		require.Len(t, subjects, 4)
		require.Len(t, bodies, 4)
	})

	t.Run("OtherChannel", func(t *testing.T) {
		t.Parallel()
		made := b.ask(t, planSchema("text"), facts)
		require.Equal(t, "text", made.Channel)
		require.Equal(t, "2026-11-26T09:00:00-05:00", made.SendAt)
		require.Empty(t, made.Subject)
		require.NotContains(t, made.Body, "\n")
		require.Contains(t, made.Body, "Ava")
		require.Contains(t, made.Body, "Bright Tools")
	})

	t.Run("Reply", func(t *testing.T) {
		t.Parallel()
		made := b.ask(t, planSchema("email"), strings.Replace(facts, `"replies":[]`, `"replies":[{"text":"Who are you?"}]`, 1))
		require.Contains(t, made.Subject, "answer")
		require.Contains(t, made.Body, "Thank you for your answer")
	})

	t.Run("AskedAgain", func(t *testing.T) {
		t.Parallel()
		again := b.ask(t, planSchema("email"), facts, "That answer cannot be used: it has {{braces}} and {}.")
		require.Equal(t, b.ask(t, planSchema("email"), facts), again)
	})

	t.Run("FewFacts", func(t *testing.T) {
		t.Parallel()
		for _, given := range []string{
			`{}`, `no facts at all`, `Facts: {"contact":{"firstName":"Ava"}} - plan now`,
			`{"campaign":[],"contact":"x","channels":{},"replies":3,"attempt":"x","sender":null}`, `{"channels":["email"]}`,
		} {
			made := b.ask(t, planSchema("email"), given)
			require.Equal(t, "email", made.Channel)
			sendAt, err := time.Parse(time.RFC3339, made.SendAt)
			require.NoError(t, err)
			require.WithinDuration(t, time.Now(), sendAt, time.Minute)
			require.NotEmpty(t, made.Subject)
			require.NotEmpty(t, made.Body)
			require.NotContains(t, made.Subject+made.Body, ", ,")
		}
	})

	t.Run("PlainText", func(t *testing.T) {
		t.Parallel()
		client := b.openAI(t)
		completion, err := client.Chat.Completions.New(t.Context(), planParams(nil, facts))
		require.NoError(t, err)
		require.Contains(t, completion.Choices[0].Message.Content, "Ava")
	})

	t.Run("JSONObject", func(t *testing.T) {
		t.Parallel()
		client, params := b.openAI(t), planParams(nil, facts)
		params.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
		completion, err := client.Chat.Completions.New(t.Context(), params)
		require.NoError(t, err)
		require.True(t, json.Valid([]byte(completion.Choices[0].Message.Content)))
	})

	t.Run("PartsAndMainListener", func(t *testing.T) {
		t.Parallel()
		for _, base := range []string{b.server.URL(), b.server.URL() + "/v1", strings.TrimSuffix(b.server.PlanURL(), "/v1")} {
			client, params := b.openAI(t, option.WithBaseURL(base)), planParams(planSchema("email"))
			params.Messages = append(params.Messages, openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart(facts[:20]), openai.TextContentPart(facts),
			}))
			completion, err := client.Chat.Completions.New(t.Context(), params)
			require.NoError(t, err)
			require.Contains(t, completion.Choices[0].Message.Content, "Ava")
		}
	})

	t.Run("Models", func(t *testing.T) {
		t.Parallel()
		client := b.openAI(t)
		models, err := client.Models.List(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, models.Data)
		model, err := client.Models.Get(t.Context(), models.Data[0].ID)
		require.NoError(t, err)
		require.Equal(t, models.Data[0].ID, model.ID)
	})
}

func TestPlanFollowsAnySchema(t *testing.T) {
	t.Parallel()
	b := setup(t)
	schema := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(`{
		"type":"object","additionalProperties":false,
		"required":["sendAt","channel","subject","voicemailText","done","score","steps","tags","kind","note","nested","either","when"],
		"properties":{
			"sendAt":{"type":"string","format":"date-time"},
			"channel":{"type":"string","enum":["phone","text"]},
			"subject":{"type":["string","null"]},
			"voicemailText":{"anyOf":[{"type":"string","maxLength":40},{"type":"null"}]},
			"done":{"type":"boolean"},
			"score":{"type":"number","minimum":2.5},
			"steps":{"type":"integer","minimum":3},
			"tags":{"type":"array","items":{"type":"string"},"minItems":2},
			"kind":{"const":"outreach"},
			"note":{"type":["string","null"]},
			"nested":{"$ref":"#/$defs/inner"},
			"either":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/inner"}]},
			"when":{"type":"string","format":"date","minLength":10}
		},
		"$defs":{"inner":{"type":"object","additionalProperties":false,"required":["reason","attempt"],
			"properties":{"reason":{"type":"string","minLength":500},"attempt":{"type":"integer"}}}}
	}`), &schema))
	client := b.openAI(t)
	completion, err := client.Chat.Completions.New(t.Context(), planParams(schema, strings.Replace(facts, `"channel":"text"`, `"channel":"phone"`, 1)))
	require.NoError(t, err)

	var made struct {
		SendAt        string   `json:"sendAt"`
		Channel       string   `json:"channel"`
		Subject       *string  `json:"subject"`
		VoicemailText *string  `json:"voicemailText"`
		Done          *bool    `json:"done"`
		Score         float64  `json:"score"`
		Steps         int      `json:"steps"`
		Tags          []string `json:"tags"`
		Kind          string   `json:"kind"`
		Note          *string  `json:"note"`
		Nested        struct {
			Reason  string `json:"reason"`
			Attempt int    `json:"attempt"`
		} `json:"nested"`
		Either json.RawMessage `json:"either"`
		When   string          `json:"when"`
	}
	content := completion.Choices[0].Message.Content
	require.NoError(t, json.Unmarshal([]byte(content), &made), content)
	require.Equal(t, "phone", made.Channel)
	require.Equal(t, "2026-11-26T09:00:00-05:00", made.SendAt, "the channel's own time, though it comes first")
	require.Nil(t, made.Subject)
	require.NotEmpty(t, *made.VoicemailText)
	require.LessOrEqual(t, len([]rune(*made.VoicemailText)), 40)
	require.False(t, *made.Done)
	require.InDelta(t, 2.5, made.Score, 0)
	require.Equal(t, 3, made.Steps)
	require.Len(t, made.Tags, 2)
	require.Equal(t, "outreach", made.Kind)
	require.Nil(t, made.Note)
	require.GreaterOrEqual(t, len(made.Nested.Reason), 500)
	require.Equal(t, 1, made.Nested.Attempt)
	require.Equal(t, "null", string(made.Either))
	require.Equal(t, "2026-11-24", made.When)
	require.Less(t, strings.Index(content, `"channel"`), strings.Index(content, `"subject"`), "in the schema's order")
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)

	strict := func(change func(schema map[string]any)) map[string]any {
		schema := planSchema("email")
		change(schema)

		return schema
	}
	recursive := strict(func(s map[string]any) {
		s["required"] = []string{"channel"}
		s["properties"] = map[string]any{"channel": map[string]any{"$ref": "#"}}
	})
	for name, tt := range map[string]struct {
		options []option.RequestOption
		schema  map[string]any
		change  func(params *openai.ChatCompletionNewParams)
		status  int
		code    string
		param   string
		message string
	}{
		"WrongKey": {
			options: []option.RequestOption{option.WithAPIKey("sk-other")}, status: http.StatusUnauthorized,
			code: "invalid_api_key", message: "Incorrect API key provided: sk-***.",
		},
		"NoModel": {
			change: func(p *openai.ChatCompletionNewParams) { p.Model = "" }, status: http.StatusBadRequest, message: "model",
		},
		"NoMessages": {
			change: func(p *openai.ChatCompletionNewParams) { p.Messages = []openai.ChatCompletionMessageParamUnion{} },
			status: http.StatusBadRequest, code: "empty_array", param: "messages", message: "Invalid 'messages'",
		},
		"Stream": {
			options: []option.RequestOption{option.WithJSONSet("stream", true)}, status: http.StatusBadRequest,
			code: "unsupported_value", param: "stream", message: "stream",
		},
		"Role": {
			options: []option.RequestOption{option.WithJSONSet("messages.0.role", "boss")}, status: http.StatusBadRequest,
			code: "invalid_value", param: "messages[0].role", message: "'boss'",
		},
		"Format": {
			options: []option.RequestOption{option.WithJSONSet("response_format.type", "xml")}, status: http.StatusBadRequest,
			code: "invalid_value", param: "response_format.type", message: "'xml'",
		},
		"SchemaName": {
			options: []option.RequestOption{option.WithJSONSet("response_format.json_schema.name", "my plan")},
			status:  http.StatusBadRequest, code: "invalid_value", param: "response_format.json_schema.name", message: "pattern",
		},
		"NoSchema": {
			options: []option.RequestOption{option.WithJSONDel("response_format.json_schema")},
			status:  http.StatusBadRequest, code: "missing_required_parameter", param: "response_format.json_schema", message: "Missing",
		},
		"Open": {
			schema: strict(func(s map[string]any) { delete(s, "additionalProperties") }), status: http.StatusBadRequest,
			param: "response_format", message: "In context=(), 'additionalProperties' is required to be supplied and to be false.",
		},
		"NotAllRequired": {
			schema: strict(func(s map[string]any) { s["required"] = []string{"channel"} }), status: http.StatusBadRequest,
			param: "response_format", message: "Missing 'body'.",
		},
		"NotAnObject": {
			schema: map[string]any{"type": "string"}, status: http.StatusBadRequest, param: "response_format", message: `'type: "object"'`,
		},
		"Endless": {schema: recursive, status: http.StatusBadRequest, param: "response_format", message: "nested too deeply"},
		"UnknownReference": {
			schema: strict(func(s map[string]any) {
				s["required"] = []string{"x"}
				s["properties"] = map[string]any{"x": map[string]any{"$ref": "#/$defs/none"}}
			}),
			status: http.StatusBadRequest, param: "response_format", message: "cannot be resolved",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.schema == nil {
				tt.schema = planSchema("email")
			}
			params := planParams(tt.schema, facts)
			if tt.change != nil {
				tt.change(&params)
			}
			client := b.openAI(t, tt.options...)
			_, err := client.Chat.Completions.New(t.Context(), params)
			failure := new(openai.Error)
			require.ErrorAs(t, err, &failure)
			require.Equal(t, tt.status, failure.StatusCode)
			require.Equal(t, tt.code, failure.Code)
			require.Equal(t, tt.param, failure.Param)
			require.Equal(t, "invalid_request_error", failure.Type)
			require.Contains(t, failure.Message, tt.message)
		})
	}

	t.Run("NotJSON", func(t *testing.T) {
		t.Parallel()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.PlanURL()+"/chat/completions", strings.NewReader("{"))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+openAIKey)
		answer, err := b.client.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		require.Contains(t, string(body), "could not parse the JSON body")
	})
}

func TestPlanFaults(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		faults     string
		status     int
		code       string
		kind       string
		retryAfter string
	}{
		"RateLimited": {
			faults: `{"plan":{"kind":"429","retryAfter":3}}`, status: http.StatusTooManyRequests,
			code: "rate_limit_exceeded", kind: "requests", retryAfter: "3",
		},
		"ServerError":  {faults: `{"plan":{"kind":"500"}}`, status: http.StatusInternalServerError, kind: "server_error"},
		"Unauthorized": {faults: `{"plan":{"kind":"401"}}`, status: http.StatusUnauthorized, code: "invalid_api_key", kind: "invalid_request_error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.setFaults(t, tt.faults)
			client := b.openAI(t)
			_, err := client.Chat.Completions.New(t.Context(), planParams(planSchema("email"), facts))
			failure := new(openai.Error)
			require.ErrorAs(t, err, &failure)
			require.Equal(t, tt.status, failure.StatusCode)
			require.Equal(t, tt.code, failure.Code)
			require.Equal(t, tt.kind, failure.Type)
			require.Equal(t, tt.retryAfter, failure.Response.Header.Get("Retry-After"))
		})
	}

	t.Run("Dropped", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.setFaults(t, `{"plan":{"kind":"drop_after_accept"}}`)
		client := b.openAI(t)
		_, err := client.Chat.Completions.New(t.Context(), planParams(planSchema("email"), facts))
		require.ErrorIs(t, err, io.EOF)
	})

	t.Run("Refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.setFaults(t, `{"plan":{"kind":"refuse"}}`)
		client := b.openAI(t)
		_, err := client.Chat.Completions.New(t.Context(), planParams(planSchema("email"), facts))
		require.ErrorContains(t, err, "connection refused")

		client = b.openAI(t, option.WithBaseURL(b.server.URL()))
		_, err = client.Chat.Completions.New(t.Context(), planParams(planSchema("email"), facts))
		require.ErrorIs(t, err, io.EOF)
	})

	t.Run("Delayed", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.setFaults(t, `{"plan":{"kind":"delay","delayMs":120}}`)
		start := time.Now()
		b.ask(t, planSchema("email"), facts)
		require.GreaterOrEqual(t, time.Since(start), 120*time.Millisecond)
	})

	t.Run("Malformed", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.setFaults(t, `{"plan":{"kind":"malformed"}}`)
		client := b.openAI(t)
		completion, err := client.Chat.Completions.New(t.Context(), planParams(planSchema("email"), facts))
		require.NoError(t, err)
		var made map[string]any
		require.NoError(t, json.Unmarshal([]byte(completion.Choices[0].Message.Content), &made))
		require.NotContains(t, made, "body")
	})
}

// TestPlanShape holds answers and errors to recorded ones of OpenAI's.
func TestPlanShape(t *testing.T) {
	t.Parallel()
	b := setup(t)
	get := func(key string) map[string]any {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.PlanURL()+"/chat/completions",
			strings.NewReader(`{"model":"gpt-5-mini","messages":[{"role":"user","content":"{}"}]}`))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		answer, err := b.client.Do(request)
		require.NoError(t, err)
		var body map[string]any
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&body))
		require.NoError(t, answer.Body.Close())

		return body
	}

	requireShape(t, readVendor[map[string]any](t, "openai", "chat_ok.json"), get(openAIKey), "")
	type recorded struct {
		Body map[string]any `json:"body"`
	}
	failures := readVendor[map[string]recorded](t, "openai", "errors.json")
	requireShape(t, failures["error_401"].Body, get("sk-other"), "")
	b.setFaults(t, `{"plan":{"kind":"429"}}`)
	requireShape(t, failures["error_429_rate"].Body, get(openAIKey), "")
	b.setFaults(t, `{"plan":{"kind":"500"}}`)
	requireShape(t, failures["error_500"].Body, get(openAIKey), "")
}

// requireShape expects all members of a recorded value, with the same types.
func requireShape(tb testing.TB, recorded, got any, path string) {
	tb.Helper()
	require.IsType(tb, recorded, got, path)
	switch recorded := recorded.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for name, value := range recorded {
			require.Contains(tb, object, name, path)
			requireShape(tb, value, object[name], path+"/"+name)
		}
	case []any:
		list, _ := got.([]any)
		require.Len(tb, list, len(recorded), path)
		for i := range recorded {
			requireShape(tb, recorded[i], list[i], path)
		}
	}
}
