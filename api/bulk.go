package api

import (
	"context"
	"fmt"

	"beckon/models"
	"beckon/workflows"
)

// BulkContacts answers POST /campaigns/{id}/contacts/bulk: one transaction, and then the campaign's workflow is told, which
// tells the contacts'.
func (s *server) BulkContacts(
	ctx context.Context, request BulkContactsRequestObject,
) (BulkContactsResponseObject, error) {
	wanted, err := bulkRequest(request.Body)
	if err != nil {
		return nil, err
	}
	wanted.CampaignID = request.ID
	if wanted.Filter != nil {
		wanted.Filter.CampaignID = request.ID
	}
	result, err := s.store.Bulk(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("%s contacts: %w", wanted.Action, err)
	}
	if result.Changed > 0 {
		s.tellSoon(ctx, workflows.SignalWake, models.Wake{CampaignID: request.ID, Revision: result.Revision})
	}
	return BulkContacts200JSONResponse{Changed: result.Changed, Skipped: result.Skipped}, nil
}

// bulkRequest reads which contacts are meant. Errors: CodeMalformed, CodeTooLarge.
func bulkRequest(body *BulkContactsRequest) (models.BulkRequest, error) {
	wanted := models.BulkRequest{Action: body.Action, ExpectedCount: body.ExpectedCount}
	switch {
	case (body.IDs == nil) == (body.Filter == nil):
		return wanted, &models.Error{
			Code: models.CodeMalformed, Detail: "the request does not match the API's description",
			Fields: []models.FieldError{{
				Pointer: "/ids", Code: fieldInvalid, Detail: "give either ids or a filter, and not both",
			}},
		}
	case body.Filter != nil:
		wanted.Filter = &models.ContactFilter{
			Status: body.Filter.Status, Search: value(body.Filter.Search), Channel: body.Filter.Channel,
			WaitingReason: body.Filter.WaitingReason,
		}
	case len(*body.IDs) > models.MaxBulkIDs:
		return wanted, models.Errorf(models.CodeTooLarge, "a call takes at most %d ids", models.MaxBulkIDs)
	default:
		wanted.IDs = orEmpty(*body.IDs)
	}
	return wanted, nil
}
