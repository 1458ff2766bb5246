package api

import (
	"context"
	"fmt"

	"beckon/models"
	"beckon/workflows"
)

// CampaignWorkflow is what a campaign's workflow says of itself.
type CampaignWorkflow struct {
	ID     string                `json:"id"`
	RunID  string                `json:"runId"`
	Intake workflows.IntakeState `json:"intake"`
	Held   int                   `json:"held"`
}

// GetProgress answers GET /campaigns/{id}/progress.
func (s *server) GetProgress(ctx context.Context, request GetProgressRequestObject) (GetProgressResponseObject, error) {
	progress, err := s.store.Progress(ctx, request.ID)
	if err != nil {
		return nil, fmt.Errorf("read progress: %w", err)
	}
	answer := GetProgress200JSONResponse{
		CampaignID: progress.CampaignID, Status: progress.Status, Total: progress.Total,
		Counts: map[models.ContactStatus]int{}, Underlying: map[models.ContactStatus]int{},
		Waiting: map[models.WaitingReason]int{}, Attempts: progress.Attempts, Unconfirmed: progress.Unconfirmed,
		InFlight: progress.InFlight, AsOf: progress.AsOf.UTC(),
	}
	for _, status := range models.ContactStatuses {
		answer.Counts[status] = progress.Counts[status]
		if status != models.ContactCampaignPaused {
			answer.Underlying[status] = progress.Underlying[status]
		}
	}
	for reason, count := range progress.Waiting {
		if count > 0 {
			answer.Waiting[reason] = count
		}
	}
	answer.Workflow, answer.Stale = s.campaignWorkflow(ctx, &progress)
	return answer, nil
}

// campaignWorkflow asks the campaign's workflow, and says whether it should have answered and did not. That of an archived
// campaign has ended.
func (s *server) campaignWorkflow(ctx context.Context, progress *models.Progress) (*CampaignWorkflow, bool) {
	if progress.Status == models.CampaignArchived {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	state, err := s.workflows.CampaignState(ctx, progress.CampaignID)
	if err != nil {
		s.log.WarnContext(ctx, "workflow does not answer",
			"workflow", workflows.CampaignID(progress.CampaignID), "error", err)
		return nil, true
	}
	return &CampaignWorkflow{
		ID: workflows.CampaignID(progress.CampaignID), RunID: state.RunID, Intake: state.Intake, Held: state.Held,
	}, false
}
