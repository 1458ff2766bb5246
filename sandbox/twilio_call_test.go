package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	twilioapi "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/sandbox"
)

func TestCall(t *testing.T) {
	t.Parallel()

	t.Run("Human", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		b.hook.twiml("/answer", `<Say voice="alice">Hello <emphasis>Ava</emphasis>, `+"\n"+`this is us &amp; friends.</Say><Pause length="2"/>`+
			`<Play>https://example.com/a.mp3</Play><Hangup/><Say>Never.</Say>`)
		created, err := b.api.CreateCall(b.callParams("+12025550123", "o1").SetMachineDetection("DetectMessageEnd"))
		require.NoError(t, err)
		require.Equal(t, "queued", *created.Status)
		require.Nil(t, created.Duration)

		message := b.untilEnded(t, "+12025550123", sandbox.StatusCompleted)
		require.Equal(t, sandbox.ChannelPhone, message.Channel)
		require.Equal(t, "Hello Ava , this is us & friends.\n[plays https://example.com/a.mp3]", *message.Text)
		require.Nil(t, message.VoicemailText)
		require.Equal(t, "o1", *message.OutreachID)
		require.Equal(t, *created.Sid, message.ProviderID)

		posts := b.hook.waitFor(t, "/voice", 4)
		require.Equal(t, []string{"initiated", "ringing", "in-progress", "completed"}, fields(posts, "CallStatus"))
		require.Equal(t, []string{"0", "1", "2", "3"}, fields(posts, "SequenceNumber"))
		require.Equal(t, vendorForm(t, "voice_status_initiated"), formFields(posts[0]))
		require.Equal(t, vendorForm(t, "voice_status_ringing"), formFields(posts[1]))
		require.Equal(t, vendorForm(t, "voice_status_completed_human"), formFields(posts[3]))
		require.Equal(t, "human", posts[3].form.Get("AnsweredBy"))
		// 3.5 s of detection, 9 words of 0.4 s, 2 s of silence and 5 s of sound.
		require.Equal(t, "14", posts[3].form.Get("CallDuration"))
		require.Equal(t, "1", posts[3].form.Get("Duration"))

		asked := b.hook.got("/answer")
		require.Len(t, asked, 1)
		require.Equal(t, vendorForm(t, "voice_answer_twiml_request_machine_end_beep"), formFields(asked[0]))
		require.Equal(t, "human", asked[0].form.Get("AnsweredBy"))
		require.Equal(t, "in-progress", asked[0].form.Get("CallStatus"))
		require.Equal(t, "o1", asked[0].query.Get("attempt"))

		found, err := b.api.FetchCall(*created.Sid, &twilioapi.FetchCallParams{})
		require.NoError(t, err)
		require.Equal(t, "completed", *found.Status)
		require.Equal(t, "14", *found.Duration)
		require.Equal(t, "human", *found.AnsweredBy)
		require.NotNil(t, found.StartTime)
		require.NotNil(t, found.EndTime)
		params := &twilioapi.ListCallParams{}
		calls, err := b.api.ListCall(params.SetTo("+12025550123").SetStatus("completed").SetStartTimeAfter(time.Now().AddDate(0, 0, -1)))
		require.NoError(t, err)
		require.Len(t, calls, 1)
		params = &twilioapi.ListCallParams{}
		calls, err = b.api.ListCall(params.SetStatus("busy"))
		require.NoError(t, err)
		require.Empty(t, calls)
	})

	t.Run("Machine", func(t *testing.T) {
		t.Parallel()
		for detection, found := range map[string]string{
			"DetectMessageEnd": "machine_end_beep", "Enable": "machine_start", "": "",
		} {
			b := setupTwilio(t)
			b.hook.twiml("/answer", `<Say>Please call back.</Say>`)
			params := b.callParams("+12025550195", "o1")
			if detection != "" {
				params.SetMachineDetection(detection)
			}
			_, err := b.api.CreateCall(params)
			require.NoError(t, err)
			message := b.untilEnded(t, "+12025550195", sandbox.StatusCompleted)
			require.Nil(t, message.Text)
			require.Equal(t, "Please call back.", *message.VoicemailText)
			require.Equal(t, found, b.hook.got("/answer")[0].form.Get("AnsweredBy"))
			require.Equal(t, found, b.hook.waitFor(t, "/voice", 4)[3].form.Get("AnsweredBy"))
		}
	})

	t.Run("NotTaken", func(t *testing.T) {
		t.Parallel()
		for number, status := range map[string]string{
			"+12025550190": "failed", "+12025550193": "busy", "+12025550194": "no-answer",
		} {
			b := setupTwilio(t)
			created, err := b.api.CreateCall(b.callParams(number, "o1"))
			require.NoError(t, err)
			posts := b.hook.waitFor(t, "/voice", 3)
			require.Equal(t, []string{"initiated", "ringing", status}, fields(posts, "CallStatus"))
			require.Equal(t, vendorForm(t, "voice_status_failed_404"), formFields(posts[2]))
			require.Equal(t, "0", posts[2].form.Get("CallDuration"))
			message := b.untilEnded(t, number, sandbox.Status(strings.ReplaceAll(status, "-", "_")))
			require.Nil(t, message.Text)
			require.Zero(t, b.hook.count("/answer"))
			found, err := b.api.FetchCall(*created.Sid, &twilioapi.FetchCallParams{})
			require.NoError(t, err)
			require.Equal(t, status, *found.Status)
			require.Nil(t, found.StartTime)
		}
	})

	t.Run("Events", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		b.hook.twiml("/answer", `<Say>Hello.</Say>`)
		for number, events := range map[string][]string{
			"+12025550123": nil, "+12025550191": {"answered"}, "+12025550125": {"initiated completed"},
		} {
			params := b.callParams(number, number[9:])
			params.StatusCallbackEvent = nil
			if events != nil {
				params.SetStatusCallbackEvent(events)
			}
			_, err := b.api.CreateCall(params)
			require.NoError(t, err)
			b.untilEnded(t, number, sandbox.StatusCompleted)
		}
		require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
		got := []string{}
		for _, post := range b.hook.got("/voice") {
			got = append(got, post.query.Get("attempt")+" "+post.form.Get("CallStatus"))
		}
		slices.Sort(got)
		require.Equal(t, []string{"123 completed", "191 in-progress"}, got, "an event that does not exist silences all")
	})

	t.Run("Inline", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		params := b.callParams("+12025550123", "o1").SetTwiml(`<?xml version="1.0" encoding="UTF-8"?><Response><Say>Inline.</Say></Response>`).
			SetStatusCallbackMethod("GET")
		params.Url = nil
		_, err := b.api.CreateCall(params)
		require.NoError(t, err)
		require.Equal(t, "Inline.", *b.untilEnded(t, "+12025550123", sandbox.StatusCompleted).Text)
		posts := b.hook.waitFor(t, "/voice", 4)
		require.Equal(t, http.MethodGet, posts[3].method)
		require.Equal(t, "completed", posts[3].query.Get("CallStatus"))
		require.Equal(t, "o1", posts[3].query.Get("attempt"))
	})
}

