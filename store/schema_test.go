package store_test

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm/schema"

	"beckon/models"
)

func schemaCases() []testCase {
	return []testCase{
		{"SchemaMatchesModels", testSchema},
		{"SchemaMigrateAgain", testMigrateAgain},
	}
}

// class is a kind of column, by what can be kept in it.
type class string

const (
	classText    class = "text"
	classID      class = "id"
	classInteger class = "integer"
	classBoolean class = "boolean"
	classTime    class = "time"
	classJSON    class = "json"
	classBytes   class = "bytes"
)

// column is what a test compares of a column.
type column struct {
	Class    class
	Nullable bool
}

// testSchema says that the migrated tables and the models have the same columns, of the same kind, and that a column may be
// null exactly where its field may be nil.
func testSchema(t *testing.T, b *bench) {
	t.Helper()

	tables := map[string]any{
		"campaigns": models.Campaign{}, "contacts": models.Contact{}, "outreaches": models.Outreach{},
		"outreach_versions": models.OutreachVersion{}, "events": models.Event{}, "releases": models.Release{},
		"replies": models.Reply{}, "suppressions": models.Suppression{}, "audit_records": models.AuditRecord{},
		"planner_calls": models.PlannerCall{}, "credential_refusals": models.CredentialRefusal{},
		"imports": models.Import{}, "email_imports": models.EmailImport{}, "import_errors": models.ImportError{}, "api_keys": models.APIKey{}, "idempotency_keys": models.IdempotencyKey{},
		"users": models.User{}, "sessions": models.Session{}, "one_time_links": models.Link{}, "sign_in_throttles": models.Throttle{},
		"installation_settings": models.Installation{}, "strangers": models.Stranger{}, "former_addresses": models.FormerAddress{},
	}
	for name, model := range tables {
		parsed, err := schema.Parse(model, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		require.Equal(t, name, parsed.Table)
		want := map[string]column{}
		for _, field := range parsed.Fields {
			want[field.DBName] = columnOf(field, b.db.Name())
		}
		require.Equal(t, want, b.columns(t, name), "table %s", name)
	}

	// Whatever table there is, a model is beside it or a file of SQL knows it alone.
	all, err := b.db.Migrator().GetTables()
	require.NoError(t, err)
	all = slices.DeleteFunc(all, func(name string) bool { return strings.HasPrefix(name, "sqlite_") || tables[name] != nil })
	require.ElementsMatch(t, []string{"campaign_intake", "signal_controls", "inbound_messages", "goose_db_version"}, all)
}

// columnOf is the column that a model's field wants.
func columnOf(field *schema.Field, dialect string) column {
	nullable := field.FieldType.Kind() == reflect.Pointer
	kind := field.IndirectFieldType
	c := column{Nullable: nullable}
	switch {
	case field.Serializer != nil:
		c.Class = classJSON
	case kind == reflect.TypeFor[time.Time]():
		c.Class = classTime
	case kind == reflect.TypeFor[[]byte]():
		c.Class = classBytes
	case kind.Kind() == reflect.Bool:
		c.Class = classBoolean
	case kind.Kind() == reflect.Int, kind.Kind() == reflect.Int64:
		c.Class = classInteger
	case kind.Kind() == reflect.String:
		c.Class = classText
	}
	isID := (field.DBName == "id" || strings.HasSuffix(field.DBName, "_id")) && kind.Kind() == reflect.String &&
		!slices.Contains([]string{"run_id", "provider_id"}, field.DBName) // those are others' ids
	if isID && dialect == "postgres" {
		c.Class = classID
	}
	if dialect == "sqlite" && c.Class == classJSON {
		c.Class = classText // SQLite has no type of its own for it
	}
	return c
}

// columns are those of the migrated table, without what it computes by itself.
func (b *bench) columns(t *testing.T, table string) map[string]column {
	t.Helper()
	rows := []struct {
		Name     string
		Type     string
		Required bool
	}{}
	query := `SELECT name, type, ("notnull" = 1 OR pk > 0) AS required FROM pragma_table_info(?)`
	if b.db.Name() == "postgres" {
		query = `SELECT column_name AS name, data_type AS type, is_nullable = 'NO' AS required
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ? AND is_generated = 'NEVER'`
	}
	require.NoError(t, b.db.Raw(query, table).Scan(&rows).Error)
	classes := map[string]class{
		"text": classText, "uuid": classID, "integer": classInteger, "bigint": classInteger, "boolean": classBoolean,
		"datetime": classTime, "timestamp with time zone": classTime, "jsonb": classJSON, "blob": classBytes, "bytea": classBytes,
	}
	columns := map[string]column{}
	for _, row := range rows {
		kind, known := classes[strings.ToLower(row.Type)]
		require.True(t, known, "table %s has a column of type %s", table, row.Type)
		columns[row.Name] = column{Class: kind, Nullable: !row.Required}
	}
	return columns
}

func testMigrateAgain(t *testing.T, b *bench) {
	t.Helper()

	migrated, err := b.Migrated(t.Context())
	require.NoError(t, err)
	require.True(t, migrated)
	require.NoError(t, b.Migrate(t.Context()))
}
