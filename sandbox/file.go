package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/libtnb/sqlite" // Its import of modernc.org/sqlite registers the driver, once for the whole binary.
)

// schemaVersion is raised with every change of the schema; a file of a later version is refused rather than guessed at.
const schemaVersion = 2

// schemaSQL makes a new data file, of version 1. Times are Unix milliseconds.
const schemaSQL = `
CREATE TABLE settings (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;

CREATE TABLE messages (
	seq            INTEGER PRIMARY KEY AUTOINCREMENT,
	id             TEXT NOT NULL UNIQUE,
	channel        TEXT NOT NULL,
	recipient      TEXT NOT NULL COLLATE NOCASE,
	sender         TEXT NOT NULL,
	reply_to       TEXT NOT NULL,
	subject        TEXT,
	text           TEXT,
	html           TEXT,
	headers        TEXT NOT NULL,
	voicemail_text TEXT,
	outreach_id    TEXT,
	provider_id    TEXT NOT NULL,
	status         TEXT NOT NULL,
	received_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_recipient ON messages (recipient);

CREATE TABLE replies (
	seq        INTEGER PRIMARY KEY AUTOINCREMENT,
	id         TEXT NOT NULL UNIQUE,
	message_id TEXT NOT NULL,
	text       TEXT,
	digits     TEXT,
	speech     TEXT,
	at         INTEGER NOT NULL
) STRICT;
CREATE INDEX replies_message ON replies (message_id);

CREATE TABLE callbacks (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	lane       TEXT NOT NULL,
	message_id TEXT NOT NULL,
	tries      INTEGER NOT NULL,
	due        INTEGER NOT NULL,
	body       TEXT NOT NULL
) STRICT;
CREATE INDEX callbacks_due ON callbacks (lane, due);
`

// schemaTwilioSQL raises a file to version 2. A resource is a text or a call as Twilio's API shows it; its state is JSON.
const schemaTwilioSQL = `
CREATE TABLE twilio_resources (
	seq        INTEGER PRIMARY KEY AUTOINCREMENT,
	sid        TEXT NOT NULL UNIQUE,
	kind       TEXT NOT NULL,
	message_id TEXT NOT NULL,
	recipient  TEXT NOT NULL,
	sender     TEXT NOT NULL,
	status     TEXT NOT NULL,
	done       INTEGER NOT NULL,
	started_at INTEGER,
	state      TEXT NOT NULL
) STRICT;
CREATE INDEX twilio_resources_recipient ON twilio_resources (kind, recipient);
CREATE INDEX twilio_resources_open ON twilio_resources (seq) WHERE done = 0;
CREATE INDEX callbacks_message ON callbacks (message_id);
`

// openFile opens the data file and makes its tables when it is new. One connection serves all: SQLite has one writer,
// and the sandbox's reads are short.
func openFile(ctx context.Context, path string) (*sql.DB, error) {
	// The file holds a private key and what people were sent. SQLite gives its companions the same mode.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's data file: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("make the sandbox's data file: %w", err)
	}

	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate"
	db, err := sql.Open(sqlite.DriverName, dsn)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's data file: %w", err)
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)

	if err := makeSchema(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the sandbox's data file: %w", err), db.Close())
	}

	return db, nil
}

// makeSchema creates the tables of a new file, adds what an older file lacks, and refuses a file of a later version.
func makeSchema(ctx context.Context, db *sql.DB) error {
	return inTransaction(ctx, db, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return fmt.Errorf("read the schema's version: %w", err)
		}
		steps := []string{schemaSQL, schemaTwilioSQL}
		if version < 0 || version > len(steps) {
			return fmt.Errorf("the file has schema version %d, this sandbox knows %d", version, schemaVersion)
		}
		for _, step := range steps[version:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("create the tables: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)); err != nil {
			return fmt.Errorf("note the schema's version: %w", err)
		}

		return nil
	})
}

// inTransaction runs work in one transaction and commits it, or undoes it when work fails.
func inTransaction(ctx context.Context, db *sql.DB, work func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := work(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}

		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}

	return nil
}

// readSetting returns a stored setting, or an empty string where there is none.
func readSetting(ctx context.Context, db *sql.DB, name string) (string, error) {
	var value string
	err := db.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}

	return value, nil
}

// writeSetting stores a setting durably.
func writeSetting(ctx context.Context, db *sql.DB, name, value string) error {
	_, err := db.ExecContext(ctx,
		"INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		name, value)
	if err != nil {
		return fmt.Errorf("write setting %s: %w", name, err)
	}

	return nil
}
