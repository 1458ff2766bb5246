package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"beckon/models"
)

// getHealth says that the process runs.
func (s *server) getHealth(c echo.Context) error {
	return healthy(c)
}

// getReadiness says whether the database answers. Temporal is not asked: without it the API still answers, and what it
// takes is told to the workflows later.
func (s *server) getReadiness(c echo.Context) error {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		s.log.WarnContext(ctx, "database does not answer", "error", err)
		return models.Errorf(models.CodeUnavailable, "the database does not answer")
	}
	return healthy(c)
}

func healthy(c echo.Context) error {
	if err := c.JSON(http.StatusOK, map[string]string{"status": "ok"}); err != nil {
		return fmt.Errorf("write health: %w", err)
	}
	return nil
}
