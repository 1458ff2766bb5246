package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
)

// fixture is an API with one of everything.
type fixture struct {
	*testBundle

	campaign    string // path of an active campaign, in execution mode manual and with review
	draft       string // path of a draft
	contact     string // path of a contact of the campaign, with a planned outreach
	resend      string // path of the resend of an outreach whose result is unknown
	imported    string // path of an import
	key         string // path of an API key
	suppression string // path of a suppression
	user        string // path of a user
	session     func(*http.Request)
	link        string // token of the user's reset link
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	b := setup(t)
	id := b.campaign(models.CampaignActive, manual, func(c *models.Campaign) { c.ManualReview = true })
	contact := b.contact(id)
	b.planned(contact)
	f := &fixture{
		testBundle: b, campaign: campaignPath(id), draft: campaignPath(b.campaign(models.CampaignDraft)),
		contact: contactPath(contact), key: "/api/v1/api-keys/" + b.store.keys[0].ID,
		suppression: suppressionsPath + "/" + newID(),
	}
	f.resend = f.contact + "/outreaches/" + b.unknownOutreach(contact) + "/resend"
	entry := models.Import{ID: newID(), CampaignID: id, Status: models.ImportCompleted, Source: models.SourceCSV}
	b.store.imports = append(b.store.imports, entry)
	f.imported = f.campaign + "/imports/" + entry.ID
	b.store.suppressions = []models.Suppression{{
		ID: f.suppression[len(suppressionsPath)+1:], Channel: models.SuppressAll, Address: new("ada@example.com"),
		Reason: models.SuppressedManual, Source: "api",
	}}
	f.addUser()
	b.store.calls = map[string]models.CallTexts{outreachID: {Script: "Hello"}}
	b.store.performance.AsOf = testNow()
	b.store.subscriptions = map[string]models.Subscription{outreachID: {BusinessName: "Ada & Sons", Address: "ada@example.com"}}
	return f
}

// try is one request.
type try struct {
	method, path, body string
	changes            []func(*http.Request)
	status             int
	code               models.Code // of an error
}

// tried is a success and an error of an operation.
type tried struct{ success, failure try }

