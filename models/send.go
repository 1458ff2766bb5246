package models

import (
	"fmt"
	"time"
)

// Email is one e-mail to one contact, ready to be sent.
type Email struct {
	OutreachID string // travels as custom arg `outreach_id` and comes back in every event
	CampaignID string // custom arg `campaign_id`
	// CampaignType is a category, beside the campaign's id, by which the provider's own figures can be told apart.
	CampaignType CampaignType
	From         string
	FromName     string
	ReplyTo      string // where answers go too, beside the address that leads back to the contact; empty: nowhere else
	To           string
	ToName       string
	Subject      string
	Text         string // as it was planned; what stands below each e-mail is added when it is sent
	// BusinessName and PostalAddress say, below each e-mail, who sends it.
	BusinessName  string
	PostalAddress string
}

// Text is one text message to one contact, ready to be sent.
type Text struct {
	OutreachID          string // travels in the status callback's query and comes back in every report
	CampaignID          string
	From                string // E.164; not used where MessagingServiceSID is set
	MessagingServiceSID string // of Twilio; picks the number
	To                  string // E.164
	Body                string
	ValidFor            time.Duration // the provider drops it if it cannot be sent within this; 0: the provider's default
}

// Call is one call to one contact, ready to be made. What it says is asked for when it is answered.
type Call struct {
	OutreachID string // travels in the callbacks' queries and comes back in every report
	CampaignID string
	From       string // E.164
	To         string // E.164
}

// CallTexts is what a call says, to a person and to a machine.
type CallTexts struct {
	CampaignID    string
	ContactID     string
	Script        string // with its frame
	VoicemailText string // "" hangs up
	BusinessName  string // in whose name it calls; "" where the campaign names nobody
	ClaimedAt     time.Time
}

// Message is what a claim hands to its channel: exactly one member is set.
type Message struct {
	Email *Email
	Text  *Text
	Call  *Call
}

// FailureKind is what a provider's failure proves.
type FailureKind string

// Kinds of failure. For anything else that is not success, nobody can say whether the provider took it.
const (
	FailureDown      FailureKind = "down"       // no connection: provably not taken
	FailureLimit     FailureKind = "limit"      // 429, 503 with Retry-After: provably not taken
	FailureAuth      FailureKind = "auth"       // 401, 403: provably not taken
	FailureRejected  FailureKind = "rejected"   // any other 4xx: refused for good
	FailureInDoubt   FailureKind = "in_doubt"   // any other 5xx, time-out, broken answer: may have been taken
	FailureBadAnswer FailureKind = "bad_answer" // planner only: an answer that is no plan
)

// CodeNotConfigured is the code of a send for which no provider is configured, with FailureAuth.
const CodeNotConfigured = "not_configured"

// ProviderError is how an adapter reports that a provider did not simply succeed. Error() holds kind and code, never the
// provider's words, which may quote personal data; those are in Detail and go into the database only.
type ProviderError struct {
	Kind       FailureKind
	Code       string        // "429", "timeout", "connection_refused", …
	Detail     string        // the provider's words, at most 2 KiB
	RetryAfter time.Duration // as the provider asks; 0 where it does not
	Meaning    CodeMeaning   // of Code, beyond Kind
}

// CodeMeaning is what a provider's code says about the number that an outreach went to, or about our sender.
type CodeMeaning string

// Meanings of codes; "" says nothing.
const (
	MeansOptedOut CodeMeaning = "opted_out" // the person told the provider to stop
	MeansDead     CodeMeaning = "dead"      // nobody is reached at that number, by this channel
	MeansSender   CodeMeaning = "sender"    // our number, registration or account may not do this: no fault of the contact's
)

// Suppresses is why an address is to be suppressed of which a provider gives a code of that meaning; false where it is not.
func (m CodeMeaning) Suppresses() (SuppressionReason, bool) {
	switch m {
	case MeansOptedOut:
		return SuppressedOptOut, true
	case MeansDead:
		return SuppressedDead, true
	case MeansSender:
		return "", false
	default:
		return "", false
	}
}

// Error names kind and code.
func (e *ProviderError) Error() string {
	return fmt.Sprintf("provider failure: %s (%s)", e.Kind, e.Code)
}
