package mailin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"beckon/intake/mailin"
	"beckon/mail"
	"beckon/models"
	"beckon/providers/sendgrid"
)

const (
	noProof   = "neither SPF nor DKIM shows that the mail is from the authorized sender"
	notSender = "the mail is not from the authorized sender"
)

// saidSPF finds what the receiving server of a vendor's mail said of it, as SendGrid would post it.
var saidSPF = regexp.MustCompile(`spf=(\w+) .*?smtp\.mailfrom=([^\s;]+)`)

// rawPost is a post of Inbound Parse in raw mode.
func rawPost(t *testing.T, raw []byte) (contentType string, body *bytes.Buffer) {
	t.Helper()
	header, _, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n\n")
	spf := saidSPF.FindStringSubmatch(strings.ReplaceAll(header, "\n ", " "))
	require.NotNil(t, spf, "the mail says what was found of SPF")
	return post(t, map[string]string{
		"email": string(raw), "SPF": spf[1], "dkim": "{@corp.example : pass}",
		"envelope": fmt.Sprintf(`{"to":["import+%s@%s"],"from":%q}`, token, domain, spf[2]),
	})
}

func post(t *testing.T, fields map[string]string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	for name, value := range fields {
		require.NoError(t, form.WriteField(name, value))
	}
	require.NoError(t, form.Close())
	return form.FormDataContentType(), body
}

// TestBuiltMails: every vendor's mail gets its verdict, through Inbound Parse in raw mode. What SendGrid's "dkim" says counts for
// nothing there: the mail itself has no signature.
func TestBuiltMails(t *testing.T) {
	t.Parallel()
	for _, message := range builtMails(t) {
		t.Run(message.File, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			contentType, body := rawPost(t, vendorFile(t, "eml", "built", message.File))
			m, err := sendgrid.ParseInbound(contentType, body)
			require.NoError(t, err)
			taken, err := b.Import(t.Context(), m)
			require.NoError(t, err)
			require.True(t, taken)
			b.requireVerdict(t, message)
		})
	}
}

// requireVerdict wants what the manifest says of the mail, and nothing else, in the history.
func (b *bench) requireVerdict(t *testing.T, message builtMail) {
	t.Helper()
	history := b.history(t)
	require.Len(t, history, 1)
	entry := history[0]
	require.Equal(t, models.SourceEmail, entry.Source)
	if !message.accepted() {
		require.Equal(t, models.ImportRefused, entry.Status)
		require.NotEmpty(t, *entry.Detail)
		require.NotContains(t, *entry.Detail, "@", "no personal data")
		require.Zero(t, b.contacts(t))
		return
	}
	require.Nil(t, entry.Detail)
	require.Equal(t, models.ImportCompleted, entry.Status)
	require.Equal(t, []int{message.Rows, message.Rows, message.Rows}, []int{entry.Rows, entry.Created, b.contacts(t)})
	require.NotContains(t, entry.FileName, "/")
	require.Equal(t, sender, entry.By)
}

// TestInboundPosts: every vendor's post of Inbound Parse gets its verdict.
func TestInboundPosts(t *testing.T) {
	t.Parallel()
	index := struct {
		Posts []struct {
			File        string `json:"file"`
			ContentType string `json:"content_type"`
			Accept      *bool  `json:"accept"`
		} `json:"posts"`
	}{}
	require.NoError(t, json.Unmarshal(vendorFile(t, "sendgrid", "inbound", "index.json"), &index))
	want := map[string]string{ // what stands in the history
		"bad_envelope_json.multipart":                     "the mail came without a readable envelope, so that nobody can say whom it was for",
		"missing_envelope.multipart":                      "the mail came without a readable envelope, so that nobody can say whom it was for",
		"csv_attachment_dkim_other_domain.multipart":      noProof,
		"csv_attachment_spf_softfail_dkim_fail.multipart": noProof,
		"csv_attachment_not_in_info.multipart":            "imported",
	}
	for _, each := range index.Posts {
		t.Run(each.File, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m, err := sendgrid.ParseInbound(each.ContentType, bytes.NewReader(vendorFile(t, "sendgrid", "inbound", each.File)))
			if each.File == "sendgrid-go_bad_data.txt" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			taken, err := b.Import(t.Context(), m)
			require.NoError(t, err)
			verdict, ours := want[each.File]
			require.Equal(t, ours, taken, "a mail to another address is not ours")
			switch history := b.history(t); {
			case !ours:
				require.Empty(t, history)
			case verdict == "imported":
				require.Nil(t, history[0].Detail)
				require.Positive(t, b.contacts(t))
			default:
				require.NotNil(t, each.Accept)
				require.False(t, *each.Accept)
				require.Equal(t, verdict, *history[0].Detail)
				require.Zero(t, b.contacts(t))
			}
		})
	}
}

