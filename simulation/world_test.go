package simulation_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/libtnb/sqlite"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"beckon/activities"
	"beckon/models"
	"beckon/store"
	"beckon/worker"
	"beckon/workflows"
)

// Times of every world. Its campaign went live, with its contact, half an hour before the epoch, a Monday morning.
const (
	unconfirmedAfter = 15 * time.Minute
	day              = 24 * time.Hour
	moment           = time.Second // enough for a workflow to have done what it was called for
)

func epoch() time.Time { return time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC) }

// utc reads a time of 2026 such as "03-02 10:00".
func utc(text string) time.Time {
	at, err := time.Parse("2006-01-02 15:04", "2026-"+text)
	if err != nil {
		panic(err)
	}
	return at
}

// world is one campaign with one contact: its workflows in a test environment, real activities, a database of its own whose
// clock is the environment's, and stand-ins for the AI and the providers.
type world struct {
	*store.Store

	t       *testing.T
	env     *testsuite.TestWorkflowEnvironment
	db      *gorm.DB // beside the store, to make what only a restored backup makes
	planner *planner
	outside *outside

	campaignID, contactID string
	person                models.ContactInput

	mu     sync.Mutex
	shown  []string // status and reason, as upserted
	starts int      // of the contact's workflow
	ends   []error  // how the contact's workflows ended
	over   bool     // the test is: what ends now was cut short
	due    int      // what the test has yet to do
}

// start is what a world begins with.
type start struct {
	campaign *models.Campaign
	person   models.ContactInput
	draft    bool
	absent   bool
}

// option changes what a world begins with.
type option func(*start)

// settings changes the campaign's settings.
func settings(change func(*models.Campaign)) option { return func(s *start) { change(s.campaign) } }

func manual(s *start)   { s.campaign.ExecutionMode = models.ModeManual }
func reviewed(s *start) { s.campaign.ManualReview = true }
func draft(s *start)    { s.draft = true }
func absent(s *start)   { s.absent = true } // the contact is to be added later
func byText(s *start)   { s.campaign.Channels = []models.Channel{models.ChannelText} }
func byPhone(s *start)  { s.campaign.Channels = []models.Channel{models.ChannelPhone} }
func byAll(s *start) {
	s.campaign.Channels = []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}
}

// scheduled has the first outreach go so long after the epoch.
func scheduled(after time.Duration) option {
	return settings(func(c *models.Campaign) {
		c.ExecutionMode, c.ScheduledAt = models.ModeScheduled, new(epoch().Add(after))
	})
}

// followUp makes it a follow-up.
func followUp(attempts, hours int) option {
	return settings(func(c *models.Campaign) {
		c.Type, c.MaxAttempts, c.MinHoursBetweenAttempts = models.CampaignFollowUp, attempts, hours
	})
}

func inZone(zone string) option {
	return func(s *start) { s.person.Timezone = &zone }
}

// The addresses of every world's contact, whose own time zone is UTC.
const (
	email  = "ada@people.example"
	number = "+447700900123"
)

// newWorld makes a world. Without options: a one-time, automatic campaign by e-mail, live.
func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	s := &start{
		campaign: models.NewCampaign(models.CampaignOneTime),
		person:   models.ContactInput{FirstName: new("Ada"), Email: new(email), Phone: new(number), Timezone: new("UTC")},
	}
	s.campaign.Name, s.campaign.Objective = "Spring check-ups", "Invite patients to a check-up."
	s.campaign.Channels = []models.Channel{models.ChannelEmail}
	s.campaign.Sender = models.Sender{
		BusinessName: "Example Clinic", FromName: "Example Clinic", FromEmail: "hello@clinic.example",
		FromPhone: "+12025550100", PostalAddress: "1 Main Street, Springfield",
	}
	for _, option := range options {
		option(s)
	}
	w := &world{t: t, planner: &planner{}, person: s.person}
	w.environment()
	w.outside = &outside{now: w.now}
	w.open()
	w.register()
	w.listen()

	w.env.SetStartTime(epoch().Add(-time.Hour))
	require.NoError(t, w.CreateCampaign(t.Context(), s.campaign))
	w.campaignID = s.campaign.ID
	w.env.SetStartTime(epoch().Add(-45 * time.Minute))
	if !s.absent {
		w.add()
	}
	w.env.SetStartTime(epoch().Add(-30 * time.Minute))
	if !s.draft {
		_, err := w.Control(t.Context(), w.campaignID, models.ControlGoLive,
			models.ControlOptions{ConsentAttestedBy: new("Test")})
		require.NoError(t, err)
	}
	w.env.SetStartTime(epoch())
	return w
}

