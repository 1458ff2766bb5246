package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"beckon/models"
	"beckon/service"
	"beckon/store"
)

type userCommand struct {
	List  userListCommand  `cmd:"" help:"List users, the newest first."`
	Add   userAddCommand   `cmd:"" help:"Make a user, and print the link by which the user sets a password."`
	Reset userResetCommand `cmd:"" help:"Print a link by which a user sets another password."`
	Link  userLinkCommand  `cmd:"" help:"Print a link that makes or restores an administrator, for who is locked out."`
}

type userListCommand struct{}

// Run prints a line for each user.
func (userListCommand) Run(e *environment) error {
	return withStore(e, func(_ service.Config, db *store.Store) error {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
		_, err := fmt.Fprintln(table, "ID\tE-MAIL\tNAME\tROLE\tSTATUS\tLAST SIGN-IN")
		for page := 1; err == nil; page++ {
			var users []models.User
			users, _, err = db.Users(e.ctx, models.Page{Number: page, PerPage: models.MaxPerPage})
			for i := range users {
				user := &users[i]
				if _, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
					user.ID, user.Email, user.Name, user.Role, user.Status(), day(user.LastSignInAt)); err != nil {
					return fmt.Errorf("print users: %w", err)
				}
			}
			if len(users) < models.MaxPerPage {
				break
			}
		}
		return errors.Join(err, table.Flush())
	})
}

type userAddCommand struct {
	Email string      `help:"The user's e-mail address." required:""`
	Name  string      `help:"The user's name."           required:""`
	Role  models.Role `default:"operator"                enum:"viewer,operator,administrator" help:"viewer, operator or administrator."`
}

// Run makes the user.
func (c userAddCommand) Run(e *environment) error {
	return withStore(e, func(config service.Config, db *store.Store) error {
		user := &models.User{Email: c.Email, Name: c.Name, Role: c.Role}
		return service.InviteUser(e.ctx, config, db, user, os.Stdout)
	})
}

type userResetCommand struct {
	Email string `help:"The user's e-mail address." required:""`
}

// Run prints the link. The present password works until it is used.
func (c userResetCommand) Run(e *environment) error {
	return withStore(e, func(config service.Config, db *store.Store) error {
		return service.PrintUserLink(e.ctx, config, db, c.Email, os.Stdout)
	})
}

type userLinkCommand struct{}

// Run prints the link, whoever there is: who can run commands here can read the database too.
func (userLinkCommand) Run(e *environment) error {
	return withStore(e, func(config service.Config, db *store.Store) error {
		return service.PrintRecoveryLink(e.ctx, config, db, os.Stdout)
	})
}
