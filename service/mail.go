package service

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"go.temporal.io/sdk/client"

	"beckon/intake/mailin"
	"beckon/models"
	"beckon/store"
	"beckon/workflows"
)

// tellWithin is how long workflows are told of what a mail brought; reconcile tells those that were not.
const tellWithin = 3 * time.Second

// teller tells workflows of contacts that a mail brought.
type teller struct {
	workflows *workflows.Client
	log       *slog.Logger
}

// TellAdded tells the campaign's workflow, and those of contacts that changed.
func (t *teller) TellAdded(ctx context.Context, campaignID string, result *models.AddResult) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
	defer cancel()
	told := func(signal string, wake models.Wake) {
		if err := t.workflows.Tell(ctx, signal, wake); err != nil {
			t.log.WarnContext(ctx, "workflow not told", "workflow", workflows.WakeID(wake), "signal", signal, "error", err)
		}
	}
	if result.Signal {
		told(workflows.SignalContactsAdded, models.Wake{CampaignID: campaignID, Revision: result.Revision})
	}
	for i := 0; i < len(result.Wake) && ctx.Err() == nil; i++ {
		told(workflows.SignalWake, result.Wake[i])
	}
}

// NewMailImporter makes what imports the contact files of mails; nil where no mail comes in.
func NewMailImporter(
	config Config, db *store.Store, temporal client.Client, log *slog.Logger,
) (*mailin.Importer, error) {
	if config.EmailImportDomain == "" {
		return nil, nil //nolint:nilnil // no mail comes in, and that is no error
	}
	var resolver mailin.Resolver = net.DefaultResolver
	if config.DNSTXTFile != "" {
		var err error
		if resolver, err = mailin.NewTextFile(config.DNSTXTFile); err != nil {
			return nil, fmt.Errorf("BECKON_DNS_TXT_FILE: %w", err)
		}
	}
	return &mailin.Importer{
		Store: db, Workflows: &teller{workflows: workflows.NewClient(temporal), log: log},
		Authentication: mailin.Authentication{Resolver: resolver},
		Domain:         config.EmailImportDomain, Log: log,
	}, nil
}

// ListenSMTP opens the configured address; nil where there is none, or no mail comes in.
func ListenSMTP(ctx context.Context, config Config) (net.Listener, error) {
	if config.SMTPListen == "" || config.EmailImportDomain == "" {
		return nil, nil //nolint:nilnil // none is wanted, and that is no error
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.SMTPListen)
	if err != nil {
		return nil, fmt.Errorf("BECKON_SMTP_LISTEN: %w", err)
	}
	return listener, nil
}

// ServeSMTP takes mails with contact files until the context ends.
func ServeSMTP(
	ctx context.Context, config Config, listener net.Listener, db *store.Store, temporal client.Client, log *slog.Logger,
) error {
	importer, err := NewMailImporter(config, db, temporal, log)
	if err != nil {
		return err
	}
	return mailin.NewListener(importer, log).Serve(ctx, listener)
}
