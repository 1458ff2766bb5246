package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/store"
)

// walk is an API with one of everything, to see what each operation leaves in the audit log.
type walk struct {
	*bench

	t         *testing.T
	operator  models.APIKey
	key       string // of the operator
	draft     string // path of a draft that can go live
	active    string // path of an active campaign, in mode manual and with review
	contact   string // path of a contact of it whose outreach is planned
	contactID string
	user      string // id of a user
	token     string // of the user's invitation
	cookie    string // of the user's session, once signed in
	password  string
}

const walkPassword = "correct horse battery staple"

func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{bench: newBench(t, newSQLite(t)), t: t, password: walkPassword}
	text, hash := api.NewAPIKey()
	w.key, w.operator = text, models.APIKey{Name: "walker", Role: models.RoleOperator, KeyHash: hash}
	require.NoError(t, w.store.CreateAPIKey(t.Context(), &w.operator))
	w.draft = "/api/v1/campaigns/" + w.campaign(t, "automatic")
	id := w.campaign(t, "manual")
	w.active = "/api/v1/campaigns/" + id
	w.goLive(t, id)
	require.Equal(t, http.StatusOK, w.send(http.MethodPatch, w.active, `{"manualReview":true,"instructions":"x"}`, w.bench.key).status)
	added := w.post(t, w.bench.key, "", w.active+"/contacts", `{"contacts":[{"firstName":"Ada","email":"ada@people.example"}]}`)
	w.contactID = added.object(t)["success"].([]any)[0].(map[string]any)["contactId"].(string)
	w.contact = w.active + "/contacts/" + w.contactID
	w.plan(id)
	return w
}

// plan has the contact's outreach planned, as its workflow does.
func (w *walk) plan(campaignID string) {
	w.t.Helper()
	_, err := w.store.TakeContacts(w.t.Context(), campaignID, "batch", 10)
	require.NoError(w.t, err)
	_, request, err := w.store.BeginPlan(w.t.Context(), campaignID, w.contactID, "run")
	require.NoError(w.t, err)
	require.NotNil(w.t, request)
	_, err = w.store.StorePlan(w.t.Context(), campaignID, w.contactID, *request, models.Plan{
		Channel: models.ChannelEmail, SendAt: request.Now, Subject: "Your check-up", Body: "It is time for a check-up.", Reason: "First.",
	})
	require.NoError(w.t, err)
}

// send sends JSON with a key.
func (w *walk) send(method, path, body, key string) answer {
	w.t.Helper()
	request := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return w.do(w.t, request, key, "")
}

// byOperator and byAdministrator call with a key.
func (w *walk) byOperator(method, path, body string) answer { return w.send(method, path, body, w.key) }
func (w *walk) byAdministrator(method, path, body string) answer {
	return w.send(method, path, body, w.bench.key)
}

// invited makes a user, who has an invitation.
func (w *walk) invited() {
	w.t.Helper()
	made := w.byAdministrator(http.MethodPost, "/api/v1/users", `{"email":"grace@clinic.example","name":"Grace","role":"operator"}`)
	require.Equal(w.t, http.StatusCreated, made.status, made.body)
	shown := struct {
		User       struct{ ID string }
		Invitation struct{ Link string }
	}{}
	require.NoError(w.t, json.Unmarshal([]byte(made.body), &shown))
	link, err := url.Parse(shown.Invitation.Link)
	require.NoError(w.t, err)
	w.user = shown.User.ID
	w.token = link.Fragment + link.Query().Get("token")
	if at := strings.LastIndexAny(w.token, "=/"); at >= 0 {
		w.token = w.token[at+1:]
	}
}

// signedIn makes a user who has signed in.
func (w *walk) signedIn() {
	w.t.Helper()
	w.invited()
	done := w.useLink()
	require.Equal(w.t, http.StatusOK, done.status, done.body)
}

func (w *walk) useLink() answer {
	return w.session(http.MethodPost, "/api/v1/session/link", `{"token":"`+w.token+`","password":"`+w.password+`"}`)
}

// session sends JSON as a browser does, and keeps the cookie that comes back.
func (w *walk) session(method, path, body string) answer {
	w.t.Helper()
	request := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Cookie", w.cookie)
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, request)
	if cookie, _, _ := strings.Cut(recorder.Header().Get("Set-Cookie"), ";"); cookie != "" {
		w.cookie = cookie
	}
	return answer{status: recorder.Code, body: recorder.Body.String()}
}

