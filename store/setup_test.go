package store_test

import (
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/libtnb/sqlite"
	"github.com/stretchr/testify/require"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"beckon/models"
	"beckon/store"
)

// unconfirmedAfter is how long the tests' claims in doubt wait for proof.
const unconfirmedAfter = 15 * time.Minute

// testCase is one case of the suite that every dialect passes. Its database is its own.
type testCase struct {
	name string
	run  func(t *testing.T, b *bench)
}

// TestMain runs fewer random sequences than rapid's 100 by default, since each is hundreds of transactions; -rapid.checks
// asks for more.
func TestMain(m *testing.M) {
	const checks = "rapid.checks"
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == checks })
	if !given {
		_ = flag.Set(checks, "25")
	}
	os.Exit(m.Run())
}

// bench is a migrated, empty database with a clock of its own.
type bench struct {
	*store.Store

	address string
	db      *gorm.DB // beside the store, to look at rows and to make what only a crash makes
	clock   *clock
}

// clock is a clock that stands still but for a microsecond a reading, so that no two readings are equal.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// dialect makes databases of one kind.
type dialect struct {
	name string
	// url makes an empty, migrated database and returns its URL.
	url func(tb testing.TB) string
}

// dialects are those that can be tested here: SQLite always, Postgres where $BECKON_TEST_POSTGRES_URL names a server on
// which databases may be made.
func dialects(tb testing.TB) []dialect {
	tb.Helper()
	return []dialect{{name: "sqlite", url: sqliteURLs(tb)}, {name: "postgres", url: postgresURLs(tb)}}
}

// onEach runs the test on each dialect.
func onEach(t *testing.T, run func(t *testing.T, d dialect)) {
	t.Helper()
	for _, d := range dialects(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			if d.url == nil {
				t.Skip("BECKON_TEST_POSTGRES_URL is not set")
			}
			run(t, d)
		})
	}
}

// sqliteURLs migrates one file, and gives each test a copy of it.
func sqliteURLs(tb testing.TB) func(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "template.db")
	migrate(tb, "sqlite:"+path)
	template, err := os.ReadFile(path)
	require.NoError(tb, err)
	return func(tb testing.TB) string {
		tb.Helper()
		path := filepath.Join(tb.TempDir(), "beckon.db")
		require.NoError(tb, os.WriteFile(path, template, 0o600))
		return "sqlite:" + path
	}
}

// postgresURLs migrates one database, and gives each test a copy of it; nil without a server.
func postgresURLs(tb testing.TB) func(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("BECKON_TEST_POSTGRES_URL")
	if server == "" {
		return nil
	}
	admin, err := gorm.Open(postgres.Open(server), &gorm.Config{Logger: logger.Discard})
	require.NoError(tb, err)
	tb.Cleanup(func() { closeDB(tb, admin) })
	create := func(tb testing.TB, template string) (name, address string) {
		tb.Helper()
		name = "beckon_test_" + unique()
		require.NoError(tb, admin.Exec("CREATE DATABASE "+name+" TEMPLATE "+template).Error)
		parsed, err := url.Parse(server)
		require.NoError(tb, err)
		parsed.Path = "/" + name
		return name, parsed.String()
	}
	drop := func(tb testing.TB, name string) {
		tb.Helper()
		require.NoError(tb, admin.Exec("DROP DATABASE "+name+" WITH (FORCE)").Error)
	}
	template, address := create(tb, "template0")
	tb.Cleanup(func() { drop(tb, template) })
	migrate(tb, address)
	return func(tb testing.TB) string {
		tb.Helper()
		name, address := create(tb, template)
		tb.Cleanup(func() { drop(tb, name) })
		return address
	}
}

// races is how often each race is run: $BECKON_RACES, or 200, and fewer where the race detector runs: it sees a race of memory
// in the first of them, and those of the database are looked for without it.
func races(t *testing.T) int {
	t.Helper()
	const usual = 200
	given := os.Getenv("BECKON_RACES")
	if given == "" {
		return sized(usual)
	}
	n, err := strconv.Atoi(given)
	require.NoError(t, err)
	return n
}

// sized is n or, where the race detector runs, a tenth of it: that looks for races, which small tables show too.
func sized(n int) int {
	const fewer = 10
	if raced {
		return n / fewer
	}
	return n
}

func unique() string {
	bytes := make([]byte, 8)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}

