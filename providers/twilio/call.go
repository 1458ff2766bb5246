package twilio

import (
	"context"
	"net/http"
	"time"

	rest "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/models"
)

// Limits of a call. They are Beckon's.
const (
	// ringFor is how long a phone may ring: about six times.
	ringFor = 30 * time.Second
	// maxCall ends a call that nothing else ended, such as one that a machine keeps open.
	maxCall = 15 * time.Minute
)

// MakeCall asks Twilio for one call, once, and returns Twilio's SID of it. Every error is a *models.ProviderError; see
// providers.Call for what it proves. Its code is Twilio's error code where the answer has one. Codes besides those, statuses
// and those of providers: invalid_to, no_sender (rejected: not even sent), no_sid (in doubt).
//
// Twilio listens who answers before it asks what to say (MachineDetection=DetectMessageEnd, not in the background): a
// person waits for a second or two, a machine's greeting is heard to its end. The request for TwiML then says who answered;
// see AnswerTwiML.
func (c *Client) MakeCall(ctx context.Context, call models.Call) (string, error) {
	if err := started(ctx, refusedCall(call)); err != nil {
		return "", err
	}
	params := &rest.CreateCallParams{}
	params.SetTo(call.To)
	params.SetFrom(call.From)
	params.SetUrl(c.callback(VoiceAnswerPath, call.OutreachID))
	params.SetMethod(http.MethodPost)
	params.SetStatusCallback(c.callback(VoiceStatusPath, call.OutreachID))
	params.SetStatusCallbackMethod(http.MethodPost)
	params.SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	params.SetMachineDetection("DetectMessageEnd")
	params.SetTimeout(int(ringFor / time.Second))
	params.SetTimeLimit(int(maxCall / time.Second))
	return c.create(ctx, func(api *rest.ApiService) (*string, error) {
		made, err := api.CreateCall(params)
		if err != nil {
			return nil, err //nolint:wrapcheck // create tells its kind
		}
		return made.Sid, nil
	})
}

// refusedCall is why a call cannot be made by anybody; empty if it can.
func refusedCall(call models.Call) string {
	switch {
	case !isNumber(call.To):
		return "invalid_to"
	case call.From == "":
		return "no_sender"
	default:
		return ""
	}
}
