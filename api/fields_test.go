package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/workflows"
)

const (
	totalsFields = "outreaches delivered failed unconfirmed opened machineOpened clicked contacts contactsReplied responseRate optOuts " +
		"bounces complaints"
	itemFields = "id firstName lastName email phone status underlyingStatus statusReason attempts maxAttempts waiting " +
		"nextOutreach lastOutreachAt lastOutcome unconfirmed createdAt"
	detailFields = itemFields + " timezone timezoneSource contactMetadata externalIdKey externalIdValue source " +
		"outreachHistory responses workflow statusNote eligibilityReason blockedChannels"
	plannedFields = "id attempt version approvedVersion state channel sendAt subject body voicemailText reason author " +
		"opening closing segments"
	listFields  = "data page perPage total"
	countFields = "not_started planning awaiting_execution awaiting_approval executing completed disqualified disabled"
)

// contractFields are the members of every object of the API, as the product's contract has them.
func contractFields() map[string]string {
	return map[string]string{
		"Campaign": "id name type status channels objective instructions timezone defaultRegion startDate endDate " +
			"executionMode scheduledAt manualReview maxAttempts minHoursBetweenAttempts quietHours windows eligibility " +
			"inbound sender consentBasis frequencyCap guardrails contactCount contactsUrl pauseReason createdAt updatedAt " +
			"liveAt archivedAt goLiveProblems",
		"CampaignSettings": "name type channels objective instructions timezone defaultRegion startDate endDate " +
			"executionMode scheduledAt manualReview maxAttempts minHoursBetweenAttempts quietHours windows eligibility " +
			"inbound sender frequencyCap guardrails consent",
		"Window": "days start end", "Eligibility": "rules prompt", "EligibilityRule": "field op value",
		"Inbound": "enabled", "FrequencyCap": "count days", "Guardrails": "bouncePercent complaintPercent minSends",
		"Sender":       "businessName fromName fromEmail replyTo fromPhone messagingServiceSid postalAddress",
		"FieldError":   "pointer code detail",
		"CampaignList": listFields, "ContactList": listFields, "ImportList": listFields, "SuppressionList": listFields,
		"ReviewList": listFields, "APIKeyList": listFields,
		"ControlResult": "id status changed inFlight releaseId now waiting workflow",
		"Contact":       itemFields, "ContactDetail": detailFields, "Waiting": "reason until detail",
		"NextOutreach": "id channel sendAt", "PlannedOutreach": plannedFields,
		"PastOutreach":  "id attempt channel state outcome code subject body opening closing segments sentAt events",
		"OutreachEvent": "type at code", "Response": "id channel at text transcript optOut optOutReason",
		"ContactWorkflow": "id runId url live state",
		"Approval":        "version", "OutreachEdit": "version channel sendAt subject body voicemailText", "Reason": "reason",
		"ContactPatch": "firstName lastName email phone timezone contactMetadata blockedChannels",
		"BulkAction":   "action ids filter expectedCount", "BulkDone": "changed skipped",
		"ContactFilter":      "status search channel waitingReason",
		"AddContactsRequest": "contacts action externalIdKey externalIdValue",
		"NewContact": "firstName lastName email phone status timezone contactMetadata externalIdKey " +
			"externalIdValue",
		"AddContactsResponse": "message success errors", "AddedContact": "phone email action contactId warning",
		"ContactFault": "index phone email message field code",
		"Import": "id source status fileName by createdAt rows created updated skipped updatedBy errors errorsUrl " +
			"detail",
		"ImportError": "line field code detail", "ImportPreview": "encoding delimiter headerLine header sample rows suggestedMapping",
		"Mapping":     "name firstName lastName phone email timezone externalIdValue properties keepUnmapped optOut",
		"EmailImport": "enabled authorizedSender mapping address inboundUrl", "EmailImportSettings": "enabled authorizedSender mapping regenerate",
		"Progress":          "campaignId status total counts underlying waiting attempts unconfirmed inFlight workflow stale asOf",
		"Performance":       "totals byChannel byDay byAttempt callOutcomes cost asOf",
		"PerformanceTotals": totalsFields,
		"ReviewItem":        "campaign contact nextOutreach",
		"NewSuppression":    "channel address reason", "Suppression": "id channel address reason source createdAt",
		"NewAPIKey": "name role campaignIds actions expiresAt",
		"APIKey":    "id name role campaignIds actions createdAt expiresAt revokedAt lastUsedAt",
		"Problem":   "type title status detail code errors",
	}
}

