package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
	"beckon/store"
)

func propertyCases() []testCase {
	return []testCase{{"PropertyInvariants", testInvariants}}
}

// testInvariants runs random sequences of everything that can happen to a campaign of three people, and checks after each
// step what must always hold.
func testInvariants(t *testing.T, b *bench) {
	t.Helper()

	rapid.Check(t, func(r *rapid.T) {
		settings := []func(*models.Campaign){}
		if rapid.Bool().Draw(r, "manual") {
			settings = append(settings, manual)
		}
		// What an earlier sequence suppressed would keep this one from sending anything.
		require.NoError(r, b.db.Where("1 = 1").Delete(&models.Suppression{}).Error)
		w := &world{bench: b, campaign: b.live(r, settings...).ID, before: map[string]models.Contact{}}
		r.Repeat(map[string]func(*rapid.T){
			"add":     w.add,
			"remove":  w.remove,
			"end":     w.end,
			"take":    func(r *rapid.T) { w.take(r, w.campaign) },
			"plan":    w.planOne,
			"fail":    w.failPlan,
			"look":    w.lookAtOne,
			"claim":   w.claim,
			"answer":  w.answer,
			"event":   w.event,
			"allow":   w.allow,
			"control": w.controlIt,
			"fan out": w.fanOut,
			"time":    w.pass,
			"":        w.check,
		})
	})
}

// world is a campaign in which anything may happen.
type world struct {
	*bench

	campaign string
	claims   []*store.Claim
	before   map[string]models.Contact
	archived bool
}

// contacts are the campaign's rows.
func (w *world) contacts(r require.TestingT) []models.Contact { return w.contactsOf(r, w.campaign) }

func (b *bench) contactsOf(t require.TestingT, campaignID string) []models.Contact {
	rows := []models.Contact{}
	require.NoError(t, b.db.Where("campaign_id = ?", campaignID).Order("id").Find(&rows).Error)
	return rows
}

// running draws a contact that a workflow has; nil where there is none.
func (w *world) running(r *rapid.T) *models.Contact {
	running := []models.Contact{}
	for _, c := range w.contacts(r) {
		if c.TakenBatch != nil {
			running = append(running, c)
		}
	}
	if len(running) == 0 {
		r.Skip("nobody is taken in")
	}
	return &running[rapid.IntRange(0, len(running)-1).Draw(r, "contact")]
}

func somebody(r *rapid.T) models.ContactInput {
	n := rapid.IntRange(1, 3).Draw(r, "person")
	input := person(n)
	switch rapid.IntRange(0, 3).Draw(r, "addresses") {
	case 0:
		input.Phone = new(fmt.Sprintf("+1202555010%d", rapid.IntRange(1, 3).Draw(r, "phone")))
	case 1:
		input.Phone, input.Email = new(fmt.Sprintf("+1202555010%d", n)), nil
	}
	return input
}

func (w *world) act(r *rapid.T, action models.AddAction, inputs ...models.ContactInput) {
	_, err := w.AddContacts(ctx(r), w.campaign, action, models.SourceAPI, inputs)
	if w.archived {
		requireCode(r, models.CodeCampaignArchived, err)
		return
	}
	require.NoError(r, err)
}

func (w *world) add(r *rapid.T) { w.act(r, models.ActionUpsert, somebody(r), somebody(r)) }

func (w *world) remove(r *rapid.T) { w.act(r, models.ActionRemove, somebody(r)) }

func (w *world) end(r *rapid.T) {
	input := somebody(r)
	input.Status = new(models.ContactCompleted)
	w.act(r, models.ActionUpdateOnly, input)
}

func (w *world) planOne(r *rapid.T) {
	c := w.running(r)
	_, request, err := w.BeginPlan(ctx(r), w.campaign, c.ID, "run")
	require.NoError(r, err)
	if request == nil {
		return
	}
	ahead := time.Duration(rapid.IntRange(0, 2).Draw(r, "hours ahead")) * time.Hour
	_, err = w.StorePlan(ctx(r), w.campaign, c.ID, *request, emailPlan(request.Now.Add(ahead)))
	require.NoError(r, err)
}

func (w *world) failPlan(r *rapid.T) {
	_, err := w.FailPlan(ctx(r), w.campaign, w.running(r).ID, &models.ProviderError{Code: "429"}, models.Plan{})
	require.NoError(r, err)
}

func (w *world) lookAtOne(r *rapid.T) {
	_, err := w.Look(ctx(r), w.campaign, w.running(r).ID, "run")
	require.NoError(r, err)
}

