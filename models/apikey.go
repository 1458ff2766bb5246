package models

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Role says what a key or user may do.
type Role string

// Roles.
const (
	RoleViewer        Role = "viewer"
	RoleOperator      Role = "operator"
	RoleAdministrator Role = "administrator"
)

// Known says whether there is such a role.
func (r Role) Known() bool { return r == RoleViewer || r == RoleOperator || r == RoleAdministrator }

// KeyAction is a group of operations that a key can be limited to.
type KeyAction string

// Actions of keys.
const (
	ActionCampaignsRead     KeyAction = "campaigns:read"     // campaigns, their progress and performance
	ActionCampaignsWrite    KeyAction = "campaigns:write"    // create and change campaigns
	ActionCampaignsControl  KeyAction = "campaigns:control"  // go live, pause, resume, archive, start, execute
	ActionContactsRead      KeyAction = "contacts:read"      // contacts
	ActionContactsWrite     KeyAction = "contacts:write"     // the public contacts endpoint alone
	ActionContactsManage    KeyAction = "contacts:manage"    // change, control, remove, resend to, export and erase contacts
	ActionImportsRead       KeyAction = "imports:read"       // imports with their errors
	ActionImportsWrite      KeyAction = "imports:write"      // preview and import files
	ActionReview            KeyAction = "review"             // see, edit and approve what awaits approval
	ActionSuppressionsRead  KeyAction = "suppressions:read"  // list suppressions
	ActionSuppressionsWrite KeyAction = "suppressions:write" // add and lift suppressions
)

// KeyActions are all actions, in the order in which they are described.
func KeyActions() []KeyAction {
	return []KeyAction{
		ActionCampaignsRead, ActionCampaignsWrite, ActionCampaignsControl, ActionContactsRead, ActionContactsWrite,
		ActionContactsManage, ActionImportsRead, ActionImportsWrite, ActionReview, ActionSuppressionsRead,
		ActionSuppressionsWrite,
	}
}

// MaxKeyCampaigns is how many campaigns a key can be limited to.
const MaxKeyCampaigns = 100

// KeyLimits are what a key is limited to, beside its role.
type KeyLimits struct {
	CampaignIDs []string    // nil: all campaigns
	Actions     []KeyAction // nil: all that the role allows
}

// APIKey is a credential of an integration. The key itself is shown once and stored as a hash.
type APIKey struct {
	ID         string `gorm:"primaryKey"`
	Name       string
	Role       Role
	Limits     *KeyLimits `gorm:"serializer:json"` // nil: none
	KeyHash    []byte     // SHA-256 of the key, which has 256 bits of randomness
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	RevokedAt  *time.Time
	LastUsedAt *time.Time
}

// TableName spells the table as the SQL does.
func (*APIKey) TableName() string { return "api_keys" }

// APIKeyNameProblems says what is wrong with a key's name.
func APIKeyNameProblems(name string) []FieldError {
	fault := func(code, detail string) []FieldError {
		return []FieldError{{Pointer: "/name", Code: code, Detail: detail}}
	}
	switch {
	case name == "":
		return fault(FieldRequired, "a key needs a name")
	case utf8.RuneCountInString(name) > MaxNameLength:
		return fault(FieldTooLong, fmt.Sprintf("at most %d characters", MaxNameLength))
	case strings.ContainsFunc(name, unicode.IsControl):
		return fault(FieldControl, "a name is one line without control characters")
	default:
		return nil
	}
}

// CampaignIDs are the campaigns that the key is limited to; nil where it is not.
func (k *APIKey) CampaignIDs() []string {
	if k.Limits == nil {
		return nil
	}
	return k.Limits.CampaignIDs
}

// Actions are what the key is limited to; nil where it may do all that its role allows.
func (k *APIKey) Actions() []KeyAction {
	if k.Limits == nil {
		return nil
	}
	return k.Limits.Actions
}

// MayAct says whether the key's actions allow the action. An operation without one is for keys without such limits.
func (k *APIKey) MayAct(action KeyAction) bool {
	actions := k.Actions()
	return actions == nil || action != "" && slices.Contains(actions, action)
}
