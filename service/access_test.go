package service_test

import (
	"crypto/sha256"
	"fmt"
	"io"
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
)

// TestAccess calls every operation of openapi.yaml as everybody, over the real database, and compares who is let through
// with the table of operations. Bodies cannot be read, and what is deleted is nobody's: whoever is let through changes
// nothing, and is answered otherwise than who is not.
func TestAccess(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	world := b.world(t)
	permissions, err := api.Permissions()
	require.NoError(t, err)
	require.Len(t, permissions, operationsOf(t), "each operation of openapi.yaml is in the table")
	stored := b.dump(t)
	for i, who := range world.everybody(t, b) {
		who.address = fmt.Sprintf("198.51.100.%d:1234", i)
		for _, p := range permissions {
			if p.Operation == "SignOut" && who.session {
				continue // TestSignOut: it would end the session of those after it
			}
			for _, campaign := range []string{world.mine, world.other} {
				answer := b.as(t, who, p.Method, world.path(p, campaign))
				require.Equal(t, who.expected(p, campaign == world.mine), verdictOf(t, p, answer),
					"%s as %s: %d %s", p.Operation, who.name, answer.status, answer.body)
				if !strings.Contains(p.Path, "{id}") {
					break
				}
			}
		}
	}
	require.Equal(t, stored, b.dump(t), "who is not let through changes nothing, nor do these bodies")
}

// operationsOf counts the operations of openapi.yaml, by themselves.
func operationsOf(t *testing.T) int {
	t.Helper()
	return len(regexp.MustCompile(`(?m)^      operationId: `).FindAll(api.Spec(), -1))
}

// verdict is how a request was met.
type verdict string

const (
	letThrough  verdict = "let through"
	nobodyKnown verdict = "401"
	forbidden   verdict = "403"
	notThere    verdict = "404, as what never was"
	crossOrigin verdict = "403 cross_origin"
)

// verdictOf reads an answer to what cannot be read.
func verdictOf(t *testing.T, p api.Permission, a answer) verdict {
	t.Helper()
	require.Less(t, a.status, http.StatusInternalServerError, "%s %s: %s", p.Method, p.Path, a.body)
	code := ""
	if a.header.Get("Content-Type") == "application/problem+json" {
		code, _ = a.object(t)["code"].(string)
	}
	switch {
	case a.status == http.StatusUnauthorized:
		return nobodyKnown
	case code == string(models.CodeCrossOrigin):
		return crossOrigin
	case a.status == http.StatusForbidden && code != string(models.CodeBadSignature):
		return forbidden
	case a.status == http.StatusNotFound && strings.Contains(a.body, "there is no such campaign"):
		return notThere
	case a.status < http.StatusBadRequest, p.Role == "", a.status == http.StatusBadRequest,
		a.status == http.StatusUnsupportedMediaType, a.status == http.StatusNotFound && (p.Method == http.MethodDelete || !p.InCampaign):
		return letThrough
	default:
		require.FailNow(t, "an answer that says neither", "%s %s: %d %s", p.Method, p.Path, a.status, a.body)
		return ""
	}
}

// somebody is a caller, and what the table must be read as for them.
type somebody struct {
	name    string
	header  map[string]string
	address string
	role    models.Role // empty: nobody
	session bool
	mine    bool             // a key limited to the campaign that is its own
	action  models.KeyAction // a key limited to it
	foreign bool             // a browser on a page of another host
}

// expected reads the table.
func (w somebody) expected(p api.Permission, own bool) verdict {
	rank := map[models.Role]int{models.RoleViewer: 1, models.RoleOperator: 2, models.RoleAdministrator: 3}
	unsafe := p.Method != http.MethodGet ||
		strings.HasSuffix(p.Path, "/audit.csv") || strings.HasSuffix(p.Path, "/suppressions.csv") ||
		strings.HasSuffix(p.Path, "/export") // reads that are put on record
	switch {
	case p.Role == "" && w.foreign && strings.HasPrefix(p.Path, "/api/v1/session"):
		return crossOrigin
	case p.Role == "":
		return letThrough
	case w.role == "":
		return nobodyKnown
	case w.foreign && unsafe:
		return crossOrigin
	case rank[w.role] < rank[p.Role]:
		return forbidden
	case !w.session && p.People:
		return forbidden
	case w.action != "" && !p.AnyAction && p.Action != w.action:
		return forbidden
	case !w.mine || p.ForAnyCampaign || p.InCampaign && own:
		return letThrough
	case p.InCampaign:
		return notThere
	default:
		return forbidden
	}
}

