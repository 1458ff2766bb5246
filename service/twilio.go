package service

import (
	"fmt"
	"net/url"
	"time"

	"beckon/api"
	"beckon/models"
	"beckon/providers/twilio"
)

// twilioWebhooks are the readers and the words of Twilio's webhooks.
func twilioWebhooks(verifier api.TwilioVerifier) *api.Twilio {
	return &api.Twilio{
		Verifier: verifier, ParseTextStatus: twilio.ParseTextStatus, ParseCall: twilio.ParseCall, ParseText: inboundText,
		ParseGather: twilio.ParseGather, ParseInboundCall: twilio.ParseInboundCall,
		Answer: func(form url.Values, texts models.CallTexts, action string) string {
			talk := twilio.Talk{Script: texts.Script, Prompt: models.PromptText(), Thanks: models.UnheardText(), Action: action}
			return twilio.AnswerTwiML(form, talk, texts.VoicemailText)
		},
		Speak: func(text string) string { return twilio.SpeakTwiML(text) }, Message: twilio.MessageTwiML,
	}
}

// inboundText reads a text that came through Twilio. Numbers are in E.164 already.
func inboundText(form url.Values, received time.Time) (models.InboundMessage, error) {
	text, err := twilio.ParseInboundText(form)
	if err != nil {
		return models.InboundMessage{}, fmt.Errorf("read text: %w", err)
	}
	return text.Message(received), nil
}
