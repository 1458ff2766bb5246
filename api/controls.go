package api

import (
	"context"
	"fmt"

	"beckon/models"
)

// GoLive answers POST /campaigns/{id}/go-live.
func (s *server) GoLive(ctx context.Context, request GoLiveRequestObject) (GoLiveResponseObject, error) {
	options := models.ControlOptions{}
	if request.Body != nil && request.Body.Consent != nil {
		if problems := models.ConsentProblems(request.Body.Consent.AttestedBy); len(problems) > 0 {
			return nil, refuse(problems)
		}
		options.ConsentAttestedBy = &request.Body.Consent.AttestedBy
	}
	result, err := s.control(ctx, request.ID, models.ControlGoLive, options)
	return GoLive200JSONResponse{result}, err
}

// Pause answers POST /campaigns/{id}/pause.
func (s *server) Pause(ctx context.Context, request PauseRequestObject) (PauseResponseObject, error) {
	result, err := s.control(ctx, request.ID, models.ControlPause, models.ControlOptions{})
	return Pause200JSONResponse{result}, err
}

// Resume answers POST /campaigns/{id}/resume.
func (s *server) Resume(ctx context.Context, request ResumeRequestObject) (ResumeResponseObject, error) {
	result, err := s.control(ctx, request.ID, models.ControlResume, models.ControlOptions{})
	return Resume200JSONResponse{result}, err
}

// Archive answers POST /campaigns/{id}/archive.
func (s *server) Archive(ctx context.Context, request ArchiveRequestObject) (ArchiveResponseObject, error) {
	result, err := s.control(ctx, request.ID, models.ControlArchive, models.ControlOptions{})
	return Archive200JSONResponse{result}, err
}

// StartOutreaches answers POST /campaigns/{id}/start-outreaches.
func (s *server) StartOutreaches(
	ctx context.Context, request StartOutreachesRequestObject,
) (StartOutreachesResponseObject, error) {
	result, err := s.control(s.once(ctx), request.ID, models.ControlStartOutreaches, models.ControlOptions{})
	return StartOutreaches200JSONResponse{result}, err
}

// ExecuteApproved answers POST /campaigns/{id}/execute-approved.
func (s *server) ExecuteApproved(
	ctx context.Context, request ExecuteApprovedRequestObject,
) (ExecuteApprovedResponseObject, error) {
	result, err := s.control(ctx, request.ID, models.ControlExecuteApproved, models.ControlOptions{})
	return ExecuteApproved200JSONResponse{result}, err
}

// control carries a control out: one transaction, from which the answer is given, and then the workflow is told. A goal
// that was reached before is told again, since what was told then may have been lost.
func (s *server) control(
	ctx context.Context, id string, control models.Control, options models.ControlOptions,
) (ControlDoneJSONResponse, error) {
	result, err := s.store.Control(ctx, id, control, options)
	if err != nil {
		return ControlDoneJSONResponse{}, fmt.Errorf("%s: %w", control, err)
	}
	told := s.tellSoon(ctx, string(control), models.Wake{CampaignID: id, Revision: result.Revision})
	return ControlDoneJSONResponse{
		ID: result.CampaignID, Status: result.Status, Changed: result.Changed, InFlight: result.InFlight,
		ReleaseID: result.ReleaseID, Now: result.Now, Waiting: result.Waiting, Workflow: told,
	}, nil
}
