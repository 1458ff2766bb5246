package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	twilioapi "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/sandbox"
)

func TestText(t *testing.T) {
	t.Parallel()

	t.Run("Delivered", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		created, err := b.api.CreateMessage(b.textParams("+12025550123", "o1"))
		require.NoError(t, err)
		require.Equal(t, "queued", *created.Status)
		require.Equal(t, "1", *created.NumSegments)
		require.Nil(t, created.DateSent)

		message := b.only(t, "+12025550123")
		require.Equal(t, sandbox.ChannelText, message.Channel)
		require.Equal(t, ownNumber, message.From)
		require.Equal(t, "Hello there.", *message.Text)
		require.Equal(t, "o1", *message.OutreachID)
		require.Equal(t, *created.Sid, message.ProviderID)
		require.Equal(t, sandbox.StatusDelivered, message.Status)
		require.Nil(t, message.Subject)
		require.Nil(t, message.VoicemailText)

		posts := b.hook.waitFor(t, "/sms", 3)
		require.Equal(t, []string{"queued", "sent", "delivered"}, fields(posts, "MessageStatus"))
		for _, post := range posts {
			require.Equal(t, "o1", post.query.Get("attempt"))
			require.Equal(t, *created.Sid, post.form.Get("MessageSid"))
			require.Equal(t, vendorForm(t, "sms_status_sending"), formFields(post))
		}

		found, err := b.api.FetchMessage(*created.Sid, &twilioapi.FetchMessageParams{})
		require.NoError(t, err)
		require.Equal(t, "delivered", *found.Status)
		require.NotNil(t, found.DateSent)
		require.Nil(t, found.ErrorCode)
		_, err = b.api.FetchMessage("SM00000000000000000000000000000000", &twilioapi.FetchMessageParams{})
		requireCode(t, err, http.StatusNotFound, 20404)
		require.Empty(t, b.hook.got("/inbound"))
	})

	t.Run("Service", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		params := b.textParams("+12025550190", "o1")
		params.From = nil
		service := "MG0123456789abcdef0123456789abcdef"
		created, err := b.api.CreateMessage(params.SetMessagingServiceSid(service))
		require.NoError(t, err)
		require.Equal(t, "accepted", *created.Status)
		require.Nil(t, created.From)
		posts := b.hook.waitFor(t, "/sms", 3)
		require.Equal(t, ownNumber, posts[2].form.Get("From"))
		require.Equal(t, vendorForm(t, "sms_status_failed_21610_msgsvc"), formFields(posts[2]))
		status, _ := b.do(t, http.MethodPost, "/sandbox/messages/"+b.only(t, "+12025550190").ID+"/reply", `{"text":"Hi"}`)
		require.Equal(t, http.StatusAccepted, status)
		require.Equal(t, service, b.hook.waitFor(t, "/inbound", 1)[0].form.Get("MessagingServiceSid"))
	})

	t.Run("Undelivered", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		created, err := b.api.CreateMessage(b.textParams("+12025550190", "o1"))
		require.NoError(t, err)
		posts := b.hook.waitFor(t, "/sms", 3)
		require.Equal(t, []string{"queued", "sent", "undelivered"}, fields(posts, "MessageStatus"))
		require.Equal(t, []string{"", "", "30003"}, fields(posts, "ErrorCode"))
		require.Equal(t, vendorForm(t, "sms_status_undelivered_30007"), formFields(posts[2]))
		require.Equal(t, sandbox.StatusUndelivered, b.only(t, "+12025550190").Status)
		found, err := b.api.FetchMessage(*created.Sid, &twilioapi.FetchMessageParams{})
		require.NoError(t, err)
		require.Equal(t, "undelivered", *found.Status)
		require.Equal(t, 30003, *found.ErrorCode)
	})

	t.Run("WithoutCallback", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		params := b.textParams("+12025550123", "o1")
		params.StatusCallback = nil
		_, err := b.api.CreateMessage(params)
		require.NoError(t, err)
		require.Nil(t, b.only(t, "+12025550123").OutreachID)
		require.Zero(t, b.stats(t).CallbacksPending)
	})
}

