package service_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/mocks"

	"beckon/api"
	"beckon/models"
	"beckon/service"
	"beckon/store"
)

// TestIdempotencyKeys sends calls twice to the real API over each real database; only Temporal is played.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	for dialect, newURL := range map[string]func(*testing.T) string{"sqlite": newSQLite, "postgres": newPostgres} {
		for name, run := range map[string]func(*testing.T, *bench){
			"Twice":         testTwice,
			"AtOnce":        testAtOnce,
			"OtherCall":     testOtherCall,
			"OtherCaller":   testOtherCaller,
			"Expires":       testExpires,
			"WithoutKey":    testWithoutKey,
			"RefusedIsFree": testRefusedIsFree,
			"ArchivedSince": testArchivedSince,
			"NothingToAdd":  testNothingToAdd,
		} {
			t.Run(dialect+"/"+name, func(t *testing.T) {
				t.Parallel()
				run(t, newBench(t, newURL(t)))
			})
		}
	}
}

func testTwice(t *testing.T, b *bench) {
	t.Helper()
	for _, op := range b.operations(t) {
		before := b.counts(t)
		first := op.send(t, b.key, "k-"+op.name, "a")
		require.Equal(t, op.status, first.status, "%s: %s", op.name, first.body)
		require.Equal(t, op.effect, b.counts(t).minus(before), op.name)
		stored := b.dump(t)
		for range 3 {
			require.Equal(t, first, op.send(t, b.key, "k-"+op.name, "a"), op.name)
		}
		require.Equal(t, stored, b.dump(t), op.name)
	}
}

func testAtOnce(t *testing.T, b *bench) {
	t.Helper()
	for _, op := range b.operations(t) {
		before := b.counts(t)
		answers, begin := make([]answer, 8), make(chan struct{})
		group := sync.WaitGroup{}
		for i := range answers {
			group.Go(func() {
				<-begin
				answers[i] = op.send(t, b.key, "k-"+op.name, "a")
			})
		}
		close(begin)
		group.Wait()
		require.Equal(t, op.status, answers[0].status, "%s: %s", op.name, answers[0].body)
		for _, each := range answers {
			require.Equal(t, answers[0], each, op.name)
		}
		require.Equal(t, op.effect, b.counts(t).minus(before), op.name)
	}
}

// testOtherCall uses a key again for another body and for another path.
func testOtherCall(t *testing.T, b *bench) {
	t.Helper()
	operations := b.operations(t)
	for i, op := range operations {
		first := op.send(t, b.key, "k-"+op.name, "a")
		require.Equal(t, op.status, first.status, "%s: %s", op.name, first.body)
		stored := b.dump(t)
		op.send(t, b.key, "k-"+op.name, "b").refused(t, models.CodeIdempotencyKeyReused)
		other := operations[(i+1)%len(operations)]
		other.send(t, b.key, "k-"+op.name, "a").refused(t, models.CodeIdempotencyKeyReused)
		require.Equal(t, stored, b.dump(t), op.name)
		require.Equal(t, first, op.send(t, b.key, "k-"+op.name, "a"), op.name)
	}
	// The same body for another campaign is another path.
	for _, op := range b.operations(t) {
		if op.name != "campaign" {
			op.send(t, b.key, "k-"+op.name, "a").refused(t, models.CodeIdempotencyKeyReused)
		}
	}
}

func testOtherCaller(t *testing.T, b *bench) {
	t.Helper()
	plain, hash := api.NewAPIKey()
	require.NoError(t, b.store.CreateAPIKey(t.Context(), &models.APIKey{
		Name: "CRM", Role: models.RoleOperator, KeyHash: hash,
	}))
	for _, op := range b.operations(t) {
		first := op.send(t, b.key, "k-"+op.name, "a")
		theirs := op.send(t, plain, "k-"+op.name, "a")
		require.Equal(t, op.status, theirs.status, "%s: %s", op.name, theirs.body)
		require.NotEqual(t, first, theirs, op.name)
		require.Equal(t, theirs, op.send(t, plain, "k-"+op.name, "a"), op.name)
		require.Equal(t, first, op.send(t, b.key, "k-"+op.name, "a"), op.name)
		// Nor are other bodies compared with those of others.
		op.send(t, plain, "their-"+op.name, "b")
		require.Equal(t, op.status, op.send(t, b.key, "their-"+op.name, "a").status, op.name)
	}
}

