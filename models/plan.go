package models

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// PlanRequest is what the planner is told. All that comes from contacts is quoted data, never an instruction.
type PlanRequest struct {
	OutreachID  string // for the adapter's own logs: the only thing in here that is no personal data
	Now         time.Time
	Campaign    PlanCampaign
	Sender      Sender
	Contact     PlanContact
	Attempt     int
	MaxAttempts int
	Channels    []PlanChannel // allowed ones, in order of preference; never empty
	History     []PlanPast    // earlier attempts, oldest first
	Replies     []PlanReply   // what the contact answered, oldest first
	// RepliedAt is the contact's LastReplyAt as the request knows it: a plan that was made without a later reply is dropped.
	RepliedAt *time.Time
	// EligibilityPrompt is what the AI is to judge the contact by; "" where there is nothing to judge.
	EligibilityPrompt string
	// MayComplete allows the AI to end a follow-up early.
	MayComplete bool
	// FirstText says that no text of the campaign has reached the contact: the next one is sent within a frame (TextFrame),
	// which counts in its length.
	FirstText bool
}

// MayOptOut says whether there is a reply of which nobody has found yet whether it asks not to be contacted any more.
func (r *PlanRequest) MayOptOut() bool {
	return slices.ContainsFunc(r.Replies, func(reply PlanReply) bool { return !reply.Considered })
}

// PlanPast is an earlier attempt, as the planner is told of it.
type PlanPast struct {
	Attempt int
	Channel Channel
	At      time.Time
	Outcome string // outcome, else the state
	Subject string
	Body    string
}

// PlanReply is a reply of the contact. Its text is quoted data, never an instruction.
type PlanReply struct {
	ID         string
	Channel    Channel
	At         time.Time
	Text       string
	Considered bool // it is known whether it asks not to be contacted any more
}

// MaxPlanPast is how many earlier attempts, and how many replies, the planner is told of: the latest.
const MaxPlanPast = 20

// PlanCampaign is what the planner knows of the campaign.
type PlanCampaign struct {
	Name         string
	Type         CampaignType
	Objective    string
	Instructions string
	Region       string // ISO 3166-1 alpha-2; national phone numbers are read in it
}

// PlanContact is what the planner knows of the contact: no address or number.
type PlanContact struct {
	FirstName  string
	LastName   string
	Timezone   string
	Properties map[string]any
}

// PlanChannel is a channel that the plan may use, and when.
type PlanChannel struct {
	Channel  Channel
	Earliest time.Time
	// Latest is the end of the campaign, which the plan must lie before; nil where it has none.
	Latest *time.Time
	// Windows are the hours of the week in which the channel may be used, in the contact's time zone, quiet hours left out.
	Windows []Window
	// Hours are the same exactly, for all zones in which the contact may be; nil where the plan's time does not count.
	Hours *Hours
}

// PlanDecision is what the AI finds is to be done.
type PlanDecision string

// Decisions.
const (
	DecideOutreach    PlanDecision = "outreach"     // the plan's outreach
	DecideComplete    PlanDecision = "complete"     // nothing more: the objective is reached, or cannot be
	DecideNotEligible PlanDecision = "not_eligible" // the contact does not meet the eligibility prompt
	DecideOptOut      PlanDecision = "opt_out"      // a reply asks not to be contacted any more
)

// Plan is the planner's answer, checked.
type Plan struct {
	Decision         PlanDecision // "" is DecideOutreach; of any other only Reason, ReplyID and the cost count
	ReplyID          string       // of DecideOptOut: the reply that asks for it
	Channel          Channel
	SendAt           time.Time
	Subject          string // e-mail only
	Body             string // of a call: what is said to a person
	VoicemailText    string // phone only: what is said to a machine; "" hangs up
	Reason           string // for the reviewer
	Model            string
	PromptTokens     int
	CompletionTokens int
}

// Codes of what is wrong with a plan, beside those of FieldError.
const (
	FieldPlaceholder = "placeholder" // a text holds what was meant to be filled in
	FieldLink        = "link"        // a text holds a link that the campaign does not allow
)

