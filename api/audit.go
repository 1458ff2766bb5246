package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"beckon/models"
)

// RecordedActor is who did something.
type RecordedActor struct {
	Kind models.ActorKind `json:"kind"`
	ID   *string          `json:"id"`
	Name string           `json:"name"`
}

// RecordedDetail says more about what was done.
type RecordedDetail struct {
	Fields []string          `json:"fields"`
	Counts map[string]int    `json:"counts"`
	Codes  map[string]string `json:"codes"`
}

// ListAudit answers GET /audit.
func (s *server) ListAudit(ctx context.Context, request ListAuditRequestObject) (ListAuditResponseObject, error) {
	params := request.Params
	filter := auditFilter(params.CampaignID, params.ContactID, params.Actor, params.Action, params.From, params.To)
	filter.Page = pageOf(params.Page, params.PerPage)
	records, total, err := s.store.AuditRecords(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list audit records: %w", err)
	}
	list := ListAudit200JSONResponse{
		Data: make([]AuditRecord, 0, len(records)), Page: filter.Page.Number, PerPage: filter.Page.PerPage,
		Total: min(total, models.MaxAuditCount), More: total > models.MaxAuditCount,
	}
	for i := range records {
		list.Data = append(list.Data, showRecord(&records[i]))
	}
	return list, nil
}

// auditFilter reads what a list is narrowed to.
func auditFilter(
	campaignID, contactID, actor *string, action *models.AuditAction, from, to *time.Time,
) models.AuditFilter {
	filter := models.AuditFilter{
		CampaignID: campaignID, ContactID: contactID, Action: action, From: utc(from), To: utc(to),
	}
	kinds := []models.ActorKind{models.ActorUser, models.ActorAPIKey, models.ActorSignal, models.ActorSystem}
	switch {
	case actor == nil:
	case slices.Contains(kinds, models.ActorKind(*actor)):
		filter.ActorKind = new(models.ActorKind(*actor))
	default:
		filter.ActorID = actor
	}
	return filter
}

func showRecord(record *models.AuditRecord) AuditRecord {
	detail := RecordedDetail{
		Fields: orEmpty(record.Detail.Fields), Counts: record.Detail.Counts, Codes: record.Detail.Codes,
	}
	if detail.Counts == nil {
		detail.Counts = map[string]int{}
	}
	if detail.Codes == nil {
		detail.Codes = map[string]string{}
	}
	return AuditRecord{
		ID: record.ID, At: record.At.UTC(), Action: record.Action,
		Actor:      RecordedActor{Kind: record.ActorKind, ID: record.ActorID, Name: record.ActorName},
		CampaignID: record.CampaignID, ContactID: record.ContactID, OutreachID: record.OutreachID, SubjectID: record.SubjectID,
		VersionBefore: record.VersionBefore, VersionAfter: record.VersionAfter, Detail: detail,
	}
}

// GetAuditCSV answers GET /audit.csv. The log may be large: it is written as it is read.
func (s *server) GetAuditCSV(ctx context.Context, request GetAuditCSVRequestObject) (GetAuditCSVResponseObject, error) {
	params := request.Params
	filter := auditFilter(params.CampaignID, params.ContactID, params.Actor, params.Action, params.From, params.To)
	if err := s.store.RecordAudit(ctx, models.AuditRecord{
		Action: models.AuditExportAudit, CampaignID: onlyID(params.CampaignID), ContactID: onlyID(params.ContactID),
	}); err != nil {
		return nil, fmt.Errorf("put an export on record: %w", err)
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(s.writeAudit(ctx, writer, filter)) }()
	return GetAuditCSV200TextCsvResponse{
		Body: reader, Headers: GetAuditCSV200ResponseHeaders{ContentDisposition: `attachment; filename="audit.csv"`},
	}, nil
}

// onlyID is the text where it is an id; a filter may be anything.
func onlyID(id *string) *string {
	if id == nil || !isID(*id) {
		return nil
	}
	return id
}

// writeAudit writes the records that the filter leaves as CSV (RFC 4180). A reader that has gone ends it.
func (s *server) writeAudit(ctx context.Context, to io.Writer, filter models.AuditFilter) error {
	writer := csv.NewWriter(to)
	writer.UseCRLF = true
	err := writer.Write([]string{
		"id", "at", "action", "actorKind", "actorId", "actorName", "campaignId", "contactId", "outreachId", "subjectId",
		"versionBefore", "versionAfter", "detail",
	})
	if err == nil {
		err = s.store.EachAuditRecord(ctx, filter, func(records []models.AuditRecord) error {
			for i := range records {
				row, err := auditRow(&records[i])
				if err != nil {
					return err
				}
				if err := writer.Write(row); err != nil {
					return err //nolint:wrapcheck // below
				}
			}
			writer.Flush()
			return writer.Error()
		})
	}
	writer.Flush()
	if err = errors.Join(err, writer.Error()); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		s.log.WarnContext(ctx, "audit log not written whole", "error", err)
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func auditRow(record *models.AuditRecord) ([]string, error) {
	detail, err := json.Marshal(record.Detail)
	if err != nil {
		return nil, fmt.Errorf("write detail: %w", err)
	}
	row := []string{
		record.ID, record.At.UTC().Format(time.RFC3339Nano), string(record.Action), string(record.ActorKind),
		value(record.ActorID), record.ActorName, value(record.CampaignID), value(record.ContactID), value(record.OutreachID),
		value(record.SubjectID), number(record.VersionBefore), number(record.VersionAfter), string(detail),
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row, nil
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