func TestCallFollowsTwiML(t *testing.T) {
	t.Parallel()

	t.Run("GatherAndRedirect", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.GatherWait = patience })
		b.hook.twiml("/answer", `<Gather numDigits="1" action="gather?step=1"><Say>Press one.</Say></Gather><Say>Nobody.</Say>`)
		b.hook.twiml("/gather", `<Redirect method="GET">/next/one</Redirect><Say>Never.</Say>`)
		b.hook.twiml("/next/one", `<Say>Say it.</Say><Gather input="dtmf speech" method="post"/>`)
		_, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		b.hook.waitFor(t, "/answer", 1)
		// What was said is seen while the call listens.
		require.Eventually(t, func() bool {
			text := b.only(t, "+12025550123").Text
			return text != nil && *text == "Press one."
		}, patience, interval)
		path := "/sandbox/messages/" + b.only(t, "+12025550123").ID + "/reply"
		status, body := b.do(t, http.MethodPost, path, `{"speech":"not heard"}`)
		require.Equal(t, http.StatusAccepted, status, body)
		status, body = b.do(t, http.MethodPost, path, `{"digits":"12"}`)
		require.Equal(t, http.StatusAccepted, status, body)
		gathered := b.hook.waitFor(t, "/gather", 1)[0]
		require.Equal(t, "1", gathered.form.Get("Digits"))
		require.Equal(t, "1", gathered.query.Get("step"))
		asked := b.hook.waitFor(t, "/next/one", 1)[0]
		require.Equal(t, http.MethodGet, asked.method)
		require.Equal(t, "in-progress", asked.query.Get("CallStatus"))

		// Without an action the same document is asked again, as the verb says by POST.
		b.hook.answer("/next/one", func(post hookPost) (int, string) {
			return http.StatusOK, `<Response><Say>You said ` + post.form.Get("SpeechResult") + `.</Say></Response>`
		})
		status, body = b.do(t, http.MethodPost, path, `{"speech":"tell me more"}`)
		require.Equal(t, http.StatusAccepted, status, body)
		message := b.untilEnded(t, "+12025550123", sandbox.StatusCompleted)
		require.Equal(t, "Press one.\nSay it.\nYou said tell me more.", *message.Text)
		require.Len(t, message.Replies, 3)
		require.Equal(t, "12", *message.Replies[1].Digits)
		require.Equal(t, "tell me more", *message.Replies[2].Speech)

		b.requireProblem(t, http.MethodPost, path, `{"digits":"1"}`, http.StatusConflict, "call_over", "")
		b.requireProblem(t, http.MethodPost, path, `{"digits":"x"}`, http.StatusUnprocessableEntity, "out_of_range", "/digits")
		b.requireProblem(t, http.MethodPost, path, `{"digits":"1","speech":"x"}`, http.StatusUnprocessableEntity, "too_many", "/text")
		b.requireProblem(t, http.MethodPost, path, `{}`, http.StatusUnprocessableEntity, "required", "/text")
		// A text goes its own way, when the call is over too.
		status, body = b.do(t, http.MethodPost, path, `{"text":"Call me tomorrow"}`)
		require.Equal(t, http.StatusAccepted, status, body)
		require.Equal(t, "Call me tomorrow", b.hook.waitFor(t, "/inbound", 1)[0].form.Get("Body"))
	})

	t.Run("GatherFallsThrough", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.GatherWait = interval })
		b.hook.twiml("/answer", `<Gather action="/none"><Say>Press.</Say></Gather><Say>Goodbye.</Say><Gather actionOnEmptyResult="true" action="/empty"/>`)
		b.hook.twiml("/empty", `<Reject/>`)
		_, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		require.Equal(t, "Press.\nGoodbye.", *b.untilEnded(t, "+12025550123", sandbox.StatusCompleted).Text)
		require.Zero(t, b.hook.count("/none"))
		require.Empty(t, b.hook.got("/empty")[0].form.Get("Digits"))
	})

	t.Run("MagicAnswers", func(t *testing.T) {
		t.Parallel()
		for number, heard := range map[string][2]string{
			"+12025550196": {"1", "Yes, tell me more, please."}, "+12025550197": {"9", "STOP"},
		} {
			for i, input := range []string{"dtmf", "speech dtmf"} {
				b := setupTwilio(t)
				b.hook.twiml("/answer", `<Gather input="`+input+`" action="/gather"/>`)
				b.hook.twiml("/gather", `<Gather input="speech"/><Say>Bye.</Say>`)
				_, err := b.api.CreateCall(b.callParams(number, "o1"))
				require.NoError(t, err)
				require.Equal(t, "Bye.", *b.untilEnded(t, number, sandbox.StatusCompleted).Text)
				require.Len(t, b.only(t, number).Replies, 1, "once")
				form := b.hook.got("/gather")[0].form
				require.Equal(t, heard[i], form.Get("Digits")+form.Get("SpeechResult"))
			}
		}
	})

	for name, tt := range map[string]struct {
		answer   func(tries int) (int, string)
		fallback bool
		text     string
		code     string
		tries    int
	}{
		"NotFound":   {answer: func(int) (int, string) { return http.StatusNotFound, "<Response/>" }, code: "11200", tries: 1},
		"NotXML":     {answer: func(int) (int, string) { return http.StatusOK, "Hello" }, code: "12100", tries: 1},
		"NotTwiML":   {answer: func(int) (int, string) { return http.StatusOK, "<html/>" }, code: "12100", tries: 1},
		"CutShort":   {answer: func(int) (int, string) { return http.StatusOK, "<Response><Say>x" }, code: "12100", tries: 1},
		"TwoRoots":   {answer: func(int) (int, string) { return http.StatusOK, "<Response/><Response/>" }, code: "12100", tries: 1},
		"NoDocument": {answer: func(int) (int, string) { return http.StatusOK, "" }, code: "12300", tries: 1},
		"Circle": {
			answer: func(int) (int, string) { return http.StatusOK, "<Response><Redirect/></Response>" }, code: "11215", tries: 100,
		},
		"Unknown": {
			answer: func(int) (int, string) {
				return http.StatusOK, "<Response><Dial>+12025550199</Dial><Say>On.</Say></Response>"
			}, text: "On.", tries: 1,
		},
		"Fallback": {
			answer: func(int) (int, string) { return http.StatusBadRequest, "" }, fallback: true, text: "Plan B.", code: "11200", tries: 1,
		},
		"Again": {
			answer: func(tries int) (int, string) {
				if tries < 3 {
					return http.StatusServiceUnavailable, ""
				}

				return http.StatusOK, "<Response><Say>At last.</Say></Response>"
			}, text: "At last.", tries: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupTwilio(t, func(c *sandbox.Config) { c.TwilioStep = time.Millisecond })
			tries := 0
			b.hook.answer("/answer", func(hookPost) (int, string) { tries++; return tt.answer(tries) })
			b.hook.twiml("/fallback", "<Say>Plan B.</Say>")
			params := b.callParams("+12025550123", "o1")
			if tt.fallback {
				params.SetFallbackUrl(b.hook.url + "/fallback")
			}
			_, err := b.api.CreateCall(params)
			require.NoError(t, err)
			message := b.untilEnded(t, "+12025550123", sandbox.StatusCompleted)
			if tt.text == "" {
				require.Nil(t, message.Text)
			} else {
				require.Equal(t, tt.text, *message.Text)
			}
			require.Equal(t, tt.code, message.Headers["Twilio-Error"])
			require.Equal(t, tt.tries, b.hook.count("/answer"))
			if tt.fallback {
				require.Equal(t, "11200", b.hook.got("/fallback")[0].form.Get("ErrorCode"))
			}
		})
	}

	t.Run("NobodyThere", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.TwiMLTimeout = 100 * time.Millisecond })
		_, err := b.api.CreateCall(b.callParams("+12025550123", "o1").SetUrl("http://127.0.0.1:1/answer"))
		require.NoError(t, err)
		require.Equal(t, "11200", b.untilEnded(t, "+12025550123", sandbox.StatusCompleted).Headers["Twilio-Error"])
	})
}

