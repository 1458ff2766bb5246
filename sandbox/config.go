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

	// Logger gets ids, counts and codes, never an address or a text. Nil discards them.
	Logger *slog.Logger
}

// withDefaults returns the configuration with its gaps filled, or says all that is wrong with it.
func (c Config) withDefaults() (Config, error) {
	var problems []error
	if c.DataFile == "" {
		problems = append(problems, errors.New("DataFile is required"))
	}
	problems = append(problems, checkURL("EventsURL", c.EventsURL), checkURL("InboundURL", c.InboundURL))
	if err := errors.Join(problems...); err != nil {
		return Config{}, fmt.Errorf("sandbox configuration: %w", err)
	}

	c.Addr = orDefault(c.Addr, DefaultAddr)
	c.EmailAddr = orDefault(c.EmailAddr, anyLoopbackPort)
	c.PlanAddr = orDefault(c.PlanAddr, anyLoopbackPort)
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
