package workflows_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"pgregory.net/rapid"

	"beckon/models"
	"beckon/workflows"
)

// listenStarts counts children that have begun.
func listenStarts(n *int) func(*workflow.Info, workflow.Context, converter.EncodedValues) {
	return func(*workflow.Info, workflow.Context, converter.EncodedValues) { *n++ }
}

// A control without a revision is carried out once, in the transaction that the API uses, under a key of its own.
func TestSignalledControls(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignDraft)
	for i, control := range []models.Control{
		models.ControlGoLive, models.ControlStartOutreaches, models.ControlPause, models.ControlPause, models.ControlResume,
		models.ControlStartOutreaches, models.ControlArchive,
	} {
		b.at(time.Duration(i+1)*time.Hour, func() { b.env.SignalWorkflow(string(control), nil) })
	}
	require.NoError(t, b.run())
	require.Equal(t, models.CampaignArchived, b.row.status)
	require.Equal(t, []models.Control{
		models.ControlGoLive, models.ControlStartOutreaches, models.ControlPause, models.ControlPause, models.ControlResume,
		models.ControlStartOutreaches, models.ControlArchive,
	}, b.controlled())
	requireKeys(t, b.asked)
}

// requireKeys wants every control to have a key: the run, its name, and its number among those of that name, from 1.
func requireKeys(t require.TestingT, asked []workflows.ControlRequest) {
	numbers := map[models.Control]int{}
	for _, request := range asked {
		numbers[request.Control]++
		require.Equal(t, campaignID, request.CampaignID)
		require.Equal(t, asked[0].RunID, request.RunID)
		require.NotEmpty(t, request.RunID)
		require.Equal(t, numbers[request.Control], request.Number, "%s", request.Control)
	}
}

// A signal with a revision means "look at your row", however late it comes: an old pause changes nothing.
func TestSignalsWithARevisionAreNoControls(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	for i, name := range []string{
		workflows.SignalPause, workflows.SignalResume, workflows.SignalGoLive, workflows.SignalStartOutreaches,
		workflows.SignalArchive, workflows.SignalPause,
	} {
		b.at(time.Duration(i+1)*time.Hour, func() { b.env.SignalWorkflow(name, revision(0)) })
	}
	b.archive(24 * time.Hour)
	b.at(23*time.Hour, func() { require.Equal(t, models.CampaignActive, b.row.status) })
	require.NoError(t, b.run())
	require.Empty(t, b.asked)
	require.Equal(t, 8, b.count("look"), "each is a reason to look")
}

// Wakes are no controls, whatever they carry.
func TestWakesAreNoControls(t *testing.T) {
	t.Parallel()
	for name, payload := range undecodable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCampaignBench(t, models.CampaignActive)
			b.at(time.Hour, func() { b.env.SignalWorkflow(workflows.SignalWake, payload) })
			b.at(2*time.Hour, func() { b.env.SignalWorkflow(workflows.SignalContactsAdded, payload) })
			b.archive(3 * time.Hour)
			require.NoError(t, b.run())
			require.Empty(t, b.asked)
			require.Equal(t, 4, b.count("look"))
		})
	}
}

// Whatever else a signal carries, it carries no revision, and is a control; none blocks the workflow or is lost, neither one
// that wakes it nor one that it drains.
func TestControlsWithUndecodablePayloads(t *testing.T) {
	t.Parallel()
	for name, payload := range undecodable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCampaignBench(t, models.CampaignActive)
			b.at(time.Hour, func() { b.env.SignalWorkflow(workflows.SignalPause, payload) })
			b.at(2*time.Hour, func() {
				require.Equal(t, models.CampaignPaused, b.row.status)
				b.during = func(call string) {
					if call == "look" && b.count("control resume") == 0 {
						b.env.SignalWorkflow(workflows.SignalResume, payload)
					}
				}
				b.env.SignalWorkflow(workflows.SignalWake, revision(1))
			})
			b.at(3*time.Hour, func() {
				b.mu.Lock()
				b.during = nil
				b.mu.Unlock()
				require.Equal(t, models.CampaignActive, b.row.status)
			})
			b.archive(4 * time.Hour)
			require.NoError(t, b.run())
			require.Equal(t, models.ControlPause, b.controlled()[0])
			require.Contains(t, b.controlled(), models.ControlResume)
		})
	}
}

// A control that the table refuses fails nothing: there is nobody to tell, and the campaign goes on.
func TestRefusedControls(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignDraft)
	for i, name := range []string{workflows.SignalPause, workflows.SignalResume, workflows.SignalStartOutreaches} {
		b.at(time.Duration(i+1)*time.Hour, func() { b.env.SignalWorkflow(name, nil) })
	}
	b.at(4*time.Hour, func() {
		require.Equal(t, models.CampaignDraft, b.row.status)
		b.env.SignalWorkflow(workflows.SignalGoLive, nil)
	})
	b.archive(5 * time.Hour)
	require.NoError(t, b.run())
	require.Len(t, b.asked, 4)
}

