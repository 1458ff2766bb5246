package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	sdk "github.com/twilio/twilio-go/client"
	rest "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/models"
	"beckon/providers"
)

// DefaultBaseURL is that of Twilio's API in the region US1. Other regions have hosts such as
// https://api.dublin.ie1.twilio.com.
const DefaultBaseURL = "https://api.twilio.com"

// Paths of the webhooks that Twilio is told to call, below the public URL. Those about an outreach carry its id in the
// query, as AttemptParam.
const (
	TextStatusPath  = "/webhooks/twilio/sms/status"
	VoiceAnswerPath = "/webhooks/twilio/voice/answer"
	VoiceStatusPath = "/webhooks/twilio/voice/status"
	VoiceAMDPath    = "/webhooks/twilio/voice/amd"
	VoiceGatherPath = "/webhooks/twilio/voice/gather"

	// TextInboundPath and VoiceInboundPath are what Twilio's numbers and Messaging Services are to be configured with.
	TextInboundPath  = "/webhooks/twilio/sms/inbound"
	VoiceInboundPath = "/webhooks/twilio/voice/inbound"

	AttemptParam = "attempt"
)

// codeNoSID is the code of a 2xx that does not name the message or call.
const codeNoSID = "no_sid"

// maxIDBytes is the longest id that is believed; Twilio's have 34 characters.
const maxIDBytes = 64

// Errors of New.
var (
	ErrBadAccountSID = errors.New("twilio: the account's SID is not AC and 32 hexadecimal digits")
	ErrBadAuthToken  = errors.New("twilio: the auth token is missing, or holds other than letters and digits")
	ErrBadBaseURL    = errors.New("twilio: the base URL is no http or https URL with a host")
	ErrBadPublicURL  = errors.New("twilio: the public URL is no http or https URL with a host and without a query")
)

// Config is what a Client needs.
type Config struct {
	AccountSID string
	AuthToken  string
	BaseURL    string            // empty: DefaultBaseURL
	PublicURL  string            // where Twilio reaches this installation; callbacks are below it
	Timeout    time.Duration     // of the whole HTTP call; 0: none
	Transport  http.RoundTripper // nil: the default one
}

// Client sends texts and makes calls. It is safe for concurrent use.
type Client struct {
	accountSID string
	authToken  string
	baseURL    *url.URL
	publicURL  string
	timeout    time.Duration
	http       *http.Client
}

// New makes a Client. Errors: ErrBadAccountSID, ErrBadAuthToken (the SDK refuses such tokens too, but only at each call),
// ErrBadBaseURL, ErrBadPublicURL.
func New(config Config) (*Client, error) {
	account, token := strings.TrimSpace(config.AccountSID), strings.TrimSpace(config.AuthToken)
	if !regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`).MatchString(account) {
		return nil, ErrBadAccountSID
	}
	if !regexp.MustCompile(`^[0-9A-Za-z]+$`).MatchString(token) {
		return nil, ErrBadAuthToken
	}
	if strings.TrimSpace(config.BaseURL) == "" {
		config.BaseURL = DefaultBaseURL
	}
	base, ok := webURL(config.BaseURL)
	if !ok {
		return nil, ErrBadBaseURL
	}
	public, ok := webURL(config.PublicURL)
	if !ok {
		return nil, ErrBadPublicURL
	}
	return &Client{
		accountSID: account,
		authToken:  token,
		baseURL:    base,
		publicURL:  public.String(),
		timeout:    config.Timeout,
		http:       providers.NewClient(config.Timeout, config.Transport),
	}, nil
}

// webURL reads an http or https URL with a host and without query or fragment; a slash at its end is dropped.
func webURL(text string) (*url.URL, bool) {
	address, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return nil, false
	}
	return address, address.RawQuery == "" && address.Fragment == ""
}

// callback is the public URL of a webhook about an outreach.
func (c *Client) callback(path, outreachID string) string {
	return c.publicURL + path + "?" + url.Values{AttemptParam: {outreachID}}.Encode()
}

// create makes one request, once, through the SDK, and returns the SID of what Twilio created.
//
// A 2xx without a SID is in doubt: Twilio always names what it takes, so the answer may be another server's, such as a
// proxy's. If Twilio did take it, its first callback proves that.
func (c *Client) create(ctx context.Context, post func(*rest.ApiService) (*string, error)) (string, error) {
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	ctx, call := providers.Watch(ctx)
	sid, err := post(c.api(ctx))
	if !call.Succeeded() {
		return "", failure(call, err)
	}
	if err != nil {
		return "", call.Failure(err)
	}
	if sid == nil || *sid == "" || *sid != providers.Cut(*sid, maxIDBytes) {
		doubt := call.Failure(nil)
		doubt.Code = codeNoSID
		return "", doubt
	}
	return *sid, nil
}

// api is the SDK for one call. The SDK takes no context, so each call gets a client of its own, whose transport carries it;
// the connections behind it are shared. Its request handler is built here because the SDK's own constructor reads
// TWILIO_EDGE and TWILIO_REGION from the environment.
func (c *Client) api(ctx context.Context) *rest.ApiService {
	carried := *c.http
	carried.Timeout = 0 // the context bounds the call
	carried.Transport = carrier{ctx: ctx, base: c.baseURL, next: c.http.Transport}
	client := &sdk.Client{Credentials: sdk.NewCredentials(c.accountSID, c.authToken), HTTPClient: &carried}
	client.SetAccountSid(c.accountSID)
	return rest.NewApiService(&sdk.RequestHandler{Client: client})
}

// started returns the failure of a call that must not begin: the context has ended, or a code says why it cannot be sent.
func started(ctx context.Context, refused string) error {
	if unstarted := providers.Unstarted(ctx); unstarted != nil {
		return unstarted
	}
	if refused != "" {
		return &models.ProviderError{
			Kind: models.FailureRejected, Code: refused, Detail: "not handed to Twilio: " + refused,
		}
	}
	return nil
}
