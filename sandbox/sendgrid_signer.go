package sandbox

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Headers of SendGrid's signed Event Webhook.
const (
	signatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// maxEventBatch is how many events one post carries at most. SendGrid's own limit is 768 kB, which is more.
const maxEventBatch = 500

// settingSigningKey is where the private key is kept, base64 of PKCS #8.
const settingSigningKey = "sendgrid_signing_key"

// signer signs event posts with ECDSA P-256 over timestamp and body.
type signer struct {
	key *ecdsa.PrivateKey
	// public is the key as SendGrid shows it: base64 of the DER form of PKIX.
	public string
}

// loadSigner reads the key that the first start made, or makes it.
func loadSigner(ctx context.Context, db *sql.DB) (*signer, error) {
	stored, err := readSetting(ctx, db, settingSigningKey)
	if err != nil {
		return nil, err
	}
	if stored == "" {
		if stored, err = newSigningKey(); err != nil {
			return nil, err
		}
		if err := writeSetting(ctx, db, settingSigningKey, stored); err != nil {
			return nil, err
		}
	}

	der, err := base64.StdEncoding.DecodeString(stored)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("read the signing key: it is not an ECDSA key")
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("show the public key: %w", err)
	}

	return &signer{key: key, public: base64.StdEncoding.EncodeToString(public)}, nil
}

// newSigningKey makes a key in the form that is stored.
func newSigningKey() (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("encode the signing key: %w", err)
	}

	return base64.StdEncoding.EncodeToString(der), nil
}

// request is the signed post of a batch of events.
func (s *signer) request(ctx context.Context, url string, batch []callback, now time.Time) (*http.Request, error) {
	// SendGrid puts CRLF between events and behind the list; the signature covers them.
	var body bytes.Buffer
	for i, call := range batch {
		if i == 0 {
			body.WriteString("[")
		} else {
			body.WriteString(",\r\n")
		}
		body.WriteString(call.body)
	}
	body.WriteString("]\r\n")

	timestamp := strconv.FormatInt(now.Unix(), 10)
	hash := sha256.Sum256(append([]byte(timestamp), body.Bytes()...))
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, hash[:])
	if err != nil {
		return nil, fmt.Errorf("sign events: %w", err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, &body)
	if err != nil {
		return nil, fmt.Errorf("make an event post: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "SendGrid Event API")
	request.Header.Set(signatureHeader, base64.StdEncoding.EncodeToString(signature))
	request.Header.Set(timestampHeader, timestamp)

	return request, nil
}
