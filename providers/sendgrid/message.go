package sendgrid

import (
	netmail "net/mail"
	"strings"
	"unicode"

	"github.com/sendgrid/sendgrid-go/helpers/mail"

	beckonmail "beckon/mail"
	"beckon/models"
	"beckon/providers"
)

// Custom args of every e-mail. SendGrid returns them, flattened, in each event.
const (
	argOutreachID = "outreach_id"
	argCampaignID = "campaign_id"
)

// Limits of an e-mail.
const (
	maxLineBytes = 998 // of a header's line, and so of a subject (RFC 5322, 2.1.1)
	maxNameBytes = 300 // Beckon's: what is longer is cut
)

// compose makes SendGrid's message. Opens and clicks are tracked as the account sets it. SendGrid's own way to unsubscribe is
// off: it would put its link in place of ours, in the header too.
//
// SendGrid puts names and subject into header lines, and quotes and encodes them itself (its SDKs stopped quoting names,
// which arrived quoted twice), so they go as they are but for line breaks and other controls, which become spaces.
// Addresses that are not exactly an RFC 5322 addr-spec are refused.
func compose(email models.Email, letter beckonmail.Letter) (*mail.SGMailV3, *models.ProviderError) {
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
	case len(subject) > maxLineBytes:
		return nil, rejected("long_subject")
	case strings.TrimSpace(email.Text) == "":
		return nil, rejected("no_text")
	}
	message := mail.NewV3Mail()
	message.SetFrom(mail.NewEmail(nameOf(email.FromName), email.From))
	switch len(letter.ReplyTo) {
	case 0:
	case 1:
		message.SetReplyTo(mail.NewEmail("", letter.ReplyTo[0]))
	default: // SendGrid takes the one or the other
		list := []*mail.Email{}
		for _, address := range letter.ReplyTo {
			list = append(list, mail.NewEmail("", address))
		}
		message.SetReplyToList(list)
	}
	message.Subject = subject
	message.AddContent(mail.NewContent("text/plain", letter.Text), mail.NewContent("text/html", letter.HTML))
	for name, value := range letter.Headers {
		if len(name)+len(": ")+len(value) > maxLineBytes || oneLine(value) != value {
			return nil, rejected("invalid_header")
		}
		message.SetHeader(name, value)
	}
	for _, category := range []string{email.CampaignID, string(email.CampaignType)} {
		if category != "" {
			message.AddCategories(category)
		}
	}
	message.SetTrackingSettings(mail.NewTrackingSettings().
		SetSubscriptionTracking(mail.NewSubscriptionTrackingSetting().SetEnable(false)))

	// The custom args stand in the personalization: SendGrid's OpenAPI file knows them there as an object.
	personalization := mail.NewPersonalization()
	personalization.AddTos(mail.NewEmail(nameOf(email.ToName), email.To))
	personalization.SetCustomArg(argOutreachID, email.OutreachID)
	personalization.SetCustomArg(argCampaignID, email.CampaignID)
	message.AddPersonalizations(personalization)
	return message, nil
}

// nameOf is a name as it stands beside an address.
func nameOf(name string) string {
	return providers.Cut(oneLine(name), maxNameBytes)
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
