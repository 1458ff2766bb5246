package providertest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// RefusedURL is the URL of a port of this host that refuses connections.
func RefusedURL(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	return "http://" + address
}

// RawURL is the URL of a server that reads one whole request from each connection, writes the words as they are and
// closes it.
func RawURL(t *testing.T, words string) string {
	t.Helper()
	return serve(t, func(connection net.Conn) {
		if readRequest(connection) {
			_, _ = io.WriteString(connection, words) // the client may have gone
		}
	})
}

// SilentURL is the URL of a server that reads one whole request from each connection, tells got, and answers nothing until
// the test ends.
func SilentURL(t *testing.T, got chan<- struct{}) string {
	t.Helper()
	return serve(t, func(connection net.Conn) {
		if readRequest(connection) {
			got <- struct{}{}
			_, _ = connection.Read(make([]byte, 1)) // until the client or the test closes it
		}
	})
}

// DeafURL is the URL of a server that accepts connections and never says a word: with https, a TLS handshake never ends.
func DeafURL(t *testing.T, scheme string) string {
	t.Helper()
	address := serve(t, func(connection net.Conn) {
		_, _ = io.Copy(io.Discard, connection)
	})
	return scheme + address[len("http"):]
}

// HTTPSOfPlainURL is an https URL of a server that speaks plain HTTP: the TLS handshake fails.
func HTTPSOfPlainURL(t *testing.T) string {
	t.Helper()
	return "https" + RawURL(t, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")[len("http"):]
}

func readRequest(connection net.Conn) bool {
	request, err := http.ReadRequest(bufio.NewReader(connection))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, request.Body)
	return err == nil
}

// serve runs the handler on each connection; all end with the test.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener := listen(t)
	var (
		mu    sync.Mutex
		open  []net.Conn
		group sync.WaitGroup
	)
	group.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, connection)
			mu.Unlock()
			group.Go(func() {
				handle(connection)
				_ = connection.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, connection := range open {
			_ = connection.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return "http://" + listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}
