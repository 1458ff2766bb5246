package models

import (
	"slices"
	"time"
)

// CampaignType says how many outreaches a contact gets.
type CampaignType string

// Campaign types.
const (
	CampaignOneTime  CampaignType = "one_time"  // one outreach per contact
	CampaignFollowUp CampaignType = "follow_up" // up to MaxAttempts
)

// ExecutionMode says what lets a planned outreach go.
type ExecutionMode string

// Execution modes.
const (
	ModeAutomatic ExecutionMode = "automatic" // as contacts are added
	ModeManual    ExecutionMode = "manual"    // when an operator starts all outreaches
	ModeScheduled ExecutionMode = "scheduled" // at ScheduledAt
)

// Channel is a way to reach a contact.
type Channel string

// Channels.
const (
	ChannelEmail Channel = "email"
	ChannelText  Channel = "text"
	ChannelPhone Channel = "phone"
)

// DefaultMaxAttempts and DefaultMinHoursBetweenAttempts are those of a follow-up campaign that sets none.
const (
	DefaultMaxAttempts             = 10
	DefaultMinHoursBetweenAttempts = 24
)

// Campaign is an objective with channels, schedule and rules, and the contacts that it reaches.
type Campaign struct {
	ID           string         `gorm:"primaryKey"` // UUIDv7
	Name         string         // shown to staff only
	Type         CampaignType   // fixed once live
	Status       CampaignStatus // see CampaignTransitions
	Channels     []Channel      `gorm:"serializer:json"` // in order of preference
	Objective    string         // what the AI is to achieve
	Instructions string         // how the AI is to go about it

	Timezone      string        // IANA name; dates of the campaign are read in it
	DefaultRegion string        // ISO 3166-1 alpha-2; national phone numbers are read in it
	StartDate     *string       // YYYY-MM-DD: nothing is claimed before its 00:00 in Timezone
	EndDate       *string       // YYYY-MM-DD: nothing is claimed after its 24:00 in Timezone
	ExecutionMode ExecutionMode // what releases a planned outreach
	ScheduledAt   *time.Time    // for ModeScheduled
	ManualReview  bool          // whether each outreach wants an approval

	MaxAttempts             int // 1 for one_time
	MinHoursBetweenAttempts int

	Windows      Windows       `gorm:"serializer:json"` // when each channel may be used, in the contact's own time zone
	QuietHours   QuietHours    // stand above the windows of text and phone
	Eligibility  Eligibility   `gorm:"serializer:json"` // who is to be contacted at all
	Inbound      Inbound       `gorm:"serializer:json"`
	FrequencyCap *FrequencyCap `gorm:"serializer:json"` // nil: none
	Guardrails   Guardrails    `gorm:"serializer:json"`

	Sender            Sender  `gorm:"serializer:json"`
	ConsentBasis      *string // "attested" once somebody attested the contacts' consent
	ConsentAttestedBy *string // who did, as given at go-live

	PauseReason *string // why and by whom it was paused, in words

	Revision         int64     // raised by each transaction that the workflow must see
	SeenRevision     int64     // the revision that the workflow has read
	RevisedAt        time.Time // when Revision was raised last
	SettingsRevision int64     // raised by each change of settings; recorded with each wait
	ReconcileAfter   time.Time // reconcile leaves the row alone until then
	ReconcileTries   int       // wakes that reconcile sent without effect

	CreatedAt  time.Time
	UpdatedAt  time.Time
	LiveAt     *time.Time
	ResumedAt  *time.Time // the last time: guardrails count from then
	ArchivedAt *time.Time
}

// Sender says in whose name a campaign speaks.
type Sender struct {
	BusinessName        string `json:"businessName"`
	FromName            string `json:"fromName"`
	FromEmail           string `json:"fromEmail"`
	ReplyTo             string `json:"replyTo"`
	FromPhone           string `json:"fromPhone"`
	MessagingServiceSID string `json:"messagingServiceSid"`
	PostalAddress       string `json:"postalAddress"`
}

// Inbound says whether who calls, texts or mails of themselves may join the campaign.
type Inbound struct {
	Enabled bool `json:"enabled"`
}

// FrequencyCap limits the outreaches to one address, those of all campaigns together: at most Count in any Days × 24 hours.
type FrequencyCap struct {
	Count int `json:"count"`
	Days  int `json:"days"`
}

// Guardrails say when a campaign is paused of itself: once MinSends outreaches were sent, at more than so many percent of
// bounces or complaints.
type Guardrails struct {
	BouncePercent    float64 `json:"bouncePercent"`
	ComplaintPercent float64 `json:"complaintPercent"`
	MinSends         int     `json:"minSends"`
}

// DefaultGuardrails are those of a campaign that sets none. Mailbox providers ask for complaints below 0.1 percent (Google's
// and Yahoo's sender requirements of 2024).
func DefaultGuardrails() Guardrails {
	return Guardrails{BouncePercent: 5, ComplaintPercent: 0.1, MinSends: 100} //nolint:mnd // see above
}

// Has says whether the campaign may use the channel.
func (c *Campaign) Has(channel Channel) bool {
	return slices.Contains(c.Channels, channel)
}

// Starts returns the instant before which nothing may be claimed; the zero time where there is none.
func (c *Campaign) Starts() time.Time {
	return c.midnight(c.StartDate, 0)
}

// Ends returns the instant at which nothing may be claimed any more (EndDate's 24:00 in the campaign's zone); the
// zero time where there is none.
func (c *Campaign) Ends() time.Time {
	return c.midnight(c.EndDate, 1)
}

// Ended says whether the campaign's end date has passed.
func (c *Campaign) Ended(now time.Time) bool {
	ends := c.Ends()
	return !ends.IsZero() && !now.Before(ends)
}

// midnight is 00:00 in the campaign's zone of the day that lies days after date. A zone whose clocks skip midnight
// gives the first instant of that day.
func (c *Campaign) midnight(date *string, days int) time.Time {
	if date == nil {
		return time.Time{}
	}
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		zone = time.UTC // validated when it was stored; a zone that vanished from the database must not stop everything
	}
	day, err := time.Parse(time.DateOnly, *date)
	if err != nil {
		return time.Time{}
	}
	return firstInstant(day.AddDate(0, 0, days), zone).UTC()
}

// firstInstant is the first instant of a day, of which year, month and day are read, in a zone. Where clocks skip midnight,
// or show it twice, time.Date may give an instant of the day before, or the second midnight.
func firstInstant(day time.Time, zone *time.Location) time.Time {
	year, month, date := day.Date()
	midnight := time.Date(year, month, date, 0, 0, 0, 0, zone)
	began, ends := midnight.ZoneBounds() // of the offset that holds then
	if midnight.Format(time.DateOnly) < day.Format(time.DateOnly) {
		return ends
	}
	before := began.Add(-time.Nanosecond)
	if !began.IsZero() && before.Format(time.DateOnly) == day.Format(time.DateOnly) {
		_, earlier := before.Zone()
		_, later := midnight.Zone()
		return midnight.Add(-time.Duration(earlier-later) * time.Second)
	}
	return midnight
}
