package twilio

import (
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"beckon/models"
	"beckon/providers"
)

// Limits of what is kept of a callback. They are Beckon's.
const (
	maxCodeBytes   = 100
	maxDetailBytes = 1 << 10
)

// ParseTextStatus reads the status callback of a text, whose signature was verified before. Attempt is the query's
// AttemptParam; received is when the callback came: Twilio names no time of its own (RawDlrDoneDate, which some carriers
// add, has neither zone nor seconds). Unknown parameters are ignored. A status that is not known yet still proves that
// Twilio has the text, and becomes EventProcessed; one of an inbound text is no event. Error: models.CodeMalformed where the
// message is not named or there is no status.
func ParseTextStatus(attempt string, form url.Values, received time.Time) ([]models.ProviderEvent, error) {
	sid := sidOf(form, "MessageSid", "SmsSid")
	if sid == "" {
		return nil, malformed("MessageSid", "a status callback names its message")
	}
	status := value(form, "MessageStatus", "SmsStatus")
	if status == "" {
		return nil, malformed("MessageStatus", "a status callback has a status")
	}
	event := report(attempt, sid, status, received)
	switch status {
	case "receiving", "received":
		return nil, nil
	case "sent":
		event.Type = models.EventSent
	case "delivered", "read":
		event.Type = models.EventDelivered
	case "undelivered", "failed":
		event.Type = models.EventFailed
	case "canceled":
		event.Type = models.EventCanceled
	default: // accepted, scheduled, queued, sending, …
		event.Type = models.EventProcessed
	}
	event.Code = errorCode(form)
	event.Meaning = MeaningOf(event.Code)
	event.Detail = providers.Cut(value(form, "ErrorMessage"), maxDetailBytes)
	return []models.ProviderEvent{event}, nil
}

// ParseCall reads what Twilio posts about a call that Beckon made, whose signature was verified before: its status
// callbacks (VoiceStatusPath), its request for TwiML (VoiceAnswerPath) and the result of a detection in the background
// (VoiceAMDPath). Each may say how far the call is, who answered it, or both. Attempt is the query's AttemptParam; received
// is when it came, and the events' time where Twilio names none.
//
// A status that is not known yet still proves that Twilio has the call, and becomes EventProcessed. Posts about inbound
// calls, recordings and the like are no events. Error: models.CodeMalformed where the call is not named.
func ParseCall(attempt string, form url.Values, received time.Time) ([]models.ProviderEvent, error) {
	sid := sidOf(form, "CallSid")
	if sid == "" {
		return nil, malformed("CallSid", "a callback about a call names it")
	}
	if value(form, "Direction") == "inbound" {
		return nil, nil
	}
	at := timestamp(form, received)
	var events []models.ProviderEvent
	if event, ok := answeredBy(report(attempt, sid, "", at), value(form, "AnsweredBy")); ok {
		events = append(events, event)
	}
	if status := value(form, "CallStatus"); status != "" {
		event := report(attempt, sid, status, at)
		event.Type = typeOfCall(status)
		switch event.Type {
		case models.EventCompleted:
			if seconds := value(form, "CallDuration"); seconds != "" {
				event.Detail = providers.Cut("duration "+seconds+" s", maxDetailBytes)
			}
		case models.EventFailed, models.EventBusy, models.EventNoAnswer, models.EventCanceled:
			event.Code = errorCode(form)
			event.Meaning = MeaningOf(event.Code)
			if sip := value(form, "SipResponseCode"); event.Code == "" && sip != "" {
				event.Code = providers.Cut("sip_"+sip, maxCodeBytes)
			}
			event.Detail = providers.Cut(value(form, "ErrorMessage"), maxDetailBytes)
		default:
		}
		events = append(events, event)
	}
	return events, nil
}

// typeOfCall gives the statuses of a call our names.
func typeOfCall(status string) models.EventType {
	switch status {
	case "ringing":
		return models.EventRinging
	case "in-progress", "answered":
		return models.EventAnswered
	case "completed":
		return models.EventCompleted
	case "busy":
		return models.EventBusy
	case "no-answer":
		return models.EventNoAnswer
	case "failed":
		return models.EventFailed
	case "canceled":
		return models.EventCanceled
	default: // queued, initiated, …
		return models.EventProcessed
	}
}

// answeredBy makes the event of who was heard; none where that is not known. The key is the same wherever it is said, so
// that a request for TwiML and the status callback after it count once.
func answeredBy(event models.ProviderEvent, who string) (models.ProviderEvent, bool) {
	switch {
	case who == "human":
		event.Type = models.EventHuman
	case isMachine(who), who == "fax":
		event.Type = models.EventMachine
	default:
		return event, false
	}
	event.Code = providers.Cut(who, maxCodeBytes)
	event.DedupeKey = event.ProviderID + "|answered_by|" + string(event.Type)
	return event, true
}

// isMachine says whether AnsweredBy is an answering machine: machine_end_beep, machine_end_silence, machine_end_other, or
// machine_start where a detection does not wait for the greeting's end.
func isMachine(who string) bool {
	return strings.HasPrefix(who, "machine")
}

// report is an event that still needs its type.
func report(attempt, sid, status string, at time.Time) models.ProviderEvent {
	return models.ProviderEvent{
		OutreachID: outreachID(attempt), ProviderID: sid, At: at.UTC(),
		DedupeKey: sid + "|" + providers.Cut(status, maxCodeBytes),
	}
}

// outreachID is the query's attempt if it is a UUID in its canonical form, else empty: the event is then told by its SID.
func outreachID(attempt string) string {
	id, err := uuid.Parse(attempt)
	if err != nil || id.String() != attempt {
		return ""
	}
	return attempt
}

// timestamp is the time that Twilio names (RFC 2822), else received. A year that no call can have might not fit a column.
func timestamp(form url.Values, received time.Time) time.Time {
	at, err := mail.ParseDate(value(form, "Timestamp"))
	if err != nil || at.UTC().Year() < 2000 || at.UTC().Year() >= 2100 {
		return received
	}
	return at
}

// errorCode is Twilio's error code, which it sometimes sends as 0.
func errorCode(form url.Values) string {
	code := value(form, "ErrorCode")
	if code == "0" {
		return ""
	}
	return providers.Cut(code, maxCodeBytes)
}

// sidOf is the first of the parameters that is given; empty where that is no SID.
func sidOf(form url.Values, names ...string) string {
	sid := value(form, names...)
	if sid != providers.Cut(sid, maxIDBytes) {
		return ""
	}
	return sid
}

// value is the first of the parameters that is given, without space around it.
func value(form url.Values, names ...string) string {
	for _, name := range names {
		if given := strings.TrimSpace(form.Get(name)); given != "" {
			return given
		}
	}
	return ""
}

func malformed(parameter, detail string) error {
	return &models.Error{
		Code: models.CodeMalformed, Detail: "the webhook cannot be read",
		Fields: []models.FieldError{{Pointer: "/" + parameter, Code: string(models.CodeMalformed), Detail: detail}},
	}
}
