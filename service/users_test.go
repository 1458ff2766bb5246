package service_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/service"
)

// printed is a config, and where a command prints to.
func printed(t *testing.T, command func(config service.Config, out *bytes.Buffer) error) (text, token string) {
	t.Helper()
	out := &bytes.Buffer{}
	require.NoError(t, command(service.Config{PublicURL: "https://beckon.example/"}, out))
	text = out.String()
	if text == "" {
		return "", ""
	}
	require.Equal(t, 1, strings.Count(text, "\n"), "one line: %s", text)
	found := regexp.MustCompile(`https://beckon\.example/link#([A-Za-z0-9_-]{43})\n$`).FindStringSubmatch(text)
	require.NotNil(t, found, text)
	return text, found[1]
}

// The first start prints a link that makes the administrator; each start prints another, which puts the one before out of
// use, until there is one.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	setup := func() (text, token string) {
		return printed(t, func(config service.Config, out *bytes.Buffer) error {
			return service.PrintSetupLink(t.Context(), config, d.store, out)
		})
	}
	_, first := setup()
	_, second := setup()
	use := func(token, more string) answer {
		return d.ask(t, http.MethodPost, sessionPath+"/link", `{"token":"`+token+`","password":"`+otherOne+`"`+more+`}`, home)
	}
	who := `,"email":"Root@Clinic.Example","name":"Root"`
	use(first, who).problem(t, http.StatusNotFound, models.CodeNotFound)
	use(second, "").problem(t, http.StatusUnprocessableEntity, models.CodeInvalid)
	use(second, `,"email":"no address","name":"Root"`).problem(t, http.StatusUnprocessableEntity, models.CodeInvalid)
	cookie := use(second, who).cookie(t)
	require.True(t, d.holds(t, cookie))
	use(second, who).problem(t, http.StatusNotFound, models.CodeNotFound)
	text, _ := setup()
	require.Empty(t, text, "there is an administrator")
	d.ask(t, http.MethodPost, sessionPath, credentials("root@clinic.example", otherOne), home).cookie(t)
	require.Equal(t, http.StatusOK, d.ask(t, http.MethodGet, "/api/v1/users", "", home, cookie).status)

	// Who is locked out asks on the host.
	_, token := printed(t, func(config service.Config, out *bytes.Buffer) error {
		return service.PrintUserLink(t.Context(), config, d.store, " ROOT@clinic.example", out)
	})
	use(token, "").cookie(t)
	require.False(t, d.holds(t, cookie), "another password ends the sessions of the one before")
	_, token = printed(t, func(config service.Config, out *bytes.Buffer) error {
		return service.PrintRecoveryLink(t.Context(), config, d.store, out)
	})
	use(token, `,"email":"new@clinic.example","name":"New"`).cookie(t)
	require.Error(t, service.PrintUserLink(t.Context(), service.Config{}, d.store, "nobody@clinic.example", &bytes.Buffer{}))
	require.NotContains(t, d.log.String(), token)
}

// An administrator invites a user; the link is shown once, and the user sets a password and signs in by it.
func TestInvitation(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "root", models.RoleAdministrator)
	root := d.signIn(t, "root", rightOne, home).cookie(t)
	made := d.ask(t, http.MethodPost, "/api/v1/users", `{"email":"Ada@Clinic.example","name":"Ada","role":"operator"}`, home, root)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	user, invitation := made.object(t)["user"].(map[string]any), made.object(t)["invitation"].(map[string]any)
	require.Equal(t, "invited", user["status"])
	require.Equal(t, "ada@clinic.example", user["email"])
	_, token, found := strings.Cut(invitation["link"].(string), "http://beckon.example/link#")
	require.True(t, found, invitation["link"])
	path := "/api/v1/users/" + user["id"].(string)
	shown := d.ask(t, http.MethodGet, path, "", home, root)
	require.NotContains(t, shown.body, token)
	d.signIn(t, "ada", "", home).problem(t, http.StatusUnauthorized, models.CodeUnauthorized)

	check := d.ask(t, http.MethodPost, sessionPath+"/link/check", `{"token":"`+token+`"}`, home).object(t)
	require.Equal(t, []any{"invitation", "ada@clinic.example", "Ada"}, []any{check["kind"], check["email"], check["name"]})
	for _, weak := range []string{"2 little", "aaaaaaaaaaaaaaa", "ADA@clinic.example", strings.Repeat("x1", 129)} {
		refused := d.ask(t, http.MethodPost, sessionPath+"/link", `{"token":"`+token+`","password":"`+weak+`"}`, home)
		refused.problem(t, http.StatusUnprocessableEntity, models.CodeInvalid)
		require.NotContains(t, refused.body, weak)
	}
	cookie := d.ask(t, http.MethodPost, sessionPath+"/link",
		`{"token":"`+token+`","password":"`+rightOne+`","name":"Ada Lovelace"}`, home).cookie(t)
	who := d.ask(t, http.MethodGet, sessionPath, "", home, cookie).object(t)
	require.Equal(t, []any{"user", "Ada Lovelace", "operator"}, []any{who["kind"], who["name"], who["role"]})

	reset := d.ask(t, http.MethodPost, path+"/reset-link", "{}", home, root)
	_, token, _ = strings.Cut(reset.object(t)["link"].(string), "#")
	require.True(t, d.holds(t, cookie), "the password holds until the link is used")
	d.ask(t, http.MethodPost, sessionPath+"/link", `{"token":"`+token+`","password":"`+otherOne+`"}`, home).cookie(t)
	require.False(t, d.holds(t, cookie))
	d.signIn(t, "ada", rightOne, home).problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
	d.signIn(t, "ada", otherOne, home).cookie(t)

	rootID := d.ask(t, http.MethodGet, sessionPath, "", home, root).object(t)["id"].(string)
	for _, change := range []string{`{"role":"viewer"}`, `{"disabled":true}`} {
		d.ask(t, http.MethodPatch, "/api/v1/users/"+rootID, change, home, root).
			problem(t, http.StatusConflict, models.CodeLastAdministrator)
	}
	d.ask(t, http.MethodDelete, "/api/v1/users/"+rootID, "", home, root).
		problem(t, http.StatusConflict, models.CodeLastAdministrator)
	require.True(t, d.holds(t, root))
}

