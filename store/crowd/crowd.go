// Package crowd fills a campaign with as many contacts as a benchmark or a test of query plans wants, by SQL alone: the
// store's own ways would take minutes for what takes seconds here. What it writes is what a follow-up campaign by e-mail,
// text and phone looks like after some weeks; no personal data is real.
package crowd

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"beckon/store"
)

// Words that a list of the contacts can be searched for.
const (
	// RareName is the last name of one contact in two thousand.
	RareName = "Quillfeather"
	// Domain is that of every contact's e-mail address.
	Domain = "crowd.example"
)

// Begin is when the first contact was added.
func Begin() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

// Fill gives a campaign that is live so many contacts, with their outreaches, plans, events and replies. A database takes
// one such campaign.
func Fill(ctx context.Context, db *sql.DB, dialect store.Dialect, campaignID string, contacts int) error {
	f := filler{dialect: dialect, campaignID: campaignID, contacts: contacts}
	for _, statement := range []string{f.contactRows(), f.claimed(), f.open(), f.versions(), f.events(), f.replies()} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("fill campaign %s: %w", campaignID, err)
		}
	}
	if dialect != store.Postgres {
		return nil
	}
	// Postgres' own daemon does that sooner or later; SQLite has none.
	for _, table := range []string{"contacts", "outreaches", "outreach_versions", "events", "replies"} {
		if _, err := db.ExecContext(ctx, "VACUUM (ANALYZE) "+table); err != nil {
			return fmt.Errorf("analyze %s: %w", table, err)
		}
	}
	return nil
}

// filler writes the statements in the words of its dialect. Of contact i, k = i mod 20 says how it stands and j = i ÷ 20
// varies the rest.
type filler struct {
	dialect    store.Dialect
	campaignID string
	contacts   int
}

// Tables that ids are made for.
const (
	ofContacts = iota + 1
	ofOutreaches
	ofEvents
	ofReplies
)

// id is a UUID made of a number.
func (f filler) id(table int, number string) string {
	if f.dialect == store.SQLite {
		return fmt.Sprintf("printf('0190a1b2-%04x-7000-8000-%%012x', %s)", table, number)
	}
	return fmt.Sprintf("('0190a1b2-%04x-7000-8000-' || lpad(to_hex(%s), 12, '0'))::uuid", table, number)
}

// at is a time, in seconds from the beginning.
func (f filler) at(seconds string) string {
	begin := Begin().Format(time.DateTime)
	if f.dialect == store.SQLite {
		return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%S', '%s', (%s) || ' seconds') || '+00:00'", begin, seconds)
	}
	return fmt.Sprintf("timestamptz '%s+00' + (%s) * interval '1 second'", begin, seconds)
}

// campaign is the campaign's id as a value.
func (f filler) campaign() string {
	if f.dialect == store.SQLite {
		return "'" + f.campaignID + "'"
	}
	return "'" + f.campaignID + "'::uuid"
}

// people is the beginning of each statement: contacts with their numbers.
func (f filler) people() string {
	return fmt.Sprintf(`WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < %d),
		people AS (SELECT i, i %% 20 AS k, i / 20 AS j, CASE
			WHEN i %% 20 <= 8 THEN 1 + i / 20 %% 3 WHEN i %% 20 IN (9, 10, 12, 19) THEN 1
			WHEN i %% 20 IN (13, 14) THEN 1 + i / 20 %% 2 ELSE 0 END AS attempts FROM numbers)
		`, f.contacts)
}

