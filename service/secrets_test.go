package service_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/mail"
	"beckon/models"
	"beckon/providers/openai"
	"beckon/providers/sendgrid"
	"beckon/providers/twilio"
	"beckon/service"
)

// Secrets of an installation, each to be found again. They open nothing.
const (
	secretOfBeckon    = "beckon-secret-key-that-nobody-may-see-0001"
	secretOfBootstrap = "beckon-bootstrap-key-nobody-may-see-00002"
	secretOfSendGrid  = "SG.nobody-may-see-this-key-of-sendgrid-03"
	secretOfTwilio    = "0123456789abcdefnobodymayseethis04"
	secretOfOpenAI    = "sk-nobody-may-see-this-key-of-openai-0005"
	twilioAccount     = "AC0123456789abcdef0123456789abcdef"
)

// secrets are all of them, and what carries them in requests.
func secrets() map[string]string {
	return map[string]string{
		"BECKON_SECRET_KEY": secretOfBeckon, "BECKON_BOOTSTRAP_API_KEY": secretOfBootstrap, "SENDGRID_API_KEY": secretOfSendGrid,
		"TWILIO_AUTH_TOKEN": secretOfTwilio, "OPENAI_API_KEY": secretOfOpenAI,
		"Twilio's Authorization": base64.StdEncoding.EncodeToString([]byte(twilioAccount + ":" + secretOfTwilio)),
	}
}

func requireNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for name, secret := range secrets() {
		if at := strings.Index(text, secret); at >= 0 {
			require.FailNow(t, "a secret is shown", "%s is in %s: %q", name, where, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// lockedLog keeps what is logged.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestSecretsOfAPI calls every operation, as an administrator, with a wrong key and with nonsense, and looks for the
// installation's secrets in every answer, and in a log of every level.
func TestSecretsOfAPI(t *testing.T) {
	t.Parallel()
	b, log := newBench(t, newSQLite(t)), &lockedLog{}
	b.log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	config := service.Config{}
	b.serve(t, func(c *service.Config) {
		c.SecretKey, c.BootstrapAPIKey, c.SendGridAPIKey, c.OpenAIAPIKey = secretOfBeckon, secretOfBootstrap, secretOfSendGrid, secretOfOpenAI
		c.TwilioAccountSID, c.TwilioAuthToken = twilioAccount, secretOfTwilio
		config = *c
	})
	b.log.Info("started", "config", fmt.Sprintf("%T", config))
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	require.NoError(t, err)
	parameter, tried := regexp.MustCompile(`\{\w+\}`), 0
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			for _, key := range []string{secretOfBootstrap, "bk_wrong", secretOfSendGrid, ""} {
				for _, body := range []string{"", "{}", `{"x":1}`, "{"} {
					target := parameter.ReplaceAllString(path, "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
					request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
					request.Header.Set("Content-Type", "application/json")
					request.Header.Set("X-Api-Key", key)
					recorder := httptest.NewRecorder()
					b.handler.ServeHTTP(recorder, request)
					requireNoSecret(t, method+" "+path, recorder.Body.String()+fmt.Sprint(recorder.Header()))
					tried++
				}
			}
		}
	}
	require.Greater(t, tried, 500)
	require.Contains(t, log.String(), "started", "the log is read")
	requireNoSecret(t, "the log", log.String())

	// A key that is made is shown this once, and is in no log.
	made := b.post(t, secretOfBootstrap, "", "/api/v1/api-keys", `{"name":"crm","role":"viewer"}`)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	key := made.object(t)["key"].(string)
	require.NotContains(t, log.String(), key)
	for _, texts := range b.allRows(t) {
		for _, text := range texts {
			require.NotContains(t, text, key)
			requireNoSecret(t, "the database", text)
		}
	}
}

// TestSecretsOfProviders has providers answer every call with an error that quotes the credentials: what becomes of it holds
// none, since it goes into the database and is shown to people.
func TestSecretsOfProviders(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 400, 401, 403, 404, 429, 500, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			heard := &lockedLog{}
			echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				credentials := r.Header.Get("Authorization")
				_, password, _ := r.BasicAuth()
				_, _ = io.WriteString(heard, credentials)
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"code":1,"message":"bad key %s (%s)","error":{"message":%q},"more":"%s%s"}`,
					credentials, password, credentials, strings.Repeat("x", 1900), credentials)
			}))
			t.Cleanup(echo.Close)
			for name, call := range providerCalls(t, echo.URL) {
				err := call()
				require.Error(t, err, name)
				text := fmt.Sprintf("%v %+v", err, err)
				if failure, ok := errors.AsType[*models.ProviderError](err); ok {
					text += fmt.Sprintf("%+v", *failure)
				}
				requireNoSecret(t, name, text)
				require.NotContains(t, text, secretOfOpenAI[:20], name)
				require.NotContains(t, text, secretOfSendGrid[:20], name)
			}
			require.Contains(t, heard.String(), secretOfOpenAI, "the provider was told")
			require.Contains(t, heard.String(), secretOfSendGrid)
		})
	}
}

// providerCalls are a call of each provider, as the workers make them.
func providerCalls(t *testing.T, address string) map[string]func() error {
	t.Helper()
	const patience = 5 * time.Second
	planner, err := openai.New(openai.Config{APIKey: secretOfOpenAI, BaseURL: address, Model: "m", Timeout: patience})
	require.NoError(t, err)
	email, err := sendgrid.New(sendgrid.Config{APIKey: secretOfSendGrid, BaseURL: address, Timeout: patience,
		Letterhead: mail.Letterhead{PublicURL: address, Inbox: mail.Inbox{Secret: secretOf(t, secretOfBeckon)}}})
	require.NoError(t, err)
	phone, err := twilio.New(twilio.Config{
		AccountSID: twilioAccount, AuthToken: secretOfTwilio, BaseURL: address, PublicURL: address, Timeout: patience,
	})
	require.NoError(t, err)
	ctx := t.Context()
	return map[string]func() error{
		"OpenAI": func() error {
			_, err := planner.Plan(ctx, models.PlanRequest{Now: time.Now(), Channels: []models.PlanChannel{{Channel: models.ChannelEmail}}})
			return err
		},
		"SendGrid": func() error {
			id, err := email.SendEmail(ctx, models.Email{OutreachID: "o", From: "a@b.example", To: "c@d.example", Subject: "x", Text: "y"})
			return orAccepted(err, id)
		},
		"Twilio's texts": func() error {
			id, err := phone.SendText(ctx, models.Text{OutreachID: "o", From: "+12025550100", To: "+12025550123", Body: "x"})
			return orAccepted(err, id)
		},
		"Twilio's calls": func() error {
			id, err := phone.MakeCall(ctx, models.Call{OutreachID: "o", From: "+12025550100", To: "+12025550123"})
			return orAccepted(err, id)
		},
	}
}

// orAccepted is the error, or what was accepted in its place.
func orAccepted(err error, id string) error {
	if err == nil {
		return fmt.Errorf("accepted as %q", id) //nolint:err113 // to be looked through
	}
	return err
}

// TestHostsComeFromConfiguration says that every program part which calls others is made in one place, of the configuration:
// no URL that a user sets is fetched. The packages that serve users' requests make no HTTP client at all.
func TestHostsComeFromConfiguration(t *testing.T) {
	t.Parallel()
	calls := regexp.MustCompile(`http\.(Get|Post|Head|PostForm)\(|http\.DefaultClient|http\.Client\{|http\.NewRequest|net\.Dial|websocket\.`)
	for _, directory := range []string{"api", "models", "store", "intake", "activities", "workflows", "worker"} {
		files, err := filepath.Glob(filepath.Join("..", directory, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text := read(t, file)
			require.Empty(t, calls.FindAllString(text, -1), "%s calls others: it must not with what a user gives", file)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}
