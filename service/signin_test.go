package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"

	"beckon/api"
	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

const (
	sessionPath = "/api/v1/session"
	rightOne    = "correct horse battery"
	otherOne    = "another long password"
)

// countedPasswords hashes nothing, and counts what would take time.
type countedPasswords struct{ hashed, compared atomic.Int64 }

func (p *countedPasswords) Hash(_ context.Context, password string) (string, error) {
	p.hashed.Add(1)
	return "hash of " + password, nil
}

func (p *countedPasswords) Matches(_ context.Context, password, hash string) (bool, error) {
	p.compared.Add(1)
	return hash == "hash of "+password, nil
}

// door is what people sign in at: several APIs over one database, as several processes are.
type door struct {
	*bench

	apis      []http.Handler
	passwords *countedPasswords
	log       *strings.Builder
}

func newDoor(t *testing.T, address string, apis int, change ...func(*api.Config)) *door {
	t.Helper()
	d := &door{bench: newBench(t, address), passwords: &countedPasswords{}, log: &strings.Builder{}}
	secret, err := models.NewSecret(d.key)
	require.NoError(t, err)
	temporal := &mocks.Client{}
	temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil, nil)
	log := slog.New(slog.NewTextHandler(d.log, nil))
	for range apis {
		config := api.Config{
			Store: d.store, Workflows: workflows.NewClient(temporal), Idempotent: store.WithIdempotencyKey, Secret: secret,
			PublicURL: "http://beckon.example", Log: log, Now: d.clock.read,
			Passwords: d.passwords,
		}
		for _, each := range change {
			each(&config)
		}
		handler, err := api.New(config)
		require.NoError(t, err)
		d.apis = append(d.apis, handler)
	}
	d.handler = d.apis[0]
	return d
}

// person makes a user with the right password.
func (d *door) person(t *testing.T, name string, role models.Role) *models.User {
	t.Helper()
	return d.userWith(t, name, role, "hash of "+rightOne)
}

// ask sends JSON from an address, as a browser on a page of this host does.
func (d *door) ask(t *testing.T, method, path, body, from string, cookies ...*http.Cookie) answer {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, "http://beckon.example"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.RemoteAddr = from + ":1234"
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	return d.send(request)
}

func credentials(email, password string) string {
	return `{"email":"` + email + `","password":"` + password + `"}`
}

func (d *door) signIn(t *testing.T, name, password, from string, cookies ...*http.Cookie) answer {
	t.Helper()
	return d.ask(t, http.MethodPost, sessionPath, credentials(name+"@clinic.example", password), from, cookies...)
}

// cookie is the one that an answer sets.
func (a answer) cookie(t *testing.T) *http.Cookie {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	require.NoError(t, err)
	return cookie
}

// holds says whether a cookie's session is good.
func (d *door) holds(t *testing.T, cookie *http.Cookie) bool {
	t.Helper()
	status := d.ask(t, http.MethodGet, sessionPath, "", "192.0.2.200", cookie).status
	require.Contains(t, []int{http.StatusOK, http.StatusUnauthorized}, status)
	return status == http.StatusOK
}

const home, away = "192.0.2.1", "198.51.100.1"

func TestSignIn(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "ada", models.RoleOperator)
	signedIn := d.ask(t, http.MethodPost, sessionPath, credentials(" Ada@Clinic.Example ", rightOne), home)
	cookie := signedIn.cookie(t)
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	require.Equal(t, "/", cookie.Path)
	require.Empty(t, cookie.Domain)
	require.False(t, cookie.Secure, "the public URL is not https")
	require.Equal(t, "no-store", signedIn.header.Get("Cache-Control"))
	require.Equal(t, "ada", signedIn.object(t)["name"])
	require.NotContains(t, d.log.String(), cookie.Value)
	require.NotContains(t, strings.Join(d.rows(t, "sessions"), " "), cookie.Value, "it is stored as a hash")

	who := d.ask(t, http.MethodGet, sessionPath, "", home, cookie)
	require.JSONEq(t, signedIn.body, who.body)
	made := d.ask(t, http.MethodPost, "/api/v1/campaigns", `{"name":"Spring","type":"one_time"}`, home, cookie)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	record := d.rows(t, "audit_records")[len(d.rows(t, "audit_records"))-1]
	require.Contains(t, record, "create_campaign")
	require.Contains(t, record, "user", "it is on record as the user's")

	out := d.ask(t, http.MethodDelete, sessionPath, "", home, cookie)
	require.Equal(t, http.StatusNoContent, out.status)
	taken, err := http.ParseSetCookie(out.header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.Negative(t, taken.MaxAge)
	require.False(t, d.holds(t, cookie), "the session has ended, whoever kept the cookie")
}

