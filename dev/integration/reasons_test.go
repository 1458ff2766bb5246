package integration_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"beckon/models"
	"beckon/service"
	"beckon/workflows"
)

// shows is one way to see what a contact waits for: the reason and the sentence, with its time in UTC where there is one.
type shows struct{ reason, words string }

// reasonsBench makes contacts wait, and compares what is said of them.
type reasonsBench struct {
	*stack

	covered map[string]bool
}

// TestReasons has a contact wait for every reason that there is. The dashboard (its list and its page of a contact, by the
// API), `beckon why`, and Temporal's Web UI (current details, search attributes and the filter by them) all give the same
// reason, the same time and the same words.
func TestReasons(t *testing.T) {
	t.Parallel()
	b := &reasonsBench{
		stack:   newStack(t, options{unconfirmedAfter: time.Hour, twilioStep: 10 * time.Minute}),
		covered: map[string]bool{},
	}
	b.ofSchedules()
	b.ofPeople()
	b.ofCampaigns()
	b.ofAttempts()
	b.ofProviders()
	b.ofGuide()
	b.ofQueues()
	for _, reason := range models.WaitingReasons() {
		require.True(t, b.covered[string(reason)], "no contact was made to wait for %s", reason)
	}
	require.Len(t, b.covered, len(models.WaitingReasons()))
}

// ofSchedules covers dates, times and hours.
func (b *reasonsBench) ofSchedules() {
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	b.waits(models.WaitBeforeStart, settings("Before", "automatic"), map[string]any{"startDate": day(3)})
	b.waits(models.WaitScheduledTime, settings("Scheduled", "scheduled"),
		map[string]any{"scheduledAt": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)})
	// Planned for now, while the window was open.
	id, c := b.waits(models.WaitStartOutreaches, settings("Window", "manual"), nil)
	b.call(http.MethodPatch, "/api/v1/campaigns/"+id, map[string]any{"windows": map[string]any{"email": []map[string]any{{
		"days": []string{strings.ToLower(time.Now().UTC().AddDate(0, 0, 3).Format("Mon"))}, "start": "09:00", "end": "17:00",
	}}}}, http.StatusOK, nil)
	b.control(id, "start-outreaches")
	b.same(models.WaitWindow, id, c.ID)
}

// ofPeople covers what people hold back or have had enough of.
func (b *reasonsBench) ofPeople() {
	b.waits(models.WaitStartOutreaches, settings("Manual", "manual"), nil)
	id, c := b.waits(models.WaitApproval, settings("Review", "automatic"), map[string]any{"manualReview": true})
	b.call(http.MethodPost, contactsPath(id)+"/"+c.ID+"/disable", map[string]any{}, http.StatusOK, nil)
	b.same(models.WaitDisabled, id, c.ID)

	// The same address in two campaigns.
	first := b.live(settings("Before the cap", "automatic"), nil)
	b.add(first, people("capped", 1))
	b.untilFinished(first, patient)
	capped := b.live(settings("Cap", "automatic"), map[string]any{"frequencyCap": map[string]any{"count": 1, "days": 7}})
	b.add(capped, people("capped", 1))
	b.same(models.WaitFrequencyCap, capped, b.contacts(capped, "")[0].ID)
}

// ofCampaigns covers what holds all contacts of a campaign, those with a workflow and those without.
func (b *reasonsBench) ofCampaigns() {
	draft := b.createCampaign(settings("Draft", "automatic"))
	b.add(draft, people("draft", 1))
	b.sameUntaken(models.WaitGoLive, draft)

	paused, c := b.waits(models.WaitStartOutreaches, settings("Paused", "manual"), nil)
	b.control(paused, "pause")
	b.call(http.MethodPost, contactsPath(paused)+"/"+c.ID+"/disable", map[string]any{}, http.StatusOK, nil)
	b.call(http.MethodPost, contactsPath(paused)+"/"+c.ID+"/enable", map[string]any{}, http.StatusOK, nil)
	b.same(models.WaitCampaignPaused, paused, c.ID)
	untaken := b.add(paused, people("paused", 1)).Success[0].ContactID
	b.sameWithout(models.WaitCampaignPaused, paused, untaken)

	ended := b.live(settings("Ended", "automatic"), nil)
	b.call(http.MethodPatch, "/api/v1/campaigns/"+ended,
		map[string]any{"startDate": "2020-01-01", "endDate": "2020-01-02"}, http.StatusOK, nil)
	b.add(ended, people("ended", 1))
	b.sameUntaken(models.WaitCampaignEnded, ended)
}

