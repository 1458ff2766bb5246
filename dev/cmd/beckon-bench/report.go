package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// report holds the figures of one run of the benchmark.
type report struct {
	Cores    int             `json:"cores"`
	Go       string          `json:"go"`
	Ratio    *ratioReport    `json:"ratio,omitempty"`
	Pause    *pauseReport    `json:"pause,omitempty"`
	Pipeline *pipelineReport `json:"pipeline,omitempty"`
	Growth   *growthReport   `json:"growth,omitempty"`
	Memory   *memoryReport   `json:"memory,omitempty"`
	Lists    []listReport    `json:"lists,omitempty"`
	Imports  []importReport  `json:"imports,omitempty"`
}

type pair struct {
	Pipeline run     `json:"pipeline"`
	Bare     run     `json:"bare"`
	Ratio    float64 `json:"ratio"`
}

type ratioReport struct {
	Pairs  []pair  `json:"pairs"`
	Median float64 `json:"median"`
}

type pauseReport struct {
	Times       int     `json:"times"`
	Small       int     `json:"smallContacts"`
	Large       int     `json:"largeContacts"`
	SmallMillis float64 `json:"smallMillisMedian"`
	LargeMillis float64 `json:"largeMillisMedian"`
	Ratio       float64 `json:"ratio"`
}

type pipelineReport struct {
	run
	histories
	sizes

	Messages int `json:"messages"`
}

// print writes the figures for people.
func (r *report) print(out io.Writer) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	line("%d cores, %s", r.Cores, r.Go)
	if r.Ratio != nil || r.Pause != nil || r.Pipeline != nil {
		line("embedded Temporal and SQLite")
	}
	printLists(r.Lists, line)
	printImports(r.Imports, line)
	printMemory(r.Memory, line)
	if g := r.Growth; g != nil {
		line("growth: %d contacts take %.2f times as long as %d (medians of %d alternating runs; at most %.0f is wanted)", g.Large,
			g.Times, g.Small, g.Runs, 1.1*float64(g.Large)/float64(g.Small)) //nolint:mnd // a tenth more than in proportion
	}
	if r.Ratio != nil {
		for i, p := range r.Ratio.Pairs {
			line("pair %d: pipeline %.1f/s (%.1f ms CPU a contact), bare %.1f/s (%.1f ms), ratio %.2f", i+1,
				p.Pipeline.PerSecond, p.Pipeline.CPUMillis, p.Bare.PerSecond, p.Bare.CPUMillis, p.Ratio)
		}
		line("pipeline ÷ bare children: %.2f (median; at least 0.5 is wanted)", r.Ratio.Median)
	}
	if p := r.Pause; p != nil {
		line("pause: %.1f ms with %d contacts, %.1f ms with %d, ratio %.2f (medians of %d; at most 1.5 is wanted)",
			p.SmallMillis, p.Small, p.LargeMillis, p.Large, p.Ratio, p.Times)
	}
	if p := r.Pipeline; p != nil {
		line("%d contacts through the pipeline in %.0f s: %.1f/s, %.1f ms CPU a contact, %d messages, one a contact",
			p.Contacts, p.Seconds, p.PerSecond, p.CPUMillis, p.Messages)
		line("events: %.1f a contact (at most %d), %.2f of the campaign's a contact (at most %d a run); %.1f transitions a contact",
			p.ContactEventsMean, p.ContactEventsMax, p.CampaignEvents, p.CampaignEventsMax, p.Transitions)
		line("databases: %d bytes a contact in Beckon's, with import, plan, text, result and events; %d in Temporal's, as long as it is kept",
			p.Beckon, p.Temporal)
	}
}

// printMemory writes a line for each state of the production binary.
func printMemory(memory *memoryReport, line func(format string, args ...any)) {
	if memory == nil {
		return
	}
	line("beckon serve: %.0f MB resident idle (at most 60 are wanted), %.0f MB with %d live contacts (at most 200), %d workflows cached",
		memory.IdleMB, memory.LiveMB, memory.Contacts, memory.Cache)
}

// printImports writes some lines for each database.
func printImports(imports []importReport, line func(format string, args ...any)) {
	for _, i := range imports {
		line("%s: a file of %d rows and %d columns is imported in %.2f s, and once more, as updates, in %.2f s (medians of %d; about",
			i.Database, i.Rows, i.Columns, i.Created, i.Updated, i.Rounds)
		line("  a second is wanted); it takes %.0f MiB of heap, and one of %d rows %.0f MiB", i.WholeMiB, i.Rows/10, i.TenthMiB)
		if c := i.Calls; c != nil {
			line("  contacts endpoint, one contact a call, %d clients: %.0f calls a second (1000 are wanted), %.1f ms (p50), %.1f ms (p95);",
				c.Clients, c.PerSecond, c.P50, c.P95)
			line("  %d calls told the campaign's workflow %d times", c.Calls, c.Signals)
		}
	}
}

// printLists writes a table for each database.
func printLists(lists []listReport, line func(format string, args ...any)) {
	for _, l := range lists {
		line("")
		line("%s, %d contacts, %d rounds; milliseconds: the store's p50 and p95 (at most 50 is wanted), those of the same", l.Database,
			l.Contacts, l.Rounds)
		line("statements bare, and the ratio of the medians (at most 2 is wanted)")
		for _, r := range l.Reads {
			line("%-32s %7.1f %7.1f   bare %7.1f %7.1f   ratio %5.2f", r.Name, r.P50, r.P95, r.BareP50, r.BareP95, r.Ratio)
		}
	}
}

// write writes the figures as JSON, and beside it, as Markdown, what print says of them.
func (r *report) write(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // documentation
		return fmt.Errorf("write figures: %w", err)
	}
	words := &strings.Builder{}
	_, _ = fmt.Fprintf(words, "# Measured\n\nWritten by `make bench`; the figures are in [%s](%s).\n\n```\n",
		filepath.Base(file), filepath.Base(file))
	r.print(words)
	words.WriteString("```\n")
	beside := strings.TrimSuffix(file, filepath.Ext(file)) + ".md"
	for name, content := range map[string]string{file: string(text) + "\n", beside: words.String()} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil { //nolint:gosec // documentation
			return fmt.Errorf("write figures: %w", err)
		}
	}
	return nil
}