func TestTextReplies(t *testing.T) {
	t.Parallel()

	t.Run("Magic", func(t *testing.T) {
		t.Parallel()
		for number, word := range map[string]string{"+12025550196": "Yes", "+442079460197": "STOP"} {
			b := setupTwilio(t)
			_, err := b.api.CreateMessage(b.textParams(number, "o1"))
			require.NoError(t, err)
			post := b.hook.waitFor(t, "/inbound", 1)[0]
			require.Equal(t, vendorForm(t, "sms_inbound_stop"), formFields(post))
			require.Contains(t, post.form.Get("Body"), word)
			require.Equal(t, number, post.form.Get("From"))
			require.Equal(t, ownNumber, post.form.Get("To"))
			require.Equal(t, "received", post.form.Get("SmsStatus"))
			require.NotEqual(t, b.only(t, number).ProviderID, post.form.Get("MessageSid"))
			require.Contains(t, *b.only(t, number).Replies[0].Text, word)

			// Twilio remembers who does not want to be written to, until he writes otherwise.
			_, err = b.api.CreateMessage(b.textParams(number, "o2"))
			if word != "STOP" {
				require.NoError(t, err)

				continue
			}
			requireCode(t, err, http.StatusBadRequest, 21610)
			status, body := b.do(t, http.MethodPost, "/sandbox/messages/"+b.only(t, number).ID+"/reply", `{"text":" start "}`)
			require.Equal(t, http.StatusAccepted, status, body)
			_, err = b.api.CreateMessage(b.textParams(number, "o2"))
			require.NoError(t, err)
		}
	})

	t.Run("FromTheInbox", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		_, err := b.api.CreateMessage(b.textParams("+12025550123", "o1"))
		require.NoError(t, err)
		path := "/sandbox/messages/" + b.only(t, "+12025550123").ID + "/reply"
		status, body := b.do(t, http.MethodPost, path, `{"text":"Please stop by, ☎."}`)
		require.Equal(t, http.StatusAccepted, status, body)
		require.Equal(t, "Please stop by, ☎.", b.hook.waitFor(t, "/inbound", 1)[0].form.Get("Body"))
		require.Equal(t, "Please stop by, ☎.", *b.only(t, "+12025550123").Replies[0].Text)
		_, err = b.api.CreateMessage(b.textParams("+12025550123", "o2"))
		require.NoError(t, err, "a word in a sentence stops nothing")
		b.requireProblem(t, http.MethodPost, path, `{"text":"x","digits":"1"}`, http.StatusUnprocessableEntity, "wrong_channel", "/digits")
	})

	t.Run("WithoutInbound", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.TextInboundURL = "" })
		_, err := b.api.CreateMessage(b.textParams("+12025550196", "o1"))
		require.NoError(t, err)
		require.NotEmpty(t, b.only(t, "+12025550196").Replies)
		require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
		require.Zero(t, b.hook.count("/inbound"))
	})
}

func TestTextRefused(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	for name, tt := range map[string]struct {
		change func(p *twilioapi.CreateMessageParams)
		status int
		code   int
	}{
		"NoTo":          {func(p *twilioapi.CreateMessageParams) { p.To = nil }, http.StatusBadRequest, 21604},
		"BadTo":         {func(p *twilioapi.CreateMessageParams) { p.SetTo("202 555") }, http.StatusBadRequest, 21211},
		"InvalidTo":     {func(p *twilioapi.CreateMessageParams) { p.SetTo("+12025550192") }, http.StatusBadRequest, 21211},
		"OptedOut":      {func(p *twilioapi.CreateMessageParams) { p.SetTo("+12025550191") }, http.StatusBadRequest, 21610},
		"NoFrom":        {func(p *twilioapi.CreateMessageParams) { p.From = nil }, http.StatusBadRequest, 21603},
		"BadFrom":       {func(p *twilioapi.CreateMessageParams) { p.SetFrom("+1") }, http.StatusBadRequest, 21212},
		"UnknownFrom":   {func(p *twilioapi.CreateMessageParams) { p.SetFrom("+12025550101") }, http.StatusBadRequest, 21606},
		"UnknownSender": {func(p *twilioapi.CreateMessageParams) { p.SetFrom("Bright Tool") }, http.StatusBadRequest, 21606},
		"SameNumbers":   {func(p *twilioapi.CreateMessageParams) { p.SetTo(ownNumber) }, http.StatusBadRequest, 21266},
		"NoBody":        {func(p *twilioapi.CreateMessageParams) { p.Body = nil }, http.StatusBadRequest, 21602},
		"EmptyBody":     {func(p *twilioapi.CreateMessageParams) { p.SetBody("") }, http.StatusBadRequest, 21602},
		"LongBody":      {func(p *twilioapi.CreateMessageParams) { p.SetBody(strings.Repeat("ä", 1601)) }, http.StatusBadRequest, 21617},
		"BadCallback":   {func(p *twilioapi.CreateMessageParams) { p.SetStatusCallback("localhost/x") }, http.StatusBadRequest, 21609},
		"BadService":    {func(p *twilioapi.CreateMessageParams) { p.SetMessagingServiceSid("MG1") }, http.StatusNotFound, 21701},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := b.textParams("+12025550123", "o1")
			tt.change(params)
			_, err := b.api.CreateMessage(params)
			requireCode(t, err, tt.status, tt.code)
			require.Zero(t, b.stats(t).Messages)
		})
	}

	t.Run("WrongToken", func(t *testing.T) {
		t.Parallel()
		_, err := b.twilio(t, twilioSID, "other").CreateMessage(b.textParams("+12025550123", "o1"))
		requireCode(t, err, http.StatusUnauthorized, 20003)
		_, err = b.twilio(t, "AC00000000000000000000000000000000", twilioAuth).CreateMessage(b.textParams("+12025550123", "o1"))
		requireCode(t, err, http.StatusUnauthorized, 20003)
	})

	t.Run("Routes", func(t *testing.T) {
		t.Parallel()
		for path, expected := range map[string]int{
			"DELETE /Messages.json": http.StatusMethodNotAllowed, "PUT /Calls.json": http.StatusMethodNotAllowed,
			"GET /Queues.json": http.StatusNotFound, "GET /Messages/SM1": http.StatusNotFound,
		} {
			method, rest, _ := strings.Cut(path, " ")
			request, err := http.NewRequestWithContext(t.Context(), method,
				b.server.URL()+"/2010-04-01/Accounts/"+twilioSID+rest, http.NoBody)
			require.NoError(t, err)
			request.SetBasicAuth(twilioSID, twilioAuth)
			answer, err := b.client.Do(request)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, expected, answer.StatusCode, path)
		}
	})

	t.Run("LongestBody", func(t *testing.T) {
		t.Parallel()
		other := setupTwilio(t)
		created, err := other.api.CreateMessage(other.textParams("+12025550123", "o1").SetBody(strings.Repeat("ä", 1600)))
		require.NoError(t, err)
		require.Equal(t, "11", *created.NumSegments)
		created, err = other.api.CreateMessage(other.textParams("+12025550123", "o1").SetBody(strings.Repeat("☎", 71)))
		require.NoError(t, err)
		require.Equal(t, "2", *created.NumSegments)
		require.Equal(t, 2, *other.messagesTo(t, "+12025550123")[0].Segments)
	})
}

