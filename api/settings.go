package api

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"beckon/models"
)

// settings are what a client may set of a campaign. Read over present ones, a JSON Merge Patch changes what it names: the
// specification lets null through only where it means "none".
type settings struct {
	Name                    string               `json:"name"`
	Type                    models.CampaignType  `json:"type"`
	Channels                []models.Channel     `json:"channels"`
	Objective               string               `json:"objective"`
	Instructions            string               `json:"instructions"`
	Timezone                string               `json:"timezone"`
	DefaultRegion           string               `json:"defaultRegion"`
	StartDate               *string              `json:"startDate"`
	EndDate                 *string              `json:"endDate"`
	ExecutionMode           models.ExecutionMode `json:"executionMode"`
	ScheduledAt             *time.Time           `json:"scheduledAt"`
	ManualReview            bool                 `json:"manualReview"`
	MaxAttempts             int                  `json:"maxAttempts"`
	MinHoursBetweenAttempts int                  `json:"minHoursBetweenAttempts"`
	Windows                 models.Windows       `json:"windows"`
	QuietHours              models.QuietHours    `json:"quietHours"`
	Eligibility             models.Eligibility   `json:"eligibility"`
	Inbound                 models.Inbound       `json:"inbound"`
	Sender                  models.Sender        `json:"sender"`
	FrequencyCap            *models.FrequencyCap `json:"frequencyCap"`
	Guardrails              models.Guardrails    `json:"guardrails"`
	Consent                 *Consent             `json:"consent"`
}

// settingsOf reads a campaign's settings. What is reached by pointers and slices is copied, since a patch is read over it.
func settingsOf(c *models.Campaign) settings {
	return settings{
		Name: c.Name, Type: c.Type, Channels: slices.Clone(c.Channels), Objective: c.Objective,
		Instructions: c.Instructions, Timezone: c.Timezone, DefaultRegion: c.DefaultRegion,
		StartDate: clone(c.StartDate), EndDate: clone(c.EndDate), ExecutionMode: c.ExecutionMode,
		ScheduledAt: clone(c.ScheduledAt), ManualReview: c.ManualReview, MaxAttempts: c.MaxAttempts,
		MinHoursBetweenAttempts: c.MinHoursBetweenAttempts, Windows: maps.Clone(c.Windows), QuietHours: c.QuietHours,
		Eligibility: models.Eligibility{Prompt: clone(c.Eligibility.Prompt)}, Inbound: c.Inbound, Sender: c.Sender,
		FrequencyCap: clone(c.FrequencyCap), Guardrails: c.Guardrails,
	}
}

// applyTo writes the settings to a campaign.
func (s settings) applyTo(c *models.Campaign) {
	c.Name, c.Type, c.Channels, c.Objective = strings.TrimSpace(s.Name), s.Type, orEmpty(s.Channels), s.Objective
	c.Instructions, c.Timezone, c.DefaultRegion = s.Instructions, s.Timezone, s.DefaultRegion
	c.StartDate, c.EndDate, c.ExecutionMode, c.ScheduledAt = s.StartDate, s.EndDate, s.ExecutionMode, s.ScheduledAt
	c.ManualReview, c.MaxAttempts, c.MinHoursBetweenAttempts = s.ManualReview, s.MaxAttempts, s.MinHoursBetweenAttempts
	c.QuietHours, c.Inbound, c.Sender = s.QuietHours, s.Inbound, s.Sender
	c.FrequencyCap, c.Guardrails, c.Eligibility.Prompt = s.FrequencyCap, s.Guardrails, s.Eligibility.Prompt
	if s.Eligibility.Rules != nil { // a list is given whole
		c.Eligibility.Rules = s.Eligibility.Rules
	}
	c.Eligibility.Rules = orEmpty(c.Eligibility.Rules)
	maps.DeleteFunc(s.Windows, func(_ models.Channel, w []models.Window) bool { return w == nil }) // null: its default ones
	c.Windows = s.Windows
	if s.Consent != nil {
		basis := consentAttested
		c.ConsentBasis, c.ConsentAttestedBy = &basis, &s.Consent.AttestedBy
	}
}

// consentAttested is the consent basis of a campaign whose contacts' consent somebody attested.
const consentAttested = "attested"

// problems says what is wrong with what is not stored as it is given.
func (s settings) problems() []models.FieldError {
	if s.Consent == nil {
		return nil
	}
	return models.ConsentProblems(s.Consent.AttestedBy)
}

// newCampaign makes a campaign of a validated body; what is not given is the installation's. Error: CodeInvalid.
func newCampaign(body json.RawMessage, defaults *models.Installation) (*models.Campaign, error) {
	kind := struct {
		Type models.CampaignType `json:"type"`
	}{}
	if err := decode(body, &kind); err != nil {
		return nil, err
	}
	campaign := models.NewCampaign(kind.Type)
	defaults.ApplyTo(campaign)
	given := settingsOf(campaign)
	if err := decode(body, &given); err != nil {
		return nil, err
	}
	given.applyTo(campaign)
	return campaign, refuse(append(models.Validate(campaign), given.problems()...))
}

// patchCampaign changes what a validated JSON Merge Patch names. What Go Live demands must hold for as long as a campaign
// is live. Error: CodeInvalid.
func patchCampaign(c *models.Campaign, patch json.RawMessage) error {
	given := settingsOf(c)
	if err := decode(patch, &given); err != nil {
		return err
	}
	draft := c.Status == models.CampaignDraft
	if given.Type != c.Type {
		if !draft {
			return refuse([]models.FieldError{{
				Pointer: "/type", Code: models.FieldFixed, Detail: "the type of a live campaign cannot be changed",
			}})
		}
		if given.MaxAttempts == c.MaxAttempts { // not given: the new type has its own default
			given.MaxAttempts = models.NewCampaign(given.Type).MaxAttempts
		}
	}
	if given.ExecutionMode != models.ModeScheduled && sameTime(given.ScheduledAt, c.ScheduledAt) {
		given.ScheduledAt = nil // not given: the other modes have none
	}
	given.applyTo(c)
	if draft {
		return refuse(append(models.Validate(c), given.problems()...))
	}
	return refuse(append(models.GoLiveProblems(c, c.ConsentBasis != nil), given.problems()...))
}

func sameTime(a, b *time.Time) bool {
	return a != nil && b != nil && a.Equal(*b)
}

// refuse makes an error of what is wrong; nil where nothing is.
func refuse(problems []models.FieldError) error {
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Code: models.CodeInvalid, Detail: "what is given breaks a rule", Fields: problems}
}

// decode reads JSON that was validated before. What is left to fail are numbers and times that match the specification
// and still have no value here.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	if err == nil {
		return nil
	}
	pointer, detail := "", "the value cannot be used"
	var number *json.UnmarshalTypeError
	var instant *time.ParseError
	switch {
	case errors.As(err, &number):
		pointer = "/" + strings.ReplaceAll(number.Field, ".", "/")
	case errors.As(err, &instant):
		pointer, detail = "/scheduledAt", "this time does not exist"
	}
	return &models.Error{
		Code: models.CodeMalformed, Detail: "the request does not match the API's description",
		Fields: []models.FieldError{{Pointer: pointer, Code: fieldWrongType, Detail: detail}},
	}
}

func clone[T any](value *T) *T {
	if value == nil {
		return nil
	}
	copied := *value
	return &copied
}
