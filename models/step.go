package models

import (
	"fmt"
	"slices"
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
	// Supersedes says that the open outreach is not to be sent any more; the transaction that records the step ends it.
	Supersedes bool `json:"-"`
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
	// LastClaim is the time of the latest claim of an earlier attempt, resends included: attempts keep their distance to it.
	LastClaim *time.Time
	// LastAttempt is the same without resends: a start of all outreaches that is older was for that attempt.
	LastAttempt *time.Time
	// Refused lists the channels on which the present attempt was rejected for good.
	Refused []Channel
	// Suppressed says on which channels the contact must not be contacted, and why.
	Suppressed map[Channel]SuppressionReason
	// CapUntil says until when the frequency cap keeps the channel's address from another outreach.
	CapUntil map[Channel]time.Time
	// Calling is the call that the provider took and whose end is not known; nil where there is none.
	Calling *Outreach
	// UnconfirmedAfter is how long a claim in doubt waits for proof.
	UnconfirmedAfter time.Duration
	// PlanMaxAge is the age from which a text of the AI that missed its slot is planned anew; 0: never.
	PlanMaxAge time.Duration
}

// LongestCall is how long the end of a call is waited for; then the contact goes on without it. Beckon's calls are cut
// earlier.
const LongestCall = time.Hour

// missedBy is how late an outreach is that missed its slot, rather than waited in a queue.
const missedBy = time.Hour

// Decide says what the contact does next. It is the one place where that is decided: planning, looking and the claim call
// it under their locks, so what a contact is shown to wait for is what the claim would refuse it for.
func Decide(f Facts) Step {
	if step, ended := f.ended(); ended {
		return step
	}
	if step, held := f.held(); held {
		return step
	}
	if !f.Campaign.Eligibility.Meets(f.Contact) {
		return Step{Do: DoFinish, Status: ContactDisqualified, Reason: ReasonNotEligible}
	}
	if f.Contact.Attempts >= f.Campaign.MaxAttempts {
		return f.attemptsUsed()
	}
	channel, reason := f.channel()
	switch {
	case reason != "":
		return Step{Do: DoFinish, Status: ContactDisqualified, Reason: reason}
	case f.Outreach == nil, !f.usable(f.Outreach.Channel):
		return f.plan(channel)
	default:
		return f.release(channel)
	}
}

// plan covers a contact whose next outreach is to be planned, instead of the open one where there is one.
func (f Facts) plan(channel Channel) Step {
	supersedes := f.Outreach != nil
	f.Outreach = nil
	var step Step
	if f.backingOff(WaitPlannerError) {
		step = f.wait(WaitPlannerError, f.Contact.WaitingUntil, DoPlan)
	} else {
		step = Step{
			Do: DoPlan, Channel: channel, Attempt: f.Contact.Attempts + 1,
			Status: ContactPlanning, Waiting: f.waiting(WaitPlanner, nil),
		}
	}
	step.Supersedes = supersedes
	return step
}

// attemptsUsed covers a contact that has had its last attempt: for as long as another would have taken to follow, a reply is
// waited for.
func (f Facts) attemptsUsed() Step {
	supersedes := f.Outreach != nil
	f.Outreach = nil
	if f.LastClaim != nil {
		if until := f.LastClaim.Add(f.spacing()); f.Now.Before(until) {
			step := f.wait(WaitReply, &until, DoLook)
			step.Supersedes = supersedes
			return step
		}
	}
	return Step{Do: DoFinish, Status: ContactCompleted, Reason: ReasonAttemptsUsed}
}

