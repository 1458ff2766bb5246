package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Channel is a way to reach a contact.
type Channel string

// The channels that Beckon sends on.
const (
	ChannelEmail Channel = "email"
	ChannelText  Channel = "text"
	ChannelPhone Channel = "phone"
)

// Status is how a message ended, by the script of its recipient's address or number, or how far a call has come.
type Status string

// What becomes of a message.
const (
	StatusDelivered    Status = "delivered"
	StatusBounced      Status = "bounced"
	StatusBlocked      Status = "blocked"
	StatusReported     Status = "reported"
	StatusUnsubscribed Status = "unsubscribed"
	StatusUndelivered  Status = "undelivered"
)

// How far a call has come; the last five are ends.
const (
	StatusQueued     Status = "queued"
	StatusRinging    Status = "ringing"
	StatusInProgress Status = "in_progress"
	StatusCompleted  Status = "completed"
	StatusBusy       Status = "busy"
	StatusNoAnswer   Status = "no_answer"
	StatusFailed     Status = "failed"
	StatusCanceled   Status = "canceled"
)

// Message is what one recipient was sent.
type Message struct {
	ID      string  `json:"id"`
	Channel Channel `json:"channel"`
	// To and From are plain addresses or numbers.
	To   string `json:"to"`
	From string `json:"from"`
	// Subject, Text and HTML are null where the channel or the sender has none. A call's text is what was spoken to
	// whoever answered.
	Subject *string           `json:"subject"`
	Text    *string           `json:"text"`
	HTML    *string           `json:"html"`
	Headers map[string]string `json:"headers"`
	// ReplyTo is where an answer goes: the sender's reply addresses, with commas between, or the sender.
	ReplyTo string `json:"replyTo"`
	// VoicemailText is what a call leaves on an answering machine.
	VoicemailText *string `json:"voicemailText"`
	// Segments is in how many parts a text travels; null for anything else.
	Segments *int `json:"segments"`
	// OutreachID is Beckon's own id of the outreach, which travels with the message and all its callbacks.
	OutreachID *string `json:"outreachId"`
	// ProviderID is the id that the vendor's answer gave; the recipients of one request share it.
	ProviderID string `json:"providerId"`
	Status     Status `json:"status"`
	// ReceivedAt is in UTC.
	ReceivedAt time.Time `json:"receivedAt"`
	Replies    []Reply   `json:"replies"`
}

// Reply is a contact's answer to a message: a text, or on the phone keys or spoken words.
type Reply struct {
	ID     string    `json:"id"`
	Text   *string   `json:"text"`
	Digits *string   `json:"digits"`
	Speech *string   `json:"speech"`
	At     time.Time `json:"at"`

	messageID string
}

// messageFilter narrows a list of messages; zero fields do not.
type messageFilter struct {
	channel Channel
	to      string
	// search is part of an address, a number, a subject or a text, in any case.
	search string
}

// where renders the filter as SQL.
func (f messageFilter) where() (string, []any) {
	var (
		terms []string
		args  []any
	)
	if f.channel != "" {
		terms, args = append(terms, "channel = ?"), append(args, f.channel)
	}
	if f.to != "" {
		terms, args = append(terms, "recipient = ?"), append(args, f.to)
	}
	if f.search != "" {
		const columns = 4
		terms = append(terms, `(recipient LIKE ? ESCAPE '\' OR sender LIKE ? ESCAPE '\' OR subject LIKE ? ESCAPE '\' OR text LIKE ? ESCAPE '\')`)
		part := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.search) + "%"
		for range columns {
			args = append(args, part)
		}
	}
	if len(terms) == 0 {
		return "", nil
	}

	return " WHERE " + strings.Join(terms, " AND "), args
}

const messageColumns = `seq, id, channel, recipient, sender, reply_to, subject, text, html, headers, voicemail_text,
	outreach_id, provider_id, status, received_at`

// listMessages returns a page of messages, the newest first, and how many there are in all.
func listMessages(ctx context.Context, db *sql.DB, filter messageFilter, limit, offset int) ([]Message, int, error) {
	where, args := filter.where()

	var total int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM messages"+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count messages: %w", err)
	}

	// Only fixed text and place-holders are joined here.
	query := "SELECT " + messageColumns + " FROM messages" + where + " ORDER BY seq DESC LIMIT ? OFFSET ?"
	messages, err := queryMessages(ctx, db, query, append(args, limit, offset)...)
	if err != nil {
		return nil, 0, err
	}

	return messages, total, nil
}

