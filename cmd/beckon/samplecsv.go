package main

import (
	"bufio"
	"fmt"
	"os"

	"beckon/intake"
)

type sampleCSVCommand struct {
	Rows int   `arg:""      default:"100"                             help:"How many contacts."`
	Seed int64 `default:"1" help:"Another seed gives other contacts."`
}

// Run writes a contact file to standard output: valid addresses and numbers that are reserved and reach nobody.
func (c sampleCSVCommand) Run(*environment) error {
	out := bufio.NewWriter(os.Stdout)
	if err := intake.WriteSample(out, c.Rows, c.Seed); err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	return out.Flush() //nolint:wrapcheck // shown as it is
}