func (f Facts) spacing() time.Duration {
	return time.Duration(f.Campaign.MinHoursBetweenAttempts) * time.Hour
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
	case f.calling():
		until := f.Calling.ClaimedAt.Add(LongestCall)
		return f.wait(WaitOutcome, &until, DoLook), true
	case f.Contact.Status == ContactDisabled && (f.Campaign.Status == CampaignDraft || !f.Campaign.Ended(f.Now)):
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

// calling says whether a call's end is still waited for.
func (f Facts) calling() bool {
	return f.Calling != nil && f.Calling.ClaimedAt != nil && f.Now.Before(f.Calling.ClaimedAt.Add(LongestCall))
}

// release covers a contact whose outreach is planned: what it waits for before it may be claimed.
func (f Facts) release(channel Channel) Step {
	o, due, starts := f.Outreach, f.due(), f.Campaign.Starts()
	switch {
	case f.Campaign.ManualReview && !o.Approved():
		return f.review(due)
	case f.Now.Before(starts):
		return f.wait(WaitBeforeStart, &starts, DoSend)
	case o.DueAt != nil: // whatever its mode and time say
	case f.Campaign.ExecutionMode == ModeManual && !f.released():
		return f.wait(WaitStartOutreaches, nil, DoSend)
	case f.Now.Before(due) && !f.movedToOpening(due):
		return f.wait(f.timed(), &due, DoSend)
	case f.stale(due):
		return f.plan(channel)
	}
	return f.ready()
}

// review covers an outreach that wants an approval. A further attempt shows the time that it is planned for.
func (f Facts) review(due time.Time) Step {
	if f.Outreach.Attempt == 1 || !f.Now.Before(due) {
		return f.wait(WaitApproval, nil, DoLook)
	}
	step := f.wait(WaitNextAttempt, &due, DoLook)
	if step.Status != ContactDisabled {
		step.Status = ContactAwaitingApproval
	}
	return step
}

// ready covers an outreach that is released and due: what holds for all outreaches, whatever released them.
func (f Facts) ready() Step {
	o := f.Outreach
	if until, capped := f.CapUntil[o.Channel]; capped && f.Now.Before(until) {
		return f.wait(WaitFrequencyCap, &until, DoSend)
	}
	if opens, open := f.opening(o.Channel); !open {
		return f.wait(WaitWindow, opens, DoSend)
	}
	for _, reason := range []WaitingReason{WaitProviderLimit, WaitProviderAuth, WaitProviderDown} {
		if f.backingOff(reason) && (reason != WaitProviderAuth || !f.resumedSince()) {
			return f.wait(reason, f.Contact.WaitingUntil, DoSend)
		}
	}
	return Step{
		Do: DoSend, OutreachID: o.ID, Channel: o.Channel, Attempt: o.Attempt,
		Status: ContactAwaitingExecution, Waiting: f.waiting(WaitSendQueue, nil),
	}
}

// due is the planned time of the open outreach. The first of a scheduled campaign goes at the campaign's time, and a further
// one keeps the campaign's distance to the one before, unless an operator set its time.
func (f Facts) due() time.Time {
	o := f.Outreach
	due := o.SendAt
	switch {
	case o.TimeSet:
	case o.Attempt == 1 && f.Campaign.ExecutionMode == ModeScheduled && f.Campaign.ScheduledAt != nil:
		due = *f.Campaign.ScheduledAt
	case o.Attempt > 1 && f.LastClaim != nil:
		if earliest := f.LastClaim.Add(f.spacing()); earliest.After(due) {
			due = earliest
		}
	}
	return due.UTC()
}

// movedToOpening says whether the time is that of the opening for which the contact is found to wait already, its slot having
// passed while the window was closed: then the window alone says how long it waits.
func (f Facts) movedToOpening(due time.Time) bool {
	o := f.Outreach
	ofTheCampaign := o.Attempt == 1 && f.Campaign.ExecutionMode == ModeScheduled
	return !o.TimeSet && !ofTheCampaign && due.Equal(o.SendAt) && f.backingOff(WaitWindow) && f.Contact.WaitingUntil.Equal(due)
}

// timed is the reason of a wait for the open outreach's time.
func (f Facts) timed() WaitingReason {
	if f.Outreach.Attempt > 1 {
		return WaitNextAttempt
	}
	return WaitScheduledTime
}

// stale says whether the open outreach missed its slot and is too old a text of the AI, which nobody approved or edited.
func (f Facts) stale(due time.Time) bool {
	o := f.Outreach
	return f.PlanMaxAge > 0 && o.State == OutreachPlanned && !o.Edited && !o.Approved() &&
		f.Now.Sub(o.CreatedAt) > f.PlanMaxAge && f.Now.Sub(due) > missedBy
}

// released says whether a start of all outreaches holds for the contact: it is newer than the contact's addition and
// than the claim of its previous attempt.
func (f Facts) released() bool {
	return f.LatestRelease != nil && f.LatestRelease.After(f.Contact.AddedAt) &&
		(f.LastAttempt == nil || f.LatestRelease.After(*f.LastAttempt))
}

// Hours are those in which the channel may be used for the contact.
func (f Facts) Hours(channel Channel) Hours {
	return ContactHours(f.Contact, f.Campaign, channel, f.Campaign.Windows, f.Campaign.QuietHours)
}

// MinTextValidity is how much of the window must be left for a text to be begun: a provider is told to drop it when the window
// closes, and with less time the least delay on its way would cost the outreach. Twilio advises more than 5 seconds. The
// limit is Beckon's, and less than the shortest window, of a minute.
const MinTextValidity = 30 * time.Second

// opening says whether an outreach by the channel may be begun now and, where not, when the next time is; nil where there is
// none within HoursHorizon. The last moments of a window are too short for a text.
func (f Facts) opening(channel Channel) (next *time.Time, open bool) {
	hours, from := f.Hours(channel), f.Now
	if hours.Open(f.Now) {
		closes, ends := hours.Closes(f.Now)
		if channel != ChannelText || !ends || closes.Sub(f.Now) >= MinTextValidity {
			return nil, true
		}
		from = closes
	}
	if opens, found := hours.Next(from); found {
		return &opens, false
	}
	return nil, false
}

// usable says whether the channel may be used for the contact's present attempt.
func (f Facts) usable(channel Channel) bool {
	_, suppressed := f.Suppressed[channel]
	return f.Campaign.Has(channel) && f.Contact.Reaches(channel) && !suppressed && !slices.Contains(f.Refused, channel)
}

// Usable lists the channels that may be used for the contact's present attempt, in order of preference.
func (f Facts) Usable() []Channel {
	channels := []Channel{}
	for _, channel := range f.Campaign.Channels {
		if f.usable(channel) {
			channels = append(channels, channel)
		}
	}
	return channels
}

// channel is the first that may be used. Where there is none, the reason says why: the contact asked not to be contacted, or
// cannot be reached.
func (f Facts) channel() (Channel, StatusReason) {
	if usable := f.Usable(); len(usable) > 0 {
		return usable[0], ""
	}
	for _, channel := range f.Campaign.Channels {
		if why, suppressed := f.Suppressed[channel]; suppressed && why.OptOut() && f.Contact.Reaches(channel) {
			return "", ReasonOptedOut
		}
	}
	return "", ReasonUnreachable
}

// backingOff says whether the contact waits for the reason, and its time has not come.
func (f Facts) backingOff(reason WaitingReason) bool {
	c := f.Contact
	return c.WaitingReason != nil && *c.WaitingReason == reason && c.WaitingUntil != nil && f.Now.Before(*c.WaitingUntil)
}

// resumedSince says whether the campaign was resumed since the contact began to wait: whoever resumes one that was paused
// since its credentials were refused has mended them, and waits for nothing.
func (f Facts) resumedSince() bool {
	since, resumed := f.Contact.WaitingSince, f.Campaign.ResumedAt
	return since != nil && resumed != nil && resumed.After(*since)
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
	if reason == WaitPlannerError {
		w.Detail = plannerDetail(f.Contact.PlannerCode)
	}
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
		return s.Waiting.String()
	case DoPlan:
		return fmt.Sprintf("%s Attempt %d.", WaitPlanner.Details(), s.Attempt)
	case DoSend:
		return fmt.Sprintf("%s Attempt %d, by %s.", WaitSendQueue.Details(), s.Attempt, s.Channel)
	case DoFinish:
		return fmt.Sprintf("Finished: %s (%s).", s.Status, s.Reason)
	case DoRemoved:
		return "The contact was removed from the campaign."
	default:
		return "Reading its row."
	}
}