func TestCallUpdate(t *testing.T) {
	t.Parallel()
	update := func(b *twilioBundle, sid string, change func(p *twilioapi.UpdateCallParams)) (*twilioapi.ApiV2010Call, error) {
		params := &twilioapi.UpdateCallParams{}
		change(params)

		return b.api.UpdateCall(sid, params)
	}

	t.Run("Canceled", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.TwilioStep = time.Hour })
		created, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		_, err = update(b, *created.Sid, func(p *twilioapi.UpdateCallParams) { p.SetTwiml("<Response/>") })
		requireCode(t, err, http.StatusBadRequest, 21220)
		changed, err := update(b, *created.Sid, func(p *twilioapi.UpdateCallParams) { p.SetStatus("canceled") })
		require.NoError(t, err)
		require.Equal(t, "canceled", *changed.Status)
		b.untilEnded(t, "+12025550123", sandbox.StatusCanceled)
		posts := b.hook.waitFor(t, "/voice", 2)
		require.Equal(t, []string{"initiated", "canceled"}, fields(posts, "CallStatus"))
		require.Equal(t, vendorForm(t, "voice_status_canceled"), formFields(posts[1]))
		_, err = update(b, *created.Sid, func(p *twilioapi.UpdateCallParams) { p.SetStatus("completed") })
		requireCode(t, err, http.StatusBadRequest, 21220)
	})

	t.Run("Completed", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.GatherWait = time.Hour })
		b.hook.twiml("/answer", `<Gather><Say>Well?</Say></Gather>`)
		created, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		b.hook.waitFor(t, "/answer", 1)
		_, err = update(b, *created.Sid, func(p *twilioapi.UpdateCallParams) { p.SetStatus("canceled") })
		requireCode(t, err, http.StatusBadRequest, 21220)
		changed, err := update(b, *created.Sid, func(p *twilioapi.UpdateCallParams) { p.SetStatus("completed") })
		require.NoError(t, err)
		require.Equal(t, "completed", *changed.Status)
		require.Equal(t, sandbox.StatusCompleted, b.only(t, "+12025550123").Status)
		require.Len(t, b.hook.waitFor(t, "/voice", 4), 4)
	})

	t.Run("Refused", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		_, err := update(b, "CA00000000000000000000000000000000", func(p *twilioapi.UpdateCallParams) { p.SetStatus("completed") })
		requireCode(t, err, http.StatusNotFound, 20404)
		_, err = update(b, "CA00000000000000000000000000000000", func(p *twilioapi.UpdateCallParams) { p.SetStatus("busy") })
		requireCode(t, err, http.StatusBadRequest, 20001)
		_, err = update(b, "CA00000000000000000000000000000000", func(p *twilioapi.UpdateCallParams) { p.SetUrl("x") })
		requireCode(t, err, http.StatusBadRequest, 21205)
	})

	// A detection that runs aside finds a machine while the script is being spoken; Beckon then leaves its message.
	t.Run("AsyncDetection", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t)
		b.hook.twiml("/answer", `<Say>Am I speaking to Ava?</Say>`)
		b.hook.twiml("/voicemail", `<Say>Please call back.</Say>`)
		tries := 0
		b.hook.answer("/amd", func(post hookPost) (int, string) {
			// The first finding gets lost, and the call waits for the next.
			if tries++; tries == 1 || post.form.Get("AnsweredBy") != "machine_end_beep" {
				return http.StatusServiceUnavailable, ""
			}
			_, err := update(b, post.form.Get("CallSid"), func(p *twilioapi.UpdateCallParams) { p.SetUrl(b.hook.url + "/voicemail") })
			if err != nil {
				t.Error(err)
			}

			return http.StatusNoContent, ""
		})
		_, err := b.api.CreateCall(b.callParams("+12025550195", "o1").SetMachineDetection("DetectMessageEnd").
			SetAsyncAmd("true").SetAsyncAmdStatusCallback(b.hook.url + "/amd?attempt=o1"))
		require.NoError(t, err)
		require.Equal(t, vendorForm(t, "voice_amd_async_machine_end_beep"), formFields(b.hook.waitFor(t, "/amd", 1)[0]))
		message := b.untilEnded(t, "+12025550195", sandbox.StatusCompleted)
		require.Equal(t, "Please call back.", *message.VoicemailText)
		require.Equal(t, "Am I speaking to Ava?", *message.Text)
		require.Empty(t, b.hook.got("/answer")[0].form.Get("AnsweredBy"))
	})
}

