package sandbox

import (
	"net/http"
	"time"
)

// door is where requests for one vendor come in; it knows which faults can befall them there.
type door struct {
	faults *faults
	// own is set for the vendor's own port, where "refuse" closes the socket and no request gets this far.
	own bool
	// stopping is closed when the sandbox is being stopped.
	stopping <-chan struct{}
}

// draw says which fault hits this request, if any.
func (d door) draw(target Target) (Fault, bool) {
	fault, hit := d.faults.draw(target)
	if hit && fault.Kind == FaultRefuse && d.own {
		return Fault{}, false
	}

	return fault, hit
}

// hold waits for a delay; it reports false when the sandbox is stopped meanwhile.
func (d door) hold(delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.stopping:
		return false
	}
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter) {
	answerRaw(w, "")
}

// garble answers with bytes that are not HTTP.
func garble(w http.ResponseWriter) {
	answerRaw(w, "HTTP/1.1 2O2 Acc\x00pted\r\nX-Mess\x01age-Id\r\n\r\n{\"\xff")
}

// answerRaw takes the connection from the server, writes what it is given and closes it.
func answerRaw(w http.ResponseWriter, raw string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// Not a plain connection: an abort closes that one too.
		panic(http.ErrAbortHandler)
	}
	// The client is meant to fail, so a failure here is of no account.
	_, _ = conn.Write([]byte(raw))
	_ = conn.Close()
}
