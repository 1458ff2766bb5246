package twilio

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"time"

	"beckon/models"
	"beckon/providers"
)

// Talk is what a call says to a person, and how it listens.
type Talk struct {
	Script string // a key that is pressed meanwhile ends it
	Prompt string // asks for an answer afterwards
	Thanks string // is said where none came
	// Action is the absolute URL that gets what is pressed or said; "" speaks the script and listens to nothing.
	Action string
}

// Times for which a call listens, in seconds, once it has spoken: for a key after the script, and for an answer.
const (
	keyTimeout    = 1
	answerTimeout = 5
)

// gather is the verb that listens, while it speaks and after it.
type gather struct {
	XMLName   struct{} `xml:"Gather"`
	Input     string   `xml:"input,attr"`
	Action    string   `xml:"action,attr"`
	Method    string   `xml:"method,attr"`
	NumDigits int      `xml:"numDigits,attr"`
	Timeout   int      `xml:"timeout,attr"`
	Language  string   `xml:"language,attr,omitempty"`
	Says      []say
}

// TalkTwiML is the TwiML of a call that a person took. While the script is spoken it listens for a key alone: whoever says
// "Hello?" then means nobody to stop. After the prompt it listens for a key or an answer, once.
func TalkTwiML(talk Talk, options ...TwiMLOption) string {
	if talk.Action == "" {
		return SpeakTwiML(talk.Script, options...)
	}
	var voice say
	for _, option := range options {
		option(&voice)
	}
	const others = 4_000 // bytes that the rest of the document takes at most
	keys := gather{
		Input: "dtmf", Action: talk.Action, Method: "POST", NumDigits: 1, Timeout: keyTimeout,
		Says: says(talk.Script, maxSaysBytes-others, options),
	}
	answer := gather{
		Input: "dtmf speech", Action: talk.Action, Method: "POST", NumDigits: 1, Timeout: answerTimeout, Language: voice.Language,
		Says: says(talk.Prompt, others, options),
	}
	return xml.Header + render(document{Gathers: []gather{keys, answer}, Says: says(talk.Thanks, others, options)})
}

// messageDocument is the TwiML that answers a text with one.
type messageDocument struct {
	XMLName struct{} `xml:"Response"`
	Message string   `xml:"Message"`
}

// MessageTwiML is the TwiML that answers a text with one. Whatever it holds is sent, never read as markup.
func MessageTwiML(text string) string {
	return xml.Header + render(messageDocument{Message: providers.Cut(text, maxSaysBytes)})
}

// ParseGather reads what was pressed or said in a call that Beckon made, whose signature was verified before, as a message of
// the contact. Attempt is the query's AttemptParam. Key 9, and an opt-out word that is all that was said, opt out. Its text is
// empty where nothing was heard. Each call counts one such message: whatever comes after it is the same. Error:
// models.CodeMalformed where the call is not named.
func ParseGather(attempt string, form url.Values, received time.Time) (models.InboundMessage, error) {
	sid := sidOf(form, "CallSid")
	if sid == "" {
		return models.InboundMessage{}, malformed("CallSid", "what was heard in a call names it")
	}
	message := models.InboundMessage{
		Channel: models.ChannelPhone, OutreachID: outreachID(attempt), From: numberOf(form, "To"), To: numberOf(form, "From"),
		ProviderID: sid + "/gather", At: received.UTC(),
	}
	switch digits, speech := value(form, "Digits"), providers.Cut(value(form, "SpeechResult"), models.MaxReplyBytes); {
	case strings.HasPrefix(digits, models.KeyOptOut):
		message.Text, message.OptOut = fmt.Sprintf("Pressed %s: do not call again.", models.KeyOptOut), true
	case digits != "":
		message.Text = "Pressed " + providers.Cut(digits, maxCodeBytes) + "."
	default:
		message.Text, message.OptOut = speech, models.OptOutWord(speech)
	}
	return message, nil
}

// ParseInboundCall reads the webhook of a call to one of our numbers, whose signature was verified before. Its From is empty
// where the caller's number is withheld. Each call counts once, whatever Twilio posts of it; what it posts of a recording is no
// message, and has no ProviderID. Error: models.CodeMalformed where the call or the called number is not named.
func ParseInboundCall(form url.Values, received time.Time) (models.InboundMessage, error) {
	if value(form, "RecordingSid") != "" {
		return models.InboundMessage{}, nil
	}
	message := models.InboundMessage{
		Channel: models.ChannelPhone, From: numberOf(form, "From", "Caller"), To: numberOf(form, "To", "Called"), Text: "Called.",
		ProviderID: sidOf(form, "CallSid"), At: received.UTC(),
	}
	switch {
	case message.ProviderID == "":
		return models.InboundMessage{}, malformed("CallSid", "an inbound call has an id")
	case sidOf(form, "To", "Called") == "":
		return models.InboundMessage{}, malformed("To", "an inbound call has a called number")
	}
	return message, nil
}

// numberOf is the first of the parameters that is given, if it is a number in E.164.
func numberOf(form url.Values, names ...string) string {
	number := value(form, names...)
	if !isNumber(number) {
		return ""
	}
	return number
}
