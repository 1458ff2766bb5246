package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// answerPolicy is for answers that are no pages: whatever a browser takes one for, it loads and runs nothing of it.
const answerPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// setHeaders keeps answers, which hold personal data, out of caches, and browsers from guessing what they are, from showing
// them in frames of others, and from asking without encryption where there is some. Pages set a policy of their own.
func (s *server) setHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	const year = "max-age=31536000"
	return func(c echo.Context) error {
		header := c.Response().Header()
		if underAPI(c.Request().URL.Path) {
			header.Set(echo.HeaderCacheControl, "no-store")
		}
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		header.Set(echo.HeaderXFrameOptions, "DENY")
		header.Set(echo.HeaderContentSecurityPolicy, answerPolicy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if encrypted(s.publicURL) {
			header.Set(echo.HeaderStrictTransportSecurity, year)
		}
		return next(c)
	}
}

// encrypted says whether browsers reach the API by https.
func encrypted(publicURL string) bool { return strings.HasPrefix(publicURL, "https://") }

// newCrossOrigin refuses what browsers send from pages of other hosts. Pages of the public URL are ours, whatever host a
// proxy names. Error: a public URL that is none.
func newCrossOrigin(publicURL string) (*http.CrossOriginProtection, error) {
	protection := http.NewCrossOriginProtection()
	public, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("the public URL: %w", err)
	}
	if public.Host == "" {
		return protection, nil
	}
	if err := protection.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("the public URL: %w", err)
	}
	return protection, nil
}