func TestTextsAreListed(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	sids := []string{}
	for i := range 5 {
		created, err := b.api.CreateMessage(b.textParams(fmt.Sprintf("+1202555012%d", i%2), fmt.Sprint(i)))
		require.NoError(t, err)
		sids = append(sids, *created.Sid)
	}
	b.hook.waitFor(t, "/sms", 15)

	list := func(change func(params *twilioapi.ListMessageParams)) []string {
		params := &twilioapi.ListMessageParams{}
		params.SetPageSize(2)
		change(params)
		messages, err := b.api.ListMessage(params)
		require.NoError(t, err)
		found := []string{}
		for _, message := range messages {
			found = append(found, *message.Sid)
		}
		slices.Reverse(found)

		return found
	}
	now := time.Now().UTC()
	require.Equal(t, sids, list(func(*twilioapi.ListMessageParams) {}), "over several pages")
	require.Equal(t, []string{sids[1], sids[3]}, list(func(p *twilioapi.ListMessageParams) { p.SetTo("+12025550121") }))
	require.Empty(t, list(func(p *twilioapi.ListMessageParams) { p.SetFrom("+12025550121") }))
	require.Len(t, list(func(p *twilioapi.ListMessageParams) { p.SetFrom(ownNumber) }), 5)
	require.Len(t, list(func(p *twilioapi.ListMessageParams) { p.SetDateSentAfter(now.Add(-time.Hour)) }), 5)
	require.Empty(t, list(func(p *twilioapi.ListMessageParams) { p.SetDateSentAfter(now.Add(time.Hour)) }))
	require.Len(t, list(func(p *twilioapi.ListMessageParams) { p.SetDateSentBefore(now.Add(time.Hour)) }), 5)
	require.Empty(t, list(func(p *twilioapi.ListMessageParams) { p.SetDateSentBefore(now.Add(-time.Hour)) }))
	require.Empty(t, list(func(p *twilioapi.ListMessageParams) { p.SetDateSent(now.AddDate(0, 0, -2)) }))
	_, err := b.api.FetchCall(sids[0], &twilioapi.FetchCallParams{})
	requireCode(t, err, http.StatusNotFound, 20404)
}

// TestTextNotSentYet shows why a text that is not found in a list may still go out.
func TestTextNotSentYet(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t, func(c *sandbox.Config) { c.TwilioStep = time.Hour })
	created, err := b.api.CreateMessage(b.textParams("+12025550123", "o1"))
	require.NoError(t, err)
	found, err := b.api.FetchMessage(*created.Sid, &twilioapi.FetchMessageParams{})
	require.NoError(t, err)
	require.Equal(t, "queued", *found.Status)
	require.Nil(t, found.DateSent)
	params := &twilioapi.ListMessageParams{}
	messages, err := b.api.ListMessage(params.SetDateSentAfter(time.Now().Add(-time.Hour)))
	require.NoError(t, err)
	require.Empty(t, messages)
	require.Equal(t, []string{"queued"}, fields(b.hook.waitFor(t, "/sms", 1), "MessageStatus"))
	require.Equal(t, 2, b.stats(t).CallbacksPending)
}

