package sendgrid

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"beckon/mail"
	"beckon/models"
)

// Limits of a post of Inbound Parse. They are Beckon's.
const (
	// MaxInboundBytes leaves room for the form around a mail of mail.MaxMailBytes.
	MaxInboundBytes = mail.MaxMailBytes + 1<<20

	maxParts      = 1_000
	maxFieldBytes = 64 << 10
)

// ParseInbound reads a post of SendGrid's Inbound Parse, whose body is a form of the content type: parsed, or raw with the
// whole mail in the field "email". Fields come in the charsets that the field "charsets" names. Only the fields that count
// are kept, each up to its limit. Errors: models.CodeMalformed, models.CodeTooLarge, and that of reading the body.
func ParseInbound(contentType string, body io.Reader) (*mail.Mail, error) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" {
		return nil, models.Errorf(models.CodeMalformed, "the post is no form with a boundary")
	}
	post := &inboundPost{fields: map[string][]byte{}}
	reader := multipart.NewReader(body, parameters["boundary"])
	for range maxParts {
		part, err := reader.NextRawPart()
		if err == io.EOF { //nolint:errorlint // the error of a form that is broken off wraps it
			return post.mail()
		}
		if err == nil {
			err = post.take(part)
		}
		if err != nil {
			return nil, formFault(err)
		}
	}
	return nil, models.Errorf(models.CodeTooLarge, "a form may have at most %d parts", maxParts)
}

// formFault keeps the errors that say more than that the form is broken.
func formFault(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return err
	}
	if _, coded := errors.AsType[*models.Error](err); coded {
		return err
	}
	return models.Errorf(models.CodeMalformed, "the form is broken, or ended before it was complete")
}

// inboundPost is what is kept of a post while it is read.
type inboundPost struct {
	fields map[string][]byte // the first of each name
	files  []mail.Attachment
	raw    *mail.Mail
}

// take reads a part. Those that nobody looks at, and what goes beyond a limit, are read and let go.
func (p *inboundPost) take(part *multipart.Part) error {
	name, most := part.FormName(), int64(maxFieldBytes)
	_, known := p.fields[name]
	switch {
	case part.FileName() != "" && name != "email", strings.HasPrefix(name, "attachment") && isNumber(name[len("attachment"):]):
		return p.takeFile(part)
	case known:
		most = 0
	case name == "email":
		if p.raw != nil {
			break
		}
		whole, err := io.ReadAll(io.LimitReader(part, mail.MaxMailBytes+1))
		if err != nil {
			return err //nolint:wrapcheck // named by formFault
		}
		if p.raw, err = mail.Read(bytes.NewReader(whole)); err == nil {
			p.raw.Raw = whole
		}
		return err
	case name == "headers":
		most = mail.MaxHeaderBytes
	case name == "text", name == "html":
		most = mail.MaxTextBytes
	case !slices.Contains([]string{"to", "cc", "from", "subject", "envelope", "charsets", "SPF", "dkim"}, name):
		most = 0
	}
	value, err := io.ReadAll(io.LimitReader(part, most))
	if err != nil {
		return err //nolint:wrapcheck // named by formFault
	}
	if most > 0 {
		p.fields[name] = value
	}
	_, err = io.Copy(io.Discard, part)
	return err //nolint:wrapcheck // likewise
}

// takeFile keeps an attachment. Its name is the part's own: attachment-info does not list all.
func (p *inboundPost) takeFile(part *multipart.Part) error {
	content, err := io.ReadAll(part)
	if err != nil {
		return err //nolint:wrapcheck // named by formFault
	}
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		kind = "application/octet-stream"
	}
	p.files = append(p.files, mail.Attachment{
		FileName: mail.Clean(part.FileName()), ContentType: kind, Content: content,
	})
	return nil
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// mail puts the mail together.
func (p *inboundPost) mail() (*mail.Mail, error) {
	if p.raw == nil && len(p.fields["from"]) == 0 && len(p.fields["headers"]) == 0 {
		return nil, models.Errorf(models.CodeMalformed, "the form has no mail")
	}
	charsets := map[string]string{}
	_ = json.Unmarshal(p.fields["charsets"], &charsets) // without it all is UTF-8
	field := func(name string) string {
		return mail.Decode(p.fields[name], charsets[name])
	}
	m := p.raw
	if m == nil {
		m = &mail.Mail{
			Header:  mail.ParseHeader(field("headers")),
			Subject: strings.TrimSpace(field("subject")), Text: field("text"), HTML: field("html"),
			To: slices.Concat(mail.Addresses(field("to")), mail.Addresses(field("cc"))), Attachments: p.files,
		}
		m.FromHeaders = mail.HeaderValues(string(p.fields["headers"]), "From")
		m.From, m.FromName = mail.Address(strings.TrimSpace(field("from")))
		m.Complete()
	}
	m.SPF, m.DKIM = strings.TrimSpace(field("SPF")), strings.TrimSpace(field("dkim"))
	p.envelope(m)
	return m, nil
}

// envelope reads the envelope, where it can be read. A sender that is missing is not the same as an empty one.
func (p *inboundPost) envelope(m *mail.Mail) {
	envelope := struct {
		To   []string `json:"to"`
		From *string  `json:"from"`
	}{}
	if json.Unmarshal(p.fields["envelope"], &envelope) != nil || envelope.From == nil || len(envelope.To) == 0 {
		return
	}
	m.Enveloped = true
	m.EnvelopeFrom = strings.Trim(strings.ToLower(strings.TrimSpace(*envelope.From)), "<>")
	for _, to := range envelope.To {
		m.EnvelopeTo = append(m.EnvelopeTo, strings.ToLower(strings.TrimSpace(to)))
	}
}
