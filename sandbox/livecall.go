package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// errChanged says that an update has changed the call meanwhile: whoever waited looks at it again.
var errChanged = errors.New("the call was changed")

// liveCall is a call under way. All but its channels belongs to the goroutine that runs it.
type liveCall struct {
	*switchboard

	state   callState
	message Message
	// heard and talked are of the document at hand. They join the state when that is done with: a document that is cut
	// short by a restart is followed again from its beginning.
	heard  []string
	talked time.Duration

	changes chan *pendingChange
	// news says that there may be an answer from the inbox, or that a callback was taken.
	news chan struct{}
	// ended is closed when the call is no longer under way.
	ended chan struct{}
}

// wake tells the call that there are news.
func (c *liveCall) wake() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// run carries the call through to its end, or until the sandbox stops.
func (c *liveCall) run(ctx context.Context) {
	defer c.remove(c)
	for !c.state.Status.isEnd() {
		var err error
		switch c.state.Status {
		case callQueued:
			err = c.dial(ctx)
		case callRinging:
			err = c.ring(ctx)
		case callInProgress:
			err = c.talk(ctx)
		case callInitiated, callCompleted, callBusy, callNoAnswer, callFailed, callCanceled:
			// The first is only shown, the others are ends.
			return
		}
		if err != nil && !errors.Is(err, errChanged) {
			if ctx.Err() == nil {
				c.logger.ErrorContext(ctx, "a call was broken off", "callSid", c.state.SID, "error", err)
			}

			return
		}
	}
}

// dial lets the phone ring.
func (c *liveCall) dial(ctx context.Context) error {
	if err := c.wait(ctx, c.step); err != nil {
		return err
	}
	now := time.Now()
	c.state.Status = callRinging

	return c.save(now, c.statusCallback(&c.state, c.message.ID, eventRinging, now)...)
}

// ring lets somebody answer, or nobody.
func (c *liveCall) ring(ctx context.Context) error {
	if err := c.wait(ctx, c.step); err != nil {
		return err
	}
	script := scriptOfNumber(c.state.To)
	if script.call != "" {
		return c.finish(script.call)
	}

	now := time.Now().UTC()
	c.state.Status, c.state.StartedAt = callInProgress, &now
	var calls []callback
	if c.state.Detection != "" {
		c.state.AnsweredBy = answeredBy(script.machine, c.state.Detection)
		c.state.Talked += detectionTime
		if c.state.AsyncDetection && c.state.DetectionCallback != "" {
			calls = append(calls, newTwilioCallback(laneTwilioDetection, c.message.ID, c.state.DetectionCallback,
				c.state.DetectionMethod, c.detectionForm(), now))
		}
	}

	return c.save(now, append(calls, c.statusCallback(&c.state, c.message.ID, eventAnswered, now)...)...)
}

// answeredBy is what a detection finds.
func answeredBy(machine bool, detection string) string {
	switch {
	case !machine:
		return answeredByHuman
	case detection == detectMessageEnd:
		return answeredByMachineBeep
	default:
		return answeredByMachineStart
	}
}

// detectionForm is what the callback of an asynchronous detection says.
func (c *liveCall) detectionForm() map[string]string {
	return map[string]string{
		"AccountSid": c.account, "CallSid": c.state.SID, "AnsweredBy": c.state.AnsweredBy,
		"MachineDetectionDuration": fmt.Sprint(detectionTime.Milliseconds()),
	}
}

// spoken is what a person and a machine have heard until now, of the document at hand too.
func (c *liveCall) spoken() (script, voicemail []string) {
	if scriptOfNumber(c.state.To).machine {
		return c.state.Script, append(slices.Clip(c.state.Voicemail), c.heard...)
	}

	return append(slices.Clip(c.state.Script), c.heard...), c.state.Voicemail
}

