package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"beckon/models"
)

// codeReportFooter marks the lines that were passed over because they are a report's footer.
const codeReportFooter = "report_footer"

const (
	maxFooter   = 20 // rows that a footer may have
	footerWidth = 3  // columns that a table needs so that a row of one or two cells is seen to be none of its own
)

// next reads the next row. It returns io.EOF at the end, and leaves what was a report's footer in footer: no rows, but
// reported.
func (t *table) next() (record, error) {
	if len(t.queue) == 0 {
		if err := t.readAhead(); err != nil {
			return record{}, err
		}
	}
	first := t.queue[0]
	t.queue = t.queue[1:]
	return first, nil
}

// readAhead reads up to a row that is certainly one.
func (t *table) readAhead() error {
	t.queue = t.queue[:0]
	for {
		after := t.after
		rec, err := t.record()
		if errors.Is(err, io.EOF) {
			t.footer, t.queue = append(t.footer, t.queue...), nil
			return err
		}
		if err != nil {
			return err
		}
		apart := rec.line > after+1 || len(t.queue) > 0
		if !t.looksLikeFooter(rec.cells, apart) || len(t.queue) == maxFooter {
			t.queue = append(t.queue, rec)
			return nil
		}
		rec.cells = slices.Clone(rec.cells)
		t.queue = append(t.queue, rec)
	}
}

// looksLikeFooter says that a row has one or two cells and no address, and either stands apart from the table in one cell, or
// speaks as footers do. It is one only at the end of the file.
func (t *table) looksLikeFooter(cells []string, apart bool) bool {
	if len(t.header) < footerWidth || filled(cells) >= footerWidth || slices.ContainsFunc(cells, looksLikeContact) {
		return false
	}
	if apart && len(cells) == 1 {
		return true
	}
	text := ""
	for _, cell := range cells {
		if text = strings.ToLower(strings.TrimFunc(cell, trimmed)); text != "" {
			break
		}
	}
	for _, begin := range []string{
		"copyright", "©", "confidential", "generated ", "grand total", "total:", "totals", "total records", "total rows",
		"exported ", "report ", "record count", "end of report", "filtered by", "page ",
	} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return text == "total"
}

// footerFault says which lines were passed over; nil where there are none.
func (t *table) footerFault() []models.ImportError {
	if len(t.footer) == 0 {
		return nil
	}
	first, last := t.footer[0], t.footer[len(t.footer)-1]
	return []models.ImportError{{
		Line: first.line, Code: codeReportFooter, Detail: fmt.Sprintf(
			"lines %d to %d are taken for the footer of a report, and are no rows", first.line, last.line+last.lines-1),
	}}
}
