package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"beckon/models"
)

// ListAPIKeys answers GET /api-keys.
func (s *server) ListAPIKeys(ctx context.Context, request ListAPIKeysRequestObject) (ListAPIKeysResponseObject, error) {
	page := pageOf(request.Params.Page, request.Params.PerPage)
	keys, total, err := s.store.APIKeys(ctx, page)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	list := ListAPIKeys200JSONResponse{
		Data: make([]APIKey, 0, len(keys)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range keys {
		list.Data = append(list.Data, showKey(&keys[i]))
	}
	return list, nil
}

// CreateAPIKey answers POST /api-keys. The key leaves here once, and is stored and logged nowhere.
func (s *server) CreateAPIKey(
	ctx context.Context, request CreateAPIKeyRequestObject,
) (CreateAPIKeyResponseObject, error) {
	key, err := s.newKey(ctx, request.Body)
	if err != nil {
		return nil, err
	}
	text, hash := NewAPIKey()
	key.KeyHash = hash
	if err := s.store.CreateAPIKey(ctx, key); err != nil {
		return nil, fmt.Errorf("store key: %w", err)
	}
	shown := showKey(key)
	return CreateAPIKey201JSONResponse{
		ID: shown.ID, Key: text, Name: shown.Name, Role: shown.Role, CampaignIDs: shown.CampaignIDs, Actions: shown.Actions,
		CreatedAt: shown.CreatedAt, ExpiresAt: shown.ExpiresAt, RevokedAt: shown.RevokedAt, LastUsedAt: shown.LastUsedAt,
	}, nil
}

// newKey makes a key of a validated body, without its hash. Errors: CodeMalformed, CodeInvalid.
func (s *server) newKey(ctx context.Context, body *APIKeyRequest) (*models.APIKey, error) {
	key := &models.APIKey{Name: strings.TrimSpace(body.Name), Role: body.Role}
	if body.ExpiresAt != nil {
		at, err := time.Parse(time.RFC3339, *body.ExpiresAt)
		if err != nil {
			return nil, &models.Error{
				Code: models.CodeMalformed, Detail: "the request does not match the API's description",
				Fields: []models.FieldError{{
					Pointer: "/expiresAt", Code: fieldWrongType, Detail: "this time does not exist",
				}},
			}
		}
		key.ExpiresAt = &at
	}
	problems := models.APIKeyNameProblems(key.Name)
	if key.ExpiresAt != nil && !key.ExpiresAt.After(s.now()) {
		problems = append(problems, models.FieldError{Pointer: "/expiresAt", Code: models.FieldPast, Detail: "this time has passed"})
	}
	limits, faults, err := s.keyLimits(ctx, body)
	if err != nil {
		return nil, err
	}
	key.Limits = limits
	return key, refuse(append(problems, faults...))
}

// keyLimits are what a key is to be limited to; nil where that is nothing. Only campaigns that there are can be named: a key
// is never made for more, or less, than was meant.
func (s *server) keyLimits(ctx context.Context, body *APIKeyRequest) (*models.KeyLimits, []models.FieldError, error) {
	if body.CampaignIDs == nil && body.Actions == nil {
		return nil, nil, nil
	}
	limits, faults := &models.KeyLimits{}, []models.FieldError{}
	fault := func(pointer, code, detail string) {
		faults = append(faults, models.FieldError{Pointer: pointer, Code: code, Detail: detail})
	}
	if body.Actions != nil {
		limits.Actions = distinctOf(*body.Actions)
		if len(limits.Actions) == 0 {
			fault("/actions", models.FieldRequired, "a key that may do nothing is of no use; null is all that its role may do")
		}
	}
	if body.CampaignIDs == nil {
		return limits, faults, nil
	}
	limits.CampaignIDs = distinctOf(*body.CampaignIDs)
	switch n := len(limits.CampaignIDs); {
	case n == 0:
		fault("/campaignIds", models.FieldRequired, "a key for no campaign is of no use; null is all campaigns")
	case n > models.MaxKeyCampaigns:
		fault("/campaignIds", models.FieldTooLong, fmt.Sprintf("at most %d campaigns", models.MaxKeyCampaigns))
		return limits, faults, nil
	}
	for i, id := range *body.CampaignIDs {
		_, err := s.store.Settings(ctx, id)
		switch {
		case models.ErrorCode(err) == models.CodeNotFound:
			fault(fmt.Sprintf("/campaignIds/%d", i), models.FieldUnknown, "there is no such campaign")
		case err != nil:
			return nil, nil, fmt.Errorf("read campaign: %w", err)
		}
	}
	return limits, faults, nil
}

// distinctOf is a list without repetitions, in order.
func distinctOf[T cmp.Ordered](list []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// RevokeAPIKey answers DELETE /api-keys/{keyId}.
func (s *server) RevokeAPIKey(
	ctx context.Context, request RevokeAPIKeyRequestObject,
) (RevokeAPIKeyResponseObject, error) {
	if err := s.store.RevokeAPIKey(ctx, request.KeyID); err != nil {
		return nil, fmt.Errorf("revoke key: %w", err)
	}
	return RevokeAPIKey204Response{}, nil
}

// showKey is what may be known of a key.
func showKey(key *models.APIKey) APIKey {
	return APIKey{
		ID: key.ID, Name: key.Name, Role: key.Role, CampaignIDs: listed(key.CampaignIDs()), Actions: listed(key.Actions()),
		CreatedAt: key.CreatedAt.UTC(),
		ExpiresAt: utc(key.ExpiresAt), RevokedAt: utc(key.RevokedAt), LastUsedAt: utc(key.LastUsedAt),
	}
}
