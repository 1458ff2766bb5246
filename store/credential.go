package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// refusalsInARow is how many sends of a campaign a provider may refuse for our credentials, or our sender, on a channel, without one that
// it takes in between, before the campaign is paused: whoever is to mend that sees it, and its contacts are not tried for
// nothing.
const refusalsInARow = 5

// noteRefusal records that a provider refused our credentials for an outreach.
func (f *facts) noteRefusal(tx *gorm.DB, o *models.Outreach, code string) error {
	return wrapped("note that credentials were refused", tx.Create(&models.CredentialRefusal{
		ID: newID(), CampaignID: o.CampaignID, OutreachID: o.ID, Channel: o.Channel, Code: code, CreatedAt: f.Now,
	}).Error)
}

// GuardCredentials pauses the campaign, as `system`, where a provider has refused our credentials too often in a row. What
// was before the campaign was resumed counts no more. The wakes are for the campaign's workflow. Error: CodeNotFound.
func (s *Store) GuardCredentials(ctx context.Context, campaignID string) ([]models.Wake, error) {
	return s.guard(ctx, []string{campaignID}, overRefusals)
}

// overRefusals says why a campaign is to be paused for refused credentials; "" where it is not. A refusal that is older than
// the claim of an outreach that was taken counts no more.
func overRefusals(tx *gorm.DB, c *models.Campaign) (string, error) {
	since, active := guardedSince(c)
	if !active {
		return "", nil
	}
	refused := []struct {
		Channel models.Channel
		Code    string
		N       int
	}{}
	err := tx.Raw(`SELECT r.channel, max(r.code) AS code, count(*) AS n FROM credential_refusals r
		WHERE r.campaign_id = ? AND r.created_at >= ? AND NOT EXISTS ( -- ix_credential_refusals_campaign, ix_outreaches_campaign
			SELECT 1 FROM outreaches o WHERE o.campaign_id = r.campaign_id AND o.claimed_at > r.created_at
				AND o.channel = r.channel AND o.accepted_at IS NOT NULL)
		GROUP BY r.channel HAVING count(*) >= ? ORDER BY r.channel LIMIT 1`, c.ID, since, refusalsInARow).Scan(&refused).Error
	if err != nil {
		return "", fmt.Errorf("count refused credentials: %w", err)
	}
	if len(refused) == 0 {
		return "", nil
	}
	r := refused[0]
	if r.Code == models.CodeNotConfigured {
		return fmt.Sprintf("paused by system: nobody is configured to send %s (%d tries in a row)", outreachesOn(r.Channel), r.N), nil
	}
	return fmt.Sprintf("paused by system: %s refused our credentials, or our sender, for %d %s in a row (%s)",
		providerOf(r.Channel), r.N, outreachesOn(r.Channel), r.Code), nil
}

// providerOf names who sends on a channel.
func providerOf(channel models.Channel) string {
	if channel == models.ChannelEmail {
		return "SendGrid"
	}
	return "Twilio"
}
