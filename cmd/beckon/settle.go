package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"
	"time"
)

// settled is when a process has started for certain, and what only its start needed can go.
const settled = 5 * time.Second

// gcPercent is how much garbage may lie beside what is in use, in percent of it, where GOGC does not say. Most of the memory is
// workflows that wait: there is little garbage, and Go's 100 would keep as much free as they take.
const gcPercent = 50

// settle gives back what only the start needed, once it is over: the garbage of it, and the binary's own pages.
func settle(ctx context.Context, log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	timer := time.NewTimer(settled)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		debug.FreeOSMemory()
		log.DebugContext(ctx, "gave back what the start needed", "bytes", dropStartCode())
	}
}
