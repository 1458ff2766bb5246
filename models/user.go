package models

import (
	"strings"
	"time"
	"unicode/utf8"
)

// User is a person who signs in.
type User struct {
	ID    string `gorm:"primaryKey"` // UUIDv7
	Email string // in lower case; no two users have the same
	Name  string // under which what the user does is put on record
	Role  Role
	// PasswordHash is argon2id in its encoded form; nil until the user has set a password by a link.
	PasswordHash *string
	// Epoch counts the changes that end all sessions of the user: of password or role, and being disabled. A session holds
	// for the epoch in which it began only.
	Epoch             int
	CreatedAt         time.Time
	DisabledAt        *time.Time
	LastSignInAt      *time.Time
	PasswordChangedAt *time.Time
}

// UserStatus says whether a user can sign in.
type UserStatus string

// Statuses of users.
const (
	UserInvited  UserStatus = "invited"  // has not set a password yet
	UserActive   UserStatus = "active"   // can sign in
	UserDisabled UserStatus = "disabled" // cannot sign in, whatever the password
)

// Status says whether the user can sign in.
func (u *User) Status() UserStatus {
	switch {
	case u.DisabledAt != nil:
		return UserDisabled
	case u.PasswordHash == nil:
		return UserInvited
	default:
		return UserActive
	}
}

// Administers says whether the user can sign in as an administrator. There is always one, once there was one.
func (u *User) Administers() bool { return u.Role == RoleAdministrator && u.Status() == UserActive }

// NormalEmail is an address as users are stored and found by.
func NormalEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// Lengths of passwords, in characters. The least is that of OWASP's Authentication Cheat Sheet where there is no second
// factor, less what the rate limits give; the most keeps a hash from costing more than it must.
const (
	MinPassword = 12
	MaxPassword = 256
)

// UserProblems says what is wrong with a user's own members.
func UserProblems(u *User) []FieldError {
	f := &findings{}
	if u.Email == "" {
		f.add("/email", FieldRequired, "a user needs an e-mail address")
	}
	f.email("/email", u.Email)
	if strings.TrimSpace(u.Name) == "" {
		f.add("/name", FieldRequired, "a user needs a name")
	}
	f.line("/name", u.Name)
	f.oneOf("/role", u.Role.Known())
	return f.found
}

// PasswordProblems says why a text is no password for the user: too short or long, one character over and over, or a part
// of what everybody knows of the user.
func PasswordProblems(pointer, password string, u *User) []FieldError {
	f := &findings{}
	length := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	first, _ := utf8.DecodeRuneInString(password)
	switch {
	case !utf8.ValidString(password):
		f.add(pointer, FieldControl, "a password is text in UTF-8")
	case length < MinPassword:
		f.add(pointer, FieldTooShort, "at least 12 characters")
	case length > MaxPassword:
		f.add(pointer, FieldTooLong, "at most 256 characters")
	case strings.Trim(password, string(first)) == "":
		f.add(pointer, FieldWeak, "one character over and over is no password")
	case lower == u.Email || u.Name != "" && lower == strings.ToLower(u.Name):
		f.add(pointer, FieldWeak, "the password must not be the name or the e-mail address")
	}
	return f.found
}

// Session is a user's sign-in in one browser. The token that the browser has is stored as a hash only.
type Session struct {
	TokenHash []byte `gorm:"primaryKey"` // SHA-256 of the token, which has 256 bits of randomness
	UserID    string
	Epoch     int // the user's, when the session began
	CreatedAt time.Time
	SeenAt    time.Time // to within a minute
	ExpiresAt time.Time // the session's end, however it is used
}

// LinkKind says what a one-time link is for.
type LinkKind string

// Kinds of links.
const (
	LinkSetup      LinkKind = "setup"      // makes the first administrator; good only while there is none
	LinkRecovery   LinkKind = "recovery"   // makes or restores an administrator; asked for on the host
	LinkInvitation LinkKind = "invitation" // lets an invited user set a password
	LinkReset      LinkKind = "reset"      // lets a user set another password
)

// LinkTTL is how long a one-time link is good.
const LinkTTL = 24 * time.Hour

// Link is a one-time link. What is secret in it is stored as a hash only.
type Link struct {
	ID        string `gorm:"primaryKey"`
	TokenHash []byte // SHA-256 of the token, which has 256 bits of randomness
	Kind      LinkKind
	UserID    *string // nil of setup and recovery
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// TableName spells the table as the SQL does.
func (Link) TableName() string { return "one_time_links" }

// LinkUse is what somebody sets by a one-time link.
type LinkUse struct {
	PasswordHash string
	Email        string // of setup and recovery
	Name         string // empty: as it is; of setup and recovery it is needed
}
