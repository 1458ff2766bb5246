package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"beckon/models"
)

// errMoved says that what a stranger's message was judged by changed before its locks were held: it is judged anew.
var errMoved = errors.New("the sender's state changed meanwhile")

// Codes of what became of strangers, in the history of imports and of the AI's calls.
const (
	codeNotEligible = "not_eligible"
	codeEligible    = "eligible"
)

// inbound is who adds those that come of themselves.
func inbound() models.Actor { return models.Actor{Kind: models.ActorSystem, Name: "inbound"} }

// webhook is the context of what came in: nobody who is signed in did it.
func webhook(ctx context.Context) context.Context { return models.WithActor(ctx, inbound()) }

// recordPerson is RecordReply for what a person wrote that is no opt-out. Whoever is in no campaign, or in archived ones alone,
// joins the newest that is for them; where there is none, the message is a reply of the contact that the address has, or
// nobody's.
func (s *Store) recordPerson(tx *gorm.DB, from *sender, message *models.InboundMessage) (models.Received, error) {
	free, err := s.mayJoin(tx, from, message)
	if err != nil {
		return models.Received{}, err
	}
	if free {
		w := &welcome{store: s, tx: tx, message: message}
		received, err := w.run()
		if err != nil || w.taken {
			return received, err
		}
		if w.question != nil {
			received.StrangerID, err = w.keep()
			return received, err
		}
	}
	if from == nil {
		return models.Received{}, s.heed(tx, message)
	}
	return s.recordReply(tx, from, message)
}

// mayJoin says whether a message could make its sender a contact.
func (s *Store) mayJoin(tx *gorm.DB, from *sender, message *models.InboundMessage) (bool, error) {
	if message.From == "" || message.OptIn || message.Help || message.OutreachID != "" {
		return false, nil
	}
	if message.Channel != models.ChannelEmail && addressColumn(message.From) != "phone" {
		return false, nil // a short code
	}
	if from != nil {
		campaign, err := campaignIn(tx, from.CampaignID)
		if err != nil || campaign.Status != models.CampaignArchived {
			return false, err
		}
	}
	suppressed, err := s.suppressedChannels(tx, models.StrangerContact(message.From))
	return len(suppressed) == 0, err
}

// welcome finds the campaign that a stranger joins.
type welcome struct {
	store    *Store
	tx       *gorm.DB
	message  *models.InboundMessage
	asked    []string                 // campaigns that are not for the stranger, as the AI found
	waiting  []models.Stranger        // the stranger's messages that wait, the message among them
	taken    bool                     // the stranger has joined
	again    bool                     // there is more to decide
	question *models.StrangerQuestion // what the AI is to be asked first
}

// openToStrangers are the campaigns that take strangers in, the newest first.
func (s *Store) openToStrangers(tx *gorm.DB) ([]models.Campaign, error) {
	enabled := "inbound->>'enabled' = 'true'"
	if s.dialect == SQLite {
		enabled = "json_extract(inbound, '$.enabled') = 1"
	}
	campaigns := []models.Campaign{}
	err := tx.Where("status = ? AND "+enabled, models.CampaignActive).Order("created_at DESC, id DESC").Find(&campaigns).Error
	return campaigns, wrapped("read campaigns that take strangers in", err)
}

// run has the stranger join, or says what is to be asked first. Whom a campaign's rules leave out is noted in its history.
func (w *welcome) run() (models.Received, error) {
	campaigns, err := w.store.openToStrangers(w.tx)
	if err != nil {
		return models.Received{}, err
	}
	contact, unmet := models.StrangerContact(w.message.From), []refusedStranger{}
	for i := range campaigns {
		c := &campaigns[i]
		if !c.TakesInbound(contact, w.store.now()) || slices.Contains(w.asked, c.ID) {
			continue
		}
		if reason := c.Eligibility.Unmet(contact); reason != "" {
			unmet = append(unmet, refusedStranger{c.ID, reason})
			continue
		}
		if c.Eligibility.Prompt != nil && *c.Eligibility.Prompt != "" {
			w.question = &models.StrangerQuestion{
				CampaignID: c.ID, SettingsRevision: c.SettingsRevision, Prompt: *c.Eligibility.Prompt, Channel: w.message.Channel,
				At: w.message.At, Region: models.RegionOf(w.message.From), Text: w.message.Text,
			}
			return models.Received{}, nil
		}
		return w.join(c, c.Eligibility.MetReason(), models.Plan{})
	}
	if len(unmet) == 0 {
		return models.Received{}, nil
	}
	// The newest says why, so that somebody can see it; a line in each would tell the same.
	return models.Received{}, w.store.refuseStranger(w.tx, unmet[0], w.message.Channel)
}

