package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/mail"
	"github.com/stretchr/testify/require"
)

func TestSendGridSend(t *testing.T) {
	t.Parallel()

	t.Run("Accepted", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.client.Transport = newContract(t, b.client.Transport)

		before := time.Now()
		answer, err := b.send(t, testMail("ava@example.com", "outreach-1"))
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answer.StatusCode, answer.Body)
		require.Empty(t, answer.Body)
		require.Len(t, answer.Headers["X-Message-Id"], 1)

		messages := b.messagesTo(t, "AVA@example.com")
		require.Len(t, messages, 1)
		message := messages[0]
		require.Equal(t, "email", string(message.Channel))
		require.Equal(t, "ava@example.com", message.To)
		require.Equal(t, "ada@sender.example.com", message.From)
		require.Equal(t, "A question for you", *message.Subject)
		require.Equal(t, "Hello there.", *message.Text)
		require.Equal(t, "<p>Hello there.</p>", *message.HTML)
		require.Equal(t, map[string]string{"List-Unsubscribe": "<https://example.com/u/1>"}, message.Headers)
		require.Nil(t, message.VoicemailText)
		require.Equal(t, "outreach-1", *message.OutreachID)
		require.Equal(t, answer.Headers["X-Message-Id"][0], message.ProviderID)
		require.Equal(t, "delivered", string(message.Status))
		require.WithinRange(t, message.ReceivedAt, before.Add(-time.Second), time.Now().Add(time.Second))
		require.Equal(t, time.UTC, message.ReceivedAt.Location())
	})

	t.Run("SeveralRecipients", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		message := testMail("one@example.com", "outreach-1")
		message.Personalizations[0].AddCCs(mail.NewEmail("", "two@example.com"))
		second := mail.NewPersonalization()
		second.AddTos(mail.NewEmail("", "three@example.com"))
		second.Subject = "For you alone"
		message.AddPersonalizations(second)
		answer, err := b.send(t, message)
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answer.StatusCode, answer.Body)

		require.Equal(t, 3, b.stats(t).Messages)
		third := b.messagesTo(t, "three@example.com")[0]
		require.Equal(t, "For you alone", *third.Subject)
		require.Nil(t, third.OutreachID)
		require.Equal(t, "outreach-1", *b.messagesTo(t, "two@example.com")[0].OutreachID)
		require.Equal(t, b.messagesTo(t, "one@example.com")[0].ProviderID, third.ProviderID)
	})

	t.Run("Gzip", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		var body bytes.Buffer
		zipped := gzip.NewWriter(&body)
		_, err := zipped.Write(mail.GetRequestBody(testMail("ava@example.com", "1")))
		require.NoError(t, err)
		require.NoError(t, zipped.Close())
		status, _ := b.postMail(t, body.String(), map[string]string{"Content-Encoding": "gzip"})
		require.Equal(t, http.StatusAccepted, status)
		require.Len(t, b.messagesTo(t, "ava@example.com"), 1)
	})

	t.Run("SandboxMode", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		message := testMail("ava@example.com", "1")
		message.SetMailSettings(mail.NewMailSettings().SetSandboxMode(mail.NewSetting(true)))
		answer, err := b.send(t, message)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.Zero(t, b.stats(t).Messages)
	})
}

// sendGridErrors is the shape of SendGrid's error answers.
type sendGridErrors struct {
	Errors []struct {
		Message string  `json:"message"`
		Field   *string `json:"field"`
		Help    *string `json:"help"`
	} `json:"errors"`
}

// postMail posts a body as it is.
func (b *testBundle) postMail(tb testing.TB, body string, headers map[string]string) (int, sendGridErrors) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, b.server.EmailURL()+"/v3/mail/send", strings.NewReader(body))
	require.NoError(tb, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+sendGridKey)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := b.client.Do(request)
	require.NoError(tb, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(tb, err)
	require.NoError(tb, answer.Body.Close())
	var failure sendGridErrors
	if answer.StatusCode >= http.StatusBadRequest {
		require.NoError(tb, json.Unmarshal(text, &failure), string(text))
		require.NotEmpty(tb, failure.Errors)
	}

	return answer.StatusCode, failure
}

func TestSendGridRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.client.Transport = newContract(t, b.client.Transport)

	valid := func(change func(body map[string]any)) string {
		body := map[string]any{}
		if err := json.Unmarshal(mail.GetRequestBody(testMail("ava@example.com", "1")), &body); err != nil {
			panic(err)
		}
		change(body)
		encoded, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}

		return string(encoded)
	}
	to := func(addresses ...string) []any {
		list := []any{}
		for _, address := range addresses {
			list = append(list, map[string]any{"email": address})
		}

		return []any{map[string]any{"to": list}}
	}
	for name, tt := range map[string]struct {
		body    string
		headers map[string]string
		status  int
		field   string
		message string
	}{
		"WrongKey": {
			headers: map[string]string{"Authorization": "Bearer SG.other"}, status: http.StatusUnauthorized,
			message: "The provided authorization grant is invalid, expired, or revoked",
		},
		"NoKey": {
			headers: map[string]string{"Authorization": ""}, status: http.StatusUnauthorized,
			message: "The provided authorization grant is invalid, expired, or revoked",
		},
		"NotJSON": {body: `{"personalizations":`, status: http.StatusBadRequest, message: "Bad Request"},
		"WrongType": {
			body: valid(func(m map[string]any) { m["personalizations"] = "x" }), status: http.StatusBadRequest, message: "Bad Request",
		},
		"MediaType": {
			body: valid(func(map[string]any) {}), headers: map[string]string{"Content-Type": "text/plain"},
			status: http.StatusUnsupportedMediaType, message: "Content-Type",
		},
		"TooLarge": {
			body: valid(func(m map[string]any) {
				m["content"] = []any{map[string]any{"type": "text/plain", "value": strings.Repeat("x", 30<<20)}}
			}),
			status: http.StatusRequestEntityTooLarge, message: "too large",
		},
		"NotGzip": {
			body: "x", headers: map[string]string{"Content-Encoding": "gzip"}, status: http.StatusBadRequest, message: "Bad Request",
		},
		"NoPersonalizations": {
			body: valid(func(m map[string]any) { m["personalizations"] = []any{} }), status: http.StatusBadRequest,
			field: "personalizations", message: "at least one personalization",
		},
		"NoTo": {
			body: valid(func(m map[string]any) { m["personalizations"] = to() }), status: http.StatusBadRequest,
			field: "personalizations.0.to", message: "The to array is required for all personalization objects",
		},
		"BadTo": {
			body:   valid(func(m map[string]any) { m["personalizations"] = to("ava@example.com", "not an address") }),
			status: http.StatusBadRequest, field: "personalizations.0.to.1.email", message: "Does not contain a valid address.",
		},
		"NamedTo": {
			body:   valid(func(m map[string]any) { m["personalizations"] = to("Ava <ava@example.com>") }),
			status: http.StatusBadRequest, field: "personalizations.0.to.0.email", message: "Does not contain a valid address.",
		},
		"NoDomain": {
			body:   valid(func(m map[string]any) { m["personalizations"] = to("ava@localhost") }),
			status: http.StatusBadRequest, field: "personalizations.0.to.0.email", message: "Does not contain a valid address.",
		},
		"NotASCII": {
			body:   valid(func(m map[string]any) { m["personalizations"] = to("äva@example.com") }),
			status: http.StatusBadRequest, field: "personalizations.0.to.0.email", message: "Does not contain a valid address.",
		},
		"Twice": {
			body:   valid(func(m map[string]any) { m["personalizations"] = to("ava@example.com", "Ava@example.com") }),
			status: http.StatusBadRequest, field: "personalizations.0", message: "should be unique between to, cc, and bcc",
		},
		"TooManyRecipients": {
			body: valid(func(m map[string]any) {
				var addresses []string
				for i := range 1001 {
					addresses = append(addresses, fmt.Sprintf("ava%d@example.com", i))
				}
				m["personalizations"] = to(addresses...)
			}),
			status: http.StatusBadRequest, field: "personalizations", message: "limit of 1000 total recipients",
		},
		"NoFrom": {
			body: valid(func(m map[string]any) { delete(m, "from") }), status: http.StatusBadRequest,
			field: "from.email", message: "The from object must be provided",
		},
		"BadFrom": {
			body: valid(func(m map[string]any) { m["from"] = map[string]any{"email": "x"} }), status: http.StatusBadRequest,
			field: "from.email", message: "The from email does not contain a valid address.",
		},
		"BadReplyTo": {
			body: valid(func(m map[string]any) { m["reply_to"] = map[string]any{"email": "x"} }), status: http.StatusBadRequest,
			field: "reply_to.email", message: "does not contain a valid address",
		},
		"NoSubject": {
			body: valid(func(m map[string]any) { delete(m, "subject") }), status: http.StatusBadRequest,
			field: "subject", message: "The subject is required.",
		},
		"NoContent": {
			body: valid(func(m map[string]any) { delete(m, "content") }), status: http.StatusBadRequest,
			field: "content", message: "the content parameter is required",
		},
		"EmptyContent": {
			body: valid(func(m map[string]any) {
				m["content"] = []any{map[string]any{"type": "text/plain", "value": ""}}
			}),
			status: http.StatusBadRequest, field: "content.0.value", message: "must be a string at least one character in length",
		},
		"NumberInCustomArgs": {
			body: valid(func(m map[string]any) { m["custom_args"] = map[string]any{"n": 1} }), status: http.StatusBadRequest,
			field: "personalizations.0.custom_args.n", message: "must be strings",
		},
		"LargeCustomArgs": {
			body:   valid(func(m map[string]any) { m["custom_args"] = map[string]any{"n": strings.Repeat("x", 10_000)} }),
			status: http.StatusBadRequest, field: "personalizations.0.custom_args", message: "may not exceed 10000 bytes",
		},
		"ReservedHeader": {
			body: valid(func(m map[string]any) { m["headers"] = map[string]any{"Subject": "x"} }), status: http.StatusBadRequest,
			field: "headers", message: "reserved keys",
		},
		"TooManyCategories": {
			body:   valid(func(m map[string]any) { m["categories"] = strings.Split("abcdefghijk", "") }),
			status: http.StatusBadRequest, field: "categories", message: "10 categories",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, failure := b.postMail(t, tt.body, tt.headers)
			require.Equal(t, tt.status, status)
			require.Contains(t, failure.Errors[0].Message, tt.message)
			if tt.field == "" {
				require.Nil(t, failure.Errors[0].Field)
				require.Nil(t, failure.Errors[0].Help)
			} else {
				require.Equal(t, tt.field, *failure.Errors[0].Field)
				require.Contains(t, *failure.Errors[0].Help, "errors.html#")
			}
			require.Zero(t, b.stats(t).Messages)
			require.Zero(t, b.stats(t).CallbacksPending)
		})
	}
}

