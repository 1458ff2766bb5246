package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"

	"beckon/api"
	"beckon/dev/devstack"
	"beckon/models"
	"beckon/sandbox"
	"beckon/service"
	"beckon/store"
)

type runCommand struct{}

// Run runs everything until the process is asked to stop.
func (runCommand) Run(e *environment) error {
	s := &stack{environment: e}
	err := s.start()
	if err == nil {
		err = s.serve()
	}
	return errors.Join(err, s.stop())
}

// stack is everything that runs, in the order in which it was started.
type stack struct {
	*environment

	listener net.Listener
	mails    net.Listener // of SMTP; nil where none comes in by it
	sandbox  *sandbox.Server
	temporal *devstack.Temporal
	secret   string // BECKON_SECRET_KEY
	config   service.Config
	db       *store.Store
	key      string
}

// start starts what the API and the workers need, and fills in their configuration.
func (s *stack) start() (err error) {
	s.listener, err = service.Listen(s.ctx, service.Config{Listen: s.flags.API})
	if err != nil {
		return fmt.Errorf("--api: %w", err)
	}
	if s.secret, err = s.secretKey(); err != nil {
		return err
	}
	if s.sandbox, err = s.startSandbox(s.apiURL(), s.secret); err != nil {
		return err
	}
	if s.temporal, err = s.startTemporal(); err != nil {
		return err
	}
	if err := s.configure(); err != nil {
		return err
	}
	if s.mails, err = service.ListenSMTP(s.ctx, s.config); err != nil {
		return fmt.Errorf("--smtp: %w", err)
	}
	if s.db, err = service.OpenStore(s.ctx, s.config, s.log); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if err := s.db.Migrate(s.ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	s.key, err = s.apiKey()
	return err
}

func (s *stack) apiURL() string { return "http://" + s.listener.Addr().String() }

// configure sets every variable that is not set, so that it leads to what runs here, and leaves them in the data directory
// for `beckon`.
func (s *stack) configure() error {
	variables := map[string]string{
		"BECKON_SECRET_KEY":           s.secret,
		"BECKON_EMAIL_IMPORT_DOMAIN":  inboundDomain,
		"BECKON_DATABASE_URL":         "sqlite:" + filepath.Join(s.flags.Data, "beckon.db"),
		"BECKON_LISTEN":               s.listener.Addr().String(),
		"BECKON_PUBLIC_URL":           s.apiURL(),
		"BECKON_SMTP_LISTEN":          s.flags.SMTP,
		"BECKON_TEMPORAL_UI_URL":      s.temporal.UIURL(),
		"TEMPORAL_ADDRESS":            s.temporal.Address(),
		"SENDGRID_API_KEY":            sandboxSendGridKey,
		"SENDGRID_BASE_URL":           s.sandbox.EmailURL(),
		"SENDGRID_WEBHOOK_PUBLIC_KEY": s.sandbox.SendGridPublicKey(),
		"TWILIO_ACCOUNT_SID":          sandbox.SandboxTwilioAccountSID,
		"TWILIO_AUTH_TOKEN":           sandbox.SandboxTwilioAuthToken,
		"TWILIO_BASE_URL":             s.sandbox.TwilioURL(),
		"OPENAI_API_KEY":              sandboxOpenAIKey,
		"OPENAI_BASE_URL":             s.sandbox.PlanURL(),
		"OPENAI_MODEL":                "sandbox",
	}
	// A provider is the sandbox's or the environment's as a whole: one's key is of no use at the other's address.
	for provider, credential := range map[string]string{
		"SENDGRID_": "SENDGRID_API_KEY", "OPENAI_": "OPENAI_API_KEY", "TWILIO_": "TWILIO_ACCOUNT_SID",
	} {
		if os.Getenv(credential) == "" {
			continue
		}
		maps.DeleteFunc(variables, func(name, _ string) bool {
			return strings.HasPrefix(name, provider) || provider == "SENDGRID_" && name == "BECKON_EMAIL_IMPORT_DOMAIN"
		})
	}
	for name, value := range variables {
		if os.Getenv(name) != "" {
			variables[name] = os.Getenv(name)
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	if err := service.WriteDataFile(s.flags.Data, variables); err != nil {
		return fmt.Errorf("keep the configuration: %w", err)
	}
	config, err := service.LoadConfig("")
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	s.config = config
	return nil
}

// apiKey is an administrator's key, made at the first start and kept in the data directory.
func (s *stack) apiKey() (string, error) {
	file := filepath.Join(s.flags.Data, "api-key")
	if text, err := os.ReadFile(file); err == nil {
		key := strings.TrimSpace(string(text))
		if _, err := s.db.APIKeyByHash(s.ctx, api.HashAPIKey(key)); err == nil {
			return key, nil
		}
	}
	key, hash := api.NewAPIKey()
	err := s.db.CreateAPIKey(service.AsHost(s.ctx), &models.APIKey{Name: "beckon-dev", Role: models.RoleAdministrator, KeyHash: hash})
	if err != nil {
		return "", fmt.Errorf("make an API key: %w", err)
	}
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the API key: %w", err)
	}
	return key, nil
}

// serve runs API and workers until the process is asked to stop.
func (s *stack) serve() error {
	temporal, err := service.NewTemporal(s.log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	workers, err := service.NewWorkers(s.config, s.db, temporal, s.log)
	if err != nil {
		return err
	}
	handler, err := service.NewAPI(s.ctx, s.config, s.db, temporal, s.log, func(c *api.Config) { c.About.Sandbox = true })
	if err != nil {
		return err
	}
	if handler, err = devstack.WithInbox(handler, s.sandbox.URL(), s.log); err != nil {
		return fmt.Errorf("build the inbox: %w", err)
	}
	if err := workers.Start(s.ctx); err != nil {
		return err
	}
	defer workers.Stop()

	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- service.ServeHTTP(ctx, s.listener, handler, 0, s.log) }()
	if s.mails != nil {
		taken := make(chan struct{})
		go func() {
			defer close(taken)
			if err := service.ServeSMTP(ctx, s.config, s.mails, s.db, temporal, s.log); err != nil {
				s.log.Error("mails are not taken any more", "error", err)
			}
		}()
		defer func() {
			cancel()
			<-taken
		}()
	}
	if err := s.sample(); err != nil {
		s.log.Warn("no sample campaign was made", "error", err)
	}
	if err := service.PrintSetupLink(s.ctx, s.config, s.db, os.Stdout); err != nil {
		return err
	}
	//nolint:forbidigo // the line that a person, or a script, waits for
	fmt.Printf("ready api=%s ui=%s sandbox=%s key=%s\n", s.apiURL(), s.temporal.UIURL(), s.sandbox.URL(), s.key)
	return <-served
}

// stop stops everything, the last started first.
func (s *stack) stop() error {
	problems := []error{}
	if s.db != nil {
		problems = append(problems, s.db.Close())
	}
	if s.temporal != nil {
		problems = append(problems, s.temporal.Stop())
	}
	if s.sandbox != nil {
		problems = append(problems, s.sandbox.Shutdown(context.WithoutCancel(s.ctx)))
	}
	if s.listener != nil && s.db == nil {
		problems = append(problems, s.listener.Close())
	}
	if s.mails != nil && s.db == nil {
		problems = append(problems, s.mails.Close())
	}
	return errors.Join(problems...)
}
