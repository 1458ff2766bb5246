package models

import "time"

// ContactControl is what an operator does to one contact. Its name is that of the REST action, and of the signal.
type ContactControl string

// Controls of a contact.
const (
	ContactDisable    ContactControl = "disable"
	ContactEnable     ContactControl = "enable"
	ContactComplete   ContactControl = "complete"
	ContactDisqualify ContactControl = "disqualify"
	ContactApprove    ContactControl = "approve"
)

// MaxNoteLength is how long the reason may be that an operator gives, in characters.
const MaxNoteLength = 500

// Target returns the status that the control leads to from the given one, and whether it changes anything. A goal already
// reached changes nothing and is no error. Enable leads to planning, from where the contact's own facts decide. Approve
// is about an outreach and not covered here. Error: CodeInvalidTransition.
func (c ContactControl) Target(from ContactStatus) (to ContactStatus, changed bool, err error) {
	finished := from.Finished()
	switch {
	case c == ContactDisable && !finished:
		return ContactDisabled, from != ContactDisabled, nil
	case c == ContactEnable && from == ContactDisabled:
		return ContactPlanning, true, nil
	case c == ContactEnable && !finished:
		return from, false, nil
	case c == ContactComplete && (!finished || from == ContactCompleted):
		return ContactCompleted, !finished, nil
	case c == ContactDisqualify && (!finished || from == ContactDisqualified):
		return ContactDisqualified, !finished, nil
	default:
		return from, false, Errorf(CodeInvalidTransition, "%s is not allowed while the contact is %s", c, from)
	}
}

// BulkAction is what a bulk call does to many contacts.
type BulkAction string

// Bulk actions.
const (
	BulkApprove    BulkAction = "approve"
	BulkDisable    BulkAction = "disable"
	BulkEnable     BulkAction = "enable"
	BulkRemove     BulkAction = "remove"
	BulkComplete   BulkAction = "complete"
	BulkDisqualify BulkAction = "disqualify"
)

// BulkResult is the answer of a bulk call: Changed + Skipped is the number of contacts that it was about.
type BulkResult struct {
	Changed  int
	Skipped  int   // the action is not allowed on them, or would change nothing
	Revision int64 // the campaign's, to be signalled: its workflow wakes the contacts
}

// ContactControlOptions is what a control of a contact may be given.
type ContactControlOptions struct {
	Version int    // of approve: the version that is approved
	Note    string // why, in the operator's words; at most MaxNoteLength characters
	By      string // name of key or user, or "signal"
	// Signal is set where the control came as a signal: it is carried out once for each key.
	Signal *SignalKey
}

// BulkRequest asks for one action on many contacts of a campaign: those with the ids, or those that the filter leaves on all
// its pages.
type BulkRequest struct {
	CampaignID    string
	Action        BulkAction
	IDs           []string
	Filter        *ContactFilter // its page and order are not used
	ExpectedCount int            // how many contacts the caller means; another number refuses the call
	By            string
}

// MaxBulkIDs is how many ids one bulk call may name.
const MaxBulkIDs = 10_000

// CodeCountChanged refuses a bulk action on another number of contacts than the caller means.
const CodeCountChanged Code = "count_changed"

// OutreachEdit is an operator's change of a planned outreach. Nil members keep their value.
type OutreachEdit struct {
	Version       int // that is changed
	Channel       *Channel
	SendAt        *time.Time
	Subject       *string
	Body          *string
	VoicemailText *string
	Author        string // who edits
}
