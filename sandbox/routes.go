package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	// maxControlBytes bounds the bodies of the sandbox's own routes.
	maxControlBytes = 1 << 20

	defaultPerPage = 50
	maxPerPage     = 1000
)

// routes is the route table of the main listener.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, vendor := range s.vendors {
		handler := vendor.handler(s.door(false))
		for _, pattern := range vendor.patterns {
			mux.Handle(pattern, handler)
		}
	}
	mux.HandleFunc("GET /sandbox/messages", s.getMessages)
	mux.HandleFunc("DELETE /sandbox/messages", s.deleteMessages)
	mux.HandleFunc("GET /sandbox/messages/{id}", s.getMessage)
	mux.HandleFunc("POST /sandbox/messages/{id}/reply", s.postReply)
	mux.HandleFunc("GET /sandbox/faults", s.getFaults)
	mux.HandleFunc("PUT /sandbox/faults", s.putFaults)
	mux.HandleFunc("GET /sandbox/stats", s.getStats)
	mux.HandleFunc("/sandbox/", func(w http.ResponseWriter, _ *http.Request) {
		newProblem(http.StatusNotFound, "not_found", "the sandbox has no such route").write(w)
	})
	mux.HandleFunc("GET /{$}", s.showInbox)
	mux.HandleFunc("GET /messages/{id}", s.showMessage)
	mux.HandleFunc("POST /messages/{id}", s.replyFromInbox)

	return mux
}

// messagePage is the answer of GET /sandbox/messages.
type messagePage struct {
	Data    []Message `json:"data"`
	Page    int       `json:"page"`
	PerPage int       `json:"perPage"`
	Total   int       `json:"total"`
}

// getMessages lists messages, the newest first.
func (s *Server) getMessages(w http.ResponseWriter, r *http.Request) {
	query, wrong := r.URL.Query(), &problem{}
	for name := range query {
		switch name {
		case "channel", "to", "search", "page", "perPage":
		default:
			wrong.add(http.StatusBadRequest, name, "unknown_field", "there is no such parameter")
		}
	}
	filter := messageFilter{channel: Channel(query.Get("channel")), to: query.Get("to"), search: query.Get("search")}
	switch filter.channel {
	case "", ChannelEmail, ChannelText, ChannelPhone:
	default:
		wrong.add(http.StatusBadRequest, "channel", "out_of_range", "channel is email, text or phone")
	}
	page := positive(query.Get("page"), 1, 1<<31-1, "page", wrong)
	perPage := positive(query.Get("perPage"), defaultPerPage, maxPerPage, "perPage", wrong)
	if len(wrong.Errors) > 0 {
		wrong.finish("the parameters are not valid").write(w)

		return
	}

	messages, total, err := listMessages(r.Context(), s.db, filter, perPage, (page-1)*perPage)
	if err != nil {
		s.failed(w, r, err)

		return
	}
	writeJSON(w, http.StatusOK, messagePage{Data: messages, Page: page, PerPage: perPage, Total: total})
}

// getMessage is one message with its answers.
func (s *Server) getMessage(w http.ResponseWriter, r *http.Request) {
	message, found, err := findMessage(r.Context(), s.db, r.PathValue("id"))
	switch {
	case err != nil:
		s.failed(w, r, err)
	case !found:
		newProblem(http.StatusNotFound, "not_found", "there is no such message").write(w)
	default:
		writeJSON(w, http.StatusOK, message)
	}
}

