package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"beckon/intake"
	"beckon/intake/mailin"
	"beckon/models"
)

// parsePath is where Inbound Parse posts mails; a secret follows.
const parsePath = "/webhooks/sendgrid/inbound/"

// codeNoMail is the code of a set-up for mails that cannot come.
const codeNoMail = "no_inbound_domain"

// GetEmailImport answers GET /campaigns/{id}/email-import.
func (s *server) GetEmailImport(
	ctx context.Context, request GetEmailImportRequestObject,
) (GetEmailImportResponseObject, error) {
	row, err := s.store.EmailImport(ctx, request.ID)
	if err != nil {
		return nil, fmt.Errorf("read import by e-mail: %w", err)
	}
	if row == nil {
		row = &models.EmailImport{}
	}
	shown, err := s.showEmailImport(row)
	return GetEmailImport200JSONResponse(shown), err
}

// SetEmailImport answers PUT /campaigns/{id}/email-import.
func (s *server) SetEmailImport(
	ctx context.Context, request SetEmailImportRequestObject,
) (SetEmailImportResponseObject, error) {
	given, err := s.emailImport(request.Body)
	if err != nil {
		return nil, err
	}
	row, err := s.store.UpdateEmailImport(ctx, request.ID, func(row *models.EmailImport) error {
		row.Enabled, row.AuthorizedSender, row.Mapping = given.Enabled, given.AuthorizedSender, given.Mapping
		if value(request.Body.Regenerate) {
			row.Token = ""
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("set import by e-mail up: %w", err)
	}
	shown, err := s.showEmailImport(row)
	return SetEmailImport200JSONResponse(shown), err
}

// emailImport reads a set-up. Errors: CodeMalformed, CodeInvalid.
func (s *server) emailImport(body *EmailImportSettings) (*models.EmailImport, error) {
	row, faults := &models.EmailImport{Enabled: body.Enabled}, contactPatch{}
	sender := faults.normal("/authorizedSender", body.AuthorizedSender, intake.Email)
	row.AuthorizedSender = value(sender)
	if body.Mapping != nil && string(*body.Mapping) != "null" {
		mapping, err := intake.ParseMapping(*body.Mapping)
		if err != nil {
			return nil, fmt.Errorf("read mapping: %w", err)
		}
		if err := mapping.Complete(); err != nil && body.Enabled {
			refusal, _ := errors.AsType[*models.Error](err)
			faults.faults = append(faults.faults, refusal.Fields...)
		}
		text, err := json.Marshal(mapping)
		if err != nil {
			return nil, fmt.Errorf("keep mapping: %w", err)
		}
		row.Mapping = string(text)
	}
	if body.Enabled {
		faults.faults = append(faults.faults, s.missing(row, sender != nil)...)
	}
	return row, refuse(faults.faults)
}

// missing says what import by e-mail lacks to be switched on.
func (s *server) missing(row *models.EmailImport, hasSender bool) []models.FieldError {
	faults := []models.FieldError{}
	if s.inbox.Domain == "" {
		faults = append(faults, models.FieldError{
			Pointer: "/enabled", Code: codeNoMail, Detail: "no mail comes in: BECKON_EMAIL_IMPORT_DOMAIN is not set",
		})
	}
	if !hasSender {
		faults = append(faults, models.FieldError{
			Pointer: "/authorizedSender", Code: models.FieldRequired, Detail: "an address whose mails are imported",
		})
	}
	if row.Mapping == "" {
		faults = append(faults, models.FieldError{
			Pointer: intake.MappingPointer, Code: models.FieldRequired, Detail: "a mapping of the files' columns",
		})
	}
	return faults
}

// showEmailImport is a set-up as the API shows it.
func (s *server) showEmailImport(row *models.EmailImport) (EmailImport, error) {
	shown := EmailImport{Enabled: row.Enabled, AuthorizedSender: orNull(row.AuthorizedSender)}
	if row.Mapping != "" {
		mapping, err := intake.ParseMapping([]byte(row.Mapping))
		if err != nil {
			return EmailImport{}, fmt.Errorf("read stored mapping: %w", err)
		}
		shown.Mapping = &mapping
	}
	if s.inbox.Domain != "" {
		shown.InboundURL = new(s.publicURL + parsePath + s.secret.Path(models.PurposeInboundMail))
		if row.Token != "" {
			shown.Address = new(mailin.Address(row.Token, s.inbox.Domain))
		}
	}
	return shown, nil
}
