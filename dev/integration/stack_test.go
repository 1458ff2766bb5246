package integration_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"beckon/api"
	"beckon/models"
	"beckon/sandbox"
	"beckon/service"
	"beckon/store"
	"beckon/worker"
)

// Time-outs of Beckon in tests, short enough to wait for.
const (
	sendTimeout      = 2 * time.Second
	unconfirmedAfter = 5 * time.Second
)

// Limits of waiting. They end a test that would never end otherwise; on a machine that has nothing else to do, none is
// nearly reached.
const (
	soon    = time.Minute
	patient = 5 * time.Minute
	long    = 15 * time.Minute
)

// Keys. They open nothing but what a test has started.
const (
	apiKey      = "integration-administrator-key-of-the-tests"
	secretKey   = "integration-secret-key-of-the-tests"
	mailDomain  = "inbound.localhost"
	sendGridKey = "SG.integration"
	openAIKey   = "sk-integration"
)

// options say what a stack is made of; the zero value is SQLite.
type options struct {
	database string // URL; empty: a new SQLite file
	logLevel slog.Level
	// interceptors stand between Beckon and Temporal.
	interceptors []interceptor.ClientInterceptor
	// reconcileEvery is a minute where it is not set.
	reconcileEvery time.Duration
	// planner, where it is set, gives the address of a planner that stands before the sandbox's at the address.
	planner func(target string) string
	// rateEmail is how many e-mails a second the queue lets go; 0: any number.
	rateEmail float64
	// buildID, where it is set, makes the workers that version of a Worker Deployment.
	buildID string
	// unconfirmedAfter is how long a claim in doubt waits for proof; 0: five seconds.
	unconfirmedAfter time.Duration
	// twilioStep is the time between two steps of a call in the sandbox; 0: the sandbox's own.
	twilioStep time.Duration
}

// stack is everything that Beckon is, in this process: a namespace of the shared Temporal, database, sandbox, API and
// workers. It ends with its test.
type stack struct {
	*apiClient

	t         *testing.T
	config    service.Config
	db        *store.Store
	temporal  client.Client
	namespace string
	sandbox   *sandboxClient
	log       *logBuffer
	webhooks  *webhookRecorder

	server  *sandbox.Server
	workers *worker.Workers
	served  chan error
	stopAPI context.CancelFunc
}

// newStack starts a stack and returns when it serves.
func newStack(t *testing.T, opts options) *stack {
	t.Helper()
	namespace := shared.namespace(t)
	s := &stack{t: t, namespace: namespace, log: &logBuffer{}, webhooks: &webhookRecorder{}}
	t.Cleanup(func() {
		require.NoError(t, s.stop())
		if t.Failed() {
			t.Logf("the stack's last log entries:\n%s", s.log.tail())
		}
	})
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: opts.logLevel}))
	ctx := t.Context()

	listener, err := service.Listen(ctx, service.Config{Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	s.startSandbox(url, opts, log)
	s.config = s.configuration(listener.Addr().String(), opts)
	s.db, err = service.OpenStore(ctx, s.config, log)
	require.NoError(t, err)
	require.NoError(t, s.db.Migrate(ctx))
	s.temporal, err = shared.dial(namespace, log, opts.interceptors...)
	require.NoError(t, err)
	s.workers, err = service.NewWorkers(s.config, s.db, s.temporal, log)
	require.NoError(t, err)
	handler, err := service.NewAPI(ctx, s.config, s.db, s.temporal, log)
	require.NoError(t, err)
	s.serve(listener, handler, log)
	require.NoError(t, s.workers.Start(ctx))
	s.apiClient = newAPIClient(t, url, apiKey)
	return s
}

func (s *stack) startSandbox(apiURL string, opts options, log *slog.Logger) {
	s.t.Helper()
	secret, err := models.NewSecret(secretKey)
	require.NoError(s.t, err)
	server, err := sandbox.New(s.t.Context(), sandbox.Config{
		DataFile: filepath.Join(s.t.TempDir(), "sandbox.db"), Addr: "127.0.0.1:0",
		EventsURL: apiURL + "/webhooks/sendgrid/events", SendGridKey: sendGridKey, OpenAIKey: openAIKey, Seed: 1, Logger: log,
		InboundURL: apiURL + api.InboundMailPath(secret), InboundDomain: mailDomain,
		TwilioStep: opts.twilioStep, TextInboundURL: apiURL + "/webhooks/twilio/sms/inbound", VoiceInboundURL: apiURL + "/webhooks/twilio/voice/inbound",
	})
	require.NoError(s.t, err)
	server.Start(s.t.Context())
	s.server = server
	s.sandbox = &sandboxClient{newAPIClient(s.t, server.URL(), "")}
}

func (s *stack) configuration(address string, opts options) service.Config {
	const concurrency = 8
	database := opts.database
	if database == "" {
		database = "sqlite:" + filepath.Join(s.t.TempDir(), "beckon.db")
	}
	planURL := s.server.PlanURL()
	if opts.planner != nil {
		planURL = opts.planner(planURL)
	}
	inDoubt := opts.unconfirmedAfter
	if inDoubt == 0 {
		inDoubt = unconfirmedAfter
	}
	config := service.Config{
		DatabaseURL: database, Listen: address, BootstrapAPIKey: apiKey, SecretKey: secretKey, EmailImportDomain: mailDomain,
		ConcurrencyEmail: concurrency, ConcurrencyText: concurrency, ConcurrencyPhone: concurrency,
		ConcurrencyPlan: concurrency, RateEmail: opts.rateEmail, PlanMaxAge: 7 * 24 * time.Hour,
		SendTimeout: sendTimeout, UnconfirmedAfter: inDoubt, ReconcileEvery: opts.reconcileEvery, WebhookTolerance: time.Hour,
		SendGridAPIKey: sendGridKey, SendGridBaseURL: s.server.EmailURL(),
		SendGridWebhookPublicKey: s.server.SendGridPublicKey(),
		TwilioAccountSID:         sandbox.SandboxTwilioAccountSID, TwilioAuthToken: sandbox.SandboxTwilioAuthToken,
		TwilioBaseURL: s.server.TwilioURL(),
		OpenAIAPIKey:  openAIKey, OpenAIBaseURL: planURL, OpenAIModel: "sandbox",
	}
	if opts.buildID != "" {
		config.WorkerDeployment, config.WorkerBuildID = "beckon", opts.buildID
	}
	return config
}

// serve serves the API, and remembers the last webhook.
func (s *stack) serve(listener net.Listener, handler http.Handler, log *slog.Logger) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	s.stopAPI, s.served = cancel, make(chan error, 1)
	go func() { s.served <- service.ServeHTTP(ctx, listener, s.webhooks.record(handler), 0, log) }()
}

