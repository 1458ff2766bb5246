package activities

import (
	"context"
	"log/slog"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Contacts serves contacts' workflows.
type Contacts struct {
	Store *store.Store
	Log   *slog.Logger
}

// ControlContact carries out a control of a contact that came as a signal, once: the same transaction as the API's.
func (a *Contacts) ControlContact(ctx context.Context, request workflows.ContactControlRequest) (bool, error) {
	changed, _, err := a.Store.ContactControl(signalled(ctx), request.CampaignID, request.ContactID, request.Control,
		models.ContactControlOptions{
			Version: request.Version,
			Signal:  &models.SignalKey{RunID: request.RunID + "/" + string(request.Control), Number: request.Number},
		})
	return changed, failure(a.Log, err, "contact", request.ContactID, "control", string(request.Control))
}

// LookResend reads the row of a resend, records what follows from it, and returns that.
func (a *Contacts) LookResend(ctx context.Context, ref models.ResendRef) (models.Step, error) {
	step, err := a.Store.LookResend(ctx, ref.CampaignID, ref.ContactID, ref.OutreachID)
	return step, failure(a.Log, err, "outreach", ref.OutreachID)
}

// LookContact reads the contact's row, records what follows from it, and returns that.
func (a *Contacts) LookContact(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
	step, err := a.Store.Look(ctx, ref.CampaignID, ref.ContactID, ref.RunID)
	return step, failure(a.Log, err, "contact", ref.ContactID)
}
