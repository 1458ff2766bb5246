package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"

	"beckon/models"
)

// Read reads a mail in its MIME form, up to MaxMailBytes. The envelope is not part of it. Errors: models.CodeMalformed,
// models.CodeTooLarge.
func Read(source io.Reader) (m *Mail, err error) {
	defer func() {
		if cause := recover(); cause != nil { // a parser of ours or of others is not to end the process over a mail
			m, err = nil, malformed()
		}
	}()
	limited := &io.LimitedReader{R: source, N: MaxMailBytes + 1}
	parser := enmime.NewParser(enmime.MultipartWOBoundaryAsSinglePart(true), enmime.SkipMalformedParts(true),
		enmime.DisableTextConversion(true))
	envelope, err := parser.ReadEnvelope(limited)
	if limited.N <= 0 {
		return nil, models.Errorf(models.CodeTooLarge, "a mail may have at most %d bytes", MaxMailBytes)
	}
	if err != nil || envelope.Root == nil {
		return nil, malformed()
	}
	m = &Mail{
		Subject: Clean(envelope.GetHeader("Subject")), Text: Clean(envelope.Text), HTML: Clean(envelope.HTML),
		Header: textproto.MIMEHeader{},
	}
	size := 0
	for _, name := range envelope.GetHeaderKeys() {
		for _, value := range envelope.GetHeaderValues(name) {
			if size += len(name) + len(value); size <= MaxHeaderBytes {
				m.Header.Add(name, Clean(value))
			}
		}
	}
	cutShort := slices.ContainsFunc(envelope.Errors, func(e *enmime.Error) bool { return e.Name == enmime.ErrorMissingBoundary })
	for _, part := range slices.Concat(envelope.Attachments, envelope.Inlines, envelope.OtherParts) {
		kind, _, _ := strings.Cut(strings.ToLower(part.ContentType), ";")
		m.Attachments = append(m.Attachments, Attachment{
			FileName: Clean(part.FileName), ContentType: strings.TrimSpace(kind), Content: part.Content, Broken: cutShort || broken(part),
		})
	}
	m.FromHeaders = envelope.Root.Header.Values("From")
	m.From, m.FromName = Address(m.Header.Get("From"))
	m.To = slices.Concat(Addresses(m.Header.Get("To")), Addresses(m.Header.Get("Cc")))
	m.Complete()
	return m, nil
}

// broken says whether a part's content could not be decoded to its end.
func broken(part *enmime.Part) bool {
	return slices.ContainsFunc(part.Errors, func(e *enmime.Error) bool {
		return e.Severe || e.Name == enmime.ErrorMalformedBase64 || e.Name == enmime.ErrorContentEncoding
	})
}

// HeaderValues are the values of a header in the lines of a mail's header as they stand there, unfolded, up to
// MaxHeaderBytes.
func HeaderValues(text, name string) []string {
	values, taking := []string{}, false
	for line := range strings.SplitSeq(Clean(cut(text, MaxHeaderBytes)), "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			if taking {
				values[len(values)-1] += " " + strings.TrimSpace(line)
			}
			continue
		}
		before, after, found := strings.Cut(line, ":")
		taking = found && strings.EqualFold(strings.TrimSpace(before), name)
		if taking {
			values = append(values, strings.TrimSpace(after))
		}
	}
	return values
}

func malformed() error {
	return models.Errorf(models.CodeMalformed, "the mail cannot be read")
}

// Complete fills in what follows from the rest, once that was read: the text of a mail that has HTML alone, and the name of
// one that has none. It bounds both.
func (m *Mail) Complete() {
	if m.Header == nil {
		m.Header = textproto.MIMEHeader{}
	}
	m.Text, m.HTML = cut(m.Text, MaxTextBytes), cut(m.HTML, MaxTextBytes)
	if strings.TrimSpace(m.Text) == "" && m.HTML != "" {
		m.Text = HTMLText(m.HTML)
	}
	m.MessageID = strings.TrimSpace(m.Header.Get("Message-Id"))
	if m.MessageID == "" || len(m.MessageID) > maxIDBytes {
		sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q", m.From, m.MessageID, m.Header.Get("Date"), m.Subject, m.Text))
		m.MessageID = "sha256:" + hex.EncodeToString(sum[:])
	}
}

