package main

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"
)

// settled is when a process has started for certain, and what only its start needed can go.
const settled = 5 * time.Second

// gcPercent is how much garbage may lie beside what is in use, in percent of it, where GOGC does not say. Most of the memory is
// workflows that wait: there is little garbage, and Go's own percentage would keep as much free as they take.
const (
	gcPercent      = 50
	usualGCPercent = 100 // Go's, where GOGC does not say
)

// settle keeps little memory for garbage and gives back, once the start is over, what only that needed.
func settle(ctx context.Context, log *slog.Logger) {
	if chosen := debug.SetGCPercent(gcPercent); chosen != usualGCPercent {
		debug.SetGCPercent(chosen)
	}
	timer := time.NewTimer(settled)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		debug.FreeOSMemory()
		log.DebugContext(ctx, "gave back the memory that the start needed")
	}
}
