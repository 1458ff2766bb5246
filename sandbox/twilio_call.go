package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// callStatus is how far a call has come, in Twilio's words.
type callStatus string

// The steps of a call; from callCompleted on they are ends.
const (
	callQueued     callStatus = "queued"
	callInitiated  callStatus = "initiated"
	callRinging    callStatus = "ringing"
	callInProgress callStatus = "in-progress"
	callCompleted  callStatus = "completed"
	callBusy       callStatus = "busy"
	callNoAnswer   callStatus = "no-answer"
	callFailed     callStatus = "failed"
	callCanceled   callStatus = "canceled"
)

// isEnd says whether nothing follows.
func (s callStatus) isEnd() bool {
	switch s {
	case callCompleted, callBusy, callNoAnswer, callFailed, callCanceled:
		return true
	case callQueued, callInitiated, callRinging, callInProgress:
		return false
	}

	return false
}

// message is the status of the call's message.
func (s callStatus) message() Status {
	return Status(strings.ReplaceAll(string(s), "-", "_"))
}

// The kinds of answering machine detection, and what it finds.
const (
	detectEnable     = "Enable"
	detectMessageEnd = "DetectMessageEnd"

	answeredByHuman        = "human"
	answeredByMachineStart = "machine_start"
	answeredByMachineBeep  = "machine_end_beep"
)

// detectionTime is how long a detection takes by the clock of the call.
const detectionTime = 3500 * time.Millisecond

// callEvents are the events that a status callback can be asked for.
const (
	eventInitiated = "initiated"
	eventRinging   = "ringing"
	eventAnswered  = "answered"
	eventCompleted = "completed"
)

// callState is a call as it is stored, with all that is needed to take it up again after a restart.
type callState struct {
	SID    string     `json:"sid"`
	To     string     `json:"to"`
	From   string     `json:"from"`
	Status callStatus `json:"status"`

	// Next is the document to follow next; Fallback is tried in its place when it cannot be had.
	Next     document `json:"next"`
	Fallback document `json:"fallback"`
	// Documents counts those followed.
	Documents int `json:"documents"`

	StatusCallback string   `json:"statusCallback"`
	StatusMethod   string   `json:"statusMethod"`
	Events         []string `json:"events"`
	// Sequence is the number of the next status callback.
	Sequence int `json:"sequence"`

	// Detection is the kind of answering machine detection, or empty.
	Detection         string `json:"detection"`
	AsyncDetection    bool   `json:"asyncDetection"`
	DetectionCallback string `json:"detectionCallback"`
	DetectionMethod   string `json:"detectionMethod"`
	// AnsweredBy is what the detection found.
	AnsweredBy string `json:"answeredBy"`

	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	StartedAt *time.Time `json:"startedAt"`
	EndedAt   *time.Time `json:"endedAt"`
	// Talked is how long the call would have lasted; the sandbox does not wait that long.
	Talked time.Duration `json:"talked"`

	// Script and Voicemail are what was spoken to a person and to a machine.
	Script    []string `json:"script"`
	Voicemail []string `json:"voicemail"`
	// RepliesTaken counts the inbox's answers that a <Gather> has taken.
	RepliesTaken int `json:"repliesTaken"`
	// ErrorCode is Twilio's code for what went wrong with the instructions, or 0.
	ErrorCode int `json:"errorCode"`
}

// document is where a call's instructions come from: a URL, or the document itself.
type document struct {
	URL    string            `json:"url"`
	Method string            `json:"method"`
	TwiML  string            `json:"twiml"`
	Params map[string]string `json:"params"`
}

// isNone says whether there is no document.
func (d document) isNone() bool {
	return d.URL == "" && d.TwiML == ""
}

// resource is the call as it is stored.
func (c *callState) resource(messageID string) resource {
	return resource{
		kind: resourceCall, sid: c.SID, messageID: messageID, to: c.To, from: c.From, status: string(c.Status),
		done: c.Status.isEnd(), startedAt: c.StartedAt, state: encodeState(c),
	}
}

// wants says whether an event is to be called back.
func (c *callState) wants(event string) bool {
	return c.StatusCallback != "" && slices.Contains(c.Events, event)
}

// duration is how long the call lasted, in whole seconds; an answered call lasts at least one.
func (c *callState) duration() int {
	if c.StartedAt == nil {
		return 0
	}

	return max(1, int(c.Talked.Round(time.Second)/time.Second))
}

