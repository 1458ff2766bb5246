package models

import "time"

// Reply is what came back from a contact: a text, a mail, what was said in a call. Its text is untrusted.
type Reply struct {
	ID         string `gorm:"primaryKey"` // UUIDv7
	CampaignID string
	ContactID  string
	OutreachID *string // the latest outreach to the contact before it; nil where there is none
	Channel    Channel
	At         time.Time // when it came
	Text       string
	OptOut     bool    // it asks not to be contacted any more
	ProviderID *string // the provider's id of the message: the same one is stored once
	CreatedAt  time.Time
}

// MaxReplyBytes is how much of a reply is kept.
const MaxReplyBytes = 20_000

// InboundMessage is a text, mail or call, before anybody knows whose it is.
type InboundMessage struct {
	Channel    Channel
	From       string // e-mail in lower case, or E.164
	To         string // ours
	Text       string
	ProviderID string
	At         time.Time
	// OptOut and OptIn are set where the whole message is such a word, or the provider says so.
	OptOut bool
	OptIn  bool
}
