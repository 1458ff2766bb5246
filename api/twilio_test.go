package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
	"beckon/providers/twilio"
)

const (
	twilioToken = "a-token-of-thirty-two-characters"
	outreachID  = "0197f3a0-0000-7000-8000-000000000001"
)

// twilioParts are the real ones, as the product puts them together.
func twilioParts(t *testing.T) *api.Twilio {
	t.Helper()
	verifier, err := twilio.NewVerifier(twilioToken)
	require.NoError(t, err)
	return &api.Twilio{
		Verifier: verifier, ParseTextStatus: twilio.ParseTextStatus, ParseCall: twilio.ParseCall,
		ParseText: func(form url.Values, received time.Time) (models.InboundMessage, error) {
			text, err := twilio.ParseInboundText(form)
			return text.Message(received), err
		},
		ParseGather: twilio.ParseGather, ParseInboundCall: twilio.ParseInboundCall,
		Answer: func(form url.Values, texts models.CallTexts, action string) string {
			return twilio.AnswerTwiML(form, twilio.Talk{
				Script: texts.Script, Prompt: "Your answer?", Thanks: "Thanks anyway.", Action: action,
			}, texts.VoicemailText)
		},
		Speak: func(text string) string { return twilio.SpeakTwiML(text) }, Message: twilio.MessageTwiML,
	}
}

// signTwilio signs a form as Twilio does: HMAC-SHA1 over the URL, then each parameter's name and value by name.
func signTwilio(token, path string, form url.Values) func(*http.Request) {
	text := strings.Builder{}
	text.WriteString(publicURL + path)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text.WriteString(name + form.Get(name))
	}
	sum := hmac.New(sha1.New, []byte(token))
	_, _ = sum.Write([]byte(text.String())) // a hash never fails
	signature := base64.StdEncoding.EncodeToString(sum.Sum(nil))
	return func(r *http.Request) {
		r.Header.Del("X-Api-Key")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", signature)
	}
}

// twilio posts a form as Twilio does.
func (b *testBundle) twilio(path string, form url.Values) *answer {
	b.t.Helper()
	return b.request(http.MethodPost, path, form.Encode(), signTwilio(twilioToken, path, form))
}

// twilioPosts are good posts to each of the webhooks.
func twilioPosts() map[string]url.Values {
	call := url.Values{"CallSid": {"CA1"}, "CallStatus": {"in-progress"}, "Direction": {"outbound-api"}, "New": {"x"}}
	amd := url.Values{"CallSid": {"CA1"}, "AnsweredBy": {"machine_end_beep"}}
	return map[string]url.Values{
		"/webhooks/twilio/sms/status?attempt=" + outreachID: {
			"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}, "New": {"x"},
		},
		"/webhooks/twilio/sms/inbound": {
			"MessageSid": {"SM2"}, "From": {"+12025550143"}, "To": {"+12025550100"}, "Body": {"Yes & no"}, "New": {"x"},
		},
		"/webhooks/twilio/voice/answer?attempt=" + outreachID: call,
		"/webhooks/twilio/voice/status?attempt=" + outreachID: call,
		"/webhooks/twilio/voice/amd?attempt=" + outreachID:    amd,
		"/webhooks/twilio/voice/gather?attempt=" + outreachID: {"CallSid": {"CA1"}, "SpeechResult": {"Yes & no"}, "New": {"x"}},
		"/webhooks/twilio/voice/inbound": {
			"CallSid": {"CA2"}, "From": {"+12025550143"}, "To": {"+12025550100"}, "Direction": {"inbound"}, "New": {"x"},
		},
	}
}