// join makes the stranger a contact of the campaign, and the messages its first replies.
func (w *welcome) join(c *models.Campaign, reason string, spent models.Plan) (models.Received, error) {
	s, address := w.store, w.message.From
	m, err := s.beginMerge(w.tx, c.ID, models.ActionUpsert, models.SourceInbound, shared)
	if err != nil {
		return models.Received{}, err
	}
	if !m.campaign.TakesInbound(models.StrangerContact(address), m.now) || m.campaign.SettingsRevision != c.SettingsRevision {
		return models.Received{}, errMoved
	}
	added, err := s.addStranger(w.tx, m, address, reason)
	if err != nil {
		return models.Received{}, err
	}
	contactID := added.Results[0].ContactID
	if err := s.settled(w.tx, contactID, address); err != nil {
		return models.Received{}, err
	}
	received, err := w.reply(c.ID, contactID)
	if err != nil {
		return models.Received{}, err
	}
	w.taken, received.Joined = true, &added
	return received, spend(w.tx, &models.PlannerCall{
		CampaignID: c.ID, ContactID: contactID, Code: codeEligible, CreatedAt: m.now,
	}, spent)
}

// addStranger adds the contact, with its line in the history of imports.
func (s *Store) addStranger(tx *gorm.DB, m *merge, address, reason string) (models.AddResult, error) {
	entry, err := dayEntry(tx, m.campaign.ID, models.SourceInbound, m.now)
	if err != nil {
		return models.AddResult{}, err
	}
	m.importID = &entry.ID
	input := models.ContactInput{Line: entry.Rows + 1}
	if stranger := models.StrangerContact(address); stranger.Phone != nil {
		input.Phone = stranger.Phone
	} else {
		input.Email = stranger.Email
	}
	added, err := s.add(tx, m, []models.ContactInput{input})
	if err != nil {
		return models.AddResult{}, err
	}
	entry.Rows++
	tallyOf(added.Results).addTo(entry)
	if err := saveEntry(tx, entry); err != nil {
		return models.AddResult{}, err
	}
	kept := keptReason(reason)
	err = tx.Model(&models.Contact{}).Where("id = ?", added.Results[0].ContactID).UpdateColumn("eligibility_reason", kept).Error
	if err != nil {
		return models.AddResult{}, fmt.Errorf("store why a contact is eligible: %w", err)
	}
	return added, s.auditAdded(tx, m, models.ActionUpsert, added.Results)
}

// settled locks the address, last of all locks, and looks whether it was suppressed, or joined another campaign, before.
func (s *Store) settled(tx *gorm.DB, contactID, address string) error {
	if err := s.lockAddresses(tx, address); err != nil {
		return err
	}
	suppressed, err := s.suppressedChannels(tx, models.StrangerContact(address))
	if err != nil {
		return err
	}
	var elsewhere int64
	err = tx.Model(&models.Contact{}).Joins("JOIN campaigns c ON c.id = contacts.campaign_id").
		Where(addressColumn(address)+" = ? AND contacts.removed_at IS NULL AND contacts.id <> ? AND c.status <> ?",
			address, contactID, models.CampaignArchived).Count(&elsewhere).Error
	if err != nil {
		return fmt.Errorf("look for the sender: %w", err)
	}
	if len(suppressed) > 0 || elsewhere > 0 {
		return errMoved
	}
	return nil
}

