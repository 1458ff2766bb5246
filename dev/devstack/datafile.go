package devstack

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
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
// synchronous is FULL: each commit reaches the disk before the server answers, so that loss of power takes nothing back
// that a client was told. NORMAL would survive a crash of the process just as well and loses the last commits only with
// the machine.
func sqlConfig(file string) *config.SQL {
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: (&url.URL{Path: file}).EscapedPath(),
		MaxConns:     1,
		ConnectAttributes: map[string]string{
			"mode":               "rwc",
			"journal_mode":       "wal",
			"locking_mode":       "exclusive", // a second process fails at once instead of spoiling the file
			"synchronous":        "full",
			"cache_size":         "-65536", // KiB
			"temp_store":         "memory",
			"wal_autocheckpoint": "10000", // pages
			"busy_timeout":       "5000",  // ms
		},
	}
}

// prepareFile makes the file with the server's schema and Beckon's namespace, or leaves them as they are. No schema
// change is ever applied to an existing file: a server with a newer schema wants a new one.
func prepareFile(file string, searchAttributes []string) error {
	cfg := sqlConfig(file)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := sqliteschema.SetupSchema(cfg); err != nil {
			return fmt.Errorf("make temporal data file: %w", err)
		}
	} else if err != nil {
		return fmt.Errorf("temporal data file: %w", err)
	}

	attributes := make(map[string]enumspb.IndexedValueType, len(searchAttributes))
	for _, name := range searchAttributes {
		attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, Namespace, false, attributes)
	if err != nil {
		return fmt.Errorf("describe namespace: %w", err)
	}
	namespace.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(cfg, namespace); err != nil {
		return fmt.Errorf("make namespace (does another process use the file?): %w", err)
	}
	return nil
}