// ofAttempts covers what follows an attempt.
func (b *reasonsBench) ofAttempts() {
	followUp := func(attempts int) map[string]any { return map[string]any{"type": "follow_up", "maxAttempts": attempts} }
	b.waits(models.WaitReply, settings("Reply", "automatic"), followUp(1))
	id, c := b.waits(models.WaitNextAttempt, settings("Next", "automatic"), followUp(3))

	// An older database: it knows nothing of the attempt that the workflow has seen.
	b.alter(fmt.Sprintf("DELETE FROM outreaches WHERE contact_id = '%s' AND attempt = 1", c.ID))
	b.alter(fmt.Sprintf("UPDATE outreaches SET attempt = 1, due_at = send_at WHERE contact_id = '%s'", c.ID))
	b.alter(fmt.Sprintf("UPDATE contacts SET attempts = 0, revision = revision + 1 WHERE id = '%s'", c.ID))
	require.NoError(b.t, b.temporal.SignalWorkflow(b.t.Context(), contactWorkflow(id, c.ID), "", "wake", nil))
	b.same(models.WaitLedgerBehind, id, c.ID)
}

// ofProviders covers what providers answer, or do not.
func (b *reasonsBench) ofProviders() {
	fault := func(target string, settings map[string]any) { b.sandbox.faults(map[string]any{target: settings}) }
	fault("email", map[string]any{"kind": "429", "rate": 1, "retryAfter": 3600})
	b.waits(models.WaitProviderLimit, settings("Limit", "automatic"), nil)
	fault("email", map[string]any{"kind": "401", "rate": 1})
	b.waits(models.WaitProviderAuth, settings("Auth", "automatic"), nil)
	fault("email", map[string]any{"kind": "500", "rate": 1})
	b.waits(models.WaitProof, settings("Proof", "automatic"), nil)

	// A short absence of the provider stays with the activity: its wait is in the database, and with the pending activity.
	fault("email", map[string]any{"kind": "refuse", "rate": 1})
	down := b.live(settings("Down", "manual"), nil)
	b.add(down, people("down", 1))
	c := b.contacts(down, "")[0]
	b.same(models.WaitStartOutreaches, down, c.ID)
	b.alter(fmt.Sprintf("UPDATE outreaches SET failures = 4 WHERE contact_id = '%s'", c.ID))
	b.control(down, "start-outreaches")
	b.sameAsActivity(models.WaitProviderDown, down, c.ID)
	b.alter(fmt.Sprintf("UPDATE outreaches SET failures = 9 WHERE contact_id = '%s'", c.ID))
	b.same(models.WaitProviderDown, down, c.ID)

	fault("plan", map[string]any{"kind": "401", "rate": 1})
	b.waits(models.WaitPlannerError, settings("Planner", "automatic"), nil)
	fault("plan", map[string]any{"kind": "delay", "rate": 1, "delayMs": 20_000})
	b.waits(models.WaitPlanner, settings("Plan", "automatic"), nil)

	b.sandbox.faults(map[string]any{})
	calls := b.createAnyCampaign(channelSettings("Calls", "automatic", "phone"))
	b.add(calls, []person{{FirstName: "Long", Phone: "+12025550151"}})
	b.goLive(calls)
	b.same(models.WaitOutcome, calls, b.contacts(calls, "")[0].ID)
}

// ofGuide runs the filters that docs/stuck-contact.md gives for Temporal's Web UI, and looks at the call stack as it says. By
// then there are contacts that each filter finds.
func (b *reasonsBench) ofGuide() {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "stuck-contact.md"))
	require.NoError(b.t, err)
	filters := regexp.MustCompile(`(?m)^ +((?:WorkflowType|ParentWorkflowId) = .*)$`).FindAllStringSubmatch(string(guide), -1)
	require.Len(b.t, filters, 3)
	all := b.executions(`BeckonWaitingReason = "reply"`)
	require.Len(b.t, all, 1)
	campaignID, contactID, _ := workflows.ParseContactID(all[0].GetExecution().GetWorkflowId())
	for _, filter := range filters {
		require.NotEmpty(b.t, b.executions(strings.ReplaceAll(filter[1], "<campaign id>", campaignID)), filter[1])
	}
	answer, err := b.temporal.QueryWorkflow(b.t.Context(), contactWorkflow(campaignID, contactID), "", client.QueryTypeStackTrace)
	require.NoError(b.t, err)
	var frames string
	require.NoError(b.t, answer.Get(&frames))
	require.Contains(b.t, frames, "workflows.(*contact).wait")
}

