package integration_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func (c *apiClient) remove(campaignID, contactID string) {
	c.t.Helper()
	c.call(http.MethodDelete, contactsPath(campaignID)+"/"+contactID, nil, http.StatusNoContent, nil)
}

// TestRemoveAndAddAgain removes contacts in mid-flight and adds them again. The removed one's workflow ends as cancelled;
// added again it comes back with its attempts, and nobody gets a second message.
func TestRemoveAndAddAgain(t *testing.T) {
	t.Parallel()

	t.Run("WhileItWaits", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, options{})
		id := s.createCampaign(settings("Remove", "manual"))
		all := withPhones(people("waits", 6))
		s.add(id, all)
		s.control(id, "go-live")
		s.untilProgress(id, patient, "everybody waits", func(p progress) bool { return p.Waiting["start_outreaches"] == 6 })
		gone := s.contacts(id, "")[2]

		s.remove(id, gone.ID)
		s.untilClosed(contactWorkflow(id, gone.ID), "CANCELED")
		got := s.send(http.MethodGet, contactsPath(id)+"/"+gone.ID, "", "", nil)
		require.Equal(t, "not_found", got.refusal(t, http.StatusNotFound).Code)
		require.Equal(t, 5, s.progress(id).Total)

		// A start that it was not there for is not its start.
		s.control(id, "start-outreaches")
		s.untilFinished(id, patient)
		require.Empty(t, s.sandbox.to(*gone.Email))
		back := s.add(id, []person{{FirstName: gone.FirstName, LastName: gone.LastName, Email: *gone.Email, Phone: *gone.Phone}})
		require.Len(t, back.Success, 1)
		require.Equal(t, "created", back.Success[0].Action)
		require.Equal(t, gone.ID, back.Success[0].ContactID)
		s.untilProgress(id, soon, "it waits again", func(p progress) bool {
			return p.Total == 6 && p.Waiting["start_outreaches"] == 1
		})
		s.control(id, "start-outreaches")
		s.untilFinished(id, patient)
		s.requireOneMessageEach(id)
		require.Equal(t, 1, s.contact(id, gone.ID).Attempts)
		s.untilClosed(contactWorkflow(id, gone.ID), "COMPLETED")
	})

	t.Run("WhileItIsSent", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, options{})
		id := s.createCampaign(settings("Remove", "automatic"))
		// Longer than the test takes to remove it, shorter than the provider's time-out.
		s.sandbox.faults(map[string]any{"email": map[string]any{"kind": "delay", "rate": 1, "delayMs": 1500}})
		one := people("sent", 1)[0]
		contactID := s.add(id, []person{one}).Success[0].ContactID
		s.control(id, "go-live")
		s.untilProgress(id, soon, "it is being sent", func(p progress) bool { return p.InFlight == 1 })
		s.remove(id, contactID)
		s.sandbox.untilSent(1, soon)
		s.untilClosed(contactWorkflow(id, contactID), "CANCELED")
		s.sandbox.untilConfirmed(soon)

		require.Equal(t, contactID, s.add(id, []person{one}).Success[0].ContactID)
		s.untilFinished(id, patient)
		detail := s.contact(id, contactID)
		require.Equal(t, "completed", detail.Status)
		require.Equal(t, 1, detail.Attempts, "it is back with the attempt that it had")
		require.Len(t, detail.OutreachHistory, 1)
		require.Equal(t, "delivered", detail.OutreachHistory[0].State)
		require.Len(t, s.sandbox.to(one.Email), 1)
	})

	t.Run("AtFullSpeed", func(t *testing.T) {
		t.Parallel()
		const contacts = 90
		s := newStack(t, options{})
		id := s.createCampaign(settings("Remove", "automatic"))
		all := people("speed", contacts)
		ids := s.add(id, all).Success
		s.control(id, "go-live")
		// Some are removed before, some while and some after they are sent, and each is added again right away.
		for i := 0; i < contacts; i += 3 {
			s.remove(id, ids[i].ContactID)
			require.Equal(t, ids[i].ContactID, s.add(id, all[i:i+1]).Success[0].ContactID)
		}
		// A workflow that has just ended when its contact comes back is found by reconcile at the latest.
		p := s.untilFinished(id, patient)
		require.Equal(t, contacts, p.Counts["completed"])
		require.Equal(t, contacts, p.Attempts)
		s.untilProgress(id, soon, "what was in flight has landed", func(p progress) bool { return p.InFlight == 0 })
		s.requireOneMessageEach(id)
		for _, c := range s.contacts(id, "") {
			require.Equal(t, 1, c.Attempts)
		}
	})
}
