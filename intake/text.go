package intake

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of a contact's texts, in runes after cleaning.
const (
	MaxFieldRunes    = 200   // first name, last name, external id's key and value, each
	MaxPropertyRunes = 4_000 // one property's text
	MaxKeyRunes      = 200   // name of a property or column
)

// Text cleans a text of one line, such as a name: Unicode form NFC; every run of white space and line breaks becomes one
// space, so that no name can add a mail header or a line to a prompt; control characters and invisible ones that reorder
// or hide text are taken out; white space at the ends goes. The joiners that Persian and Indian names need stay inside.
// A text that holds nothing is "" without an error.
//
// Errors: *ValueError with ValueNotUTF8, or ValueTooLong when more than maxRunes are left.
func Text(raw string, maxRunes int) (string, error) { return clean(raw, maxRunes, false) }

// Note cleans a text of several lines, such as a remark, as Text does, but keeps line breaks as "\n", and of several
// empty lines one.
//
// Errors: those of Text.
func Note(raw string, maxRunes int) (string, error) { return clean(raw, maxRunes, true) }

func clean(raw string, maxRunes int, keepLines bool) (string, error) {
	text := raw
	if !plain(raw) {
		if !utf8.ValidString(raw) {
			return "", &ValueError{Code: ValueNotUTF8, Detail: "the text is not valid UTF-8"}
		}
		// Characters go first, so that a mark that stood behind one is composed with the letter before it.
		text = norm.NFC.String(collapse(raw, keepLines))
	}
	if len(text) > maxRunes && utf8.RuneCountInString(text) > maxRunes {
		return "", &ValueError{
			Code: ValueTooLong, Detail: fmt.Sprintf("the text is longer than %d characters", maxRunes),
		}
	}
	return text, nil
}

// plain says that cleaning would change nothing: printable ASCII without needless spaces. Most cells are that.
func plain(text string) bool {
	space := true // before the text
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || (c == ' ' && space) {
			return false
		}
		space = c == ' '
	}
	return text == "" || !space
}

// collapse takes invisible characters out and makes one gap of each run of white space.
func collapse(text string, keepLines bool) string {
	var out strings.Builder
	out.Grow(len(text))
	spaces, lines, previous := false, 0, rune(0)
	for _, r := range strings.TrimFunc(text, trimmed) {
		switch {
		case isLineBreak(r):
			spaces = true
			if r != '\n' || previous != '\r' {
				lines++
			}
		case unicode.IsSpace(r):
			spaces = true
		case invisible(r):
		default:
			out.WriteString(gap(spaces, lines, keepLines))
			out.WriteRune(r)
			spaces, lines = false, 0
		}
		previous = r
	}
	return out.String()
}

// gap is what a run of white space becomes.
func gap(spaces bool, lines int, keepLines bool) string {
	switch {
	case !spaces:
		return ""
	case lines == 0 || !keepLines:
		return " "
	case lines == 1:
		return "\n"
	default:
		return "\n\n"
	}
}

func isLineBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	default:
		return false
	}
}

// trimmed says that a character is worth nothing at the ends of a text.
func trimmed(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsSpace(r) || invisible(r) || r == nonJoiner || r == joiner
}

// invisible says that a character shows nothing and is no white space: controls, and the format characters that reorder
// text (bidirectional marks), hide in it (zero width space, soft hyphen, word joiners, byte order mark) or carry text
// that only machines read (tags).
func invisible(r rune) bool {
	switch {
	case unicode.IsSpace(r):
		return false
	case unicode.IsControl(r):
		return true
	case r < '\u00ad':
		return false
	case r == '\u00ad', r == '\u061c', r == '\u180e', r == '\u200b', r == '\ufeff':
		return true
	case r >= '\u200e' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return true
	case r >= '\ufff9' && r <= '\ufffb', r >= '\U000e0000' && r <= '\U000e007f':
		return true
	default:
		return false
	}
}

// controlInside says that a trimmed text holds a control character, a line break among them.
func controlInside(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || isLineBreak(r) })
}
