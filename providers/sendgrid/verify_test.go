package sendgrid_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers/internal/providertest"
	"beckon/providers/sendgrid"
)

func TestVerifyVendorVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Headers struct{ Signature, Timestamp string }
		Vectors []struct {
			Name      string
			PublicKey string `json:"public_key"`
			BodyFile  string `json:"body_file"`
			Signature string
			Timestamp string
			Valid     bool
		}
	}
	providertest.VendorJSON(t, &file, "sendgrid", "signed_vectors.json")
	require.Equal(t, sendgrid.SignatureHeader, file.Headers.Signature)
	require.Equal(t, sendgrid.TimestampHeader, file.Headers.Timestamp)
	require.Len(t, file.Vectors, 9)
	for _, vector := range file.Vectors {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			verifier, err := sendgrid.NewVerifier(vector.PublicKey, 0)
			require.NoError(t, err)
			body := providertest.VendorFile(t, "sendgrid", vector.BodyFile)

			err = verifier.Verify(vector.Signature, vector.Timestamp, body, time.Now())

			if vector.Valid {
				require.NoError(t, err)
				return
			}
			require.Equal(t, models.CodeBadSignature, models.ErrorCode(err))
			require.EqualError(t, err, "bad_signature: the webhook's signature is missing or wrong", "one answer for all")
		})
	}
}

// signer makes a key pair, and a function that signs as SendGrid does.
func signer(t *testing.T) (string, func(timestamp string, body []byte) string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	sign := func(timestamp string, body []byte) string {
		sum := sha256.Sum256(append([]byte(timestamp), body...))
		signature, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(signature)
	}
	return encode(t, &private.PublicKey), sign
}

func encode(t *testing.T, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

func TestVerifyTolerance(t *testing.T) {
	t.Parallel()
	key, sign := signer(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	body := []byte(`[]`)
	tests := []struct {
		name      string
		tolerance time.Duration
		signed    time.Duration // from now
		valid     bool
	}{
		{"Now", time.Hour, 0, true},
		{"JustInside", time.Hour, -time.Hour, true},
		{"TooOld", time.Hour, -time.Hour - time.Second, false},
		{"AheadInside", time.Hour, time.Hour, true},
		{"TooFarAhead", time.Hour, time.Hour + time.Second, false},
		{"Off", 0, -1000 * time.Hour, true},
	}
	for _, test := range tests {
		verifier, err := sendgrid.NewVerifier(key, test.tolerance)
		require.NoError(t, err)
		timestamp := strconv.FormatInt(now.Add(test.signed).Unix(), 10)

		err = verifier.Verify(sign(timestamp, body), timestamp, body, now)

		if test.valid {
			require.NoError(t, err, test.name)
		} else {
			require.Equal(t, models.CodeBadSignature, models.ErrorCode(err), test.name)
		}
	}

	verifier, err := sendgrid.NewVerifier(key, 0)
	require.NoError(t, err)
	for _, timestamp := range []string{"", "now", "1e9", "-1", "99999999999999999999"} {
		err := verifier.Verify(sign(timestamp, body), timestamp, body, now)
		require.Equal(t, models.CodeBadSignature, models.ErrorCode(err), "signed, but no time: %q", timestamp)
	}
}

func TestNewVerifierRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	larger, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	for name, key := range map[string]string{
		"Empty": "", "NoBase64": "%%%", "NoKey": base64.StdEncoding.EncodeToString([]byte("key")),
		"Edwards": encode(t, edwards), "P384": encode(t, &larger.PublicKey),
	} {
		_, err := sendgrid.NewVerifier(key, time.Hour)
		require.ErrorIs(t, err, sendgrid.ErrBadPublicKey, name)
	}
}
