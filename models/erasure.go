package models

import (
	"strings"
	"time"
)

// erasedPrefix begins what stands for an address that was erased; no address is like that.
const erasedPrefix = "#"

// ErasedAddresses are what may stand for an address, e-mail in lower case or E.164, that was erased: a hash of it by each of
// the installation's keys. The first is the one that is written.
func (s *Secret) ErasedAddresses(address string) []string {
	erased := s.Digests(PurposeErased, address)
	for i := range erased {
		erased[i] = erasedPrefix + erased[i]
	}
	return erased
}

// IsErasedAddress says whether it stands for an address that was erased.
func IsErasedAddress(address string) bool {
	return strings.HasPrefix(address, erasedPrefix) && !strings.Contains(address, "@")
}

// EraseOptions is what the erasure of a contact may be given.
type EraseOptions struct {
	// Suppress has the contact's addresses suppressed too, for the whole installation: as hashes, like all that stays.
	Suppress bool
}

// Erasure says what the erasure of a contact did.
type Erasure struct {
	ErasedAt time.Time
	Changed  bool // false where it had been erased before
	InFlight int  // outreaches that a provider is being given: the most that may still reach the person
	// Others are contacts of other campaigns, removed ones too, that have one of its addresses: they are erased by themselves.
	Others []ContactKey
	Wakes  []Wake // workflows that are to look
}

// ContactKey names a contact.
type ContactKey struct {
	CampaignID string `json:"campaignId"`
	ContactID  string `json:"contactId"`
}

// ContactExport is everything that Beckon holds of one contact.
type ContactExport struct {
	Contact      Contact
	CampaignName string
	// FormerAddresses are those that the contact had and has no more, by their text.
	FormerAddresses []string
	Outreaches      []ExportedOutreach // oldest first
	Replies         []Reply            // oldest first
	Suppressions    []Suppression      // of its addresses, former ones too
	Import          *Import            // that it came with; nil where there is none
	Audit           []AuditRecord      // about it, oldest first
	Others          []ContactKey       // contacts of other campaigns with one of its addresses
	At              time.Time          // when it was read
}

// ExportedOutreach is an outreach with all versions of its plan and all that was reported of it.
type ExportedOutreach struct {
	Outreach

	Versions []OutreachVersion // oldest first
	Events   []Event           // oldest first
}
