package integration_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"

	"beckon/dev/devstack"
)

const (
	// namespaces is the greatest number of stacks in one run.
	namespaces = 60
	// gcPercent is beckon-dev's: the embedded server makes much short-lived garbage.
	gcPercent    = 300
	startTimeout = 90 * time.Second
)

// shared is the server that all stacks use. It starts with the first of them, so that a run of no such test is quick.
//
//nolint:gochecknoglobals // one a process, ended by TestMain
var shared sharedTemporal

// TestMain stops the shared server at the end, and fails when Beckon has left anything running.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	code := m.Run()
	if err := shared.stop(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// sharedTemporal is one embedded server with a stock of namespaces.
type sharedTemporal struct {
	once sync.Once
	err  error

	dir    string
	server *devstack.Temporal
	log    logBuffer
	free   chan string
}

// namespace starts the server, if it does not run yet, and hands out a namespace that nobody else has.
func (s *sharedTemporal) namespace(t *testing.T) string {
	t.Helper()
	s.once.Do(func() { s.err = s.start() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	select {
	case name := <-s.free:
		return name
	default:
		t.Fatal("all namespaces are taken: raise the constant")
		return ""
	}
}

func (s *sharedTemporal) start() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var err error
	if s.dir, err = os.MkdirTemp("", "beckon-integration-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	s.server, err = devstack.StartTemporal(ctx, devstack.TemporalOptions{
		DataFile: filepath.Join(s.dir, "temporal.db"), Addr: "127.0.0.1:0", SkipDiskSync: true,
		Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	s.free = make(chan string, namespaces)
	last := ""
	for i := range namespaces {
		last = fmt.Sprintf("test-%02d", i+1)
		if err := s.register(ctx, last); err != nil {
			return err
		}
		s.free <- last
	}
	return s.probe(ctx, last)
}

// dial connects to a namespace of the server.
func (s *sharedTemporal) dial(
	namespace string, log *slog.Logger, interceptors ...interceptor.ClientInterceptor,
) (client.Client, error) {
	c, err := client.NewLazyClient(client.Options{
		HostPort: s.server.Address(), Namespace: namespace, Logger: sdklog.NewStructuredLogger(log), Interceptors: interceptors,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", namespace, err)
	}
	return c, nil
}

// register makes a namespace with the search attributes of contacts.
func (s *sharedTemporal) register(ctx context.Context, name string) error {
	const retention = 24 * time.Hour
	c, err := s.dial(name, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer c.Close()
	err = unhurried(ctx, func() error {
		_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("register %s: %w", name, err)
	}
	attributes := map[string]enumspb.IndexedValueType{}
	for _, attribute := range devstack.DefaultSearchAttributes() {
		attributes[attribute] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	err = unhurried(ctx, func() error {
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: name, SearchAttributes: attributes,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("add search attributes to %s: %w", name, err)
	}
	return nil
}

// unhurried calls again while the server finds that namespaces are changed too fast; it allows some twenty a second.
func unhurried(ctx context.Context, call func() error) error {
	const pause = 200 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		err := call()
		if _, limited := errors.AsType[*serviceerror.ResourceExhausted](err); !limited {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// probe returns once a workflow could upsert the search attributes. The server's services learn of namespaces from a cache
// that each refreshes every two seconds, all namespaces at once, so what holds for the last one made holds for all.
func (s *sharedTemporal) probe(ctx context.Context, namespace string) error {
	const name = "probe"
	c, err := s.dial(namespace, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer c.Close()
	w := worker.New(c, name, worker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		updates := []temporal.SearchAttributeUpdate{}
		for _, attribute := range devstack.DefaultSearchAttributes() {
			updates = append(updates, temporal.NewSearchAttributeKeyKeyword(attribute).ValueSet(name))
		}
		return workflow.UpsertTypedSearchAttributes(ctx, updates...)
	}, workflow.RegisterOptions{Name: name})
	if err := w.Start(); err != nil {
		return fmt.Errorf("start probe: %w", err)
	}
	defer w.Stop()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: name, TaskQueue: name}, name)
	if err == nil {
		err = run.Get(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("probe %s: %w", namespace, err)
	}
	return nil
}

// stop ends the server and looks for what Beckon has left running.
func (s *sharedTemporal) stop() error {
	if s.server == nil {
		return nil
	}
	http.DefaultClient.CloseIdleConnections()
	err := s.server.Stop()
	// Idle workflows stay in the SDK's cache, which is the process's, after their worker has stopped.
	worker.PurgeStickyWorkflowCache()
	return errors.Join(err, leftRunning(), os.RemoveAll(s.dir))
}

// leftRunning waits until no goroutine has code of Beckon on its stack, and returns those that still have after a while.
//
// goleak would be of no use here: the embedded server leaves hundreds of goroutines of its own behind, among them those of
// workers that cannot be told from Beckon's.
func leftRunning() error {
	const limit, pause = 10 * time.Second, 100 * time.Millisecond
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		left := ours()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-deadline.C:
			return fmt.Errorf("left running:\n%s", strings.Join(left, "\n\n"))
		case <-ticker.C:
		}
	}
}

// ours are the goroutines with code of Beckon on their stacks, but this one.
func ours() []string {
	const enough = 64 << 20
	buffer := make([]byte, enough)
	found := []string{}
	for stack := range strings.SplitSeq(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		if strings.Contains(stack, "\nbeckon/") && !strings.Contains(stack, "integration_test.TestMain") {
			found = append(found, stack)
		}
	}
	return found
}
