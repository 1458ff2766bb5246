package store_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

// TestConformance runs one suite over every dialect: both behave alike.
func TestConformance(t *testing.T) {
	t.Parallel()
	suite := slices.Concat(
		campaignCases(), updateCampaignCases(), controlCases(), addCases(), importCases(), contactCases(), listCases(),
		detailCases(), progressCases(), apiKeyCases(), takeCases(), planCases(), claimCases(), resultCases(),
		intakeRaceCases(), eventCases(), fanOutCases(), reconcileCases(), raceCases(), onceCases(), propertyCases(),
		replyCases(), considerCases(), credentialCases(), performanceCases(), reviewCases(), suppressionCases(), guardrailCases(), applyEventCases(), schemaCases(),
		auditCases(), contactControlCases(), approveCases(), bulkCases(), resendCases(), reviewRaceCases(),
		userCases(),
		frameCases(), suppressionImportCases(), unsubscribeCases(),
		eraseCases(), eraseRaceCases(), strangerCases(),
	)
	onEach(t, func(t *testing.T, d dialect) {
		t.Helper()
		for _, c := range suite {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t, d.open(t))
			})
		}
	})
}

// as is the context of what a key of that name does.
func as(ctx context.Context, name string) context.Context {
	return models.WithActor(ctx, models.Actor{Kind: models.ActorAPIKey, ID: unknownID, Name: name})
}

// ctx is the test's context; rapid's tests have none of their own.
func ctx(t require.TestingT) context.Context {
	if has, ok := t.(interface{ Context() context.Context }); ok {
		return has.Context()
	}
	return context.Background()
}
