package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"beckon/models"
)

// requestID is the id under which the log names a request, and that its answer carries. It is ours: what a client sends
// might hold anything.
func requestID(c echo.Context) string {
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

// logRequest logs each request by the template of its route: paths, queries and bodies may hold personal data.
func (s *server) logRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.now()
		c.Response().Header().Set(echo.HeaderXRequestID, uuid.Must(uuid.NewV7()).String())
		if err := next(c); err != nil {
			c.Error(err)
		}
		level := slog.LevelInfo
		if c.Response().Status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		attributes := []slog.Attr{
			slog.String("request", requestID(c)),
			slog.String("method", c.Request().Method),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size),
			slog.Duration("duration", s.now().Sub(started)),
		}
		if caller := callerOf(c.Request().Context()); caller != nil {
			actor := caller.actor()
			attributes = append(attributes, slog.String(callerNoun(actor.Kind), actor.ID))
		}
		s.log.LogAttrs(c.Request().Context(), level, "request", attributes...)
		return nil
	}
}

// callerNoun is what the log calls a caller.
func callerNoun(kind models.ActorKind) string {
	if kind == models.ActorUser {
		return "user"
	}
	return "key"
}

// recoverPanic makes a panic an internal error, so that one request cannot end the process.
func (s *server) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler { //nolint:errorlint,err113 // net/http compares it so
				panic(cause)
			}
			s.log.ErrorContext(c.Request().Context(), "panic",
				"request", requestID(c), "route", c.Path(), "cause", cause, "stack", string(debug.Stack()))
			err = models.Errorf(models.CodeInternal, "panic")
		}()
		return next(c)
	}
}