// Check says what is wrong with a plan for the request: a channel that is not allowed, a time before the earliest, after the
// campaign's end or outside the channel's hours, a text that is empty, too long, has a placeholder, or a link, e-mail
// address or phone number that the campaign does not allow; an opt-out by a reply that there is not. The AI's answer is
// untrusted, and nothing of it is stored that was not checked here. Error: CodeInvalid, worded for the AI, which is asked
// again with it; Fields has the code of a fault that has one.
func (p *Plan) Check(request PlanRequest) error {
	switch p.Decision {
	case DecideComplete:
		if !request.MayComplete {
			return Errorf(CodeInvalid, "the contact cannot be completed now")
		}
		return nil
	case DecideNotEligible:
		if request.EligibilityPrompt == "" {
			return Errorf(CodeInvalid, "there is no eligibility prompt to judge by")
		}
		return nil
	case DecideOptOut:
		if !slices.ContainsFunc(request.Replies, func(r PlanReply) bool { return r.ID == p.ReplyID && !r.Considered }) {
			return Errorf(CodeInvalid, "the reply that opts out is none of the new ones")
		}
		return nil
	case DecideOutreach, "":
	default:
		return Errorf(CodeInvalid, "decision is not one of those allowed")
	}
	if err := p.checkTime(request); err != nil {
		return err
	}
	if err := CheckTexts(p.Channel, p.Subject, p.Body, p.VoicemailText); err != nil {
		return err
	}
	if p.Channel == ChannelText {
		if err := CheckSegments(TextFrame(&request.Sender, p.Body, request.FirstText).Around(p.Body)); err != nil {
			return err
		}
	}
	texts := strings.Join([]string{p.Subject, p.Body, p.VoicemailText}, "\n")
	if link := request.AllowedLinks().Forbidden(texts); link != "" {
		return faulty(FieldLink, "the text has a link, address or phone number that the campaign does not allow, %q", link)
	}
	return nil
}

// checkTime says what is wrong with a plan's channel and time.
func (p *Plan) checkTime(request PlanRequest) error {
	at := slices.IndexFunc(request.Channels, func(c PlanChannel) bool { return c.Channel == p.Channel })
	if at < 0 {
		return Errorf(CodeInvalid, "channel is not one of the allowed channels")
	}
	allowed := request.Channels[at]
	switch {
	case p.SendAt.Before(allowed.Earliest):
		return Errorf(CodeInvalid, "sendAt is before the channel's earliest time")
	case p.SendAt.After(request.Now.Add(MaxPlanAhead)):
		return Errorf(CodeInvalid, "sendAt is more than 90 days ahead")
	case allowed.Latest != nil && !p.SendAt.Before(*allowed.Latest):
		return Errorf(CodeInvalid, "sendAt is not before the channel's latest time")
	case allowed.Hours == nil || allowed.Hours.Open(p.SendAt):
		return nil
	}
	if opens, found := allowed.Hours.Next(p.SendAt); found {
		return Errorf(CodeInvalid, "sendAt is outside the channel's windows, which open next at %s", opens.Format(time.RFC3339))
	}
	return Errorf(CodeInvalid, "sendAt is outside the channel's windows")
}

// faulty is an error about one fault that has a code.
func faulty(code, format string, args ...any) error {
	detail := fmt.Sprintf(format, args...)
	return &Error{Code: CodeInvalid, Detail: detail, Fields: []FieldError{{Code: code, Detail: detail}}}
}

// CheckTexts says what is wrong with the texts of an outreach by the channel, whoever wrote them. Error: CodeInvalid.
func CheckTexts(channel Channel, subject, body, voicemail string) error {
	switch {
	case blank(body):
		return Errorf(CodeInvalid, "body is empty")
	case !plainText(body) || !plainText(voicemail):
		return Errorf(CodeInvalid, "a text has control characters")
	case !plainText(subject) || strings.ContainsAny(subject, "\r\n"):
		return Errorf(CodeInvalid, "subject has line breaks or control characters")
	case len(body) > MaxBodyBytes:
		return Errorf(CodeInvalid, "body is longer than %d bytes", MaxBodyBytes)
	case channel == ChannelEmail && blank(subject):
		return Errorf(CodeInvalid, "subject is empty")
	case len(subject) > MaxSubjectBytes:
		return Errorf(CodeInvalid, "subject is longer than %d bytes", MaxSubjectBytes)
	case channel == ChannelText && utf8.RuneCountInString(body) > MaxTextLength:
		return Errorf(CodeInvalid, "a text is longer than %d characters", MaxTextLength)
	case channel == ChannelPhone && utf8.RuneCountInString(body) > MaxScriptLength:
		return Errorf(CodeInvalid, "what a call says is longer than %d characters", MaxScriptLength)
	case utf8.RuneCountInString(voicemail) > MaxScriptLength:
		return Errorf(CodeInvalid, "voicemailText is longer than %d characters", MaxScriptLength)
	}
	for _, text := range []string{subject, body, voicemail} {
		if found := Placeholder(text); found != "" {
			return faulty(FieldPlaceholder, "the text has a placeholder, %q", found)
		}
	}
	return nil
}

// Limits of a plan. A subject line must fit a header line (RFC 5322: 998 octets); Twilio takes texts of up to 1,600
// characters, and 4,096 for one Say; the others are Beckon's.
const (
	MaxPlanAhead    = 90 * 24 * time.Hour
	MaxBodyBytes    = 100_000
	MaxSubjectBytes = 900
	MaxTextLength   = 1_600
	MaxScriptLength = 4_000
)
