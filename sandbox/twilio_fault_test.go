package sandbox_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"
	twilioapi "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/sandbox"
)

// sendOn sends a text or makes a call.
func (b *twilioBundle) sendOn(channel, number string) error {
	if channel == "text" {
		_, err := b.api.CreateMessage(b.textParams(number, "o1"))

		return err
	}
	_, err := b.api.CreateCall(b.callParams(number, "o1"))

	return err
}

func TestTwilioFaults(t *testing.T) {
	t.Parallel()
	for _, channels := range [][2]string{{"text", "phone"}, {"phone", "text"}} {
		channel, other := channels[0], channels[1]
		for name, tt := range map[string]struct {
			fault  string
			status int
			code   int
		}{
			"RateLimited":  {`{"kind":"429","retryAfter":7}`, http.StatusTooManyRequests, 20429},
			"ServerError":  {`{"kind":"500"}`, http.StatusInternalServerError, 20500},
			"Unauthorized": {`{"kind":"401"}`, http.StatusUnauthorized, 20003},
		} {
			t.Run(channel+name, func(t *testing.T) {
				t.Parallel()
				b := setupTwilio(t)
				b.setFaults(t, `{"`+channel+`":`+tt.fault+`}`)
				requireCode(t, b.sendOn(channel, "+12025550123"), tt.status, tt.code)
				require.Zero(t, b.stats(t).Messages)
				require.NoError(t, b.sendOn(other, "+12025550123"), "the other channel works on")
				b.setFaults(t, `{}`)
				require.NoError(t, b.sendOn(channel, "+12025550123"))
			})
		}

		for _, kind := range []string{"drop_after_accept", "malformed"} {
			t.Run(channel+kind, func(t *testing.T) {
				t.Parallel()
				b := setupTwilio(t)
				b.setFaults(t, `{"`+channel+`":{"kind":"`+kind+`"}}`)
				err := b.sendOn(channel, "+12025550123")
				require.Error(t, err)
				require.NotErrorAs(t, err, new(*client.TwilioRestError))
				require.Equal(t, 1, b.stats(t).Messages)
				// It can be looked up, and calls back.
				sid := b.only(t, "+12025550123").ProviderID
				if channel == "text" {
					_, err = b.api.FetchMessage(sid, &twilioapi.FetchMessageParams{})
					b.hook.waitFor(t, "/sms", 3)
				} else {
					_, err = b.api.FetchCall(sid, &twilioapi.FetchCallParams{})
					b.hook.waitFor(t, "/voice", 4)
				}
				require.NoError(t, err)
				requireCode(t, b.sendOn(channel, "+12025550192"), http.StatusBadRequest, 21211)
			})
		}

		t.Run(channel+"delay", func(t *testing.T) {
			t.Parallel()
			b := setupTwilio(t)
			b.setFaults(t, `{"`+channel+`":{"kind":"delay","delayMs":150}}`)
			start := time.Now()
			require.NoError(t, b.sendOn(channel, "+12025550123"))
			require.GreaterOrEqual(t, time.Since(start), 150*time.Millisecond)

			// A client that does not wait so long cannot know, but it is stored.
			b.api = b.twilioAt(twilioSID, twilioAuth, hasty{rewriter{next: b.client.Transport, url: b.server.TwilioURL}})
			require.ErrorIs(t, b.sendOn(channel, "+12025550124"), context.DeadlineExceeded)
			require.Eventually(t, func() bool { return b.stats(t).Messages == 2 }, patience, interval)
		})

		t.Run(channel+"refuse", func(t *testing.T) {
			t.Parallel()
			b := setupTwilio(t)
			require.NoError(t, b.sendOn(channel, "+12025550123"))
			b.setFaults(t, `{"`+channel+`":{"kind":"refuse"}}`)
			// A connection that was kept from before may break once, before the next is refused.
			require.Eventually(t, func() bool {
				err := b.sendOn(channel, "+12025550124")
				return err != nil && strings.Contains(err.Error(), "refused")
			}, patience, interval)
			// They share the port.
			require.ErrorContains(t, b.sendOn(other, "+12025550124"), "refused")
			_, err := b.send(t, testMail("ava@example.com", "1"))
			require.NoError(t, err, "e-mail has a port of its own")
			// The main listener stays open and drops the connection of the one channel.
			b.api = b.twilioAt(twilioSID, twilioAuth, rewriter{next: b.client.Transport, url: b.server.URL})
			require.Error(t, b.sendOn(channel, "+12025550124"))
			require.NoError(t, b.sendOn(other, "+12025550124"))
			require.Equal(t, 3, b.stats(t).Messages)
			b.setFaults(t, `{}`)
			b.api = b.twilio(t, twilioSID, twilioAuth)
			require.NoError(t, b.sendOn(channel, "+12025550124"))
		})
	}
}

// hasty is a client that waits for no more than a moment.
type hasty struct {
	next http.RoundTripper
}

// RoundTrip passes the request on.
func (h hasty) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), 50*time.Millisecond)
	defer cancel()

	return h.next.RoundTrip(request.WithContext(ctx))
}

func TestTwilioConfigRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sandbox.db")
	for name, config := range map[string]sandbox.Config{
		"TextInboundURL":   {DataFile: file, TextInboundURL: "localhost"},
		"TwilioAccountSID": {DataFile: file, TwilioAccountSID: "AC1"},
		"TwilioNumbers":    {DataFile: file, TwilioNumbers: []string{"202 555 0100"}},
	} {
		_, err := sandbox.New(t.Context(), config)
		require.ErrorContains(t, err, name)
	}
	require.NoFileExists(t, file)
}

// TestOlderFile opens a file from before there were texts and calls.
func TestOlderFile(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	_, err := b.send(t, testMail("ava@example.com", "1"))
	require.NoError(t, err)
	b.stop(t)
	execute(t, b.config.DataFile, "DROP TABLE twilio_resources; DROP INDEX callbacks_message; PRAGMA user_version = 1;")
	b.start(t)
	require.Len(t, b.messagesTo(t, "ava@example.com"), 1)
	_, err = b.api.CreateMessage(b.textParams("+12025550123", "o1"))
	require.NoError(t, err)
	b.stop(t)
	execute(t, b.config.DataFile, "PRAGMA user_version = 99;")
	_, err = sandbox.New(t.Context(), b.config)
	require.ErrorContains(t, err, "schema version 99")
	execute(t, b.config.DataFile, "PRAGMA user_version = 2;")
	_, err = os.Stat(b.config.DataFile)
	require.NoError(t, err)
	b.start(t)
}
