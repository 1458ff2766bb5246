package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"

	"beckon/sandbox"
)

// TestSendGridSettings reads how the account is set up, in answers as the vendor's file describes them.
func TestSendGridSettings(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(vendorDir(t), "openapi", "sendgrid_webhook_settings_v3.min.json"))
	require.NoError(t, err)
	doc.Servers = nil
	b := setup(t, func(c *sandbox.Config) {
		c.InboundURL, c.InboundDomain = "https://beckon.example/inbound/x", "in.beckon.example"
	})
	read := func(path, described string, status int, into any) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.EmailURL()+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+sendGridKey)
		answer, err := b.client.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, status, answer.StatusCode, "%s", body)
		require.NoError(t, json.Unmarshal(body, into))
		if described == "" {
			return
		}
		item := doc.Paths.Find(described)
		require.NotNil(t, item, described)
		require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{
				Request: request,
				Route:   &routers.Route{Spec: doc, Path: described, PathItem: item, Method: http.MethodGet, Operation: item.Get},
			},
			Status: status, Header: answer.Header, Body: io.NopCloser(bytes.NewReader(body)),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}), "%s", body)
	}

	const settings = "/v3/user/webhooks/event/settings/"
	var all struct {
		Webhooks []struct {
			ID  string
			URL string
		}
	}
	read(settings+"all", "", http.StatusOK, &all)
	require.Len(t, all.Webhooks, 1)
	require.Equal(t, b.webhook.url, all.Webhooks[0].URL)
	var one struct {
		Enabled   bool
		PublicKey string `json:"public_key"`
	}
	read(settings+all.Webhooks[0].ID, settings+"{id}", http.StatusOK, &one)
	require.True(t, one.Enabled)
	require.Equal(t, b.server.SendGridPublicKey(), one.PublicKey)
	read(settings+"signed/"+all.Webhooks[0].ID, settings+"signed/{id}", http.StatusOK, &one)
	require.Equal(t, b.server.SendGridPublicKey(), one.PublicKey)
	read(settings+"other", settings+"{id}", http.StatusNotFound, &struct{}{})
	read(settings+"signed/other", settings+"signed/{id}", http.StatusNotFound, &struct{}{})
	var parse struct {
		Result []struct{ URL, Hostname string }
	}
	read("/v3/user/webhooks/parse/settings", "/v3/user/webhooks/parse/settings", http.StatusOK, &parse)
	require.Len(t, parse.Result, 1)
	require.Equal(t, "https://beckon.example/inbound/x", parse.Result[0].URL)
	require.Equal(t, "in.beckon.example", parse.Result[0].Hostname)

	var domains []struct {
		Domain string
		Valid  bool
	}
	read("/v3/whitelabel/domains?domain=harbour.example", "", http.StatusOK, &domains)
	require.True(t, domains[0].Valid)
	read("/v3/whitelabel/domains?domain=unverified.example", "", http.StatusOK, &domains)
	require.False(t, domains[0].Valid)
	read("/v3/whitelabel/domains?domain=unknown.example", "", http.StatusOK, &domains)
	require.Empty(t, domains)
}
