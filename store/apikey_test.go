package store_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func apiKeyCases() []testCase {
	return []testCase{
		{"APIKey", testAPIKey},
		{"APIKeyOver", testAPIKeyOver},
	}
}

func hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func testAPIKey(t *testing.T, b *bench) {
	t.Helper()

	key := &models.APIKey{Name: "CRM", Role: models.RoleOperator, KeyHash: hash("secret")}
	require.NoError(t, b.CreateAPIKey(t.Context(), key))
	require.NotEmpty(t, key.ID)
	requireCode(t, models.CodeDuplicate, b.CreateAPIKey(t.Context(), &models.APIKey{Name: "again", KeyHash: hash("secret")}))

	_, err := b.APIKeyByHash(t.Context(), hash("other"))
	requireCode(t, models.CodeNotFound, err)
	_, err = b.APIKeyByHash(t.Context(), nil)
	requireCode(t, models.CodeNotFound, err)

	used := func() time.Time {
		t.Helper()
		found, err := b.APIKeyByHash(t.Context(), hash("secret"))
		require.NoError(t, err)
		require.Equal(t, key.ID, found.ID)
		require.Equal(t, models.RoleOperator, found.Role)
		row := models.APIKey{}
		require.NoError(t, b.db.Where("id = ?", key.ID).Take(&row).Error)
		require.NotNil(t, row.LastUsedAt)
		requireTime(t, *row.LastUsedAt, *found.LastUsedAt)
		return *row.LastUsedAt
	}
	first := used()
	b.clock.Advance(59 * time.Second)
	requireTime(t, first, used())
	b.clock.Advance(time.Second)
	require.True(t, used().After(first))
}

func testAPIKeyOver(t *testing.T, b *bench) {
	t.Helper()

	soon := b.clock.Now().Add(time.Hour)
	for name, key := range map[string]*models.APIKey{
		"expires": {KeyHash: hash("expires"), ExpiresAt: &soon},
		"revoked": {KeyHash: hash("revoked"), RevokedAt: &soon},
	} {
		key.Name, key.Role = name, models.RoleViewer
		require.NoError(t, b.CreateAPIKey(t.Context(), key))
	}
	_, err := b.APIKeyByHash(t.Context(), hash("revoked"))
	requireCode(t, models.CodeNotFound, err)
	_, err = b.APIKeyByHash(t.Context(), hash("expires"))
	require.NoError(t, err)
	b.clock.Advance(time.Hour)
	_, err = b.APIKeyByHash(t.Context(), hash("expires"))
	requireCode(t, models.CodeNotFound, err)
}