// createCall is POST …/Calls.json.
func (t *twilio) createCall(w http.ResponseWriter, r *http.Request) {
	form, ok := readForm(w, r)
	if !ok {
		return
	}
	if wrong := t.checkCall(form); wrong != nil {
		wrong.write(w)

		return
	}
	now := time.Now().UTC()
	call := newCall(form, newSID("CA"), now)
	message := Message{
		ID: newID(), Channel: ChannelPhone, To: call.To, From: call.From, ReplyTo: call.From, Headers: map[string]string{},
		OutreachID: outreachOf(call.StatusCallback, call.Next.URL), ProviderID: call.SID, Status: StatusQueued,
		ReceivedAt: now, Replies: []Reply{},
	}
	d := delivery{messages: []Message{message}}
	d.callbacks = t.switchboard.statusCallback(&call, message.ID, eventInitiated, now)
	d.resources = []resource{call.resource(message.ID)}
	if err := t.committer.store(d); err != nil {
		t.failed(w, r, err)

		return
	}
	t.switchboard.place(call, message)
	writeJSON(w, http.StatusCreated, t.callBody(&call))
}

// newCall reads a valid form.
func newCall(form url.Values, sid string, now time.Time) callState {
	method := func(name string) string { return orDefault(strings.ToUpper(form.Get(name)), http.MethodPost) }
	call := callState{
		SID: sid, To: form.Get("To"), From: form.Get("From"), Status: callQueued,
		Next:           document{URL: form.Get("Url"), Method: method("Method"), TwiML: form.Get("Twiml")},
		Fallback:       document{URL: form.Get("FallbackUrl"), Method: method("FallbackMethod")},
		StatusCallback: form.Get("StatusCallback"), StatusMethod: method("StatusCallbackMethod"),
		Events:    form["StatusCallbackEvent"],
		Detection: form.Get("MachineDetection"), AsyncDetection: form.Get("AsyncAmd") == "true",
		DetectionCallback: form.Get("AsyncAmdStatusCallback"), DetectionMethod: method("AsyncAmdStatusCallbackMethod"),
		CreatedAt: now, UpdatedAt: now, Script: []string{}, Voicemail: []string{},
	}
	if call.Next.URL != "" {
		// The one or the other; the URL wins.
		call.Next.TwiML = ""
	}
	if call.Detection == "" {
		call.AsyncDetection = false
	}
	if len(call.Events) == 0 {
		call.Events = []string{eventCompleted}
	}
	for _, event := range call.Events {
		switch event {
		case eventInitiated, eventRinging, eventAnswered, eventCompleted:
		default:
			// Twilio takes the call all the same, notes error 21626 and calls back for nothing at all.
			call.Events = []string{}
		}
	}

	return call
}

// checkCall says what Twilio would find wrong with a call first.
func (t *twilio) checkCall(form url.Values) *twilioError {
	to, from, address, statusCallback := form.Get("To"), form.Get("From"), form.Get("Url"), form.Get("StatusCallback")
	detectionCallback := form.Get("AsyncAmdStatusCallback")
	switch {
	case to == "":
		return newTwilioError(codeCallNoTo, "No 'To' number is specified")
	case !numberForm.MatchString(to) || scriptOfNumber(to).invalid:
		return newTwilioError(codeInvalidTo, "The phone number you are attempting to call, %s, is not valid.", to)
	case from == "":
		return newTwilioError(codeCallNoFrom, "No 'From' number is specified")
	case !numberForm.MatchString(from):
		return newTwilioError(codeInvalidFrom, "%s is not a valid phone number, in From.", from)
	case !t.owns(from):
		return newTwilioError(codeCallUnknownFrom, "The source phone number provided, %s, is not yet verified for your "+
			"account. You may only make calls from phone numbers that you've verified or purchased from Twilio.", from)
	case to == from:
		return newTwilioError(codeSameNumbers, "'To' and 'From' number cannot be the same")
	case address == "" && form.Get("Twiml") == "":
		return newTwilioError(codeCallURL,
			"Url parameter is required. For more information, see http://www.twilio.com/docs/api/twiml")
	case address != "" && !validURL(address):
		return newTwilioError(codeCallURL, "Url is not a valid URL: %s", address)
	case statusCallback != "" && !validURL(statusCallback):
		return newTwilioError(codeStatusCallback, "StatusCallback is not a valid URL: %s", statusCallback)
	case detectionCallback != "" && !validURL(detectionCallback):
		return newTwilioError(codeStatusCallback, "AsyncAmdStatusCallback is not a valid URL: %s", detectionCallback)
	}
	switch form.Get("MachineDetection") {
	case "", detectEnable, detectMessageEnd:
		return nil
	default:
		return newTwilioError(codeDetection, "MachineDetection is not valid")
	}
}

