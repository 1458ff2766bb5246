package api_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/api"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	passwords := api.NewPasswords()
	hash, err := passwords.Hash(t.Context(), "correct horse battéry")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	again, err := passwords.Hash(t.Context(), "correct horse battéry")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "each has a salt of its own")
	for password, matches := range map[string]bool{
		"correct horse battéry": true,
		// The same, as other keyboards write it.
		"correct horse batte\u0301ry": true,
		"correct horse battery":       false,
		"":                            false,
	} {
		same, err := passwords.Matches(t.Context(), password, hash)
		require.NoError(t, err)
		require.Equal(t, matches, same, password)
	}
	// Nobody's hash is compared with all the same, and is nobody's.
	same, err := passwords.Matches(t.Context(), "correct horse battéry", "")
	require.NoError(t, err)
	require.False(t, same)
	_, err = passwords.Matches(t.Context(), "x", "not a hash")
	require.Error(t, err)
}

// However many sign in at once, each gets an answer.
func TestPasswordsAtOnce(t *testing.T) {
	t.Parallel()
	passwords, group := api.NewPasswords(), sync.WaitGroup{}
	for range 12 {
		group.Go(func() {
			same, err := passwords.Matches(t.Context(), "x", "")
			require.NoError(t, err)
			require.False(t, same)
		})
	}
	group.Wait()
}
