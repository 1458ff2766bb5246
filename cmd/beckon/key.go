package main

import (
	"errors"
	"fmt"
	"os"

	"beckon/api"
	"beckon/models"
	"beckon/service"
)

type keyCommand struct {
	Name string      `arg:""             help:"What the key is for."`
	Role models.Role `default:"operator" enum:"viewer,operator,administrator" help:"viewer, operator or administrator."`
}

// Run makes a key and prints it: it is stored nowhere.
func (c keyCommand) Run(e *environment) error {
	config, err := e.config()
	if err != nil {
		return err
	}
	db, err := service.OpenMigrated(e.ctx, config, e.log)
	if err != nil {
		return err
	}
	key, hash := api.NewAPIKey()
	if err := db.CreateAPIKey(service.AsHost(e.ctx), &models.APIKey{Name: c.Name, Role: c.Role, KeyHash: hash}); err != nil {
		return errors.Join(fmt.Errorf("make key: %w", err), db.Close())
	}
	if _, err := fmt.Fprintln(os.Stdout, key); err != nil {
		return errors.Join(fmt.Errorf("print key: %w", err), db.Close())
	}
	return db.Close()
}
