package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"beckon/models"
	"beckon/workflows"
)

// campaignRow is what the database knows of a campaign, as far as its workflow cares.
type campaignRow struct {
	status    models.CampaignStatus
	mode      models.ExecutionMode
	revision  int64
	waiting   []string            // contacts that nobody has taken in
	batches   map[string][]string // contacts by the key that they were taken with
	unsettled bool
	controls  map[string]bool // signalled ones that were carried out, by their key
}

// campaignBench runs a campaign's workflow against a row, whose transactions are those of the store in small.
type campaignBench struct {
	t   *testing.T
	env *testsuite.TestWorkflowEnvironment

	mu      sync.Mutex
	row     campaignRow
	calls   []string // activities, in words
	asked   []workflows.ControlRequest
	taken   []workflows.TakeRequest
	begun   map[string]int // contacts whose workflow began, and how often
	options map[string]*workflow.Info
	ended   int           // contacts whose workflow came to its own end
	lasts   time.Duration // of a contact's workflow
	held    int           // what ResolveStarted answers
	// during is called within each activity, with its words, while the row is not locked.
	during func(call string)
}

func newCampaignBench(t *testing.T, status models.CampaignStatus) *campaignBench {
	t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	b := &campaignBench{
		t: t, env: suite.NewTestWorkflowEnvironment(), begun: map[string]int{}, options: map[string]*workflow.Info{},
		row: campaignRow{
			status: status, mode: models.ModeManual, revision: 1, batches: map[string][]string{}, controls: map[string]bool{},
		},
	}
	b.env.SetStartTime(epoch())
	w := workflows.New(workflows.Config{})
	b.env.RegisterWorkflowWithOptions(w.Campaign, workflow.RegisterOptions{Name: workflows.CampaignWorkflow})
	b.env.RegisterWorkflowWithOptions(b.contact, workflow.RegisterOptions{Name: workflows.ContactWorkflow})
	register := func(name string, fn any) {
		b.env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	register(workflows.ActivityLookCampaign, b.look)
	register(workflows.ActivityTakeContacts, b.take)
	register(workflows.ActivityControl, b.control)
	register(workflows.ActivityFanOut, b.fanOut)
	register(workflows.ActivityResolve, b.resolve)
	return b
}

// contact is a contact's workflow that ends after a while, or at once.
func (b *campaignBench) contact(ctx workflow.Context, input workflows.ContactInput) error {
	b.mu.Lock()
	b.begun[input.ContactID]++
	b.options[input.ContactID] = workflow.GetInfo(ctx)
	b.mu.Unlock()
	if err := workflow.Sleep(ctx, b.lasts); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended++
	return nil
}

// calledf notes a call, and lets the test do something meanwhile.
func (b *campaignBench) calledf(format string, args ...any) {
	call := fmt.Sprintf(format, args...)
	b.mu.Lock()
	b.calls = append(b.calls, call)
	during := b.during
	b.mu.Unlock()
	if during != nil {
		during(call)
	}
}

func (b *campaignBench) look(_ context.Context, id string) (models.CampaignView, error) {
	b.mu.Lock()
	view := models.CampaignView{
		Status: b.row.status, Revision: b.row.revision, Unsettled: b.row.unsettled,
		Untaken: b.row.status == models.CampaignActive && len(b.row.waiting) > 0,
	}
	b.mu.Unlock()
	if id != campaignID {
		return view, temporal.NewNonRetryableApplicationError("not_found", "not_found", nil)
	}
	b.calledf("look")
	return view, nil
}

func (b *campaignBench) take(_ context.Context, request workflows.TakeRequest) (models.Batch, error) {
	b.mu.Lock()
	b.taken = append(b.taken, request)
	if b.row.status == models.CampaignActive && b.row.batches[request.Key] == nil {
		n := min(request.Limit, len(b.row.waiting))
		b.row.batches[request.Key], b.row.waiting = b.row.waiting[:n:n], b.row.waiting[n:]
	}
	batch := models.Batch{ContactIDs: b.row.batches[request.Key], More: len(b.row.waiting) > 0}
	b.mu.Unlock()
	b.calledf("take %d", len(batch.ContactIDs))
	return batch, nil
}

func (b *campaignBench) control(_ context.Context, request workflows.ControlRequest) (models.ControlResult, error) {
	b.mu.Lock()
	b.asked = append(b.asked, request)
	b.mu.Unlock()
	b.calledf("control %s", request.Control)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.row.apply(request)
}

// apply is Store.Control in small.
func (r *campaignRow) apply(request workflows.ControlRequest) (models.ControlResult, error) {
	result := models.ControlResult{CampaignID: campaignID, Status: r.status, Revision: r.revision}
	key := fmt.Sprintf("%s/%s/%d", request.RunID, request.Control, request.Number)
	if r.controls[key] {
		return result, nil
	}
	to, changed, err := request.Control.Target(r.status, r.mode, false)
	if err != nil {
		code := string(models.ErrorCode(err))
		return result, temporal.NewNonRetryableApplicationError(code, code, nil)
	}
	r.controls[key] = true
	if changed {
		r.status, r.revision = to, r.revision+1
	}
	result.Status, result.Changed, result.Revision = r.status, changed, r.revision
	return result, nil
}

func (b *campaignBench) fanOut(_ context.Context, _ string) error {
	b.calledf("fan-out")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.row.unsettled = false
	return nil
}

func (b *campaignBench) resolve(_ context.Context, request workflows.ResolveRequest) (int, error) {
	b.calledf("resolve %d", len(request.ContactIDs))
	return b.held, nil
}

// change writes the row, as the API's transactions do, and raises its revision.
func (b *campaignBench) change(write func(*campaignRow)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	write(&b.row)
	b.row.revision++
}

// at does something so long after the start.
func (b *campaignBench) at(after time.Duration, do func()) { b.env.RegisterDelayedCallback(do, after) }

// tell changes the row, and then signals the workflow with the revision, as the API does.
func (b *campaignBench) tell(name string, write func(*campaignRow)) {
	b.change(write)
	b.mu.Lock()
	n := b.row.revision
	b.mu.Unlock()
	b.env.SignalWorkflow(name, revision(n))
}

// archive ends the test: the campaign is archived, and its workflow told.
func (b *campaignBench) archive(after time.Duration) {
	b.at(after, func() {
		b.tell(workflows.SignalArchive, func(r *campaignRow) { r.status = models.CampaignArchived })
	})
}

// run runs the workflow to its end and returns its error.
func (b *campaignBench) run(input ...workflows.CampaignInput) error {
	b.t.Helper()
	in := workflows.CampaignInput{CampaignID: campaignID}
	if len(input) > 0 {
		in = input[0]
	}
	b.env.ExecuteWorkflow(workflows.CampaignWorkflow, in)
	require.True(b.t, b.env.IsWorkflowCompleted())
	return b.env.GetWorkflowError()
}

// state asks the workflow what it does.
func (b *campaignBench) state() workflows.CampaignState {
	value, err := b.env.QueryWorkflow(workflows.QueryCampaignState)
	require.NoError(b.t, err)
	state := workflows.CampaignState{}
	require.NoError(b.t, value.Get(&state))
	return state
}

// controlled lists the controls that were carried out, in order.
func (b *campaignBench) controlled() []models.Control {
	controls := []models.Control{}
	for _, request := range b.asked {
		controls = append(controls, request.Control)
	}
	return controls
}

// count says how often an activity was called, by its words.
func (b *campaignBench) count(call string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, each := range b.calls {
		if each == call {
			n++
		}
	}
	return n
}

func contactIDs(n int) []string {
	ids := make([]string, 0, n)
	for i := range n {
		ids = append(ids, fmt.Sprintf("0190a1b2-0000-7000-9000-%012d", i))
	}
	return ids
}

// requireBegunOnce wants exactly these contacts to have begun, once each.
func (b *campaignBench) requireBegunOnce(ids []string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	begun := []string{}
	for id, times := range b.begun {
		require.Equal(b.t, 1, times, "contact %s", id)
		begun = append(begun, id)
	}
	slices.Sort(begun)
	require.Equal(b.t, ids, begun)
}