func TestSendGridRoutes(t *testing.T) {
	t.Parallel()
	b := setup(t)

	// The main listener serves it too.
	answer, err := b.sendAs(t, sendGridKey, b.server.URL(), testMail("ava@example.com", "1"))
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, answer.StatusCode)

	status, body := b.do(t, http.MethodGet, "/v3/mail/send", "")
	require.Equal(t, http.StatusMethodNotAllowed, status, body)
	status, body = b.do(t, http.MethodGet, "/v3/other", "")
	require.Equal(t, http.StatusNotFound, status, body)
	status, body = b.do(t, http.MethodGet, "/v3/scopes", "")
	require.Equal(t, http.StatusUnauthorized, status, body)
}

func TestSendGridConcurrent(t *testing.T) {
	t.Parallel()
	b := setup(t)

	const clients, each = 8, 250
	var group sync.WaitGroup
	failures := make(chan error, clients)
	for number := range clients {
		group.Go(func() {
			for i := range each {
				answer, err := b.send(t, testMail(fmt.Sprintf("c%d-%d@example.com", number, i), fmt.Sprintf("%d-%d", number, i)))
				if err == nil && answer.StatusCode != http.StatusAccepted {
					err = fmt.Errorf("answer %d", answer.StatusCode)
				}
				if err != nil {
					failures <- err

					return
				}
			}
		})
	}
	group.Wait()
	close(failures)
	require.NoError(t, <-failures)

	stats := b.stats(t)
	require.Equal(t, clients*each, stats.Messages)
	require.Equal(t, clients*each, stats.Addresses)

	// Each message once, in pages, and its events once, in far fewer posts than events.
	seen := map[string]bool{}
	for page := 1; len(seen) < clients*each; page++ {
		var list messagePage
		b.get(t, fmt.Sprintf("/sandbox/messages?perPage=300&page=%d", page), &list)
		require.NotEmpty(t, list.Data)
		require.Equal(t, clients*each, list.Total)
		for _, message := range list.Data {
			require.False(t, seen[*message.OutreachID])
			seen[*message.OutreachID] = true
		}
	}
	require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
	b.webhook.mu.Lock()
	defer b.webhook.mu.Unlock()
	require.Len(t, b.webhook.taken, 2*clients*each)
	ids := map[any]bool{}
	for _, entry := range b.webhook.taken {
		ids[entry["sg_event_id"]] = true
	}
	require.Len(t, ids, 2*clients*each)
	require.Less(t, b.webhook.posts, clients*each)
}