// New campaigns take what they are not given from the installation's settings.
func TestInstallationSettings(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1, func(c *api.Config) {
		c.About = api.About{Version: "v1", Providers: api.ConfiguredProviders{SendGrid: true}}
	})
	d.person(t, "root", models.RoleAdministrator)
	root := d.signIn(t, "root", rightOne, home).cookie(t)
	patch := func(body string) answer { return d.ask(t, http.MethodPatch, "/api/v1/settings", body, home, root) }
	changed := patch(`{"organizationName":"Example Clinic","defaults":{"timezone":"America/Chicago","defaultRegion":"CA",
		"sender":{"fromName":"Clinic","fromEmail":"hello@clinic.example"}}}`)
	require.Equal(t, http.StatusOK, changed.status, changed.body)
	patch(`{"defaults":{"sender":{"businessName":"Example Clinic Ltd"}}}`)
	shown := d.ask(t, http.MethodGet, "/api/v1/settings", "", home, root).object(t)
	sender := shown["defaults"].(map[string]any)["sender"].(map[string]any)
	require.Equal(t, []any{"Clinic", "Example Clinic Ltd"}, []any{sender["fromName"], sender["businessName"]})
	require.Equal(t, map[string]any{"sendgrid": true, "twilio": false, "openai": false}, shown["providers"])
	require.Equal(t, "v1", shown["version"])
	require.Equal(t, false, shown["sandbox"])

	made := d.ask(t, http.MethodPost, "/api/v1/campaigns",
		`{"name":"x","type":"one_time","timezone":"UTC","sender":{"fromName":"Sam"}}`, home, root).object(t)
	require.Equal(t, []any{"UTC", "CA"}, []any{made["timezone"], made["defaultRegion"]})
	sender = made["sender"].(map[string]any)
	require.Equal(t, []any{"Sam", "hello@clinic.example"}, []any{sender["fromName"], sender["fromEmail"]})

	for body, pointer := range map[string]string{
		`{"defaults":{"timezone":"Mars/Olympus"}}`:                "/defaults/timezone",
		`{"defaults":{"defaultRegion":"XX"}}`:                     "/defaults/defaultRegion",
		`{"defaults":{"sender":{"fromEmail":"nobody"}}}`:          "/defaults/sender/fromEmail",
		`{"organizationName":"` + strings.Repeat("x", 201) + `"}`: "/organizationName",
	} {
		refused := patch(body)
		refused.problem(t, http.StatusUnprocessableEntity, models.CodeInvalid)
		require.Contains(t, refused.body, `"`+pointer+`"`)
	}
}

