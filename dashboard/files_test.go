package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"beckon/dashboard"
)

// built is a folder as Vite leaves it.
func built() fstest.MapFS {
	return fstest.MapFS{
		".keep":                {},
		"index.html":           {Data: []byte("<html>first page</html>")},
		"index.html.gz":        {Data: []byte("first page by gzip")},
		"index.html.br":        {Data: []byte("first page by brotli")},
		"manifest.json":        {Data: []byte("{}")},
		"favicon.svg":          {Data: []byte("<svg/>")},
		"assets/main-1a.js":    {Data: []byte("script")},
		"assets/main-1a.js.gz": {Data: []byte("script by gzip")},
		"assets/main-1a.css":   {Data: []byte("style")},
	}
}

// get asks a dashboard for a path; what is passed on is answered with 418.
func get(t *testing.T, folder fstest.MapFS, method, path string, headers ...string) (*httptest.ResponseRecorder, string) {
	t.Helper()
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	handler, err := dashboard.HandlerOf(folder, next)
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder, recorder.Body.String()
}

func TestFirstPage(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/campaigns", "/campaigns/1/contacts", "/link", "/index.html", "/manifest.json", "/.keep"} {
		response, text := get(t, built(), http.MethodGet, path)
		require.Equal(t, http.StatusOK, response.Code, path)
		require.Equal(t, "<html>first page</html>", text, path)
		require.Equal(t, "text/html; charset=utf-8", response.Header().Get("Content-Type"))
		require.Equal(t, "no-cache", response.Header().Get("Cache-Control"))
		require.Equal(t, "nosniff", response.Header().Get("X-Content-Type-Options"))
		require.Contains(t, response.Header().Get("Content-Security-Policy"), "script-src 'self';")
		require.Contains(t, response.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'")
	}
}

// Every path of the API's description is the API's, and so are changes, whatever their path.
func TestPassesOn(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../api/openapi.yaml")
	require.NoError(t, err)
	spec, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	paths := append(spec.Paths.InMatchingOrder(), "/api", "/api/v1/nothing", "/docs/swagger-ui.css", "/metrics", "/u/token")
	for _, path := range paths {
		response, _ := get(t, built(), http.MethodGet, path)
		require.Equal(t, http.StatusTeapot, response.Code, path)
	}
	response, _ := get(t, built(), http.MethodPost, "/campaigns")
	require.Equal(t, http.StatusTeapot, response.Code)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	response, text := get(t, built(), http.MethodGet, "/assets/main-1a.js")
	require.Equal(t, "script", text)
	require.Equal(t, "text/javascript; charset=utf-8", response.Header().Get("Content-Type"))
	require.Equal(t, "public, max-age=31536000, immutable", response.Header().Get("Cache-Control"))
	response, text = get(t, built(), http.MethodGet, "/favicon.svg")
	require.Equal(t, "<svg/>", text)
	require.Equal(t, "image/svg+xml", response.Header().Get("Content-Type"))
	require.Equal(t, "no-cache", response.Header().Get("Cache-Control"))
	response, text = get(t, built(), http.MethodHead, "/favicon.svg")
	require.Equal(t, "6", response.Header().Get("Content-Length"))
	require.Empty(t, text)
	for _, gone := range []string{"/assets/main-0f.js", "/assets/", "/assets/../assets/nothing"} {
		response, _ = get(t, built(), http.MethodGet, gone)
		require.NotEqual(t, http.StatusTeapot, response.Code, gone)
	}
	response, _ = get(t, built(), http.MethodGet, "/assets/main-0f.js")
	require.Equal(t, http.StatusNotFound, response.Code)
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for accepted, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br": "br", "br;q=0, gzip;q=0.5": "gzip", "identity": "", "deflate": "",
	} {
		response, text := get(t, built(), http.MethodGet, "/", "Accept-Encoding", accepted)
		require.Equal(t, want, response.Header().Get("Content-Encoding"), accepted)
		require.Equal(t, "Accept-Encoding", response.Header().Get("Vary"))
		texts := map[string]string{"": "<html>first page</html>", "gzip": "first page by gzip", "br": "first page by brotli"}
		require.Equal(t, texts[want], text, accepted)
		again, text := get(t, built(), http.MethodGet, "/", "Accept-Encoding", accepted, "If-None-Match",
			response.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, again.Code, accepted)
		require.Empty(t, text)
	}
	// One that exists in no other encoding goes as it is.
	response, text := get(t, built(), http.MethodGet, "/assets/main-1a.css", "Accept-Encoding", "br, gzip")
	require.Empty(t, response.Header().Get("Content-Encoding"))
	require.Equal(t, "style", text)
}

// A binary that was built without the dashboard has the API alone.
func TestNotBuilt(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/campaigns", "/favicon.svg"} {
		response, _ := get(t, fstest.MapFS{".keep": {}}, http.MethodGet, path)
		require.Equal(t, http.StatusTeapot, response.Code, path)
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	handler, err := dashboard.Handler(http.NotFoundHandler())
	require.NoError(t, err)
	require.NotNil(t, handler)
}
