package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestCreateCampaign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	created := b.request(http.MethodPost, "/api/v1/campaigns", `{"name":" Spring ","type":"one_time"}`)
	campaign := created.object(http.StatusCreated)
	id := campaign["id"].(string)
	require.Equal(t, campaignPath(id), created.header.Get("Location"))
	require.NotEmpty(t, campaign["goLiveProblems"])
	delete(campaign, "goLiveProblems")
	require.Equal(t, map[string]any{
		"id": id, "name": "Spring", "type": "one_time", "status": "draft", "channels": []any{}, "objective": "",
		"instructions": "", "timezone": "UTC", "defaultRegion": "US", "startDate": nil, "endDate": nil,
		"executionMode": "automatic", "scheduledAt": nil, "manualReview": false, "maxAttempts": 1.0,
		"minHoursBetweenAttempts": 24.0, "consentBasis": nil, "contactCount": 0.0, "pauseReason": nil,
		"sender": map[string]any{
			"businessName": "", "fromName": "", "fromEmail": "", "replyTo": "", "fromPhone": "",
			"messagingServiceSid": "", "postalAddress": "",
		},
		"contactsUrl": "https://beckon.example" + campaignPath(id) + "/contacts",
		"createdAt":   "2030-03-04T15:06:07Z", "updatedAt": "2030-03-04T15:06:07Z", "liveAt": nil, "archivedAt": nil,
	}, campaign)
	require.Equal(t, []string{"start campaign/" + id}, b.workflows.heard())
	require.Equal(t, id, b.request(http.MethodGet, campaignPath(id), "").object(http.StatusOK)["id"])
}

func TestCreateCampaignWithEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	campaign := b.request(http.MethodPost, "/api/v1/campaigns", `{
		"name": "Spring", "type": "one_time", "channels": ["email"], "objective": "Win back", "instructions": "Be brief",
		"timezone": "America/New_York", "defaultRegion": "GB", "startDate": "2030-04-01", "endDate": "2030-04-30",
		"executionMode": "manual", "scheduledAt": null, "manualReview": false, "maxAttempts": 1,
		"minHoursBetweenAttempts": 48,
		"sender": {"businessName": "Acme", "fromName": "Ada", "fromEmail": "ada@example.com",
			"replyTo": "team@example.com", "fromPhone": "+12025550143",
			"messagingServiceSid": "MG0123456789abcdef0123456789abcdef", "postalAddress": "1 Main St\nSpringfield"}
	}`).object(http.StatusCreated)
	require.Empty(t, campaign["goLiveProblems"])
	require.Equal(t, "2030-04-01", campaign["startDate"])
	require.Equal(t, "manual", campaign["executionMode"])
	require.Equal(t, "Ada", campaign["sender"].(map[string]any)["fromName"])
	stored := b.store.campaigns[campaign["id"].(string)]
	require.Equal(t, "Be brief", stored.Instructions)
	require.Equal(t, []models.Channel{models.ChannelEmail}, stored.Channels)
}

