package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// RecordReply stores what came from an address as a reply of the contact whose outreach it names as answered, else of the
// one to whom the latest outreach to the address was; where none was sent, of the newest contact that has it. The same
// message, by channel and provider's id, is stored once and has an effect once, whoever sent it. What is planned for the
// contact is superseded, so that it is planned anew with the reply: nothing is sent to it before the AI has considered
// whether the reply asks for that to end. What is being submitted stays. An opt-out, by a word or by a phrase that means
// nothing else, suppresses the address and all others of the contact for the installation, and disqualifies it, though it
// was finished. START and its like by text lift a text's opt-out.
//
// Whoever is in no campaign joins the newest that is for them, with the message as the first reply; where the AI is to be asked
// about that first, the message waits, see JudgeStranger. Of anybody else only opt-outs and opt-ins count. What a machine wrote
// is noted with the outreach that it answers, and is no reply. The wakes are for workflows that are to look.
func (s *Store) RecordReply(ctx context.Context, message models.InboundMessage) (received models.Received, err error) {
	if message.From == "" && message.OutreachID == "" {
		return models.Received{}, nil
	}
	message.Consider()
	err = s.transact(webhook(ctx), func(tx *gorm.DB) error {
		received = models.Received{}
		first, err := s.firstDelivery(tx, &message)
		if err != nil {
			return err
		}
		if !first {
			received.Again = true
			return nil
		}
		sender, err := senderOf(tx, &message)
		switch {
		case err != nil:
			return err
		case sender == nil && message.From == "":
			return nil // an answer to nothing that there is, from nobody
		case message.Automatic:
			received.Wakes, err = s.recordAutomatic(tx, sender, &message)
		case !message.OptOut:
			received, err = s.recordPerson(tx, sender, &message)
		case sender == nil:
			err = s.heed(tx, &message)
		default:
			received, err = s.recordReply(tx, sender, &message)
		}
		return err
	})
	if err != nil {
		return models.Received{}, err
	}
	return received, nil
}

// firstDelivery notes that the message has come, and says whether it had not before. It comes before all locks: two deliveries
// at once wait for each other here, and hold nothing else.
func (s *Store) firstDelivery(tx *gorm.DB, message *models.InboundMessage) (bool, error) {
	if message.ProviderID == "" {
		return true, nil
	}
	insert := tx.Exec("INSERT INTO inbound_messages (channel, provider_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		message.Channel, heardAs(message), s.now())
	return insert.RowsAffected == 1, wrapped("note a message that came in", insert.Error)
}

// heardAs names a message among those that came in. A mail's own id may name its sender's host, so its hash is kept.
func heardAs(message *models.InboundMessage) string {
	if message.Channel == models.ChannelEmail {
		return models.AddressHash(message.ProviderID)
	}
	return message.ProviderID
}

// sender is whose reply a message is.
type sender struct {
	CampaignID string
	ContactID  string
}

// senderOf finds whose reply a message is; nil where it is nobody's. One that names an outreach counts as from the address
// that this went to, whatever address it came from: people answer from others, and those may be anybody's. Where that was
// erased, nobody knows it any more: the message stays from whom it is.
func senderOf(tx *gorm.DB, message *models.InboundMessage) (*sender, error) {
	if checkID("outreach", message.OutreachID) != nil {
		message.OutreachID = ""
		return senderAt(tx, message.From)
	}
	o := models.Outreach{}
	err := tx.Select("campaign_id", "contact_id", "address").
		Where("id = ? AND claimed_at IS NOT NULL", message.OutreachID).Take(&o).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		message.OutreachID = ""
		return senderAt(tx, message.From)
	}
	if o.Address != nil && !models.IsErasedAddress(*o.Address) {
		message.From = *o.Address
	}
	return &sender{CampaignID: o.CampaignID, ContactID: o.ContactID}, wrapped("find the outreach that was answered", err)
}

