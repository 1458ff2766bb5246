// Command beckon is Beckon's production binary: the API, the workers, and what an operator needs beside them.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"beckon/service"
)

// commands are what beckon does. Its configuration comes from the environment; see docs/configuration.md.
type commands struct {
	Data string `help:"Take what the environment does not set from the directory that beckon-dev made." placeholder:"DIR" type:"path"`

	API       apiCommand       `cmd:"" help:"Serve the REST API."                                                          name:"api"`
	Worker    workerCommand    `cmd:"" help:"Run the workers: workflows, planning, sending."`
	Serve     serveCommand     `cmd:"" help:"Run API and workers in one process."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database's schema up to date."`
	Doctor    doctorCommand    `cmd:"" help:"Examine the configuration and what it leads to; send nothing."`
	Why       whyCommand       `cmd:"" help:"Say why a contact is where it is, and what frees it."`
	Recover   recoverCommand   `cmd:"" help:"Rebuild missing workflows from the database, after Temporal's data was lost."`
	Key       keyCommand       `cmd:"" help:"Make, list and revoke API keys."`
	User      userCommand      `cmd:"" help:"List and make users, and links by which they set a password."`
	SampleCSV sampleCSVCommand `cmd:"" help:"Write a file of contacts that do not exist."                                  name:"sample-csv"`
}

// environment is what every command is given.
type environment struct {
	ctx  context.Context //nolint:containedctx // of the process: ends with SIGINT or SIGTERM
	log  *slog.Logger
	data string
}

// config reads the configuration.
func (e *environment) config() (service.Config, error) {
	return service.LoadConfig(e.data)
}

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cli := commands{}
	parsed := kong.Parse(&cli, kong.Name("beckon"),
		kong.Description("Outreach campaigns that send nothing twice and lose nothing. Configuration comes from the environment."),
		kong.UsageOnError())
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	err := parsed.Run(&environment{ctx: ctx, log: log, data: cli.Data})
	if err != nil {
		log.Error("beckon failed", "command", parsed.Command(), "error", err)
		return 1
	}
	return 0
}
