package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/providers/sendgrid"
)

// testNow is the time at which all tests take place.
func testNow() time.Time { return time.Date(2030, 3, 4, 15, 6, 7, 0, time.UTC) }

// publicURL is where the providers reach the API.
const publicURL = "https://beckon.example"

// testBundle is an API over fakes, and keys for it.
type testBundle struct {
	t         *testing.T
	handler   http.Handler
	router    routers.Router
	store     *fakeStore
	workflows *fakeWorkflows
	log       *lockedBuffer
	signer    *ecdsa.PrivateKey
	keys      map[models.Role]string
	passwords *countedPasswords
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// impatient has answers wait a moment only until a workflow is told, as in production.
func impatient(c *api.Config) { c.TellMoment = 0 }

func setup(t *testing.T, change ...func(*api.Config)) *testBundle {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&signer.PublicKey)
	require.NoError(t, err)
	verifier, err := sendgrid.NewVerifier(base64.StdEncoding.EncodeToString(public), time.Hour)
	require.NoError(t, err)

	b := &testBundle{
		t: t, store: newFakeStore(testNow), workflows: &fakeWorkflows{}, log: &lockedBuffer{}, signer: signer,
		keys: map[models.Role]string{}, passwords: &countedPasswords{},
	}
	config := api.Config{
		Store: b.store, Workflows: b.workflows, Idempotent: withKeyOf, Secret: testSecret(t),
		ParseMail: sendgrid.ParseInbound, MailDomain: mailDomain,
		SendGridVerifier: verifier, ParseSendGrid: sendgrid.ParseEvents, Twilio: twilioParts(t),
		PublicURL: publicURL, TemporalUI: "https://temporal.example", TellMoment: time.Minute,
		Log: slog.New(slog.NewJSONHandler(b.log, nil)), Now: testNow, Passwords: b.passwords,
		About: api.About{Version: "v1.2.3", Providers: api.ConfiguredProviders{SendGrid: true}},
	}
	for _, each := range change {
		each(&config)
	}
	handler, err := api.New(config)
	require.NoError(t, err)
	b.handler = handler
	for _, role := range []models.Role{models.RoleViewer, models.RoleOperator, models.RoleAdministrator} {
		b.keys[role] = b.addKey(models.APIKey{Name: string(role) + " key", Role: role})
	}
	b.router, err = specRouter()
	require.NoError(t, err)
	return b
}

// testSecret is an installation's secret of the tests.
func testSecret(t *testing.T) *models.Secret {
	t.Helper()
	secret, err := models.NewSecret("the-secret-key-of-the-tests-of-the-api")
	require.NoError(t, err)
	return secret
}

func spec(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	require.NoError(t, err)
	return doc
}

// specRouter finds the operation of a request. It is made once: it is read only, and takes long to make.
//
//nolint:gochecknoglobals // see above
var specRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	if err != nil {
		return nil, fmt.Errorf("read the specification: %w", err)
	}
	return legacy.NewRouter(doc)
})

