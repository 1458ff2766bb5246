package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// readHeaderTimeout ends connections that ask for nothing.
const readHeaderTimeout = 30 * time.Second

// Server is a sandbox: New makes it, Start lets it serve, Shutdown ends it.
type Server struct {
	config Config
	db     *sql.DB
	signer *signer
	faults *faults

	committer *committer
	couriers  map[lane]*courier
	client    *http.Client
	vendors   []*vendor
	sendGrid  *sendGrid
	twilio    *twilio

	listener net.Listener
	server   *http.Server

	// stopping is closed when Shutdown begins; stopWork then ends what runs in the background.
	stopping chan struct{}
	stopOnce sync.Once
	stopWork context.CancelFunc
	serving  sync.WaitGroup
	working  sync.WaitGroup
}

// vendor is one of the companies that the sandbox stands in for, with a port of its own.
type vendor struct {
	// addr is the port of its own.
	addr string
	// targets are the faults that can be set on it.
	targets []Target
	// patterns are the routes on the main listener that lead to it.
	patterns []string
	// handler answers at a door.
	handler func(d door) http.Handler

	gate   *gate
	server *http.Server
}

// New opens the data file and takes the ports, so that the URLs are known; nothing is served before Start. The context
// bounds the opening only.
func New(ctx context.Context, config Config) (_ *Server, err error) {
	config, err = config.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, stopping: make(chan struct{}), stopWork: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()

	if s.db, err = openFile(ctx, config.DataFile); err != nil {
		return nil, err
	}
	if s.signer, err = loadSigner(ctx, s.db); err != nil {
		return nil, err
	}
	if s.faults, err = loadFaults(ctx, s.db, config.Seed); err != nil {
		return nil, err
	}
	s.committer = newCommitter(s.db)
	s.setUpCouriers()
	s.setUpVendors()
	if err := s.listen(ctx); err != nil {
		return nil, err
	}

	return s, nil
}

// setUpCouriers makes a courier for every place that is called back.
func (s *Server) setUpCouriers() {
	s.client = &http.Client{
		Timeout: defaultCallbackTimeout,
		// A vendor takes a redirect for what it is: not a 2xx.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
	}
	s.couriers = map[lane]*courier{}
	add := func(to lane, maxBatch int, splits bool, linger time.Duration, post poster) {
		s.couriers[to] = &courier{
			db: s.db, logger: s.config.Logger,
			lane: to, maxBatch: maxBatch, post: post, splits: splits, wakeUp: make(chan struct{}, 1),
			linger: linger, backoff: s.config.CallbackBackoff, backoffMax: s.config.CallbackBackoffMax,
		}
	}
	if s.config.EventsURL != "" {
		add(laneSendGridEvents, maxEventBatch, true, s.config.CallbackLinger, postAll{
			client: s.client, request: func(ctx context.Context, batch []callback) (*http.Request, error) {
				return s.signer.request(ctx, s.config.EventsURL, batch, time.Now())
			},
		}.post)
	}
	if s.config.InboundURL != "" {
		add(laneSendGridInbound, 1, true, s.config.CallbackLinger, postAll{
			client: s.client, request: func(ctx context.Context, batch []callback) (*http.Request, error) {
				return inboundRequest(ctx, s.config.InboundURL, batch[0].body)
			},
		}.post)
	}
	// Twilio's callbacks say themselves where they go, one a request.
	twilio := postEach{client: s.client, request: s.twilioSigner().callbackRequest}.post
	add(laneTwilio, maxTwilioBatch, false, 0, twilio)
	add(laneTwilioDetection, maxTwilioBatch, false, 0, twilio)
	s.couriers[laneTwilioDetection].taken = func(calls []callback) {
		for _, call := range calls {
			s.twilio.switchboard.wake(call.messageID)
		}
	}
}

// twilioSigner signs in the name of the configured account.
func (s *Server) twilioSigner() twilioSigner {
	return twilioSigner{token: s.config.TwilioAuthToken}
}

