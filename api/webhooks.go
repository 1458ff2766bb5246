package api

import (
	"fmt"
	"io"

	"github.com/labstack/echo/v4"

	"beckon/models"
)

// Headers that SendGrid signs its events with.
const (
	headerSignature = "X-Twilio-Email-Event-Webhook-Signature"
	headerTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// receiveSendGridEvents takes SendGrid's Event Webhook. The signature is over the bytes of the body, so it comes before
// anything is made of them. It answers once the events are stored; SendGrid sends what is answered otherwise again.
func (s *server) receiveSendGridEvents(c echo.Context) error {
	ctx := c.Request().Context()
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return fmt.Errorf("read webhook: %w", err)
	}
	if s.sendGridVerifier == nil {
		return models.Errorf(models.CodeBadSignature, "no key is configured to verify the signature with")
	}
	header := c.Request().Header
	if err := s.sendGridVerifier.Verify(header.Get(headerSignature), header.Get(headerTimestamp), body, s.now()); err != nil {
		return fmt.Errorf("verify webhook: %w", err)
	}
	events, err := s.parseSendGrid(body)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	if err := s.recordEvents(ctx, events); err != nil {
		return err
	}
	return noContent(c)
}
