package process_test

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Ports lie below those that the system hands out by itself, so that a port stays free while its process is being started
// again.
const (
	firstPort = 10_000
	lastPort  = 19_999
)

// taken are the ports that were handed out in this run.
//
//nolint:gochecknoglobals // one a run
var taken sync.Map

// freeAddress is an address of the loopback interface on which nobody listens and that no other test was given.
func freeAddress(t *testing.T) string {
	t.Helper()
	const attempts = 100
	for range attempts {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if _, known := taken.LoadOrStore(port, true); known {
			continue
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		require.NoError(t, listener.Close())
		return address
	}
	require.FailNow(t, "no free port was found")
	return ""
}
