package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// sent counts what became of the outreaches of one channel.
type sent struct {
	Channel    models.Channel
	Outreaches int
	Bounced    int
	Complained int
}

// guardrail says why an active campaign is to be paused; "" where it is not.
type guardrail func(tx *gorm.DB, c *models.Campaign) (string, error)

// guard pauses those of the campaigns whose guardrails ask for it; the wakes are for their workflows. Each is looked at
// without a lock first: nearly always there is nothing to do.
func (s *Store) guard(ctx context.Context, campaignIDs []string, over guardrail) ([]models.Wake, error) {
	wakes := []models.Wake{}
	for _, id := range campaignIDs {
		reason := ""
		err := s.snapshot(ctx, func(tx *gorm.DB) error {
			c, err := campaignIn(tx, id)
			if err == nil {
				reason, err = over(tx, c)
			}
			return err
		})
		if err != nil {
			return wakes, err
		}
		if reason == "" {
			continue
		}
		wake, err := s.pauseGuarded(ctx, id, over)
		if err != nil {
			return wakes, err
		}
		if wake.CampaignID != "" {
			wakes = append(wakes, wake)
		}
	}
	return wakes, nil
}

// pauseGuarded pauses the campaign where its guardrail still asks for it, under the lock of its controls: once it is paused,
// no claim commits. The wake is empty where it does not.
func (s *Store) pauseGuarded(ctx context.Context, campaignID string, over guardrail) (wake models.Wake, err error) {
	ctx = models.WithActor(ctx, models.Actor{Kind: models.ActorSystem, Name: "guardrails"})
	err = s.transact(ctx, func(tx *gorm.DB) error {
		wake = models.Wake{}
		if err := s.lockCampaign(tx, campaignID, exclusive); err != nil {
			return err
		}
		c, err := campaignIn(tx, campaignID)
		if err != nil {
			return err
		}
		reason, err := over(tx, c)
		if err != nil || reason == "" {
			return err
		}
		c.Status, c.PauseReason = models.CampaignPaused, &reason
		if err := reviseCampaign(tx, c, s.now()); err != nil {
			return err
		}
		wake = models.Wake{CampaignID: c.ID, Revision: c.Revision}
		return s.audit(tx, models.AuditRecord{Action: models.AuditPause, CampaignID: &c.ID})
	})
	return wake, err
}

// overGuardrails says, in figures, why an active campaign is to be paused; "" where it is not. Each channel is measured by
// itself, so that texts, which bounce in no way that a sender is judged by, hide no bad list of e-mail addresses. What was
// claimed before the campaign went live, or was resumed last, counts no more.
func overGuardrails(tx *gorm.DB, c *models.Campaign) (string, error) {
	since, active := guardedSince(c)
	if !active {
		return "", nil
	}
	channels, err := sentSince(tx, c.ID, since)
	if err != nil {
		return "", err
	}
	for _, channel := range slices.Sorted(maps.Keys(channels)) {
		if reason := channels[channel].over(c.Guardrails); reason != "" {
			return reason, nil
		}
	}
	return "", nil
}

// guardedSince is from when a campaign's guardrails count; false where it is not active.
func guardedSince(c *models.Campaign) (time.Time, bool) {
	if c.Status != models.CampaignActive || c.LiveAt == nil {
		return time.Time{}, false
	}
	if c.ResumedAt != nil && c.ResumedAt.After(*c.LiveAt) {
		return *c.ResumedAt, true
	}
	return *c.LiveAt, true
}

// sentSince counts the outreaches of a campaign that were claimed since the time, by channel. Channels on which nothing
// bounced and nobody complained are left out: counting everything that was sent is dear, and is done for the others only.
func sentSince(tx *gorm.DB, campaignID string, since time.Time) (map[models.Channel]sent, error) {
	bad := []sent{}
	err := tx.Raw(`SELECT o.channel, sum(CASE WHEN o.state = 'failed' AND o.outcome = 'bounced' THEN 1 ELSE 0 END) AS bounced,
			sum(CASE WHEN o.outcome = 'opted_out' AND EXISTS (
				SELECT 1 FROM events e WHERE e.outreach_id = o.id AND e.type = 'complained') THEN 1 ELSE 0 END) AS complained
		FROM outreaches o
		WHERE o.campaign_id = ? AND o.claimed_at >= ? AND o.outcome IN ('bounced', 'opted_out') -- ix_outreaches_guarded
		GROUP BY o.channel`, campaignID, since).Scan(&bad).Error
	if err != nil {
		return nil, fmt.Errorf("count bounces and complaints: %w", err)
	}
	channels := map[models.Channel]sent{}
	for _, r := range bad {
		if r.Bounced+r.Complained > 0 {
			channels[r.Channel] = r
		}
	}
	if len(channels) == 0 {
		return channels, nil
	}
	all := []sent{}
	err = tx.Raw(`SELECT channel, count(*) AS outreaches FROM outreaches
		WHERE campaign_id = ? AND claimed_at >= ? AND state IN ('accepted', 'unknown', 'delivered', 'failed')
		GROUP BY channel`, campaignID, since).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("count what was sent: %w", err)
	}
	for _, r := range all {
		if figures, bad := channels[r.Channel]; bad {
			figures.Outreaches = r.Outreaches
			channels[r.Channel] = figures
		}
	}
	return channels, nil
}

// over says which limit the figures exceed; "" where they exceed none.
func (f sent) over(limits models.Guardrails) string {
	switch {
	case f.Outreaches < limits.MinSends:
		return ""
	case f.exceeds(f.Bounced, limits.BouncePercent):
		return f.reason(f.Bounced, "bounced", limits.BouncePercent)
	case f.exceeds(f.Complained, limits.ComplaintPercent):
		return f.reason(f.Complained, "reported as spam", limits.ComplaintPercent)
	default:
		return ""
	}
}

func (f sent) exceeds(n int, limit float64) bool { return f.percent(n) > limit }

func (f sent) percent(n int) float64 {
	const hundred = 100
	return hundred * float64(n) / float64(f.Outreaches)
}

// reason words the figures, as in "paused by system: 6 of 100 e-mails bounced (6.0 %, limit 5 %)".
func (f sent) reason(n int, what string, limit float64) string {
	decimals := 1
	if f.percent(n) < 1 {
		decimals++
	}
	return fmt.Sprintf("paused by system: %d of %d %s %s (%.*f %%, limit %s %%)", n, f.Outreaches, outreachesOn(f.Channel), what,
		decimals, f.percent(n), strconv.FormatFloat(limit, 'f', -1, 64))
}

// outreachesOn names the outreaches of a channel.
func outreachesOn(channel models.Channel) string {
	switch channel {
	case models.ChannelEmail:
		return "e-mails"
	case models.ChannelText:
		return "texts"
	case models.ChannelPhone:
		return "calls"
	default:
		return string(channel)
	}
}
