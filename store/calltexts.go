package store

import (
	"context"
	"encoding/json"
	"fmt"

	"beckon/models"
)

// callTexts is the query of CallTexts.
const callTexts = `SELECT o.campaign_id, o.contact_id, o.opening || v.body || o.closing AS script,
		coalesce(v.voicemail_text, '') AS voicemail_text, o.claimed_at, c.sender
	FROM outreaches o JOIN outreach_versions v ON v.outreach_id = o.id AND v.version = o.version
	JOIN campaigns c ON c.id = o.campaign_id
	WHERE o.id = ? AND o.channel = 'phone' AND o.claimed_at IS NOT NULL AND v.body <> ''`

// CallTexts is what the call of an outreach says: the version with which it was claimed, in the frame of that claim.
// Error: CodeNotFound where there is no such outreach, where it is no call, where no claim of it stands, and where its texts
// were erased.
func (s *Store) CallTexts(ctx context.Context, outreachID string) (models.CallTexts, error) {
	if err := checkID("outreach", outreachID); err != nil {
		return models.CallTexts{}, err
	}
	texts := struct {
		models.CallTexts

		Sender string
	}{}
	found := s.read.WithContext(ctx).Raw(callTexts, outreachID).Scan(&texts)
	switch {
	case found.Error != nil:
		return models.CallTexts{}, fmt.Errorf("read texts of call %s: %w", outreachID, found.Error)
	case found.RowsAffected == 0:
		return models.CallTexts{}, models.Errorf(models.CodeNotFound, "there is no call %s", outreachID)
	}
	sender := models.Sender{}
	if err := json.Unmarshal([]byte(texts.Sender), &sender); err != nil {
		return models.CallTexts{}, fmt.Errorf("read sender of call %s: %w", outreachID, err)
	}
	texts.BusinessName = sender.Name()
	return texts.CallTexts, nil
}
