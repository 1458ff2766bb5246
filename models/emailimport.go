package models

import "time"

// EmailImport is how contacts come to a campaign by e-mail. A campaign has one at most.
type EmailImport struct {
	CampaignID       string `gorm:"primaryKey"`
	Enabled          bool
	AuthorizedSender string // the address whose mails are imported, in lower case; empty: nobody's
	Mapping          string // of the columns of the files, as JSON; empty: there is none yet
	Token            string // the part of the import address that nobody guesses: lower-case letters and digits
	UpdatedAt        time.Time
}
