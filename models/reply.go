package models

import "time"

// Reply is what came back from a contact: a text, a mail, what was said in a call. Its text is untrusted.
type Reply struct {
	ID         string `gorm:"primaryKey"` // UUIDv7
	CampaignID string
	ContactID  string
	OutreachID *string // the latest outreach to the contact before it; nil where there is none
	Channel    Channel
	At         time.Time    // when it came
	Text       string       // what the person wrote
	WholeText  *string      // of a mail that quotes another or has a signature: all that came; else nil
	OptOut     bool         // it asks not to be contacted any more
	ProviderID *string      // the provider's id of the message: the same one is stored once
	Transcript []SpokenLine `gorm:"serializer:json"` // of what was said in a call; empty for anything else
	CreatedAt  time.Time
	// OptOutReason says how it was found that it asks that; nil where it does not, or nobody said.
	OptOutReason *OptOutReason
	// ConsideredAt is when it was found whether it asks that; nil where nobody has looked yet. Until then nothing is sent to
	// the contact.
	ConsideredAt *time.Time
}

// Speaker is who says something in a call.
type Speaker string

// Speakers.
const (
	SpeakerAI      Speaker = "ai"
	SpeakerContact Speaker = "contact"
)

// SpokenLine is one turn of a call. What the contact says is untrusted.
type SpokenLine struct {
	Speaker Speaker   `json:"speaker"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// OptOutReason says how it was found that a reply asks not to be contacted any more.
type OptOutReason string

// Reasons.
const (
	OptOutByWord    OptOutReason = "word"    // the whole message is such a word, or the provider says so
	OptOutByPhrase  OptOutReason = "phrase"  // it holds words that mean nothing else, see OptOutPhrase
	OptOutByPlanner OptOutReason = "planner" // the AI read it so
)

// MaxReplyBytes is how much of a reply is kept.
const MaxReplyBytes = 20_000

// MailDedupeKey is the DedupeKey of an event that came as a mail. The mail's own id may name its sender's host, so its hash
// stands for it.
func MailDedupeKey(messageID string) string { return "mail|" + AddressHash(messageID) }

// InboundMessage is a text, mail or call, before anybody knows whose it is.
type InboundMessage struct {
	Channel Channel
	// OutreachID names the outreach that it answers, where the way it came says so; "" where it does not. Otherwise, as
	// where there is no such outreach, the address says whose it is.
	OutreachID string
	From       string // e-mail in lower case, or E.164
	To         string // ours
	// Service is the provider's id of the group of numbers that To is in, such as a Messaging Service's SID; "" for none.
	Service    string
	Text       string       // what the person wrote
	WholeText  string       // of a mail, with all that stood around it; empty where there is nothing
	Transcript []SpokenLine // of a call
	ProviderID string
	At         time.Time
	// Automatic is set where a machine wrote it: it is noted with the outreach, and is no reply.
	Automatic bool
	// OptOut and OptIn are set where the whole message is such a word, or the provider says so.
	OptOut bool
	OptIn  bool
	// Help says that the whole message asks for help, and Confirm that an opt-out is to be confirmed, which the provider has
	// not done by itself.
	Help    bool
	Confirm bool
	// Reason is why it is taken for an opt-out; nil until Consider has looked.
	Reason *OptOutReason
}

// Received is what became of a message that came in.
type Received struct {
	CampaignID string // of whose reply it is; "" where no contact has the address
	ContactID  string
	ReplyID    string // of the stored reply; "" where nothing was stored
	Again      bool   // it came before, and had its effect then
	Wakes      []Wake // workflows that are to look
	// Joined is set where the message made its sender a contact: the campaign's workflow is to be told, as of any other.
	Joined *AddResult
	// StrangerID names what is kept of the message until the AI has said whether a campaign is for its sender; "" else.
	StrangerID string
}

// Consider finds whether the message opts out by what it says, where nobody has said so yet, and why it is taken to. What a
// machine wrote opts nobody out.
func (m *InboundMessage) Consider() {
	switch {
	case m.Reason != nil || m.OptIn || m.Automatic:
	case m.OptOut:
		m.Reason = new(OptOutByWord)
	case OptOutPhrase(m.Text) != "":
		m.OptOut, m.Reason = true, new(OptOutByPhrase)
	}
}
