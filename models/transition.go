package models

import "slices"

// CampaignStatus is where a campaign is in its life.
type CampaignStatus string

// Campaign statuses.
const (
	CampaignDraft    CampaignStatus = "draft"
	CampaignActive   CampaignStatus = "active"
	CampaignPaused   CampaignStatus = "paused"
	CampaignArchived CampaignStatus = "archived"
)

// CampaignTransitions lists where a campaign may go from each status. Archived is final.
//
//nolint:gochecknoglobals // a constant table; Go has no constant maps
var CampaignTransitions = map[CampaignStatus][]CampaignStatus{
	CampaignDraft:    {CampaignActive, CampaignArchived},
	CampaignActive:   {CampaignPaused, CampaignArchived},
	CampaignPaused:   {CampaignActive, CampaignArchived},
	CampaignArchived: {},
}

// ContactStatus is where a contact is in its campaign. The shown status may differ from the stored one: see
// ContactCampaignPaused.
type ContactStatus string

// Contact statuses.
const (
	ContactNotStarted        ContactStatus = "not_started" // taken in by no workflow yet
	ContactPlanning          ContactStatus = "planning"
	ContactAwaitingExecution ContactStatus = "awaiting_execution"
	ContactAwaitingApproval  ContactStatus = "awaiting_approval"
	ContactExecuting         ContactStatus = "executing" // from its claim
	ContactCompleted         ContactStatus = "completed"
	ContactDisqualified      ContactStatus = "disqualified"
	ContactDisabled          ContactStatus = "disabled"
	// ContactCampaignPaused is never stored: it is shown over the waiting statuses of a paused campaign, and the status
	// beneath is kept, so that resume goes on where it left off.
	ContactCampaignPaused ContactStatus = "campaign_paused"
)

// ContactStatuses lists every status as shown, in the order of a contact's life.
//
//nolint:gochecknoglobals // a constant list
var ContactStatuses = []ContactStatus{
	ContactNotStarted, ContactPlanning, ContactAwaitingExecution, ContactAwaitingApproval, ContactExecuting,
	ContactCompleted, ContactDisqualified, ContactDisabled, ContactCampaignPaused,
}

// ContactTransitions lists where a contact may go from each stored status. A removed contact that is added again starts
// anew at not_started, whatever it was, and keeps its attempts; that is no transition but a new life.
//
//nolint:gochecknoglobals // a constant table
var ContactTransitions = map[ContactStatus][]ContactStatus{
	ContactNotStarted: {ContactPlanning, ContactAwaitingExecution, ContactCompleted, ContactDisqualified, ContactDisabled},
	ContactPlanning: {
		ContactAwaitingExecution, ContactAwaitingApproval, ContactCompleted, ContactDisqualified, ContactDisabled,
	},
	ContactAwaitingExecution: {
		ContactPlanning, ContactAwaitingApproval, ContactExecuting, ContactCompleted, ContactDisqualified, ContactDisabled,
	},
	ContactAwaitingApproval: {
		ContactPlanning, ContactAwaitingExecution, ContactExecuting, ContactCompleted, ContactDisqualified, ContactDisabled,
	},
	ContactExecuting: {
		ContactPlanning, ContactAwaitingExecution, ContactAwaitingApproval, ContactCompleted, ContactDisqualified,
		ContactDisabled,
	},
	ContactDisabled: { // enabled, it goes back to where its outreach stands
		ContactNotStarted, ContactExecuting, ContactPlanning, ContactAwaitingExecution, ContactAwaitingApproval,
		ContactCompleted, ContactDisqualified,
	},
	ContactCompleted:    {ContactDisqualified}, // only by an opt-out, which counts whenever it comes
	ContactDisqualified: {},
}

// Finished says whether nothing more will happen to a contact of this status.
func (s ContactStatus) Finished() bool {
	return s == ContactCompleted || s == ContactDisqualified
}

// Shown is the status as people see it: that of a waiting contact in a paused campaign is campaign_paused.
func (s ContactStatus) Shown(campaign CampaignStatus) ContactStatus {
	if campaign == CampaignPaused && slices.Contains(PausableStatuses, s) {
		return ContactCampaignPaused
	}
	return s
}

// PausableStatuses are those over which campaign_paused is shown while the campaign is paused.
//
//nolint:gochecknoglobals // a constant list
var PausableStatuses = []ContactStatus{
	ContactNotStarted, ContactPlanning, ContactAwaitingExecution, ContactAwaitingApproval,
}

// OutreachState is where an outreach is on its way.
type OutreachState string

// Outreach states.
const (
	OutreachPlanned    OutreachState = "planned"
	OutreachApproved   OutreachState = "approved"
	OutreachSubmitting OutreachState = "submitting" // claimed: the provider may have it
	OutreachAccepted   OutreachState = "accepted"   // the provider has it
	OutreachRejected   OutreachState = "rejected"   // the provider refused it for good
	OutreachUnknown    OutreachState = "unknown"    // shown as "Unconfirmed": nobody can say whether it was taken
	OutreachDelivered  OutreachState = "delivered"
	OutreachFailed     OutreachState = "failed" // accepted, but it did not arrive
	OutreachSuperseded OutreachState = "superseded"
	OutreachCancelled  OutreachState = "cancelled"
)

// OutreachTransitions lists where an outreach may go from each state. A claim that is given back returns to planned or
// approved. A failure that an event reports is final but for nothing; a delivery that comes after it changes nothing.
//
//nolint:gochecknoglobals // a constant table
var OutreachTransitions = map[OutreachState][]OutreachState{
	OutreachPlanned:  {OutreachApproved, OutreachSubmitting, OutreachSuperseded, OutreachCancelled},
	OutreachApproved: {OutreachPlanned, OutreachSubmitting, OutreachSuperseded, OutreachCancelled},
	OutreachSubmitting: {
		OutreachPlanned, OutreachApproved, OutreachAccepted, OutreachRejected, OutreachUnknown, OutreachDelivered,
		OutreachFailed, OutreachCancelled,
	},
	OutreachUnknown:    {OutreachAccepted, OutreachDelivered, OutreachFailed},
	OutreachAccepted:   {OutreachDelivered, OutreachFailed},
	OutreachDelivered:  {OutreachFailed},
	OutreachRejected:   {},
	OutreachFailed:     {},
	OutreachSuperseded: {},
	OutreachCancelled:  {},
}

// Open says whether the outreach is still to be sent, or being sent.
func (s OutreachState) Open() bool {
	return s == OutreachPlanned || s == OutreachApproved || s == OutreachSubmitting
}

// Counts says whether an outreach in this state is an attempt: it was accepted by a provider, or ended unknown.
func (s OutreachState) Counts() bool {
	return s == OutreachAccepted || s == OutreachUnknown || s == OutreachDelivered || s == OutreachFailed
}

// CanMove says whether the table allows a step from one status to another; staying is always allowed.
func CanMove[S comparable](table map[S][]S, from, to S) bool {
	return from == to || slices.Contains(table[from], to)
}