// suppressionFile uploads a file of addresses, as the operator.
func (w *walk) suppressionFile(content string) answer {
	w.t.Helper()
	body := bytes.Buffer{}
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "left.csv")
	require.NoError(w.t, err)
	_, err = io.WriteString(file, content)
	require.NoError(w.t, err)
	require.NoError(w.t, form.Close())
	request := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/api/v1/suppressions/import", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return w.do(w.t, request, w.key, "")
}

// unconfirmed is the path of the contact's outreach, of which nobody knows whether it was sent.
func (w *walk) unconfirmed() string {
	w.t.Helper()
	campaignID := strings.TrimPrefix(w.active, "/api/v1/campaigns/")
	require.Equal(w.t, http.StatusOK, w.byAdministrator(http.MethodPost, w.contact+"/approve", `{"version":1}`).status)
	require.Equal(w.t, http.StatusOK, w.byAdministrator(http.MethodPost, w.active+"/start-outreaches", `{}`).status)
	step, err := w.store.Look(w.t.Context(), campaignID, w.contactID, "run")
	require.NoError(w.t, err)
	_, claim, _, err := w.store.Claim(w.t.Context(), store.ClaimRequest{
		CampaignID: campaignID, ContactID: w.contactID, OutreachID: step.OutreachID, Attempt: 1,
	})
	require.NoError(w.t, err)
	require.NotNil(w.t, claim, "%s", step)
	w.clock.advance(time.Hour)
	_, err = w.store.Look(w.t.Context(), campaignID, w.contactID, "run")
	require.NoError(w.t, err)
	return w.contact + "/outreaches/" + claim.OutreachID
}

// audited is what one operation leaves in the log: exactly one record, by whom calls it.
type audited struct {
	action  models.AuditAction
	prepare func(w *walk)
	do      func(w *walk) answer
	by      func(w *walk) (models.ActorKind, string) // kind and id; of the operator where nil
	again   bool                                     // the same call once more succeeds, changes nothing and leaves none
	fail    func(w *walk) answer                     // a call that is refused, after which there is no record more
	failed  models.AuditAction                       // but this, where a failure is on record
}

func administrator(w *walk) (models.ActorKind, string) {
	keys, _, err := w.store.APIKeys(w.t.Context(), models.Page{Number: 1, PerPage: 50})
	require.NoError(w.t, err)
	i := slices.IndexFunc(keys, func(k models.APIKey) bool { return k.Name == "bootstrap" })
	return models.ActorAPIKey, keys[i].ID
}

func theUser(w *walk) (models.ActorKind, string) { return models.ActorUser, w.user }

// post is an entry of an operation that an operator calls with POST on something of the walk, and that fails on nothing.
func control(action models.AuditAction, of func(w *walk) string, name, body string, again bool) audited {
	return audited{
		action: action, again: again,
		do:   func(w *walk) answer { return w.byOperator(http.MethodPost, of(w)+name, body) },
		fail: func(w *walk) answer { return w.byOperator(http.MethodPost, missing(of(w))+name, body) },
	}
}

// missing is the path of something that there is not, in place of the last part of the path.
func missing(path string) string {
	return path[:strings.LastIndex(path, "/")+1] + "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
}

func draft(w *walk) string   { return w.draft }
func active(w *walk) string  { return w.active }
func contact(w *walk) string { return w.contact }

func campaignActions() map[string]audited {
	pause := func(w *walk) { w.byAdministrator(http.MethodPost, w.active+"/pause", "{}") }
	approve := func(w *walk) { w.byAdministrator(http.MethodPost, w.contact+"/approve", `{"version":1}`) }
	resume := control(models.AuditResume, active, "/resume", "{}", true)
	resume.prepare = pause
	execute := control(models.AuditExecuteApproved, active, "/execute-approved", "{}", true)
	execute.prepare = approve
	return map[string]audited{
		"CreateCampaign": {
			action: models.AuditCreateCampaign,
			do: func(w *walk) answer {
				return w.byOperator(http.MethodPost, "/api/v1/campaigns", `{"name":"Summer","type":"one_time"}`)
			},
			fail: func(w *walk) answer {
				return w.byOperator(http.MethodPost, "/api/v1/campaigns", `{"name":" ","type":"one_time"}`)
			},
		},
		"UpdateCampaign": {
			action: models.AuditUpdateCampaign, again: true,
			do:   func(w *walk) answer { return w.byOperator(http.MethodPatch, w.active, `{"name":"Winter"}`) },
			fail: func(w *walk) answer { return w.byOperator(http.MethodPatch, w.active, `{"name":" "}`) },
		},
		"SetEmailImport": {
			action: models.AuditUpdateEmailImport, again: true,
			do: func(w *walk) answer {
				return w.byOperator(http.MethodPut, w.active+"/email-import", `{"enabled":false,"authorizedSender":"files@clinic.example"}`)
			},
			fail: func(w *walk) answer {
				return w.byOperator(http.MethodPut, missing(w.active)+"/email-import", `{"enabled":false}`)
			},
		},
		"GoLive":          control(models.AuditGoLive, draft, "/go-live", "{}", true),
		"Pause":           control(models.AuditPause, active, "/pause", "{}", true),
		"Resume":          resume,
		"Archive":         control(models.AuditArchive, active, "/archive", "{}", true),
		"StartOutreaches": control(models.AuditStartOutreaches, active, "/start-outreaches", "{}", false),
		"ExecuteApproved": execute,
	}
}

