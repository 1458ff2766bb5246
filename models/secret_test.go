package models_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

// newSecret is a Secret of a key that is as long as it must be.
func newSecret(t *testing.T, key string, old ...string) *models.Secret {
	t.Helper()
	long := func(text string) string { return text + strings.Repeat("x", models.MinSecretChars) }
	olds := []string{}
	for _, each := range old {
		olds = append(olds, long(each))
	}
	secret, err := models.NewSecret(long(key), olds...)
	require.NoError(t, err)
	return secret
}

func TestSecretKey(t *testing.T) {
	t.Parallel()
	_, err := models.NewSecret(strings.Repeat("x", models.MinSecretChars-1))
	require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
	_, err = models.NewSecret(strings.Repeat("x", models.MinSecretChars), "short")
	require.Equal(t, models.CodeInvalid, models.ErrorCode(err))
	require.NotContains(t, fmt.Sprintf("%v %+v %s", newSecret(t, "k"), newSecret(t, "k"), newSecret(t, "k")), "kx")
}

func TestSecretToken(t *testing.T) {
	t.Parallel()
	secret := newSecret(t, "one")
	id := uuid.Must(uuid.NewV7()).String()
	token := secret.Token(models.PurposeUnsubscribe, id)

	t.Run("IsKnownAgain", func(t *testing.T) {
		t.Parallel()
		require.Regexp(t, "^[a-z2-7]{48}$", token)
		require.Equal(t, token, secret.Token(models.PurposeUnsubscribe, id))
		for _, written := range []string{token, strings.ToUpper(token)} {
			opened, ok := secret.Open(models.PurposeUnsubscribe, written)
			require.True(t, ok)
			require.Equal(t, id, opened)
		}
	})

	t.Run("OtherPurpose", func(t *testing.T) {
		t.Parallel()
		require.NotEqual(t, token, secret.Token(models.PurposeReply, id))
		_, ok := secret.Open(models.PurposeReply, token)
		require.False(t, ok)
	})

	t.Run("OtherKey", func(t *testing.T) {
		t.Parallel()
		_, ok := newSecret(t, "two").Open(models.PurposeUnsubscribe, token)
		require.False(t, ok)
		opened, ok := newSecret(t, "two", "one").Open(models.PurposeUnsubscribe, token)
		require.True(t, ok, "what an older key made is still known")
		require.Equal(t, id, opened)
	})

	t.Run("Forged", func(t *testing.T) {
		t.Parallel()
		for i := range token {
			forged := []byte(token)
			forged[i] = 'a'
			if token[i] == 'a' {
				forged[i] = 'b'
			}
			_, ok := secret.Open(models.PurposeUnsubscribe, string(forged))
			require.False(t, ok, "character %d", i)
		}
		for _, none := range []string{"", "a", token[:47], token + "a", token + token, "no token at all", strings.Repeat("é", 24)} {
			_, ok := secret.Open(models.PurposeUnsubscribe, none)
			require.False(t, ok, none)
		}
	})

	t.Run("NoUUID", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, secret.Token(models.PurposeReply, "x"))
	})
}

func TestSecretPath(t *testing.T) {
	t.Parallel()
	secret := newSecret(t, "one")
	path := secret.Path(models.PurposeInboundMail)
	require.Regexp(t, "^[a-z2-7]{52}$", path)
	require.True(t, secret.IsPath(models.PurposeInboundMail, path))
	require.True(t, newSecret(t, "two", "one").IsPath(models.PurposeInboundMail, path))
	for _, other := range []string{"", path[1:], path + "a", secret.Path(models.PurposeReply), strings.ToUpper(path)} {
		require.False(t, secret.IsPath(models.PurposeInboundMail, other), other)
	}
	require.False(t, newSecret(t, "two").IsPath(models.PurposeInboundMail, path))
}

// TestSecretOpenAnything opens what anybody may send.
func TestSecretOpenAnything(t *testing.T) {
	t.Parallel()
	secret := newSecret(t, "one")
	rapid.Check(t, func(t *rapid.T) {
		_, ok := secret.Open(models.PurposeReply, rapid.String().Draw(t, "token"))
		require.False(t, ok)
	})
}
