package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"beckon/api"
	"beckon/models"
)

// errNotAllowed says that the key may not read what was asked for.
var errNotAllowed = errors.New("the key may not read it")

// sendGrid examines what e-mails need beside the key: that the key may send, that the domains that live campaigns write from
// are authenticated, and that events and answers come back to this Beckon. It only reads. What a restricted key may not read
// is a warning: it may be right all the same.
func (d *doctor) sendGrid(ctx context.Context) {
	if d.config.SendGridAPIKey == "" {
		return // said already
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	if !d.sendGridScopes(ctx) {
		return
	}
	d.sendGridSenders(ctx)
	d.sendGridEvents(ctx)
	d.sendGridInbound(ctx)
}

// sendGridScopes says whether the key may send; false where SendGrid is not there to be asked more.
func (d *doctor) sendGridScopes(ctx context.Context) bool {
	var scopes struct{ Scopes []string }
	if err := d.askSendGrid(ctx, "/v3/scopes", &scopes); err != nil {
		return false // said already
	}
	if !slices.Contains(scopes.Scopes, "mail.send") {
		d.sayf("SendGrid's key", VerdictFail, "it may not send: give it the permission Mail Send (SENDGRID_API_KEY)")
		return true
	}
	d.sayf("SendGrid's key", VerdictOK, "it may send")
	return true
}

// askSendGrid reads a resource of SendGrid's API. Error: errNotAllowed where the key may not.
func (d *doctor) askSendGrid(ctx context.Context, path string, into any) error {
	const most = 1 << 20
	base := strings.TrimRight(orElse(d.config.SendGridBaseURL, sendGridBase), "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return fmt.Errorf("ask SendGrid: %w", err)
	}
	bearer(d.config.SendGridAPIKey)(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return cause(err)
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return errNotAllowed
	default:
		return fmt.Errorf("SendGrid answers HTTP %d", response.StatusCode) //nolint:err113 // for people
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, most)).Decode(into); err != nil {
		return fmt.Errorf("read SendGrid's answer: %w", err)
	}
	return nil
}

// unread says of a subject why it could not be examined, and which permission would let it be.
func (d *doctor) unread(subject, permission string, err error) {
	if errors.Is(err, errNotAllowed) {
		d.sayf(subject, VerdictWarn, "the key may not read them, so nobody can say whether they are right: look yourself, or give it the "+
			"permission %s (read)", permission)
		return
	}
	d.sayf(subject, VerdictWarn, "they cannot be read: %s", err)
}

// sendGridSenders examines the addresses that live campaigns write from.
func (d *doctor) sendGridSenders(ctx context.Context) {
	const subject = "SendGrid's senders"
	addresses, err := d.liveSenders(ctx)
	if err != nil || len(addresses) == 0 {
		return // the database is examined by itself; without a campaign there is nothing to say
	}
	faults := 0
	for _, address := range addresses {
		verdict, detail, err := d.sender(ctx, address)
		if err != nil {
			d.unread(subject, "Sender Authentication", err)
			return
		}
		if verdict != VerdictOK {
			faults++
			d.sayf(subject, verdict, "%s", detail)
		}
	}
	if faults == 0 {
		d.sayf(subject, VerdictOK, "the domains of all live campaigns are authenticated (%d addresses)", len(addresses))
	}
}

