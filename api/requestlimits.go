package api

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
)

// requestTimeout is how long a request may take, from its first byte to its answer. An import of 10,000 rows takes
// seconds; a slow line may need longer for its file.
const requestTimeout = 90 * time.Second

// limitTime gives each request a deadline, so that none waits for the database for ever.
func limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), requestTimeout)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// setHeaders keeps answers, which hold personal data, out of caches, and browsers from guessing what they are.
func setHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if underAPI(c.Request().URL.Path) {
			header := c.Response().Header()
			header.Set(echo.HeaderCacheControl, "no-store")
			header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		}
		return next(c)
	}
}