// reply stores the messages as replies of the contact: those that wait, in the order in which they came, else the one.
func (w *welcome) reply(campaignID, contactID string) (models.Received, error) {
	from := &sender{CampaignID: campaignID, ContactID: contactID}
	if len(w.waiting) == 0 {
		return w.store.recordReply(w.tx, from, w.message)
	}
	received := models.Received{}
	for i := range w.waiting {
		one, err := w.store.recordReply(w.tx, from, &w.waiting[i].Message)
		if err != nil {
			return models.Received{}, err
		}
		one.Wakes = append(received.Wakes, one.Wakes...)
		received = one
	}
	return received, w.forget()
}

// forget deletes the messages that wait.
func (w *welcome) forget() error {
	ids := []string{}
	for i := range w.waiting {
		ids = append(ids, w.waiting[i].ID)
	}
	return wrapped("forget a stranger", w.tx.Where("id IN ?", ids).Delete(&models.Stranger{}).Error)
}

// keep stores the message until the AI has answered.
func (w *welcome) keep() (string, error) {
	message := *w.message
	message.Text, message.WholeText = keptText(message.Text), keptText(message.WholeText)
	row := models.Stranger{
		ID: newID(), Channel: message.Channel, Address: message.From, Message: message, Asked: []string{}, CreatedAt: w.store.now(),
	}
	return row.ID, wrapped("keep a stranger's message", w.tx.Create(&row).Error)
}

// refusedStranger is why a campaign is not for a stranger.
type refusedStranger struct {
	campaignID string
	reason     string
}

// refuseStranger notes in the campaign's history that somebody came of themselves for whom it is not, and why. Who it was
// nobody keeps.
func (s *Store) refuseStranger(tx *gorm.DB, refused refusedStranger, channel models.Channel) error {
	m, err := s.beginMerge(tx, refused.campaignID, models.ActionUpsert, models.SourceInbound, shared)
	if models.ErrorCode(err) == models.CodeCampaignArchived {
		return nil
	}
	if err != nil {
		return err
	}
	entry, err := dayEntry(tx, refused.campaignID, models.SourceInbound, m.now)
	if err != nil {
		return err
	}
	entry.Rows++
	entry.Skipped++
	if err := saveEntry(tx, entry); err != nil {
		return err
	}
	return storeImportErrors(tx, entry.ID, []models.ImportError{{
		Line: entry.Rows, Field: string(channel), Code: codeNotEligible, Detail: keptReason(refused.reason),
	}})
}

// keptReason is as much of a reason as is kept.
func keptReason(reason string) string {
	reason = keptText(reason)
	if runes := []rune(reason); len(runes) > models.MaxEligibilityReason {
		reason = string(runes[:models.MaxEligibilityReason])
	}
	return reason
}

// JudgeStranger goes on with a stranger's message that waits: it returns what the AI is to be asked next, or nil where the
// message is a reply by now, has made its sender a contact, or is for no campaign.
func (s *Store) JudgeStranger(
	ctx context.Context, strangerID string,
) (question *models.StrangerQuestion, received models.Received, err error) {
	err = s.judge(ctx, strangerID, func(w *welcome) error {
		received, err = w.run()
		question = w.question
		return err
	}, func(outcome models.Received) { question, received = nil, outcome })
	if err != nil {
		return nil, models.Received{}, err
	}
	if question != nil {
		question.StrangerID = strangerID
	}
	return question, received, nil
}

