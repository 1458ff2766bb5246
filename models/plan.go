package models

import (
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
	Channel Channel
	At      time.Time
	Text    string
}

// MaxPlanPast is how many earlier attempts, and how many replies, the planner is told of: the latest.
const MaxPlanPast = 20

// PlanCampaign is what the planner knows of the campaign.
type PlanCampaign struct {
	Name         string
	Type         CampaignType
	Objective    string
	Instructions string
}

// PlanContact is what the planner knows of the contact: no address or number.
type PlanContact struct {
	FirstName  string
	LastName   string
	Timezone   string
	Properties map[string]any
}

// PlanChannel is a channel that the plan may use, the earliest time it may use it, and the hours of the week in which it may
// be used, in the contact's time zone.
type PlanChannel struct {
	Channel  Channel
	Earliest time.Time
	Windows  []Window
}

// PlanDecision is what the AI finds is to be done.
type PlanDecision string

// Decisions.
const (
	DecideOutreach    PlanDecision = "outreach"     // the plan's outreach
	DecideComplete    PlanDecision = "complete"     // nothing more: the objective is reached, or cannot be
	DecideNotEligible PlanDecision = "not_eligible" // the contact does not meet the eligibility prompt
)

// Plan is the planner's answer, checked.
type Plan struct {
	Decision         PlanDecision // "" is DecideOutreach; of any other only Reason and the cost count
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

// Check says what is wrong with a plan for the request: a channel that is not allowed, a time before the earliest, an
// empty text. The AI's answer is untrusted. Error: CodeInvalid, worded for the AI, which is asked again with it.
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
	case DecideOutreach, "":
	default:
		return Errorf(CodeInvalid, "decision is not one of those allowed")
	}
	var allowed *PlanChannel
	for i := range request.Channels {
		if request.Channels[i].Channel == p.Channel {
			allowed = &request.Channels[i]
		}
	}
	switch {
	case allowed == nil:
		return Errorf(CodeInvalid, "channel is not one of the allowed channels")
	case p.SendAt.Before(allowed.Earliest):
		return Errorf(CodeInvalid, "sendAt is before the channel's earliest time")
	case p.SendAt.After(request.Now.Add(MaxPlanAhead)):
		return Errorf(CodeInvalid, "sendAt is more than 90 days ahead")
	}
	if err := CheckTexts(p.Channel, p.Subject, p.Body, p.VoicemailText); err != nil || p.Channel != ChannelText {
		return err
	}
	return CheckSegments(TextFrame(&request.Sender, p.Body, request.FirstText).Around(p.Body))
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
	default:
		return nil
	}
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
