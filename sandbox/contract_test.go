package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"
)

// vendorDir is the folder of vendor material; without it the test is skipped, unless it was asked for.
func vendorDir(tb testing.TB) string {
	tb.Helper()
	dir, asked := os.LookupEnv("BECKON_VENDOR_DIR")
	if !asked {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	if _, err := os.Stat(dir); err != nil {
		if asked {
			require.NoError(tb, err)
		}
		tb.Skip("no vendor material: set BECKON_VENDOR_DIR")
	}

	return dir
}

// contract is an HTTP transport that holds both sides to the vendors' OpenAPI files: every answer, and every request
// that was answered with success.
type contract struct {
	next   http.RoundTripper
	routes map[string]*routers.Route
	// twilio are the routes with parameters in their paths.
	twilio []*routers.Route

	mu      sync.Mutex
	checked int
	broken  error
}

// newContract reads the vendors' files.
func newContract(tb testing.TB, next http.RoundTripper) *contract {
	tb.Helper()
	dir := filepath.Join(vendorDir(tb), "openapi")
	c := &contract{next: next, routes: map[string]*routers.Route{}}
	for file, path := range map[string]string{
		"sendgrid_mail_v3.min.json": "/v3/mail/send", "openai_chat_completions.min.json": "/chat/completions",
	} {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, file))
		require.NoError(tb, err)
		doc.Servers = nil
		item := doc.Paths.Find(path)
		c.routes[path] = &routers.Route{
			Spec: doc, Path: path, PathItem: item, Method: http.MethodPost, Operation: item.Post,
		}
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "twilio_api_v2010.min.json"))
	require.NoError(tb, err)
	doc.Servers = nil
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			c.twilio = append(c.twilio, &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation})
		}
	}
	// SendGrid's servers answer a link or null for "help" and null for "field", as sendgrid/sendgrid-php#793 shows; its
	// file, of version 3.1, calls the one an object and allows null for the other in the manner of 3.0.
	entries := c.routes["/v3/mail/send"].Spec.Components.Schemas["ErrorResponse"].Value.Properties["errors"].Value.Items.Value
	for _, name := range []string{"field", "help"} {
		entries.Properties[name] = &openapi3.SchemaRef{Value: &openapi3.Schema{Type: &openapi3.Types{"string", "null"}}}
	}
	tb.Cleanup(func() {
		if c.broken != nil {
			tb.Error(c.broken)
		}
	})

	return c
}

// RoundTrip passes a request on and checks both sides.
func (c *contract) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		sent = body
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := c.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	route, params := c.routeOf(request)
	if route == nil {
		return answer, nil
	}
	received, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(received))
	err = check(request.Context(), route, params, request, sent, answer, received)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked++
	c.broken = errors.Join(c.broken, err)

	return answer, nil
}

// routeOf finds what a request is for, with the parameters in its path.
func (c *contract) routeOf(request *http.Request) (*routers.Route, map[string]string) {
	if route := c.routes[strings.TrimPrefix(request.URL.Path, "/v1")]; route != nil && request.Method == http.MethodPost {
		return route, nil
	}
	for _, route := range c.twilio {
		form := regexp.MustCompile("^" + regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(route.Path, `(?P<$1>\w+)`) + "$")
		match := form.FindStringSubmatch(request.URL.Path)
		if match == nil || route.Method != request.Method {
			continue
		}
		params := map[string]string{}
		for i, name := range form.SubexpNames()[1:] {
			params[name] = match[i+1]
		}

		return route, params
	}

	return nil, nil
}

