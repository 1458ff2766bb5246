package integration_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
)

// webhookRecorder keeps the last webhook that the API was given, so that a test can forge another from it.
type webhookRecorder struct {
	mu     sync.Mutex
	header http.Header
	body   []byte
}

// record lets all requests through, and keeps the last webhook.
func (w *webhookRecorder) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if strings.HasPrefix(request.URL.Path, "/webhooks/") {
			body, err := io.ReadAll(request.Body)
			if err == nil {
				w.keep(request.Header.Clone(), body)
			}
			request.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(writer, request)
	})
}

func (w *webhookRecorder) keep(header http.Header, body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.header, w.body = header, body
}

// last is the last webhook; the body is nil where there was none.
func (w *webhookRecorder) last() (http.Header, []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.header, w.body
}
