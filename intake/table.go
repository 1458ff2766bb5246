package intake

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"beckon/models"
)

// MaxColumns is how many columns a contact file may have; the widest export known has 88.
const MaxColumns = 1_000

// maxHeaderRunes cuts the name of a column so that it fits a mapping and a property's key, the number of a second column
// of that name included.
const maxHeaderRunes = MaxKeyRunes - 20

// endOfFile is a record of its own behind the file's text. No text holds NUL, so whatever else it is found in was opened
// by a quotation mark that nothing closes, which encoding/csv does not report when it is lenient.
const endOfFile = "\x00"

// table reads a contact file record by record.
type table struct {
	format  Format
	header  []string // names of the columns, each different
	line    int      // of the file, on which the header begins
	records *csv.Reader
	ended   bool

	after  int      // the last line of the record that was read last
	queue  []record // read ahead: what may be the footer of a report, and the row that shows that it is none
	footer []record // what turned out to be one
}

// record is one row of a table. Its cells hold until the next one is read.
type record struct {
	cells []string
	line  int // of the file, where it begins; the first line is 1
	lines int // how many lines of the file it covers
}

// openTable finds out the format and reads the header. Blank lines and titles before it are passed over.
//
// Errors: *models.Error with CodeInvalid and a FileCode, or those of file.
func openTable(file io.ReadSeeker) (*table, error) {
	format, err := detect(file)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(int64(format.mark), io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	text := newTextReader(file, format.Encoding)
	t := &table{
		format:  format,
		records: newCSVReader(io.MultiReader(text, strings.NewReader("\n"+endOfFile+"\n")), format.Delimiter),
	}
	for range format.skip {
		if _, err := t.record(); err != nil {
			return nil, emptyOr(err)
		}
	}
	first, err := t.record()
	if err != nil {
		return nil, emptyOr(err)
	}
	t.line = first.line
	if t.header, err = readHeader(first.cells); err != nil {
		return nil, err
	}
	return t, nil
}

func emptyOr(err error) error {
	if errors.Is(err, io.EOF) {
		return refuseFile(FileEmpty, "the file is empty")
	}
	return err
}

// record reads the next record that is not blank: a line without any value, delimiters or not, is no row. It returns io.EOF
// at the end.
func (t *table) record() (record, error) {
	for !t.ended {
		cells, err := t.records.Read()
		if err != nil {
			return record{}, readError(err)
		}
		line, _ := t.records.FieldPos(0)
		if last := cells[len(cells)-1]; strings.Contains(last, endOfFile) {
			t.ended = true
			if len(cells) > 1 || last != endOfFile {
				return record{}, refuseFile(FileUnclosedQuote, fmt.Sprintf(
					"the row that begins on line %d opens a quotation mark that is never closed", line))
			}
			break
		}
		if !isBlank(cells) {
			rec := record{cells: cells, line: line, lines: 1 + countLineEnds(cells)}
			t.after = line + rec.lines - 1
			return rec, nil
		}
	}
	return record{}, io.EOF
}

// readError keeps the errors of the text and of the file's reader as they are. A lenient csv.Reader has none of its own.
func readError(err error) error {
	var refused *models.Error
	if errors.As(err, &refused) || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("read the file: %w", err)
}

func countLineEnds(cells []string) int {
	lines := 0
	for _, cell := range cells {
		lines += strings.Count(cell, "\n")
	}
	return lines
}

func isBlank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimFunc(cell, trimmed) != "" {
			return false
		}
	}
	return true
}

// readHeader names the columns. A column without a name is "Column 4", and a name that comes again "Phone (2)", so that a
// mapping can name each of them.
func readHeader(cells []string) ([]string, error) {
	if len(cells) > MaxColumns {
		return nil, refuseFile(FileTooManyColumns, fmt.Sprintf("the file has more than %d columns", MaxColumns))
	}
	taken := make(map[string]int, len(cells))
	header := make([]string, len(cells))
	for i, cell := range cells {
		if looksLikeContact(cell) {
			return nil, refuseFile(FileNoHeader,
				"the first row holds an address: the file needs a row with the names of its columns before the contacts")
		}
		name := columnName(cell, maxHeaderRunes)
		if name == "" {
			name = "Column " + strconv.Itoa(i+1)
		}
		header[i] = name
		for taken[header[i]] > 0 {
			taken[name]++
			header[i] = fmt.Sprintf("%s (%d)", name, taken[name])
		}
		taken[header[i]]++
	}
	return header, nil
}

// columnName cleans the name of a column, in a header as in a mapping, so that they can be compared. A name that is too
// long is cut.
func columnName(raw string, maxRunes int) string {
	runes := []rune(norm.NFC.String(collapse(raw, false)))
	return strings.TrimFunc(string(runes[:min(len(runes), maxRunes)]), trimmed)
}

// looksLikeContact says that a cell of the first row is an address, so that the row is no header.
func looksLikeContact(cell string) bool {
	if _, err := Email(cell); err == nil {
		return true
	}
	if !strings.HasPrefix(strings.TrimSpace(cell), "+") {
		return false
	}
	_, err := Phone(cell, "")
	return err == nil
}
