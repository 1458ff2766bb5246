package intake

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"beckon/models"
)

// Encoding names how the text of a file is written.
type Encoding string

// EncodingUTF8 is UTF-8, with or without a byte order mark; no other encoding is read.
const EncodingUTF8 Encoding = "utf-8"

// FileCode names why a whole file is refused. It stands in Fields of a *models.Error with the pointer FilePointer.
type FileCode string

// Codes of files that are refused.
const (
	FileEmpty          FileCode = "empty_file"
	FileNotText        FileCode = "not_text"         // a spreadsheet, an archive or another binary file
	FileNotUTF8        FileCode = "not_utf8"         // text in another encoding
	FileNoHeader       FileCode = "no_header"        // the first row does not name the columns
	FileTooManyColumns FileCode = "too_many_columns" // over MaxColumns
	FileUnclosedQuote  FileCode = "unclosed_quote"   // a quoted field that swallows the rest of the file
	FileTooManyRows    FileCode = "too_many_rows"
)

// FilePointer is the pointer of errors that are about the file as a whole.
const FilePointer = "/file"

// Format is how a contact file is written.
type Format struct {
	Encoding  Encoding
	Delimiter rune // ',', ';', '|' or a tab
}

const (
	detectBytes   = 64 << 10 // of a file that are looked at to find its format
	detectRecords = 20
	byteOrderMark = "\xef\xbb\xbf"
)

// detect finds the format of the file from its beginning, without consuming it.
func detect(r *bufio.Reader) (Format, error) {
	sample, err := r.Peek(detectBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return Format{}, fmt.Errorf("read the file: %w", err)
	}
	if err := refuseBinary(sample); err != nil {
		return Format{}, err
	}
	text := bytes.TrimPrefix(sample, []byte(byteOrderMark))
	if len(bytes.TrimSpace(text)) == 0 && len(sample) < detectBytes {
		return Format{}, refuseFile(FileEmpty, "the file is empty")
	}
	return Format{Encoding: EncodingUTF8, Delimiter: detectDelimiter(text)}, nil
}

// refuseBinary recognises files that are no text in UTF-8 by their first bytes. Whatever it does not recognise is found
// while the text is read.
func refuseBinary(sample []byte) error {
	const useCSV = ": save it as CSV (UTF-8) and try again"
	for _, kind := range []struct{ magic, name string }{
		{"PK\x03\x04", "a spreadsheet (xlsx, ods) or a zip archive"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (xls)"},
		{"%PDF-", "a PDF"},
		{"\x1f\x8b", "a gzip archive"},
		{"SQLite format 3\x00", "a database"},
	} {
		if bytes.HasPrefix(sample, []byte(kind.magic)) {
			return refuseFile(FileNotText, "the file is not CSV but "+kind.name+useCSV)
		}
	}
	if isUTF16(sample) {
		return refuseFile(FileNotUTF8, "the file is written in UTF-16"+useCSV)
	}
	return nil
}

// isUTF16 looks for a byte order mark of UTF-16, or for text in which every other byte is zero.
func isUTF16(sample []byte) bool {
	if bytes.HasPrefix(sample, []byte("\xff\xfe")) || bytes.HasPrefix(sample, []byte("\xfe\xff")) {
		return true
	}
	var zeros [2]int // at even and at odd places
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	const some = 4 // one in so many bytes
	return (zeros[0] > len(sample)/some) != (zeros[1] > len(sample)/some)
}

// detectDelimiter takes the delimiter that gives the header the most columns; where two give as many, the one with which
// more of the first rows are as wide as the header; then the one that comes first.
func detectDelimiter(text []byte) rune {
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	best, bestWidth, bestRows := ',', 1, 0
	for _, delimiter := range []rune{',', ';', '\t', '|'} {
		width, rows := shape(text, delimiter)
		if width > bestWidth || width == bestWidth && rows > bestRows && width > 1 {
			best, bestWidth, bestRows = delimiter, width, rows
		}
	}
	return best
}

// shape counts the header's columns and the first rows that have as many.
func shape(text []byte, delimiter rune) (int, int) {
	records := newCSVReader(bytes.NewReader(text), delimiter)
	width, rows := 0, 0
	for range detectRecords {
		cells, err := records.Read()
		if err != nil {
			break
		}
		switch {
		case isBlank(cells):
		case width == 0:
			width = len(cells)
		case width == len(cells):
			rows++
		}
	}
	return width, rows
}

// newCSVReader reads as leniently as encoding/csv can; table does the checking.
func newCSVReader(r io.Reader, delimiter rune) *csv.Reader {
	records := csv.NewReader(r)
	records.Comma = delimiter
	records.FieldsPerRecord = -1
	records.LazyQuotes = true
	records.ReuseRecord = true
	// A space before a quotation mark would make it part of the text. Not with tabs, which are white space themselves.
	records.TrimLeadingSpace = delimiter != '\t'
	return records
}

func refuseFile(code FileCode, detail string) *models.Error {
	return &models.Error{
		Code: models.CodeInvalid, Detail: detail,
		Fields: []models.FieldError{{Pointer: FilePointer, Code: string(code), Detail: detail}},
	}
}
