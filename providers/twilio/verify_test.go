package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/models"
	"beckon/providers/internal/providertest"
	"beckon/providers/twilio"
)

func TestVerifyVendorVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Header  string
		Vectors []struct {
			Name      string
			AuthToken string `json:"auth_token"`
			URL       string
			Params    map[string]string
			Body      *string
			Signature string
			Valid     bool
		}
	}
	providertest.VendorJSON(t, &file, "twilio", "signature_vectors.json")
	require.Equal(t, twilio.SignatureHeader, file.Header)
	require.Len(t, file.Vectors, 10)
	for _, vector := range file.Vectors {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			verifier, err := twilio.NewVerifier(vector.AuthToken)
			require.NoError(t, err)
			form := url.Values{}
			for name, value := range vector.Params {
				form.Set(name, value)
			}
			body := form.Encode()
			if vector.Body != nil {
				body = *vector.Body
			}

			err = verifier.Verify(vector.URL, []byte(body), vector.Signature)

			if vector.Valid {
				require.NoError(t, err)
			} else {
				requireRefused(t, err)
			}
			if vector.Params != nil {
				require.Equal(t, vector.Valid, twilio.VerifyRequest(vector.AuthToken, vector.URL, form, vector.Signature))
			} else {
				require.False(t, twilio.VerifyRequest(vector.AuthToken, vector.URL, form, vector.Signature), "no form")
			}
			requireRefused(t, verifier.Verify(vector.URL, []byte(body+"x"), vector.Signature))
			requireRefused(t, verifier.Verify(vector.URL+"x", []byte(body), vector.Signature))
		})
	}
}

func requireRefused(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, models.CodeBadSignature, models.ErrorCode(err))
	require.EqualError(t, err, "bad_signature: the webhook's signature is missing or wrong", "one answer for all")
}

// sign is base64(HMAC-SHA1(token, text)).
func sign(token, text string) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestVerifyForm(t *testing.T) {
	t.Parallel()
	const address, withPort = "https://app.example.com/x?attempt=1", "https://app.example.com:443/x?attempt=1"
	form := url.Values{"B": {"2", "1", "2"}, "A": {"ü +"}, "C": {""}}
	signed := "AÜ"
	require.False(t, twilio.VerifyRequest(authToken, address, form, sign(authToken, address+signed)))

	signed = "Aü +B1B2C"
	require.True(t, twilio.VerifyRequest(authToken, address, form, sign(authToken, address+signed)), "each value once, sorted")
	require.True(t, twilio.VerifyRequest(authToken, address, form, sign(authToken, withPort+signed)), "signed with the port")
	require.True(t, twilio.VerifyRequest(authToken, withPort, form, sign(authToken, address+signed)), "signed without it")

	good := sign(authToken, address+signed)
	require.False(t, twilio.VerifyRequest("other", address, form, good))
	require.False(t, twilio.VerifyRequest(authToken, "https://app.example.com/x?attempt=2", form, good))
	require.False(t, twilio.VerifyRequest(authToken, "http://app.example.com/x?attempt=1", form, good))
	require.False(t, twilio.VerifyRequest(authToken, address, url.Values{"A": form["A"], "B": form["B"]}, good))
	require.False(t, twilio.VerifyRequest(authToken, address, url.Values{"A": form["A"], "B": {"2"}, "C": {""}}, good))
	require.False(t, twilio.VerifyRequest(authToken, address, form, ""))
	require.False(t, twilio.VerifyRequest(authToken, "://", form, sign(authToken, "://"+signed)))

	require.False(t, twilio.VerifyRequest("", address, form, sign("", address+signed)), "anybody could sign with no token")
	_, err := twilio.NewVerifier(" ")
	require.ErrorIs(t, err, twilio.ErrBadAuthToken)
}

// A signed hash in the query must not let an unsigned form through.
func TestVerifyFormRefusesHashedBodies(t *testing.T) {
	t.Parallel()
	const address = "https://app.example.com/x?bodySHA256=abc"
	require.False(t, twilio.VerifyRequest(authToken, address, url.Values{}, sign(authToken, address)))
	verifier, err := twilio.NewVerifier(authToken)
	require.NoError(t, err)
	requireRefused(t, verifier.Verify(address, []byte("A=1"), sign(authToken, address+"A1")))
	requireRefused(t, verifier.Verify("https://app.example.com/x", []byte("A=%zz"), sign(authToken, "https://app.example.com/x")))
}