// check validates one exchange.
func check(
	ctx context.Context, route *routers.Route, params map[string]string,
	request *http.Request, sent []byte, answer *http.Response, received []byte,
) error {
	copied := request.Clone(ctx)
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	input := &openapi3filter.RequestValidationInput{
		Request: copied, Route: route, PathParams: params,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if answer.StatusCode/100 == 2 {
		if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		if err := checkTwilioForm(route, sent); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	if len(received) == 0 && answer.StatusCode == http.StatusAccepted {
		return nil
	}
	if strings.HasPrefix(route.Path, "/2010-04-01/") && answer.StatusCode >= http.StatusBadRequest {
		return checkTwilioError(answer.StatusCode, received)
	}
	// OpenAI's file describes success and 429 only; all errors have the shape of a 429.
	status := answer.StatusCode
	if route.Operation.Responses.Status(status) == nil && status >= http.StatusBadRequest {
		status = http.StatusTooManyRequests
		if route.Operation.Responses.Status(status) == nil {
			status = http.StatusBadRequest
		}
	}
	err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: answer.Header, Body: io.NopCloser(bytes.NewReader(received)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		return fmt.Errorf("answer %d: %w", answer.StatusCode, err)
	}

	return nil
}

// errTwilioForm says that a form has what Twilio's file does not name, or lacks what it does not ask for.
var errTwilioForm = errors.New("not a form of Twilio's")

// checkTwilioForm finds what the validation of Twilio's file does not: unknown fields, and a text without sender or content.
func checkTwilioForm(route *routers.Route, sent []byte) error {
	if !strings.HasPrefix(route.Path, "/2010-04-01/") || route.Method != http.MethodPost {
		return nil
	}
	form, err := url.ParseQuery(string(sent))
	if err != nil {
		return fmt.Errorf("read form: %w", err)
	}
	known := route.Operation.RequestBody.Value.Content["application/x-www-form-urlencoded"].Schema.Value.Properties
	for name := range form {
		if known[name] == nil {
			return fmt.Errorf("%w: field %s", errTwilioForm, name)
		}
	}
	if strings.HasSuffix(route.Path, "/Messages.json") && !form.Has("From") && !form.Has("MessagingServiceSid") {
		return fmt.Errorf("%w: no sender", errTwilioForm)
	}
	return nil
}

// checkTwilioError validates an error, which Twilio's file does not describe.
func checkTwilioError(status int, received []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(received))
	decoder.DisallowUnknownFields()
	var failure struct {
		Code     int    `json:"code"`
		Message  string `json:"message"`
		MoreInfo string `json:"more_info"`
		Status   int    `json:"status"`
	}
	if err := decoder.Decode(&failure); err != nil {
		return fmt.Errorf("answer %d: %w", status, err)
	}
	if failure.Status != status || failure.Message == "" ||
		failure.MoreInfo != fmt.Sprintf("https://www.twilio.com/docs/errors/%d", failure.Code) {
		return fmt.Errorf("answer %d is not an error of Twilio's: %s", status, received)
	}

	return nil
}

// TestContractRefuses makes sure that the checks can fail.
func TestContractRefuses(t *testing.T) {
	t.Parallel()
	c := newContract(t, http.DefaultTransport)

	exchange := func(path, sent string, status int, received string) error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://vendor.example"+path, strings.NewReader(sent))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		answer := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}}

		route, params := c.routeOf(request)

		return check(t.Context(), route, params, request, []byte(sent), answer, []byte(received))
	}
	require.ErrorContains(t, exchange("/v3/mail/send", `{"from":{"email":"a@example.com"}}`, http.StatusAccepted, ""), "request")
	require.ErrorContains(t, exchange("/v3/mail/send", `{}`, http.StatusBadRequest, `{"errors":{}}`), "answer")
	require.ErrorContains(t, exchange("/chat/completions", `{}`, http.StatusOK, `{}`), "request")
	require.ErrorContains(t, exchange("/chat/completions", `{"model":"m","messages":[{"role":"user","content":"x"}]}`,
		http.StatusOK, `{"id":"x"}`), "answer")
	require.ErrorContains(t, exchange("/chat/completions", `{}`, http.StatusUnauthorized, `{"error":"no"}`), "answer")
	const texts = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json"
	require.ErrorContains(t, exchange(texts, `{}`, http.StatusBadRequest, `{"code":1,"message":"x"}`), "answer")
	require.ErrorContains(t, exchange(texts, `{}`, http.StatusCreated, `{"sid":"SM1"}`), "request")
}

// readVendor reads a JSON file of vendor material.
func readVendor[T any](tb testing.TB, path ...string) T {
	tb.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{vendorDir(tb)}, path...)...))
	require.NoError(tb, err)
	var value T
	require.NoError(tb, json.Unmarshal(content, &value))

	return value
}
