package sandbox_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when anything is still running after all tests have stopped their sandboxes.
func TestMain(m *testing.M) {
	code := m.Run()
	// The SDKs keep connections in the default client.
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
