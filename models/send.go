package models

import (
	"fmt"
	"time"
)

// Email is one e-mail to one contact, ready to be sent.
type Email struct {
	OutreachID string // travels as custom arg `outreach_id` and comes back in every event
	CampaignID string // custom arg `campaign_id`
	From       string
	FromName   string
	ReplyTo    string // empty: From
	To         string
	ToName     string
	Subject    string
	Text       string
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

// ProviderError is how an adapter reports that a provider did not simply succeed. Error() holds kind and code, never the
// provider's words, which may quote personal data; those are in Detail and go into the database only.
type ProviderError struct {
	Kind       FailureKind
	Code       string        // "429", "timeout", "connection_refused", …
	Detail     string        // the provider's words, at most 2 KiB
	RetryAfter time.Duration // as the provider asks; 0 where it does not
}

// Error names kind and code.
func (e *ProviderError) Error() string {
	return fmt.Sprintf("provider failure: %s (%s)", e.Kind, e.Code)
}
