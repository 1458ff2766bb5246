package sandbox

import (
	"net/http"
	"strings"
)

// webhookID is the id of the sandbox's only Event Webhook.
const webhookID = "0192f1a0-0000-7000-8000-00000000beac"

// sendGridSettings is how a SendGrid account would be set up that does what this sandbox does.
type sendGridSettings struct {
	eventsURL     string
	inboundURL    string
	inboundDomain string
	publicKey     string // of the events
}

// eventWebhookSetting is SendGrid's description of an Event Webhook (EventWebhookNoDatesResponse).
type eventWebhookSetting struct {
	Enabled             bool   `json:"enabled"`
	URL                 string `json:"url"`
	AccountStatusChange bool   `json:"account_status_change"`
	GroupResubscribe    bool   `json:"group_resubscribe"`
	Delivered           bool   `json:"delivered"`
	GroupUnsubscribe    bool   `json:"group_unsubscribe"`
	SpamReport          bool   `json:"spam_report"`
	Bounce              bool   `json:"bounce"`
	Deferred            bool   `json:"deferred"`
	Unsubscribe         bool   `json:"unsubscribe"`
	Processed           bool   `json:"processed"`
	Open                bool   `json:"open"`
	Click               bool   `json:"click"`
	Dropped             bool   `json:"dropped"`
	FriendlyName        string `json:"friendly_name"`
	ID                  string `json:"id"`
	PublicKey           string `json:"public_key"`
}

// parseSetting is SendGrid's description of a host whose mail it passes on (ParseSetting).
type parseSetting struct {
	URL       string `json:"url"`
	Hostname  string `json:"hostname"`
	SpamCheck bool   `json:"spam_check"`
	SendRaw   bool   `json:"send_raw"`
}

// webhooks are the account's Event Webhooks: one that reports everything, where there is anywhere to report to.
func (s sendGridSettings) webhooks() []eventWebhookSetting {
	if s.eventsURL == "" {
		return []eventWebhookSetting{}
	}

	return []eventWebhookSetting{{
		Enabled: true, URL: s.eventsURL, Delivered: true, GroupUnsubscribe: true, SpamReport: true, Bounce: true, Deferred: true,
		Unsubscribe: true, Processed: true, Open: true, Click: true, Dropped: true, FriendlyName: "Sandbox", ID: webhookID,
		PublicKey: s.publicKey,
	}}
}

// addSettings adds the routes by which an account's settings are read. Nothing can be changed: the sandbox is set up by who
// starts it.
func (s *sendGrid) addSettings(mux *http.ServeMux) {
	get := func(path string, answer func(*http.Request) (int, any)) {
		mux.HandleFunc("GET "+path, s.authorized(func(w http.ResponseWriter, r *http.Request) {
			status, body := answer(r)
			writeJSON(w, status, body)
		}))
	}
	get("/v3/scopes", func(*http.Request) (int, any) {
		return http.StatusOK, map[string][]string{"scopes": {
			"mail.send", "user.webhooks.event.settings.read", "user.webhooks.parse.settings.read", "whitelabel.read",
		}}
	})
	get("/v3/whitelabel/domains", s.domains)
	get("/v3/verified_senders", func(*http.Request) (int, any) {
		return http.StatusOK, map[string]any{"results": []any{}}
	})
	get("/v3/user/webhooks/event/settings/all", func(*http.Request) (int, any) {
		return http.StatusOK, map[string]any{"max_allowed": 1, "webhooks": s.settings.webhooks()}
	})
	notFound := map[string]any{"errors": []map[string]string{{"message": "not found"}}}
	get("/v3/user/webhooks/event/settings/{id}", func(r *http.Request) (int, any) {
		if hooks := s.settings.webhooks(); len(hooks) > 0 && r.PathValue("id") == webhookID {
			return http.StatusOK, hooks[0]
		}

		return http.StatusNotFound, notFound
	})
	get("/v3/user/webhooks/event/settings/signed/{id}", func(r *http.Request) (int, any) {
		if hooks := s.settings.webhooks(); len(hooks) > 0 && r.PathValue("id") == webhookID {
			return http.StatusOK, map[string]string{"id": webhookID, "public_key": hooks[0].PublicKey}
		}

		return http.StatusNotFound, notFound
	})
	get("/v3/user/webhooks/parse/settings", func(*http.Request) (int, any) {
		hosts := []parseSetting{}
		if s.settings.inboundURL != "" {
			hosts = append(hosts, parseSetting{URL: s.settings.inboundURL, Hostname: s.settings.inboundDomain})
		}

		return http.StatusOK, map[string]any{"result": hosts}
	})
}

// domains are the account's authenticated ones: any that is asked for, but those that begin with "unverified." and "unknown.".
func (*sendGrid) domains(r *http.Request) (int, any) {
	name := strings.ToLower(r.URL.Query().Get("domain"))
	if name == "" || strings.HasPrefix(name, "unknown.") {
		return http.StatusOK, []any{}
	}

	return http.StatusOK, []map[string]any{{
		"id": 1, "user_id": 1, "subdomain": "em", "domain": name, "username": "sandbox", "ips": []string{}, "custom_spf": false,
		"default": false, "legacy": false, "automatic_security": true, "valid": !strings.HasPrefix(name, "unverified."),
	}}
}
