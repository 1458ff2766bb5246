package intake

import (
	"errors"
	"fmt"
	"io"

	"beckon/models"
)

// Options of reading a contact file.
type Options struct {
	DefaultRegion string // ISO 3166-1 alpha-2: national phone numbers are read in it
	MaxRows       int    // rows a file may have; 0: models.MaxImportRows
}

// Result is what a contact file holds. Rows = len(Inputs) + Skipped.
type Result struct {
	Inputs  []models.ContactInput // in the order of the file; two rows may be the same person
	Rows    int                   // without the header and blank lines
	Skipped int
	Errors  []models.ImportError // whatever was left out, and why each skipped row was; ImportID is not set
}

// Reader reads the contacts of a file through a mapping of its columns, row by row: see Read. It is a models.ImportRows.
type Reader struct {
	file    io.ReadSeeker
	mapping Mapping
	region  string
	maxRows int

	table  *table
	rows   *rowReader
	count  int
	ended  bool
	failed error
}

// NewReader finds the file's format and checks the mapping against its header.
//
// Errors: those of Read that do not need its rows.
func NewReader(file io.ReadSeeker, mapping Mapping, options Options) (*Reader, error) {
	r := &Reader{file: file, mapping: mapping, region: options.DefaultRegion, maxRows: options.MaxRows}
	if r.maxRows <= 0 {
		r.maxRows = models.MaxImportRows
	}
	if err := r.Rewind(); err != nil {
		return nil, err
	}
	return r, nil
}

// Rewind begins with the first row again.
func (r *Reader) Rewind() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	var err error
	if r.table, err = openTable(r.file); err != nil {
		return err
	}
	if err := r.mapping.Validate(r.table.header); err != nil {
		return err
	}
	r.rows = newRowReader(r.mapping, r.table.header, r.region)
	r.count, r.ended, r.failed = 0, false, nil
	return nil
}

// Next reads the next row. After the last one that is counted comes a remark on the report's footer, where there is one.
func (r *Reader) Next() (models.ImportRow, error) {
	if r.ended {
		return models.ImportRow{}, io.EOF
	}
	next, err := r.table.next()
	if errors.Is(err, io.EOF) {
		r.ended = true
		if faults := r.table.footerFault(); faults != nil {
			return models.ImportRow{Errors: faults, NoRow: true}, nil
		}
		return models.ImportRow{}, io.EOF
	}
	if err == nil {
		if r.count++; r.count > r.maxRows {
			err = tooManyRows(r.maxRows)
		}
	}
	if err != nil {
		r.failed = err
		return models.ImportRow{}, err
	}
	input, faults, ok := r.rows.read(next)
	if !ok {
		return models.ImportRow{Errors: faults}, nil
	}
	return models.ImportRow{Input: &input, Errors: faults}, nil
}

// Failed is the error with which Next refused the file; nil where it has not.
func (r *Reader) Failed() error { return r.failed }

// Read reads the contacts of a file through a mapping of its columns. A field that cannot be read is left out and listed
// in Errors; a row is skipped only without a name or without any usable address, or where a stray quotation mark has
// joined it with others. Line numbers are those of the file, of the first line of a row.
//
// Titles before the header are passed over, and the footer of a report, which is listed. Empty cells are nothing: a contact that
// is known already keeps what it has. Of a row that is longer than the header the rest is ignored and listed; one that is
// shorter is listed where mapped columns are missing.
//
// Errors: *models.Error, and an empty Result, where the file is refused whole: CodeTooManyRows; CodeInvalid with a FileCode
// where it is no contact file; CodeInvalid as Mapping.Validate gives it. Errors of file are wrapped.
func Read(file io.ReadSeeker, mapping Mapping, options Options) (Result, error) {
	rows, err := NewReader(file, mapping, options)
	if err != nil {
		return Result{}, err
	}
	result := Result{Inputs: []models.ContactInput{}, Errors: []models.ImportError{}}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return result, nil
		}
		if err != nil {
			return Result{}, err
		}
		result.Errors = append(result.Errors, row.Errors...)
		switch {
		case row.NoRow:
			continue
		case row.Input == nil:
			result.Skipped++
		default:
			result.Inputs = append(result.Inputs, *row.Input)
		}
		result.Rows++
	}
}

func tooManyRows(limit int) *models.Error {
	detail := fmt.Sprintf("the file has more than %d rows: split it", limit)
	return &models.Error{
		Code: models.CodeTooManyRows, Detail: detail,
		Fields: []models.FieldError{{Pointer: FilePointer, Code: string(FileTooManyRows), Detail: detail}},
	}
}
