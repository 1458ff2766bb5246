package models

import "time"

// WaitingReason says what a contact waits for. Every contact that waits has one.
type WaitingReason string

// Waiting reasons.
const (
	WaitGoLive          WaitingReason = "go_live"       // the campaign is a draft
	WaitIntakeQueue     WaitingReason = "intake_queue"  // the campaign's workflow has not taken it in yet
	WaitPlanner         WaitingReason = "planner"       // the AI is planning, or is about to
	WaitPlannerError    WaitingReason = "planner_error" // the AI could not plan; asked again at Until
	WaitBeforeStart     WaitingReason = "before_start"
	WaitScheduledTime   WaitingReason = "scheduled_time"
	WaitNextAttempt     WaitingReason = "next_attempt"
	WaitStartOutreaches WaitingReason = "start_outreaches"
	WaitApproval        WaitingReason = "approval"
	WaitWindow          WaitingReason = "window"
	WaitFrequencyCap    WaitingReason = "frequency_cap"
	WaitSendQueue       WaitingReason = "send_queue"     // ready: waits for its turn in the channel's queue
	WaitProviderLimit   WaitingReason = "provider_limit" // 429, 503 with Retry-After
	WaitProviderAuth    WaitingReason = "provider_auth"  // 401, 403
	WaitProviderDown    WaitingReason = "provider_down"  // no connection
	WaitProof           WaitingReason = "proof"          // a claim in doubt: an event may prove it until Until
	WaitOutcome         WaitingReason = "outcome"        // a call's end
	WaitReply           WaitingReason = "reply"
	WaitCampaignPaused  WaitingReason = "campaign_paused"
	WaitCampaignEnded   WaitingReason = "campaign_ended"
	WaitDisabled        WaitingReason = "disabled"
	WaitLedgerBehind    WaitingReason = "ledger_behind" // the ledger knows fewer attempts than the workflow
)

// WaitingReasons lists all reasons, in the order in which a contact meets them.
func WaitingReasons() []WaitingReason {
	return []WaitingReason{
		WaitGoLive, WaitIntakeQueue, WaitPlanner, WaitPlannerError, WaitBeforeStart, WaitScheduledTime, WaitNextAttempt,
		WaitStartOutreaches, WaitApproval, WaitWindow, WaitFrequencyCap, WaitSendQueue, WaitProviderLimit, WaitProviderAuth,
		WaitProviderDown, WaitProof, WaitOutcome, WaitReply, WaitCampaignPaused, WaitCampaignEnded, WaitDisabled,
		WaitLedgerBehind,
	}
}

// Queued says whether the wait is for an activity's turn: the activity itself finds out what has happened meanwhile.
func (r WaitingReason) Queued() bool { return r == WaitPlanner || r == WaitSendQueue }

// Waiting is what a contact waits for, and until when. Until is nil where only an event ends the wait.
type Waiting struct {
	Reason WaitingReason `json:"reason"`
	Until  *time.Time    `json:"until"`
	Detail string        `json:"detail"` // a sentence without personal data
}

// String says in words what is waited for, and until when, in UTC to the second: `beckon why` and Temporal's Web UI show it
// so. The dashboard shows the same sentence, with the time by the clocks of contact and viewer.
func (w Waiting) String() string {
	if w.Until == nil {
		return w.Detail
	}
	return w.Detail + " Until " + w.Until.UTC().Format(time.RFC3339) + "."
}

