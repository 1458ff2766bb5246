package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"beckon/models"
	"beckon/workflows"
)

// headerTwilioSignature holds the signature of Twilio's webhooks.
const headerTwilioSignature = "X-Twilio-Signature"

// mediaTwiML is the media type of TwiML.
const mediaTwiML = "text/xml; charset=utf-8"

// noAnswer is the TwiML that answers a text with nothing.
const noAnswer = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Response/>"

// unknownCall is what a call speaks that Beckon knows nothing of.
const unknownCall = "We are sorry, this call was made by mistake. Goodbye."

// attemptParameter is the query parameter that carries an outreach's id to Twilio and back.
const attemptParameter = "attempt"

// Twilio reads and answers Twilio's webhooks. All members are needed.
type Twilio struct {
	// Verifier checks who sends them.
	Verifier TwilioVerifier
	// ParseTextStatus and ParseCall read status callbacks. Attempt is the outreach's id from the query, or whatever came in
	// its place. Error: CodeMalformed.
	ParseTextStatus, ParseCall func(attempt string, form url.Values, received time.Time) ([]models.ProviderEvent, error)
	// ParseText reads a text that a contact sent, and whether it opts out or in. Error: CodeMalformed.
	ParseText func(form url.Values, received time.Time) (models.InboundMessage, error)
	// ParseGather reads what was pressed or said in a call of ours; its text is empty where nothing was. Error: CodeMalformed.
	ParseGather func(attempt string, form url.Values, received time.Time) (models.InboundMessage, error)
	// ParseInboundCall reads a call to one of our numbers; its From is empty where the caller withholds it, its ProviderID
	// where it is no call. Error: CodeMalformed.
	ParseInboundCall func(form url.Values, received time.Time) (models.InboundMessage, error)
	// Answer is the TwiML of a call that was answered by whom the form says: the script for a person, the other text for a
	// machine. Action is where what the person presses or says goes; "" where it does not matter.
	Answer func(form url.Values, texts models.CallTexts, action string) string
	// Speak is the TwiML that speaks a text and hangs up, Message that which answers a text with one.
	Speak, Message func(text string) string
}

// complete says whether nothing is missing.
func (t *Twilio) complete() bool {
	return t.Verifier != nil && t.ParseTextStatus != nil && t.ParseCall != nil && t.ParseText != nil && t.Answer != nil &&
		t.ParseGather != nil && t.ParseInboundCall != nil && t.Speak != nil && t.Message != nil
}

// twilioWebhooks is the path below which Twilio's webhooks are, and voiceGather that of what is pressed or said.
const (
	twilioWebhooks = "/webhooks/twilio"
	voiceGather    = "/voice/gather"
)

// addTwilioRoutes adds Twilio's webhooks.
func (s *server) addTwilioRoutes(e *echo.Echo) {
	const under = twilioWebhooks
	e.POST(under+"/sms/status", s.receiveTwilioTextStatus)
	e.POST(under+"/sms/inbound", s.receiveTwilioText)
	e.POST(under+"/voice/answer", s.answerTwilioCall)
	e.POST(under+voiceGather, s.hearTwilioCall)
	e.POST(under+"/voice/inbound", s.receiveTwilioInboundCall)
	e.POST(under+"/voice/status", s.receiveTwilioCall)
	e.POST(under+"/voice/amd", s.receiveTwilioCall)
}

// twilioForm reads the form of a webhook that Twilio has signed. The signature is over the public URL, whatever a proxy
// made of it, and comes before anything is made of the form. Errors: CodeBadSignature, CodeMalformed.
func (s *server) twilioForm(c echo.Context) (url.Values, error) {
	request := c.Request()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, fmt.Errorf("read webhook: %w", err)
	}
	if s.twilio == nil {
		return nil, models.Errorf(models.CodeBadSignature, "no token is configured to verify the signature with")
	}
	address := s.publicURL + request.URL.RequestURI()
	if err := s.twilio.Verifier.Verify(address, body, request.Header.Get(headerTwilioSignature)); err != nil {
		return nil, fmt.Errorf("verify webhook: %w", err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, models.Errorf(models.CodeMalformed, "the form cannot be read")
	}
	return form, nil
}

// receiveTwilioTextStatus takes the status callbacks of texts.
func (s *server) receiveTwilioTextStatus(c echo.Context) error {
	form, err := s.twilioForm(c)
	if err != nil {
		return err
	}
	events, err := s.twilio.ParseTextStatus(c.QueryParam(attemptParameter), form, s.now())
	if err != nil {
		return fmt.Errorf("read status of text: %w", err)
	}
	if err := s.recordEvents(c.Request().Context(), events); err != nil {
		return err
	}
	return noContent(c)
}

