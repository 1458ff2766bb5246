package twilio

import (
	"errors"
	"slices"
	"strconv"

	sdk "github.com/twilio/twilio-go/client"

	"beckon/models"
	"beckon/providers"
)

// failure is what a call proves that was not answered with success: what providers.Call says of its status, made exact by
// Twilio's own error code where the answer has one. The code becomes the failure's.
func failure(call *providers.Call, err error) *models.ProviderError {
	failure := call.Failure(err)
	answer, ok := errors.AsType[*sdk.TwilioRestError](err)
	if !ok || answer.Code <= 0 || call.Status() == 0 {
		return failure
	}
	failure.Code = strconv.Itoa(answer.Code)
	if failure.Kind == models.FailureRejected {
		failure.Kind = kindOf(answer.Code)
	}
	return failure
}

// kindOf is the meaning of the error code of a refusal, whatever 4xx status it came with
// (https://www.twilio.com/docs/api/errors). All but a few are about the message or call itself.
func kindOf(code int) models.FailureKind {
	limits := []int{
		20429, // too many requests: "aren't processed and are safe to retry"
		14107, // message rate limit exceeded
		21611, // the sender's queue holds as much as it may; nothing was queued
		10004, // as many calls at once as the account may have
		63038, // as many messages a day as the account may send
	}
	auth := []int{
		20003, // authentication
		20005, // account not active
		10001, // account not active
	}
	switch {
	case slices.Contains(limits, code):
		return models.FailureLimit
	case slices.Contains(auth, code):
		return models.FailureAuth
	default:
		return models.FailureRejected
	}
}
