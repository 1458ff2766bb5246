package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"

	"beckon/sandbox"
)

// With these set the test binary serves a sandbox on that file until it is killed, and prints where.
const (
	serveFile   = "SANDBOX_TEST_FILE"
	serveEvents = "SANDBOX_TEST_EVENTS"
)

// TestMain fails when anything is still running after all tests have stopped their sandboxes.
func TestMain(m *testing.M) {
	if file := os.Getenv(serveFile); file != "" {
		serve(file, os.Getenv(serveEvents))
	}

	code := m.Run()
	// The SDKs keep connections in the default client.
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// serve is the process that TestKilled kills.
func serve(file, events string) {
	server, err := sandbox.New(context.Background(), sandbox.Config{
		DataFile: file, Addr: "127.0.0.1:0", EventsURL: events, SendGridKey: sendGridKey,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server.Start(context.Background())
	if _, err := fmt.Fprintln(os.Stdout, server.EmailURL()); err != nil {
		os.Exit(1)
	}
	select {}
}
