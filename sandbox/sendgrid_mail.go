package sandbox

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"strings"
)

// Limits of SendGrid's mail send, from its API reference.
const (
	maxPersonalizations = 1000
	maxRecipients       = 1000
	maxCustomArgsBytes  = 10_000
	maxCategories       = 10
	maxCategoryLength   = 255
)

// mailRequest is the body of POST /v3/mail/send, as far as the sandbox looks at it.
type mailRequest struct {
	Personalizations []personalization `json:"personalizations"`
	From             *mailAddress      `json:"from"`
	ReplyTo          *mailAddress      `json:"reply_to"`
	ReplyToList      []mailAddress     `json:"reply_to_list"`
	Subject          string            `json:"subject"`
	Content          []mailContent     `json:"content"`
	Headers          map[string]any    `json:"headers"`
	Categories       []string          `json:"categories"`
	CustomArgs       map[string]any    `json:"custom_args"`
	TemplateID       string            `json:"template_id"`
	MailSettings     struct {
		SandboxMode struct {
			Enable bool `json:"enable"`
		} `json:"sandbox_mode"`
	} `json:"mail_settings"`
}

// personalization is one envelope: who receives this copy.
type personalization struct {
	From       *mailAddress   `json:"from"`
	To         []mailAddress  `json:"to"`
	CC         []mailAddress  `json:"cc"`
	BCC        []mailAddress  `json:"bcc"`
	Subject    string         `json:"subject"`
	Headers    map[string]any `json:"headers"`
	CustomArgs map[string]any `json:"custom_args"`
}

type mailAddress struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type mailContent struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// decodeMail reads a request and says all that SendGrid would find wrong with it, in SendGrid's words.
func decodeMail(body []byte) (mailRequest, []sendGridError) {
	var request mailRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return mailRequest{}, []sendGridError{{Message: "Bad Request"}}
	}
	check := &mailCheck{request: &request}
	check.personalizations()
	check.sender()
	check.subject()
	check.content()
	check.extras()

	return request, check.wrong
}

// message is the copy for one recipient; its ids, time and status are still missing.
func (r *mailRequest) message(p personalization, to string) Message {
	from := r.From.Email
	if p.From != nil && p.From.Email != "" {
		from = p.From.Email
	}
	message := Message{
		Channel: ChannelEmail, To: to, From: from, ReplyTo: from,
		Subject: optional(orDefault(p.Subject, r.Subject)),
		Headers: map[string]string{}, Replies: []Reply{},
	}
	switch {
	case r.ReplyTo != nil:
		message.ReplyTo = r.ReplyTo.Email
	case len(r.ReplyToList) > 0:
		addresses := []string{}
		for _, address := range r.ReplyToList {
			addresses = append(addresses, address.Email)
		}
		message.ReplyTo = strings.Join(addresses, ", ")
	}
	for i := range r.Content {
		switch content := &r.Content[i]; content.Type {
		case "text/plain":
			message.Text = &content.Value
		case "text/html":
			message.HTML = &content.Value
		}
	}
	for name, value := range merged(r.Headers, p.Headers) {
		message.Headers[name] = fmt.Sprint(value)
	}

	return message
}

// optional is nil for an empty string.
func optional(value string) *string {
	if value == "" {
		return nil
	}

	return &value
}

// mailCheck collects what is wrong with a request.
type mailCheck struct {
	request *mailRequest
	wrong   []sendGridError
}

// addf notes an error; anchor is the place in SendGrid's list of errors.
func (c *mailCheck) addf(field, anchor, format string, args ...any) {
	help := "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#" + anchor
	c.wrong = append(c.wrong, sendGridError{Message: fmt.Sprintf(format, args...), Field: &field, Help: &help})
}

// personalizations checks the envelopes and their recipients.
func (c *mailCheck) personalizations() {
	count := len(c.request.Personalizations)
	switch {
	case count == 0:
		c.addf("personalizations", "-Personalizations-Errors",
			"The personalizations field is required and must have at least one personalization.")
	case count > maxPersonalizations:
		c.addf("personalizations", "-Personalizations-Errors",
			"The personalization block is limited to %d personalizations per API request. You have provided %d "+
				"personalizations. Please consider splitting this into multiple requests and resending your request.",
			maxPersonalizations, count)
	}

	recipients := 0
	for i := range c.request.Personalizations {
		p, field := &c.request.Personalizations[i], fmt.Sprintf("personalizations.%d", i)
		recipients += len(p.To) + len(p.CC) + len(p.BCC)
		if len(p.To) == 0 {
			c.addf(field+".to", "message.personalizations.to", "The to array is required for all personalization objects, "+
				"and must have at least one email object with a valid email address.")
		}
		c.recipients(field, p)
		c.customArgs(field+".custom_args", merged(c.request.CustomArgs, p.CustomArgs))
		c.headers(field+".headers", "message.personalizations.headers", p.Headers)
	}
	if recipients > maxRecipients {
		c.addf("personalizations", "message.recipient-errors",
			"There is a limit of %d total recipients (to + cc + bcc) per request.", maxRecipients)
	}
}

