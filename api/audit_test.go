package api_test

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

const auditPath = "/api/v1/audit"

func record(change ...func(*models.AuditRecord)) models.AuditRecord {
	r := models.AuditRecord{
		ID: newID(), At: testNow(), Action: models.AuditPause, ActorKind: models.ActorSystem, ActorName: "guardrails",
	}
	for _, each := range change {
		each(&r)
	}
	return r
}

func TestListAudit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := newID()
	b.store.records = []models.AuditRecord{
		record(func(r *models.AuditRecord) {
			r.Action, r.ActorKind, r.ActorID, r.ActorName = models.AuditEditOutreach, models.ActorUser, &id, "Ada"
			r.CampaignID, r.ContactID, r.OutreachID, r.VersionBefore, r.VersionAfter = &id, &id, &id, new(1), new(2)
			r.Detail = models.AuditDetail{Fields: []string{"body"}}
		}),
		record(),
	}
	list := b.request(http.MethodGet, auditPath, "", b.asAdministrator()).object(http.StatusOK)
	require.InDelta(t, 2, list["total"], 0)
	require.Equal(t, false, list["more"])
	require.Equal(t, map[string]any{
		"id": b.store.records[0].ID, "at": "2030-03-04T15:06:07Z", "action": "edit_outreach",
		"actor": map[string]any{"kind": "user", "id": id, "name": "Ada"}, "campaignId": id, "contactId": id, "outreachId": id,
		"subjectId": nil, "versionBefore": 1.0, "versionAfter": 2.0,
		"detail": map[string]any{"fields": []any{"body"}, "counts": map[string]any{}, "codes": map[string]any{}},
	}, list["data"].([]any)[0])

	b.request(http.MethodGet, auditPath+"?campaignId="+id+"&contactId=x&actor="+id+"&action=pause"+
		"&from=2030-01-01T00:00:00%2B01:00&to=2030-02-01T00:00:00Z&page=3&perPage=7", "", b.asAdministrator()).object(http.StatusOK)
	require.Equal(t, models.AuditFilter{
		Page: models.Page{Number: 3, PerPage: 7}, CampaignID: &id, ContactID: new("x"), ActorID: &id,
		Action: new(models.AuditPause), From: new(time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC)),
		To: new(time.Date(2030, 2, 1, 0, 0, 0, 0, time.UTC)),
	}, b.store.auditFilter)
	b.request(http.MethodGet, auditPath+"?actor=api_key", "", b.asAdministrator()).object(http.StatusOK)
	require.Equal(t, models.ActorAPIKey, *b.store.auditFilter.ActorKind)
	require.Nil(t, b.store.auditFilter.ActorID)
	for _, role := range []models.Role{models.RoleViewer, models.RoleOperator} {
		for _, path := range []string{auditPath, auditPath + ".csv"} {
			b.request(http.MethodGet, path, "", withKey(b.keys[role])).problem(http.StatusForbidden, models.CodeForbidden)
		}
	}
	require.Empty(t, b.store.recorded)
}

// A list that is longer than it is counted says so.
func TestListAuditCapped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.records, b.store.uncounted = []models.AuditRecord{record()}, models.MaxAuditCount
	list := b.request(http.MethodGet, auditPath, "", b.asAdministrator()).object(http.StatusOK)
	require.InDelta(t, models.MaxAuditCount, list["total"], 0)
	require.Equal(t, true, list["more"])
}