// environment makes the test environment.
func (w *world) environment() {
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetTestTimeout(20 * time.Second) // of real time without any progress: the machine may be busy
}

// now is the simulated present.
func (w *world) now() time.Time { return w.env.Now() }

// listen notes what the contact's workflow shows, and how it ends.
func (w *world) listen() {
	w.env.SetWorkerOptions(sdk.Options{Interceptors: []interceptor.WorkerInterceptor{&watch{w: w}}})
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		attributes, _ := args.Get(0).(temporal.SearchAttributes)
		status, _ := attributes.GetKeyword(workflows.SearchAttributeContactStatus())
		reason, _ := attributes.GetKeyword(workflows.SearchAttributeWaitingReason())
		w.mu.Lock()
		defer w.mu.Unlock()
		w.shown = append(w.shown, status+" "+reason)
	}).Return(nil)
}

// watch notes how often the contact's workflow starts, and how it ends.
type watch struct {
	interceptor.WorkerInterceptorBase

	w *world
}

// InterceptWorkflow has each workflow watched.
func (in *watch) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	watched := &watched{w: in.w}
	watched.Next = next
	return watched
}

type watched struct {
	interceptor.WorkflowInboundInterceptorBase

	w *world
}

// ExecuteWorkflow runs a workflow to its end.
func (in *watched) ExecuteWorkflow(ctx workflow.Context, input *interceptor.ExecuteWorkflowInput) (any, error) {
	if workflow.GetInfo(ctx).WorkflowType.Name != workflows.ContactWorkflow {
		return in.Next.ExecuteWorkflow(ctx, input)
	}
	in.w.mu.Lock()
	in.w.starts++
	in.w.mu.Unlock()
	result, err := in.Next.ExecuteWorkflow(ctx, input)
	in.w.mu.Lock()
	defer in.w.mu.Unlock()
	if !in.w.over {
		in.w.ends = append(in.w.ends, err)
	}
	return result, err
}

// template is a migrated, empty database, of which each world has a copy.
//
//nolint:gochecknoglobals // migrating is the dearest part of a test
var template = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "beckon-simulation-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "beckon.db")
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// open opens the world's database.
func (w *world) open() {
	file, err := template()
	require.NoError(w.t, err)
	path := filepath.Join(w.t.TempDir(), "beckon.db")
	require.NoError(w.t, os.WriteFile(path, file, 0o600))
	w.Store, err = store.Open(w.t.Context(), store.Options{
		URL: "sqlite:" + path, UnconfirmedAfter: unconfirmedAfter, Now: w.now,
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, w.Close()) })
	w.db, err = gorm.Open(sqlite.Open("file:"+path+"?_pragma=busy_timeout(5000)"), &gorm.Config{Logger: logger.Discard})
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		pool, err := w.db.DB()
		require.NoError(w.t, err)
		require.NoError(w.t, pool.Close())
	})
}

// agesOfClaims is longer than any claim can be old: its age is by the wall clock, its time by the simulated one.
const agesOfClaims = 100 * 365 * day

// register registers what the workers run, as they do.
func (w *world) register() {
	worker.Register(registry{w.env}, workflows.Config{})
	log := slog.New(slog.DiscardHandler)
	campaigns := &activities.Campaigns{Store: w.Store, Log: log}
	contacts := &activities.Contacts{Store: w.Store, Log: log}
	plans := &activities.Plans{Store: w.Store, Planner: w.planner, Log: log}
	wakes := &activities.Wakes{Store: w.Store, Tell: teller{w}, Log: log}
	sends := &activities.Sends{
		Store: w.Store, Email: w.outside, Text: w.outside, Caller: w.outside, Log: log, SendTimeout: agesOfClaims,
	}
	for name, fn := range map[string]any{
		workflows.ActivityLookCampaign: campaigns.LookCampaign, workflows.ActivityTakeContacts: campaigns.TakeContacts,
		workflows.ActivityControl: campaigns.Control, workflows.ActivityLookContact: contacts.LookContact,
		workflows.ActivityControlOne: contacts.ControlContact, workflows.ActivityPlan: plans.PlanOutreach,
		workflows.ActivityLookResend: contacts.LookResend, workflows.ActivityFanOut: wakes.FanOut, workflows.ActivityResolve: wakes.ResolveStarted,
		workflows.ActivitySendEmail: sends.SendEmail, workflows.ActivitySendText: sends.SendText,
		workflows.ActivityMakeCall: sends.MakeCall,
	} {
		w.env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
}

// registry lets the environment be registered with as a worker is.
type registry struct {
	*testsuite.TestWorkflowEnvironment
}

// RegisterWorkflowWithOptions registers a workflow.
func (r registry) RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions) {
	r.TestWorkflowEnvironment.RegisterWorkflowWithOptions(w, options)
}

