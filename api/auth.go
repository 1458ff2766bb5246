package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"beckon/models"
)

const (
	headerAPIKey = "X-Api-Key"
	keyPrefix    = "bk_"
	secretBytes  = 32
	apiPath      = "/api/v1"
)

// NewAPIKey makes a key of 256 random bits, and the hash by which it is stored. The key itself is stored nowhere.
func NewAPIKey() (key string, hash []byte) {
	key = keyPrefix + newToken()
	return key, HashAPIKey(key)
}

// newToken makes a text of 256 random bits that may stand in a URL.
func newToken() string {
	secret := make([]byte, secretBytes)
	// It never fails: where there is no randomness the program ends.
	_, _ = rand.Read(secret)
	return base64.RawURLEncoding.EncodeToString(secret)
}

// HashAPIKey is the SHA-256 by which a key is stored and found. A key has 256 random bits, so that a slow hash would
// protect nothing more; one that is given by configuration must be as good.
func HashAPIKey(key string) []byte { return hashToken(key) }

// hashToken is the SHA-256 by which what opens something is stored and found, so that the time which a look-up takes says
// nothing about it, and whoever reads the database can open nothing.
func hashToken(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

// authenticate lets through who may call the route. It comes before all that looks at the request: without a good key or
// session everything under /api/v1 is 401, whether it exists or not.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.routeOf(c)
		switch {
		case route == nil && !underAPI(c.Request().URL.Path):
			return next(c) // a page, or nothing
		case route != nil && route.permission == public && !route.session:
			return next(c)
		}
		ctx, user, err := s.sessions.load(c.Request())
		if err != nil {
			return err
		}
		c.SetRequest(c.Request().WithContext(ctx))
		if route != nil && route.permission == public {
			if err := s.sameOrigin(c.Request()); err != nil {
				return err
			}
			return next(c)
		}
		who, err := s.identified(c.Request(), user, route != nil && route.recorded)
		if err != nil {
			return s.countRefused(c, err)
		}
		if route != nil {
			if err := route.refuse(who, c.Param("id")); err != nil {
				return err
			}
		}
		c.SetRequest(c.Request().WithContext(withCaller(ctx, who)))
		return next(c)
	}
}

func underAPI(path string) bool {
	return path == apiPath || strings.HasPrefix(path, apiPath+"/")
}

// identified says who a request comes from: its key or, where it has none, the user of its session, whose browser must be
// on a page of this host where the request changes something, or is put on record though it only reads.
// Errors: CodeUnauthorized, CodeCrossOrigin, codeMediaType.
func (s *server) identified(request *http.Request, user *models.User, recorded bool) (*caller, error) {
	if key := request.Header.Get(headerAPIKey); key != "" || user == nil {
		found, err := s.authenticated(request.Context(), key)
		if err != nil {
			return nil, err
		}
		return &caller{key: found}, nil
	}
	if recorded {
		asked := *request
		asked.Method = http.MethodPost // as of what changes something
		if err := s.fromHere(&asked); err != nil {
			return nil, err
		}
	}
	if err := s.sameOrigin(request); err != nil {
		return nil, err
	}
	return &caller{user: user}, nil
}

// fromHere refuses what a browser sends from a page of another host. Methods that are safe are not looked at.
func (s *server) fromHere(request *http.Request) error {
	if err := s.crossOrigin.Check(request); err != nil {
		return models.Errorf(models.CodeCrossOrigin, "a browser sent this from a page of another host")
	}
	return nil
}

// sameOrigin refuses what a browser sends from a page of another host and that changes something: it carries the user's
// cookie, but not the user's will. A form may be sent from anywhere, JSON may not, so a body has one of its route's types,
// and a POST without a body must name one too.
func (s *server) sameOrigin(request *http.Request) error {
	if err := s.fromHere(request); err != nil {
		return err
	}
	kind := request.Header.Get(echo.HeaderContentType)
	if request.Method == http.MethodPost && !strings.HasPrefix(kind, echo.MIMEApplicationJSON) &&
		!strings.HasPrefix(kind, echo.MIMEMultipartForm) {
		return models.Errorf(codeMediaType, "the Content-Type must be %s", echo.MIMEApplicationJSON)
	}
	return nil
}

// authenticated finds a key that is good now. It is looked up by its hash, so that the time this takes says nothing about
// the key. Why a key is refused is not told.
func (s *server) authenticated(ctx context.Context, key string) (*models.APIKey, error) {
	if key == "" {
		return nil, models.Errorf(models.CodeUnauthorized, "sign in, or send a key in the header x-api-key")
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