// getCall is GET …/Calls/{Sid}.json.
func (t *twilio) getCall(w http.ResponseWriter, r *http.Request) {
	found, ok := t.find(w, r, resourceCall)
	if !ok {
		return
	}
	t.answerCall(w, r, found)
}

// answerCall answers with a stored call.
func (t *twilio) answerCall(w http.ResponseWriter, r *http.Request, found resource) {
	call, err := decodeCall(found)
	if err != nil {
		t.failed(w, r, err)

		return
	}
	writeJSON(w, http.StatusOK, t.callBody(&call))
}

// decodeCall reads a stored call.
func decodeCall(found resource) (callState, error) {
	var call callState
	if err := json.Unmarshal([]byte(found.state), &call); err != nil {
		return callState{}, fmt.Errorf("read call %s: %w", found.sid, err)
	}

	return call, nil
}

// listCalls is GET …/Calls.json.
func (t *twilio) listCalls(w http.ResponseWriter, r *http.Request) {
	page, wrong, err := t.list(r, resourceCall, "StartTime")
	switch {
	case err != nil:
		t.failed(w, r, err)

		return
	case wrong != nil:
		wrong.write(w)

		return
	}
	entries := []any{}
	for _, found := range page.resources {
		call, err := decodeCall(found)
		if err != nil {
			t.failed(w, r, err)

			return
		}
		entries = append(entries, t.callBody(&call))
	}
	writeJSON(w, http.StatusOK, page.body(r, "calls", entries))
}

// updateCall is POST …/Calls/{Sid}.json: it ends a call or gives it other instructions.
func (t *twilio) updateCall(w http.ResponseWriter, r *http.Request) {
	form, ok := readForm(w, r)
	if !ok {
		return
	}
	change := callChange{
		status: callStatus(form.Get("Status")),
		next: document{
			URL: form.Get("Url"), TwiML: form.Get("Twiml"), Method: orDefault(strings.ToUpper(form.Get("Method")), http.MethodPost),
		},
	}
	switch {
	case change.status != "" && change.status != callCompleted && change.status != callCanceled:
		newTwilioError(codeInvalidParam, "Status must be canceled or completed").write(w)

		return
	case change.next.URL != "" && !validURL(change.next.URL):
		newTwilioError(codeCallURL, "Url is not a valid URL: %s", change.next.URL).write(w)

		return
	}
	found, ok := t.find(w, r, resourceCall)
	if !ok {
		return
	}
	if change.status != "" || !change.next.isNone() {
		if !t.switchboard.change(r.Context(), found.messageID, change) {
			newTwilioError(codeCallNotInProcess, "Call is not in-progress. Cannot redirect.").write(w)

			return
		}
		if found, ok = t.find(w, r, resourceCall); !ok {
			return
		}
	}
	t.answerCall(w, r, found)
}

// callBody is a call as Twilio's API shows it.
func (t *twilio) callBody(call *callState) map[string]any {
	uri := "/2010-04-01/Accounts/" + t.account + "/Calls/" + call.SID
	body := map[string]any{
		"account_sid": t.account, "annotation": nil, "answered_by": optional(call.AnsweredBy), "api_version": twilioAPIVersion,
		"caller_name": nil, "date_created": twilioTime(&call.CreatedAt), "date_updated": twilioTime(&call.UpdatedAt),
		"direction": "outbound-api", "duration": nil, "end_time": twilioTime(call.EndedAt), "forwarded_from": nil,
		"from": call.From, "from_formatted": call.From, "group_sid": nil, "parent_call_sid": nil, "phone_number_sid": nil,
		"price": nil, "price_unit": "USD", "queue_time": "0", "sid": call.SID, "start_time": twilioTime(call.StartedAt),
		"status": call.Status, "to": call.To, "to_formatted": call.To, "trunk_sid": nil, "uri": uri + ".json",
		"subresource_uris": map[string]string{"recordings": uri + "/Recordings.json", "notifications": uri + "/Notifications.json"},
	}
	if call.Status.isEnd() {
		body["duration"] = strconv.Itoa(call.duration())
	}

	return body
}
