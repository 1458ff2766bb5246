package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
)

// inboundMail is a contact's answer as it waits to be posted.
type inboundMail struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Subject   string `json:"subject"`
	Text      string `json:"text"`
	MessageID string `json:"messageId"`
	InReplyTo string `json:"inReplyTo"`
	Date      string `json:"date"`
}

// newInboundMail is the mail that a reply to a message makes.
func newInboundMail(message *Message, reply Reply) inboundMail {
	inbound := inboundMail{
		From: message.To, To: message.ReplyTo, Subject: "Re:",
		MessageID: "<" + reply.ID + "@mail.sandbox.invalid>",
		InReplyTo: "<" + message.ProviderID + "@geopod-ismtpd-1>",
		Date:      reply.At.Format(time.RFC1123Z),
	}
	if message.Subject != nil {
		inbound.Subject = "Re: " + *message.Subject
	}
	if reply.Text != nil {
		inbound.Text = *reply.Text
	}
	// A contact's own Message-ID header is what the answer refers to.
	for name, value := range message.Headers {
		if strings.EqualFold(name, "Message-ID") {
			inbound.InReplyTo = value
		}
	}

	return inbound
}

// inboundRequest is a post of SendGrid's Inbound Parse. It carries no signature, as SendGrid's does not.
func inboundRequest(ctx context.Context, url string, body string) (*http.Request, error) {
	var mail inboundMail
	if err := json.Unmarshal([]byte(body), &mail); err != nil {
		return nil, fmt.Errorf("read a stored answer: %w", err)
	}
	// A mail program answers to all addresses; the first is the one whose domain is SendGrid's.
	to, _, _ := strings.Cut(mail.To, ", ")
	envelope, err := json.Marshal(map[string]any{"to": []string{to}, "from": mail.From})
	if err != nil {
		return nil, fmt.Errorf("encode an envelope: %w", err)
	}
	_, domain, _ := strings.Cut(mail.From, "@")
	headers := strings.Join([]string{
		"MIME-Version: 1.0",
		"From: " + mail.From,
		"Date: " + mail.Date,
		"Message-ID: " + mail.MessageID,
		"In-Reply-To: " + mail.InReplyTo,
		"References: " + mail.InReplyTo,
		"Subject: " + oneLine(mail.Subject),
		"To: " + mail.To,
		`Content-Type: text/plain; charset="UTF-8"`,
		"",
	}, "\n")

	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	var problems []error
	for _, field := range [][2]string{
		{"headers", headers},
		{"dkim", "{@" + domain + " : pass}"},
		{"to", mail.To},
		{"from", mail.From},
		{"text", mail.Text},
		{"sender_ip", "192.0.2.20"},
		{"envelope", string(envelope)},
		{"attachments", "0"},
		{"subject", mail.Subject},
		{"spam_score", "0.011"},
		{"charsets", `{"to":"UTF-8","from":"UTF-8","subject":"UTF-8","text":"UTF-8"}`},
		{"SPF", "pass"},
	} {
		problems = append(problems, writer.WriteField(field[0], field[1]))
	}
	if err := errors.Join(append(problems, writer.Close())...); err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, &form)
	if err != nil {
		return nil, fmt.Errorf("make an inbound post: %w", err)
	}
	request.Header.Set("Content-Type", writer.FormDataContentType())
	request.Header.Set("User-Agent", "Sendlib/1.0")

	return request, nil
}

// oneLine keeps a value from starting another header.
func oneLine(value string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
}