// The specification has the members of the contract, no more and no fewer, and promises each in every answer.
func TestContractOfTheSpecification(t *testing.T) {
	t.Parallel()
	taken := []string{ // by requests: what is not given stays, or has its default
		"CampaignSettings", "Sender", "Window", "Eligibility", "EligibilityRule", "Inbound", "FrequencyCap", "Guardrails",
		"OutreachEdit", "Reason", "ContactPatch", "BulkAction", "ContactFilter", "AddContactsRequest", "NewContact",
		"Mapping", "EmailImportSettings", "NewSuppression", "NewAPIKey",
	}
	schemas := spec(t).Components.Schemas
	for name, fields := range contractFields() {
		schema := schemas[name]
		require.NotNil(t, schema, name)
		properties := slices.Collect(maps.Keys(schema.Value.Properties))
		require.ElementsMatch(t, strings.Fields(fields), properties, name)
		if !slices.Contains(taken, name) {
			require.ElementsMatch(t, properties, schema.Value.Required, "%s: all of it is always there", name)
		}
	}
	require.ElementsMatch(t, strings.Fields("opted_out unreachable not_eligible attempts_used one_time_done planner_done "+
		"campaign_ended campaign_archived by_operator by_api"), schemas["StatusReason"].Value.Enum)
	require.ElementsMatch(t, strings.Fields("delivered opened clicked replied bounced failed answered voicemail no_answer "+
		"busy opted_out"), schemas["Outcome"].Value.Enum)
	require.ElementsMatch(t, strings.Fields("go_live intake_queue planner planner_error before_start scheduled_time "+
		"next_attempt start_outreaches approval window frequency_cap send_queue provider_limit provider_auth "+
		"provider_down proof outcome reply campaign_paused campaign_ended disabled ledger_behind"),
		schemas["WaitingReason"].Value.Enum)
	require.ElementsMatch(t, strings.Fields("eq in contains exists before after region"),
		schemas["EligibilityRule"].Value.Properties["op"].Value.Enum)
}

// has wants the value at a path within an answer, such as "data.0.waiting", to have exactly these members.
func has(t *testing.T, object map[string]any, path, fields string) {
	t.Helper()
	var value any = object
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		if list, ok := value.([]any); ok {
			require.NotEmpty(t, list, path)
			value = list[0]
			continue
		}
		value = value.(map[string]any)[step]
	}
	members, ok := value.(map[string]any)
	require.True(t, ok, "%s is no object", path)
	require.ElementsMatch(t, strings.Fields(fields), slices.Collect(maps.Keys(members)), path)
}

// Answers have exactly the members of the contract.
func TestContractOfCampaigns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fields := contractFields()
	for _, campaign := range f.store.campaigns {
		campaign.FrequencyCap = &models.FrequencyCap{Count: 1, Days: 1}
		campaign.Eligibility.Rules = []models.EligibilityRule{{Field: "plan", Op: models.OpEqual, Value: "gold"}}
		campaign.Objective = ""
	}
	get := func(path string) map[string]any { return f.request(http.MethodGet, path, "").object(http.StatusOK) }
	draft := get(f.draft)
	has(t, draft, "", fields["Campaign"])
	has(t, draft, "windows", "text phone email")
	has(t, draft, "windows.phone.0", fields["Window"])
	has(t, draft, "eligibility", fields["Eligibility"])
	has(t, draft, "eligibility.rules.0", fields["EligibilityRule"])
	has(t, draft, "goLiveProblems.0", fields["FieldError"])
	for member, name := range map[string]string{
		"inbound": "Inbound", "frequencyCap": "FrequencyCap", "guardrails": "Guardrails", "sender": "Sender",
	} {
		has(t, draft, member, fields[name])
	}
	list := get("/api/v1/campaigns")
	has(t, list, "", listFields)
	has(t, list, "data.0", fields["Campaign"])
	progress := get(f.campaign + "/progress")
	has(t, progress, "", fields["Progress"])
	has(t, progress, "counts", countFields+" campaign_paused")
	has(t, progress, "underlying", countFields)
	has(t, progress, "workflow", "id runId intake held")
	f.performed()
	performance := get(f.campaign + "/performance")
	has(t, performance, "", fields["Performance"])
	has(t, performance, "byChannel", "email text phone")
	has(t, performance, "byDay.0", "date channel "+totalsFields)
	has(t, performance, "byAttempt.0", "attempt "+totalsFields)
	has(t, performance, "cost", "tokens usd")
	f.store.release = &models.ControlResult{ReleaseID: new("r"), Now: new(1), Waiting: &models.ReleaseCounts{}}
	started := f.request(http.MethodPost, f.campaign+"/start-outreaches", "").object(http.StatusOK)
	has(t, started, "", fields["ControlResult"])
	has(t, started, "waiting", "window approval planning")
	problem := f.request(http.MethodPost, "/api/v1/campaigns", `{}`)
	object := map[string]any{}
	require.NoError(t, json.Unmarshal(problem.body, &object))
	has(t, object, "", fields["Problem"])
	has(t, object, "errors.0", fields["FieldError"])
}

