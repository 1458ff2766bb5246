package models

import "time"

// Page is a part of a list.
type Page struct {
	Number  int // from 1
	PerPage int // at most 200
}

// Limits of a page.
const (
	DefaultPerPage = 50
	MaxPerPage     = 200
)

// Offset is the number of rows before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.PerPage }

// CampaignFilter narrows a list of campaigns. Nil members do not narrow.
type CampaignFilter struct {
	Page        Page
	Archived    bool // the tab: archived campaigns, or all others
	Search      string
	Channel     *Channel
	Status      *CampaignStatus
	CreatedFrom *time.Time
	CreatedTo   *time.Time
	Only        []string // campaigns that the caller is limited to; nil: all
}

// CampaignRow is a campaign in a list, with the number of its contacts.
type CampaignRow struct {
	Campaign

	ContactCount int
}

// ContactSort is the order of a list of contacts.
type ContactSort string

// Sort orders of contacts, with "-" for descending.
const (
	SortCreatedAt      ContactSort = "createdAt"
	SortName           ContactSort = "name"
	SortStatus         ContactSort = "status"
	SortLastOutreachAt ContactSort = "lastOutreachAt"
)

// ContactFilter narrows a list of a campaign's contacts. Nil and empty members do not narrow.
type ContactFilter struct {
	CampaignID    string
	Page          Page
	Status        *ContactStatus // as shown
	Search        string         // part of name, e-mail or phone
	Channel       *Channel       // of the next outreach
	WaitingReason *WaitingReason
	Sort          ContactSort
	Descending    bool
}

// ContactRow is a contact in a list, with what is read beside it.
type ContactRow struct {
	Contact

	CampaignStatus CampaignStatus
	CampaignEnded  bool      // its end date has passed
	MaxAttempts    int       // the campaign's
	NextOutreach   *Outreach // the open one
}

// Shown is the status as people see it.
func (r *ContactRow) Shown() ContactStatus { return r.Status.Shown(r.CampaignStatus) }

// Waiting is what the contact waits for: as recorded or, where no activity will find that out before the campaign lets it,
// as its campaign says. Nil where it waits for nothing.
func (r *ContactRow) Waiting() *Waiting {
	switch {
	case r.Finished():
		return nil
	case r.Status == ContactNotStarted:
		reason := r.untaken()
		return &Waiting{Reason: reason, Detail: reason.Details()}
	case r.Status == ContactDisabled && !r.inDoubt():
		return &Waiting{Reason: WaitDisabled, Detail: WaitDisabled.Details()} // its activity, in a queue, has yet to find out
	case r.WaitingReason == nil:
		return r.next()
	case r.Shown() == ContactCampaignPaused && r.WaitingReason.Queued():
		return &Waiting{Reason: WaitCampaignPaused, Detail: WaitCampaignPaused.Details()}
	default:
		return &Waiting{Reason: *r.WaitingReason, Until: r.WaitingUntil, Detail: r.WaitingDetail}
	}
}

// inDoubt says whether an outreach to the contact may be under way.
func (r *ContactRow) inDoubt() bool {
	return r.WaitingReason != nil && (*r.WaitingReason == WaitProof || *r.WaitingReason == WaitOutcome)
}

// next is what a contact waits for that was just let go, until its workflow has looked.
func (r *ContactRow) next() *Waiting {
	var reason WaitingReason
	switch {
	case r.Shown() == ContactCampaignPaused:
		reason = WaitCampaignPaused
	case r.Status == ContactPlanning:
		reason = WaitPlanner
	case r.Status == ContactAwaitingExecution:
		reason = WaitSendQueue
	case r.Status == ContactAwaitingApproval:
		reason = WaitApproval
	default: // executing: the provider is being called
		return nil
	}
	return &Waiting{Reason: reason, Detail: reason.Details()}
}

// untaken is what a contact waits for that no workflow has begun with.
func (r *ContactRow) untaken() WaitingReason {
	switch {
	case r.CampaignStatus == CampaignDraft:
		return WaitGoLive
	case r.CampaignEnded:
		return WaitCampaignEnded
	case r.CampaignStatus == CampaignPaused:
		return WaitCampaignPaused
	default:
		return WaitIntakeQueue
	}
}

// ContactDetail is everything about one contact.
type ContactDetail struct {
	ContactRow

	CampaignTimezone string
	Zones            []string         // in which its windows are read
	ZoneSource       ZoneSource       // where those come from
	Next             *OutreachVersion // of NextOutreach
	NextFrame        Frame            // that it would be sent in
	History          []PastOutreach   // claimed ones and resends, oldest first
	Replies          []Reply          // oldest first
}

// PastOutreach is an outreach that was claimed, with what was sent and what came back.
type PastOutreach struct {
	Outreach

	Plan   OutreachVersion
	Events []Event // oldest first
}

// Progress is the state of a campaign in numbers. Counts are as shown, and their sum is Total.
type Progress struct {
	CampaignID  string
	Status      CampaignStatus
	Total       int
	Counts      map[ContactStatus]int
	Underlying  map[ContactStatus]int
	Waiting     map[WaitingReason]int
	Attempts    int
	Unconfirmed int
	InFlight    int
	AsOf        time.Time
}
