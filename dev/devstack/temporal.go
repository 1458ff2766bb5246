// Package devstack embeds what Beckon needs around it in development and in tests: Temporal's server on a SQLite file, and
// Temporal's Web UI. It needs no container and no download. Production runs Temporal as a service of its own.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/temporal"
)

// Namespace is the only namespace that the embedded server has.
const Namespace = "default"

const (
	// innerPortAttempts is how often a start is tried with other inner ports when another process took one of them between
	// its choice and its use.
	innerPortAttempts = 3
	// startTimeout bounds a start, which takes about a second.
	startTimeout = time.Minute
	// stopTimeout bounds Stop.
	stopTimeout = 15 * time.Second
	readyPoll   = 50 * time.Millisecond
)

// TemporalOptions says where the embedded server keeps its data and listens.
type TemporalOptions struct {
	// DataFile is the SQLite file; it is made if it does not exist, its folder is not. One process at a time may use it,
	// and that process must not replace it: a connection, once opened, stays until the process ends.
	DataFile string
	// Postgres, where it is set, is the URL of a database that takes the place of the file, as in production. It and a second
	// one, with `_visibility` behind its name, are made if they do not exist, and their schemas are brought up to date.
	Postgres string
	// SkipDiskSync lets commits reach the disk a little later. A killed process still loses nothing, a loss of power
	// loses the last moments. It makes the server almost half as fast again; tests want it.
	SkipDiskSync bool
	// Addr is the frontend's IP address and port, such as "127.0.0.1:7233"; port 0 takes a free one. The inner services
	// always take free ports of 127.0.0.1.
	Addr string
	// UIAddr is where the Web UI listens; port 0 takes a free one. Empty: no Web UI.
	UIAddr string
	// SearchAttributes are the names of the Keyword search attributes that workflows upsert. Those that an existing file
	// lacks are added at start; none is ever removed. Nil means DefaultSearchAttributes.
	SearchAttributes []string
	// Logger takes what the server logs at warn and above; what it logs while stopping goes to debug. Nil: nothing is
	// logged.
	Logger *slog.Logger

	storage storage // of the file or of Postgres
}

// DefaultSearchAttributes returns the search attributes of Beckon's contact workflows.
func DefaultSearchAttributes() []string {
	return []string{"BeckonContactStatus", "BeckonWaitingReason"}
}

// Temporal is a running server with its Web UI.
type Temporal struct {
	address string
	uiURL   string
	server  temporal.Server
	ui      *webUI
	log     *serverLog

	stopOnce sync.Once
	stopErr  error
}

// StartTemporal starts Temporal on the file and returns when its frontend answers, the namespace is there with every search
// attribute, and the Web UI (if wanted) answers too. The same file may be used again after Stop, or after the process was
// killed; it is meant for one server at a time, and several servers with a file each may run in one process.
//
// The context bounds the start only, which is given up after a minute. Errors: an address in use, a file in use by
// another process or made by another version of the server's schema, or the context's end.
func StartTemporal(ctx context.Context, opts TemporalOptions) (*Temporal, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	opts, err := withDefaults(opts)
	if err != nil {
		return nil, err
	}
	if opts.storage, err = prepare(opts); err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx, opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("frontend address: %w", err)
	}

	t := &Temporal{address: address, log: newServerLog(opts.Logger)}
	if t.server, err = startServer(ctx, t.log, opts, address); err != nil {
		return nil, err
	}

	if err := t.finishStart(ctx, opts); err != nil {
		return nil, errors.Join(err, t.Stop())
	}
	return t, nil
}

// finishStart waits until clients can work and starts the Web UI.
func (t *Temporal) finishStart(ctx context.Context, opts TemporalOptions) error {
	c, err := client.DialContext(ctx, client.Options{
		HostPort:  t.address,
		Namespace: Namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("connect to embedded temporal: %w", err)
	}
	defer c.Close()

	if err := ensureSearchAttributes(ctx, c, opts.SearchAttributes); err != nil {
		return err
	}
	if opts.UIAddr == "" {
		return nil
	}

	uiAddress, err := freeAddress(ctx, opts.UIAddr)
	if err != nil {
		return fmt.Errorf("web UI address: %w", err)
	}
	t.ui, err = startWebUI(ctx, uiAddress, t.address)
	if err != nil {
		return err
	}
	t.uiURL = "http://" + uiAddress
	return nil
}

// Address returns the frontend's address, "host:port".
func (t *Temporal) Address() string { return t.address }

// UIURL returns the Web UI's URL without a final slash, or "" if there is none.
func (t *Temporal) UIURL() string { return t.uiURL }

// Stop ends the Web UI and the server, and returns after at most fifteen seconds, with an error if the server had not
// stopped by then. Further calls return what the first one did. Workers and clients should be stopped before.
func (t *Temporal) Stop() error {
	t.stopOnce.Do(func() {
		t.log.quiet()
		if t.ui != nil {
			t.ui.stop()
		}

		done := make(chan error, 1)
		go func() { done <- t.server.Stop() }()
		select {
		case err := <-done:
			t.stopErr = err
		case <-time.After(stopTimeout):
			t.stopErr = fmt.Errorf("embedded temporal did not stop within %s", stopTimeout)
		}
	})
	return t.stopErr
}

// withDefaults fills in what the caller left out and makes the file's path absolute.
func withDefaults(opts TemporalOptions) (TemporalOptions, error) {
	absolute, err := filepath.Abs(opts.DataFile)
	if err != nil {
		return opts, fmt.Errorf("temporal data file: %w", err)
	}
	opts.DataFile = absolute
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.SearchAttributes == nil {
		opts.SearchAttributes = DefaultSearchAttributes()
	}
	return opts, nil
}

// startServer builds and starts the four services, with other inner ports if one of them was taken meanwhile.
func startServer(ctx context.Context, log *serverLog, opts TemporalOptions, address string) (temporal.Server, error) {
	var lastErr error
	for range innerPortAttempts {
		inner, err := freePorts(ctx, innerServices)
		if err != nil {
			return nil, err
		}
		server, err := buildAndStart(log, opts, address, inner)
		if err == nil {
			return server, nil
		}

		lastErr = err
		if _, portTaken := errors.AsType[*fatalError](err); !portTaken {
			break
		}
	}
	return nil, fmt.Errorf("start embedded temporal: %w", lastErr)
}

// buildAndStart turns the server's fatal log entries, which happen where it cannot listen, into an error.
func buildAndStart(
	log *serverLog, opts TemporalOptions, address string, inner []int,
) (server temporal.Server, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case *fatalError:
			server, err = nil, cause
		default:
			panic(cause)
		}
	}()

	options, err := serverOptions(log, opts, address, inner)
	if err != nil {
		return nil, err
	}
	server, err = temporal.NewServer(options...)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return server, nil
}

// waitHTTP returns when the URL answers 200.
func waitHTTP(ctx context.Context, url string) error {
	return poll(ctx, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return fmt.Errorf("build request: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fmt.Errorf("get %s: %w", url, err)
		}
		if err := response.Body.Close(); err != nil {
			return fmt.Errorf("close answer: %w", err)
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("get %s: %s", url, response.Status)
		}
		return nil
	})
}

// poll repeats check until it succeeds or the context ends; the error then tells the last failure.
func poll(ctx context.Context, check func(context.Context) error) error {
	ticker := time.NewTicker(readyPoll)
	defer ticker.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// freeAddress returns address with a free port in place of 0, or an error if its port is in use.
func freeAddress(ctx context.Context, address string) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	chosen := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", fmt.Errorf("close listener: %w", err)
	}
	return chosen, nil
}
