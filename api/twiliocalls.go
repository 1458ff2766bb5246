package api

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"beckon/models"
)

// hearTwilioCall takes what was pressed or said in a call of ours, and ends the call with a word of thanks. How the call ended
// is said by its status callback.
func (s *server) hearTwilioCall(c echo.Context) error {
	form, err := s.twilioForm(c)
	if err != nil {
		return err
	}
	ctx, attempt := c.Request().Context(), c.QueryParam(attemptParameter)
	message, err := s.twilio.ParseGather(attempt, form, s.now())
	if err != nil {
		return fmt.Errorf("read what was heard: %w", err)
	}
	message.Consider()
	if message.Text == "" {
		return twiML(c, s.twilio.Speak(models.UnheardText()))
	}
	texts, err := s.callTexts(ctx, attempt)
	if err != nil {
		return err
	}
	if texts.ContactID != "" {
		message.Transcript = append(message.Transcript, models.SpokenLine{
			Speaker: models.SpeakerAI, Text: texts.Script, At: texts.ClaimedAt.UTC(),
		})
	}
	message.Transcript = append(message.Transcript, models.SpokenLine{
		Speaker: models.SpeakerContact, Text: message.Text, At: message.At,
	})
	if _, err := s.receive(ctx, message); err != nil {
		return err
	}
	if message.OptOut {
		return twiML(c, s.twilio.Speak(models.OptedOutText(texts.BusinessName)))
	}
	return twiML(c, s.twilio.Speak(models.HeardText()))
}

// receiveTwilioInboundCall takes a call to one of our numbers: it is noted as a reply of the contact who has the caller's
// number, and answered with a promise to call back, whoever calls.
func (s *server) receiveTwilioInboundCall(c echo.Context) error {
	form, err := s.twilioForm(c)
	if err != nil {
		return err
	}
	message, err := s.twilio.ParseInboundCall(form, s.now())
	if err != nil {
		return fmt.Errorf("read call: %w", err)
	}
	if message.ProviderID == "" {
		return twiML(c, noAnswer)
	}
	ctx := c.Request().Context()
	received, err := s.receive(ctx, message)
	if err != nil {
		return err
	}
	sender, err := s.store.SenderTo(ctx, message, received)
	if err != nil {
		return fmt.Errorf("find whom a call was to: %w", err)
	}
	name := ""
	if sender != nil {
		name = sender.Name()
	}
	return twiML(c, s.twilio.Speak(models.CalledText(name)))
}
