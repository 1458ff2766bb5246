package service

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"beckon/models"
	"beckon/providers/twilio"
)

// twilio examines what texts and calls need beside the credentials: an account that is active and, of each number and Messaging
// Service that live campaigns use, that it is there, can do what it is used for, reports what comes in to this Beckon, and is
// registered as carriers want it. It only reads.
func (d *doctor) twilio(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	var account struct{ Status string }
	path := d.accountPath() + ".json"
	if status, err := d.askTwilio(ctx, d.twilioBase(), path, &account); err != nil || status != http.StatusOK {
		return // that it does not answer, or refuses the credentials, is said already
	}
	if account.Status != "active" {
		d.sayf("Twilio's account", VerdictFail, "it is %s: nothing can be sent", orElse(account.Status, "in an unknown state"))
		return
	}
	d.sayf("Twilio's account", VerdictOK, "it is active")
	uses, err := d.twilioUses(ctx)
	if err != nil {
		return // the database is examined by itself
	}
	for _, number := range slices.Sorted(maps.Keys(uses.numbers)) {
		d.twilioNumber(ctx, number, uses.numbers[number])
	}
	for _, service := range slices.Sorted(maps.Keys(uses.services)) {
		d.twilioService(ctx, service)
	}
}

// numberUse is what a number is used for.
type numberUse struct{ texts, calls bool }

// twilioUses are the numbers and Messaging Services of live campaigns.
type twilioUses struct {
	numbers  map[string]numberUse
	services map[string]bool
}

func (d *doctor) twilioUses(ctx context.Context) (twilioUses, error) {
	uses := twilioUses{numbers: map[string]numberUse{}, services: map[string]bool{}}
	err := d.eachLive(ctx, func(c *models.Campaign) {
		use, sender := uses.numbers[c.Sender.FromPhone], &c.Sender
		use.calls = use.calls || c.Has(models.ChannelPhone)
		use.texts = use.texts || c.Has(models.ChannelText) && sender.MessagingServiceSID == ""
		if sender.FromPhone != "" && (use.calls || use.texts) {
			uses.numbers[sender.FromPhone] = use
		}
		if sender.MessagingServiceSID != "" && c.Has(models.ChannelText) {
			uses.services[sender.MessagingServiceSID] = true
		}
	})
	return uses, err
}

// twilioNumber examines one number.
func (d *doctor) twilioNumber(ctx context.Context, number string, use numberUse) {
	subject := "Twilio's number " + number
	var list struct {
		Numbers []struct {
			Capabilities struct{ SMS, Voice bool }
			SMSURL       string `json:"sms_url"`
			VoiceURL     string `json:"voice_url"`
		} `json:"incoming_phone_numbers"`
	}
	path := d.accountPath() + "/IncomingPhoneNumbers.json?" + url.Values{"PhoneNumber": {number}}.Encode()
	if status, err := d.askTwilio(ctx, d.twilioBase(), path, &list); err != nil || status != http.StatusOK {
		d.sayf(subject, VerdictWarn, "it cannot be read: %s", twilioProblem(status, err))
		return
	}
	if len(list.Numbers) == 0 {
		d.sayf(subject, VerdictFail, "the account does not own it: what is sent from it waits with provider_auth (21606, 21210)")
		return
	}
	owned, faults := list.Numbers[0], len(d.findings)
	if use.texts && !owned.Capabilities.SMS {
		d.sayf(subject, VerdictFail, "it can send no texts")
	}
	if use.calls && !owned.Capabilities.Voice {
		d.sayf(subject, VerdictFail, "it can make no calls")
	}
	if use.texts {
		d.goesTo(subject, `"A message comes in"`, owned.SMSURL, twilio.TextInboundPath)
	}
	if use.calls {
		d.goesTo(subject, `"A call comes in"`, owned.VoiceURL, twilio.VoiceInboundPath)
	}
	if len(d.findings) == faults {
		d.sayf(subject, VerdictOK, "the account owns it, it can do what it is used for, and what comes in comes here")
	}
	if use.texts && strings.HasPrefix(number, "+1") {
		d.sayf(subject, VerdictWarn, "see in Twilio's console that it is registered for texts to the US (A2P 10DLC, or toll-free "+
			"verification): else they fail with 30034 or 30032; of a Messaging Service this can be asked")
	}
}

