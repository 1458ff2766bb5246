package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxTextLength is Twilio's limit for the body of a text, in characters.
const maxTextLength = 1600

// serviceNumber is what a Messaging Service sends from where no numbers are configured: Twilio's own number for tests.
const serviceNumber = "+15005550006"

// textStatus is how far a text has come, in Twilio's words.
type textStatus string

// The steps of a text.
const (
	textAccepted    textStatus = "accepted"
	textQueued      textStatus = "queued"
	textSent        textStatus = "sent"
	textDelivered   textStatus = "delivered"
	textUndelivered textStatus = "undelivered"
)

// failed says whether an error code goes with the status.
func (s textStatus) failed() bool {
	return s == textUndelivered
}

// textState is a text as it is stored. Its whole way is decided when it is taken.
type textState struct {
	To   string `json:"to"`
	From string `json:"from"`
	Body string `json:"body"`
	// ServiceSID is the Messaging Service that chose the sender, if one did.
	ServiceSID string     `json:"serviceSid"`
	CreatedAt  time.Time  `json:"createdAt"`
	Steps      []textStep `json:"steps"`
	// ErrorCode says why a text does not arrive, 0 for none; it holds from the last step on.
	ErrorCode int `json:"errorCode"`
}

// textStep is a status that a text has from some time on.
type textStep struct {
	Status textStatus `json:"status"`
	At     time.Time  `json:"at"`
}

// textRequest is the form of a new text.
type textRequest struct {
	to, from, serviceSID, body, statusCallback string
}

// createText is POST …/Messages.json.
func (t *twilio) createText(w http.ResponseWriter, r *http.Request) {
	form, ok := readForm(w, r)
	if !ok {
		return
	}
	request := textRequest{
		to: form.Get("To"), from: form.Get("From"), serviceSID: form.Get("MessagingServiceSid"),
		body: form.Get("Body"), statusCallback: form.Get("StatusCallback"),
	}
	if wrong := t.checkText(request, form); wrong != nil {
		wrong.write(w)

		return
	}
	// A request that was read is carried out, also when its client has gone.
	optedOut, err := t.hasOptedOut(context.WithoutCancel(r.Context()), request.to)
	if err != nil {
		t.failed(w, r, err)

		return
	}
	if optedOut || scriptOfNumber(request.to).refusedText != 0 {
		newTwilioError(codeOptedOut, "Attempt to send to unsubscribed recipient").write(w)

		return
	}

	now := time.Now().UTC()
	sid := newSID("SM")
	d, text := t.textDelivery(request, sid, now)
	if err := t.committer.store(d); err != nil {
		t.failed(w, r, err)

		return
	}
	body := t.textBody(sid, &text, now)
	if text.ServiceSID != "" {
		// A service has not chosen a sender yet when it answers.
		body["from"], body["num_segments"], body["status"] = nil, "0", textAccepted
	}
	writeJSON(w, http.StatusCreated, body)
}

// checkText says what Twilio would find wrong with a text first.
func (t *twilio) checkText(request textRequest, form url.Values) *twilioError {
	switch {
	case request.to == "":
		return newTwilioError(codeNoTo, "A 'To' phone number is required.")
	case !numberForm.MatchString(request.to) || scriptOfNumber(request.to).invalid:
		return newTwilioError(codeInvalidTo, "The 'To' number %s is not a valid phone number.", request.to)
	case request.from == "" && request.serviceSID == "":
		return newTwilioError(codeNoFrom, "A 'From' phone number is required.")
	case request.serviceSID != "" && !serviceSIDForm.MatchString(request.serviceSID):
		return newTwilioError(codeUnknownService, "The Messaging Service '%s' does not exist", request.serviceSID).
			with(http.StatusNotFound)
	case request.from != "" && !validSender(request.from):
		return newTwilioError(codeInvalidFrom,
			"The 'From' number %s is not a valid phone number, shortcode, or alphanumeric sender ID.", request.from)
	case request.from != "" && !t.owns(request.from):
		return newTwilioError(codeUnknownFrom, "The From phone number %s is not a valid, SMS-capable inbound phone number "+
			"or short code for your account.", request.from)
	case request.from == request.to:
		return newTwilioError(codeSameNumbers, "'To' and 'From' number cannot be the same")
	case request.body == "" && form.Get("MediaUrl") == "" && form.Get("ContentSid") == "":
		return newTwilioError(codeNoBody, "Message body is required.")
	case utf8.RuneCountInString(request.body) > maxTextLength:
		return newTwilioError(codeBodyTooLong, "The concatenated message body exceeds the 1600 character limit")
	case request.statusCallback != "" && !validURL(request.statusCallback):
		return newTwilioError(codeStatusCallback, "The 'StatusCallback' URL %s is not a valid URL.", request.statusCallback)
	}

	return nil
}

