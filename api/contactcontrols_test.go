package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func contactPath(c *models.Contact) string { return campaignPath(c.CampaignID) + "/contacts/" + c.ID }

// The cells of the table of controls, by way of HTTP: what is allowed, what is reached already, what is refused.
func TestContactControls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		control string
		from    models.ContactStatus
		to      string // "": refused
		changed bool
	}{
		{"disable", models.ContactPlanning, "disabled", true},
		{"disable", models.ContactExecuting, "disabled", true},
		{"disable", models.ContactDisabled, "disabled", false},
		{"disable", models.ContactCompleted, "", false},
		{"enable", models.ContactDisabled, "planning", true},
		{"enable", models.ContactAwaitingApproval, "awaiting_approval", false},
		{"enable", models.ContactDisqualified, "", false},
		{"complete", models.ContactAwaitingExecution, "completed", true},
		{"complete", models.ContactDisabled, "completed", true},
		{"complete", models.ContactCompleted, "completed", false},
		{"complete", models.ContactDisqualified, "", false},
		{"disqualify", models.ContactNotStarted, "disqualified", true},
		{"disqualify", models.ContactDisqualified, "disqualified", false},
		{"disqualify", models.ContactCompleted, "", false},
	} {
		t.Run(test.control+" from "+string(test.from), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			contact := b.contact(b.campaign(models.CampaignActive), func(c *models.Contact) {
				c.Status = test.from
			})
			answer := b.request(http.MethodPost, contactPath(contact)+"/"+test.control, `{"reason":" They moved\naway "}`)
			if test.to == "" {
				answer.problem(http.StatusConflict, models.CodeInvalidTransition)
				require.Zero(t, b.store.written())
				require.Empty(t, b.workflows.heard())
				return
			}
			detail := answer.object(http.StatusOK)
			require.Equal(t, test.to, detail["status"])
			require.Equal(t, test.changed, detail["changed"])
			require.Equal(t, contact.ID, detail["id"])
			require.Contains(t, detail, "outreachHistory")
			revision := " 0"
			if test.changed {
				revision = " 1"
				require.Equal(t, "They moved\naway", detail["statusNote"])
			} else {
				require.Nil(t, detail["statusNote"])
			}
			require.Equal(t, models.ContactControlOptions{Note: "They moved\naway"}, b.store.contactControl)
			require.Equal(t, []string{test.control + " campaign/" + contact.CampaignID + "/contact/" + contact.ID + revision},
				b.workflows.heard())
			// A body is not needed.
			for _, body := range []string{"", "{}", `{"reason":null}`} {
				b.request(http.MethodPost, contactPath(contact)+"/"+test.control, body).object(http.StatusOK)
			}
		})
	}
}

func TestContactControlsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contact := b.contact(b.campaign(models.CampaignActive))
	for _, control := range []string{"disable", "enable", "complete", "disqualify"} {
		path := contactPath(contact) + "/" + control
		for body, field := range map[string]string{
			`{"reason":7}`:    "/reason wrong_type",
			`{"version":1}`:   "/version unknown_field",
			`{"reason":[""]}`: "/reason wrong_type",
		} {
			fields, _ := b.request(http.MethodPost, path, body).problem(http.StatusBadRequest, models.CodeMalformed)
			require.Equal(t, []string{field}, fields, body)
		}
		for body, field := range map[string]string{
			`{"reason":"` + strings.Repeat("é", 501) + `"}`: "/reason too_long",
			`{"reason":"\u0007"}`:                           "/reason control_character",
		} {
			fields, _ := b.request(http.MethodPost, path, body).problem(http.StatusUnprocessableEntity, models.CodeInvalid)
			require.Equal(t, []string{field}, fields, body)
		}
		b.request(http.MethodPost, campaignPath(contact.CampaignID)+"/contacts/"+newID()+"/"+control, "").
			problem(http.StatusNotFound, models.CodeNotFound)
		b.request(http.MethodGet, path, "").problem(http.StatusMethodNotAllowed, "method_not_allowed")
	}
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
	b.request(http.MethodPost, contactPath(contact)+"/disable", `{"reason":"`+strings.Repeat("é", 500)+`"}`).
		object(http.StatusOK)
}

// A control holds though its workflow cannot be told, and its answer does not wait for that.
func TestContactControlsWithoutTemporal(t *testing.T) {
	t.Parallel()
	b := setup(t, impatient)
	contact := b.contact(b.campaign(models.CampaignActive))
	b.workflows.hangs = true
	detail := b.request(http.MethodPost, contactPath(contact)+"/disable", "").object(http.StatusOK)
	require.EqualValues(t, 1, b.workflows.hanging.Load(), "it is still being told")
	require.Equal(t, "disabled", detail["status"])
}

func TestApproveContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive, func(c *models.Campaign) { c.ManualReview = true })
	contact := b.contact(id)
	path := contactPath(contact) + "/approve"
	b.planned(contact)
	for body, field := range map[string]string{
		``: " required", `{}`: "/version required", `{"version":"1"}`: "/version wrong_type",
		`{"version":0}`: "/version out_of_range", `{"version":1.5}`: "/version wrong_type",
		`{"version":1,"reason":"x"}`: "/reason unknown_field",
	} {
		fields, _ := b.request(http.MethodPost, path, body).problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, body)
	}
	b.request(http.MethodPost, path, `{"version":2}`).problem(http.StatusConflict, models.CodeStaleVersion)
	require.Empty(t, b.workflows.heard())

	detail := b.request(http.MethodPost, path, `{"version":1}`).object(http.StatusOK)
	require.Equal(t, true, detail["changed"])
	next := detail["nextOutreach"].(map[string]any)
	require.InDelta(t, 1, next["approvedVersion"], 0)
	require.Equal(t, "approved", next["state"])
	require.Contains(t, b.workflows.heard(), "revise campaign/"+id+"/contact/"+contact.ID+" 1")
	require.Equal(t, models.ContactControlOptions{Version: 1}, b.store.contactControl)
	require.Equal(t, false, b.request(http.MethodPost, path, `{"version":1}`).object(http.StatusOK)["changed"])

	b.store.details[contact.ID].NextOutreach.State = models.OutreachSubmitting
	b.request(http.MethodPost, path, `{"version":1}`).problem(http.StatusConflict, models.CodeAlreadySending)
	b.store.campaigns[id].ManualReview = false
	b.request(http.MethodPost, path, `{"version":1}`).problem(http.StatusConflict, models.CodeReviewOff)
}

