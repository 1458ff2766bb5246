package process_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// beckon runs a command of beckon with the data of this beckon-dev, and returns what it printed and whether it succeeded.
func (d *dev) beckon(args ...string) (printed string, ok bool) {
	d.t.Helper()
	command := exec.Command(built.path(d.t, beckonBinary()), append([]string{"--data", d.data}, args...)...)
	command.Env = neutralEnvironment()
	output, err := command.Output()
	if err != nil {
		var ended *exec.ExitError
		require.ErrorAs(d.t, err, &ended)
	}
	return string(output), err == nil
}

// TestDoctorAndWhy asks a running Beckon what is wrong with it, and why a contact is where it is, and a Beckon whose Temporal
// is gone.
func TestDoctorAndWhy(t *testing.T) {
	t.Parallel()
	d := newDev(t, beckonDev())
	d.start()
	id := d.api.createCampaign("Why", 3)
	contact := d.api.contacts(id)[0]

	printed, ok := d.beckon("why", contact.Email)
	require.True(t, ok)
	require.Regexp(t, `(?m)^contact +`+contact.ID+`$`, printed)
	require.Regexp(t, `(?m)^waits for +go_live: `, printed)
	require.Regexp(t, `(?m)^freed by +Go Live\.$`, printed)
	require.Regexp(t, `(?m)^workflow +campaign/.*: none$`, printed)

	d.api.control(id, "go-live")
	d.api.untilCompleted(id)
	printed, ok = d.beckon("why", "campaign/"+id+"/contact/"+contact.ID)
	require.True(t, ok)
	require.Regexp(t, `(?m)^status +completed, attempts 1/1, one_time_done$`, printed)
	require.Regexp(t, `(?m)^history +attempt 1 by email: (accepted|delivered)`, printed)
	require.Regexp(t, `(?m)^workflow +campaign/.*: completed$`, printed)
	require.NotContains(t, printed, contact.Email, "it says why, not who")
	_, ok = d.beckon("why", "nobody@people.example")
	require.False(t, ok)

	printed, ok = d.beckon("doctor")
	require.True(t, ok, printed)
	for _, subject := range []string{"Temporal", "namespace", "search attributes", "reconcile", "OpenAI", "SendGrid", "Twilio"} {
		require.Regexp(t, `(?m)^ok +`+subject+` `, printed)
	}
	require.Regexp(t, `(?m)^warn +database +SQLite`, printed)
	require.Regexp(t, `(?m)^warn +public URL `, printed)

	// Without Temporal, and with a key that is refused, it says so and fails.
	d.process.kill()
	command := exec.Command(built.path(t, beckonBinary()), "--data", d.data, "doctor")
	command.Env = append(neutralEnvironment(), "SENDGRID_BASE_URL=http://127.0.0.1:1",
		"BECKON_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "empty.db"))
	output, err := command.Output()
	require.Error(t, err)
	require.Regexp(t, `(?m)^fail +Temporal `, string(output))
	require.Regexp(t, `(?m)^fail +SendGrid .*cannot be reached`, string(output))
	require.Regexp(t, `(?m)^fail +database .*beckon migrate`, string(output))
}