func contactActions() map[string]audited {
	enable := control(models.AuditEnableContact, contact, "/enable", "{}", true)
	enable.prepare = func(w *walk) { w.byAdministrator(http.MethodPost, w.contact+"/disable", "{}") }
	resend := ""
	return map[string]audited{
		"AddContacts": {
			action: models.AuditAddContacts,
			do: func(w *walk) answer {
				return w.byOperator(http.MethodPost, w.active+"/contacts", `{"contacts":[{"email":"one@people.example"},{"email":"two@people.example"}]}`)
			},
			fail: func(w *walk) answer {
				return w.byOperator(http.MethodPost, missing(w.active)+"/contacts", `{"contacts":[{"email":"one@people.example"}]}`)
			},
		},
		"UpdateContact": {
			action: models.AuditUpdateContact, again: true,
			do:   func(w *walk) answer { return w.byOperator(http.MethodPatch, w.contact, `{"lastName":"King"}`) },
			fail: func(w *walk) answer { return w.byOperator(http.MethodPatch, w.contact, `{"email":"nonsense"}`) },
		},
		"RemoveContact": {
			action: models.AuditRemoveContact,
			do:     func(w *walk) answer { return w.byOperator(http.MethodDelete, w.contact, "") },
			fail:   func(w *walk) answer { return w.byOperator(http.MethodDelete, w.contact, "") },
		},
		"BulkContacts": {
			action: models.AuditBulkContacts, again: true,
			do: func(w *walk) answer {
				return w.byOperator(http.MethodPost, w.active+"/contacts/bulk", `{"action":"disable","filter":{},"expectedCount":1}`)
			},
			fail: func(w *walk) answer {
				return w.byOperator(http.MethodPost, w.active+"/contacts/bulk", `{"action":"enable","filter":{},"expectedCount":9}`)
			},
		},
		"ApproveContact":    control(models.AuditApproveContact, contact, "/approve", `{"version":1}`, true),
		"DisableContact":    control(models.AuditDisableContact, contact, "/disable", "{}", true),
		"EnableContact":     enable,
		"CompleteContact":   control(models.AuditCompleteContact, contact, "/complete", "{}", true),
		"DisqualifyContact": control(models.AuditDisqualifyContact, contact, "/disqualify", "{}", true),
		"EditNextOutreach": {
			action: models.AuditEditOutreach,
			do: func(w *walk) answer {
				return w.byOperator(http.MethodPut, w.contact+"/next-outreach", `{"version":1,"body":"Better."}`)
			},
			fail: func(w *walk) answer {
				return w.byOperator(http.MethodPut, w.contact+"/next-outreach", `{"version":1,"body":"Better."}`)
			},
		},
		"ResendOutreach": {
			action: models.AuditResendOutreach, prepare: func(w *walk) { resend = w.unconfirmed() },
			do:   func(w *walk) answer { return w.byOperator(http.MethodPost, resend+"/resend", "{}") },
			fail: func(w *walk) answer { return w.byOperator(http.MethodPost, resend+"/resend", "{}") },
		},
		"ExportContact": {
			action: models.AuditExportContact,
			do:     func(w *walk) answer { return w.byOperator(http.MethodGet, w.contact+"/export", "") },
			fail:   func(w *walk) answer { return w.byOperator(http.MethodGet, missing(w.contact)+"/export", "") },
		},
		"EraseContact": {
			action: models.AuditEraseContact, by: administrator, again: true,
			do: func(w *walk) answer {
				return w.byAdministrator(http.MethodPost, w.contact+"/erase", `{"confirm":"erase"}`)
			},
			fail: func(w *walk) answer {
				return w.byAdministrator(http.MethodPost, missing(w.contact)+"/erase", `{"confirm":"erase"}`)
			},
		},
		"CreateImport": {
			action: models.AuditImportContacts,
			do:     func(w *walk) answer { return w.upload(w.t, w.key, "", w.active+"/imports", "people.csv", people("x")) },
			fail: func(w *walk) answer {
				return w.upload(w.t, w.key, "", missing(w.active)+"/imports", "people.csv", people("x"))
			},
		},
	}
}

