package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func controlCases() []testCase {
	return []testCase{
		{"ControlTable", testControlTable},
		{"ControlSignalled", testControlSignalled},
		{"ControlGoLiveProblems", testGoLiveProblems},
		{"ControlPauseCountsInFlight", testPauseInFlight},
		{"ControlStartCounts", testStartCounts},
		{"ControlArchive", testArchive},
	}
}

// inStatus makes a campaign that has come to the status.
func (b *bench) inStatus(t *testing.T, status models.CampaignStatus, settings ...func(*models.Campaign)) string {
	t.Helper()
	id := b.draft(t, settings...).ID
	path := map[models.CampaignStatus][]models.Control{
		models.CampaignDraft:    {},
		models.CampaignActive:   {models.ControlGoLive},
		models.CampaignPaused:   {models.ControlGoLive, models.ControlPause},
		models.CampaignArchived: {models.ControlArchive},
	}
	for _, control := range path[status] {
		b.control(t, id, control)
	}
	require.Equal(t, status, b.campaign(t, id).Status)
	return id
}

// outcome of a control: the status afterwards with whether it changed anything, or an error code.
type outcome struct {
	to      models.CampaignStatus
	changed bool
	code    models.Code
}

// controlTable is the table of controls of DESIGN section 6, for a manual campaign, cell by cell.
func controlTable() map[models.Control]map[models.CampaignStatus]outcome {
	const (
		draft, active   = models.CampaignDraft, models.CampaignActive
		paused, archive = models.CampaignPaused, models.CampaignArchived
	)
	refused := outcome{code: models.CodeInvalidTransition}
	return map[models.Control]map[models.CampaignStatus]outcome{
		models.ControlGoLive: {draft: {active, true, ""}, active: {active, false, ""}, paused: refused, archive: refused},
		models.ControlPause:  {draft: refused, active: {paused, true, ""}, paused: {paused, false, ""}, archive: refused},
		models.ControlResume: {draft: refused, active: {active, false, ""}, paused: {active, true, ""}, archive: refused},
		models.ControlArchive: {
			draft: {archive, true, ""}, active: {archive, true, ""}, paused: {archive, true, ""}, archive: {archive, false, ""},
		},
		models.ControlStartOutreaches: {draft: refused, active: {active, true, ""}, paused: refused, archive: refused},
		// Nothing is approved here.
		models.ControlExecuteApproved: {draft: refused, active: {active, false, ""}, paused: refused, archive: refused},
	}
}

// reviewed switches manual review on.
func reviewed(c *models.Campaign) { c.ManualReview = true }

func testControlTable(t *testing.T, b *bench) {
	t.Helper()

	table := controlTable()
	require.Len(t, table, len(models.Controls))
	for control, row := range table {
		require.Len(t, row, len(models.CampaignTransitions))
		for from, want := range row {
			name := fmt.Sprintf("%s while %s", control, from)
			id := b.inStatus(t, from, manual, reviewed)
			before := b.campaign(t, id)
			result, err := b.Control(t.Context(), id, control, models.ControlOptions{})
			after := b.campaign(t, id)
			if want.code != "" {
				requireCode(t, want.code, err)
				require.Equal(t, before, after, name)
				continue
			}
			require.NoError(t, err, name)
			require.Equal(t, want.changed, result.Changed, name)
			require.Equal(t, want.to, result.Status, name)
			require.Equal(t, want.to, after.Status, name)
			require.Equal(t, after.Revision, result.Revision, name)
			if !want.changed {
				require.Equal(t, before, after, name)
				continue
			}
			require.Equal(t, before.Revision+1, after.Revision, name)
			require.True(t, models.CanMove(models.CampaignTransitions, from, after.Status), name)
		}
	}

	// Only manual campaigns are started by hand.
	_, err := b.Control(t.Context(), b.live(t).ID, models.ControlStartOutreaches, models.ControlOptions{})
	requireCode(t, models.CodeWrongMode, err)
	_, err = b.Control(t.Context(), b.live(t).ID, models.Control("explode"), models.ControlOptions{})
	requireCode(t, models.CodeInvalid, err)
}

func testControlSignalled(t *testing.T, b *bench) {
	t.Helper()

	id := b.live(t, manual).ID
	signalled := func(run string, number int, control models.Control) models.ControlResult {
		t.Helper()
		result, err := b.Control(t.Context(), id, control, models.ControlOptions{
			Signal: &models.SignalKey{RunID: run, Number: number},
		})
		require.NoError(t, err)
		return result
	}
	releases := func() (n int64) {
		t.Helper()
		require.NoError(t, b.db.Model(&models.Release{}).Where("campaign_id = ?", id).Count(&n).Error)
		return n
	}
	first := signalled("run", 1, models.ControlStartOutreaches)
	require.True(t, first.Changed)
	again := signalled("run", 1, models.ControlStartOutreaches)
	require.False(t, again.Changed, "a repeated local activity writes nothing twice")
	require.Equal(t, first.Revision, again.Revision)
	require.EqualValues(t, 1, releases())
	signalled("run", 2, models.ControlStartOutreaches)
	signalled("other run", 1, models.ControlStartOutreaches)
	require.EqualValues(t, 3, releases())

	// A pause that came again after the resume does not pause again.
	require.True(t, signalled("run", 3, models.ControlPause).Changed)
	b.control(t, id, models.ControlResume)
	late := signalled("run", 3, models.ControlPause)
	require.False(t, late.Changed)
	require.Equal(t, models.CampaignActive, late.Status)

	// A control that is refused is no reason to forget its number: the next one is carried out.
	_, err := b.Control(t.Context(), id, models.ControlGoLive, models.ControlOptions{Signal: &models.SignalKey{RunID: "run", Number: 4}})
	require.NoError(t, err)
	b.control(t, id, models.ControlPause)
	_, err = b.Control(t.Context(), id, models.ControlGoLive, models.ControlOptions{Signal: &models.SignalKey{RunID: "run", Number: 5}})
	requireCode(t, models.CodeInvalidTransition, err)
}

