package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"beckon/models"
	"beckon/workflows"
)

// ListCampaigns answers GET /campaigns.
func (s *server) ListCampaigns(
	ctx context.Context, request ListCampaignsRequestObject,
) (ListCampaignsResponseObject, error) {
	params := request.Params
	page := pageOf(params.Page, params.PerPage)
	filter := models.CampaignFilter{
		Page: page, Archived: value(params.Tab) == "archived", Search: value(params.Search),
		Channel: params.Channel, Status: params.Status,
		CreatedFrom: utc(params.CreatedFrom), CreatedTo: utc(params.CreatedTo), Only: campaignsOf(ctx),
	}
	rows, total, err := s.store.Campaigns(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	list := ListCampaigns200JSONResponse{
		Data: make([]Campaign, 0, len(rows)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range rows {
		list.Data = append(list.Data, s.showCampaign(&rows[i]))
	}
	return list, nil
}

// CreateCampaign answers POST /campaigns.
func (s *server) CreateCampaign(
	ctx context.Context, request CreateCampaignRequestObject,
) (CreateCampaignResponseObject, error) {
	defaults, err := s.store.Installation(ctx)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	campaign, err := newCampaign(*request.Body, defaults)
	if err != nil {
		return nil, err
	}
	if err := s.store.CreateCampaign(s.once(ctx), campaign); err != nil {
		return nil, fmt.Errorf("create campaign: %w", err)
	}
	row := &models.CampaignRow{Campaign: *campaign}
	if _, repeatable := named(ctx); repeatable { // the campaign may be one that was made before
		if row, err = s.store.Campaign(ctx, campaign.ID); err != nil {
			return nil, fmt.Errorf("read campaign: %w", err)
		}
	}
	if row.Status != models.CampaignArchived {
		s.startCampaign(ctx, row.ID)
	}
	return CreateCampaign201JSONResponse{
		Headers: CreateCampaign201ResponseHeaders{Location: campaignPath(row.ID)}, Body: s.showCampaign(row),
	}, nil
}

// startCampaign starts a new campaign's workflow. Where that fails reconcile does it.
func (s *server) startCampaign(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	if err := s.workflows.StartCampaign(ctx, id); err != nil {
		s.log.WarnContext(ctx, "workflow not started", "workflow", workflows.CampaignID(id), "error", err)
	}
}

// GetCampaign answers GET /campaigns/{id}.
func (s *server) GetCampaign(ctx context.Context, request GetCampaignRequestObject) (GetCampaignResponseObject, error) {
	row, err := s.store.Campaign(ctx, request.ID)
	if err != nil {
		return nil, fmt.Errorf("read campaign: %w", err)
	}
	return GetCampaign200JSONResponse(s.showCampaign(row)), nil
}

// UpdateCampaign answers PATCH /campaigns/{id}.
func (s *server) UpdateCampaign(
	ctx context.Context, request UpdateCampaignRequestObject,
) (UpdateCampaignResponseObject, error) {
	patch := either(request.JSONBody, request.ApplicationMergePatchPlusJSONBody)
	row, wake, err := s.store.UpdateCampaign(ctx, request.ID, func(c *models.Campaign) error {
		return patchCampaign(c, patch)
	})
	if err != nil {
		return nil, fmt.Errorf("update campaign: %w", err)
	}
	s.wake(ctx, wake)
	return UpdateCampaign200JSONResponse(s.showCampaign(row)), nil
}

// either is the body that came: a patch may come under either of two media types.
func either(plain, patch *json.RawMessage) json.RawMessage {
	if plain != nil {
		return *plain
	}
	return value(patch)
}

// showCampaign is a campaign as the API shows it.
func (s *server) showCampaign(row *models.CampaignRow) Campaign {
	c := &row.Campaign
	problems := []models.FieldError{}
	if c.Status == models.CampaignDraft {
		problems = append(models.GoLiveProblems(c, c.ConsentBasis != nil), models.DateProblems(c, s.now())...)
	}
	return Campaign{
		ID: c.ID, Name: c.Name, Type: c.Type, Status: c.Status, Channels: orEmpty(c.Channels),
		Objective: c.Objective, Instructions: c.Instructions,
		Timezone: c.Timezone, DefaultRegion: c.DefaultRegion, StartDate: c.StartDate, EndDate: c.EndDate,
		ExecutionMode: c.ExecutionMode, ScheduledAt: utc(c.ScheduledAt), ManualReview: c.ManualReview,
		MaxAttempts: c.MaxAttempts, MinHoursBetweenAttempts: c.MinHoursBetweenAttempts,
		QuietHours: c.QuietHours, Windows: c.Windows.All(), Inbound: c.Inbound, FrequencyCap: c.FrequencyCap,
		Eligibility: models.Eligibility{Rules: orEmpty(c.Eligibility.Rules), Prompt: c.Eligibility.Prompt},
		Guardrails:  c.Guardrails,
		Sender:      c.Sender, ConsentBasis: c.ConsentBasis, PauseReason: c.PauseReason,
		ContactCount: row.ContactCount, ContactsURL: s.publicURL + campaignPath(c.ID) + "/contacts",
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(), LiveAt: utc(c.LiveAt), ArchivedAt: utc(c.ArchivedAt),
		GoLiveProblems: orEmpty(problems),
	}
}

func campaignPath(id string) string { return apiPath + "/campaigns/" + id }

// pageOf is the page that is asked for; the validator has set what was not given, and kept both within their limits.
func pageOf(number, perPage *int) models.Page {
	page := models.Page{Number: 1, PerPage: models.DefaultPerPage}
	if number != nil {
		page.Number = *number
	}
	if perPage != nil {
		page.PerPage = *perPage
	}
	return page
}

// value is what a pointer points to, or the zero value.
func value[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

// utc is the instant in UTC; nil where there is none.
func utc(instant *time.Time) *time.Time {
	if instant == nil {
		return nil
	}
	at := instant.UTC()
	return &at
}
