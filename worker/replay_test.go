package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"beckon/workflows"
)

// histories are the saved ones; workflows/testdata/README.md says how they are made.
func histories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../workflows/testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files, "there are no saved histories")
	return files
}

// replay replays a history with the present code.
func replay(history *historypb.History) error {
	replayer := worker.NewWorkflowReplayer()
	Register(replayer, workflows.Config{})
	return replayer.ReplayWorkflowHistory(quiet{}, history)
}

func load(t *testing.T, path string) *historypb.History {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	require.NoError(t, file.Close())
	return history
}

// The present code goes on with every workflow that an earlier one began.
func TestReplaySavedHistories(t *testing.T) {
	t.Parallel()
	for _, path := range histories(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replay(load(t, path)))
		})
	}
}

// Of each kind of run that there is, a history is saved.
func TestEveryScenarioIsSaved(t *testing.T) {
	t.Parallel()
	saved := map[string]bool{}
	for _, path := range histories(t) {
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		saved[name] = true
	}
	for _, name := range []string{
		"automatic-campaign", "automatic-contact", "manual-campaign", "manual-contact", "paused-resumed-campaign",
		"paused-resumed-contact", "signalled-campaign", "signalled-contact", "archived-campaign", "archived-contact",
		"removed-contact", "unreachable-contact", "continued-as-new-campaign", "continued-as-new-campaign-next",
		"fault-429-contact", "fault-429-long-contact", "fault-401-contact", "fault-500-contact", "fault-refuse-contact",
		"fault-delay-contact", "fault-drop-after-accept-contact", "fault-malformed-contact", "fault-plan-401-contact",
		"follow-up-contact", "follow-up-campaign", "reviewed-contact", "reviewed-campaign", "contact-signals-contact",
		"text-opted-out-contact", "call-contact", "resend-workflow", "reconcile",
	} {
		require.True(t, saved[name], "%s is missing", name)
	}
}

// Replay finds what it is there to find: a history of code that called another activity, waited for another time, or
// started another child.
func TestReplayFindsChanges(t *testing.T) {
	t.Parallel()
	dir := "../workflows/testdata/histories/"
	for name, c := range map[string]struct {
		file   string
		change func(event *historypb.HistoryEvent)
	}{
		"another activity": {"automatic-contact.json", func(event *historypb.HistoryEvent) {
			if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil {
				scheduled.ActivityType.Name = "PlanEverything"
			}
		}},
		"another signal": {"manual-contact.json", func(event *historypb.HistoryEvent) {
			if signaled := event.GetWorkflowExecutionSignaledEventAttributes(); signaled != nil {
				signaled.SignalName = "sneeze"
			}
		}},
		"another child": {"automatic-campaign.json", func(event *historypb.HistoryEvent) {
			if started := event.GetStartChildWorkflowExecutionInitiatedEventAttributes(); started != nil {
				started.WorkflowId = "campaign/other"
			}
		}},
		"another answer": {"fault-500-contact.json", func(event *historypb.HistoryEvent) {
			if completed := event.GetActivityTaskCompletedEventAttributes(); completed != nil {
				completed.Result.Payloads[0].Data = []byte(`{"do":"finish","status":"completed"}`)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			history := load(t, dir+c.file)
			for _, event := range history.GetEvents() {
				c.change(event)
			}
			require.Error(t, replay(history))
		})
	}
}

// quiet is a logger of Temporal's that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