func TestTwilioStatusCallbacks(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		form  url.Values
		types []models.EventType
		code  string
	}{
		"sms/status":   {url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}, []models.EventType{models.EventDelivered}, ""},
		"voice/status": {url.Values{"CallSid": {"CA1"}, "CallStatus": {"no-answer"}}, []models.EventType{models.EventNoAnswer}, ""},
		"voice/amd":    {url.Values{"CallSid": {"CA1"}, "AnsweredBy": {"human"}}, []models.EventType{models.EventHuman}, "human"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store.wakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 3}}
			answer := b.twilio("/webhooks/twilio/"+path+"?attempt="+outreachID, want.form)
			require.Equal(t, http.StatusNoContent, answer.status, "%s", answer.body)
			types := []models.EventType{}
			for _, event := range b.store.events {
				types = append(types, event.Type)
				require.Equal(t, outreachID, event.OutreachID)
				require.Equal(t, want.code, event.Code)
				require.Equal(t, testNow(), event.At)
			}
			require.Equal(t, want.types, types)
			require.Equal(t, []string{"delivery campaign/c/contact/k 3"}, b.workflows.heard())

			// Without an outreach that is known it is told by its SID.
			answer = b.twilio("/webhooks/twilio/"+path, want.form)
			require.Equal(t, http.StatusNoContent, answer.status, "%s", answer.body)
			require.Empty(t, b.store.events[len(b.store.events)-1].OutreachID)
			require.NotEmpty(t, b.store.events[len(b.store.events)-1].ProviderID)
		})
	}
}

// Whoever did not sign is refused before anything is made of the form, and nothing is stored.
func TestForgedTwilioWebhooks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, form := range twilioPosts() {
		post := func(path string, body string, change func(*http.Request)) {
			b.request(http.MethodPost, path, body, change).problem(http.StatusForbidden, models.CodeBadSignature)
		}
		post(path, form.Encode(), withType("application/x-www-form-urlencoded")) // with an API key
		post(path, form.Encode(), signTwilio("another-token", path, form))
		post(path, form.Encode()+"&Body=more", signTwilio(twilioToken, path, form))
		post(path, "", signTwilio(twilioToken, path, form))
		post(path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"x=1", form.Encode(),
			signTwilio(twilioToken, path, form))
		unsigned := signTwilio(twilioToken, path, form)
		post(path, form.Encode(), both(unsigned, func(r *http.Request) { r.Header.Del("X-Twilio-Signature") }))
		post(path, "%zz", signTwilio(twilioToken, path, form))
	}
	require.Zero(t, b.store.written())
	require.Empty(t, b.workflows.heard())
}

func TestSignedTwilioWebhooksThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path := range twilioPosts() {
		for _, form := range []url.Values{{}, {"From": {"+12025550143"}}} {
			b.twilio(path, form).problem(http.StatusBadRequest, models.CodeMalformed)
		}
	}
	require.Zero(t, b.store.written())
}

func TestTwilioWebhooksOverTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path := range twilioPosts() {
		form := url.Values{"Body": {strings.Repeat("x", 64<<10)}}
		for _, length := range []func(*http.Request){func(*http.Request) {}, chunked} {
			_, detail := b.request(http.MethodPost, path, form.Encode(),
				both(signTwilio(twilioToken, path, form), length)).
				problem(http.StatusRequestEntityTooLarge, models.CodeTooLarge)
			require.Contains(t, detail, "65536")
		}
	}
	require.Zero(t, b.store.written())
}

// Without a token to verify with, nobody is believed.
func TestTwilioWebhooksWithoutAToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handler, err := api.New(api.Config{
		Store: b.store, Workflows: b.workflows, Idempotent: withKeyOf, Secret: testSecret(t), Now: testNow,
		Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	b.handler = handler
	for path, form := range twilioPosts() {
		b.twilio(path, form).problem(http.StatusForbidden, models.CodeBadSignature)
	}
}

// What was not stored is no success: Twilio sees the error, and its console shows it.
func TestTwilioWebhooksThatCannotBeStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.fails = io.ErrUnexpectedEOF
	for path, form := range twilioPosts() {
		b.twilio(path, form).problem(http.StatusInternalServerError, models.CodeInternal)
	}
}

