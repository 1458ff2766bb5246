package sendgrid

import (
	netmail "net/mail"
	"strings"
	"unicode"

	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"beckon/models"
)

// Custom args of every e-mail. SendGrid returns them, flattened, in each event.
const (
	argOutreachID = "outreach_id"
	argCampaignID = "campaign_id"
)

// compose makes SendGrid's message. Tracking is left as the account sets it.
//
// SendGrid puts names and subject into header lines, and quotes and encodes them itself (its SDKs stopped quoting names,
// which arrived quoted twice), so they go as they are but for line breaks and other controls, which become spaces.
// Addresses that are not exactly an RFC 5322 addr-spec are refused.
func compose(email models.Email) (*mail.SGMailV3, *models.ProviderError) {
	subject := oneLine(email.Subject)
	switch {
	case !isAddress(email.From):
		return nil, rejected("invalid_from")
	case email.ReplyTo != "" && !isAddress(email.ReplyTo):
		return nil, rejected("invalid_reply_to")
	case !isAddress(email.To):
		return nil, rejected("invalid_to")
	case subject == "":
		return nil, rejected("no_subject")
	case strings.TrimSpace(email.Text) == "":
		return nil, rejected("no_text")
	}
	message := mail.NewV3Mail()
	message.SetFrom(mail.NewEmail(oneLine(email.FromName), email.From))
	if email.ReplyTo != "" {
		message.SetReplyTo(mail.NewEmail("", email.ReplyTo))
	}
	message.Subject = subject
	message.AddContent(mail.NewContent("text/plain", email.Text))

	// The custom args stand in the personalization: SendGrid's OpenAPI file knows them there as an object.
	personalization := mail.NewPersonalization()
	personalization.AddTos(mail.NewEmail(oneLine(email.ToName), email.To))
	personalization.SetCustomArg(argOutreachID, email.OutreachID)
	personalization.SetCustomArg(argCampaignID, email.CampaignID)
	message.AddPersonalizations(personalization)
	return message, nil
}

// isAddress says whether text is an addr-spec and nothing else: no name, comment, list or line break.
func isAddress(text string) bool {
	address, err := netmail.ParseAddress(text)
	return err == nil && address.Name == "" && address.Address == text
}

// oneLine makes text fit for a header line: controls and line separators become spaces, runs of spaces one.
func oneLine(text string) string {
	breaks := func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
	}
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), breaks), " ")
}
