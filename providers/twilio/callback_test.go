package twilio_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
	"beckon/providers/internal/providertest"
	"beckon/providers/twilio"
)

// received is when callbacks of these tests come: a minute after what they report.
func received() time.Time {
	return time.Date(2026, 11, 24, 18, 31, 0, 0, time.UTC)
}

// vendorCallback is one callback as Twilio posts it.
type vendorCallback struct {
	File      string
	URL       string
	AuthToken string `json:"auth_token"`
	Signature string `json:"x_twilio_signature"`
	Params    map[string]string
}

func vendorCallbacks(t *testing.T) []vendorCallback {
	t.Helper()
	var file struct{ Callbacks []vendorCallback }
	providertest.VendorJSON(t, &file, "twilio", "callbacks", "index.json")
	require.NotEmpty(t, file.Callbacks)
	return file.Callbacks
}

func TestVendorCallbacks(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Date(2026, 11, 24, 18, 30, second, 0, time.UTC) }
	text := func(kind models.EventType, status, code string) []models.ProviderEvent {
		return []models.ProviderEvent{{
			ProviderID: textSID, Type: kind, At: received(), Code: code, Meaning: twilio.MeaningOf(code),
			DedupeKey: textSID + "|" + status,
		}}
	}
	call := func(kind models.EventType, at time.Time, status, code, detail string) models.ProviderEvent {
		return models.ProviderEvent{
			ProviderID: callSID, Type: kind, At: at, Code: code, Detail: detail, DedupeKey: callSID + "|" + status,
		}
	}
	answered := call(models.EventAnswered, received(), "in-progress", "", "")
	machine := func(who string) models.ProviderEvent {
		return call(models.EventMachine, received(), "answered_by|machine", who, "")
	}
	events := map[string][]models.ProviderEvent{
		"sms_status_sending":               text(models.EventProcessed, "sending", ""),
		"sms_status_sent_after_delivered":  text(models.EventSent, "sent", ""),
		"sms_status_undelivered_30007":     text(models.EventFailed, "undelivered", "30007"),
		"sms_status_failed_21610_msgsvc":   text(models.EventFailed, "failed", "21610"),
		"voice_status_initiated":           {call(models.EventProcessed, at(0), "initiated", "", "")},
		"voice_status_ringing":             {call(models.EventRinging, at(1), "ringing", "", "")},
		"voice_status_canceled":            {call(models.EventCanceled, at(2), "canceled", "sip_487", "")},
		"voice_status_failed_404":          {call(models.EventFailed, at(2), "failed", "sip_404", "")},
		"voice_amd_async_machine_end_beep": {machine("machine_end_beep")},
		"voice_status_completed_human": {
			call(models.EventHuman, at(3), "answered_by|human", "human", ""),
			call(models.EventCompleted, at(3), "completed", "", "duration 49 s"),
		},
		"voice_answer_twiml_request_fax":                 {machine("fax"), answered},
		"voice_answer_twiml_request_machine_end_beep":    {machine("machine_end_beep"), answered},
		"voice_answer_twiml_request_machine_end_silence": {machine("machine_end_silence"), answered},
		"voice_answer_twiml_request_unknown":             {answered},
		"voice_inbound":                                  nil,
		"voice_recording_status":                         nil,
	}
	inbound := map[string]string{ // the body
		"sms_inbound_empty_body":            "",
		"sms_inbound_international_uk":      "Not interested thanks",
		"sms_inbound_not_stop_word":         "I can stop by on Friday",
		"sms_inbound_shortcode_sender":      "Your code is 1234",
		"sms_inbound_stop":                  "STOP",
		"sms_inbound_stop_in_sentence":      "please stop texting me",
		"sms_inbound_stop_with_punctuation": "Stop.",
		"sms_inbound_unknown_future_params": "hello",
	}
	callbacks := vendorCallbacks(t)
	require.Len(t, callbacks, len(events)+len(inbound), "each callback is checked")
	for _, callback := range callbacks {
		name := strings.TrimSuffix(callback.File, ".form")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form := verified(t, callback)
			attempt := attemptOf(t, callback.URL)
			if body, ok := inbound[name]; ok {
				got, err := twilio.ParseInboundText(form)
				require.NoError(t, err)
				require.Equal(t, twilio.InboundText{
					SID: callback.Params["MessageSid"], From: callback.Params["From"], To: "+12025550100", Body: body,
				}, got)
				require.Equal(t, strings.EqualFold(strings.Trim(body, "."), "stop"), got.OptsOut())
				require.False(t, got.OptsIn())
				return
			}
			expected, ok := events[name]
			require.True(t, ok)
			parse := twilio.ParseCall
			if strings.HasPrefix(name, "sms_") {
				parse = twilio.ParseTextStatus
			}
			got, err := parse(attempt, form, received())
			require.NoError(t, err)
			require.Equal(t, expected, got, "an attempt that is no id of ours is told by its SID")
			again, err := parse(outreach, form, received().Add(time.Hour))
			require.NoError(t, err)
			require.Len(t, again, len(expected))
			for i, event := range again {
				require.Equal(t, outreach, event.OutreachID)
				require.Equal(t, expected[i].DedupeKey, event.DedupeKey, "the same when it comes again")
			}
		})
	}
}

