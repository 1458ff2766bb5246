package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"beckon/activities"
	"beckon/models"
	"beckon/workflows"
)

// teller is a Temporal of the test's.
type teller struct {
	mu      sync.Mutex
	told    []string // signal and workflow
	started []string // campaigns
	resent  []string // outreaches whose resend was started
	states  map[string]workflows.RunState
	// strangers are the messages about which the AI is asked.
	strangers []string
	// tell, where it is set, answers instead.
	tell     func(signal string, wake models.Wake) error
	describe error
}

func newTeller() *teller { return &teller{states: map[string]workflows.RunState{}} }

func (t *teller) StartCampaign(_ context.Context, campaignID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.started = append(t.started, campaignID)
	return nil
}

func (t *teller) StartStranger(_ context.Context, strangerID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.strangers = append(t.strangers, strangerID)
	return nil
}

func (t *teller) StartResend(_ context.Context, _, _, outreachID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resent = append(t.resent, outreachID)
	return nil
}

func (t *teller) Tell(_ context.Context, signal string, wake models.Wake) error {
	t.mu.Lock()
	t.told = append(t.told, signal+" "+workflows.WakeID(wake))
	state, known := t.states[workflows.WakeID(wake)]
	tell := t.tell
	t.mu.Unlock()
	switch {
	case tell != nil:
		return tell(signal, wake)
	case known && state != workflows.RunOpen && wake.ContactID != "":
		return models.Errorf(models.CodeNotFound, "there is no open workflow")
	default:
		return nil
	}
}

func (t *teller) Describe(_ context.Context, workflowID string) (workflows.RunState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.describe != nil {
		return workflows.RunNone, t.describe
	}
	if state, known := t.states[workflowID]; known {
		return state, nil
	}
	return workflows.RunOpen, nil
}

// woken are the contacts that were told to look, in order of their ids.
func (t *teller) woken(campaignID string, ids []string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	woken := []string{}
	for _, id := range ids {
		for _, each := range t.told {
			if each == "wake "+workflows.ContactID(campaignID, id) {
				woken = append(woken, id)
			}
		}
	}
	return woken
}

// forget forgets what was told.
func (t *teller) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told, t.started = nil, nil
}

func (b *bench) wakes(t *teller) *activities.Wakes {
	return &activities.Wakes{Store: b.Store, Tell: t, Log: b.logger()}
}

// fanOut runs the fan-out activity, from where an earlier try was cut short, and returns the ids that it beats with.
func (b *bench) fanOut(t *teller, campaignID string, after ...string) ([]string, error) {
	b.t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	beats := []string{}
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var id string
		if details.HasValues() && details.Get(&id) == nil {
			beats = append(beats, id)
		}
	})
	if len(after) > 0 {
		env.SetHeartbeatDetails(after[0])
	}
	env.RegisterActivityWithOptions(b.wakes(t).FanOut, activity.RegisterOptions{Name: "fan-out"})
	_, err := env.ExecuteActivity("fan-out", campaignID)
	if err != nil {
		b.requireClean(err)
	}
	return beats, err
}

// waiting adds contacts that wait for the campaign's resume; they are planned.
func (b *bench) waiting(campaignID string, n int) []string {
	b.t.Helper()
	ids := b.add(campaignID, n)
	b.control(b.t.Context(), campaignID, models.ControlPause)
	for _, id := range ids {
		step, err := b.Look(b.t.Context(), campaignID, id, "run-1")
		require.NoError(b.t, err)
		require.Equal(b.t, models.WaitCampaignPaused, step.Waiting.Reason)
	}
	slices.Sort(ids)
	return ids
}

// Resume wakes every contact that was held, page by page, with the id of each page as a beat; one that was cut short goes on
// from there.
func TestFanOut(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live()
	ids := b.waiting(campaign, 450)
	beats, err := b.fanOut(teller, campaign)
	require.NoError(t, err)
	require.Empty(t, teller.told, "the campaign is paused still")
	require.Empty(t, beats)

	b.control(b.t.Context(), campaign, models.ControlResume)
	beats, err = b.fanOut(teller, campaign)
	require.NoError(t, err)
	require.Equal(t, ids, teller.woken(campaign, ids))
	require.Len(t, teller.told, 450)
	require.Equal(t, ids[199], beats[0], "those that follow so soon are kept back by Temporal's client")

	teller.forget()
	_, err = b.fanOut(teller, campaign, ids[199])
	require.NoError(t, err)
	require.Equal(t, ids[200:], teller.woken(campaign, ids))

	// Those that have looked meanwhile wait for it no more.
	for _, id := range ids[:440] {
		_, err := b.Look(t.Context(), campaign, id, "run-1")
		require.NoError(t, err)
	}
	teller.forget()
	_, err = b.fanOut(teller, campaign)
	require.NoError(t, err)
	require.Equal(t, ids[440:], teller.woken(campaign, ids))
}

