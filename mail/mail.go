// Package mail knows what e-mails look like: those that Beckon sends, and those that come back. It reads no network and no
// database; what it reads was written by anybody, and never makes it panic.
package mail

import (
	"net/textproto"
	"slices"
	"strings"
)

// Mail is an e-mail that came in, as far as Beckon looks at it. All of it is untrusted, the envelope too: whoever posts it has
// only shown that they know the path.
type Mail struct {
	// Enveloped says whether the envelope is known. EnvelopeFrom is then its sender, in lower case, empty for a bounce's (RFC
	// 5321, 4.5.5), and EnvelopeTo the recipients at the inbound domain.
	Enveloped    bool
	EnvelopeFrom string
	EnvelopeTo   []string

	From     string   // the address of the header From, in lower case; empty where there is none that can be read
	FromName string   // the name beside it
	To       []string // the addresses of the headers To and Cc, in lower case
	Subject  string
	Text     string // the plain text; of a mail that has HTML alone, the text of that
	HTML     string

	// MessageID names the mail: its header Message-ID or, where that is missing or too long, a hash of what it says. The same
	// mail delivered twice has the same.
	MessageID string
	Header    textproto.MIMEHeader // canonical names; at most MaxHeaderBytes were read

	// Attachments are files beside the text, whatever they call themselves.
	Attachments []Attachment

	// FromHeaders are the values of the header From as they stand in the mail, encoded words and all: what a person reads may
	// look like another address.
	FromHeaders []string
	// Raw is the whole mail as it came, to check signatures over it; nil where only its parts came.
	Raw []byte

	SPF  string // what the receiving provider found of the envelope's sender, such as "pass"; its own word
	DKIM string // likewise of signatures, such as "{@example.com : pass}"
}

// Attachment is a file of a mail.
type Attachment struct {
	FileName    string // as the sender wrote it: no path to be trusted
	ContentType string // without parameters, in lower case
	Content     []byte
	Broken      bool // its encoding breaks off or is wrong: Content is not all of it
}

// Limits of what is kept of a mail, in bytes. They are Beckon's.
const (
	MaxMailBytes   = 30 << 20 // a mail with its attachments: SendGrid passes on as much
	MaxHeaderBytes = 256 << 10
	MaxTextBytes   = 1 << 20
	maxIDBytes     = 200
)

// Recipients are the addresses that the mail is for: the envelope's where it is known, then those of its headers.
func (m *Mail) Recipients() []string {
	all := []string{}
	for _, address := range slices.Concat(m.EnvelopeTo, m.To) {
		if !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}

// field is a header's first value, in lower case, without what follows a semicolon or is in parentheses.
func (m *Mail) field(name string) string {
	value, _, _ := strings.Cut(m.Header.Get(name), ";")
	value, _, _ = strings.Cut(value, "(")
	return strings.ToLower(strings.TrimSpace(value))
}
