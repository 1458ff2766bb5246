package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"beckon/models"
)

// erasedDetail stands for what an import error said.
const erasedDetail = "what was wrong was erased with a contact"

// eraseImportErrors deletes from the campaign's import errors what names the contact. They name lines, columns and what was
// wrong, never a value; but a column may be called by anything, and where a file has no titles its columns are called by
// the cells of its first row, which is a person's.
func eraseImportErrors(e *erasure) error {
	imports := e.tx.Model(&models.Import{}).Select("id").Where("campaign_id = ?", e.contact.CampaignID)
	for _, address := range e.addresses {
		pattern := likePattern(address)
		err := e.tx.Model(&models.ImportError{}).
			Where(`import_id IN (?) AND (lower(field) LIKE ? ESCAPE '\' OR lower(detail) LIKE ? ESCAPE '\')`, imports, pattern, pattern).
			UpdateColumns(map[string]any{"field": "", "detail": erasedDetail}).Error
		if err != nil {
			return fmt.Errorf("erase import errors: %w", err)
		}
	}
	fields := []string{}
	err := e.tx.Model(&models.ImportError{}).Where("import_id IN (?) AND field LIKE 'properties.%'", imports).
		Distinct().Pluck("field", &fields).Error
	if err != nil {
		return fmt.Errorf("read import errors: %w", err)
	}
	fields = slices.DeleteFunc(fields, func(field string) bool {
		return !e.isNamedIn(strings.TrimPrefix(field, "properties."))
	})
	for chunk := range slices.Chunk(fields, rowsRead) {
		err := e.tx.Model(&models.ImportError{}).Where("import_id IN (?) AND field IN ?", imports, chunk).
			UpdateColumns(map[string]any{"field": "", "detail": erasedDetail}).Error
		if err != nil {
			return fmt.Errorf("erase import errors: %w", err)
		}
	}
	return nil
}

// Names and numbers that are shorter say nothing of a person: they are part of many a title.
const (
	minNameRunes   = 3
	minPhoneDigits = 7
)

// isNamedIn says whether a title of a column has the contact's first or last name in it, as words of their own, or one of
// its numbers, however written.
func (e *erasure) isNamedIn(title string) bool {
	words := wordsOf(title)
	for _, name := range []string{e.contact.FirstName, e.contact.LastName} {
		name = wordsOf(name)
		if utf8.RuneCountInString(strings.TrimSpace(name)) >= minNameRunes && strings.Contains(words, name) {
			return true
		}
	}
	// A number within a country begins with a zero, or with nothing, where the other has the country's code.
	digits := strings.TrimLeft(digitsOf(title), "0")
	return len(digits) >= minPhoneDigits && slices.ContainsFunc(e.addresses, func(address string) bool {
		number, isNumber := strings.CutPrefix(address, "+")
		return isNumber && (strings.Contains(digits, number) || strings.HasSuffix(number, digits))
	})
}

// wordsOf is the text's words in lower case, each with a space before and after.
func wordsOf(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(words, " ") + " "
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