// A fan-out that Temporal fails in part leaves the rest to reconcile, and goes on.
func TestFanOutOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live()
	ids := b.waiting(campaign, 10)
	b.control(b.t.Context(), campaign, models.ControlResume)
	teller.tell = func(string, models.Wake) error { return errors.New("temporal is away") }
	_, err := b.fanOut(teller, campaign)
	require.NoError(t, err)
	require.Equal(t, ids, teller.woken(campaign, ids))

	_, err = b.fanOut(teller, "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
	requireCode(t, err, models.CodeNotFound)
}

// A contact whose workflow is gone goes back into its campaign's intake, and the campaign is told.
func TestFanOutToContactsWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live()
	ids := b.waiting(campaign, 3)
	b.control(b.t.Context(), campaign, models.ControlResume)
	teller.states[workflows.ContactID(campaign, ids[1])] = workflows.RunNone
	_, err := b.fanOut(teller, campaign)
	require.NoError(t, err)
	require.Contains(t, teller.told, "contacts-added "+workflows.CampaignID(campaign))
	require.Nil(t, b.contact(ids[1]).TakenBatch)
	require.NotNil(t, b.contact(ids[0]).TakenBatch)
	view, err := b.LookCampaign(t.Context(), campaign)
	require.NoError(t, err)
	require.True(t, view.Untaken)
}

// Archiving completes everybody; those that a workflow has taken in are woken to see it, the rest need no wake, and a
// workflow that is gone is nobody's concern any more.
func TestFanOutOfAnArchivedCampaign(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live(manual)
	taken := b.ready(campaign).ContactID
	_, err := b.AddContacts(t.Context(), campaign, models.ActionUpsert, models.SourceAPI, []models.ContactInput{
		{Email: new(canary + "-untaken@people.example")},
	})
	require.NoError(t, err)
	b.control(b.t.Context(), campaign, models.ControlArchive)
	teller.states[workflows.ContactID(campaign, taken)] = workflows.RunClosed
	_, err = b.fanOut(teller, campaign)
	require.NoError(t, err)
	require.Equal(t, []string{"wake " + workflows.ContactID(campaign, taken)}, teller.told)
	var completed int64
	require.NoError(t, b.db.Model(&models.Contact{}).
		Where("status = 'completed' AND status_reason = 'campaign_archived'").Count(&completed).Error)
	require.EqualValues(t, 2, completed)
	c := b.contact(taken)
	require.Equal(t, c.Revision, c.SeenRevision, "nobody is left to see it")
	view, err := b.LookCampaign(t.Context(), campaign)
	require.NoError(t, err)
	require.False(t, view.Unsettled)
}

// A contact that could not be started since its workflow exists: an open one is told to look; where it completed, the ledger
// must be older than the workflow, and the contact is held; where it ended otherwise, the contact is taken in again.
func TestResolveStarted(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live(manual)
	ids := b.add(campaign, 5)
	for id, state := range map[string]workflows.RunState{
		ids[0]: workflows.RunOpen, ids[1]: workflows.RunCompleted, ids[2]: workflows.RunClosed, ids[3]: workflows.RunNone,
		ids[4]: workflows.RunCompleted,
	} {
		teller.states[workflows.ContactID(campaign, id)] = state
	}
	b.finish(ids[4])
	request := workflows.ResolveRequest{CampaignID: campaign, ContactIDs: ids}
	held, err := execute[int](b, b.wakes(teller).ResolveStarted, request)
	require.NoError(t, err)
	require.Equal(t, 1, held, "one of the completed ones is unfinished")
	require.Equal(t, []string{ids[0]}, teller.woken(campaign, ids))
	require.Equal(t, models.WaitLedgerBehind, *b.contact(ids[1]).WaitingReason)
	require.NotNil(t, b.contact(ids[1]).TakenBatch)
	for _, id := range ids[2:4] {
		require.Nil(t, b.contact(id).TakenBatch)
	}
	require.Equal(t, models.ContactCompleted, b.contact(ids[4]).Status)

	teller.describe = errors.New("temporal is away")
	_, err = execute[int](b, b.wakes(teller).ResolveStarted, request)
	require.Error(t, err)
}