func migrate(tb testing.TB, address string) {
	tb.Helper()
	s, err := store.Open(tb.Context(), store.Options{URL: address})
	require.NoError(tb, err)
	require.NoError(tb, s.Migrate(tb.Context()))
	require.NoError(tb, s.Close())
}

// open opens a new database of the dialect.
func (d dialect) open(tb testing.TB) *bench {
	tb.Helper()
	address, clock := d.url(tb), newClock()
	s, err := store.Open(tb.Context(), store.Options{
		URL: address, UnconfirmedAfter: unconfirmedAfter, Now: clock.Now, Secret: secretOf(tb, testSecret),
	})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return &bench{Store: s, address: address, db: look(tb, address), clock: clock}
}

// look opens a second connection to the database.
func look(tb testing.TB, address string) *gorm.DB {
	tb.Helper()
	dialector := postgres.Open(address)
	if path, is := cutPrefix(address, "sqlite:"); is {
		dialector = sqlite.Open("file:" + path + "?_pragma=busy_timeout(5000)&_txlock=immediate")
	}
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	require.NoError(tb, err)
	pool, err := db.DB()
	require.NoError(tb, err)
	pool.SetMaxOpenConns(2)
	tb.Cleanup(func() { closeDB(tb, db) })
	return db
}

func cutPrefix(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || text[:len(prefix)] != prefix {
		return text, false
	}
	return text[len(prefix):], true
}

func closeDB(tb testing.TB, db *gorm.DB) {
	tb.Helper()
	pool, err := db.DB()
	require.NoError(tb, err)
	require.NoError(tb, pool.Close())
}

// draft makes a one-time campaign by e-mail that could go live.
func (b *bench) draft(t require.TestingT, settings ...func(*models.Campaign)) *models.Campaign {
	c := models.NewCampaign(models.CampaignOneTime)
	c.Name, c.Objective = "Spring check-ups", "Invite patients to a check-up."
	c.Channels = []models.Channel{models.ChannelEmail}
	c.Sender = models.Sender{
		BusinessName: "Example Clinic", FromName: "Example Clinic", FromEmail: "hello@clinic.example",
		PostalAddress: "1 Main Street, Springfield",
	}
	for _, set := range settings {
		set(c)
	}
	require.NoError(t, b.CreateCampaign(ctx(t), c))
	return c
}

// live makes a campaign that is active.
func (b *bench) live(t require.TestingT, settings ...func(*models.Campaign)) *models.Campaign {
	c := b.draft(t, settings...)
	b.control(t, c.ID, models.ControlGoLive)
	return c
}

func manual(c *models.Campaign) { c.ExecutionMode = models.ModeManual }

func endsOn(date string) func(*models.Campaign) {
	return func(c *models.Campaign) { c.EndDate = &date }
}

func (b *bench) control(t require.TestingT, campaignID string, control models.Control) models.ControlResult {
	result, err := b.Control(as(ctx(t), "test"), campaignID, control, models.ControlOptions{})
	require.NoError(t, err)
	return result
}

// person is an input with an e-mail address of its own.
func person(n int) models.ContactInput {
	return models.ContactInput{
		Line: n, FirstName: new(fmt.Sprintf("First%d", n)), LastName: new(fmt.Sprintf("Last%d", n)),
		Email: new(fmt.Sprintf("person%d@people.example", n)),
	}
}

func people(n int) []models.ContactInput {
	inputs := make([]models.ContactInput, 0, n)
	for i := range n {
		inputs = append(inputs, person(i))
	}
	return inputs
}

func (b *bench) add(t require.TestingT, campaignID string, inputs ...models.ContactInput) models.AddResult {
	return b.act(t, campaignID, models.ActionUpsert, inputs...)
}

func (b *bench) act(
	t require.TestingT, campaignID string, action models.AddAction, inputs ...models.ContactInput,
) models.AddResult {
	result, err := b.AddContacts(as(ctx(t), "crm"), campaignID, action, models.SourceAPI, inputs)
	require.NoError(t, err)
	require.Len(t, result.Results, len(inputs))
	return result
}

// take takes all waiting contacts in, as the campaign's workflow does.
func (b *bench) take(t require.TestingT, campaignID string) []string {
	batch, err := b.TakeContacts(ctx(t), campaignID, "batch-"+unique(), 1000)
	require.NoError(t, err)
	return batch.ContactIDs
}

