package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/workflows"
)

// contact stores a contact of the campaign.
func (b *testBundle) contact(campaignID string, changes ...func(*models.Contact)) *models.Contact {
	b.t.Helper()
	contact := &models.Contact{
		ID: newID(), CampaignID: campaignID, FirstName: "Ada", LastName: "Lovelace", Email: new("ada@example.com"),
		Phone: new("+12025550143"), Status: models.ContactPlanning, SourceKind: models.SourceAPI, CreatedAt: testNow(),
		RunID: new("run-7"), Properties: map[string]any{"plan": "gold", "address": map[string]any{"city": "Paris"}},
	}
	for _, change := range changes {
		change(contact)
	}
	b.store.contacts = append(b.store.contacts, contact)
	return contact
}

func TestAddContacts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	known := b.contact(id)
	done := b.contact(id, func(c *models.Contact) {
		c.Email, c.Phone, c.Status = new("done@example.com"), nil, models.ContactCompleted
	})
	b.store.addWakes = []models.Wake{{CampaignID: id, ContactID: known.ID, Revision: 9}}
	answer := b.request(http.MethodPost, campaignPath(id)+"/contacts", `{
		"tag": "unknown members are allowed", "externalIdKey": "crm", "externalIdValue": null,
		"contacts": [
			{"firstName": "Grace", "email": "Grace@Example.com", "phone": null, "leadScore": 7,
			 "contactMetadata": {"visits": 3}, "externalIdValue": "g-1", "timezone": "Europe/Berlin"},
			{"phone": "202-555-0143", "email": "countess@example.com"},
			{"email": "done@example.com"},
			{"email": "nonsense", "phone": "12"},
			{"email": "linus@example.com", "timezone": "Mars/Base"},
			{"email": "stat@example.com", "status": "sleeping"}
		]}`).object(http.StatusOK)
	grace, linus := b.store.contacts[2], b.store.contacts[3]
	require.Equal(t, []any{
		map[string]any{
			"phone": nil, "email": "Grace@Example.com", "action": "created", "contactId": grace.ID, "warning": nil,
		},
		map[string]any{
			"phone": "202-555-0143", "email": "countess@example.com", "action": "updated", "contactId": known.ID,
			"warning": "email_of_other_contact",
		},
		map[string]any{
			"phone": nil, "email": "linus@example.com", "action": "created", "contactId": linus.ID, "warning": nil,
		},
	}, answer["success"])
	require.Equal(t, "Contacts: 2 created, 1 updated, 1 left alone, 2 not taken.", answer["message"])
	faults := []api.ContactFault{}
	text, err := json.Marshal(answer["errors"])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &faults))
	codes := []string{}
	for _, f := range faults {
		require.NotEmpty(t, f.Message)
		codes = append(codes, fmt.Sprintf("%d %s", f.Index, f.Code))
	}
	require.Equal(t, []string{
		"3 invalid_email", "3 invalid_phone", "3 no_address", "4 invalid_timezone", "5 invalid_status",
	}, codes)
	require.Equal(t, "nonsense", *faults[0].Email, "so that the caller knows whom it is about")
	require.Equal(t, "email", *faults[0].Field)
	require.Nil(t, faults[2].Field)

	require.Equal(t, "grace@example.com", *grace.Email)
	require.Equal(t, "crm", *grace.ExternalIDKey)
	require.Equal(t, "g-1", *grace.ExternalIDValue)
	require.Equal(t, "Europe/Berlin", *grace.Timezone)
	require.Equal(t, map[string]any{"visits": 3.0}, grace.Properties)
	require.Equal(t, models.SourceAPI, grace.SourceKind)
	require.Equal(t, models.ContactCompleted, done.Status)
	require.Equal(t, "operator key", b.store.addedBy)
	require.Equal(t, []string{
		fmt.Sprintf("contacts-added campaign/%s 1", id), "wake campaign/" + id + "/contact/" + known.ID + " 9",
	}, b.workflows.heard())
}

