// Package store keeps Beckon's facts in Postgres or SQLite through gorm: versioned SQL migrations, one repository file a
// noun. Every transaction that decides something takes its locks in one order: campaign, campaign_intake, contacts by id,
// outreaches by id, addresses by their hashes.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"beckon/models"
)

// Dialect names a kind of database.
type Dialect string

// Dialects.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// Connections of a pool. SQLite has one writing connection, since it has one writer; its readers never wait for it (WAL).
const (
	maxPostgresConnections = 24
	maxSQLiteReaders       = 4
)

// Options says which database to open, and how.
type Options struct {
	// URL is `postgres://…`, or `sqlite:/path/to/file`.
	URL    string
	Logger *slog.Logger
	// UnconfirmedAfter is how long a claim in doubt waits for proof before its outreach is unknown. Default 15 min.
	UnconfirmedAfter time.Duration
	// Overdue is how long a change may stay unseen, or a wait contradict the database, before reconcile looks. Default
	// a minute.
	Overdue time.Duration
	// PlanMaxAge is the age from which a text of the AI that missed its slot is planned anew. Default 7 days.
	PlanMaxAge time.Duration
	// PlanPrice is what tokens cost; by default nothing.
	PlanPrice models.PlanPrice
	// Secret is the installation's: what stays of erased addresses is hashed with it. Without it nothing can be erased, and
	// what stays of addresses that were erased before is not known again.
	Secret *models.Secret
	// Now is the clock; by default time.Now.
	Now func() time.Time
	// Statements is told of every statement that reads for people (lists, figures, details), with its values, once it has
	// run. It is for benchmarks and tests of query plans: values are personal data, so it is nothing to log.
	Statements func(statement string, values []any)
}

// DefaultUnconfirmedAfter is BECKON_UNCONFIRMED_AFTER where it is not set.
const DefaultUnconfirmedAfter = 15 * time.Minute

// DefaultPlanMaxAge is BECKON_PLAN_MAX_AGE where it is not set.
const DefaultPlanMaxAge = 7 * 24 * time.Hour

// DefaultOverdue is Options.Overdue where it is not set.
const DefaultOverdue = time.Minute

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect          Dialect
	write            *gorm.DB
	read             *gorm.DB
	clock            func() time.Time
	unconfirmedAfter time.Duration
	overdue          time.Duration
	planMaxAge       time.Duration
	planPrice        models.PlanPrice
	secret           *models.Secret
	figures          keptFigures
	adds             addQueue
}

// Open opens the database; it does not migrate it. Errors: CodeInvalid for an URL that names no database.
func Open(ctx context.Context, options Options) (*Store, error) {
	s := &Store{
		clock: options.Now, unconfirmedAfter: options.UnconfirmedAfter, overdue: options.Overdue, planMaxAge: options.PlanMaxAge,
		planPrice: options.PlanPrice, secret: options.Secret,
	}
	if s.planMaxAge <= 0 {
		s.planMaxAge = DefaultPlanMaxAge
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.unconfirmedAfter <= 0 {
		s.unconfirmedAfter = DefaultUnconfirmedAfter
	}
	if s.overdue <= 0 {
		s.overdue = DefaultOverdue
	}
	var err error
	switch {
	case strings.HasPrefix(options.URL, "postgres://"), strings.HasPrefix(options.URL, "postgresql://"):
		err = s.openPostgres(options)
	case strings.HasPrefix(options.URL, "sqlite:"):
		err = s.openSQLite(options)
	default:
		return nil, models.Errorf(models.CodeInvalid, "the database URL begins neither with postgres:// nor with sqlite:")
	}
	if err != nil {
		return nil, err
	}
	if err := s.tellStatements(options.Statements); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.Ping(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// tellStatements has gorm tell of what it reads.
func (s *Store) tellStatements(tell func(statement string, values []any)) error {
	if tell == nil {
		return nil
	}
	told := func(db *gorm.DB) {
		if !db.DryRun { // a part of another statement
			tell(db.Statement.SQL.String(), slices.Clone(db.Statement.Vars))
		}
	}
	err := errors.Join(
		s.read.Callback().Query().After("gorm:query").Register("beckon:statements", told),
		s.read.Callback().Row().After("gorm:row").Register("beckon:statements", told),
	)
	if err != nil {
		return fmt.Errorf("watch statements: %w", err)
	}
	return nil
}

func (s *Store) openPostgres(options Options) error {
	s.dialect = Postgres
	db, err := gorm.Open(postgres.Open(options.URL), s.config(options.Logger))
	if err != nil {
		return fmt.Errorf("open postgres: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("open postgres: %w", err)
	}
	pool.SetMaxOpenConns(maxPostgresConnections)
	pool.SetMaxIdleConns(maxPostgresConnections)
	s.write, s.read = db, db
	return nil
}

func (s *Store) openSQLite(options Options) error {
	s.dialect = SQLite
	path := strings.TrimPrefix(options.URL, "sqlite:")
	open := func(connections int, pragmas string) (*gorm.DB, error) {
		name := (&url.URL{Scheme: "file", Opaque: path}).String()
		dsn := name + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)" + pragmas
		db, err := gorm.Open(sqlite.Open(dsn), s.config(options.Logger))
		if err != nil {
			return nil, fmt.Errorf("open sqlite: %w", err)
		}
		pool, err := db.DB()
		if err != nil {
			return nil, fmt.Errorf("open sqlite: %w", err)
		}
		pool.SetMaxOpenConns(connections)
		pool.SetMaxIdleConns(connections)
		return db, nil
	}
	var err error
	if s.write, err = open(1, "&_pragma=journal_mode(WAL)&_pragma=secure_delete(1)&_txlock=immediate"); err != nil {
		return err
	}
	s.read, err = open(maxSQLiteReaders, "&_pragma=query_only(1)")
	return err
}

// config is gorm's. Its log never shows parameters: they are personal data.
func (s *Store) config(log *slog.Logger) *gorm.Config {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &gorm.Config{
		SkipDefaultTransaction: true,
		// pgx keeps a connection's statements prepared by itself; database/sql, inside a transaction, would prepare anew.
		PrepareStmt:    s.dialect == SQLite,
		TranslateError: false,
		NowFunc:        s.now,
		Logger: logger.NewSlogLogger(log, logger.Config{
			SlowThreshold:             time.Second,
			LogLevel:                  logger.Warn,
			IgnoreRecordNotFoundError: true,
			ParameterizedQueries:      true,
		}),
	}
}

// now is the present in UTC, as precise as both databases keep it.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Dialect says what kind of database this is.
func (s *Store) Dialect() Dialect { return s.dialect }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	for _, db := range []*gorm.DB{s.write, s.read} {
		pool, err := db.DB()
		if err != nil {
			return fmt.Errorf("ping database: %w", err)
		}
		if err := pool.PingContext(ctx); err != nil {
			return fmt.Errorf("ping database: %w", err)
		}
	}
	return nil
}

// Close closes all connections.
func (s *Store) Close() error {
	var first error
	for _, db := range []*gorm.DB{s.write, s.read} {
		if db == nil {
			continue
		}
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		if err != nil && first == nil {
			first = fmt.Errorf("close database: %w", err)
		}
	}
	return first
}

// pool is the writing database/sql pool, for migrations.
func (s *Store) pool() (*sql.DB, error) {
	db, err := s.write.DB()
	if err != nil {
		return nil, fmt.Errorf("database pool: %w", err)
	}
	return db, nil
}
