package store

import (
	"context"
	"fmt"
	"strings"

	"beckon/models"
)

// maxFound bounds how many contacts FindContacts returns.
const maxFound = 50

// FindContacts finds contacts of any campaign, the newest first, by what an operator has at hand: a contact's id, the id of
// its workflow, an e-mail address or a phone number in E.164. Removed ones are not found.
func (s *Store) FindContacts(ctx context.Context, what string) ([]models.Wake, error) {
	what = strings.TrimSpace(what)
	if _, id, ok := strings.Cut(what, "/contact/"); ok {
		what, _, _ = strings.Cut(id, "/")
	}
	query := s.read.WithContext(ctx).Select("id", "campaign_id", "revision").Where("removed_at IS NULL")
	switch {
	case checkID("contact", what) == nil:
		query = query.Where("id = ?", what)
	case strings.Contains(what, "@"):
		query = query.Where("email = ?", strings.ToLower(what))
	default:
		query = query.Where("phone = ?", what)
	}
	rows := []models.Contact{}
	if err := query.Order("id DESC").Limit(maxFound).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	found := make([]models.Wake, 0, len(rows))
	for _, row := range rows {
		found = append(found, models.Wake{CampaignID: row.CampaignID, ContactID: row.ID, Revision: row.Revision})
	}
	return found, nil
}
