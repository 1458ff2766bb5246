package intake

import (
	"errors"
	"io"
)

const (
	previewRows      = 5
	previewCellRunes = 200
)

// Preview is what a contact file looks like, for the person who is to map its columns.
type Preview struct {
	Encoding         Encoding   `json:"encoding"`
	Delimiter        string     `json:"delimiter"`
	HeaderLine       int        `json:"headerLine"` // of the file, from 1: titles of a report stand before it
	Header           []string   `json:"header"`     // names of the columns as a mapping is to give them
	Sample           [][]string `json:"sample"`     // the first five rows, as wide as the header, long cells cut
	Rows             int        `json:"rows"`       // of the whole file, without the header and blank lines
	SuggestedMapping Mapping    `json:"suggestedMapping"`
}

// ReadPreview reads a whole contact file to see what it is. It counts on where an import would refuse the file for its
// number of rows.
//
// Errors: *models.Error with CodeInvalid and a FileCode where it is no contact file, or those of r.
func ReadPreview(r io.ReadSeeker) (Preview, error) {
	file, err := openTable(r)
	if err != nil {
		return Preview{}, err
	}
	preview := Preview{
		Encoding: file.format.Encoding, Delimiter: string(file.format.Delimiter), HeaderLine: file.line, Header: file.header,
		Sample: [][]string{}, SuggestedMapping: SuggestMapping(file.header),
	}
	holds := newContents(len(file.header))
	for {
		row, err := file.next()
		if errors.Is(err, io.EOF) {
			holds.complete(&preview.SuggestedMapping, file.header)
			return preview, nil
		}
		if err != nil {
			return Preview{}, err
		}
		preview.Rows++
		holds.see(row.cells)
		if len(preview.Sample) < previewRows {
			preview.Sample = append(preview.Sample, sampleRow(row.cells, len(file.header)))
		}
	}
}

// sampleRow is a row as the import would see it: without control characters, as wide as the header.
func sampleRow(cells []string, width int) []string {
	row := make([]string, width)
	for i := range min(width, len(cells)) {
		text := []rune(collapse(cells[i], true))
		if len(text) > previewCellRunes {
			text = append(text[:previewCellRunes-1], '…')
		}
		row[i] = string(text)
	}
	return row
}