func TestAnsweredCalls(t *testing.T) {
	t.Parallel()
	const path = "/webhooks/twilio/voice/answer?attempt=" + outreachID
	for name, test := range map[string]struct {
		answeredBy string
		says       string
		events     []models.EventType
	}{
		"a person":       {"human", "Hello Ada &amp; all", []models.EventType{models.EventHuman, models.EventAnswered}},
		"a machine":      {"machine_end_beep", "Call us back", []models.EventType{models.EventMachine, models.EventAnswered}},
		"nobody knows":   {"unknown", "Hello Ada &amp; all", []models.EventType{models.EventAnswered}},
		"no detection":   {"", "Hello Ada &amp; all", []models.EventType{models.EventAnswered}},
		"a fax, nothing": {"fax", "", []models.EventType{models.EventMachine, models.EventAnswered}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store.calls = map[string]models.CallTexts{
				outreachID: {ContactID: "k", Script: "Hello Ada & all", VoicemailText: "Call us back"},
			}
			b.store.wakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 3}}
			form := url.Values{"CallSid": {"CA1"}, "CallStatus": {"in-progress"}, "Direction": {"outbound-api"}}
			if test.answeredBy != "" {
				form.Set("AnsweredBy", test.answeredBy)
			}
			answer := b.twilio(path, form)
			require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
			require.Equal(t, "text/xml; charset=utf-8", answer.header.Get("Content-Type"))
			says := strings.Count(string(answer.body), "<Say>")
			if test.says == "" {
				require.Zero(t, says)
			} else {
				require.Contains(t, string(answer.body), "<Say>"+test.says+"</Say>")
			}
			require.Contains(t, string(answer.body), "<Hangup>")
			listens := strings.Contains(string(answer.body),
				`action="`+publicURL+`/webhooks/twilio/voice/gather?attempt=`+outreachID+`"`)
			require.Equal(t, strings.Contains(test.says, "Hello"), listens, "only a person is listened to")
			types := []models.EventType{}
			for _, event := range b.store.events {
				types = append(types, event.Type)
			}
			require.Equal(t, test.events, types)
			require.Equal(t, []string{"delivery campaign/c/contact/k 3"}, b.workflows.heard())
			require.NotContains(t, b.log.String(), "Ada")
		})
	}
}

// Somebody is on the line: what cannot be stored does not keep the call from speaking, and what is not known is polite.
func TestAnsweredCallsInTrouble(t *testing.T) {
	t.Parallel()
	form := url.Values{"CallSid": {"CA1"}, "CallStatus": {"in-progress"}, "AnsweredBy": {"human"}}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, attempt := range []string{"", "?attempt=" + outreachID, "?attempt=nonsense", "?attempt=" + strings.ToUpper(newID())} {
			answer := b.twilio("/webhooks/twilio/voice/answer"+attempt, form)
			require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
			require.Contains(t, string(answer.body), "Goodbye.</Say>")
			require.Contains(t, string(answer.body), "<Hangup>")
		}
		require.Contains(t, b.log.String(), outreachID)
	})
	t.Run("events are not stored", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.store.calls = map[string]models.CallTexts{outreachID: {Script: "Hello"}}
		b.store.eventsFail = errors.New("busy")
		answer := b.twilio("/webhooks/twilio/voice/answer?attempt="+outreachID, form)
		require.Equal(t, http.StatusOK, answer.status)
		require.Contains(t, string(answer.body), "<Say>Hello</Say>")
		require.Contains(t, b.log.String(), "busy")
	})
}

