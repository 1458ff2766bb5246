package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5/static"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets pages load from this host alone, and run no script but its files. Swagger UI sets styles of elements, and
// has its pictures in its style sheet.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// addPages adds what people look at: the first page, and the API's description with what it needs. Nothing is loaded from
// other hosts.
func (s *server) addPages(e *echo.Echo) error {
	index, err := indexPage(s.temporalUI)
	if err != nil {
		return err
	}
	docs, err := pageFiles.ReadFile("page/docs.html")
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	e.GET("/", page(index))
	e.GET("/docs", page(docs))
	signIn, err := pageFiles.ReadFile("page/sign-in.html")
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	e.GET("/sign-in", strictPage(signIn))
	e.GET("/link", strictPage(signIn))
	for file, mediaType := range map[string]string{
		"swagger-ui-bundle.js": "text/javascript; charset=utf-8",
		"swagger-ui.css":       "text/css; charset=utf-8",
		"favicon-32x32.png":    "image/png",
		"start.js":             "text/javascript; charset=utf-8",
		"sign-in.js":           "text/javascript; charset=utf-8",
		"index.css":            "text/css; charset=utf-8",
	} {
		asset, err := loadAsset(file, mediaType)
		if err != nil {
			return err
		}
		e.GET("/docs/"+file, asset.serve)
	}
	return nil
}

// indexPage is the first page; the link to Temporal's Web UI is left out where it is empty.
func indexPage(temporalUI string) ([]byte, error) {
	parsed, err := template.ParseFS(pageFiles, "page/index.html")
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	text := bytes.Buffer{}
	if err := parsed.Execute(&text, struct{ TemporalUI string }{temporalUI}); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	return text.Bytes(), nil
}

// strictPolicy is for pages of ours that need no styles but those of their file. Their forms are sent by their script.
const strictPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page answers with a page.
func page(text []byte) echo.HandlerFunc { return pageUnder(pagePolicy, text) }

// strictPage answers with a page in which passwords are typed.
func strictPage(text []byte) echo.HandlerFunc { return pageUnder(strictPolicy, text) }

func pageUnder(policy string, text []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderContentSecurityPolicy, policy)
		header.Set(echo.HeaderCacheControl, "no-cache")
		if err := c.HTMLBlob(http.StatusOK, text); err != nil {
			return fmt.Errorf("write page: %w", err)
		}
		return nil
	}
}

// asset is a file that a page needs.
type asset struct {
	mediaType  string
	text       []byte
	compressed bool   // text is compressed with gzip
	tag        string // names the contents
}

// loadAsset reads a file of ours or of Swagger UI, which has most of its files compressed.
func loadAsset(file, mediaType string) (*asset, error) {
	loaded := &asset{mediaType: mediaType}
	var err error
	if loaded.text, err = pageFiles.ReadFile(path.Join("page", file)); err != nil {
		loaded.text, err = fs.ReadFile(static.FS, file)
	}
	if err != nil {
		loaded.compressed = true
		loaded.text, err = fs.ReadFile(static.FS, file+".gz")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	sum := sha256.Sum256(loaded.text)
	loaded.tag = hex.EncodeToString(sum[:len(sum)/2])
	return loaded, nil
}

// serve answers with the file. It may change with the program, so that browsers ask each time whether it has.
func (a *asset) serve(c echo.Context) error {
	header := c.Response().Header()
	header.Set(echo.HeaderCacheControl, "no-cache")
	header.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	text, tag := a.text, a.tag
	if a.compressed && takesGzip(c.Request()) {
		header.Set(echo.HeaderContentEncoding, "gzip")
		tag += "-gzip"
	} else if a.compressed {
		var err error
		if text, err = decompress(text); err != nil {
			return err
		}
	}
	tag = `"` + tag + `"`
	header.Set("ETag", tag)
	var err error
	if c.Request().Header.Get("If-None-Match") == tag {
		err = c.NoContent(http.StatusNotModified)
	} else {
		err = c.Blob(http.StatusOK, a.mediaType, text)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// takesGzip says whether a client takes answers that are compressed so. All browsers do.
func takesGzip(request *http.Request) bool {
	return strings.Contains(request.Header.Get(echo.HeaderAcceptEncoding), "gzip")
}

func decompress(text []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("decompress file: %w", err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("decompress file: %w", err)
	}
	return plain, nil
}
