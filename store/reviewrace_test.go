package store_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/store"
)

// Each of these races is run b.rounds times, in one campaign with a new contact a round.
func reviewRaceCases() []testCase {
	return []testCase{
		{"RaceApproveEdit", testRaceApproveEdit},
		{"RaceEditClaim", testRaceEditClaim},
		{"RaceEditClaimReviewed", testRaceEditClaimReviewed},
		{"RaceDisableClaim", testRaceDisableClaim},
		{"RaceBulkDisableClaim", testRaceBulkDisableClaim},
		{"RaceReviewOnClaim", testRaceReviewOnClaim},
		{"RacePauseClaim", testRacePauseClaim},
		{"RaceResends", testRaceResends},
		{"RaceNoneLeftHeld", testRaceNoneLeftHeld},
	}
}

// claimRace is a claim that may be granted, and how it was asked for.
type claimRace struct {
	claim   *store.Claim
	message *models.Message
	over    bool // it was asked for after what races against it had answered
}

// claims asks for an outreach so many times at once while something else runs; answered says that this has returned. It says
// which claim was granted, one at most.
func (b *bench) claims(
	t *testing.T, request store.ClaimRequest, n int, answered *atomic.Bool, others ...func() error,
) (granted *claimRace, errs []error) {
	t.Helper()
	races := make([]claimRace, n)
	runs := times(n, func(i int) (err error) {
		races[i].over = answered.Load()
		_, races[i].claim, races[i].message, err = b.Claim(t.Context(), request)
		return err
	})
	errs = together(append(others, runs...)...)
	requireNoErrors(t, errs[len(others):])
	for i := range races {
		if races[i].claim != nil {
			require.Nil(t, granted, "granted twice")
			granted = &races[i]
		}
	}
	return granted, errs[:len(others)]
}

// refusedNow says that a claim is not granted any more.
func (b *bench) refusedNow(t *testing.T, request store.ClaimRequest) {
	t.Helper()
	step, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim, "%s", step)
}

// oneOf says that the call succeeded, or failed with one of the codes.
func oneOf(t *testing.T, err error, codes ...models.Code) (succeeded bool) {
	t.Helper()
	if err == nil {
		return true
	}
	require.Contains(t, codes, models.ErrorCode(err), "%v", err)
	return false
}

// testRaceApproveEdit approves and edits at once, while the outreach is claimed: what is sent is the version that was
// approved, and an edit takes an approval away.
func testRaceApproveEdit(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		approve := func(version int) func() error {
			return func() error { _, _, err := b.approve(t, c.ID, id, version); return err }
		}
		edit := func() error {
			_, err := b.EditOutreach(t.Context(), c.ID, id, models.OutreachEdit{Version: 1, Body: new("Edited.")})
			return err
		}
		var answered atomic.Bool
		granted, errs := b.claims(t, request, 2, &answered, approve(1), edit, approve(2))
		approved := oneOf(t, errs[0], models.CodeStaleVersion, models.CodeAlreadySending)
		edited := oneOf(t, errs[1], models.CodeAlreadySending)
		again := oneOf(t, errs[2], models.CodeStaleVersion, models.CodeAlreadySending)
		require.False(t, again && !edited, "there is no version 2 without the edit")

		o := b.outreach(t, request.OutreachID)
		switch {
		case granted != nil:
			require.True(t, o.Approved(), "the version that was claimed is the one that was approved")
			want := map[int]string{1: "It is time for a check-up.", 2: "Edited."}[o.Version]
			require.Equal(t, want, granted.message.Email.Text)
			require.True(t, approved || again)
		case again:
			require.Equal(t, models.OutreachApproved, o.State)
			require.Equal(t, 2, *o.ApprovedVersion)
		default:
			require.True(t, edited)
			require.Equal(t, models.OutreachPlanned, o.State)
			require.Nil(t, o.ApprovedVersion)
			b.refusedNow(t, request)
		}
	}
}