// owns says whether the account may send from there.
func (t *twilio) owns(from string) bool {
	return len(t.numbers) == 0 || slices.Contains(t.numbers, from)
}

// Words that Twilio itself acts upon, alone in a text and in any case: support.twilio.com, article 223134027.
const (
	optOutWords = " STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT "
	optInWords  = " START YES UNSTOP "
)

// hasOptedOut says whether the number's last word to that effect was one to stop, as Twilio remembers it.
func (t *twilio) hasOptedOut(ctx context.Context, number string) (optedOut bool, err error) {
	rows, err := t.db.QueryContext(ctx, `SELECT replies.text FROM messages JOIN replies
		ON replies.message_id = messages.id WHERE messages.recipient = ? AND replies.text IS NOT NULL AND replies.at <= ?
		ORDER BY replies.at, replies.seq`, number, time.Now().UnixMilli())
	if err != nil {
		return false, fmt.Errorf("read replies: %w", err)
	}
	defer func() { err = joinClose(err, rows) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return false, fmt.Errorf("read a reply: %w", err)
		}
		word := strings.ToUpper(strings.TrimSpace(text))
		switch {
		case word == "" || strings.Contains(word, " "):
		case strings.Contains(optOutWords, " "+word+" "):
			optedOut = true
		case strings.Contains(optInWords, " "+word+" "):
			optedOut = false
		}
	}

	return optedOut, wrap("read replies", rows.Err())
}

// textDelivery is all that a valid text leaves behind.
func (t *twilio) textDelivery(request textRequest, sid string, now time.Time) (delivery, textState) {
	text := textState{
		To: request.to, From: request.from, Body: request.body, ServiceSID: request.serviceSID, CreatedAt: now,
	}
	if text.From == "" {
		text.From = serviceNumber
		if len(t.numbers) > 0 {
			text.From = t.numbers[0]
		}
	}
	script := scriptOfNumber(text.To)
	status := StatusDelivered
	text.Steps = []textStep{{textQueued, now}, {textSent, now.Add(t.step)}, {textDelivered, now.Add(2 * t.step)}}
	if script.undelivered != 0 {
		status, text.ErrorCode = StatusUndelivered, script.undelivered
		text.Steps[len(text.Steps)-1].Status = textUndelivered
	}

	message := Message{
		ID: newID(), Channel: ChannelText, To: text.To, From: text.From, ReplyTo: text.From, Text: &text.Body,
		Headers: map[string]string{}, OutreachID: outreachOf(request.statusCallback), ProviderID: sid,
		Status: status, ReceivedAt: now, Replies: []Reply{},
	}
	d := delivery{messages: []Message{message}}
	if request.statusCallback != "" {
		for _, step := range text.Steps {
			d.callbacks = append(d.callbacks, newTwilioCallback(laneTwilio, message.ID, request.statusCallback,
				http.MethodPost, textStatusForm(t.account, sid, &text, step.Status), step.At))
		}
	}
	if script.reply != "" {
		reply, calls := t.inboundText(&message, text.ServiceSID, script.reply, now.Add(3*t.step))
		d.replies, d.callbacks = append(d.replies, reply), append(d.callbacks, calls...)
	}
	d.resources = []resource{{
		kind: resourceText, sid: sid, messageID: message.ID, to: text.To, from: text.From,
		status: string(text.Steps[len(text.Steps)-1].Status), done: true, startedAt: &text.Steps[1].At, state: encodeState(text),
	}}

	return d, text
}

