package sandbox_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"

	"beckon/sandbox"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sandbox.db")

	for name, tt := range map[string]struct {
		config  sandbox.Config
		message string
	}{
		"NoDataFile": {sandbox.Config{}, "DataFile is required"},
		"EventsURL":  {sandbox.Config{DataFile: file, EventsURL: "localhost:8080"}, "EventsURL"},
		"InboundURL": {sandbox.Config{DataFile: file, InboundURL: "ftp://example.com"}, "InboundURL"},
		"NoFolder":   {sandbox.Config{DataFile: filepath.Join(file, "x"), Addr: "127.0.0.1:0"}, "data file"},
		"BadAddress": {sandbox.Config{DataFile: file, Addr: "127.0.0.1:0", EmailAddr: "127.0.0.1:99999"}, "99999"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sandbox.New(t.Context(), tt.config)
			require.ErrorContains(t, err, tt.message)
		})
	}

	t.Run("PortInUse", func(t *testing.T) {
		t.Parallel()
		var config net.ListenConfig
		taken, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, taken.Close()) })
		data := filepath.Join(t.TempDir(), "sandbox.db")
		_, err = sandbox.New(t.Context(), sandbox.Config{DataFile: data, Addr: taken.Addr().String()})
		require.ErrorContains(t, err, "in use")
		_, err = sandbox.New(t.Context(), sandbox.Config{DataFile: data, Addr: "127.0.0.1:0", PlanAddr: taken.Addr().String()})
		require.ErrorContains(t, err, "in use")
	})
}

func TestShutdown(t *testing.T) {
	t.Parallel()

	t.Run("WithoutStart", func(t *testing.T) {
		t.Parallel()
		server, err := sandbox.New(t.Context(), sandbox.Config{DataFile: filepath.Join(t.TempDir(), "s.db"), Addr: "127.0.0.1:0"})
		require.NoError(t, err)
		require.NoError(t, server.Shutdown(t.Context()))
		require.NoError(t, server.Shutdown(t.Context()))
	})

	t.Run("FreesPortsAndFile", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		urls := []string{b.server.URL(), b.server.EmailURL(), b.server.PlanURL()}
		// The planner's port is given up too when it happens to be closed.
		b.setFaults(t, `{"plan":{"kind":"refuse"}}`)
		b.stop(t)
		host := func(url string) string { return strings.Split(url, "/")[2] }
		b.config.Addr, b.config.EmailAddr, b.config.PlanAddr = host(urls[0]), host(urls[1]), host(urls[2])
		b.start(t)
		require.Equal(t, urls[0], b.server.URL())
		require.Equal(t, urls[1], b.server.EmailURL())
		require.Equal(t, urls[2], b.server.PlanURL())
		answer, err := b.send(t, testMail("ava@example.com", "1"))
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answer.StatusCode)
	})

	t.Run("UnderLoad", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		accepted := make(chan int, 8)
		for client := range 8 {
			go func() {
				count := 0
				for {
					answer, err := b.send(t, testMail(fmt.Sprintf("c%d-%d@example.com", client, count), "1"))
					if err != nil || answer.StatusCode != http.StatusAccepted {
						accepted <- count

						return
					}
					count++
				}
			}()
		}
		require.Eventually(t, func() bool { return b.stats(t).Messages > 100 }, patience, interval)
		b.stop(t)
		total := 0
		for range 8 {
			total += <-accepted
		}
		b.start(t)
		require.GreaterOrEqual(t, b.stats(t).Messages, total)
		require.LessOrEqual(t, b.stats(t).Messages, total+8)
	})
}

// TestKilled kills a process that serves a sandbox, at full load: what was accepted is there, once, and is called back.
func TestKilled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.stop(t)

	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), serveFile+"="+b.config.DataFile, serveEvents+"="+b.webhook.url)
	output, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	host, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	host = strings.TrimSpace(host)

	var (
		mu       sync.Mutex
		accepted []string
		group    sync.WaitGroup
	)
	enough := make(chan struct{})
	for client := range 8 {
		group.Go(func() {
			for i := 0; ; i++ {
				address := fmt.Sprintf("c%d-%d@example.com", client, i)
				answer, err := b.sendAs(t, sendGridKey, host, testMail(address, "1"))
				if err != nil || answer.StatusCode != http.StatusAccepted {
					return
				}
				mu.Lock()
				if accepted = append(accepted, address); len(accepted) == 300 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	require.NoError(t, process.Process.Kill())
	group.Wait()
	require.Error(t, process.Wait())

	b.start(t)
	stats := b.stats(t)
	require.Equal(t, stats.Addresses, stats.Messages)
	require.GreaterOrEqual(t, stats.Messages, len(accepted))
	require.LessOrEqual(t, stats.Messages, len(accepted)+8)
	require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
	for _, address := range accepted {
		require.Len(t, b.messagesTo(t, address), 1)
		require.GreaterOrEqual(t, len(b.webhook.eventsOf(address)), 2)
	}
}

// ExampleServer shows a sandbox in the place of SendGrid.
func ExampleServer() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	server, err := sandbox.New(ctx, sandbox.Config{DataFile: filepath.Join(dir, "sandbox.db"), Addr: "127.0.0.1:0"})
	if err != nil {
		panic(err)
	}
	server.Start(ctx)

	request := sendgrid.GetRequest("SG.any-key", "/v3/mail/send", server.EmailURL())
	request.Method = rest.Post
	request.Body = mail.GetRequestBody(mail.NewSingleEmail(
		mail.NewEmail("Ada", "ada@sender.example.com"), "A question", mail.NewEmail("Ava", "ava@example.com"), "Hello.", "<p>Hello.</p>",
	))
	answer, err := sendgrid.MakeRequestWithContext(ctx, request)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.StatusCode)

	if err := server.Shutdown(ctx); err != nil {
		panic(err)
	}
	// Output: 202
}