// goesTo says where a webhook goes that goes elsewhere.
func (d *doctor) goesTo(subject, name, address, path string) {
	want := d.config.Public() + path
	switch {
	case address == "":
		d.sayf(subject, VerdictFail, "%s goes nowhere: set it to %s, POST", name, want)
	case address != want:
		d.sayf(subject, VerdictFail, "%s goes to %s: set it to %s, POST", name, address, want)
	}
}

// twilioService examines one Messaging Service.
func (d *doctor) twilioService(ctx context.Context, sid string) {
	subject := "Twilio's service " + sid
	var service struct {
		Inbound  string `json:"inbound_request_url"`
		OnNumber bool   `json:"use_inbound_webhook_on_number"`
	}
	path := "/v1/Services/" + url.PathEscape(sid)
	status, err := d.askTwilio(ctx, d.messagingBase(), path, &service)
	switch {
	case status == http.StatusNotFound:
		d.sayf(subject, VerdictFail, "the account has no such Messaging Service: texts wait with provider_auth (21701)")
		return
	case err != nil || status != http.StatusOK:
		d.sayf(subject, VerdictWarn, "it cannot be read: %s", twilioProblem(status, err))
		return
	}
	faults := len(d.findings)
	if service.OnNumber {
		d.sayf(subject, VerdictWarn, `it leaves what comes in to each of its numbers: set "A message comes in" of each to %s, POST`,
			d.config.Public()+twilio.TextInboundPath)
	} else {
		d.goesTo(subject, "its inbound request", service.Inbound, twilio.TextInboundPath)
	}
	if len(d.findings) == faults {
		d.sayf(subject, VerdictOK, "it is there, and what comes in comes here")
	}
	d.twilioRegistration(ctx, subject, path)
}

// twilioRegistration examines whether a Messaging Service is registered for texts to the US.
func (d *doctor) twilioRegistration(ctx context.Context, subject, path string) {
	var list struct {
		Compliance []struct {
			Status string `json:"campaign_status"`
		}
	}
	status, err := d.askTwilio(ctx, d.messagingBase(), path+"/Compliance/Usa2p", &list)
	switch {
	case err != nil || status != http.StatusOK && status != http.StatusNotFound:
		d.sayf(subject, VerdictWarn, "its A2P 10DLC registration cannot be read: %s", twilioProblem(status, err))
	case len(list.Compliance) == 0:
		d.sayf(subject, VerdictWarn, "it has no A2P 10DLC registration: texts to the US from its 10-digit numbers fail with 30034")
	case list.Compliance[0].Status != "VERIFIED":
		d.sayf(subject, VerdictFail, "its A2P 10DLC registration is %s: texts to the US from its 10-digit numbers fail with 30034",
			list.Compliance[0].Status)
	default:
		d.sayf(subject, VerdictOK, "its A2P 10DLC registration is verified")
	}
}

// askTwilio reads a resource of one of Twilio's APIs. The status is 0 where there was no answer.
func (d *doctor) askTwilio(ctx context.Context, base, path string, into any) (status int, err error) {
	const most = 1 << 20
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return 0, fmt.Errorf("ask Twilio: %w", err)
	}
	d.config.twilioProbe().authorise(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, cause(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return response.StatusCode, nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, most)).Decode(into); err != nil {
		return response.StatusCode, fmt.Errorf("read Twilio's answer: %w", err)
	}
	return response.StatusCode, nil
}

func twilioProblem(status int, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("Twilio answers HTTP %d", status)
}

func (d *doctor) accountPath() string {
	return "/2010-04-01/Accounts/" + url.PathEscape(d.config.TwilioAccountSID)
}

func (d *doctor) twilioBase() string {
	return strings.TrimRight(orElse(d.config.TwilioBaseURL, twilioBase), "/")
}

// messagingBase is the base URL of Twilio's Messaging API: its host differs from that of the first API in its first label alone,
// in each region. What stands in for Twilio serves both.
func (d *doctor) messagingBase() string {
	return strings.Replace(d.twilioBase(), "://api.", "://messaging.", 1)
}
