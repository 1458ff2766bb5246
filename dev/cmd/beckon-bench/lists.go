package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"beckon/models"
	"beckon/store"
	"beckon/store/crowd"
)

// listReport are the figures of one database.
type listReport struct {
	Database string     `json:"database"`
	Contacts int        `json:"contacts"`
	Rounds   int        `json:"rounds"`
	Reads    []readTime `json:"reads"`
}

// readTime is how long one thing that people ask for takes, through the store and by the same statements bare.
type readTime struct {
	Name    string  `json:"name"`
	P50     float64 `json:"millisP50"`
	P95     float64 `json:"millisP95"`
	BareP50 float64 `json:"bareMillisP50"`
	BareP95 float64 `json:"bareMillisP95"`
	Ratio   float64 `json:"ratio"` // of the medians
}

// read is one thing that people ask for.
type read struct {
	name string
	run  func(ctx context.Context) error
}

// crowdBench measures lists, counts, details and figures of a campaign of many on one database.
type crowdBench struct {
	db      *store.Store
	bare    *sql.DB
	id      string
	mu      sync.Mutex
	ran     []statement
	watch   bool
	advance time.Duration // of the store's clock, so that figures are computed and not kept
}

// statement is one that the store ran.
type statement struct {
	text   string
	values []any
}

