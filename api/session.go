package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"beckon/models"
)

// Lifetimes of sessions where none are configured.
const (
	DefaultSessionLifetime = 7 * 24 * time.Hour
	DefaultSessionIdle     = 12 * time.Hour
)

// Names of the session's cookie. Browsers take one that begins with __Host- over https only, for exactly this host.
const (
	cookieName       = "beckon_session"
	secureCookieName = "__Host-" + cookieName
)

// What a session holds, by scs's keys.
const (
	sessionUser  = "user"
	sessionEpoch = "epoch"
	sessionWith  = "with" // what it began with
)

// sessions are users' sign-ins. scs makes and renews tokens, and hashes them; when a session is over, the database says,
// by its own clock.
type sessions struct {
	manager *scs.SessionManager
	store   SessionStore
	idle    time.Duration
}

func newSessions(store SessionStore, secure bool, lifetime, idle time.Duration) *sessions {
	if lifetime <= 0 {
		lifetime = DefaultSessionLifetime
	}
	if idle <= 0 {
		idle = DefaultSessionIdle
	}
	s := &sessions{manager: scs.New(), store: store, idle: idle}
	m := s.manager
	m.Lifetime, m.HashTokenInStore, m.Codec = lifetime, true, sessionCodec{}
	m.Store = &sessionStore{sessions: s}
	m.Cookie.Name, m.Cookie.Secure = cookieName, secure
	if secure {
		m.Cookie.Name = secureCookieName
	}
	m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path, m.Cookie.Persist = true, http.SameSiteLaxMode, "/", true
	return s
}

// foundUser carries the user of a session out of scs.
type foundUser struct{ user *models.User }

// foundKey is the key under which a context carries where the user of a session is to be put.
type foundKey struct{}

// load reads the session of a request's cookie. The context is what sessions are begun and ended in; the user is nil where
// there is no session that is good now.
func (s *sessions) load(request *http.Request) (context.Context, *models.User, error) {
	token := ""
	if cookie, err := request.Cookie(s.manager.Cookie.Name); err == nil {
		token = cookie.Value
	}
	found := &foundUser{}
	ctx, err := s.manager.Load(context.WithValue(request.Context(), foundKey{}, found), token)
	if err != nil {
		return nil, nil, fmt.Errorf("load session: %w", err)
	}
	return ctx, found.user, nil
}

// begin begins a session of the user under a new token, ends the one that the context has, and returns the cookie. With is
// AuditSignIn, AuditUseLink or AuditChangePassword.
func (s *sessions) begin(ctx context.Context, user *models.User, with models.AuditAction) (cookie string, err error) {
	if err := s.manager.RenewToken(ctx); err != nil {
		return "", fmt.Errorf("renew session: %w", err)
	}
	s.manager.Put(ctx, sessionUser, user.ID)
	s.manager.Put(ctx, sessionEpoch, user.Epoch)
	s.manager.Put(ctx, sessionWith, string(with))
	token, expires, err := s.manager.Commit(ctx)
	if err != nil {
		return "", fmt.Errorf("begin session: %w", err)
	}
	return s.cookie(ctx, token, expires), nil
}

// end ends the session that the context has, at its user's wish, and returns the cookie that takes it back.
func (s *sessions) end(ctx context.Context) (cookie string, err error) {
	if err := s.store.SignOut(ctx, hashToken(s.manager.Token(ctx))); err != nil {
		return "", fmt.Errorf("end session: %w", err)
	}
	return s.cookie(ctx, "", time.Time{}), nil
}

func (s *sessions) cookie(ctx context.Context, token string, expires time.Time) string {
	header := headers{}
	s.manager.WriteSessionCookie(ctx, header, token, expires)
	return header.Header().Get("Set-Cookie")
}

// headers takes what scs would write to an answer.
type headers http.Header

func (h headers) Header() http.Header       { return http.Header(h) }
func (headers) Write(b []byte) (int, error) { return len(b), nil }
func (headers) WriteHeader(int)             {}

// sessionValues is what of a session goes through scs.
type sessionValues struct {
	User  string             `json:"user"`
	Epoch int                `json:"epoch"`
	With  models.AuditAction `json:"with,omitempty"`
}

// sessionCodec writes and reads what of a session goes through scs. Its deadline is scs's own, and nobody's here.
type sessionCodec struct{}

// Encode implements scs.Codec.
func (sessionCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	user, _ := values[sessionUser].(string)
	epoch, _ := values[sessionEpoch].(int)
	with, _ := values[sessionWith].(string)
	text, err := json.Marshal(sessionValues{User: user, Epoch: epoch, With: models.AuditAction(with)})
	if err != nil {
		return nil, fmt.Errorf("write session: %w", err)
	}
	return text, nil
}

// Decode implements scs.Codec.
func (sessionCodec) Decode(text []byte) (time.Time, map[string]any, error) {
	read := sessionValues{}
	if err := json.Unmarshal(text, &read); err != nil {
		return time.Time{}, nil, fmt.Errorf("read session: %w", err)
	}
	return time.Time{}, map[string]any{sessionUser: read.User, sessionEpoch: read.Epoch}, nil
}

// sessionStore is the database as scs sees it. Tokens come to it hashed.
type sessionStore struct{ *sessions }

// The methods without a context are never called.
var _ scs.CtxStore = (*sessionStore)(nil)

var errNoContext = errors.New("sessions need a context")

// Delete implements scs.Store.
func (*sessionStore) Delete(string) error { return errNoContext }

// Find implements scs.Store.
func (*sessionStore) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Commit implements scs.Store.
func (*sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }

// DeleteCtx implements scs.CtxStore.
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	hash, err := tokenHash(token)
	if err != nil {
		return err
	}
	return s.store.EndSession(ctx, hash)
}

// FindCtx implements scs.CtxStore.
func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	hash, err := tokenHash(token)
	if err != nil {
		return nil, false, err
	}
	session, user, err := s.store.Session(ctx, hash, s.idle)
	if models.ErrorCode(err) == models.CodeNotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	if found, ok := ctx.Value(foundKey{}).(*foundUser); ok {
		found.user = user
	}
	text, err := json.Marshal(sessionValues{User: session.UserID, Epoch: session.Epoch})
	if err != nil {
		return nil, false, fmt.Errorf("write session: %w", err)
	}
	return text, true, nil
}

// CommitCtx implements scs.CtxStore.
func (s *sessionStore) CommitCtx(ctx context.Context, token string, text []byte, _ time.Time) error {
	hash, err := tokenHash(token)
	if err != nil {
		return err
	}
	values := sessionValues{}
	if err := json.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	session := &models.Session{TokenHash: hash, UserID: values.User, Epoch: values.Epoch}
	return s.store.BeginSession(ctx, session, s.manager.Lifetime, values.With)
}

// tokenHash reads the hash that scs made of a token: SHA-256 in base64url.
func tokenHash(token string) ([]byte, error) {
	hash, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, fmt.Errorf("read hash of session: %w", err)
	}
	return hash, nil
}
