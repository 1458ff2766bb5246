package models

import (
	"errors"
	"slices"
	"time"
)

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

// AuditAction is the control's name on record.
func (c ContactControl) AuditAction() AuditAction { return AuditAction(c + "_contact") }

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
}

// Fields names what the edit gives.
func (e *OutreachEdit) Fields() []string {
	given := []string{}
	for _, field := range []struct {
		name  string
		given bool
	}{
		{"channel", e.Channel != nil}, {"sendAt", e.SendAt != nil}, {"subject", e.Subject != nil}, {"body", e.Body != nil},
		{"voicemailText", e.VoicemailText != nil},
	} {
		if field.given {
			given = append(given, field.name)
		}
	}
	return given
}

// FieldUnusable is the code of a channel that cannot be used for the contact now.
const FieldUnusable = "unusable"

// Apply is the version that follows from the edit of the given one, whose channel and the contact's usable channels are
// given, without its author, and what is wrong with the edit; empty where nothing is. A subject is an e-mail's alone and a voicemail text a
// call's: what the former version has of these is left out where the new channel has none.
func (e *OutreachEdit) Apply(
	from *OutreachVersion, channel Channel, usable []Channel, now time.Time,
) (*OutreachVersion, []FieldError) {
	f := &findings{}
	if e.Channel != nil {
		channel = *e.Channel
		if !slices.Contains(usable, channel) {
			f.add("/channel", FieldUnusable, "the channel cannot be used for the contact now")
		}
	}
	if e.SendAt != nil && e.SendAt.After(now.Add(MaxPlanAhead)) {
		f.add("/sendAt", FieldOutOfRange, "at most 90 days ahead")
	}
	next := &OutreachVersion{Body: from.Body, Reason: from.Reason}
	if e.Body != nil {
		next.Body = *e.Body
	}
	next.Subject = f.only("/subject", channel == ChannelEmail, from.Subject, e.Subject)
	next.VoicemailText = f.only("/voicemailText", channel == ChannelPhone, from.VoicemailText, e.VoicemailText)
	f.texts(channel, next)
	return next, f.found
}

// only is the edited value of a text, else the former, where the channel has such a text; an empty one is none.
func (f *findings) only(pointer string, has bool, former, edited *string) *string {
	text := former
	if edited != nil {
		text = edited
	}
	switch {
	case !has && edited != nil && *edited != "":
		f.add(pointer, FieldUnknown, "the channel has no such text")
		return nil
	case !has || text == nil || *text == "":
		return nil
	default:
		return text
	}
}

// texts checks each text of a version by the rules of the channel, and names the faulty one.
func (f *findings) texts(channel Channel, v *OutreachVersion) {
	const fine = "x" // stands for the texts that are not asked about
	subject, voicemail := "", ""
	if v.Subject != nil {
		subject = *v.Subject
	}
	if v.VoicemailText != nil {
		voicemail = *v.VoicemailText
	}
	for _, part := range []struct {
		pointer string
		problem error
	}{
		{"/body", CheckTexts(channel, fine, v.Body, "")},
		{"/subject", CheckTexts(channel, subject, fine, "")},
		{"/voicemailText", CheckTexts(channel, fine, fine, voicemail)},
	} {
		if e, faulty := errors.AsType[*Error](part.problem); faulty {
			f.add(part.pointer, string(e.Code), e.Detail)
		}
	}
}

// Check says what is wrong with a bulk call: an action that there is not, contacts named by both ids and filter, or by
// neither, or too many ids. Error: CodeInvalid with the fields.
func (r *BulkRequest) Check() error {
	f := &findings{}
	switch r.Action {
	case BulkApprove, BulkDisable, BulkEnable, BulkRemove, BulkComplete, BulkDisqualify:
	default:
		f.add("/action", FieldUnknown, "there is no such action")
	}
	switch {
	case (r.IDs == nil) == (r.Filter == nil):
		f.add("/ids", FieldRequired, "give either ids or a filter")
	case len(r.IDs) > MaxBulkIDs:
		f.add("/ids", FieldTooLong, "at most 10,000 ids; a filter may leave more")
	}
	if len(f.found) > 0 {
		return &Error{Code: CodeInvalid, Detail: "the bulk action cannot be carried out", Fields: f.found}
	}
	return nil
}
