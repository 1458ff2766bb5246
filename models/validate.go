package models

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Codes of faulty settings.
const (
	FieldRequired    = "required"
	FieldTooLong     = "too_long"
	FieldTooShort    = "too_short"
	FieldWeak        = "weak" // a password that is easily guessed
	FieldControl     = "control_character"
	FieldUnknown     = "unknown_value" // not one of the values that there are
	FieldRepeated    = "repeated"
	FieldFormat      = "format"
	FieldOutOfRange  = "out_of_range"
	FieldBeforeStart = "before_start"
	FieldPast        = "past"
	FieldWrongMode   = string(CodeWrongMode) // of another execution mode
	FieldFixed       = "fixed"               // cannot be changed any more
)

// Limits of a campaign's settings; texts in characters. An e-mail address has at most 254 bytes (RFC 5321, section
// 4.5.3.1.3), a phone number at most 15 digits (ITU-T E.164); the others are Beckon's.
const (
	MaxNameLength         = 200 // of a campaign, sender or person
	MaxObjectiveLength    = 10_000
	MaxInstructionsLength = 20_000
	MaxPostalLength       = 500
	MaxEmailBytes         = 254
	MaxMaxAttempts        = 100
	MaxHoursBetween       = 24 * 90
)

// NewCampaign is a campaign of the type with the defaults of all other settings, as a draft.
func NewCampaign(kind CampaignType) *Campaign {
	campaign := &Campaign{
		Type: kind, Status: CampaignDraft, Channels: []Channel{}, Timezone: "UTC", DefaultRegion: "US",
		ExecutionMode: ModeAutomatic, MaxAttempts: DefaultMaxAttempts,
		MinHoursBetweenAttempts: DefaultMinHoursBetweenAttempts,
		Windows:                 DefaultWindows(), QuietHours: QuietHoursUS,
		Eligibility: Eligibility{Rules: []EligibilityRule{}}, Guardrails: DefaultGuardrails(),
	}
	if kind == CampaignOneTime {
		campaign.MaxAttempts = 1
	}
	return campaign
}

// Validate says what is wrong with a campaign's settings, in whatever state it is; empty where nothing is. A draft may lack
// much: what it must have to go live is GoLiveProblems' matter. Time zones are looked up in the system's or the program's
// IANA database.
func Validate(c *Campaign) []FieldError {
	f := &findings{}
	f.line("/name", c.Name)
	if strings.TrimSpace(c.Name) == "" {
		f.add("/name", FieldRequired, "a campaign needs a name")
	}
	f.text("/objective", c.Objective, MaxObjectiveLength)
	f.text("/instructions", c.Instructions, MaxInstructionsLength)
	f.oneOf("/type", c.Type == CampaignOneTime || c.Type == CampaignFollowUp)
	f.channels(c.Channels)
	f.place(c)
	f.dates(c)
	f.mode(c)
	f.attempts(c)
	f.sender(&c.Sender)
	f.found = append(f.found, WindowProblems(c.Windows)...)
	f.found = append(f.found, QuietHoursProblems(c.QuietHours, c.Windows)...)
	f.eligibility(c.Eligibility)
	f.limits(c)
	return f.found
}

// findings gathers what is wrong.
type findings struct {
	found []FieldError
}

func (f *findings) add(pointer, code, detail string) {
	f.found = append(f.found, FieldError{Pointer: pointer, Code: code, Detail: detail})
}

// text checks a text that may have several lines.
func (f *findings) text(pointer, text string, longest int) {
	if utf8.RuneCountInString(text) > longest {
		f.add(pointer, FieldTooLong, fmt.Sprintf("at most %d characters", longest))
	}
	if !plainText(text) {
		f.add(pointer, FieldControl, "control characters are not allowed")
	}
}

// plainText says whether a text of several lines holds nothing that a reader cannot see, or a database cannot keep.
func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// line checks a name: one line, since it may end in a header of an e-mail.
func (f *findings) line(pointer, text string) {
	if utf8.RuneCountInString(text) > MaxNameLength {
		f.add(pointer, FieldTooLong, fmt.Sprintf("at most %d characters", MaxNameLength))
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		f.add(pointer, FieldControl, "line breaks and control characters are not allowed")
	}
}

func (f *findings) oneOf(pointer string, ok bool) {
	if !ok {
		f.add(pointer, FieldUnknown, "there is no such value")
	}
}

func (f *findings) channels(channels []Channel) {
	for i, channel := range channels {
		pointer := fmt.Sprintf("/channels/%d", i)
		f.oneOf(pointer, channel == ChannelEmail || channel == ChannelText || channel == ChannelPhone)
		if slices.Contains(channels[:i], channel) {
			f.add(pointer, FieldRepeated, "a channel is named once")
		}
	}
}

// place checks where the campaign is: its time zone and the country whose national numbers it reads.
func (f *findings) place(c *Campaign) {
	if !isTimezone(c.Timezone) {
		f.add("/timezone", FieldUnknown, "a name of the IANA time zone database, such as America/New_York or UTC")
	}
	region, err := language.ParseRegion(c.DefaultRegion)
	if err != nil || !region.IsCountry() || region.Canonicalize().String() != c.DefaultRegion {
		f.add("/defaultRegion", FieldUnknown, "a country by ISO 3166-1 alpha-2 in capitals, such as US")
	}
}

