package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxChatBytes bounds the body of a completion request.
const maxChatBytes = 8 << 20

// planModels are listed by GET /v1/models; completions take any name.
const planModels = "gpt-5 gpt-5-mini gpt-5-nano gpt-4.1 gpt-4.1-mini gpt-4o gpt-4o-mini"

// modelsCreated stands for the day on which the models came out.
const modelsCreated = 1754524800

// openAI answers as OpenAI's API does, with a planner in place of the model.
type openAI struct {
	door

	key string
}

// openAIError is the body of OpenAI's error answers.
type openAIError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// chatRequest is the body of a completion request, as far as the sandbox looks at it.
type chatRequest struct {
	Model          string        `json:"model"`
	Messages       []chatMessage `json:"messages"`
	Stream         bool          `json:"stream"`
	ResponseFormat *struct {
		Type       string `json:"type"`
		JSONSchema *struct {
			Name   string          `json:"name"`
			Strict bool            `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

// chatMessage is a message whose content is a text or a list of parts.
type chatMessage struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// text is the message's text, of all its parts.
func (m chatMessage) text() string {
	var plain string
	if json.Unmarshal(m.Content, &plain) == nil {
		return plain
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(m.Content, &parts) != nil {
		return ""
	}
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.Text
	}

	return strings.Join(texts, "\n")
}

// handler is the route table of the part of OpenAI's API that the sandbox serves, with and without /v1.
func (o *openAI) handler() http.Handler {
	mux := http.NewServeMux()
	for _, prefix := range []string{"", "/v1"} {
		mux.HandleFunc("POST "+prefix+"/chat/completions", o.authorized(o.complete))
		mux.HandleFunc("GET "+prefix+"/models", o.authorized(listModels))
		mux.HandleFunc("GET "+prefix+"/models/{model}", o.authorized(func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, http.StatusOK, model(r.PathValue("model")))
		}))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuseChat(w, http.StatusNotFound, openAIError{
			Message: fmt.Sprintf("Invalid URL (%s %s)", r.Method, r.URL.Path), Type: "invalid_request_error",
		})
	})

	return mux
}

// authorized lets requests with the right key pass.
func (o *openAI) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-ID", "req_"+strings.ReplaceAll(newID(), "-", ""))
		w.Header().Set("Openai-Version", "2020-10-01")
		if !bearerIs(r, o.key) {
			refuseKey(w, r)

			return
		}
		next(w, r)
	}
}

// refuseKey is OpenAI's answer to a key that it does not know.
func refuseKey(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		refuseChat(w, http.StatusUnauthorized, openAIError{
			Message: "You didn't provide an API key. You need to provide your API key in an Authorization header using " +
				"Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
			Type: "invalid_request_error",
		})

		return
	}
	refuseChat(w, http.StatusUnauthorized, openAIError{
		Message: "Incorrect API key provided: sk-***. You can find your API key at " +
			"https://platform.openai.com/account/api-keys.",
		Type: "invalid_request_error", Code: optional("invalid_api_key"),
	})
}

// refuseChat answers with an error in OpenAI's shape.
func refuseChat(w http.ResponseWriter, status int, failure openAIError) {
	writeJSON(w, status, map[string]openAIError{"error": failure})
}

// listModels is GET /v1/models.
func listModels(w http.ResponseWriter, _ *http.Request) {
	models := []map[string]any{}
	for name := range strings.FieldsSeq(planModels) {
		models = append(models, model(name))
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": models})
}

// model is a model's entry.
func model(name string) map[string]any {
	return map[string]any{"id": name, "object": "model", "created": modelsCreated, "owned_by": "system"}
}

// complete is POST /v1/chat/completions.
func (o *openAI) complete(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxChatBytes))
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		refuseChat(w, status, openAIError{Message: "The request body cannot be read.", Type: "invalid_request_error"})

		return
	}
	fault, hit := o.draw(TargetPlan)
	if hit && o.planFault(w, r, fault) {
		return
	}
	request, schema, failure := decodeChat(body)
	if failure != nil {
		refuseChat(w, http.StatusBadRequest, *failure)

		return
	}

	content, err := o.content(request, schema)
	switch {
	case err != nil:
		refuseChat(w, http.StatusBadRequest, *invalidSchema(request.ResponseFormat.JSONSchema.Name, err.Error()))

		return
	case hit && fault.Kind == FaultDropAfterAccept:
		drop(w)

		return
	case hit && fault.Kind == FaultMalformed:
		content = `{"unexpected":"this answer does not fit the schema"}`
	}
	writeJSON(w, http.StatusOK, completion(request, len(body), content))
}

// planFault answers for the faults that need no plan, and reports whether it did.
func (o *openAI) planFault(w http.ResponseWriter, r *http.Request, fault Fault) bool {
	if fault.RetryAfter != nil {
		w.Header().Set("Retry-After", strconv.Itoa(*fault.RetryAfter))
	}
	switch fault.Kind {
	case FaultRateLimited:
		refuseChat(w, http.StatusTooManyRequests, openAIError{
			Message: "Rate limit reached for requests", Type: "requests", Code: optional("rate_limit_exceeded"),
		})
	case FaultServerError:
		refuseChat(w, http.StatusInternalServerError, openAIError{
			Message: "The server had an error while processing your request.", Type: "server_error",
		})
	case FaultUnauthorized:
		refuseKey(w, r)
	case FaultRefuse:
		drop(w)
	case FaultDelay:
		if o.hold(fault.delay()) {
			return false
		}
		drop(w)
	case FaultDropAfterAccept, FaultMalformed:
		return false
	}

	return true
}

// content is what the model answers: a value of the schema, or plain text where none is asked for.
func (o *openAI) content(request chatRequest, schema *schemaNode) (string, error) {
	plan := newPlanner(request)
	if schema == nil {
		if request.ResponseFormat != nil && request.ResponseFormat.Type == "json_object" {
			return plan.object()
		}

		return plan.body(), nil
	}
	value, err := schema.fill(plan)
	if err != nil {
		return "", err
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encode the plan: %w", err)
	}

	return string(encoded), nil
}

// decodeChat reads a request and refuses it as OpenAI would.
func decodeChat(body []byte) (chatRequest, *schemaNode, *openAIError) {
	invalid := func(param, code, format string, args ...any) *openAIError {
		return &openAIError{
			Message: fmt.Sprintf(format, args...), Type: "invalid_request_error", Param: optional(param), Code: optional(code),
		}
	}

	var request chatRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return chatRequest{}, nil, invalid("", "", "We could not parse the JSON body of your request. (HINT: This likely "+
			"means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was "+
			"sent was not valid JSON.)")
	}
	switch {
	case request.Model == "":
		return chatRequest{}, nil, invalid("", "", "you must provide a model parameter")
	case len(request.Messages) == 0:
		return chatRequest{}, nil, invalid("messages", "empty_array", "Invalid 'messages': empty array. Expected an array "+
			"with minimum length 1, but got an empty array instead.")
	case request.Stream:
		return chatRequest{}, nil, invalid("stream", "unsupported_value", "Unsupported value: 'stream' does not support true "+
			"in this sandbox.")
	}
	for i, message := range request.Messages {
		switch message.Role {
		case "system", "developer", "user", "assistant", "tool", "function":
		default:
			return chatRequest{}, nil, invalid(fmt.Sprintf("messages[%d].role", i), "invalid_value", "Invalid value: '%s'. "+
				"Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.", message.Role)
		}
	}

	format := request.ResponseFormat
	if format == nil || format.Type == "text" || format.Type == "json_object" {
		return request, nil, nil
	}
	if format.Type != "json_schema" {
		return chatRequest{}, nil, invalid("response_format.type", "invalid_value", "Invalid value: '%s'. Supported values "+
			"are: 'json_object', 'json_schema', and 'text'.", format.Type)
	}
	schema, failure := decodeFormat(request)

	return request, schema, failure
}

var schemaName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// decodeFormat reads the schema of a json_schema format.
func decodeFormat(request chatRequest) (*schemaNode, *openAIError) {
	format := request.ResponseFormat.JSONSchema
	if format == nil {
		return nil, &openAIError{
			Message: "Missing required parameter: 'response_format.json_schema'.", Type: "invalid_request_error",
			Param: optional("response_format.json_schema"), Code: optional("missing_required_parameter"),
		}
	}
	if !schemaName.MatchString(format.Name) {
		return nil, &openAIError{
			Message: "Invalid 'response_format.json_schema.name': string does not match pattern. Expected a string that " +
				"matches the pattern '^[a-zA-Z0-9_-]+$'.",
			Type: "invalid_request_error", Param: optional("response_format.json_schema.name"), Code: optional("invalid_value"),
		}
	}
	schema, err := parseSchema(format.Schema)
	if err == nil && format.Strict {
		err = schema.checkStrict()
	}
	if err != nil {
		return nil, invalidSchema(format.Name, err.Error())
	}

	return schema, nil
}

// invalidSchema is OpenAI's answer to a schema that it cannot follow.
func invalidSchema(name, detail string) *openAIError {
	return &openAIError{
		Message: fmt.Sprintf("Invalid schema for response_format '%s': %s", name, detail),
		Type:    "invalid_request_error", Param: optional("response_format"),
	}
}

// completion is the body of a successful answer. Token counts are estimates of four bytes a token.
func completion(request chatRequest, requestBytes int, content string) map[string]any {
	const bytesPerToken = 4
	prompt, answer := requestBytes/bytesPerToken+1, len(content)/bytesPerToken+1

	return map[string]any{
		"id":      "chatcmpl-" + randomID(),
		"object":  "chat.completion",
		"created": time.Now().Unix(),
		"model":   request.Model,
		"choices": []map[string]any{{
			"index": 0,
			"message": map[string]any{
				"role": "assistant", "content": content, "refusal": nil, "annotations": []any{},
			},
			"logprobs":      nil,
			"finish_reason": "stop",
		}},
		"usage": map[string]any{
			"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer,
			"prompt_tokens_details": map[string]int{"cached_tokens": 0, "audio_tokens": 0},
			"completion_tokens_details": map[string]int{
				"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
			},
		},
		"service_tier":       "default",
		"system_fingerprint": "fp_beckonsandbox",
	}
}