func TestCallRefused(t *testing.T) {
	t.Parallel()
	b := setupTwilio(t)
	for name, tt := range map[string]struct {
		change func(p *twilioapi.CreateCallParams)
		code   int
	}{
		"NoTo":         {func(p *twilioapi.CreateCallParams) { p.To = nil }, 21201},
		"BadTo":        {func(p *twilioapi.CreateCallParams) { p.SetTo("202 555") }, 21211},
		"InvalidTo":    {func(p *twilioapi.CreateCallParams) { p.SetTo("+12025550192") }, 21211},
		"NoFrom":       {func(p *twilioapi.CreateCallParams) { p.From = nil }, 21213},
		"BadFrom":      {func(p *twilioapi.CreateCallParams) { p.SetFrom("Bright Tools") }, 21212},
		"UnknownFrom":  {func(p *twilioapi.CreateCallParams) { p.SetFrom("+12025550101") }, 21210},
		"SameNumbers":  {func(p *twilioapi.CreateCallParams) { p.SetTo(ownNumber) }, 21266},
		"NoURL":        {func(p *twilioapi.CreateCallParams) { p.Url = nil }, 21205},
		"BadURL":       {func(p *twilioapi.CreateCallParams) { p.SetUrl("answer") }, 21205},
		"BadCallback":  {func(p *twilioapi.CreateCallParams) { p.SetStatusCallback("ftp://example.com") }, 21609},
		"BadAMD":       {func(p *twilioapi.CreateCallParams) { p.SetAsyncAmdStatusCallback("x") }, 21609},
		"BadDetection": {func(p *twilioapi.CreateCallParams) { p.SetMachineDetection("Sometimes") }, 21234},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := b.callParams("+12025550123", "o1")
			tt.change(params)
			_, err := b.api.CreateCall(params)
			requireCode(t, err, http.StatusBadRequest, tt.code)
			require.Zero(t, b.stats(t).Messages)
		})
	}
}

