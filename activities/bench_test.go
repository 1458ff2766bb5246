package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/libtnb/sqlite"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"beckon/activities"
	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// canary stands in every field that holds personal data, and in all that a provider says: it must reach no history.
const canary = "canary"

// Times of the tests' installation.
const (
	sendTimeout      = 2 * time.Second
	unconfirmedAfter = 15 * time.Minute
)

// bench is an installation with a database of its own, and activities over it.
type bench struct {
	*store.Store

	t     *testing.T
	db    *gorm.DB // beside the store, to look at rows
	clock *clock
	log   *buffer
}

// clock is the real clock, moved.
type clock struct {
	mu    sync.Mutex
	moved time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
}

// buffer keeps what is logged.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newBench(t *testing.T) *bench {
	t.Helper()
	path := filepath.Join(t.TempDir(), "beckon.db")
	b := &bench{t: t, clock: &clock{}, log: &buffer{}}
	s, err := store.Open(t.Context(), store.Options{
		URL: "sqlite:" + path, UnconfirmedAfter: unconfirmedAfter, Now: b.clock.Now, Logger: b.logger(),
	})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	b.Store = s
	b.db, err = gorm.Open(sqlite.Open("file:"+path+"?_pragma=busy_timeout(5000)"), &gorm.Config{Logger: logger.Discard})
	require.NoError(t, err)
	t.Cleanup(func() {
		pool, err := b.db.DB()
		require.NoError(t, err)
		require.NoError(t, pool.Close())
		require.NoError(t, s.Close())
		require.NotContains(t, b.log.String(), canary, "in the log")
	})
	return b
}

func (b *bench) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b.log, nil)) }

// live makes a campaign that is active.
func (b *bench) live(settings ...func(*models.Campaign)) string {
	c := models.NewCampaign(models.CampaignOneTime)
	c.Name, c.Objective, c.Instructions = canary, canary+" objective", canary
	c.Channels = []models.Channel{models.ChannelEmail}
	c.Sender = models.Sender{
		BusinessName: canary, FromName: canary, FromEmail: canary + "@sender.example", PostalAddress: canary,
	}
	for _, set := range settings {
		set(c)
	}
	require.NoError(b.t, b.CreateCampaign(b.t.Context(), c))
	b.control(b.t.Context(), c.ID, models.ControlGoLive)
	return c.ID
}

func manual(c *models.Campaign) { c.ExecutionMode = models.ModeManual }

func (b *bench) control(ctx context.Context, campaignID string, control models.Control) {
	_, err := b.Control(ctx, campaignID, control, models.ControlOptions{})
	require.NoError(b.t, err)
}

// add adds contacts and takes them in; it returns their ids.
func (b *bench) add(campaignID string, n int) []string {
	b.t.Helper()
	inputs := make([]models.ContactInput, 0, n)
	for i := range n {
		inputs = append(inputs, models.ContactInput{
			FirstName: new(canary), LastName: new(canary), Email: new(fmt.Sprintf("%s%d@people.example", canary, i)),
			Properties:    map[string]any{canary: canary},
			ExternalIDKey: new(canary), ExternalIDValue: new(fmt.Sprint(canary, i)),
		})
	}
	added, err := b.AddContacts(b.t.Context(), campaignID, models.ActionUpsert, models.SourceAPI, inputs)
	require.NoError(b.t, err)
	_, err = b.TakeContacts(b.t.Context(), campaignID, fmt.Sprint(b.clock.Now().UnixNano()), n)
	require.NoError(b.t, err)
	ids := make([]string, 0, n)
	for _, one := range added.Results {
		ids = append(ids, one.ContactID)
	}
	return ids
}

// ready adds a contact to the campaign and plans its outreach, due at once.
func (b *bench) ready(campaignID string) workflows.SendRequest {
	b.t.Helper()
	id := b.add(campaignID, 1)[0]
	step, request, err := b.BeginPlan(b.t.Context(), campaignID, id, "run-1")
	require.NoError(b.t, err)
	require.NotNil(b.t, request, "it wants no plan: %s", step)
	step, err = b.StorePlan(b.t.Context(), campaignID, id, *request, goodPlan(*request))
	require.NoError(b.t, err)
	return workflows.SendRequest{
		ContactRef: workflows.ContactRef{CampaignID: campaignID, ContactID: id, RunID: "run-1"},
		OutreachID: request.OutreachID, Attempt: max(1, step.Attempt),
	}
}

