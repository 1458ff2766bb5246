package twilio

import (
	"errors"
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
	known, special := meaningOf(answer.Code)
	if !special {
		return failure
	}
	refused := failure.Kind == models.FailureRejected || failure.Kind == models.FailureAuth || failure.Kind == models.FailureLimit
	if refused {
		failure.Meaning = known.Meaning
	}
	if failure.Kind == models.FailureRejected {
		failure.Kind = known.Kind
	}
	return failure
}
