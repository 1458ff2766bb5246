package twilio_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a call leaves anything running: the SDK does not close the body of a refusal.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
