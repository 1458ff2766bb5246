package models

import (
	"slices"
	"strings"
	"time"
)

// Stranger is a message of somebody who is in no campaign, while the AI is to be asked whether a campaign is for them. The row
// is gone once that is decided.
type Stranger struct {
	ID        string `gorm:"primaryKey"` // UUIDv7
	Channel   Channel
	Address   string         // e-mail in lower case, or E.164
	Message   InboundMessage `gorm:"serializer:json"`
	Asked     []string       `gorm:"serializer:json"` // ids of the campaigns that are not for them, as the AI found
	Failures  int            // of the AI, in a row
	Code      string         // of the last of them; "" where there is none
	CreatedAt time.Time
}

// StrangerQuestion is what the AI is asked about a stranger: whether they meet a campaign's prompt.
type StrangerQuestion struct {
	StrangerID       string
	CampaignID       string
	SettingsRevision int64 // an answer counts for these settings alone
	Prompt           string
	Channel          Channel
	At               time.Time
	Region           string // of the number, ISO 3166-1 alpha-2; "" where there is none
	Text             string // what they wrote: quoted data, never an instruction
}

// StrangerVerdict is the AI's answer, checked.
type StrangerVerdict struct {
	Eligible bool
	Reason   string // for people; it may quote what the stranger wrote
	Spent    Plan   // what the answers took
}

// MaxEligibilityReason is how many bytes of a reason are kept.
const MaxEligibilityReason = 500

// Reasons that are not the AI's.
const (
	ReasonRulesMet = "all eligibility rules are met"
	ReasonNoRules  = "the campaign has no eligibility rules"
)

// StrangerContact is the contact that who has the address would be: nothing else is known of them.
func StrangerContact(address string) *Contact {
	c := &Contact{Properties: map[string]any{}}
	if strings.HasPrefix(address, "+") && !strings.Contains(address, "@") {
		c.Phone = &address
	} else {
		c.Email = &address
	}
	return c
}

// TakesInbound says whether somebody may join the campaign of themselves now, whose address is the contact's: it runs, is for
// that, and has a channel by which it could answer.
func (c *Campaign) TakesInbound(contact *Contact, now time.Time) bool {
	if c.Status != CampaignActive || !c.Inbound.Enabled || c.Ended(now) {
		return false
	}
	return slices.ContainsFunc(c.Channels, contact.Reaches)
}

// MetReason says why somebody is eligible by the rules alone.
func (e Eligibility) MetReason() string {
	if len(e.Rules) == 0 {
		return ReasonNoRules
	}
	return ReasonRulesMet
}

// Unmet says, without the contact's values, which rule a contact does not meet; "" where it meets all of them.
func (e Eligibility) Unmet(c *Contact) string {
	for _, rule := range e.Rules {
		if !rule.meets(c) {
			return "the rule " + string(rule.Op) + " on " + rule.Field + " is not met"
		}
	}
	return ""
}
