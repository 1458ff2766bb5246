package api

import (
	"context"
	"fmt"

	"beckon/models"
)

// CampaignName is a campaign as others refer to it.
type CampaignName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ListReview answers GET /review.
func (s *server) ListReview(ctx context.Context, request ListReviewRequestObject) (ListReviewResponseObject, error) {
	page := pageOf(request.Params.Page, request.Params.PerPage)
	rows, total, err := s.store.Review(ctx, models.ReviewFilter{
		Page: page, CampaignID: request.Params.CampaignID, Channel: request.Params.Channel,
		Only: campaignsOf(ctx),
	})
	if err != nil {
		return nil, fmt.Errorf("list what awaits approval: %w", err)
	}
	list := ListReview200JSONResponse{
		Data: make([]ReviewItem, 0, len(rows)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range rows {
		row := &rows[i]
		list.Data = append(list.Data, ReviewItem{
			Campaign:     CampaignName{ID: row.CampaignID, Name: row.CampaignName},
			Contact:      showContact(&row.Contact),
			NextOutreach: plannedOutreach(&row.Outreach, &row.Plan, row.Frame),
		})
	}
	return list, nil
}
