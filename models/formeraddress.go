package models

// FormerAddress is an address that a contact had, and that was replaced or cleared. It is kept until the contact is erased,
// so that what is known under it is erased too; nothing is sent to it.
type FormerAddress struct {
	ContactID string `gorm:"primaryKey"`
	Address   string `gorm:"primaryKey"` // e-mail in lower case, or E.164
}
