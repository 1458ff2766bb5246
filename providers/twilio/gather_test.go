package twilio_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers/internal/providertest"
	"beckon/providers/twilio"
)

func TestTalkTwiML(t *testing.T) {
	t.Parallel()
	talk := twilio.Talk{Script: "Hello <Ada>.", Prompt: "Your answer?", Thanks: "Goodbye.", Action: "https://x.example/g?a=1&b=2"}
	listen := `action="https://x.example/g?a=1&amp;b=2" method="POST" numDigits="1" timeout=`
	require.Equal(t, header+`<Response><Gather input="dtmf" `+listen+`"1"><Say>Hello &lt;Ada&gt;.</Say></Gather>`+
		`<Gather input="dtmf speech" `+listen+`"5"><Say>Your answer?</Say></Gather>`+
		`<Say>Goodbye.</Say><Hangup></Hangup></Response>`, twilio.TalkTwiML(talk))
	require.Equal(t, 2, strings.Count(twilio.TalkTwiML(talk, twilio.WithLanguage("fr-CA")), `Say language="fr-CA"`)-1)
	require.Contains(t, twilio.TalkTwiML(talk, twilio.WithLanguage("fr-CA")), `timeout="5" language="fr-CA"`)

	talk.Action = ""
	require.Equal(t, twilio.SpeakTwiML(talk.Script), twilio.TalkTwiML(talk), "nobody to listen for")

	for _, letter := range []string{"a", "&", "ü"} {
		talk = twilio.Talk{
			Script: strings.Repeat(letter, 100_000), Prompt: strings.Repeat(letter, 9_000), Thanks: strings.Repeat(letter, 9_000),
			Action: "https://x.example/" + strings.Repeat("g", 3_000),
		}
		document := twilio.TalkTwiML(talk)
		require.LessOrEqual(t, len(document), 64_000+8_000)
		require.NoError(t, xml.Unmarshal([]byte(document), new(any)))
	}
}

func TestMessageTwiML(t *testing.T) {
	t.Parallel()
	require.Equal(t, header+"<Response><Message>A &amp; &lt;B&gt;</Message></Response>", twilio.MessageTwiML("A & <B>"))
}

func TestParseInboundCall(t *testing.T) {
	t.Parallel()
	form, err := url.ParseQuery(string(providertest.VendorFile(t, "twilio", "callbacks", "voice_inbound.form")))
	require.NoError(t, err)
	message, err := twilio.ParseInboundCall(form, received())
	require.NoError(t, err)
	require.Equal(t, models.InboundMessage{
		Channel: models.ChannelPhone, From: "+12025550123", To: "+12025550100", Text: "Called.",
		ProviderID: "CA4008713266babdeb298e73b907b059c6", At: received(),
	}, message)
	recording, err := url.ParseQuery(string(providertest.VendorFile(t, "twilio", "callbacks", "voice_recording_status.form")))
	require.NoError(t, err)
	none, err := twilio.ParseInboundCall(recording, received())
	require.NoError(t, err)
	require.Empty(t, none, "a recording is no call")
	for _, missing := range []string{"CallSid", "To"} {
		form, err := url.ParseQuery(form.Encode())
		require.NoError(t, err)
		form.Del(missing)
		form.Del("Called")
		_, err = twilio.ParseInboundCall(form, received())
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), missing)
	}
}