func installationActions() map[string]audited {
	subject := ""
	const suppressions, keys = "/api/v1/suppressions", "/api/v1/api-keys"
	suppress := `{"channel":"email","address":"eve@people.example"}`
	return map[string]audited{
		"AddSuppression": {
			action: models.AuditAddSuppression, again: true,
			do: func(w *walk) answer { return w.byOperator(http.MethodPost, suppressions, suppress) },
			fail: func(w *walk) answer {
				return w.byOperator(http.MethodPost, suppressions, `{"channel":"text","address":"x"}`)
			},
		},
		"ImportSuppressions": {
			action: models.AuditImportSuppressions,
			do:     func(w *walk) answer { return w.suppressionFile("email\neve@people.example\n") },
			fail:   func(w *walk) answer { return w.suppressionFile("name\nEve\n") },
		},
		"DeleteSuppression": {
			action: models.AuditDeleteSuppression, by: administrator,
			prepare: func(w *walk) {
				subject = w.byAdministrator(http.MethodPost, suppressions, suppress).object(w.t)["id"].(string)
			},
			do:   func(w *walk) answer { return w.byAdministrator(http.MethodDelete, suppressions+"/"+subject, "") },
			fail: func(w *walk) answer { return w.byAdministrator(http.MethodDelete, suppressions+"/"+subject, "") },
		},
		"GetSuppressionsCSV": {
			action: models.AuditExportSuppressions,
			do: func(w *walk) answer {
				return w.byOperator(http.MethodGet, suppressions+".csv?search=people.example", "")
			},
			fail: func(w *walk) answer { return w.byOperator(http.MethodGet, suppressions+".csv?channel=x", "") },
		},
		"CreateAPIKey": {
			action: models.AuditCreateAPIKey, by: administrator,
			do:   func(w *walk) answer { return w.byAdministrator(http.MethodPost, keys, `{"name":"ai","role":"viewer"}`) },
			fail: func(w *walk) answer { return w.byAdministrator(http.MethodPost, keys, `{"name":" ","role":"viewer"}`) },
		},
		"RevokeAPIKey": {
			action: models.AuditRevokeAPIKey, by: administrator, again: true,
			do:   func(w *walk) answer { return w.byAdministrator(http.MethodDelete, keys+"/"+w.operator.ID, "") },
			fail: func(w *walk) answer { return w.byAdministrator(http.MethodDelete, missing(keys+"/x"), "") },
		},
		"UpdateSettings": {
			action: models.AuditUpdateSettings, by: administrator, again: true,
			do: func(w *walk) answer {
				return w.byAdministrator(http.MethodPatch, "/api/v1/settings", `{"organizationName":"Clinic"}`)
			},
			fail: func(w *walk) answer {
				return w.byAdministrator(http.MethodPatch, "/api/v1/settings", `{"defaults":{"timezone":"Mars/X"}}`)
			},
		},
		"GetAuditCSV": {
			action: models.AuditExportAudit, by: administrator,
			do:   func(w *walk) answer { return w.byAdministrator(http.MethodGet, "/api/v1/audit.csv", "") },
			fail: func(w *walk) answer { return w.byOperator(http.MethodGet, "/api/v1/audit.csv", "") },
		},
	}
}

