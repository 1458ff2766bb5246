package models

import "time"

// Outcome is what became of a contact's last outreach, as people see it.
type Outcome string

// Outcomes.
const (
	OutcomeDelivered Outcome = "delivered"
	OutcomeOpened    Outcome = "opened"
	OutcomeClicked   Outcome = "clicked"
	OutcomeReplied   Outcome = "replied"
	OutcomeBounced   Outcome = "bounced"
	OutcomeFailed    Outcome = "failed"
	OutcomeOptedOut  Outcome = "opted_out"
	OutcomeAnswered  Outcome = "answered"  // a call that a person took
	OutcomeVoicemail Outcome = "voicemail" // a call that a machine took
	OutcomeNoAnswer  Outcome = "no_answer"
	OutcomeBusy      Outcome = "busy"
)

// Outreach is one planned message or call to a contact: a row of the ledger.
type Outreach struct {
	ID         string `gorm:"primaryKey"` // UUIDv7; travels to the provider and comes back in its events
	CampaignID string
	ContactID  string
	Attempt    int // from 1
	Channel    Channel
	Resend     int // 0; 1, 2 … for an operator's resend of an unknown one
	State      OutreachState
	SendAt     time.Time // planned time; moved to the next opening where the window was closed then
	TimeSet    bool      // an operator set SendAt

	Version         int        // of the plan that would be sent
	ApprovedVersion *int       // of the plan that was approved
	Edited          bool       // an operator changed the AI's plan
	DueAt           *time.Time // when "Execute all approved" made it due, whatever its time and mode say

	// The claim. Token and time are set while, and after, the provider may have the outreach.
	ClaimToken *string
	ClaimedAt  *time.Time
	Address    *string // what it was sent to; once the contact's data was erased, what stands for it, see IsErasedAddress
	// AddressHash is AddressHash of Address; once that is erased, the same as it. Nil where it was claimed by a version that kept
	// none.
	AddressHash *string
	Opening     string // of the frame that it was sent in; see Frame
	Closing     string
	Segments    int // of a text, its frame included; 0 of anything else
	// The result.
	ProviderID  *string
	AcceptedAt  *time.Time
	EndedAt     *time.Time // of a call
	Outcome     *Outcome
	ResultCode  *string // provider's or ours, such as "400" or "timeout"
	ErrorDetail *string // the provider's words; only here
	Failures    int     // claims given back in a row; the back-off grows with it

	// What a resend waits for; the wait of a first send is its contact's.
	WaitingReason *WaitingReason
	WaitingUntil  *time.Time

	CreatedAt time.Time
	UpdatedAt time.Time
}

// OutreachVersion is one version of an outreach's plan: the AI's, or an edit.
type OutreachVersion struct {
	OutreachID       string `gorm:"primaryKey"`
	Version          int    `gorm:"primaryKey;autoIncrement:false"` // from 1
	Subject          *string
	Body             string
	VoicemailText    *string
	Reason           string // the planner's, for the reviewer
	Author           string // "ai", or the user who edited
	Model            string // the AI model that answered
	PromptTokens     int
	CompletionTokens int
	CreatedAt        time.Time
}

// Unanswered says whether the outreach is a call that the provider took and whose end is not known yet.
func (o *Outreach) Unanswered() bool {
	return o.Channel == ChannelPhone && o.State == OutreachAccepted && o.EndedAt == nil
}

// Approved says whether the version that would be sent was approved.
func (o *Outreach) Approved() bool {
	return o.ApprovedVersion != nil && *o.ApprovedVersion == o.Version
}

// AuthorAI is the author of what the AI wrote.
const AuthorAI = "ai"

// EventType is what a provider reports about an outreach, by our names.
type EventType string

// Event types.
const (
	EventDelivered EventType = "delivered"
	EventDeferred  EventType = "deferred" // the receiving server asked to wait: no failure
	EventBounced   EventType = "bounced"
	EventDropped   EventType = "dropped" // the provider did not even try
	EventProcessed EventType = "processed"
	EventSent      EventType = "sent"   // a text that the carrier has
	EventFailed    EventType = "failed" // a text or call that the provider or carrier could not bring to its end

	EventOpened EventType = "opened"
	// EventMachineOpened is an open by a machine, such as Apple's Mail Privacy Protection, which loads each mail's images: it
	// says nothing of a person.
	EventMachineOpened EventType = "machine_opened"
	EventAutoReplied   EventType = "auto_replied" // a machine answered the e-mail, such as an absence note
	EventClicked       EventType = "clicked"
	EventComplained    EventType = "complained" // reported as spam
	EventUnsubscribed  EventType = "unsubscribed"

	EventRinging   EventType = "ringing"   // of a call, as all that follow
	EventAnswered  EventType = "answered"  // somebody, or something, picked up
	EventHuman     EventType = "human"     // a person was heard
	EventMachine   EventType = "machine"   // a machine was heard
	EventCompleted EventType = "completed" // an answered call ended
	EventBusy      EventType = "busy"
	EventNoAnswer  EventType = "no_answer"
	EventCanceled  EventType = "canceled"
)

// Event is one report of a provider about an outreach. The same may come twice and in any order.
type Event struct {
	ID         string `gorm:"primaryKey"`
	OutreachID string
	Type       EventType
	At         time.Time // as the provider says
	Code       *string   // the provider's, such as "5.1.1"
	Detail     *string   // the provider's words; only here
	DedupeKey  string    // (provider's message id, type, time): sg_event_id may change on redelivery
	CreatedAt  time.Time
}

// ProviderEvent is one event of a webhook, read and checked for its form.
type ProviderEvent struct {
	OutreachID string // from the custom args; empty where they are missing
	ProviderID string // the provider's message id, without its routing suffix
	Type       EventType
	At         time.Time
	Code       string
	Meaning    CodeMeaning // of Code
	Detail     string
	DedupeKey  string
	// Suppress is set where the event shows that the provider itself does not send to the address any more, and why.
	Suppress SuppressionReason
	// Source says who reports it, in the suppressions that follow; empty for the provider.
	Source string
}

// State is what the event says about the outreach; false where it says nothing.
func (t EventType) State() (OutreachState, bool) {
	switch t {
	case EventDelivered, EventCompleted:
		return OutreachDelivered, true
	case EventBounced, EventDropped, EventFailed, EventBusy, EventNoAnswer, EventCanceled:
		return OutreachFailed, true
	case EventProcessed, EventDeferred, EventSent, EventOpened, EventMachineOpened, EventAutoReplied, EventClicked,
		EventComplained, EventUnsubscribed, EventRinging, EventAnswered, EventHuman, EventMachine:
		return OutreachAccepted, true // the provider speaks of it, so the provider has it
	default:
		return "", false
	}
}

// ReleaseKind says which control wrote a release.
type ReleaseKind string

// Kinds of release.
const (
	ReleaseStart   ReleaseKind = "start"   // Start all outreaches
	ReleaseExecute ReleaseKind = "execute" // Execute all approved
)

// Release is what lets planned outreaches go: one press of Start all outreaches, or of Execute all approved.
type Release struct {
	ID         string `gorm:"primaryKey"`
	CampaignID string
	Kind       ReleaseKind
	CreatedAt  time.Time
}
