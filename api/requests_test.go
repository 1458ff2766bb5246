package api_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
)

// takesJSON lists every route that takes a body of JSON, with the id of a campaign and of a contact that there are.
func (b *testBundle) takesJSON() map[string]string {
	id := b.campaign(models.CampaignDraft)
	contact := &models.Contact{ID: newID(), CampaignID: id, Email: new("ada@example.com")}
	b.store.contacts = append(b.store.contacts, contact)
	routes := map[string]string{
		"/api/v1/campaigns":                          http.MethodPost,
		campaignPath(id):                             http.MethodPatch,
		campaignPath(id) + "/contacts":               http.MethodPost,
		campaignPath(id) + "/contacts/" + contact.ID: http.MethodPatch,
	}
	under := campaignPath(id) + "/contacts/" + contact.ID
	for _, control := range []string{"approve", "disable", "enable", "complete", "disqualify"} {
		routes[under+"/"+control] = http.MethodPost
	}
	routes[under+"/next-outreach"] = http.MethodPut
	routes[under+"/outreaches/"+newID()+"/resend"] = http.MethodPost
	routes[campaignPath(id)+"/contacts/bulk"] = http.MethodPost
	routes["/api/v1/suppressions"] = http.MethodPost
	for _, control := range models.Controls {
		routes[campaignPath(id)+"/"+string(control)] = http.MethodPost
	}
	return routes
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, detail string }{
		"syntax":       {"{\n  \"name\": \"é\", x}", "line 2, column 16"},
		"truncated":    {`{"name": "x`, "line 1, column 12"},
		"two values":   {`{} {}`, "line 1, column 4"},
		"no JSON":      {`name=x`, "line 1, column 2"},
		"only spaces":  {`   `, "line 1, column 4"},
		"invalid UTF8": {"{\"name\": \"\xff\"}", "line 1, column 11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			for path, method := range b.takesJSON() {
				fields, detail := b.request(method, path, test.body).problem(http.StatusBadRequest, models.CodeMalformed)
				require.Empty(t, fields)
				require.Contains(t, detail, test.detail)
			}
			require.Zero(t, b.store.written())
			require.Empty(t, b.workflows.heard())
		})
	}
}

func TestBodiesThatAreNoObject(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, method := range b.takesJSON() {
		for _, body := range []string{`[]`, `"x"`, `7`, `null`} {
			fields, _ := b.request(method, path, body).problem(http.StatusBadRequest, models.CodeMalformed)
			require.Equal(t, []string{" wrong_type"}, fields, "%s %s", path, body)
		}
	}
	require.Zero(t, b.store.written())
}

func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, method := range b.takesJSON() {
		if strings.HasSuffix(path, "/contacts") {
			continue // the public endpoint takes them
		}
		fields, _ := b.request(method, path, `{"nonsense": 1, "a/b~c": 2}`).
			problem(http.StatusBadRequest, models.CodeMalformed)
		require.Contains(t, fields, "/nonsense unknown_field")
		require.Contains(t, fields, "/a~1b~0c unknown_field")
	}
	require.Zero(t, b.store.written())
}

func TestNullCharacters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fields, _ := b.request(http.MethodPost, "/api/v1/campaigns",
		`{"name":"a\u0000b","type":"one_time","sender":{"fromName":"\u0000"}}`).
		problem(http.StatusBadRequest, models.CodeMalformed)
	require.ElementsMatch(t, []string{"/name control_character", "/sender/fromName control_character"}, fields)
	require.Zero(t, b.store.written())
	// An escaped backslash before it is no such character.
	b.request(http.MethodPost, "/api/v1/campaigns", `{"name":"a\\u0000b","type":"one_time"}`).object(http.StatusCreated)
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignDraft)
	for _, mediaType := range []string{"text/plain", "application/xml", "application/x-www-form-urlencoded", "", "/"} {
		for path, method := range b.takesJSON() {
			_, detail := b.request(method, path, `{}`, withType(mediaType)).
				problem(http.StatusUnsupportedMediaType, "unsupported_media_type")
			require.Contains(t, detail, "application/json")
		}
		_, detail := b.request(http.MethodPost, campaignPath(id)+"/imports", `{}`, withType(mediaType)).
			problem(http.StatusUnsupportedMediaType, "unsupported_media_type")
		require.Contains(t, detail, "multipart/form-data")
	}
	require.Zero(t, b.store.written())
	b.request(http.MethodPatch, campaignPath(id), `{"name":"x"}`, withType("application/json; charset=utf-8")).
		object(http.StatusOK)
}

func TestBodiesOverTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, method := range b.takesJSON() {
		limit := "65536"
		size := 64 << 10
		if strings.HasSuffix(path, "/contacts") {
			limit, size = "1048576", 1<<20
		}
		if strings.HasSuffix(path, "/bulk") || strings.HasSuffix(path, "/next-outreach") {
			limit, size = "524288", 512<<10
		}
		body := `{"name":"` + strings.Repeat("x", size) + `"}`
		_, detail := b.request(method, path, body).problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
		require.Contains(t, detail, limit)
		_, detail = b.request(method, path, body, chunked).problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
		require.Contains(t, detail, limit)
	}
	require.Zero(t, b.store.written())
}