// findMessage returns the message with that id, and whether there is one.
func findMessage(ctx context.Context, db *sql.DB, id string) (Message, bool, error) {
	messages, err := queryMessages(ctx, db, "SELECT "+messageColumns+" FROM messages WHERE id = ?", id)
	if err != nil || len(messages) == 0 {
		return Message{}, false, err
	}

	return messages[0], true, nil
}

// queryMessages reads messages with their replies, one after the other: there is one connection.
func queryMessages(ctx context.Context, db *sql.DB, query string, args ...any) ([]Message, error) {
	messages, err := readMessages(ctx, db, query, args...)
	if err != nil {
		return nil, err
	}
	if err := attachReplies(ctx, db, messages); err != nil {
		return nil, err
	}

	return messages, nil
}

// readMessages reads messages without their replies.
func readMessages(ctx context.Context, db *sql.DB, query string, args ...any) (messages []Message, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	messages = []Message{}
	for rows.Next() {
		message, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}

	return messages, wrap("read messages", rows.Err())
}

// scanMessage reads one row of messageColumns.
func scanMessage(rows *sql.Rows) (Message, error) {
	var (
		message    Message
		seq        int64
		headers    string
		receivedAt int64
	)
	err := rows.Scan(&seq, &message.ID, &message.Channel, &message.To, &message.From, &message.ReplyTo,
		&message.Subject, &message.Text, &message.HTML, &headers, &message.VoicemailText,
		&message.OutreachID, &message.ProviderID, &message.Status, &receivedAt)
	if err != nil {
		return Message{}, fmt.Errorf("read a message: %w", err)
	}
	if err := json.Unmarshal([]byte(headers), &message.Headers); err != nil {
		return Message{}, fmt.Errorf("read the headers of message %s: %w", message.ID, err)
	}
	if message.Channel == ChannelText && message.Text != nil {
		count := segments(*message.Text)
		message.Segments = &count
	}
	message.ReceivedAt = time.UnixMilli(receivedAt).UTC()
	message.Replies = []Reply{}

	return message, nil
}

// attachReplies fills in the replies of the given messages.
func attachReplies(ctx context.Context, db *sql.DB, messages []Message) (err error) {
	position := make(map[string]int, len(messages))
	ids := make([]string, len(messages))
	for i, message := range messages {
		position[message.ID], ids[i] = i, message.ID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("list message ids: %w", err)
	}

	rows, err := db.QueryContext(ctx, `SELECT id, message_id, text, digits, speech, at FROM replies
		WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY seq`, string(list))
	if err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			reply Reply
			at    int64
		)
		if err := rows.Scan(&reply.ID, &reply.messageID, &reply.Text, &reply.Digits, &reply.Speech, &at); err != nil {
			return fmt.Errorf("read a reply: %w", err)
		}
		reply.At = time.UnixMilli(at).UTC()
		message := &messages[position[reply.messageID]]
		message.Replies = append(message.Replies, reply)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read replies: %w", err)
	}

	return nil
}

// deleteMessages empties the sandbox: messages, replies and the callbacks that they still would have caused.
func deleteMessages(ctx context.Context, db *sql.DB) error {
	return inTransaction(ctx, db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			"DELETE FROM callbacks; DELETE FROM replies; DELETE FROM messages; DELETE FROM twilio_resources;")
		if err != nil {
			return fmt.Errorf("delete messages: %w", err)
		}

		return nil
	})
}

// Stats counts what the sandbox holds.
type Stats struct {
	Messages int `json:"messages"`
	// Addresses is the number of different recipients; fewer than Messages means that somebody got several.
	Addresses int `json:"addresses"`
	// CallbacksPending counts callbacks that have not been answered 2xx yet.
	CallbacksPending int `json:"callbacksPending"`
}

// countAll reads the Stats.
func countAll(ctx context.Context, db *sql.DB) (Stats, error) {
	var stats Stats
	err := db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM messages),
		(SELECT COUNT(*) FROM (SELECT DISTINCT recipient FROM messages)),
		(SELECT COUNT(*) FROM callbacks)`).Scan(&stats.Messages, &stats.Addresses, &stats.CallbacksPending)
	if err != nil {
		return Stats{}, fmt.Errorf("count messages: %w", err)
	}

	return stats, nil
}
