package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"
)

// DefaultAddr is where the sandbox listens unless told otherwise.
const DefaultAddr = "127.0.0.1:8085"

const (
	// anyLoopbackPort lets the system choose a vendor's port.
	anyLoopbackPort = "127.0.0.1:0"

	// defaultCallbackLinger trades a little delay for far fewer requests: SendGrid batches its events too.
	defaultCallbackLinger = 200 * time.Millisecond

	defaultCallbackBackoff    = 200 * time.Millisecond
	defaultCallbackBackoffMax = 5 * time.Second
	defaultCallbackTimeout    = 30 * time.Second

	defaultTwilioStep   = 20 * time.Millisecond
	defaultGatherWait   = 200 * time.Millisecond
	defaultTwiMLTimeout = 15 * time.Second
)

// The account that the sandbox's Twilio half takes unless told otherwise. It opens nothing but the sandbox.
const (
	SandboxTwilioAccountSID = "AC5a4d80b0b3ec04a5a4d80b0b3ec04a5a"
	SandboxTwilioAuthToken  = "sandboxtwilioauthtoken0123456789"
)

// Config says where a sandbox listens, where it keeps what it was sent, and whom it calls back.
type Config struct {
	// DataFile is the path of the sandbox's own SQLite file, made when it is missing. It holds the messages, the replies,
	// the callbacks still to be answered, the faults and the signing key. Required.
	DataFile string

	// Addr is the main listener: vendors' APIs, /sandbox/… and the inbox. Empty means DefaultAddr; port 0 lets the
	// system choose.
	Addr string

	// EmailAddr and PlanAddr are the vendors' own ports, on an IPv4 address. Empty means any free port of the loopback
	// interface, another one at every start.
	EmailAddr string
	PlanAddr  string

	// EventsURL is where SendGrid's signed events are posted. Without it no event is queued.
	EventsURL string

	// InboundURL is where a contact's e-mail answer is posted, as SendGrid's Inbound Parse does. Without it answers are
	// only recorded.
	InboundURL string

	// InboundDomain is the domain whose mail InboundURL gets; SendGrid's settings name it. Empty: that of any answer.
	InboundDomain string

	// SendGridKey and OpenAIKey are the API keys that are taken; any other gets the vendor's own 401. Empty takes every
	// key that is not empty.
	SendGridKey string
	OpenAIKey   string

	// Seed makes the choice of requests that a fault hits repeatable. Zero means another seed at every start.
	Seed uint64

	// CallbackLinger is how long callbacks may wait for others to share a request with. Zero means 200 ms.
	CallbackLinger time.Duration

	// CallbackBackoff is the first wait after a callback that was not answered 2xx, CallbackBackoffMax the longest; each
	// failure doubles the wait. Zero means 200 ms and 5 s.
	CallbackBackoff    time.Duration
	CallbackBackoffMax time.Duration

	// TwilioAddr is Twilio's own port, for texts and calls alike, on an IPv4 address. Empty means any free port of the
	// loopback interface, another one at every start.
	TwilioAddr string

	// TwilioAccountSID and TwilioAuthToken are the only account that Twilio's half takes; the token also signs what it
	// posts. Empty means SandboxTwilioAccountSID and SandboxTwilioAuthToken.
	TwilioAccountSID string
	TwilioAuthToken  string

	// TwilioNumbers are the numbers of that account, in E.164; only from those may texts and calls come, and the first
	// is what a Messaging Service sends from. Empty takes any well-formed number.
	TwilioNumbers []string

	// TextInboundURL is where a contact's text is posted, signed, as a number's "A message comes in". Without it answers
	// are only recorded.
	TextInboundURL string

	// VoiceInboundURL is what a number has as its "A call comes in". Nobody calls the sandbox; it only shows it.
	VoiceInboundURL string

	// TwilioStep is the time between two steps of a text's or a call's way: queued, sent, delivered; initiated, ringing,
	// answered. Zero means 20 ms.
	TwilioStep time.Duration

	// GatherWait is how long a call's <Gather> waits for an answer from the inbox, whatever its own timeout says. Zero
	// means 200 ms.
	GatherWait time.Duration

	// TwiMLTimeout is how long a call tries to fetch its instructions from somebody who does not answer. Zero means 15 s,
	// as long as Twilio waits for one answer.
	TwiMLTimeout time.Duration

	// Logger gets ids, counts and codes, never an address or a text. Nil discards them.
	Logger *slog.Logger
}

// withDefaults returns the configuration with its gaps filled, or says all that is wrong with it.
func (c Config) withDefaults() (Config, error) {
	var problems []error
	if c.DataFile == "" {
		problems = append(problems, errors.New("DataFile is required"))
	}
	problems = append(problems, checkURL("EventsURL", c.EventsURL), checkURL("InboundURL", c.InboundURL),
		checkURL("TextInboundURL", c.TextInboundURL), checkURL("VoiceInboundURL", c.VoiceInboundURL))
	if c.TwilioAccountSID != "" && !accountSIDForm.MatchString(c.TwilioAccountSID) {
		problems = append(problems, errors.New("TwilioAccountSID is not AC and 32 hexadecimal digits"))
	}
	for _, number := range c.TwilioNumbers {
		if !numberForm.MatchString(number) {
			problems = append(problems, errors.New("TwilioNumbers has a number that is not in E.164"))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return Config{}, fmt.Errorf("sandbox configuration: %w", err)
	}

	c.Addr = orDefault(c.Addr, DefaultAddr)
	c.EmailAddr = orDefault(c.EmailAddr, anyLoopbackPort)
	c.PlanAddr = orDefault(c.PlanAddr, anyLoopbackPort)
	c.TwilioAddr = orDefault(c.TwilioAddr, anyLoopbackPort)
	c.TwilioAccountSID = orDefault(c.TwilioAccountSID, SandboxTwilioAccountSID)
	c.TwilioAuthToken = orDefault(c.TwilioAuthToken, SandboxTwilioAuthToken)
	c.TwilioStep = orDefault(c.TwilioStep, defaultTwilioStep)
	c.GatherWait = orDefault(c.GatherWait, defaultGatherWait)
	c.TwiMLTimeout = orDefault(c.TwiMLTimeout, defaultTwiMLTimeout)
	c.CallbackLinger = orDefault(c.CallbackLinger, defaultCallbackLinger)
	c.CallbackBackoff = orDefault(c.CallbackBackoff, defaultCallbackBackoff)
	c.CallbackBackoffMax = max(orDefault(c.CallbackBackoffMax, defaultCallbackBackoffMax), c.CallbackBackoff)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}

	return c, nil
}

// checkURL accepts an empty value and an absolute http or https URL.
func checkURL(name, value string) error {
	if value == "" {
		return nil
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return fmt.Errorf("%s is not an absolute http or https URL", name)
	}

	return nil
}

// orDefault returns value, or fallback where value is zero.
func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}

	return value
}