// TestCallRestart stops the sandbox at each step of a call: it goes on from there, and is spoken once.
func TestCallRestart(t *testing.T) {
	t.Parallel()

	t.Run("Ringing", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.TwilioStep = time.Hour })
		b.hook.twiml("/answer", `<Say>Hello.</Say>`)
		_, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		b.hook.waitFor(t, "/voice", 1)
		b.stop(t)
		b.config.TwilioStep = interval
		b.start(t)
		require.Equal(t, "Hello.", *b.untilEnded(t, "+12025550123", sandbox.StatusCompleted).Text)
		posts := b.hook.waitFor(t, "/voice", 4)
		require.Equal(t, []string{"initiated", "ringing", "in-progress", "completed"}, fields(posts, "CallStatus"))
	})

	t.Run("Talking", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.GatherWait = time.Hour })
		b.hook.twiml("/answer", `<Say>One.</Say><Redirect>/two</Redirect>`)
		b.hook.twiml("/two", `<Gather><Say>Two.</Say></Gather><Say>Three.</Say>`)
		_, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		b.hook.waitFor(t, "/two", 1)
		b.hook.answer("/voice", func(hookPost) (int, string) { return http.StatusServiceUnavailable, "" })
		b.stop(t)
		b.hook.answer("/voice", func(hookPost) (int, string) { return http.StatusOK, "" })
		b.config.GatherWait = interval
		b.start(t)
		require.Equal(t, "One.\nTwo.\nThree.", *b.untilEnded(t, "+12025550123", sandbox.StatusCompleted).Text)
		require.Equal(t, 1, b.hook.count("/answer"))
		require.Equal(t, 2, b.hook.count("/two"))
		require.Eventually(t, func() bool { return b.stats(t).CallbacksPending == 0 }, patience, interval)
		require.Equal(t, "completed", b.hook.waitFor(t, "/voice", 4)[3].form.Get("CallStatus"))
	})

	t.Run("Deleted", func(t *testing.T) {
		t.Parallel()
		b := setupTwilio(t, func(c *sandbox.Config) { c.GatherWait = patience })
		b.hook.twiml("/answer", `<Gather/>`)
		created, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
		b.hook.waitFor(t, "/answer", 1)
		status, _ := b.do(t, http.MethodDelete, "/sandbox/messages", "")
		require.Equal(t, http.StatusNoContent, status)
		_, err = b.api.FetchCall(*created.Sid, &twilioapi.FetchCallParams{})
		requireCode(t, err, http.StatusNotFound, 20404)
		b.stop(t)
		b.start(t)
		require.Equal(t, sandbox.Stats{}, b.stats(t))
	})
}

// TestCallsConcurrent carries many calls through at once.
func TestCallsConcurrent(t *testing.T) {
	t.Parallel()
	const calls = 100
	b := setupTwilio(t)
	b.hook.twiml("/answer", `<Say>Hello.</Say>`)
	for range calls {
		_, err := b.api.CreateCall(b.callParams("+12025550123", "o1"))
		require.NoError(t, err)
	}
	require.Len(t, b.hook.waitFor(t, "/voice", 4*calls), 4*calls)
	require.Equal(t, calls, b.hook.count("/answer"))
	for _, message := range b.messagesTo(t, "+12025550123") {
		require.Equal(t, "Hello.", *message.Text)
	}
}