// world are two campaigns, with what is of them.
type world struct {
	mine, other string
	contacts    map[string]string // by campaign
	imports     map[string]string
}

func (b *bench) world(t *testing.T) *world {
	t.Helper()
	w := &world{contacts: map[string]string{}, imports: map[string]string{}}
	for _, campaign := range []*string{&w.mine, &w.other} {
		*campaign = b.campaign(t, "manual")
		path := "/api/v1/campaigns/" + *campaign
		added := b.post(t, b.key, "", path+"/contacts", `{"contacts":[{"firstName":"Ada","email":"ada@people.example"}]}`)
		w.contacts[*campaign] = added.object(t)["success"].([]any)[0].(map[string]any)["contactId"].(string)
		w.imports[*campaign] = b.upload(t, b.key, "", path+"/imports", "a.csv", people("a")).object(t)["id"].(string)
	}
	return w
}

// path fills a path in: with the campaign and what is of it; whatever else is named was never there.
func (w *world) path(p api.Permission, campaign string) string {
	path := strings.ReplaceAll(p.Path, "{id}", campaign)
	if p.Method != http.MethodDelete {
		path = strings.NewReplacer("{contactId}", w.contacts[campaign], "{importId}", w.imports[campaign]).Replace(path)
	}
	return regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, unknownID)
}

// unknownID is the id of nothing.
const unknownID = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

// everybody are all who may ask, by session and by key.
func (w *world) everybody(t *testing.T, b *bench) []somebody {
	t.Helper()
	list := []somebody{
		{name: "nobody"},
		{name: "a wrong key", header: byKey("bk_wrong")},
		{name: "a wrong session", header: map[string]string{"Cookie": "beckon_session=wrong"}},
	}
	for _, role := range []models.Role{models.RoleViewer, models.RoleOperator, models.RoleAdministrator} {
		user := b.user(t, string(role), role)
		list = append(list,
			somebody{name: "key of " + string(role), header: byKey(b.newKey(t, models.APIKey{Role: role})), role: role},
			somebody{name: "session of " + string(role), header: b.session(t, user), role: role, session: true},
			somebody{
				name: "session of " + string(role) + " on a foreign page", header: onForeignPage(b.session(t, user)), role: role,
				session: true, foreign: true,
			},
			somebody{
				name: "limited key of " + string(role), mine: true, role: role,
				header: byKey(b.newKey(t, models.APIKey{Role: role, Limits: &models.KeyLimits{CampaignIDs: []string{w.mine}}})),
			})
	}
	for _, action := range models.KeyActions() {
		list = append(list, somebody{
			name: "key for " + string(action), role: models.RoleAdministrator, action: action,
			header: byKey(b.newKey(t, models.APIKey{
				Role: models.RoleAdministrator, Limits: &models.KeyLimits{Actions: []models.KeyAction{action}},
			})),
		})
	}
	return append(list, b.gone(t)...)
}

// gone are those who could once.
func (b *bench) gone(t *testing.T) []somebody {
	t.Helper()
	expired := b.newKey(t, models.APIKey{Role: models.RoleAdministrator, ExpiresAt: new(b.clock.read().Add(time.Hour))})
	revoked := &models.APIKey{Role: models.RoleAdministrator}
	revokedKey := b.newKey(t, *revoked)
	keys, _, err := b.store.APIKeys(t.Context(), models.Page{Number: 1, PerPage: 1})
	require.NoError(t, err)
	require.NoError(t, b.store.RevokeAPIKey(t.Context(), keys[0].ID))
	b.clock.advance(time.Hour + time.Second)
	list := []somebody{
		{name: "an expired key", header: byKey(expired)}, {name: "a revoked key", header: byKey(revokedKey)},
	}
	for name, end := range map[string]func(*models.User) error{
		"disabled": func(u *models.User) error {
			_, err := b.store.UpdateUser(t.Context(), u.ID, func(u *models.User) error {
				u.DisabledAt = new(b.clock.read())
				return nil
			})
			return err
		},
		"of another role now": func(u *models.User) error {
			_, err := b.store.UpdateUser(t.Context(), u.ID, func(u *models.User) error {
				u.Role = models.RoleViewer
				return nil
			})
			return err
		},
		"deleted": func(u *models.User) error { return b.store.DeleteUser(t.Context(), u.ID) },
	} {
		user := b.user(t, strings.ReplaceAll(name, " ", "-"), models.RoleAdministrator)
		header := b.session(t, user)
		require.NoError(t, end(user))
		list = append(list, somebody{name: "session of a user who is " + name, header: header})
	}
	return list
}

