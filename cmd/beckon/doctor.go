package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"beckon/service"
)

type doctorCommand struct{}

// errUnwell says that the doctor found something that does not work.
var errUnwell = errors.New("something does not work: see above")

// Run examines the configuration and what it leads to, and prints a line for each thing.
func (doctorCommand) Run(e *environment) error {
	config, err := e.config()
	if err != nil {
		return err
	}
	unwell := false
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	for _, finding := range service.Doctor(e.ctx, config, e.log) {
		unwell = unwell || finding.Verdict == service.VerdictFail
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", finding.Verdict, finding.Subject, finding.Detail); err != nil {
			return fmt.Errorf("print findings: %w", err)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	if unwell {
		return errUnwell
	}
	return nil
}
