package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"beckon/workflows"
)

// Reconcile is one round: it trusts no signal to have arrived, looks for rows that their workflows ought to have seen to,
// and wakes or starts those. At its end it has replies considered that no planning will.
func (a *Wakes) Reconcile(ctx context.Context) error {
	if err := a.startMissing(ctx); err != nil {
		return err
	}
	campaigns, err := a.Store.StrayCampaigns(ctx, campaignsPage)
	if err != nil {
		return failure(a.Log, err)
	}
	for _, campaign := range campaigns {
		if err := a.Tell.Tell(ctx, workflows.SignalWake, campaign.Wake); err != nil {
			a.Log.Warn("could not wake a campaign", "campaign", campaign.CampaignID, "error", err)
		}
		if campaign.Unsettled {
			if err := a.wakeSome(ctx, campaign.CampaignID); err != nil {
				return err
			}
		}
		activity.RecordHeartbeat(ctx)
	}
	if err := a.resends(ctx); err != nil {
		return err
	}
	if err := a.strangers(ctx); err != nil {
		return err
	}
	if err := a.sweep(ctx); err != nil {
		return err
	}
	wakes, err := a.Store.SettleClaims(ctx, wakesARound)
	if err != nil {
		return failure(a.Log, err)
	}
	strays, err := a.Store.Strays(ctx, wakesARound-len(wakes))
	if err != nil {
		return failure(a.Log, err)
	}
	wakes = append(wakes, strays...)
	activity.RecordHeartbeat(ctx)
	if len(campaigns)+len(strays) > 0 {
		a.Log.Info("reconciled", "campaigns", len(campaigns), "contacts", len(strays))
	}
	if err := a.wakeAll(ctx, wakes); err != nil {
		return err
	}
	return a.consider(ctx)
}

// wakeSome wakes the first of a campaign's contacts that wait for what has happened, so that even a fan-out none of whose
// signals arrives comes to its end.
func (a *Wakes) wakeSome(ctx context.Context, campaignID string) error {
	wakes, _, err := a.Store.FanOutPage(ctx, campaignID, "", fanOutPage)
	if err != nil {
		return failure(a.Log, err, "campaign", campaignID)
	}
	return a.wakeAll(ctx, wakes)
}

// startMissing starts the workflows of campaigns that have none.
func (a *Wakes) startMissing(ctx context.Context) error {
	after := ""
	for {
		campaigns, err := a.Store.LiveCampaigns(ctx, after, campaignsPage)
		if err != nil {
			return failure(a.Log, err)
		}
		for _, wake := range campaigns {
			after = wake.CampaignID
			state, err := a.Tell.Describe(ctx, workflows.CampaignID(wake.CampaignID))
			if err == nil && state != workflows.RunOpen {
				a.Log.Info("starting a campaign's missing workflow", "campaign", wake.CampaignID)
				err = a.Tell.StartCampaign(ctx, wake.CampaignID)
			}
			if err != nil {
				a.Log.Warn("could not look after a campaign", "campaign", wake.CampaignID, "error", err)
			}
			activity.RecordHeartbeat(ctx)
		}
		if len(campaigns) < campaignsPage {
			return nil
		}
	}
}

// resends starts the workflows of resends that have none.
func (a *Wakes) resends(ctx context.Context) error {
	for after := ""; ; {
		open, err := a.Store.OpenResends(ctx, after, fanOutPage)
		if err != nil {
			return failure(a.Log, err)
		}
		for _, ref := range open {
			after = ref.OutreachID
			if err := a.Tell.StartResend(ctx, ref.CampaignID, ref.ContactID, ref.OutreachID); err != nil {
				a.Log.Warn("could not start a resend", "outreach", ref.OutreachID, "error", err)
			}
		}
		if len(open) < fanOutPage {
			return nil
		}
		activity.RecordHeartbeat(ctx)
	}
}

// sweep tells the contacts whose address was suppressed, and for which nobody has done so yet.
func (a *Wakes) sweep(ctx context.Context) error {
	for range wakesARound / fanOutPage {
		wakes, more, err := a.Store.SweepSuppressions(ctx, fanOutPage)
		if err != nil {
			return failure(a.Log, err)
		}
		if err := a.wakeAll(ctx, wakes); err != nil {
			return err
		}
		activity.RecordHeartbeat(ctx)
		if !more {
			return nil
		}
	}
	return nil
}
