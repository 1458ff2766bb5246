package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// confirmedWithin is how soon after the last message the provider's events have confirmed what arrived.
const confirmedWithin = time.Minute

// campaignRun is a campaign, with the API that knows it and the sandbox that got its messages, and no others.
type campaignRun struct {
	t        *testing.T
	api      *client
	provider *client
	id       string
}

// requireOnceEach waits until the provider's events have confirmed whatever arrived, and wants every contact of the finished
// campaign to have got its one message, or to be shown as unconfirmed without one. It returns how many are unconfirmed.
func (r *campaignRun) requireOnceEach(want int) (unconfirmed int) {
	r.t.Helper()
	got := r.provider.recipients()
	contacts := until(r.t, confirmedWithin, "whatever arrived is confirmed",
		func() []contact { return r.api.contacts(r.id) },
		func(contacts []contact) bool {
			for _, c := range contacts {
				if c.Unconfirmed && got[c.Email] > 0 {
					return false
				}
			}
			return true
		})
	require.Len(r.t, contacts, want)
	unconfirmed = requireOnceEach(r.t, contacts, got)
	r.t.Logf("%d messages, %d contacts unconfirmed without one", len(got), unconfirmed)
	require.Equal(r.t, got, r.provider.recipients(), "nothing arrived meanwhile")
	return unconfirmed
}

// requireOnceEach wants each contact to be completed by its one message, or to be shown as unconfirmed without one, and
// nobody else to have got any. It returns how many are unconfirmed.
func requireOnceEach(t *testing.T, contacts []contact, got map[string]int) (unconfirmed int) {
	t.Helper()
	messages := 0
	for _, c := range contacts {
		require.Equal(t, "completed", c.Status, "contact %s", c.ID)
		require.Equal(t, 1, c.Attempts, "contact %s", c.ID)
		require.NotNil(t, c.StatusReason)
		require.Equal(t, "one_time_done", *c.StatusReason, "contact %s", c.ID)
		if c.Unconfirmed {
			unconfirmed++
			require.Zero(t, got[c.Email], "contact %s has a message and is unconfirmed", c.ID)
			continue
		}
		require.Equal(t, 1, got[c.Email], "messages to contact %s", c.ID)
		messages++
	}
	require.Len(t, got, messages, "nobody else got any")
	require.Equal(t, len(contacts), messages+unconfirmed)
	return unconfirmed
}
