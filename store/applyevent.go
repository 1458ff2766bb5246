package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"beckon/models"
)

// effect is what an event does to a contact.
type effect int

const (
	untouched effect = iota // nothing that its row shows
	changed                 // its row says something else
	awaited                 // its workflow is to look
)

// touch is a contact that events changed.
type touch struct {
	facts    *facts
	effect   effect
	finished bool // it was finished before them
}

// touched are contacts that events changed, by id.
type touched map[string]*touch

// note adds what an event did to a contact.
func (t touched) note(f *facts, finished bool, told effect) {
	if told == untouched {
		return
	}
	id := f.Contact.ID
	if t[id] == nil {
		t[id] = &touch{facts: f, finished: finished}
	}
	t[id].effect = max(t[id].effect, told)
}

// applyEvent moves the outreach as the event says, where the table of transitions allows it: what is further on stays. What
// the event forbids is suppressed though it moves nothing, since what an earlier one suppressed may be allowed again by now.
func (s *Store) applyEvent(
	tx *gorm.DB, f *facts, o *models.Outreach, event *models.ProviderEvent,
) (effect, error) {
	if o.ClaimedAt == nil {
		return untouched, nil // it was given back: whatever is reported is not about what will be sent
	}
	before := *o
	if o.ProviderID == nil && event.ProviderID != "" {
		o.ProviderID = &event.ProviderID
	}
	to, speaks := event.Type.State()
	if !speaks || !models.CanMove(models.OutreachTransitions, o.State, to) {
		to = o.State
	}
	if o.AcceptedAt == nil && to.Counts() && to != models.OutreachUnknown {
		o.AcceptedAt = &f.Now
	}
	o.Outcome = outcomeAfter(o.Outcome, to, event.Type)
	if to == models.OutreachFailed && slices.Contains(failures(), event.Type) {
		code, err := failureCode(tx, o.ID)
		if err != nil {
			return untouched, err
		}
		o.ResultCode = code
	}
	if o.Channel == models.ChannelPhone && o.EndedAt == nil && ends(event.Type) {
		o.EndedAt = &f.Now
	}
	told := untouched
	if before.State != to || !sameOutcome(before.Outcome, o.Outcome) || !same(before.ResultCode, o.ResultCode) ||
		before.EndedAt != o.EndedAt || before.ProviderID != o.ProviderID {
		if err := s.settle(tx, f, o, to); err != nil {
			return untouched, err
		}
		if last := f.Contact.LastOutreachAt; o.Outcome != nil && last != nil && last.Equal(*o.ClaimedAt) {
			f.Contact.LastOutcome = o.Outcome
		}
		told = changed
	}
	return s.follow(tx, f, &before, o, event, told)
}

// follow does what an event leads to: what it forbids is suppressed, a complaint is an opt-out, and a failure in a follow-up
// has the next attempt planned anew. So has a bounce that is learnt after a failure, since its address reaches nobody.
func (s *Store) follow(
	tx *gorm.DB, f *facts, before, o *models.Outreach, event *models.ProviderEvent, told effect,
) (effect, error) {
	if err := s.forbid(tx, f, o, event); err != nil {
		return untouched, err
	}
	if event.Type == models.EventComplained || event.Type == models.EventUnsubscribed {
		return awaited, nil
	}
	bounced := models.OutcomeBounced
	news := before.State != o.State || sameOutcome(o.Outcome, &bounced) && !sameOutcome(before.Outcome, &bounced)
	if news && o.State == models.OutreachFailed && !f.Contact.Finished() && f.Campaign.Type == models.CampaignFollowUp {
		return awaited, f.supersede(tx)
	}
	waits := f.Contact.WaitingReason
	if told == changed && waits != nil &&
		(*waits == models.WaitProof || *waits == models.WaitOutcome && !o.Unanswered()) {
		return awaited, nil
	}
	return told, nil
}

