package models

import (
	"slices"
	"strings"
	"unicode"
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

// keyword is a message in capitals, without what surrounds its first and last letter or digit; what stands between two
// words, if it is no more than spaces and hyphens, is one space.
func keyword(text string) string {
	text = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) })
	return strings.ToUpper(strings.Join(words, " "))
}
