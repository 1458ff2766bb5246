package models

import (
	"slices"
	"time"
)

// SourceKind says how a contact came into its campaign, or an import into Beckon.
type SourceKind string

// Sources of contacts.
const (
	SourceCSV     SourceKind = "csv"
	SourceEmail   SourceKind = "email"
	SourceAPI     SourceKind = "api"
	SourceManual  SourceKind = "manual"
	SourceInbound SourceKind = "inbound"
)

// StatusReason says why a contact is completed or disqualified.
type StatusReason string

// Status reasons.
const (
	ReasonOptedOut         StatusReason = "opted_out"
	ReasonUnreachable      StatusReason = "unreachable"
	ReasonNotEligible      StatusReason = "not_eligible"
	ReasonAttemptsUsed     StatusReason = "attempts_used"
	ReasonOneTimeDone      StatusReason = "one_time_done"
	ReasonPlannerDone      StatusReason = "planner_done"
	ReasonCampaignEnded    StatusReason = "campaign_ended"
	ReasonCampaignArchived StatusReason = "campaign_archived"
	ReasonByOperator       StatusReason = "by_operator"
	ReasonByAPI            StatusReason = "by_api"
)

// Contact is a person in one campaign. One child workflow sees it through.
type Contact struct {
	ID         string `gorm:"primaryKey"` // UUIDv7
	CampaignID string

	FirstName       string
	LastName        string
	Email           *string        // lower case; nil where there is none that can be used
	Phone           *string        // E.164; nil where there is none that can be used
	Timezone        *string        // IANA name, the contact's own field
	Properties      map[string]any `gorm:"serializer:json"` // contactMetadata: untrusted
	ExternalIDKey   *string
	ExternalIDValue *string
	SourceKind      SourceKind
	ImportID        *string
	// BlockedChannels are those on which the person asked not to be contacted, as the file says that brought the contact. They
	// hold for this contact alone; suppressions are for addresses, in all campaigns.
	BlockedChannels []Channel `gorm:"serializer:json"`

	Status       ContactStatus // the stored one, "underlying" in the API
	StatusReason *StatusReason
	Attempts     int // outreaches that were accepted or ended unknown
	Unconfirmed  bool

	// What it waits for, recorded by the transaction that found it.
	WaitingReason           *WaitingReason
	WaitingUntil            *time.Time
	WaitingDetail           string // in words, no personal data
	WaitingSince            *time.Time
	WaitingSettingsRevision int64
	PlannerFailures         int    // in a row; the back-off of planner_error grows with it
	PlannerCode             string // of the last of them: what the AI, or its answer, had wrong; "" where there is none

	// EligibilityReason says why the contact was found eligible as it joined of itself, or why it is not any more; nil where
	// nobody looked. It may be in the AI's words.
	EligibilityReason *string

	StatusNote string // what the operator gave as the reason of disable, complete or disqualify; "" where nothing

	LastOutreachAt *time.Time
	LastOutcome    *Outcome
	LastReplyAt    *time.Time

	Revision       int64 // raised by each transaction that its workflow must see
	SeenRevision   int64
	RevisedAt      time.Time
	TakenBatch     *string    // key of the batch that took it in: campaign run id and number
	TakenAt        *time.Time // when
	RunID          *string    // run of its workflow, written by its first activity
	ReconcileAfter time.Time
	ReconcileTries int

	AddedAt    time.Time // the last time it was added; releases older than this do not hold for it
	FinishedAt *time.Time
	RemovedAt  *time.Time // hidden, its workflow ended; its ledger stays
	ErasedAt   *time.Time // all that was known of the person is gone; it is removed too
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Finished says whether nothing more will be done for the contact.
func (c *Contact) Finished() bool { return c.Status.Finished() }

// Reaches says whether the contact has a usable address for the channel.
func (c *Contact) Reaches(channel Channel) bool { return c.Address(channel) != "" }

// Blocks says whether the person asked not to be contacted on the channel, as far as the contact's source knows.
func (c *Contact) Blocks(channel Channel) bool { return slices.Contains(c.BlockedChannels, channel) }

// Address is what the channel sends to: an e-mail address or an E.164 number; empty where there is none.
func (c *Contact) Address(channel Channel) string {
	address := c.Phone
	if channel == ChannelEmail {
		address = c.Email
	}
	if address == nil {
		return ""
	}
	return *address
}

// ContactInput is one contact as a source gives it, normalised: e-mail in lower case, phone in E.164. Nil means "not
// given": an update keeps the stored value.
type ContactInput struct {
	Line            int // of the file, or index in the call; for errors
	FirstName       *string
	LastName        *string
	Email           *string
	Phone           *string
	Timezone        *string
	Properties      map[string]any // merged key by key
	ExternalIDKey   *string
	ExternalIDValue *string
	Status          *ContactStatus // only completed and disqualified have an effect
	Blocked         []Channel      // channels that are blocked from now on, beside those that are already
}

// AddAction is what the contacts endpoint does with contacts.
type AddAction string

// Actions of the contacts endpoint.
const (
	ActionUpsert     AddAction = "upsert"
	ActionUpdateOnly AddAction = "updateOnly"
	ActionRemove     AddAction = "remove"
)

// AddedAction is what became of one contact.
type AddedAction string

// What becomes of a contact that is given.
const (
	AddedCreated AddedAction = "created"
	AddedUpdated AddedAction = "updated"
	AddedRemoved AddedAction = "removed"
	AddedIgnored AddedAction = "ignored" // finished already, or updateOnly without a match
)

// MatchedBy says by which address an existing contact was found.
type MatchedBy string

// Ways to find an existing contact.
const (
	MatchedByNothing MatchedBy = ""
	MatchedByPhone   MatchedBy = "phone"
	MatchedByEmail   MatchedBy = "email"
)

// Added is what became of one ContactInput, in the order of the input.
type Added struct {
	Line      int
	ContactID string
	Action    AddedAction
	MatchedBy MatchedBy
	// EmailOfOther is set where the phone belongs to one contact and the e-mail to another: the first was updated and
	// keeps its e-mail (email_of_other_contact).
	EmailOfOther bool
}

// AddResult is what a call that adds contacts did.
type AddResult struct {
	Results []Added
	// Signal says that the campaign's workflow is to be told contacts-added: nobody had told it since it last looked.
	Signal   bool
	Revision int64
	// Wake lists unfinished contacts with a workflow whose row changed in a way that it must see.
	Wake []Wake
}

// Wake names a workflow that is to look at its row. ContactID is empty for the campaign's own.
type Wake struct {
	CampaignID string
	ContactID  string
	Revision   int64
}
