package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"beckon/models"
)

// ListUsers answers GET /users.
func (s *server) ListUsers(ctx context.Context, request ListUsersRequestObject) (ListUsersResponseObject, error) {
	page := pageOf(request.Params.Page, request.Params.PerPage)
	users, total, err := s.store.Users(ctx, page)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	list := ListUsers200JSONResponse{
		Data: make([]User, 0, len(users)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range users {
		list.Data = append(list.Data, showUser(&users[i]))
	}
	return list, nil
}

// CreateUser answers POST /users. The link leaves here once, and is stored and logged nowhere.
func (s *server) CreateUser(ctx context.Context, request CreateUserRequestObject) (CreateUserResponseObject, error) {
	user := &models.User{
		Email: models.NormalEmail(request.Body.Email), Name: strings.TrimSpace(request.Body.Name), Role: request.Body.Role,
	}
	if problems := models.UserProblems(user); len(problems) > 0 {
		return nil, refuse(problems)
	}
	token, link := NewLink()
	if err := s.store.CreateUser(ctx, user, link); err != nil {
		return nil, fmt.Errorf("create user: %w", err)
	}
	return CreateUser201JSONResponse{User: showUser(user), Invitation: s.showLink(token, link)}, nil
}

// GetUser answers GET /users/{userId}.
func (s *server) GetUser(ctx context.Context, request GetUserRequestObject) (GetUserResponseObject, error) {
	user, err := s.store.User(ctx, request.UserID)
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	return GetUser200JSONResponse(showUser(user)), nil
}

// UpdateUser answers PATCH /users/{userId}.
func (s *server) UpdateUser(ctx context.Context, request UpdateUserRequestObject) (UpdateUserResponseObject, error) {
	patch := either(request.JSONBody, request.ApplicationMergePatchPlusJSONBody)
	user, err := s.store.UpdateUser(ctx, request.UserID, func(u *models.User) error { return s.patchUser(u, patch) })
	if err != nil {
		return nil, fmt.Errorf("update user: %w", err)
	}
	return UpdateUser200JSONResponse(showUser(user)), nil
}

// patchUser changes what a validated JSON Merge Patch names. Error: CodeInvalid.
func (s *server) patchUser(u *models.User, patch json.RawMessage) error {
	given := struct {
		Name     string      `json:"name"`
		Role     models.Role `json:"role"`
		Disabled bool        `json:"disabled"`
	}{u.Name, u.Role, u.DisabledAt != nil}
	if err := decode(patch, &given); err != nil {
		return err
	}
	u.Name, u.Role = strings.TrimSpace(given.Name), given.Role
	switch {
	case !given.Disabled:
		u.DisabledAt = nil
	case u.DisabledAt == nil:
		now := s.now()
		u.DisabledAt = &now
	}
	return refuse(models.UserProblems(u))
}

// DeleteUser answers DELETE /users/{userId}.
func (s *server) DeleteUser(ctx context.Context, request DeleteUserRequestObject) (DeleteUserResponseObject, error) {
	if err := s.store.DeleteUser(ctx, request.UserID); err != nil {
		return nil, fmt.Errorf("delete user: %w", err)
	}
	return DeleteUser204Response{}, nil
}

// CreateResetLink answers POST /users/{userId}/reset-link.
func (s *server) CreateResetLink(
	ctx context.Context, request CreateResetLinkRequestObject,
) (CreateResetLinkResponseObject, error) {
	token, link := NewLink()
	if err := s.store.CreateUserLink(ctx, request.UserID, link); err != nil {
		return nil, fmt.Errorf("make link: %w", err)
	}
	return CreateResetLink200JSONResponse(s.showLink(token, link)), nil
}

// showUser is what may be known of a user.
func showUser(user *models.User) User {
	return User{
		ID: user.ID, Email: user.Email, Name: user.Name, Role: user.Role, Status: user.Status(),
		CreatedAt: user.CreatedAt.UTC(), DisabledAt: utc(user.DisabledAt), LastSignInAt: utc(user.LastSignInAt),
		PasswordChangedAt: utc(user.PasswordChangedAt),
	}
}

// NewLink makes the token of a one-time link, 256 random bits, and the link as it is stored, with its hash.
func NewLink() (token string, link *models.Link) {
	token = newToken()
	return token, &models.Link{TokenHash: hashToken(token)}
}

// LinkURL is the link with the token, as it is opened in a browser: what follows # stays there, and is in no log.
func LinkURL(publicURL, token string) string { return publicURL + "/link#" + token }

func (s *server) showLink(token string, link *models.Link) OneTimeLink {
	return OneTimeLink{Link: LinkURL(s.publicURL, token), ExpiresAt: link.ExpiresAt.UTC()}
}
