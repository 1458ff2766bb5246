package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func suppressionImportCases() []testCase {
	return []testCase{
		{"SuppressionImport", testSuppressionImport},
		{"SuppressionImportManyTwice", testSuppressionImportMany},
		{"SuppressionImportAgainstClaims", testRaceImportClaim},
	}
}

func suppressionInput(channel models.SuppressionChannel, address string, reason models.SuppressionReason) models.SuppressionInput {
	return models.SuppressionInput{Channel: channel, Address: address, Reason: reason}
}

// testSuppressionImport says that a file's addresses can be contacted no more once it is answered, and their contacts are told.
func testSuppressionImport(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	request := b.ready(t, c.ID, person(1))
	_, err := b.AddSuppression(t.Context(), "email", "person2@people.example", models.SuppressedManual, "api")
	require.NoError(t, err)
	_, err = b.AddSuppression(t.Context(), "email", "person3@people.example", models.SuppressedComplaint, "api")
	require.NoError(t, err)
	added, err := b.ImportSuppressions(t.Context(), []models.SuppressionInput{
		suppressionInput("all", "person1@people.example", models.SuppressedManual),
		suppressionInput("email", "person2@people.example", models.SuppressedOptOut),
		suppressionInput("email", "person3@people.example", models.SuppressedManual),
		suppressionInput("all", "person1@people.example", models.SuppressedOptOut),
		suppressionInput("text", "+12025550001", models.SuppressedDead),
	})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, false, false, true}, added)
	require.ElementsMatch(t, []string{
		"all person1@people.example opt_out", "email person2@people.example opt_out", "email person3@people.example complaint",
		"text +12025550001 dead_number",
	}, b.suppressed(t))

	_, claim, _, err := b.Claim(t.Context(), request)
	require.NoError(t, err)
	require.Nil(t, claim)
	for more := true; more; {
		_, more, err = b.SweepSuppressions(t.Context(), 10)
		require.NoError(t, err)
	}
	require.Equal(t, models.ContactDisqualified, b.contact(t, request.ContactID).Status)
	rows := []models.Suppression{}
	require.NoError(t, b.EachSuppression(t.Context(), models.SuppressionFilter{}, func(page []models.Suppression) error {
		rows = append(rows, page...)
		return nil
	}))
	require.Len(t, rows, 4)
}

func testSuppressionImportMany(t *testing.T, b *bench) {
	t.Helper()

	inputs := make([]models.SuppressionInput, sized(20_000))
	for i := range inputs {
		inputs[i] = suppressionInput("all", fmt.Sprintf("many%d@people.example", i), models.SuppressedOptOut)
	}
	for _, fresh := range []bool{true, false} {
		added, err := b.ImportSuppressions(t.Context(), inputs)
		require.NoError(t, err)
		require.Len(t, added, len(inputs))
		require.NotContains(t, added, !fresh)
	}
	_, more, err := b.SweepSuppressions(t.Context(), 1)
	require.NoError(t, err)
	require.False(t, more, "there is nobody to tell")
	n := 0
	require.NoError(t, b.EachSuppression(t.Context(), models.SuppressionFilter{}, func(page []models.Suppression) error {
		n += len(page)
		return nil
	}))
	require.Equal(t, len(inputs), n)
}

// testRaceImportClaim has a file suppress addresses while they are claimed, and another file suppress the same.
func testRaceImportClaim(t *testing.T, b *bench) {
	t.Helper()

	c := b.live(t)
	const n = 20
	runs, granted := []func() error{}, make([]bool, n)
	inputs, backwards := []models.SuppressionInput{}, []models.SuppressionInput{}
	for i := range n {
		request := b.ready(t, c.ID, person(i))
		input := suppressionInput("all", *person(i).Email, models.SuppressedManual)
		inputs, backwards = append(inputs, input), append([]models.SuppressionInput{input}, backwards...)
		runs = append(runs, func() error {
			_, claim, _, err := b.Claim(t.Context(), request)
			granted[i] = claim != nil
			return err
		})
	}
	for _, file := range [][]models.SuppressionInput{inputs, backwards} {
		runs = append(runs, func() error {
			_, err := b.ImportSuppressions(t.Context(), file)
			return err
		})
	}
	requireNoErrors(t, together(runs...))
	require.Len(t, b.suppressed(t), n)
}