// positive reads a whole number from 1 to most.
func positive(text string, fallback, most int, name string, wrong *problem) int {
	if text == "" {
		return fallback
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > most {
		wrong.add(http.StatusBadRequest, name, "out_of_range", name+" is a number from 1 to "+strconv.Itoa(most))

		return fallback
	}

	return number
}

// deleteMessages empties the sandbox; keys and faults stay.
func (s *Server) deleteMessages(w http.ResponseWriter, r *http.Request) {
	if err := deleteMessages(r.Context(), s.db); err != nil {
		s.failed(w, r, err)

		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// postReply records a contact's answer and sends it on its way.
func (s *Server) postReply(w http.ResponseWriter, r *http.Request) {
	body, ok := readControl(w, r)
	if !ok {
		return
	}
	var fields map[string]*string
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		newProblem(http.StatusBadRequest, "malformed", "the body is not a JSON object of texts").write(w)

		return
	}
	message, found, err := findMessage(r.Context(), s.db, r.PathValue("id"))
	switch {
	case err != nil:
		s.failed(w, r, err)
	case !found:
		newProblem(http.StatusNotFound, "not_found", "there is no such message").write(w)
	default:
		if wrong := checkReply(message, fields); wrong != nil {
			wrong.write(w)

			return
		}
		answer := Reply{Text: given(fields["text"]), Digits: given(fields["digits"]), Speech: given(fields["speech"])}
		reply, err := s.reply(r.Context(), &message, answer)
		switch {
		case errors.Is(err, errCallOver):
			newProblem(http.StatusConflict, "call_over", "the call has ended").write(w)
		case err != nil:
			s.failed(w, r, err)
		default:
			writeJSON(w, http.StatusAccepted, reply)
		}
	}
}

// errCallOver refuses keys and spoken words for a call that has ended.
var errCallOver = errors.New("the call has ended")

// digitsForm is what can be pressed on a phone.
var digitsForm = regexp.MustCompile(`^[0-9*#]{1,64}$`)

// given is nil for a text that is missing or empty.
func given(text *string) *string {
	return optional(deref(text))
}

// moreThanOne says whether several texts are there.
func moreThanOne(texts ...*string) bool {
	count := 0
	for _, text := range texts {
		if text != nil {
			count++
		}
	}

	return count > 1
}

// checkReply says what is wrong with an answer: an e-mail or a text is answered with a text, a call with one of the three.
func checkReply(message Message, fields map[string]*string) *problem {
	wrong := &problem{}
	for name := range fields {
		switch {
		case name != "text" && name != "digits" && name != "speech":
			wrong.add(http.StatusBadRequest, "/"+name, "unknown_field", "an answer has no such field")
		case name != "text" && message.Channel != ChannelPhone:
			wrong.add(http.StatusUnprocessableEntity, "/"+name, "wrong_channel", "only a call is answered with "+name)
		}
	}
	text, digits, speech := given(fields["text"]), given(fields["digits"]), given(fields["speech"])
	switch {
	case message.Channel != ChannelPhone && text == nil:
		wrong.add(http.StatusUnprocessableEntity, "/text", "required", "an answer needs a text")
	case message.Channel == ChannelPhone && text == nil && digits == nil && speech == nil:
		wrong.add(http.StatusUnprocessableEntity, "/text", "required", "an answer needs a text, digits or speech")
	case message.Channel == ChannelPhone && moreThanOne(text, digits, speech):
		wrong.add(http.StatusUnprocessableEntity, "/text", "too_many", "an answer is a text, digits or speech")
	case digits != nil && !digitsForm.MatchString(*digits):
		wrong.add(http.StatusUnprocessableEntity, "/digits", "out_of_range", "digits are up to 64 of 0 to 9, * and #")
	}
	if len(wrong.Errors) > 0 {
		return wrong.finish("the answer is not valid")
	}

	return nil
}

// reply stores a contact's answer and wakes whoever delivers it. What is said or pressed goes to the call; a text always
// goes the way of texts.
func (s *Server) reply(ctx context.Context, message *Message, answer Reply) (Reply, error) {
	now := time.Now()
	if message.Channel == ChannelEmail {
		reply, calls := s.sendGrid.answer(message, deref(answer.Text), now)

		return reply, s.committer.store(delivery{replies: []Reply{reply}, callbacks: calls})
	}
	if answer.Text != nil {
		service, err := s.twilio.serviceOf(ctx, message.ProviderID)
		if err != nil {
			return Reply{}, err
		}
		reply, calls := s.twilio.inboundText(message, service, *answer.Text, now)

		return reply, s.committer.store(delivery{replies: []Reply{reply}, callbacks: calls})
	}
	if s.twilio.switchboard.callOf(message.ID) == nil {
		return Reply{}, errCallOver
	}
	answer.ID, answer.At, answer.messageID = newID(), now.UTC(), message.ID
	err := s.committer.store(delivery{replies: []Reply{answer}})
	s.twilio.switchboard.wake(message.ID)

	return answer, err
}

// getFaults shows what is set.
func (s *Server) getFaults(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.faults.all())
}

// putFaults replaces all faults; they hold for every request that begins after the answer.
func (s *Server) putFaults(w http.ResponseWriter, r *http.Request) {
	body, ok := readControl(w, r)
	if !ok {
		return
	}
	set, wrong := decodeFaults(body, s.targets())
	if wrong != nil {
		wrong.write(w)

		return
	}
	if err := s.faults.replace(r.Context(), set); err != nil {
		s.failed(w, r, err)

		return
	}
	for _, vendor := range s.vendors {
		vendor.gate.setRate(s.faults.refuseRate(vendor.targets))
	}
	writeJSON(w, http.StatusOK, s.faults.all())
}

// getStats counts what the sandbox holds.
func (s *Server) getStats(w http.ResponseWriter, r *http.Request) {
	stats, err := countAll(r.Context(), s.db)
	if err != nil {
		s.failed(w, r, err)

		return
	}
	writeJSON(w, http.StatusOK, stats)
}

// readControl reads the body of one of the sandbox's own routes, or answers why it cannot be taken.
func readControl(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBytes))
	if err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			newProblem(http.StatusRequestEntityTooLarge, "too_large", "the body is over 1 MiB").write(w)
		} else {
			newProblem(http.StatusBadRequest, "malformed", "the body cannot be read").write(w)
		}

		return nil, false
	}
	if !utf8.Valid(body) {
		newProblem(http.StatusBadRequest, "malformed", "the body is not UTF-8").write(w)

		return nil, false
	}

	return body, true
}

// failed answers for an error of the sandbox itself.
func (s *Server) failed(w http.ResponseWriter, r *http.Request, err error) {
	s.config.Logger.ErrorContext(r.Context(), "a request to the sandbox failed", "route", r.Pattern, "error", err)
	newProblem(http.StatusInternalServerError, "internal", "the sandbox failed; its log says why").write(w)
}
