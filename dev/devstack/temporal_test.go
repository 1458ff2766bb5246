package devstack_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"beckon/dev/devstack"
)

const (
	taskQueue    = "devstack-test"
	workflowName = "greet"
	testTimeout  = 60 * time.Second
	statusName   = "BeckonContactStatus"
	reasonName   = "BeckonWaitingReason"
)

// greet upserts a search attribute and returns what it was given.
func greet(ctx workflow.Context, attribute, name string) (string, error) {
	key := temporal.NewSearchAttributeKeyKeyword(attribute)
	if err := workflow.UpsertTypedSearchAttributes(ctx, key.ValueSet("completed")); err != nil {
		return "", err
	}
	return "hello " + name, nil
}

func TestTemporal(t *testing.T) {
	t.Parallel()

	t.Run("KeepsItsFileAcrossRestarts", func(t *testing.T) {
		t.Parallel()
		ctx := testContext(t)
		file := newDataFile(t)

		first := start(t, devstack.TemporalOptions{DataFile: file, SearchAttributes: []string{statusName}})
		c := dial(t, first.Address())
		require.Equal(t, 30*24*time.Hour, retention(ctx, t, c))
		require.Equal(t, "hello one", runGreet(ctx, t, c, "one", statusName))
		c.Close()
		require.NoError(t, first.Stop())
		require.NoError(t, first.Stop(), "a second stop changes nothing")

		// The second start wants an attribute that the file does not have yet.
		second := start(t, devstack.TemporalOptions{DataFile: file})
		c = dial(t, second.Address())
		described, err := c.DescribeWorkflowExecution(ctx, "one", "")
		require.NoError(t, err)
		require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, described.GetWorkflowExecutionInfo().GetStatus())
		require.Equal(t, "hello two", runGreet(ctx, t, c, "two", reasonName))
		requireCount(ctx, t, c, statusName, 1)
		requireCount(ctx, t, c, reasonName, 1)
	})

	t.Run("KeepsItsDatabasesAcrossRestarts", func(t *testing.T) {
		t.Parallel()
		ctx := testContext(t)
		opts := devstack.TemporalOptions{Postgres: newDatabases(t)}

		first := startOn(t, opts)
		c := dial(t, first.Address())
		require.Equal(t, 30*24*time.Hour, retention(ctx, t, c))
		require.Equal(t, "hello one", runGreet(ctx, t, c, "one", statusName))
		c.Close()
		require.NoError(t, first.Stop())

		c = dial(t, startOn(t, opts).Address())
		require.Equal(t, "hello two", runGreet(ctx, t, c, "two", statusName))
		requireCount(ctx, t, c, statusName, 2)
	})

	t.Run("ErrPostgresURL", func(t *testing.T) {
		t.Parallel()
		for _, url := range []string{"mysql://db/temporal", "postgres://db", "postgres://user:pass word@db/x\x00"} {
			_, err := devstack.StartTemporal(testContext(t), devstack.TemporalOptions{Postgres: url, Addr: "127.0.0.1:0"})
			require.ErrorContains(t, err, "no postgres://")
			require.NotContains(t, err.Error(), "pass word")
		}
	})

	t.Run("ServesTheWebUI", func(t *testing.T) {
		t.Parallel()
		server := start(t, devstack.TemporalOptions{DataFile: newDataFile(t), UIAddr: "127.0.0.1:0"})
		body := get(t, server.UIURL()+"/namespaces/default/workflows")
		require.Contains(t, body, "<html")
		require.Contains(t, get(t, server.UIURL()+"/api/v1/namespaces/default"), "NAMESPACE_STATE_REGISTERED")
	})

	t.Run("ErrAddressInUse", func(t *testing.T) {
		t.Parallel()
		var config net.ListenConfig
		taken, err := config.Listen(testContext(t), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { require.NoError(t, taken.Close()) }()
		_, err = devstack.StartTemporal(testContext(t),
			devstack.TemporalOptions{DataFile: newDataFile(t), Addr: taken.Addr().String()})
		require.ErrorContains(t, err, "address already in use")
	})

	t.Run("ErrFileInUse", func(t *testing.T) {
		t.Parallel()
		file := newDataFile(t)
		other, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_pragma=locking_mode(exclusive)")
		require.NoError(t, err)
		defer func() { require.NoError(t, other.Close()) }()
		_, err = other.ExecContext(testContext(t), "CREATE TABLE held (id INTEGER)")
		require.NoError(t, err)

		_, err = devstack.StartTemporal(testContext(t), devstack.TemporalOptions{DataFile: file, Addr: "127.0.0.1:0"})
		require.ErrorContains(t, err, "does another process use")
	})

	t.Run("ErrFolderMissing", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "missing", "temporal.db")
		_, err := devstack.StartTemporal(testContext(t), devstack.TemporalOptions{DataFile: file, Addr: "127.0.0.1:0"})
		require.ErrorContains(t, err, "make temporal data file")
	})
}

