package sandbox

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"time"
)

//go:embed inbox.html
var inboxHTML string

// inboxPerPage is how many messages one page of the inbox shows.
const inboxPerPage = 50

// inboxPage is what the inbox's template shows: a list of messages, or one message.
type inboxPage struct {
	Messages []Message
	Message  *Message
	Stats    Stats
	To       string
	Page     int
	Previous int
	Next     int
}

// showInbox is the list of messages, for people.
func (s *Server) showInbox(w http.ResponseWriter, r *http.Request) {
	number := positive(r.URL.Query().Get("page"), 1, 1<<31-1, "page", &problem{})
	filter := messageFilter{to: r.URL.Query().Get("to")}
	messages, total, err := listMessages(r.Context(), s.db, filter, inboxPerPage, (number-1)*inboxPerPage)
	if err != nil {
		s.failed(w, r, err)

		return
	}
	stats, err := countAll(r.Context(), s.db)
	if err != nil {
		s.failed(w, r, err)

		return
	}
	page := inboxPage{Messages: messages, Stats: stats, To: filter.to, Page: number, Previous: number - 1}
	if number*inboxPerPage < total {
		page.Next = number + 1
	}
	s.render(w, r, page)
}

// showMessage is one message with its answers.
func (s *Server) showMessage(w http.ResponseWriter, r *http.Request) {
	message, found, err := findMessage(r.Context(), s.db, r.PathValue("id"))
	switch {
	case err != nil:
		s.failed(w, r, err)
	case !found:
		http.NotFound(w, r)
	default:
		s.render(w, r, inboxPage{Message: &message})
	}
}

// replyFromInbox takes the form under a message.
func (s *Server) replyFromInbox(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBytes)
	given := Reply{
		Text: optional(r.PostFormValue("text")), Digits: optional(r.PostFormValue("digits")), Speech: optional(r.PostFormValue("speech")),
	}
	message, found, err := findMessage(r.Context(), s.db, r.PathValue("id"))
	switch {
	case err != nil:
		s.failed(w, r, err)

		return
	case !found:
		http.NotFound(w, r)

		return
	case given.Text != nil || (message.Channel == ChannelPhone && (given.Digits != nil || given.Speech != nil)):
		_, err := s.reply(r.Context(), &message, given)
		if errors.Is(err, errCallOver) {
			http.Error(w, "The call has ended.", http.StatusConflict)

			return
		}
		if err != nil {
			s.failed(w, r, err)

			return
		}
	}
	http.Redirect(w, r, "/messages/"+message.ID, http.StatusSeeOther)
}

// render shows a page. What vendors were sent is shown without its scripts, forms and pictures.
func (s *Server) render(w http.ResponseWriter, r *http.Request, page inboxPage) {
	parsed, err := template.New("inbox").Funcs(template.FuncMap{
		"time":   func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") + " UTC" },
		"title":  title,
		"orDash": func(text *string) string { return orDefault(deref(text), "–") },
	}).Parse(inboxHTML)
	if err != nil {
		s.failed(w, r, err)

		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	if err := parsed.Execute(w, page); err != nil {
		s.config.Logger.DebugContext(r.Context(), "the inbox was not shown in full", "error", err)
	}
}

// title is a line that stands for a message: its subject, or else the beginning of what it says.
func title(message Message) string {
	const longest = 80
	for _, text := range []*string{message.Subject, message.Text, message.VoicemailText} {
		if text != nil {
			return shortened(*text, longest)
		}
	}

	return "–"
}

// deref is an empty text for nil.
func deref(text *string) string {
	if text == nil {
		return ""
	}

	return *text
}
