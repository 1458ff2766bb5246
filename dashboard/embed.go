// Package dashboard serves the dashboard: the pages from which staff run campaigns. They are written in TypeScript, built
// into dist by Vite, and embedded into the binary. They use the REST API and nothing else.
package dashboard

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
)

// dist is what was built before the binary was; only an empty file, where nothing was.
//
//go:embed all:dist
var dist embed.FS

// Handler serves the dashboard that is embedded, and passes all else on. In a binary that was built without the dashboard it
// passes everything on.
func Handler(next http.Handler) (http.Handler, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("find the dashboard's files: %w", err)
	}
	return HandlerOf(files, next)
}
