package models

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// OptOutWord says whether a whole message is a word that opts out of texts, in any case, with punctuation, symbols or white
// space around it. A word within a sentence does not count here: what a sentence means is for the planner to read.
//
// The words are those at which Twilio blocks a number by itself (its default keywords, REVOKE and OPTOUT among them), the
// per-se words of 47 CFR 64.1200(a)(10), of which "opt out" is two, and the French ones that Canadian carriers require.
func OptOutWord(text string) bool {
	words := []string{
		"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
		"STOP ALL", "OPT OUT",
		"ARRET", "ARRETE", "ARRETT", "ARRÊT", "ARRÊTE",
	}
	return slices.Contains(words, keyword(text))
}

// OptInWord says whether a whole message is a word that lifts an opt-out of texts: START, UNSTOP or YES, as OptOutWord
// reads it. From someone who has not opted out, YES is an answer and nothing more.
func OptInWord(text string) bool {
	return slices.Contains([]string{"START", "UNSTOP", "YES"}, keyword(text))
}

// HelpWord says whether a whole message is a word that asks for help, as OptOutWord reads it: those that carriers want answered
// (CTIA Messaging Principles and Best Practices, 5.1.2), and that Twilio knows.
func HelpWord(text string) bool {
	return slices.Contains([]string{"HELP", "INFO"}, keyword(text))
}

// keyword is a message in capitals, without what surrounds its first and last letter or digit; what stands between two
// words, if it is no more than spaces and hyphens, is one space. Letters of other widths and styles count as plain ones.
func keyword(text string) string {
	text = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words := strings.FieldsFunc(norm.NFKC.String(text), func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) })
	return strings.ToUpper(strings.Join(words, " "))
}

// KnownToTwilio says whether an opt-out word is one at which Twilio, without any configuration, blocks the number and confirms
// it by itself (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
func KnownToTwilio(text string) bool {
	return slices.Contains([]string{"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}, keyword(text))
}