func (w *world) claim(r *rapid.T) {
	c := w.running(r)
	step, err := w.Look(ctx(r), w.campaign, c.ID, "run")
	require.NoError(r, err)
	if step.OutreachID == "" {
		return
	}
	request := w.requestOf(w.campaign, c.ID, step)
	_, claim, _, err := w.Claim(ctx(r), request)
	require.NoError(r, err)
	if claim != nil {
		require.Equal(r, models.DoSend, step.Do)
		require.Zero(r, c.Attempts, "a one-time contact is sent to once")
		w.claims = append(w.claims, claim)
	}
}

// answer is what a provider's call, an old one too, comes back with.
func (w *world) answer(r *rapid.T) {
	if len(w.claims) == 0 {
		r.Skip("nothing was claimed")
	}
	claim := w.claims[rapid.IntRange(0, len(w.claims)-1).Draw(r, "claim")]
	failure := &models.ProviderError{Code: "test"}
	var err error
	switch rapid.SampledFrom([]string{"accept", "reject", "give back", "doubt"}).Draw(r, "answer") {
	case "accept":
		_, err = w.Accept(ctx(r), claim, "m-"+claim.OutreachID)
	case "reject":
		_, err = w.Reject(ctx(r), claim, failure)
	case "give back":
		_, err = w.GiveBack(ctx(r), claim, failure, models.WaitProviderDown, models.Backoff)
	case "doubt":
		_, err = w.Doubt(ctx(r), claim, failure)
	}
	require.NoError(r, err)
}

func (w *world) event(r *rapid.T) {
	if len(w.claims) == 0 {
		r.Skip("nothing was claimed")
	}
	claim := w.claims[rapid.IntRange(0, len(w.claims)-1).Draw(r, "claim")]
	kind := rapid.SampledFrom([]models.EventType{
		models.EventProcessed, models.EventDeferred, models.EventDelivered, models.EventOpened, models.EventClicked,
		models.EventBounced, models.EventDropped, models.EventFailed, models.EventComplained, models.EventUnsubscribed,
	}).Draw(r, "event")
	key := fmt.Sprintf("%s %d", kind, rapid.IntRange(1, 2).Draw(r, "key"))
	o := w.outreach(r, claim.OutreachID)
	heard := int64(0)
	require.NoError(r, w.db.Model(&models.Event{}).Where("outreach_id = ? AND dedupe_key = ?", o.ID, key).Count(&heard).Error)
	before := w.suppressed(r)
	_, err := w.RecordEvents(ctx(r), []models.ProviderEvent{
		{OutreachID: o.ID, Type: kind, At: w.clock.Now(), DedupeKey: key},
	})
	require.NoError(r, err)
	after := w.suppressed(r)
	if o.ClaimedAt == nil || heard > 0 {
		require.Equal(r, before, after, "what is about no send, and what comes again, does nothing")
		return
	}
	w.requireSuppressed(r, o, kind, after)
	for _, row := range before {
		if strings.HasSuffix(row, string(models.SuppressedComplaint)) {
			require.Contains(r, after, row, "a complaint stays the reason")
		}
	}
}

// requireSuppressed says what follows from a new event, whatever was known before.
func (w *world) requireSuppressed(r *rapid.T, o models.Outreach, kind models.EventType, list []string) {
	rows := strings.Join(list, "\n")
	switch kind {
	case models.EventComplained:
		require.Contains(r, list, fmt.Sprintf("email %s %s", *o.Address, models.SuppressedComplaint))
	case models.EventBounced:
		require.Contains(r, rows, *o.Address)
	case models.EventUnsubscribed:
		c := w.contact(r, o.ContactID)
		require.Equal(r, models.ContactDisqualified, c.Status)
		for _, address := range []*string{o.Address, c.Email, c.Phone} {
			if address != nil {
				require.Contains(r, rows, *address)
			}
		}
	default:
	}
}

// allow lets an administrator allow an address again.
func (w *world) allow(r *rapid.T) {
	rows := []models.Suppression{}
	require.NoError(r, w.db.Order("channel, address").Find(&rows).Error)
	if len(rows) == 0 {
		r.Skip("nothing is suppressed")
	}
	require.NoError(r, w.DeleteSuppression(ctx(r), rows[rapid.IntRange(0, len(rows)-1).Draw(r, "suppression")].ID))
}

func (w *world) controlIt(r *rapid.T) {
	control := rapid.SampledFrom([]models.Control{
		models.ControlPause, models.ControlPause, models.ControlResume, models.ControlResume, models.ControlStartOutreaches,
		models.ControlStartOutreaches, models.ControlArchive,
	}).Draw(r, "control")
	_, err := w.Control(ctx(r), w.campaign, control, models.ControlOptions{})
	if err != nil {
		require.Contains(r, []models.Code{models.CodeInvalidTransition, models.CodeWrongMode}, models.ErrorCode(err), "%v", err)
	}
	w.archived = w.bench.campaign(r, w.campaign).Status == models.CampaignArchived
}