func TestInboundTexts(t *testing.T) {
	t.Parallel()
	const path = "/webhooks/twilio/sms/inbound"
	for name, test := range map[string]struct {
		body, optOutType string
		optOut, optIn    bool
		reason           models.OptOutReason
	}{
		"an answer":           {"Yes, on Monday", "", false, false, ""},
		"STOP":                {" stop. ", "", true, false, models.OptOutByWord},
		"by Twilio's word":    {"alto", "STOP", true, false, models.OptOutByWord},
		"START":               {"Start", "", false, true, ""},
		"back by its word":    {"comenzar", "START", false, true, ""},
		"a sentence":          {"please stop by on Monday", "", false, false, ""},
		"a phrase":            {"Please stop texting me", "", true, false, models.OptOutByPhrase},
		"a picture, no words": {"", "", false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store.replyWakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 5}}
			b.store.sweeps = [][]models.Wake{
				{{CampaignID: "d", ContactID: "l", Revision: 2}}, {{CampaignID: "e", ContactID: "m", Revision: 1}},
			}
			form := url.Values{
				"MessageSid": {"SM2"}, "From": {"+12025550143"}, "To": {"+12025550100"}, "Body": {test.body},
			}
			if test.optOutType != "" {
				form.Set("OptOutType", test.optOutType)
			}
			answer := b.twilio(path, form)
			require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
			require.Equal(t, "text/xml; charset=utf-8", answer.header.Get("Content-Type"))
			require.True(t, bytes.HasSuffix(answer.body, []byte("<Response/>")), "%s", answer.body)
			var reason *models.OptOutReason
			if test.reason != "" {
				reason = &test.reason
			}
			require.Equal(t, []models.InboundMessage{{
				Channel: models.ChannelText, From: "+12025550143", To: "+12025550100", Text: test.body, ProviderID: "SM2",
				At: testNow(), OptOut: test.optOut, OptIn: test.optIn, Reason: reason,
			}}, b.store.replies)
			heard := []string{"reply campaign/c/contact/k 5"}
			if test.optOut { // others with the number are told too
				heard = append(heard, "wake campaign/d/contact/l 2", "wake campaign/e/contact/m 1")
			}
			require.Eventually(t, func() bool { return slices.Equal(heard, b.workflows.heard()) }, 5*time.Second,
				time.Millisecond)
			if !test.optOut {
				require.Zero(t, b.store.timesSwept())
			}
			require.NotContains(t, b.log.String(), "+1202555")
		})
	}
}

// HELP is answered with who sends the texts, and an opt-out that Twilio does not know is confirmed; nothing is answered twice.
func TestAnsweredTexts(t *testing.T) {
	t.Parallel()
	const path = "/webhooks/twilio/sms/inbound"
	clinic := &models.Sender{BusinessName: "Ada's <Clinic>", FromPhone: "+12025550100", ReplyTo: "hello@clinic.example"}
	help := "Ada&#39;s &lt;Clinic&gt;: for help, call +12025550100 or write to hello@clinic.example. Reply STOP to opt out."
	for name, test := range map[string]struct {
		body, optOutType string
		sender           *models.Sender
		again            bool
		says             string
	}{
		"HELP":                    {"Help!", "", clinic, false, help},
		"INFO":                    {" info ", "", clinic, false, help},
		"HELP from nobody":        {"HELP", "", nil, false, "These texts are sent automatically. Reply STOP to opt out."},
		"HELP again":              {"HELP", "", clinic, true, ""},
		"HELP that Twilio gave":   {"HELP", "HELP", clinic, false, ""},
		"help in a sentence":      {"I need help", "", clinic, false, ""},
		"STOP, Twilio's":          {"STOP", "", clinic, false, ""},
		"Stop., perhaps Twilio's": {"Stop.", "", clinic, false, ""},
		"opt out, ours":           {"Opt out", "", clinic, false, "You have opted out and will get no more messages from Ada&#39;s &lt;Clinic&gt;."},
		"opt out again":           {"Opt out", "", clinic, true, ""},
		"ALTO, Twilio's":          {"alto", "STOP", clinic, false, ""},
		"START":                   {"START", "", clinic, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.store.senderTo, b.store.received.Again = test.sender, test.again
			form := url.Values{
				"MessageSid": {"SM2"}, "From": {"+12025550143"}, "To": {"+12025550100"}, "Body": {test.body},
			}
			if test.optOutType != "" {
				form.Set("OptOutType", test.optOutType)
			}
			answer := b.twilio(path, form)
			require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
			if test.says == "" {
				require.True(t, bytes.HasSuffix(answer.body, []byte("<Response/>")), "%s", answer.body)
				return
			}
			require.Contains(t, string(answer.body), "<Response><Message>"+test.says+"</Message></Response>")
		})
	}
}

// A picture without words is an answer too, with a note of what came.
func TestInboundMedia(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for body, text := range map[string]string{"": "[2 files]", "Look": "Look\n[2 files]"} {
		b.twilio("/webhooks/twilio/sms/inbound", url.Values{
			"MessageSid": {"SM2"}, "From": {"+12025550143"}, "To": {"+12025550100"}, "Body": {body}, "NumMedia": {"2"},
			"MediaUrl0": {"https://media.example/1"}, "MediaContentType0": {"image/png"},
		})
		require.Equal(t, text, b.store.replies[len(b.store.replies)-1].Text)
	}
}