func goodPlan(request models.PlanRequest) models.Plan {
	return models.Plan{
		Channel: models.ChannelEmail, SendAt: request.Channels[0].Earliest, Subject: canary, Body: canary, Reason: canary,
		Model: "test-model", PromptTokens: 10, CompletionTokens: 5,
	}
}

// contact is the stored row.
func (b *bench) contact(id string) models.Contact {
	c := models.Contact{}
	require.NoError(b.t, b.db.Where("id = ?", id).Take(&c).Error)
	return c
}

// outreach is the stored row.
func (b *bench) outreach(id string) models.Outreach {
	o := models.Outreach{}
	require.NoError(b.t, b.db.Where("id = ?", id).Take(&o).Error)
	return o
}

// outreaches counts the contact's outreaches.
func (b *bench) outreaches(contactID string) int {
	var n int64
	require.NoError(b.t, b.db.Model(&models.Outreach{}).Where("contact_id = ?", contactID).Count(&n).Error)
	return int(n)
}

// execute runs an activity as Temporal would, and wants nothing of the canary in what goes into the history.
func execute[Out any](b *bench, fn any, args ...any) (Out, error) {
	b.t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: "activity"})
	value, err := env.ExecuteActivity("activity", args...)
	var out Out
	if err != nil {
		b.requireClean(err)
		return out, err
	}
	require.NoError(b.t, value.Get(&out))
	encoded, jsonErr := json.Marshal(out)
	require.NoError(b.t, jsonErr)
	require.NotContains(b.t, string(encoded), canary)
	return out, nil
}

// requireClean wants a failure, as it is encoded for the history with all its causes, to name nobody.
func (b *bench) requireClean(err error) {
	b.t.Helper()
	failure := temporal.GetDefaultFailureConverter().ErrorToFailure(err)
	require.NotContains(b.t, failure.String(), canary)
	require.NotContains(b.t, err.Error(), canary)
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		require.NotContains(b.t, cause.Error(), canary)
	}
}

// requireAgain wants Temporal to be asked to try the activity again after the delay.
func requireAgain(t *testing.T, err error, delay time.Duration) {
	t.Helper()
	failed := &temporal.ApplicationError{}
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.NonRetryable())
	require.Equal(t, delay, failed.NextRetryDelay())
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, failed.Category(), "it is no fault")
}

// requireCode wants a failure that is not asked again, with a code of ours.
func requireCode(t *testing.T, err error, code models.Code) {
	t.Helper()
	failed := &temporal.ApplicationError{}
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NonRetryable())
	require.Equal(t, string(code), failed.Type())
}

// sender is an e-mail provider of the test's.
type sender struct {
	mu    sync.Mutex
	calls []models.Email
	// answer is what the next call is answered with.
	answer func(ctx context.Context, email models.Email) (string, error)
}

func (s *sender) SendEmail(ctx context.Context, email models.Email) (string, error) {
	s.mu.Lock()
	s.calls = append(s.calls, email)
	answer := s.answer
	s.mu.Unlock()
	if answer == nil {
		return "provider-1", nil
	}
	return answer(ctx, email)
}

// fails answers with a failure that quotes the canary.
func fails(kind models.FailureKind, code string, retryAfter time.Duration) func(context.Context, models.Email) (string, error) {
	return func(context.Context, models.Email) (string, error) {
		return "", &models.ProviderError{Kind: kind, Code: code, Detail: "no such person: " + canary, RetryAfter: retryAfter}
	}
}

func (b *bench) emails(s *sender) *activities.Sends {
	return &activities.Sends{Store: b.Store, Email: s, Log: b.logger(), SendTimeout: sendTimeout}
}

// send runs the send activity.
func (b *bench) send(s *sender, request workflows.SendRequest) (models.Step, error) {
	b.t.Helper()
	return execute[models.Step](b, b.emails(s).SendEmail, request)
}

// quiet is a logger of Temporal's that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

func (b *bench) contacts() *activities.Contacts {
	return &activities.Contacts{Store: b.Store, Log: b.logger()}
}

func (b *bench) campaigns() *activities.Campaigns {
	return &activities.Campaigns{Store: b.Store, Log: b.logger()}
}