// forbid suppresses what must not be contacted any more once the event is known. A complaint stays the reason, whatever comes
// before or after it.
func (s *Store) forbid(tx *gorm.DB, f *facts, o *models.Outreach, event *models.ProviderEvent) error {
	source := cmp.Or(event.Source, sourceProvider)
	switch {
	case event.Type == models.EventComplained:
		return s.optOutOf(tx, f, o, models.SuppressedComplaint, source)
	case event.Type == models.EventUnsubscribed:
		return s.optOutOf(tx, f, o, models.SuppressedUnsubscribe, source)
	case event.Type == models.EventBounced:
		return s.suppressOf(tx, o, models.SuppressedBounce, source)
	case event.Suppress != "":
		return s.suppressOf(tx, o, event.Suppress, source)
	default:
		return s.suppressFor(tx, f, o, event.Meaning)
	}
}

// optOutOf opts the contact out that got the outreach. An address that was erased is suppressed by its hash.
func (s *Store) optOutOf(
	tx *gorm.DB, f *facts, o *models.Outreach, reason models.SuppressionReason, source string,
) error {
	sentTo := []string{}
	known := o.Address != nil && !models.IsErasedAddress(*o.Address)
	if known {
		sentTo = append(sentTo, *o.Address)
	}
	if err := s.optOut(tx, f, reason, source, sentTo...); err != nil || known {
		return err
	}
	return s.suppressAll(tx, suppressionsOfOutreach(o, reason, source, sameNumber(o.Channel)...))
}

// suppressOf forbids the address of an outreach on its channel, by its hash where it was erased.
func (s *Store) suppressOf(
	tx *gorm.DB, o *models.Outreach, reason models.SuppressionReason, source string,
) error {
	return s.suppressAll(tx, suppressionsOfOutreach(o, reason, source, o.Channel))
}

// suppressionsOfOutreach forbid the address of an outreach on channels that can use it, by its hash where it was erased, or
// where only that is known; none where it has no address yet.
func suppressionsOfOutreach(
	o *models.Outreach, reason models.SuppressionReason, source string, channels ...models.Channel,
) []models.Suppression {
	var hash string
	switch {
	case o.Address != nil:
		hash = addressHash(*o.Address)
	case o.AddressHash != nil:
		hash = *o.AddressHash
	default:
		return nil
	}
	rows := make([]models.Suppression, 0, len(channels))
	for _, channel := range channels {
		rows = append(rows, models.Suppression{
			Channel: models.SuppressionChannel(channel), Address: o.Address, AddressHash: hash, Reason: reason, Source: source,
		})
	}
	return rows
}

// sameNumber lists the channels that use the same address as the channel: a number is for text and phone.
func sameNumber(channel models.Channel) []models.Channel {
	if channel == models.ChannelEmail {
		return []models.Channel{models.ChannelEmail}
	}
	return []models.Channel{models.ChannelText, models.ChannelPhone}
}

// failures are the events that end an outreach without success.
func failures() []models.EventType {
	return []models.EventType{
		models.EventBounced, models.EventDropped, models.EventFailed, models.EventBusy, models.EventNoAnswer, models.EventCanceled,
	}
}

// failureCode is the code of the most telling of the outreach's failures, all of which are stored: that of the outcome of
// the highest rank, of several of one rank the first by its letters. Nil where none of them has a code.
func failureCode(tx *gorm.DB, outreachID string) (*string, error) {
	rows := []models.Event{}
	err := tx.Select("type", "code").Where("outreach_id = ? AND type IN ? AND code IS NOT NULL", outreachID, failures()).
		Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read failures of outreach %s: %w", outreachID, err)
	}
	if len(rows) == 0 {
		return nil, nil //nolint:nilnil // a failure need not have a code
	}
	return slices.MaxFunc(rows, func(a, b models.Event) int {
		one, _ := outcomeOf(a.Type)
		other, _ := outcomeOf(b.Type)
		return cmp.Or(cmp.Compare(outcomeRank(one), outcomeRank(other)), cmp.Compare(*b.Code, *a.Code))
	}).Code, nil
}