// Clean makes text fit to be kept: UTF-8, without zero bytes, its lines ended by one character.
func Clean(text string) string {
	return strings.NewReplacer("\x00", "", "\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// cut is the beginning of a text, up to a number of bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// Decode reads text in the charset that goes by the name; where that is not known, as UTF-8.
func Decode(text []byte, charset string) string {
	if found := encodingOf(charset); found != nil {
		if decoded, err := found.NewDecoder().Bytes(text); err == nil {
			text = decoded
		}
	}
	return Clean(string(text))
}

// encodingOf finds an encoding by its name of IANA's list, or by a name that browsers know. Nil where it is none, or UTF-8.
func encodingOf(charset string) encoding.Encoding {
	charset = strings.ToLower(strings.TrimSpace(charset))
	if charset == "" || charset == "utf-8" || charset == "us-ascii" {
		return nil
	}
	if found, err := ianaindex.IANA.Encoding(charset); err == nil && found != nil {
		return found
	}
	if found, err := htmlindex.Get(charset); err == nil {
		return found
	}
	return nil
}

// words decodes the encoded words of a header (RFC 2047).
func words(value string) string {
	decoder := mime.WordDecoder{CharsetReader: func(charset string, input io.Reader) (io.Reader, error) {
		if found := encodingOf(charset); found != nil {
			return found.NewDecoder().Reader(input), nil
		}
		return input, nil
	}}
	if decoded, err := decoder.DecodeHeader(value); err == nil {
		return decoded
	}
	return value
}

// ParseHeader reads the lines of a mail's header as far as they are any, up to MaxHeaderBytes.
func ParseHeader(text string) textproto.MIMEHeader {
	header := textproto.MIMEHeader{}
	name, value := "", ""
	keep := func() {
		if name != "" {
			header.Add(name, strings.TrimSpace(words(value)))
		}
		name, value = "", ""
	}
	for line := range strings.SplitSeq(Clean(cut(text, MaxHeaderBytes)), "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			value += " " + strings.TrimSpace(line)
			continue
		}
		keep()
		before, after, found := strings.Cut(line, ":")
		if before = strings.TrimSpace(before); found && before != "" && !strings.ContainsAny(before, " \t") {
			name, value = before, after
		}
	}
	keep()
	return header
}

// bare finds an address in a text that no parser accepts.
var bare = regexp.MustCompile(`[^\s<>"',;:()\[\]]+@[^\s<>"',;:()\[\]]+`)

// Address is the first address of a header, in lower case, and the name beside it; both empty where there is none.
func Address(header string) (address, name string) {
	header = cut(header, maxListBytes)
	if list, err := netmail.ParseAddressList(header); err == nil && len(list) > 0 {
		return strings.ToLower(list[0].Address), Clean(words(list[0].Name))
	}
	found := bare.FindString(header)
	before, _, _ := strings.Cut(header, "<")
	if strings.Contains(before, "@") {
		before = ""
	}
	return strings.ToLower(found), Clean(words(strings.Trim(strings.TrimSpace(before), `"`)))
}

// Addresses are those of a header, in lower case, a hundred at most.
func Addresses(header string) []string {
	const most = 100
	found := []string{}
	header = cut(header, maxListBytes)
	if list, err := netmail.ParseAddressList(header); err == nil {
		for _, each := range list[:min(len(list), most)] {
			found = append(found, strings.ToLower(each.Address))
		}
		return found
	}
	for _, each := range bare.FindAllString(header, most) {
		found = append(found, strings.ToLower(each))
	}
	return found
}

// maxListBytes is how much of a list of addresses is read.
const maxListBytes = 64 << 10
