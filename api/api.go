package api

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"beckon/mail"
	"beckon/models"
)

// Config is what the API is made of.
type Config struct {
	Store     Store
	Workflows Workflows
	// Idempotent makes the one changing call of the store that is given the context idempotent: the store's
	// WithIdempotencyKey.
	Idempotent func(context.Context, models.IdempotencyKey) context.Context
	// SendGridVerifier checks who sends SendGrid's events, and ParseSendGrid reads them. Without the first all are refused.
	SendGridVerifier SignatureVerifier
	ParseSendGrid    EventParser
	// Twilio reads and answers Twilio's webhooks, whose signatures are over PublicURL. Without it all are refused.
	Twilio *Twilio
	// ParseMail reads the mails that come in; nil: none does.
	ParseMail MailParser
	// MailIntake takes those that are no answers; nil: nobody does.
	MailIntake MailIntake
	// MailDomain is the domain whose mail comes in; empty: there is none.
	MailDomain string
	// Secret makes and knows the tokens of links and addresses that people outside are given.
	Secret *models.Secret
	// PublicURL is where others reach the API, without a slash at the end; empty makes the links in answers relative.
	PublicURL string
	// TemporalUI is where people reach Temporal's Web UI, without a slash at the end; empty leaves the links out.
	TemporalUI string
	// Namespace is Temporal's; empty means "default".
	Namespace string
	// About is what GET /settings says of the process and its configuration.
	About About
	// Passwords hashes passwords; nil: argon2id.
	Passwords PasswordHasher
	// SessionLifetime is how long a session lasts, and SessionIdle how long one that is not used; 0: the defaults.
	SessionLifetime, SessionIdle time.Duration
	// TrustedProxies are those whose X-Forwarded-For says where a request comes from; empty: none.
	TrustedProxies []netip.Prefix
	// TellMoment is how long the answer of a control waits until its workflow is told; 0: 10 ms. It goes on being told after that.
	TellMoment time.Duration
	Log        *slog.Logger     // nil: slog's default
	Now        func() time.Time // nil: the clock
}

// server answers the API's requests.
type server struct {
	store            Store
	workflows        Workflows
	idempotent       func(context.Context, models.IdempotencyKey) context.Context
	sendGridVerifier SignatureVerifier
	parseSendGrid    EventParser
	twilio           *Twilio
	secret           *models.Secret
	parseMail        MailParser
	mailIntake       MailIntake
	mails            chan struct{} // holds as many as are read
	inbox            mail.Inbox
	unsubscribing    *template.Template
	sweeping         sweeps
	publicURL        string
	temporalUI       string
	namespace        string
	about            About
	passwords        PasswordHasher
	sessions         *sessions
	crossOrigin      *http.CrossOriginProtection
	trustedProxies   []netip.Prefix
	publicLimits     *clientLimits
	webhookLimits    *clientLimits
	signInLimits     *clientLimits
	tellMoment       time.Duration
	log              *slog.Logger
	now              func() time.Time
	routes           map[routeKey]*route
	statuses         map[models.Code]int
}

// The generated server and ours must fit.
var _ StrictServerInterface = (*server)(nil)

// New makes the API. What it returns is an http.Handler; other routes, such as the dashboard's, may be added to it before
// it serves, and need no key unless they are under /api/v1.
func New(config Config) (*echo.Echo, error) {
	if config.Store == nil || config.Workflows == nil || config.Idempotent == nil || config.Secret == nil {
		return nil, errors.New("the API needs a store, its idempotency, workflows, and a secret")
	}
	if (config.SendGridVerifier == nil) != (config.ParseSendGrid == nil) {
		return nil, errors.New("the API needs both or neither of SendGrid's verifier and parser")
	}
	if config.Twilio != nil && (!config.Twilio.complete() || config.PublicURL == "") {
		return nil, errors.New("webhooks of Twilio need all of their parts, and the API's public URL")
	}
	crossOrigin, err := newCrossOrigin(config.PublicURL)
	if err != nil {
		return nil, err
	}
	found, err := routes()
	if err != nil {
		return nil, err
	}
	unsubscribing, err := readUnsubscribePage()
	if err != nil {
		return nil, err
	}
	s := &server{
		parseMail: config.ParseMail, mailIntake: config.MailIntake, mails: make(chan struct{}, mailsAtOnce),
		inbox: mail.Inbox{Domain: config.MailDomain, Secret: config.Secret}, unsubscribing: unsubscribing,
		store: config.Store, workflows: config.Workflows, idempotent: config.Idempotent,
		sendGridVerifier: config.SendGridVerifier, parseSendGrid: config.ParseSendGrid,
		twilio: config.Twilio, secret: config.Secret, publicURL: config.PublicURL, temporalUI: config.TemporalUI, namespace: config.Namespace,
		tellMoment: config.TellMoment, log: config.Log, now: config.Now, routes: found, statuses: statuses(),
		about: config.About, passwords: config.Passwords, crossOrigin: crossOrigin, trustedProxies: config.TrustedProxies,
		sessions:     newSessions(config.Store, encrypted(config.PublicURL), config.SessionLifetime, config.SessionIdle),
		publicLimits: newClientLimits(publicRate, publicBurst), webhookLimits: newClientLimits(webhookRate, webhookBurst),
		signInLimits: newClientLimits(signInRate, signInBurst),
	}
	if s.passwords == nil {
		s.passwords = NewPasswords()
	}
	if s.namespace == "" {
		s.namespace = "default"
	}
	if s.tellMoment <= 0 {
		s.tellMoment = tellMoment
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	e := s.echo()
	if err := s.addPages(e); err != nil {
		return nil, err
	}
	return e, nil
}

// echo puts the routes behind the middleware. Its order is the order in which a request is refused: who asks comes before
// what is asked.
func (s *server) echo() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor = addressExtractor(s.trustedProxies)
	e.Use(s.logRequest, s.recoverPanic, limitTime, s.setHeaders, s.limitClients, s.authenticate, s.limitBody, s.validate,
		s.identify)
	RegisterHandlers(e, NewStrictHandler(s, nil))
	e.POST("/webhooks/sendgrid/events", s.receiveSendGridEvents)
	s.addTwilioRoutes(e)
	s.addMailRoutes(e)
	e.GET("/healthz", s.getHealth)
	e.GET("/readyz", s.getReadiness)
	e.GET("/openapi.yaml", s.getSpec)
	return e
}
