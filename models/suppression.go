package models

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// SuppressionChannel is a channel, or all of them.
type SuppressionChannel string

// SuppressAll suppresses an address on every channel that can use it.
const SuppressAll SuppressionChannel = "all"

// Takes says whether the channel can use the address, an E.164 number or an e-mail address.
func (c SuppressionChannel) Takes(address string) bool {
	number := strings.HasPrefix(address, "+") && !strings.Contains(address, "@")
	switch c {
	case SuppressAll:
		return number || strings.Contains(address, "@")
	case SuppressionChannel(ChannelEmail):
		return strings.Contains(address, "@")
	case SuppressionChannel(ChannelText), SuppressionChannel(ChannelPhone):
		return number
	default:
		return false
	}
}

// SuppressionReason says why an address must not be contacted.
type SuppressionReason string

// Reasons of suppressions.
const (
	SuppressedOptOut      SuppressionReason = "opt_out"     // the person asked for it
	SuppressedBounce      SuppressionReason = "bounce"      // the mailbox does not exist
	SuppressedDead        SuppressionReason = "dead_number" // the number does not exist, or takes no texts
	SuppressedComplaint   SuppressionReason = "complaint"   // reported as spam
	SuppressedUnsubscribe SuppressionReason = "unsubscribe"
	SuppressedManual      SuppressionReason = "manual" // by an operator
)

// SuppressionReasons lists them all.
func SuppressionReasons() []SuppressionReason {
	return []SuppressionReason{
		SuppressedOptOut, SuppressedBounce, SuppressedDead, SuppressedComplaint, SuppressedUnsubscribe, SuppressedManual,
	}
}

// Limits of a file of suppressions. They are Beckon's.
const (
	MaxSuppressionRows  = 100_000
	MaxSuppressionBytes = 20 << 20
)

// SuppressionInput is one address of a file that must not be contacted, normalised as Suppression has it.
type SuppressionInput struct {
	Line    int // of the file, where its row begins
	Channel SuppressionChannel
	Address string
	Reason  SuppressionReason
}

// OptOut says whether the person asked not to be contacted, in whatever way.
func (r SuppressionReason) OptOut() bool {
	return r == SuppressedOptOut || r == SuppressedUnsubscribe || r == SuppressedComplaint
}

// Graver says whether the reason outweighs the other, of the same address and channel: what a text may lift weighs less than
// what it may not, and whatever the person did not ask for least.
func (r SuppressionReason) Graver(than SuppressionReason) bool {
	weights := map[SuppressionReason]int{SuppressedUnsubscribe: 1, SuppressedOptOut: 2, SuppressedComplaint: 3}
	return weights[r] > weights[than]
}

// Suppression is an address that must not be contacted on a channel, for the whole installation.
type Suppression struct {
	ID          string `gorm:"primaryKey"` // UUIDv7
	Channel     SuppressionChannel
	Address     *string // e-mail in lower case, or E.164; nil once the contact's data was erased
	AddressHash string  // AddressHash of it
	Reason      SuppressionReason
	Source      string // where it came from: "reply", "provider", "api", …
	CreatedAt   time.Time
	// SweptToID is the last contact with the address, by id, that has been told; nil before the first.
	SweptToID *string
	// SweptAt is when all contacts with the address had been told; nil until then.
	SweptAt *time.Time
}

// Covers says whether the suppression forbids the channel.
func (s *Suppression) Covers(channel Channel) bool {
	return s.Channel == SuppressAll || s.Channel == SuppressionChannel(channel)
}

// SuppressionFilter narrows a list of suppressions. Nil and empty members do not narrow.
type SuppressionFilter struct {
	Page    Page
	Search  string // part of the address
	Channel *SuppressionChannel
}

// Subscription is what somebody is asked about who follows the link of an e-mail.
type Subscription struct {
	BusinessName string // whose e-mails they are
	Address      string // to which; empty once it was erased
	Ended        bool   // nothing is sent to it any more
}

// WithSame says whether one opt-out, which suppresses a number for text and phone, wrote both.
func (s *Suppression) WithSame(other *Suppression) bool {
	return s.Reason == other.Reason && s.Source == other.Source && s.CreatedAt.Equal(other.CreatedAt)
}

// AddressHash names an address, e-mail in lower case or E.164, without showing it: SHA-256 in hexadecimal. It is the key of
// suppressions and of the lock under which claims and suppressions of one address are written.
func AddressHash(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:])
}
