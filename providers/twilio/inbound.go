package twilio

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"beckon/models"
	"beckon/providers"
)

// What OptOutType may be, where the Messaging Service has Advanced Opt-Out: Twilio recognised a keyword of its
// configuration, in any language, and has answered it already.
const (
	OptOutTypeStop  = "STOP"
	OptOutTypeStart = "START"
	OptOutTypeHelp  = "HELP"
)

// InboundText is a text that somebody sent to one of our numbers.
type InboundText struct {
	SID                 string // the same in each delivery of this webhook
	From                string // E.164, or a short code
	To                  string // our number, E.164 or a short code
	Body                string // may be empty, as with a picture alone
	MessagingServiceSID string // empty where the number is in none
	OptOutType          string // empty where Twilio recognised no keyword
	NumMedia            int    // pictures and other files
}

// OptsOut says whether the text is an opt-out: by Twilio's word, or as a whole message (models.OptOutWord).
func (t InboundText) OptsOut() bool {
	return t.OptOutType == OptOutTypeStop || models.OptOutWord(t.Body)
}

// OptsIn says whether the text lifts an opt-out: by Twilio's word, or as a whole message (models.OptInWord) of which Twilio
// says nothing else.
func (t InboundText) OptsIn() bool {
	if t.OptsOut() {
		return false
	}
	return t.OptOutType == OptOutTypeStart || (t.OptOutType == "" && models.OptInWord(t.Body))
}

// Message is the text as a message of a contact. What was sent with it is noted and not fetched. What Twilio answers by
// itself is left to it: any keyword of Advanced Opt-Out, and its own opt-out words anywhere. Help is answered though Twilio
// may have answered too, in words of its own that name nobody.
func (t InboundText) Message(received time.Time) models.InboundMessage {
	message := models.InboundMessage{
		Channel: models.ChannelText, From: t.From, To: t.To, Service: t.MessagingServiceSID, Text: t.noted(), ProviderID: t.SID,
		At: received.UTC(), OptOut: t.OptsOut(), OptIn: t.OptsIn(),
	}
	if t.OptOutType == "" {
		message.Help = models.HelpWord(t.Body)
		message.Confirm = message.OptOut && !models.KnownToTwilio(t.Body)
	}
	return message
}

// noted is the body, with a note of what came with it.
func (t InboundText) noted() string {
	var note string
	switch {
	case t.NumMedia == 1:
		note = "[1 file]"
	case t.NumMedia > 1:
		note = fmt.Sprintf("[%d files]", t.NumMedia)
	default:
		return t.Body
	}
	if strings.TrimSpace(t.Body) == "" {
		return note
	}
	return t.Body + "\n" + note
}

// ParseInboundText reads the webhook of an inbound text, whose signature was verified before. Unknown parameters are
// ignored. Error: models.CodeMalformed where message, sender or recipient is not named.
func ParseInboundText(form url.Values) (InboundText, error) {
	text := InboundText{
		SID:                 sidOf(form, "MessageSid", "SmsSid", "SmsMessageSid"),
		From:                sidOf(form, "From"),
		To:                  sidOf(form, "To"),
		Body:                providers.Cut(form.Get("Body"), math.MaxInt),
		MessagingServiceSID: sidOf(form, "MessagingServiceSid"),
		OptOutType:          providers.Cut(value(form, "OptOutType"), maxCodeBytes),
	}
	switch {
	case text.SID == "":
		return InboundText{}, malformed("MessageSid", "an inbound text has an id")
	case text.From == "":
		return InboundText{}, malformed("From", "an inbound text has a sender")
	case text.To == "":
		return InboundText{}, malformed("To", "an inbound text has a recipient")
	}
	if media, err := strconv.Atoi(value(form, "NumMedia")); err == nil {
		text.NumMedia = max(media, 0)
	}
	return text, nil
}