// Over https the cookie goes to exactly this host, encrypted, and browsers are told to stay with that.
func TestSecureCookie(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1, func(c *api.Config) { c.PublicURL = "https://beckon.example" })
	d.person(t, "ada", models.RoleOperator)
	answer := d.signIn(t, "ada", rightOne, home)
	cookie := answer.cookie(t)
	require.True(t, strings.HasPrefix(cookie.Name, "__Host-"))
	require.True(t, cookie.Secure)
	require.Equal(t, "/", cookie.Path)
	require.Empty(t, cookie.Domain)
	require.Equal(t, "max-age=31536000", answer.header.Get("Strict-Transport-Security"))
	require.True(t, d.holds(t, cookie))
}

// A token that a browser had before the sign-in, its own or one that somebody planted, is not kept.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "ada", models.RoleOperator)
	d.person(t, "eve", models.RoleOperator)
	planted := &http.Cookie{Name: "beckon_session", Value: "planted-by-somebody-else-0123456789abcdef"}
	first := d.signIn(t, "ada", rightOne, home, planted).cookie(t)
	require.NotEqual(t, planted.Value, first.Value)
	require.False(t, d.holds(t, planted))

	eves := d.signIn(t, "eve", rightOne, away).cookie(t)
	second := d.signIn(t, "ada", rightOne, home, eves).cookie(t)
	require.NotEqual(t, eves.Value, second.Value)
	require.False(t, d.holds(t, eves), "the session that the browser had is ended, not taken over")
	who := d.ask(t, http.MethodGet, sessionPath, "", home, second)
	require.Equal(t, "ada", who.object(t)["name"])
	changed := d.ask(t, http.MethodPut, sessionPath+"/password",
		`{"oldPassword":"`+rightOne+`","newPassword":"`+otherOne+`"}`, home, second).cookie(t)
	require.NotEqual(t, second.Value, changed.Value)
}

// What a browser sends from a page of another host is refused, though it has the cookie; what comes from ours is taken.
func TestCrossSiteRequests(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "ada", models.RoleAdministrator)
	cookie := d.signIn(t, "ada", rightOne, home).cookie(t)
	send := func(method, path, body string, header map[string]string, cookies ...*http.Cookie) answer {
		t.Helper()
		request := httptest.NewRequestWithContext(t.Context(), method, "http://beckon.example"+path, strings.NewReader(body))
		for name, value := range header {
			request.Header.Set(name, value)
		}
		for _, each := range cookies {
			request.AddCookie(each)
		}
		return d.send(request)
	}
	const campaigns, campaign, isJSON = "/api/v1/campaigns", `{"name":"x","type":"one_time"}`, "application/json"
	for name, header := range map[string]map[string]string{
		"another site":     {"Sec-Fetch-Site": "cross-site", "Content-Type": isJSON},
		"another host":     {"Sec-Fetch-Site": "same-site", "Content-Type": isJSON},
		"an older browser": {"Origin": "https://evil.example", "Content-Type": isJSON},
		"no origin":        {"Origin": "null", "Content-Type": isJSON},
		"a form":           {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"},
	} {
		refused := send(http.MethodPost, campaigns, campaign, header, cookie)
		refused.problem(t, http.StatusForbidden, models.CodeCrossOrigin)
		for method, path := range map[string]string{
			http.MethodDelete: sessionPath, http.MethodPut: sessionPath + "/password", http.MethodPatch: "/api/v1/settings",
		} {
			send(method, path, "{}", header, cookie).problem(t, http.StatusForbidden, models.CodeCrossOrigin)
		}
		// Nor can another site sign somebody in, or use a link in their browser.
		send(http.MethodPost, sessionPath, credentials("ada@clinic.example", rightOne), header).
			problem(t, http.StatusForbidden, models.CodeCrossOrigin)
		require.Zero(t, d.counts(t)["campaigns"], name)
		require.Equal(t, http.StatusOK, send(http.MethodGet, campaigns, "", header, cookie).status, "reading is harmless")
	}
	for name, header := range map[string]map[string]string{
		"our page":         {"Sec-Fetch-Site": "same-origin", "Content-Type": isJSON},
		"typed in":         {"Sec-Fetch-Site": "none", "Content-Type": isJSON},
		"an older browser": {"Origin": "http://beckon.example", "Content-Type": isJSON},
		"no browser":       {"Content-Type": isJSON},
	} {
		require.Equal(t, http.StatusCreated, send(http.MethodPost, campaigns, campaign, header, cookie).status, name)
	}
	// A key is in nobody's browser by itself, so it may come from anywhere.
	fromAfar := map[string]string{"Sec-Fetch-Site": "cross-site", "Content-Type": isJSON, "X-Api-Key": d.key}
	require.Equal(t, http.StatusCreated, send(http.MethodPost, campaigns, campaign, fromAfar, cookie).status)
	// What a form can send from anywhere is no JSON, with or without a body.
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		header := map[string]string{"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
		send(http.MethodPost, campaigns, campaign, header, cookie).isProblem(t, http.StatusUnsupportedMediaType)
		send(http.MethodPost, "/api/v1/users/"+unknownID+"/reset-link", "", header, cookie).
			isProblem(t, http.StatusUnsupportedMediaType)
	}
}

