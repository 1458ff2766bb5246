package main

import (
	"errors"
	"fmt"

	"beckon/activities"
	"beckon/service"
	"beckon/workflows"
)

type recoverCommand struct{}

// Run rebuilds missing workflows from the database; at any time, also while everything runs.
func (recoverCommand) Run(e *environment) (err error) {
	config, err := e.config()
	if err != nil {
		return err
	}
	db, err := service.OpenMigrated(e.ctx, config, e.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	temporal, err := service.NewTemporal(e.log)
	if err != nil {
		return err
	}
	defer temporal.Close()

	recovery := activities.Recovery{Store: db, Tell: workflows.NewClient(temporal), Log: e.log}
	report, err := recovery.Run(e.ctx)
	e.log.Info("recovered", "campaigns", report.Campaigns, "started", report.Started,
		"contacts", report.Contacts, "returned", report.Returned, "held", report.Held, "resends", report.Resends)
	if err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	return nil
}
