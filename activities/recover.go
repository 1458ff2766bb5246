package activities

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// Recovery rebuilds workflows from the database alone, after Temporal's data was lost or came back older than it was. It
// is no activity: an operator runs it, at any time.
type Recovery struct {
	Store *store.Store
	Tell  Teller
	Log   *slog.Logger
}

// Recovered says what a recovery found and did.
type Recovered struct {
	Campaigns int // looked at: all that have a workflow
	Started   int // of those: the workflow was missing, and was started
	Contacts  int // looked at: all that a workflow is to see through
	Returned  int // of those: the workflow was missing, and the contact was given back to its campaign's intake
	Resends   int // started: their workflow was missing
	Held      int // of those: the workflow completed though the row is unfinished, so the ledger must be older than it
}

const (
	recoverPage   = 500
	recoverAtOnce = 16
)

// Run looks at every live campaign and every contact that a workflow is to see through, and asks Temporal whether that
// workflow is open. Where it is not, the contact goes back into its campaign's intake, and the campaign's workflow is
// started. What is open is left alone, so a healthy installation is not changed. Nothing is sent twice: each contact goes on
// from its row, and the ledger knows what was claimed.
func (r *Recovery) Run(ctx context.Context) (Recovered, error) {
	report := Recovered{}
	// Contacts come first, so that a campaign's new workflow finds all of them.
	if err := r.contacts(ctx, &report); err != nil {
		return report, err
	}
	if err := r.campaigns(ctx, &report); err != nil {
		return report, err
	}
	return report, r.resends(ctx, &report)
}

// resends starts the workflows of resends that are not open.
func (r *Recovery) resends(ctx context.Context, report *Recovered) error {
	for after := ""; ; {
		page, err := r.Store.OpenResends(ctx, after, recoverPage)
		if err != nil {
			return fmt.Errorf("recover resends: %w", err)
		}
		for _, ref := range page {
			after = ref.OutreachID
			state, err := r.Tell.Describe(ctx, workflows.ResendID(ref.CampaignID, ref.ContactID, ref.OutreachID))
			if err == nil && state != workflows.RunOpen {
				report.Resends++
				err = r.Tell.StartResend(ctx, ref.CampaignID, ref.ContactID, ref.OutreachID)
			}
			if err != nil {
				return fmt.Errorf("recover resend %s: %w", ref.OutreachID, err)
			}
		}
		if len(page) < recoverPage {
			return nil
		}
	}
}

func (r *Recovery) contacts(ctx context.Context, report *Recovered) error {
	returned, held := atomic.Int64{}, atomic.Int64{}
	for after := ""; ; {
		page, err := r.Store.TakenContacts(ctx, after, recoverPage)
		if err != nil {
			return fmt.Errorf("recover contacts: %w", err)
		}
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(recoverAtOnce)
		for _, contact := range page {
			after = contact.ContactID
			group.Go(func() error {
				return r.contact(groupCtx, contact, &returned, &held)
			})
		}
		err = group.Wait()
		report.Contacts += len(page)
		report.Returned, report.Held = int(returned.Load()), int(held.Load())
		if err != nil || len(page) < recoverPage {
			return err //nolint:wrapcheck // made by contact
		}
	}
}

// contact gives a contact back to its campaign's intake where its workflow is not open, or holds it.
func (r *Recovery) contact(ctx context.Context, contact models.Wake, returned, held *atomic.Int64) error {
	state, err := r.Tell.Describe(ctx, workflows.WakeID(contact))
	done, count := false, returned
	switch {
	case err != nil:
	case state == workflows.RunCompleted:
		done, err = r.Store.HoldBehind(ctx, contact.CampaignID, contact.ContactID)
		count = held
	case state != workflows.RunOpen:
		done, err = r.Store.Untake(ctx, contact.CampaignID, contact.ContactID)
	}
	if done {
		count.Add(1)
	}
	if err != nil {
		return fmt.Errorf("recover contact %s: %w", contact.ContactID, err)
	}
	return nil
}

// campaigns starts the workflows that are missing, and tells those that are there that contacts came back.
func (r *Recovery) campaigns(ctx context.Context, report *Recovered) error {
	for after := ""; ; {
		page, err := r.Store.LiveCampaigns(ctx, after, recoverPage)
		if err != nil {
			return fmt.Errorf("recover campaigns: %w", err)
		}
		for _, campaign := range page {
			after = campaign.CampaignID
			report.Campaigns++
			if err := r.campaign(ctx, campaign, report); err != nil {
				return err
			}
		}
		if len(page) < recoverPage {
			return nil
		}
	}
}

func (r *Recovery) campaign(ctx context.Context, campaign models.Wake, report *Recovered) error {
	state, err := r.Tell.Describe(ctx, workflows.WakeID(campaign))
	switch {
	case err != nil:
	case state != workflows.RunOpen:
		r.Log.Info("starting a campaign's missing workflow", "campaign", campaign.CampaignID)
		report.Started++
		err = r.Tell.StartCampaign(ctx, campaign.CampaignID)
	case report.Returned > 0:
		err = r.Tell.Tell(ctx, workflows.SignalContactsAdded, campaign)
	}
	if err != nil {
		return fmt.Errorf("recover campaign %s: %w", campaign.CampaignID, err)
	}
	return nil
}
