package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"beckon/models"
)

// GetImportErrors answers GET /campaigns/{id}/imports/{importId}/errors.csv.
func (s *server) GetImportErrors(
	ctx context.Context, request GetImportErrorsRequestObject,
) (GetImportErrorsResponseObject, error) {
	if _, err := s.store.Import(ctx, request.ID, request.ImportID); err != nil {
		return nil, fmt.Errorf("read import: %w", err)
	}
	faults, err := s.store.ImportErrors(ctx, request.ImportID, 0)
	if err != nil {
		return nil, fmt.Errorf("read errors of import: %w", err)
	}
	text, err := errorsCSV(faults)
	if err != nil {
		return nil, err
	}
	return GetImportErrors200TextCsvResponse{
		Body: bytes.NewReader(text), ContentLength: int64(len(text)),
		Headers: GetImportErrors200ResponseHeaders{ContentDisposition: `attachment; filename="errors.csv"`},
	}, nil
}

// errorsCSV writes errors as CSV (RFC 4180).
func errorsCSV(faults []models.ImportError) ([]byte, error) {
	text := bytes.Buffer{}
	writer := csv.NewWriter(&text)
	writer.UseCRLF = true
	rows := [][]string{{"line", "field", "code", "detail"}}
	for i := range faults {
		fault := &faults[i]
		rows = append(rows, []string{
			strconv.Itoa(fault.Line), harmless(fault.Field), harmless(fault.Code), harmless(fault.Detail),
		})
	}
	if err := writer.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	return text.Bytes(), nil
}

// harmless keeps a spreadsheet from taking a text for a formula: those begin with one of these characters, in either width,
// and an apostrophe before them makes them text (OWASP, CSV Injection). Names of columns come from files of others.
func harmless(text string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " "))
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + text
	}
	return text
}
