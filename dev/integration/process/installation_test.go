package process_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// bootstrapKey is an administrator's key of an installation. It opens nothing but what a test has started.
const bootstrapKey = "process-administrator-key-of-the-tests"

// secretKey is that of an installation.
const secretKey = "process-secret-key-of-the-tests-of-beckon"

// installation is Beckon as it runs in production: each part is a process of its own, and Temporal and the provider are
// others'.
type installation struct {
	t            *testing.T
	provider     *provider
	temporalArgs []string
	temporal     *process
	variables    []string
}

// newInstallation starts Temporal and a provider, whose events go to the API at the address, and brings the database's
// schema up to date. Temporal takes further arguments; without any it has a SQLite file.
func newInstallation(t *testing.T, databaseURL, apiAddress string, temporalArgs ...string) *installation {
	t.Helper()
	temporal := freeAddress(t)
	i := &installation{
		t: t, provider: startProvider(t, "http://"+apiAddress),
		temporalArgs: append([]string{"temporal", "--data", t.TempDir(), "--temporal", temporal, "--ui", ""}, temporalArgs...),
	}
	i.variables = slices.Concat(shortTimeouts(), i.provider.variables, []string{
		"BECKON_DATABASE_URL=" + databaseURL, "TEMPORAL_ADDRESS=" + temporal, "BECKON_BOOTSTRAP_API_KEY=" + bootstrapKey,
		"BECKON_SECRET_KEY=" + secretKey,
	})
	i.startTemporal()
	require.Zero(t, i.start("migrate").untilEnd())
	return i
}

// startTemporal starts Temporal on the data that it may have from before.
func (i *installation) startTemporal() {
	i.t.Helper()
	i.temporal = startProcess(i.t, "beckon-dev temporal", built.path(i.t, beckonDev()), nil, i.temporalArgs...)
	i.temporal.untilReady()
}

// start starts a command of beckon.
func (i *installation) start(command string, variables ...string) *process {
	i.t.Helper()
	return startProcess(i.t, "beckon "+command, built.path(i.t, beckonBinary()),
		slices.Concat(i.variables, variables), command)
}

// serve starts a command that serves the API at the address, and waits until it does.
func (i *installation) serve(command, address string) *client {
	i.t.Helper()
	server := i.start(command, "BECKON_LISTEN="+address)
	c := newClient(i.t, "http://"+address, bootstrapKey)
	c.untilServes(server)
	return c
}

// startWorker starts a worker, and waits until it polls.
func (i *installation) startWorker() *process {
	i.t.Helper()
	worker := i.start("worker")
	worker.untilLine(&worker.log, "worker polls")
	return worker
}
