package integration_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// ending is what a magic address or number leads to: final status and its reason, the last outcome, how many attempts, and
// the outreach's state ("" where it has none).
type ending struct{ status, reason, outcome, state string }

// totals are the figures of a channel.
type totals struct {
	Outreaches      int `json:"outreaches"`
	Delivered       int `json:"delivered"`
	Failed          int `json:"failed"`
	Unconfirmed     int `json:"unconfirmed"`
	Opened          int `json:"opened"`
	Clicked         int `json:"clicked"`
	Contacts        int `json:"contacts"`
	ContactsReplied int `json:"contactsReplied"`
	OptOuts         int `json:"optOuts"`
	Bounces         int `json:"bounces"`
	Complaints      int `json:"complaints"`
}

func endingOf(c contact) ending {
	e := ending{status: c.Status}
	if c.StatusReason != nil {
		e.reason = *c.StatusReason
	}
	if c.LastOutcome != nil {
		e.outcome = *c.LastOutcome
	}
	if len(c.OutreachHistory) > 0 {
		e.state = c.OutreachHistory[len(c.OutreachHistory)-1].State
	}
	return e
}

// TestMagic plays every magic address and number end to end, each on its own channel: what becomes of the contact, of the
// outreach, and of the campaign's figures.
func TestMagic(t *testing.T) {
	t.Parallel()
	delivered := ending{"completed", "one_time_done", "delivered", "delivered"}
	gone := ending{"disqualified", "opted_out", "opted_out", "delivered"}
	for channel, test := range map[string]struct {
		endings map[string]ending // by address or number
		figures totals
	}{
		"email": {
			map[string]ending{
				"plain@people.example":           delivered,
				"bounce-magic@people.example":    {"completed", "one_time_done", "bounced", "failed"},
				"block-magic@people.example":     {"completed", "one_time_done", "failed", "failed"},
				"complain-magic@people.example":  gone,
				"unsub-magic@people.example":     gone,
				"defer-magic@people.example":     delivered,
				"reply-magic@people.example":     {"completed", "one_time_done", "replied", "delivered"},
				"optout-magic@people.example":    gone,
				"open-magic@people.example":      {"completed", "one_time_done", "opened", "delivered"},
				"click-magic@people.example":     {"completed", "one_time_done", "clicked", "delivered"},
				"machine-magic@people.example":   delivered,
				"unbounced-magic@people.example": delivered,
			},
			totals{
				Outreaches: 12, Delivered: 10, Failed: 2, Opened: 1, Clicked: 1, Contacts: 12, ContactsReplied: 2, OptOuts: 3,
				Bounces: 1, Complaints: 1,
			},
		},
		"text": {
			map[string]ending{
				"+12025550150": delivered,
				"+12025550190": {"completed", "one_time_done", "failed", "failed"},
				"+12025550191": {"disqualified", "opted_out", "", "rejected"},
				"+12025550192": {"disqualified", "unreachable", "", "rejected"},
				"+12025550193": delivered,
				"+12025550194": delivered,
				"+12025550195": delivered,
				"+12025550196": {"completed", "one_time_done", "replied", "delivered"},
				"+12025550197": gone,
			},
			totals{Outreaches: 7, Delivered: 6, Failed: 1, Contacts: 7, ContactsReplied: 2, OptOuts: 1},
		},
		"phone": {
			map[string]ending{
				"+12025550150": {"completed", "one_time_done", "answered", "delivered"},
				"+12025550190": {"completed", "one_time_done", "failed", "failed"},
				"+12025550191": {"completed", "one_time_done", "answered", "delivered"},
				"+12025550192": {"disqualified", "unreachable", "", "rejected"},
				"+12025550193": {"completed", "one_time_done", "busy", "failed"},
				"+12025550194": {"completed", "one_time_done", "no_answer", "failed"},
				"+12025550195": {"completed", "one_time_done", "voicemail", "delivered"},
				"+12025550196": {"completed", "one_time_done", "replied", "delivered"},
				"+12025550197": gone,
			},
			totals{Outreaches: 8, Delivered: 5, Failed: 3, Contacts: 8, ContactsReplied: 2, OptOuts: 1},
		},
	} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, options{})
			id := s.createAnyCampaign(channelSettings("Magic", "automatic", channel))
			everybody := []person{}
			for address := range test.endings {
				who := person{FirstName: "Magic", Email: address}
				if channel != "email" {
					who.Email, who.Phone = "", address
				}
				everybody = append(everybody, who)
			}
			s.add(id, everybody)
			s.goLive(id)
			s.untilFinished(id, patient)
			s.sandbox.untilConfirmed(patient)

			ends := func() map[string]ending {
				found := map[string]ending{}
				for _, c := range s.contacts(id, "") {
					address := c.Email
					if channel != "email" {
						address = c.Phone
					}
					found[*address] = endingOf(s.contact(id, c.ID))
				}
				return found
			}
			until(t, soon, "everything has come back", ends,
				func(found map[string]ending) bool { return maps.Equal(test.endings, found) })
			var figures struct {
				Totals    totals            `json:"totals"`
				ByChannel map[string]totals `json:"byChannel"`
			}
			s.call(http.MethodGet, "/api/v1/campaigns/"+id+"/performance", nil, http.StatusOK, &figures)
			require.Equal(t, test.figures, figures.Totals)
			require.Equal(t, test.figures, figures.ByChannel[channel])
			for address, n := range s.sandbox.recipients() {
				require.Equal(t, 1, n, address)
			}
		})
	}
}
