package models

import "time"

// Performance is what a campaign achieved, from its ledger.
type Performance struct {
	Totals    Totals
	ByChannel map[Channel]Totals // every channel is there
	ByDay     []DayTotals        // by day of the campaign's zone and channel, oldest first
	ByAttempt []AttemptTotals
	Calls     []CallOutcome // the most frequent first
	Cost      PlanCost
	AsOf      time.Time
}

// CallOutcome is how many calls had an outcome; nil: they have not ended, or nobody knows how.
type CallOutcome struct {
	Outcome *Outcome
	Calls   int
}

// Totals count outreaches that are attempts: accepted, delivered, failed, or unknown.
type Totals struct {
	Outreaches      int
	Delivered       int
	Failed          int
	Unconfirmed     int
	Opened          int
	MachineOpened   int // by machines, such as those that load pictures for a person; not in Opened
	Clicked         int
	Contacts        int // reached by at least one of the outreaches
	ContactsReplied int // of those: replied, on any channel, after an outreach that is counted here
	OptOuts         int
	Bounces         int
	Complaints      int
}

// ResponseRate is ContactsReplied ÷ Contacts; 0 where there are none.
func (t Totals) ResponseRate() float64 {
	if t.Contacts == 0 {
		return 0
	}
	return float64(t.ContactsReplied) / float64(t.Contacts)
}

// DayTotals are those of the outreaches that were claimed on one day by one channel.
type DayTotals struct {
	Totals

	Date    string // YYYY-MM-DD in the campaign's zone
	Channel Channel
}

// AttemptTotals are those of one attempt number.
type AttemptTotals struct {
	Totals

	Attempt int
}

// PlanCost is what the AI took to plan.
type PlanCost struct {
	Tokens int
	USD    float64
}

// ReviewRow is an outreach that waits for an approval.
type ReviewRow struct {
	CampaignID   string
	CampaignName string
	Contact      ContactRow
	Outreach     Outreach
	Plan         OutreachVersion
	Frame        Frame // that it would be sent in
}

// ReviewFilter narrows the review queue. Nil members do not narrow.
type ReviewFilter struct {
	Page       Page
	CampaignID *string
	Channel    *Channel
	Only       []string // campaigns that the caller is limited to; nil: all
}

// PlanPrice is what the AI's provider takes for a million tokens, as configured; zero where nobody said.
type PlanPrice struct {
	InputUSD  float64
	OutputUSD float64
}

// Cost is what tokens of prompts and completions take.
func (p PlanPrice) Cost(prompt, completion int) PlanCost {
	const million = 1_000_000
	return PlanCost{
		Tokens: prompt + completion,
		USD:    (float64(prompt)*p.InputUSD + float64(completion)*p.OutputUSD) / million,
	}
}
