package api

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	key, err := s.newKey(request.Body)
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
		ID: shown.ID, Key: text, Name: shown.Name, Role: shown.Role, CampaignIDs: shown.CampaignIDs,
		CreatedAt: shown.CreatedAt, ExpiresAt: shown.ExpiresAt, RevokedAt: shown.RevokedAt, LastUsedAt: shown.LastUsedAt,
	}, nil
}

// newKey makes a key of a validated body, without its hash. Errors: CodeMalformed, CodeInvalid, CodeUnsupported.
func (s *server) newKey(body *APIKeyRequest) (*models.APIKey, error) {
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
	problems := []models.FieldError{}
	fault := func(pointer, code, detail string) {
		problems = append(problems, models.FieldError{Pointer: pointer, Code: code, Detail: detail})
	}
	switch {
	case key.Name == "":
		fault("/name", models.FieldRequired, "a key needs a name")
	case utf8.RuneCountInString(key.Name) > models.MaxNameLength:
		fault("/name", models.FieldTooLong, fmt.Sprintf("at most %d characters", models.MaxNameLength))
	case strings.ContainsFunc(key.Name, unicode.IsControl):
		fault("/name", models.FieldControl, "a name is one line without control characters")
	}
	if key.ExpiresAt != nil && !key.ExpiresAt.After(s.now()) {
		fault("/expiresAt", models.FieldPast, "this time has passed")
	}
	// Never made for more than was asked for.
	if body.CampaignIDs != nil {
		fault("/campaignIds", models.FieldUnsupported, "this version has keys for all campaigns only")
	}
	return key, refuse(problems)
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
		ID: key.ID, Name: key.Name, Role: key.Role, CreatedAt: key.CreatedAt.UTC(),
		ExpiresAt: utc(key.ExpiresAt), RevokedAt: utc(key.RevokedAt), LastUsedAt: utc(key.LastUsedAt),
	}
}
