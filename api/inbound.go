package api

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/labstack/echo/v4"

	"beckon/mail"
	"beckon/models"
)

// mailsAtOnce bounds the memory that mails take: each is held whole while it is read.
const mailsAtOnce = 4

// MailParser reads a post of SendGrid's Inbound Parse, a form of the content type. Errors: CodeMalformed, CodeTooLarge.
type MailParser func(contentType string, body io.Reader) (*mail.Mail, error)

// MailIntake takes mails that are no answers. What it does not want is forgotten.
type MailIntake interface {
	// Import takes a mail to a campaign's import address; false where it is to none.
	Import(ctx context.Context, m *mail.Mail) (taken bool, err error)
}

// inboundRoute is where SendGrid posts mails.
const inboundRoute = "/webhooks/sendgrid/inbound/"

// InboundMailPath is the path to which SendGrid's Inbound Parse is to post. It is a secret: whoever knows it can post mails.
func InboundMailPath(secret *models.Secret) string {
	return inboundRoute + secret.Path(models.PurposeInboundMail)
}

// receiveSendGridInbound takes a mail from SendGrid's Inbound Parse. Its posts are not signed: whoever does not know the path
// is told that there is none. Once it is answered what the mail says is stored; SendGrid sends again what was answered 5xx.
func (s *server) receiveSendGridInbound(c echo.Context) error {
	if !s.secret.IsPath(models.PurposeInboundMail, c.Param("secret")) || s.parseMail == nil {
		return models.Errorf(models.CodeNotFound, "there is nothing at this path")
	}
	ctx, request := c.Request().Context(), c.Request()
	select {
	case s.mails <- struct{}{}:
		defer func() { <-s.mails }()
	case <-ctx.Done():
		return fmt.Errorf("wait for other mails: %w", ctx.Err())
	}
	m, err := s.parseMail(request.Header.Get(echo.HeaderContentType), request.Body)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	if err := s.takeMail(ctx, m); err != nil {
		return err
	}
	return noContent(c)
}

// takeMail does what a mail asks for. Whom it is for decides: the address that unsubscribes, that of an answer, a campaign's
// import address; of any other, whom it is from.
func (s *server) takeMail(ctx context.Context, m *mail.Mail) error {
	recipients := m.Recipients()
	if id, ok := s.inbox.Unsubscribed(recipients); ok {
		err := s.unsubscribe(ctx, id)
		if models.ErrorCode(err) == models.CodeNotFound {
			return nil
		}
		return err
	}
	if id, ok := s.inbox.Answered(recipients); ok {
		if failure, is := m.Failure(); is {
			return s.recordEvents(ctx, []models.ProviderEvent{s.failureEvent(id, m, failure)})
		}
		return s.recordMail(ctx, s.inboundMessage(m, id))
	}
	if s.mailIntake != nil {
		if taken, err := s.mailIntake.Import(ctx, m); err != nil || taken {
			return wrapped("import mail", err)
		}
	}
	return s.recordMail(ctx, s.inboundMessage(m, ""))
}

func wrapped(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// recordMail stores what somebody, or a machine, answered.
func (s *server) recordMail(ctx context.Context, message models.InboundMessage) error {
	_, err := s.receive(ctx, message)
	return err
}

// inboundMessage is the mail as a message: what was written anew, with all that came beside it. A mail that says nothing but
// in its subject says that.
func (s *server) inboundMessage(m *mail.Mail, outreachID string) models.InboundMessage {
	written, whole := mail.Unquoted(m.Text), strings.TrimSpace(m.Text)
	if whole == "" {
		written = strings.TrimSpace(m.Subject)
	}
	message := models.InboundMessage{
		Channel: models.ChannelEmail, From: m.From, Text: written, WholeText: whole, ProviderID: m.MessageID, At: s.now(),
		OutreachID: outreachID, Automatic: m.Automatic(),
	}
	message.OptOut = !message.Automatic && models.OptOutWord(written)
	if message.Text == "" {
		message.Text = whole // only what others wrote: better than nothing
	}
	message.Consider()
	if recipients := m.Recipients(); len(recipients) > 0 {
		message.To = recipients[0]
	}
	return message
}

// failureEvent is a bounce that came as a mail. Only one that says that there is no such address suppresses it (RFC 3463,
// 3.2: 5.1); others may concern this mail alone.
func (s *server) failureEvent(outreachID string, m *mail.Mail, failure mail.Failure) models.ProviderEvent {
	event := models.ProviderEvent{
		OutreachID: outreachID, Type: models.EventDeferred, At: s.now(), Code: failure.Status,
		DedupeKey: models.MailDedupeKey(m.MessageID),
	}
	switch {
	case failure.Final && strings.HasPrefix(failure.Status, "5.1."):
		event.Type = models.EventBounced
	case failure.Final:
		event.Type = models.EventFailed
	}
	return event
}

// addMailRoutes adds what mails lead to.
func (s *server) addMailRoutes(e *echo.Echo) {
	e.POST(inboundRoute+":secret", s.receiveSendGridInbound)
	e.GET("/u/:token", s.showUnsubscribe)
	e.HEAD("/u/:token", s.showUnsubscribe)
	e.POST("/u/:token", s.takeUnsubscribe)
}
