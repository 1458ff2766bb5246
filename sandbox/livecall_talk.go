package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Error codes of Twilio for instructions that cannot be followed, from its error dictionary.
const (
	codeRetrieval        = 11200
	codeTooManyDocuments = 11215
	codeParse            = 12100
	codeContentType      = 12300
)

// maxDocuments ends a call whose documents lead in a circle.
const maxDocuments = 100

// talk follows instructions until the call ends.
func (c *liveCall) talk(ctx context.Context) error {
	for {
		if c.state.Documents++; c.state.Documents > maxDocuments {
			return c.breakOff(codeTooManyDocuments)
		}
		verbs, code, err := c.instructions(ctx)
		switch {
		case err != nil:
			return err
		case code != 0 && !c.state.Fallback.isNone():
			// The fallback is told what happened, and is tried once.
			c.state.ErrorCode, c.state.Next, c.state.Fallback = code, c.state.Fallback, document{}
			c.state.Next.Params = map[string]string{"ErrorCode": fmt.Sprint(code), "ErrorUrl": c.state.Next.URL}

			continue
		case code != 0:
			return c.breakOff(code)
		}
		next, err := c.follow(ctx, verbs)
		if err != nil {
			return err
		}
		if next.isNone() {
			return c.hangUp(ctx)
		}
		c.turnPage()
		c.state.Next = next
		if err := c.save(time.Now()); err != nil {
			return err
		}
	}
}

// breakOff ends a call whose instructions cannot be had: Twilio says that an application error has occurred and hangs up.
func (c *liveCall) breakOff(code int) error {
	c.state.ErrorCode = code
	c.logger.Warn("a call's instructions cannot be followed", "callSid", c.state.SID, "code", code)

	return c.finish(callCompleted)
}

// hangUp ends a call that has come to the end of its instructions. Where the detection was asked for aside, its finding
// reaches Beckon first, which may have other instructions then: by the clock of a real call there would be time for it.
func (c *liveCall) hangUp(ctx context.Context) error {
	deadline := time.Now().Add(c.timeout)
	for c.state.AsyncDetection && c.state.DetectionCallback != "" {
		pending, err := c.pendingDetection(ctx)
		if err != nil {
			return err
		}
		left := time.Until(deadline)
		if !pending || left <= 0 {
			break
		}
		if err := c.waitFor(ctx, left, c.news); err != nil {
			return err
		}
	}
	// An update that the finding has caused may be waiting.
	if err := c.wait(ctx, c.step); err != nil {
		return err
	}

	return c.finish(callCompleted)
}

// instructions returns the next document's verbs, or the code of what is wrong with it.
func (c *liveCall) instructions(ctx context.Context) ([]verb, int, error) {
	text := []byte(c.state.Next.TwiML)
	if c.state.Next.URL != "" {
		fetched, code, err := c.fetch(ctx, c.state.Next)
		if err != nil || code != 0 {
			return nil, code, err
		}
		text = fetched
	}
	verbs, err := parseTwiML(text)
	if err != nil {
		return nil, codeParse, nil //nolint:nilerr // It is the call's failure, not the sandbox's.
	}

	return verbs, 0, nil
}

// fetched is what came of asking for a document.
type fetched struct {
	text []byte
	code int
	// again says that nobody answered, or with a 5xx.
	again bool
}

// fetch asks for a document, again and again while nobody is there, until the time for it is over.
func (c *liveCall) fetch(ctx context.Context, from document) ([]byte, int, error) {
	form := callForm(c.account, &c.state)
	if form["AnsweredBy"] != "" {
		form["MachineDetectionDuration"] = fmt.Sprint(detectionTime.Milliseconds())
	}
	maps.Copy(form, from.Params)
	request := twilioCallback{URL: from.URL, Method: from.Method, Form: form, Token: newID()}

	deadline, wait := time.Now().Add(c.timeout), c.backoff
	for {
		answer, err := c.askUntil(ctx, request, deadline)
		switch {
		case err != nil:
			return nil, 0, err
		case !answer.again:
			return answer.text, answer.code, nil
		case time.Until(deadline) <= wait:
			return nil, codeRetrieval, nil
		}
		if err := c.wait(ctx, wait); err != nil {
			return nil, 0, err
		}
		wait *= 2
	}
}

// askUntil asks once, until the deadline, unless the call is changed meanwhile.
func (c *liveCall) askUntil(ctx context.Context, request twilioCallback, deadline time.Time) (fetched, error) {
	asking, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	var answer fetched
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer = c.ask(asking, request)
	}()
	// The deadline ends the request, and so the wait.
	err := c.waitFor(ctx, time.Until(deadline)+c.timeout, done)
	cancel()
	<-done

	return answer, err
}

// ask asks for a document once.
func (c *liveCall) ask(ctx context.Context, call twilioCallback) fetched {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return fetched{again: true}
	}
	request, err := c.signer.request(ctx, call)
	if err != nil {
		return fetched{code: codeRetrieval}
	}
	answer, err := c.client.Do(request)
	if err != nil {
		return fetched{again: true}
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxTwiMLBytes))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return fetched{again: true}
	}
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	switch {
	case answer.StatusCode >= http.StatusInternalServerError:
		return fetched{code: codeRetrieval, again: true}
	case !isSuccess(answer.StatusCode):
		return fetched{code: codeRetrieval}
	case media != "text/xml" && media != "application/xml" && media != "text/html":
		return fetched{code: codeContentType}
	default:
		return fetched{text: text}
	}
}

