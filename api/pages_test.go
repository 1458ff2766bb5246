package api_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"path"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/api"
)

// A page loads from this host alone, everything that it names is there, and no script or handler stands in it.
func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	names := regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	for _, address := range []string{"/", "/docs", "/sign-in", "/link"} {
		page := b.request(http.MethodGet, address, "", withKey(""))
		require.Equal(t, http.StatusOK, page.status)
		require.Contains(t, page.header.Get("Content-Type"), "text/html")
		require.Contains(t, page.header.Get("Content-Security-Policy"), "script-src 'self';")
		require.NotRegexp(t, `<script>|\son\w+=|javascript:|\sstyle=|<style`, string(page.body))
		for _, found := range names.FindAllStringSubmatch(string(page.body), -1) {
			if found[1] == "https://temporal.example" {
				continue
			}
			require.NotContains(t, found[1], ":", "nothing is loaded from elsewhere")
			file := b.request(http.MethodGet, path.Join("/", found[1]), "", withKey(""))
			require.Equal(t, http.StatusOK, file.status, found[1])
			require.NotEmpty(t, file.body, found[1])
		}
	}
	require.Contains(t, string(b.request(http.MethodGet, "/", "").body), `href="https://temporal.example"`)
}

func TestIndexWithoutTemporalUI(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handler, err := api.New(api.Config{
		Store: b.store, Workflows: b.workflows, Idempotent: withKeyOf, Secret: testSecret(t), Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	b.handler = handler
	index := b.request(http.MethodGet, "/", "")
	require.NotContains(t, string(index.body), "Temporal's")
	require.Contains(t, string(index.body), `href="docs"`)
}

// A file comes compressed to those who take it, the same to others, and not at all to those who have it.
func TestFilesOfPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/docs/swagger-ui-bundle.js"
	plain := b.request(http.MethodGet, path, "", withKey(""))
	require.Equal(t, "text/javascript; charset=utf-8", plain.header.Get("Content-Type"))
	require.Empty(t, plain.header.Get("Content-Encoding"))
	require.Greater(t, len(plain.body), 1<<20)
	packed := b.request(http.MethodGet, path, "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip, br") })
	require.Equal(t, "gzip", packed.header.Get("Content-Encoding"))
	require.Less(t, len(packed.body), 1<<20)
	reader, err := gzip.NewReader(bytes.NewReader(packed.body))
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, plain.body, text)
	require.NotEqual(t, plain.header.Get("ETag"), packed.header.Get("ETag"))
	again := b.request(http.MethodGet, path, "", func(r *http.Request) {
		r.Header.Set("If-None-Match", plain.header.Get("ETag"))
	})
	require.Equal(t, http.StatusNotModified, again.status)
	require.Empty(t, again.body)
	b.request(http.MethodGet, "/docs/swagger-ui.js", "").problem(http.StatusNotFound, "not_found")
	b.request(http.MethodGet, "/docs/../go.mod", "").problem(http.StatusNotFound, "not_found")
}
