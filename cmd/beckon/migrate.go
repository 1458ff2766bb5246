package main

import (
	"errors"
	"fmt"

	"beckon/service"
)

type migrateCommand struct{}

// Run brings the schema up to date. Several may run at once.
func (migrateCommand) Run(e *environment) error {
	config, err := e.config()
	if err != nil {
		return err
	}
	db, err := service.OpenStore(e.ctx, config, e.log)
	if err != nil {
		return err
	}
	if err := db.Migrate(e.ctx); err != nil {
		return errors.Join(fmt.Errorf("migrate: %w", err), db.Close())
	}
	e.log.Info("the schema is up to date")
	return db.Close()
}