// lists measures on SQLite, and on Postgres where a server is given.
func lists(ctx context.Context, contacts, rounds int, postgresURL string, report *report) error {
	dir, err := os.MkdirTemp("", "beckon-bench-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	addresses := map[string]string{"sqlite": "sqlite:" + filepath.Join(dir, "beckon.db")}
	if postgresURL != "" {
		addresses["postgres"] = postgresURL
	}
	for _, database := range []string{"sqlite", "postgres"} {
		if addresses[database] == "" {
			continue
		}
		result, err := listsOn(ctx, addresses[database], contacts, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		result.Database = database
		report.Lists = append(report.Lists, result)
	}
	return nil
}

// listsOn measures on one database, which is to be empty.
func listsOn(ctx context.Context, address string, contacts, rounds int) (result listReport, err error) {
	b := &crowdBench{}
	b.db, err = store.Open(ctx, store.Options{
		URL: address, Statements: b.note, Now: func() time.Time { return time.Now().Add(b.advance) },
	})
	if err != nil {
		return listReport{}, fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, b.db.Close()) }()
	if err := b.db.Migrate(ctx); err != nil {
		return listReport{}, fmt.Errorf("migrate: %w", err)
	}
	if b.bare, err = openBare(address); err != nil {
		return listReport{}, err
	}
	defer func() { err = errors.Join(err, b.bare.Close()) }()
	if err := b.fill(ctx, contacts); err != nil {
		return listReport{}, err
	}
	result = listReport{Contacts: contacts, Rounds: rounds}
	reads, err := b.reads(ctx)
	if err != nil {
		return listReport{}, err
	}
	for _, r := range reads {
		measured, err := b.measure(ctx, r, rounds)
		if err != nil {
			return listReport{}, fmt.Errorf("%s: %w", r.name, err)
		}
		result.Reads = append(result.Reads, measured)
	}
	return result, nil
}

// openBare opens the database without the store, by the drivers that the store has registered.
func openBare(address string) (*sql.DB, error) {
	driver, source := "pgx", address
	if path, is := cutPrefix(address, "sqlite:"); is {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

func cutPrefix(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || text[:len(prefix)] != prefix {
		return text, false
	}
	return text[len(prefix):], true
}

// fill makes a live campaign of many.
func (b *crowdBench) fill(ctx context.Context, contacts int) error {
	c := models.NewCampaign(models.CampaignFollowUp)
	c.Name, c.Objective = "Spring check-ups", "Invite patients to a check-up."
	c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText, models.ChannelPhone}
	c.Sender = models.Sender{
		BusinessName: "Example Clinic", FromName: "Example Clinic", FromEmail: "hello@clinic.example",
		FromPhone: "+12025550199", PostalAddress: "1 Main Street, Springfield",
	}
	c.ConsentBasis = new("attested")
	if err := b.db.CreateCampaign(ctx, c); err != nil {
		return fmt.Errorf("make campaign: %w", err)
	}
	if _, err := b.db.Control(ctx, c.ID, models.ControlGoLive, models.ControlOptions{}); err != nil {
		return fmt.Errorf("go live: %w", err)
	}
	b.id = c.ID
	if err := crowd.Fill(ctx, b.bare, b.db.Dialect(), c.ID, contacts); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	return nil
}

// note keeps a statement of the store.
func (b *crowdBench) note(text string, values []any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watch {
		b.ran = append(b.ran, statement{text, values})
	}
}

// measure runs the read and its bare statements in turn.
func (b *crowdBench) measure(ctx context.Context, r read, rounds int) (readTime, error) {
	b.watch, b.ran = true, nil
	if err := r.run(ctx); err != nil {
		return readTime{}, err
	}
	b.watch = false
	whole, bare := []float64{}, []float64{}
	for i := range rounds + 1 {
		began := time.Now()
		if err := r.run(ctx); err != nil {
			return readTime{}, err
		}
		took := time.Since(began)
		began = time.Now()
		if err := b.runBare(ctx); err != nil {
			return readTime{}, err
		}
		if i > 0 { // the first warms up what is prepared and cached
			whole, bare = append(whole, millis(took)), append(bare, millis(time.Since(began)))
		}
	}
	if len(b.ran) == 0 {
		return readTime{Name: r.name, P50: quantile(whole, 50), P95: quantile(whole, 95)}, nil // nothing was read at all
	}
	return readTime{
		Name: r.name, P50: quantile(whole, 50), P95: quantile(whole, 95), BareP50: quantile(bare, 50), BareP95: quantile(bare, 95),
		Ratio: quantile(whole, 50) / quantile(bare, 50),
	}, nil
}

// runBare runs the statements in one reading transaction, and reads all of their rows.
func (b *crowdBench) runBare(ctx context.Context) error {
	tx, err := b.bare.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, each := range b.ran {
		if err := drain(ctx, tx, each); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func drain(ctx context.Context, tx *sql.Tx, each statement) error {
	rows, err := tx.QueryContext(ctx, each.text, each.values...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	return nil
}

// reads are what people ask of a campaign of many.
func (b *crowdBench) reads(ctx context.Context) ([]read, error) {
	list := func(name string, filter models.ContactFilter) read {
		filter.CampaignID = b.id
		return read{name, func(ctx context.Context) error {
			_, _, err := b.db.Contacts(ctx, filter)
			return err
		}}
	}
	some, _, err := b.db.Contacts(ctx, models.ContactFilter{CampaignID: b.id})
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	next := 0
	far := models.Page{Number: 100, PerPage: models.DefaultPerPage}
	completed, reply, text := models.ContactCompleted, models.WaitReply, models.ChannelText
	return []read{
		list("list: first page", models.ContactFilter{}),
		list("list: page 100", models.ContactFilter{Page: far}),
		list("list: newest first", models.ContactFilter{Descending: true}),
		list("list: by name", models.ContactFilter{Sort: models.SortName}),
		list("list: by name, page 100", models.ContactFilter{Sort: models.SortName, Page: far}),
		list("list: by status, page 100", models.ContactFilter{Sort: models.SortStatus, Page: far}),
		list("list: latest outreach first", models.ContactFilter{Sort: models.SortLastOutreachAt, Descending: true}),
		list("list: one status", models.ContactFilter{Status: &completed}),
		list("list: one status, page 100", models.ContactFilter{Status: &completed, Page: far}),
		list("list: one waiting reason", models.ContactFilter{WaitingReason: &reply}),
		list("list: one channel", models.ContactFilter{Channel: &text}),
		list("list: one channel, page 100", models.ContactFilter{Channel: &text, Page: far}),
		list("list: search that finds few", models.ContactFilter{Search: crowd.RareName}),
		list("list: search that finds all", models.ContactFilter{Search: crowd.Domain}),
		list("list: search that finds none", models.ContactFilter{Search: "nobody at all"}),
		list("list: search that finds all, by name", models.ContactFilter{Search: crowd.Domain, Sort: models.SortName}),
		list("list: search in another script", models.ContactFilter{Search: "Jürgen"}),
		{"counts: progress", func(ctx context.Context) error {
			_, err := b.db.Progress(ctx, b.id)
			return err
		}},
		{"detail", func(ctx context.Context) error {
			next = (next + 1) % len(some)
			_, err := b.db.Contact(ctx, b.id, some[next].ID)
			return err
		}},
		{"review: first page", func(ctx context.Context) error {
			_, _, err := b.db.Review(ctx, models.ReviewFilter{})
			return err
		}},
		{"performance: added up anew", func(ctx context.Context) error {
			b.advance += time.Minute
			_, err := b.db.Performance(ctx, b.id, nil, nil)
			return err
		}},
		{"performance: as viewers get it", func(ctx context.Context) error {
			_, err := b.db.Performance(ctx, b.id, nil, nil)
			return err
		}},
	}, nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 } //nolint:mnd // milliseconds

// quantile is the value that so many per cent do not exceed.
func quantile(values []float64, percent int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)] //nolint:mnd // per cent
}