// turnPage is done with the document at hand.
func (c *liveCall) turnPage() {
	c.state.Script, c.state.Voicemail = c.spoken()
	c.state.Talked += c.talked
	c.heard, c.talked = nil, 0
}

// finish ends the call.
func (c *liveCall) finish(status callStatus) error {
	now := time.Now().UTC()
	c.turnPage()
	c.state.Status, c.state.EndedAt = status, &now

	return c.save(now, c.statusCallback(&c.state, c.message.ID, eventCompleted, now)...)
}

// save stores the call as it is, with callbacks that belong to this step.
func (c *liveCall) save(now time.Time, calls ...callback) error {
	return c.saveWith(now, nil, calls)
}

// saveWith stores the call with what its contact has answered by himself.
func (c *liveCall) saveWith(now time.Time, replies []Reply, calls []callback) error {
	c.state.UpdatedAt = now.UTC()
	c.message.Status = c.state.Status.message()
	script, voicemail := c.spoken()
	c.message.Text, c.message.VoicemailText = optional(strings.Join(script, "\n")), optional(strings.Join(voicemail, "\n"))
	if c.state.ErrorCode != 0 {
		c.message.Headers["Twilio-Error"] = fmt.Sprint(c.state.ErrorCode)
	}

	return c.committer.store(delivery{
		progress: &callProgress{call: c.state.resource(c.message.ID), message: c.message},
		replies:  replies, callbacks: calls,
	})
}

// wait lets time pass; it ends with errChanged when an update changes the call, and with an error when the sandbox stops.
func (c *liveCall) wait(ctx context.Context, limit time.Duration) error {
	return c.waitFor(ctx, limit, nil)
}

// waitFor is wait that also ends when there is something on a channel.
func (c *liveCall) waitFor(ctx context.Context, limit time.Duration, done <-chan struct{}) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("call %s: %w", c.state.SID, ctx.Err())
		case <-timer.C:
			return nil
		case <-done:
			return nil
		case change := <-c.changes:
			taken, err := c.apply(change.callChange)
			change.done <- taken && err == nil
			if err != nil {
				return err
			}
			if taken {
				return errChanged
			}
		}
	}
}

// apply makes a change and stores it, unless the call has not come so far or has gone too far for it.
func (c *liveCall) apply(change callChange) (bool, error) {
	talking := c.state.Status == callInProgress
	switch {
	case change.status == callCanceled && talking:
		return false, nil
	case change.status != "" && !talking:
		return true, c.finish(callCanceled)
	case change.status != "":
		return true, c.finish(callCompleted)
	case !talking:
		return false, nil
	}
	c.turnPage()
	c.state.Next = change.next
	// What a machine was told before is not the message that is left on it.
	if scriptOfNumber(c.state.To).machine {
		c.state.Script = append(c.state.Script, c.state.Voicemail...)
		c.state.Voicemail = []string{}
	}

	return true, c.save(time.Now())
}

// pendingDetection says whether the callback of the detection has not been taken yet.
func (c *liveCall) pendingDetection(ctx context.Context) (bool, error) {
	var count int
	err := c.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM callbacks WHERE message_id = ? AND lane = ?",
		c.message.ID, laneTwilioDetection).Scan(&count)

	return count > 0, wrap("count callbacks", err)
}

// nextReply is the inbox's next answer on the phone, which no <Gather> has taken yet.
func (c *liveCall) nextReply(ctx context.Context) (*Reply, error) {
	var reply Reply
	err := c.db.QueryRowContext(ctx, `SELECT digits, speech FROM replies
		WHERE message_id = ? AND (digits IS NOT NULL OR speech IS NOT NULL) ORDER BY seq LIMIT 1 OFFSET ?`,
		c.message.ID, c.state.RepliesTaken).Scan(&reply.Digits, &reply.Speech)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil //nolint:nilnil // There is none.
	case err != nil:
		return nil, fmt.Errorf("read replies: %w", err)
	default:
		return &reply, nil
	}
}
