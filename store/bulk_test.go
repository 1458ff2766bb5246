package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func bulkCases() []testCase {
	return []testCase{
		{"BulkApprove", testBulkApprove},
		{"BulkDisableEnable", testBulkDisableEnable},
		{"BulkEnds", testBulkEnds},
		{"BulkRemove", testBulkRemove},
		{"BulkFilter", testBulkFilter},
		{"BulkRefused", testBulkRefused},
		{"BulkLikeOne", testBulkLikeOne},
		{"BulkMany", testBulkMany},
	}
}

// bulk carries out an action on contacts that are named by id.
func (b *bench) bulk(t require.TestingT, campaignID string, action models.BulkAction, ids ...string) models.BulkResult {
	result, err := b.Bulk(ctx(t), models.BulkRequest{
		CampaignID: campaignID, Action: action, IDs: ids, ExpectedCount: len(ids),
	})
	require.NoError(t, err)
	require.Equal(t, len(ids), result.Changed+result.Skipped)
	require.Equal(t, b.campaign(t, campaignID).Revision, result.Revision)
	return result
}

func testBulkApprove(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	ids := b.taken(t, c.ID, people(5)...)
	outreaches := map[string]string{}
	for _, id := range ids[:4] {
		outreaches[id] = b.plan(t, c.ID, id).OutreachID
	}
	edited, approved, disabled, unplanned := ids[0], ids[1], ids[2], ids[4]
	_, err := b.EditOutreach(t.Context(), c.ID, edited, models.OutreachEdit{Version: 1, Body: new("Better.")})
	require.NoError(t, err)
	_, _, err = b.approve(t, c.ID, approved, 1)
	require.NoError(t, err)
	b.operate(t, c.ID, disabled, models.ContactDisable)
	b.look(t, c.ID, ids[:4]...)
	before := b.campaign(t, c.ID).Revision
	revisions := b.contact(t, edited).Revision

	result := b.bulk(t, c.ID, models.BulkApprove, ids...)
	require.Equal(t, 3, result.Changed)
	require.Equal(t, before+1, result.Revision)
	require.Equal(t, 2, *b.outreach(t, outreaches[edited]).ApprovedVersion, "in the version that it has")
	for id, outreachID := range outreaches {
		require.Equal(t, models.OutreachApproved, b.outreach(t, outreachID).State, id)
	}
	b.requireShown(t, c.ID, edited, models.ContactAwaitingExecution, models.WaitSendQueue)
	b.requireShown(t, c.ID, disabled, models.ContactDisabled, models.WaitDisabled)
	b.requireShown(t, c.ID, unplanned, models.ContactNotStarted, models.WaitIntakeQueue)
	require.Equal(t, revisions, b.contact(t, edited).Revision, "the campaign tells it")
	require.ElementsMatch(t, []string{edited, ids[3]}, b.fannedOut(t, c.ID, 1))
	b.look(t, c.ID, ids[:4]...)
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	again := b.bulk(t, c.ID, models.BulkApprove, ids...)
	require.Equal(t, models.BulkResult{Skipped: 5, Revision: result.Revision}, again, "nothing is left to approve")
}

