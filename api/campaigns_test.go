package api_test

import (
	"cmp"
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
		"minHoursBetweenAttempts": 24.0, "quietHours": "us", "frequencyCap": nil,
		"windows": map[string]any{
			"text": []any{workdays()}, "phone": []any{workdays()}, "email": []any{map[string]any{
				"days": []any{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "start": "00:00", "end": "24:00",
			}},
		},
		"eligibility": map[string]any{"rules": []any{}, "prompt": nil}, "inbound": map[string]any{"enabled": false},
		"guardrails":   map[string]any{"bouncePercent": 5.0, "complaintPercent": 0.1, "minSends": 100.0},
		"consentBasis": nil, "contactCount": 0.0, "pauseReason": nil,
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

// workdays are the default windows of texts and calls.
func workdays() map[string]any {
	return map[string]any{"days": []any{"mon", "tue", "wed", "thu", "fri", "sat"}, "start": "09:00", "end": "20:00"}
}

func TestCreateCampaignWithEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	campaign := b.request(http.MethodPost, "/api/v1/campaigns", `{
		"name": "Spring", "type": "follow_up", "channels": ["text", "phone", "email"], "objective": "Win back",
		"instructions": "Be brief", "timezone": "America/New_York", "defaultRegion": "GB", "startDate": "2030-04-01",
		"endDate": "2030-04-30", "executionMode": "scheduled", "scheduledAt": "2030-04-02T09:00:00-04:00",
		"manualReview": true, "maxAttempts": 3, "minHoursBetweenAttempts": 48, "quietHours": "off",
		"windows": {"text": [{"days": ["sun"], "start": "10:00", "end": "24:00"}], "phone": null},
		"eligibility": {"rules": [
			{"field": "plan", "op": "in", "value": ["gold", 7]}, {"field": "email", "op": "exists"}
		], "prompt": "Those who complain of the cold"},
		"inbound": {"enabled": false}, "frequencyCap": {"count": 2, "days": 7},
		"guardrails": {"bouncePercent": 2.5}, "consent": {"attestedBy": "Grace"},
		"sender": {"businessName": "Acme", "fromName": "Ada", "fromEmail": "ada@example.com",
			"replyTo": "team@example.com", "fromPhone": "+12025550143",
			"messagingServiceSid": "MG0123456789abcdef0123456789abcdef", "postalAddress": "1 Main St\nSpringfield"}
	}`).object(http.StatusCreated)
	require.Empty(t, campaign["goLiveProblems"])
	for name, want := range map[string]any{
		"type": "follow_up", "channels": []any{"text", "phone", "email"}, "startDate": "2030-04-01",
		"executionMode": "scheduled", "scheduledAt": "2030-04-02T13:00:00Z", "manualReview": true, "maxAttempts": 3.0,
		"quietHours": "off", "consentBasis": "attested", "frequencyCap": map[string]any{"count": 2.0, "days": 7.0},
		"guardrails": map[string]any{"bouncePercent": 2.5, "complaintPercent": 0.1, "minSends": 100.0},
		"eligibility": map[string]any{
			"rules": []any{
				map[string]any{"field": "plan", "op": "in", "value": []any{"gold", 7.0}},
				map[string]any{"field": "email", "op": "exists", "value": nil},
			},
			"prompt": "Those who complain of the cold",
		},
	} {
		require.Equal(t, want, campaign[name], name)
	}
	windows := campaign["windows"].(map[string]any)
	require.Equal(t, []any{map[string]any{"days": []any{"sun"}, "start": "10:00", "end": "24:00"}}, windows["text"])
	require.Equal(t, []any{workdays()}, windows["phone"])
	require.Equal(t, "Ada", campaign["sender"].(map[string]any)["fromName"])
	stored := b.store.campaigns[campaign["id"].(string)]
	require.Equal(t, "Be brief", stored.Instructions)
	require.Equal(t, "Grace", *stored.ConsentAttestedBy)
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
			`{"name":"x","type":"one_time","id":"1","status":"active","windows":{"fax":[]},
			  "frequencyCap":{"weeks":1},"eligibility":{"rule":1},"inbound":{"on":true},"guardrails":{"opens":1},
			  "sender":{"fax":"1"},"consentBasis":"attested"}`,
			http.StatusBadRequest, models.CodeMalformed,
			[]string{
				"/id unknown_field", "/status unknown_field", "/windows/fax unknown_field",
				"/frequencyCap/weeks unknown_field", "/eligibility/rule unknown_field", "/inbound/on unknown_field",
				"/guardrails/opens unknown_field", "/sender/fax unknown_field", "/consentBasis unknown_field",
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
		"wrong types within": {
			`{"name":"x","type":"one_time","windows":{"text":{},"email":[{"days":["someday"],"start":9,"end":"20:00"}]},
			  "quietHours":"de","eligibility":{"rules":[{"field":"plan","op":"like"}],"prompt":7},"inbound":{"enabled":null},
			  "frequencyCap":[],"guardrails":{"minSends":1.5},"consent":null}`,
			http.StatusBadRequest, models.CodeMalformed,
			[]string{
				"/windows/text wrong_type", "/windows/email/0/days/0 unknown_value", "/windows/email/0/start wrong_type",
				"/quietHours unknown_value", "/eligibility/rules/0/op unknown_value", "/eligibility/prompt wrong_type",
				"/inbound/enabled wrong_type", "/frequencyCap wrong_type", "/guardrails/minSends wrong_type",
				"/consent wrong_type",
			},
		},
		"broken rules within": {
			`{"name":"x","type":"follow_up","windows":{"text":[{"days":["mon"],"start":"20:00","end":"09:00"}],
			  "phone":[{"days":["mon"],"start":"22:00","end":"24:00"}],"email":[]},"frequencyCap":{"count":3},
			  "eligibility":{"rules":[{"field":" ","op":"eq","value":{}}]},"guardrails":{"bouncePercent":0},
			  "consent":{"attestedBy":" "},"maxAttempts":101}`,
			http.StatusUnprocessableEntity, models.CodeInvalid,
			[]string{
				"/windows/text/0/end before_start", "/windows/phone never_open", "/windows/email never_open",
				"/frequencyCap/days out_of_range", "/eligibility/rules/0/field format", "/eligibility/rules/0/value format",
				"/guardrails/bouncePercent out_of_range", "/consent/attestedBy required", "/maxAttempts out_of_range",
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
	t.Run("whoever comes of themselves", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignActive)
		changed := b.request(http.MethodPatch, campaignPath(id),
			`{"inbound":{"enabled":true},"eligibility":{"rules":[{"field":"phone","op":"region","value":["US"]}],"prompt":"Dentists"}}`).
			object(http.StatusOK)
		require.Equal(t, map[string]any{"enabled": true}, changed["inbound"])
		require.Equal(t, "Dentists", changed["eligibility"].(map[string]any)["prompt"])
		require.True(t, b.store.campaigns[id].Inbound.Enabled)
		require.Len(t, b.store.campaigns[id].Eligibility.Rules, 1)
	})
	t.Run("a channel without consent", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		path := campaignPath(b.campaign(models.CampaignActive))
		patch := `{"channels":["text"],"sender":{"businessName":"Acme","fromPhone":"+12025550143"}%s}`
		fields, _ := b.request(http.MethodPatch, path, fmt.Sprintf(patch, "")).
			problem(http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Equal(t, []string{"/consent required"}, fields)
		campaign := b.request(http.MethodPatch, path, fmt.Sprintf(patch, `,"consent":{"attestedBy":"Grace"}`)).
			object(http.StatusOK)
		require.Equal(t, "attested", campaign["consentBasis"])
	})
}

// A JSON Merge Patch changes what it names within members too; lists are given whole.
func TestUpdateCampaignWithin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive, func(c *models.Campaign) {
		c.Type, c.MaxAttempts = models.CampaignFollowUp, 5
		c.Windows = models.Windows{
			models.ChannelText:  {{Days: []string{"sun"}, Start: "10:00", End: "12:00"}},
			models.ChannelEmail: {{Days: []string{"mon"}, Start: "10:00", End: "12:00"}},
		}
		c.Eligibility = models.Eligibility{
			Rules:  []models.EligibilityRule{{Field: "plan", Op: models.OpEqual, Value: "gold"}},
			Prompt: new("Only the kind"),
		}
		c.FrequencyCap = &models.FrequencyCap{Count: 1, Days: 7}
		c.ExecutionMode, c.ScheduledAt = models.ModeScheduled, new(testNow().Add(time.Hour))
	})
	patch := func(body string) map[string]any {
		return b.request(http.MethodPatch, campaignPath(id), body).object(http.StatusOK)
	}
	campaign := patch(`{"windows":{"text":null},"eligibility":{"prompt":null},"frequencyCap":{"count":2},
		"guardrails":{"minSends":50}}`)
	windows := campaign["windows"].(map[string]any)
	require.Equal(t, []any{workdays()}, windows["text"], "its default ones")
	require.Equal(t, "mon", windows["email"].([]any)[0].(map[string]any)["days"].([]any)[0])
	require.Equal(t, map[string]any{
		"rules": []any{map[string]any{"field": "plan", "op": "eq", "value": "gold"}}, "prompt": nil,
	}, campaign["eligibility"])
	require.Equal(t, map[string]any{"count": 2.0, "days": 7.0}, campaign["frequencyCap"])
	require.Equal(t, map[string]any{
		"bouncePercent": 5.0, "complaintPercent": 0.1, "minSends": 50.0,
	}, campaign["guardrails"])
	require.NotContains(t, b.store.campaigns[id].Windows, models.ChannelText)

	// Nothing of an old rule is left in a new one.
	campaign = patch(`{"eligibility":{"rules":[{"field":"email","op":"exists"}]},"frequencyCap":null}`)
	require.Equal(t, []any{map[string]any{"field": "email", "op": "exists", "value": nil}},
		campaign["eligibility"].(map[string]any)["rules"])
	require.Nil(t, campaign["frequencyCap"])
	require.Equal(t, []any{}, patch(`{"eligibility":{"rules":[]}}`)["eligibility"].(map[string]any)["rules"])

	// The time of mode scheduled goes with it.
	campaign = patch(`{"executionMode":"automatic"}`)
	require.Nil(t, campaign["scheduledAt"])
	fields, _ := b.request(http.MethodPatch, campaignPath(id), `{"executionMode":"scheduled"}`).
		problem(http.StatusUnprocessableEntity, models.CodeInvalid)
	require.Equal(t, []string{"/scheduledAt required"}, fields)
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
		"name": `"Other"`, "type": `"follow_up"`, "channels": `[]`, "objective": `"Other"`, "instructions": `"Other"`,
		"timezone": `"Europe/Berlin"`, "defaultRegion": `"DE"`, "startDate": `"2030-05-01"`, "endDate": `"2030-06-01"`,
		"executionMode": `"manual"`, "scheduledAt": `"2030-05-02T00:00:00Z"`, "manualReview": `true`, "maxAttempts": `4`,
		"minHoursBetweenAttempts": `25`, "sender": `{"businessName":"Other"}`, "quietHours": `"off"`,
		"windows": `{"text":[{"days":["sun"],"start":"10:00","end":"12:00"}]}`, "eligibility": `{"prompt":"Other"}`,
		"inbound": `{}`, "frequencyCap": `{"count":1,"days":1}`, "guardrails": `{"minSends":1}`,
		"consent": `{"attestedBy":"Ada"}`,
	}
	same := map[string]bool{"inbound": true} // it cannot be switched on yet
	shownAs := map[string]string{"consent": "consentBasis"}
	properties := spec(t).Components.Schemas["CampaignSettings"].Value.Properties
	require.Len(t, properties, len(values))
	require.Len(t, spec(t).Components.Schemas["NewCampaign"].Value.Properties, len(properties))
	for name := range properties {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.campaign(models.CampaignDraft, func(c *models.Campaign) {
				switch name {
				case "maxAttempts":
					c.Type = models.CampaignFollowUp
				case "scheduledAt":
					c.ExecutionMode = models.ModeScheduled
				}
			})
			before := b.request(http.MethodGet, campaignPath(id), "").object(http.StatusOK)
			after := b.request(http.MethodPatch, campaignPath(id), `{"`+name+`":`+values[name]+`}`).object(http.StatusOK)
			member := cmp.Or(shownAs[name], name)
			if same[name] {
				require.Equal(t, before[member], after[member])
			} else {
				require.NotEqual(t, before[member], after[member])
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
		{"execute-approved", models.CampaignDraft, http.StatusConflict, "", false},
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
			require.Equal(t, "operator key", b.store.controlledBy)
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

func TestExecuteApproved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	off := b.campaign(models.CampaignActive)
	b.request(http.MethodPost, campaignPath(off)+"/execute-approved", "").
		problem(http.StatusConflict, models.CodeReviewOff)
	on := func(c *models.Campaign) { c.ManualReview = true }
	b.request(http.MethodPost, campaignPath(b.campaign(models.CampaignPaused, on))+"/execute-approved", "").
		problem(http.StatusConflict, models.CodeInvalidTransition)
	require.Empty(t, b.workflows.heard())
	id := b.campaign(models.CampaignActive, on)
	b.store.release = &models.ControlResult{
		ReleaseID: new("r1"), Now: new(4), Waiting: &models.ReleaseCounts{Window: 2, Approval: 1},
	}
	answer := b.request(http.MethodPost, campaignPath(id)+"/execute-approved", "{}").object(http.StatusOK)
	require.Equal(t, "r1", answer["releaseId"])
	require.InDelta(t, 4, answer["now"], 0)
	require.Equal(t, map[string]any{"window": 2.0, "approval": 1.0, "planning": 0.0}, answer["waiting"])
	require.Equal(t, []string{"execute-approved campaign/" + id + " 1"}, b.workflows.heard())
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
		b := setup(t, impatient)
		id := b.campaign(models.CampaignActive)
		b.workflows.hangs = true
		answer := b.request(http.MethodPost, campaignPath(id)+"/pause", "").object(http.StatusOK)
		require.Equal(t, "pending", answer["workflow"])
		require.EqualValues(t, 1, b.workflows.hanging.Load(), "it is still being told")
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
