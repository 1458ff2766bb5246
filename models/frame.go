package models

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Frame is what Beckon puts around what was planned, so that people know who speaks to them, and how to make it stop. It
// depends on the plan, the campaign's sender and what the contact got before, on nothing else.
type Frame struct {
	Opening string // comes before what was planned, its space included
	Closing string // comes after it
}

// Around is what was planned, within its frame.
func (f Frame) Around(planned string) string { return f.Opening + planned + f.Closing }

// optOutHint is how a first text says how to stop them (CTIA Messaging Principles and Best Practices, 5.1.3).
const optOutHint = "\nReply STOP to opt out."

// TextFrame is that of a text. The first one that a contact gets from a campaign names the business and says how to opt out,
// where its words do not do so already; later ones have no frame.
func TextFrame(sender *Sender, body string, first bool) Frame {
	frame := Frame{}
	if !first {
		return frame
	}
	if name := sender.Name(); name != "" && !names(body, name) {
		frame.Opening = name + ": "
	}
	if !saysHowToStop(body) {
		frame.Closing = optOutHint
	}
	return frame
}

// KeyOptOut is the key that ends all calls to a number.
const KeyOptOut = "9"

// CallFrame is that of a call's script: who calls, that the voice is artificial, and how to stop such calls, at its beginning
// (47 CFR 64.1200(b); FCC 24-17 for voices that an AI makes). A script that begins with the name of the business and says
// that it is automated has none.
func CallFrame(sender *Sender, script string) Frame {
	const beginning = 300 // characters: the first sentences
	start := []rune(script)
	if len(start) > beginning {
		start = start[:beginning]
	}
	name := sender.Name()
	if names(string(start), name) && automated().MatchString(string(start)) {
		return Frame{}
	}
	opening := "Hello. This is an automated call"
	if name != "" {
		opening += " from " + name
	}
	return Frame{Opening: opening + ". To not be called again, press " + KeyOptOut + " at any time. "}
}

// Name is in whose name the campaign speaks: that of the business, else that of the person; "" where there is neither.
func (s *Sender) Name() string {
	if !blank(s.BusinessName) {
		return strings.TrimSpace(s.BusinessName)
	}
	return strings.TrimSpace(s.FromName)
}

// names says whether a text has the name, in any case, as words of its own.
func names(text, name string) bool {
	text, name = folded(text), folded(name)
	if name == "" {
		return false
	}
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, size := utf8.DecodeRuneInString(text[at+len(name):])
		if (at == 0 || !isWordRune(before)) && (size == 0 || !isWordRune(after)) {
			return true
		}
		from = at + len(name)
	}
}

// folded is a text in lower case with one space between words.
func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// saysHowToStop says whether a text tells how to opt out: an invitation to answer, and STOP as the word to answer with. Where
// it is not sure it says no, since to say it twice is no harm.
func saysHowToStop(text string) bool {
	return regexp.MustCompile(`(?i:\b(?:reply|text|txt|send|respond|answer|write)\b)[^.!?\n]{0,20}(?:\bSTOP\b|["'“‘](?i:stop)["'”’])`).
		MatchString(text)
}

// automated finds words that say that no person speaks.
func automated() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(automated|automatic|artificial|virtual|pre-?recorded|robot|digital assistant|AI)\b`)
}

// OutreachFrame is the frame of an outreach by the channel. First says that no text of the campaign has reached the contact.
func OutreachFrame(channel Channel, sender *Sender, body string, first bool) Frame {
	switch channel {
	case ChannelText:
		return TextFrame(sender, body, first)
	case ChannelPhone:
		return CallFrame(sender, body)
	case ChannelEmail:
		return Frame{}
	default:
		return Frame{}
	}
}