// stop stops everything, as far as it was started, the last started first.
func (s *stack) stop() error {
	const limit = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), limit)
	defer cancel()
	problems := []error{}
	if s.workers != nil {
		s.workers.Stop()
	}
	if s.stopAPI != nil {
		s.stopAPI()
		problems = append(problems, <-s.served)
	}
	if s.server != nil {
		problems = append(problems, s.server.Shutdown(ctx))
	}
	if s.temporal != nil {
		s.temporal.Close()
	}
	if s.db != nil {
		problems = append(problems, s.db.Close())
	}
	for _, c := range []*apiClient{s.apiClient, s.sandbox.client()} {
		if c != nil {
			c.http.CloseIdleConnections()
		}
	}
	return errors.Join(problems...)
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu    sync.Mutex
	lines []string
}

// Write implements io.Writer; slog writes one entry a call.
func (b *logBuffer) Write(entry []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, string(entry))
	return len(entry), nil
}

// text is everything.
func (b *logBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.lines, "")
}

// tail is the last warnings and errors.
func (b *logBuffer) tail() string {
	const most = 60
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := []string{}
	for _, line := range b.lines {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept[max(0, len(kept)-most):], "")
}

// until polls until the condition holds, and fails the test when it does not within the limit; it then says what was last
// seen. It is how tests wait: for a condition, with a deadline.
func until[T any](t *testing.T, limit time.Duration, what string, look func() T, holds func(T) bool) T {
	t.Helper()
	const pause = 100 * time.Millisecond
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		seen := look()
		if holds(seen) {
			return seen
		}
		select {
		case <-deadline.C:
			require.FailNow(t, "waited in vain for: "+what, "after %s; last seen: %s", limit, shown(seen))
		case <-ticker.C:
		}
	}
}

// vendorFile is the path of a file of the vendors' material: below $BECKON_VENDOR_DIR, by default ../shared/vendor beside
// the repository. Without the folder the test is skipped; with the variable set it fails.
func vendorFile(t *testing.T, path ...string) string {
	t.Helper()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join("..", "..", "..", "shared", "vendor")
	}
	if _, err := os.Stat(dir); err != nil {
		if set {
			require.NoError(t, err, "BECKON_VENDOR_DIR is set")
		}
		t.Skip("the vendors' material is not there; set BECKON_VENDOR_DIR")
	}
	return filepath.Join(append([]string{dir}, path...)...)
}

// shown is a value as a failure shows it.
func shown(value any) string { return fmt.Sprintf("%+v", value) }
