package models

import "time"

// Role says what a key or user may do.
type Role string

// Roles.
const (
	RoleViewer        Role = "viewer"
	RoleOperator      Role = "operator"
	RoleAdministrator Role = "administrator"
)

// APIKey is a credential of an integration. The key itself is shown once and stored as a hash.
type APIKey struct {
	ID         string `gorm:"primaryKey"`
	Name       string
	Role       Role
	KeyHash    []byte // SHA-256 of the key, which has 256 bits of randomness
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	RevokedAt  *time.Time
	LastUsedAt *time.Time
}

// TableName spells the table as the SQL does.
func (APIKey) TableName() string { return "api_keys" }
