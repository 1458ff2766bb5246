package integration_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"beckon/worker"
	"beckon/workflows"
)

// updateHistories, where it is set to 1, writes the histories that TestHistoriesReplay makes into savedHistories, from where
// every later version must be able to replay them.
const updateHistories = "BECKON_UPDATE_HISTORIES"

// savedHistories is the folder of the histories that the replay test of package worker reads.
const savedHistories = "../../workflows/testdata/histories"

// scenario is a small campaign whose histories are worth keeping.
type scenario struct {
	name string
	mode string // execution mode of its campaign
	run  func(r *replay)
}

// replay runs one scenario.
type replay struct {
	*stack

	scenario   scenario
	campaignID string
	replayed   int
}

// TestHistoriesReplay runs small campaigns through everything that a contact or campaign may meet, and replays their
// histories with the present code. The scenarios follow each other: faults hold for the whole sandbox.
func TestHistoriesReplay(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	for _, one := range scenarios() {
		t.Run(one.name, func(t *testing.T) {
			inner := *s
			inner.t = t
			api := *s.apiClient
			api.t = t
			inner.apiClient = &api
			r := &replay{stack: &inner, scenario: one}
			r.campaignID = r.createCampaign(settings(one.name, one.mode))
			one.run(r)
			require.NotZero(t, r.replayed)
		})
	}
	t.Run("reconcile", func(t *testing.T) {
		inner := *s
		inner.t = t
		r := &replay{stack: &inner, scenario: scenario{name: "reconcile"}}
		r.keep(workflows.ReconcileID, "", "")
	})
}

func scenarios() []scenario {
	all := []scenario{
		{"automatic", "automatic", func(r *replay) {
			r.begin(3)
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
			r.keepCampaign()
		}},
		{"manual", "manual", func(r *replay) {
			r.begin(2)
			r.untilWaiting("start_outreaches", 2)
			r.control(r.campaignID, "start-outreaches")
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
			r.keepCampaign()
		}},
		{"paused-resumed", "manual", func(r *replay) {
			r.begin(2)
			r.untilWaiting("start_outreaches", 2)
			r.sandbox.faults(map[string]any{"email": map[string]any{"kind": "429", "rate": 1, "retryAfter": 2}})
			r.control(r.campaignID, "start-outreaches")
			r.untilWaiting("provider_limit", 2)
			r.control(r.campaignID, "pause") // the next try is refused, and waits for resume
			r.untilWaiting("campaign_paused", 2)
			r.clearFaults()
			r.control(r.campaignID, "resume")
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
			r.keepCampaign()
		}},
		{"signalled", "manual", func(r *replay) {
			r.add(r.campaignID, people(r.word(), 2))
			r.signal(r.campaignID, "resume") // refused
			r.signal(r.campaignID, "go-live")
			r.untilWaiting("start_outreaches", 2)
			r.signalWith(r.campaignID, "pause", "because I say so")
			r.untilStatus(r.campaignID, "paused")
			r.signalWith(r.campaignID, "resume", map[string]any{})
			r.untilStatus(r.campaignID, "active")
			r.signal(r.campaignID, "start-outreaches")
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
			r.keepCampaign()
		}},
		{"archived", "manual", func(r *replay) {
			r.begin(2)
			r.untilWaiting("start_outreaches", 2)
			r.control(r.campaignID, "archive")
			r.untilFinished(r.campaignID, patient)
			r.untilClosed(campaignWorkflow(r.campaignID), "COMPLETED")
			r.keepContact()
			r.keepCampaign()
		}},
		{"removed", "manual", func(r *replay) {
			r.begin(1)
			r.untilWaiting("start_outreaches", 1)
			gone := r.contacts(r.campaignID, "")[0]
			r.remove(r.campaignID, gone.ID)
			r.untilClosed(contactWorkflow(r.campaignID, gone.ID), "CANCELED")
			r.keep(contactWorkflow(r.campaignID, gone.ID), "", "contact")
		}},
		{"continued-as-new", "manual", func(r *replay) {
			const contacts = 505 // a run starts 500
			r.begin(contacts)
			first := r.secondRun(campaignWorkflow(r.campaignID))
			r.keep(campaignWorkflow(r.campaignID), first, "campaign")
			r.keep(campaignWorkflow(r.campaignID), "", "campaign-next")
			r.control(r.campaignID, "archive")
			r.untilFinished(r.campaignID, patient)
		}},
		{"unreachable", "automatic", func(r *replay) {
			var result added
			r.call(http.MethodPost, contactsPath(r.campaignID), map[string]any{"contacts": []map[string]string{
				{"firstName": "Nobody", "phone": "+12025550143"},
			}}, http.StatusOK, &result)
			r.control(r.campaignID, "go-live")
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
		}},
	}
	return slices.Concat(all, coreScenarios(), sendFaults(), planFaults())
}

