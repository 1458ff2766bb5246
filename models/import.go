package models

import "time"

// Limits of an import.
const (
	MaxImportRows    = 10_000   // contacts a file; one more is refused whole
	MaxImportBytes   = 32 << 20 // of a file
	MaxShownErrors   = 100      // in an import's answer; all are in its errors.csv
	MaxContactsACall = 1_000    // of the contacts endpoint
	MaxContactsBytes = 1 << 20  // body of the contacts endpoint
)

// ImportStatus is how an import ended.
type ImportStatus string

// Import statuses.
const (
	ImportCompleted ImportStatus = "completed"
	ImportRefused   ImportStatus = "refused" // nothing was taken, only this entry is stored
)

// Import is one entry of the import history. Rows = Created + Updated + Skipped.
type Import struct {
	ID             string `gorm:"primaryKey"`
	CampaignID     string
	Source         SourceKind
	Status         ImportStatus
	FileName       string
	By             string // name of the key or user
	CreatedAt      time.Time
	Rows           int
	Created        int
	Updated        int
	UpdatedByPhone int
	UpdatedByEmail int
	Skipped        int
	Detail         *string // why it was refused
	// DayKey makes the calls of one key on one day (UTC) one entry; nil for a file.
	DayKey *string
	// MailKey names the mail that brought the file, by a hash; nil for what came in another way.
	MailKey *string
}

// ImportError is one thing that could not be read in an import. Value is not kept: it may be personal data.
type ImportError struct {
	ID       int64  `gorm:"primaryKey;autoIncrement" json:"-"`
	ImportID string `json:"-"`
	Line     int    `json:"line"`
	Field    string `json:"field"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
}

// ImportRow is one row of a file that is imported, read.
type ImportRow struct {
	Input  *ContactInput // nil where the row is skipped
	Errors []ImportError // whatever was left out of it, and why it was skipped; ImportID is not set
	NoRow  bool          // only a remark: Input is nil and nothing is counted
}

// ImportRows reads the rows of a file one after the other, so that a file of any size is imported in the same memory.
type ImportRows interface {
	// Rewind begins with the first row again; it is called before the first Next.
	Rewind() error
	// Next returns io.EOF after the last row. Any other error refuses the file whole.
	Next() (ImportRow, error)
}