// AnswerStranger does what the AI answered: the stranger joins, or the campaign is passed over, with the reason in its
// history. An answer about settings that have changed since, or about a campaign that takes nobody in any more, does nothing:
// JudgeStranger asks anew.
func (s *Store) AnswerStranger(
	ctx context.Context, question *models.StrangerQuestion, verdict models.StrangerVerdict,
) (received models.Received, err error) {
	err = s.judge(ctx, question.StrangerID, func(w *welcome) error {
		received = models.Received{}
		c, err := campaignIn(w.tx, question.CampaignID)
		if err != nil {
			return err
		}
		if c.SettingsRevision != question.SettingsRevision || !c.TakesInbound(models.StrangerContact(w.message.From), s.now()) {
			w.again = true
			return nil
		}
		if verdict.Eligible {
			received, err = w.join(c, verdict.Reason, verdict.Spent)
			return err
		}
		if err := s.refuseStranger(w.tx, refusedStranger{c.ID, verdict.Reason}, w.message.Channel); err != nil {
			return err
		}
		w.again = true
		err = w.tx.Model(&models.Stranger{ID: question.StrangerID}).Select("asked", "failures", "code").
			UpdateColumns(models.Stranger{Asked: append(w.asked, c.ID)}).Error
		if err != nil {
			return fmt.Errorf("note that a campaign is not for a stranger: %w", err)
		}
		return spend(w.tx, &models.PlannerCall{
			CampaignID: c.ID, ContactID: question.StrangerID, Code: codeNotEligible, CreatedAt: s.now(),
		}, verdict.Spent)
	}, func(outcome models.Received) { received = outcome })
	if err != nil {
		return models.Received{}, err
	}
	return received, nil
}

// judge reads a stranger's message that waits, and what else the same address wrote, and decides. Where the sender is known
// by now, or is not to join, the message is what it would have been without waiting, and that is settled.
func (s *Store) judge(
	ctx context.Context, strangerID string, decide func(*welcome) error, settle func(models.Received),
) error {
	if err := checkID("stranger", strangerID); err != nil {
		return err
	}
	return s.transact(webhook(ctx), func(tx *gorm.DB) error {
		row := models.Stranger{}
		err := forUpdate(tx).Where("id = ?", strangerID).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			settle(models.Received{})
			return nil
		}
		if err != nil {
			return fmt.Errorf("read stranger %s: %w", strangerID, err)
		}
		w := &welcome{store: s, tx: tx, message: &row.Message, asked: row.Asked}
		err = forUpdate(tx).Where("address = ? AND channel = ?", row.Address, row.Channel).Order("created_at, id").Find(&w.waiting).Error
		if err != nil {
			return fmt.Errorf("read what a stranger wrote: %w", err)
		}
		from, err := senderAt(tx, row.Address)
		if err != nil {
			return err
		}
		free, err := s.mayJoin(tx, from, w.message)
		if err != nil {
			return err
		}
		if free {
			if err := decide(w); err != nil || w.taken || w.question != nil || w.again {
				return err
			}
		}
		received := models.Received{}
		if from != nil {
			if received, err = s.recordReply(tx, from, w.message); err != nil {
				return err
			}
		}
		settle(received)
		return wrapped("forget a stranger", tx.Delete(&row).Error)
	})
}

// FailStranger notes that the AI could not be asked, and why, as a code.
func (s *Store) FailStranger(ctx context.Context, strangerID, code string) error {
	if err := checkID("stranger", strangerID); err != nil {
		return err
	}
	err := s.write.WithContext(ctx).Model(&models.Stranger{}).Where("id = ?", strangerID).
		UpdateColumns(map[string]any{"failures": gorm.Expr("failures + 1"), "code": code}).Error
	return wrapped("note why a stranger waits", err)
}

// Strangers returns the ids after one, in their order, of the messages that wait for the AI.
func (s *Store) Strangers(ctx context.Context, after string, limit int) ([]string, error) {
	query := s.read.WithContext(ctx).Model(&models.Stranger{}).Order("id").Limit(limit)
	if after != "" {
		query = query.Where("id > ?", after)
	}
	ids := []string{}
	return ids, wrapped("read strangers", query.Pluck("id", &ids).Error)
}

// eraseStrangers deletes what a contact's addresses wrote that still waits.
func eraseStrangers(e *erasure) error {
	if len(e.addresses) == 0 {
		return nil
	}
	return wrapped("erase strangers", e.tx.Where("address IN ?", e.addresses).Delete(&models.Stranger{}).Error)
}
