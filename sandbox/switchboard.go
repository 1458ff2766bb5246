package sandbox

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// maxFetches is how many calls fetch instructions at the same time.
const maxFetches = 16

// switchboard carries calls through, each in a goroutine of its own. A call's state is stored at every step, so that a
// sandbox that starts again goes on with it.
type switchboard struct {
	db        *sql.DB
	committer *committer
	client    *http.Client
	logger    *slog.Logger
	signer    twilioSigner

	step       time.Duration
	gatherWait time.Duration
	timeout    time.Duration
	backoff    time.Duration
	// account is in every request about a call.
	account string
	// slots bound the fetches.
	slots chan struct{}

	mu sync.Mutex
	// begin starts a call's goroutine; nil before open and after close.
	begin func(*liveCall)
	// live are the calls under way, by the ids of their messages.
	live map[string]*liveCall
}

// open takes up the calls that were on when the sandbox was last stopped, and lets new ones in. Calls end with the context.
func (s *switchboard) open(ctx context.Context, working *sync.WaitGroup) error {
	s.mu.Lock()
	s.begin = func(call *liveCall) { working.Go(func() { call.run(ctx) }) }
	s.mu.Unlock()

	found, err := openCalls(ctx, s.db)
	if err != nil {
		return err
	}
	for _, entry := range found {
		call, err := decodeCall(entry)
		if err != nil {
			return err
		}
		message, there, err := findMessage(ctx, s.db, entry.messageID)
		if err != nil {
			return err
		}
		if there {
			s.place(call, message)
		}
	}

	return nil
}

// close takes no more calls; those that come are carried through after the next start.
func (s *switchboard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin = nil
}

// place begins to carry a stored call through.
func (s *switchboard) place(state callState, message Message) {
	call := &liveCall{
		switchboard: s, state: state, message: message,
		changes: make(chan *pendingChange), news: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begin == nil {
		return
	}
	s.live[message.ID] = call
	s.begin(call)
}

// remove forgets a call that has ended.
func (s *switchboard) remove(call *liveCall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, call.message.ID)
	close(call.ended)
}

// callOf finds a call under way by its message's id.
func (s *switchboard) callOf(messageID string) *liveCall {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.live[messageID]
}

// change asks a call under way for a change and reports whether it took it; then it is stored.
func (s *switchboard) change(ctx context.Context, messageID string, change callChange) bool {
	call := s.callOf(messageID)
	if call == nil {
		return false
	}
	pending := &pendingChange{callChange: change, done: make(chan bool, 1)}
	select {
	case call.changes <- pending:
	case <-call.ended:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case taken := <-pending.done:
		return taken
	case <-ctx.Done():
		return false
	}
}

// wake tells a call under way that the inbox has an answer for it, or that a callback about it was taken.
func (s *switchboard) wake(messageID string) {
	if call := s.callOf(messageID); call != nil {
		call.wake()
	}
}

// callChange is what an update asks of a call: an end, or other instructions.
type callChange struct {
	status callStatus
	next   document
}

// pendingChange is a change with the place where its sender waits.
type pendingChange struct {
	callChange

	done chan bool
}

// statusCallback is the callback of an event, if it is wanted; it counts it.
func (s *switchboard) statusCallback(call *callState, messageID, event string, now time.Time) []callback {
	if !call.wants(event) {
		return nil
	}
	form := callForm(s.account, call)
	if event == eventInitiated {
		form["CallStatus"] = string(callInitiated)
	}
	form["CallbackSource"] = "call-progress-events"
	form["Timestamp"] = now.UTC().Format(time.RFC1123Z)
	form["SequenceNumber"] = fmt.Sprint(call.Sequence)
	if call.AnsweredBy != "" {
		form["AnsweredBy"] = call.AnsweredBy
	}
	if call.Status.isEnd() {
		const minute = 60
		form["CallDuration"] = fmt.Sprint(call.duration())
		form["Duration"] = fmt.Sprint((call.duration() + minute - 1) / minute)
		form["SipResponseCode"] = sipCode(call.Status)
	}
	call.Sequence++

	return []callback{newTwilioCallback(laneTwilio, messageID, call.StatusCallback, call.StatusMethod, form, now)}
}

// sipCode is how the network would have said that a call ended so.
func sipCode(status callStatus) string {
	switch status {
	case callBusy:
		return "486"
	case callNoAnswer, callCanceled:
		return "487"
	case callFailed:
		return "404"
	case callQueued, callInitiated, callRinging, callInProgress, callCompleted:
		return "200"
	}

	return "200"
}