// finish completes a contact as an operator would.
func (b *bench) finish(contactID string) {
	require.NoError(b.t, b.db.Model(&models.Contact{}).Where("id = ?", contactID).Updates(map[string]any{
		"status": models.ContactCompleted, "status_reason": models.ReasonByOperator, "finished_at": b.clock.Now().UTC(),
	}).Error)
}

// reconcile runs one round.
func (b *bench) reconcile(t *teller) {
	b.t.Helper()
	b.reconcileWith(b.wakes(t))
}

func (b *bench) reconcileWith(wakes *activities.Wakes) {
	b.t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivityWithOptions(wakes.Reconcile, activity.RegisterOptions{Name: "reconcile"})
	_, err := env.ExecuteActivity("reconcile")
	require.NoError(b.t, err)
}

// In an installation where everything was seen to, reconcile does nothing.
func TestReconcileOfAHealthyInstallation(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live(manual)
	request := b.ready(campaign)
	_, err := b.LookCampaign(t.Context(), campaign)
	require.NoError(t, err)
	b.clock.Move(24 * time.Hour)
	for range 3 {
		b.reconcile(teller)
		b.clock.Move(time.Minute)
	}
	require.Empty(t, teller.told)
	require.Empty(t, teller.started)
	require.Equal(t, models.WaitStartOutreaches, *b.contact(request.ContactID).WaitingReason)
}

// A campaign whose workflow is gone is started again; one that is archived, and whose workflow saw it, is not.
func TestReconcileStartsMissingCampaigns(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	open, gone, archived, unseen := b.live(), b.live(), b.live(), b.live()
	teller.states[workflows.CampaignID(gone)] = workflows.RunNone
	teller.states[workflows.CampaignID(archived)] = workflows.RunCompleted
	teller.states[workflows.CampaignID(unseen)] = workflows.RunClosed
	b.control(b.t.Context(), archived, models.ControlArchive)
	b.control(b.t.Context(), unseen, models.ControlArchive)
	for _, id := range []string{open, gone, archived} {
		_, err := b.LookCampaign(t.Context(), id)
		require.NoError(t, err)
	}
	b.reconcile(teller)
	require.ElementsMatch(t, []string{gone, unseen}, teller.started)
}

// Changes that nobody saw for over a minute are seen to: a campaign's, a contact's, a wait that is over, a contact that no
// workflow has begun for.
func TestReconcileWakes(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live(manual)
	ids := b.add(campaign, 2)
	for _, id := range ids[:1] {
		_, err := b.Look(t.Context(), campaign, id, "run-1")
		require.NoError(t, err)
	}
	b.reconcile(teller)
	require.Empty(t, teller.told, "a minute has not passed")

	b.clock.Move(2 * time.Minute)
	b.reconcile(teller)
	require.Contains(t, teller.told, "wake "+workflows.CampaignID(campaign), "go-live was not seen")
	require.Contains(t, teller.told, "wake "+workflows.ContactID(campaign, ids[1]), "it was taken in, and no workflow has begun")

	teller.forget()
	b.reconcile(teller)
	require.Empty(t, teller.told, "each is left alone for a while")
}

// A contact that was taken in but whose workflow never began goes back into the intake.
func TestReconcileGivesContactsBack(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live()
	id := b.add(campaign, 1)[0]
	teller.states[workflows.ContactID(campaign, id)] = workflows.RunNone
	b.clock.Move(2 * time.Minute)
	b.reconcile(teller)
	require.Nil(t, b.contact(id).TakenBatch)
	require.Contains(t, teller.told, "contacts-added "+workflows.CampaignID(campaign))
}

// With every signal lost, rounds of reconcile alone bring a resume to all contacts.
func TestReconcileAlone(t *testing.T) {
	t.Parallel()
	b, teller := newBench(t), newTeller()
	campaign := b.live()
	ids := b.waiting(campaign, 450)
	b.control(b.t.Context(), campaign, models.ControlResume)
	teller.tell = func(signal string, wake models.Wake) error { // what reconcile tells arrives; nobody else tells
		if signal == workflows.SignalWake && wake.ContactID != "" {
			_, err := b.Look(t.Context(), wake.CampaignID, wake.ContactID, "run-1")
			return err
		}
		return nil
	}
	waiting := func() int64 {
		var n int64
		require.NoError(t, b.db.Model(&models.Contact{}).Where("waiting_reason = 'campaign_paused'").Count(&n).Error)
		return n
	}
	rounds := 0
	for ; waiting() > 0; rounds++ {
		require.Less(t, rounds, 600, "%d still wait", waiting())
		b.clock.Move(time.Minute)
		b.reconcile(teller)
	}
	require.Equal(t, ids, slices.Compact(teller.woken(campaign, ids)))
}

