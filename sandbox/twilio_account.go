package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// addSetup adds the routes at which an account can be looked at: itself, its numbers, and its Messaging Services with their
// registration. Every service that is well-formed is there, and is registered.
func (t *twilio) addSetup(mux *http.ServeMux) {
	mux.HandleFunc("GET /2010-04-01/Accounts/{resource}", t.getAccount)
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json", t.authorized(t.listNumbers))
	mux.HandleFunc("GET /v1/Services/{service}", t.ofAccount(t.getService))
	mux.HandleFunc("GET /v1/Services/{service}/Compliance/Usa2p", t.ofAccount(t.listRegistrations))
}

// ofAccount lets requests with the account's id and token pass, of APIs whose paths do not name the account.
func (t *twilio) ofAccount(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != t.account || password != t.token {
			refuseAccount(w)

			return
		}
		next(w, r)
	}
}

// getAccount is GET /2010-04-01/Accounts/{Sid}.json.
func (t *twilio) getAccount(w http.ResponseWriter, r *http.Request) {
	sid, isJSON := strings.CutSuffix(r.PathValue("resource"), ".json")
	switch {
	case !isJSON:
		t.notFound(w, r)
	case sid != t.account:
		refuseAccount(w)
	default:
		t.ofAccount(func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, http.StatusOK, map[string]any{
				"sid": t.account, "status": "active", "type": "Full", "friendly_name": "Sandbox", "owner_account_sid": t.account,
				"uri": "/2010-04-01/Accounts/" + t.account + ".json",
			})
		})(w, r)
	}
}

// listNumbers is GET …/IncomingPhoneNumbers.json. Where the account takes any sender, it owns what it is asked for.
func (t *twilio) listNumbers(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query().Get("PhoneNumber")
	owned := t.numbers
	if len(owned) == 0 && numberForm.MatchString(asked) {
		owned = []string{asked}
	}
	entries := []any{}
	for _, number := range owned {
		if asked != "" && number != asked {
			continue
		}
		entries = append(entries, map[string]any{
			"sid": newSID("PN"), "account_sid": t.account, "phone_number": number, "friendly_name": number, "status": "in-use",
			"capabilities": map[string]bool{"sms": true, "mms": true, "voice": true, "fax": false},
			"sms_url":      t.inboundURL, "sms_method": http.MethodPost, "voice_url": t.voiceURL, "voice_method": http.MethodPost,
		})
	}
	page := resourceList{pageSize: defaultPageSize}
	writeJSON(w, http.StatusOK, page.body(r, "incoming_phone_numbers", entries))
}

// getService is GET /v1/Services/{Sid} of the Messaging API.
func (t *twilio) getService(w http.ResponseWriter, r *http.Request) {
	sid := r.PathValue("service")
	if !serviceSIDForm.MatchString(sid) {
		t.notFound(w, r)

		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"sid": sid, "account_sid": t.account, "friendly_name": "Sandbox", "inbound_request_url": optional(t.inboundURL),
		"inbound_method": http.MethodPost, "use_inbound_webhook_on_number": false, "status_callback": nil, "validity_period": 36_000,
		"sticky_sender": true, "smart_encoding": false, "url": "https://messaging.twilio.com/v1/Services/" + sid,
	})
}

// listRegistrations is GET /v1/Services/{Sid}/Compliance/Usa2p of the Messaging API.
func (t *twilio) listRegistrations(w http.ResponseWriter, r *http.Request) {
	sid := r.PathValue("service")
	if !serviceSIDForm.MatchString(sid) {
		t.notFound(w, r)

		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"compliance": []any{map[string]any{
			"sid": newSID("QE"), "account_sid": t.account, "messaging_service_sid": sid, "campaign_status": "VERIFIED",
			"date_created": time.Now().UTC().Format(time.RFC3339),
		}},
		"meta": map[string]any{"page": 0, "page_size": defaultPageSize, "key": "compliance"},
	})
}
