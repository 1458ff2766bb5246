package sendgrid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"

	"beckon/models"
)

// Headers of a signed Event Webhook.
const (
	SignatureHeader = eventwebhook.VerificationHTTPHeader
	TimestampHeader = eventwebhook.TimestampHTTPHeader
)

// ErrBadPublicKey is the error of NewVerifier.
var ErrBadPublicKey = errors.New("sendgrid: the webhook's public key is no base64 of an ECDSA P-256 key (PKIX, DER)")

// Verifier checks that a webhook came from SendGrid.
type Verifier struct {
	key       *ecdsa.PublicKey
	tolerance time.Duration
}

// NewVerifier makes a Verifier for the public key that SendGrid shows beside the webhook's settings. Tolerance is how far
// the signed time may lie from now, in either direction, against replays; 0 accepts any. Error: ErrBadPublicKey.
func NewVerifier(publicKeyBase64 string, tolerance time.Duration) (*Verifier, error) {
	// The SDK's own reader panics on a key of another kind.
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(publicKeyBase64))
	if err != nil {
		return nil, ErrBadPublicKey
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, ErrBadPublicKey
	}
	key, ok := public.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, ErrBadPublicKey
	}
	return &Verifier{key: key, tolerance: tolerance}, nil
}

// Verify checks the signature over timestamp and body, byte by byte as they came, and then the time. Error:
// models.CodeBadSignature. Whoever cannot sign learns nothing from it: all that fails before the time is one answer.
func (v *Verifier) Verify(signature, timestamp string, body []byte, now time.Time) error {
	valid, err := eventwebhook.VerifySignature(v.key, body, signature, timestamp)
	if err != nil || !valid {
		return models.Errorf(models.CodeBadSignature, "the webhook's signature is missing or wrong")
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || !inRange(seconds) {
		return models.Errorf(models.CodeBadSignature, "the webhook's time cannot be read")
	}
	if v.tolerance > 0 && now.Sub(time.Unix(seconds, 0)).Abs() > v.tolerance {
		return models.Errorf(models.CodeBadSignature, "the webhook's time is further from now than is allowed")
	}
	return nil
}
