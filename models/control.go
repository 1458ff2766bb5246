package models

import (
	"slices"
	"strings"
)

// Control is what an operator does to a campaign. Its name is that of the REST action, and of the signal.
type Control string

// Controls of a campaign.
const (
	ControlGoLive          Control = "go-live"
	ControlPause           Control = "pause"
	ControlResume          Control = "resume"
	ControlArchive         Control = "archive"
	ControlStartOutreaches Control = "start-outreaches"
	ControlExecuteApproved Control = "execute-approved"
)

// Controls lists them in the order of a campaign's life.
//
//nolint:gochecknoglobals // a constant list
var Controls = []Control{
	ControlGoLive, ControlPause, ControlResume, ControlArchive, ControlStartOutreaches, ControlExecuteApproved,
}

// Target returns the status that the control leads to from the given one, and whether it changes anything. A goal already
// reached changes nothing and is no error. Whether execute-approved changes anything depends on what is approved.
// Errors: CodeInvalidTransition, CodeWrongMode, CodeReviewOff.
func (c Control) Target(from CampaignStatus, mode ExecutionMode, review bool) (CampaignStatus, bool, error) {
	forbidden := func() (CampaignStatus, bool, error) {
		return from, false, Errorf(CodeInvalidTransition, "%s is not allowed while the campaign is %s", c, from)
	}
	move := func(to CampaignStatus, allowed ...CampaignStatus) (CampaignStatus, bool, error) {
		if from == to {
			return to, false, nil
		}
		if slices.Contains(allowed, from) {
			return to, true, nil
		}
		return forbidden()
	}
	switch c {
	case ControlGoLive:
		return move(CampaignActive, CampaignDraft)
	case ControlPause:
		return move(CampaignPaused, CampaignActive)
	case ControlResume:
		return move(CampaignActive, CampaignPaused)
	case ControlArchive:
		return move(CampaignArchived, CampaignDraft, CampaignActive, CampaignPaused)
	case ControlStartOutreaches:
		if from != CampaignActive {
			return forbidden()
		}
		if mode != ModeManual {
			return from, false, Errorf(CodeWrongMode, "start-outreaches needs execution mode manual; this campaign's is %s", mode)
		}
		return from, true, nil
	case ControlExecuteApproved:
		if from != CampaignActive {
			return forbidden()
		}
		if !review {
			return from, false, Errorf(CodeReviewOff, "execute-approved needs manual review, which is off")
		}
		return from, true, nil
	default:
		return from, false, Errorf(CodeInvalid, "there is no control %q", string(c))
	}
}

// AuditAction is the control's name on record.
func (c Control) AuditAction() AuditAction {
	return AuditAction(strings.ReplaceAll(string(c), "-", "_"))
}

// ControlResult is the answer of a control.
type ControlResult struct {
	CampaignID string
	Status     CampaignStatus
	Changed    bool
	Revision   int64          // the campaign's, to be signalled to its workflow
	InFlight   int            // outreaches being submitted: the most that may still arrive after a pause
	ReleaseID  *string        // of start-outreaches and execute-approved
	Now        *int           // outreaches that those let go at once
	Waiting    *ReleaseCounts // what those included that waits for something else
}

// ReleaseCounts counts the contacts that a release includes and that still wait.
type ReleaseCounts struct {
	Window   int `json:"window"`
	Approval int `json:"approval"`
	Planning int `json:"planning"`
}

// ControlOptions is what a control may be given.
type ControlOptions struct {
	ConsentAttestedBy *string // go-live only
	// Signal is set where the control came as a signal: it is carried out once for each key.
	Signal *SignalKey
}

// SignalKey names a control that came as a signal: the run that received it with the name of the control, and its number
// among those of that name in that run.
type SignalKey struct {
	RunID  string
	Number int
}
