package devstack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"

	"beckon/models"
)

// inboxPath is where the dashboard finds the sandbox's inbox: under a path that is the API's, on the API's own host, so that a
// browser needs no permission to reach another one.
const inboxPath = "/api/sandbox/"

// inbox lets whoever is signed in at an API look into a sandbox, and whoever may change things answer in it.
type inbox struct {
	api     http.Handler
	sandbox http.Handler
	origins *http.CrossOriginProtection
}

// WithInbox serves a sandbox's messages at /api/sandbox/messages before an API, which says who calls. Viewers read them;
// operators answer them and empty the inbox. Keys that are limited are refused: messages are of no campaign. What browsers send
// from pages of other hosts is refused too. No credential reaches the sandbox. Error: a URL that is none.
func WithInbox(api http.Handler, sandboxURL string, log *slog.Logger) (http.Handler, error) {
	target, err := url.Parse(sandboxURL)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's URL: %w", err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.URL.Path = "/sandbox/" + strings.TrimPrefix(r.In.URL.Path, inboxPath)
			r.Out.URL.RawPath = ""
			r.Out.Header = http.Header{"Content-Type": r.In.Header["Content-Type"], "Accept": {"application/json"}}
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			refuse(w, http.StatusBadGateway, "sandbox_away", "the sandbox does not answer")
		},
	}
	return &inbox{api: api, sandbox: proxy, origins: http.NewCrossOriginProtection()}, nil
}

func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, inboxPath) {
		i.api.ServeHTTP(w, r)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	needed, is := inboxRole(r.Method, strings.Split(strings.TrimPrefix(r.URL.Path, inboxPath), "/"))
	if !is {
		refuse(w, http.StatusNotFound, string(models.CodeNotFound), "the inbox has no such route")
		return
	}
	if err := i.origins.Check(r); err != nil {
		refuse(w, http.StatusForbidden, string(models.CodeCrossOrigin), "a browser sent this from a page of another host")
		return
	}
	caller, answer := i.callerOf(r)
	switch {
	case caller == nil:
		answer.copyTo(w)
	case caller.Limited():
		refuse(w, http.StatusForbidden, string(models.CodeForbidden), "a limited key may not look into the sandbox")
	case caller.Role == models.RoleViewer && needed != models.RoleViewer:
		refuse(w, http.StatusForbidden, string(models.CodeForbidden), "this needs the role "+string(needed))
	default:
		i.sandbox.ServeHTTP(w, r)
	}
}

// inboxRole is what a route of the inbox asks of its caller, and whether there is such a route.
func inboxRole(method string, path []string) (models.Role, bool) {
	const one, reply = 2, 3
	if path[0] != "messages" || slices.Contains(path, "") || slices.Contains(path, "..") {
		return "", false
	}
	switch {
	case method == http.MethodGet && len(path) <= one:
		return models.RoleViewer, true
	case method == http.MethodDelete && len(path) == 1, method == http.MethodPost && len(path) == reply && path[2] == "reply":
		return models.RoleOperator, true
	}
	return "", false
}

// inboxCaller is who calls, as GET /api/v1/session says it.
type inboxCaller struct {
	Role        models.Role `json:"role"`
	CampaignIDs []string    `json:"campaignIds"`
	Actions     []string    `json:"actions"`
}

// Limited says that it is a key which may not do all that its role may.
func (c *inboxCaller) Limited() bool { return c.CampaignIDs != nil || c.Actions != nil }

// callerOf asks the API who sent a request. It returns nil for nobody, and what the API answers to them.
func (i *inbox) callerOf(r *http.Request) (*inboxCaller, *answer) {
	asked := r.Clone(r.Context())
	asked.Method, asked.URL, asked.RequestURI = http.MethodGet, &url.URL{Path: "/api/v1/session"}, "/api/v1/session"
	asked.Body, asked.ContentLength = http.NoBody, 0
	asked.Header = http.Header{}
	for _, name := range []string{"Cookie", "X-Api-Key"} {
		if values := r.Header.Values(name); len(values) > 0 {
			asked.Header[name] = values
		}
	}
	said := &answer{header: http.Header{}, status: http.StatusOK}
	i.api.ServeHTTP(said, asked)
	caller := &inboxCaller{}
	if said.status != http.StatusOK || json.Unmarshal(said.body.Bytes(), caller) != nil {
		return nil, said
	}
	return caller, said
}

// answer keeps what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(text []byte) (int, error) { return a.body.Write(text) } //nolint:wrapcheck // it never fails

// copyTo answers the same. One that says nothing of who calls is nobody's.
func (a *answer) copyTo(w http.ResponseWriter) {
	if a.status == http.StatusOK {
		refuse(w, http.StatusUnauthorized, string(models.CodeUnauthorized), "nobody is signed in")
		return
	}
	w.Header().Set("Content-Type", a.header.Get("Content-Type"))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // whoever hangs up needs no answer
}

// refuse answers with a problem (RFC 9457), as the API does.
func refuse(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// Whoever hangs up needs no answer.
	_, _ = fmt.Fprintf(w, `{"type":"about:blank","title":%q,"status":%d,"code":%q,"detail":%q,"errors":[]}`,
		http.StatusText(status), status, code, detail)
}
