// Package workflows holds Beckon's Temporal workflows: a campaign, a contact, and reconcile. They do no I/O: activities
// read and write the database, and what travels through histories is ids, times and codes, never personal data.
package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"beckon/models"
)

// Task queues. Workflows share one with their own quick activities; planning and each channel have their own, so that a
// rate limit on one holds up nothing else.
const (
	TaskQueue      = "beckon"
	PlanTaskQueue  = "beckon-plan"
	EmailTaskQueue = "beckon-email"
	TextTaskQueue  = "beckon-text"
	PhoneTaskQueue = "beckon-phone"
)

// ChannelTaskQueue is the task queue that sends through the channel.
func ChannelTaskQueue(channel models.Channel) string { return "beckon-" + string(channel) }

// Workflow types, as registered.
const (
	CampaignWorkflow  = "campaign"
	ContactWorkflow   = "contact"
	ResendWorkflow    = "resend"
	ReconcileWorkflow = "reconcile"
	StrangerWorkflow  = "stranger"
)

// Signals. Each carries a SignalPayload. With a revision it means "look at your row"; without one, those named like a
// control are that control.
const (
	SignalGoLive          = string(models.ControlGoLive)
	SignalPause           = string(models.ControlPause)
	SignalResume          = string(models.ControlResume)
	SignalArchive         = string(models.ControlArchive)
	SignalStartOutreaches = string(models.ControlStartOutreaches)
	SignalExecuteApproved = string(models.ControlExecuteApproved)
	SignalContactsAdded   = "contacts-added"
	SignalWake            = "wake"
	SignalApprove         = string(models.ContactApprove)
	SignalDisable         = string(models.ContactDisable)
	SignalEnable          = string(models.ContactEnable)
	SignalComplete        = string(models.ContactComplete)
	SignalDisqualify      = string(models.ContactDisqualify)
	SignalRevise          = "revise"   // the plan was edited
	SignalReply           = "reply"    // the contact answered
	SignalDelivery        = "delivery" // a provider reported what the contact waits for
)

// Queries.
const (
	QueryCampaignState = "campaign-state"
	QueryContactState  = "contact-state"
)

// Search attributes, for Temporal's Web UI. Both are keywords and must be registered with the namespace.
const (
	SearchContactStatus = "BeckonContactStatus"
	SearchWaitingReason = "BeckonWaitingReason"
)

// SearchAttributeContactStatus is the typed key of SearchContactStatus.
func SearchAttributeContactStatus() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(SearchContactStatus)
}

// SearchAttributeWaitingReason is the typed key of SearchWaitingReason.
func SearchAttributeWaitingReason() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(SearchWaitingReason)
}

// ReconcileID is the id of the one reconcile workflow of an installation.
const ReconcileID = "reconcile"

// CampaignID is the workflow id of a campaign.
func CampaignID(campaignID string) string { return "campaign/" + campaignID }

// ContactID is the workflow id of a contact.
func ContactID(campaignID, contactID string) string {
	return CampaignID(campaignID) + "/contact/" + contactID
}

// ResendID is the workflow id of a resend.
func ResendID(campaignID, contactID, outreachID string) string {
	return ContactID(campaignID, contactID) + "/resend/" + outreachID
}

// StrangerID is the workflow id of a message of somebody who is in no campaign.
func StrangerID(strangerID string) string { return "stranger/" + strangerID }

// WakeID is the workflow id that a wake is for.
func WakeID(wake models.Wake) string {
	if wake.ContactID == "" {
		return CampaignID(wake.CampaignID)
	}
	return ContactID(wake.CampaignID, wake.ContactID)
}

// ParseContactID is the reverse of ContactID; false for any other workflow id.
func ParseContactID(workflowID string) (campaignID, contactID string, ok bool) {
	rest, ok := strings.CutPrefix(workflowID, "campaign/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/contact/")
}

// SignalPayload is what every signal carries. Beckon's own have the revision of the row that was written before; a signal
// without one comes from Temporal's CLI or Web UI or another service, and is a control.
type SignalPayload struct {
	Revision *int64 `json:"revision,omitempty"`
	Version  int    `json:"version,omitempty"` // of approve as a control: the version that is approved
}

// payloadOf reads a signal's payload. One that carries nothing, or what only its sender can read, such as a word typed in
// Temporal's Web UI, has no revision: it is a control.
func payloadOf(raw converter.RawValue) SignalPayload {
	var payload SignalPayload
	if raw.Payload() == nil {
		return payload
	}
	if err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), &payload); err != nil {
		return SignalPayload{}
	}
	return payload
}

// CampaignInput starts a campaign's workflow. The members after the id are what a run hands to the next.
type CampaignInput struct {
	CampaignID string `json:"campaignId"`
	// FannedOut is the row's revision up to which the campaign's contacts were woken.
	FannedOut int64 `json:"fannedOut,omitempty"`
	// Held counts the contacts that the campaign could not start, since their workflow says more than the ledger.
	Held int `json:"held,omitempty"`
}

// ContactInput starts a contact's workflow. Revision has no say in what it does.
type ContactInput struct {
	CampaignID string `json:"campaignId"`
	ContactID  string `json:"contactId"`
	// Attempt is the last attempt that this workflow, in an earlier run, saw made; the ledger must know it.
	Attempt int `json:"attempt,omitempty"`
}

// CampaignState answers the query campaign-state.
type CampaignState struct {
	RunID   string                `json:"runId"`
	Status  models.CampaignStatus `json:"status"`
	Intake  IntakeState           `json:"intake"`
	Held    int                   `json:"held"`
	Started int                   `json:"started"` // contacts started by this run
	Details string                `json:"details"`
}

// IntakeState says whether the campaign is taking contacts in.
type IntakeState string

// Intake states.
const (
	IntakeIdle    IntakeState = "idle"
	IntakeRunning IntakeState = "running"
)

// ContactState answers the query contact-state.
type ContactState struct {
	RunID  string      `json:"runId"`
	Step   models.Step `json:"step"`
	Since  time.Time   `json:"since"` // when the step began
	Detail string      `json:"detail"`
}