// The campaign is made though its workflow cannot be started: reconcile does that.
func TestCreateCampaignWithoutTemporal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.workflows.fails = models.Errorf(models.CodeUnavailable, "away")
	b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"Spring","type":"one_time"}`).object(http.StatusCreated)
	require.Equal(t, 1, b.store.written())
}

// Members of the wrong kind are 400, broken rules 422, each with all of them at once.
func TestCampaignSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body   string
		status int
		code   models.Code
		fields []string
	}{
		"nothing": {`{}`, http.StatusBadRequest, models.CodeMalformed, []string{"/name required", "/type required"}},
		"wrong types": {
			`{"name":7,"type":"one_time","channels":"email","manualReview":"no","maxAttempts":1.5,"startDate":20300101,
			  "sender":{"fromName":[]},"objective":null}`,
			http.StatusBadRequest, models.CodeMalformed,
			[]string{
				"/name wrong_type", "/channels wrong_type", "/manualReview wrong_type", "/maxAttempts wrong_type",
				"/startDate wrong_type", "/sender/fromName wrong_type", "/objective wrong_type",
			},
		},
		"unknown values": {
			`{"name":"x","type":"weekly","channels":["email","fax"],"executionMode":"later"}`,
			http.StatusBadRequest, models.CodeMalformed,
			[]string{"/type unknown_value", "/channels/1 unknown_value", "/executionMode unknown_value"},
		},
		"unknown fields": {
			`{"name":"x","type":"one_time","id":"1","status":"active","windows":{},"quietHours":"off","frequencyCap":null,
			  "eligibility":{},"inbound":{"enabled":false},"guardrails":{},"sender":{"fax":"1"}}`,
			http.StatusBadRequest, models.CodeMalformed,
			[]string{
				"/id unknown_field", "/status unknown_field", "/windows unknown_field", "/quietHours unknown_field",
				"/frequencyCap unknown_field", "/eligibility unknown_field", "/inbound unknown_field",
				"/guardrails unknown_field", "/sender/fax unknown_field",
			},
		},
		"a number that is no int": {
			`{"name":"x","type":"one_time","maxAttempts":1e30}`, http.StatusBadRequest, models.CodeMalformed,
			[]string{"/maxAttempts wrong_type"},
		},
		"a time that is none": {
			`{"name":"x","type":"one_time","scheduledAt":"2030-02-30T10:00:00Z"}`,
			http.StatusBadRequest, models.CodeMalformed, []string{"/scheduledAt format"},
		},
		"broken rules": {
			`{"name":" ","type":"one_time","timezone":"Mars","defaultRegion":"us","startDate":"2030-02-30",
			  "channels":["email","email"],"maxAttempts":3,"minHoursBetweenAttempts":0,"objective":"\u0007",
			  "sender":{"fromEmail":"Ada <ada@example.com>","fromPhone":"555"}}`,
			http.StatusUnprocessableEntity, models.CodeInvalid,
			[]string{
				"/name required", "/objective control_character", "/channels/1 repeated", "/timezone unknown_value",
				"/defaultRegion unknown_value", "/startDate format", "/maxAttempts out_of_range",
				"/minHoursBetweenAttempts out_of_range", "/sender/fromEmail format", "/sender/fromPhone format",
			},
		},
		"not in this version": {
			`{"name":"x","type":"follow_up","channels":["phone","email","text"],"executionMode":"scheduled",
			  "manualReview":true,"scheduledAt":"2030-05-01T10:00:00Z"}`,
			http.StatusUnprocessableEntity, models.CodeUnsupported,
			[]string{
				"/type unsupported", "/executionMode unsupported", "/manualReview unsupported",
				"/channels/0 unsupported", "/channels/2 unsupported",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			fields, _ := b.request(http.MethodPost, "/api/v1/campaigns", test.body).problem(test.status, test.code)
			require.ElementsMatch(t, test.fields, fields)
			require.Zero(t, b.store.written())
			require.Empty(t, b.workflows.heard())
		})
	}
}

func TestUpdateCampaign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive, func(c *models.Campaign) {
		c.StartDate, c.Revision = new("2030-01-01"), 6
	})
	for _, mediaType := range []string{"application/json", "application/merge-patch+json"} {
		campaign := b.request(http.MethodPatch, campaignPath(id),
			`{"name":"Summer","startDate":null,"endDate":"2030-12-31","sender":{"replyTo":"team@example.com"}}`,
			withType(mediaType)).object(http.StatusOK)
		require.Equal(t, "Summer", campaign["name"])
		require.Nil(t, campaign["startDate"])
		require.Equal(t, "2030-12-31", campaign["endDate"])
		require.Equal(t, "Win back", campaign["objective"])
		sender := campaign["sender"].(map[string]any)
		require.Equal(t, "team@example.com", sender["replyTo"])
		require.Equal(t, "ada@example.com", sender["fromEmail"], "what is not named stays")
	}
	require.Equal(t, []string{
		fmt.Sprintf("wake campaign/%s 7", id), fmt.Sprintf("wake campaign/%s 8", id),
	}, b.workflows.heard())
}

func TestUpdateCampaignIsRefused(t *testing.T) {
	t.Parallel()
	t.Run("archived", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignArchived)
		b.request(http.MethodPatch, campaignPath(id), `{"name":"x"}`).
			problem(http.StatusConflict, models.CodeCampaignArchived)
	})
	t.Run("type of a live campaign", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignPaused)
		fields, _ := b.request(http.MethodPatch, campaignPath(id), `{"type":"follow_up"}`).
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Equal(t, []string{"/type fixed"}, fields)
		b.request(http.MethodPatch, campaignPath(id), `{"type":"one_time"}`).object(http.StatusOK)
	})
	t.Run("what Go Live demanded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignActive)
		fields, _ := b.request(http.MethodPatch, campaignPath(id),
			`{"channels":[],"objective":" ","sender":{"postalAddress":""}}`).
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.ElementsMatch(t, []string{"/channels required", "/objective required"}, fields)
		require.Equal(t, "Win back", b.store.campaigns[id].Objective)
		// A draft may lack all of that.
		id = b.campaign(models.CampaignDraft)
		draft := b.request(http.MethodPatch, campaignPath(id), `{"channels":[],"objective":" "}`).object(http.StatusOK)
		require.Len(t, draft["goLiveProblems"], 2)
	})
	t.Run("not in this version", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignActive)
		b.request(http.MethodPatch, campaignPath(id), `{"manualReview":true}`).
			problem(http.StatusUnprocessableEntity, models.CodeUnsupported)
		b.request(http.MethodPatch, campaignPath(id), `{"manualReview":true,"timezone":"Mars"}`).
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Zero(t, b.store.written())
		require.Empty(t, b.workflows.heard())
	})
}

func TestListCampaigns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	b.store.contacts = append(b.store.contacts, &models.Contact{ID: newID(), CampaignID: id})
	list := b.request(http.MethodGet, "/api/v1/campaigns", "").object(http.StatusOK)
	require.InDelta(t, 1, list["page"], 0)
	require.InDelta(t, 50, list["perPage"], 0)
	require.InDelta(t, 1, list["total"], 0)
	campaign := list["data"].([]any)[0].(map[string]any)
	require.Equal(t, id, campaign["id"])
	require.InDelta(t, 1, campaign["contactCount"], 0)
	require.Equal(t, []any{}, campaign["goLiveProblems"], "it is live")
	require.Equal(t, models.CampaignFilter{Page: models.Page{Number: 1, PerPage: 50}}, b.store.campaignFilter)

	b.request(http.MethodGet, "/api/v1/campaigns?tab=archived&search=spr&channel=email&status=archived"+
		"&createdFrom=2030-01-01T00:00:00%2B01:00&createdTo=2030-02-01T00:00:00Z&page=3&perPage=200", "").
		object(http.StatusOK)
	filter := b.store.campaignFilter
	require.True(t, filter.Archived)
	require.Equal(t, "spr", filter.Search)
	require.Equal(t, models.ChannelEmail, *filter.Channel)
	require.Equal(t, models.CampaignArchived, *filter.Status)
	require.Equal(t, time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC), *filter.CreatedFrom)
	require.Equal(t, time.Date(2030, 2, 1, 0, 0, 0, 0, time.UTC), *filter.CreatedTo)
	require.Equal(t, models.Page{Number: 3, PerPage: 200}, filter.Page)
}

// A draft shows what Go Live still needs, dates that have passed among it.
func TestGoLiveProblemsAreShown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft, func(c *models.Campaign) {
		c.EndDate, c.Objective = new("2030-03-03"), ""
	})
	campaign := b.request(http.MethodGet, campaignPath(id), "").object(http.StatusOK)
	pointers := []string{}
	for _, problem := range campaign["goLiveProblems"].([]any) {
		pointers = append(pointers, problem.(map[string]any)["pointer"].(string))
	}
	require.Equal(t, []string{"/objective", "/endDate"}, pointers)
}

// The settings that the specification has are those that the code reads.
func TestEverySettingHasAnEffect(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"name": `"Other"`, "type": `"one_time"`, "channels": `[]`, "objective": `"Other"`, "instructions": `"Other"`,
		"timezone": `"Europe/Berlin"`, "defaultRegion": `"DE"`, "startDate": `"2030-05-01"`, "endDate": `"2030-06-01"`,
		"executionMode": `"manual"`, "scheduledAt": `null`, "manualReview": `false`, "maxAttempts": `1`,
		"minHoursBetweenAttempts": `25`, "sender": `{"businessName":"Other"}`,
	}
	same := map[string]bool{"type": true, "scheduledAt": true, "manualReview": true, "maxAttempts": true}
	properties := spec(t).Components.Schemas["CampaignSettings"].Value.Properties
	require.Len(t, properties, len(values))
	require.Len(t, spec(t).Components.Schemas["NewCampaign"].Value.Properties, len(properties))
	for name := range properties {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.campaign(models.CampaignDraft)
			before := b.request(http.MethodGet, campaignPath(id), "").object(http.StatusOK)
			after := b.request(http.MethodPatch, campaignPath(id), `{"`+name+`":`+values[name]+`}`).object(http.StatusOK)
			if same[name] {
				require.Equal(t, before[name], after[name])
			} else {
				require.NotEqual(t, before[name], after[name])
			}
		})
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		control string
		from    models.CampaignStatus
		status  int // of the answer
		to      string
		changed bool
	}{
		{"go-live", models.CampaignDraft, http.StatusOK, "active", true},
		{"go-live", models.CampaignActive, http.StatusOK, "active", false},
		{"go-live", models.CampaignPaused, http.StatusConflict, "", false},
		{"go-live", models.CampaignArchived, http.StatusConflict, "", false},
		{"pause", models.CampaignActive, http.StatusOK, "paused", true},
		{"pause", models.CampaignPaused, http.StatusOK, "paused", false},
		{"pause", models.CampaignDraft, http.StatusConflict, "", false},
		{"resume", models.CampaignPaused, http.StatusOK, "active", true},
		{"resume", models.CampaignActive, http.StatusOK, "active", false},
		{"resume", models.CampaignArchived, http.StatusConflict, "", false},
		{"archive", models.CampaignDraft, http.StatusOK, "archived", true},
		{"archive", models.CampaignArchived, http.StatusOK, "archived", false},
		{"start-outreaches", models.CampaignDraft, http.StatusConflict, "", false},
	} {
		t.Run(test.control+" from "+string(test.from), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.campaign(test.from, func(c *models.Campaign) { c.Revision = 4 })
			answer := b.request(http.MethodPost, campaignPath(id)+"/"+test.control, "")
			if test.status != http.StatusOK {
				answer.problem(test.status, models.CodeInvalidTransition)
				require.Zero(t, b.store.written())
				require.Empty(t, b.workflows.heard())
				return
			}
			revision := 4
			if test.changed {
				revision = 5
			}
			require.Equal(t, map[string]any{
				"id": id, "status": test.to, "changed": test.changed, "inFlight": 3.0, "releaseId": nil, "now": nil,
				"waiting": nil, "workflow": "told",
			}, answer.object(http.StatusOK))
			require.Equal(t, "operator key", b.store.control.By)
			require.Equal(t, []string{fmt.Sprintf("%s campaign/%s %d", test.control, id, revision)}, b.workflows.heard())
			// An empty object is as good as no body.
			b.request(http.MethodPost, campaignPath(id)+"/"+test.control, "{}").object(http.StatusOK)
		})
	}
}

func TestStartOutreaches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	automatic := b.campaign(models.CampaignActive)
	b.request(http.MethodPost, campaignPath(automatic)+"/start-outreaches", "").
		problem(http.StatusConflict, models.CodeWrongMode)
	manual := b.campaign(models.CampaignActive, func(c *models.Campaign) { c.ExecutionMode = models.ModeManual })
	b.store.release = &models.ControlResult{
		ReleaseID: new("r1"), Now: new(12), Waiting: &models.ReleaseCounts{Planning: 3},
	}
	answer := b.request(http.MethodPost, campaignPath(manual)+"/start-outreaches", "").object(http.StatusOK)
	require.Equal(t, "r1", answer["releaseId"])
	require.InDelta(t, 12, answer["now"], 0)
	require.Equal(t, map[string]any{"window": 0.0, "approval": 0.0, "planning": 3.0}, answer["waiting"])
}

func TestGoLiveIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft, func(c *models.Campaign) { c.Objective, c.Sender.PostalAddress = "", "" })
	fields, _ := b.request(http.MethodPost, campaignPath(id)+"/go-live", "").
		problem(http.StatusUnprocessableEntity, models.CodeGoLiveRefused)
	require.Equal(t, []string{"/objective required", "/sender/postalAddress required"}, fields)
	require.Equal(t, models.CampaignDraft, b.store.campaigns[id].Status)
	require.Empty(t, b.workflows.heard())
}

func TestGoLiveConsent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := campaignPath(b.campaign(models.CampaignDraft)) + "/go-live"
	for body, field := range map[string]string{
		`{"consent":{}}`:                            "/consent/attestedBy required",
		`{"consent":{"attestedBy":null}}`:           "/consent/attestedBy wrong_type",
		`{"consent":{"attestedBy":"Ada","by":"x"}}`: "/consent/by unknown_field",
		`{"consent":true}`:                          "/consent wrong_type",
		`{"consents":null}`:                         "/consents unknown_field",
	} {
		fields, _ := b.request(http.MethodPost, path, body).problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, body)
	}
	fields, _ := b.request(http.MethodPost, path, `{"consent":{"attestedBy":" "}}`).
		problem(http.StatusUnprocessableEntity, models.CodeInvalid)
	require.Equal(t, []string{"/consent/attestedBy required"}, fields)
	require.Zero(t, b.store.written())
	b.request(http.MethodPost, path, `{"consent":null}`).object(http.StatusOK)
	require.Nil(t, b.store.control.ConsentAttestedBy)
	b.request(http.MethodPost, path, `{"consent":{"attestedBy":"Ada"}}`).object(http.StatusOK)
	require.Equal(t, "Ada", *b.store.control.ConsentAttestedBy)
}

// A control holds though its workflow cannot be told, and its answer does not wait for that.
func TestControlsWithoutTemporal(t *testing.T) {
	t.Parallel()
	t.Run("refuses", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignActive)
		b.workflows.fails = models.Errorf(models.CodeUnavailable, "away")
		answer := b.request(http.MethodPost, campaignPath(id)+"/pause", "").object(http.StatusOK)
		require.Equal(t, "pending", answer["workflow"])
		require.Equal(t, true, answer["changed"])
		require.Equal(t, models.CampaignPaused, b.store.campaigns[id].Status)
	})
	t.Run("hangs", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignActive)
		b.workflows.hangs = true
		began := time.Now()
		answer := b.request(http.MethodPost, campaignPath(id)+"/pause", "").object(http.StatusOK)
		require.Equal(t, "pending", answer["workflow"])
		require.Less(t, time.Since(began), 4*time.Second)
	})
}

func TestProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignPaused)
	b.store.progress = models.Progress{
		Total: 10,
		Counts: map[models.ContactStatus]int{
			models.ContactCampaignPaused: 6, models.ContactCompleted: 4,
		},
		Underlying: map[models.ContactStatus]int{models.ContactPlanning: 6, models.ContactCompleted: 4},
		Waiting:    map[models.WaitingReason]int{models.WaitCampaignPaused: 6, models.WaitPlanner: 0},
		Attempts:   4, Unconfirmed: 1, InFlight: 2,
	}
	zeros := func(counts map[string]any) map[string]any {
		for _, status := range models.ContactStatuses {
			if _, ok := counts[string(status)]; !ok {
				counts[string(status)] = 0.0
			}
		}
		return counts
	}
	underlying := zeros(map[string]any{"planning": 6.0, "completed": 4.0})
	delete(underlying, "campaign_paused")
	want := map[string]any{
		"campaignId": id, "status": "paused", "total": 10.0,
		"counts": zeros(map[string]any{"campaign_paused": 6.0, "completed": 4.0}), "underlying": underlying,
		"waiting": map[string]any{"campaign_paused": 6.0}, "attempts": 4.0, "unconfirmed": 1.0, "inFlight": 2.0,
		"workflow": map[string]any{"id": "campaign/" + id, "runId": "run-1", "intake": "running", "held": 2.0},
		"stale":    false, "asOf": "2030-03-04T15:06:07Z",
	}
	require.Equal(t, want, b.request(http.MethodGet, campaignPath(id)+"/progress", "").object(http.StatusOK))

	b.workflows.fails = models.Errorf(models.CodeNotFound, "there is none")
	want["workflow"], want["stale"] = nil, true
	require.Equal(t, want, b.request(http.MethodGet, campaignPath(id)+"/progress", "").object(http.StatusOK))

	b.store.campaigns[id].Status = models.CampaignArchived
	archived := b.request(http.MethodGet, campaignPath(id)+"/progress", "").object(http.StatusOK)
	require.Nil(t, archived["workflow"])
	require.Equal(t, false, archived["stale"], "its workflow has ended")
	require.Equal(t, 1, strings.Count(strings.Join(b.workflows.heard(), " "), "ask"))
}
