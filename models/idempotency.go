package models

import "time"

// IdempotencyTTL is how long a call's answer is kept under its Idempotency-Key.
const IdempotencyTTL = 24 * time.Hour

// IdempotencyKey is a call that carried an Idempotency-Key: the same key, route and body of the same caller get the same
// answer, and nothing is done twice.
type IdempotencyKey struct {
	Caller    string `gorm:"primaryKey"` // id of the API key
	Key       string `gorm:"primaryKey"` // as the client gave it; SHA-256 of that, in hexadecimal, where it is stored
	Route     string // method and path
	BodyHash  []byte // SHA-256 of what was asked
	Answer    string // JSON of what the store answered: ids and counts, no personal data
	CreatedAt time.Time
}
