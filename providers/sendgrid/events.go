package sendgrid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"beckon/models"
	"beckon/providers"
)

// Limits of a webhook. SendGrid posts a batch once it reaches 768 kB; the rest are Beckon's.
const (
	MaxWebhookBytes = 1 << 20
	MaxEvents       = 10_000

	maxIDBytes     = 200
	maxCodeBytes   = 100
	maxDetailBytes = 1 << 10
)

// Batch is what one webhook reports.
type Batch struct {
	Events []models.ProviderEvent // in the order of the webhook
	// Skipped counts events of types that are not used (group_resubscribe, changes of the account, those that are new …), and
	// events that name neither outreach nor message.
	Skipped int
}

// ParseEvents reads the events of a webhook, whose signature was verified before. Errors: models.CodeMalformed with the
// pointer of what cannot be read, models.CodeTooLarge.
func ParseEvents(body []byte) ([]models.ProviderEvent, error) {
	batch, err := ParseBatch(body)
	return batch.Events, err
}

// ParseBatch is ParseEvents with the number of events that were skipped.
func ParseBatch(body []byte) (Batch, error) {
	if len(body) > MaxWebhookBytes {
		return Batch{}, models.Errorf(models.CodeTooLarge, "a webhook may have at most %d bytes", MaxWebhookBytes)
	}
	elements, err := elements(body)
	if err != nil {
		return Batch{}, err
	}
	batch := Batch{Events: make([]models.ProviderEvent, 0, len(elements))}
	for i, element := range elements {
		event, used, fault := parseEvent(element)
		switch {
		case fault != nil:
			fault.Pointer = fmt.Sprintf("/%d%s", i, fault.Pointer)
			return Batch{}, &models.Error{
				Code: models.CodeMalformed, Detail: "the webhook has an event that cannot be read",
				Fields: []models.FieldError{*fault},
			}
		case used:
			batch.Events = append(batch.Events, event)
		default:
			batch.Skipped++
		}
	}
	return batch, nil
}

// elements reads the body as one JSON array of at most MaxEvents elements.
func elements(body []byte) ([]json.RawMessage, error) {
	malformed := models.Errorf(models.CodeMalformed, "the webhook's body is no JSON array")
	decoder := json.NewDecoder(bytes.NewReader(body))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('[') {
		return nil, malformed
	}
	var list []json.RawMessage
	for decoder.More() {
		if len(list) == MaxEvents {
			return nil, models.Errorf(models.CodeTooLarge, "a webhook may have at most %d events", MaxEvents)
		}
		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return nil, malformed
		}
		list = append(list, element)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, malformed
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed
	}
	return list, nil
}

// parseEvent reads one event, and says whether it is of use. Member names count to the letter: custom args stand beside
// SendGrid's own members.
func parseEvent(element json.RawMessage) (models.ProviderEvent, bool, *models.FieldError) {
	var none models.ProviderEvent
	var members map[string]json.RawMessage
	if err := json.Unmarshal(element, &members); err != nil || members == nil {
		return none, false, fault("", "an event is a JSON object")
	}
	name, ok := text(members["event"])
	if !ok {
		return none, false, fault("/event", "an event's type is a string")
	}
	kind, used := typeOf(name, members)
	if !used {
		return none, false, nil
	}
	at, ok := instant(members["timestamp"])
	if !ok {
		return none, false, fault("/timestamp", "a time is a whole number of seconds since 1970")
	}
	message, ok := messageID(members["sg_message_id"])
	if !ok {
		return none, false, fault("/sg_message_id", "a message's id is a string of at most %d bytes", maxIDBytes)
	}
	event := models.ProviderEvent{
		OutreachID: outreachID(members[argOutreachID]), Type: kind, At: at,
		Code:   providers.Cut(words(members["status"]), maxCodeBytes),
		Detail: providers.Cut(detail(members), maxDetailBytes),
	}
	event.ProviderID, _, _ = strings.Cut(message, ".")
	// SendGrid cannot always name the message of a bounce that came late; our own id then tells its events apart.
	subject := message
	if subject == "" {
		subject = event.OutreachID
	}
	if kind == models.EventMachineOpened { // a person may open it in the same second
		name = "machine_open"
	}
	event.DedupeKey = fmt.Sprintf("%s|%s|%d", subject, name, at.Unix())
	if kind == models.EventDropped {
		event.Suppress = refusal(words(members["reason"]))
	}
	return event, subject != "", nil
}