func testBulkDisableEnable(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	ids := b.taken(t, c.ID, people(4)...)
	waiting, planning, done, executing := ids[0], ids[1], ids[2], ids[3]
	b.plan(t, c.ID, waiting)
	_, _, err := b.BeginPlan(t.Context(), c.ID, planning, "run")
	require.NoError(t, err)
	b.operate(t, c.ID, done, models.ContactComplete)
	step := b.plan(t, c.ID, executing)
	b.control(t, c.ID, models.ControlStartOutreaches)
	b.look(t, c.ID, done, executing)
	claim := b.claimed(t, b.requestOf(c.ID, executing, step))
	untaken := b.add(t, c.ID, person(9)).Results[0].ContactID
	all := slices.Concat(ids, []string{untaken})

	require.Equal(t, 4, b.bulk(t, c.ID, models.BulkDisable, all...).Changed)
	for _, id := range []string{waiting, planning, executing, untaken} {
		b.requireShown(t, c.ID, id, models.ContactDisabled, models.WaitDisabled)
	}
	b.requireWaits(t, waiting, models.WaitDisabled)
	b.requireWaits(t, planning, models.WaitPlanner)
	require.Equal(t, []string{waiting}, b.fannedOut(t, c.ID, 10), "those in an activity's hands find out by themselves")
	b.look(t, c.ID, waiting)
	require.Empty(t, b.fannedOut(t, c.ID, 10))
	require.Zero(t, b.bulk(t, c.ID, models.BulkDisable, all...).Changed)

	require.Equal(t, 4, b.bulk(t, c.ID, models.BulkEnable, all...).Changed)
	b.requireShown(t, c.ID, waiting, models.ContactAwaitingExecution, models.WaitSendQueue)
	b.requireShown(t, c.ID, planning, models.ContactPlanning, models.WaitPlanner)
	b.requireShown(t, c.ID, executing, models.ContactExecuting, "")
	b.requireShown(t, c.ID, untaken, models.ContactNotStarted, models.WaitIntakeQueue)
	require.Equal(t, []string{waiting}, b.fannedOut(t, c.ID, 10))
	_, err = b.Accept(t.Context(), claim, "m-1")
	require.NoError(t, err)
	require.Equal(t, models.ContactCompleted, b.contact(t, executing).Status)

	// What nobody need be told of does not rouse the campaign.
	revision := b.campaign(t, c.ID).Revision
	require.Equal(t, 2, b.bulk(t, c.ID, models.BulkDisable, planning, untaken).Changed)
	require.Equal(t, revision, b.campaign(t, c.ID).Revision)
}

func testBulkEnds(t *testing.T, b *bench) {
	t.Helper()

	for action, status := range map[models.BulkAction]models.ContactStatus{
		models.BulkComplete: models.ContactCompleted, models.BulkDisqualify: models.ContactDisqualified,
	} {
		c := b.live(t, reviewed)
		ids := b.taken(t, c.ID, people(4)...)
		outreaches := []string{}
		for _, id := range ids[:3] {
			outreaches = append(outreaches, b.plan(t, c.ID, id).OutreachID)
		}
		b.operate(t, c.ID, ids[2], models.ContactComplete)
		b.look(t, c.ID, ids[2])
		_, _, err := b.BeginPlan(t.Context(), c.ID, ids[3], "run")
		require.NoError(t, err)
		require.Equal(t, 3, b.bulk(t, c.ID, action, ids...).Changed)
		for i, id := range []string{ids[0], ids[1], ids[3]} {
			row := b.contact(t, id)
			require.Equal(t, status, row.Status)
			require.Equal(t, models.ReasonByOperator, *row.StatusReason)
			require.NotNil(t, row.FinishedAt)
			require.Nil(t, row.WaitingReason)
			if i < 2 {
				require.Equal(t, models.OutreachCancelled, b.outreach(t, outreaches[i]).State)
			}
		}

		// Their workflows are told, once each, but not the one whose activity finds out.
		view, err := b.LookCampaign(t.Context(), c.ID)
		require.NoError(t, err)
		require.True(t, view.Unsettled)
		require.ElementsMatch(t, ids[:2], b.fannedOut(t, c.ID, 1))
		b.look(t, c.ID, ids[:2]...)
		require.Empty(t, b.fannedOut(t, c.ID, 10))
		view, err = b.LookCampaign(t.Context(), c.ID)
		require.NoError(t, err)
		require.False(t, view.Unsettled)
	}
}