// Who guesses one account's password is stopped after a few tries, however many processes answer; the owner is not kept
// out: not from elsewhere, and not at home after the wait.
func TestGuessingAPassword(t *testing.T) {
	t.Parallel()
	for dialect, newURL := range map[string]func(*testing.T) string{"sqlite": newSQLite, "postgres": newPostgres} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t, newURL(t), 2)
			d.person(t, "ada", models.RoleAdministrator)
			for i := range 5 {
				d.handler = d.apis[i%2]
				d.signIn(t, "ada", "wrong", away).problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
			}
			compared := d.passwords.compared.Load()
			for _, d.handler = range d.apis {
				refused := d.signIn(t, "ada", rightOne, away)
				refused.problem(t, http.StatusTooManyRequests, models.CodeTooManyRequests)
				seconds, err := strconv.Atoi(refused.header.Get("Retry-After"))
				require.NoError(t, err)
				require.InDelta(t, 30, seconds, 1)
			}
			require.Equal(t, compared, d.passwords.compared.Load(), "who has to wait costs no hash")
			d.signIn(t, "ada", rightOne, home).cookie(t)
			d.clock.advance(31 * time.Second)
			d.signIn(t, "ada", rightOne, away).cookie(t)
		})
	}
}

// Who guesses at one account from many addresses is stopped too, and still the owner can sign in where that was done before.
func TestGuessingFromManyAddresses(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 2)
	d.person(t, "ada", models.RoleAdministrator)
	d.signIn(t, "ada", rightOne, home).cookie(t)
	stopped := 0
	for i := range 80 {
		d.handler = d.apis[i%2]
		if d.signIn(t, "ada", "wrong", fmt.Sprintf("203.0.113.%d", i)).status == http.StatusTooManyRequests {
			stopped++
		}
	}
	require.Equal(t, 30, stopped, "fifty may be wrong")
	d.signIn(t, "ada", rightOne, away).problem(t, http.StatusTooManyRequests, models.CodeTooManyRequests)
	d.signIn(t, "ada", rightOne, home).cookie(t)
	d.clock.advance(time.Minute)
	d.signIn(t, "ada", rightOne, away).cookie(t)
}

// One address that tries one password at many accounts is stopped; others are not.
func TestGuessingAtManyAccounts(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 2)
	d.person(t, "ada", models.RoleViewer)
	for i := range 30 {
		d.handler = d.apis[i%2]
		d.signIn(t, fmt.Sprintf("somebody%d", i), "Summer2026!", away).problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
	}
	d.signIn(t, "ada", rightOne, away).problem(t, http.StatusTooManyRequests, models.CodeTooManyRequests)
	d.signIn(t, "ada", rightOne, home).cookie(t)
}