func TestAuditCSV(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := newID()
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1+1", "＝1", "Ada, \"the\" first"} {
		b.store.records = append(b.store.records, record(func(r *models.AuditRecord) {
			r.ActorName, r.Detail = name, models.AuditDetail{Counts: map[string]int{"rows": 1}}
		}))
	}
	answer := b.request(http.MethodGet, auditPath+".csv?campaignId="+id, "", b.asAdministrator())
	require.Equal(t, http.StatusOK, answer.status)
	require.Equal(t, "text/csv", answer.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="audit.csv"`, answer.header.Get("Content-Disposition"))
	rows, err := csv.NewReader(strings.NewReader(string(answer.body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, len(b.store.records)+1)
	require.Equal(t, []string{
		"id", "at", "action", "actorKind", "actorId", "actorName", "campaignId", "contactId", "outreachId", "subjectId",
		"versionBefore", "versionAfter", "detail",
	}, rows[0])
	for _, row := range rows[1:] {
		for _, cell := range row {
			require.NotRegexp(t, "^ *[=+\\-@\t\r＝＋－＠]", cell)
		}
		require.JSONEq(t, `{"counts":{"rows":1}}`, row[12])
	}
	require.Equal(t, "'=1+1", rows[1][5])
	require.Equal(t, []models.AuditRecord{{Action: models.AuditExportAudit, CampaignID: &id}}, b.store.recorded)
}

func TestEraseContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignArchived)
	contact := b.contact(id)
	path := contactPath(contact) + "/erase"
	for _, body := range []string{``, `{}`, `{"confirm":true}`, `{"confirm":"yes"}`, `{"confirm":"erase","x":1}`} {
		b.request(http.MethodPost, path, body, b.asAdministrator()).problem(http.StatusBadRequest, models.CodeMalformed)
	}
	b.request(http.MethodPost, path, `{"confirm":"erase"}`).problem(http.StatusForbidden, models.CodeForbidden)
	require.Empty(t, b.store.erased)

	answer := b.request(http.MethodPost, path, `{"confirm":"erase","suppress":true}`, b.asAdministrator()).object(http.StatusOK)
	require.Equal(t, map[string]any{
		"contactId": contact.ID, "erasedAt": "2030-03-04T15:06:07Z", "changed": true, "inFlight": 1.0, "sameAddress": []any{},
	}, answer)
	require.Equal(t, map[string]models.EraseOptions{contact.ID: {Suppress: true}}, b.store.erased)
	require.Equal(t, 1, b.store.scrubbed)
	require.Contains(t, b.workflows.heard(), "wake campaign/"+id+"/contact/"+contact.ID+" 1")
}

func TestExportContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contact := b.contact(b.campaign(models.CampaignActive))
	at := testNow()
	b.store.export = models.ContactExport{
		CampaignName: "Spring", At: at, FormerAddresses: []string{"+12025550101"}, Others: []models.ContactKey{{CampaignID: "a", ContactID: "b"}},
		Outreaches: []models.ExportedOutreach{{
			Outreach: models.Outreach{ID: "o", Channel: models.ChannelEmail, State: models.OutreachFailed, ErrorDetail: new("no such mailbox"), SendAt: at},
			Versions: []models.OutreachVersion{{Version: 1, Body: "Dear Ada", Author: "ai"}},
			Events:   []models.Event{{Type: models.EventBounced, Detail: new("gone"), At: at}},
		}},
		Replies:      []models.Reply{{ID: "r", Channel: models.ChannelText, Text: "Hello", At: at}},
		Suppressions: []models.Suppression{{ID: "s", Channel: models.SuppressAll, Reason: models.SuppressedManual}},
		Import:       &models.Import{ID: "i", Source: models.SourceCSV, FileName: "people.csv", By: "Ada"},
		Audit:        []models.AuditRecord{record()},
	}
	export := b.request(http.MethodGet, contactPath(contact)+"/export", "").object(http.StatusOK)
	require.Equal(t, map[string]any{"id": contact.CampaignID, "name": "Spring"}, export["campaign"])
	require.Equal(t, "2030-03-04T15:06:07Z", export["exportedAt"])
	require.Equal(t, []any{"+12025550101"}, export["formerAddresses"])
	require.Equal(t, *contact.Email, export["contact"].(map[string]any)["email"])
	outreach := export["outreaches"].([]any)[0].(map[string]any)
	require.Equal(t, "no such mailbox", outreach["detail"])
	require.Equal(t, "Dear Ada", outreach["versions"].([]any)[0].(map[string]any)["body"])
	require.Equal(t, "gone", outreach["events"].([]any)[0].(map[string]any)["detail"])
	require.Equal(t, "Hello", export["replies"].([]any)[0].(map[string]any)["text"])
	require.Equal(t, []any{}, export["replies"].([]any)[0].(map[string]any)["transcript"])
	require.Len(t, export["suppressions"], 1)
	require.Equal(t, "people.csv", export["import"].(map[string]any)["fileName"])
	require.Len(t, export["auditRecords"], 1)
	require.Equal(t, []any{map[string]any{"campaignId": "a", "contactId": "b"}}, export["sameAddress"])
	b.request(http.MethodGet, contactPath(contact)+"/export", "", withKey(b.keys[models.RoleViewer])).
		problem(http.StatusForbidden, models.CodeForbidden)
}

// A key that is limited to campaigns learns nothing of others by exporting or erasing, and suppresses nothing for them.
func TestLimitedKeysEraseAndExport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.campaign(models.CampaignActive), b.campaign(models.CampaignActive)
	contact := b.contact(mine)
	others := []models.ContactKey{{CampaignID: mine, ContactID: "a"}, {CampaignID: other, ContactID: "b"}}
	b.store.others = others
	b.store.export = models.ContactExport{
		CampaignName: "Spring", At: testNow(), Others: others,
		Suppressions: []models.Suppression{{ID: "s", Channel: models.SuppressAll, Reason: models.SuppressedManual}},
	}
	key := withKey(b.addKey(models.APIKey{
		Role: models.RoleAdministrator, Limits: &models.KeyLimits{CampaignIDs: []string{mine}},
	}))
	known := []any{map[string]any{"campaignId": mine, "contactId": "a"}}
	export := b.request(http.MethodGet, contactPath(contact)+"/export", "", key).object(http.StatusOK)
	require.Equal(t, known, export["sameAddress"])
	require.Equal(t, []any{}, export["suppressions"])
	require.Equal(t, []any{}, export["formerAddresses"])
	path := contactPath(contact) + "/erase"
	b.request(http.MethodPost, path, `{"confirm":"erase","suppress":true}`, key).problem(http.StatusForbidden, models.CodeForbidden)
	require.Empty(t, b.store.erased)
	erased := b.request(http.MethodPost, path, `{"confirm":"erase"}`, key).object(http.StatusOK)
	require.Equal(t, known, erased["sameAddress"])
	all := b.request(http.MethodGet, contactPath(contact)+"/export", "").object(http.StatusOK)
	require.Len(t, all["sameAddress"], 2)
	require.Len(t, all["suppressions"], 1)
}

// A log that cannot be read to its end breaks the connection off: else half of it would look whole.
func TestAuditCSVBreaksOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.records = slices.Repeat([]models.AuditRecord{record()}, 100)
	b.store.recordsEnd = errors.New("the database is gone")
	server := httptest.NewServer(b.handler)
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+auditPath+".csv", nil)
	require.NoError(t, err)
	b.asAdministrator()(request)
	answer, err := server.Client().Do(request)
	if err != nil {
		return // nothing had been sent yet
	}
	defer func() { require.NoError(t, answer.Body.Close()) }()
	_, err = io.ReadAll(answer.Body)
	require.Error(t, err)
	require.Contains(t, b.log.String(), "answer broken off")
}

// A page of another host cannot have a browser put something on record, though it only reads.
func TestRecordedReadsAcrossOrigins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contact := b.contact(b.campaign(models.CampaignActive))
	b.store.export.At = testNow()
	b.store.users = append(b.store.users, models.User{
		ID: newID(), Email: "ada@clinic.example", Name: "Ada", Role: models.RoleAdministrator,
		PasswordHash: new("hash of a long password"), CreatedAt: testNow(),
	})
	ada := b.signIn("ada@clinic.example", "a long password")
	site := func(site string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) }
	}
	for _, path := range []string{auditPath + ".csv", contactPath(contact) + "/export"} {
		b.request(http.MethodGet, path, "", ada, site("cross-site")).problem(http.StatusForbidden, models.CodeCrossOrigin)
		require.Equal(t, http.StatusOK, b.request(http.MethodGet, path, "", ada, site("same-origin")).status)
		require.Equal(t, http.StatusOK, b.request(http.MethodGet, path, "", ada, site("none")).status)
	}
}
