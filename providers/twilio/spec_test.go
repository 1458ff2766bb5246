package twilio_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"beckon/providers/internal/providertest"
)

// spec is Twilio's OpenAPI file.
type spec struct {
	router routers.Router
}

func loadSpec(t *testing.T) spec {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(providertest.VendorFile(t, "openapi", "twilio_api_v2010.min.json"))
	require.NoError(t, err)
	document.Servers = nil
	router, err := legacy.NewRouter(document)
	require.NoError(t, err)
	return spec{router: router}
}

// validate checks path, credentials and form as a server of that file would.
func (s spec) validate(t *testing.T, request providertest.Request) (*routers.Route, error) {
	t.Helper()
	method, path, found := strings.Cut(request.Path, " ")
	require.True(t, found)
	asked, err := http.NewRequestWithContext(t.Context(), method, path, io.NopCloser(bytes.NewReader(request.Body)))
	require.NoError(t, err)
	asked.Header = request.Header
	route, params, err := s.router.FindRoute(asked)
	require.NoError(t, err)
	return route, openapi3filter.ValidateRequest(t.Context(), &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	})
}

// accepts checks that the request follows the file, and what the file's validation does not see: unknown parameters, the
// credentials, and a text without body or sender. It returns the form.
func (s spec) accepts(t *testing.T, request providertest.Request) url.Values {
	t.Helper()
	route, err := s.validate(t, request)
	require.NoError(t, err)
	known := route.Operation.RequestBody.Value.Content["application/x-www-form-urlencoded"].Schema.Value.Properties
	form := formOf(t, request)
	for name := range form {
		require.Contains(t, known, name, "an unknown parameter")
	}
	for _, name := range []string{"StatusCallback", "Url", "AsyncAmdStatusCallback"} {
		if address := form.Get(name); address != "" {
			parsed, err := url.Parse(address)
			require.NoError(t, err)
			require.True(t, parsed.IsAbs() && parsed.Host != "" && !strings.Contains(parsed.Host, "_"), address)
		}
	}
	if strings.HasSuffix(request.Path, "/Messages.json") {
		require.True(t, form.Has("Body") || form.Has("MediaUrl") || form.Has("ContentSid"))
		require.True(t, form.Has("From") || form.Has("MessagingServiceSid"))
	} else {
		require.True(t, form.Has("Url") || form.Has("Twiml") || form.Has("ApplicationSid"))
	}
	require.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte(accountSID+":"+authToken)), request.Header.Get("Authorization"))
	return form
}

func formOf(t *testing.T, request providertest.Request) url.Values {
	t.Helper()
	form, err := url.ParseQuery(string(request.Body))
	require.NoError(t, err)
	return form
}

// Without this an accepts that holds says little.
func TestSpecRefuses(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t)
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	messages := "POST /2010-04-01/Accounts/" + accountSID + "/Messages.json"
	good := providertest.Request{Path: messages, Header: header, Body: []byte("To=%2B12025550123")}
	_, err := spec.validate(t, good)
	require.NoError(t, err)
	for _, bad := range []providertest.Request{
		{Path: messages, Header: header, Body: []byte("Body=x")},
		{Path: messages, Header: header, Body: []byte("To=1&ValidityPeriod=soon")},
		{Path: messages, Header: header, Body: []byte("To=1&MessagingServiceSid=MG1")},
		{Path: strings.Replace(messages, "AC", "XX", 1), Header: header, Body: good.Body},
	} {
		_, err := spec.validate(t, bad)
		require.Error(t, err, string(bad.Body))
	}
}