func userActions() map[string]audited {
	const users, session = "/api/v1/users", "/api/v1/session"
	signIn := func(w *walk, password string) answer {
		return w.session(http.MethodPost, session, `{"email":"grace@clinic.example","password":"`+password+`"}`)
	}
	change := func(w *walk, old string) answer {
		return w.session(http.MethodPut, session+"/password", `{"oldPassword":"`+old+`","newPassword":"another horse battery staple"}`)
	}
	return map[string]audited{
		"CreateUser": {
			action: models.AuditCreateUser, by: administrator,
			do: func(w *walk) answer {
				return w.byAdministrator(http.MethodPost, users, `{"email":"grace@clinic.example","name":"Grace","role":"viewer"}`)
			},
			fail: func(w *walk) answer {
				return w.byAdministrator(http.MethodPost, users, `{"email":"nonsense","name":"Grace","role":"viewer"}`)
			},
		},
		"UpdateUser": {
			action: models.AuditUpdateUser, by: administrator, again: true, prepare: (*walk).invited,
			do: func(w *walk) answer {
				return w.byAdministrator(http.MethodPatch, users+"/"+w.user, `{"role":"viewer"}`)
			},
			fail: func(w *walk) answer { return w.byAdministrator(http.MethodPatch, users+"/"+w.user, `{"name":" "}`) },
		},
		"DeleteUser": {
			action: models.AuditDeleteUser, by: administrator, prepare: (*walk).invited,
			do:   func(w *walk) answer { return w.byAdministrator(http.MethodDelete, users+"/"+w.user, "") },
			fail: func(w *walk) answer { return w.byAdministrator(http.MethodDelete, users+"/"+w.user, "") },
		},
		"CreateResetLink": {
			action: models.AuditCreateLink, by: administrator, prepare: (*walk).invited,
			do:   func(w *walk) answer { return w.byAdministrator(http.MethodPost, users+"/"+w.user+"/reset-link", "") },
			fail: func(w *walk) answer { return w.byAdministrator(http.MethodPost, missing(users+"/x")+"/reset-link", "") },
		},
		"UseLink": {
			action: models.AuditUseLink, by: theUser, prepare: (*walk).invited,
			do: (*walk).useLink, fail: (*walk).useLink,
		},
		"SignIn": {
			action: models.AuditSignIn, by: theUser, prepare: (*walk).signedIn,
			do:   func(w *walk) answer { return signIn(w, walkPassword) },
			fail: func(w *walk) answer { return signIn(w, "a wrong password") }, failed: models.AuditSignInFailed,
		},
		"SignOut": {
			action: models.AuditSignOut, by: theUser, prepare: (*walk).signedIn,
			do:   func(w *walk) answer { return w.session(http.MethodDelete, session, "") },
			fail: func(w *walk) answer { return w.session(http.MethodDelete, session, "") },
		},
		"ChangePassword": {
			action: models.AuditChangePassword, by: theUser, prepare: (*walk).signedIn,
			do:   func(w *walk) answer { return change(w, walkPassword) },
			fail: func(w *walk) answer { return change(w, walkPassword) },
		},
	}
}

// unaudited says of operations that change something, or are no GET, why they leave nothing in the log.
func unaudited() map[string]string {
	return map[string]string{
		"PreviewImport": "it stores nothing", "CheckLink": "it changes nothing",
		"ReceiveSendGridEvents": "a provider's report, kept as events", "ReceiveSendGridInbound": "a mail, kept as a reply",
		"ReceiveTwilioTextStatus": "a provider's report", "ReceiveTwilioText": "a text, kept as a reply",
		"AnswerTwilioCall": "a provider's report", "ReceiveTwilioCallStatus": "a provider's report",
		"HearTwilioCall": "what was said in a call, kept as a reply", "ReceiveTwilioInboundCall": "a call that came in",
		"ReceiveTwilioAMD": "a provider's report", "Unsubscribe": "the contact's own wish, kept as an event and a suppression",
	}
}

// TestAuditOfEveryOperation walks every operation that may change something: each leaves exactly one record, with who called
// it; one that is repeated or refused leaves none. An operation that is in neither list fails.
func TestAuditOfEveryOperation(t *testing.T) {
	t.Parallel()
	all := map[string]audited{}
	for _, some := range []map[string]audited{campaignActions(), contactActions(), installationActions(), userActions()} {
		maps.Copy(all, some)
	}
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	require.NoError(t, err)
	named := doc.Components.Schemas["AuditAction"].Value.Enum
	require.Len(t, named, len(models.AuditActions))
	for _, action := range models.AuditActions {
		require.Contains(t, named, string(action), "openapi.yaml names each action")
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			_, without := unaudited()[operation.OperationID]
			_, with := all[operation.OperationID]
			require.False(t, with && without, operation.OperationID)
			require.True(t, with || without || method == http.MethodGet,
				"%s %s (%s) may change something: say here what it leaves in the audit log", method, path, operation.OperationID)
		}
	}
	for operation, entry := range all {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			entry.test(t, newWalk(t))
		})
	}
}

