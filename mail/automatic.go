package mail

import (
	"net/textproto"
	"regexp"
	"strings"
)

// Automatic says whether a machine wrote the mail, as far as it says so: an absence note, a list, a bounce. RFC 3834 has
// Auto-Submitted; the others are what mail programs did before it, and many still do.
func (m *Mail) Automatic() bool {
	if submitted := m.field("Auto-Submitted"); submitted != "" && submitted != "no" {
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Mail-Autoreply"} {
		if value := m.field(name); value != "" && value != "no" {
			return true
		}
	}
	switch m.field("Precedence") {
	case "bulk", "auto_reply", "junk", "list":
		return true
	}
	return m.Enveloped && (m.EnvelopeFrom == "" || isDaemon(m.EnvelopeFrom)) || strings.TrimSpace(m.Header.Get("Return-Path")) == "<>" ||
		isDaemon(m.From) || m.isReport()
}

// isDaemon says whether the address is a mail server's own.
func isDaemon(address string) bool {
	local, _, _ := strings.Cut(address, "@")
	return local == "mailer-daemon" || local == "postmaster"
}

// isReport says whether the mail is a report about another (RFC 6522).
func (m *Mail) isReport() bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(m.Header.Get("Content-Type"))), "multipart/report")
}

// Failure is what a bounce that came as a mail says of the mail that it is about.
type Failure struct {
	Final  bool   // it was given up; else it is still being tried
	Status string // RFC 3463, such as "5.1.1"; empty where it names none
}

var statusCode = regexp.MustCompile(`\b([245])\.\d{1,3}\.\d{1,3}\b`)

// Failure reads a delivery status notification (RFC 3464); false where the mail is none. One that does not say what became of
// the mail is none either.
func (m *Mail) Failure() (Failure, bool) {
	if !m.isReport() && !isDaemon(m.From) && (!m.Enveloped || !isDaemon(m.EnvelopeFrom)) {
		return Failure{}, false
	}
	for _, part := range m.Attachments {
		if part.ContentType == "message/delivery-status" {
			if failure, ok := deliveryStatus(string(part.Content)); ok {
				return failure, true
			}
		}
	}
	// SendGrid passes the parts of a report on as text; servers that write no report say it in words.
	if failure, ok := deliveryStatus(m.Text); ok {
		return failure, true
	}
	if status := statusCode.FindString(m.Text); status != "" && status[0] != '2' && isDaemon(m.From) {
		return Failure{Final: status[0] == '5', Status: status}, true
	}
	return Failure{}, false
}

// deliveryStatus reads the fields of a report about one recipient.
func deliveryStatus(text string) (Failure, bool) {
	fields := textproto.MIMEHeader{}
	for group := range strings.SplitSeq(Clean(cut(text, MaxHeaderBytes)), "\n\n") {
		for name, values := range ParseHeader(group) {
			fields[name] = append(fields[name], values...)
		}
	}
	failure := Failure{Status: statusCode.FindString(fields.Get("Status"))}
	switch strings.ToLower(strings.TrimSpace(fields.Get("Action"))) {
	case "failed":
		failure.Final = true
		return failure, true
	case "delayed":
		return failure, true
	default:
		return Failure{}, false
	}
}