func byKey(key string) map[string]string { return map[string]string{"X-Api-Key": key} }

// onForeignPage is what a browser sends from a page of another host.
func onForeignPage(header map[string]string) map[string]string {
	return map[string]string{"Cookie": header["Cookie"], "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
}

// newKey stores a key.
func (b *bench) newKey(t *testing.T, key models.APIKey) string {
	t.Helper()
	plain, hash := api.NewAPIKey()
	key.Name, key.KeyHash = "test", hash
	require.NoError(t, b.store.CreateAPIKey(t.Context(), &key))
	return plain
}

// user makes a user who can sign in, with a password that nobody has.
func (b *bench) user(t *testing.T, name string, role models.Role) *models.User {
	t.Helper()
	return b.userWith(t, name, role, "no hash")
}

func (b *bench) userWith(t *testing.T, name string, role models.Role, passwordHash string) *models.User {
	t.Helper()
	_, link := api.NewLink()
	user := &models.User{Email: name + "@clinic.example", Name: name, Role: role}
	require.NoError(t, b.store.CreateUser(t.Context(), user, link))
	user, err := b.store.UseLink(t.Context(), link.TokenHash, models.LinkUse{PasswordHash: passwordHash})
	require.NoError(t, err)
	return user
}

// session begins a session of the user, and returns what a browser sends of it.
func (b *bench) session(t *testing.T, user *models.User) map[string]string {
	t.Helper()
	token := fmt.Sprintf("token of %s %d", user.ID, b.clock.read().UnixNano())
	hash := sha256.Sum256([]byte(strings.ReplaceAll(token, " ", "-")))
	session := &models.Session{TokenHash: hash[:], UserID: user.ID, Epoch: user.Epoch}
	require.NoError(t, b.store.BeginSession(t.Context(), session, time.Hour*24, models.AuditUseLink))
	return map[string]string{"Cookie": "beckon_session=" + strings.ReplaceAll(token, " ", "-")}
}

// as sends a request that cannot be read, as somebody.
func (b *bench) as(t *testing.T, who somebody, method, path string) answer {
	t.Helper()
	body := io.Reader(nil)
	if method != http.MethodGet && method != http.MethodDelete {
		body = strings.NewReader("{")
	}
	request := httptest.NewRequestWithContext(t.Context(), method, path, body)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.RemoteAddr = who.address
	for name, value := range who.header {
		request.Header.Set(name, value)
	}
	return b.send(request)
}

// send sends a request as it is.
func (b *bench) send(request *http.Request) answer {
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	return answer{status: recorder.Code, body: recorder.Body.String(), header: recorder.Header()}
}

// A limited key sees its campaigns in lists, and what of them awaits approval, and nothing of others.
func TestLimitedKeySeesItsOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	w := b.world(t)
	key := b.newKey(t, models.APIKey{
		Role: models.RoleAdministrator, Limits: &models.KeyLimits{CampaignIDs: []string{w.mine}},
	})
	list := func(key, path string) []string {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		object := b.do(t, request, key, "").object(t)
		ids := []string{}
		for _, each := range object["data"].([]any) {
			row := each.(map[string]any)
			if campaign, is := row["campaign"].(map[string]any); is {
				row = campaign
			}
			ids = append(ids, row["id"].(string))
		}
		require.Len(t, ids, int(object["total"].(float64)))
		return ids
	}
	require.ElementsMatch(t, []string{w.mine, w.other}, list(b.key, "/api/v1/campaigns"))
	require.Equal(t, []string{w.mine}, list(key, "/api/v1/campaigns"))
	require.Equal(t, []string{w.mine}, list(key, "/api/v1/campaigns?search=spring"))
	for _, campaign := range []string{w.mine, w.other} {
		b.planned(t, campaign)
	}
	all := list(b.key, "/api/v1/review")
	require.Contains(t, all, w.mine)
	require.Contains(t, all, w.other)
	require.Equal(t, []string{w.mine}, slices.Compact(list(key, "/api/v1/review")))
	require.Empty(t, list(key, "/api/v1/review?campaignId="+w.other))
}

