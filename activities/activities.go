// Package activities does what Beckon's workflows ask for: it reads and writes the database, asks the AI, talks to
// providers and wakes other workflows. Each struct holds its dependencies, and its methods are activities. What they return
// and the errors they fail with go into histories, so they hold ids, times and codes only.
package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/temporal"

	"beckon/models"
)

// failure makes an error fit for a history: a code of ours stays, as an error that is not asked again; anything else is
// logged here, since it may quote the database, and becomes "internal".
func failure(log *slog.Logger, err error, ids ...any) error {
	if err == nil {
		return nil
	}
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return temporal.NewNonRetryableApplicationError(string(coded.Code), string(coded.Code), nil)
	}
	log.Error("activity failed", append([]any{"error", err}, ids...)...)
	return temporal.NewApplicationError("the activity failed; the log says why", string(models.CodeInternal))
}

// signalled is the context of a control that came as a signal: whoever sent that did it.
func signalled(ctx context.Context) context.Context {
	return models.WithActor(ctx, models.Actor{Kind: models.ActorSignal, Name: "signal"})
}

// again asks Temporal to try the activity again after the delay. It is no fault: metrics and logs need not cry.
func again(code string, delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(code, code, temporal.ApplicationErrorOptions{
		NextRetryDelay: delay, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// longestRetry is the longest delay for which an activity stays with Temporal; for a longer one the contact's workflow
// waits, so that it shows what it waits for and hears signals.
const longestRetry = time.Minute

// exponential is 1, 2, 4 … seconds after the given number of failures in a row, 15 minutes at most.
func exponential(failures int) time.Duration {
	const longest = 15 * time.Minute
	if failures > 10 { //nolint:mnd // 2^10 seconds exceed the longest already
		return longest
	}
	return min(longest, time.Second<<max(0, failures-1))
}
