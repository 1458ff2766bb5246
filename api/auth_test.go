package api_test

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/api"
	"beckon/models"
)

func TestNewAPIKey(t *testing.T) {
	t.Parallel()
	first, hash := api.NewAPIKey()
	second, _ := api.NewAPIKey()
	require.NotEqual(t, first, second)
	require.True(t, strings.HasPrefix(first, "bk_"))
	require.Len(t, first, len("bk_")+43, "256 bits in base64url without padding")
	sum := sha256.Sum256([]byte(first))
	require.Equal(t, sum[:], hash)
	require.Equal(t, hash, api.HashAPIKey(first))
}

// Every operation of the specification but the public ones is 401 without a key and with a wrong one, before anything else
// is looked at: no id exists, and no body is right.
func TestEveryOperationWantsAKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, item := range spec(t).Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.Security != nil && len(*operation.Security) == 0 {
				continue
			}
			target := withIDs(path, func() string { return "x" })
			b.request(method, target, "{", withKey("")).problem(http.StatusUnauthorized, models.CodeUnauthorized)
			wrong := b.request(method, target, "{", withKey("bk_wrong"))
			wrong.problem(http.StatusUnauthorized, models.CodeUnauthorized)
			require.Equal(t, "x-api-key", wrong.header.Get("WWW-Authenticate"))
		}
	}
	require.Zero(t, b.store.written())
}

func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1%2Fcampaigns"} {
		b.request(http.MethodGet, path, "", withKey("")).problem(http.StatusUnauthorized, models.CodeUnauthorized)
		b.request(http.MethodGet, path, "").problem(http.StatusNotFound, models.CodeNotFound)
	}
	b.request(http.MethodGet, "/nothing", "", withKey("")).problem(http.StatusNotFound, models.CodeNotFound)
	b.request(http.MethodPut, "/api/v1/campaigns", "", withKey("")).
		problem(http.StatusUnauthorized, models.CodeUnauthorized)
	refused := b.request(http.MethodPut, "/api/v1/campaigns", "")
	refused.problem(http.StatusMethodNotAllowed, "method_not_allowed")
	require.Contains(t, refused.header.Get("Allow"), http.MethodPost)
}

func TestKeysThatAreNoLongerGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	earlier, later := testNow().Add(-time.Minute), testNow().Add(time.Minute)
	now := testNow()
	for name, key := range map[string]models.APIKey{
		"expired":     {Role: models.RoleAdministrator, ExpiresAt: &earlier},
		"expires now": {Role: models.RoleAdministrator, ExpiresAt: &now},
		"revoked":     {Role: models.RoleAdministrator, RevokedAt: &earlier},
	} {
		b.request(http.MethodGet, "/api/v1/campaigns", "", withKey(b.addKey(key))).
			problem(http.StatusUnauthorized, models.CodeUnauthorized)
		require.NotContains(t, b.log.String(), name)
	}
	good := b.addKey(models.APIKey{Role: models.RoleViewer, ExpiresAt: &later})
	b.request(http.MethodGet, "/api/v1/campaigns", "", withKey(good)).object(http.StatusOK)
}

// A key whose role does not allow it is 403 before the body or the id is looked at.
func TestRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	viewer := withKey(b.keys[models.RoleViewer])
	for path, item := range spec(t).Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.Security != nil || method == http.MethodGet {
				continue
			}
			target := withIDs(path, func() string { return "x" })
			_, detail := b.request(method, target, "{", viewer).problem(http.StatusForbidden, models.CodeForbidden)
			needed := "operator"
			switch {
			case strings.HasPrefix(path, sessionPath):
				continue // of people
			case strings.HasPrefix(path, "/api/v1/api-keys"), strings.HasPrefix(path, "/api/v1/users"),
				strings.HasPrefix(path, "/api/v1/settings"), operation.OperationID == "DeleteSuppression",
				operation.OperationID == "EraseContact":
				needed = "administrator"
			}
			require.Contains(t, detail, "needs the role "+needed)
		}
	}
	id := b.campaign(models.CampaignDraft)
	b.request(http.MethodGet, campaignPath(id), "", viewer).object(http.StatusOK)
	for _, role := range []models.Role{models.RoleOperator, models.RoleAdministrator} {
		b.request(http.MethodPatch, campaignPath(id), `{"name":"x"}`, withKey(b.keys[role])).object(http.StatusOK)
	}
	strange := b.addKey(models.APIKey{Role: "root"})
	b.request(http.MethodGet, campaignPath(id), "", withKey(strange)).
		problem(http.StatusForbidden, models.CodeForbidden)
}

func TestServiceRoutesAreOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, "ok", b.request(http.MethodGet, "/healthz", "", withKey("")).object(http.StatusOK)["status"])
	require.Equal(t, "ok", b.request(http.MethodGet, "/readyz", "", withKey("")).object(http.StatusOK)["status"])
	description := b.request(http.MethodGet, "/openapi.yaml", "", withKey(""))
	require.Equal(t, http.StatusOK, description.status)
	require.Equal(t, api.Spec(), description.body)
}