// recipients checks the addresses of one envelope.
func (c *mailCheck) recipients(field string, p *personalization) {
	seen := map[string]bool{}
	for _, list := range []struct {
		name      string
		addresses []mailAddress
	}{{"to", p.To}, {"cc", p.CC}, {"bcc", p.BCC}} {
		for i, address := range list.addresses {
			if !validAddress(address.Email) {
				c.addf(fmt.Sprintf("%s.%s.%d.email", field, list.name, i), "message.personalizations."+list.name,
					"Does not contain a valid address.")
			}
			lower := strings.ToLower(address.Email)
			if seen[lower] {
				c.addf(field, "message.recipient-errors", "Each email address in the personalization block should be "+
					"unique between to, cc, and bcc. We found the first duplicate instance of [%s] in the %s.%s field.",
					address.Email, field, list.name)
			}
			seen[lower] = true
		}
	}
}

// sender checks from and reply-to.
func (c *mailCheck) sender() {
	from := c.request.From
	switch {
	case from == nil || from.Email == "":
		c.addf("from.email", "message.from", "The from object must be provided for every email send. It is an object "+
			"that requires the email parameter, but may also contain a name parameter.  e.g. "+
			`{"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example Recipient"}.`)
	case !validAddress(from.Email):
		c.addf("from.email", "message.from", "The from email does not contain a valid address.")
	}
	if reply := c.request.ReplyTo; reply != nil && !validAddress(reply.Email) {
		c.addf("reply_to.email", "message.reply_to", "The reply_to email does not contain a valid address.")
	}
	for i, reply := range c.request.ReplyToList {
		if !validAddress(reply.Email) {
			c.addf(fmt.Sprintf("reply_to_list.%d.email", i), "message.reply_to_list",
				"The reply_to_list email does not contain a valid address.")
		}
	}
}

// subject checks that every envelope has one.
func (c *mailCheck) subject() {
	if c.request.Subject != "" || c.request.TemplateID != "" {
		return
	}
	for _, p := range c.request.Personalizations {
		if p.Subject == "" {
			c.addf("subject", "message.subject", "The subject is required. You can get around this requirement if you "+
				"use a template with a subject defined or if every personalization has a subject defined.")

			return
		}
	}
}

// content checks the bodies.
func (c *mailCheck) content() {
	if len(c.request.Content) == 0 && c.request.TemplateID == "" {
		c.addf("content", "message.content", "Unless a valid template_id is provided, the content parameter is required. "+
			"There must be at least one defined content block. We typically suggest both text/plain and text/html "+
			"blocks are included, but only one block is required.")
	}
	for i, content := range c.request.Content {
		if content.Type == "" {
			c.addf(fmt.Sprintf("content.%d.type", i), "message.content.type",
				"The content type must be a string at least one character in length.")
		}
		if content.Value == "" {
			c.addf(fmt.Sprintf("content.%d.value", i), "message.content.value",
				"The content value must be a string at least one character in length.")
		}
		if content.Type == "text/plain" && i > 0 {
			c.addf("content", "message.content", "If present, text/plain and text/html may only be provided once, and "+
				"text/plain must be the first content block.")
		}
	}
}

// extras checks categories and the headers of the whole request.
func (c *mailCheck) extras() {
	if len(c.request.Categories) > maxCategories {
		c.addf("categories", "message.categories", "You cannot have more than %d categories per request.", maxCategories)
	}
	seen := map[string]bool{}
	for i, category := range c.request.Categories {
		if len(category) > maxCategoryLength {
			c.addf(fmt.Sprintf("categories.%d", i), "message.categories",
				"A category cannot have more than %d characters.", maxCategoryLength)
		}
		if seen[category] {
			c.addf(fmt.Sprintf("categories.%d", i), "message.categories", "The categories must be unique.")
		}
		seen[category] = true
	}
	c.headers("headers", "message.headers", c.request.Headers)
}

// customArgs checks the arguments that come back in every event.
func (c *mailCheck) customArgs(field string, args map[string]any) {
	size := 0
	for name, value := range args {
		text, isString := value.(string)
		if !isString {
			c.addf(field+"."+name, "message.personalizations.custom_args",
				"All values of the custom arguments object must be strings.")
		}
		size += len(name) + len(text)
	}
	if size > maxCustomArgsBytes {
		c.addf(field, "message.personalizations.custom_args",
			"The combined size of custom arguments may not exceed %d bytes per personalization.", maxCustomArgsBytes)
	}
}

// headers checks the extra headers of a message.
func (c *mailCheck) headers(field, anchor string, headers map[string]any) {
	for name, value := range headers {
		if _, isString := value.(string); !isString {
			c.addf(field+"."+name, anchor, "All values of the headers object must be strings.")
		}
		if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) || name == "" {
			c.addf(field, anchor, "The header keys cannot contain non-ASCII characters or empty spaces.")
		}
		switch strings.ToLower(name) {
		case "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
			"to", "from", "subject", "reply-to", "cc", "bcc":
			c.addf(field, anchor, "The header cannot be one of the reserved keys: %s.", name)
		}
	}
}

// validAddress takes a plain address in ASCII with a full domain, as SendGrid does.
func validAddress(address string) bool {
	if strings.ContainsFunc(address, func(r rune) bool { return r > '~' }) {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" {
		return false
	}
	_, domain, _ := strings.Cut(address, "@")

	return strings.Contains(strings.Trim(domain, "."), ".")
}