func TestAddContactsActions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	known := b.contact(id)
	body := `{"action":%q,"contacts":[{"email":"ada@example.com"},{"email":"grace@example.com"}]}`
	for _, test := range []struct{ action, success, message string }{
		{"updateOnly", "updated", "Contacts: 1 updated, 1 left alone."},
		{"remove", "removed", "Contacts: 1 removed, 1 left alone."},
	} {
		answer := b.request(http.MethodPost, campaignPath(id)+"/contacts", fmt.Sprintf(body, test.action)).
			object(http.StatusOK)
		require.Equal(t, test.message, answer["message"])
		success := answer["success"].([]any)
		require.Len(t, success, 1)
		require.Equal(t, test.success, success[0].(map[string]any)["action"])
		require.Empty(t, answer["errors"])
	}
	require.NotNil(t, known.RemovedAt)
	for body, field := range map[string]string{
		fmt.Sprintf(body, "delete"):              "/action unknown_value",
		`{"contacts":{}}`:                        "/contacts wrong_type",
		`{}`:                                     "/contacts required",
		`{"contacts":[7]}`:                       "/contacts/0 wrong_type",
		`{"contacts":[{},{"phone":5551234}]}`:    "/contacts/1/phone wrong_type",
		`{"contacts":[{"contactMetadata":"x"}]}`: "/contacts/0/contactMetadata wrong_type",
	} {
		fields, _ := b.request(http.MethodPost, campaignPath(id)+"/contacts", body).
			problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, body)
	}
	require.Equal(t, 2, b.store.written())
}

// Nothing usable is still 200, and nothing is stored or told.
func TestAddContactsOfWhichNoneCanBeTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	for _, contacts := range []string{`[{"email":"nonsense"}]`, `[]`, `[{}]`} {
		answer := b.request(http.MethodPost, campaignPath(id)+"/contacts", `{"contacts":`+contacts+`}`).
			object(http.StatusOK)
		require.Equal(t, []any{}, answer["success"])
		require.NotNil(t, answer["errors"])
	}
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
}

func TestAddContactsLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contacts := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"email":"ada%d@example.com"}`, i)
		}
		return `{"contacts":[` + strings.Join(list, ",") + `]}`
	}
	_, detail := b.request(http.MethodPost, campaignPath(id)+"/contacts", contacts(1001)).
		problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
	require.Contains(t, detail, "1000")
	require.Zero(t, b.store.written())
	answer := b.request(http.MethodPost, campaignPath(id)+"/contacts", contacts(1000)).object(http.StatusOK)
	require.Len(t, answer["success"], 1000)
}

func TestArchivedCampaignsTakeNoContacts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignArchived)
	for _, contacts := range []string{`[{"email":"ada@example.com"}]`, `[]`} {
		b.request(http.MethodPost, campaignPath(id)+"/contacts", `{"contacts":`+contacts+`}`).
			problem(http.StatusConflict, models.CodeCampaignArchived)
	}
}

// Many wakes are told side by side, and what cannot be told within a few seconds is left to reconcile.
func TestAddContactsWhileTemporalHangs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	for range 200 {
		b.store.addWakes = append(b.store.addWakes, models.Wake{CampaignID: id, ContactID: newID()})
	}
	b.workflows.hangs = true
	began := time.Now()
	b.request(http.MethodPost, campaignPath(id)+"/contacts", `{"contacts":[{"email":"ada@example.com"}]}`).
		object(http.StatusOK)
	require.Less(t, time.Since(began), 20*time.Second, "not one after the other")
	require.Equal(t, 1, b.store.written())
}

func TestListContacts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignPaused)
	contact := b.contact(id, func(c *models.Contact) {
		c.Status = models.ContactAwaitingExecution
		c.WaitingReason, c.WaitingDetail = new(models.WaitScheduledTime), "Waiting for its time."
		c.WaitingUntil = new(testNow().In(time.FixedZone("", 3600)))
	})
	b.store.details[contact.ID] = models.ContactDetail{ContactRow: models.ContactRow{
		NextOutreach: &models.Outreach{ID: "o1", Channel: models.ChannelEmail, SendAt: testNow()},
	}}
	list := b.request(http.MethodGet, campaignPath(id)+"/contacts", "").object(http.StatusOK)
	require.InDelta(t, 1, list["total"], 0)
	require.Equal(t, map[string]any{
		"id": contact.ID, "firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "+12025550143",
		"status": "campaign_paused", "underlyingStatus": "awaiting_execution", "statusReason": nil, "attempts": 0.0,
		"maxAttempts": 1.0, "lastOutreachAt": nil, "lastOutcome": nil, "unconfirmed": false,
		"waiting": map[string]any{
			"reason": "scheduled_time", "until": "2030-03-04T15:06:07Z", "detail": "Waiting for its time.",
		},
		"nextOutreach": map[string]any{"id": "o1", "channel": "email", "sendAt": "2030-03-04T15:06:07Z"},
		"createdAt":    "2030-03-04T15:06:07Z",
	}, list["data"].([]any)[0])
	require.Equal(t, models.ContactFilter{
		CampaignID: id, Page: models.Page{Number: 1, PerPage: 50}, Sort: models.SortCreatedAt,
	}, b.store.contactFilter)

	b.request(http.MethodGet, campaignPath(id)+"/contacts?status=campaign_paused&search=ada%40&channel=email"+
		"&waitingReason=provider_down&sort=-lastOutreachAt&page=2&perPage=10", "").object(http.StatusOK)
	require.Equal(t, models.ContactFilter{
		CampaignID: id, Page: models.Page{Number: 2, PerPage: 10}, Status: new(models.ContactCampaignPaused),
		Search: "ada@", Channel: new(models.ChannelEmail), WaitingReason: new(models.WaitProviderDown),
		Sort: models.SortLastOutreachAt, Descending: true,
	}, b.store.contactFilter)
}

func TestContactDetail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive, func(c *models.Campaign) { c.Timezone = "America/New_York" })
	contact := b.contact(id, func(c *models.Contact) {
		c.ImportID, c.SourceKind, c.Phone = new("i1"), models.SourceCSV, nil
		c.Status = models.ContactAwaitingExecution
	})
	at := testNow()
	b.store.details[contact.ID] = models.ContactDetail{
		ContactRow: models.ContactRow{NextOutreach: &models.Outreach{
			ID: "o2", Attempt: 2, Channel: models.ChannelEmail, State: models.OutreachPlanned, SendAt: at,
		}},
		Next: &models.OutreachVersion{Version: 1, Subject: new("Hi"), Body: "Dear Ada", Reason: "why", Author: "ai"},
		History: []models.PastOutreach{{
			Outreach: models.Outreach{
				ID: "o1", Attempt: 1, Channel: models.ChannelEmail, State: models.OutreachFailed,
				Outcome: new(models.OutcomeBounced), ResultCode: new("5.1.1"), ClaimedAt: &at, AcceptedAt: &at,
			},
			Plan:   models.OutreachVersion{Subject: new("Hello"), Body: "Dear Ada,"},
			Events: []models.Event{{Type: models.EventBounced, At: at, Code: new("5.1.1")}},
		}},
	}
	until := at.Add(time.Hour)
	b.workflows.contact = workflows.ContactState{RunID: "run-8", Step: models.Step{
		Do:      models.DoWait,
		Waiting: &models.Waiting{Reason: models.WaitProviderDown, Until: &until, Detail: "Tried again."},
	}}
	path := campaignPath(id) + "/contacts/" + contact.ID
	detail := b.request(http.MethodGet, path, "").object(http.StatusOK)
	require.Equal(t, map[string]any{
		"reason": "provider_down", "until": "2030-03-04T16:06:07Z", "detail": "Tried again.",
	}, detail["waiting"])
	require.Equal(t, "America/New_York", detail["timezone"])
	require.Equal(t, "campaign", detail["timezoneSource"])
	require.Equal(t, map[string]any{"kind": "csv", "importId": "i1"}, detail["source"])
	require.Equal(t, map[string]any{
		"id": "o2", "attempt": 2.0, "version": 1.0, "approvedVersion": nil, "state": "planned", "channel": "email",
		"sendAt": "2030-03-04T15:06:07Z", "subject": "Hi", "body": "Dear Ada", "voicemailText": nil, "reason": "why",
		"author": "ai", "opening": nil, "closing": nil, "segments": nil,
	}, detail["nextOutreach"])
	require.Equal(t, []any{map[string]any{
		"id": "o1", "attempt": 1.0, "channel": "email", "state": "failed", "outcome": "bounced", "code": "5.1.1",
		"subject": "Hello", "body": "Dear Ada,", "opening": nil, "closing": nil, "segments": nil, "sentAt": "2030-03-04T15:06:07Z",
		"events": []any{map[string]any{"type": "bounced", "at": "2030-03-04T15:06:07Z", "code": "5.1.1"}},
	}}, detail["outreachHistory"])
	require.Equal(t, []any{}, detail["responses"])
	workflowID := "campaign/" + id + "/contact/" + contact.ID
	require.Equal(t, map[string]any{
		"id": workflowID, "runId": "run-8", "live": true, "state": "running",
		"url": "https://temporal.example/namespaces/default/workflows/" +
			strings.ReplaceAll(workflowID, "/", "%2F") + "/run-8",
	}, detail["workflow"])
}

// A workflow that has yet to look at its row is not believed: the control holds already.
func TestContactDetailAfterAControl(t *testing.T) {
	t.Parallel()
	b := setup(t, impatient)
	contact := b.contact(b.campaign(models.CampaignActive), func(c *models.Contact) { c.Status = models.ContactDisabled })
	b.workflows.contact = workflows.ContactState{RunID: "run-8", Step: models.Step{
		Do: models.DoWait, Waiting: &models.Waiting{Reason: models.WaitScheduledTime},
	}}
	detail := b.request(http.MethodGet, contactPath(contact), "").object(http.StatusOK)
	require.Equal(t, "disabled", detail["waiting"].(map[string]any)["reason"])
	require.Equal(t, true, detail["workflow"].(map[string]any)["live"])
	// Nor is it asked for the answer to a change.
	b.workflows.hangs = true
	detail = b.request(http.MethodPost, contactPath(contact)+"/disable", "").object(http.StatusOK)
	require.EqualValues(t, 1, b.workflows.hanging.Load(), "it is still being told")
	require.Equal(t, "disabled", detail["waiting"].(map[string]any)["reason"])
	workflow := detail["workflow"].(map[string]any)
	require.Equal(t, false, workflow["live"])
	require.Equal(t, "running", workflow["state"])
}

func TestContactDetailFromTheDatabase(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*models.Contact)
		fails  error
		hangs  bool
		state  string
		reason any
		asked  int
	}{
		"away": {
			fails: models.Errorf(models.CodeUnavailable, "away"), state: "running", reason: "planner",
			change: func(*models.Contact) {},
		},
		"hangs": {hangs: true, state: "running", reason: "planner", change: func(*models.Contact) {}},
		"gone": {
			fails: models.Errorf(models.CodeNotFound, "gone"), state: "none", reason: "planner",
			change: func(*models.Contact) {},
		},
		"not started": {
			state: "none", reason: "intake_queue",
			change: func(c *models.Contact) { c.Status, c.RunID = models.ContactNotStarted, nil },
		},
		"finished": {
			state: "completed", reason: nil,
			change: func(c *models.Contact) {
				c.Status, c.StatusReason = models.ContactCompleted, new(models.ReasonOneTimeDone)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.campaign(models.CampaignActive)
			contact := b.contact(id, func(c *models.Contact) {
				c.WaitingReason, c.Timezone = new(models.WaitPlanner), new("Europe/Berlin")
			}, test.change)
			b.workflows.fails, b.workflows.hangs = test.fails, test.hangs
			began := time.Now()
			detail := b.request(http.MethodGet, campaignPath(id)+"/contacts/"+contact.ID, "").object(http.StatusOK)
			require.Less(t, time.Since(began), 15*time.Second)
			workflow := detail["workflow"].(map[string]any)
			require.Equal(t, false, workflow["live"])
			require.Equal(t, test.state, workflow["state"])
			if test.reason == nil {
				require.Nil(t, detail["waiting"])
			} else {
				require.Equal(t, test.reason, detail["waiting"].(map[string]any)["reason"])
			}
			require.Equal(t, "contact", detail["timezoneSource"])
			require.Empty(t, b.workflows.heard())
		})
	}
}

func TestUpdateContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contact := b.contact(id)
	path := campaignPath(id) + "/contacts/" + contact.ID
	detail := b.request(http.MethodPatch, path, `{
		"firstName": " Augusta  Ada ", "email": "Countess@Example.com", "phone": null, "timezone": "Europe/London",
		"contactMetadata": {"plan": null, "visits": 4, "address": {"street": "Rue 1"}}
	}`, withType("application/merge-patch+json")).object(http.StatusOK)
	require.Equal(t, "Augusta Ada", detail["firstName"])
	require.Equal(t, "Lovelace", detail["lastName"])
	require.Equal(t, "countess@example.com", detail["email"])
	require.Nil(t, detail["phone"])
	require.Equal(t, "Europe/London", detail["timezone"])
	require.Equal(t, map[string]any{
		"visits": 4.0, "address": map[string]any{"city": "Paris", "street": "Rue 1"},
	}, detail["contactMetadata"])
	require.Contains(t, b.workflows.heard(), "wake campaign/"+id+"/contact/"+contact.ID+" 1")

	b.request(http.MethodPatch, path, `{"phone":"(202) 555-0144"}`).object(http.StatusOK)
	require.Equal(t, "+12025550144", *contact.Phone)
	b.request(http.MethodPatch, path, `{}`).object(http.StatusOK)
	require.Equal(t, "Augusta Ada", contact.FirstName)
}

func TestUpdateContactIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contact := b.contact(id)
	b.contact(id, func(c *models.Contact) { c.Email = new("grace@example.com") })
	path := campaignPath(id) + "/contacts/" + contact.ID
	for body, want := range map[string][]string{
		`{"email":"nonsense","phone":"12","timezone":"Mars"}`: {
			"/email invalid_email", "/phone invalid_phone", "/timezone invalid_timezone",
		},
		`{"email":null,"phone":""}`:                        {" no_address"},
		`{"contactMetadata":{"a":{"b":{"c":{"d":{}}}}}}`:   {"/contactMetadata too_deep"},
		`{"firstName":"` + strings.Repeat("x", 201) + `"}`: {"/firstName too_long"},
	} {
		fields, _ := b.request(http.MethodPatch, path, body).
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.ElementsMatch(t, want, fields, body)
	}
	for body, want := range map[string]string{
		`{"firstName":null}`:          "/firstName wrong_type",
		`{"email":7}`:                 "/email wrong_type",
		`{"status":"completed"}`:      "/status unknown_field",
		`{"contactMetadata":"x"}`:     "/contactMetadata wrong_type",
		`{"contactMetadata":null}`:    "/contactMetadata wrong_type",
		`{"externalIdValue":"other"}`: "/externalIdValue unknown_field",
	} {
		fields, _ := b.request(http.MethodPatch, path, body).problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{want}, fields, body)
	}
	b.request(http.MethodPatch, path, `{"email":"grace@example.com"}`).problem(http.StatusConflict, models.CodeDuplicate)
	require.Zero(t, b.store.written())
	require.Equal(t, "ada@example.com", *contact.Email)
	require.Empty(t, b.workflows.heard())
}

func TestRemoveContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	contact := b.contact(id)
	path := campaignPath(id) + "/contacts/" + contact.ID
	removed := b.request(http.MethodDelete, path, "")
	require.Equal(t, http.StatusNoContent, removed.status)
	require.Empty(t, removed.body)
	require.Equal(t, []string{"wake campaign/" + id + "/contact/" + contact.ID + " 1"}, b.workflows.heard())
	b.request(http.MethodGet, path, "").problem(http.StatusNotFound, models.CodeNotFound)
	b.request(http.MethodDelete, path, "").problem(http.StatusNotFound, models.CodeNotFound)
}