func TestEditNextOutreach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contact := b.contact(id)
	path := contactPath(contact) + "/next-outreach"
	b.request(http.MethodPut, path, `{"version":1}`).problem(http.StatusConflict, models.CodeInvalidTransition)
	b.planned(contact)
	detail := b.request(http.MethodPut, path, `{"version":1,"channel":"phone","sendAt":"2030-03-05T10:00:00+02:00",
		"subject":"","body":"Hello Ada","voicemailText":"Call us"}`).object(http.StatusOK)
	next := detail["nextOutreach"].(map[string]any)
	require.InDelta(t, 2, next["version"], 0)
	require.Nil(t, next["approvedVersion"])
	require.Equal(t, "Hello Ada", next["body"])
	require.Equal(t, "operator key", next["author"])
	require.NotContains(t, detail, "changed")
	require.Equal(t, models.OutreachEdit{
		Version: 1, Channel: new(models.ChannelPhone), SendAt: new(time.Date(2030, 3, 5, 8, 0, 0, 0, time.UTC)),
		Subject: new(""), Body: new("Hello Ada"), VoicemailText: new("Call us"),
	}, b.store.edit)
	require.Contains(t, b.workflows.heard(), "revise campaign/"+id+"/contact/"+contact.ID+" 1")

	// What is not given stays.
	b.request(http.MethodPut, path, `{"version":2}`).object(http.StatusOK)
	require.Equal(t, models.OutreachEdit{Version: 2}, b.store.edit)
	b.request(http.MethodPut, path, `{"version":1}`).problem(http.StatusConflict, models.CodeStaleVersion)
}

func TestEditNextOutreachIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contact := b.contact(b.campaign(models.CampaignActive))
	b.planned(contact)
	path := contactPath(contact) + "/next-outreach"
	for body, field := range map[string]string{
		``:                                        " required",
		`{"body":"x"}`:                            "/version required",
		`{"version":null}`:                        "/version wrong_type",
		`{"version":1,"channel":"fax"}`:           "/channel unknown_value",
		`{"version":1,"sendAt":"tomorrow"}`:       "/sendAt format",
		`{"version":1,"sendAt":"2030-03-05"}`:     "/sendAt format",
		`{"version":1,"sendAt":null}`:             "/sendAt wrong_type",
		`{"version":1,"body":7}`:                  "/body wrong_type",
		`{"version":1,"body":null}`:               "/body wrong_type",
		`{"version":1,"author":"me"}`:             "/author unknown_field",
		`{"version":1,"subject":"a\u0000b"}`:      "/subject control_character",
		`{"version":99999999999999999999}`:        "/version wrong_type",
		`{"version":1,"voicemailText":{"a":"b"}}`: "/voicemailText wrong_type",
	} {
		answer := b.request(http.MethodPut, path, body)
		if strings.Contains(body, "9999") { // a number that matches the description and no version
			answer.problem(http.StatusBadRequest, models.CodeMalformed)
			continue
		}
		fields, _ := answer.problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, body)
	}
	b.request(http.MethodPut, campaignPath(contact.CampaignID)+"/contacts/"+newID()+"/next-outreach", `{"version":1}`).
		problem(http.StatusNotFound, models.CodeNotFound)
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
	// A text of the greatest length has room, though each of its characters is escaped.
	b.request(http.MethodPut, path, `{"version":1,"body":"`+strings.Repeat(`\u00e9`, models.MaxBodyBytes/2)+`"}`).
		object(http.StatusOK)
}

func TestResendOutreach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contact := b.contact(id)
	path := contactPath(contact) + "/outreaches/" + b.unknownOutreach(contact) + "/resend"
	detail := b.request(http.MethodPost, path, "{}").object(http.StatusOK)
	require.Equal(t, contact.ID, detail["id"])
	require.Equal(t, "operator key", b.store.resentBy)
	heard := strings.Join(b.workflows.heard(), "\n")
	require.Contains(t, heard, "resend campaign/"+id+"/contact/"+contact.ID+" ")
	require.NotContains(t, heard, b.store.details[contact.ID].History[0].ID, "it is the resend that is started")

	// It is stored, whether or not what sends it can be started.
	b.workflows.fails = models.Errorf(models.CodeUnavailable, "away")
	b.request(http.MethodPost, path, "").object(http.StatusOK)

	b.store.details[contact.ID].History[0].State = models.OutreachDelivered
	b.request(http.MethodPost, path, "").problem(http.StatusConflict, models.CodeInvalidTransition)
	for _, unknown := range []string{newID(), "nonsense"} {
		b.request(http.MethodPost, contactPath(contact)+"/outreaches/"+unknown+"/resend", "").
			problem(http.StatusNotFound, models.CodeNotFound)
	}
	fields, _ := b.request(http.MethodPost, path, `{"version":1}`).problem(http.StatusBadRequest, models.CodeMalformed)
	require.Equal(t, []string{"/version unknown_field"}, fields)
}
