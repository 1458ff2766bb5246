package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"beckon/models"
)

// headerIdempotencyKey is the header in which a client names a call, to send it again without doing it twice.
const headerIdempotencyKey = "Idempotency-Key"

// maxIdempotencyKey is the most characters that such a name may have.
const maxIdempotencyKey = 255

// takesIdempotencyKey says whether the operation describes the header. Others pass it over: they do nothing twice anyway.
func (r *route) takesIdempotencyKey() bool {
	return r.spec.Operation.Parameters.GetByInAndName(openapi3.ParameterInHeader, headerIdempotencyKey) != nil
}

// headers names what is wrong with the headers that the operation takes, in words that help; the validator takes the first
// of several values and passes over an empty one.
func (r *route) headers(header http.Header) []models.FieldError {
	given := header.Values(headerIdempotencyKey)
	if len(given) == 0 || !r.takesIdempotencyKey() || len(given) == 1 && nameable(given[0]) {
		return nil
	}
	return []models.FieldError{{
		Pointer: "/header/" + headerIdempotencyKey, Code: models.FieldFormat,
		Detail: fmt.Sprintf("it has 1 to %d printable ASCII characters, and comes once", maxIdempotencyKey),
	}}
}

// nameable says whether the text can be an Idempotency-Key.
func nameable(text string) bool {
	printable := func(b byte) bool { return b >= ' ' && b <= '~' }
	for i := range len(text) {
		if !printable(text[i]) {
			return false
		}
	}
	return text != "" && len(text) <= maxIdempotencyKey
}

// onceKey is the key under which a context carries the Idempotency-Key of its request.
type onceKey struct{}

// identify notes the Idempotency-Key of a request. It comes after validate: the header is known to be good, and a body of
// JSON is read.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		request, route := c.Request(), s.routeOf(c)
		given := request.Header.Get(headerIdempotencyKey)
		if given == "" || route == nil || !route.takesIdempotencyKey() {
			return next(c)
		}
		ctx := request.Context()
		call := models.IdempotencyKey{
			Caller: callerOf(ctx).actor().ID, Key: given, Route: request.Method + " " + request.URL.Path,
		}
		if !route.form {
			body, err := io.ReadAll(request.Body)
			if err != nil {
				return fmt.Errorf("read body: %w", err)
			}
			request.Body = io.NopCloser(bytes.NewReader(body))
			hash := sha256.Sum256(body)
			call.BodyHash = hash[:]
		}
		c.SetRequest(request.WithContext(context.WithValue(ctx, onceKey{}, call)))
		return next(c)
	}
}

// named returns the Idempotency-Key of a request; false where it came without one.
func named(ctx context.Context) (models.IdempotencyKey, bool) {
	call, ok := ctx.Value(onceKey{}).(models.IdempotencyKey)
	return call, ok
}

// once is the context for the one call of the store by which a request changes something: where the request has an
// Idempotency-Key, the store does it once and answers a repetition as it answered the first time.
func (s *server) once(ctx context.Context) context.Context {
	call, ok := named(ctx)
	if !ok {
		return ctx
	}
	return s.idempotent(ctx, call)
}

// onceForm is once for a request whose body is a form.
func (s *server) onceForm(ctx context.Context, form map[string]formField) context.Context {
	call, ok := named(ctx)
	if !ok {
		return ctx
	}
	call.BodyHash = hashForm(form)
	return s.idempotent(ctx, call)
}

// onceRefused is onceForm for the note that a form was refused: a call of its own, under a key of its own. What failed may be
// asked for again under the client's key, with another form too.
func (s *server) onceRefused(ctx context.Context, form map[string]formField) context.Context {
	call, ok := named(ctx)
	if !ok {
		return ctx
	}
	call.BodyHash = hashForm(form)
	call.Key = fmt.Sprintf("refused %s %x %s", call.Route, call.BodyHash, call.Key)
	return s.idempotent(ctx, call)
}

// hashForm is the SHA-256 of what a form holds. The boundary between its fields, and their order, are others each time that
// a client sends it. Lengths keep one field's end from being read as another's beginning.
func hashForm(form map[string]formField) []byte {
	hash := sha256.New()
	write := func(text []byte) {
		_, _ = hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text)))) // a hash never fails
		_, _ = hash.Write(text)
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		write([]byte(name))
		write([]byte(form[name].fileName))
		write(form[name].content)
	}
	return hash.Sum(nil)
}
