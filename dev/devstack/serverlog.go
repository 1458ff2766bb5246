package devstack

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// noHTTPPort begins the warning of every start without the frontend's HTTP port, which is left out on purpose.
const noHTTPPort = "HTTP API port has not been set"

// serverLog hands the server's warnings and errors to slog. The server's own log of every start and request stays out.
type serverLog struct {
	logger *slog.Logger
	// stopping is shared by all loggers of one server: what it complains about while it is being stopped is of no interest.
	stopping *atomic.Bool
}

var (
	_ log.Logger     = (*serverLog)(nil)
	_ log.WithLogger = (*serverLog)(nil)
)

// fatalError is what the server reports as fatal: it expects the process to end there.
type fatalError struct {
	message string
	cause   any
}

func (e *fatalError) Error() string {
	if e.cause == nil {
		return e.message
	}
	return fmt.Sprintf("%s: %v", e.message, e.cause)
}

func newServerLog(logger *slog.Logger) *serverLog {
	return &serverLog{logger: logger.With("component", "temporal"), stopping: &atomic.Bool{}}
}

// quiet sends everything from now on to debug.
func (l *serverLog) quiet() { l.stopping.Store(true) }

// With implements log.WithLogger.
func (l *serverLog) With(tags ...tag.Tag) log.Logger {
	return &serverLog{logger: l.logger.With(attributes(tags)...), stopping: l.stopping}
}

// Debug implements log.Logger; the entry is dropped.
func (l *serverLog) Debug(string, ...tag.Tag) {}

// Info implements log.Logger; the entry is dropped.
func (l *serverLog) Info(string, ...tag.Tag) {}

// Warn implements log.Logger.
func (l *serverLog) Warn(msg string, tags ...tag.Tag) {
	if strings.HasPrefix(msg, noHTTPPort) {
		return
	}
	l.write(slog.LevelWarn, msg, tags)
}

// Error implements log.Logger.
func (l *serverLog) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic implements log.Logger; it panics in the server's own development mode only, so here it logs an error.
func (l *serverLog) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic implements log.Logger.
func (l *serverLog) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal implements log.Logger. It must not return; it panics with a fatalError, which a start turns into its error and
// which anywhere else ends the process as the server expects.
func (l *serverLog) Fatal(msg string, tags ...tag.Tag) {
	failure := &fatalError{message: msg}
	for _, t := range tags {
		if t.Key() == "error" {
			failure.cause = t.Value()
		}
	}
	l.write(slog.LevelError, msg, tags)
	panic(failure)
}

func (l *serverLog) write(level slog.Level, msg string, tags []tag.Tag) {
	if l.stopping.Load() {
		level = slog.LevelDebug
	}
	l.logger.Log(context.Background(), level, msg, attributes(tags)...) //nolint:sloglint // the server's own constant
}

func attributes(tags []tag.Tag) []any {
	pairs := make([]any, 0, len(tags))
	for _, t := range tags {
		pairs = append(pairs, slog.Any(t.Key(), t.Value()))
	}
	return pairs
}