// verified checks the callback's signature over its bytes and returns its form.
func verified(t *testing.T, callback vendorCallback) url.Values {
	t.Helper()
	body := providertest.VendorFile(t, "twilio", "callbacks", filepath.Base(callback.File))
	verifier, err := twilio.NewVerifier(callback.AuthToken)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(callback.URL, body, callback.Signature))
	requireRefused(t, verifier.Verify(callback.URL+"8", body, callback.Signature))
	requireRefused(t, verifier.Verify(callback.URL, append(body, []byte("&More=1")...), callback.Signature))
	form, err := url.ParseQuery(string(body))
	require.NoError(t, err)
	for name, value := range callback.Params {
		require.Equal(t, value, form.Get(name))
	}
	require.True(t, twilio.VerifyRequest(callback.AuthToken, callback.URL, form, callback.Signature))
	return form
}

func attemptOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed.Query().Get(twilio.AttemptParam)
}

func TestParseTextStatuses(t *testing.T) {
	t.Parallel()
	for status, kind := range map[string]models.EventType{
		"accepted": models.EventProcessed, "scheduled": models.EventProcessed, "queued": models.EventProcessed,
		"sending": models.EventProcessed, "sent": models.EventSent, "delivered": models.EventDelivered, "read": models.EventDelivered,
		"undelivered": models.EventFailed, "failed": models.EventFailed, "canceled": models.EventCanceled,
		"partially_delivered": models.EventProcessed, "teleported": models.EventProcessed,
	} {
		form := url.Values{"MessageSid": {textSID}, "MessageStatus": {status}, "ErrorCode": {"0"}, "Future": {"x"}}
		events, err := twilio.ParseTextStatus(outreach, form, received())
		require.NoError(t, err, status)
		require.Equal(t, []models.ProviderEvent{{
			OutreachID: outreach, ProviderID: textSID, Type: kind, At: received(), DedupeKey: textSID + "|" + status,
		}}, events, status)
		_, known := events[0].Type.State()
		require.True(t, known, status)
	}
	for _, status := range []string{"received", "receiving"} {
		events, err := twilio.ParseTextStatus("", url.Values{"SmsSid": {textSID}, "SmsStatus": {status}}, received())
		require.NoError(t, err)
		require.Empty(t, events, "an inbound text's")
	}
}

func TestParseCallStatuses(t *testing.T) {
	t.Parallel()
	for status, kind := range map[string]models.EventType{
		"queued": models.EventProcessed, "initiated": models.EventProcessed, "ringing": models.EventRinging,
		"in-progress": models.EventAnswered, "answered": models.EventAnswered, "completed": models.EventCompleted,
		"busy": models.EventBusy, "no-answer": models.EventNoAnswer, "failed": models.EventFailed, "canceled": models.EventCanceled,
		"parked": models.EventProcessed,
	} {
		form := url.Values{"CallSid": {callSID}, "CallStatus": {status}, "Timestamp": {"Tue, 24 Nov 2026 19:30:05 +0100"}, "Future": {"x"}}
		events, err := twilio.ParseCall(outreach, form, received())
		require.NoError(t, err, status)
		require.Equal(t, []models.ProviderEvent{{
			OutreachID: outreach, ProviderID: callSID, Type: kind, At: time.Date(2026, 11, 24, 18, 30, 5, 0, time.UTC),
			DedupeKey: callSID + "|" + status,
		}}, events, status)
	}

	form := url.Values{"CallSid": {callSID}, "CallStatus": {"failed"}, "ErrorCode": {"13227"}, "SipResponseCode": {"403"}, "ErrorMessage": {"no"}}
	events, err := twilio.ParseCall(outreach, form, received())
	require.NoError(t, err)
	require.Equal(t, "13227", events[0].Code)
	require.Equal(t, "no", events[0].Detail)
}

