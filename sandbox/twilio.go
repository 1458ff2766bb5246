package sandbox

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// maxTwilioBytes bounds the form of a request.
	maxTwilioBytes = 1 << 20

	// maxURLLength is Twilio's limit for the URLs it is given.
	maxURLLength = 4000
)

// twilio answers as Twilio's REST API of 2010-04-01, for texts and calls.
type twilio struct {
	door

	account, token string
	// numbers are the account's own; none takes any sender.
	numbers []string
	// inboundURL is where contacts' texts go, if anywhere.
	inboundURL string
	// voiceURL is what its numbers have for calls that come in.
	voiceURL string
	step     time.Duration

	db          *sql.DB
	committer   *committer
	switchboard *switchboard
	logger      *slog.Logger
}

// twilioError is the body of Twilio's error answers.
type twilioError struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

// Error codes of Twilio's REST API, from its error dictionary.
const (
	codeForbiddenMethod = 20004
	codeAuthenticate    = 20003
	codeNotFound        = 20404
	codeTooManyRequests = 20429
	codeInternal        = 20500
	codeInvalidParam    = 20001

	codeCallNoTo         = 21201
	codeCallURL          = 21205
	codeCallNoFrom       = 21213
	codeCallUnknownFrom  = 21210
	codeInvalidFrom      = 21212
	codeCallNotInProcess = 21220
	codeDetection        = 21234
	codeSameNumbers      = 21266

	codeNoBody         = 21602
	codeNoFrom         = 21603
	codeNoTo           = 21604
	codeUnknownFrom    = 21606
	codeStatusCallback = 21609
	codeBodyTooLong    = 21617
	codeUnknownService = 21701
)

// newTwilioError is an error about the request.
func newTwilioError(code int, format string, args ...any) *twilioError {
	return &twilioError{
		Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusBadRequest,
		MoreInfo: "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	}
}

// with is the same error with another HTTP status.
func (e *twilioError) with(status int) *twilioError {
	e.Status = status

	return e
}

// write answers with the error.
func (e *twilioError) write(w http.ResponseWriter) {
	writeJSON(w, e.Status, e)
}

// handler is the route table of the part of Twilio's API that the sandbox serves.
func (t *twilio) handler() http.Handler {
	mux := http.NewServeMux()
	const account = "/2010-04-01/Accounts/{account}"
	for pattern, route := range map[string]struct {
		target Target
		next   http.HandlerFunc
	}{
		"POST " + account + "/Messages.json":      {TargetText, t.createText},
		"GET " + account + "/Messages.json":       {TargetText, t.listTexts},
		"GET " + account + "/Messages/{resource}": {TargetText, t.getText},
		"POST " + account + "/Calls.json":         {TargetPhone, t.createCall},
		"GET " + account + "/Calls.json":          {TargetPhone, t.listCalls},
		"GET " + account + "/Calls/{resource}":    {TargetPhone, t.getCall},
		"POST " + account + "/Calls/{resource}":   {TargetPhone, t.updateCall},
	} {
		mux.HandleFunc(pattern, t.authorized(t.faulty(route.target, route.next)))
	}
	for _, path := range []string{"/Messages.json", "/Messages/{resource}", "/Calls.json", "/Calls/{resource}"} {
		mux.HandleFunc(account+path, t.authorized(func(w http.ResponseWriter, _ *http.Request) {
			newTwilioError(codeForbiddenMethod, "Method not allowed").with(http.StatusMethodNotAllowed).write(w)
		}))
	}
	t.addSetup(mux)
	mux.HandleFunc("/", t.notFound)

	return mux
}

// notFound is Twilio's answer where there is nothing.
func (t *twilio) notFound(w http.ResponseWriter, r *http.Request) {
	newTwilioError(codeNotFound, "The requested resource %s was not found", r.URL.Path).with(http.StatusNotFound).write(w)
}

// failed answers for an error of the sandbox itself.
func (t *twilio) failed(w http.ResponseWriter, r *http.Request, err error) {
	t.logger.ErrorContext(r.Context(), "a request to the sandbox failed", "route", r.Pattern, "error", err)
	newTwilioError(codeInternal, "Internal Server Error").with(http.StatusInternalServerError).write(w)
}

// authorized lets requests with the account's id and token pass.
func (t *twilio) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		if !ok || user != t.account || password != t.token || r.PathValue("account") != t.account {
			refuseAccount(w)

			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxTwilioBytes)
		next(w, r)
	}
}

