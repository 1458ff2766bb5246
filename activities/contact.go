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

// LookContact reads the contact's row, records what follows from it, and returns that.
func (a *Contacts) LookContact(ctx context.Context, ref workflows.ContactRef) (models.Step, error) {
	step, err := a.Store.Look(ctx, ref.CampaignID, ref.ContactID, ref.RunID)
	return step, failure(a.Log, err, "contact", ref.ContactID)
}
