package api

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"beckon/models"
	"beckon/workflows"
)

// ChangedContact is a contact after a control, and whether that changed anything.
type ChangedContact struct {
	ContactDetail

	Changed bool `json:"changed"`
}

// ApproveContact answers POST /campaigns/{id}/contacts/{contactId}/approve.
func (s *server) ApproveContact(
	ctx context.Context, request ApproveContactRequestObject,
) (ApproveContactResponseObject, error) {
	shown, err := s.contactControl(ctx, request.ID, request.ContactID, models.ContactApprove,
		models.ContactControlOptions{Version: request.Body.Version})
	return ApproveContact200JSONResponse{shown}, err
}

// DisableContact answers POST /campaigns/{id}/contacts/{contactId}/disable.
func (s *server) DisableContact(
	ctx context.Context, request DisableContactRequestObject,
) (DisableContactResponseObject, error) {
	shown, err := s.contactControlWithReason(ctx, request.ID, request.ContactID, models.ContactDisable, request.Body)
	return DisableContact200JSONResponse{shown}, err
}

// EnableContact answers POST /campaigns/{id}/contacts/{contactId}/enable.
func (s *server) EnableContact(
	ctx context.Context, request EnableContactRequestObject,
) (EnableContactResponseObject, error) {
	shown, err := s.contactControlWithReason(ctx, request.ID, request.ContactID, models.ContactEnable, request.Body)
	return EnableContact200JSONResponse{shown}, err
}

// CompleteContact answers POST /campaigns/{id}/contacts/{contactId}/complete.
func (s *server) CompleteContact(
	ctx context.Context, request CompleteContactRequestObject,
) (CompleteContactResponseObject, error) {
	shown, err := s.contactControlWithReason(ctx, request.ID, request.ContactID, models.ContactComplete, request.Body)
	return CompleteContact200JSONResponse{shown}, err
}

// DisqualifyContact answers POST /campaigns/{id}/contacts/{contactId}/disqualify.
func (s *server) DisqualifyContact(
	ctx context.Context, request DisqualifyContactRequestObject,
) (DisqualifyContactResponseObject, error) {
	shown, err := s.contactControlWithReason(ctx, request.ID, request.ContactID, models.ContactDisqualify, request.Body)
	return DisqualifyContact200JSONResponse{shown}, err
}

// contactControlWithReason is contactControl for a body that may say why. Error: CodeInvalid.
func (s *server) contactControlWithReason(
	ctx context.Context, campaignID, contactID string, control models.ContactControl, body *Reason,
) (ContactControlledJSONResponse, error) {
	options := models.ContactControlOptions{}
	if body != nil {
		options.Note = strings.TrimSpace(value(body.Reason))
	}
	if err := refuse(noteProblems(options.Note)); err != nil {
		return ContactControlledJSONResponse{}, err
	}
	return s.contactControl(ctx, campaignID, contactID, control, options)
}

// noteProblems says what is wrong with an operator's reason.
func noteProblems(note string) []models.FieldError {
	problems := []models.FieldError{}
	if utf8.RuneCountInString(note) > models.MaxNoteLength {
		problems = append(problems, models.FieldError{
			Pointer: "/reason", Code: models.FieldTooLong,
			Detail: fmt.Sprintf("at most %d characters", models.MaxNoteLength),
		})
	}
	if strings.ContainsFunc(note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		problems = append(problems, models.FieldError{
			Pointer: "/reason", Code: models.FieldControl, Detail: "control characters are not allowed",
		})
	}
	return problems
}

// contactControl carries a control of a contact out: one transaction, and then its workflow is told. A goal that was
// reached before is told again, since what was told then may have been lost.
func (s *server) contactControl(
	ctx context.Context, campaignID, contactID string, control models.ContactControl,
	options models.ContactControlOptions,
) (ContactControlledJSONResponse, error) {
	changed, wake, err := s.store.ContactControl(ctx, campaignID, contactID, control, options)
	if err != nil {
		return ContactControlledJSONResponse{}, fmt.Errorf("%s contact: %w", control, err)
	}
	s.tellContact(ctx, controlSignal(control), wake)
	shown, err := s.contactDetail(ctx, campaignID, contactID)
	if err != nil {
		return ContactControlledJSONResponse{}, err
	}
	return ContactControlledJSONResponse{ContactDetail: ContactDetail(shown), Changed: changed}, nil
}

// controlSignal is the signal that tells a contact's workflow of a control. An approval is a change of what it waits with:
// the signal approve itself, without a revision, carries a version.
func controlSignal(control models.ContactControl) string {
	if control == models.ContactApprove {
		return workflows.SignalRevise
	}
	return string(control)
}

// EditNextOutreach answers PUT /campaigns/{id}/contacts/{contactId}/next-outreach.
func (s *server) EditNextOutreach(
	ctx context.Context, request EditNextOutreachRequestObject,
) (EditNextOutreachResponseObject, error) {
	body := request.Body
	wake, err := s.store.EditOutreach(ctx, request.ID, request.ContactID, models.OutreachEdit{
		Version: body.Version, Channel: body.Channel, SendAt: utc(body.SendAt), Subject: body.Subject, Body: body.Body,
		VoicemailText: body.VoicemailText,
	})
	if err != nil {
		return nil, fmt.Errorf("edit outreach: %w", err)
	}
	s.tellContact(ctx, workflows.SignalRevise, wake)
	shown, err := s.contactDetail(ctx, request.ID, request.ContactID)
	return EditNextOutreach200JSONResponse{shown}, err
}

// ResendOutreach answers POST /campaigns/{id}/contacts/{contactId}/outreaches/{outreachId}/resend.
func (s *server) ResendOutreach(
	ctx context.Context, request ResendOutreachRequestObject,
) (ResendOutreachResponseObject, error) {
	resend, err := s.store.Resend(s.once(ctx), request.ID, request.ContactID, request.OutreachID)
	if err != nil {
		return nil, fmt.Errorf("resend outreach: %w", err)
	}
	s.startResend(ctx, request.ID, request.ContactID, resend)
	shown, err := s.contactDetail(ctx, request.ID, request.ContactID)
	return ResendOutreach200JSONResponse{shown}, err
}

// startResend starts what sends a resend. Where that fails reconcile does it.
func (s *server) startResend(ctx context.Context, campaignID, contactID, outreachID string) {
	s.soon(func() Telling {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
		defer cancel()
		if err := s.workflows.StartResend(ctx, campaignID, contactID, outreachID); err != nil {
			s.log.WarnContext(ctx, "resend not started", "outreach", outreachID, "error", err)
			return Pending
		}
		return Told
	})
}