// typeOf gives SendGrid's event types our names; false for those that are not used.
func typeOf(name string, members map[string]json.RawMessage) (models.EventType, bool) {
	switch name {
	case "processed":
		return models.EventProcessed, true
	case "deferred":
		return models.EventDeferred, true
	case "delivered":
		return models.EventDelivered, true
	case "bounce", "blocked":
		return failureOf(name, members), true
	case "dropped":
		return models.EventDropped, true
	case "open":
		if string(members["sg_machine_open"]) == "true" {
			return models.EventMachineOpened, true
		}
		return models.EventOpened, true
	case "click":
		return models.EventClicked, true
	case "spamreport":
		return models.EventComplained, true
	case "unsubscribe", "group_unsubscribe": // also whoever leaves one of the account's groups wants no more
		return models.EventUnsubscribed, true
	default:
		return "", false
	}
}

// refusal is why SendGrid does not even try an address: it keeps lists of its own. Empty for what says nothing of the address,
// such as a message that it takes for spam.
func refusal(reason string) models.SuppressionReason {
	switch strings.ToLower(reason) {
	case "bounced address":
		return models.SuppressedBounce
	case "unsubscribed address":
		return models.SuppressedUnsubscribe
	case "spam reporting address":
		return models.SuppressedComplaint
	default:
		return ""
	}
}

// failureOf tells a bounce, after which the address is not used again, from a block: there the receiving server refused the
// message for now (reputation, content, a full mailbox), and the mailbox may well exist. SendGrid reports a block as event
// "bounce" with type "blocked"; an event "blocked" is understood alike.
func failureOf(name string, members map[string]json.RawMessage) models.EventType {
	const blocked = "blocked"
	if name == blocked || words(members["type"]) == blocked {
		return models.EventFailed
	}
	return models.EventBounced
}

// instant reads a time in seconds since 1970, within the range that inRange allows.
func instant(member json.RawMessage) (time.Time, bool) {
	seconds, err := strconv.ParseInt(string(member), 10, 64)
	if err != nil || !inRange(seconds) {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// inRange says whether seconds since 1970 lie between 2000 and 2100: anything else is no time of this service, and might
// not fit a column.
func inRange(seconds int64) bool {
	const from, until = 946_684_800, 4_102_444_800
	return seconds >= from && seconds < until
}

// messageID reads sg_message_id, with its suffix; empty where it is missing. Some come with spaces around them.
func messageID(member json.RawMessage) (string, bool) {
	if len(member) == 0 || string(member) == "null" {
		return "", true
	}
	id, ok := text(member)
	id = strings.TrimSpace(id)
	return id, ok && len(id) <= maxIDBytes && id == providers.Cut(id, maxIDBytes)
}

// outreachID reads the custom arg: a UUID in its canonical form, or nothing. It ends in a query, and whoever can send
// through the same SendGrid account can put anything there.
func outreachID(member json.RawMessage) string {
	value, _ := text(member)
	id, err := uuid.Parse(value)
	if err != nil || id.String() != value {
		return ""
	}
	return value
}

// detail is why the event happened: SendGrid's reason, the receiving server's response, and what kind of bounce it was.
func detail(members map[string]json.RawMessage) string {
	parts := make([]string, 0, len(members))
	for _, name := range []string{"type", "bounce_classification", "reason", "response"} {
		if value := words(members[name]); value != "" {
			parts = append(parts, value)
		}
	}
	return strings.Join(parts, ": ")
}

// words is a member that only people read: empty where it is no string.
func words(member json.RawMessage) string {
	value, _ := text(member)
	return strings.TrimSpace(value)
}

// text reads a member that is a JSON string.
func text(member json.RawMessage) (string, bool) {
	if len(member) == 0 || member[0] != '"' {
		return "", false
	}
	var value string
	if err := json.Unmarshal(member, &value); err != nil {
		return "", false
	}
	return value, true
}

func fault(pointer, format string, args ...any) *models.FieldError {
	return &models.FieldError{
		Pointer: pointer, Code: string(models.CodeMalformed), Detail: fmt.Sprintf(format, args...),
	}
}
