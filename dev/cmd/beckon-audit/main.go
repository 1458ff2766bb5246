// Command beckon-audit reads what govulncheck or npm found, as JSON, and says what of it is no documented exception. Each
// finding has an id; an exception names the id, why it may stay, and until when. It ends with status 1 where something is
// found that may not stay, and where what it reads is no whole report.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

type commands struct {
	Report     string `arg:"" enum:"govulncheck,npm" help:"What the report is of: govulncheck -json, or npm audit --json."`
	Exceptions string `help:"File of exceptions."     required:""                                                          type:"existingfile"`
}

func main() {
	cli := commands{}
	kong.Parse(&cli, kong.Name("beckon-audit"), kong.Description("Reads a report from standard input."), kong.UsageOnError())
	if err := run(cli, os.Stdin, os.Stdout, time.Now()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}

// errFound says that something was found that may not stay.
var errFound = errors.New("there are vulnerabilities that are no exceptions: see above")

// run reads the report and prints a line for each finding.
func run(cli commands, report io.Reader, out io.Writer, now time.Time) error {
	file, err := os.Open(cli.Exceptions)
	if err != nil {
		return fmt.Errorf("open exceptions: %w", err)
	}
	defer func() { _ = file.Close() }() // it is only read
	exceptions, err := readExceptions(file)
	if err != nil {
		return err
	}
	read := readGovulncheck
	if cli.Report == "npm" {
		read = readNPM
	}
	findings, err := read(report)
	if err != nil {
		return err
	}
	bad := false
	for _, found := range findings {
		verdict := exceptions.judge(found.ID, now)
		bad = bad || verdict != verdictException
		if _, err := fmt.Fprintf(out, "%-9s %s: %s\n", verdict, found.ID, found.Title); err != nil {
			return fmt.Errorf("print finding: %w", err)
		}
	}
	if bad {
		return errFound
	}
	_, err = fmt.Fprintf(out, "%d findings, all of them exceptions\n", len(findings))
	return err //nolint:wrapcheck // shown as it is
}