func testExpires(t *testing.T, b *bench) {
	t.Helper()
	operations := b.operations(t)
	firsts := map[string]answer{}
	for _, op := range operations {
		firsts[op.name] = op.send(t, b.key, "k-"+op.name, "a")
	}
	b.clock.advance(24*time.Hour - time.Minute)
	for _, op := range operations {
		require.Equal(t, firsts[op.name], op.send(t, b.key, "k-"+op.name, "a"), op.name)
		op.send(t, b.key, "k-"+op.name, "b").refused(t, models.CodeIdempotencyKeyReused)
	}
	b.clock.advance(time.Minute + time.Second)
	for _, op := range operations {
		again := op.send(t, b.key, "k-"+op.name, "b")
		require.Equal(t, op.status, again.status, "%s: %s", op.name, again.body)
		require.NotEqual(t, firsts[op.name], again, op.name)
	}
	require.Equal(t, len(operations), b.counts(t)["idempotency_keys"])
}

func testWithoutKey(t *testing.T, b *bench) {
	t.Helper()
	for _, op := range b.operations(t) {
		first, second := op.send(t, b.key, "", "a"), op.send(t, b.key, "", "a")
		require.Equal(t, op.status, first.status, "%s: %s", op.name, first.body)
		require.Equal(t, op.status, second.status, "%s: %s", op.name, second.body)
		require.NotEqual(t, first, second, op.name)
	}
	require.Zero(t, b.counts(t)["idempotency_keys"])
}

// testRefusedIsFree refuses calls for several reasons: their keys may be used for what is right. That a file was refused is
// noted once for its key, apart from what may be done under it.
func testRefusedIsFree(t *testing.T, b *bench) {
	t.Helper()
	draft := b.campaign(t, "manual")
	contacts, imports := "/api/v1/campaigns/"+draft+"/contacts", "/api/v1/campaigns/"+draft+"/imports"
	b.post(t, b.key, "k-1", "/api/v1/campaigns", `{"name":"","type":"one_time"}`).refused(t, models.CodeInvalid)
	b.post(t, b.key, "k-2", "/api/v1/campaigns/"+draft+"/start-outreaches", `{}`).
		problem(t, http.StatusConflict, models.CodeInvalidTransition)
	b.post(t, b.key, "k-3", contacts, `{"contacts":7}`).problem(t, http.StatusBadRequest, models.CodeMalformed)
	b.upload(t, b.key, "k-4", imports, "no-columns.csv", "Who\nAda\n").refused(t, models.CodeInvalid)
	b.upload(t, b.key, "k-4", imports, "no-columns.csv", "Who\nAda\n").refused(t, models.CodeInvalid)
	require.Equal(t, 1, b.counts(t)["idempotency_keys"])
	require.Equal(t, 1, b.counts(t)["imports"])

	require.Equal(t, http.StatusCreated, b.post(t, b.key, "k-1", "/api/v1/campaigns", `{"name":"x","type":"one_time"}`).status)
	b.goLive(t, draft)
	require.Equal(t, http.StatusOK, b.post(t, b.key, "k-2", "/api/v1/campaigns/"+draft+"/start-outreaches", `{}`).status)
	require.Equal(t, http.StatusOK, b.post(t, b.key, "k-3", contacts, `{"contacts":[]}`).status)
	require.Equal(t, http.StatusCreated, b.upload(t, b.key, "k-4", imports, "right.csv", people("a")).status)
	require.Equal(t, 5, b.counts(t)["idempotency_keys"])
}

