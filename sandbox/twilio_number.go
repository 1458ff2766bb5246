package sandbox

import (
	"regexp"
	"strings"
	"unicode/utf16"
)

// Forms of what Twilio is given: E.164 numbers (ITU-T), short codes, alphanumeric senders and ids.
var (
	numberForm     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	senderForm     = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{0,10}[A-Za-z][A-Za-z0-9 ]{0,10})$`)
	accountSIDForm = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	serviceSIDForm = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

// maxAlphanumericSender is Twilio's limit for a sender that is a name.
const maxAlphanumericSender = 11

// numberScript is what happens to texts and calls to a number, chosen by its last digits.
type numberScript struct {
	// refusedText is the error code with which a text is not even taken, or 0.
	refusedText int
	// invalid refuses texts and calls alike.
	invalid bool
	// undelivered is the error code of a text that is taken and never arrives, or 0.
	undelivered int
	// call is how a call ends that nobody takes, or empty.
	call callStatus
	// machine says that an answering machine takes calls.
	machine bool
	// reply is what the contact answers by himself, and key what he presses where a call takes keys only.
	reply, key string
}

// Error codes of Twilio that numbers stand for.
const (
	codeInvalidTo    = 21211
	codeOptedOut     = 21610
	codeUnreachable  = 30003
	magicNumberDigit = 4
)

// scriptOfNumber reads the magic end of a number: 0190 to 0197. All others are reached: a text is delivered, a call is
// answered by a person who listens to the end.
func scriptOfNumber(number string) numberScript {
	if len(number) < magicNumberDigit {
		return numberScript{}
	}
	switch number[len(number)-magicNumberDigit:] {
	case "0190":
		return numberScript{undelivered: codeUnreachable, call: callFailed}
	case "0191":
		return numberScript{refusedText: codeOptedOut}
	case "0192":
		return numberScript{invalid: true}
	case "0193":
		return numberScript{call: callBusy}
	case "0194":
		return numberScript{call: callNoAnswer}
	case "0195":
		return numberScript{machine: true}
	case "0196":
		return numberScript{reply: "Yes, tell me more, please.", key: "1"}
	case "0197":
		return numberScript{reply: "STOP", key: "9"}
	default:
		return numberScript{}
	}
}

// validSender says whether a text may come from there, as far as its form goes.
func validSender(from string) bool {
	if !senderForm.MatchString(from) {
		return false
	}

	return strings.HasPrefix(from, "+") || len(from) <= maxAlphanumericSender
}

// The characters of GSM 03.38; those of the second set take two places.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// segments is in how many parts a text travels: of 160 characters, or of 70 where one is not in GSM 03.38, and of 7 or 3
// fewer where there are several parts.
func segments(body string) int {
	const gsmOne, gsmMany, wideOne, wideMany = 160, 153, 70, 67

	places := 0
	for _, r := range body {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			places++
		case strings.ContainsRune(gsmExtended, r):
			places += 2
		default:
			return parts(len(utf16.Encode([]rune(body))), wideOne, wideMany)
		}
	}

	return parts(places, gsmOne, gsmMany)
}

// parts divides a length, which fits into one part that is a little larger.
func parts(length, one, many int) int {
	if length <= one {
		return 1
	}

	return (length + many - 1) / many
}