func (f filler) contactRows() string {
	first := `CASE j % 8 WHEN 0 THEN 'Ada' WHEN 1 THEN 'Bruno' WHEN 2 THEN 'Chen' WHEN 3 THEN 'Dilek' WHEN 4 THEN 'Emeka'
		WHEN 5 THEN 'Freya' WHEN 6 THEN 'Gita' ELSE 'Hugo' END || (i % 97)`
	last := `CASE WHEN i % 2000 = 1999 THEN '` + RareName + `' WHEN j % 3 = 0 THEN 'Okafor' WHEN j % 3 = 1 THEN 'Lindqvist'
		ELSE 'Moreau' END || (i % 89)`
	return "INSERT INTO contacts (id, campaign_id, first_name, last_name, email, phone, properties, source_kind, status, " +
		`status_reason, attempts, unconfirmed, waiting_reason, waiting_until, waiting_detail, waiting_since,
		waiting_settings_revision, planner_failures, status_note, last_outreach_at, last_outcome, revision, seen_revision,
		revised_at, taken_batch, taken_at, run_id, reconcile_after, reconcile_tries, added_at, finished_at, created_at, updated_at)
		` + f.people() + `SELECT ` + f.id(ofContacts, "i") + `, ` + f.campaign() + `, ` + first + `, ` + last + `,
		'person' || i || '@` + Domain + `', '+1202' || (1000000 + i), '{"membership":"gold"}', 'csv',
		CASE WHEN k <= 8 THEN 'completed' WHEN k <= 10 THEN 'disqualified' WHEN k <= 12 THEN 'planning'
			WHEN k <= 15 THEN 'awaiting_execution' WHEN k = 16 THEN 'awaiting_approval' WHEN k = 17 THEN 'executing'
			WHEN k = 18 THEN 'not_started' ELSE 'disabled' END,
		CASE WHEN k <= 8 THEN 'attempts_used' WHEN k = 9 THEN 'opted_out' WHEN k = 10 THEN 'unreachable' END,
		attempts, k <= 8 AND j % 50 = 0,
		CASE k WHEN 11 THEN 'planner' WHEN 12 THEN 'reply' WHEN 13 THEN 'next_attempt' WHEN 14 THEN 'next_attempt'
			WHEN 15 THEN 'window' WHEN 16 THEN 'approval' WHEN 19 THEN 'disabled' END,
		CASE WHEN k BETWEEN 12 AND 15 THEN ` + f.at("i / 50 + 2592000") + ` END, '', ` + f.at("i / 50") + `,
		1, 0, '', CASE WHEN attempts > 0 THEN ` + f.at("i / 50 + attempts * 172800") + ` END,
		CASE WHEN attempts > 0 THEN 'delivered' END, 1, 1, ` + f.at("i / 50") + `,
		CASE WHEN k <> 18 THEN 'batch' END, CASE WHEN k <> 18 THEN ` + f.at("i / 50") + ` END,
		CASE WHEN k <> 18 THEN 'run' END, ` + f.at("i / 50") + `, 0, ` + f.at("i / 50") + `,
		CASE WHEN k <= 10 THEN ` + f.at("i / 50 + 2592000") + ` END, ` + f.at("i / 50") + `, ` + f.at("i / 50") + `
		FROM people`
}

const outreachColumns = `INSERT INTO outreaches (id, campaign_id, contact_id, attempt, channel, resend, state, send_at, time_set,
	version, edited, claim_token, claimed_at, address, provider_id, accepted_at, outcome, failures, created_at, updated_at)
	`

