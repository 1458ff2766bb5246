package models

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"log/slog"
	"strings"

	"github.com/google/uuid"
)

// MinSecretChars is the least length of an installation's secret key, in characters.
const MinSecretChars = 32

// Purpose is what something derived from a Secret is for. What is derived for one is worth nothing for another.
type Purpose string

// Purposes.
const (
	PurposeUnsubscribe Purpose = "unsubscribe" // of an outreach: whoever has its token may unsubscribe its address
	PurposeReply       Purpose = "reply"       // of an outreach: the address at which its contact answers
	PurposeInboundMail Purpose = "inbound"     // the path to which SendGrid's Inbound Parse posts
	PurposeErased      Purpose = "erased"      // an address of which only a hash is kept
)

// Lengths in bytes. A token has an id and 112 bits of its proof: in base32 these are 48 characters, so that the longest
// local part made of one ("unsubscribe+") stays within the 64 octets of RFC 5321, 4.5.3.1.1.
const (
	tokenProof = 14
	tokenBytes = 16 + tokenProof
)

// Secret derives what must not be guessed from the installation's secret key (HMAC-SHA256). It stores nothing: what was
// derived once is known again from the same key. It shows itself in no log.
type Secret struct {
	keys [][]byte // the first is the one that is derived from; all are known again
}

// NewSecret makes a Secret of the installation's key, and of those that were its key before: what was derived from them is
// still known. Error: CodeInvalid where a key has fewer than MinSecretChars characters.
func NewSecret(key string, old ...string) (*Secret, error) {
	s := &Secret{}
	for _, each := range append([]string{key}, old...) {
		if len([]rune(each)) < MinSecretChars {
			return nil, Errorf(CodeInvalid, "a secret key has at least %d characters", MinSecretChars)
		}
		s.keys = append(s.keys, []byte(each))
	}
	return s, nil
}

// LogValue hides the keys.
func (*Secret) LogValue() slog.Value { return slog.StringValue("secret") }

// String hides the keys.
func (*Secret) String() string { return "secret" }

// Token is the token of a row, by its UUID, for a purpose: 48 lower-case letters and digits, since mail servers may change the
// case of a local part. It is empty for what is no UUID.
func (s *Secret) Token(purpose Purpose, id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	return encoding().EncodeToString(append(parsed[:], proof(s.keys[0], purpose, parsed[:])[:tokenProof]...))
}

// Open returns whose token it is for the purpose; false where it was not made by this Secret. It takes as long however much
// of a token is right.
func (s *Secret) Open(purpose Purpose, token string) (id string, ok bool) {
	raw, err := encoding().DecodeString(strings.ToLower(token))
	if err != nil || len(raw) != tokenBytes || len(token) != encoding().EncodedLen(tokenBytes) {
		return "", false
	}
	named, given := raw[:len(raw)-tokenProof], raw[len(raw)-tokenProof:]
	known := 0
	for _, key := range s.keys {
		known |= subtle.ConstantTimeCompare(proof(key, purpose, named)[:tokenProof], given)
	}
	if known != 1 {
		return "", false
	}
	return uuid.UUID(named).String(), true
}

// Path is a segment of a path that nobody can guess: 52 lower-case letters and digits.
func (s *Secret) Path(purpose Purpose) string {
	return encoding().EncodeToString(proof(s.keys[0], purpose, nil))
}

// IsPath says whether a segment is one that Path makes, or made with an older key.
func (s *Secret) IsPath(purpose Purpose, segment string) bool {
	known := 0
	for _, key := range s.keys {
		known |= subtle.ConstantTimeCompare([]byte(encoding().EncodeToString(proof(key, purpose, nil))), []byte(segment))
	}
	return known == 1
}

// Digests name a text without showing it, one by each key: in hexadecimal, the first by the present key. Who has the digest
// of something guessable, such as a phone number, cannot find it out by trying all without the key.
func (s *Secret) Digests(purpose Purpose, text string) []string {
	digests := make([]string, 0, len(s.keys))
	for _, key := range s.keys {
		digests = append(digests, hex.EncodeToString(proof(key, purpose, []byte(text))))
	}
	return digests
}

// proof binds a message to a purpose. The zero byte keeps both apart.
func proof(key []byte, purpose Purpose, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(bytes.Join([][]byte{[]byte("beckon"), []byte(purpose), message}, []byte{0})) // it never fails
	return mac.Sum(nil)
}

// encoding is base32 in lower case, without padding.
func encoding() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}
