package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"beckon/models"
)

// Codes of errors that only the protocol knows.
const (
	codeMethodNotAllowed models.Code = "method_not_allowed"
	codeMediaType        models.Code = "unsupported_media_type"
)

// mediaProblem is the media type of errors (RFC 9457).
const mediaProblem = "application/problem+json"

// statuses maps the codes of errors to statuses. A code that is missing is a fault of ours: 500.
func statuses() map[models.Code]int {
	return map[models.Code]int{
		models.CodeMalformed:            http.StatusBadRequest,
		models.CodeUnauthorized:         http.StatusUnauthorized,
		models.CodeForbidden:            http.StatusForbidden,
		models.CodeBadSignature:         http.StatusForbidden,
		models.CodeCrossOrigin:          http.StatusForbidden,
		models.CodeNotFound:             http.StatusNotFound,
		codeMethodNotAllowed:            http.StatusMethodNotAllowed,
		models.CodeInvalidTransition:    http.StatusConflict,
		models.CodeWrongMode:            http.StatusConflict,
		models.CodeReviewOff:            http.StatusConflict,
		models.CodeStaleVersion:         http.StatusConflict,
		models.CodeAlreadySending:       http.StatusConflict,
		models.CodeDuplicate:            http.StatusConflict,
		models.CodeCampaignArchived:     http.StatusConflict,
		models.CodeCountChanged:         http.StatusConflict,
		models.CodeInProgress:           http.StatusConflict,
		models.CodeLastAdministrator:    http.StatusConflict,
		models.CodeTooLarge:             http.StatusRequestEntityTooLarge,
		codeMediaType:                   http.StatusUnsupportedMediaType,
		models.CodeInvalid:              http.StatusUnprocessableEntity,
		models.CodeGoLiveRefused:        http.StatusUnprocessableEntity,
		models.CodeTooManyRows:          http.StatusUnprocessableEntity,
		models.CodeIdempotencyKeyReused: http.StatusUnprocessableEntity,
		models.CodeTooManyRequests:      http.StatusTooManyRequests,
		models.CodeUnavailable:          http.StatusServiceUnavailable,
	}
}

// handleError answers an error that a handler or middleware returned. What is a fault of ours is logged whole and shown
// as internal.
func (s *server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		s.log.ErrorContext(c.Request().Context(), "answer broken off", "request", requestID(c), "error", err)
		// The connection is cut: an answer that only stopped would look whole to the client.
		panic(http.ErrAbortHandler)
	}
	known := s.known(err)
	status, ok := s.statuses[known.Code]
	if !ok {
		s.log.ErrorContext(c.Request().Context(), "request failed",
			"request", requestID(c), "route", c.Path(), "method", c.Request().Method, "error", err)
		status = http.StatusInternalServerError
		known = models.Errorf(models.CodeInternal, "something is wrong on our side; the log names it as %s", requestID(c))
	}
	switch status {
	case http.StatusUnauthorized:
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, strings.ToLower(headerAPIKey))
	case http.StatusTooManyRequests:
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(known.RetryAfter.Seconds()))))
	case http.StatusServiceUnavailable:
		const again = 5 // seconds
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(again))
	}
	s.writeProblem(c, status, known)
}

func (s *server) writeProblem(c echo.Context, status int, known *models.Error) {
	problem := Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: known.Detail, Code: string(known.Code), Errors: orEmpty(known.Fields),
	}
	text, err := json.Marshal(problem)
	if err == nil {
		err = c.Blob(status, mediaProblem, append(text, '\n'))
	}
	if err != nil {
		s.log.WarnContext(c.Request().Context(), "answer not written", "request", requestID(c), "error", err)
	}
}

// known turns an error into one with a code: our own, those of echo and of the limits on bodies, and what a caller that
// has gone or a deadline leaves behind. All others are CodeInternal.
func (s *server) known(err error) *models.Error {
	if own, ok := errors.AsType[*models.Error](err); ok {
		return own
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return bodyTooLarge(tooLarge.Limit)
	}
	if protocol, ok := errors.AsType[*echo.HTTPError](err); ok {
		return protocolError(protocol)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return models.Errorf(models.CodeUnavailable, "it took too long; try again")
	}
	return models.Errorf(models.CodeInternal, "internal error")
}

// protocolError gives what echo and the generated server refuse a code. Their words may quote the request, so they are
// replaced.
func protocolError(err *echo.HTTPError) *models.Error {
	switch err.Code {
	case http.StatusNotFound:
		return models.Errorf(models.CodeNotFound, "there is nothing at this path")
	case http.StatusMethodNotAllowed:
		return models.Errorf(codeMethodNotAllowed, "this path does not take the method")
	case http.StatusUnsupportedMediaType:
		return models.Errorf(codeMediaType, "the body's media type is not accepted")
	case http.StatusRequestEntityTooLarge:
		return models.Errorf(models.CodeTooLarge, "the request is too large")
	case http.StatusBadRequest:
		return models.Errorf(models.CodeMalformed, "the request cannot be read")
	default:
		return models.Errorf(models.CodeInternal, "internal error")
	}
}

// orEmpty makes a list that is shown as [] rather than null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
