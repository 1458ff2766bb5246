package main

import (
	"errors"
	"os"

	"beckon/service"
)

type whyCommand struct {
	Contact string `arg:"" help:"A contact's id, its workflow's id, its e-mail address, or its phone number in E.164."`
}

// Run prints why the contact is where it is.
func (c whyCommand) Run(e *environment) (err error) {
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
	return service.Why(e.ctx, os.Stdout, db, temporal, c.Contact)
}
