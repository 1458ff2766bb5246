package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"beckon/models"
	"beckon/service"
	"beckon/store"
)

type keyCommand struct {
	Create keyCreateCommand `cmd:"" default:"withargs" help:"Make an API key and print it, once (the default)."`
	List   keyListCommand   `cmd:"" help:"List API keys, the newest first."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key for good."`
}

type keyCreateCommand struct {
	Name      string             `arg:"" help:"What the key is for."`
	Role      models.Role        `default:"operator" enum:"viewer,operator,administrator" help:"viewer, operator or administrator."`
	Campaigns []string           `name:"campaign" placeholder:"ID" help:"Ids of the campaigns that the key is limited to."`
	Actions   []models.KeyAction `name:"action" placeholder:"ACTION" help:"What it may do of what its role may, such as contacts:write."`
	Expires   *time.Duration     `placeholder:"DURATION" help:"How long it is good; not given: for ever."`
}

// Run makes a key and prints it: it is stored nowhere.
func (c keyCreateCommand) Run(e *environment) error {
	lifetime := time.Duration(0)
	if c.Expires != nil {
		if lifetime = *c.Expires; lifetime <= 0 {
			return models.Errorf(models.CodeInvalid, "--expires must be longer than nothing; without it the key is good for ever")
		}
	}
	return withStore(e, func(_ service.Config, db *store.Store) error {
		return service.PrintKey(e.ctx, db, os.Stdout, service.NewKey{
			Name: c.Name, Role: c.Role, CampaignIDs: c.Campaigns, Actions: c.Actions, Lifetime: lifetime,
		})
	})
}

type keyListCommand struct{}

// Run prints a line for each key, without the keys, which nobody knows.
func (keyListCommand) Run(e *environment) error {
	return withStore(e, func(_ service.Config, db *store.Store) error {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
		_, err := fmt.Fprintln(table, "ID\tNAME\tROLE\tLIMITS\tSTATE\tLAST USED")
		for page := 1; err == nil; page++ {
			var keys []models.APIKey
			keys, _, err = db.APIKeys(e.ctx, models.Page{Number: page, PerPage: models.MaxPerPage})
			for i := range keys {
				key := &keys[i]
				if _, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
					key.ID, key.Name, key.Role, limits(key), state(key, time.Now()), day(key.LastUsedAt)); err != nil {
					return fmt.Errorf("print keys: %w", err)
				}
			}
			if len(keys) < models.MaxPerPage {
				break
			}
		}
		return errors.Join(err, table.Flush())
	})
}

// limits are what a key is limited to, in short.
func limits(key *models.APIKey) string {
	parts := []string{}
	if campaigns := key.CampaignIDs(); campaigns != nil {
		parts = append(parts, fmt.Sprintf("%d campaigns", len(campaigns)))
	}
	for _, action := range key.Actions() {
		parts = append(parts, string(action))
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ",")
}

func state(key *models.APIKey, now time.Time) string {
	switch {
	case key.RevokedAt != nil:
		return "revoked"
	case key.ExpiresAt == nil:
		return "good"
	case now.Before(*key.ExpiresAt):
		return "good until " + key.ExpiresAt.UTC().Format(time.RFC3339)
	default:
		return "expired"
	}
}

func day(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}

type keyRevokeCommand struct {
	ID string `arg:"" help:"The key's id, as list shows it."`
}

// Run revokes a key. One that was revoked before stays so.
func (c keyRevokeCommand) Run(e *environment) error {
	return withStore(e, func(_ service.Config, db *store.Store) error {
		return db.RevokeAPIKey(service.AsHost(e.ctx), c.ID)
	})
}

// withStore runs fn with the configured database.
func withStore(e *environment, fn func(config service.Config, db *store.Store) error) (err error) {
	config, err := e.config()
	if err != nil {
		return err
	}
	db, err := service.OpenMigrated(e.ctx, config, e.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(config, db)
}
