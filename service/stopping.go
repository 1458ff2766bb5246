package service

import (
	"io"
	"net/http"
	"sync/atomic"
)

// stopping is a handler that may be told that its server is about to stop. It goes on answering everything, since a proxy
// learns of it only by and by, but says so: `/readyz` is answered 503, and no connection is kept for a further request.
type stopping struct {
	next  http.Handler
	begun atomic.Bool
}

// begin has it say so from now on.
func (s *stopping) begin() { s.begun.Store(true) }

// ServeHTTP implements http.Handler.
func (s *stopping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begun.Load() {
		s.next.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Connection", "close")
	if r.URL.Path != "/readyz" {
		s.next.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{"type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "unavailable", `+
		`"detail": "this process is about to stop"}`+"\n") // else whoever asked has gone
}