// testArchivedSince repeats calls after their campaign was archived: they are answered as they were, and new ones refused.
func testArchivedSince(t *testing.T, b *bench) {
	t.Helper()
	operations := b.operations(t)
	for _, op := range operations {
		if op.name == "campaign" {
			continue
		}
		first := op.send(t, b.key, "k-"+op.name, "a")
		archived := b.post(t, b.key, "", op.campaign+"/archive", `{}`)
		require.Equal(t, http.StatusOK, archived.status, "%s", archived.body)
		stored := b.dump(t)
		require.Equal(t, first, op.send(t, b.key, "k-"+op.name, "a"), op.name)
		op.send(t, b.key, "new-"+op.name, "a").isProblem(t, http.StatusConflict)
		op.send(t, b.key, "", "a").isProblem(t, http.StatusConflict)
		if op.name == "import" {
			b.upload(t, b.key, "bad", op.campaign+"/imports", "bad.csv", "Who\nAda\n").
				problem(t, http.StatusConflict, models.CodeCampaignArchived)
		}
		require.Equal(t, stored, b.dump(t), op.name)
	}
}

// testNothingToAdd gives contacts of which none can be taken: the answer is still 200, and its key is used.
func testNothingToAdd(t *testing.T, b *bench) {
	t.Helper()
	contacts := "/api/v1/campaigns/" + b.campaign(t, "manual") + "/contacts"
	first := b.post(t, b.key, "k", contacts, `{"contacts":[{"firstName":"Ada"}]}`)
	require.Equal(t, http.StatusOK, first.status, "%s", first.body)
	require.Equal(t, first, b.post(t, b.key, "k", contacts, `{"contacts":[{"firstName":"Ada"}]}`))
	b.post(t, b.key, "k", contacts, `{"contacts":[{"firstName":"Grace"}]}`).refused(t, models.CodeIdempotencyKeyReused)
	require.Zero(t, b.counts(t)["contacts"])
	require.Zero(t, b.counts(t)["imports"])
}

// Links to workflows name the namespace that Temporal's own configuration names.
func TestLinksNameTheNamespace(t *testing.T) {
	t.Setenv("TEMPORAL_NAMESPACE", "outreach")
	b := newBench(t, newSQLite(t))
	campaign := "/api/v1/campaigns/" + b.campaign(t, "automatic")
	added := b.post(t, b.key, "", campaign+"/contacts", `{"contacts":[{"email":"ada@people.example"}]}`)
	id := added.object(t)["success"].([]any)[0].(map[string]any)["contactId"].(string)
	shown := b.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, campaign+"/contacts/"+id, nil), b.key, "")
	require.Equal(t, http.StatusOK, shown.status, "%s", shown.body)
	link := shown.object(t)["workflow"].(map[string]any)["url"]
	require.Contains(t, link, "https://temporal.example/namespaces/outreach/workflows/campaign%2F")
}

// A configured key that was revoked stays so, and keeps nobody from starting.
func TestRevokedBootstrapKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	list := func() answer {
		return b.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/api-keys", nil), b.key, "")
	}
	keys := list().object(t)["data"].([]any)
	require.Len(t, keys, 1)
	path := "/api/v1/api-keys/" + keys[0].(map[string]any)["id"].(string)
	revoked := b.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodDelete, path, nil), b.key, "")
	require.Equal(t, http.StatusNoContent, revoked.status, revoked.body)
	list().problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
	b.serve(t)
	list().problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
}

// operation is one that takes an Idempotency-Key.
type operation struct {
	name     string
	campaign string // path of the campaign that it changes
	status   int
	effect   tally // of one call
	// send sends the call with the body of the variant "a" or "b".
	send func(t *testing.T, apiKey, idempotencyKey, variant string) answer
}

