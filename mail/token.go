package mail

import (
	"strings"

	"beckon/models"
)

// Local parts of the addresses at the inbound domain at which people answer and unsubscribe. What follows the plus is a token
// of models.Secret for the outreach.
const (
	replyLocal       = "reply+"
	unsubscribeLocal = "unsubscribe+"
)

// Inbox makes and knows the addresses at the inbound domain.
type Inbox struct {
	Domain string // whose mail comes to Beckon; empty: there is none
	Secret *models.Secret
}

// ReplyAddress is where the contact of an outreach answers; empty where no mail comes in.
func (i Inbox) ReplyAddress(outreachID string) string {
	return i.address(replyLocal, models.PurposeReply, outreachID)
}

// UnsubscribeAddress is where a mail unsubscribes the contact of an outreach; empty where no mail comes in.
func (i Inbox) UnsubscribeAddress(outreachID string) string {
	return i.address(unsubscribeLocal, models.PurposeUnsubscribe, outreachID)
}

func (i Inbox) address(local string, purpose models.Purpose, outreachID string) string {
	token := i.Secret.Token(purpose, outreachID)
	if i.Domain == "" || token == "" {
		return ""
	}
	return local + token + "@" + i.Domain
}

// Answered is the outreach that a mail to one of the addresses answers; false where none of them is a reply address.
func (i Inbox) Answered(addresses []string) (outreachID string, ok bool) {
	return i.open(replyLocal, models.PurposeReply, addresses)
}

// Unsubscribed is the outreach whose contact a mail to one of the addresses unsubscribes.
func (i Inbox) Unsubscribed(addresses []string) (outreachID string, ok bool) {
	return i.open(unsubscribeLocal, models.PurposeUnsubscribe, addresses)
}

// open looks for a token of ours. It proves itself, so that the domain need not be asked: it may have been another once.
func (i Inbox) open(local string, purpose models.Purpose, addresses []string) (string, bool) {
	for _, address := range addresses {
		token, found := strings.CutPrefix(strings.ToLower(address), local)
		if !found {
			continue
		}
		token, _, _ = strings.Cut(token, "@")
		if id, ok := i.Secret.Open(purpose, token); ok {
			return id, true
		}
	}
	return "", false
}
