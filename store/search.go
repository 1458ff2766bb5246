package store

import (
	"strings"
	"unicode"

	"gorm.io/gorm"
)

// maxSearchBytes is the longest text that is looked for; what is longer is contained in nothing.
const maxSearchBytes = 1000

// containing narrows the query to rows in which one of the expressions contains the text, in any case. Every character
// stands for itself. Columns of phone numbers are compared with the digits of a text that looks like a number.
func (s *Store) containing(query *gorm.DB, text string, phone string, expressions ...string) *gorm.DB {
	text = strings.TrimSpace(text)
	if text == "" {
		return query
	}
	if len(text) > maxSearchBytes || strings.ContainsRune(text, 0) {
		return query.Where("1 = 0")
	}
	pattern, operator := likePattern(strings.ToValidUTF8(text, "\uFFFD")), " ILIKE ?"
	if s.dialect == SQLite {
		pattern, operator = sqlitePattern(text)
	}
	conditions, values := []string{}, []any{}
	for _, expression := range expressions {
		conditions, values = append(conditions, expression+operator), append(values, pattern)
	}
	if digits := phoneDigits(text); phone != "" && digits != "" {
		conditions, values = append(conditions, phone+" LIKE ?"), append(values, "%"+digits+"%")
	}
	return query.Where("("+strings.Join(conditions, " OR ")+")", values...)
}

// likePattern is a pattern of (I)LIKE that matches what contains the text.
func likePattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

// sqlitePattern is a pattern that matches what contains the text, in any case, and its operator. SQLite's LIKE knows the
// case of ASCII letters only, but is four times as fast as GLOB with its sets.
func sqlitePattern(text string) (pattern, operator string) {
	foreign := func(r rune) bool { return r > unicode.MaxASCII }
	if !strings.ContainsFunc(text, foreign) && !strings.ContainsAny(text, `\%_`) {
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