// taken adds contacts to a live campaign and takes them in; it returns their ids in the order of the inputs.
func (b *bench) taken(t require.TestingT, campaignID string, inputs ...models.ContactInput) []string {
	result := b.add(t, campaignID, inputs...)
	b.take(t, campaignID)
	ids := make([]string, 0, len(inputs))
	for _, added := range result.Results {
		ids = append(ids, added.ContactID)
	}
	return ids
}

// emailPlan is a plan that the AI might give.
func emailPlan(sendAt time.Time) models.Plan {
	return models.Plan{
		Channel: models.ChannelEmail, SendAt: sendAt, Subject: "Your check-up", Body: "It is time for a check-up.",
		Reason: "First contact.", Model: "test-model", PromptTokens: 100, CompletionTokens: 20,
	}
}

// plan plans the contact's next outreach, to be sent at once, and returns what follows.
func (b *bench) plan(t require.TestingT, campaignID, contactID string) models.Step {
	step, request, err := b.BeginPlan(ctx(t), campaignID, contactID, "run-1")
	require.NoError(t, err)
	require.NotNil(t, request, "the contact wants no plan: %s", step)
	step, err = b.StorePlan(ctx(t), campaignID, contactID, *request, emailPlan(request.Now))
	require.NoError(t, err)
	return step
}

// ready adds one contact to a live campaign and brings it to where it is sent to.
func (b *bench) ready(t require.TestingT, campaignID string, input models.ContactInput) store.ClaimRequest {
	id := b.taken(t, campaignID, input)[0]
	step := b.plan(t, campaignID, id)
	require.Equal(t, models.DoSend, step.Do, step.String())
	return store.ClaimRequest{CampaignID: campaignID, ContactID: id, OutreachID: step.OutreachID, Attempt: step.Attempt}
}

// claimed claims what is ready.
func (b *bench) claimed(t require.TestingT, request store.ClaimRequest) *store.Claim {
	step, claim, email, err := b.Claim(ctx(t), request)
	require.NoError(t, err)
	require.NotNil(t, claim, "not granted: %s", step)
	require.NotNil(t, email)
	return claim
}

// contact is the stored row of a contact.
func (b *bench) contact(t require.TestingT, id string) models.Contact {
	c := models.Contact{}
	require.NoError(t, b.db.Where("id = ?", id).Take(&c).Error)
	return c
}

// campaign is the stored row of a campaign.
func (b *bench) campaign(t require.TestingT, id string) models.Campaign {
	c := models.Campaign{}
	require.NoError(t, b.db.Where("id = ?", id).Take(&c).Error)
	return c
}

// outreach is the stored row of an outreach.
func (b *bench) outreach(t require.TestingT, id string) models.Outreach {
	o := models.Outreach{}
	require.NoError(t, b.db.Where("id = ?", id).Take(&o).Error)
	return o
}

// pending is the campaign's intake flag.
func (b *bench) pending(t require.TestingT, campaignID string) bool {
	var pending bool
	require.NoError(t, b.db.Raw("SELECT pending FROM campaign_intake WHERE campaign_id = ?", campaignID).Scan(&pending).Error)
	return pending
}

func requireCode(t require.TestingT, code models.Code, err error) {
	require.Error(t, err)
	require.Equal(t, code, models.ErrorCode(err), "%v", err)
}

// requireWaits says that the contact waits for the reason, until the time where one is given.
func (b *bench) requireWaits(t require.TestingT, contactID string, reason models.WaitingReason, until ...time.Time) {
	c := b.contact(t, contactID)
	require.NotNil(t, c.WaitingReason, "it waits for nothing")
	require.Equal(t, reason, *c.WaitingReason)
	if reason == models.WaitPlannerError {
		require.Contains(t, c.WaitingDetail, c.PlannerCode)
	} else {
		require.Equal(t, reason.Details(), c.WaitingDetail)
	}
	require.NotNil(t, c.WaitingSince)
	if len(until) > 0 {
		require.NotNil(t, c.WaitingUntil)
		requireTime(t, until[0], *c.WaitingUntil)
	}
}

func requireTime(t require.TestingT, want, have time.Time) {
	require.True(t, want.Equal(have), "want %s, have %s", want.UTC(), have.UTC())
}

// unknownID is the id of nothing.
const unknownID = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

// requestOf asks to send what the step says.
func (b *bench) requestOf(campaignID, contactID string, step models.Step) store.ClaimRequest {
	return store.ClaimRequest{
		CampaignID: campaignID, ContactID: contactID, OutreachID: step.OutreachID, Attempt: step.Attempt,
	}
}
