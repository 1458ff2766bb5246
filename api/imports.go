package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"beckon/intake"
	"beckon/models"
)

// UpdatedBy counts the updated contacts by how they were found.
type UpdatedBy struct {
	Phone int `json:"phone"`
	Email int `json:"email"`
}

// PreviewImport answers POST /campaigns/{id}/imports/preview.
func (s *server) PreviewImport(
	ctx context.Context, request PreviewImportRequestObject,
) (PreviewImportResponseObject, error) {
	if _, err := s.store.Settings(ctx, request.ID); err != nil {
		return nil, fmt.Errorf("read campaign: %w", err)
	}
	form, err := readForm(request.Body, map[string]int64{formFile: models.MaxImportBytes})
	if err != nil {
		return nil, err
	}
	preview, err := intake.ReadPreview(bytes.NewReader(form[formFile].content))
	if err != nil {
		return nil, fmt.Errorf("preview file: %w", err)
	}
	return PreviewImport200JSONResponse{
		Encoding: preview.Encoding, Delimiter: preview.Delimiter, HeaderLine: preview.HeaderLine, Header: orEmpty(preview.Header),
		Sample: orEmpty(preview.Sample), Rows: preview.Rows, SuggestedMapping: preview.SuggestedMapping,
	}, nil
}

// CreateImport answers POST /campaigns/{id}/imports. A file that is refused whole leaves an entry in the history; a form or
// mapping that cannot be read leaves nothing.
func (s *server) CreateImport(
	ctx context.Context, request CreateImportRequestObject,
) (CreateImportResponseObject, error) {
	campaign, err := s.store.Settings(ctx, request.ID)
	if err != nil {
		return nil, fmt.Errorf("read campaign: %w", err)
	}
	if err := mayAdd(ctx, campaign); err != nil {
		return nil, err
	}
	form, err := readForm(request.Body, map[string]int64{formFile: models.MaxImportBytes, formMapping: smallBody})
	if err != nil {
		return nil, err
	}
	mapping, err := intake.ParseMapping(form[formMapping].content)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	entry := &models.Import{
		CampaignID: request.ID, Source: models.SourceCSV, FileName: form[formFile].fileName, By: callerName(ctx),
	}
	rows, err := intake.NewReader(bytes.NewReader(form[formFile].content), mapping,
		intake.Options{DefaultRegion: campaign.DefaultRegion})
	if err != nil {
		return nil, s.refuseImport(s.onceRefused(ctx, form), campaign, entry, err)
	}
	result, err := s.store.ImportContacts(s.onceForm(ctx, form), entry, rows)
	switch {
	case rows.Failed() != nil:
		return nil, s.refuseImport(s.onceRefused(ctx, form), campaign, entry, rows.Failed())
	case err != nil:
		return nil, fmt.Errorf("store import: %w", err)
	}
	s.tellAdded(ctx, entry.CampaignID, &result)
	shown, err := s.showImport(ctx, entry)
	if err != nil {
		return nil, err
	}
	return CreateImport201JSONResponse{
		Headers: CreateImport201ResponseHeaders{Location: importPath(entry)}, Body: shown,
	}, nil
}

// refuseImport notes a file that was refused whole, and returns why. An archived campaign's history stays as it is.
func (s *server) refuseImport(
	ctx context.Context, campaign *models.Campaign, entry *models.Import, err error,
) error {
	refusal, ok := errors.AsType[*models.Error](err)
	if !ok {
		return fmt.Errorf("read file: %w", err)
	}
	if err := notArchived(campaign); err != nil {
		return err
	}
	entry.Status, entry.Detail = models.ImportRefused, &refusal.Detail
	if err := s.store.RefuseImport(ctx, entry); err != nil {
		return fmt.Errorf("note refused import: %w", err)
	}
	return refusal
}

// ListImports answers GET /campaigns/{id}/imports.
func (s *server) ListImports(ctx context.Context, request ListImportsRequestObject) (ListImportsResponseObject, error) {
	page := pageOf(request.Params.Page, request.Params.PerPage)
	rows, total, err := s.store.Imports(ctx, request.ID, page)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	list := ListImports200JSONResponse{
		Data: make([]Import, 0, len(rows)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range rows {
		shown, err := s.showImport(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		list.Data = append(list.Data, shown)
	}
	return list, nil
}

// GetImport answers GET /campaigns/{id}/imports/{importId}.
func (s *server) GetImport(ctx context.Context, request GetImportRequestObject) (GetImportResponseObject, error) {
	entry, err := s.store.Import(ctx, request.ID, request.ImportID)
	if err != nil {
		return nil, fmt.Errorf("read import: %w", err)
	}
	shown, err := s.showImport(ctx, entry)
	return GetImport200JSONResponse(shown), err
}

// showImport is an import as the API shows it, with its first errors.
func (s *server) showImport(ctx context.Context, entry *models.Import) (Import, error) {
	faults, err := s.store.ImportErrors(ctx, entry.ID, models.MaxShownErrors)
	if err != nil {
		return Import{}, fmt.Errorf("read errors of import: %w", err)
	}
	return Import{
		ID: entry.ID, Source: entry.Source, Status: entry.Status, FileName: entry.FileName, By: entry.By,
		CreatedAt: entry.CreatedAt.UTC(), Rows: entry.Rows, Created: entry.Created, Updated: entry.Updated,
		Skipped: entry.Skipped, UpdatedBy: UpdatedBy{Phone: entry.UpdatedByPhone, Email: entry.UpdatedByEmail},
		Errors: orEmpty(faults), ErrorsURL: s.publicURL + importPath(entry) + "/errors.csv", Detail: entry.Detail,
	}, nil
}

func importPath(entry *models.Import) string {
	return campaignPath(entry.CampaignID) + "/imports/" + entry.ID
}
