package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Time-outs of Beckon in tests, short enough to wait for. A send that was under way at a kill is looked at again after three
// times the first.
func shortTimeouts() []string {
	return []string{"BECKON_SEND_TIMEOUT=2s", "BECKON_UNCONFIRMED_AFTER=5s"}
}

// dev is a beckon-dev with its data, addresses and environment, which may end and be started again.
type dev struct {
	t         *testing.T
	binary    build
	data      string
	args      []string
	variables []string
	apiURL    string

	api     *client
	sandbox *client // its own
	ui      string
	process *process
}

// newDev gives a beckon-dev what it keeps over all its starts. It has no sample campaign.
func newDev(t *testing.T, binary build, variables ...string) *dev {
	t.Helper()
	d := &dev{t: t, binary: binary, data: t.TempDir(), variables: append(shortTimeouts(), variables...)}
	d.args = []string{"--no-sample", "--data", d.data}
	addresses := map[string]string{}
	for _, flag := range []string{"--api", "--temporal", "--ui", "--sandbox", "--smtp"} {
		addresses[flag] = freeAddress(t)
		d.args = append(d.args, flag, addresses[flag])
	}
	d.apiURL = "http://" + addresses["--api"]
	return d
}

// start starts it and waits until it is ready.
func (d *dev) start() {
	d.t.Helper()
	d.process = startProcess(d.t, "beckon-dev", built.path(d.t, d.binary), d.variables, d.args...)
	ready := d.process.untilReady()
	if d.api == nil {
		d.api, d.sandbox = newClient(d.t, ready["api"], ready["key"]), newClient(d.t, ready["sandbox"], "")
		d.ui = ready["ui"]
	}
	require.Equal(d.t, d.apiURL, ready["api"])
}
