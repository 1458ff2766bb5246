package openai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"beckon/models"
	"beckon/providers"
)

// DefaultBaseURL is OpenAI's own.
const DefaultBaseURL = "https://api.openai.com/v1"

// maxAnswerTokens bounds what one answer may take, with what a model thinks before it: a plan has some hundred.
const maxAnswerTokens = 10_000

// maxAsks is how often one call of Plan asks: once, and twice more after an answer that is no plan.
const maxAsks = 3

// Errors of New.
var (
	ErrNoAPIKey   = errors.New("openai: the API key is missing, or holds characters that no header may hold")
	ErrBadBaseURL = errors.New("openai: the base URL is no http or https URL with a host")
	ErrNoModel    = errors.New("openai: the model is missing")
)

// Config is what a Client needs.
type Config struct {
	APIKey    string
	BaseURL   string            // with the path before /chat/completions; empty: DefaultBaseURL
	Model     string            // one that follows strict JSON schemas
	Timeout   time.Duration     // of each HTTP call; Plan makes at most three
	Transport http.RoundTripper // nil: the default one
}

// Client plans outreaches. It is safe for concurrent use.
type Client struct {
	model       string
	completions sdk.ChatCompletionService
}

// New makes a Client. It reads nothing from the environment, unlike the SDK's own client. Errors: ErrNoAPIKey,
// ErrBadBaseURL, ErrNoModel.
func New(config Config) (*Client, error) {
	key := strings.TrimSpace(config.APIKey)
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, ErrNoAPIKey
	}
	if config.Model == "" {
		return nil, ErrNoModel
	}
	base := strings.TrimSpace(config.BaseURL)
	if base == "" {
		base = DefaultBaseURL
	}
	address, err := url.Parse(base)
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return nil, ErrBadBaseURL
	}
	return &Client{
		model: config.Model,
		completions: sdk.NewChatCompletionService(
			option.WithBaseURL(base),
			option.WithAPIKey(key),
			option.WithMaxRetries(0), // whoever calls Plan decides when to try again
			option.WithHTTPClient(providers.NewClient(config.Timeout, config.Transport)),
		),
	}, nil
}

// Plan asks the model for the outreach that the request describes, and checks what it answers. An answer that is no plan
// is asked again with its fault, twice at most; the tokens of all answers are summed, and returned beside an error too. Where
// the request allows more than an outreach, the plan has a decision; one against an outreach has a reason and what it took,
// an opt-out the reply that asks for it, and nothing else.
//
// Every error is a *models.ProviderError; see providers.Call for the kinds of a call that failed. An account without credit
// is FailureAuth, models.PlannerNoCredit: to ask again soon would not help. FailureBadAnswer means that no answer was a
// plan; its code says what was wrong with the last one: refusal, length, content_filter, finish_reason (any other end),
// no_choice, empty, schema, placeholder, link, invalid_plan (breaks another rule of models.Plan.Check). A request without
// channels is FailureRejected, invalid_request, and asks nobody.
func (c *Client) Plan(ctx context.Context, request models.PlanRequest) (models.Plan, error) {
	if unstarted := providers.Unstarted(ctx); unstarted != nil {
		return models.Plan{}, unstarted
	}
	told, err := facts(request)
	if err != nil {
		return models.Plan{}, &models.ProviderError{
			Kind: models.FailureRejected, Code: codeInvalidRequest, Detail: err.Error(),
		}
	}
	plan := models.Plan{}
	spent, failure := c.converse(ctx, c.params(systemPrompt(request), told, "outreach_plan", schema(request)),
		func(completion *sdk.ChatCompletion) (bad *badAnswer) {
			plan, bad = read(completion, request)
			return bad
		})
	if failure != nil {
		return spent, failure
	}
	plan.Model, plan.PromptTokens, plan.CompletionTokens = spent.Model, spent.PromptTokens, spent.CompletionTokens
	return plan, nil
}

// converse asks until take finds nothing wrong with the answer. It returns what all answers took, with or without an error.
func (c *Client) converse(
	ctx context.Context, params sdk.ChatCompletionNewParams, take func(*sdk.ChatCompletion) *badAnswer,
) (spent models.Plan, failure *models.ProviderError) {
	for ask := 1; ; ask++ {
		completion, failure := c.ask(ctx, params)
		if failure != nil {
			return spent, failure
		}
		spent.Model = providers.Cut(completion.Model, maxModelBytes)
		spent.PromptTokens += int(max(0, completion.Usage.PromptTokens))
		spent.CompletionTokens += int(max(0, completion.Usage.CompletionTokens))
		bad := take(completion)
		if bad == nil {
			return spent, nil
		}
		if ask == maxAsks {
			return spent, bad.failure()
		}
		params.Messages = append(params.Messages, bad.messages()...)
	}
}

// ask makes one HTTP call.
func (c *Client) ask(
	ctx context.Context, params sdk.ChatCompletionNewParams,
) (*sdk.ChatCompletion, *models.ProviderError) {
	ctx, call := providers.Watch(ctx)
	completion, err := c.completions.New(ctx, params)
	if err == nil && completion != nil && call.Succeeded() {
		return completion, nil
	}
	failure := call.Failure(err)
	if failure.Kind == models.FailureLimit && noCredit(failure.Detail) {
		failure.Kind, failure.Code, failure.RetryAfter = models.FailureAuth, models.PlannerNoCredit, 0
	}
	return nil, failure
}

// noCredit says whether an answer of status 429 means no limit of a rate, but that nothing is paid for any more.
func noCredit(words string) bool {
	var answer struct {
		Error struct {
			Type string `json:"type"`
			Code string `json:"code"`
		} `json:"error"`
	}
	err := json.Unmarshal([]byte(words), &answer)
	return err == nil && (answer.Error.Code == models.PlannerNoCredit || answer.Error.Type == models.PlannerNoCredit)
}

// params is the first request. The schema is strict, so a server that follows it can only answer that form. Nothing is to
// be kept by OpenAI beyond what its terms say of every call.
func (c *Client) params(system, told, name string, schema any) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{
		Model:               c.model,
		Messages:            []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage(system), sdk.UserMessage(told)},
		MaxCompletionTokens: sdk.Int(maxAnswerTokens),
		Store:               sdk.Bool(false),
		ResponseFormat: sdk.ChatCompletionNewParamsResponseFormatUnion{
			OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
				JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
					Name: name, Strict: sdk.Bool(true), Schema: schema,
				},
			},
		},
	}
}
