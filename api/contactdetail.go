package api

import (
	"context"
	"fmt"
	"net/url"

	"beckon/models"
	"beckon/workflows"
)

// WorkflowState is what a contact's workflow does.
type WorkflowState string

// States of a contact's workflow.
const (
	WorkflowRunning   WorkflowState = "running"
	WorkflowCompleted WorkflowState = "completed"
	WorkflowNone      WorkflowState = "none" // not started yet, or gone
)

// ContactSource says how a contact came.
type ContactSource struct {
	Kind     models.SourceKind `json:"kind"`
	ImportID *string           `json:"importId"`
}

// GetContact answers GET /campaigns/{id}/contacts/{contactId}.
func (s *server) GetContact(ctx context.Context, request GetContactRequestObject) (GetContactResponseObject, error) {
	detail, err := s.store.Contact(ctx, request.ID, request.ContactID)
	if err != nil {
		return nil, fmt.Errorf("read contact: %w", err)
	}
	shown := s.showDetail(detail)
	workflow, waiting := s.contactWorkflow(ctx, &detail.Contact)
	shown.Workflow = workflow
	if current(waiting, detail.Status) {
		shown.Waiting = showWaiting(waiting)
	}
	return GetContact200JSONResponse{shown}, nil
}

// current says whether what a workflow waits for agrees with what the database has by now: after a control the workflow
// has yet to look, and the database has the last word.
func current(waiting *models.Waiting, status models.ContactStatus) bool {
	return waiting != nil && waiting.Reason.StatusOf(status) == status
}

// contactDetail reads everything about a contact, from the database alone: it is the answer to a change, of which the
// workflow may not know yet.
func (s *server) contactDetail(ctx context.Context, campaignID, contactID string) (ContactShownJSONResponse, error) {
	detail, err := s.store.Contact(ctx, campaignID, contactID)
	if err != nil {
		return ContactShownJSONResponse{}, fmt.Errorf("read contact: %w", err)
	}
	return s.showDetail(detail), nil
}

// showDetail is everything about a contact as the API shows it.
func (s *server) showDetail(detail *models.ContactDetail) ContactShownJSONResponse {
	item := showContact(&detail.ContactRow)
	zone, zoneSource := contactZone(detail)
	shown := ContactShownJSONResponse{
		ID: item.ID, FirstName: item.FirstName, LastName: item.LastName, Email: item.Email, Phone: item.Phone,
		Status: item.Status, UnderlyingStatus: item.UnderlyingStatus, StatusReason: item.StatusReason,
		Attempts: item.Attempts, MaxAttempts: item.MaxAttempts, Waiting: item.Waiting,
		LastOutreachAt: item.LastOutreachAt, LastOutcome: item.LastOutcome, Unconfirmed: item.Unconfirmed,
		CreatedAt: item.CreatedAt,
		Timezone:  zone, TimezoneSource: zoneSource, ContactMetadata: detail.Properties,
		ExternalIDKey: detail.ExternalIDKey, ExternalIDValue: detail.ExternalIDValue,
		BlockedChannels: orEmpty(detail.BlockedChannels), EligibilityReason: detail.EligibilityReason,
		Source:       ContactSource{Kind: detail.SourceKind, ImportID: detail.ImportID},
		NextOutreach: showPlanned(detail), OutreachHistory: showHistory(detail.History), Responses: showReplies(detail.Replies),
	}
	if detail.StatusNote != "" {
		shown.StatusNote = &detail.StatusNote
	}
	if shown.ContactMetadata == nil {
		shown.ContactMetadata = map[string]any{}
	}
	shown.Workflow = s.storedWorkflow(&detail.Contact)
	return shown
}

// contactZone is the zone that holds for a contact, the first where its number has several, and where it comes from.
func contactZone(detail *models.ContactDetail) (string, models.ZoneSource) {
	zones, source := models.ContactZones(&detail.Contact, &models.Campaign{Timezone: detail.CampaignTimezone})
	return zones[0].String(), source
}

// storedWorkflow is a contact's workflow as far as the database knows.
func (s *server) storedWorkflow(c *models.Contact) ContactWorkflow {
	workflow := ContactWorkflow{
		ID: workflows.ContactID(c.CampaignID, c.ID), RunID: c.RunID, State: WorkflowRunning,
	}
	workflow.URL = s.workflowURL(workflow.ID, c.RunID)
	switch {
	case c.RunID == nil:
		workflow.State = WorkflowNone
	case c.Finished():
		workflow.State = WorkflowCompleted
	}
	return workflow
}