// inboundText is a contact's text to the number that reached him, with the callback that brings it to Beckon.
func (t *twilio) inboundText(message *Message, serviceSID, body string, at time.Time) (Reply, []callback) {
	reply := Reply{ID: newID(), Text: &body, At: at.UTC(), messageID: message.ID}
	if t.inboundURL == "" {
		return reply, nil
	}
	form := inboundTextForm(t.account, newSID("SM"), serviceSID, message.To, message.From, body)

	return reply, []callback{newTwilioCallback(laneTwilio, message.ID, t.inboundURL, http.MethodPost, form, at)}
}

// serviceOf is the Messaging Service that sent a text, or empty.
func (t *twilio) serviceOf(ctx context.Context, sid string) (string, error) {
	found, there, err := findResource(ctx, t.db, resourceText, sid)
	if err != nil || !there {
		return "", err
	}
	var text textState
	if err := json.Unmarshal([]byte(found.state), &text); err != nil {
		return "", fmt.Errorf("read text %s: %w", sid, err)
	}

	return text.ServiceSID, nil
}

// getText is GET …/Messages/{Sid}.json.
func (t *twilio) getText(w http.ResponseWriter, r *http.Request) {
	found, ok := t.find(w, r, resourceText)
	if !ok {
		return
	}
	var text textState
	if err := json.Unmarshal([]byte(found.state), &text); err != nil {
		t.failed(w, r, fmt.Errorf("read text %s: %w", found.sid, err))

		return
	}
	writeJSON(w, http.StatusOK, t.textBody(found.sid, &text, time.Now()))
}

// find reads the resource that a request names, or answers that there is none.
func (t *twilio) find(w http.ResponseWriter, r *http.Request, kind resourceKind) (resource, bool) {
	sid, isJSON := strings.CutSuffix(r.PathValue("resource"), ".json")
	if !isJSON {
		t.notFound(w, r)

		return resource{}, false
	}
	found, there, err := findResource(r.Context(), t.db, kind, sid)
	switch {
	case err != nil:
		t.failed(w, r, err)
	case !there:
		t.notFound(w, r)
	}

	return found, there
}

// listTexts is GET …/Messages.json.
func (t *twilio) listTexts(w http.ResponseWriter, r *http.Request) {
	page, wrong, err := t.list(r, resourceText, "DateSent")
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
		var text textState
		if err := json.Unmarshal([]byte(found.state), &text); err != nil {
			t.failed(w, r, fmt.Errorf("read text %s: %w", found.sid, err))

			return
		}
		entries = append(entries, t.textBody(found.sid, &text, time.Now()))
	}
	writeJSON(w, http.StatusOK, page.body(r, "messages", entries))
}

// textBody is a text as Twilio's API shows it at that time.
func (t *twilio) textBody(sid string, text *textState, now time.Time) map[string]any {
	current := text.Steps[0]
	var sentAt *time.Time
	for i, step := range text.Steps {
		if step.At.After(now) {
			break
		}
		current = step
		if step.Status == textSent {
			sentAt = &text.Steps[i].At
		}
	}
	uri := "/2010-04-01/Accounts/" + t.account + "/Messages/" + sid
	body := map[string]any{
		"account_sid": t.account, "api_version": twilioAPIVersion, "body": text.Body,
		"date_created": twilioTime(&text.CreatedAt), "date_sent": twilioTime(sentAt), "date_updated": twilioTime(&current.At),
		"direction": "outbound-api", "error_code": nil, "error_message": nil,
		"from": text.From, "to": text.To, "messaging_service_sid": optional(text.ServiceSID),
		"num_media": "0", "num_segments": strconv.Itoa(segments(text.Body)), "price": nil, "price_unit": "USD",
		"sid": sid, "status": current.Status, "subresource_uris": map[string]string{"media": uri + "/Media.json"},
		"uri": uri + ".json",
	}
	if current.Status.failed() {
		body["error_code"], body["error_message"] = text.ErrorCode, "Unreachable destination handset"
	}

	return body
}

// encodeState is a state as it is stored.
func encodeState(state any) string {
	encoded, err := json.Marshal(state)
	if err != nil {
		// Texts, numbers and times can always be encoded.
		panic(fmt.Sprintf("encode a state: %v", err))
	}

	return string(encoded)
}