// refuseAccount is Twilio's answer to an account or a token that it does not know.
func refuseAccount(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	newTwilioError(codeAuthenticate, "Authenticate").with(http.StatusUnauthorized).write(w)
}

// faulty lets the target's fault befall requests. Faults that come after a message was stored hit only the requests that
// store one: looking it up shows it.
func (t *twilio) faulty(target Target, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fault, hit := t.draw(target)
		if !hit {
			next(w, r)

			return
		}
		if wait := fault.RetryAfter; wait != nil {
			w.Header().Set("Retry-After", strconv.Itoa(*wait))
		}
		switch fault.Kind {
		case FaultRateLimited:
			newTwilioError(codeTooManyRequests, "Too Many Requests").with(http.StatusTooManyRequests).write(w)
		case FaultServerError:
			newTwilioError(codeInternal, "Internal Server Error").with(http.StatusInternalServerError).write(w)
		case FaultUnauthorized:
			refuseAccount(w)
		case FaultRefuse:
			drop(w)
		case FaultDelay:
			t.delayed(w, r, fault, next)
		case FaultDropAfterAccept, FaultMalformed:
			if r.Method == http.MethodPost {
				spoiled(w, r, fault.Kind, next)
			} else {
				next(w, r)
			}
		}
	}
}

// delayed answers later. The request is read first: it is carried out even when its client has gone meanwhile.
func (t *twilio) delayed(w http.ResponseWriter, r *http.Request, fault Fault, next http.HandlerFunc) {
	// What is wrong with the form is said by next.
	_ = r.ParseForm()
	if !t.hold(fault.delay()) {
		drop(w)

		return
	}
	next(w, r)
}

// spoiled carries a request out and keeps its answer back, unless that is a refusal.
func spoiled(w http.ResponseWriter, r *http.Request, kind FaultKind, next http.HandlerFunc) {
	kept := &keptAnswer{header: w.Header(), status: http.StatusOK}
	next(kept, r)
	switch {
	case !isSuccess(kept.status):
		w.WriteHeader(kept.status)
		// A client that has gone away does not need its answer.
		_, _ = w.Write(kept.body.Bytes())
	case kind == FaultMalformed:
		garble(w)
	default:
		drop(w)
	}
}

// keptAnswer is an answer that was not sent yet.
type keptAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is part of http.ResponseWriter.
func (k *keptAnswer) Header() http.Header { return k.header }

// WriteHeader is part of http.ResponseWriter.
func (k *keptAnswer) WriteHeader(status int) { k.status = status }

// Write is part of http.ResponseWriter.
func (k *keptAnswer) Write(data []byte) (int, error) {
	count, err := k.body.Write(data)

	return count, wrap("keep an answer", err)
}

// readForm reads a request's form, or answers why it cannot be taken.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		newTwilioError(codeInvalidParam, "Content-Type is not application/x-www-form-urlencoded").
			with(http.StatusUnsupportedMediaType).write(w)

		return nil, false
	}
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		newTwilioError(codeInvalidParam, "The request body cannot be read").with(status).write(w)

		return nil, false
	}

	return r.PostForm, true
}

// validURL says whether Twilio would take a URL.
func validURL(address string) bool {
	return address != "" && len(address) <= maxURLLength && checkURL("", address) == nil
}

// outreachOf is Beckon's id of the outreach, which its URLs carry in the query.
func outreachOf(addresses ...string) *string {
	for _, address := range addresses {
		parsed, err := url.Parse(address)
		if err != nil {
			continue
		}
		if id := parsed.Query().Get("attempt"); id != "" {
			return &id
		}
	}

	return nil
}

// newSID is a new id of Twilio's: two letters and 32 hexadecimal digits.
func newSID(prefix string) string {
	var bytes [16]byte
	// It never fails: the runtime stops the program rather than hand out predictable bytes.
	_, _ = rand.Read(bytes[:])

	return prefix + hex.EncodeToString(bytes[:])
}

// twilioTime is a time as Twilio's API writes it, null where there is none.
func twilioTime(at *time.Time) *string {
	if at == nil {
		return nil
	}
	text := at.UTC().Format(time.RFC1123Z)

	return &text
}