// plain is a mail with a file of contacts, whose headers come first.
func plain(headers string) string {
	return headers + "To: import+" + token + "@" + domain + "\nMessage-ID: <1@corp.example>\nMIME-Version: 1.0\n" +
		"Content-Type: text/csv; name=contacts.csv\nContent-Disposition: attachment; filename=contacts.csv\n\n" +
		"First Name,Last Name,Email,Phone,Company\nAva,Nguyen,ava@example.com,,Lotus\n"
}

// from reads a mail as its receiver does who found that SPF passed for the envelope's sender.
func from(t *testing.T, raw, envelopeFrom string) *mail.Mail {
	t.Helper()
	m, err := mail.Read(strings.NewReader(raw))
	require.NoError(t, err)
	m.Raw, m.Enveloped, m.EnvelopeFrom, m.SPF = []byte(raw), true, envelopeFrom, "pass"
	m.EnvelopeTo = []string{"import+" + token + "@" + domain}
	return m
}

func TestImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	raw := plain("From: Sam <" + sender + ">\n")
	outcome, err := b.Take(t.Context(), from(t, raw, sender))
	require.NoError(t, err)
	require.Equal(t, mailin.Outcome{Taken: true}, outcome)
	require.Equal(t, []string{b.campaign}, b.told.told)
	entry := b.history(t)[0]
	require.Equal(t, []any{"contacts.csv", 1, sender}, []any{entry.FileName, entry.Created, entry.By})

	t.Run("Twice", func(t *testing.T) {
		outcome, err := b.Take(t.Context(), from(t, raw, sender))
		require.NoError(t, err)
		require.Equal(t, mailin.Outcome{Taken: true}, outcome)
		require.Len(t, b.history(t), 1, "one mail twice is imported once")
		changed := strings.Replace(raw, "<1@", "<2@", 1)
		_, err = b.Take(t.Context(), from(t, changed, sender))
		require.NoError(t, err)
		require.Len(t, b.history(t), 2, "the same file in another mail is imported again")
		require.Equal(t, 1, b.history(t)[0].Updated)
	})
	t.Run("Regenerated", func(t *testing.T) {
		b.set(t, func(row *models.EmailImport) { row.Token = "" })
		outcome, err := b.Take(t.Context(), from(t, raw, sender))
		require.NoError(t, err)
		require.Equal(t, mailin.Outcome{Taken: true, Refused: "there is no such address"}, outcome)
		require.Len(t, b.history(t), 2)
		row, err := b.db.EmailImport(t.Context(), b.campaign)
		require.NoError(t, err)
		require.Regexp(t, "^[a-z2-7]{32}$", row.Token)
		known, err := b.Knows(t.Context(), strings.ToUpper(mailin.Address(row.Token, domain)))
		require.NoError(t, err)
		require.True(t, known, "case does not matter")
	})
}

func TestImportRefused(t *testing.T) {
	t.Parallel()
	several := "the mail is not from exactly one address"
	for name, c := range map[string]struct {
		headers, envelopeFrom string
		change                func(*models.EmailImport)
		mail                  func(*mail.Mail)
		want                  string
	}{
		"off":                  {change: func(row *models.EmailImport) { row.Enabled = false }, want: "import by e-mail is off"},
		"another sender":       {headers: "From: eve@corp.example\n", want: notSender},
		"display name":         {headers: "From: \"sam@corp.example\" <eve@evil.example>\n", envelopeFrom: "eve@evil.example", want: notSender},
		"two addresses":        {headers: "From: sam@corp.example, eve@corp.example\n", want: several},
		"two headers":          {headers: "From: sam@corp.example\nFrom: eve@corp.example\n", want: several},
		"no header":            {headers: "Sender: sam@corp.example\n", want: several},
		"encoded words":        {headers: "From: =?utf-8?q?sam@corp.example_=28?= <eve@corp.example> =?utf-8?q?=29?=\n", want: several},
		"envelope of another":  {envelopeFrom: "sam@evil.example", want: noProof},
		"envelope like it":     {envelopeFrom: "sam@notcorp.example", want: noProof},
		"SPF of no pass":       {mail: func(m *mail.Mail) { m.SPF = "softfail" }, want: noProof},
		"SPF of a forged word": {mail: func(m *mail.Mail) { m.SPF = "fail (pass)" }, want: noProof},
		"DKIM by SendGrid's word, of a whole mail": {
			mail: func(m *mail.Mail) { m.SPF, m.DKIM = "none", "{@corp.example : pass}" }, want: noProof,
		},
		"DKIM of another form": {mail: func(m *mail.Mail) {
			m.Raw, m.SPF, m.DKIM = nil, "none", "{@evil.example : fail @corp.example : pass}"
		}, want: noProof},
		"forged results": {
			headers: "Authentication-Results: mx.sendgrid.net; spf=pass smtp.mailfrom=corp.example; dkim=pass header.d=corp.example\n" +
				"From: sam@corp.example\n", envelopeFrom: "x@evil.example", want: noProof,
		},
		"other columns": {
			change: func(row *models.EmailImport) {
				row.Mapping = `{"firstName":"First Name","email":"Mail","phone":["Phone","Cell"]}`
			}, want: `the file lacks columns that the mapping names: "Cell", "Mail"`,
		},
		"no mapping": {change: func(row *models.EmailImport) { row.Mapping = "" }, want: "there is no mapping of columns"},
		"a workbook": {mail: func(m *mail.Mail) {
			m.Attachments = []mail.Attachment{{FileName: "Contacts.XLSX", ContentType: "application/octet-stream"}}
		}, want: "the file is a workbook: save it as CSV and attach that"},
		"a renamed workbook": {mail: func(m *mail.Mail) {
			m.Attachments[0].Content = []byte("PK\x03\x04\x14\x00")
		}, want: "the file is not CSV but a spreadsheet (xlsx, ods) or a zip archive: save it as CSV (UTF-8) and try again"},
		"too many rows": {mail: func(m *mail.Mail) {
			m.Attachments[0].Content = append(m.Attachments[0].Content, bytes.Repeat([]byte("Ava,,a@example.com,,\n"), models.MaxImportRows)...)
		}, want: "the file has more than 10000 rows: split it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if c.change != nil {
				b.set(t, c.change)
			}
			if c.headers == "" {
				c.headers = "From: sam@corp.example\n"
			}
			if c.envelopeFrom == "" {
				c.envelopeFrom = sender
			}
			m := from(t, plain(c.headers), c.envelopeFrom)
			if c.mail != nil {
				c.mail(m)
			}
			outcome, err := b.Take(t.Context(), m)
			require.NoError(t, err)
			require.Equal(t, c.want, outcome.Refused)
			history := b.history(t)
			require.Len(t, history, 1)
			require.Equal(t, models.ImportRefused, history[0].Status)
			require.Equal(t, c.want, *history[0].Detail)
			require.Zero(t, b.contacts(t))
			require.Empty(t, b.told.told)
		})
	}
}

