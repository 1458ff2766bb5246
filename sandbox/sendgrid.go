package sandbox

import (
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxMailBytes is SendGrid's limit for a message with its attachments: 30 MB.
const maxMailBytes = 30 << 20

// outreachArg is the custom argument that carries Beckon's id of the outreach.
const outreachArg = "outreach_id"

// sendGrid answers as SendGrid's v3 Web API.
type sendGrid struct {
	door

	key       string
	committer *committer
	logger    *slog.Logger
	// events and inbound say whether there is anywhere to call back.
	events, inbound bool
	settings        sendGridSettings
}

// sendGridError is an entry of SendGrid's error answers; field and help are null where they do not apply.
type sendGridError struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
	Help    *string `json:"help"`
}

// handler is the route table of the part of SendGrid's API that the sandbox serves.
func (s *sendGrid) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/mail/send", s.authorized(s.send))
	mux.HandleFunc("/v3/mail/send", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", http.MethodPost)
		refuseMail(w, http.StatusMethodNotAllowed, "method not allowed")
	})
	s.addSettings(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuseMail(w, http.StatusNotFound, "not found")
	})

	return mux
}

// authorized lets requests with the right key pass.
func (s *sendGrid) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !bearerIs(r, s.key) {
			refuseUnauthorized(w)

			return
		}
		next(w, r)
	}
}

// bearerIs compares the bearer token; without an expected one any will do that is not empty.
func bearerIs(r *http.Request, expected string) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token = strings.TrimSpace(token)

	return bearer && token != "" && (expected == "" || token == expected)
}

// send is POST /v3/mail/send.
func (s *sendGrid) send(w http.ResponseWriter, r *http.Request) {
	body, ok := readMail(w, r)
	if !ok {
		return
	}
	fault, hit := s.draw(TargetEmail)
	if hit && mailFault(w, fault) {
		return
	}

	request, wrong := decodeMail(body)
	if len(wrong) > 0 {
		writeJSON(w, http.StatusBadRequest, map[string][]sendGridError{"errors": wrong})

		return
	}
	if request.MailSettings.SandboxMode.Enable {
		// SendGrid's own sandbox mode checks a message and sends nothing.
		w.WriteHeader(http.StatusOK)

		return
	}
	if hit && fault.Kind == FaultDelay && !s.hold(fault.delay()) {
		drop(w)

		return
	}

	providerID := randomID()
	if err := s.committer.store(s.deliveries(request, providerID, time.Now())); err != nil {
		s.logger.ErrorContext(r.Context(), "a message was not stored", "providerId", providerID, "error", err)
		refuseMail(w, http.StatusInternalServerError, "Internal Server Error")

		return
	}

	switch {
	case hit && fault.Kind == FaultDropAfterAccept:
		drop(w)
	case hit && fault.Kind == FaultMalformed:
		garble(w)
	default:
		w.Header().Set("X-Message-Id", providerID)
		w.Header()["Content-Length"] = []string{"0"}
		w.WriteHeader(http.StatusAccepted)
	}
}

// readMail reads the body, or answers why it cannot be taken.
func readMail(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		refuseMail(w, http.StatusUnsupportedMediaType, "Content-Type should be application/json.")

		return nil, false
	}

	reader := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			refuseMail(w, http.StatusBadRequest, "Bad Request")

			return nil, false
		}
		reader = unzipped
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, io.NopCloser(reader), maxMailBytes))
	if err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			refuseMail(w, http.StatusRequestEntityTooLarge, "The JSON payload you have included in your request is too large.")
		} else {
			refuseMail(w, http.StatusBadRequest, "Bad Request")
		}

		return nil, false
	}

	return body, true
}

// mailFault answers for the faults that store nothing, and reports whether it did.
func mailFault(w http.ResponseWriter, fault Fault) bool {
	if wait := fault.RetryAfter; wait != nil {
		w.Header().Set("Retry-After", strconv.Itoa(*wait))
		w.Header().Set("X-Ratelimit-Reset", strconv.FormatInt(time.Now().Unix()+int64(*wait), 10))
	}
	switch fault.Kind {
	case FaultRateLimited:
		w.Header().Set("X-Ratelimit-Remaining", "0")
		refuseMail(w, http.StatusTooManyRequests, "too many requests")
	case FaultServerError:
		refuseMail(w, http.StatusInternalServerError, "Internal Server Error")
	case FaultUnauthorized:
		refuseUnauthorized(w)
	case FaultRefuse:
		drop(w)
	case FaultDropAfterAccept, FaultMalformed, FaultDelay:
		return false
	}

	return true
}

// refuseUnauthorized is SendGrid's answer to a key that it does not know.
func refuseUnauthorized(w http.ResponseWriter) {
	refuseMail(w, http.StatusUnauthorized, "The provided authorization grant is invalid, expired, or revoked")
}

// refuseMail answers with one error that is about no field.
func refuseMail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string][]sendGridError{"errors": {{Message: message}}})
}

// deliveries is what a valid request leaves behind: a message for every recipient, each with its events.
func (s *sendGrid) deliveries(request mailRequest, providerID string, now time.Time) delivery {
	var d delivery
	for number, personalization := range request.Personalizations {
		args := merged(request.CustomArgs, personalization.CustomArgs)
		for _, to := range slices.Concat(personalization.To, personalization.CC, personalization.BCC) {
			message := request.message(personalization, to.Email)
			message.ID = newID()
			message.ProviderID = providerID
			message.ReceivedAt = now.UTC()
			if id, ok := args[outreachArg].(string); ok {
				message.OutreachID = &id
			}

			script := scriptOf(to.Email)
			message.Status = script.status
			if s.events {
				mail := sentMail{message: &message, number: number, categories: request.Categories, args: args}
				d.callbacks = append(d.callbacks, mail.events(script, now)...)
			}
			if script.reply != "" {
				reply, calls := s.answer(&message, script.reply, now.Add(answerDelay))
				d.replies = append(d.replies, reply)
				d.callbacks = append(d.callbacks, calls...)
			}
			d.messages = append(d.messages, message)
		}
	}

	return d
}

// answer is a contact's e-mail answer to a message, with the callback that brings it to Beckon.
func (s *sendGrid) answer(message *Message, text string, at time.Time) (Reply, []callback) {
	reply := Reply{ID: newID(), Text: &text, At: at.UTC(), messageID: message.ID}
	if !s.inbound {
		return reply, nil
	}
	body, err := json.Marshal(newInboundMail(message, reply))
	if err != nil {
		s.logger.Error("an answer cannot be encoded", "messageId", message.ID, "error", err)

		return reply, nil
	}

	return reply, []callback{{lane: laneSendGridInbound, messageID: message.ID, due: at, body: string(body)}}
}

// merged joins the arguments of the request and of a personalization, which win.
func merged(global, own map[string]any) map[string]any {
	all := make(map[string]any, len(global)+len(own))
	maps.Copy(all, global)
	maps.Copy(all, own)

	return all
}

// newID is a new UUIDv7.
func newID() string {
	return uuid.Must(uuid.NewV7()).String()
}

// randomID is 16 random bytes as 22 characters, the form of SendGrid's message ids.
func randomID() string {
	var bytes [16]byte
	// It never fails: the runtime stops the program rather than hand out predictable bytes.
	_, _ = rand.Read(bytes[:])

	return base64.RawURLEncoding.EncodeToString(bytes[:])
}
