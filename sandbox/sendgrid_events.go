package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

const (
	// answerDelay is how long a contact who answers by himself takes for it.
	answerDelay = time.Second

	// lateEvent is how long after the delivery comes what the contact, or a machine for him, does with the message.
	lateEvent = time.Second

	// retryInterval is the time between two attempts at a mailbox that puts a message off.
	retryInterval = 500 * time.Millisecond
)

// Names of SendGrid's events.
const (
	eventProcessed   = "processed"
	eventDeferred    = "deferred"
	eventDelivered   = "delivered"
	eventBounce      = "bounce"
	eventOpen        = "open"
	eventClick       = "click"
	eventSpamReport  = "spamreport"
	eventUnsubscribe = "unsubscribe"
)

// script is what happens to a message, chosen by the first part of its recipient's address.
type script struct {
	status Status
	steps  []scriptStep
	// reply is what the contact answers by himself, if anything.
	reply string
}

// scriptStep is one event, some time after the message was taken.
type scriptStep struct {
	event  string
	after  time.Duration
	fields map[string]any
}

// scriptOf reads the magic part of an address: "bounce-", "block-", "open-", "click-", "machine-", "complain-", "unsub-",
// "defer-", "reply-" and "optout-". All others are delivered.
func scriptOf(address string) script {
	delivered := scriptStep{event: eventDelivered, fields: map[string]any{"response": "250 2.0.0 OK"}}
	processed := scriptStep{event: eventProcessed}

	magic, _, _ := strings.Cut(strings.ToLower(address), "-")
	switch magic {
	case "bounce":
		return script{status: StatusBounced, steps: []scriptStep{processed, {event: eventBounce, fields: map[string]any{
			"type": "bounce", "status": "5.1.1", "bounce_classification": "Invalid Address",
			"reason": "550 5.1.1 The email account that you tried to reach does not exist.",
		}}}}
	case "block":
		return script{status: StatusBlocked, steps: []scriptStep{processed, {event: eventBounce, fields: map[string]any{
			"type": "blocked", "status": "5.7.1", "bounce_classification": "Reputation",
			"reason": "554 5.7.1 The message was blocked by the recipient's mail server.",
		}}}}
	case "open":
		return script{status: StatusDelivered, steps: []scriptStep{processed, delivered, openedBy(person, false)}}
	case "machine":
		return script{status: StatusDelivered, steps: []scriptStep{processed, delivered, openedBy(imageProxy, true)}}
	case "click":
		return script{status: StatusDelivered, steps: []scriptStep{processed, delivered, {
			event: eventClick, after: lateEvent, fields: map[string]any{
				"url": "https://example.com/", "url_offset": map[string]any{"index": 0, "type": "html"},
				"useragent": person, "ip": readerIP,
			},
		}}}
	case "complain":
		return script{status: StatusReported, steps: []scriptStep{
			processed, delivered, {event: eventSpamReport, after: lateEvent},
		}}
	case "unsub":
		return script{status: StatusUnsubscribed, steps: []scriptStep{
			processed, delivered, {event: eventUnsubscribe, after: lateEvent},
		}}
	case "defer":
		return deferredScript(processed, delivered)
	case "reply":
		return script{status: StatusDelivered, steps: []scriptStep{processed, delivered}, reply: "Yes, tell me more, please."}
	case "optout":
		return script{status: StatusDelivered, steps: []scriptStep{processed, delivered}, reply: "STOP"}
	default:
		return script{status: StatusDelivered, steps: []scriptStep{processed, delivered}}
	}
}

// What reads a message: a contact's browser, and the proxy through which Apple's Mail Privacy Protection loads each
// message's images; and whence, by an address that is reserved for documentation (RFC 5737).
const (
	person     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
	imageProxy = "Mozilla/5.0"
	readerIP   = "198.51.100.7"
)

// openedBy is an open of the message some time after it was delivered. Machine says that no person did it.
func openedBy(useragent string, machine bool) scriptStep {
	return scriptStep{event: eventOpen, after: lateEvent, fields: map[string]any{
		"sg_machine_open": machine, "useragent": useragent, "ip": readerIP,
	}}
}

// deferredScript puts a message off twice before it is delivered.
func deferredScript(processed, delivered scriptStep) script {
	const attempts = 2
	steps := []scriptStep{processed}
	for attempt := range attempts {
		steps = append(steps, scriptStep{
			event: eventDeferred, after: time.Duration(attempt) * retryInterval,
			fields: map[string]any{"response": "450 4.2.1 Try again later", "attempt": strconv.Itoa(attempt + 1)},
		})
	}
	delivered.after = attempts * retryInterval

	return script{status: StatusDelivered, steps: append(steps, delivered)}
}

// sentMail is a message with what its events repeat.
type sentMail struct {
	message *Message
	// number is the personalization's place in its request.
	number     int
	categories []string
	args       map[string]any
}

// events are the callbacks that a script makes, in the shape of SendGrid's Event Webhook.
func (m sentMail) events(s script, now time.Time) []callback {
	calls := make([]callback, 0, len(s.steps))
	for _, step := range s.steps {
		due := now.Add(step.after)
		body, err := json.Marshal(m.event(step, due))
		if err != nil {
			// Strings and numbers can always be encoded.
			panic(fmt.Sprintf("encode an event: %v", err))
		}
		calls = append(calls, callback{
			lane: laneSendGridEvents, messageID: m.message.ID, due: due, body: string(body),
		})
	}

	return calls
}

// event is one entry of an Event Webhook post.
func (m sentMail) event(step scriptStep, at time.Time) map[string]any {
	// Custom arguments lie at the top level, where SendGrid's own fields win.
	event := make(map[string]any, len(m.args)+len(step.fields)+10)
	maps.Copy(event, m.args)
	maps.Copy(event, step.fields)

	event["email"] = m.message.To
	event["timestamp"] = at.Unix()
	event["event"] = step.event
	event["sg_event_id"] = randomID()
	event["sg_message_id"] = fmt.Sprintf("%s.recvd-5c6d7f8b9-sandbx-1-%X-%d.0",
		m.message.ProviderID, m.message.ReceivedAt.Unix(), m.number)
	if len(m.categories) > 0 {
		event["category"] = m.categories
	}

	_, domain, _ := strings.Cut(m.message.To, "@")
	switch step.event {
	case eventUnsubscribe, eventOpen, eventClick:
		// It comes from the contact, not from the mail's way.
		return event
	case eventDelivered, eventBounce:
		event["ip"] = "192.0.2.10"
		event["tls"] = 1
	case eventDeferred:
		event["ip"] = "192.0.2.10"
		event["domain"] = domain
		event["from"] = m.message.From
	}
	event["smtp-id"] = "<" + m.message.ProviderID + "@geopod-ismtpd-1>"

	return event
}