func TestParseCallAnsweredBy(t *testing.T) {
	t.Parallel()
	for who, kind := range map[string]models.EventType{
		"human": models.EventHuman, "machine_start": models.EventMachine, "machine_end_beep": models.EventMachine,
		"machine_end_silence": models.EventMachine, "machine_end_other": models.EventMachine, "fax": models.EventMachine,
		"unknown": "", "robot": "", "": "",
	} {
		events, err := twilio.ParseCall(outreach, url.Values{"CallSid": {callSID}, "AnsweredBy": {who}}, received())
		require.NoError(t, err)
		if kind == "" {
			require.Empty(t, events, who)
			continue
		}
		require.Equal(t, []models.ProviderEvent{{
			OutreachID: outreach, ProviderID: callSID, Type: kind, At: received(), Code: who, DedupeKey: callSID + "|answered_by|" + string(kind),
		}}, events)
	}
}

func TestParseFallsBackOnBadTimes(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"", "soon", "Tue, 24 Nov 1926 18:30:00 +0000", "Tue, 24 Nov 9999 18:30:00 +0000", "2026-11-24T18:30:00Z"} {
		form := url.Values{"CallSid": {callSID}, "CallStatus": {"ringing"}, "Timestamp": {given}}
		events, err := twilio.ParseCall(outreach, form, received().In(time.FixedZone("", 3600)))
		require.NoError(t, err)
		require.Equal(t, received(), events[0].At, given)
	}
}

func TestParseOutreachID(t *testing.T) {
	t.Parallel()
	form := url.Values{"MessageSid": {textSID}, "MessageStatus": {"sent"}}
	for attempt, id := range map[string]string{
		outreach: outreach, "": "", "42": "", strings.ToUpper("0198c0de-0000-7000-8000-00000000000a"): "", "{" + outreach + "}": "",
		"urn:uuid:" + outreach: "", outreach + " ": "", "' OR 1=1": "",
	} {
		events, err := twilio.ParseTextStatus(attempt, form, received())
		require.NoError(t, err)
		require.Equal(t, id, events[0].OutreachID, attempt)
		require.Equal(t, textSID, events[0].ProviderID)
	}
}

func TestParseMalformed(t *testing.T) {
	t.Parallel()
	long, notText := strings.Repeat("S", 65), "SM\xff"
	for _, sid := range []string{"", " ", long, notText, "SM\x00"} {
		_, err := twilio.ParseTextStatus(outreach, url.Values{"MessageSid": {sid}, "MessageStatus": {"sent"}}, received())
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), "%q", sid)
		_, err = twilio.ParseCall(outreach, url.Values{"CallSid": {sid}, "CallStatus": {"ringing"}}, received())
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), "%q", sid)
		_, err = twilio.ParseInboundText(url.Values{"MessageSid": {sid}, "From": {"+12025550123"}, "To": {"+12025550100"}})
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), "%q", sid)
	}
	_, err := twilio.ParseTextStatus(outreach, url.Values{"MessageSid": {textSID}}, received())
	require.EqualError(t, err, "malformed: the webhook cannot be read (/MessageStatus malformed)")
	_, err = twilio.ParseInboundText(url.Values{"MessageSid": {textSID}, "To": {"+12025550100"}})
	require.EqualError(t, err, "malformed: the webhook cannot be read (/From malformed)")
	_, err = twilio.ParseInboundText(url.Values{"MessageSid": {textSID}, "From": {"+12025550123"}})
	require.EqualError(t, err, "malformed: the webhook cannot be read (/To malformed)")
}

// Whatever a signed callback holds, what is kept of it fits the database.
func TestParseProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		form := url.Values{}
		for _, name := range []string{
			"MessageSid", "MessageStatus", "CallSid", "CallStatus", "AnsweredBy", "ErrorCode", "ErrorMessage", "SipResponseCode",
			"CallDuration", "Timestamp", "Direction",
		} {
			words := rapid.OneOf(rapid.StringN(0, 300, -1), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
				rapid.SampledFrom([]string{"failed", "completed", "human", "machine_x", textSID}))
			form.Set(name, words.Draw(r, name))
		}
		texts, textErr := twilio.ParseTextStatus(outreach, form, received())
		calls, callErr := twilio.ParseCall(outreach, form, received())
		for _, err := range []error{textErr, callErr} {
			require.Contains(r, []models.Code{"", models.CodeMalformed}, models.ErrorCode(err))
		}
		keys := map[string]bool{}
		for _, event := range calls {
			require.False(r, keys[event.DedupeKey], "two events with one key")
			keys[event.DedupeKey] = true
		}
		for _, event := range append(texts, calls...) {
			require.NotEmpty(r, event.ProviderID)
			for _, words := range []string{event.ProviderID, event.Code, event.Detail, event.DedupeKey} {
				require.LessOrEqual(r, len(words), 1<<10)
				require.Equal(r, strings.ToValidUTF8(strings.ReplaceAll(words, "\x00", ""), ""), words)
			}
			require.True(r, event.At.Year() >= 2000 && event.At.Year() < 2100)
			_, known := event.Type.State()
			require.True(r, known)
		}
	})
}
