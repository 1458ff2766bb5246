package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"beckon/dev/devstack"
	"beckon/intake"
	"beckon/sandbox"
	"beckon/service"
	"beckon/store"
)

const (
	benchKey    = "bench-administrator-key-0123456789abcdef"
	concurrency = 8
	sendTimeout = 10 * time.Second
	callTimeout = 2 * time.Minute
)

// stack is everything of Beckon in this process but the workers, which each measurement starts itself.
type stack struct {
	ctx      context.Context //nolint:containedctx // of one measurement
	dir      string
	database string
	log      *slog.Logger
	server   *devstack.Temporal
	sandbox  *sandbox.Server
	config   service.Config
	db       *store.Store
	temporal client.Client
	url      string
	http     *http.Client
	stopAPI  context.CancelFunc
	served   chan error
	seed     int64
}

// inStack measures in a stack of its own, with new files.
func inStack(ctx context.Context, measure func(*stack) error) error {
	return inStackOn(ctx, "", measure)
}

// inStackOn is inStack on a database; "" is a new file of SQLite.
func inStackOn(ctx context.Context, database string, measure func(*stack) error) error {
	dir, err := os.MkdirTemp("", "beckon-bench-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s := &stack{
		ctx: ctx, dir: dir, log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		http: &http.Client{Timeout: callTimeout}, database: database,
	}
	if database == "" {
		s.database = "sqlite:" + filepath.Join(dir, "beckon.db")
	}
	err = s.start() //nolint:contextcheck // the stack holds it
	if err == nil {
		err = measure(s)
	}
	return errors.Join(err, s.stop()) //nolint:contextcheck // likewise
}

func (s *stack) start() (err error) {
	listener, err := service.Listen(s.ctx, service.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	s.sandbox, err = sandbox.New(s.ctx, sandbox.Config{
		DataFile: filepath.Join(s.dir, "sandbox.db"), Addr: "127.0.0.1:0", EventsURL: s.url + "/webhooks/sendgrid/events",
		SendGridKey: benchKey, OpenAIKey: benchKey, Logger: s.log,
	})
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	s.sandbox.Start(s.ctx)
	s.server, err = devstack.StartTemporal(s.ctx, devstack.TemporalOptions{
		DataFile: filepath.Join(s.dir, "temporal.db"), Addr: "127.0.0.1:0", Logger: s.log, SkipDiskSync: true,
	})
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	s.temporal, err = client.DialContext(s.ctx, client.Options{
		HostPort: s.server.Address(), Logger: sdklog.NewStructuredLogger(s.log),
	})
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	s.config = service.Config{
		DatabaseURL: s.database, Listen: listener.Addr().String(),
		BootstrapAPIKey: benchKey, SecretKey: benchKey, ConcurrencyEmail: concurrency, ConcurrencyPlan: concurrency,
		SendTimeout: sendTimeout, UnconfirmedAfter: time.Minute,
		SendGridAPIKey: benchKey, SendGridBaseURL: s.sandbox.EmailURL(),
		SendGridWebhookPublicKey: s.sandbox.SendGridPublicKey(),
		OpenAIAPIKey:             benchKey, OpenAIBaseURL: s.sandbox.PlanURL(), OpenAIModel: "sandbox",
	}
	if s.db, err = service.OpenStore(s.ctx, s.config, s.log); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := s.db.Migrate(s.ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	handler, err := service.NewAPI(s.ctx, s.config, s.db, s.temporal, s.log)
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	var ctx context.Context
	ctx, s.stopAPI = context.WithCancel(s.ctx)
	s.served = make(chan error, 1)
	go func() { s.served <- service.ServeHTTP(ctx, listener, handler, 0, s.log) }()
	return nil
}

func (s *stack) stop() error {
	problems := []error{}
	if s.stopAPI != nil {
		s.stopAPI()
		problems = append(problems, <-s.served)
	}
	if s.sandbox != nil {
		problems = append(problems, s.sandbox.Shutdown(context.WithoutCancel(s.ctx)))
	}
	if s.temporal != nil {
		s.temporal.Close()
	}
	if s.db != nil {
		problems = append(problems, s.db.Close())
	}
	if s.server != nil {
		problems = append(problems, s.server.Stop())
	}
	return errors.Join(problems...)
}

// withWorkers runs fn while the real workers poll.
func (s *stack) withWorkers(fn func() error) error {
	workers, err := service.NewWorkers(s.config, s.db, s.temporal, s.log)
	if err != nil {
		return fmt.Errorf("workers: %w", err)
	}
	if err := workers.Start(s.ctx); err != nil {
		return fmt.Errorf("workers: %w", err)
	}
	defer workers.Stop()
	return fn()
}

// campaign makes a draft campaign with contacts of its own and returns its id.
func (s *stack) campaign(name string, contacts int) (string, error) {
	return s.campaignOf(name, "automatic", contacts)
}

// campaignOf is campaign with an execution mode.
func (s *stack) campaignOf(name, mode string, contacts int) (string, error) {
	settings := map[string]any{
		"name": name, "type": "one_time", "executionMode": mode, "channels": []string{"email"}, "objective": "Invite to the spring check-up.",
		"sender": map[string]string{
			"businessName": "Riverside Bikes", "fromName": "Sam", "fromEmail": "sam@riverside-bikes.example",
			"postalAddress": "1 Main Street, Springfield, IL 62701, USA",
		},
	}
	body, err := json.Marshal(settings)
	if err != nil {
		return "", fmt.Errorf("make campaign: %w", err)
	}
	created := struct {
		ID string `json:"id"`
	}{}
	if err := s.call(http.MethodPost, "/api/v1/campaigns", "application/json", body, &created); err != nil {
		return "", err
	}
	return created.ID, s.upload(created.ID, contacts)
}

// upload brings sample contacts into the campaign through the API.
func (s *stack) upload(campaignID string, contacts int) error {
	s.seed++
	file := bytes.Buffer{}
	if err := intake.WriteSample(&file, contacts, s.seed); err != nil {
		return fmt.Errorf("write contacts: %w", err)
	}
	form := bytes.Buffer{}
	writer := multipart.NewWriter(&form)
	part, err := writer.CreateFormFile("file", "contacts.csv")
	if err == nil {
		_, err = part.Write(file.Bytes())
	}
	if err == nil {
		err = writer.WriteField("mapping", `{"firstName":"First Name","lastName":"Last Name","email":"Email"}`)
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	result := struct {
		Created int `json:"created"`
	}{}
	path := "/api/v1/campaigns/" + campaignID + "/imports"
	if err := s.call(http.MethodPost, path, writer.FormDataContentType(), form.Bytes(), &result); err != nil {
		return err
	}
	if result.Created != contacts {
		return fmt.Errorf("%d of %d contacts were created", result.Created, contacts)
	}
	return nil
}

// control does what an operator does.
func (s *stack) control(campaignID, control string) error {
	return s.call(http.MethodPost, "/api/v1/campaigns/"+campaignID+"/"+control, "application/json", []byte("{}"), nil)
}

// call calls the API.
func (s *stack) call(method, path, contentType string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(s.ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("X-Api-Key", benchKey)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: answered %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}