func testBulkRemove(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	ids := b.taken(t, c.ID, people(3)...)
	outreachID := b.plan(t, c.ID, ids[0]).OutreachID
	b.operate(t, c.ID, ids[1], models.ContactComplete)
	b.look(t, c.ID, ids[1])
	require.Equal(t, 3, b.bulk(t, c.ID, models.BulkRemove, ids...).Changed)
	for _, id := range ids {
		_, err := b.Contact(t.Context(), c.ID, id)
		requireCode(t, models.CodeNotFound, err)
		require.Nil(t, b.contact(t, id).WaitingReason)
	}
	require.Equal(t, models.OutreachCancelled, b.outreach(t, outreachID).State)
	require.ElementsMatch(t, []string{ids[0], ids[2]}, b.fannedOut(t, c.ID, 10))
	step, err := b.Look(t.Context(), c.ID, ids[0], "run")
	require.NoError(t, err)
	require.Equal(t, models.DoRemoved, step.Do)
	require.NoError(t, b.Settle(t.Context(), c.ID, ids[2])) // its workflow is gone
	require.Empty(t, b.fannedOut(t, c.ID, 10))

	// Added again, they come back.
	b.add(t, c.ID, people(3)...)
	require.ElementsMatch(t, []string{ids[0], ids[2]}, b.take(t, c.ID))
}

func testBulkFilter(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	ids := b.taken(t, c.ID, people(4)...)
	for _, id := range ids[:3] {
		b.plan(t, c.ID, id)
	}
	request := models.BulkRequest{
		CampaignID: c.ID, Action: models.BulkApprove, ExpectedCount: 4,
		Filter: &models.ContactFilter{Status: new(models.ContactAwaitingApproval), Page: models.Page{Number: 9, PerPage: 1}},
	}
	_, err := b.Bulk(t.Context(), request)
	requireCode(t, models.CodeCountChanged, err)
	require.Equal(t, models.ContactAwaitingApproval, b.contact(t, ids[0]).Status)
	request.ExpectedCount = 3
	result, err := b.Bulk(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, 3, result.Changed)

	everybody := models.BulkRequest{CampaignID: c.ID, Action: models.BulkDisable, ExpectedCount: 4, Filter: &models.ContactFilter{}}
	result, err = b.Bulk(t.Context(), everybody)
	require.NoError(t, err)
	require.Equal(t, 4, result.Changed)
}

func testBulkRefused(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	id := b.taken(t, c.ID, person(1))[0]
	ask := func(change func(*models.BulkRequest)) error {
		request := models.BulkRequest{CampaignID: c.ID, Action: models.BulkDisable, IDs: []string{id}, ExpectedCount: 1}
		change(&request)
		_, err := b.Bulk(t.Context(), request)
		return err
	}
	many := make([]string, models.MaxBulkIDs+1)
	for code, changes := range map[models.Code][]func(*models.BulkRequest){
		models.CodeInvalid: {
			func(r *models.BulkRequest) { r.Action = "explode" },
			func(r *models.BulkRequest) { r.IDs = nil },
			func(r *models.BulkRequest) { r.Filter = &models.ContactFilter{} },
			func(r *models.BulkRequest) { r.IDs = many },
		},
		models.CodeCountChanged: {
			func(r *models.BulkRequest) { r.ExpectedCount = 2 },
			func(r *models.BulkRequest) { r.IDs, r.ExpectedCount = []string{id, unknownID}, 2 },
			func(r *models.BulkRequest) { r.IDs, r.ExpectedCount = []string{id, id}, 2 },
			func(r *models.BulkRequest) { r.IDs = []string{"nonsense"} },
		},
		models.CodeNotFound:  {func(r *models.BulkRequest) { r.CampaignID = unknownID }},
		models.CodeReviewOff: {func(r *models.BulkRequest) { r.Action = models.BulkApprove }},
	} {
		for i, change := range changes {
			err := ask(change)
			require.Error(t, err, "%s %d", code, i)
			requireCode(t, code, err)
		}
	}
	require.NotEqual(t, models.ContactDisabled, b.contact(t, id).Status)
	b.control(t, c.ID, models.ControlArchive)
	requireCode(t, models.CodeCampaignArchived, ask(func(*models.BulkRequest) {}))
}

