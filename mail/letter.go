package mail

import (
	"fmt"
	"strings"

	"beckon/models"
)

// Letterhead makes e-mails of what was planned: with a part in HTML, with what the law and mailbox providers want of each (who
// sends it, where they are, how to stop it), and with addresses that lead back to the contact. What was planned stays as it
// is; the same outreach always makes the same letter.
type Letterhead struct {
	PublicURL string // of the API, without a slash at the end
	Inbox     Inbox
}

// Letter is an e-mail as it is sent.
type Letter struct {
	Text    string
	HTML    string
	ReplyTo []string          // in the order in which they are to be shown; none: answers go to From
	Headers map[string]string // beside those that every e-mail has
}

// Letter makes the letter of an e-mail.
func (l Letterhead) Letter(email *models.Email) Letter {
	foot := footer{
		business: strings.TrimSpace(email.BusinessName), postal: strings.TrimSpace(email.PostalAddress),
		link: l.UnsubscribeURL(email.OutreachID),
	}
	body := strings.TrimRight(Clean(email.Text), " \t\n")
	letter := Letter{
		Text: body + "\n\n" + foot.text(), HTML: document(body, foot),
		Headers: map[string]string{
			// RFC 2369, 3.2: the first that a mail program can use counts. RFC 8058, 3.1: the second header says that the first
			// link takes a post.
			"List-Unsubscribe":      "<" + foot.link + ">",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		},
	}
	if address := l.Inbox.UnsubscribeAddress(email.OutreachID); address != "" {
		letter.Headers["List-Unsubscribe"] += fmt.Sprintf(", <mailto:%s>", address)
	}
	for _, address := range []string{l.Inbox.ReplyAddress(email.OutreachID), email.ReplyTo} {
		if address != "" {
			letter.ReplyTo = append(letter.ReplyTo, address)
		}
	}
	return letter
}

// UnsubscribeURL is the link by which the contact of an outreach unsubscribes.
func (l Letterhead) UnsubscribeURL(outreachID string) string {
	return l.PublicURL + "/u/" + l.Inbox.Secret.Token(models.PurposeUnsubscribe, outreachID)
}

// footer is what stands below each e-mail (15 U.S.C. 7704(a)(5): a way to opt out, and a postal address).
type footer struct {
	business, postal, link string
}

// text is the footer as plain text, below the line that mail programs know a signature by (RFC 3676, 4.3).
func (f footer) text() string {
	lines := []string{"-- "}
	for _, line := range []string{f.business, Clean(f.postal)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(append(lines, "Unsubscribe: "+f.link), "\n") + "\n"
}