// What workflows are given of a campaign, and a control that came as a signal.
func TestCampaignActivities(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	campaign := b.live(manual)
	view, err := execute[models.CampaignView](b, b.campaigns().LookCampaign, campaign)
	require.NoError(t, err)
	require.Equal(t, models.CampaignActive, view.Status)
	require.False(t, view.Untaken)

	added, err := b.AddContacts(t.Context(), campaign, models.ActionUpsert, models.SourceAPI, []models.ContactInput{
		{Email: new(canary + "1@people.example")}, {Email: new(canary + "2@people.example")},
	})
	require.NoError(t, err)
	take := workflows.TakeRequest{CampaignID: campaign, Key: "run-1/1", Limit: 1}
	first, err := execute[models.Batch](b, b.campaigns().TakeContacts, take)
	require.NoError(t, err)
	require.Equal(t, models.Batch{ContactIDs: []string{added.Results[0].ContactID}, More: true}, first)
	again, err := execute[models.Batch](b, b.campaigns().TakeContacts, take)
	require.NoError(t, err)
	require.Equal(t, first, again, "asked again with the same key, the same")

	unknown := "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
	_, err = execute[models.CampaignView](b, b.campaigns().LookCampaign, unknown)
	requireCode(t, err, models.CodeNotFound)
	_, err = execute[models.Batch](b, b.campaigns().TakeContacts, workflows.TakeRequest{CampaignID: unknown, Key: "k", Limit: 1})
	requireCode(t, err, models.CodeNotFound)
	_, err = execute[models.Step](b, b.contacts().LookContact, workflows.ContactRef{CampaignID: campaign, ContactID: unknown})
	requireCode(t, err, models.CodeNotFound)
}

// A signalled control is carried out once for each key; a control of another name has another key.
func TestControlActivity(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	campaign := b.live()
	control := func(control models.Control, run string, number int) (models.ControlResult, error) {
		return execute[models.ControlResult](b, b.campaigns().Control, workflows.ControlRequest{
			CampaignID: campaign, Control: control, RunID: run, Number: number,
		})
	}
	result, err := control(models.ControlPause, "run-1", 1)
	require.NoError(t, err)
	require.True(t, result.Changed)
	require.Equal(t, models.CampaignPaused, result.Status)

	b.control(b.t.Context(), campaign, models.ControlResume)
	result, err = control(models.ControlPause, "run-1", 1)
	require.NoError(t, err)
	require.False(t, result.Changed, "a local activity that is repeated writes nothing twice")
	require.Equal(t, models.CampaignActive, result.Status)

	result, err = control(models.ControlPause, "run-2", 1)
	require.NoError(t, err)
	require.True(t, result.Changed, "another run")
	result, err = control(models.ControlResume, "run-2", 1)
	require.NoError(t, err)
	require.True(t, result.Changed, "another control of the same run")
	result, err = control(models.ControlPause, "run-2", 2)
	require.NoError(t, err)
	require.True(t, result.Changed, "the next of that name")

	_, err = control(models.ControlGoLive, "run-2", 1)
	requireCode(t, err, models.CodeInvalidTransition)
}

// What activities answer can be read back from a history as it was.
func TestStepsTravel(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, time.March, 2, 10, 0, 0, 123_000, time.UTC)
	step := models.Step{
		Do: models.DoWait, OutreachID: "o", Channel: models.ChannelEmail, Attempt: 2, Then: models.DoSend, CheckAt: &until,
		Status: models.ContactAwaitingExecution, Waiting: &models.Waiting{Reason: models.WaitWindow, Until: &until, Detail: "d"},
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(step)
	require.NoError(t, err)
	var back models.Step
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(payloads, &back))
	want, err := json.Marshal(step)
	require.NoError(t, err)
	have, err := json.Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have))
	require.True(t, back.Waiting.Until.Equal(until), fmt.Sprint(back.Waiting.Until))
}