// newDataFile returns a path whose folder has characters that mean something in a URI.
func newDataFile(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a b?c#100%")
	require.NoError(t, os.Mkdir(folder, 0o700))
	return filepath.Join(folder, "temporal.db")
}

// newDatabases is the URL of databases that do not exist, on the server of $BECKON_TEST_POSTGRES_URL. They are dropped when the
// test ends. Without the variable the test is skipped.
func newDatabases(t *testing.T) string {
	t.Helper()
	server := os.Getenv("BECKON_TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("BECKON_TEST_POSTGRES_URL is not set")
	}
	parsed, err := url.Parse(server)
	require.NoError(t, err)
	name := "devstack_" + rand.Text()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		admin, err := pgx.Connect(ctx, server)
		require.NoError(t, err)
		for _, each := range []string{name, name + "_visibility"} {
			_, err = admin.Exec(ctx, "DROP DATABASE "+pgx.Identifier{each}.Sanitize()+" WITH (FORCE)")
			require.NoError(t, err)
		}
		require.NoError(t, admin.Close(ctx))
	})
	parsed.Path = "/" + name
	return parsed.String()
}

func start(t *testing.T, opts devstack.TemporalOptions) *devstack.Temporal {
	t.Helper()
	server := startOn(t, opts)
	require.FileExists(t, opts.DataFile)
	return server
}

func startOn(t *testing.T, opts devstack.TemporalOptions) *devstack.Temporal {
	t.Helper()
	opts.Addr = "127.0.0.1:0"
	opts.SkipDiskSync = true
	opts.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	server, err := devstack.StartTemporal(testContext(t), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func dial(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.DialContext(testContext(t), client.Options{
		HostPort: address,
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func retention(ctx context.Context, t *testing.T, c client.Client) time.Duration {
	t.Helper()
	namespace, err := c.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: devstack.Namespace})
	require.NoError(t, err)
	return namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
}

func runGreet(ctx context.Context, t *testing.T, c client.Client, name, attribute string) string {
	t.Helper()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(greet, workflow.RegisterOptions{Name: workflowName})
	require.NoError(t, w.Start())
	defer w.Stop()

	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: name, TaskQueue: taskQueue}, workflowName, attribute, name)
	require.NoError(t, err)
	var answer string
	require.NoError(t, run.Get(ctx, &answer))
	return answer
}

// requireCount waits until as many completed workflows carry the attribute; visibility follows a workflow's end.
func requireCount(ctx context.Context, t *testing.T, c client.Client, attribute string, want int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		counted, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: devstack.Namespace,
			Query:     attribute + " = 'completed' AND ExecutionStatus = 'Completed'",
		})
		return err == nil && counted.GetCount() == want
	}, testTimeout, 50*time.Millisecond)
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(testContext(t), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	return string(body)
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}
