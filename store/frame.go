package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// frame puts the outreach that is being claimed into its frame, which is kept with it: it is what was sent, whatever becomes
// of the campaign's sender.
func (f *facts) frame(tx *gorm.DB, o *models.Outreach) error {
	o.Opening, o.Closing, o.Segments = "", "", 0
	if o.Channel == models.ChannelEmail {
		return nil
	}
	version := models.OutreachVersion{}
	if err := tx.Select("body").Where("outreach_id = ? AND version = ?", o.ID, o.Version).Take(&version).Error; err != nil {
		return fmt.Errorf("read plan of outreach %s: %w", o.ID, err)
	}
	frame := models.OutreachFrame(o.Channel, &f.Campaign.Sender, version.Body, f.firstText(o.ID))
	o.Opening, o.Closing = frame.Opening, frame.Closing
	if o.Channel == models.ChannelText {
		o.Segments = models.Segments(frame.Around(version.Body))
	}
	return nil
}

// frameOf is the frame that an outreach was claimed with.
func frameOf(o *models.Outreach) models.Frame {
	return models.Frame{Opening: o.Opening, Closing: o.Closing}
}

// firstText says whether no text of the campaign, but the named outreach, is known to have been taken by the provider and not
// to have failed. One that nobody is sure of counts as not sent: its frame says what the law wants said once more.
func (f *facts) firstText(outreachID string) bool {
	return !texted(f.outreaches, outreachID)
}

func texted(outreaches []models.Outreach, outreachID string) bool {
	for i := range outreaches {
		if o := &outreaches[i]; o.Channel == models.ChannelText && o.ID != outreachID && reachedByText(o.State) {
			return true
		}
	}
	return false
}

func reachedByText(state models.OutreachState) bool {
	return state == models.OutreachAccepted || state == models.OutreachDelivered
}

// textedContacts says which of the contacts a text has reached.
func textedContacts(tx *gorm.DB, contactIDs []string) (map[string]bool, error) {
	ids := []string{}
	err := tx.Model(&models.Outreach{}).Distinct("contact_id").
		Where("contact_id IN ? AND channel = 'text' AND state IN ('accepted', 'delivered')", contactIDs).Pluck("contact_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find contacts that a text has reached: %w", err)
	}
	reached := map[string]bool{}
	for _, id := range ids {
		reached[id] = true
	}
	return reached, nil
}

// tooManySegments says where the body of a text, in its frame, is too long.
func (f *facts) tooManySegments(body, outreachID string) []models.FieldError {
	frame := models.TextFrame(&f.Campaign.Sender, body, f.firstText(outreachID))
	problem, long := errors.AsType[*models.Error](models.CheckSegments(frame.Around(body)))
	if !long {
		return nil
	}
	return []models.FieldError{{Pointer: "/body", Code: models.FieldTooLong, Detail: problem.Detail}}
}

// nextFrame is the frame in which an open outreach would be sent, or was claimed.
func nextFrame(o *models.Outreach, sender *models.Sender, body string, first bool) models.Frame {
	if o.State == models.OutreachSubmitting {
		return frameOf(o)
	}
	return models.OutreachFrame(o.Channel, sender, body, first)
}
