package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"beckon/models"
)

const (
	headerAPIKey = "X-Api-Key"
	keyPrefix    = "bk_"
	keyBytes     = 32
	apiPath      = "/api/v1"
)

// NewAPIKey makes a key of 256 random bits, and the hash by which it is stored. The key itself is stored nowhere.
func NewAPIKey() (key string, hash []byte) {
	secret := make([]byte, keyBytes)
	// It never fails: where there is no randomness the program ends.
	_, _ = rand.Read(secret)
	key = keyPrefix + base64.RawURLEncoding.EncodeToString(secret)
	return key, HashAPIKey(key)
}

// HashAPIKey is the SHA-256 by which a key is stored and found. A key has 256 random bits, so that a slow hash would
// protect nothing more; one that is given by configuration must be as good.
func HashAPIKey(key string) []byte {
	hash := sha256.Sum256([]byte(key))
	return hash[:]
}

// callerKey is the key of the caller in a context.
type callerKey struct{}

// callerOf returns the key that a request came with; nil for what is public.
func callerOf(ctx context.Context) *models.APIKey {
	key, _ := ctx.Value(callerKey{}).(*models.APIKey)
	return key
}

// callerName is the name under which what the caller does is noted.
func callerName(ctx context.Context) string {
	return models.ActorOf(ctx).Name
}

// authenticate lets through who may call the route. It comes before all that looks at the request: without a good key
// everything under /api/v1 is 401, whether it exists or not.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.routeOf(c)
		switch {
		case route != nil && route.permission == public:
			return next(c)
		case route == nil && !underAPI(c.Request().URL.Path):
			return next(c) // will not be found
		}
		ctx := c.Request().Context()
		key, err := s.authenticated(ctx, c.Request().Header.Get(headerAPIKey))
		if err != nil {
			return err
		}
		if route != nil && !allows(key.Role, route.permission) {
			return models.Errorf(models.CodeForbidden, "this needs the role %s; the key has the role %s",
				route.permission, key.Role)
		}
		ctx = models.WithActor(ctx, models.Actor{Kind: models.ActorAPIKey, ID: key.ID, Name: key.Name})
		c.SetRequest(c.Request().WithContext(context.WithValue(ctx, callerKey{}, key)))
		return next(c)
	}
}

func underAPI(path string) bool {
	return path == apiPath || strings.HasPrefix(path, apiPath+"/")
}

// authenticated finds a key that is good now. It is looked up by its hash, so that the time this takes says nothing about
// the key. Why a key is refused is not told.
func (s *server) authenticated(ctx context.Context, key string) (*models.APIKey, error) {
	if key == "" {
		return nil, models.Errorf(models.CodeUnauthorized, "the header x-api-key is missing")
	}
	refused := models.Errorf(models.CodeUnauthorized, "the key in the header x-api-key is not valid")
	hash := HashAPIKey(key)
	found, err := s.store.APIKeyByHash(ctx, hash)
	if models.ErrorCode(err) == models.CodeNotFound {
		return nil, refused
	}
	if err != nil {
		return nil, fmt.Errorf("look up key: %w", err)
	}
	now := s.now()
	switch {
	case subtle.ConstantTimeCompare(found.KeyHash, hash) != 1,
		found.RevokedAt != nil,
		found.ExpiresAt != nil && !now.Before(*found.ExpiresAt):
		return nil, refused
	}
	return found, nil
}