// supersede ends what is planned for the contact, so that it is planned anew. What is being submitted stays. A contact that
// waited with the plan waits for none of its times any more; one whose activity has its turn soon learns it there.
func (f *facts) supersede(tx *gorm.DB) error {
	o, c := f.Outreach, f.Contact
	if o == nil || o.State == models.OutreachSubmitting {
		return nil
	}
	err := moveOutreach(tx, o, models.OutreachSuperseded, f.Now)
	f.sort()
	if waits := c.WaitingReason; waits != nil && !waits.Queued() &&
		(c.Status == models.ContactAwaitingExecution || c.Status == models.ContactAwaitingApproval) {
		f.waits(nil)
		c.Status = models.ContactPlanning
	}
	return err
}

// ends says whether a call has ended.
func ends(event models.EventType) bool {
	return slices.Contains([]models.EventType{
		models.EventCompleted, models.EventBusy, models.EventNoAnswer, models.EventFailed, models.EventCanceled,
	}, event)
}

// outcomeAfter is the outcome once the event is known too.
func outcomeAfter(known *models.Outcome, state models.OutreachState, event models.EventType) *models.Outcome {
	if outcome, says := outcomeOf(event); says {
		return outcomeOver(known, state, outcome)
	}
	return known
}

// outcomeOver is the outcome once another is known too; the order in which they come has no say. What failed stays failed, a
// bounce being the most telling of failures; of the rest, what took most counts.
func outcomeOver(known *models.Outcome, state models.OutreachState, outcome models.Outcome) *models.Outcome {
	if state == models.OutreachFailed && !fails(outcome) || known != nil && outcomeRank(*known) >= outcomeRank(outcome) {
		return known
	}
	return &outcome
}

// fails says whether the outcome is a failure's.
func fails(o models.Outcome) bool {
	return slices.Contains([]models.Outcome{
		models.OutcomeFailed, models.OutcomeBusy, models.OutcomeNoAnswer, models.OutcomeBounced, models.OutcomeOptedOut,
	}, o)
}

// outcomeRank orders outcomes: one of a higher rank replaces one of a lower.
func outcomeRank(o models.Outcome) int {
	return slices.Index([]models.Outcome{
		models.OutcomeDelivered, models.OutcomeOpened, models.OutcomeClicked, models.OutcomeAnswered, models.OutcomeVoicemail,
		models.OutcomeReplied, models.OutcomeFailed, models.OutcomeBusy, models.OutcomeNoAnswer, models.OutcomeBounced,
		models.OutcomeOptedOut,
	}, o)
}

func outcomeOf(event models.EventType) (outcome models.Outcome, says bool) {
	switch event {
	case models.EventDelivered:
		return models.OutcomeDelivered, true
	case models.EventOpened:
		return models.OutcomeOpened, true
	case models.EventClicked:
		return models.OutcomeClicked, true
	case models.EventHuman, models.EventCompleted:
		return models.OutcomeAnswered, true
	case models.EventMachine:
		return models.OutcomeVoicemail, true
	case models.EventBusy:
		return models.OutcomeBusy, true
	case models.EventNoAnswer:
		return models.OutcomeNoAnswer, true
	case models.EventBounced:
		return models.OutcomeBounced, true
	case models.EventDropped, models.EventFailed, models.EventCanceled:
		return models.OutcomeFailed, true
	case models.EventComplained, models.EventUnsubscribed:
		return models.OutcomeOptedOut, true
	case models.EventDeferred, models.EventProcessed, models.EventSent, models.EventRinging, models.EventAnswered,
		models.EventMachineOpened, models.EventAutoReplied:
		return "", false
	default:
		return "", false
	}
}

func sameOutcome(a, b *models.Outcome) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// save writes the contacts that events changed. The wakes are for those whose workflow, which has not ended, is to look.
func (t touched) save(tx *gorm.DB) ([]models.Wake, error) {
	wakes := []models.Wake{}
	for _, id := range slices.Sorted(maps.Keys(t)) {
		c, now := t[id].facts.Contact, t[id].facts.Now
		if t[id].effect == awaited && !t[id].finished && c.RemovedAt == nil {
			if wake, told := revise(c, now); told {
				wakes = append(wakes, wake)
			}
		}
		if err := saveContact(tx, c, now); err != nil {
			return nil, err
		}
	}
	return wakes, nil
}
