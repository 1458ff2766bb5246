package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"time"

	"beckon/intake"
	"beckon/models"
)

// ImportSuppressions answers POST /suppressions/import. All of the file holds once it is answered; contacts that it leaves no
// way to are ended after that.
func (s *server) ImportSuppressions(
	ctx context.Context, request ImportSuppressionsRequestObject,
) (ImportSuppressionsResponseObject, error) {
	form, err := readForm(request.Body, map[string]int64{formFile: models.MaxSuppressionBytes})
	if err != nil {
		return nil, err
	}
	region := models.NewCampaign(models.CampaignOneTime).DefaultRegion
	if request.Params.DefaultRegion != nil {
		region = *request.Params.DefaultRegion
	}
	file, err := intake.ReadSuppressions(bytes.NewReader(form[formFile].content), region)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	added, err := s.store.ImportSuppressions(ctx, file.Inputs)
	s.sweepSoon(ctx) // what was suppressed before an error holds too
	if err != nil {
		return nil, fmt.Errorf("import suppressions: %w", err)
	}
	fresh := map[int]bool{} // lines of which something was added
	for i, is := range added {
		if is {
			fresh[file.Inputs[i].Line] = true
		}
	}
	return ImportSuppressions200JSONResponse{
		Rows: file.Rows, Added: len(fresh), Existing: file.Rows - file.Skipped - len(fresh), Skipped: file.Skipped,
		Errors: orEmpty(file.Errors),
	}, nil
}

// GetSuppressionsCSV answers GET /suppressions.csv, which gives addresses out: it is put on record first.
func (s *server) GetSuppressionsCSV(
	ctx context.Context, request GetSuppressionsCSVRequestObject,
) (GetSuppressionsCSVResponseObject, error) {
	filter := models.SuppressionFilter{Search: value(request.Params.Search), Channel: request.Params.Channel}
	record := models.AuditRecord{Action: models.AuditExportSuppressions}
	if filter.Channel != nil {
		record.Detail.Codes = map[string]string{"channel": string(*filter.Channel)}
	}
	if err := s.store.RecordAudit(ctx, record); err != nil {
		return nil, fmt.Errorf("put an export on record: %w", err)
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(s.writeSuppressions(ctx, writer, filter)) }()
	return GetSuppressionsCSV200TextCsvResponse{
		Body: reader, Headers: GetSuppressionsCSV200ResponseHeaders{
			ContentDisposition: `attachment; filename="suppressions.csv"`,
		},
	}, nil
}

// writeSuppressions writes the suppressions that the filter leaves as CSV (RFC 4180), as ImportSuppressions reads them. One
// whose address was erased has none. A reader that has gone ends it.
func (s *server) writeSuppressions(ctx context.Context, to io.Writer, filter models.SuppressionFilter) error {
	writer := csv.NewWriter(to)
	writer.UseCRLF = true
	err := writer.Write([]string{"address", "channel", "reason", "source", "createdAt"})
	if err == nil {
		err = s.store.EachSuppression(ctx, filter, func(rows []models.Suppression) error {
			for i := range rows {
				row := &rows[i]
				cells := []string{
					harmless(value(row.Address)), string(row.Channel), string(row.Reason), harmless(row.Source),
					row.CreatedAt.UTC().Format(time.RFC3339),
				}
				if err := writer.Write(cells); err != nil {
					return err //nolint:wrapcheck // below
				}
			}
			writer.Flush()
			return writer.Error()
		})
	}
	writer.Flush()
	if err = errors.Join(err, writer.Error()); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		s.log.WarnContext(ctx, "suppressions not written whole", "error", err)
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