// Controls that come while contacts are woken, which may take long, are carried out at once.
func TestControlsDuringAFanOut(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignPaused)
	paused := make(chan struct{})
	b.during = func(call string) {
		switch call {
		case "fan-out":
			b.env.SignalWorkflow(workflows.SignalWake, revision(1))
			b.env.SignalWorkflow(workflows.SignalPause, nil)
			select {
			case <-paused:
			case <-time.After(10 * time.Second):
				t.Error("the pause waited for the fan-out")
			}
		case "control pause":
			close(paused)
		}
	}
	b.at(time.Hour, func() {
		b.tell(workflows.SignalResume, func(r *campaignRow) { r.status, r.unsettled = models.CampaignActive, true })
	})
	b.at(2*time.Hour, func() { require.Equal(t, models.CampaignPaused, b.row.status) })
	b.archive(3 * time.Hour)
	require.NoError(t, b.run())
	require.Equal(t, 1, b.count("fan-out"))
}

// Controls that come in a run's last moment are carried out before it ends, those too that come while others are.
func TestControlsInTheLastMoment(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignActive)
	b.row.waiting = contactIDs(600)
	sent := 0
	b.during = func(call string) {
		last := b.count("take 100") == 5
		switch {
		case call == "take 100" && last:
			b.env.SignalWorkflow(workflows.SignalStartOutreaches, nil)
			b.env.SignalWorkflow(workflows.SignalStartOutreaches, nil)
			sent += 2
		case call == "control start-outreaches" && sent < 7:
			b.env.SignalWorkflow(workflows.SignalStartOutreaches, nil)
			sent++
		}
	}
	continued[workflows.CampaignInput](t, b.run(), workflows.CampaignWorkflow)
	require.Equal(t, 7, b.count("control start-outreaches"))
	requireKeys(t, b.asked)
}

// What arrives together is carried out with what stops last, so that a pause holds whatever came with it.
func TestControlsThatComeTogether(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t, models.CampaignPaused)
	once := true
	b.during = func(call string) {
		if call == "look" && once {
			once = false
			for _, name := range []string{workflows.SignalPause, workflows.SignalStartOutreaches, workflows.SignalResume} {
				b.env.SignalWorkflowSkippingWorkflowTask(name, nil)
			}
		}
	}
	b.archive(time.Hour)
	b.at(time.Minute, func() { b.env.SignalWorkflow(workflows.SignalWake, revision(1)) })
	b.at(time.Minute+time.Second, func() { require.Equal(t, models.CampaignPaused, b.row.status) })
	require.NoError(t, b.run())
	require.ElementsMatch(t, []models.Control{models.ControlResume, models.ControlStartOutreaches, models.ControlPause},
		b.controlled())
}

// delivery counts the signals that reach a running workflow. One that is sent in the moment in which the run ends does not
// reach it here; a server would have the run look again.
type delivery struct {
	interceptor.WorkerInterceptorBase

	env   *testsuite.TestWorkflowEnvironment
	count map[models.Control]int
}

func (d *delivery) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	in := &inbound{delivery: d}
	in.Next = next
	return in
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase

	delivery *delivery
}

func (in *inbound) HandleSignal(ctx workflow.Context, signal *interceptor.HandleSignalInput) error {
	if !in.delivery.env.IsWorkflowCompleted() && signal.SignalName != workflows.SignalArchive {
		in.delivery.count[models.Control(signal.SignalName)]++
	}
	return in.Next.HandleSignal(ctx, signal)
}

// Whenever controls come, in whatever number and with whatever else, each is carried out exactly once.
func TestNoControlIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b := newCampaignBench(t, models.CampaignActive)
		b.row.waiting = contactIDs(rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5, 6, 7, 120, 510}).Draw(r, "contacts"))
		b.row.unsettled = rapid.Bool().Draw(r, "unsettled")
		delivered := &delivery{env: b.env, count: map[models.Control]int{}}
		b.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{delivered}})
		names := []models.Control{
			models.ControlGoLive, models.ControlPause, models.ControlResume, models.ControlStartOutreaches,
		}
		calls := rapid.MapOf(rapid.IntRange(0, 40), rapid.SampledFrom(names)).Draw(r, "during calls")
		var n atomic.Int64 // a control may be carried out during a fan-out
		b.during = func(string) {
			if control, there := calls[int(n.Add(1))-1]; there {
				b.env.SignalWorkflow(string(control), nil)
			}
		}
		for range rapid.IntRange(0, 20).Draw(r, "signals") {
			control := rapid.SampledFrom(names).Draw(r, "control")
			b.at(time.Duration(rapid.IntRange(0, 100).Draw(r, "after"))*time.Second, func() {
				b.env.SignalWorkflow(string(control), nil)
			})
		}
		b.archive(time.Hour)
		_ = b.run() // it ends, or continues as new
		carried := map[models.Control]int{}
		for _, control := range b.controlled() {
			carried[control]++
		}
		require.Equal(r, delivered.count, carried)
		if len(b.asked) > 0 {
			requireKeys(r, b.asked)
		}
		begun := []string{}
		for id, times := range b.begun {
			require.Equal(r, 1, times)
			begun = append(begun, id)
		}
		slices.Sort(begun)
		require.Equal(r, contactIDs(len(begun)), begun)
	})
}
