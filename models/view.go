package models

// CampaignView is what a campaign's workflow reads of its row.
type CampaignView struct {
	Status    CampaignStatus `json:"status"`
	Revision  int64          `json:"revision"`
	Ended     bool           `json:"ended,omitempty"` // its end date has passed
	Untaken   bool           `json:"untaken"`         // there are contacts to take in, and the campaign takes them
	Unsettled bool           `json:"unsettled"`       // contacts wait for something that the database contradicts
}

// Batch is a batch of contacts that a campaign takes in.
type Batch struct {
	ContactIDs []string `json:"contactIds"`
	More       bool     `json:"more"` // there may be more
}
