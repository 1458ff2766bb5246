package sendgrid

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sendgrid/rest"
	sdk "github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"

	beckonmail "beckon/mail"
	"beckon/models"
	"beckon/providers"
)

// DefaultBaseURL is that of SendGrid's global API. Accounts in the EU use https://api.eu.sendgrid.com.
const DefaultBaseURL = "https://api.sendgrid.com"

const sendPath = "/v3/mail/send"

// codeNoMessageID is the code of a 2xx that does not name the message.
const codeNoMessageID = "no_message_id"

// Errors of New.
var (
	ErrNoAPIKey   = errors.New("sendgrid: the API key is missing, or holds characters that no header may hold")
	ErrBadBaseURL = errors.New("sendgrid: the base URL is no http or https URL with a host")
	ErrNoSecret   = errors.New("sendgrid: the letterhead has no secret to make links of")
)

// Config is what a Client needs.
type Config struct {
	APIKey  string
	BaseURL string        // without path; empty: DefaultBaseURL
	Timeout time.Duration // of the whole HTTP call
	// Letterhead makes letters of what is to be sent. It needs a secret.
	Letterhead beckonmail.Letterhead
	Transport  http.RoundTripper // nil: the default one
}

// Client sends e-mails. It is safe for concurrent use.
type Client struct {
	key     string
	baseURL string
	http    *rest.Client
	letters beckonmail.Letterhead
}

// New makes a Client. Errors: ErrNoAPIKey, ErrBadBaseURL, ErrNoSecret.
func New(config Config) (*Client, error) {
	key := strings.TrimSpace(config.APIKey)
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, ErrNoAPIKey
	}
	base := strings.TrimRight(strings.TrimSpace(config.BaseURL), "/")
	if base == "" {
		base = DefaultBaseURL
	}
	address, err := url.Parse(base)
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return nil, ErrBadBaseURL
	}
	if config.Letterhead.Inbox.Secret == nil {
		return nil, ErrNoSecret
	}
	return &Client{
		key:     key,
		letters: config.Letterhead,
		baseURL: base,
		http:    &rest.Client{HTTPClient: providers.NewClient(config.Timeout, config.Transport)},
	}, nil
}

// SendEmail hands one e-mail to SendGrid, once, and returns SendGrid's id of it (X-Message-Id). Every error is a
// *models.ProviderError; see providers.Call for what it proves. Codes besides statuses and those of providers:
// invalid_from, invalid_reply_to, invalid_to, invalid_header, no_subject, long_subject, no_text (rejected: not even sent),
// no_message_id.
//
// A 2xx without X-Message-Id is in doubt (no_message_id): SendGrid always names what it takes, so the answer may be
// another server's, such as a proxy's. If SendGrid did take it, its first event proves that.
func (c *Client) SendEmail(ctx context.Context, email models.Email) (string, error) {
	if unstarted := providers.Unstarted(ctx); unstarted != nil {
		return "", unstarted
	}
	message, refused := compose(email, c.letters.Letter(&email))
	if refused != nil {
		return "", refused
	}
	// A request for each send: the SDK's own Client keeps the body in itself and so serves one send at a time.
	request := sdk.GetRequest(c.key, sendPath, c.baseURL)
	request.Method = rest.Post
	request.Body = mail.GetRequestBody(message)

	ctx, call := providers.Watch(ctx)
	_, err := c.http.SendWithContext(ctx, request)
	if !call.Succeeded() {
		return "", limited(call, call.Failure(err))
	}
	// The header is the proof; that the (empty) body broke off afterwards changes nothing.
	id := strings.TrimSpace(call.Header("X-Message-Id"))
	if id == "" || len(id) > maxIDBytes {
		failure := call.Failure(err)
		failure.Code = codeNoMessageID
		return "", failure
	}
	return providers.Cut(id, maxIDBytes), nil
}

// limited adds the delay where SendGrid names it in its own way: X-RateLimit-Reset, in seconds since 1970, beside a 429.
func limited(call *providers.Call, failure *models.ProviderError) *models.ProviderError {
	if failure.Kind != models.FailureLimit || failure.RetryAfter > 0 {
		return failure
	}
	reset, err := strconv.ParseInt(call.Header("X-RateLimit-Reset"), 10, 64)
	if err == nil && inRange(reset) {
		failure.RetryAfter = providers.Delay(time.Unix(reset, 0), time.Now())
	}
	return failure
}

// rejected is a failure that needs no provider: the e-mail can be sent by nobody.
func rejected(code string) *models.ProviderError {
	return &models.ProviderError{
		Kind: models.FailureRejected, Code: code, Detail: fmt.Sprintf("not handed to SendGrid: %s", code),
	}
}
