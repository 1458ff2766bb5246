package twilio

import (
	"net/url"
	"slices"
	"strings"

	sdk "github.com/twilio/twilio-go/client"

	"beckon/models"
)

// SignatureHeader holds the signature of a webhook.
const SignatureHeader = "X-Twilio-Signature"

// bodyHash is the query parameter with which Twilio signs bodies that are no forms.
const bodyHash = "bodySHA256"

// Verifier checks that a webhook came from Twilio.
type Verifier struct {
	validator sdk.RequestValidator
}

// NewVerifier makes a Verifier with the account's auth token, which signs its webhooks. Error: ErrBadAuthToken for an empty
// one, with which anybody could sign.
func NewVerifier(authToken string) (*Verifier, error) {
	token := strings.TrimSpace(authToken)
	if token == "" {
		return nil, ErrBadAuthToken
	}
	return &Verifier{validator: sdk.NewRequestValidator(token)}, nil
}

// Verify checks the signature over the URL that Twilio called, with its query as it came, and the body: each parameter of a
// form, or the hash of anything else. The URL is the public one, whatever a proxy made of it; its port may be given or left
// out, since Twilio signs either way. Nothing in it is a time: a webhook that comes twice is recognised by its events'
// DedupeKey. Error: models.CodeBadSignature, one for all causes.
func (v *Verifier) Verify(publicURL string, body []byte, signature string) error {
	address, err := url.Parse(publicURL)
	if err != nil {
		return badSignature()
	}
	if address.Query().Get(bodyHash) != "" {
		if !v.validator.ValidateBody(publicURL, body, signature) {
			return badSignature()
		}
		return nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return badSignature()
	}
	return v.VerifyForm(publicURL, form, signature)
}

// VerifyForm is Verify for the parameters of a form that was read already, without those of the query. A URL that signs
// another kind of body is refused.
func (v *Verifier) VerifyForm(publicURL string, form url.Values, signature string) error {
	address, err := url.Parse(publicURL)
	if err != nil || address.Query().Get(bodyHash) != "" {
		return badSignature()
	}
	// Twilio appends name and value of each parameter; of one that comes several times, each different value, sorted. The
	// SDK knows one value for a name, so the others are put into it as they are signed.
	params := make(map[string]string, len(form))
	for name, values := range form {
		values = slices.Compact(slices.Sorted(slices.Values(values)))
		params[name] = strings.Join(values, name)
	}
	if !v.validator.Validate(publicURL, params, signature) {
		return badSignature()
	}
	return nil
}

func badSignature() error {
	return models.Errorf(models.CodeBadSignature, "the webhook's signature is missing or wrong")
}

// VerifyRequest says whether a form came from the Twilio account with that auth token; see Verifier.VerifyForm.
func VerifyRequest(authToken, publicURL string, form url.Values, signature string) bool {
	verifier, err := NewVerifier(authToken)
	return err == nil && verifier.VerifyForm(publicURL, form, signature) == nil
}