// contactWorkflow asks the workflow of an unfinished contact what it waits for. A finished one needs no workflow to say
// so, and where none answers in time the database has the last word: waiting is nil then.
func (s *server) contactWorkflow(ctx context.Context, c *models.Contact) (ContactWorkflow, *models.Waiting) {
	workflow := s.storedWorkflow(c)
	if workflow.State != WorkflowRunning {
		return workflow, nil
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	state, err := s.workflows.ContactState(ctx, c.CampaignID, c.ID)
	if err != nil {
		s.log.WarnContext(ctx, "workflow does not answer", "workflow", workflow.ID, "error", err)
		if models.ErrorCode(err) == models.CodeNotFound {
			workflow.State = WorkflowNone
		}
		return workflow, nil
	}
	workflow.Live = true
	if state.RunID != "" {
		workflow.RunID = &state.RunID
		workflow.URL = s.workflowURL(workflow.ID, workflow.RunID)
	}
	if state.Step.Do != models.DoWait { // an activity is at work, which writes down what it finds
		return workflow, nil
	}
	return workflow, state.Step.Waiting
}

// workflowURL is a workflow's page in Temporal's Web UI; nil where no UI is configured.
func (s *server) workflowURL(id string, runID *string) *string {
	if s.temporalUI == "" {
		return nil
	}
	page := s.temporalUI + "/namespaces/" + url.PathEscape(s.namespace) + "/workflows/" + url.PathEscape(id)
	if runID != nil {
		page += "/" + url.PathEscape(*runID)
	}
	return &page
}

// showPlanned is the next outreach with its text.
func showPlanned(detail *models.ContactDetail) *PlannedOutreach {
	if detail.NextOutreach == nil || detail.Next == nil {
		return nil
	}
	planned := plannedOutreach(detail.NextOutreach, detail.Next, detail.NextFrame)
	return &planned
}

func plannedOutreach(next *models.Outreach, plan *models.OutreachVersion, frame models.Frame) PlannedOutreach {
	shown := PlannedOutreach{
		ID: next.ID, Attempt: next.Attempt, Version: plan.Version, ApprovedVersion: next.ApprovedVersion,
		State: next.State, Channel: next.Channel, SendAt: next.SendAt.UTC(), Subject: plan.Subject, Body: plan.Body,
		VoicemailText: plan.VoicemailText, Reason: plan.Reason, Author: plan.Author,
		Opening: orNull(frame.Opening), Closing: orNull(frame.Closing),
	}
	if next.Channel == models.ChannelText {
		shown.Segments = new(models.Segments(frame.Around(plan.Body)))
	}
	return shown
}

// orNull is nil for a value that says nothing.
func orNull[T comparable](value T) *T {
	var nothing T
	if value == nothing {
		return nil
	}
	return &value
}

// showReplies is what the contact answered, the oldest first.
func showReplies(replies []models.Reply) []Response {
	shown := make([]Response, 0, len(replies))
	for i := range replies {
		reply := &replies[i]
		response := Response{
			ID: reply.ID, Channel: reply.Channel, At: reply.At.UTC(), Text: reply.Text, OptOut: reply.OptOut,
			OptOutReason: reply.OptOutReason,
		}
		if len(reply.Transcript) > 0 {
			response.Transcript = &reply.Transcript
		}
		shown = append(shown, response)
	}
	return shown
}

// showHistory is what was handed over to a provider.
func showHistory(history []models.PastOutreach) []PastOutreach {
	shown := make([]PastOutreach, 0, len(history))
	for i := range history {
		past := &history[i]
		events := make([]OutreachEvent, 0, len(past.Events))
		for _, event := range past.Events {
			events = append(events, OutreachEvent{Type: string(event.Type), At: event.At.UTC(), Code: event.Code})
		}
		sent := past.AcceptedAt
		if sent == nil && past.State != models.OutreachRejected && past.State != models.OutreachCancelled {
			sent = past.ClaimedAt // it may have gone out then
		}
		shown = append(shown, PastOutreach{
			ID: past.ID, Attempt: past.Attempt, Channel: past.Channel, State: past.State, Outcome: past.Outcome,
			Code: past.ResultCode, Subject: past.Plan.Subject, Body: past.Plan.Body,
			Opening: orNull(past.Opening), Closing: orNull(past.Closing), Segments: orNull(past.Segments), SentAt: utc(sent), Events: events,
		})
	}
	return shown
}