func (w *world) fanOut(r *rapid.T) {
	_, _, err := w.FanOutPage(ctx(r), w.campaign, "", 100)
	require.NoError(r, err)
	_, err = w.Strays(ctx(r), 100)
	require.NoError(r, err)
}

func (w *world) pass(r *rapid.T) {
	w.clock.Advance(time.Duration(rapid.IntRange(1, 40).Draw(r, "minutes")) * time.Minute)
}

// check says what must hold, and that each contact came here by an allowed step.
func (w *world) check(r *rapid.T) {
	contacts := w.contacts(r)
	for _, c := range contacts {
		before, known := w.before[c.ID]
		// A contact that was added anew has a new life: its statuses begin again.
		if known && before.AddedAt.Equal(c.AddedAt) {
			require.True(r, reachable(before.Status, c.Status), "%s → %s", before.Status, c.Status)
			require.GreaterOrEqual(r, c.Revision, before.Revision)
			if before.Finished() && before.Status == c.Status {
				require.Equal(r, before.StatusReason, c.StatusReason)
			} else if before.Finished() {
				require.Equal(r, models.ReasonOptedOut, *c.StatusReason, "only an opt-out changes an end")
			}
		}
		require.GreaterOrEqual(r, c.Attempts, before.Attempts, "attempts are never forgotten")
		w.before[c.ID] = c
	}
	w.requireInvariants(r, w.campaign, contacts)
}

// reachable says whether the table leads from one status to the other in the steps of one action: a look may plan, and a
// claim may be given back.
func reachable(from, to models.ContactStatus) bool {
	if models.CanMove(models.ContactTransitions, from, to) {
		return true
	}
	for _, between := range models.ContactTransitions[from] {
		if models.CanMove(models.ContactTransitions, between, to) {
			return true
		}
	}
	return false
}

// requireInvariants says what holds for every campaign at any time.
func (b *bench) requireInvariants(t require.TestingT, campaignID string, contacts []models.Contact) {
	outreaches := []models.Outreach{}
	require.NoError(t, b.db.Where("campaign_id = ?", campaignID).Find(&outreaches).Error)
	byContact := map[string][]models.Outreach{}
	for _, o := range outreaches {
		byContact[o.ContactID] = append(byContact[o.ContactID], o)
	}
	campaign := b.campaign(t, campaignID)
	for _, c := range contacts {
		requireLedger(t, c, byContact[c.ID])
		requireRow(t, campaign, c)
	}
}

// requireLedger says that a contact's figures are those of its outreaches.
func requireLedger(t require.TestingT, c models.Contact, outreaches []models.Outreach) {
	counted, open, unknown := 0, 0, 0
	for _, o := range outreaches {
		if o.State.Counts() {
			counted++
		}
		if o.State.Open() {
			open++
		}
		if o.State == models.OutreachUnknown {
			unknown++
		}
		claimed := o.State.Counts() || o.State == models.OutreachSubmitting || o.State == models.OutreachRejected
		require.Equal(t, claimed, o.ClaimToken != nil, "state %s", o.State)
		require.Equal(t, claimed, o.ClaimedAt != nil, "state %s", o.State)
		if (c.Finished() || c.RemovedAt != nil) && o.State.Open() {
			require.Equal(t, models.OutreachSubmitting, o.State, "nothing is planned for who is finished or removed")
		}
	}
	require.Equal(t, counted, c.Attempts, "attempts are the outreaches that count")
	require.LessOrEqual(t, open, 1, "at most one open outreach")
	require.Equal(t, unknown > 0, c.Unconfirmed)
	require.LessOrEqual(t, counted, 1, "a one-time contact gets one message")
}

// requireRow says that a contact's columns agree with each other.
func requireRow(t require.TestingT, campaign models.Campaign, c models.Contact) {
	require.Equal(t, c.Finished(), c.FinishedAt != nil)
	require.Equal(t, c.Finished(), c.StatusReason != nil)
	require.GreaterOrEqual(t, c.Revision, c.SeenRevision)
	require.NotEqual(t, models.ContactCampaignPaused, c.Status, "it is never stored")
	if c.WaitingReason == nil {
		require.Nil(t, c.WaitingUntil)
		require.Nil(t, c.WaitingSince)
		require.Empty(t, c.WaitingDetail)
	}
	if c.Finished() || c.RemovedAt != nil {
		require.Nil(t, c.WaitingReason, "%s waits for nothing", c.Status)
		return
	}
	begun := c.TakenBatch != nil && c.RunID != nil
	if begun && campaign.Status != models.CampaignArchived && c.Status != models.ContactExecuting {
		require.NotNil(t, c.WaitingReason, "every contact that waits says why (%s)", c.Status)
	}
}