// testRaceEditClaim edits while the outreach is claimed: what is sent is the edited text, or the edit was refused.
func testRaceEditClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		edit := func() error {
			_, err := b.EditOutreach(t.Context(), c.ID, request.ContactID, models.OutreachEdit{Version: 1, Body: new("Edited.")})
			return err
		}
		var answered atomic.Bool
		granted, errs := b.claims(t, request, 3, &answered, edit)
		require.NotNil(t, granted, "without review, one of them goes")
		if oneOf(t, errs[0], models.CodeAlreadySending) {
			require.Equal(t, "Edited.", granted.message.Email.Text)
		} else {
			require.Equal(t, "It is time for a check-up.", granted.message.Email.Text)
		}
	}
}

// testRaceEditClaimReviewed edits an approved outreach while it is claimed: it is edited, or sent, not both.
func testRaceEditClaimReviewed(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t, reviewed)
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		_, _, err := b.approve(t, c.ID, id, 1)
		require.NoError(t, err)
		edit := func() error {
			_, err := b.EditOutreach(t.Context(), c.ID, id, models.OutreachEdit{Version: 1, Body: new("Edited.")})
			return err
		}
		var answered atomic.Bool
		granted, errs := b.claims(t, request, 3, &answered, edit)
		edited := oneOf(t, errs[0], models.CodeAlreadySending)
		require.NotEqual(t, edited, granted != nil)
		b.refusedNow(t, request)
	}
}

// testRaceDisableClaim disables a contact while its outreach is claimed: no claim that is asked for afterwards is granted.
func testRaceDisableClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		var answered atomic.Bool
		disable := func() error {
			_, _, err := b.ContactControl(t.Context(), c.ID, request.ContactID, models.ContactDisable, models.ContactControlOptions{})
			answered.Store(true)
			return err
		}
		granted, errs := b.claims(t, request, 3, &answered, disable)
		require.NoError(t, errs[0])
		require.False(t, granted != nil && granted.over, "granted after disable had answered")
		b.refusedNow(t, request)
		require.Equal(t, models.ContactDisabled, b.contact(t, request.ContactID).Status)
	}
}

// testRaceBulkDisableClaim does the same with many contacts at once.
func testRaceBulkDisableClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		var answered atomic.Bool
		disable := func() error {
			_, err := b.Bulk(t.Context(), models.BulkRequest{
				CampaignID: c.ID, Action: models.BulkDisable, IDs: []string{request.ContactID}, ExpectedCount: 1,
			})
			answered.Store(true)
			return err
		}
		granted, errs := b.claims(t, request, 3, &answered, disable)
		require.NoError(t, errs[0])
		require.False(t, granted != nil && granted.over, "granted after the bulk action had answered")
		b.refusedNow(t, request)
	}
}

// testRaceReviewOnClaim switches manual review on while an outreach that nobody approved is claimed.
func testRaceReviewOnClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	review := func(on bool) error {
		_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error { c.ManualReview = on; return nil })
		return err
	}
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		var answered atomic.Bool
		granted, errs := b.claims(t, request, 3, &answered, func() error {
			err := review(true)
			answered.Store(true)
			return err
		})
		require.NoError(t, errs[0])
		if granted != nil {
			require.False(t, granted.over, "granted after the change had answered")
			require.True(t, granted.claim.At.Before(b.campaign(t, c.ID).RevisedAt), "granted under the old settings alone")
		}
		b.refusedNow(t, request)
		require.NoError(t, review(false))
	}
}

// testRacePauseClaim pauses while an outreach is claimed: its answer counts the claim, or the claim is refused.
func testRacePauseClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	for _, id := range b.taken(t, c.ID, people(b.rounds(t))...) {
		request := b.requestOf(c.ID, id, b.plan(t, c.ID, id))
		var answered atomic.Bool
		inFlight := 0
		granted, errs := b.claims(t, request, 3, &answered, func() error {
			result, err := b.Control(t.Context(), c.ID, models.ControlPause, models.ControlOptions{})
			inFlight = result.InFlight
			answered.Store(true)
			return err
		})
		require.NoError(t, errs[0])
		b.refusedNow(t, request)
		if granted == nil {
			require.Zero(t, inFlight)
		} else {
			require.False(t, granted.over, "granted after pause had answered")
			require.Equal(t, 1, inFlight)
			_, err := b.Accept(t.Context(), granted.claim, "m")
			require.NoError(t, err)
		}
		b.control(t, c.ID, models.ControlResume)
	}
}

