package openai

import (
	"context"
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
// is asked again with its fault, twice at most; the tokens of all answers are summed. Where the request allows more than an
// outreach, the plan has a decision; one against an outreach has a reason and what it took, and nothing else.
//
// Every error is a *models.ProviderError; see providers.Call for the kinds of a call that failed. FailureBadAnswer means
// that no answer was a plan; its code says what was wrong with the last one: refusal, length, content_filter,
// finish_reason (any other end), no_choice, empty, schema, placeholder, invalid_plan (breaks a rule of models.Plan.Check). A
// request without channels is FailureRejected, invalid_request, and asks nobody.
func (c *Client) Plan(ctx context.Context, request models.PlanRequest) (models.Plan, error) {
	if unstarted := providers.Unstarted(ctx); unstarted != nil {
		return models.Plan{}, unstarted
	}
	told, stated, err := facts(request)
	if err != nil {
		return models.Plan{}, &models.ProviderError{
			Kind: models.FailureRejected, Code: codeInvalidRequest, Detail: err.Error(),
		}
	}
	params := c.params(request, told)
	var spent sdk.CompletionUsage
	for ask := 1; ; ask++ {
		completion, failure := c.ask(ctx, params)
		if failure != nil {
			return models.Plan{}, failure
		}
		spent.PromptTokens += completion.Usage.PromptTokens
		spent.CompletionTokens += completion.Usage.CompletionTokens

		plan, bad := read(completion, request, stated)
		if bad == nil {
			plan.Model = providers.Cut(completion.Model, maxModelBytes)
			plan.PromptTokens, plan.CompletionTokens = int(spent.PromptTokens), int(spent.CompletionTokens)
			return plan, nil
		}
		if ask == maxAsks {
			return models.Plan{}, bad.failure()
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
	if err != nil || completion == nil || !call.Succeeded() {
		return nil, call.Failure(err)
	}
	return completion, nil
}

// params is the first request. The schema is strict, so a server that follows it can only answer a plan's form.
func (c *Client) params(request models.PlanRequest, told string) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{
		Model: c.model,
		Messages: []sdk.ChatCompletionMessageParamUnion{
			sdk.SystemMessage(systemPrompt(request)), sdk.UserMessage(told),
		},
		ResponseFormat: sdk.ChatCompletionNewParamsResponseFormatUnion{
			OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
				JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
					Name: "outreach_plan", Strict: sdk.Bool(true), Schema: schema(request),
				},
			},
		},
	}
}
