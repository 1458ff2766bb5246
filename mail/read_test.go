package mail_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/mail"
	"beckon/models"
)

func read(t require.TestingT, lines ...string) *mail.Mail {
	m, err := mail.Read(strings.NewReader(strings.Join(lines, "\r\n")))
	require.NoError(t, err)
	return m
}

func TestRead(t *testing.T) {
	t.Parallel()
	m := read(t,
		"From: =?utf-8?q?Zo=C3=AB?= <Zoe@Example.NET>", "To: A <a@x.example>, b@x.example", "Cc: c@x.example",
		"Subject: =?iso-8859-1?q?Gr=FC=DFe?=", "Message-ID: <1@example.net>", "Content-Type: multipart/mixed; boundary=b", "",
		"--b", "Content-Type: text/plain; charset=windows-1252", "Content-Transfer-Encoding: quoted-printable", "",
		"It=92s fine", "--b", "Content-Type: text/csv; name=c.csv", "Content-Disposition: attachment; filename=\"../c.csv\"",
		"Content-Transfer-Encoding: base64", "", "YSxi", "--b--", "")
	require.Equal(t, "zoe@example.net", m.From)
	require.Equal(t, "Zoë", m.FromName)
	require.Equal(t, []string{"a@x.example", "b@x.example", "c@x.example"}, m.To)
	require.Equal(t, "Grüße", m.Subject)
	require.Equal(t, "It’s fine", strings.TrimSpace(m.Text))
	require.Equal(t, "<1@example.net>", m.MessageID)
	require.Len(t, m.Attachments, 1)
	require.Equal(t, "text/csv", m.Attachments[0].ContentType)
	require.Equal(t, "a,b", string(m.Attachments[0].Content))
	require.False(t, m.Enveloped)
}

func TestReadHTMLAlone(t *testing.T) {
	t.Parallel()
	m := read(t, "From: a@x.example", "Content-Type: text/html; charset=utf-8", "", "<p>Stop</p>")
	require.Equal(t, "Stop", m.Text)
}

// A mail without a name has one of its own, the same each time.
func TestReadWithoutMessageID(t *testing.T) {
	t.Parallel()
	one := read(t, "From: a@x.example", "Subject: x", "", "Hello")
	require.Regexp(t, "^sha256:[0-9a-f]{64}$", one.MessageID)
	require.Equal(t, one.MessageID, read(t, "From: a@x.example", "Subject: x", "", "Hello").MessageID)
	require.NotEqual(t, one.MessageID, read(t, "From: a@x.example", "Subject: x", "", "Hullo").MessageID)
	long := read(t, "From: a@x.example", "Message-ID: <"+strings.Repeat("x", 300)+">", "", "Hello")
	require.Less(t, len(long.MessageID), 200)
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	huge := strings.NewReader("From: a@x.example\r\n\r\n" + strings.Repeat("x", mail.MaxMailBytes))
	_, err := mail.Read(huge)
	require.Equal(t, models.CodeTooLarge, models.ErrorCode(err))
}

// Nothing that anybody sends makes it panic.
func TestReadAnything(t *testing.T) {
	t.Parallel()
	seeds := []string{
		"From: a\r\n", "Content-Type: multipart/mixed; boundary=b\r\n", "\r\n", "--b\r\n", "--b--\r\n", "Content-Type: ", "=?utf-8?q?", "; charset=",
		"Content-Transfer-Encoding: base64\r\n", "Subject: \x00\xff\r\n", "multipart/report", "message/rfc822\r\n", " ", ":", "\"", "<", "ü",
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom(seeds), rapid.String())).Draw(t, "parts")
		m, err := mail.Read(strings.NewReader(strings.Join(parts, "")))
		if err != nil {
			require.Contains(t, []models.Code{models.CodeMalformed, models.CodeTooLarge}, models.ErrorCode(err))
			return
		}
		m.Automatic()
		m.Failure()
		mail.Unquoted(m.Text)
		require.NotEmpty(t, m.MessageID)
	})
}