// tries lists a success and an error of every operation. Those that describe no error have none.
func (f *fixture) tries() map[string]tried {
	all := map[string]tried{}
	for _, some := range []map[string]tried{
		f.campaignTries(), f.contactTries(), f.importTries(), f.otherTries(), f.webhookTries(),
		f.sessionTries(), f.userTries(), f.auditTries(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func (f *fixture) auditTries() map[string]tried {
	administrator := withKey(f.keys[models.RoleAdministrator])
	as := func(method, path, body string) try {
		return try{method: method, path: path, body: body, changes: []func(*http.Request){administrator}}
	}
	unknown := f.campaign + "/contacts/" + newID()
	return map[string]tried{
		"ListAudit":     {as(http.MethodGet, auditPath, "").is(200), as(http.MethodGet, auditPath+"?action=guess", "").malformed()},
		"GetAuditCSV":   {as(http.MethodGet, auditPath+".csv", "").is(200), as(http.MethodGet, auditPath+".csv?from=x", "").malformed()},
		"ExportContact": {as(http.MethodGet, f.contact+"/export", "").is(200), as(http.MethodGet, unknown+"/export", "").missing()},
		"EraseContact": {
			as(http.MethodPost, f.contact+"/erase", f.rightBody("EraseContact")).is(200),
			as(http.MethodPost, f.contact+"/erase", `{}`).malformed(),
		},
	}
}

func (f *fixture) campaignTries() map[string]tried {
	post := func(path, body string) try { return try{method: http.MethodPost, path: path, body: body} }
	get := func(path string) try { return try{method: http.MethodGet, path: path} }
	patch := func(path, body string) try { return try{method: http.MethodPatch, path: path, body: body} }
	unknown := campaignPath(newID())
	conflict := func(from try) try { return from.fails(http.StatusConflict, models.CodeInvalidTransition) }
	return map[string]tried{
		"ListCampaigns": {get("/api/v1/campaigns").is(200), get("/api/v1/campaigns?page=0").malformed()},
		"CreateCampaign": {
			post("/api/v1/campaigns", f.rightBody("CreateCampaign")).is(201), post("/api/v1/campaigns", `{}`).malformed(),
		},
		"GetCampaign": {get(f.campaign).is(200), get(unknown).missing()},
		"UpdateCampaign": {
			patch(f.campaign, `{"name":"x"}`).is(200),
			patch(f.campaign, `{"name":" "}`).fails(http.StatusUnprocessableEntity, models.CodeInvalid),
		},
		"GoLive":  {post(f.draft+"/go-live", "").is(200), post(unknown+"/go-live", "").missing()},
		"Pause":   {post(f.campaign+"/pause", "").is(200), conflict(post(f.draft+"/pause", ""))},
		"Resume":  {post(f.campaign+"/resume", "").is(200), conflict(post(f.draft+"/resume", ""))},
		"Archive": {post(f.campaign+"/archive", "").is(200), post(unknown+"/archive", "").missing()},
		"StartOutreaches": {
			post(f.campaign+"/start-outreaches", "").is(200), conflict(post(f.draft+"/start-outreaches", "")),
		},
		"ExecuteApproved": {
			post(f.campaign+"/execute-approved", "").is(200), conflict(post(f.draft+"/execute-approved", "")),
		},
		"GetProgress":       {get(f.campaign + "/progress").is(200), get(unknown + "/progress").missing()},
		"GetPerformance":    {get(f.campaign + "/performance").is(200), get(unknown + "/performance").missing()},
		"GetPerformanceCSV": {get(f.campaign + "/performance.csv").is(200), get(unknown + "/performance.csv").missing()},
	}
}

func (f *fixture) contactTries() map[string]tried {
	post := func(path, body string) try { return try{method: http.MethodPost, path: path, body: body} }
	at := func(method, path, body string) try { return try{method: method, path: path, body: body} }
	unknown := f.campaign + "/contacts/" + newID()
	found := map[string]tried{
		"ListContacts": {
			at(http.MethodGet, f.campaign+"/contacts", "").is(200),
			at(http.MethodGet, f.campaign+"/contacts?sort=email", "").malformed(),
		},
		"AddContacts": {
			post(f.campaign+"/contacts", f.rightBody("AddContacts")).is(200),
			post(f.campaign+"/contacts", `{"contacts":7}`).malformed(),
		},
		"GetContact":    {at(http.MethodGet, f.contact, "").is(200), at(http.MethodGet, unknown, "").missing()},
		"UpdateContact": {at(http.MethodPatch, f.contact, `{}`).is(200), at(http.MethodPatch, unknown, `{}`).missing()},
		"RemoveContact": {at(http.MethodDelete, f.contact, "").is(204), at(http.MethodDelete, unknown, "").missing()},
		"ApproveContact": {
			post(f.contact+"/approve", `{"version":1}`).is(200),
			post(f.contact+"/approve", `{"version":2}`).fails(http.StatusConflict, models.CodeStaleVersion),
		},
		"EditNextOutreach": {
			at(http.MethodPut, f.contact+"/next-outreach", `{"version":1,"body":"Hello"}`).is(200),
			at(http.MethodPut, f.contact+"/next-outreach", `{"version":7}`).
				fails(http.StatusConflict, models.CodeStaleVersion),
		},
		"ResendOutreach": {
			post(f.resend, "").is(200), post(f.contact+"/outreaches/"+newID()+"/resend", "").missing(),
		},
		"BulkContacts": {
			post(f.campaign+"/contacts/bulk", `{"action":"disable","filter":{},"expectedCount":1}`).is(200),
			post(f.campaign+"/contacts/bulk", `{"action":"disable","filter":{},"expectedCount":2}`).
				fails(http.StatusConflict, models.CodeCountChanged),
		},
	}
	for operation, control := range map[string]string{
		"DisableContact": "disable", "EnableContact": "enable", "CompleteContact": "complete",
		"DisqualifyContact": "disqualify",
	} {
		found[operation] = tried{post(f.contact+"/"+control, "").is(200), post(unknown+"/"+control, "").missing()}
	}
	return found
}

func (f *fixture) importTries() map[string]tried {
	get := func(path string) try { return try{method: http.MethodGet, path: path} }
	post := func(path string, form func(*http.Request)) try {
		return try{method: http.MethodPost, path: path, changes: []func(*http.Request){form}}
	}
	content, columns := file("Name,Email\nAda,ada@example.com\n"), mapping(`{"name":"Name","email":"Email"}`)
	unknown := f.campaign + "/imports/" + newID()
	return map[string]tried{
		"ListImports": {
			get(f.campaign + "/imports").is(200), get(campaignPath(newID()) + "/imports").missing(),
		},
		"CreateImport": {
			post(f.campaign+"/imports", withForm(f.t, content, columns)).is(201),
			post(f.campaign+"/imports", withForm(f.t, content)).malformed(),
		},
		"PreviewImport": {
			post(f.campaign+"/imports/preview", withForm(f.t, content)).is(200),
			post(f.campaign+"/imports/preview", withForm(f.t, columns)).malformed(),
		},
		"GetImport":       {get(f.imported).is(200), get(unknown).missing()},
		"GetImportErrors": {get(f.imported + "/errors.csv").is(200), get(unknown + "/errors.csv").missing()},
		"GetEmailImport":  {get(f.campaign + "/email-import").is(200), get(campaignPath(newID()) + "/email-import").missing()},
		"SetEmailImport": {
			try{method: http.MethodPut, path: f.campaign + "/email-import", body: f.rightBody("SetEmailImport")}.is(200),
			try{method: http.MethodPut, path: f.campaign + "/email-import", body: `{}`}.malformed(),
		},
	}
}

func (f *fixture) otherTries() map[string]tried {
	administrator := withKey(f.keys[models.RoleAdministrator])
	at := func(method, path, body string) try { return try{method: method, path: path, body: body} }
	as := func(t try, change func(*http.Request)) try {
		t.changes = append(t.changes, change)
		return t
	}
	away := func(*http.Request) { f.store.fails = http.ErrServerClosed }
	return map[string]tried{
		"ListReview": {
			at(http.MethodGet, "/api/v1/review", "").is(200),
			at(http.MethodGet, "/api/v1/review?campaignId=x", "").malformed(),
		},
		"ListSuppressions": {
			at(http.MethodGet, suppressionsPath, "").is(200),
			at(http.MethodGet, suppressionsPath+"?channel=fax", "").malformed(),
		},
		"GetSuppressionsCSV": {
			at(http.MethodGet, suppressionsPath+".csv", "").is(200),
			at(http.MethodGet, suppressionsPath+".csv?channel=fax", "").malformed(),
		},
		"ImportSuppressions": {
			as(at(http.MethodPost, suppressionsPath+"/import", "").is(200), f.rightForm("ImportSuppressions")),
			as(at(http.MethodPost, suppressionsPath+"/import", "").fails(http.StatusUnprocessableEntity, models.CodeInvalid),
				withForm(f.t, file("name\nAda\n"))),
		},
		"AddSuppression": {
			at(http.MethodPost, suppressionsPath, f.rightBody("AddSuppression")).is(201),
			at(http.MethodPost, suppressionsPath, `{"channel":"text","address":"x"}`).
				fails(http.StatusUnprocessableEntity, models.CodeInvalid),
		},
		"DeleteSuppression": {
			as(at(http.MethodDelete, f.suppression, "").is(204), administrator),
			at(http.MethodDelete, f.suppression, "").fails(http.StatusForbidden, models.CodeForbidden),
		},
		"ListAPIKeys": {
			as(at(http.MethodGet, "/api/v1/api-keys", "").is(200), administrator),
			at(http.MethodGet, "/api/v1/api-keys", "").fails(http.StatusForbidden, models.CodeForbidden),
		},
		"CreateAPIKey": {
			as(at(http.MethodPost, "/api/v1/api-keys", f.rightBody("CreateAPIKey")).is(201), administrator),
			as(at(http.MethodPost, "/api/v1/api-keys", `{}`).malformed(), administrator),
		},
		"RevokeAPIKey": {
			as(at(http.MethodDelete, f.key, "").is(204), administrator),
			as(at(http.MethodDelete, "/api/v1/api-keys/"+newID(), "").missing(), administrator),
		},
		"GetHealth": {success: at(http.MethodGet, "/healthz", "").is(200)},
		"GetReadiness": {
			at(http.MethodGet, "/readyz", "").is(200),
			as(at(http.MethodGet, "/readyz", "").fails(http.StatusServiceUnavailable, models.CodeUnavailable), away),
		},
		"GetSpec":  {success: at(http.MethodGet, "/openapi.yaml", "").is(200)},
		"ShowDocs": {success: at(http.MethodGet, "/docs", "").is(200)},
	}
}

// password is the password of the fixture's user.
const password = "correct horse battery"

// addUser makes a user with a session and a link.
func (f *fixture) addUser() {
	f.t.Helper()
	user := models.User{
		ID: newID(), Email: "ada@clinic.example", Name: "Ada", Role: models.RoleAdministrator,
		PasswordHash: new("hash of " + password), CreatedAt: testNow(),
	}
	token, link := api.NewLink()
	link.Kind, link.UserID, link.ExpiresAt = models.LinkReset, &user.ID, testNow().Add(models.LinkTTL)
	f.user, f.link = "/api/v1/users/"+user.ID, token
	f.store.users, f.store.links = append(f.store.users, user), append(f.store.links, *link)
	f.session = f.signIn("ada@clinic.example", password)
}

// signIn signs in and returns what makes a request one of the session.
func (b *testBundle) signIn(email, password string) func(*http.Request) {
	b.t.Helper()
	answer := b.request(http.MethodPost, sessionPath, `{"email":"`+email+`","password":"`+password+`"}`, withKey(""))
	answer.object(http.StatusOK)
	cookie, err := http.ParseSetCookie(answer.header.Get("Set-Cookie"))
	require.NoError(b.t, err)
	return func(r *http.Request) {
		r.Header.Del("X-Api-Key")
		r.AddCookie(cookie)
	}
}

const sessionPath = "/api/v1/session"

func (f *fixture) sessionTries() map[string]tried {
	at := func(method, path, body string, changes ...func(*http.Request)) try {
		return try{method: method, path: path, body: body, changes: changes}
	}
	nobody := withKey("")
	refused := func(t try) try { return t.fails(http.StatusUnauthorized, models.CodeUnauthorized) }
	return map[string]tried{
		"GetSession": {at(http.MethodGet, sessionPath, "").is(200), refused(at(http.MethodGet, sessionPath, "", nobody))},
		"SignIn": {
			at(http.MethodPost, sessionPath, `{"email":"Ada@Clinic.example","password":"`+password+`"}`, nobody).is(200),
			refused(at(http.MethodPost, sessionPath, `{"email":"ada@clinic.example","password":"wrong"}`, nobody)),
		},
		"SignOut": {
			at(http.MethodDelete, sessionPath, "", f.session).is(204),
			at(http.MethodDelete, sessionPath, "").fails(http.StatusForbidden, models.CodeForbidden),
		},
		"CheckLink": {
			at(http.MethodPost, sessionPath+"/link/check", f.rightBody("CheckLink"), nobody).is(200),
			at(http.MethodPost, sessionPath+"/link/check", `{"token":"x"}`, nobody).missing(),
		},
		"UseLink": {
			at(http.MethodPost, sessionPath+"/link", `{"token":"`+f.link+`","password":"another long one"}`, nobody).is(200),
			at(http.MethodPost, sessionPath+"/link", `{"token":"x","password":"another long one"}`, nobody).missing(),
		},
		"ChangePassword": {
			at(http.MethodPut, sessionPath+"/password",
				`{"oldPassword":"`+password+`","newPassword":"another long one"}`, f.session).is(200),
			at(http.MethodPut, sessionPath+"/password",
				`{"oldPassword":"wrong","newPassword":"another long one"}`).fails(http.StatusForbidden, models.CodeForbidden),
		},
	}
}

func (f *fixture) userTries() map[string]tried {
	administrator := withKey(f.keys[models.RoleAdministrator])
	at := func(method, path, body string) try {
		return try{method: method, path: path, body: body, changes: []func(*http.Request){administrator}}
	}
	const users, settings = "/api/v1/users", "/api/v1/settings"
	unknown := users + "/" + newID()
	return map[string]tried{
		"ListUsers": {at(http.MethodGet, users, "").is(200), at(http.MethodGet, users+"?page=0", "").malformed()},
		"CreateUser": {
			at(http.MethodPost, users, f.rightBody("CreateUser")).is(201),
			at(http.MethodPost, users, `{"email":"ada@clinic.example","name":"Ada","role":"viewer"}`).
				fails(http.StatusConflict, models.CodeDuplicate),
		},
		"GetUser":    {at(http.MethodGet, f.user, "").is(200), at(http.MethodGet, unknown, "").missing()},
		"UpdateUser": {at(http.MethodPatch, f.user, `{"disabled":true}`).is(200), at(http.MethodPatch, unknown, `{}`).missing()},
		"DeleteUser": {at(http.MethodDelete, f.user, "").is(204), at(http.MethodDelete, unknown, "").missing()},
		"CreateResetLink": {
			at(http.MethodPost, f.user+"/reset-link", "").is(200), at(http.MethodPost, unknown+"/reset-link", "").missing(),
		},
		"GetSettings": {
			at(http.MethodGet, settings, "").is(200), at(http.MethodGet, settings+"?x=1", "").malformed(),
		},
		"UpdateSettings": {
			at(http.MethodPatch, settings, `{"organizationName":"Example Clinic"}`).is(200),
			at(http.MethodPatch, settings, `{"defaults":{"timezone":"Mars"}}`).
				fails(http.StatusUnprocessableEntity, models.CodeInvalid),
		},
	}
}

func (f *fixture) webhookTries() map[string]tried {
	operations := map[string]string{
		"/webhooks/twilio/sms/status":   "ReceiveTwilioTextStatus",
		"/webhooks/twilio/sms/inbound":  "ReceiveTwilioText",
		"/webhooks/twilio/voice/answer": "AnswerTwilioCall",
		"/webhooks/twilio/voice/status": "ReceiveTwilioCallStatus",
		"/webhooks/twilio/voice/amd":    "ReceiveTwilioAMD",

		"/webhooks/twilio/voice/gather":  "HearTwilioCall",
		"/webhooks/twilio/voice/inbound": "ReceiveTwilioInboundCall",
	}
	signed := func(path string, form url.Values, token string) try {
		return try{
			method: http.MethodPost, path: path, body: form.Encode(),
			changes: []func(*http.Request){signTwilio(token, path, form)},
		}
	}
	sendGrid := func(at time.Time) try {
		return try{
			method: http.MethodPost, path: eventsPath, body: delivered,
			changes: []func(*http.Request){f.sign(delivered, at)},
		}
	}
	forged := func(t try) try { return t.fails(http.StatusForbidden, models.CodeBadSignature) }
	unsubscribe := func(method string) tried {
		asked := try{method: method, path: unsubscribePath(f.t)}
		broken := asked.fails(http.StatusInternalServerError, models.CodeInternal)
		broken.changes = []func(*http.Request){func(*http.Request) { f.store.fails = http.ErrServerClosed }}
		return tried{asked.is(200), broken}
	}
	found := map[string]tried{
		"ReceiveSendGridInbound": {
			f.mailTry(inboundPath(f.t), answering(f.t, "Yes, please")).is(204),
			f.mailTry("/webhooks/sendgrid/inbound/guessed", answering(f.t, "Yes")).missing(),
		},
		"ShowUnsubscribe":       unsubscribe(http.MethodGet),
		"Unsubscribe":           unsubscribe(http.MethodPost),
		"ReceiveSendGridEvents": {sendGrid(testNow()).is(204), forged(sendGrid(testNow().Add(-2 * time.Hour)))},
	}
	for address, form := range twilioPosts() {
		target, err := url.Parse(address)
		require.NoError(f.t, err)
		status := http.StatusOK // TwiML
		switch path.Base(target.Path) {
		case "status", "amd":
			status = http.StatusNoContent
		}
		found[operations[target.Path]] = tried{
			signed(address, form, twilioToken).is(status), forged(signed(address, form, "x")),
		}
	}
	return found
}

func (t try) is(status int) try {
	t.status = status
	return t
}

func (t try) fails(status int, code models.Code) try {
	t.status, t.code = status, code
	return t
}

func (t try) malformed() try { return t.fails(http.StatusBadRequest, models.CodeMalformed) }
func (t try) missing() try   { return t.fails(http.StatusNotFound, models.CodeNotFound) }

// Every operation of the specification is called with success and, where it describes one, with an error, and both answers
// are held against it.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	described := map[string]bool{} // whether an error is described
	for _, item := range spec(t).Paths.Map() {
		for _, operation := range item.Operations() {
			described[operation.OperationID] = operation.Responses.Default() != nil
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(described)), slices.Collect(maps.Keys(newFixture(t).tries())))
	for operation, hasError := range described {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tried := f.tries()[operation]
			f.do(operation, tried.success)
			if hasError {
				require.NotEmpty(t, tried.failure.path)
				f.do(operation, tried.failure)
			} else {
				require.Empty(t, tried.failure.path)
			}
		})
	}
}

// do makes a request, which must be of the operation, and wants its answer.
func (f *fixture) do(operation string, t try) {
	f.t.Helper()
	seen := ""
	changes := append(slices.Clone(t.changes), func(r *http.Request) {
		route, _, err := f.router.FindRoute(r)
		require.NoError(f.t, err)
		seen = route.Operation.OperationID
	})
	answer := f.request(t.method, t.path, t.body, changes...)
	require.Equal(f.t, operation, seen)
	if t.code != "" {
		answer.problem(t.status, t.code)
		return
	}
	require.Equal(f.t, t.status, answer.status, "%s", answer.body)
	require.Less(f.t, answer.status, http.StatusBadRequest)
}