func TestContractOfContacts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fields := contractFields()
	contact := f.store.contacts[0]
	contact.WaitingReason = new(models.WaitApproval)
	detail := f.store.details[contact.ID]
	detail.History[0].Events = []models.Event{{Type: models.EventDelivered, At: testNow()}}
	detail.Replies = []models.Reply{{ID: "r1", Channel: models.ChannelText, At: testNow(), Text: "STOP", OptOut: true, OptOutReason: new(models.OptOutByWord)}}
	f.store.details[contact.ID] = detail
	f.workflows.contact = workflows.ContactState{RunID: "run-1"}
	shown := f.request(http.MethodGet, f.contact, "").object(http.StatusOK)
	has(t, shown, "", detailFields)
	has(t, shown, "waiting", fields["Waiting"])
	has(t, shown, "source", "kind importId")
	has(t, shown, "nextOutreach", plannedFields)
	has(t, shown, "outreachHistory.0", fields["PastOutreach"])
	has(t, shown, "outreachHistory.0.events.0", fields["OutreachEvent"])
	has(t, shown, "workflow", fields["ContactWorkflow"])
	require.Equal(t, []any{map[string]any{
		"id": "r1", "channel": "text", "at": "2030-03-04T15:06:07Z", "text": "STOP", "transcript": nil, "optOut": true,
		"optOutReason": "word",
	}}, shown["responses"])
	list := f.request(http.MethodGet, f.campaign+"/contacts", "").object(http.StatusOK)
	has(t, list, "", listFields)
	has(t, list, "data.0", itemFields)
	has(t, list, "data.0.waiting", fields["Waiting"])
	has(t, list, "data.0.nextOutreach", fields["NextOutreach"])
	changed := f.request(http.MethodPost, f.contact+"/approve", `{"version":1}`).object(http.StatusOK)
	has(t, changed, "", detailFields+" changed")
	has(t, changed, "nextOutreach", plannedFields)
	bulk := f.request(http.MethodPost, f.campaign+"/contacts/bulk", `{"action":"disable","filter":{},"expectedCount":1}`)
	has(t, bulk.object(http.StatusOK), "", fields["BulkDone"])
	added := f.request(http.MethodPost, f.campaign+"/contacts", `{"contacts":[{"email":"ada@example.com"},{}]}`)
	has(t, added.object(http.StatusOK), "", fields["AddContactsResponse"])
	has(t, added.object(http.StatusOK), "success.0", fields["AddedContact"])
	has(t, added.object(http.StatusOK), "errors.0", fields["ContactFault"])
}

func TestContractOfTheOthers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fields := contractFields()
	imports := f.request(http.MethodGet, f.campaign+"/imports", "").object(http.StatusOK)
	has(t, imports, "", listFields)
	has(t, imports, "data.0", fields["Import"])
	has(t, imports, "data.0.updatedBy", "phone email")
	f.store.review = []models.ReviewRow{{Contact: models.ContactRow{Contact: *f.store.contacts[0]}}}
	f.store.review[0].Outreach.Channel, f.store.review[0].Outreach.State = models.ChannelEmail, models.OutreachPlanned
	review := f.request(http.MethodGet, "/api/v1/review", "").object(http.StatusOK)
	has(t, review, "data.0", fields["ReviewItem"])
	has(t, review, "data.0.campaign", "id name")
	has(t, review, "data.0.contact", itemFields)
	has(t, review, "data.0.nextOutreach", plannedFields)
	suppressions := f.request(http.MethodGet, suppressionsPath, "").object(http.StatusOK)
	has(t, suppressions, "data.0", fields["Suppression"])
	keys := f.request(http.MethodGet, "/api/v1/api-keys", "", withKey(f.keys[models.RoleAdministrator])).
		object(http.StatusOK)
	has(t, keys, "data.0", fields["APIKey"])
}

// A contact's zone is its own, else its number's, the first where that has several, else the campaign's.
func TestContactZones(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive, func(c *models.Campaign) { c.Timezone = "Asia/Tokyo" })
	for _, test := range []struct {
		zone, phone  *string
		want, source string
	}{
		{new("Europe/Berlin"), new("+12025550143"), "Europe/Berlin", "contact"},
		{nil, new("+12025550143"), "America/New_York", "phone"},
		{nil, new("+18005550143"), models.PhoneZones("+18005550143")[0], "phone"},
		{nil, nil, "Asia/Tokyo", "campaign"},
	} {
		contact := b.contact(id, func(c *models.Contact) { c.Timezone, c.Phone = test.zone, test.phone })
		detail := b.request(http.MethodGet, contactPath(contact), "").object(http.StatusOK)
		require.Equal(t, test.want, detail["timezone"])
		require.Equal(t, test.source, detail["timezoneSource"])
	}
	require.Greater(t, len(models.PhoneZones("+18005550143")), 1)
}