// operations are all of them, each on a campaign of its own.
func (b *bench) operations(t *testing.T) []operation {
	t.Helper()
	path := func() string {
		id := b.campaign(t, "manual")
		b.goLive(t, id)
		return "/api/v1/campaigns/" + id
	}
	adding, importing, starting := path(), path(), path()
	return []operation{
		{
			name: "campaign", status: http.StatusCreated,
			effect: tally{"campaigns": 1, "campaign_intake": 1, "idempotency_keys": 1},
			send: func(t *testing.T, apiKey, key, variant string) answer {
				t.Helper()
				return b.post(t, apiKey, key, "/api/v1/campaigns", `{"name":"Made `+variant+`","type":"one_time"}`)
			},
		},
		{
			name: "contacts", campaign: adding, status: http.StatusOK,
			effect: tally{"contacts": 2, "imports": 1, "idempotency_keys": 1},
			send: func(t *testing.T, apiKey, key, variant string) answer {
				t.Helper()
				return b.post(t, apiKey, key, adding+"/contacts", `{"contacts":[
					{"firstName":"Ada","email":"ada@people.example"}, {"firstName":"Nobody"},
					{"firstName":"Grace `+variant+`","email":"grace@people.example","phone":"12"}]}`)
			},
		},
		{
			name: "import", campaign: importing, status: http.StatusCreated,
			effect: tally{"contacts": 2, "imports": 1, "import_errors": 1, "idempotency_keys": 1},
			send: func(t *testing.T, apiKey, key, variant string) answer {
				t.Helper()
				return b.upload(t, apiKey, key, importing+"/imports", "people.csv", people(variant))
			},
		},
		{
			name: "start", campaign: starting, status: http.StatusOK,
			effect: tally{"releases": 1, "idempotency_keys": 1},
			send: func(t *testing.T, apiKey, key, variant string) answer {
				t.Helper()
				body := map[string]string{"a": `{}`, "b": `{ }`}[variant]
				return b.post(t, apiKey, key, starting+"/start-outreaches", body)
			},
		},
	}
}

// people is a file of two contacts and a row without an address.
func people(variant string) string {
	return "Name,Email\nAda Lovelace,ada@people.example\nGrace " + variant + ",grace@people.example\nNobody,\n"
}

// bench is the API as a process serves it, with its database, its clock and an administrator's key.
type bench struct {
	handler http.Handler
	store   *store.Store
	db      *sql.DB // beside the store, to look at rows
	clock   *clock
	key     string
	log     *slog.Logger // nil: none
}

// clock stands still but for a microsecond a reading, so that no two readings are equal.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newBench(t *testing.T, address string) *bench {
	t.Helper()
	b := &bench{
		clock: &clock{now: time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)},
		key:   "a-bootstrap-key-of-32-characters-or-more",
	}
	var err error
	b.store, err = store.Open(t.Context(), store.Options{URL: address, Now: b.clock.read, Secret: secretOf(t, b.key)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.store.Close()) })
	require.NoError(t, b.store.Migrate(t.Context()))
	driver, source := "pgx", address
	if path, is := strings.CutPrefix(address, "sqlite:"); is {
		driver, source = "sqlite", path
	}
	b.db = open(t, driver, source)
	b.serve(t)
	return b
}

// serve builds the API, as a start of the process does.
func (b *bench) serve(t *testing.T, change ...func(*service.Config)) {
	t.Helper()
	temporal := &mocks.Client{}
	temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil, nil)
	temporal.On("SignalWithStartWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything,
		mock.Anything, mock.Anything).Return(nil, nil)
	temporal.On("QueryWorkflowWithOptions", mock.Anything, mock.Anything).Return(nil, serviceerror.NewNotFound("no workflow"))
	temporal.On("SignalWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	config := service.Config{
		Listen: "127.0.0.1:8080", BootstrapAPIKey: b.key, SecretKey: b.key, TemporalUIURL: "https://temporal.example",
	}
	for _, each := range change {
		each(&config)
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	handler, err := service.NewAPI(t.Context(), config, b.store, temporal, b.log)
	require.NoError(t, err)
	b.handler = handler
}

func open(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func newSQLite(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "beckon.db")
}

// newPostgres makes a database on the server that $BECKON_TEST_POSTGRES_URL names.
func newPostgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("BECKON_TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("BECKON_TEST_POSTGRES_URL is not set")
	}
	admin, name := open(t, "pgx", server), "beckon_test_"+strings.ToLower(rand.Text())
	_, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+name+" WITH (FORCE)")
		require.NoError(t, err)
	})
	parsed, err := url.Parse(server)
	require.NoError(t, err)
	parsed.Path = "/" + name
	return parsed.String()
}

// tally counts the rows of tables.
type tally map[string]int

