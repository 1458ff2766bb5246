package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// considerReplies notes that the AI has read all replies of the contact, and found no opt-out in them.
func (f *facts) considerReplies(tx *gorm.DB) error {
	if f.Contact.LastReplyAt == nil {
		return nil
	}
	err := tx.Model(&models.Reply{}).Where("contact_id = ? AND considered_at IS NULL", f.Contact.ID).
		UpdateColumn("considered_at", f.Now).Error
	return wrapped("note that replies were considered", err)
}

// optOutAsPlanned carries out an opt-out that the AI read in a reply. One that was considered meanwhile changes nothing.
func (s *Store) optOutAsPlanned(tx *gorm.DB, f *facts, plan models.Plan) (models.Step, error) {
	if err := f.spend(tx, plan, string(models.DecideOptOut)); err != nil {
		return models.Step{}, err
	}
	if _, err := s.optOutByReply(tx, f, plan.ReplyID); err != nil {
		return models.Step{}, err
	}
	return s.decide(tx, f)
}

// optOutByReply carries out the opt-out that the AI found a reply to be, as one that is a word would have been: it
// suppresses the contact's addresses, and the one that was answered, and disqualifies the contact. It is false where the
// reply was considered before. The caller saves the contact.
func (s *Store) optOutByReply(tx *gorm.DB, f *facts, replyID string) (bool, error) {
	reply := models.Reply{}
	err := forUpdate(tx).Where("id = ? AND contact_id = ?", replyID, f.Contact.ID).Take(&reply).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || (err == nil && reply.ConsideredAt != nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read reply %s: %w", replyID, err)
	}
	reason := models.OptOutByPlanner
	reply.OptOut, reply.OptOutReason, reply.ConsideredAt = true, &reason, &f.Now
	if err := tx.Select("opt_out", "opt_out_reason", "considered_at").UpdateColumns(&reply).Error; err != nil {
		return false, fmt.Errorf("write reply %s: %w", replyID, err)
	}
	if reply.OutreachID != nil {
		answer := models.InboundMessage{OutreachID: *reply.OutreachID}
		if err := f.answered(tx, &answer, models.OutcomeOptedOut); err != nil {
			return false, err
		}
		if o := f.outreach(*reply.OutreachID); o != nil && o.Address != nil && o.Channel == reply.Channel {
			return true, s.optOutOf(tx, f, o, models.SuppressedOptOut, sourceReply)
		}
	}
	return true, s.optOut(tx, f, models.SuppressedOptOut, sourceReply)
}

// UnconsideredReply is a reply of which nobody has found yet whether it asks not to be contacted any more.
type UnconsideredReply struct {
	ID         string
	CampaignID string
	ContactID  string
	Channel    models.Channel
	At         time.Time
	Text       string
}

// leftToPlanning is how long a reply is left to the planning of its contact.
const leftToPlanning = 5 * time.Minute

// UnconsideredReplies returns the oldest replies that no planning will consider: those of finished contacts, and those that
// none has considered for five minutes, as their contact is held, has had its attempts, or its AI is away.
func (s *Store) UnconsideredReplies(ctx context.Context, limit int) ([]UnconsideredReply, error) {
	rows := []UnconsideredReply{}
	err := s.read.WithContext(ctx).Raw(`SELECT r.id, r.campaign_id, r.contact_id, r.channel, r.at, r.text
		FROM replies r JOIN contacts c ON c.id = r.contact_id
		WHERE r.considered_at IS NULL AND (c.finished_at IS NOT NULL OR r.created_at < ?) -- ix_replies_unconsidered
			AND c.erased_at IS NULL AND r.text <> ''
		ORDER BY r.created_at, r.id LIMIT ?`, s.now().Add(-leftToPlanning), limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read unconsidered replies: %w", err)
	}
	return rows, nil
}

// ConsiderReply notes whether a reply asks not to be contacted any more, as the AI read it, and what that took. An opt-out
// is carried out though the contact is finished; the wake, if there is one, is for its workflow. Error: CodeNotFound.
func (s *Store) ConsiderReply(
	ctx context.Context, reply UnconsideredReply, optOut bool, spent models.Plan,
) (wakes []models.Wake, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wakes = nil
		f, err := s.readFacts(tx, reply.CampaignID, reply.ContactID)
		if err != nil {
			return err
		}
		if err := f.spend(tx, spent, CodeClassified); err != nil {
			return err
		}
		if !optOut {
			err := tx.Model(&models.Reply{}).Where("id = ? AND considered_at IS NULL", reply.ID).
				UpdateColumn("considered_at", f.Now).Error
			return wrapped("note that a reply was considered", err)
		}
		c := f.Contact
		works := !c.Finished() && c.RemovedAt == nil && !f.inHand()
		carried, err := s.optOutByReply(tx, f, reply.ID)
		switch {
		case err != nil || !carried:
			return err
		case !works:
			return saveContact(tx, c, f.Now)
		}
		wakes, err = f.tell(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.Clip(wakes), nil
}

// CodeClassified says that the AI was asked about a reply, not for a plan.
const CodeClassified = "classified"
