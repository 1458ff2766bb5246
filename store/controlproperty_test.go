package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

// testControlProperties runs random sequences of what operators do to contacts, between everything else that can happen to a
// campaign, and checks what must always hold.
func testControlProperties(t *testing.T, b *bench) {
	t.Helper()

	rapid.Check(t, func(r *rapid.T) {
		settings := []func(*models.Campaign){}
		if rapid.Bool().Draw(r, "manual") {
			settings = append(settings, manual)
		}
		if rapid.Bool().Draw(r, "review") {
			settings = append(settings, reviewed)
		}
		w := &operated{world: world{bench: b, campaign: b.live(r, settings...).ID, before: map[string]models.Contact{}}}
		r.Repeat(map[string]func(*rapid.T){
			"add":      w.add,
			"remove":   w.remove,
			"take":     func(r *rapid.T) { w.take(r, w.campaign) },
			"plan":     w.planOne,
			"claim":    w.claimUnlessDisabled,
			"answer":   w.answer,
			"control":  w.pauseOrResume,
			"operate":  w.operateOne,
			"edit":     w.editOne,
			"bulk":     w.bulkSome,
			"stranded": w.nobodyStranded,
			"time":     w.pass,
			"":         w.checkRows,
		})
	})
}

// operated is a world with operators in it.
type operated struct{ world }

// present draws a contact that was not removed; an own version of running, since a control needs no workflow.
func (w *operated) present(r *rapid.T) *models.Contact {
	rows := slices.DeleteFunc(w.contacts(r), func(c models.Contact) bool { return c.RemovedAt != nil })
	if len(rows) == 0 {
		r.Skip("nobody is there")
	}
	return &rows[rapid.IntRange(0, len(rows)-1).Draw(r, "contact")]
}

func (w *operated) claimUnlessDisabled(r *rapid.T) {
	disabled := map[string]bool{}
	for _, c := range w.contacts(r) {
		disabled[c.ID] = c.Status == models.ContactDisabled
	}
	known := len(w.claims)
	w.claim(r)
	for _, claim := range w.claims[known:] {
		require.False(r, disabled[claim.ContactID], "a disabled contact is sent nothing")
	}
}

func (w *operated) pauseOrResume(r *rapid.T) {
	control := rapid.SampledFrom([]models.Control{
		models.ControlPause, models.ControlResume, models.ControlResume, models.ControlStartOutreaches, models.ControlExecuteApproved,
	}).Draw(r, "control")
	_, err := w.Control(ctx(r), w.campaign, control, models.ControlOptions{})
	if err != nil {
		require.Contains(r, []models.Code{models.CodeInvalidTransition, models.CodeWrongMode, models.CodeReviewOff},
			models.ErrorCode(err), "%v", err)
	}
}

func (w *operated) operateOne(r *rapid.T) {
	c := w.present(r)
	control := rapid.SampledFrom([]models.ContactControl{
		models.ContactDisable, models.ContactDisable, models.ContactEnable, models.ContactEnable, models.ContactApprove,
		models.ContactApprove, models.ContactComplete, models.ContactDisqualify,
	}).Draw(r, "control")
	version := rapid.IntRange(1, 3).Draw(r, "version")
	changed, wake, err := w.ContactControl(ctx(r), w.campaign, c.ID, control, models.ContactControlOptions{Version: version})
	after := w.contact(r, c.ID)
	if err != nil {
		require.Contains(r, []models.Code{
			models.CodeInvalidTransition, models.CodeStaleVersion, models.CodeAlreadySending, models.CodeReviewOff,
		}, models.ErrorCode(err), "%v", err)
		require.Equal(r, *c, after)
		return
	}
	if !changed {
		require.Equal(r, *c, after)
	}
	if wake != (models.Wake{}) {
		w.requireTold(r, wake, c.ID)
		require.NotNil(r, after.TakenBatch)
	}
}

func (w *operated) editOne(r *rapid.T) {
	edit := models.OutreachEdit{Version: rapid.IntRange(1, 3).Draw(r, "version"), Body: new("Edited.")}
	if rapid.Bool().Draw(r, "time") {
		edit.SendAt = new(w.clock.Now().Add(time.Duration(rapid.IntRange(-1, 2).Draw(r, "hours")) * time.Hour))
	}
	_, err := w.EditOutreach(ctx(r), w.campaign, w.present(r).ID, edit)
	if err != nil {
		require.Contains(r, []models.Code{models.CodeStaleVersion, models.CodeAlreadySending}, models.ErrorCode(err), "%v", err)
	}
}