// No line break gets into what becomes a header: of an e-mail, or of an answer.
func TestHeaderInjection(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	campaign := "/api/v1/campaigns/" + b.campaign(t, "manual")
	added := b.post(t, b.key, "", campaign+"/contacts", `{"contacts":[{"firstName":"Ada","email":"ada@people.example"}]}`)
	require.Len(t, added.object(t)["success"], 1)
	id, _ := b.planned(t, strings.TrimPrefix(campaign, "/api/v1/campaigns/"))
	contact := campaign + "/contacts/" + id
	const evil = `x\r\nBcc: all@evil.example`
	for name, try := range map[string]struct{ method, path, body string }{
		"sender's name":     {http.MethodPatch, campaign, `{"sender":{"fromName":"` + evil + `"}}`},
		"business":          {http.MethodPatch, campaign, `{"sender":{"businessName":"` + evil + `"}}`},
		"sender's address":  {http.MethodPatch, campaign, `{"sender":{"fromEmail":"a@b.example` + evil + `"}}`},
		"answers":           {http.MethodPatch, campaign, `{"sender":{"replyTo":"a@b.example` + evil + `"}}`},
		"campaign's name":   {http.MethodPatch, campaign, `{"name":"` + evil + `"}`},
		"subject":           {http.MethodPut, contact + "/next-outreach", `{"version":1,"subject":"` + evil + `"}`},
		"contact's address": {http.MethodPatch, contact, `{"email":"a@b.example` + evil + `"}`},
		"default sender":    {http.MethodPatch, "/api/v1/settings", `{"defaults":{"sender":{"fromName":"` + evil + `"}}}`},
		"organization":      {http.MethodPatch, "/api/v1/settings", `{"organizationName":"` + evil + `"}`},
		"key's name":        {http.MethodPost, "/api/v1/api-keys", `{"role":"viewer","name":"` + evil + `"}`},
		"user's name":       {http.MethodPost, "/api/v1/users", `{"email":"a@b.example","role":"viewer","name":"` + evil + `"}`},
		"user's address":    {http.MethodPost, "/api/v1/users", `{"email":"a@b.example` + evil + `","role":"viewer","name":"x"}`},
	} {
		request := httptest.NewRequestWithContext(t.Context(), try.method, try.path, strings.NewReader(try.body))
		request.Header.Set("Content-Type", "application/json")
		answer := b.do(t, request, b.key, "")
		require.Equal(t, http.StatusUnprocessableEntity, answer.status, "%s: %s", name, answer.body)
	}
	// The AI's subject is held against the same rule.
	plan := models.Plan{Channel: models.ChannelEmail, Subject: "x\r\nBcc: all@evil.example", Body: "x"}
	require.Error(t, models.CheckTexts(plan.Channel, plan.Subject, plan.Body, ""))

	// The name of a file that was uploaded is no part of any header.
	imported := b.upload(t, b.key, "", campaign+"/imports", "a\r\nSet-Cookie: x=1\".csv", people("a"))
	require.Equal(t, http.StatusCreated, imported.status, imported.body)
	path := campaign + "/imports/" + imported.object(t)["id"].(string) + "/errors.csv"
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	request.Header.Set("X-Api-Key", b.key)
	file := b.send(request)
	require.Equal(t, `attachment; filename="errors.csv"`, file.header.Get("Content-Disposition"))
	for header, values := range file.header {
		require.NotContains(t, strings.Join(append(values, header), ""), "Set-Cookie")
	}
}

// Limits that a command gives a key are those that the API holds.
func TestPrintKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	w := b.world(t)
	out := &bytes.Buffer{}
	require.NoError(t, service.PrintKey(t.Context(), b.store, out, service.NewKey{
		Name: "crm", Role: models.RoleOperator, CampaignIDs: []string{w.mine},
		Actions: []models.KeyAction{models.ActionContactsWrite},
	}))
	key := strings.TrimSpace(out.String())
	body := `{"contacts":[]}`
	require.Equal(t, http.StatusOK, b.post(t, key, "", "/api/v1/campaigns/"+w.mine+"/contacts", body).status)
	b.post(t, key, "", "/api/v1/campaigns/"+w.other+"/contacts", body).problem(t, http.StatusNotFound, models.CodeNotFound)
	b.post(t, key, "", "/api/v1/campaigns/"+w.mine+"/pause", "{}").problem(t, http.StatusForbidden, models.CodeForbidden)
	for _, wrong := range []service.NewKey{
		{Name: "x", Role: models.RoleViewer, CampaignIDs: []string{unknownID}},
		{Name: "x", Role: models.RoleViewer, Actions: []models.KeyAction{"everything"}},
		{Name: "x", Role: models.RoleViewer, Lifetime: -time.Hour},
		{Name: " ", Role: models.RoleViewer},
		{Name: "x\ny", Role: models.RoleViewer},
		{Name: "x", Role: models.RoleViewer, CampaignIDs: slices.Repeat([]string{w.mine}, models.MaxKeyCampaigns+1)},
	} {
		require.Error(t, service.PrintKey(t.Context(), b.store, out, wrong))
	}
}

// Every answer that a browser might take for a page forbids it to run anything, to be framed, and to be kept.
func TestHeadersOfAnswers(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1, func(c *api.Config) { c.PublicURL = "https://beckon.example" })
	for _, path := range []string{
		"/", "/docs", "/sign-in", "/link", "/u/x", "/openapi.yaml", "/healthz", "/nothing", "/api/v1/campaigns", "/docs/sign-in.js",
	} {
		header := d.ask(t, http.MethodGet, path, "", home).header
		policy := header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'", path)
		require.Contains(t, policy, "frame-ancestors 'none'", path)
		require.NotContains(t, policy, "script-src 'unsafe", path)
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"), path)
		require.Equal(t, "DENY", header.Get("X-Frame-Options"), path)
		require.NotEmpty(t, header.Get("Strict-Transport-Security"), path)
		if strings.HasPrefix(path, "/api/") {
			require.Equal(t, "no-store", header.Get("Cache-Control"), path)
		}
	}
}
