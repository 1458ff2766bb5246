package devstack

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long closed workflows can be looked at, the same in every installation of Beckon.
const retention = 30 * 24 * time.Hour

// sqlConfig opens the file with the one connection that SQLite writes best with.
//
// By default synchronous is FULL: each commit reaches the disk before the server answers, so that a loss of power takes
// nothing back that a client was told. NORMAL survives a killed process just as well, but not the loss of power; it was
// measured to carry 76 workflows of two activities a second where FULL carries 53.
func sqlConfig(file string, skipDiskSync bool) *config.SQL {
	synchronous := "full"
	if skipDiskSync {
		synchronous = "normal"
	}
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: escapedPath(file),
		MaxConns:     1,
		ConnectAttributes: map[string]string{
			"mode":               "rwc",
			"journal_mode":       "wal",
			"locking_mode":       "exclusive", // a second process fails at once instead of spoiling the file
			"synchronous":        synchronous,
			"cache_size":         "-65536", // KiB
			"temp_store":         "memory",
			"wal_autocheckpoint": "10000", // pages
			"busy_timeout":       "5000",  // ms
		},
	}
}

// storage is where the server keeps its data, and in how many shards.
type storage struct {
	main       *config.SQL
	visibility *config.SQL
	shards     int32
}

// prepare makes what the server keeps its data in, with its schema and Beckon's namespace, or leaves them as they are.
func prepare(opts TemporalOptions) (storage, error) {
	if opts.Postgres == "" {
		if err := prepareFile(opts.DataFile); err != nil {
			return storage{}, err
		}
		store := sqlConfig(opts.DataFile, opts.SkipDiskSync)
		return storage{main: store, visibility: store, shards: historyShards}, prepareNamespace(opts, store, opts.DataFile)
	}
	store, err := postgresConfig(opts.Postgres)
	if err != nil {
		return storage{}, err
	}
	if err := preparePostgres(store); err != nil {
		return storage{}, err
	}
	return storage{main: store, visibility: visibilityOf(store), shards: postgresShards},
		prepareNamespace(opts, store, store.DatabaseName)
}

// prepareFile makes the file with the server's schema. No schema change is ever applied to an existing file: a server with a
// newer schema wants a new one.
func prepareFile(file string) error {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := makeFile(file); err != nil {
			return fmt.Errorf("make temporal data file: %w", err)
		}
	} else if err != nil {
		return fmt.Errorf("temporal data file: %w", err)
	}
	return nil
}

// prepareNamespace makes Beckon's namespace, unless it is there.
func prepareNamespace(opts TemporalOptions, store *config.SQL, where string) error {
	attributes := make(map[string]enumspb.IndexedValueType, len(opts.SearchAttributes))
	for _, name := range opts.SearchAttributes {
		attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, Namespace, false, attributes)
	if err != nil {
		return fmt.Errorf("describe namespace: %w", err)
	}
	namespace.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(store, namespace); err != nil {
		return fmt.Errorf("make namespace (does another process use %s?): %w", where, err)
	}
	return nil
}

// makeFile sets the schema up under another name first: a process killed meanwhile leaves no half-made file behind. The
// other name is used once, since the server's package keeps every connection it ever opened, by name.
func makeFile(file string) error {
	scratch, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.new")
	if err != nil {
		return fmt.Errorf("make scratch file: %w", err)
	}
	if err := scratch.Close(); err != nil {
		return fmt.Errorf("close scratch file: %w", err)
	}

	// Without a write-ahead log everything is in the one file that is renamed.
	err = sqliteschema.SetupSchema(&config.SQL{
		PluginName:        sqlite.PluginName,
		DatabaseName:      escapedPath(scratch.Name()),
		ConnectAttributes: map[string]string{"mode": "rw", "journal_mode": "delete", "synchronous": "normal"},
	})
	if err == nil {
		err = os.Rename(scratch.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("set up schema: %w", err), os.Remove(scratch.Name()))
	}
	return nil
}

// escapedPath writes a path as SQLite's URIs want it.
func escapedPath(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}