func TestTextCallbacksAreRepeated(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	tries := map[string]int{}
	b.hook.answer("/sms", func(post hookPost) (int, string) {
		if tries[post.token]++; tries[post.token] < 3 {
			return http.StatusServiceUnavailable, ""
		}

		return http.StatusOK, ""
	})
	for _, number := range []string{"+12025550123", "+12025550124"} {
		_, err := b.api.CreateMessage(b.textParams(number, "o1"))
		require.NoError(t, err)
	}
	posts := b.hook.waitFor(t, "/sms", 6)
	require.Equal(t, 18, b.hook.count("/sms"))
	statuses := fields(posts, "MessageStatus")
	slices.Sort(statuses)
	require.Equal(t, []string{"delivered", "delivered", "queued", "queued", "sent", "sent"}, statuses)
	require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
}

func TestTextRestart(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	b.hook.answer("/sms", func(post hookPost) (int, string) {
		if post.form.Get("MessageStatus") == "queued" {
			return http.StatusOK, ""
		}

		return http.StatusServiceUnavailable, ""
	})
	for i := range 5 {
		_, err := b.api.CreateMessage(b.textParams(fmt.Sprintf("+1202555012%d", i), "o1"))
		require.NoError(t, err)
	}
	b.hook.waitFor(t, "/sms", 5)
	b.stop(t)
	b.hook.answer("/sms", func(hookPost) (int, string) { return http.StatusOK, "" })
	b.start(t)
	require.Len(t, b.hook.waitFor(t, "/sms", 15), 15)
	require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
	require.Equal(t, 5, b.stats(t).Messages)
}

func TestTextsConcurrent(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	const clients, each = 8, 50
	var group sync.WaitGroup
	failures := make(chan error, clients)
	for number := range clients {
		group.Go(func() {
			for i := range each {
				if _, err := b.api.CreateMessage(b.textParams(fmt.Sprintf("+1202556%d0%02d", number, i), "o1")); err != nil {
					failures <- err

					return
				}
			}
		})
	}
	group.Wait()
	close(failures)
	require.NoError(t, <-failures)
	require.Equal(t, clients*each, b.stats(t).Messages)
	posts := b.hook.waitFor(t, "/sms", 3*clients*each)
	require.Len(t, posts, 3*clients*each)
	order := map[string][]string{}
	for _, post := range posts {
		sid := post.form.Get("MessageSid")
		order[sid] = append(order[sid], post.form.Get("MessageStatus"))
	}
	for _, statuses := range order {
		require.Equal(t, []string{"queued", "sent", "delivered"}, statuses)
	}
}

// TestTwilioWithoutNumbers takes any sender, and the account that is the sandbox's own.
func TestTwilioWithoutNumbers(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t, func(c *sandbox.Config) { c.TwilioAccountSID, c.TwilioAuthToken, c.TwilioNumbers = "", "", nil })
	require.Equal(t, sandbox.SandboxTwilioAccountSID, b.server.TwilioAccountSID())
	api := b.twilioAt(b.server.TwilioAccountSID(), b.server.TwilioAuthToken(),
		newContract(t, rewriter{next: b.client.Transport, url: func() string { return b.server.URL() }}))
	params := b.textParams("+12025550123", "o1").SetFrom("+12025550777")
	params.StatusCallback = nil
	_, err := api.CreateMessage(params)
	require.NoError(t, err)
	service := b.textParams("+12025550124", "o1").SetMessagingServiceSid("MG0123456789abcdef0123456789abcdef")
	service.From, service.StatusCallback = nil, nil
	_, err = api.CreateMessage(service)
	require.NoError(t, err)
	require.NotEmpty(t, b.only(t, "+12025550124").From)

	// A body that is no form is refused before anything is read from it.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		b.server.TwilioURL()+"/2010-04-01/Accounts/"+b.server.TwilioAccountSID()+"/Messages.json", strings.NewReader(`{}`))
	require.NoError(t, err)
	request.SetBasicAuth(b.server.TwilioAccountSID(), b.server.TwilioAuthToken())
	request.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusUnsupportedMediaType, answer.StatusCode)
}

// TestTwilioInbox shows texts and calls to people, who answer from there.
func TestTwilioInbox(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	_, err := b.api.CreateMessage(b.textParams("+12025550123", "o1"))
	require.NoError(t, err)
	id := b.only(t, "+12025550123").ID
	status, page := b.do(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Hello there.")
	require.Contains(t, page, "<td>text</td>")
	answer, err := b.client.PostForm(b.server.URL()+"/messages/"+id, url.Values{"text": {"An answer"}})
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "An answer", b.hook.waitFor(t, "/inbound", 1)[0].form.Get("Body"))
}