// setUpVendors lists who the sandbox stands in for.
func (s *Server) setUpVendors() {
	s.sendGrid = &sendGrid{
		key: s.config.SendGridKey, committer: s.committer, logger: s.config.Logger,
		events: s.config.EventsURL != "", inbound: s.config.InboundURL != "",
		settings: sendGridSettings{
			eventsURL: s.config.EventsURL, inboundURL: s.config.InboundURL, inboundDomain: s.config.InboundDomain,
			publicKey: s.signer.public,
		},
	}
	s.twilio = &twilio{
		account: s.config.TwilioAccountSID, token: s.config.TwilioAuthToken, numbers: s.config.TwilioNumbers,
		inboundURL: s.config.TextInboundURL, voiceURL: s.config.VoiceInboundURL, step: s.config.TwilioStep,
		db: s.db, committer: s.committer, logger: s.config.Logger,
		switchboard: &switchboard{
			db: s.db, committer: s.committer, client: s.client, logger: s.config.Logger, signer: s.twilioSigner(),
			account: s.config.TwilioAccountSID,
			step:    s.config.TwilioStep, gatherWait: s.config.GatherWait, timeout: s.config.TwiMLTimeout,
			backoff: s.config.CallbackBackoff, slots: make(chan struct{}, maxFetches), live: map[string]*liveCall{},
		},
	}
	s.vendors = []*vendor{
		{
			addr: s.config.EmailAddr, targets: []Target{TargetEmail}, patterns: []string{"/v3/"},
			handler: func(d door) http.Handler {
				vendor := *s.sendGrid
				vendor.door = d

				return vendor.handler()
			},
		},
		{
			addr: s.config.PlanAddr, targets: []Target{TargetPlan},
			patterns: []string{"/v1/", "/chat/completions", "/models", "/models/"},
			handler: func(d door) http.Handler {
				return (&openAI{door: d, key: s.config.OpenAIKey}).handler()
			},
		},
		{
			addr: s.config.TwilioAddr, targets: []Target{TargetText, TargetPhone}, patterns: []string{"/2010-04-01/", "/v1/Services/"},
			handler: func(d door) http.Handler {
				vendor := *s.twilio
				vendor.door = d

				return vendor.handler()
			},
		},
	}
}

// targets are all faults that can be set.
func (s *Server) targets() []Target {
	var targets []Target
	for _, vendor := range s.vendors {
		targets = append(targets, vendor.targets...)
	}

	return targets
}

// listen takes the main port and the vendors' ports.
func (s *Server) listen(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.config.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.config.Addr, err)
	}
	s.listener = listener
	s.server = newHTTPServer(s.routes(), s.config.Logger)

	for _, vendor := range s.vendors {
		gate, err := newGate(ctx, vendor.addr, s.config.Logger)
		if err != nil {
			return err
		}
		vendor.gate = gate
		vendor.server = newHTTPServer(vendor.handler(s.door(true)), s.config.Logger)
	}

	return nil
}

// door is an entrance for a vendor's requests.
func (s *Server) door(own bool) door {
	return door{faults: s.faults, own: own, stopping: s.stopping}
}

// newHTTPServer makes a server that logs nothing about what clients sent.
func newHTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

// Start serves and calls back until Shutdown; it returns at once. What the context carries goes along, its end does not
// stop the sandbox.
func (s *Server) Start(ctx context.Context) {
	ctx, s.stopWork = context.WithCancel(context.WithoutCancel(ctx))

	s.working.Go(func() {
		s.committer.run(ctx, func(lanes map[lane]bool) {
			for to := range lanes {
				s.wake(to)
			}
		})
	})
	for _, courier := range s.couriers {
		s.working.Go(func() { courier.run(ctx) })
	}
	// Calls that were on when the sandbox was last stopped go on before there can be new ones.
	if err := s.twilio.switchboard.open(ctx, &s.working); err != nil {
		s.config.Logger.ErrorContext(ctx, "calls under way were not taken up again", "error", err)
	}
	for _, vendor := range s.vendors {
		s.serving.Go(func() { vendor.gate.run(ctx, vendor.server) })
		s.serve(ctx, vendor.server, vendor.gate)
		vendor.gate.setRate(s.faults.refuseRate(vendor.targets))
	}
	s.serve(ctx, s.server, s.listener)
}