// minus leaves out what has not changed.
func (c tally) minus(before tally) tally {
	change := tally{}
	for table, n := range c {
		if n != before[table] {
			change[table] = n - before[table]
		}
	}
	return change
}

func (b *bench) counts(t *testing.T) tally {
	t.Helper()
	counts := tally{}
	for table, rows := range b.dump(t) {
		counts[table] = len(rows)
	}
	return counts
}

// dump is all that these calls may change, as text.
func (b *bench) dump(t *testing.T) map[string][]string {
	t.Helper()
	tables := map[string][]string{}
	for _, table := range []string{
		"campaigns", "campaign_intake", "contacts", "imports", "import_errors", "releases", "idempotency_keys",
	} {
		tables[table] = b.rows(t, table)
	}
	return tables
}

func (b *bench) rows(t *testing.T, table string) []string {
	t.Helper()
	rows, err := b.db.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2") //nolint:unqueryvet // whatever there is
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	texts := []string{}
	for rows.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		require.NoError(t, rows.Scan(pointers...))
		texts = append(texts, fmt.Sprint(values...))
	}
	require.NoError(t, rows.Err())
	return texts
}

// answer is what came back.
type answer struct {
	status   int
	location string
	body     string
	header   http.Header // of send
}

func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	object := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(a.body), &object), a.body)
	return object
}

// refused wants a 422 with the code.
func (a answer) refused(t *testing.T, code models.Code) {
	t.Helper()
	a.problem(t, http.StatusUnprocessableEntity, code)
}

func (a answer) problem(t *testing.T, status int, code models.Code) {
	t.Helper()
	a.isProblem(t, status)
	require.Equal(t, string(code), a.object(t)["code"])
}

func (a answer) isProblem(t *testing.T, status int) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
}

// do sends the request with the API key and, unless it is empty, the Idempotency-Key.
func (b *bench) do(t *testing.T, request *http.Request, apiKey, idempotencyKey string) answer {
	t.Helper()
	request.Header.Set("X-Api-Key", apiKey)
	if idempotencyKey != "" {
		request.Header.Set("Idempotency-Key", idempotencyKey)
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	// Whether a workflow was told before the answer is a matter of moments, and no part of what is repeated.
	body := strings.ReplaceAll(recorder.Body.String(), `"workflow":"pending"`, `"workflow":"told"`)
	return answer{status: recorder.Code, location: recorder.Header().Get("Location"), body: body}
}

// post sends JSON.
func (b *bench) post(t *testing.T, apiKey, idempotencyKey, path, body string) answer {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	return b.do(t, request, apiKey, idempotencyKey)
}

// upload sends a file to import. Each time the boundary is another.
func (b *bench) upload(t *testing.T, apiKey, idempotencyKey, path, fileName, content string) answer {
	t.Helper()
	body := bytes.Buffer{}
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", fileName)
	require.NoError(t, err)
	_, err = io.WriteString(file, content)
	require.NoError(t, err)
	require.NoError(t, form.WriteField("mapping", `{"name":"Name","email":"Email"}`))
	require.NoError(t, form.Close())
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(t, request, apiKey, idempotencyKey)
}

// campaign makes a draft that can go live.
func (b *bench) campaign(t *testing.T, mode string) string {
	t.Helper()
	made := b.post(t, b.key, "", "/api/v1/campaigns", `{"name":"Spring","type":"one_time","executionMode":"`+mode+`",
		"channels":["email"],"objective":"Invite patients to a check-up.","sender":{"fromName":"Example Clinic",
		"fromEmail":"hello@clinic.example","postalAddress":"1 Main Street, Springfield"}}`)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	return made.object(t)["id"].(string)
}

func (b *bench) goLive(t *testing.T, id string) {
	t.Helper()
	live := b.post(t, b.key, "", "/api/v1/campaigns/"+id+"/go-live", `{}`)
	require.Equal(t, http.StatusOK, live.status, live.body)
}

// secretOf is the installation's secret of a key.
func secretOf(t *testing.T, key string) *models.Secret {
	t.Helper()
	secret, err := models.NewSecret(key)
	require.NoError(t, err)
	return secret
}
