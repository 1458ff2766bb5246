package service

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"beckon/store"
)

// Parts says which parts of Beckon a process runs.
type Parts struct {
	API    bool
	Worker bool
}

// Run runs the parts until the context ends. The database must be migrated. Out takes the link by which the first
// administrator is made, where there is none yet.
func Run(ctx context.Context, config Config, parts Parts, log *slog.Logger, out io.Writer) (err error) {
	db, err := OpenMigrated(ctx, config, log)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, db.Close()) }()
	temporal, err := NewTemporal(log)
	if err != nil {
		return err
	}
	defer temporal.Close()

	group, ctx := errgroup.WithContext(ctx)
	if parts.API {
		if err := runAPI(ctx, group, config, db, temporal, log, out); err != nil {
			return err
		}
	}
	if parts.Worker {
		workers, err := NewWorkers(config, db, temporal, log)
		if err != nil {
			return err
		}
		group.Go(func() error {
			if err := StartWorkers(ctx, workers, log); err != nil {
				if ctx.Err() == nil {
					return err
				}
				return nil
			}
			log.Info("worker polls")
			<-ctx.Done()
			workers.Stop()
			return nil
		})
	}
	return group.Wait() //nolint:wrapcheck // named by the part that failed
}

// firstError is the first of two errors.
func firstError(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// runAPI has the group serve the API, and SMTP where it is configured.
func runAPI(
	ctx context.Context, group *errgroup.Group, config Config, db *store.Store, temporal client.Client, log *slog.Logger,
	out io.Writer,
) error {
	handler, err := NewAPI(ctx, config, db, temporal, log)
	if err != nil {
		return err
	}
	listener, err := Listen(ctx, config)
	if err != nil {
		return err
	}
	if err := PrintSetupLink(ctx, config, db, out); err != nil {
		return errors.Join(err, listener.Close())
	}
	mails, err := ListenSMTP(ctx, config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	log.Info("api listens", "address", listener.Addr().String())
	group.Go(func() error { return ServeHTTP(ctx, listener, handler, config.StopDelay, log) })
	if mails == nil && config.SMTPListen != "" {
		log.Warn("SMTP does not listen: BECKON_SMTP_LISTEN needs BECKON_EMAIL_IMPORT_DOMAIN")
	}
	if mails != nil {
		log.Info("SMTP listens", "address", mails.Addr().String())
		group.Go(func() error { return ServeSMTP(ctx, config, mails, db, temporal, log) })
	}
	return nil
}
