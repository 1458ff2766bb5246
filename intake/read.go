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

// Read reads the contacts of a file through a mapping of its columns. A field that cannot be read is left out and listed
// in Errors; a row is skipped only without a name or without any usable address, or where a stray quotation mark has
// joined it with others. Line numbers are those of the file, of the first line of a row.
//
// Empty cells are nothing: a contact that is known already keeps what it has. Of a row that is longer than the header the
// rest is ignored and listed; one that is shorter is listed where mapped columns are missing.
//
// Errors: *models.Error, and an empty Result, where the file is refused whole: CodeTooManyRows; CodeInvalid with a FileCode
// where it is no contact file in UTF-8; CodeInvalid as Mapping.Validate gives it. Errors of r are wrapped.
func Read(r io.Reader, mapping Mapping, options Options) (Result, error) {
	maxRows := options.MaxRows
	if maxRows <= 0 {
		maxRows = models.MaxImportRows
	}
	file, err := openTable(r)
	if err != nil {
		return Result{}, err
	}
	if err := mapping.Validate(file.header); err != nil {
		return Result{}, err
	}
	rows := newRowReader(mapping, file.header, options.DefaultRegion)
	result := Result{Inputs: []models.ContactInput{}, Errors: []models.ImportError{}}
	for {
		next, err := file.next()
		if errors.Is(err, io.EOF) {
			return result, nil
		}
		if err != nil {
			return Result{}, err
		}
		if result.Rows++; result.Rows > maxRows {
			return Result{}, tooManyRows(maxRows)
		}
		input, faults, ok := rows.read(next)
		result.Errors = append(result.Errors, faults...)
		if !ok {
			result.Skipped++
			continue
		}
		result.Inputs = append(result.Inputs, input)
	}
}

func tooManyRows(limit int) *models.Error {
	detail := fmt.Sprintf("the file has more than %d rows: split it", limit)
	return &models.Error{
		Code: models.CodeTooManyRows, Detail: detail,
		Fields: []models.FieldError{{Pointer: FilePointer, Code: string(FileTooManyRows), Detail: detail}},
	}
}
