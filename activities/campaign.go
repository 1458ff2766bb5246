package activities

import (
	"context"
	"log/slog"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Campaigns serves campaigns' workflows.
type Campaigns struct {
	Store *store.Store
	Log   *slog.Logger
}

// LookCampaign reads the campaign's row and notes that its workflow has seen it.
func (a *Campaigns) LookCampaign(ctx context.Context, campaignID string) (models.CampaignView, error) {
	view, err := a.Store.LookCampaign(ctx, campaignID)
	return view, failure(a.Log, err, "campaign", campaignID)
}

// TakeContacts marks a batch of contacts as taken in and returns it; asked again with the same key, the same.
func (a *Campaigns) TakeContacts(ctx context.Context, request workflows.TakeRequest) (models.Batch, error) {
	batch, err := a.Store.TakeContacts(ctx, request.CampaignID, request.Key, request.Limit)
	return batch, failure(a.Log, err, "campaign", request.CampaignID)
}

// Control carries out a control that came as a signal, once: the same transaction as the API's.
func (a *Campaigns) Control(ctx context.Context, request workflows.ControlRequest) (models.ControlResult, error) {
	result, err := a.Store.Control(signalled(ctx), request.CampaignID, request.Control, models.ControlOptions{
		Signal: &models.SignalKey{RunID: request.RunID + "/" + string(request.Control), Number: request.Number},
	})
	return result, failure(a.Log, err, "campaign", request.CampaignID, "control", string(request.Control))
}