// Details are the words for each reason: the only ones, which the dashboard, `beckon why` and Temporal's Web UI all show.
func (r WaitingReason) Details() string {
	switch r {
	case WaitGoLive:
		return "The campaign is a draft: waiting for Go Live."
	case WaitIntakeQueue:
		return "Waiting for the campaign to take the contact in."
	case WaitPlanner:
		return "The AI is planning the outreach."
	case WaitPlannerError:
		return "The AI could not plan the outreach; it is asked again."
	case WaitBeforeStart:
		return "Waiting for the campaign's start date."
	case WaitScheduledTime:
		return "Waiting for the outreach's planned time."
	case WaitNextAttempt:
		return "Waiting for the time of the next attempt."
	case WaitStartOutreaches:
		return "Waiting for Start all outreaches."
	case WaitApproval:
		return "Waiting for an approval."
	case WaitWindow:
		return "Waiting for the channel's window."
	case WaitFrequencyCap:
		return "The address has had as many outreaches as the frequency cap allows."
	case WaitSendQueue:
		return "Ready: waiting for its turn to be sent."
	case WaitProviderLimit:
		return "The provider accepts no more for now; it is tried again."
	case WaitProviderAuth:
		return "The provider refuses the credentials; it is tried again."
	case WaitProviderDown:
		return "The provider cannot be reached; it is tried again."
	case WaitProof:
		return "The outreach may have been sent: waiting for proof, nothing is sent again."
	case WaitOutcome:
		return "Waiting for the end of the call."
	case WaitReply:
		return "Waiting for a reply."
	case WaitCampaignPaused:
		return "The campaign is paused: waiting for Resume."
	case WaitCampaignEnded:
		return "The campaign's end date has passed."
	case WaitDisabled:
		return "The contact is disabled: waiting for Enable."
	case WaitLedgerBehind:
		return "The ledger knows fewer attempts than the workflow: an operator must look at it."
	default:
		return string(r)
	}
}

// FreedBy says what ends a wait for the reason.
func (r WaitingReason) FreedBy() string {
	switch r {
	case WaitGoLive:
		return "Go Live."
	case WaitIntakeQueue:
		return "the campaign's workflow, within seconds; if it does not, no worker runs, or Temporal is away."
	case WaitPlanner, WaitSendQueue:
		return "its turn in the queue: see its rate, its concurrency, and whether a worker polls it."
	case WaitPlannerError, WaitProviderLimit, WaitProviderDown:
		return "the time; it is tried again then."
	case WaitProviderAuth:
		return "right credentials; it is tried again at the time."
	case WaitBeforeStart:
		return "the start date, or an earlier one."
	case WaitScheduledTime, WaitNextAttempt:
		return "the time; an edit may set another; Execute all approved lets an approved one go at once."
	case WaitStartOutreaches:
		return "Start all outreaches."
	case WaitApproval:
		return "an approval of the present version, or switching manual review off."
	case WaitWindow:
		return "the time; other windows or quiet hours of the campaign, or another time zone of the contact."
	case WaitFrequencyCap:
		return "the time; another frequency cap."
	case WaitProof:
		return "a report of the provider; at the time it is unconfirmed, and may be resent."
	case WaitOutcome:
		return "the provider's report of the call's end, or the time."
	case WaitReply:
		return "the time; then the contact is completed."
	case WaitCampaignPaused:
		return "Resume."
	case WaitCampaignEnded:
		return "a later end date."
	case WaitDisabled:
		return "Enable."
	case WaitLedgerBehind:
		return "an operator: the database is older than Temporal's history of this contact."
	default:
		return ""
	}
}

// StatusOf is the status that a contact has while it waits for the reason; keep is its present one, which reasons that
// say nothing about the plan leave as it is.
func (r WaitingReason) StatusOf(keep ContactStatus) ContactStatus {
	switch r {
	case WaitPlanner, WaitPlannerError, WaitReply:
		return ContactPlanning
	case WaitBeforeStart, WaitScheduledTime, WaitNextAttempt, WaitStartOutreaches, WaitWindow, WaitFrequencyCap,
		WaitSendQueue, WaitProviderLimit, WaitProviderAuth, WaitProviderDown:
		return ContactAwaitingExecution
	case WaitApproval:
		return ContactAwaitingApproval
	case WaitProof, WaitOutcome:
		return ContactExecuting
	case WaitDisabled:
		return ContactDisabled
	default:
		if keep == ContactNotStarted {
			return ContactPlanning // it has a workflow by now
		}
		return keep
	}
}
