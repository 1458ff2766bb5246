package store

import (
	"context"

	"gorm.io/gorm"

	"beckon/models"
)

// codeDropped says that a good answer of the AI was of no use any more.
const codeDropped = "dropped"

// RecordPlannerCall records what the AI took for answers of which no plan was kept. Where it took nothing, or its provider
// did not say what, there is nothing to record.
func (s *Store) RecordPlannerCall(ctx context.Context, campaignID, contactID, code string, spent models.Plan) error {
	return spend(s.write.WithContext(ctx), &models.PlannerCall{
		CampaignID: campaignID, ContactID: contactID, Code: code, CreatedAt: s.now(),
	}, spent)
}

// spend is RecordPlannerCall in a transaction that has read the contact.
func (f *facts) spend(tx *gorm.DB, spent models.Plan, code string) error {
	return spend(tx, &models.PlannerCall{
		CampaignID: f.Campaign.ID, ContactID: f.Contact.ID, Code: code, CreatedAt: f.Now,
	}, spent)
}

func spend(db *gorm.DB, call *models.PlannerCall, spent models.Plan) error {
	if spent.PromptTokens+spent.CompletionTokens == 0 {
		return nil
	}
	call.ID, call.Model = newID(), spent.Model
	call.PromptTokens, call.CompletionTokens = spent.PromptTokens, spent.CompletionTokens
	return wrapped("store what the AI took", db.Create(call).Error)
}