// ofQueues covers the waits for a turn.
func (b *reasonsBench) ofQueues() {
	const crowd = 20 // of whom some go at once, whatever the rate
	b.restartWorkers(0.001)
	queue := b.live(settings("Queue", "automatic"), nil)
	b.add(queue, people("queue", crowd))
	b.untilProgress(queue, soon, "the rest waits in the queue", func(p progress) bool {
		return p.Waiting["send_queue"] > 0 && p.Attempts+p.Waiting["send_queue"] == crowd
	})
	b.same(models.WaitSendQueue, queue, b.contacts(queue, "waitingReason=send_queue")[0].ID)
	busy := b.live(settings("Intake", "automatic"), nil)
	b.workers.Stop()
	b.add(busy, people("intake", 1))
	c := b.contacts(busy, "")[0]
	b.sameInDatabase(models.WaitIntakeQueue, busy, c.ID)
	_, err := b.temporal.DescribeWorkflowExecution(b.t.Context(), contactWorkflow(busy, c.ID), "")
	require.Error(b.t, err, "it has no workflow, so the Web UI shows the campaign's, whose task no worker takes")
	described, err := b.temporal.DescribeWorkflowExecution(b.t.Context(), campaignWorkflow(busy), "")
	require.NoError(b.t, err)
	require.NotNil(b.t, described.GetPendingWorkflowTask())
}

// live makes a campaign with other settings that goes live.
func (b *reasonsBench) live(all, others map[string]any) string {
	b.t.Helper()
	maps.Copy(all, others)
	id := b.createCampaign(all)
	b.control(id, "go-live")
	return id
}

// waits makes a live campaign with such settings and a contact that comes to wait for the reason, and compares.
func (b *reasonsBench) waits(reason models.WaitingReason, all, others map[string]any) (campaignID string, c contact) {
	b.t.Helper()
	id := b.live(all, others)
	b.add(id, people(strings.ReplaceAll(string(reason), "_", "")+"of"+strings.ToLower(all["name"].(string)), 1))
	c = b.contacts(id, "")[0]
	b.same(reason, id, c.ID)
	return id, c
}

// same waits until everything says that the contact waits for the reason, in the same words.
func (b *reasonsBench) same(reason models.WaitingReason, campaignID, contactID string) {
	b.t.Helper()
	workflow := contactWorkflow(campaignID, contactID)
	said := until(b.t, soon, string(reason)+" is said by all", func() map[string]shows {
		said := b.inDatabase(campaignID, contactID)
		said["Web UI"] = b.details(workflow, reason)
		return said
	}, func(said map[string]shows) bool { return b.agree(said, reason) })
	b.t.Logf("%-16s %s", reason, said["why"].words)
	b.covered[string(reason)] = true

	if reason.Queued() {
		return // an activity's turn is no wait of the workflow's, so its attributes stay those of its last one
	}
	query := fmt.Sprintf(`WorkflowType = "contact" AND BeckonWaitingReason = %q AND ExecutionStatus = "Running"`, reason)
	until(b.t, soon, "the Web UI's filter lists it", func() []string {
		ids := []string{}
		for _, found := range b.executions(query) {
			ids = append(ids, found.GetExecution().GetWorkflowId())
		}
		return ids
	}, func(ids []string) bool { return slices.Contains(ids, workflow) })
	attributes := b.describe(workflow).GetSearchAttributes().GetIndexedFields()
	for name, want := range map[string]string{
		"BeckonWaitingReason": string(reason), "BeckonContactStatus": b.contact(campaignID, contactID).UnderlyingStatus,
	} {
		var value string
		require.NoError(b.t, converter.GetDefaultDataConverter().FromPayload(attributes[name], &value))
		require.Equal(b.t, want, value, name)
	}
}

// sameUntaken compares what is said of the campaign's only contact, which has no workflow: the campaign's says it.
func (b *reasonsBench) sameUntaken(reason models.WaitingReason, campaignID string) {
	b.t.Helper()
	b.sameWithout(reason, campaignID, b.contacts(campaignID, "")[0].ID)
}