func testGoLiveProblems(t *testing.T, b *bench) {
	t.Helper()

	c := models.NewCampaign(models.CampaignOneTime)
	c.Name = "Empty"
	c.Channels = []models.Channel{models.ChannelEmail, models.ChannelText}
	require.NoError(t, b.CreateCampaign(t.Context(), c))

	_, err := b.Control(t.Context(), c.ID, models.ControlGoLive, models.ControlOptions{})
	requireCode(t, models.CodeGoLiveRefused, err)
	var refusal *models.Error
	require.ErrorAs(t, err, &refusal)
	pointers := []string{}
	for _, field := range refusal.Fields {
		pointers = append(pointers, field.Pointer)
	}
	require.Subset(t, pointers, []string{"/objective", "/sender/fromEmail", "/sender/postalAddress", "/consent"}, "all at once")
	after := b.campaign(t, c.ID)
	require.Equal(t, models.CampaignDraft, after.Status)
	require.Equal(t, c.Revision, after.Revision)
	require.Nil(t, after.ConsentBasis)

	// A campaign whose end has passed does not begin.
	over := b.draft(t, endsOn("2026-03-01"))
	_, err = b.Control(t.Context(), over.ID, models.ControlGoLive, models.ControlOptions{})
	requireCode(t, models.CodeGoLiveRefused, err)

	// Whoever attests the consent is noted when the campaign goes live.
	good := b.draft(t)
	_, err = b.Control(t.Context(), good.ID, models.ControlGoLive, models.ControlOptions{ConsentAttestedBy: new("Ada")})
	require.NoError(t, err)
	row := b.campaign(t, good.ID)
	require.Equal(t, "attested", *row.ConsentBasis)
	require.Equal(t, "Ada", *row.ConsentAttestedBy)
	require.NotNil(t, row.LiveAt)
}

func testPauseInFlight(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for i := range 3 {
		b.claimed(t, b.ready(t, c.ID, person(i)))
	}
	b.ready(t, c.ID, person(9))
	result := b.control(t, c.ID, models.ControlPause)
	require.Equal(t, 3, result.InFlight)
	require.Equal(t, "paused by test", *b.campaign(t, c.ID).PauseReason)
	require.Equal(t, 3, b.control(t, c.ID, models.ControlPause).InFlight, "asked again, the same")
	b.control(t, c.ID, models.ControlResume)
	require.Nil(t, b.campaign(t, c.ID).PauseReason)
}

func testStartCounts(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, manual)
	ids := b.taken(t, c.ID, people(3)...)
	for _, id := range ids[:2] {
		step := b.plan(t, c.ID, id)
		require.Equal(t, models.DoWait, step.Do)
		b.requireWaits(t, id, models.WaitStartOutreaches)
	}
	b.clock.Advance(time.Second)
	result := b.control(t, c.ID, models.ControlStartOutreaches)
	require.NotNil(t, result.ReleaseID)
	require.Equal(t, 2, *result.Now)
	require.Equal(t, models.ReleaseCounts{Planning: 1}, *result.Waiting)

	// The release holds for whoever was added before it, those still being planned included.
	for _, id := range ids[:2] {
		step, err := b.Look(t.Context(), c.ID, id, "run-1")
		require.NoError(t, err)
		require.Equal(t, models.DoSend, step.Do)
	}
	require.Equal(t, models.DoSend, b.plan(t, c.ID, ids[2]).Do)

	// It does not hold for who is added later.
	later := b.taken(t, c.ID, person(7))[0]
	require.Equal(t, models.DoWait, b.plan(t, c.ID, later).Do)
	b.requireWaits(t, later, models.WaitStartOutreaches)
}

func testArchive(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	b.control(t, c.ID, models.ControlPause)
	result := b.control(t, c.ID, models.ControlArchive)
	require.Equal(t, models.CampaignArchived, result.Status)
	row := b.campaign(t, c.ID)
	require.NotNil(t, row.ArchivedAt)
	require.Nil(t, row.PauseReason)

	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, models.DoFinish, step.Do)
	require.Equal(t, models.ReasonCampaignArchived, step.Reason)
	require.Equal(t, models.OutreachCancelled, b.outreach(t, request.OutreachID).State)
}