// follow does what a document says and returns the next one, or none where the call is to end.
func (c *liveCall) follow(ctx context.Context, verbs []verb) (document, error) {
	for i, instruction := range verbs {
		switch instruction.name {
		case "Hangup", "Reject":
			return document{}, nil
		case "Redirect":
			return c.resolve(instruction.text, instruction.attr("method", http.MethodPost), nil), nil
		case "Gather":
			next, err := c.gather(ctx, instruction, slices.ContainsFunc(verbs[i+1:], listensToSpeech))
			if err != nil || !next.isNone() {
				return next, err
			}
		default:
			if err := c.perform(ctx, instruction); err != nil {
				return document{}, err
			}
		}
	}

	return document{}, nil
}

// perform lets the other side hear something.
func (c *liveCall) perform(ctx context.Context, instruction verb) error {
	switch instruction.name {
	case "Say":
		c.hear(instruction.text, speakingTime(instruction.text))
	case "Play":
		const tone = 5 * time.Second
		c.hear("[plays "+orDefault(instruction.text, "tones")+"]", tone)
	case "Pause":
		c.talked += time.Duration(instruction.number("length", 1)) * time.Second
	default:
		// What the sandbox cannot do, such as connecting somebody else, it leaves out.
		c.logger.WarnContext(ctx, "a call's instruction was left out", "callSid", c.state.SID, "verb", instruction.name)
	}

	return c.wait(ctx, c.step)
}

// hear notes what was spoken.
func (c *liveCall) hear(text string, length time.Duration) {
	if text == "" {
		return
	}
	c.talked += length
	c.heard = append(c.heard, text)
}

// listensToSpeech says whether a verb is a <Gather> that takes spoken words.
func listensToSpeech(instruction verb) bool {
	return instruction.name == "Gather" && slices.Contains(inputOf(instruction), "speech")
}

// inputOf is what a <Gather> listens to.
func inputOf(instruction verb) []string { return strings.Fields(instruction.attr("input", "dtmf")) }

// gather lets the other side hear what is inside, waits for an answer and returns where that goes. Without an answer it
// returns none, and the document goes on behind it. Who is asked for words later keeps them until then.
func (c *liveCall) gather(ctx context.Context, instruction verb, askedLater bool) (document, error) {
	for _, inner := range instruction.verbs {
		if err := c.perform(ctx, inner); err != nil {
			return document{}, err
		}
	}
	// Whoever looks at the inbox sees what was said before it is their turn.
	if err := c.save(time.Now()); err != nil {
		return document{}, err
	}
	input := inputOf(instruction)
	params, err := c.listen(ctx, input, instruction.number("numDigits", 0), askedLater && !listensToSpeech(instruction))
	if err != nil {
		return document{}, err
	}
	if params == nil {
		const seconds = 5
		c.talked += time.Duration(instruction.number("timeout", seconds)) * time.Second
		if instruction.attr("actionOnEmptyResult", "false") != "true" {
			return document{}, nil
		}
		params = map[string]string{"Digits": ""}
	}

	return c.resolve(instruction.attr("action", ""), instruction.attr("method", http.MethodPost), params), nil
}

// listen waits for the other side's answer and returns it as Twilio tells it, or nil where there is none. Who waits to be asked
// presses a key if the inbox says so, and keeps words to himself.
func (c *liveCall) listen(ctx context.Context, input []string, numDigits int, waits bool) (map[string]string, error) {
	deadline := time.Now().Add(c.gatherWait)
	for {
		reply, err := c.nextReply(ctx)
		if err != nil {
			return nil, err
		}
		if waits && reply != nil && reply.Digits == nil {
			return nil, nil //nolint:nilnil // He keeps it for later.
		}
		if reply == nil && c.state.RepliesTaken == 0 && !waits {
			if reply, err = c.answerAlone(input); err != nil {
				return nil, err
			}
		}
		if reply != nil {
			c.state.RepliesTaken++
			if heard := heardAs(reply, input, numDigits); heard != nil {
				return heard, nil
			}

			continue
		}
		left := time.Until(deadline)
		if left <= 0 {
			return nil, nil //nolint:nilnil // No answer.
		}
		if err := c.waitFor(ctx, left, c.news); err != nil {
			return nil, err
		}
	}
}

// answerAlone is what a magic number's contact answers by himself, stored as his reply, or nil.
func (c *liveCall) answerAlone(input []string) (*Reply, error) {
	script := scriptOfNumber(c.state.To)
	if script.reply == "" {
		return nil, nil //nolint:nilnil // He says nothing.
	}
	reply := Reply{ID: newID(), At: time.Now().UTC(), messageID: c.message.ID}
	if slices.Contains(input, "speech") {
		reply.Speech = &script.reply
	} else {
		reply.Digits = &script.key
	}

	return &reply, c.saveWith(reply.At, []Reply{reply}, nil)
}

// heardAs is an answer as Twilio tells it, or nil where the <Gather> does not listen to its kind.
func heardAs(reply *Reply, input []string, numDigits int) map[string]string {
	switch {
	case reply.Digits != nil && slices.Contains(input, "dtmf"):
		digits := *reply.Digits
		if numDigits > 0 && len(digits) > numDigits {
			digits = digits[:numDigits]
		}

		return map[string]string{"Digits": digits, "FinishedOnKey": ""}
	case reply.Speech != nil && slices.Contains(input, "speech"):
		return map[string]string{"SpeechResult": *reply.Speech, "Confidence": "0.93"}
	default:
		return nil
	}
}

// resolve is a document named inside the one at hand; without a name it is that one again.
func (c *liveCall) resolve(address, method string, params map[string]string) document {
	base, err := url.Parse(c.state.Next.URL)
	if err != nil {
		return document{}
	}
	target, err := base.Parse(strings.TrimSpace(address))
	if err != nil || !target.IsAbs() {
		// Twilio does not find it either, and the call ends.
		return document{}
	}

	return document{URL: target.String(), Method: strings.ToUpper(method), Params: params}
}