// isTimezone takes names of the IANA database. time.LoadLocation also takes "", "Local" and files that lie beside it.
func isTimezone(name string) bool {
	if name == "" || name == "Local" || name == "localtime" || strings.HasPrefix(name, "posix") ||
		strings.HasPrefix(name, "right/") {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// dates checks that both are days and in order. Years are bounded so that they fit every column and zone rule.
func (f *findings) dates(c *Campaign) {
	start, startOK := f.date("/startDate", c.StartDate)
	end, endOK := f.date("/endDate", c.EndDate)
	if startOK && endOK && end.Before(start) {
		f.add("/endDate", FieldBeforeStart, "the end date is before the start date")
	}
}

func (f *findings) date(pointer string, date *string) (time.Time, bool) {
	const firstYear, lastYear = 2000, 2100
	if date == nil {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, *date)
	if err != nil {
		f.add(pointer, FieldFormat, "a day that exists, as YYYY-MM-DD")
		return time.Time{}, false
	}
	if day.Year() < firstYear || day.Year() > lastYear {
		f.add(pointer, FieldOutOfRange, fmt.Sprintf("between %d and %d", firstYear, lastYear))
		return time.Time{}, false
	}
	return day, true
}

func (f *findings) mode(c *Campaign) {
	f.oneOf("/executionMode",
		c.ExecutionMode == ModeAutomatic || c.ExecutionMode == ModeManual || c.ExecutionMode == ModeScheduled)
	if c.ScheduledAt != nil && c.ExecutionMode != ModeScheduled {
		f.add("/scheduledAt", FieldWrongMode, "a time is for execution mode scheduled only")
	}
}

func (f *findings) attempts(c *Campaign) {
	switch {
	case c.Type == CampaignOneTime && c.MaxAttempts != 1:
		f.add("/maxAttempts", FieldOutOfRange, "a one-time campaign makes 1 attempt")
	case c.MaxAttempts < 1 || c.MaxAttempts > MaxMaxAttempts:
		f.add("/maxAttempts", FieldOutOfRange, fmt.Sprintf("between 1 and %d", MaxMaxAttempts))
	}
	if c.MinHoursBetweenAttempts < 1 || c.MinHoursBetweenAttempts > MaxHoursBetween {
		f.add("/minHoursBetweenAttempts", FieldOutOfRange, fmt.Sprintf("between 1 and %d", MaxHoursBetween))
	}
}

// Limits of a campaign's caps and guardrails; they are Beckon's.
const (
	MaxCapCount = 1_000
	MaxCapDays  = 365
	MaxMinSends = 1_000_000
)

// limits checks the frequency cap and the guardrails.
func (f *findings) limits(c *Campaign) {
	if limit := c.FrequencyCap; limit != nil {
		f.between("/frequencyCap/count", limit.Count, 1, MaxCapCount)
		f.between("/frequencyCap/days", limit.Days, 1, MaxCapDays)
	}
	f.between("/guardrails/minSends", c.Guardrails.MinSends, 1, MaxMinSends)
	f.percent("/guardrails/bouncePercent", c.Guardrails.BouncePercent)
	f.percent("/guardrails/complaintPercent", c.Guardrails.ComplaintPercent)
}

func (f *findings) between(pointer string, value, least, most int) {
	if value < least || value > most {
		f.add(pointer, FieldOutOfRange, fmt.Sprintf("between %d and %d", least, most))
	}
}

func (f *findings) percent(pointer string, value float64) {
	if !(value > 0 && value <= 100) { // not a number is out of range too
		f.add(pointer, FieldOutOfRange, "above 0, and at most 100")
	}
}

// Forms of a phone number (ITU-T E.164) and of the id that Twilio gives a Messaging Service.
var (
	e164                = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	messagingServiceSID = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
)

// sender checks the form of what is given; what a channel needs is GoLiveProblems' matter.
func (f *findings) sender(s *Sender) {
	f.line("/sender/businessName", s.BusinessName)
	f.line("/sender/fromName", s.FromName)
	f.text("/sender/postalAddress", s.PostalAddress, MaxPostalLength)
	f.email("/sender/fromEmail", s.FromEmail)
	f.email("/sender/replyTo", s.ReplyTo)
	if s.FromPhone != "" && !e164.MatchString(s.FromPhone) {
		f.add("/sender/fromPhone", FieldFormat, "an international number in E.164, such as +12025550123")
	}
	if s.MessagingServiceSID != "" && !messagingServiceSID.MatchString(s.MessagingServiceSID) {
		f.add("/sender/messagingServiceSid", FieldFormat, "MG and 32 hexadecimal digits")
	}
}

// email checks an address of the form that providers take: an addr-spec of RFC 5322 in ASCII, without a name, whose
// domain has a dot.
func (f *findings) email(pointer, email string) {
	if email == "" {
		return
	}
	address, err := mail.ParseAddress(email)
	at := strings.LastIndexByte(email, '@')
	domain := email[at+1:]
	ascii := !strings.ContainsFunc(email, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == '"' })
	if err != nil || at < 1 || address.Address != email || !ascii || !strings.Contains(domain, ".") ||
		strings.HasPrefix(domain, "[") {
		f.add(pointer, FieldFormat, "an e-mail address alone, such as team@example.com")
	}
	if len(email) > MaxEmailBytes {
		f.add(pointer, FieldTooLong, fmt.Sprintf("at most %d bytes", MaxEmailBytes))
	}
}