// sendFaults are contacts to whom sending goes wrong, in each way that the sandbox knows.
func sendFaults() []scenario {
	// passing faults are cleared while the contact waits for the reason; then it is finished.
	passing := func(kind map[string]any, reason string) func(r *replay) {
		return func(r *replay) {
			r.sandbox.faults(map[string]any{"email": kind})
			r.begin(1)
			r.untilWaiting(reason, 1)
			r.clearFaults()
			r.untilFinished(r.campaignID, patient)
			r.keepContact()
		}
	}
	// doubtful ones prove nothing; the contact is finished by an event that proves it, or by time.
	doubtful := func(kind map[string]any) func(r *replay) {
		return func(r *replay) {
			r.sandbox.faults(map[string]any{"email": kind})
			r.begin(1)
			r.untilFinished(r.campaignID, patient)
			r.clearFaults()
			r.keepContact()
		}
	}
	// long ones make it wait for a minute or more, which nobody waits for here.
	long := func(kind map[string]any, reason string) func(r *replay) {
		return func(r *replay) {
			r.sandbox.faults(map[string]any{"email": kind})
			r.begin(1)
			r.untilWaiting(reason, 1)
			r.keepContact()
			r.control(r.campaignID, "archive")
			r.untilFinished(r.campaignID, patient)
			r.clearFaults()
		}
	}
	kind := func(name string, more ...any) map[string]any {
		set := map[string]any{"kind": name, "rate": 1}
		for i := 0; i < len(more); i += 2 {
			set[more[i].(string)] = more[i+1]
		}
		return set
	}
	return []scenario{
		{"fault-429", "automatic", passing(kind("429", "retryAfter", 2), "provider_limit")},
		{"fault-429-long", "automatic", long(kind("429", "retryAfter", 120), "provider_limit")},
		{"fault-refuse", "automatic", passing(kind("refuse"), "provider_down")},
		{"fault-401", "automatic", long(kind("401"), "provider_auth")},
		{"fault-500", "automatic", doubtful(kind("500"))},
		{"fault-drop-after-accept", "automatic", doubtful(kind("drop_after_accept"))},
		{"fault-malformed", "automatic", doubtful(kind("malformed"))},
		{"fault-delay", "automatic", doubtful(kind("delay", "delayMs", (sendTimeout + time.Second).Milliseconds()))},
	}
}

// planFaults are contacts for whom the AI cannot plan.
func planFaults() []scenario {
	return []scenario{{"fault-plan-401", "automatic", func(r *replay) {
		r.sandbox.faults(map[string]any{"plan": map[string]any{"kind": "401", "rate": 1}})
		r.begin(1)
		r.untilWaiting("planner_error", 1)
		r.clearFaults()
		r.keepContact()
		r.control(r.campaignID, "archive")
		r.untilFinished(r.campaignID, patient)
	}}}
}

// word makes a scenario's people others than those of another.
func (r *replay) word() string {
	return "replay" + regexp.MustCompile(`[^a-z]`).ReplaceAllString(r.scenario.name, "")
}

// begin adds so many people and goes live.
func (r *replay) begin(n int) {
	r.t.Helper()
	r.add(r.campaignID, people(r.word(), n))
	r.control(r.campaignID, "go-live")
}

func (r *replay) untilWaiting(reason string, n int) {
	r.t.Helper()
	r.untilProgress(r.campaignID, patient, "they wait for "+reason,
		func(p progress) bool { return p.Waiting[reason] == n })
}

func (r *replay) clearFaults() {
	r.t.Helper()
	r.sandbox.faults(map[string]any{})
}

// keepContact keeps the history of the campaign's first contact, and replays those of all.
func (r *replay) keepContact() {
	r.t.Helper()
	for i, c := range r.contacts(r.campaignID, "sort=createdAt") {
		what := ""
		if i == 0 {
			what = "contact"
		}
		r.keep(contactWorkflow(r.campaignID, c.ID), "", what)
	}
}

// keepCampaign keeps the history of the campaign's latest run.
func (r *replay) keepCampaign() {
	r.t.Helper()
	r.keep(campaignWorkflow(r.campaignID), "", "campaign")
}

// secondRun waits until the workflow has continued as new, and returns the id of its first run.
func (r *replay) secondRun(workflowID string) string {
	r.t.Helper()
	return until(r.t, patient, workflowID+" continues as new",
		func() *workflowpb.WorkflowExecutionInfo { return r.describe(workflowID) },
		func(info *workflowpb.WorkflowExecutionInfo) bool {
			return info.GetExecution().GetRunId() != info.GetFirstRunId()
		}).GetFirstRunId()
}

// keep replays the history of a run with the present code. Asked for by the environment, it saves the history under the
// scenario's name and what it is of; one that is of nothing in particular is not saved.
func (r *replay) keep(workflowID, runID, what string) {
	r.t.Helper()
	events := until(r.t, soon, workflowID+" rests",
		func() []*historypb.HistoryEvent { return r.history(workflowID, runID) }, rests)
	history := &historypb.History{Events: events}
	replayer := sdkworker.NewWorkflowReplayer()
	worker.Register(replayer, workflows.Config{})
	require.NoError(r.t, replayer.ReplayWorkflowHistory(nil, history), "%s of %s", workflowID, r.scenario.name)
	r.replayed++
	switch {
	case os.Getenv(updateHistories) != "1":
		return
	case r.scenario.name == "reconcile":
		what = "reconcile"
	case what == "":
		return
	default:
		what = r.scenario.name + "-" + what
	}
	text, err := protojson.Marshal(history)
	require.NoError(r.t, err)
	require.NoError(r.t, os.MkdirAll(savedHistories, 0o755))
	require.NoError(r.t, os.WriteFile(filepath.Join(savedHistories, what+".json"), append(anonymous(text), '\n'), 0o644))
}

// rests says whether the workflow has closed, or has done all that it was given: no task of it is under way.
func rests(events []*historypb.HistoryEvent) bool {
	for _, event := range slices.Backward(events) {
		switch event.GetEventType() { //nolint:exhaustive // others say nothing about it
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
			return true
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			return false
		}
	}
	return false
}

// anonymous takes the names of the machine and of its processes out of a history.
func anonymous(text []byte) []byte {
	text = regexp.MustCompile(`"identity":\s*"[^"]*"`).ReplaceAll(text, []byte(`"identity":"worker"`))
	return regexp.MustCompile(`"name":\s*"[^"]*",\s*"kind":\s*"TASK_QUEUE_KIND_STICKY"`).
		ReplaceAll(text, []byte(`"name":"sticky","kind":"TASK_QUEUE_KIND_STICKY"`))
}
