package api

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"beckon/models"
	"beckon/workflows"
)

// unsubscribePage is what the page shows.
type unsubscribePage struct {
	Known    bool // the link is one of ours
	Done     bool // nothing is sent any more
	Business string
	Address  string // masked; empty where it was erased
}

// showUnsubscribe asks whether somebody wants no more e-mails. It changes nothing: programs that look for harm follow every
// link of a mail (RFC 8058, 1).
func (s *server) showUnsubscribe(c echo.Context) error {
	id, ok := s.secret.Open(models.PurposeUnsubscribe, c.Param("token"))
	if !ok {
		return s.writeUnsubscribe(c, http.StatusNotFound, unsubscribePage{})
	}
	shown, status, err := s.unsubscribePage(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.writeUnsubscribe(c, status, shown)
}

// takeUnsubscribe unsubscribes at once, whatever the body says: List-Unsubscribe=One-Click from a mail program, or the page's
// button. It wants no cookie and leads nowhere else (RFC 8058, 3.2).
func (s *server) takeUnsubscribe(c echo.Context) error {
	id, ok := s.secret.Open(models.PurposeUnsubscribe, c.Param("token"))
	if !ok {
		return s.writeUnsubscribe(c, http.StatusNotFound, unsubscribePage{})
	}
	ctx := c.Request().Context()
	if err := s.unsubscribe(ctx, id); err != nil && models.ErrorCode(err) != models.CodeNotFound {
		return err
	}
	shown, status, err := s.unsubscribePage(ctx, id)
	if err != nil {
		return err
	}
	shown.Done = shown.Known
	return s.writeUnsubscribe(c, status, shown)
}

// unsubscribe opts a contact out, and has its workflow, and those of others with the same address, told; that goes on after
// the answer where Temporal is slow or away.
func (s *server) unsubscribe(ctx context.Context, outreachID string) error {
	wakes, err := s.store.Unsubscribe(ctx, outreachID)
	if err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	s.soon(func() Telling {
		s.tellAll(ctx, notices(workflows.SignalDelivery, wakes))
		return Told
	})
	s.sweepSoon(ctx)
	return nil
}

// unsubscribePage is what is known of a link, and the status of its answer.
func (s *server) unsubscribePage(ctx context.Context, outreachID string) (unsubscribePage, int, error) {
	known, err := s.store.Subscription(ctx, outreachID)
	if models.ErrorCode(err) == models.CodeNotFound {
		return unsubscribePage{}, http.StatusNotFound, nil
	}
	if err != nil {
		return unsubscribePage{}, 0, fmt.Errorf("read subscription: %w", err)
	}
	return unsubscribePage{
		Known: true, Done: known.Ended, Business: known.BusinessName, Address: masked(known.Address),
	}, http.StatusOK, nil
}

func (s *server) writeUnsubscribe(c echo.Context, status int, shown unsubscribePage) error {
	text := bytes.Buffer{}
	if err := s.unsubscribing.Execute(&text, shown); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	header := c.Response().Header()
	// It has a form that posts to itself.
	header.Set(echo.HeaderContentSecurityPolicy, strings.Replace(pagePolicy, "form-action 'none'", "form-action 'self'", 1))
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
	header.Set(echo.HeaderReferrerPolicy, "no-referrer")
	header.Set(echo.HeaderCacheControl, "no-store")
	header.Set("X-Robots-Tag", "noindex")
	if err := c.HTMLBlob(status, text.Bytes()); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// readUnsubscribePage reads the page's template.
func readUnsubscribePage() (*template.Template, error) {
	parsed, err := template.ParseFS(pageFiles, "page/unsubscribe.html")
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	return parsed, nil
}

// masked shows of an address what its owner recognises: j***@example.com. A link may be passed on.
func masked(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(local)
	return string(first) + "***@" + domain
}
