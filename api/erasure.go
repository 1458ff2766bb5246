package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"beckon/models"
	"beckon/workflows"
)

// EraseContact answers POST /campaigns/{id}/contacts/{contactId}/erase.
func (s *server) EraseContact(
	ctx context.Context, request EraseContactRequestObject,
) (EraseContactResponseObject, error) {
	if value(request.Body.Suppress) && campaignsOf(ctx) != nil {
		return nil, models.Errorf(models.CodeForbidden,
			"the key is limited to some campaigns, and what is suppressed is so for all of them")
	}
	erased, err := s.store.EraseContact(ctx, request.ID, request.ContactID, models.EraseOptions{
		Suppress: value(request.Body.Suppress),
	})
	if err != nil {
		s.tellAll(context.WithoutCancel(ctx), notices(workflows.SignalWake, erased.Wakes)) // of what was done before the error
		return nil, fmt.Errorf("erase contact: %w", err)
	}
	if err := s.store.Scrub(context.WithoutCancel(ctx)); err != nil {
		s.log.WarnContext(ctx, "what was erased is still in the database's write-ahead log", "contact", request.ContactID, "error", err)
	}
	s.tellAll(ctx, notices(workflows.SignalWake, erased.Wakes))
	return EraseContact200JSONResponse{
		ContactID: request.ContactID, ErasedAt: erased.ErasedAt.UTC(), Changed: erased.Changed, InFlight: erased.InFlight,
		SameAddress: seen(ctx, erased.Others),
	}, nil
}

// seen are the contacts that the caller may know of: a key that is limited to campaigns knows of no others.
func seen(ctx context.Context, contacts []models.ContactKey) []models.ContactKey {
	campaigns, known := campaignsOf(ctx), []models.ContactKey{}
	for _, contact := range contacts {
		if campaigns == nil || slices.Contains(campaigns, contact.CampaignID) {
			known = append(known, contact)
		}
	}
	return known
}

// ExportedImport is the import that a contact came with.
type ExportedImport struct {
	ID        string            `json:"id"`
	Source    models.SourceKind `json:"source"`
	FileName  string            `json:"fileName"`
	By        string            `json:"by"`
	CreatedAt time.Time         `json:"createdAt"`
}

// ExportContact answers GET /campaigns/{id}/contacts/{contactId}/export.
func (s *server) ExportContact(
	ctx context.Context, request ExportContactRequestObject,
) (ExportContactResponseObject, error) {
	export, err := s.store.ExportContact(ctx, request.ID, request.ContactID)
	if err != nil {
		return nil, fmt.Errorf("export contact: %w", err)
	}
	shown := ExportContact200JSONResponse{
		ExportedAt: export.At.UTC(), Campaign: CampaignName{ID: export.Contact.CampaignID, Name: export.CampaignName},
		Contact: exportedContact(&export.Contact), SameAddress: seen(ctx, export.Others),
		FormerAddresses: orEmpty(export.FormerAddresses),
		Outreaches:      make([]ExportedOutreach, 0, len(export.Outreaches)),
		Replies:         make([]ExportedReply, 0, len(export.Replies)),
		Suppressions:    make([]Suppression, 0, len(export.Suppressions)),
		AuditRecords:    make([]AuditRecord, 0, len(export.Audit)),
	}
	for i := range export.Outreaches {
		shown.Outreaches = append(shown.Outreaches, exportedOutreach(&export.Outreaches[i]))
	}
	for i := range export.Replies {
		shown.Replies = append(shown.Replies, exportedReply(&export.Replies[i]))
	}
	if campaignsOf(ctx) != nil {
		export.Suppressions = nil // they are the whole installation's
	}
	for i := range export.Suppressions {
		shown.Suppressions = append(shown.Suppressions, showSuppression(&export.Suppressions[i]))
	}
	for i := range export.Audit {
		shown.AuditRecords = append(shown.AuditRecords, showRecord(&export.Audit[i]))
	}
	if from := export.Import; from != nil {
		shown.Import = &ExportedImport{
			ID: from.ID, Source: from.Source, FileName: from.FileName, By: from.By, CreatedAt: from.CreatedAt.UTC(),
		}
	}
	return shown, nil
}

func exportedContact(c *models.Contact) ExportedContact {
	metadata := c.Properties
	if metadata == nil {
		metadata = map[string]any{}
	}
	return ExportedContact{
		ID: c.ID, FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone, Timezone: c.Timezone,
		ContactMetadata: metadata, ExternalIDKey: c.ExternalIDKey, ExternalIDValue: c.ExternalIDValue,
		Source: c.SourceKind, Status: c.Status, StatusReason: c.StatusReason, StatusNote: c.StatusNote,
		EligibilityReason: c.EligibilityReason,
		BlockedChannels:   orEmpty(c.BlockedChannels), Attempts: c.Attempts,
		AddedAt: c.AddedAt.UTC(), CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
		LastOutreachAt: utc(c.LastOutreachAt), LastReplyAt: utc(c.LastReplyAt), FinishedAt: utc(c.FinishedAt),
		RemovedAt: utc(c.RemovedAt),
	}
}

func exportedOutreach(o *models.ExportedOutreach) ExportedOutreach {
	shown := ExportedOutreach{
		ID: o.ID, Attempt: o.Attempt, Resend: o.Resend, Channel: o.Channel, State: o.State, Address: o.Address,
		ProviderID: o.ProviderID, SendAt: o.SendAt.UTC(), ClaimedAt: utc(o.ClaimedAt), AcceptedAt: utc(o.AcceptedAt),
		EndedAt: utc(o.EndedAt), Outcome: o.Outcome, Code: o.ResultCode, Detail: o.ErrorDetail,
		Opening: o.Opening, Closing: o.Closing, CreatedAt: o.CreatedAt.UTC(),
		Versions: make([]ExportedVersion, 0, len(o.Versions)), Events: make([]ExportedEvent, 0, len(o.Events)),
	}
	for i := range o.Versions {
		v := &o.Versions[i]
		shown.Versions = append(shown.Versions, ExportedVersion{
			Version: v.Version, Author: v.Author, Model: v.Model, Subject: v.Subject, Body: v.Body,
			VoicemailText: v.VoicemailText, Reason: v.Reason, CreatedAt: v.CreatedAt.UTC(),
		})
	}
	for i := range o.Events {
		e := &o.Events[i]
		shown.Events = append(shown.Events, ExportedEvent{
			Type: string(e.Type), At: e.At.UTC(), Code: e.Code, Detail: e.Detail,
		})
	}
	return shown
}

func exportedReply(r *models.Reply) ExportedReply {
	return ExportedReply{
		ID: r.ID, OutreachID: r.OutreachID, Channel: r.Channel, At: r.At.UTC(), Text: r.Text, WholeText: r.WholeText,
		Transcript: orEmpty(r.Transcript), OptOut: r.OptOut, ProviderID: r.ProviderID,
	}
}
