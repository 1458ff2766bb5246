package models

import (
	"strings"
	"time"
)

// GoLiveProblems says everything that keeps a campaign from going live, and that must hold while it is; empty where nothing
// does. ConsentAttested says whether somebody has attested that the contacts agreed to be called and texted, which those
// channels need (47 CFR 64.1200). A postal address in e-mail is asked by CAN-SPAM (15 U.S.C. 7704(a)(5)).
func GoLiveProblems(c *Campaign, consentAttested bool) []FieldError {
	f := &findings{found: Validate(c)}
	if len(c.Channels) == 0 {
		f.add("/channels", FieldRequired, "choose at least one channel")
	}
	if blank(c.Objective) {
		f.add("/objective", FieldRequired, "say what the campaign is to achieve")
	}
	if c.ExecutionMode == ModeScheduled && c.ScheduledAt == nil {
		f.add("/scheduledAt", FieldRequired, "say when the scheduled campaign begins")
	}
	if c.Has(ChannelEmail) {
		f.emailSender(&c.Sender)
	}
	if c.Has(ChannelText) || c.Has(ChannelPhone) {
		f.phoneSender(c)
		if !consentAttested {
			f.add("/consent", FieldRequired, "somebody must attest that the contacts agreed to be called or texted")
		}
	}
	return f.found
}

// DateProblems says which dates keep a campaign from going live now: an end that has passed.
func DateProblems(c *Campaign, now time.Time) []FieldError {
	f := &findings{}
	if c.Ended(now) {
		f.add("/endDate", FieldPast, "the end date has passed")
	}
	return f.found
}

func (f *findings) emailSender(s *Sender) {
	if s.FromEmail == "" {
		f.add("/sender/fromEmail", FieldRequired, "e-mail needs an address to send from")
	}
	if blank(s.FromName) && blank(s.BusinessName) {
		f.add("/sender/fromName", FieldRequired, "e-mail needs the name of a sender or business")
	}
	if blank(s.PostalAddress) {
		f.add("/sender/postalAddress", FieldRequired, "e-mail needs the sender's postal address")
	}
}

func (f *findings) phoneSender(c *Campaign) {
	s := &c.Sender
	if blank(s.BusinessName) {
		f.add("/sender/businessName", FieldRequired, "calls and texts begin with the name of the business")
	}
	switch {
	case c.Has(ChannelPhone) && s.FromPhone == "":
		f.add("/sender/fromPhone", FieldRequired, "calls need a number to call from")
	case s.FromPhone == "" && s.MessagingServiceSID == "":
		f.add("/sender/fromPhone", FieldRequired, "texts need a number or a messaging service to send from")
	}
}

// blank says that a text holds nothing but white space.
func blank(text string) bool { return strings.TrimSpace(text) == "" }

// ConsentProblems says what is wrong with the name of whoever attests the contacts' consent at go-live.
func ConsentProblems(attestedBy string) []FieldError {
	const pointer = "/consent/attestedBy"
	f := &findings{}
	f.line(pointer, attestedBy)
	if blank(attestedBy) {
		f.add(pointer, FieldRequired, "say who attests it")
	}
	return f.found
}
