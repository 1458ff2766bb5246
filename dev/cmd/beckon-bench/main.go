// Command beckon-bench measures the whole of Beckon in one process, on the embedded Temporal server and SQLite: contacts
// through the pipeline, the pipeline against bare child workflows, and how long a pause takes. It prints its figures and
// writes them as JSON. Ratios are of runs that alternate in one process, since machines are noisy; a time alone says little.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"

	"github.com/alecthomas/kong"
)

type flags struct {
	Contacts int    `default:"10000" help:"Contacts that go through the pipeline in one run; 0: leave that out."`
	Pair     int    `default:"1000" help:"Contacts of each run of a pair, pipeline against bare children."`
	Pairs    int    `default:"3" help:"Pairs; the median counts. 0: leave that out."`
	Pauses   int    `default:"20" help:"Pauses of each size; the median counts. 0: leave that out."`
	Crowd    int    `default:"10000" help:"Contacts of the larger campaign that is paused."`
	Lists    int    `default:"0" help:"Contacts of the campaign whose lists, counts, details and figures are read; 0: leave that out."`
	Rounds   int    `default:"40" help:"How often each is read."`
	Imports  int    `default:"0" help:"Rows of the file that is imported; 0: leave that out."`
	Times    int    `default:"5" help:"How often it is imported; the median counts."`
	Calls    int    `default:"0" help:"Calls of the contacts endpoint after that, with one contact each."`
	Growth   int    `default:"0" help:"Runs of campaigns of --pair and --contacts in turn; medians count. 0: leave that out."`
	Memory   int    `default:"0" help:"Live contacts with which the production binary's memory is measured; 0: leave that out."`
	Cache    int    `default:"2000" help:"Workflows that it keeps in memory."`
	Binary   string `default:"bin/beckon" type:"path" placeholder:"FILE" help:"The production binary."`
	Postgres string `env:"BECKON_TEST_POSTGRES_URL" placeholder:"URL" help:"An empty database to read lists from, and to import into, too."`
	Out      string `type:"path" placeholder:"FILE" help:"Write the figures there as JSON, and as Markdown beside it."`
	Profile  string `type:"path" placeholder:"FILE" help:"Write a CPU profile of the whole there."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cli := flags{}
	kong.Parse(&cli, kong.Name("beckon-bench"), kong.Description("Measures Beckon on the embedded Temporal server."))
	err := bench(ctx, cli)
	stop()
	if err != nil {
		slog.Error("beckon-bench failed", "error", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, cli flags) (err error) {
	if cli.Profile != "" {
		file, err := os.Create(cli.Profile)
		if err != nil {
			return fmt.Errorf("--profile: %w", err)
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return fmt.Errorf("--profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	report := &report{Cores: runtime.NumCPU(), Go: runtime.Version()}
	if cli.Lists > 0 {
		if err := lists(ctx, cli.Lists, cli.Rounds, cli.Postgres, report); err != nil {
			return fmt.Errorf("lists: %w", err)
		}
	}
	if cli.Imports > 0 {
		if err := imports(ctx, cli.Imports, cli.Times, cli.Calls, cli.Postgres, report); err != nil {
			return fmt.Errorf("imports: %w", err)
		}
	}
	if cli.Pairs > 0 {
		if err := inStack(ctx, func(s *stack) error { return s.ratio(cli.Pairs, cli.Pair, report) }); err != nil {
			return fmt.Errorf("ratio: %w", err)
		}
	}
	if cli.Pauses > 0 {
		if err := inStack(ctx, func(s *stack) error { return s.pauses(cli.Pauses, cli.Crowd, report) }); err != nil {
			return fmt.Errorf("pauses: %w", err)
		}
	}
	if cli.Contacts > 0 {
		if err := inStack(ctx, func(s *stack) error { return s.pipeline(cli.Contacts, report) }); err != nil {
			return fmt.Errorf("pipeline: %w", err)
		}
	}
	if err := measureProcesses(ctx, cli, report); err != nil {
		return err
	}
	report.print(os.Stdout)
	if cli.Out == "" {
		return nil
	}
	return report.write(cli.Out)
}

// measureProcesses measures growth, and the production binary's memory.
func measureProcesses(ctx context.Context, cli flags, report *report) error {
	if cli.Growth > 0 {
		if err := growth(ctx, cli.Growth, cli.Pair, cli.Contacts, report); err != nil {
			return fmt.Errorf("growth: %w", err)
		}
	}
	if cli.Memory > 0 {
		if err := inStack(ctx, func(s *stack) error { return s.memory(cli.Binary, cli.Memory, cli.Cache, report) }); err != nil {
			return fmt.Errorf("memory: %w", err)
		}
	}
	return nil
}
