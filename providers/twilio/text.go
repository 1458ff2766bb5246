package twilio

import (
	"context"
	"math"
	"regexp"
	"strings"
	"time"

	rest "github.com/twilio/twilio-go/rest/api/v2010"

	"beckon/models"
	"beckon/providers"
)

// maxValidity is the longest ValidityPeriod that Twilio takes, and its default: 10 hours
// (https://www.twilio.com/docs/api/errors/21624).
const maxValidity = 10 * time.Hour

// SendText hands one text to Twilio, once, and returns Twilio's SID of it. Every error is a *models.ProviderError; see
// providers.Call for what it proves. Its code is Twilio's error code where the answer has one: "21610" is a recipient who
// opted out, "21211" and "21614" are numbers that cannot be texted. Codes besides those, statuses and those of providers:
// invalid_to, no_sender, no_text (rejected: not even sent), no_sid (in doubt).
//
// With a Messaging Service an opted-out recipient is not refused here: the text is accepted and a callback reports 21610.
func (c *Client) SendText(ctx context.Context, text models.Text) (string, error) {
	if err := started(ctx, refusedText(text)); err != nil {
		return "", err
	}
	params := &rest.CreateMessageParams{}
	params.SetTo(text.To)
	params.SetBody(providers.Cut(text.Body, math.MaxInt))
	params.SetStatusCallback(c.callback(TextStatusPath, text.OutreachID))
	if text.MessagingServiceSID != "" {
		params.SetMessagingServiceSid(text.MessagingServiceSID)
	} else {
		params.SetFrom(text.From)
	}
	if text.ValidFor != 0 {
		params.SetValidityPeriod(int(min(max(text.ValidFor, time.Second), maxValidity) / time.Second))
	}
	return c.create(ctx, func(api *rest.ApiService) (*string, error) {
		message, err := api.CreateMessage(params)
		if err != nil {
			return nil, err //nolint:wrapcheck // create tells its kind
		}
		return message.Sid, nil
	})
}

// refusedText is why a text cannot be sent by anybody; empty if it can.
func refusedText(text models.Text) string {
	switch {
	case !isNumber(text.To):
		return "invalid_to"
	case text.From == "" && text.MessagingServiceSID == "":
		return "no_sender"
	case strings.TrimSpace(text.Body) == "":
		return "no_text"
	default:
		return ""
	}
}

// isNumber says whether text is a phone number in E.164. Twilio would read other forms too, such as national numbers or
// addresses of other channels (whatsapp:, client:), none of which is meant.
func isNumber(text string) bool {
	return regexp.MustCompile(`^\+[1-9]\d{6,14}$`).MatchString(text)
}
