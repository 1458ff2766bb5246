package models

import "time"

// PlannerCall is what the AI took for an answer, or several, of which no plan was kept: it was refused, or its contact
// wanted none any more. What a kept plan took is in its version.
type PlannerCall struct {
	ID               string `gorm:"primaryKey"` // UUIDv7
	CampaignID       string
	ContactID        string
	Code             string // why no plan was kept
	Model            string
	PromptTokens     int
	CompletionTokens int
	CreatedAt        time.Time
}

// CredentialRefusal is a send that a provider refused for our credentials.
type CredentialRefusal struct {
	ID         string `gorm:"primaryKey"` // UUIDv7
	CampaignID string
	OutreachID string
	Channel    Channel
	Code       string
	CreatedAt  time.Time
}