// TestImportAligned: a subdomain of the sender's, by SPF or by a signature, is the sender's too.
func TestImportAligned(t *testing.T) {
	t.Parallel()
	raw := plain("From: sam@corp.example\n")
	for name, change := range map[string]func(b *bench, m *mail.Mail){
		"SPF of a subdomain":   func(_ *bench, m *mail.Mail) { m.EnvelopeFrom = "bounce+1@mail.corp.example" },
		"SendGrid's word, one": func(_ *bench, m *mail.Mail) { m.Raw, m.SPF, m.DKIM = nil, "fail", "{@corp.example : pass}" },
		"SendGrid's word, several": func(_ *bench, m *mail.Mail) {
			m.Raw, m.SPF, m.DKIM = nil, "fail", "{@evil.example : pass, @mail.corp.example : pass}"
		},
		"SendGrid's word, apart": func(_ *bench, m *mail.Mail) {
			m.Raw, m.SPF, m.DKIM = nil, "fail", "{@evil.example : fail}{@corp.example : pass}"
		},
		"signature":                func(b *bench, m *mail.Mail) { m.SPF, m.Raw = "none", b.sign(t, m.Raw, senderHost) },
		"signature of a subdomain": func(b *bench, m *mail.Mail) { m.SPF, m.Raw = "none", b.sign(t, m.Raw, "mail."+senderHost) },
		"among others, line ends cut": func(b *bench, m *mail.Mail) {
			signed := b.sign(t, b.sign(t, m.Raw, senderHost), "evil.example")
			m.SPF, m.Raw = "none", bytes.ReplaceAll(signed, []byte("\r\n"), []byte("\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m := from(t, raw, sender)
			change(b, m)
			outcome, err := b.Take(t.Context(), m)
			require.NoError(t, err)
			require.Empty(t, outcome.Refused)
			require.Equal(t, 1, b.contacts(t))
		})
	}
}

// TestArchived: nothing comes into an archived campaign, and its history says so.
func TestImportArchived(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.db.Control(t.Context(), b.campaign, models.ControlArchive, models.ControlOptions{})
	require.NoError(t, err)
	outcome, err := b.Take(t.Context(), from(t, plain("From: sam@corp.example\n"), sender))
	require.NoError(t, err)
	require.Equal(t, "the campaign is archived", outcome.Refused)
}

// FuzzTake reads mails of any bytes to their end: nothing panics, and every one is imported or has its reason.
func FuzzTake(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Add([]byte(plain("From: sam@corp.example\n")))
	resolver := noDNS(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := mail.Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		m.Raw, m.Enveloped, m.EnvelopeFrom, m.SPF = raw, true, sender, "pass"
		m.EnvelopeTo = []string{mailin.Address(token, domain)}
		memory := &memory{}
		importer := memory.importer(resolver)
		outcome, err := importer.Take(t.Context(), m)
		require.NoError(t, err)
		require.True(t, outcome.Taken)
		require.Equal(t, outcome.Refused == "", memory.imported > 0)
		require.Positive(t, memory.imported+memory.refused)
		m.Raw = nil
		m.SPF = ""
		_, err = importer.Take(t.Context(), m)
		require.NoError(t, err)
	})
}