// receiveTwilioCall takes the status callbacks of calls, and what was heard to answer them.
func (s *server) receiveTwilioCall(c echo.Context) error {
	form, err := s.twilioForm(c)
	if err != nil {
		return err
	}
	events, err := s.twilio.ParseCall(c.QueryParam(attemptParameter), form, s.now())
	if err != nil {
		return fmt.Errorf("read status of call: %w", err)
	}
	if err := s.recordEvents(c.Request().Context(), events); err != nil {
		return err
	}
	return noContent(c)
}

// answerTwilioCall says what a call speaks. Somebody is waiting on the line: that its events could not be stored does not
// keep it from speaking, and the status callback at its end says the same.
func (s *server) answerTwilioCall(c echo.Context) error {
	form, err := s.twilioForm(c)
	if err != nil {
		return err
	}
	ctx, attempt := c.Request().Context(), c.QueryParam(attemptParameter)
	events, err := s.twilio.ParseCall(attempt, form, s.now())
	if err != nil {
		return fmt.Errorf("read answered call: %w", err)
	}
	texts, err := s.callTexts(ctx, attempt)
	if err != nil {
		return err
	}
	if err := s.recordEvents(ctx, events); err != nil {
		s.log.WarnContext(ctx, "events of a call not stored", "request", requestID(c), "error", err)
	}
	action := ""
	if texts.ContactID != "" {
		action = s.publicURL + twilioWebhooks + voiceGather + "?" + url.Values{attemptParameter: {attempt}}.Encode()
	}
	return twiML(c, s.twilio.Answer(form, texts, action))
}

// callTexts is what the call of an outreach speaks; to a call that nobody knows, a few polite words.
func (s *server) callTexts(ctx context.Context, outreachID string) (models.CallTexts, error) {
	unknown := models.CallTexts{Script: unknownCall}
	if !isID(outreachID) {
		return unknown, nil
	}
	texts, err := s.store.CallTexts(ctx, outreachID)
	if models.ErrorCode(err) == models.CodeNotFound {
		s.log.WarnContext(ctx, "a call is not known", "outreach", outreachID)
		return unknown, nil
	}
	if err != nil {
		return models.CallTexts{}, fmt.Errorf("read what a call speaks: %w", err)
	}
	return texts, nil
}

// receiveTwilioText takes a text that a contact sent. Help is answered, and so is an opt-out in words that Twilio does not
// know; others Twilio confirms by itself. What came before is answered with nothing.
func (s *server) receiveTwilioText(c echo.Context) error {
	form, err := s.twilioForm(c)
	if err != nil {
		return err
	}
	message, err := s.twilio.ParseText(form, s.now())
	if err != nil {
		return fmt.Errorf("read text: %w", err)
	}
	message.Consider()
	ctx := c.Request().Context()
	received, err := s.receive(ctx, message)
	if err != nil {
		return err
	}
	if received.Again || !message.Help && !message.Confirm {
		return twiML(c, noAnswer)
	}
	sender, err := s.store.SenderTo(ctx, message, received)
	if err != nil {
		return fmt.Errorf("find whom a text was to: %w", err)
	}
	if message.Confirm {
		return twiML(c, s.twilio.Message(models.OptOutText(sender)))
	}
	return twiML(c, s.twilio.Message(models.HelpText(sender)))
}

// receive stores what somebody sent or said, and tells the workflows that are to look.
func (s *server) receive(ctx context.Context, message models.InboundMessage) (models.Received, error) {
	received, err := s.store.RecordReply(ctx, message)
	if err != nil {
		return models.Received{}, fmt.Errorf("store what came in: %w", err)
	}
	s.tellAll(ctx, notices(workflows.SignalReply, received.Wakes))
	if received.Joined != nil {
		s.tellAdded(ctx, received.CampaignID, received.Joined)
	}
	if received.StrangerID != "" {
		s.judge(ctx, received.StrangerID)
	}
	if message.OptOut {
		s.sweepSoon(ctx)
	}
	return received, nil
}

// recordEvents stores events and tells the workflows that wait for them. Those before an error are stored.
func (s *server) recordEvents(ctx context.Context, events []models.ProviderEvent) error {
	if len(events) == 0 {
		return nil
	}
	wakes, err := s.store.RecordEvents(ctx, events)
	s.tellAll(ctx, notices(workflows.SignalDelivery, wakes))
	if err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	return nil
}

func noContent(c echo.Context) error {
	if err := c.NoContent(http.StatusNoContent); err != nil {
		return fmt.Errorf("answer webhook: %w", err)
	}
	return nil
}

func twiML(c echo.Context, document string) error {
	if err := c.Blob(http.StatusOK, mediaTwiML, []byte(document)); err != nil {
		return fmt.Errorf("answer webhook: %w", err)
	}
	return nil
}
