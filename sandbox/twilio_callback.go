package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // It is the hash of Twilio's signatures.
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Headers of Twilio's requests to its customers.
const (
	twilioSignatureHeader   = "X-Twilio-Signature"
	twilioIdempotencyHeader = "I-Twilio-Idempotency-Token"
)

// maxTwilioBatch is how many callbacks are read from the queue together.
const maxTwilioBatch = 64

// twilioAPIVersion is in every callback and in every resource.
const twilioAPIVersion = "2010-04-01"

// twilioCallback is a form that waits to be posted.
type twilioCallback struct {
	URL    string            `json:"url"`
	Method string            `json:"method"`
	Form   map[string]string `json:"form"`
	// Token stays the same when the request is repeated.
	Token string `json:"token"`
}

// newTwilioCallback queues a form for a URL.
func newTwilioCallback(to lane, messageID, address, method string, form map[string]string, due time.Time) callback {
	body, err := json.Marshal(twilioCallback{URL: address, Method: method, Form: form, Token: newID()})
	if err != nil {
		// Strings can always be encoded.
		panic(fmt.Sprintf("encode a callback: %v", err))
	}

	return callback{lane: to, messageID: messageID, due: due, body: string(body)}
}

// twilioSigner makes requests as Twilio does, signed with an account's token.
type twilioSigner struct {
	token string
}

// callbackRequest is the signed request of a stored callback.
func (s twilioSigner) callbackRequest(ctx context.Context, call callback) (*http.Request, error) {
	var stored twilioCallback
	if err := json.Unmarshal([]byte(call.body), &stored); err != nil {
		return nil, fmt.Errorf("read a stored callback: %w", err)
	}

	return s.request(ctx, stored)
}

// request is the signed request: a form in the body, or in the query where the method is GET.
func (s twilioSigner) request(ctx context.Context, call twilioCallback) (*http.Request, error) {
	form := url.Values{}
	for name, value := range call.Form {
		form.Set(name, value)
	}
	address, signed, body := call.URL, call.Form, form.Encode()
	if call.Method == http.MethodGet {
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		address, signed, body = address+separator+body, nil, ""
	}

	request, err := http.NewRequestWithContext(ctx, call.Method, address, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a callback: %w", err)
	}
	if call.Method != http.MethodGet {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	}
	request.Header.Set("User-Agent", "TwilioProxy/1.1")
	request.Header.Set("Accept", "*/*")
	request.Header.Set(twilioIdempotencyHeader, call.Token)
	request.Header.Set(twilioSignatureHeader, s.signature(address, signed))

	return request, nil
}

// signature signs the whole URL and the form's fields in the order of their names, as Twilio's security guide says.
func (s twilioSigner) signature(address string, form map[string]string) string {
	hash := hmac.New(sha1.New, []byte(s.token))
	// Writing to a hash never fails.
	_, _ = hash.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		_, _ = hash.Write([]byte(name + form[name]))
	}

	return base64.StdEncoding.EncodeToString(hash.Sum(nil))
}

// textStatusForm is what a text's status callback says.
func textStatusForm(account, sid string, text *textState, status textStatus) map[string]string {
	form := map[string]string{
		"AccountSid": account, "ApiVersion": twilioAPIVersion,
		"MessageSid": sid, "SmsSid": sid, "MessageStatus": string(status), "SmsStatus": string(status),
		"To": text.To, "From": text.From,
	}
	if text.ServiceSID != "" {
		form["MessagingServiceSid"] = text.ServiceSID
	}
	if text.ErrorCode != 0 && status.failed() {
		form["ErrorCode"] = fmt.Sprint(text.ErrorCode)
	}

	return form
}

// inboundTextForm is what a number's webhook gets when a contact writes to it.
func inboundTextForm(account, sid, serviceSID, from, to, body string) map[string]string {
	form := map[string]string{
		"AccountSid": account, "ApiVersion": twilioAPIVersion,
		"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received",
		"From": from, "To": to, "Body": body, "NumMedia": "0", "NumSegments": fmt.Sprint(segments(body)),
	}
	addPlaces(form, "From", from)
	addPlaces(form, "To", to)
	if serviceSID != "" {
		form["MessagingServiceSid"] = serviceSID
	}

	return form
}

// callForm is what every request about a call says.
func callForm(account string, call *callState) map[string]string {
	form := map[string]string{
		"AccountSid": account, "ApiVersion": twilioAPIVersion,
		"CallSid": call.SID, "CallStatus": string(call.Status), "Direction": "outbound-api",
		"To": call.To, "Called": call.To, "From": call.From, "Caller": call.From,
	}
	for _, name := range []string{"To", "Called"} {
		addPlaces(form, name, call.To)
	}
	for _, name := range []string{"From", "Caller"} {
		addPlaces(form, name, call.From)
	}
	if call.AnsweredBy != "" && !call.AsyncDetection {
		form["AnsweredBy"] = call.AnsweredBy
	}

	return form
}

// addPlaces adds where a number is. Twilio leaves empty what it does not know, and so does the sandbox but for countries.
func addPlaces(form map[string]string, name, number string) {
	country := ""
	switch {
	case strings.HasPrefix(number, "+1"):
		country = "US"
	case strings.HasPrefix(number, "+44"):
		country = "GB"
	}
	form[name+"Country"] = country
	for _, part := range []string{"State", "City", "Zip"} {
		form[name+part] = ""
	}
}
