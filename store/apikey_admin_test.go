package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func TestAPIKeyAdministration(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d dialect) {
		t.Helper()
		b := d.open(t)
		soon := b.clock.Now().Add(time.Hour)
		ids := []string{}
		for _, name := range []string{"first", "second", "third"} {
			key := &models.APIKey{Name: name, Role: models.RoleViewer, KeyHash: hash(name), ExpiresAt: &soon}
			require.NoError(t, b.CreateAPIKey(t.Context(), key))
			ids = append(ids, key.ID)
		}
		page := func(number, perPage int) []models.APIKey {
			keys, total, err := b.APIKeys(t.Context(), models.Page{Number: number, PerPage: perPage})
			require.NoError(t, err)
			require.Equal(t, 3, total)
			return keys
		}
		first := page(1, 2)
		require.Equal(t, []string{ids[2], ids[1]}, []string{first[0].ID, first[1].ID}, "the newest first")
		require.Equal(t, "third", first[0].Name)
		requireTime(t, soon, *first[0].ExpiresAt)
		require.Equal(t, ids[0], page(2, 2)[0].ID)
		require.Empty(t, page(3, 2))

		_, err := b.APIKeyByHash(t.Context(), hash("second"))
		require.NoError(t, err)
		require.NoError(t, b.RevokeAPIKey(t.Context(), ids[1]))
		_, err = b.APIKeyByHash(t.Context(), hash("second"))
		requireCode(t, models.CodeNotFound, err)
		revoked := *page(1, 3)[1].RevokedAt
		b.clock.Advance(time.Minute)
		require.NoError(t, b.RevokeAPIKey(t.Context(), ids[1]), "again")
		requireTime(t, revoked, *page(1, 3)[1].RevokedAt)

		_, err = b.APIKeyByHash(t.Context(), hash("first"))
		require.NoError(t, err, "others are good as before")
		require.Nil(t, page(1, 3)[2].RevokedAt)
		require.NotNil(t, page(1, 3)[2].LastUsedAt)
		for _, id := range []string{unknownID, "nonsense", ""} {
			requireCode(t, models.CodeNotFound, b.RevokeAPIKey(t.Context(), id))
		}
	})
}
