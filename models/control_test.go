package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// What a control does from each status: a new status, the same one ("same"), or a code of refusal.
const same = "same"

// The table of section 6 of the design, cell by cell: rows are controls, columns statuses.
func TestControlTargets(t *testing.T) {
	t.Parallel()
	const forbidden = string(models.CodeInvalidTransition)
	statuses := []models.CampaignStatus{
		models.CampaignDraft, models.CampaignActive, models.CampaignPaused, models.CampaignArchived,
	}
	table := []struct {
		control models.Control
		mode    models.ExecutionMode
		cells   [4]string // by status, in the order above
	}{
		{models.ControlGoLive, models.ModeAutomatic, [4]string{"active", same, forbidden, forbidden}},
		{models.ControlPause, models.ModeAutomatic, [4]string{forbidden, "paused", same, forbidden}},
		{models.ControlResume, models.ModeAutomatic, [4]string{forbidden, same, "active", forbidden}},
		{models.ControlArchive, models.ModeAutomatic, [4]string{"archived", "archived", "archived", same}},
		{models.ControlStartOutreaches, models.ModeManual, [4]string{forbidden, "active", forbidden, forbidden}},
		{
			models.ControlStartOutreaches, models.ModeAutomatic,
			[4]string{forbidden, string(models.CodeWrongMode), forbidden, forbidden},
		},
		{
			models.ControlStartOutreaches, models.ModeScheduled,
			[4]string{forbidden, string(models.CodeWrongMode), forbidden, forbidden},
		},
		{models.ControlExecuteApproved, models.ModeAutomatic, [4]string{forbidden, "active", forbidden, forbidden}},
		{models.ControlExecuteApproved, models.ModeManual, [4]string{forbidden, "active", forbidden, forbidden}},
		{models.ControlExecuteApproved, models.ModeScheduled, [4]string{forbidden, "active", forbidden, forbidden}},
	}
	covered := map[models.Control]bool{}
	for _, row := range table {
		covered[row.control] = true
		for i, from := range statuses {
			t.Run(string(row.control)+" "+string(row.mode)+" from "+string(from), func(t *testing.T) {
				t.Parallel()
				to, changed, err := row.control.Target(from, row.mode, true)
				switch cell := row.cells[i]; cell {
				case same:
					require.NoError(t, err)
					require.False(t, changed)
					require.Equal(t, from, to)
				case forbidden, string(models.CodeWrongMode):
					require.Equal(t, cell, string(models.ErrorCode(err)))
					require.False(t, changed)
					require.Equal(t, from, to, "a refused control leads nowhere")
				default:
					require.NoError(t, err)
					require.True(t, changed)
					require.Equal(t, cell, string(to))
				}
			})
		}
	}
	for _, control := range models.Controls {
		require.True(t, covered[control], "%s is missing in the table", control)
	}
	require.Len(t, covered, len(models.Controls))
}

// Only start-outreaches asks for the mode: the mode changes no other control.
func TestControlsButStartIgnoreTheMode(t *testing.T) {
	t.Parallel()
	for _, control := range models.Controls {
		if control == models.ControlStartOutreaches {
			continue
		}
		for from := range models.CampaignTransitions {
			to, changed, err := control.Target(from, models.ModeAutomatic, true)
			for _, mode := range []models.ExecutionMode{models.ModeManual, models.ModeScheduled} {
				otherTo, otherChanged, otherErr := control.Target(from, mode, true)
				require.Equal(t, to, otherTo)
				require.Equal(t, changed, otherChanged)
				require.Equal(t, models.ErrorCode(err), models.ErrorCode(otherErr))
			}
		}
	}
}

// A control never leads where the table of transitions does not.
func TestControlsFollowTheTransitions(t *testing.T) {
	t.Parallel()
	for _, control := range models.Controls {
		for from, allowed := range models.CampaignTransitions {
			to, changed, err := control.Target(from, models.ModeManual, true)
			switch {
			case err != nil, !changed:
				require.Equal(t, from, to)
			case control != models.ControlStartOutreaches && control != models.ControlExecuteApproved:
				require.Contains(t, allowed, to, "%s from %s", control, from)
			}
		}
	}
}

func TestUnknownControl(t *testing.T) {
	t.Parallel()
	_, changed, err := models.Control("launch").Target(models.CampaignActive, models.ModeManual, true)
	require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
	require.False(t, changed)
}

// Execute all approved is for campaigns with manual review.
func TestExecuteApprovedWithoutReview(t *testing.T) {
	t.Parallel()
	for from := range models.CampaignTransitions {
		_, changed, err := models.ControlExecuteApproved.Target(from, models.ModeAutomatic, false)
		require.False(t, changed)
		want := models.CodeInvalidTransition
		if from == models.CampaignActive {
			want = models.CodeReviewOff
		}
		require.Equal(t, want, models.ErrorCode(err))
	}
}
