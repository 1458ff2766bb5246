package api_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
)

// What concerns a campaign says so in its path, and only that can be called with a key that is limited to campaigns: the key
// is held against the campaign of the path.
func TestScopesFitPaths(t *testing.T) {
	t.Parallel()
	permissions, err := api.Permissions()
	require.NoError(t, err)
	for _, p := range permissions {
		of := strings.HasPrefix(p.Path, "/api/v1/campaigns/{id}")
		require.Equal(t, of, p.InCampaign, "%s: scope inCampaign is for, and of, everything under /campaigns/{id}", p.Operation)
		if p.ForAnyCampaign {
			require.Contains(t, []string{"ListCampaigns", "ListReview", "GetSession"}, p.Operation,
				"show a limited key nothing of other campaigns, and add the operation here")
		}
		if p.Role == models.RoleAdministrator && !strings.HasPrefix(p.Path, "/api/v1/suppressions") &&
			!strings.HasPrefix(p.Path, "/api/v1/campaigns") {
			require.Empty(t, p.Action, "%s: no limited key administers", p.Operation)
		}
	}
}

// updateDocs has TestPermissionsAreDocumented write the page instead of reading it.
//
//nolint:gochecknoglobals // a flag of the test's command
var updateDocs = flag.Bool("update", false, "write docs/permissions.md anew")

// docs/permissions.md is the table of operations: whoever changes one sees the other change.
func TestPermissionsAreDocumented(t *testing.T) {
	t.Parallel()
	const page, head = "../docs/permissions.md", "|---|---|---|---|\n"
	permissions, err := api.Permissions()
	require.NoError(t, err)
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	above, documented, found := strings.Cut(string(text), head)
	require.True(t, found)
	rows := strings.Builder{}
	for _, p := range permissions {
		rows.WriteString(p.Row() + "\n")
	}
	if *updateDocs {
		require.NoError(t, os.WriteFile(page, []byte(above+head+rows.String()), 0o600))
		return
	}
	require.Equal(t, rows.String(), documented,
		"after a change that is meant: go test ./api -run TestPermissionsAreDocumented -update")
}
