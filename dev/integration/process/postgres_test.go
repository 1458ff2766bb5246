package process_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// newPostgresDatabase makes a database on the server of $BECKON_TEST_POSTGRES_URL, which is gone when the test ends, and
// returns its URL. Without the variable the test is skipped.
func newPostgresDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("BECKON_TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("BECKON_TEST_POSTGRES_URL is not set")
	}
	return postgresDatabases(t, server, "beckon_process_"+rand.Text(), "")
}

// newTemporalDatabases is newPostgresDatabase for Temporal, which wants two.
func newTemporalDatabases(t *testing.T) string {
	t.Helper()
	server := os.Getenv("BECKON_TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("BECKON_TEST_POSTGRES_URL is not set")
	}
	return postgresDatabases(t, server, "temporal_process_"+rand.Text(), "", "_visibility")
}

// postgresDatabases makes a database for each suffix of the name, and returns the URL of the one with the name alone.
func postgresDatabases(t *testing.T, server, name string, suffixes ...string) string {
	t.Helper()
	run := func(ctx context.Context, statement string) {
		admin, err := pgx.Connect(ctx, server)
		require.NoError(t, err)
		_, err = admin.Exec(ctx, statement)
		require.NoError(t, err)
		require.NoError(t, admin.Close(ctx))
	}
	for _, suffix := range suffixes {
		quoted := pgx.Identifier{name + suffix}.Sanitize()
		run(t.Context(), "CREATE DATABASE "+quoted)
		t.Cleanup(func() { run(context.WithoutCancel(t.Context()), "DROP DATABASE "+quoted+" WITH (FORCE)") })
	}
	parsed, err := url.Parse(server)
	require.NoError(t, err)
	parsed.Path = "/" + name
	return parsed.String()
}