func (w *operated) bulkSome(r *rapid.T) {
	ids := []string{w.present(r).ID}
	if other := w.present(r).ID; other != ids[0] {
		ids = append(ids, other)
	}
	action := rapid.SampledFrom([]models.BulkAction{
		models.BulkApprove, models.BulkDisable, models.BulkEnable, models.BulkComplete, models.BulkDisqualify, models.BulkRemove,
	}).Draw(r, "action")
	result, err := w.Bulk(ctx(r), models.BulkRequest{CampaignID: w.campaign, Action: action, IDs: ids, ExpectedCount: len(ids)})
	if err != nil {
		requireCode(r, models.CodeReviewOff, err)
		return
	}
	require.Equal(r, len(ids), result.Changed+result.Skipped)
}

// nobodyStranded says that every contact for which there is something to do is told so: by a signal, which is known by a
// revision that is unseen, by its campaign's fan-out, by the time that it waits for, or by the activity that has it.
func (w *operated) nobodyStranded(r *rapid.T) {
	told := map[string]bool{}
	for after := ""; ; {
		wakes, last, err := w.FanOutPage(ctx(r), w.campaign, after, 2)
		require.NoError(r, err)
		for _, wake := range wakes {
			told[wake.ContactID] = true
		}
		if last == "" {
			break
		}
		after = last
	}
	for _, c := range w.contacts(r) {
		inHand := c.WaitingReason != nil && c.WaitingReason.Queued() || c.WaitingReason == nil && w.submitting(r, c.ID)
		due := c.WaitingUntil != nil && !w.clock.Now().Before(*c.WaitingUntil)
		if c.TakenBatch == nil || c.RunID == nil || c.Finished() || c.RemovedAt != nil || inHand || due ||
			told[c.ID] || c.Revision != c.SeenRevision {
			continue
		}
		step, err := w.Look(ctx(r), w.campaign, c.ID, "run")
		require.NoError(r, err)
		require.Equal(r, models.DoWait, step.Do, "stranded: %s", step)
		require.NotNil(r, c.WaitingReason, "stranded: %s", step)
		if step.Waiting.Reason == models.WaitCampaignPaused {
			continue // shown over what it waits for, which need not be recorded anew
		}
		require.Equal(r, *c.WaitingReason, step.Waiting.Reason, "it waits for something else than its row says")
	}
}

func (w *operated) submitting(r *rapid.T, contactID string) bool {
	var n int64
	require.NoError(r, w.db.Model(&models.Outreach{}).Where("contact_id = ? AND state = 'submitting'", contactID).Count(&n).Error)
	return n > 0
}

// checkRows says what must hold of contacts and ledger.
func (w *operated) checkRows(r *rapid.T) {
	campaign := w.bench.campaign(r, w.campaign)
	for _, c := range w.contacts(r) {
		outreaches := []models.Outreach{}
		require.NoError(r, w.db.Where("contact_id = ?", c.ID).Find(&outreaches).Error)
		requireLedger(r, c, outreaches)
		for _, o := range outreaches {
			if campaign.ManualReview && o.ClaimToken != nil {
				require.True(r, o.Approved(), "nothing is claimed but the version that was approved")
			}
			require.Equal(r, o.State == models.OutreachApproved, o.Approved() && o.ClaimToken == nil && o.State.Open(), o.State)
		}
		require.Equal(r, c.Finished(), c.FinishedAt != nil)
		require.Equal(r, c.Finished(), c.StatusReason != nil)
		require.GreaterOrEqual(r, c.Revision, c.SeenRevision)
		if c.WaitingReason == nil {
			require.Nil(r, c.WaitingUntil)
			require.Empty(r, c.WaitingDetail)
		}
		if c.Finished() || c.RemovedAt != nil {
			require.Nil(r, c.WaitingReason)
		}
		if c.TakenBatch == nil && !c.Finished() && c.RunID == nil {
			require.Contains(r, []models.ContactStatus{models.ContactNotStarted, models.ContactDisabled}, c.Status)
		}
	}
}