// claimed are the outreaches that were sent: e-mail, then text, then phone.
func (f filler) claimed() string {
	number := "i * 4 + a"
	return outreachColumns + f.people() + `, tries (a) AS (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3),
		sent AS (SELECT i, j, k, a, CASE a WHEN 1 THEN 'email' WHEN 2 THEN 'text' ELSE 'phone' END AS channel,
			CASE (j + a) % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'unknown' WHEN 2 THEN 'accepted' ELSE 'delivered' END AS state
			FROM people JOIN tries ON a <= attempts)
		SELECT ` + f.id(ofOutreaches, number) + `, ` + f.campaign() + `, ` + f.id(ofContacts, "i") + `, a, channel, 0, state,
		` + f.at("i / 50 + a * 172800") + `, j < 0, 1, j < 0, 'token', ` + f.at("i / 50 + a * 172800") + `,
		'person' || i || '@` + Domain + `', 'message-' || (i * 4 + a), ` + f.at("i / 50 + a * 172800 + 1") + `,
		CASE WHEN state = 'failed' AND a = 1 THEN 'bounced' WHEN state = 'failed' THEN 'failed'
			WHEN k = 9 THEN 'opted_out' WHEN k = 12 THEN 'replied' WHEN state <> 'delivered' THEN NULL
			WHEN a = 1 AND j % 10 = 4 THEN 'clicked' WHEN a = 1 AND j % 10 > 4 THEN 'opened' ELSE 'delivered' END,
		0, ` + f.at("i / 50") + `, ` + f.at("i / 50") + ` FROM sent`
}

// open are the outreaches that are planned, and some that are being submitted.
func (f filler) open() string {
	return outreachColumns + f.people() + `SELECT ` + f.id(ofOutreaches, "i * 4") + `, ` + f.campaign() + `, ` +
		f.id(ofContacts, "i") + `, attempts + 1, CASE j % 2 WHEN 0 THEN 'email' ELSE 'text' END, 0,
		CASE k WHEN 17 THEN 'submitting' ELSE 'planned' END, ` + f.at("2592000 + i * 7919 % 100000") + `, j < 0, 1, j < 0,
		CASE k WHEN 17 THEN 'token' END, CASE k WHEN 17 THEN ` + f.at("2592000") + ` END,
		CASE k WHEN 17 THEN 'person' || i || '@` + Domain + `' END` + strings.Repeat(", NULL", 3) + `, 0, ` + f.at("i / 50") + `, ` +
		f.at("i / 50") + ` FROM people WHERE k BETWEEN 13 AND 17`
}

// versions are the plans of all outreaches.
func (f filler) versions() string {
	return `INSERT INTO outreach_versions (outreach_id, version, subject, body, reason, author, model, prompt_tokens,
		completion_tokens, created_at)
		SELECT id, 1, 'Your check-up', 'Hello, ` + fmt.Sprintf("%0300d", 0) + `', 'The next attempt.', 'ai', 'model', 900, 120,
		created_at FROM outreaches WHERE campaign_id = ` + f.campaign()
}

// events are what providers reported of the outreaches.
func (f filler) events() string {
	number := `CAST(substr(provider_id, 9) AS integer) * 4`
	of := func(kind, place, where string) string {
		return `SELECT ` + f.id(ofEvents, number+" + "+place) + `, id, '` + kind + `', claimed_at, '` + kind + `', claimed_at
			FROM outreaches WHERE campaign_id = ` + f.campaign() + ` AND provider_id IS NOT NULL AND ` + where
	}
	return `INSERT INTO events (id, outreach_id, type, at, dedupe_key, created_at)
		` + of("delivered", "0", "state = 'delivered'") + ` UNION ALL ` +
		of("opened", "1", "outcome IN ('opened', 'clicked')") + ` UNION ALL ` +
		of("clicked", "2", "outcome = 'clicked'") + ` UNION ALL ` +
		of("bounced", "3", "outcome = 'bounced'")
}

// replies are what contacts answered to their first outreach.
func (f filler) replies() string {
	return `INSERT INTO replies (id, campaign_id, contact_id, outreach_id, channel, at, text, opt_out, created_at)
		` + f.people() + `SELECT ` + f.id(ofReplies, "i") + `, ` + f.campaign() + `, ` + f.id(ofContacts, "i") + `, ` +
		f.id(ofOutreaches, "i * 4 + 1") + `, 'email', ` + f.at("i / 50 + 172800 + 3600") + `, 'Thank you.', k = 9,
		` + f.at("i / 50 + 172800 + 3600") + ` FROM people WHERE k IN (9, 12)`
}
