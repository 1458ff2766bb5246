package devstack

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

// What the server keeps in Postgres, as docker-compose.yml has it too: two databases, with a schema each.
const (
	mainSchema       = "postgresql/v12/temporal"
	visibilitySchema = "postgresql/v12/visibility"
	visibilitySuffix = "_visibility"
	// maintenance is the database that every Postgres has, from which others are made.
	maintenance = "postgres"
	// postgresConns is of each of the four services, for each of the two databases.
	postgresConns = 10
	// postgresShards is stored with the data and cannot be changed for it.
	postgresShards = 4
)

// errPostgresURL is what a URL is told that does not say where to keep what.
var errPostgresURL = errors.New("temporal's database: no postgres://user@host:port/database URL")

// postgresConfig reads a URL. Its database is the server's main one; what the Web UI's lists are made of has the same name
// with `_visibility` behind it.
func postgresConfig(databaseURL string) (*config.SQL, error) {
	parsed, err := url.Parse(databaseURL)
	if err != nil {
		return nil, errPostgresURL // what cannot be read may hold a password
	}
	name := strings.TrimPrefix(parsed.Path, "/")
	if !strings.HasPrefix(parsed.Scheme, "postgres") || parsed.Host == "" || name == "" {
		return nil, errPostgresURL
	}
	address := parsed.Host
	if parsed.Port() == "" {
		address = net.JoinHostPort(parsed.Hostname(), "5432")
	}
	attributes := map[string]string{}
	for name, values := range parsed.Query() {
		attributes[name] = values[0]
	}
	password, _ := parsed.User.Password()
	return &config.SQL{
		PluginName: postgresql.PluginNamePGX, ConnectProtocol: "tcp", ConnectAddr: address, DatabaseName: name,
		User: parsed.User.Username(), Password: password, ConnectAttributes: attributes,
		MaxConns: postgresConns, MaxIdleConns: postgresConns,
	}, nil
}

// inDatabase is a configuration of another database on the same server.
func inDatabase(store *config.SQL, name string) *config.SQL {
	other := *store
	other.DatabaseName = name
	return &other
}

// visibilityOf is the configuration of the second database.
func visibilityOf(store *config.SQL) *config.SQL {
	return inDatabase(store, store.DatabaseName+visibilitySuffix)
}

// preparePostgres makes both databases where they are missing, and brings their schemas up to this server's, as Temporal's
// own tool does.
func preparePostgres(store *config.SQL) error {
	for _, each := range []struct {
		database *config.SQL
		schema   string
	}{{store, mainSchema}, {visibilityOf(store), visibilitySchema}} {
		if err := makeDatabase(each.database); err != nil {
			return err
		}
		if err := updateSchema(each.database, each.schema); err != nil {
			return fmt.Errorf("schema of %s: %w", each.database.DatabaseName, err)
		}
	}
	return nil
}

// makeDatabase makes the database, unless it is there.
func makeDatabase(database *config.SQL) error {
	server, err := sql.NewConnection(inDatabase(database, maintenance), log.NewNoopLogger())
	if err != nil {
		return fmt.Errorf("reach temporal's database server: %w", err)
	}
	defer server.Close()
	if err := server.CreateDatabase(database.DatabaseName); err != nil {
		return fmt.Errorf("make database %s: %w", database.DatabaseName, err)
	}
	return nil
}

// updateSchema makes the tables, or those that this version adds.
func updateSchema(database *config.SQL, name string) error {
	connection, err := sql.NewConnection(database, log.NewNoopLogger())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer connection.Close()
	setup := schema.NewSetupSchemaTask(connection, &schema.SetupConfig{InitialVersion: "0.0"}, log.NewNoopLogger())
	if err := setup.Run(); err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	update := schema.NewUpdateSchemaTask(connection, &schema.UpdateConfig{
		DBName: database.DatabaseName, SchemaName: name,
	}, log.NewNoopLogger())
	if err := update.Run(); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}
