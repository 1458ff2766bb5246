package sendgrid_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/mail"
	"beckon/models"
	"beckon/providers/internal/providertest"
	"beckon/providers/sendgrid"
)

// post is a form of Inbound Parse with the fields, in their order.
func post(t *testing.T, fields ...string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	writer := multipart.NewWriter(body)
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, writer.WriteField(fields[i], fields[i+1]))
	}
	require.NoError(t, writer.Close())
	return writer.FormDataContentType(), body
}

func TestParseInboundVendorPosts(t *testing.T) {
	t.Parallel()
	index := struct {
		Posts []struct {
			File        string
			ContentType string `json:"content_type"`
			Expect      map[string]string
		}
	}{}
	providertest.VendorJSON(t, &index, "sendgrid", "inbound", "index.json")
	require.NotEmpty(t, index.Posts)
	for _, each := range index.Posts {
		t.Run(each.File, func(t *testing.T) {
			t.Parallel()
			content := providertest.VendorFile(t, "sendgrid", "inbound", each.File)
			m, err := sendgrid.ParseInbound(each.ContentType, bytes.NewReader(content))
			if each.File == "sendgrid-go_bad_data.txt" {
				require.Equal(t, models.CodeMalformed, models.ErrorCode(err))
				return
			}
			require.NoError(t, err)
			require.Contains(t, m.From, "@")
			require.NotEmpty(t, m.To)
			require.NotEmpty(t, m.Subject)
			require.NotEmpty(t, m.Text)
			if each.Expect != nil {
				read := map[string]string{"subject": m.Subject, "html": m.HTML, "text": m.Text}
				require.Equal(t, each.Expect, read)
			}
			hasEnvelope := bytes.Contains(content, []byte(`"from":`)) && bytes.Contains(content, []byte(`name="envelope"`)) &&
				!strings.Contains(each.File, "bad_envelope")
			require.Equal(t, hasEnvelope, m.Enveloped)
			switch {
			case strings.HasPrefix(each.File, "csv_attachment_not_in_info"):
				require.Len(t, m.Attachments, 2)
				require.Equal(t, "more.csv", m.Attachments[1].FileName)
			case strings.HasPrefix(each.File, "csv_attachment"):
				require.Len(t, m.Attachments, 1)
				require.Equal(t, "text/csv", m.Attachments[0].ContentType)
				require.Contains(t, string(m.Attachments[0].Content), "Zoë,Müller")
			case strings.HasSuffix(each.File, "with_attachments.txt"):
				require.Len(t, m.Attachments, 1)
				require.Equal(t, "TwilioSendGrid.jpg", m.Attachments[0].FileName)
			}
		})
	}
}

func TestParseInboundEnvelope(t *testing.T) {
	t.Parallel()
	for envelope, want := range map[string]mail.Mail{
		`{"to":["A@x.example"],"from":"<B@y.example>"}`: {Enveloped: true, EnvelopeFrom: "b@y.example", EnvelopeTo: []string{"a@x.example"}},
		`{"to":["a@x.example"],"from":""}`:              {Enveloped: true, EnvelopeTo: []string{"a@x.example"}},
		`{"to":["a@x.example"]}`:                        {},
		`{"to":[],"from":"b@y.example"}`:                {},
		`{"to":"a@x.example","from":"b@y.example"}`:     {},
		`{`: {},
		``:  {},
	} {
		contentType, body := post(t, "from", "b@y.example", "envelope", envelope)
		m, err := sendgrid.ParseInbound(contentType, body)
		require.NoError(t, err)
		require.Equal(t, want.Enveloped, m.Enveloped, envelope)
		require.Equal(t, want.EnvelopeFrom, m.EnvelopeFrom, envelope)
		require.Equal(t, want.EnvelopeTo, m.EnvelopeTo, envelope)
	}
}

// A mail may be as large as SendGrid passes on; what nobody looks at takes no room.
func TestParseInboundIsBounded(t *testing.T) {
	t.Parallel()
	contentType, body := post(t, "from", "a@x.example", "text", strings.Repeat("x", 3<<20), "spam_report", strings.Repeat("y", 3<<20),
		"subject", strings.Repeat("z", 1<<20), "from", "another@x.example")
	m, err := sendgrid.ParseInbound(contentType, body)
	require.NoError(t, err)
	require.Len(t, m.Text, mail.MaxTextBytes)
	require.Less(t, len(m.Subject), 100<<10)
	require.Equal(t, "a@x.example", m.From, "the first of a name counts")

	contentType, body = post(t, "email", "From: a@x.example\r\n\r\n"+strings.Repeat("x", mail.MaxMailBytes))
	_, err = sendgrid.ParseInbound(contentType, body)
	require.Equal(t, models.CodeTooLarge, models.ErrorCode(err))

	fields := []string{}
	for range 1001 {
		fields = append(fields, "x", "")
	}
	contentType, body = post(t, fields...)
	_, err = sendgrid.ParseInbound(contentType, body)
	require.Equal(t, models.CodeTooLarge, models.ErrorCode(err))
}

// Of a connection that breaks, which net/http reports so, what could be read is not taken for all.
func TestParseInboundBrokenOff(t *testing.T) {
	t.Parallel()
	contentType, body := post(t, "from", "a@x.example", "text", "STOP")
	whole := body.String()
	for at := range whole[:len(whole)-2] {
		_, err := sendgrid.ParseInbound(contentType, io.MultiReader(strings.NewReader(whole[:at]), iotest.ErrReader(io.ErrUnexpectedEOF)))
		require.Equal(t, models.CodeMalformed, models.ErrorCode(err), "%q", whole[:at])
	}
}

// Nothing that anybody posts makes it panic.
func TestParseInboundAnything(t *testing.T) {
	t.Parallel()
	words := []string{
		"--b\r\n", "--b--\r\n", "\r\n", "\n", "Content-Disposition: form-data; name=\"email\"", "Content-Disposition: form-data; name=\"charsets\"",
		"Content-Disposition: form-data; name=\"attachment1\"; filename=\"../x\"", "Content-Disposition: form-data; name=\"headers\"",
		"Content-Disposition: form-data; name=\"envelope\"", "Content-Disposition: form-data; name=\"from\"", "Content-Type: multipart/mixed; boundary=c\r\n",
		"--c\r\n", `{"to":["x"],"from":null}`, `{"text":"x-unknown"}`, "From: a@b\r\n", "Content-Transfer-Encoding: base64\r\n", "=?x?q?", "\x00\xff",
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(words), rapid.String()), 0, 30).Draw(t, "parts")
		m, err := sendgrid.ParseInbound("multipart/form-data; boundary=b", strings.NewReader(strings.Join(parts, "")))
		if err != nil {
			require.Contains(t, []models.Code{models.CodeMalformed, models.CodeTooLarge}, models.ErrorCode(err))
			return
		}
		m.Automatic()
		m.Failure()
		mail.Unquoted(m.Text)
	})
}
