package twilio_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/providers/internal/providertest"
	"beckon/providers/twilio"
)

const header = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func TestTwiML(t *testing.T) {
	t.Parallel()
	require.Equal(t, header+"<Response><Say>Hello Ada.</Say><Hangup></Hangup></Response>", twilio.SpeakTwiML("Hello\tAda.\r\n"))
	require.Equal(t, header+"<Response><Say>Call us.</Say><Hangup></Hangup></Response>", twilio.VoicemailTwiML("Call us."))
	require.Equal(t, header+"<Response><Hangup></Hangup></Response>", twilio.HangupTwiML())
	require.Equal(t, twilio.HangupTwiML(), twilio.VoicemailTwiML(""))
	require.Equal(t, twilio.HangupTwiML(), twilio.SpeakTwiML(" \n\x00\x1b"), "Twilio warns of a Say without text")
	require.Equal(t, header+`<Response><Say language="en-GB">Hello.</Say><Hangup></Hangup></Response>`,
		twilio.SpeakTwiML("Hello.", twilio.WithLanguage("en-GB")))
	for _, tag := range []string{"", "english please", `en" loop="0`, "x", "en-"} {
		require.Equal(t, twilio.SpeakTwiML("Hello."), twilio.SpeakTwiML("Hello.", twilio.WithLanguage(tag)), tag)
	}
	require.Equal(t, []string{`</Say><Dial>+1900</Dial><!-- & ]]> &lt; "'`}, spoken(t, twilio.SpeakTwiML(`</Say><Dial>+1900</Dial><!-- & ]]> &lt; "'`)))
}

func TestAnswerTwiML(t *testing.T) {
	t.Parallel()
	const script, voicemail = "This is the script.", "This is the voicemail."
	tests := map[string]string{
		"human": script, "unknown": script, "": script, "robot": script,
		"machine_end_beep": voicemail, "machine_end_silence": voicemail, "machine_end_other": voicemail, "machine_start": voicemail,
		"fax": "",
	}
	for who, text := range tests {
		form := url.Values{"AnsweredBy": {who}}
		require.Equal(t, twilio.SpeakTwiML(text), twilio.AnswerTwiML(form, twilio.Talk{Script: script}, voicemail), who)
		if text == voicemail {
			require.Equal(t, twilio.HangupTwiML(), twilio.AnswerTwiML(form, twilio.Talk{Script: script}, ""), who)
		}
	}
	require.Equal(t, twilio.SpeakTwiML(script, twilio.WithLanguage("fr-CA")),
		twilio.AnswerTwiML(url.Values{}, twilio.Talk{Script: script}, voicemail, twilio.WithLanguage("fr-CA")))
}

func TestAnswerTwiMLOfVendorRequests(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"fax": "", "machine_end_beep": "voicemail", "machine_end_silence": "voicemail", "unknown": "script",
	}
	for name, text := range tests {
		body := providertest.VendorFile(t, "twilio", "callbacks", "voice_answer_twiml_request_"+name+".form")
		form, err := url.ParseQuery(string(body))
		require.NoError(t, err)
		require.Equal(t, twilio.SpeakTwiML(text), twilio.AnswerTwiML(form, twilio.Talk{Script: "script"}, "voicemail"), name)
	}
}

