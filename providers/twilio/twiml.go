package twilio

import (
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// TwiMLContentType is the content type of TwiML.
const TwiMLContentType = "text/xml; charset=utf-8"

// Limits of what one TwiML document speaks.
const (
	// maxSayBytes and maxSayEncoded bound the text of one <Say>. Twilio's limit depends on the voice, which the account
	// sets: 3,000 (Polly), 4,096 (basic) or 5,000 (Google) bytes; and never may the text be longer than 4,500
	// characters once it is URL-encoded (https://www.twilio.com/docs/api/errors/13521).
	maxSayBytes   = 3_000
	maxSayEncoded = 4_500
	// maxSaysBytes keeps the document below the 64 kB that Twilio takes (https://www.twilio.com/docs/api/errors/11750).
	// What is beyond it is left out: a call ends by its time limit long before so much is spoken.
	maxSaysBytes = 60_000
)

// TwiMLOption changes how a text is spoken.
type TwiMLOption func(*say)

// WithLanguage names the language to speak, such as "en-GB" (BCP 47). Without it, and where it is no language tag, the
// account's default voice speaks.
func WithLanguage(tag string) TwiMLOption {
	return func(s *say) {
		if regexp.MustCompile(`^[A-Za-z]{2,3}(-[0-9A-Za-z]{2,8})*$`).MatchString(tag) {
			s.Language = tag
		}
	}
}

// say is the verb that speaks.
type say struct {
	XMLName  struct{} `xml:"Say"`
	Language string   `xml:"language,attr,omitempty"`
	Text     string   `xml:",chardata"`
}

// document is a whole TwiML document: it speaks, listens, and hangs up.
type document struct {
	XMLName struct{} `xml:"Response"`
	Gathers []gather
	Says    []say
	Hangup  struct{} `xml:"Hangup"`
}

// SpeakTwiML is the TwiML that speaks a script and then hangs up. Whatever the script holds is spoken, never read as markup.
// Long ones are spoken in several pieces.
func SpeakTwiML(script string, options ...TwiMLOption) string {
	return xml.Header + render(document{Says: says(script, maxSaysBytes, options)})
}

// says are the verbs that speak a text, of at most so many bytes as XML.
func says(script string, most int, options []TwiMLOption) []say {
	var verb say
	for _, option := range options {
		option(&verb)
	}
	var says []say
	size := 0
	for text := speakable(script); text != ""; {
		spoken := verb
		spoken.Text, text = piece(text)
		if size += len(render(spoken)); size > most {
			break
		}
		says = append(says, spoken)
	}
	return says
}

// VoicemailTwiML is the TwiML that leaves a text on an answering machine, whose greeting has ended, and then hangs up; it
// hangs up at once where there is no text.
func VoicemailTwiML(text string, options ...TwiMLOption) string {
	return SpeakTwiML(text, options...)
}

// HangupTwiML is the TwiML that ends a call.
func HangupTwiML() string {
	return xml.Header + render(document{})
}

// AnswerTwiML is the TwiML for a call that was answered. Form is Twilio's request, whose AnsweredBy says by whom: a person,
// or nobody knows, hears the script and is listened to; a machine hears the voicemail text, or the call ends if that is empty;
// at a fax it ends. Without a detection AnsweredBy is missing, and the script is spoken.
func AnswerTwiML(form url.Values, talk Talk, voicemail string, options ...TwiMLOption) string {
	switch who := value(form, "AnsweredBy"); {
	case isMachine(who):
		return VoicemailTwiML(voicemail, options...)
	case who == "fax":
		return HangupTwiML()
	default:
		return TalkTwiML(talk, options...)
	}
}

// render writes XML. It cannot fail: what it is given is made of strings alone.
func render(value any) string {
	words, err := xml.Marshal(value)
	if err != nil {
		return ""
	}
	return string(words)
}

// speakable makes a text fit for speech and XML: controls and line breaks become spaces, runs of spaces one; what XML cannot
// hold is dropped.
func speakable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case r == '\uFFFE', r == '\uFFFF':
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}

// piece cuts off what one <Say> may hold: up to the end of a sentence if there is one in the second half, else up to a
// space, else anywhere. It returns that and the rest.
func piece(text string) (string, string) {
	at := cut(text)
	return strings.TrimSpace(text[:at]), strings.TrimSpace(text[at:])
}

// cut is where to cut a text: its length if it fits as a whole.
func cut(text string) int {
	sentence, word, encoded := 0, 0, 0
	for at, r := range text {
		size := len(string(r))
		encoded += len(url.QueryEscape(string(r)))
		if at+size > maxSayBytes || encoded > maxSayEncoded {
			switch {
			case sentence > at/2:
				return sentence
			case word > 0:
				return word
			default:
				return at
			}
		}
		if r == ' ' {
			word = at
			if at > 0 && strings.ContainsRune(".!?", rune(text[at-1])) {
				sentence = at
			}
		}
		if strings.ContainsRune("。！？", r) {
			sentence = at + size
		}
	}
	return len(text)
}
