package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Limits of waiting. They end a test that would never end otherwise; on a machine that has nothing else to do, none is
// nearly reached.
const (
	patient = 3 * time.Minute
	long    = 10 * time.Minute
)

// until polls until the condition holds, and fails the test when it does not within the limit; it then says what was last
// seen.
func until[T any](t *testing.T, limit time.Duration, what string, look func() T, holds func(T) bool) T {
	t.Helper()
	const pause = 50 * time.Millisecond
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		seen := look()
		if holds(seen) {
			return seen
		}
		select {
		case <-deadline.C:
			require.FailNow(t, "waited in vain for: "+what, "after %s; last seen: %+v", limit, seen)
		case <-ticker.C:
		}
	}
}