// planned has a contact of the campaign wait for an approval, and returns its id and its outreach's.
func (b *bench) planned(t *testing.T, campaign string) (contact, outreach string) {
	t.Helper()
	path := "/api/v1/campaigns/" + campaign
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, path, strings.NewReader(`{"manualReview":true}`))
	request.Header.Set("Content-Type", "application/json")
	require.Equal(t, http.StatusOK, b.do(t, request, b.key, "").status)
	b.goLive(t, campaign)
	batch, err := b.store.TakeContacts(t.Context(), campaign, "batch-"+campaign, 100)
	require.NoError(t, err)
	contact = batch.ContactIDs[0]
	_, plan, err := b.store.BeginPlan(t.Context(), campaign, contact, "run")
	require.NoError(t, err)
	require.NotNil(t, plan)
	step, err := b.store.StorePlan(t.Context(), campaign, contact, *plan, models.Plan{
		Channel: models.ChannelEmail, SendAt: plan.Now, Subject: "Your check-up", Body: "It is time.", Reason: "First.",
	})
	require.NoError(t, err)
	detail, err := b.store.Contact(t.Context(), campaign, contact)
	require.NoError(t, err)
	require.NotNil(t, detail.NextOutreach, step.String())
	return contact, detail.NextOutreach.ID
}

// TestOtherCampaignsIDs names, in the path of one campaign, what is of another: it is not there, and nothing changes.
func TestOtherCampaignsIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t, newSQLite(t))
	w := b.world(t)
	contact, outreach := b.planned(t, w.other)
	own, _ := b.planned(t, w.mine)
	permissions, err := api.Permissions()
	require.NoError(t, err)
	bodies := map[string]string{
		"ApproveContact": `{"version":1}`, "EditNextOutreach": `{"version":1,"body":"Mine."}`, "UpdateContact": `{"firstName":"Mine"}`,
		"EraseContact": `{"confirm":"erase"}`,
	}
	stored, tried := b.everything(t), 0
	for _, p := range permissions {
		if !p.InCampaign || strings.Count(p.Path, "{") < 2 {
			continue
		}
		for _, mixed := range []*strings.Replacer{
			strings.NewReplacer("{id}", w.mine, "{contactId}", contact, "{outreachId}", outreach, "{importId}", w.imports[w.other]),
			strings.NewReplacer("{id}", w.mine, "{contactId}", own, "{outreachId}", outreach, "{importId}", w.imports[w.other]),
		} {
			path := mixed.Replace(p.Path)
			if strings.Contains(path, own) && !strings.Contains(path, outreach) {
				continue // nothing of the other campaign is in it
			}
			body := bodies[p.Operation]
			if body == "" {
				body = "{}"
			}
			request := httptest.NewRequestWithContext(t.Context(), p.Method, path, nil)
			if p.Method != http.MethodGet && p.Method != http.MethodDelete {
				request = httptest.NewRequestWithContext(t.Context(), p.Method, path, strings.NewReader(body))
				request.Header.Set("Content-Type", "application/json")
			}
			answer := b.do(t, request, b.key, "")
			require.Equal(t, http.StatusNotFound, answer.status, "%s %s: %s", p.Operation, path, answer.body)
			tried++
		}
	}
	require.GreaterOrEqual(t, tried, 13)
	bulk := `{"action":"disable","ids":["` + contact + `"],"expectedCount":1}`
	answer := b.post(t, b.key, "", "/api/v1/campaigns/"+w.mine+"/contacts/bulk", bulk)
	require.Equal(t, http.StatusConflict, answer.status, answer.body)
	require.Equal(t, stored, b.everything(t))
}

// everything is what the tables hold that these calls might change.
func (b *bench) everything(t *testing.T) map[string][]string {
	t.Helper()
	tables := b.dump(t)
	for _, table := range []string{"outreaches", "outreach_versions", "events", "replies", "audit_records"} {
		tables[table] = b.rows(t, table)
	}
	return tables
}
