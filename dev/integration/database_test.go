package integration_test

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// onEachDatabase runs the test on SQLite, and on Postgres where $BECKON_TEST_POSTGRES_URL names a server on which databases
// may be made.
func onEachDatabase(t *testing.T, run func(t *testing.T, opts options)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		run(t, options{})
	})
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		if os.Getenv("BECKON_TEST_POSTGRES_URL") == "" {
			t.Skip("BECKON_TEST_POSTGRES_URL is not set")
		}
		run(t, options{database: newPostgres(t)})
	})
}

// newPostgres makes a database that ends with the test, and returns its URL.
func newPostgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("BECKON_TEST_POSTGRES_URL")
	db, err := sql.Open("pgx", server)
	require.NoError(t, err)
	suffix := make([]byte, 8)
	_, err = rand.Read(suffix)
	require.NoError(t, err)
	name := "beckon_integration_" + hex.EncodeToString(suffix)
	_, err = db.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, db.Close())
	})
	address, err := url.Parse(server)
	require.NoError(t, err)
	address.Path = "/" + name
	return address.String()
}

// rows looks into the stack's database beside the store, for what only a test wants to know.
type rows struct {
	t       *testing.T
	db      *sql.DB
	dialect string
}

func (s *stack) rows() *rows {
	s.t.Helper()
	driver, source, dialect := "pgx", s.config.DatabaseURL, "postgres"
	if path, ok := strings.CutPrefix(source, "sqlite:"); ok {
		driver, dialect = "sqlite", "sqlite"
		source = "file:" + path + "?_pragma=query_only(1)&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, db.Close()) })
	return &rows{t: s.t, db: db, dialect: dialect}
}

// alter changes Beckon's SQLite database behind its back, as nobody should.
func (s *stack) alter(query string) {
	s.t.Helper()
	path, ok := strings.CutPrefix(s.config.DatabaseURL, "sqlite:")
	require.True(s.t, ok)
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	require.NoError(s.t, err)
	_, err = db.ExecContext(s.t.Context(), query)
	require.NoError(s.t, err)
	require.NoError(s.t, db.Close())
}

// number reads one number.
func (r *rows) number(query string) int64 {
	r.t.Helper()
	var n int64
	require.NoError(r.t, r.db.QueryRowContext(r.t.Context(), query).Scan(&n), query)
	return n
}

// tables lists all tables.
func (r *rows) tables() []string {
	r.t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	if r.dialect == "postgres" {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
	}
	found, err := r.db.QueryContext(r.t.Context(), query)
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, found.Close()) }()
	names := []string{}
	for found.Next() {
		name := ""
		require.NoError(r.t, found.Scan(&name))
		names = append(names, name)
	}
	require.NoError(r.t, found.Err())
	return names
}

// dump is every row of every table.
func (r *rows) dump() map[string][]string {
	r.t.Helper()
	all := map[string][]string{}
	for _, table := range r.tables() {
		all[table] = r.table(table)
	}
	return all
}

// table is every row of a table as text, in the order of the text.
func (r *rows) table(name string) []string {
	r.t.Helper()
	found, err := r.db.QueryContext(r.t.Context(), fmt.Sprintf("SELECT * FROM %q", name)) //nolint:unqueryvet // a dump
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, found.Close()) }()
	columns, err := found.Columns()
	require.NoError(r.t, err)
	texts := []string{}
	for found.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(r.t, found.Scan(targets...))
		text := ""
		for i, value := range values {
			text += fmt.Sprintf("%s=%v ", columns[i], value)
		}
		texts = append(texts, text)
	}
	require.NoError(r.t, found.Err())
	slices.Sort(texts)
	return texts
}
