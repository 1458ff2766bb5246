package process_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFirstSignIn takes the link that the first start prints, on a line of its own, to become the administrator. Each start
// prints another, until there is one; no log has any.
func TestFirstSignIn(t *testing.T) {
	t.Parallel()
	const says = "make one with this link"
	d := newDev(t, beckonDev())
	token := func() string {
		t.Helper()
		d.start()
		line := d.process.out.find(says)
		require.NotEmpty(t, line)
		_, token, found := strings.Cut(line, d.apiURL+"/link#")
		require.True(t, found, line)
		require.Empty(t, d.process.log.find(token), "it is in no log")
		return token
	}
	use := func(token string) (status int, cookies []*http.Cookie) {
		t.Helper()
		body, err := json.Marshal(map[string]string{
			"token": token, "password": "correct horse battery", "email": "root@clinic.example", "name": "Root",
		})
		require.NoError(t, err)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.apiURL+"/api/v1/session/link", bytes.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode, response.Cookies()
	}
	first := token()
	d.process.stop()
	second := token()
	status, _ := use(first)
	require.Equal(t, http.StatusNotFound, status)
	status, cookies := use(second)
	require.Equal(t, http.StatusOK, status)
	require.Len(t, cookies, 1)
	require.True(t, cookies[0].HttpOnly)
	status, _ = use(second)
	require.Equal(t, http.StatusNotFound, status)

	d.process.stop()
	d.start()
	require.Empty(t, d.process.out.find(says), "there is an administrator")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.apiURL+"/api/v1/users", nil)
	require.NoError(t, err)
	request.AddCookie(cookies[0])
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "the session outlives the process")
}
