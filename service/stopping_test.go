package service_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/service"
)

// TestStopDelay asks a server to stop: it says that it is not ready, goes on answering whatever is asked, over connections that
// it does not keep, and then ends by itself.
func TestStopDelay(t *testing.T) {
	t.Parallel()
	const delay = 2 * time.Second
	listener, err := service.Listen(t.Context(), service.Config{Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(stop)
	served := make(chan error, 1)
	go func() { served <- service.ServeHTTP(ctx, listener, handler, delay, slog.New(slog.DiscardHandler)) }()
	client := &http.Client{Transport: &http.Transport{}}
	get := func(path string) (status int, closes bool, body string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+path, http.NoBody)
		require.NoError(t, err)
		response, err := client.Do(request)
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode, response.Close, string(text)
	}
	status, closes, _ := get("/readyz")
	require.Equal(t, http.StatusTeapot, status, "the handler's own answer")
	require.False(t, closes)

	began := time.Now()
	stop()
	require.Eventually(t, func() bool {
		status, closes, body := get("/readyz")
		return status == http.StatusServiceUnavailable && closes && body != ""
	}, delay, time.Millisecond)
	status, closes, _ = get("/api/v1/campaigns")
	require.Equal(t, http.StatusTeapot, status)
	require.True(t, closes)
	require.NoError(t, <-served)
	require.GreaterOrEqual(t, time.Since(began), delay)
}
