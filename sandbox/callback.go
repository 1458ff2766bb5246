package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// lane is a queue of callbacks to one place; lanes do not wait for each other.
type lane string

const (
	laneSendGridEvents  lane = "sendgrid_events"
	laneSendGridInbound lane = "sendgrid_inbound"
	laneTwilio          lane = "twilio"
	laneTwilioDetection lane = "twilio_detection"
)

// callback is one thing to tell Beckon about a message. It stays in the file until it was answered 2xx.
type callback struct {
	id        int64
	lane      lane
	messageID string
	// tries counts the answers other than 2xx that it got.
	tries int
	due   time.Time
	body  string
}

// courier delivers the callbacks of one lane, in batches, until each is answered 2xx. It may deliver one twice, as
// vendors do: after a crash between an answer and its removal from the queue.
type courier struct {
	db     *sql.DB
	logger *slog.Logger

	lane       lane
	maxBatch   int
	linger     time.Duration
	backoff    time.Duration
	backoffMax time.Duration
	post       poster
	// splits is set where a batch is taken or refused as a whole.
	splits bool
	// taken is told which callbacks were answered 2xx, if anybody wants to know.
	taken func(calls []callback)

	wakeUp chan struct{}
}

// errNotTaken says that a batch was answered, though not with a 2xx.
var errNotTaken = errors.New("callback not taken")

// wake tells the courier that there may be something to deliver.
func (c *courier) wake() {
	select {
	case c.wakeUp <- struct{}{}:
	default:
	}
}

// run delivers until the context ends.
func (c *courier) run(ctx context.Context) {
	// What is read or written while ctx ends is still whole.
	background := context.WithoutCancel(ctx)
	failures := 0
	for ctx.Err() == nil {
		batch, nextDue, err := c.nextBatch(background)
		if err == nil && len(batch) == 0 {
			c.waitForWork(ctx, nextDue)

			continue
		}
		if err == nil {
			err = c.deliver(ctx, background, batch)
		}

		switch {
		case err == nil || errors.Is(err, errNotTaken):
			failures = 0
			if len(batch) < c.maxBatch {
				pause(ctx, c.linger)
			}
		case ctx.Err() != nil:
		default:
			// Nobody answers: the whole lane waits, and no callback is held to have failed.
			failures++
			c.logger.WarnContext(ctx, "callbacks cannot be delivered", "lane", c.lane, "failures", failures)
			pause(ctx, c.wait(failures))
		}
	}
}

// waitForWork returns when there may be callbacks due, after lingering for more to share the request with.
func (c *courier) waitForWork(ctx context.Context, nextDue time.Time) {
	var due <-chan time.Time
	if !nextDue.IsZero() {
		timer := time.NewTimer(time.Until(nextDue))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-c.wakeUp:
		pause(ctx, c.linger)
	case <-due:
	}
}

// nextBatch returns callbacks that are due, or else when the next one is.
func (c *courier) nextBatch(ctx context.Context) ([]callback, time.Time, error) {
	batch, err := c.readDue(ctx)
	if err != nil || len(batch) > 0 {
		return batch, time.Time{}, err
	}

	var due sql.NullInt64
	err = c.db.QueryRowContext(ctx, "SELECT MIN(due) FROM callbacks WHERE lane = ?", c.lane).Scan(&due)
	if err != nil || !due.Valid {
		return nil, time.Time{}, wrap("read the next callback's time", err)
	}

	return nil, time.UnixMilli(due.Int64), nil
}

// readDue returns the callback that was due first, with others that were refused equally often. A batch that was refused
// as a whole is tried again in smaller parts, so that one bad event does not hold up the others for ever.
func (c *courier) readDue(ctx context.Context) (batch []callback, err error) {
	rows, err := c.db.QueryContext(ctx, `SELECT id, message_id, tries, body FROM callbacks
		WHERE lane = ?1 AND due <= ?2
			AND tries = (SELECT tries FROM callbacks WHERE lane = ?1 AND due <= ?2 ORDER BY due, id LIMIT 1)
		ORDER BY due, id LIMIT ?3`, c.lane, time.Now().UnixMilli(), c.maxBatch)
	if err != nil {
		return nil, fmt.Errorf("read callbacks: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		call := callback{lane: c.lane}
		if err := rows.Scan(&call.id, &call.messageID, &call.tries, &call.body); err != nil {
			return nil, fmt.Errorf("read a callback: %w", err)
		}
		batch = append(batch, call)
	}
	if len(batch) > 0 && c.splits {
		batch = batch[:min(len(batch), c.batchSize(batch[0].tries))]
	}

	return batch, wrap("read callbacks", rows.Err())
}

// batchSize is an eighth of the full size for every time that the callbacks were refused, and at last one.
func (c *courier) batchSize(tries int) int {
	const eighth = 3

	return max(1, c.maxBatch>>(eighth*min(tries, c.maxBatch)))
}

// deliver posts a batch and takes it off the queue, or postpones it when it was not taken.
func (c *courier) deliver(ctx, background context.Context, batch []callback) error {
	answer, err := c.post(ctx, batch)
	if err != nil {
		return err
	}
	if len(answer.taken) > 0 {
		_, err := c.db.ExecContext(background,
			"DELETE FROM callbacks WHERE id IN (SELECT value FROM json_each(?))", idList(answer.taken))
		if err != nil {
			return fmt.Errorf("take callbacks off the queue: %w", err)
		}
		if c.taken != nil {
			c.taken(answer.taken)
		}
	}
	if len(answer.refused) == 0 {
		return nil
	}

	tries := batch[0].tries + 1
	c.logger.WarnContext(ctx, "callbacks were not taken",
		"lane", c.lane, "status", answer.status, "count", len(answer.refused), "tries", tries)
	_, err = c.db.ExecContext(background,
		"UPDATE callbacks SET tries = ?, due = ? WHERE id IN (SELECT value FROM json_each(?))",
		tries, time.Now().Add(c.wait(tries)).UnixMilli(), idList(answer.refused))
	if err != nil {
		return fmt.Errorf("postpone callbacks: %w", err)
	}

	return errNotTaken
}

// idList is a JSON list of the callbacks' ids.
func idList(calls []callback) string {
	list := []byte{'['}
	for i, call := range calls {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, call.id, 10)
	}

	return string(append(list, ']'))
}

// wait is the pause after that many failures in a row.
func (c *courier) wait(failures int) time.Duration {
	wait := c.backoff
	for range failures - 1 {
		if wait >= c.backoffMax {
			break
		}
		wait *= 2
	}

	return min(wait, c.backoffMax)
}

// pause waits for that long, or until the context ends.
func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// wrap adds what was being done to an error, if there is one.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("%s: %w", doing, err)
}
