package api

import (
	"context"
	"fmt"
	"strings"

	"beckon/models"
)

// GetSession answers GET /session.
func (s *server) GetSession(ctx context.Context, _ GetSessionRequestObject) (GetSessionResponseObject, error) {
	return GetSession200JSONResponse(showCaller(callerOf(ctx))), nil
}

// SignIn answers POST /session. A try counts as a failure before it is known to be one, so that as many at once as somebody
// likes are no more than a few. Wrong addresses, wrong passwords and users who cannot sign in take the same work, and are
// answered alike.
func (s *server) SignIn(ctx context.Context, request SignInRequestObject) (SignInResponseObject, error) {
	email, address := models.NormalEmail(request.Body.Email), clientAddress(ctx)
	if err := s.store.Throttled(ctx, email, address); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	user, hash, err := s.account(ctx, email)
	if err != nil {
		return nil, err
	}
	matches, err := s.passwords.Matches(ctx, request.Body.Password, hash)
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	if !matches {
		if err := s.store.SignInFailed(ctx, user); err != nil {
			return nil, fmt.Errorf("note failed sign-in: %w", err)
		}
		return nil, models.Errorf(models.CodeUnauthorized, "the e-mail address or the password is wrong")
	}
	if err := s.store.Forgive(ctx, email, address); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	signedIn, err := s.signedIn(ctx, user, models.AuditSignIn)
	return SignIn200JSONResponse{signedIn}, err
}

// account is the user with the address, and the hash of the user's password. Who cannot sign in has no hash, and who does
// not exist is nil.
func (s *server) account(ctx context.Context, email string) (user *models.User, hash string, err error) {
	user, err = s.store.UserByEmail(ctx, email)
	switch {
	case models.ErrorCode(err) == models.CodeNotFound:
		return nil, "", nil
	case err != nil:
		return nil, "", fmt.Errorf("read user: %w", err)
	case user.Status() != models.UserActive:
		return user, "", nil
	default:
		return user, *user.PasswordHash, nil
	}
}

// signedIn begins a session of the user, and answers with it.
func (s *server) signedIn(ctx context.Context, user *models.User, with models.AuditAction) (SignedInJSONResponse, error) {
	cookie, err := s.sessions.begin(ctx, user, with)
	if err != nil {
		return SignedInJSONResponse{}, err
	}
	return SignedInJSONResponse{
		Body: showCaller(&caller{user: user}), Headers: SignedInResponseHeaders{SetCookie: cookie},
	}, nil
}

// SignOut answers DELETE /session.
func (s *server) SignOut(ctx context.Context, _ SignOutRequestObject) (SignOutResponseObject, error) {
	cookie, err := s.sessions.end(ctx)
	return SignOut204Response{Headers: SignOut204ResponseHeaders{SetCookie: cookie}}, err
}

// ChangePassword answers PUT /session/password. Who has a session of somebody else's may guess no more often than at the
// door.
func (s *server) ChangePassword(
	ctx context.Context, request ChangePasswordRequestObject,
) (ChangePasswordResponseObject, error) {
	user, address := callerOf(ctx).user, clientAddress(ctx)
	if problems := models.PasswordProblems("/newPassword", request.Body.NewPassword, user); len(problems) > 0 {
		return nil, refuse(problems)
	}
	if err := s.store.Throttled(ctx, user.Email, address); err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	matches, err := s.passwords.Matches(ctx, request.Body.OldPassword, *user.PasswordHash)
	if err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	if !matches {
		return nil, refuse([]models.FieldError{{
			Pointer: "/oldPassword", Code: fieldWrongPassword, Detail: "this is not the present password",
		}})
	}
	if err := s.store.Forgive(ctx, user.Email, address); err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	hash, err := s.passwords.Hash(ctx, request.Body.NewPassword)
	if err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	changed, err := s.store.SetPassword(ctx, user.ID, user.Epoch, hash)
	if err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	signedIn, err := s.signedIn(ctx, changed, models.AuditChangePassword)
	return ChangePassword200JSONResponse{signedIn}, err
}

// fieldWrongPassword is the code of a password that is not the present one.
const fieldWrongPassword = "wrong_password"

// link finds a one-time link by its token. Who guesses is slowed down like who guesses passwords. Errors: CodeNotFound,
// CodeTooManyRequests.
func (s *server) link(ctx context.Context, token string) (*models.Link, *models.User, error) {
	address := clientAddress(ctx)
	if err := s.store.Throttled(ctx, "", address); err != nil {
		return nil, nil, fmt.Errorf("look up link: %w", err)
	}
	link, user, err := s.store.Link(ctx, hashToken(token))
	if err != nil {
		return nil, nil, fmt.Errorf("look up link: %w", err)
	}
	if err := s.store.Forgive(ctx, "", address); err != nil {
		return nil, nil, fmt.Errorf("look up link: %w", err)
	}
	return link, user, nil
}

// CheckLink answers POST /session/link/check.
func (s *server) CheckLink(ctx context.Context, request CheckLinkRequestObject) (CheckLinkResponseObject, error) {
	link, user, err := s.link(ctx, request.Body.Token)
	if err != nil {
		return nil, err
	}
	shown := LinkShown{Kind: link.Kind, ExpiresAt: link.ExpiresAt.UTC()}
	if user != nil {
		shown.Email, shown.Name = &user.Email, &user.Name
	}
	return CheckLink200JSONResponse(shown), nil
}

// UseLink answers POST /session/link.
func (s *server) UseLink(ctx context.Context, request UseLinkRequestObject) (UseLinkResponseObject, error) {
	body := request.Body
	_, user, err := s.link(ctx, body.Token)
	if err != nil {
		return nil, err
	}
	use := models.LinkUse{Name: strings.TrimSpace(value(body.Name)), Email: models.NormalEmail(value(body.Email))}
	if problems := linkProblems(use, user, body.Password); len(problems) > 0 {
		return nil, refuse(problems)
	}
	if use.PasswordHash, err = s.passwords.Hash(ctx, body.Password); err != nil {
		return nil, fmt.Errorf("use link: %w", err)
	}
	if user, err = s.store.UseLink(ctx, hashToken(body.Token), use); err != nil {
		return nil, fmt.Errorf("use link: %w", err)
	}
	signedIn, err := s.signedIn(ctx, user, models.AuditUseLink)
	return UseLink200JSONResponse{signedIn}, err
}

// linkProblems says what is wrong with what is set by a link: of a user, or of an administrator to be made.
func linkProblems(use models.LinkUse, user *models.User, password string) []models.FieldError {
	becomes := models.User{Email: use.Email, Name: use.Name, Role: models.RoleAdministrator}
	problems := []models.FieldError{}
	if user != nil {
		becomes = *user
		if use.Name != "" {
			becomes.Name = use.Name
		}
		if use.Email != "" && use.Email != user.Email {
			problems = append(problems, models.FieldError{
				Pointer: "/email", Code: models.FieldFixed, Detail: "the link is for another address",
			})
		}
	}
	problems = append(problems, models.UserProblems(&becomes)...)
	return append(problems, models.PasswordProblems("/password", password, &becomes)...)
}
