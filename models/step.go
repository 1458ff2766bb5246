package models

import (
	"fmt"
	"time"
)

// Do is what a contact's workflow does next.
type Do string

// What a contact does next.
const (
	DoPlan    Do = "plan"    // ask the AI
	DoSend    Do = "send"    // claim and send
	DoWait    Do = "wait"    // for a time or a signal
	DoLook    Do = "look"    // read the row again
	DoFinish  Do = "finish"  // the contact is completed or disqualified
	DoRemoved Do = "removed" // the contact was removed: end, so that it may start again
)

// Step is what the row says a contact does next. It travels to the workflow, so it holds ids, times and codes only.
type Step struct {
	Do         Do            `json:"do"`
	OutreachID string        `json:"outreachId,omitempty"`
	Channel    Channel       `json:"channel,omitempty"`
	Attempt    int           `json:"attempt,omitempty"`
	Waiting    *Waiting      `json:"waiting,omitempty"` // of DoWait
	Then       Do            `json:"then,omitempty"`    // what follows when Waiting.Until has come
	CheckAt    *time.Time    `json:"checkAt,omitempty"` // look again then at the latest: the campaign's end
	Status     ContactStatus `json:"status,omitempty"`  // after the step was recorded
	Reason     StatusReason  `json:"reason,omitempty"`  // of DoFinish
}

// Facts are what decides about a contact, read together under the locks of the transaction that decides.
type Facts struct {
	Now      time.Time
	Campaign *Campaign
	Contact  *Contact
	// Outreach is the open one (planned, approved, submitting); nil where there is none.
	Outreach *Outreach
	// LatestRelease is the newest start of all outreaches; nil where there is none.
	LatestRelease *time.Time
	// LastClaim is the time of the latest claim of an earlier attempt; nil where there is none.
	LastClaim *time.Time
	// Refused lists the channels on which the present attempt was rejected for good.
	Refused []Channel
	// UnconfirmedAfter is how long a claim in doubt waits for proof.
	UnconfirmedAfter time.Duration
}

// Decide says what the contact does next. It is the one place where that is decided: planning, looking and the claim call
// it under their locks, so what a contact is shown to wait for is what the claim would refuse it for.
func Decide(f Facts) Step {
	if step, ended := f.ended(); ended {
		return step
	}
	if step, held := f.held(); held {
		return step
	}
	channel, reachable := f.channel()
	switch {
	case !reachable:
		return Step{Do: DoFinish, Status: ContactDisqualified, Reason: ReasonUnreachable}
	case f.Outreach == nil && f.backingOff(WaitPlannerError):
		return f.wait(WaitPlannerError, f.Contact.WaitingUntil, DoPlan)
	case f.Outreach == nil:
		return Step{
			Do: DoPlan, Channel: channel, Attempt: f.Contact.Attempts + 1,
			Status: ContactPlanning, Waiting: f.waiting(WaitPlanner, nil),
		}
	default:
		return f.release()
	}
}

// ended covers what ends a contact whatever else holds.
func (f Facts) ended() (Step, bool) {
	c := f.Contact
	switch {
	case c.RemovedAt != nil:
		return Step{Do: DoRemoved, Status: c.Status}, true
	case c.Finished():
		step := Step{Do: DoFinish, Status: c.Status}
		if c.StatusReason != nil {
			step.Reason = *c.StatusReason
		}
		return step, true
	case f.Campaign.Status == CampaignArchived:
		return Step{Do: DoFinish, Status: ContactCompleted, Reason: ReasonCampaignArchived}, true
	default:
		return Step{}, false
	}
}

// held covers what keeps a contact from being planned and sent alike, for now or for good.
func (f Facts) held() (Step, bool) {
	switch {
	case f.Outreach != nil && f.Outreach.State == OutreachSubmitting:
		until := f.Outreach.ClaimedAt.Add(f.UnconfirmedAfter)
		return f.wait(WaitProof, &until, DoLook), true
	case f.Contact.Status == ContactDisabled:
		return f.wait(WaitDisabled, nil, DoLook), true
	case f.Campaign.Status == CampaignDraft:
		return f.wait(WaitGoLive, nil, DoLook), true
	case f.Campaign.Type == CampaignOneTime && f.Contact.Attempts > 0: // done, though the campaign was paused meanwhile
		return Step{Do: DoFinish, Status: ContactCompleted, Reason: ReasonOneTimeDone}, true
	case f.Campaign.Ended(f.Now):
		return Step{Do: DoFinish, Status: ContactCompleted, Reason: ReasonCampaignEnded}, true
	case f.Campaign.Status == CampaignPaused:
		return f.wait(WaitCampaignPaused, nil, DoLook), true
	default:
		return Step{}, false
	}
}