// All addresses of an IPv6 network count as one, and what a client says of itself counts for nothing.
func TestAddressesOfGuessers(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "ada", models.RoleViewer)
	for i := range 5 {
		d.signIn(t, "ada", "wrong", fmt.Sprintf("[2001:db8:1:2::%d]", i+1)).problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
	}
	d.signIn(t, "ada", rightOne, "[2001:db8:1:2:ffff::9]").problem(t, http.StatusTooManyRequests, models.CodeTooManyRequests)
	d.signIn(t, "ada", rightOne, "[2001:db8:1:3::1]").cookie(t)

	forwarded := func(handler http.Handler, through, claimed, password string) int {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://beckon.example"+sessionPath,
			strings.NewReader(credentials("grace@clinic.example", password)))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Forwarded-For", claimed)
		request.RemoteAddr = through + ":1234"
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		return recorder.Code
	}
	d.person(t, "grace", models.RoleViewer)
	for i := range 5 {
		require.Equal(t, http.StatusUnauthorized, forwarded(d.handler, away, fmt.Sprintf("192.0.2.%d", i), "wrong"))
	}
	require.Equal(t, http.StatusTooManyRequests, forwarded(d.handler, away, "192.0.2.99", "wrong"), "nobody trusts that proxy")
}

// Wrong addresses, wrong passwords and users who cannot sign in are answered alike, after the same work.
func TestSignInTellsNothing(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "root", models.RoleAdministrator)
	d.person(t, "ada", models.RoleViewer)
	disabled := d.person(t, "disabled", models.RoleViewer)
	_, err := d.store.UpdateUser(t.Context(), disabled.ID, func(u *models.User) error {
		u.DisabledAt = new(d.clock.read())
		return nil
	})
	require.NoError(t, err)
	_, link := api.NewLink()
	require.NoError(t, d.store.CreateUser(t.Context(),
		&models.User{Email: "invited@clinic.example", Name: "x", Role: models.RoleViewer}, link))
	bodies, work := map[string]bool{}, map[string]bool{}
	for i, name := range []string{"ada", "nobody", "disabled", "invited"} {
		password := rightOne
		if name == "ada" {
			password = "wrong"
		}
		before, records := d.passwords.compared.Load(), len(d.rows(t, "audit_records"))
		answer := d.signIn(t, name, password, fmt.Sprintf("203.0.113.%d", i))
		answer.problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
		require.Empty(t, answer.header.Get("Set-Cookie"))
		bodies[answer.body] = true
		work[fmt.Sprint(d.passwords.compared.Load()-before, len(d.rows(t, "audit_records"))-records)] = true
	}
	require.Len(t, bodies, 1)
	require.Equal(t, map[string]bool{"1 1": true}, work, "one hash and one record each")
}

// Sessions end at once when their user's password or role changes, or the user is disabled or deleted; the session in which a
// password is changed goes on under another token.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 2)
	d.person(t, "root", models.RoleAdministrator)
	root := d.signIn(t, "root", rightOne, home).cookie(t)
	for name, change := range map[string]struct{ method, path, body string }{
		"role":     {http.MethodPatch, "", `{"role":"operator"}`},
		"disabled": {http.MethodPatch, "", `{"disabled":true}`},
		"deleted":  {http.MethodDelete, "", ""},
	} {
		user := d.person(t, name, models.RoleViewer)
		first, second := d.signIn(t, name, rightOne, home).cookie(t), d.signIn(t, name, rightOne, away).cookie(t)
		require.True(t, d.holds(t, first))
		status := d.ask(t, change.method, "/api/v1/users/"+user.ID+change.path, change.body, home, root).status
		require.Less(t, status, http.StatusBadRequest)
		for _, d.handler = range d.apis {
			require.False(t, d.holds(t, first), name)
			require.False(t, d.holds(t, second), name)
		}
	}
	d.person(t, "ada", models.RoleViewer)
	here, there := d.signIn(t, "ada", rightOne, home).cookie(t), d.signIn(t, "ada", rightOne, away).cookie(t)
	path, body := sessionPath+"/password", `{"oldPassword":"%s","newPassword":"%s"}`
	wrong := d.ask(t, http.MethodPut, path, fmt.Sprintf(body, "wrong", otherOne), home, here)
	wrong.problem(t, http.StatusUnprocessableEntity, models.CodeInvalid)
	require.True(t, d.holds(t, there))
	renewed := d.ask(t, http.MethodPut, path, fmt.Sprintf(body, rightOne, otherOne), home, here).cookie(t)
	require.False(t, d.holds(t, here))
	require.False(t, d.holds(t, there))
	require.True(t, d.holds(t, renewed))
	d.signIn(t, "ada", rightOne, home).problem(t, http.StatusUnauthorized, models.CodeUnauthorized)
	d.signIn(t, "ada", otherOne, home).cookie(t)
}

