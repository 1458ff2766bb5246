package models

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code names a kind of error for machines; the API shows it as `code` and maps it to a status.
type Code string

// Codes of errors that the domain and the store return.
const (
	CodeInvalid              Code = "invalid"                // a rule is broken, see Fields
	CodeMalformed            Code = "malformed"              // the input could not be read at all
	CodeNotFound             Code = "not_found"              // no such row, or it was removed
	CodeInvalidTransition    Code = "invalid_transition"     // the state forbids the control
	CodeWrongMode            Code = "wrong_mode"             // the control needs another execution mode
	CodeReviewOff            Code = "review_off"             // the control needs manual review
	CodeStaleVersion         Code = "stale_version"          // the plan has another version by now
	CodeAlreadySending       Code = "already_sending"        // the outreach has been claimed
	CodeDuplicate            Code = "duplicate"              // the address belongs to another contact
	CodeCampaignArchived     Code = "campaign_archived"      // nothing can be changed in an archived campaign
	CodeGoLiveRefused        Code = "go_live_refused"        // see Fields for everything that is missing
	CodeTooManyRows          Code = "too_many_rows"          // more rows than a file may have
	CodeTooLarge             Code = "too_large"              // more bytes or items than a call may have
	CodeUnauthorized         Code = "unauthorized"           // no credentials, or wrong ones
	CodeForbidden            Code = "forbidden"              // good credentials that do not allow this
	CodeBadSignature         Code = "bad_signature"          // a webhook that its sender did not sign
	CodeIdempotencyKeyReused Code = "idempotency_key_reused" // same key, other body
	CodeInProgress           Code = "in_progress"            // the first call with this key has not ended
	CodeCrossOrigin          Code = "cross_origin"           // a browser sent it from another site
	CodeLastAdministrator    Code = "last_administrator"     // nobody else could administer any more
	CodeTooManyRequests      Code = "too_many_requests"      // see RetryAfter
	CodeUnavailable          Code = "unavailable"            // a part that is needed is away; try again
	CodeInternal             Code = "internal"               // a fault of ours
)

// Error is the one error type that carries a code. Detail is written for the caller and holds no personal data of
// others; Fields names each faulty member of the input.
type Error struct {
	Code   Code
	Detail string
	Fields []FieldError
	// RetryAfter is how long the caller is to wait, of CodeTooManyRequests.
	RetryAfter time.Duration
}

// FieldError names one faulty member of an input.
type FieldError struct {
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901), such as "/contacts/0/phone"
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// Error renders code and detail, and the pointers of the fields.
func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return fmt.Sprintf("%s: %s", e.Code, e.Detail)
	}
	pointers := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		pointers[i] = f.Pointer + " " + f.Code
	}
	return fmt.Sprintf("%s: %s (%s)", e.Code, e.Detail, strings.Join(pointers, ", "))
}

// Errorf makes an Error with a formatted detail.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// ErrorCode returns the code that err carries: "" for nil, CodeInternal for an error without one.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
