package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// maxGroup bounds how many deliveries share one commit, and so how long the first of them waits.
const maxGroup = 256

// The statements that store a delivery.
const (
	insertMessage = `INSERT INTO messages (id, channel, recipient, sender, reply_to, subject, text, html, headers,
		voicemail_text, outreach_id, provider_id, status, received_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	insertReply    = `INSERT INTO replies (id, message_id, text, digits, speech, at) VALUES (?,?,?,?,?,?)`
	insertCallback = `INSERT INTO callbacks (lane, message_id, tries, due, body) VALUES (?,?,0,?,?)`
)

// errStopping answers a delivery that came while the sandbox was being stopped; nothing of it was stored.
var errStopping = errors.New("the sandbox is stopping")

// delivery is all that one request leaves behind; it is stored whole or not at all.
type delivery struct {
	messages  []Message
	replies   []Reply
	callbacks []callback
	resources []resource
	progress  *callProgress
}

// pendingDelivery is a delivery with the place where its sender waits for the commit.
type pendingDelivery struct {
	delivery

	done chan error
}

// committer stores deliveries. Requests that arrive together share one commit, and with it one wait for the disk.
type committer struct {
	db    *sql.DB
	queue chan *pendingDelivery
	// ended is closed when run has returned: nothing more will be stored.
	ended chan struct{}
}

// newCommitter makes a committer for the file; run lets it work.
func newCommitter(db *sql.DB) *committer {
	return &committer{db: db, queue: make(chan *pendingDelivery, maxGroup), ended: make(chan struct{})}
}

// store returns once the delivery is on the disk, or says why it is not. It waits even when its client has gone: a
// vendor that has read a request goes through with it.
func (c *committer) store(d delivery) error {
	pending := &pendingDelivery{delivery: d, done: make(chan error, 1)}
	select {
	case c.queue <- pending:
	case <-c.ended:
		return errStopping
	}
	select {
	case err := <-pending.done:
		return err
	case <-c.ended:
	}
	// Either run answered it before it ended, or it was queued too late.
	select {
	case err := <-pending.done:
		return err
	default:
		return errStopping
	}
}

// run commits until the context ends, and then what is still queued.
func (c *committer) run(ctx context.Context, committed func(lanes map[lane]bool)) {
	defer close(c.ended)

	// The last deliveries are committed after ctx has ended.
	background := context.WithoutCancel(ctx)
	for {
		select {
		case first := <-c.queue:
			c.commitGroup(background, first, committed)
		case <-ctx.Done():
			for {
				select {
				case first := <-c.queue:
					c.commitGroup(background, first, committed)
				default:
					return
				}
			}
		}
	}
}

// commitGroup commits first and whatever is queued behind it in one transaction.
func (c *committer) commitGroup(ctx context.Context, first *pendingDelivery, committed func(lanes map[lane]bool)) {
	group := []*pendingDelivery{first}
	for more := true; more && len(group) < maxGroup; {
		select {
		case next := <-c.queue:
			group = append(group, next)
		default:
			more = false
		}
	}

	lanes := map[lane]bool{}
	err := inTransaction(ctx, c.db, func(tx *sql.Tx) error {
		for _, pending := range group {
			if err := insert(ctx, tx, pending.delivery, lanes); err != nil {
				return err
			}
		}

		return nil
	})
	for _, pending := range group {
		pending.done <- err
	}
	if err == nil && len(lanes) > 0 {
		committed(lanes)
	}
}

// insert writes one delivery and notes the lanes that its callbacks are for.
func insert(ctx context.Context, tx *sql.Tx, d delivery, lanes map[lane]bool) error {
	for i := range d.messages {
		message := &d.messages[i]
		headers, err := json.Marshal(message.Headers)
		if err != nil {
			return fmt.Errorf("encode headers: %w", err)
		}
		_, err = tx.ExecContext(ctx, insertMessage, message.ID, message.Channel, message.To,
			message.From, message.ReplyTo, message.Subject, message.Text, message.HTML, string(headers),
			message.VoicemailText, message.OutreachID, message.ProviderID, message.Status,
			message.ReceivedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("store message %s: %w", message.ID, err)
		}
	}
	for i := range d.resources {
		if err := insertResource(ctx, tx, &d.resources[i]); err != nil {
			return err
		}
	}
	if d.progress != nil {
		if there, err := updateCall(ctx, tx, d.progress); err != nil || !there {
			return err
		}
	}
	for _, reply := range d.replies {
		_, err := tx.ExecContext(ctx, insertReply, reply.ID, reply.messageID, reply.Text,
			reply.Digits, reply.Speech, reply.At.UnixMilli())
		if err != nil {
			return fmt.Errorf("store reply %s: %w", reply.ID, err)
		}
	}
	for _, call := range d.callbacks {
		_, err := tx.ExecContext(ctx, insertCallback, call.lane, call.messageID,
			call.due.UnixMilli(), call.body)
		if err != nil {
			return fmt.Errorf("queue a callback of message %s: %w", call.messageID, err)
		}
		lanes[call.lane] = true
	}

	return nil
}