// Over a real connection a client that writes all before it reads sees the answer, and not a connection that breaks.
func TestBodiesOverTheLimitOverTheNetwork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := httptest.NewServer(b.handler)
	t.Cleanup(server.Close)
	path := campaignPath(b.campaign(models.CampaignActive)) + "/imports"
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" +
		strings.Repeat("x", models.MaxImportBytes+(6<<20)) + "\r\n--x--\r\n"
	for name, framing := range map[string]string{
		"with its length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body),
		"chunked":         fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dialer := net.Dialer{Timeout: 10 * time.Second}
			connection, err := dialer.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, connection.Close()) })
			require.NoError(t, connection.SetDeadline(time.Now().Add(20*time.Second)))
			_, err = io.WriteString(connection, "POST "+path+" HTTP/1.1\r\nHost: beckon\r\nX-Api-Key: "+
				b.keys[models.RoleOperator]+"\r\nContent-Type: multipart/form-data; boundary=x\r\n"+framing)
			require.NoError(t, err)
			answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, answer.Body.Close()) })
			require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
		})
	}
}

// chunked makes a request that does not say how long it is.
func chunked(r *http.Request) { r.ContentLength = -1 }

func TestBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, detail := b.request(http.MethodPost, "/api/v1/campaigns", `{`, func(r *http.Request) {
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"name`), brokenReader{}))
	}).problem(http.StatusBadRequest, models.CodeMalformed)
	require.Contains(t, detail, "ended before")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// withIDs fills the parameters of a path in.
func withIDs(path string, id func() string) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(path, func(string) string { return id() })
}

func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := b.campaign(models.CampaignActive)
	for _, id := range []string{newID(), "nonsense", "1", "%00", "A-B", strings.ToUpper(known), known + "x"} {
		for path, item := range spec(t).Paths.Map() {
			if !strings.Contains(path, "{id}") {
				continue
			}
			for method, operation := range item.Operations() {
				target := withIDs(strings.ReplaceAll(path, "{id}", id), newID)
				b.request(method, target, b.rightBody(operation.OperationID), b.rightForm(operation.OperationID), b.asAdministrator()).
					problem(http.StatusNotFound, models.CodeNotFound)
			}
		}
	}
	for _, id := range []string{newID(), "nonsense"} {
		for _, path := range []string{"/contacts/", "/imports/"} {
			b.request(http.MethodGet, campaignPath(known)+path+id, "").problem(http.StatusNotFound, models.CodeNotFound)
		}
		b.request(http.MethodGet, campaignPath(known)+"/imports/"+id+"/errors.csv", "").
			problem(http.StatusNotFound, models.CodeNotFound)
		b.request(http.MethodDelete, campaignPath(known)+"/contacts/"+id, "").
			problem(http.StatusNotFound, models.CodeNotFound)
		b.request(http.MethodPatch, campaignPath(known)+"/contacts/"+id, `{}`).
			problem(http.StatusNotFound, models.CodeNotFound)
	}
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
}

// linkToken is the token of a link that makes an administrator.
func (b *testBundle) linkToken() string {
	token, link := api.NewLink()
	link.Kind, link.ExpiresAt = models.LinkRecovery, testNow().Add(models.LinkTTL)
	b.store.links = append(b.store.links, *link)
	return token
}

// rightBody is a body that the operation takes.
func (b *testBundle) rightBody(operation string) string {
	switch operation {
	case "AddContacts":
		return `{"contacts":[{"email":"ada@example.com"}]}`
	case "UpdateCampaign", "UpdateContact":
		return `{}`
	case "ApproveContact", "EditNextOutreach":
		return `{"version":1}`
	case "BulkContacts":
		return `{"action":"disable","filter":{},"expectedCount":0}`
	case "AddSuppression":
		return `{"channel":"email","address":"ada@example.com"}`
	case "CreateCampaign":
		return `{"name":"Spring","type":"one_time"}`
	case "EraseContact":
		return `{"confirm":"erase"}`
	case "CreateUser":
		return `{"email":"grace@clinic.example","name":"Grace","role":"viewer"}`
	case "SignIn":
		return `{"email":"nobody@clinic.example","password":"x"}`
	case "CheckLink":
		return `{"token":"` + b.linkToken() + `"}`
	case "UseLink":
		return `{"token":"` + b.linkToken() + `","password":"correct horse battery"}`
	case "ChangePassword":
		return `{"oldPassword":"x","newPassword":"correct horse battery"}`
	case "SetEmailImport":
		return `{"enabled":false}`
	case "UpdateUser", "UpdateSettings":
		return `{}`
	case "CreateAPIKey":
		return `{"name":"crm","role":"viewer"}`
	default:
		return ""
	}
}