// testRaceResends asks for the same resend many times at once, and claims it many times: it is sent once.
func testRaceResends(t *testing.T, b *bench) {
	t.Helper()

	const fewer = 10
	c := b.live(t)
	for round := range max(b.rounds(t)/fewer, 2) {
		original := b.unknown(t, c.ID, person(round))
		ids := make([]string, 3)
		errs := together(times(len(ids), func(i int) (err error) {
			ids[i], err = b.Resend(t.Context(), c.ID, original.ContactID, original.OutreachID)
			return err
		})...)
		request, made := original, 0
		for i, err := range errs {
			if oneOf(t, err, models.CodeInvalidTransition) {
				request.OutreachID = ids[i]
				made++
			}
		}
		require.Equal(t, 1, made)
		granted := atomic.Int32{}
		requireNoErrors(t, together(times(3, func(int) error {
			_, claim, _, err := b.ClaimResend(t.Context(), request)
			if claim != nil {
				granted.Add(1)
			}
			return err
		})...))
		require.EqualValues(t, 1, granted.Load())
	}
}

// testRaceNoneLeftHeld pauses, resumes and changes a campaign in quick turns while its contacts are planned and sent to: after
// the last resume, one fan-out finds everybody who was held.
func testRaceNoneLeftHeld(t *testing.T, b *bench) {
	t.Helper()

	const each = 3
	c := b.live(t)
	turns := func() error {
		for turn := range 2 {
			for _, control := range []models.Control{models.ControlPause, models.ControlResume} {
				if _, err := b.Control(t.Context(), c.ID, control, models.ControlOptions{}); err != nil {
					return err
				}
			}
			_, _, err := b.UpdateCampaign(t.Context(), c.ID, func(c *models.Campaign) error {
				c.MinHoursBetweenAttempts = 1 + (c.MinHoursBetweenAttempts+turn)%24
				return nil
			})
			if err != nil {
				return err
			}
		}
		_, err := b.Control(t.Context(), c.ID, models.ControlPause, models.ControlOptions{})
		if err == nil {
			_, err = b.Control(t.Context(), c.ID, models.ControlResume, models.ControlOptions{})
		}
		return err
	}
	for round := range b.rounds(t) {
		inputs := people(each * (round + 1))[each*round:]
		ids := b.taken(t, c.ID, inputs...)
		runs := times(each, func(i int) error { return b.livesOnce(t, c.ID, ids[i]) })
		requireNoErrors(t, together(append(runs, turns)...))

		b.look(t, c.ID, b.fannedOut(t, c.ID, 2)...)
		for _, id := range ids {
			row := b.contact(t, id)
			if !row.Finished() {
				require.NotNil(t, row.WaitingReason)
				require.NotEqual(t, models.WaitCampaignPaused, *row.WaitingReason, "left held")
				require.Contains(t, []models.WaitingReason{models.WaitPlanner, models.WaitSendQueue}, *row.WaitingReason)
			}
		}
		require.Empty(t, b.fannedOut(t, c.ID, 10))
	}
}

// livesOnce does what a contact's workflow does until it first waits.
func (b *bench) livesOnce(t *testing.T, campaignID, contactID string) error {
	t.Helper()
	step, request, err := b.BeginPlan(t.Context(), campaignID, contactID, "run")
	if err == nil && request != nil {
		step, err = b.StorePlan(t.Context(), campaignID, contactID, *request, emailPlan(request.Now))
	}
	if err != nil || step.Do != models.DoSend {
		return err
	}
	_, claim, _, err := b.Claim(t.Context(), b.requestOf(campaignID, contactID, step))
	if err == nil && claim != nil {
		_, err = b.Accept(t.Context(), claim, "m-"+claim.OutreachID)
	}
	return err
}