// Every mail of the vendor's material can be read, or is refused as one that cannot.
func TestReadVendorMails(t *testing.T) {
	t.Parallel()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join("..", "..", "shared", "vendor")
	}
	if _, err := os.Stat(dir); err != nil {
		if set {
			require.NoError(t, err, "BECKON_VENDOR_DIR is set")
		}
		t.Skip("the vendors' material is not there; set BECKON_VENDOR_DIR")
	}
	files, err := filepath.Glob(filepath.Join(dir, "eml", "built", "*.eml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			m, err := mail.Read(bytes.NewReader(content))
			require.NoError(t, err)
			require.NotEmpty(t, m.From)
			require.Equal(t, strings.Contains(file, "auto_reply"), m.Automatic())
		})
	}
}

func TestAutomatic(t *testing.T) {
	t.Parallel()
	for header, automatic := range map[string]bool{
		"Auto-Submitted: auto-replied":              true,
		"Auto-Submitted: auto-generated (rejected)": true,
		"Auto-Submitted: No":                        false,
		"X-Autoreply: yes":                          true,
		"X-Autorespond: away":                       true,
		"Precedence: bulk":                          true,
		"Precedence: list":                          true,
		"Precedence: first-class":                   false,
		"Return-Path: <>":                           true,
		"Return-Path: <a@x.example>":                false,
		"Content-Type: multipart/report; report-type=delivery-status": true,
		"X-Auto-Response-Suppress: All":                               false,
		"List-Unsubscribe: <https://x.example>":                       false,
	} {
		require.Equal(t, automatic, read(t, "From: a@x.example", header, "", "x").Automatic(), header)
	}
	require.True(t, read(t, "From: Mail Delivery <MAILER-DAEMON@x.example>", "", "x").Automatic())
	m := read(t, "From: a@x.example", "", "x")
	m.Enveloped = true
	require.True(t, m.Automatic(), "a bounce has no sender")
	m.EnvelopeFrom = "a@x.example"
	require.False(t, m.Automatic())
}

func TestFailure(t *testing.T) {
	t.Parallel()
	report := func(fields ...string) *mail.Mail {
		lines := []string{
			"From: MAILER-DAEMON@mx.example", "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "", "--b",
			"Content-Type: text/plain", "", "Your mail was not delivered. 5.9.9", "--b", "Content-Type: message/delivery-status", "",
			"Reporting-MTA: dns; mx.example", "",
		}
		return read(t, append(append(lines, fields...), "", "--b--", "")...)
	}
	for name, test := range map[string]struct {
		mail    *mail.Mail
		failure mail.Failure
		is      bool
	}{
		"failed":        {report("Final-Recipient: rfc822; a@x.example", "Action: failed", "Status: 5.1.1"), mail.Failure{Final: true, Status: "5.1.1"}, true},
		"delayed":       {report("Action: delayed", "Status: 4.4.1"), mail.Failure{Status: "4.4.1"}, true},
		"in words":      {read(t, "From: mailer-daemon@mx.example", "", "550 5.1.1 no such user"), mail.Failure{Final: true, Status: "5.1.1"}, true},
		"no more words": {read(t, "From: mailer-daemon@mx.example", "", "it failed"), mail.Failure{}, false},
		"a person's":    {read(t, "From: a@x.example", "", "Action: failed\nStatus: 5.1.1"), mail.Failure{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failure, is := test.mail.Failure()
			require.Equal(t, test.is, is)
			require.Equal(t, test.failure, failure)
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for header, address := range map[string]string{
		"Ada <Ada@X.example>": "ada@x.example", "ada@x.example": "ada@x.example", `"a, b" <c@x.example>, d@x.example`: "c@x.example",
		"Opérateur de test <sender@example.com>": "sender@example.com", "Ada <ada@x.example": "ada@x.example", "nobody": "", "": "",
		`a@b.example (c) <d@e.example>, `: "a@b.example",
	} {
		found, _ := mail.Address(header)
		require.Equal(t, address, found, header)
	}
	require.Equal(t, []string{"a@x.example", "b@x.example"}, mail.Addresses("A <a@x.example>, b@x.example"))
	require.Len(t, mail.Addresses(strings.Repeat("a@x.example, ", 5000)), 100)
}