// What is pressed or said in a call is an answer, and ends it politely.
func TestHeardCalls(t *testing.T) {
	t.Parallel()
	const path = "/webhooks/twilio/voice/gather?attempt=" + outreachID
	for name, test := range map[string]struct {
		form   url.Values
		text   string
		optOut bool
		says   string
	}{
		"9":        {url.Values{"Digits": {"9"}}, "Pressed 9: do not call again.", true, "You will not be called again by Example Clinic. Goodbye."},
		"1":        {url.Values{"Digits": {"1"}}, "Pressed 1.", false, models.HeardText()},
		"words":    {url.Values{"SpeechResult": {"Yes & <b>"}, "Confidence": {"0.9"}}, "Yes & <b>", false, models.HeardText()},
		"stop":     {url.Values{"SpeechResult": {"Stop."}}, "Stop.", true, "You will not be called again by Example Clinic. Goodbye."},
		"nothing":  {url.Values{"Digits": {""}}, "", false, models.UnheardText()},
		"sentence": {url.Values{"SpeechResult": {"please stop calling me"}}, "please stop calling me", true, "You will not be called again by Example Clinic. Goodbye."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			began := testNow().Add(-time.Minute)
			b.store.calls = map[string]models.CallTexts{
				outreachID: {ContactID: "k", Script: "Hello Ada", BusinessName: "Example Clinic", ClaimedAt: began},
			}
			b.store.replyWakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 5}}
			test.form.Set("CallSid", "CA1")
			test.form.Set("From", "+12025550100")
			test.form.Set("To", "+12025550143")
			answer := b.twilio(path, test.form)
			require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
			require.Contains(t, string(answer.body), "<Say>"+test.says+"</Say><Hangup>")
			if test.text == "" {
				require.Zero(t, b.store.written())
				return
			}
			b.store.replies[0].Reason = nil
			require.Equal(t, []models.InboundMessage{{
				Channel: models.ChannelPhone, OutreachID: outreachID, From: "+12025550143", To: "+12025550100", Text: test.text,
				ProviderID: "CA1/gather", At: testNow(), OptOut: test.optOut,
				Transcript: []models.SpokenLine{
					{Speaker: models.SpeakerAI, Text: "Hello Ada", At: began},
					{Speaker: models.SpeakerContact, Text: test.text, At: testNow()},
				},
			}}, b.store.replies)
			require.Contains(t, b.workflows.heard(), "reply campaign/c/contact/k 5")
			require.NotContains(t, b.log.String(), "+1202555")
		})
	}
}

// Whoever calls is promised to be called back, whether or not anybody knows the number.
func TestInboundCalls(t *testing.T) {
	t.Parallel()
	const path = "/webhooks/twilio/voice/inbound"
	form := url.Values{
		"CallSid": {"CA2"}, "From": {"+12025550143"}, "To": {"+12025550100"}, "Direction": {"inbound"}, "CallStatus": {"ringing"},
	}
	b := setup(t)
	b.store.senderTo = &models.Sender{BusinessName: "Smith & Sons Inc."}
	b.store.replyWakes = []models.Wake{{CampaignID: "c", ContactID: "k", Revision: 5}}
	answer := b.twilio(path, form)
	require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
	require.Contains(t, string(answer.body), "<Say>Thank you for calling Smith &amp; Sons Inc. We have taken note of your call "+
		"and will get back to you. Goodbye.</Say><Hangup>")
	require.Equal(t, []models.InboundMessage{{
		Channel: models.ChannelPhone, From: "+12025550143", To: "+12025550100", Text: "Called.", ProviderID: "CA2", At: testNow(),
	}}, b.store.replies)
	require.Equal(t, []string{"reply campaign/c/contact/k 5"}, b.workflows.heard())

	b.store.senderTo = nil
	for _, from := range []string{"anonymous", "Restricted", "+266696687x", ""} {
		form.Set("From", from)
		answer = b.twilio(path, form)
		require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
		require.Contains(t, string(answer.body), "<Say>"+models.CalledText("")+"</Say><Hangup>")
		require.Empty(t, b.store.replies[len(b.store.replies)-1].From, "a withheld number is nobody's")
	}
}
