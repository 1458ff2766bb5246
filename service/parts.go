package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"

	"beckon/api"
	"beckon/dashboard"
	"beckon/mail"
	"beckon/models"
	"beckon/providers/openai"
	"beckon/providers/sendgrid"
	"beckon/providers/twilio"
	"beckon/store"
	"beckon/worker"
	"beckon/workflows"
)

// planTimeout is the HTTP time-out of one question to the AI.
const planTimeout = 90 * time.Second

// OpenStore opens the configured database; it does not migrate it.
func OpenStore(ctx context.Context, config Config, log *slog.Logger) (*store.Store, error) {
	options := config.storeOptions()
	options.Logger = log
	db, err := store.Open(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return db, nil
}

// errNotMigrated is what a command says that needs the schema.
var errNotMigrated = errors.New("the database's schema is not up to date: run `beckon migrate` first")

// OpenMigrated opens the configured database and makes sure that its schema is this binary's.
func OpenMigrated(ctx context.Context, config Config, log *slog.Logger) (*store.Store, error) {
	db, err := OpenStore(ctx, config, log)
	if err != nil {
		return nil, err
	}
	migrated, err := db.Migrated(ctx)
	if err == nil && !migrated {
		err = errNotMigrated
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// loadTemporalOptions reads Temporal's own environment variables, and the file of profiles that they may name.
func loadTemporalOptions() (client.Options, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return client.Options{}, fmt.Errorf("read Temporal's configuration: %w", err)
	}
	return options, nil
}

// NewTemporal makes a connection to Temporal, as its own environment variables say. It connects when it is first used, so
// that the API answers while Temporal is away.
func NewTemporal(log *slog.Logger) (client.Client, error) {
	options, err := loadTemporalOptions()
	if err != nil {
		return nil, err
	}
	options.Logger = sdklog.NewStructuredLogger(log)
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return nil, fmt.Errorf("connect to Temporal: %w", err)
	}
	return temporal, nil
}

// NewAPI builds the API, with the dashboard in front of it. The bootstrap key, where one is configured, is made an administrator's.
// Changes are made to what the API is built of, for what no variable says.
func NewAPI(
	ctx context.Context, config Config, db *store.Store, temporal client.Client, log *slog.Logger, changes ...func(*api.Config),
) (http.Handler, error) {
	secret, err := config.Secret()
	if err != nil {
		return nil, err
	}
	if err := bootstrapKey(ctx, config, db, log); err != nil {
		return nil, err
	}
	temporalOptions, err := loadTemporalOptions()
	if err != nil {
		return nil, err
	}
	importer, err := NewMailImporter(config, db, temporal, log)
	if err != nil {
		return nil, err
	}
	options := api.Config{
		Store: db, Workflows: workflows.NewClient(temporal), Idempotent: store.WithIdempotencyKey,
		PublicURL: config.Public(), TemporalUI: config.TemporalUIURL, Namespace: temporalOptions.Namespace,
		Secret: secret, ParseMail: sendgrid.ParseInbound, MailDomain: config.EmailImportDomain, Log: log,
		About: config.about(), SessionLifetime: config.SessionLifetime, SessionIdle: config.SessionIdle,
		TrustedProxies: config.TrustedProxies,
	}
	if importer != nil {
		options.MailIntake = importer
	}
	if config.SendGridWebhookPublicKey != "" {
		verifier, err := sendgrid.NewVerifier(config.SendGridWebhookPublicKey, config.WebhookTolerance)
		if err != nil {
			return nil, fmt.Errorf("SENDGRID_WEBHOOK_PUBLIC_KEY: %w", err)
		}
		options.SendGridVerifier, options.ParseSendGrid = verifier, sendgrid.ParseEvents
	}
	if config.TwilioAuthToken != "" {
		verifier, err := twilio.NewVerifier(config.TwilioAuthToken)
		if err != nil {
			return nil, fmt.Errorf("TWILIO_AUTH_TOKEN: %w", err)
		}
		options.Twilio = twilioWebhooks(verifier)
	}
	for _, change := range changes {
		change(&options)
	}
	handler, err := api.New(options)
	if err != nil {
		return nil, fmt.Errorf("build the API: %w", err)
	}
	served, err := dashboard.Handler(handler)
	if err != nil {
		return nil, fmt.Errorf("build the dashboard: %w", err)
	}
	return served, nil
}

// AsHost is the context of what is done on the host itself, by a command or a variable: it is put on record as that.
func AsHost(ctx context.Context) context.Context {
	return models.WithActor(ctx, models.Actor{Kind: models.ActorSystem, Name: "host"})
}

// bootstrapKey makes the configured key known, once. One that was revoked stays so.
func bootstrapKey(ctx context.Context, config Config, db *store.Store, log *slog.Logger) error {
	if config.BootstrapAPIKey == "" {
		return nil
	}
	hash := api.HashAPIKey(config.BootstrapAPIKey)
	known := func() (bool, error) {
		_, err := db.APIKeyByHash(ctx, hash)
		if err == nil || models.ErrorCode(err) == models.CodeNotFound {
			return err == nil, nil
		}
		return false, fmt.Errorf("look for the bootstrap key: %w", err)
	}
	if is, err := known(); is || err != nil {
		return err
	}
	key := &models.APIKey{Name: "bootstrap", Role: models.RoleAdministrator, KeyHash: hash}
	err := db.CreateAPIKey(AsHost(ctx), key)
	if err == nil {
		return nil
	}
	if models.ErrorCode(err) != models.CodeDuplicate {
		return fmt.Errorf("make the bootstrap key: %w", err)
	}
	// Another process has just made it, or it was revoked.
	is, err := known()
	if err == nil && !is {
		log.WarnContext(ctx, "BECKON_BOOTSTRAP_API_KEY was revoked: it opens nothing any more")
	}
	return err
}

// NewWorkers builds the workers with the real providers.
func NewWorkers(config Config, db *store.Store, temporal client.Client, log *slog.Logger) (*worker.Workers, error) {
	secret, err := config.Secret()
	if err != nil {
		return nil, err
	}
	planner, err := openai.New(openai.Config{
		APIKey: config.OpenAIAPIKey, BaseURL: config.OpenAIBaseURL, Model: config.OpenAIModel, Timeout: planTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL: %w", err)
	}
	email, err := sendgrid.New(sendgrid.Config{
		APIKey: config.SendGridAPIKey, BaseURL: config.SendGridBaseURL, Timeout: config.SendTimeout,
		Letterhead: mail.Letterhead{
			PublicURL: config.Public(), Inbox: mail.Inbox{Domain: config.EmailImportDomain, Secret: secret},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("SENDGRID_API_KEY, SENDGRID_BASE_URL: %w", err)
	}
	dependencies := worker.Dependencies{
		Temporal: temporal, Store: db, Planner: planner, Classifier: planner, Judge: planner, Email: email, Log: log,
	}
	if config.TwilioAccountSID != "" {
		client, err := twilio.New(twilio.Config{
			AccountSID: config.TwilioAccountSID, AuthToken: config.TwilioAuthToken, BaseURL: config.TwilioBaseURL,
			PublicURL: config.Public(), Timeout: config.SendTimeout,
		})
		if err != nil {
			return nil, fmt.Errorf("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_BASE_URL: %w", err)
		}
		dependencies.Text, dependencies.Caller = client, client
	}
	return worker.New(dependencies, config.worker()), nil
}

// StartWorkers starts the workers, and tries again while Temporal is away.
func StartWorkers(ctx context.Context, workers *worker.Workers, log *slog.Logger) error {
	const pause = 2 * time.Second
	for {
		err := workers.Start(ctx)
		if err == nil {
			return nil
		}
		log.Warn("Temporal cannot be reached; trying again", "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("start workers: %w", errors.Join(ctx.Err(), err))
		case <-time.After(pause):
		}
	}
}

// Time-outs of the HTTP server. Reading and writing leave room for a file of contacts.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 2 * time.Minute
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	graceful      = 15 * time.Second
)

// Listen opens the configured address.
func Listen(ctx context.Context, config Config) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("BECKON_LISTEN: %w", err)
	}
	return listener, nil
}

// ServeHTTP serves until the context ends, and then lets requests in hand come to their end. It goes on serving for the delay
// before that, and says meanwhile that it is not ready, so that a proxy that asks has sent its requests elsewhere by then; 0
// where there is none.
func ServeHTTP(ctx context.Context, listener net.Listener, handler http.Handler, delay time.Duration, log *slog.Logger) error {
	telling := &stopping{next: handler}
	server := &http.Server{
		Handler: telling, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	telling.begin()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(delay):
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
