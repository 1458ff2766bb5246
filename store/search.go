package store

import (
	"fmt"
	"strings"
	"unicode"

	"gorm.io/gorm"
)

// maxSearchBytes is the longest text that is looked for; what is longer is contained in nothing.
const maxSearchBytes = 1000

// containing narrows the query to rows in which the expression contains the text, in any case. Every character stands for
// itself. A column of phone numbers is also compared with the digits of a text that looks like a number.
func (s *Store) containing(query *gorm.DB, text, phone, expression string) *gorm.DB {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return query
	case !searchable(text):
		return query.Where("1 = 0")
	}
	pattern, operator := likePattern(strings.ToValidUTF8(text, "\uFFFD")), " ILIKE ?"
	if s.dialect == SQLite {
		pattern, operator = sqlitePattern(text)
	}
	condition, values := expression+operator, []any{pattern}
	if digits := phoneDigits(text); phone != "" && digits != "" {
		condition, values = condition+" OR "+phone+" LIKE ?", append(values, "%"+digits+"%")
	}
	return query.Where("("+condition+")", values...)
}

// searchable says whether anything can contain the text.
func searchable(text string) bool {
	return len(text) <= maxSearchBytes && !strings.ContainsAny(text, "\x00\n")
}

// findContacts narrows the query to contacts whose name, e-mail address or phone number contains the text, in any case. All
// three stand in search_text, in lines and in lower case, so that looking at a hundred thousand costs one comparison each. A
// text that is written like a number is also looked for without its punctuation, in the first line only: the number's.
func (s *Store) findContacts(query *gorm.DB, text string) *gorm.DB {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return query
	case !searchable(text):
		return query.Where("1 = 0")
	}
	position, newline := "strpos", `E'\n'`
	if s.dialect == SQLite {
		position, newline = "instr", "char(10)"
	}
	condition, values := position+"(search_text, lower(?)) > 0", []any{strings.ToValidUTF8(text, "\uFFFD")}
	if s.dialect == SQLite && !ascii(text) {
		// Its lower() knows ASCII only. What the text has of that is looked for first, since GLOB takes five times as long.
		condition = "(instr(search_text, lower(?)) > 0 AND search_text GLOB ?)"
		values = []any{longestASCII(text), globPattern(text)}
	}
	if digits := phoneDigits(text); digits != "" && digits != text {
		condition += fmt.Sprintf(" OR %s(search_text, ?) BETWEEN 1 AND %s(search_text, %s)", position, position, newline)
		values = append(values, digits)
	}
	return query.Where("("+condition+")", values...)
}

func ascii(text string) bool { return !strings.ContainsFunc(text, beyondASCII) }

func beyondASCII(r rune) bool { return r > unicode.MaxASCII }

// longestASCII is the longest part of the text that is ASCII.
func longestASCII(text string) string {
	longest := ""
	for _, part := range strings.FieldsFunc(text, beyondASCII) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// likePattern is a pattern of (I)LIKE that matches what contains the text.
func likePattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

// sqlitePattern is a pattern that matches what contains the text, in any case, and its operator. SQLite's LIKE knows the
// case of ASCII letters only, but is four times as fast as GLOB with its sets.
func sqlitePattern(text string) (pattern, operator string) {
	if ascii(text) && !strings.ContainsAny(text, `\%_`) {
		return "%" + text + "%", " LIKE ?"
	}
	return globPattern(text), " GLOB ?"
}

// globPattern is a pattern of GLOB that matches what contains the text, in any case. SQLite's own LIKE knows the case of
// ASCII letters only, so each letter becomes the set of its forms.
func globPattern(text string) string {
	pattern := strings.Builder{}
	pattern.WriteByte('*')
	for _, r := range text {
		folded := unicode.SimpleFold(r)
		if folded == r && !strings.ContainsRune("*?[", r) {
			pattern.WriteRune(r)
			continue
		}
		pattern.WriteByte('[')
		pattern.WriteRune(r)
		for ; folded != r; folded = unicode.SimpleFold(folded) {
			pattern.WriteRune(folded)
		}
		pattern.WriteByte(']')
	}
	pattern.WriteByte('*')
	return pattern.String()
}

// phoneDigits returns the digits of a text that is written like a phone number or a part of one; "" for other texts.
func phoneDigits(text string) string {
	digits := strings.Builder{}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case !strings.ContainsRune("+-(). /", r):
			return ""
		}
	}
	return digits.String()
}