// addKey stores a key and returns its plain text.
func (b *testBundle) addKey(key models.APIKey) string {
	b.t.Helper()
	plain, hash := api.NewAPIKey()
	key.KeyHash = hash
	require.NoError(b.t, b.store.CreateAPIKey(b.t.Context(), &key))
	return plain
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// request sends a request with the operator's key, unless changes say otherwise, and holds the answer against the
// specification.
func (b *testBundle) request(method, path, body string, changes ...func(*http.Request)) *answer {
	b.t.Helper()
	request := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("X-Api-Key", b.keys[models.RoleOperator])
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, change := range changes {
		change(request)
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	result := recorder.Result()
	defer func() { require.NoError(b.t, result.Body.Close()) }()
	text, err := io.ReadAll(result.Body)
	require.NoError(b.t, err)
	b.matchesSpec(request, result, text)
	return &answer{t: b.t, status: result.StatusCode, header: result.Header, body: text}
}

// matchesSpec holds an answer against the specification, where the specification knows its route.
func (b *testBundle) matchesSpec(request *http.Request, result *http.Response, text []byte) {
	b.t.Helper()
	if result.StatusCode >= http.StatusBadRequest && !strings.HasPrefix(request.URL.Path, "/u/") { // a page for people
		require.Equal(b.t, "application/problem+json", result.Header.Get("Content-Type"))
	}
	route, parameters, err := b.router.FindRoute(request)
	if err != nil {
		return
	}
	err = openapi3filter.ValidateResponse(b.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: request, PathParams: parameters, Route: route,
		},
		Status: result.StatusCode, Header: result.Header, Body: io.NopCloser(bytes.NewReader(text)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	require.NoError(b.t, err, "the answer does not match the specification: %s", text)
}

func withKey(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-Api-Key", key) }
}

func withType(mediaType string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Content-Type", mediaType) }
}

// object wants the status and returns the body.
func (a *answer) object(status int) map[string]any {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%s", a.body)
	object := map[string]any{}
	require.NoError(a.t, json.Unmarshal(a.body, &object), "%s", a.body)
	return object
}

// problem wants an error with the status and code, and returns "pointer code" of its fields and its detail.
func (a *answer) problem(status int, code models.Code) ([]string, string) {
	a.t.Helper()
	problem := api.Problem{}
	require.NoError(a.t, json.Unmarshal(a.body, &problem), "%s", a.body)
	require.Equal(a.t, status, a.status, "%s", a.body)
	require.Equal(a.t, status, problem.Status)
	require.Equal(a.t, string(code), problem.Code, "%s", a.body)
	require.NotEmpty(a.t, problem.Detail)
	require.NotNil(a.t, problem.Errors)
	fields := []string{}
	for _, field := range problem.Errors {
		require.NotEmpty(a.t, field.Detail)
		fields = append(fields, field.Pointer+" "+field.Code)
	}
	return fields, problem.Detail
}

// ready is a campaign that can go live.
func ready() *models.Campaign {
	campaign := models.NewCampaign(models.CampaignOneTime)
	campaign.Name, campaign.Objective = "Spring", "Win back"
	campaign.Channels = []models.Channel{models.ChannelEmail}
	campaign.Sender = models.Sender{
		FromName: "Ada", FromEmail: "ada@example.com", PostalAddress: "1 Main St, Springfield",
	}
	return campaign
}

// campaign stores a campaign of the status.
func (b *testBundle) campaign(status models.CampaignStatus, changes ...func(*models.Campaign)) string {
	b.t.Helper()
	campaign := ready()
	require.NoError(b.t, b.store.CreateCampaign(context.WithoutCancel(b.t.Context()), campaign))
	stored := b.store.campaigns[campaign.ID]
	stored.Status = status
	for _, change := range changes {
		change(stored)
	}
	b.store.writes = 0
	return campaign.ID
}

func campaignPath(id string) string { return "/api/v1/campaigns/" + id }

// sign signs a webhook as SendGrid does.
func (b *testBundle) sign(body string, at time.Time) func(*http.Request) {
	b.t.Helper()
	timestamp := strconv.FormatInt(at.Unix(), 10)
	hash := sha256.Sum256([]byte(timestamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, b.signer, hash[:])
	require.NoError(b.t, err)
	return func(r *http.Request) {
		r.Header.Del("X-Api-Key")
		r.Header.Set(sendgrid.SignatureHeader, base64.StdEncoding.EncodeToString(signature))
		r.Header.Set(sendgrid.TimestampHeader, timestamp)
	}
}

func TestNewWantsItsParts(t *testing.T) {
	t.Parallel()
	store, secret := newFakeStore(testNow), testSecret(t)
	for name, config := range map[string]api.Config{
		"no store":       {Workflows: &fakeWorkflows{}, Idempotent: withKeyOf, Secret: secret},
		"no workflows":   {Store: store, Idempotent: withKeyOf, Secret: secret},
		"no idempotency": {Store: store, Workflows: &fakeWorkflows{}, Secret: secret},
		"no secret":      {Store: store, Workflows: &fakeWorkflows{}, Idempotent: withKeyOf},
		"no verifier": {
			Store: store, Workflows: &fakeWorkflows{}, Idempotent: withKeyOf, Secret: secret,
			ParseSendGrid: sendgrid.ParseEvents,
		},
		"half of Twilio": {
			Store: store, Workflows: &fakeWorkflows{}, Idempotent: withKeyOf, Secret: secret,
			PublicURL: publicURL, Twilio: &api.Twilio{},
		},
		"Twilio without a public URL": {
			Store: store, Workflows: &fakeWorkflows{}, Idempotent: withKeyOf, Secret: secret,
			Twilio: twilioParts(t),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := api.New(config)
			require.Error(t, err)
		})
	}
}

// The specification itself must hold by the rules of OpenAPI.
func TestSpecIsValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, spec(t).Validate(t.Context()))
}