// senderAt finds whose reply a message from the address is.
func senderAt(tx *gorm.DB, address string) (*sender, error) {
	from := &sender{}
	err := tx.Model(&models.Outreach{}).Select("campaign_id", "contact_id").
		Where("address = ? AND claimed_at IS NOT NULL AND state IN ?", address, reached()).
		Order("claimed_at DESC, id DESC").Limit(1).Take(from).Error
	if err == nil || !errors.Is(err, gorm.ErrRecordNotFound) {
		return from, wrapped("find the outreach that was answered", err)
	}
	err = tx.Model(&models.Contact{}).Select("campaign_id", "id AS contact_id").
		Where(addressColumn(address)+" = ? AND removed_at IS NULL", address).
		Order("added_at DESC, id DESC").Limit(1).Take(from).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // an unknown sender is no error
	}
	return from, wrapped("find the contact that answered", err)
}

func wrapped(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// reached lists the states of outreaches that a person may have got, and may answer.
func reached() []models.OutreachState {
	return []models.OutreachState{
		models.OutreachSubmitting, models.OutreachAccepted, models.OutreachUnknown, models.OutreachDelivered,
		models.OutreachFailed,
	}
}

// recordReply is RecordReply for a sender who is known.
func (s *Store) recordReply(
	tx *gorm.DB, from *sender, message *models.InboundMessage,
) (received models.Received, err error) {
	f, err := s.readFacts(tx, from.CampaignID, from.ContactID)
	if err != nil {
		return models.Received{}, err
	}
	if f.Contact.ErasedAt != nil {
		return models.Received{}, s.heedErased(tx, f, message)
	}
	received = models.Received{CampaignID: from.CampaignID, ContactID: from.ContactID}
	replyID, err := f.storeReply(tx, message)
	if err != nil || replyID == "" {
		received.Again = replyID == ""
		return received, err
	}
	received.ReplyID = replyID
	received.Wakes, err = s.replied(tx, f, message)
	return received, err
}

// replied does what follows from a reply that was stored.
func (s *Store) replied(tx *gorm.DB, f *facts, message *models.InboundMessage) ([]models.Wake, error) {
	c := f.Contact
	// No two replies have the same time: a plan is known to be older than a reply by that.
	if last := c.LastReplyAt; last == nil || f.Now.After(*last) {
		c.LastReplyAt = &f.Now
	} else {
		c.LastReplyAt = new(last.UTC().Add(time.Microsecond))
	}
	if message.OptOut {
		return s.replyOptOut(tx, f, message)
	}
	if err := f.answered(tx, message, models.OutcomeReplied); err != nil {
		return nil, err
	}
	if message.OptIn {
		if err := s.optIn(tx, f, message); err != nil {
			return nil, err
		}
	}
	if c.Finished() || c.RemovedAt != nil {
		return nil, saveContact(tx, c, f.Now) // its figures are all that is left to change
	}
	if err := f.supersedeAll(tx, models.OutreachSuperseded); err != nil {
		return nil, err
	}
	if c.Status == models.ContactNotStarted {
		return nil, saveContact(tx, c, f.Now) // there is nobody yet who planned without the reply
	}
	return s.revisit(tx, f)
}

// storeReply stores the message as a reply to the outreach that it answers, and returns the reply's id; "" where it is stored
// already.
func (f *facts) storeReply(tx *gorm.DB, message *models.InboundMessage) (string, error) {
	row := models.Reply{
		ID: newID(), CampaignID: f.Campaign.ID, ContactID: f.Contact.ID, Channel: message.Channel, At: message.At.UTC(),
		Text: keptText(message.Text), OptOut: message.OptOut, CreatedAt: f.Now, Transcript: keptLines(message.Transcript),
		OptOutReason: message.Reason,
	}
	if message.OptOut || message.OptIn || strings.TrimSpace(row.Text) == "" {
		row.ConsideredAt = &f.Now
	}
	if message.At.IsZero() {
		row.At = f.Now
	}
	if message.ProviderID != "" {
		row.ProviderID = &message.ProviderID
	}
	if message.WholeText != "" && message.WholeText != message.Text {
		row.WholeText = new(keptText(message.WholeText))
	}
	if o := f.answeredBy(message); o != nil {
		row.OutreachID = &o.ID
	}
	insert := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if insert.Error != nil || insert.RowsAffected == 0 {
		return "", wrapped("store reply", insert.Error)
	}
	return row.ID, nil
}

// keptLines is as much of what was said as is kept.
func keptLines(lines []models.SpokenLine) []models.SpokenLine {
	kept := make([]models.SpokenLine, 0, len(lines))
	for _, line := range lines {
		kept = append(kept, models.SpokenLine{Speaker: line.Speaker, Text: keptText(line.Text), At: line.At.UTC()})
	}
	return kept
}

// keptText is as much of a text as is kept, without what no database keeps: zero bytes, and bytes that are no UTF-8.
func keptText(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if len(text) <= models.MaxReplyBytes {
		return text
	}
	end := models.MaxReplyBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// answeredBy is the outreach that the message answers: the one that it names, else the latest.
func (f *facts) answeredBy(message *models.InboundMessage) *models.Outreach {
	if o := f.outreach(message.OutreachID); o != nil && o.ClaimedAt != nil {
		return o
	}
	return f.latest()
}

// latest is the contact's latest outreach that the person may have got; nil where there is none.
func (f *facts) latest() *models.Outreach {
	var latest *models.Outreach
	for i := range f.outreaches {
		o := &f.outreaches[i]
		if o.ClaimedAt == nil || !slices.Contains(reached(), o.State) {
			continue
		}
		if latest == nil || o.ClaimedAt.After(*latest.ClaimedAt) {
			latest = o
		}
	}
	return latest
}

// answered notes in the outreach that was answered, and in its contact, what the person answered, as an event would.
func (f *facts) answered(tx *gorm.DB, message *models.InboundMessage, outcome models.Outcome) error {
	o, c := f.answeredBy(message), f.Contact
	if o == nil {
		return nil
	}
	next := outcomeOver(o.Outcome, o.State, outcome)
	if sameOutcome(next, o.Outcome) {
		return nil
	}
	o.Outcome = next
	if c.LastOutreachAt != nil && c.LastOutreachAt.Equal(*o.ClaimedAt) {
		c.LastOutcome = next
	}
	return moveOutreach(tx, o, o.State, f.Now)
}

// supersedeAll ends everything that is planned for the contact, resends too: who has answered need not be sent again what
// may have arrived. What is being submitted stays. A plan is superseded and not cancelled, whatever ends it: a failure of the
// attempt before may have superseded it already, and the order of events is not to be seen.
func (f *facts) supersedeAll(tx *gorm.DB, resends models.OutreachState) error {
	for i := range f.outreaches {
		o := &f.outreaches[i]
		if !o.State.Open() || o.State == models.OutreachSubmitting {
			continue
		}
		to := models.OutreachSuperseded
		if o.Resend > 0 {
			to = resends
		}
		if err := moveOutreach(tx, o, to, f.Now); err != nil {
			return err
		}
	}
	f.sort()
	return nil
}

// replyOptOut carries out an opt-out that came as a reply.
func (s *Store) replyOptOut(tx *gorm.DB, f *facts, message *models.InboundMessage) ([]models.Wake, error) {
	if err := f.answered(tx, message, models.OutcomeOptedOut); err != nil {
		return nil, err
	}
	c := f.Contact
	works := !c.Finished() && c.RemovedAt == nil && !f.inHand()
	var err error
	if o := f.outreach(message.OutreachID); o != nil {
		err = s.optOutOf(tx, f, o, models.SuppressedOptOut, sourceReply)
	} else {
		err = s.optOut(tx, f, models.SuppressedOptOut, sourceReply, message.From)
	}
	if err != nil {
		return nil, err
	}
	if !works {
		return nil, saveContact(tx, c, f.Now)
	}
	return f.tell(tx)
}

// recordAutomatic notes what a machine answered with the outreach that it answers, as an event that moves nothing.
func (s *Store) recordAutomatic(tx *gorm.DB, from *sender, message *models.InboundMessage) ([]models.Wake, error) {
	if from == nil {
		return nil, nil
	}
	f, err := s.readFacts(tx, from.CampaignID, from.ContactID)
	if err != nil {
		return nil, err
	}
	o := f.answeredBy(message)
	if o == nil {
		return nil, nil
	}
	event := models.ProviderEvent{
		OutreachID: o.ID, Type: models.EventAutoReplied, At: message.At.UTC(), Detail: keptText(message.Text),
		DedupeKey: models.MailDedupeKey(message.ProviderID),
	}
	if message.At.IsZero() {
		event.At = f.Now
	}
	return s.recordChunk(tx, []models.ProviderEvent{event}, outreachIndex{o.ID: *o})
}

// optIn lifts a text's opt-out of the sender. A contact that was disqualified stays so.
func (s *Store) optIn(tx *gorm.DB, f *facts, message *models.InboundMessage) error {
	if err := s.liftOptOut(tx, message); err != nil {
		return err
	}
	return s.readAddresses(tx, f, looking)
}

// heed does what a message from nobody's address asks for. What is no number, such as a short code, can be neither texted nor
// called by us.
func (s *Store) heed(tx *gorm.DB, message *models.InboundMessage) error {
	number := addressColumn(message.From) == "phone"
	switch {
	case message.Channel != models.ChannelEmail && !number:
		return nil
	case message.OptOut:
		address, err := s.erasedAddress(tx, message.From)
		if err != nil {
			return err
		}
		return s.suppressAll(tx, standingFor(address, suppressionsOf(models.SuppressedOptOut, sourceReply, message.From)))
	case message.OptIn:
		return s.liftOptOut(tx, message)
	default:
		return nil
	}
}

// heedErased does what a message asks for that answers an outreach to somebody who was erased: an opt-out holds for each
// address of the ledger too. Nothing of the message is kept.
func (s *Store) heedErased(tx *gorm.DB, f *facts, message *models.InboundMessage) error {
	if !message.OptOut || s.secret == nil {
		return s.heed(tx, message)
	}
	rows := standingFor(s.secret.ErasedAddresses(message.From)[0],
		suppressionsOf(models.SuppressedOptOut, sourceReply, message.From))
	for i := range f.outreaches {
		o := &f.outreaches[i]
		if o.Address != nil {
			rows = append(rows, suppressionsOfOutreach(o, models.SuppressedOptOut, sourceReply, sameNumber(o.Channel)...)...)
		}
	}
	return s.suppressAll(tx, rows)
}

// standingFor has suppressions name what stands for their address.
func standingFor(address string, rows []models.Suppression) []models.Suppression {
	for i := range rows {
		rows[i].Address = &address
	}
	return rows
}

// knowsErased says whether one of some hashes stands for an erased address. Whoever writes to the installation may cause it,
// so it reads indexes alone: ix_outreaches_address, and the key of suppressions.
const knowsErased = `SELECT EXISTS (SELECT 1 FROM outreaches WHERE address IN ? AND claimed_at IS NOT NULL)
	OR EXISTS (SELECT 1 FROM suppressions WHERE address_hash IN ?)`

// erasedAddress is what stands for an address that is known from erased contacts alone; any other is itself.
func (s *Store) erasedAddress(tx *gorm.DB, address string) (string, error) {
	if s.secret == nil {
		return address, nil
	}
	hashes, known := s.secret.ErasedAddresses(address), false
	if err := tx.Raw(knowsErased, hashes, hashes).Scan(&known).Error; err != nil {
		return "", fmt.Errorf("look for an erased address: %w", err)
	}
	if known {
		return hashes[0], nil
	}
	return address, nil
}

// revisit decides anew about a contact whose facts a transaction outside its workflow has changed, so that people see what
// follows before its workflow has looked; the wake is for it. One that is in an activity's hands is told nothing, since the
// activity finds everything out itself. One whose outreach is under way is left alone, since its end decides.
func (s *Store) revisit(tx *gorm.DB, f *facts) ([]models.Wake, error) {
	c, step := f.Contact, models.Decide(f.Facts)
	if w := step.Waiting; step.Do == models.DoWait && (w.Reason == models.WaitProof || w.Reason == models.WaitOutcome) ||
		c.WaitingReason != nil && *c.WaitingReason == models.WaitLedgerBehind {
		return nil, saveContact(tx, c, f.Now)
	}
	if f.inHand() {
		seen := c.SeenRevision
		if err := s.record(tx, f, step); err != nil {
			return nil, err
		}
		c.SeenRevision = seen
		return nil, saveContact(tx, c, f.Now)
	}
	if err := s.show(tx, f); err != nil {
		return nil, err
	}
	return f.tell(tx)
}

// tell raises the contact's revision and writes it. The wake is for its workflow, where it has one.
func (f *facts) tell(tx *gorm.DB) ([]models.Wake, error) {
	wakes := []models.Wake{}
	if wake, told := revise(f.Contact, f.Now); told {
		wakes = append(wakes, wake)
	}
	return wakes, saveContact(tx, f.Contact, f.Now)
}