// Who has a session of somebody else's may guess the password no more often than at the door.
func TestGuessingThePresentPassword(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1)
	d.person(t, "ada", models.RoleViewer)
	cookie := d.signIn(t, "ada", rightOne, home).cookie(t)
	body := `{"oldPassword":"wrong","newPassword":"` + otherOne + `"}`
	for range 5 {
		d.ask(t, http.MethodPut, sessionPath+"/password", body, away, cookie).isProblem(t, http.StatusUnprocessableEntity)
	}
	d.ask(t, http.MethodPut, sessionPath+"/password", body, away, cookie).
		problem(t, http.StatusTooManyRequests, models.CodeTooManyRequests)
}

// Sessions that are not used end, and all end some time.
func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 1, func(c *api.Config) { c.SessionLifetime, c.SessionIdle = 3*time.Hour, time.Hour })
	d.person(t, "ada", models.RoleViewer)
	cookie := d.signIn(t, "ada", rightOne, home).cookie(t)
	for range 3 {
		d.clock.advance(59 * time.Minute)
		require.True(t, d.holds(t, cookie))
	}
	d.clock.advance(4 * time.Minute)
	require.False(t, d.holds(t, cookie))
	cookie = d.signIn(t, "ada", rightOne, home).cookie(t)
	d.clock.advance(61 * time.Minute)
	require.False(t, d.holds(t, cookie))
}

// Links are found by whoever has them alone: who guesses is slowed down, and learns nothing.
func TestGuessingLinks(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newSQLite(t), 2)
	d.person(t, "root", models.RoleAdministrator)
	token, link := api.NewLink()
	require.NoError(t, d.store.CreateRecoveryLink(t.Context(), link))
	for i := range 30 {
		d.handler = d.apis[i%2]
		guess, _ := api.NewLink()
		path, body := sessionPath+"/link/check", `{"token":"`+guess+`"}`
		if i%3 == 0 {
			path, body = sessionPath+"/link", `{"token":"`+guess+`","password":"`+otherOne+`"}`
		}
		d.ask(t, http.MethodPost, path, body, away).problem(t, http.StatusNotFound, models.CodeNotFound)
	}
	require.Zero(t, d.passwords.hashed.Load(), "who guesses costs no hash")
	check := `{"token":"` + token + `"}`
	d.ask(t, http.MethodPost, sessionPath+"/link/check", check, away).
		problem(t, http.StatusTooManyRequests, models.CodeTooManyRequests)
	found := d.ask(t, http.MethodPost, sessionPath+"/link/check", check, home)
	require.Equal(t, http.StatusOK, found.status, found.body)
	require.Equal(t, "recovery", found.object(t)["kind"])
	require.NotContains(t, d.log.String(), token)
	require.NotContains(t, strings.Join(d.rows(t, "one_time_links"), " "), token)
}

// Twenty browsers open one link at the same moment: one of them sets its password and signs in.
func TestOneLinkForMany(t *testing.T) {
	t.Parallel()
	for dialect, newURL := range map[string]func(*testing.T) string{"sqlite": newSQLite, "postgres": newPostgres} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			const clients = 20
			d := newDoor(t, newURL(t), 2)
			token, link := api.NewLink()
			_, err := d.store.CreateSetupLink(t.Context(), link)
			require.NoError(t, err)
			answers, begin, group := make([]answer, clients), make(chan struct{}), sync.WaitGroup{}
			for i := range clients {
				group.Go(func() {
					<-begin
					request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, sessionPath+"/link", strings.NewReader(
						fmt.Sprintf(`{"token":"%s","password":"password of %d","email":"root%d@clinic.example","name":"Root"}`, token, i, i)))
					request.Header.Set("Content-Type", "application/json")
					request.RemoteAddr = fmt.Sprintf("203.0.113.%d:1", i)
					recorder := httptest.NewRecorder()
					d.apis[i%2].ServeHTTP(recorder, request)
					answers[i] = answer{status: recorder.Code, body: recorder.Body.String(), header: recorder.Header()}
				})
			}
			close(begin)
			group.Wait()
			won := 0
			for _, answer := range answers {
				if answer.status == http.StatusOK {
					won++
					require.True(t, d.holds(t, answer.cookie(t)))
					continue
				}
				answer.problem(t, http.StatusNotFound, models.CodeNotFound)
				require.Empty(t, answer.header.Get("Set-Cookie"))
			}
			require.Equal(t, 1, won)
			require.Len(t, d.rows(t, "users"), 1)
		})
	}
}
