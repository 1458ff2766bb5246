package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"beckon/models"
)

// FileCode names why a whole file is refused. It stands in Fields of a *models.Error with the pointer FilePointer.
type FileCode string

// Codes of files that are refused.
const (
	FileEmpty          FileCode = "empty_file"
	FileNotText        FileCode = "not_text"         // a spreadsheet, an archive or another binary file
	FileNotCSV         FileCode = "not_csv"          // text, but a web page, vCard, JSON or the like
	FileNotUTF8        FileCode = "not_utf8"         // UTF-8 with bytes that are not
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
	Delimiter rune // ',', ';', '|' or a tab, or what the file itself names by "sep="

	mark int // bytes of its byte order mark
	skip int // records that are not blank before the header: "sep=", and titles of a report
}

const (
	detectBytes   = 64 << 10 // of a file that are looked at to find its delimiter and header
	detectRecords = 50
)

// detect finds the format of the file.
func detect(file io.ReadSeeker) (Format, error) {
	sample := make([]byte, detectBytes)
	n, err := io.ReadFull(file, sample)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Format{}, fmt.Errorf("read the file: %w", err)
	}
	whole := n < detectBytes
	sample = sample[:n]
	if err := refuseBinary(sample); err != nil {
		return Format{}, err
	}
	format := Format{Delimiter: ','}
	if format.Encoding, format.mark, err = detectEncoding(file, sample); err != nil {
		return Format{}, err
	}
	text := decodeSample(sample[format.mark:], format.Encoding)
	if strings.TrimFunc(text, trimmed) == "" && whole {
		return Format{}, refuseFile(FileEmpty, "the file is empty")
	}
	if err := refuseOtherText(text, format.Encoding, sample); err != nil {
		return Format{}, err
	}
	named, rest, hasNamed := namedDelimiter(text)
	if hasNamed {
		format.Delimiter, format.skip = named, 1
	} else {
		format.Delimiter = detectDelimiter(rest, whole)
	}
	format.skip += headerAt(sampleRecords(rest, format.Delimiter, whole))
	return format, nil
}

// refuseBinary recognises files that are no text by their first bytes.
func refuseBinary(sample []byte) error {
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
	return nil
}

const useCSV = ": save it as CSV (UTF-8) and try again"

// refuseOtherText recognises text that is no table, and what has too many control characters to be text.
func refuseOtherText(text string, encoding Encoding, sample []byte) error {
	begin := strings.ToLower(strings.TrimLeftFunc(text[:min(len(text), 200)], trimmed)) //nolint:mnd // enough to tell
	for _, kind := range []struct{ begin, name string }{
		{"<!doctype", "a web page"}, {"<html", "a web page"}, {"<head", "a web page"}, {"<table", "a web page"}, {"<?xml", "XML"},
		{"{\\rtf", "a text document (RTF)"}, {"begin:vcard", "vCard"}, {"[{", "JSON"}, {"{\"", "JSON"},
	} {
		if strings.HasPrefix(begin, kind.begin) {
			return refuseFile(FileNotCSV, "the file is not CSV but "+kind.name+useCSV)
		}
	}
	if encoding == EncodingUTF16LE || encoding == EncodingUTF16BE {
		return nil
	}
	const some = 10 // one in so many bytes
	controls := 0
	for _, c := range sample {
		if c < ' ' && (c < '\t' || c > '\r') {
			controls++
		}
	}
	if controls > len(sample)/some {
		return refuseFile(FileNotText, "the file is not text"+useCSV)
	}
	return nil
}

// namedDelimiter reads the first line where it is "sep=;", by which Excel is told the delimiter, and returns what follows.
func namedDelimiter(text string) (rune, string, bool) {
	line, rest, _ := strings.Cut(strings.TrimLeft(text, "\n "), "\n")
	line = strings.Trim(line, "\" ")
	if len(line) < len("sep=") || !strings.EqualFold(line[:len("sep=")], "sep=") {
		return 0, text, false
	}
	r, size := utf8.DecodeRuneInString(line[len("sep="):])
	if size == 0 || len(line) > len("sep=")+size || r != '\t' && !unicode.IsPunct(r) && !unicode.IsSymbol(r) {
		return 0, text, false
	}
	return r, rest, true
}

// detectDelimiter takes the delimiter that makes the widest table of the most rows: of each, the width that most rows have
// counts. Where two are as good, the one that comes first.
func detectDelimiter(text string, whole bool) rune {
	best, bestCells := ',', 0
	for _, delimiter := range []rune{',', ';', '\t', '|'} {
		rows := map[int]int{}
		for _, cells := range sampleRecords(text, delimiter, whole) {
			rows[len(cells)]++
		}
		for width, n := range rows {
			if cells := n * (width - 1); cells > bestCells {
				best, bestCells = delimiter, cells
			}
		}
	}
	return best
}

// sampleRecords are the first records that are not blank. The last may be cut where the sample is not the whole file.
func sampleRecords(text string, delimiter rune, whole bool) [][]string {
	records := newCSVReader(strings.NewReader(text), delimiter)
	records.ReuseRecord = false
	rows := [][]string{}
	for len(rows) <= detectRecords {
		cells, err := records.Read()
		if err != nil {
			if !whole && len(rows) > 1 {
				rows = rows[:len(rows)-1]
			}
			break
		}
		if !isBlank(cells) {
			rows = append(rows, cells)
		}
	}
	return rows
}

// headerAt finds the row that names the columns: the first that names two that are known or, where none does, the first that
// is more than half as full as the fullest. What stands before it is the title of a report. A row with an address is none.
func headerAt(rows [][]string) int {
	const two, half = 2, 2
	fullest, first := 0, len(rows)
	for i, cells := range rows {
		fullest = max(fullest, filled(cells))
		if i < first && slices.ContainsFunc(cells, looksLikeContact) {
			first = i
		}
	}
	for i, cells := range rows[:first] {
		if knownColumns(cells) >= two {
			return i
		}
	}
	for i, cells := range rows {
		if i == first || filled(cells)*half > fullest {
			return i
		}
	}
	return 0
}

// filled counts the cells that hold something.
func filled(cells []string) int {
	n := 0
	for _, cell := range cells {
		if strings.TrimFunc(cell, trimmed) != "" {
			n++
		}
	}
	return n
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