// RegisterDynamicWorkflow registers a workflow for all names.
func (r registry) RegisterDynamicWorkflow(w any, options workflow.DynamicRegisterOptions) {
	r.TestWorkflowEnvironment.RegisterDynamicWorkflow(w, options)
}

// at does something so long after the epoch.
func (w *world) at(after time.Duration, do func()) {
	w.due++
	w.env.RegisterDelayedCallback(func() {
		do()
		w.due--
	}, after)
}

// run runs the campaign until so long after the epoch, and wants everything to have been done that was to be done at a time.
func (w *world) run(lasts time.Duration) {
	w.t.Helper()
	w.env.RegisterDelayedCallback(func() {
		w.mu.Lock()
		w.over = true
		w.mu.Unlock()
		w.env.CancelWorkflow()
	}, lasts)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{
		ID: workflows.CampaignID(w.campaignID), TaskQueue: workflows.TaskQueue,
	})
	w.env.ExecuteWorkflow(workflows.CampaignWorkflow, workflows.CampaignInput{CampaignID: w.campaignID})
	require.True(w.t, w.env.IsWorkflowCompleted())
	require.Zero(w.t, w.due, "the campaign ended before its time: %v", w.env.GetWorkflowError())
}

// runResend goes on in an environment of its own, whose workflow is that of a resend; times count from where the other ended.
// It says whether the resend came to its own end.
func (w *world) runResend(outreachID string, during ...func()) bool {
	w.t.Helper()
	began := w.now()
	w.environment()
	w.register()
	w.listen()
	w.env.SetStartTime(began)
	for i, do := range during {
		w.at(time.Duration(i+1)*time.Hour, do)
	}
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 10*day)
	w.env.ExecuteWorkflow(workflows.ResendWorkflow, models.ResendRef{
		CampaignID: w.campaignID, ContactID: w.contactID, OutreachID: outreachID,
	})
	require.Zero(w.t, w.due)
	return w.env.GetWorkflowError() == nil
}

// teller tells workflows as a client of Temporal does, from activities.
type teller struct{ w *world }

// StartCampaign does nothing: the world's campaign runs.
func (t teller) StartCampaign(context.Context, string) error { return nil }

// StartStranger does nothing: strangers have tests of their own.
func (t teller) StartStranger(context.Context, string) error { return nil }

// StartResend does nothing: resends have tests of their own.
func (t teller) StartResend(context.Context, string, string, string) error { return nil }

// Tell signals a workflow.
func (t teller) Tell(_ context.Context, signal string, wake models.Wake) error {
	told := make(chan error, 1)
	t.w.env.RegisterDelayedCallback(func() { told <- t.w.signal(signal, wake) }, 0)
	return <-told
}

// Describe says whether the contact's workflow runs, and how the last one ended.
func (t teller) Describe(context.Context, string) (workflows.RunState, error) {
	described := make(chan workflows.RunState, 1)
	t.w.env.RegisterDelayedCallback(func() { described <- t.w.describe() }, 0)
	return <-described, nil
}

func (w *world) describe() workflows.RunState {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.starts == 0:
		return workflows.RunNone
	case w.starts > len(w.ends):
		return workflows.RunOpen
	case w.ends[len(w.ends)-1] == nil:
		return workflows.RunCompleted
	default:
		return workflows.RunClosed
	}
}

// quiet is a logger that says nothing: the test environment reports every error that a workflow returns.
type quiet struct{}

// Debug says nothing.
func (quiet) Debug(string, ...any) {}

// Info says nothing.
func (quiet) Info(string, ...any) {}

// Warn says nothing.
func (quiet) Warn(string, ...any) {}

// Error says nothing.
func (quiet) Error(string, ...any) {}