func TestSpeakTwiMLInPieces(t *testing.T) {
	t.Parallel()

	t.Run("Sentences", func(t *testing.T) {
		t.Parallel()
		sentence := strings.Repeat("word ", 30) + "end."
		script := strings.TrimSpace(strings.Repeat(sentence+" ", 60))
		pieces := spoken(t, twilio.SpeakTwiML(script))
		require.Greater(t, len(pieces), 2)
		for _, piece := range pieces {
			require.True(t, strings.HasSuffix(piece, "end."))
		}
		require.Equal(t, script, strings.Join(pieces, " "))
	})
	t.Run("Words", func(t *testing.T) {
		t.Parallel()
		script := strings.TrimSpace(strings.Repeat("word ", 2000))
		pieces := spoken(t, twilio.SpeakTwiML(script))
		require.Greater(t, len(pieces), 2)
		require.Equal(t, script, strings.Join(pieces, " "))
	})
	t.Run("NoSpaces", func(t *testing.T) {
		t.Parallel()
		script := strings.Repeat("\u8a9e", 2000) + strings.Repeat("🦷", 2000)
		require.Equal(t, script, strings.Join(spoken(t, twilio.SpeakTwiML(script)), ""))
	})
	t.Run("WholeSentencesOfChinese", func(t *testing.T) {
		t.Parallel()
		script := strings.Repeat(strings.Repeat("\u8a9e", 30)+"。", 100)
		for _, piece := range spoken(t, twilio.SpeakTwiML(script)) {
			require.True(t, strings.HasSuffix(piece, "。"))
		}
	})
	t.Run("ExactlyOne", func(t *testing.T) {
		t.Parallel()
		require.Len(t, spoken(t, twilio.SpeakTwiML(strings.Repeat("a", 3000))), 1)
		require.Len(t, spoken(t, twilio.SpeakTwiML(strings.Repeat("a", 3001))), 2)
		require.Len(t, spoken(t, twilio.SpeakTwiML(strings.Repeat("\u8a9e", 500))), 1)
		require.Len(t, spoken(t, twilio.SpeakTwiML(strings.Repeat("\u8a9e", 501))), 2)
	})
	t.Run("BeyondTwilio", func(t *testing.T) {
		t.Parallel()
		for _, script := range []string{strings.Repeat("a", 100_000), strings.Repeat("&", 100_000), strings.Repeat("a b. ", 20_000)} {
			document := twilio.SpeakTwiML(script)
			require.LessOrEqual(t, len(document), 64_000)
			require.Greater(t, len(document), 45_000)
			require.NotEmpty(t, spoken(t, document))
		}
	})
}

// Any text is spoken as it is: it decodes back but for white space and what XML cannot hold, and never becomes an element.
func TestSpeakTwiMLProperty(t *testing.T) {
	t.Parallel()
	word := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"<", ">", "&", "\"", "'", "]]>", "<![CDATA[", "&#0;", "&lt;", "</Say>", "<Hangup/>", "<!--", "<?xml?>", "\x00", "\x1b", "\r\n", "\u2028",
			"\uFFFE", "\uFFFF", "\u202e", "\ufeff", "🦷", ". ", "! ", " ",
		}),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(0, 1200), func(n int) string { return strings.Repeat("long ", n) }),
	)
	rapid.Check(t, func(r *rapid.T) {
		script := strings.Join(rapid.SliceOfN(word, 0, 12).Draw(r, "words"), "")
		pieces := spoken(r, twilio.SpeakTwiML(script))
		require.Equal(r, bare(script), bare(strings.Join(pieces, "")))
	})
}

// bare is a text without white space, controls and what XML cannot hold.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// spoken reads a TwiML document strictly, as nothing but texts to speak and an end, and returns the texts.
func spoken(t require.TestingT, document string) []string {
	require.LessOrEqual(t, len(document), 64_000)
	decoder := xml.NewDecoder(strings.NewReader(document))
	var names, texts []string
	depth := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			require.Empty(t, token.Attr)
			names = append(names, token.Name.Local)
			depth++
			if token.Name.Local == "Say" {
				texts = append(texts, "")
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 {
				require.Equal(t, "Say", names[len(names)-1])
				texts[len(texts)-1] += string(token)
			}
		case xml.ProcInst:
			require.Equal(t, "xml", token.Target)
		default:
			require.Fail(t, "neither element nor text", "%T", token)
		}
	}
	expected := []string{"Response"}
	for _, text := range texts {
		expected = append(expected, "Say")
		require.NotEmpty(t, strings.TrimSpace(text))
		require.LessOrEqual(t, len(text), 3000)
		require.LessOrEqual(t, len(url.QueryEscape(text)), 4500)
	}
	require.Equal(t, append(expected, "Hangup"), names)
	return texts
}