// liveSenders are the addresses that active and paused campaigns write e-mails from.
func (d *doctor) liveSenders(ctx context.Context) ([]string, error) {
	addresses := []string{}
	err := d.eachLive(ctx, func(c *models.Campaign) {
		if c.Has(models.ChannelEmail) {
			addresses = append(addresses, strings.ToLower(c.Sender.FromEmail))
		}
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(addresses)
	return slices.Compact(addresses), nil
}

// eachLive hands over the active and paused campaigns.
func (d *doctor) eachLive(ctx context.Context, fn func(*models.Campaign)) error {
	db, err := OpenMigrated(ctx, d.config, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, status := range []models.CampaignStatus{models.CampaignActive, models.CampaignPaused} {
		filter := models.CampaignFilter{Status: &status, Page: models.Page{Number: 1, PerPage: models.MaxPerPage}}
		for {
			rows, total, err := db.Campaigns(ctx, filter)
			if err != nil {
				return fmt.Errorf("read campaigns: %w", err)
			}
			for i := range rows {
				fn(&rows[i].Campaign)
			}
			if filter.Page.Number*filter.Page.PerPage >= total {
				break
			}
			filter.Page.Number++
		}
	}
	return nil
}

// sender says whether mailbox providers will believe that SendGrid may send for an address.
func (d *doctor) sender(ctx context.Context, address string) (Verdict, string, error) {
	_, domain, _ := strings.Cut(address, "@")
	domains := []struct {
		Domain string
		Valid  bool
	}{}
	if err := d.askSendGrid(ctx, "/v3/whitelabel/domains?limit=200&domain="+url.QueryEscape(domain), &domains); err != nil {
		return "", "", err
	}
	known := false
	for _, each := range domains {
		if strings.EqualFold(each.Domain, domain) {
			if each.Valid {
				return VerdictOK, "", nil
			}
			known = true
		}
	}
	if known {
		return VerdictFail, fmt.Sprintf("%s is set up but not verified: add the DNS records that SendGrid shows under Settings, "+
			"Sender Authentication, and press Verify", domain), nil
	}
	var verified struct {
		Results []struct {
			FromEmail string `json:"from_email"`
			Verified  bool
		}
	}
	if err := d.askSendGrid(ctx, "/v3/verified_senders?limit=1000", &verified); err != nil {
		return "", "", err
	}
	for _, each := range verified.Results {
		if each.Verified && strings.EqualFold(each.FromEmail, address) {
			return VerdictWarn, fmt.Sprintf("%s is verified as a single sender only: mailbox providers want its domain authenticated "+
				"(DKIM, DMARC), under Settings, Sender Authentication", address), nil
		}
	}
	return VerdictFail, fmt.Sprintf("%s is not authenticated, so SendGrid refuses mails from %s: Settings, Sender Authentication, "+
		"Authenticate Your Domain", domain, address), nil
}

// eventWebhook is SendGrid's setting of an Event Webhook, as far as it is looked at.
type eventWebhook struct {
	ID               string
	URL              string
	Enabled          bool
	Processed        bool
	Deferred         bool
	Delivered        bool
	Bounce           bool
	Dropped          bool
	Open             bool
	Click            bool
	SpamReport       bool `json:"spam_report"`
	Unsubscribe      bool
	GroupUnsubscribe bool `json:"group_unsubscribe"`
}

// missing are the events that are needed, and those without which only figures are, that the webhook does not report.
func (w *eventWebhook) missing() (needed, figures []string) {
	for _, each := range []struct {
		name string
		on   bool
	}{
		{"Processed", w.Processed}, {"Deferred", w.Deferred}, {"Delivered", w.Delivered}, {"Bounced", w.Bounce},
		{"Dropped", w.Dropped}, {"Spam Reports", w.SpamReport}, {"Unsubscribed", w.Unsubscribe},
		{"Group Unsubscribes", w.GroupUnsubscribe},
	} {
		if !each.on {
			needed = append(needed, each.name)
		}
	}
	if !w.Open {
		figures = append(figures, "Opened")
	}
	if !w.Click {
		figures = append(figures, "Clicked")
	}
	return needed, figures
}

// sendGridEvents examines the Event Webhook: that one posts to this Beckon, all that is needed, signed with the key that is
// configured.
func (d *doctor) sendGridEvents(ctx context.Context) {
	const subject, where = "SendGrid's event webhook", "Settings, Mail Settings, Event Webhooks"
	var settings struct{ Webhooks []eventWebhook }
	if err := d.askSendGrid(ctx, "/v3/user/webhooks/event/settings/all", &settings); err != nil {
		d.unread(subject, "Event Notification", err)
		return
	}
	address := d.config.Public() + "/webhooks/sendgrid/events"
	at := slices.IndexFunc(settings.Webhooks, func(w eventWebhook) bool { return strings.TrimRight(w.URL, "/") == address })
	if at < 0 {
		d.sayf(subject, VerdictFail, "none posts to %s, so nothing that was delivered or bounced is known: make one under %s", address, where)
		return
	}
	webhook := &settings.Webhooks[at]
	needed, figures := webhook.missing()
	switch key, err := d.webhookKey(ctx, webhook.ID); {
	case !webhook.Enabled:
		d.sayf(subject, VerdictFail, "the one to %s is off: switch it on under %s", address, where)
	case len(needed) > 0:
		d.sayf(subject, VerdictFail, "it does not report %s: choose them under %s", strings.Join(needed, ", "), where)
	case err != nil:
		d.unread(subject, "Event Notification", err)
	case key == "":
		d.sayf(subject, VerdictFail, "it is not signed, so every post is refused: switch on Signed Event Webhook under %s, and copy its "+
			"key into SENDGRID_WEBHOOK_PUBLIC_KEY", where)
	case key != strings.TrimSpace(d.config.SendGridWebhookPublicKey):
		d.sayf(subject, VerdictFail, "it is signed with another key than SENDGRID_WEBHOOK_PUBLIC_KEY, so every post is refused: copy the "+
			"key that SendGrid shows under %s", where)
	case len(figures) > 0:
		d.sayf(subject, VerdictWarn, "it does not report %s: performance shows none", strings.Join(figures, ", "))
	default:
		d.sayf(subject, VerdictOK, "it posts all that is needed to %s, signed with the right key", address)
	}
}

// webhookKey is the public key of an Event Webhook; empty where it is not signed.
func (d *doctor) webhookKey(ctx context.Context, id string) (string, error) {
	var signed struct {
		PublicKey string `json:"public_key"`
	}
	err := d.askSendGrid(ctx, "/v3/user/webhooks/event/settings/signed/"+url.PathEscape(id), &signed)
	return strings.TrimSpace(signed.PublicKey), err
}

// sendGridInbound examines Inbound Parse: that mails to the inbound domain are posted to this Beckon.
func (d *doctor) sendGridInbound(ctx context.Context) {
	const subject, where = "SendGrid's inbound mail", "Settings, Inbound Parse"
	domain := d.config.EmailImportDomain
	secret, err := d.config.Secret()
	if err != nil {
		return // said already
	}
	if domain == "" {
		d.sayf(subject, VerdictWarn, "BECKON_EMAIL_IMPORT_DOMAIN is not set: answers by e-mail go to the campaign's replyTo or fromEmail "+
			"alone, and are not seen")
		return
	}
	address := d.config.Public() + api.InboundMailPath(secret)
	var settings struct {
		Result []struct {
			URL      string
			Hostname string
		}
	}
	if err := d.askSendGrid(ctx, "/v3/user/webhooks/parse/settings", &settings); err != nil {
		d.unread(subject, "Inbound Parse", err)
		d.sayf(subject, VerdictWarn, "mails to %s are to be posted to %s", domain, address)
		return
	}
	for _, each := range settings.Result {
		if !strings.EqualFold(each.Hostname, domain) {
			continue
		}
		if each.URL == address {
			d.sayf(subject, VerdictOK, "mails to %s are posted to %s", domain, address)
			return
		}
		d.sayf(subject, VerdictFail, "mails to %s are posted elsewhere: set the destination of that host to %s under %s", domain, address, where)
		return
	}
	d.sayf(subject, VerdictFail, "mails to %s are not passed on: add the host, with the destination %s, under %s, and an MX record of it "+
		"that names mx.sendgrid.net", domain, address, where)
}
