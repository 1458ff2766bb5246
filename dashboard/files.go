package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"strings"
)

const (
	index  = "index.html"
	hashed = "assets/" // Vite names each file of this folder by its contents
)

// policy lets the dashboard load from this host alone, and run no script but its files. Mantine writes its theme into a style
// element, and components set styles of their elements.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// reserved are the first parts of the paths that are the API's; all others are pages of the dashboard.
var reserved = map[string]bool{ //nolint:gochecknoglobals // a constant
	"api": true, "webhooks": true, "u": true, "docs": true, "openapi.yaml": true,
	"healthz": true, "readyz": true, "metrics": true,
}

// file is a file in the encodings that it was built in; "" is the file itself.
type file struct {
	mediaType string
	texts     map[string][]byte
	tag       string // names the contents
}

// handler serves the files, and the first page at the path of every page.
type handler struct {
	files map[string]file
	next  http.Handler
}

// HandlerOf serves the dashboard that was built into a folder, and passes all else on; everything, where the folder has no
// first page. The files are read once.
func HandlerOf(folder fs.FS, next http.Handler) (http.Handler, error) {
	if _, err := fs.Stat(folder, index); errors.Is(err, fs.ErrNotExist) {
		return next, nil
	}
	h := &handler{files: map[string]file{}, next: next}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return err //nolint:wrapcheck // wrapped below
		}
		h.add(name, text)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the dashboard's files: %w", err)
	}
	// What the build says about itself is nobody's business.
	maps.DeleteFunc(h.files, func(name string, _ file) bool { return name == "manifest.json" })
	return h, nil
}

// add takes a file in, under the name that it has when it is not compressed.
func (h *handler) add(name string, text []byte) {
	encoding := ""
	for suffix, of := range map[string]string{".gz": "gzip", ".br": "br"} {
		if plain, is := strings.CutSuffix(name, suffix); is {
			name, encoding = plain, of
		}
	}
	found, known := h.files[name]
	if !known {
		found = file{mediaType: mediaType(name), texts: map[string][]byte{}}
	}
	found.texts[encoding] = text
	if encoding == "" {
		sum := sha256.Sum256(text)
		found.tag = hex.EncodeToString(sum[:len(sum)/2])
	}
	h.files[name] = found
}

// mediaType is that of a name's ending. Those of scripts and styles do not depend on what the machine knows.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	first, _, _ := strings.Cut(name, "/")
	if (r.Method != http.MethodGet && r.Method != http.MethodHead) || reserved[first] {
		h.next.ServeHTTP(w, r)
		return
	}
	found, is := h.files[name]
	switch {
	case is && name != index:
	case strings.HasPrefix(name, hashed):
		// A page that was loaded before a deploy asks for a file that is gone; the first page would only hide that.
		http.NotFound(w, r)
		return
	default:
		name, found = index, h.files[index]
	}
	h.serve(w, r, name, found)
}

// serve answers with a file, compressed as well as the client takes it. Only files that are named by their contents are
// kept without asking whether they changed.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, name string, found file) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Vary", "Accept-Encoding")
	header.Set("Content-Type", found.mediaType)
	header.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, hashed) {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if name == index {
		header.Set("Content-Security-Policy", policy)
	}
	encoding := chosenEncoding(r.Header.Get("Accept-Encoding"), found)
	tag := `"` + found.tag + `"`
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
		tag = `"` + found.tag + "-" + encoding + `"`
	}
	header.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", fmt.Sprint(len(found.texts[encoding])))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(found.texts[encoding]) // whoever hangs up needs no answer
	}
}

// chosenEncoding is the best that both sides have; browsers take both of ours, and name those with which weights come
// only to refuse others.
func chosenEncoding(accepted string, found file) string {
	takes := map[string]bool{}
	for offer := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		takes[strings.TrimSpace(name)] = strings.ReplaceAll(weight, " ", "") != "q=0"
	}
	for _, encoding := range []string{"br", "gzip"} {
		if _, has := found.texts[encoding]; has && takes[encoding] {
			return encoding
		}
	}
	return ""
}
