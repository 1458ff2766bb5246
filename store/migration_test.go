package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
)

// TestMigrationsOnlyAdd holds the rule by which the old and the new binary both work on a schema that is migrated under them:
// a migration adds tables, indexes, and columns that may be left out of an INSERT, and nothing that was there changes its
// name, its kind or what it takes. Each is undone and done again, and what is there before and after is compared.
func TestMigrationsOnlyAdd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d dialect) {
		t.Helper()
		db := look(t, d.url(t))
		pool, err := db.DB()
		require.NoError(t, err)
		kind := goose.DialectSQLite3
		if d.name == "postgres" {
			kind = goose.DialectPostgres
		}
		provider, err := goose.NewProvider(kind, pool, os.DirFS(filepath.Join("migrations", d.name)))
		require.NoError(t, err)
		_, err = provider.DownTo(t.Context(), 1)
		require.NoError(t, err)

		b := &bench{db: db}
		before := b.snapshot(t)
		require.NotEmpty(t, before.columns["contacts"])
		for _, source := range provider.ListSources()[1:] {
			_, err := provider.UpByOne(t.Context())
			require.NoError(t, err)
			after := b.snapshot(t)
			require.Empty(t, breaks(before, after), filepath.Base(source.Path))
			before = after
		}
	})
}

// TestMigrationAhead has a binary meet a schema that a newer one has migrated: it goes on, and leaves it alone.
func TestMigrationAhead(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d dialect) {
		t.Helper()
		b := d.open(t)
		require.NoError(t, b.db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, ?)", true).Error)
		migrated, err := b.Migrated(t.Context())
		require.NoError(t, err)
		require.True(t, migrated)
		require.NoError(t, b.Migrate(t.Context()))
	})
}

// field is a column as a writer sees it.
type field struct {
	Type       string
	Required   bool
	HasDefault bool
}

// snapshot is what a schema demands of those who write.
type snapshot struct {
	columns map[string]map[string]field // by table
	demands map[string]demand           // unique indexes, constraints and triggers by their definition
}

// demand is an index, constraint or trigger that may refuse what is written.
type demand struct {
	Table      string
	Definition string
}

// breaks are what a migration does to those who know only the schema before it.
func breaks(before, after snapshot) []string {
	found, added := []string{}, map[string][]string{}
	for table, columns := range before.columns {
		for name, was := range columns {
			if is, there := after.columns[table][name]; !there || is != was {
				found = append(found, table+"."+name+" is dropped or changed")
			}
		}
		for name, is := range after.columns[table] {
			if _, old := columns[name]; old {
				continue
			}
			added[table] = append(added[table], name)
			if is.Required && !is.HasDefault {
				found = append(found, table+"."+name+" must be given")
			}
		}
	}
	for key, asked := range after.demands {
		_, old := before.demands[key]
		_, oldTable := before.columns[asked.Table]
		if old || !oldTable {
			continue
		}
		// An old binary leaves the new columns out, so a demand on these is none on what it writes.
		names := added[asked.Table]
		if len(names) == 0 || !regexp.MustCompile(`\b(`+strings.Join(names, "|")+`)\b`).MatchString(asked.Definition) {
			found = append(found, "it asks for more: "+asked.Definition)
		}
	}
	return found
}

// snapshot reads the present schema.
func (b *bench) snapshot(t *testing.T) snapshot {
	t.Helper()
	columns := []struct {
		field

		Table string
		Name  string
	}{}
	demands := []demand{}
	query, demanding := `SELECT m.name AS "table", p.name, p.type, p."notnull" = 1 AS required, p.dflt_value IS NOT NULL AS has_default
		FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`,
		`SELECT tbl_name AS "table", sql AS definition FROM sqlite_master
		WHERE type = 'trigger' OR type = 'index' AND sql LIKE 'CREATE UNIQUE%'`
	if b.db.Name() == "postgres" {
		query = `SELECT table_name AS "table", column_name AS name, data_type AS type, is_nullable = 'NO' AS required,
			column_default IS NOT NULL OR is_identity = 'YES' OR is_generated <> 'NEVER' AS has_default
			FROM information_schema.columns WHERE table_schema = 'public'`
		demanding = `SELECT tablename AS "table", indexdef AS definition FROM pg_indexes
				WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'
			UNION SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
				WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'x')
			UNION SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal`
	}
	require.NoError(t, b.db.Raw(query).Scan(&columns).Error)
	require.NoError(t, b.db.Raw(demanding).Scan(&demands).Error)
	s := snapshot{columns: map[string]map[string]field{}, demands: map[string]demand{}}
	for _, c := range columns {
		if s.columns[c.Table] == nil {
			s.columns[c.Table] = map[string]field{}
		}
		s.columns[c.Table][c.Name] = c.field
	}
	spaces := regexp.MustCompile(`\s+`)
	for _, d := range demands {
		d.Definition = spaces.ReplaceAllString(d.Definition, " ")
		s.demands[d.Table+" "+d.Definition] = d
	}
	require.NotEmpty(t, s.demands)
	return s
}

// TestBreaks has the comparison find what an old binary would not survive.
func TestBreaks(t *testing.T) {
	t.Parallel()
	base := func() snapshot {
		return snapshot{
			columns: map[string]map[string]field{"contacts": {"email": {Type: "text"}, "id": {Type: "uuid", Required: true}}},
			demands: map[string]demand{},
		}
	}
	for name, change := range map[string]func(s *snapshot){
		"drops a table":     func(s *snapshot) { delete(s.columns, "contacts") },
		"drops a column":    func(s *snapshot) { delete(s.columns["contacts"], "email") },
		"changes a kind":    func(s *snapshot) { s.columns["contacts"]["email"] = field{Type: "bytea"} },
		"makes it required": func(s *snapshot) { s.columns["contacts"]["email"] = field{Type: "text", Required: true} },
		"adds a required column without a default": func(s *snapshot) {
			s.columns["contacts"]["zone"] = field{Type: "text", Required: true}
		},
		"makes an old column unique": func(s *snapshot) {
			s.columns["contacts"]["zone"] = field{Type: "text"}
			s.demands["u"] = demand{Table: "contacts", Definition: "CREATE UNIQUE INDEX u ON contacts (email)"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := base()
			require.Empty(t, breaks(base(), after))
			change(&after)
			require.NotEmpty(t, breaks(base(), after))
		})
	}
}
