package mailin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"beckon/mail"
	"beckon/models"
)

// Limits of the listener. They are Beckon's.
const (
	maxConnections = 50
	maxRecipients  = 10
	mailsAtOnce    = 4        // that are held whole
	maxLineBytes   = 64 << 20 // programs write files into one line; RFC 5321 wants 998 characters
	idleWithin     = time.Minute
	takeWithin     = 2 * time.Minute
)

// Listener takes mails to import addresses by SMTP. It relays nothing, and signs nobody in.
type Listener struct {
	server *smtp.Server
	log    *slog.Logger
}

// NewListener makes a listener that hands mails to the importer.
func NewListener(importer *Importer, log *slog.Logger) *Listener {
	mails := make(chan struct{}, mailsAtOnce)
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{importer: importer, log: log, conn: c, mails: mails}, nil
	}))
	server.Domain = importer.Domain
	server.MaxMessageBytes, server.MaxRecipients, server.MaxLineLength = mail.MaxMailBytes, maxRecipients, maxLineBytes
	server.ReadTimeout, server.WriteTimeout = idleWithin, idleWithin
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug) // of what anybody sends
	return &Listener{server: server, log: log}
}

// Serve takes mails until the context ends, and then lets those in hand come to their end.
func (l *Listener) Serve(ctx context.Context, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- l.server.Serve(netutil.LimitListener(listener, maxConnections)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve SMTP: %w", err)
	case <-ctx.Done():
	}
	const graceful = 15 * time.Second
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	if err := l.server.Shutdown(stopping); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		l.log.WarnContext(stopping, "SMTP ended with mails in hand", "error", err)
		_ = l.server.Close()
	}
	return nil
}

// session is one connection.
type session struct {
	importer *Importer
	log      *slog.Logger
	conn     *smtp.Conn
	mails    chan struct{}

	from string
	to   []string
}

// Reset forgets the mail in hand.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the connection.
func (s *session) Logout() error { return nil }

// Mail takes the envelope's sender.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.Reset()
	s.from = strings.ToLower(strings.TrimSpace(from))
	return nil
}

// Rcpt takes import addresses only.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(context.Background(), idleWithin)
	defer cancel()
	known, err := s.importer.Knows(ctx, to)
	switch {
	case err != nil:
		s.log.ErrorContext(ctx, "recipient not looked up", "error", err)
		return later()
	case !known:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "there is no such address here"}
	}
	if to = strings.ToLower(strings.TrimSpace(to)); !slices.Contains(s.to, to) {
		s.to = append(s.to, to)
	}
	return nil
}

// Data takes the mail. Once it is answered, what it brought is stored; who sent one that was refused is told why by their own
// server.
func (s *session) Data(r io.Reader) error {
	ctx, cancel := context.WithTimeout(context.Background(), takeWithin)
	defer cancel()
	select {
	case s.mails <- struct{}{}:
		defer func() { <-s.mails }()
	case <-ctx.Done():
		return later()
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err //nolint:wrapcheck // go-smtp's own, with its code
	}
	m, err := mail.Read(bytes.NewReader(raw))
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "the mail cannot be read"}
	}
	m.Raw, m.Enveloped, m.EnvelopeFrom, m.EnvelopeTo = raw, true, s.from, s.to
	m.To = nil // who is not in the envelope does not get it
	if address, ok := s.conn.Conn().RemoteAddr().(*net.TCPAddr); ok {
		m.SPF = s.importer.Authentication.SPF(ctx, address.IP, s.conn.Hostname(), s.from)
	}
	outcome, err := s.importer.Take(ctx, m)
	switch {
	case err != nil:
		s.log.ErrorContext(ctx, "mail not taken", "code", models.ErrorCode(err), "error", err)
		return later()
	case outcome.Refused != "":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: outcome.Refused}
	default:
		return nil
	}
}

// later has the sender try again.
func later() error {
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
}