// rightForm makes the request one with a form, where the operation takes one.
func (b *testBundle) rightForm(operation string) func(*http.Request) {
	switch operation {
	case "CreateImport":
		return withForm(b.t, file("Name,Email\nAda,ada@example.com\n"), mapping(`{"name":"Name","email":"Email"}`))
	case "ImportSuppressions":
		return withForm(b.t, file("email\nada@example.com\n"))
	case "PreviewImport":
		return withForm(b.t, file("Name,Email\nAda,ada@example.com\n"))
	default:
		return func(*http.Request) {}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contacts := campaignPath(b.campaign(models.CampaignDraft)) + "/contacts"
	for query, field := range map[string]string{
		"/api/v1/campaigns?perPage=201":               "/query/perPage out_of_range",
		"/api/v1/campaigns?perPage=0":                 "/query/perPage out_of_range",
		"/api/v1/campaigns?page=0":                    "/query/page out_of_range",
		"/api/v1/campaigns?page=two":                  "/query/page wrong_type",
		"/api/v1/campaigns?page=1e400":                "/query/page wrong_type",
		"/api/v1/campaigns?page=99999999999999999999": "/query/page wrong_type",
		"/api/v1/campaigns?tab=all":                   "/query/tab unknown_value",
		"/api/v1/campaigns?status=live":               "/query/status unknown_value",
		"/api/v1/campaigns?status=":                   "/query/status unknown_value",
		"/api/v1/campaigns?createdFrom=yesterday":     "/query/createdFrom format",
		"/api/v1/campaigns?pages=1":                   "/query/pages unknown_field",
		"/api/v1/campaigns?search=%00":                "/query/search control_character",
		"/api/v1/campaigns?search=%ff":                "/query/search control_character",
		contacts + "?sort=email":                      "/query/sort unknown_value",
		contacts + "?waitingReason=tea":               "/query/waitingReason unknown_value",
		contacts + "?channel=fax":                     "/query/channel unknown_value",
	} {
		fields, _ := b.request(http.MethodGet, query, "").problem(http.StatusBadRequest, models.CodeMalformed)
		require.Equal(t, []string{field}, fields, query)
	}
	for _, query := range []string{"?page=%zz", "?page=1;perPage=2"} {
		b.request(http.MethodGet, contacts+query, "").problem(http.StatusBadRequest, models.CodeMalformed)
	}
}

func TestFaultsOfOursAreNotShown(t *testing.T) {
	t.Parallel()
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.campaign(models.CampaignDraft)
		b.store.fails = errors.New("no such column: secret")
		failed := b.request(http.MethodGet, campaignPath(id), "")
		_, detail := failed.problem(http.StatusInternalServerError, models.CodeInternal)
		require.NotContains(t, string(failed.body), "secret")
		require.Contains(t, detail, failed.header.Get("X-Request-ID"))
		require.Contains(t, b.log.String(), "no such column: secret")
		require.Contains(t, b.log.String(), failed.header.Get("X-Request-ID"))
	})
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.store.panics = "secret"
		failed := b.request(http.MethodGet, campaignPath(newID()), "")
		failed.problem(http.StatusInternalServerError, models.CodeInternal)
		require.NotContains(t, string(failed.body), "secret")
		require.Contains(t, b.log.String(), "campaigns.go", "the stack")
	})
	t.Run("unavailable", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.store.fails = models.Errorf(models.CodeUnavailable, "busy")
		failed := b.request(http.MethodGet, campaignPath(newID()), "")
		failed.problem(http.StatusServiceUnavailable, models.CodeUnavailable)
		require.Equal(t, "5", failed.header.Get("Retry-After"))
	})
	t.Run("not ready", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.store.fails = errors.New("connection refused")
		b.request(http.MethodGet, "/readyz", "").problem(http.StatusServiceUnavailable, models.CodeUnavailable)
		b.request(http.MethodGet, "/healthz", "").object(http.StatusOK)
	})
}

// The log names routes and ids, never what a request holds.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.campaign(models.CampaignActive)
	b.request(http.MethodGet, campaignPath(id)+"/contacts?search=quill@example.com", "").object(http.StatusOK)
	b.request(http.MethodPost, campaignPath(id)+"/contacts",
		`{"contacts":[{"email":"grace@example.com","firstName":"Grace"}]}`, func(r *http.Request) {
			r.Header.Set("X-Request-ID", "mallory@example.com")
		}).object(http.StatusOK)
	log := b.log.String()
	require.Contains(t, log, `"route":"/api/v1/campaigns/:id/contacts","status":200`)
	require.Contains(t, log, `"key":"`+b.store.keys[1].ID+`"`)
	for _, personal := range []string{"quill", "grace", "Grace", "mallory", "example.com", b.keys[models.RoleOperator]} {
		require.NotContains(t, log, personal)
	}
	require.Equal(t, 2, strings.Count(log, `"msg":"request"`))
}
