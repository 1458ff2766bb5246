package integration_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"
)

// configure changes the scenario's campaign.
func (r *replay) configure(patch map[string]any) {
	r.t.Helper()
	r.call(http.MethodPatch, "/api/v1/campaigns/"+r.campaignID, patch, http.StatusOK, nil)
}

// coreScenarios are those of follow-ups, reviews, texts, calls, contacts' controls and replies.
func coreScenarios() []scenario {
	return []scenario{
		{"follow-up", "automatic", func(r *replay) {
			r.configure(map[string]any{"type": "follow_up", "maxAttempts": 2})
			r.begin(1)
			r.untilWaiting("next_attempt", 1)
			c := r.contact(r.campaignID, r.contacts(r.campaignID, "")[0].ID)
			r.call(http.MethodPut, contactsPath(r.campaignID)+"/"+c.ID+"/next-outreach", map[string]any{
				"version": c.NextOutreach.Version, "sendAt": time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339),
			}, http.StatusOK, nil)
			r.untilWaiting("reply", 1)
			r.keepContact()
			r.control(r.campaignID, "archive")
			r.untilFinished(r.campaignID, patient)
			r.keepCampaign()
		}},
		{"reviewed", "manual", func(r *replay) {
			r.configure(map[string]any{"manualReview": true})
			r.begin(2)
			r.untilWaiting("approval", 2)
			for _, c := range r.contacts(r.campaignID, "") {
				require.Equal(r.t, http.StatusOK, r.approve(r.campaignID, c, 1).status)
			}
			r.untilWaiting("start_outreaches", 2)
			r.control(r.campaignID, "execute-approved")
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
			r.keepCampaign()
		}},
		{"contact-signals", "manual", func(r *replay) {
			r.configure(map[string]any{"manualReview": true})
			r.begin(1)
			r.untilWaiting("approval", 1)
			c := r.contacts(r.campaignID, "")[0]
			id := contactWorkflow(r.campaignID, c.ID)
			signal := func(name string, payload any) {
				require.NoError(r.t, r.temporal.SignalWorkflow(r.t.Context(), id, "", name, payload))
			}
			signal("disable", nil)
			r.untilWaiting("disabled", 1)
			signal("enable", map[string]any{})
			r.untilWaiting("approval", 1)
			signal("approve", map[string]any{"version": 7}) // refused
			signal("approve", map[string]any{"version": 1})
			r.untilWaiting("start_outreaches", 1)
			signal("complete", map[string]any{})
			r.untilFinished(r.campaignID, patient)
			r.untilClosed(id, "COMPLETED")
			r.keepContact()
		}},
		{"text-opted-out", "automatic", func(r *replay) {
			r.configure(channelSettings("Text", "automatic", "text"))
			r.configure(map[string]any{"type": "follow_up", "maxAttempts": 3})
			r.add(r.campaignID, []person{{FirstName: "Ada", Phone: "+12025550170"}})
			r.goLive(r.campaignID)
			r.untilWaiting("next_attempt", 1)
			r.sandbox.reply(r.sandbox.to("+12025550170")[0].ID, "STOP")
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
		}},
		{"call", "automatic", func(r *replay) {
			r.configure(channelSettings("Call", "automatic", "phone"))
			r.add(r.campaignID, []person{{FirstName: "Ben", Phone: "+12025550171"}})
			r.goLive(r.campaignID)
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
		}},
		{"resend", "automatic", func(r *replay) {
			r.sandbox.faults(map[string]any{"email": map[string]any{"kind": "500", "rate": 1}})
			r.begin(1)
			r.untilFinished(r.campaignID, patient)
			r.clearFaults()
			c := r.contact(r.campaignID, r.contacts(r.campaignID, "")[0].ID)
			outreach := c.OutreachHistory[0].ID
			r.call(http.MethodPost, fmt.Sprintf("%s/%s/outreaches/%s/resend", contactsPath(r.campaignID), c.ID, outreach),
				map[string]any{}, http.StatusOK, nil)
			c = until(r.t, patient, "it is resent", func() contact { return r.contact(r.campaignID, c.ID) },
				func(c contact) bool { return !c.Unconfirmed })
			for _, o := range c.OutreachHistory {
				if o.ID != outreach {
					r.keep(contactWorkflow(r.campaignID, c.ID)+"/resend/"+o.ID, "", "workflow")
				}
			}
		}},
	}
}