func TestSendGridMagicAddresses(t *testing.T) {
	t.Parallel()
	b := setup(t)

	for name, tt := range map[string]struct {
		status string
		events []string
		check  func(t *testing.T, events []event)
	}{
		"ava":      {status: "delivered", events: []string{"processed", "delivered"}},
		"bounced":  {status: "delivered", events: []string{"processed", "delivered"}},
		"reply-1":  {status: "delivered", events: []string{"processed", "delivered"}},
		"optout-1": {status: "delivered", events: []string{"processed", "delivered"}},
		"bounce-1": {
			status: "bounced", events: []string{"processed", "bounce"},
			check: func(t *testing.T, events []event) {
				t.Helper()
				require.Equal(t, "bounce", events[1]["type"])
				require.Equal(t, "5.1.1", events[1]["status"])
				require.NotEmpty(t, events[1]["reason"])
				require.Equal(t, "Invalid Address", events[1]["bounce_classification"])
			},
		},
		"block-1": {
			status: "blocked", events: []string{"processed", "bounce"},
			check: func(t *testing.T, events []event) {
				t.Helper()
				require.Equal(t, "blocked", events[1]["type"])
			},
		},
		"open-1": {
			status: "delivered", events: []string{"processed", "delivered", "open"},
			check: func(t *testing.T, events []event) {
				t.Helper()
				require.Equal(t, false, events[2]["sg_machine_open"])
				requireRead(t, events)
			},
		},
		"machine-1": {
			status: "delivered", events: []string{"processed", "delivered", "open"},
			check: func(t *testing.T, events []event) {
				t.Helper()
				require.Equal(t, true, events[2]["sg_machine_open"])
				requireRead(t, events)
			},
		},
		"click-1": {
			status: "delivered", events: []string{"processed", "delivered", "click"},
			check: func(t *testing.T, events []event) {
				t.Helper()
				require.Equal(t, "https://example.com/", events[2]["url"])
				require.Equal(t, map[string]any{"index": 0.0, "type": "html"}, events[2]["url_offset"])
				require.NotContains(t, events[2], "sg_machine_open")
				requireRead(t, events)
			},
		},
		"complain-1": {status: "reported", events: []string{"processed", "delivered", "spamreport"}},
		"unsub-1":    {status: "unsubscribed", events: []string{"processed", "delivered", "unsubscribe"}},
		"defer-1": {
			status: "delivered", events: []string{"processed", "deferred", "deferred", "delivered"},
			check: func(t *testing.T, events []event) {
				t.Helper()
				require.Equal(t, "1", events[1]["attempt"])
				require.Equal(t, "2", events[2]["attempt"])
				require.NotEmpty(t, events[1]["response"])
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := name + "@example.com"
			message := testMail(address, "outreach-"+name)
			message.AddCategories("campaign-7")
			message.SetCustomArg("campaign_id", "c7")
			answer, err := b.send(t, message)
			require.NoError(t, err)
			require.Equal(t, http.StatusAccepted, answer.StatusCode, answer.Body)

			events := b.webhook.waitFor(t, address, len(tt.events))
			require.Equal(t, tt.events, names(events))
			stored := b.messagesTo(t, address)[0]
			require.Equal(t, tt.status, string(stored.Status))
			for _, entry := range events {
				require.Equal(t, "outreach-"+name, entry["outreach_id"])
				require.Equal(t, "c7", entry["campaign_id"])
				require.Equal(t, []any{"campaign-7"}, entry["category"])
				require.NotEmpty(t, entry["sg_event_id"])
				require.InDelta(t, time.Now().Unix(), entry["timestamp"], 60)
				id, _ := entry["sg_message_id"].(string)
				require.True(t, strings.HasPrefix(id, stored.ProviderID+".recvd-"), id)
			}
			if tt.check != nil {
				tt.check(t, events)
			}
		})
	}
}