// wake tells a lane's courier, where there is one, that something was queued.
func (s *Server) wake(to lane) {
	if courier := s.couriers[to]; courier != nil {
		courier.wake()
	}
}

// serve runs a server in the background.
func (s *Server) serve(ctx context.Context, server *http.Server, listener net.Listener) {
	s.serving.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.config.Logger.ErrorContext(ctx, "a listener of the sandbox failed", "error", err)
		}
	})
}

// Shutdown takes no more requests, lets those under way end, and closes the file. Callbacks not answered yet stay there
// for the next start. When the context ends first, connections are cut. It may be called once Start has returned, or
// without Start.
func (s *Server) Shutdown(ctx context.Context) error {
	first := false
	s.stopOnce.Do(func() { first = true })
	if !first {
		return nil
	}
	close(s.stopping)

	var problems []error
	for _, server := range s.servers() {
		if err := server.Shutdown(ctx); err != nil {
			problems = append(problems, fmt.Errorf("end the requests under way: %w", err), server.Close())
		}
	}
	// Servers that never served do not close their listeners.
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		problems = append(problems, fmt.Errorf("close the listener: %w", err))
	}
	for _, vendor := range s.vendors {
		problems = append(problems, vendor.gate.Close())
	}
	s.serving.Wait()
	s.twilio.switchboard.close()
	s.stopWork()
	s.working.Wait()

	return errors.Join(append(problems, s.release())...)
}

// servers are all HTTP servers of the sandbox.
func (s *Server) servers() []*http.Server {
	servers := []*http.Server{s.server}
	for _, vendor := range s.vendors {
		servers = append(servers, vendor.server)
	}

	return servers
}

// release gives back what New took, as far as it got.
func (s *Server) release() error {
	var problems []error
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			problems = append(problems, err)
		}
	}
	for _, vendor := range s.vendors {
		if vendor.gate != nil {
			problems = append(problems, vendor.gate.release())
		}
	}
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	if s.db != nil {
		problems = append(problems, s.db.Close())
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("close the sandbox: %w", err)
	}

	return nil
}

// URL is the main listener: everything, with the inbox at its root.
func (s *Server) URL() string {
	return "http://" + s.listener.Addr().String()
}

// EmailURL is SendGrid's own port, for SENDGRID_BASE_URL: without a path, as sendgrid-go's host.
func (s *Server) EmailURL() string {
	return "http://" + s.gateOf(TargetEmail).addr
}

// PlanURL is OpenAI's own port, for OPENAI_BASE_URL: it ends in /v1.
func (s *Server) PlanURL() string {
	return "http://" + s.gateOf(TargetPlan).addr + "/v1"
}

// TwilioURL is Twilio's own port, for TWILIO_BASE_URL: without a path, in place of https://api.twilio.com.
func (s *Server) TwilioURL() string {
	return "http://" + s.gateOf(TargetText).addr
}

// TwilioAccountSID is the account that Twilio's half takes, for TWILIO_ACCOUNT_SID.
func (s *Server) TwilioAccountSID() string {
	return s.config.TwilioAccountSID
}

// TwilioAuthToken is that account's token, for TWILIO_AUTH_TOKEN; it verifies Twilio's callbacks too.
func (s *Server) TwilioAuthToken() string {
	return s.config.TwilioAuthToken
}

// gateOf is the port of the vendor that serves a target; there is one for each.
func (s *Server) gateOf(target Target) *gate {
	for _, vendor := range s.vendors {
		if slices.Contains(vendor.targets, target) {
			return vendor.gate
		}
	}

	return nil
}

// SendGridPublicKey verifies the event callbacks: base64 of the DER form of PKIX, as SendGrid shows it.
func (s *Server) SendGridPublicKey() string {
	return s.signer.public
}