func (a audited) test(t *testing.T, w *walk) {
	t.Helper()
	if a.prepare != nil {
		a.prepare(w)
	}
	kind, id := models.ActorAPIKey, w.operator.ID
	if a.by != nil {
		kind, id = a.by(w)
	}
	before := w.records()
	done := a.do(w)
	require.Less(t, done.status, http.StatusBadRequest, done.body)
	left := w.records()[len(before):]
	require.Len(t, left, 1, "%v", actions(left))
	require.Equal(t, a.action, left[0].Action)
	require.Equal(t, kind, left[0].ActorKind)
	require.NotNil(t, left[0].ActorID)
	require.Equal(t, id, *left[0].ActorID)
	text := fmt.Sprintf("%+v", left[0].Detail)
	for _, personal := range []string{"Ada", "people.example", "clinic.example", "Better", "King", "check-up"} {
		require.NotContains(t, text, personal)
	}
	if a.again {
		again := a.do(w)
		require.Less(t, again.status, http.StatusBadRequest, again.body)
		require.Len(t, w.records(), len(before)+1, "what changes nothing leaves none")
	}
	failed := a.fail(w)
	require.GreaterOrEqual(t, failed.status, http.StatusBadRequest, failed.body)
	more := w.records()[len(before)+1:]
	if a.failed != "" {
		require.Equal(t, []models.AuditAction{a.failed}, actions(more))
		return
	}
	require.Empty(t, more, "%v", actions(more))
}

// records are all there are, the oldest first.
func (w *walk) records() []models.AuditRecord {
	w.t.Helper()
	all := []models.AuditRecord{}
	require.NoError(w.t, w.store.EachAuditRecord(w.t.Context(), models.AuditFilter{}, func(page []models.AuditRecord) error {
		all = append(all, page...)
		return nil
	}))
	slices.Reverse(all)
	return all
}

func actions(records []models.AuditRecord) []models.AuditAction {
	list := make([]models.AuditAction, 0, len(records))
	for i := range records {
		list = append(list, records[i].Action)
	}
	return list
}

// TestAuditOfRefusedImport says that a file which is refused whole is on record as that.
func TestAuditOfRefusedImport(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	before := len(w.records())
	refused := w.upload(t, w.key, "", w.active+"/imports", "people.csv", "Name\nAda\n")
	require.Equal(t, http.StatusUnprocessableEntity, refused.status, refused.body)
	left := w.records()[before:]
	require.Equal(t, []models.AuditAction{models.AuditRefuseImport}, actions(left))
	require.NotNil(t, left[0].SubjectID)

	// What is repeated under its key is noted once; another file under the same key is another refusal.
	before = len(w.records())
	for _, content := range []string{"Name\nAda\n", "Name\nAda\n", "Name\nGrace\n", "Name\nAda\n"} {
		again := w.upload(t, w.key, "refused", w.active+"/imports", "people.csv", content)
		require.Equal(t, refused.status, again.status, again.body)
		require.Equal(t, refused.object(t)["code"], again.object(t)["code"])
	}
	require.Equal(t, []models.AuditAction{models.AuditRefuseImport, models.AuditRefuseImport}, actions(w.records()[before:]))
}

// TestAuditOfRepeatedCall says that a call which is repeated under its key leaves one record.
func TestAuditOfRepeatedCall(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	before := len(w.records())
	for range 3 {
		started := w.post(t, w.key, "start", w.active+"/start-outreaches", "{}")
		require.Equal(t, http.StatusOK, started.status, started.body)
	}
	require.Equal(t, []models.AuditAction{models.AuditStartOutreaches}, actions(w.records()[before:]))
}

// TestAuthorOfAnEdit says that nobody's edit passes for what the AI wrote, whatever their key is called.
func TestAuthorOfAnEdit(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	made := w.byAdministrator(http.MethodPost, "/api/v1/api-keys", `{"name":" AI ","role":"operator"}`)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	edited := w.send(http.MethodPut, w.contact+"/next-outreach", `{"version":1,"body":"Better."}`, made.object(t)["key"].(string))
	require.Equal(t, http.StatusOK, edited.status, edited.body)
	require.Equal(t, "api_key AI", edited.object(t)["nextOutreach"].(map[string]any)["author"])
}