// requireRead says that the last event is something that was done with the message a second after it was delivered.
func requireRead(t *testing.T, events []event) {
	t.Helper()
	delivered, read := events[len(events)-2], events[len(events)-1]
	require.Equal(t, "delivered", delivered["event"])
	then, _ := delivered["timestamp"].(float64)
	require.InDelta(t, then+1, read["timestamp"], 0)
	require.NotEmpty(t, read["useragent"])
	ip, _ := read["ip"].(string)
	require.NotNil(t, net.ParseIP(ip), ip)
	require.NotContains(t, read, "smtp-id")
}

// TestSendGridEventShape holds the events to the fields and types of SendGrid's own reference.
func TestSendGridEventShape(t *testing.T) {
	t.Parallel()
	reference := map[string]event{}
	for _, entry := range readVendor[[]event](t, "sendgrid", "events_docs_reference.json") {
		name, _ := entry["event"].(string)
		reference[name] = entry
	}

	b := setup(t)
	for _, name := range []string{"ava", "bounce-1", "open-1", "click-1", "complain-1", "unsub-1", "defer-1"} {
		_, err := b.send(t, testMail(name+"@example.com", "1"))
		require.NoError(t, err)
	}
	b.webhook.waitFor(t, "open-1@example.com", 3)
	b.webhook.waitFor(t, "click-1@example.com", 3)
	b.webhook.waitFor(t, "complain-1@example.com", 3)
	b.webhook.waitFor(t, "unsub-1@example.com", 3)
	b.webhook.waitFor(t, "defer-1@example.com", 4)

	seen := map[string]bool{}
	b.webhook.mu.Lock()
	defer b.webhook.mu.Unlock()
	for _, entry := range b.webhook.taken {
		name, _ := entry["event"].(string)
		seen[name] = true
		for field, value := range reference[name] {
			if slices.Contains([]string{"category", "pool", "newsletter", "asm_group_id", "unique_arg_key"}, field) {
				continue
			}
			require.IsType(t, value, entry[field], "%s of %s", field, name)
		}
	}
	require.Len(t, seen, 8)
}
