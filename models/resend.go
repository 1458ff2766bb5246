package models

import "time"

// ResendRef names an operator's resend of an unconfirmed outreach. It has a workflow of its own, also when its contact is
// finished.
type ResendRef struct {
	CampaignID string `json:"campaignId"`
	ContactID  string `json:"contactId"`
	OutreachID string `json:"outreachId"` // of the resend
}

// resendLook is how soon a resend looks again that waits for a control: nobody tells its workflow.
const resendLook = time.Minute

// DecideResend says what a resend does next: DoSend, DoWait with what it waits for, or DoFinish where it was sent, or is not
// to be sent any more. It is Decide's counterpart, and says nothing about the contact: the step has no status. An operator
// asked for it, so neither mode, planned time nor review hold it; a contact that has completed meanwhile does not end it. A
// pause, or a disabled contact, has it look again after a minute.
func DecideResend(f Facts, o *Outreach) Step {
	f.Outreach = o
	switch {
	case !o.State.Open():
		return resendOver(o)
	case o.State == OutreachSubmitting:
		until := o.ClaimedAt.Add(f.UnconfirmedAfter)
		return f.resendWaits(WaitProof, &until, DoLook)
	case f.resendForbidden(o.Channel):
		return resendOver(o)
	}
	if reason, held := f.resendHeld(); held {
		until := f.Now.Add(resendLook)
		return f.resendWaits(reason, &until, DoLook)
	}
	return f.resendReady(o)
}

// resendForbidden covers what ends a resend for good.
func (f Facts) resendForbidden(channel Channel) bool {
	_, suppressed := f.Suppressed[channel]
	return f.Contact.RemovedAt != nil || f.Contact.Status == ContactDisqualified ||
		f.Campaign.Status == CampaignArchived || f.Campaign.Ended(f.Now) ||
		suppressed || !f.Campaign.Has(channel) || !f.Contact.Reaches(channel)
}

// resendHeld covers what holds a resend until an operator's control.
func (f Facts) resendHeld() (WaitingReason, bool) {
	switch {
	case f.Contact.Status == ContactDisabled:
		return WaitDisabled, true
	case f.Campaign.Status == CampaignDraft: // cannot be: nothing was sent
		return WaitGoLive, true
	case f.Campaign.Status == CampaignPaused:
		return WaitCampaignPaused, true
	default:
		return "", false
	}
}

// resendReady covers what holds for every outreach that is due, whatever released it.
func (f Facts) resendReady(o *Outreach) Step {
	if starts := f.Campaign.Starts(); f.Now.Before(starts) {
		return f.resendWaits(WaitBeforeStart, &starts, DoSend)
	}
	if until, capped := f.CapUntil[o.Channel]; capped && f.Now.Before(until) {
		return f.resendWaits(WaitFrequencyCap, &until, DoSend)
	}
	if opens, open := f.opening(o.Channel); !open {
		if opens == nil {
			opens = new(f.Now.Add(HoursHorizon))
		}
		return f.resendWaits(WaitWindow, opens, DoSend)
	}
	if o.backingOff(f.Now) {
		return f.resendWaits(*o.WaitingReason, o.WaitingUntil, DoSend)
	}
	return Step{
		Do: DoSend, OutreachID: o.ID, Channel: o.Channel, Attempt: o.Attempt, Waiting: f.waiting(WaitSendQueue, nil),
	}
}

// backingOff says whether the resend waits for its provider, and the time has not come.
func (o *Outreach) backingOff(now time.Time) bool {
	if o.WaitingReason == nil || o.WaitingUntil == nil || !now.Before(*o.WaitingUntil) {
		return false
	}
	switch *o.WaitingReason {
	case WaitProviderLimit, WaitProviderAuth, WaitProviderDown:
		return true
	default:
		return false
	}
}

// resendWaits is a step that waits; it says nothing about the contact.
func (f Facts) resendWaits(reason WaitingReason, until *time.Time, then Do) Step {
	step := f.wait(reason, until, then)
	step.Status = ""
	return step
}

// resendOver ends a resend.
func resendOver(o *Outreach) Step {
	return Step{Do: DoFinish, OutreachID: o.ID, Channel: o.Channel, Attempt: o.Attempt}
}