// release covers a contact whose outreach is planned: what it waits for before it may be claimed.
func (f Facts) release() Step {
	starts := f.Campaign.Starts()
	switch {
	case f.Now.Before(starts):
		return f.wait(WaitBeforeStart, &starts, DoSend)
	case f.Campaign.ExecutionMode == ModeManual && !f.released():
		return f.wait(WaitStartOutreaches, nil, DoSend)
	case f.Now.Before(f.Outreach.SendAt):
		return f.wait(WaitScheduledTime, &f.Outreach.SendAt, DoSend)
	}
	for _, reason := range []WaitingReason{WaitProviderLimit, WaitProviderAuth, WaitProviderDown} {
		if f.backingOff(reason) {
			return f.wait(reason, f.Contact.WaitingUntil, DoSend)
		}
	}
	return Step{
		Do: DoSend, OutreachID: f.Outreach.ID, Channel: f.Outreach.Channel, Attempt: f.Outreach.Attempt,
		Status: ContactAwaitingExecution, Waiting: f.waiting(WaitSendQueue, nil),
	}
}

// released says whether a start of all outreaches holds for the contact: it is newer than the contact's addition and
// than the claim of its previous attempt.
func (f Facts) released() bool {
	return f.LatestRelease != nil && f.LatestRelease.After(f.Contact.AddedAt) &&
		(f.LastClaim == nil || f.LatestRelease.After(*f.LastClaim))
}

// channel is the first of the campaign's channels that reaches the contact and has not refused the present attempt.
func (f Facts) channel() (Channel, bool) {
	for _, channel := range f.Campaign.Channels {
		refused := false
		for _, r := range f.Refused {
			refused = refused || r == channel
		}
		if f.Contact.Reaches(channel) && !refused {
			return channel, true
		}
	}
	return "", false
}

// backingOff says whether the contact waits for the reason, and its time has not come.
func (f Facts) backingOff(reason WaitingReason) bool {
	c := f.Contact
	return c.WaitingReason != nil && *c.WaitingReason == reason && c.WaitingUntil != nil && f.Now.Before(*c.WaitingUntil)
}

// wait is a step that waits for the reason, and then does what is given.
func (f Facts) wait(reason WaitingReason, until *time.Time, then Do) Step {
	step := Step{
		Do: DoWait, Waiting: f.waiting(reason, until), Then: then, Status: reason.StatusOf(f.Contact.Status),
	}
	if f.Contact.Status == ContactDisabled {
		step.Status = ContactDisabled // only enable ends that, whatever else it waits for
	}
	if ends := f.Campaign.Ends(); ends.After(f.Now) && (until == nil || ends.Before(*until)) {
		step.CheckAt = &ends
	}
	if f.Outreach != nil {
		step.OutreachID, step.Channel, step.Attempt = f.Outreach.ID, f.Outreach.Channel, f.Outreach.Attempt
	}
	return step
}

func (f Facts) waiting(reason WaitingReason, until *time.Time) *Waiting {
	w := &Waiting{Reason: reason, Detail: reason.Details()}
	if until != nil {
		at := until.UTC()
		w.Until = &at
	}
	return w
}

// Backoff is how long to wait after the given number of failures in a row: 1, 2, 4 … minutes, 60 at most.
func Backoff(failures int) time.Duration {
	const longest = 60 * time.Minute
	if failures < 1 {
		failures = 1
	}
	if failures > 6 { //nolint:mnd // 2^6 minutes exceed the longest already
		return longest
	}
	return min(time.Minute<<(failures-1), longest)
}

// String says in words what the step is, without personal data.
func (s Step) String() string {
	switch s.Do {
	case DoWait:
		text := s.Waiting.Detail
		if s.Waiting.Until != nil {
			text += fmt.Sprintf(" Until %s.", s.Waiting.Until.Format(time.RFC3339))
		}
		return text
	case DoPlan:
		return fmt.Sprintf("Attempt %d: the AI is planning it.", s.Attempt)
	case DoSend:
		return fmt.Sprintf("Attempt %d: waiting for its turn in the %s queue.", s.Attempt, s.Channel)
	case DoFinish:
		return fmt.Sprintf("Finished: %s (%s).", s.Status, s.Reason)
	case DoRemoved:
		return "The contact was removed from the campaign."
	default:
		return "Reading its row."
	}
}