func (b *reasonsBench) sameWithout(reason models.WaitingReason, campaignID, contactID string) {
	b.t.Helper()
	until(b.t, soon, string(reason)+" is said by all", func() map[string]shows {
		said := b.inDatabase(campaignID, contactID)
		said["Web UI"] = b.details(campaignWorkflow(campaignID), reason)
		return said
	}, func(said map[string]shows) bool { return b.agree(said, reason) })
	b.covered[string(reason)] = true
}

// sameInDatabase compares what is said where no workflow answers.
func (b *reasonsBench) sameInDatabase(reason models.WaitingReason, campaignID, contactID string) {
	b.t.Helper()
	until(b.t, soon, string(reason)+" is said by all", func() map[string]shows { return b.inDatabase(campaignID, contactID) },
		func(said map[string]shows) bool { return b.agree(said, reason) })
	b.covered[string(reason)] = true
}

// sameAsActivity compares a wait that an activity keeps to itself, since it is short: the Web UI shows it with the pending
// activity, whose last failure has the reason's name.
func (b *reasonsBench) sameAsActivity(reason models.WaitingReason, campaignID, contactID string) {
	b.t.Helper()
	until(b.t, soon, "the activity waits for "+string(reason), func() map[string]shows {
		said := b.inDatabase(campaignID, contactID)
		described, err := b.temporal.DescribeWorkflowExecution(b.t.Context(), contactWorkflow(campaignID, contactID), "")
		require.NoError(b.t, err)
		for _, pending := range described.GetPendingActivities() {
			failure := pending.GetLastFailure().GetApplicationFailureInfo().GetType()
			said["Web UI"] = shows{failure, said["why"].words}
		}
		return said
	}, func(said map[string]shows) bool { return len(said) == 4 && b.agree(said, reason) })
}

// agree says whether all give the reason, and the same words, which begin with the reason's.
func (b *reasonsBench) agree(said map[string]shows, reason models.WaitingReason) bool {
	first := said["why"]
	for _, one := range said {
		if one != first {
			return false
		}
	}
	known := strings.HasPrefix(first.words, reason.Details()) || reason == models.WaitPlannerError // which says what failed
	return first.reason == string(reason) && known
}

var whyLine = regexp.MustCompile(`(?m)^waits for   ([a-z_]+): (.*)$`)

// inDatabase is what the API says, in the list and in detail, and what `beckon why` does.
func (b *reasonsBench) inDatabase(campaignID, contactID string) map[string]shows {
	b.t.Helper()
	said := map[string]shows{"detail": sentence(b.contact(campaignID, contactID).Waiting)}
	for _, c := range b.contacts(campaignID, "") {
		if c.ID == contactID {
			said["list"] = sentence(c.Waiting)
		}
	}
	printed := strings.Builder{}
	require.NoError(b.t, service.Why(b.t.Context(), &printed, b.db, b.temporal, contactID))
	found := whyLine.FindStringSubmatch(printed.String())
	if found == nil {
		found = []string{"", "", ""}
	}
	said["why"] = shows{found[1], found[2]}
	return said
}

// sentence is what the dashboard makes of a wait, with the time in UTC.
func sentence(w *waiting) shows {
	if w == nil {
		return shows{}
	}
	words := w.Detail
	if w.Until != nil {
		words += " Until " + w.Until.UTC().Format(time.RFC3339) + "."
	}
	return shows{w.Reason, words}
}

// details are the current details of a workflow, as the Web UI asks for them. Of an activity's turn they also say which
// attempt it is, and of a campaign what that means for it.
func (b *reasonsBench) details(workflowID string, reason models.WaitingReason) shows {
	b.t.Helper()
	metadata := sdkpb.WorkflowMetadata{}
	answer, err := b.temporal.QueryWorkflow(b.t.Context(), workflowID, "", "__temporal_workflow_metadata")
	if err == nil {
		err = answer.Get(&metadata)
	}
	if err != nil {
		return shows{reason: err.Error()}
	}
	words := metadata.GetCurrentDetails()
	if reason.Queued() || !strings.Contains(workflowID, "/contact/") {
		if !strings.HasPrefix(words, reason.Details()) {
			return shows{"", words}
		}
		words = reason.Details()
	}
	return shows{string(reason), words}
}
