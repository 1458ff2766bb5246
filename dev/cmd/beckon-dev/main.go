// Command beckon-dev runs everything that Beckon needs in one process: Temporal with its Web UI, the providers' sandbox, the
// API and the workers. It needs no account, no container and no server of its own, and keeps its data across restarts.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// flags say where everything listens and keeps its data. Port 0 takes a free one.
type flags struct {
	Data     string        `default:".beckon" type:"path" placeholder:"DIR" help:"Where everything is kept across restarts."`
	API      string        `name:"api" default:"127.0.0.1:8080" placeholder:"ADDR" help:"API."`
	Temporal string        `default:"127.0.0.1:7233" placeholder:"ADDR" help:"Temporal."`
	UI       string        `name:"ui" default:"127.0.0.1:8233" placeholder:"ADDR" help:"Temporal's Web UI; empty: none."`
	Sandbox  string        `default:"127.0.0.1:8085" placeholder:"ADDR" help:"Sandbox, which stands in for the providers."`
	CallWait time.Duration `name:"call-wait" default:"8s" placeholder:"TIME" help:"How long a call listens for an answer from the inbox."`
	SMTP     string        `name:"smtp" default:"127.0.0.1:2525" placeholder:"ADDR" help:"SMTP: takes mails with contact files; empty: none."`
	Sample   bool          `default:"true" negatable:"" help:"Make a sample campaign with 20 contacts at the first start."`
	Postgres string        `placeholder:"URL" help:"Postgres database for Temporal's data, and one with _visibility behind its name."`
	Verbose  bool          `help:"Log at level info, not warn."`
}

type commands struct {
	flags

	RunAll       runCommand      `cmd:"" name:"run" default:"1" help:"Run everything (the default)."`
	TemporalOnly temporalCommand `cmd:"" name:"temporal" help:"Run Temporal and its Web UI alone."`
	SandboxOnly  sandboxCommand  `cmd:"" name:"sandbox" help:"Run the sandbox alone; its events go to --api."`
}

// environment is what every command is given.
type environment struct {
	ctx   context.Context //nolint:containedctx // of the process: ends with SIGINT or SIGTERM
	log   *slog.Logger
	flags flags
}

// gcPercent trades memory for time: the embedded Temporal server makes much short-lived garbage.
const gcPercent = 300

func main() {
	os.Exit(run())
}

func run() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cli := commands{}
	parsed := kong.Parse(&cli, kong.Name("beckon-dev"),
		kong.Description("All of Beckon in one process, with a sandbox in place of the providers. "+
			"Any variable of Beckon's configuration that is set is taken instead of the sandbox's."),
		kong.UsageOnError())
	level := slog.LevelWarn
	if cli.Verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	if err := os.MkdirAll(cli.Data, 0o700); err != nil {
		log.Error("beckon-dev cannot make its data directory", "error", err)
		return 1
	}
	if err := parsed.Run(&environment{ctx: ctx, log: log, flags: cli.flags}); err != nil {
		log.Error("beckon-dev failed", "error", err)
		return 1
	}
	return 0
}
