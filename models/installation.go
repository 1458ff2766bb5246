package models

import "time"

// InstallationName is the key of the one row of settings.
const InstallationName = "installation"

// Installation are the settings of the whole installation.
type Installation struct {
	Name             string `gorm:"primaryKey"` // InstallationName
	OrganizationName string
	Timezone         string // these three are what a new campaign has that gives none
	DefaultRegion    string
	Sender           Sender `gorm:"serializer:json"`
	UpdatedAt        time.Time
}

// TableName spells the table as the SQL does.
func (*Installation) TableName() string { return "installation_settings" }

// NewInstallation are the settings of an installation that has set none.
func NewInstallation() *Installation {
	campaign := NewCampaign(CampaignOneTime)
	return &Installation{
		Name: InstallationName, Timezone: campaign.Timezone, DefaultRegion: campaign.DefaultRegion, Sender: campaign.Sender,
	}
}

// ApplyTo gives a new campaign the installation's defaults.
func (i *Installation) ApplyTo(c *Campaign) {
	c.Timezone, c.DefaultRegion, c.Sender = i.Timezone, i.DefaultRegion, i.Sender
}

// InstallationProblems says what is wrong with the settings; pointers are those of the API's shape.
func InstallationProblems(i *Installation) []FieldError {
	f := &findings{}
	f.line("/organizationName", i.OrganizationName)
	defaults := &findings{}
	campaign := NewCampaign(CampaignOneTime)
	i.ApplyTo(campaign)
	defaults.place(campaign)
	defaults.sender(&campaign.Sender)
	for _, problem := range defaults.found {
		f.add("/defaults"+problem.Pointer, problem.Code, problem.Detail)
	}
	return f.found
}