// testBulkLikeOne says that a bulk action leaves each contact as the same control of it alone does, but for who tells it.
func testBulkLikeOne(t *testing.T, b *bench) {
	t.Helper()

	for _, settings := range [][]func(*models.Campaign){{reviewed}, {manual}, {}} {
		for _, action := range []models.BulkAction{models.BulkDisable, models.BulkEnable, models.BulkComplete, models.BulkDisqualify} {
			one, many := b.mixed(t, settings...), b.mixed(t, settings...)
			for _, id := range one {
				campaignID := b.contact(t, id).CampaignID
				_, _, err := b.ContactControl(t.Context(), campaignID, id, models.ContactControl(action), models.ContactControlOptions{})
				if err != nil {
					requireCode(t, models.CodeInvalidTransition, err)
				}
			}
			b.bulk(t, b.contact(t, many[0]).CampaignID, action, many...)
			for i := range one {
				want, err := b.Contact(t.Context(), b.contact(t, one[i]).CampaignID, one[i])
				require.NoError(t, err)
				have, err := b.Contact(t.Context(), b.contact(t, many[i]).CampaignID, many[i])
				require.NoError(t, err)
				name := fmt.Sprintf("%s, contact %d", action, i)
				require.Equal(t, want.Status, have.Status, name)
				require.Equal(t, want.StatusReason, have.StatusReason, name)
				require.Equal(t, want.NextOutreach == nil, have.NextOutreach == nil, name)
				if action != models.BulkEnable || want.Waiting() == nil { // what follows is looked up by each workflow
					require.Equal(t, want.Waiting(), have.Waiting(), name)
				}
			}
		}
	}
}

// mixed makes a campaign with contacts in all kinds of states.
func (b *bench) mixed(t *testing.T, settings ...func(*models.Campaign)) []string {
	t.Helper()
	c := b.live(t, settings...)
	ids := b.taken(t, c.ID, people(6)...)
	for _, id := range ids[:4] {
		b.plan(t, c.ID, id)
	}
	_, _, err := b.BeginPlan(ctx(t), c.ID, ids[4], "run")
	require.NoError(t, err)
	b.operate(t, c.ID, ids[1], models.ContactDisable)
	b.operate(t, c.ID, ids[2], models.ContactComplete)
	b.operate(t, c.ID, ids[3], models.ContactDisqualify)
	b.look(t, c.ID, ids[1:4]...)
	return append(ids, b.add(t, c.ID, person(9)).Results[0].ContactID)
}

// testBulkMany changes ten thousand contacts at once.
func testBulkMany(t *testing.T, b *bench) {
	t.Helper()

	n := sized(models.MaxBulkIDs)
	c := b.live(t, reviewed)
	ids := make([]string, 0, n)
	for _, added := range b.add(t, c.ID, people(n)...).Results {
		ids = append(ids, added.ContactID)
	}
	require.NoError(t, b.db.Exec(`UPDATE contacts SET taken_batch = 'batch', taken_at = ?, run_id = 'run',
		status = 'awaiting_approval', waiting_reason = 'approval', waiting_since = ?`, b.clock.Now(), b.clock.Now()).Error)
	outreaches := make([]models.Outreach, 0, n)
	for i, id := range ids {
		outreaches = append(outreaches, models.Outreach{
			ID: fmt.Sprintf("0190a1b2-c3d4-7e5f-8a6b-%012d", i), CampaignID: c.ID, ContactID: id, Attempt: 1,
			Channel: models.ChannelEmail, State: models.OutreachPlanned, SendAt: b.clock.Now(), Version: 1,
		})
	}
	require.NoError(t, b.db.CreateInBatches(outreaches, 500).Error)
	for _, action := range []models.BulkAction{
		models.BulkApprove, models.BulkDisable, models.BulkEnable, models.BulkComplete, models.BulkRemove,
	} {
		began := time.Now()
		require.Equal(t, n, b.bulk(t, c.ID, action, ids...).Changed, action)
		t.Logf("%s of %d contacts: %s", action, n, time.Since(began))
	}
}
