package models

import "time"

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
}

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

// PlanChannel is a channel that the plan may use, and the earliest time it may use it.
type PlanChannel struct {
	Channel  Channel
	Earliest time.Time
}

// Plan is the planner's answer, checked.
type Plan struct {
	Channel          Channel
	SendAt           time.Time
	Subject          string // e-mail only
	Body             string
	Reason           string // for the reviewer
	Model            string
	PromptTokens     int
	CompletionTokens int
}

// Check says what is wrong with a plan for the request: a channel that is not allowed, a time before the earliest, an
// empty text. The AI's answer is untrusted. Error: CodeInvalid, worded for the AI, which is asked again with it.
func (p *Plan) Check(request PlanRequest) error {
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
	case p.Body == "":
		return Errorf(CodeInvalid, "body is empty")
	case len(p.Body) > MaxBodyBytes:
		return Errorf(CodeInvalid, "body is longer than %d bytes", MaxBodyBytes)
	case p.Channel == ChannelEmail && p.Subject == "":
		return Errorf(CodeInvalid, "subject is empty")
	case len(p.Subject) > MaxSubjectBytes:
		return Errorf(CodeInvalid, "subject is longer than %d bytes", MaxSubjectBytes)
	default:
		return nil
	}
}

// Limits of a plan. A subject line must fit a header line (RFC 5322: 998 octets); the others are Beckon's.
const (
	MaxPlanAhead    = 90 * 24 * time.Hour
	MaxBodyBytes    = 100_000
	MaxSubjectBytes = 900
)
