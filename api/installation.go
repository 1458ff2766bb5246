package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"beckon/models"
)

// ConfiguredProviders says of each provider whether it is configured.
type ConfiguredProviders struct {
	SendGrid bool `json:"sendgrid"`
	Twilio   bool `json:"twilio"`
	OpenAI   bool `json:"openai"`
}

// About is what the API says of the process and its configuration.
type About struct {
	Version   string
	Providers ConfiguredProviders
	// Sandbox says that a sandbox runs beside the API, whose inbox the dashboard shows.
	Sandbox bool
}

// GetSettings answers GET /settings.
func (s *server) GetSettings(ctx context.Context, _ GetSettingsRequestObject) (GetSettingsResponseObject, error) {
	settings, err := s.store.Installation(ctx)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return GetSettings200JSONResponse(s.showInstallation(settings)), nil
}

// UpdateSettings answers PATCH /settings.
func (s *server) UpdateSettings(
	ctx context.Context, request UpdateSettingsRequestObject,
) (UpdateSettingsResponseObject, error) {
	patch := either(request.JSONBody, request.ApplicationMergePatchPlusJSONBody)
	settings, err := s.store.UpdateInstallation(ctx, func(i *models.Installation) error {
		return patchInstallation(i, patch)
	})
	if err != nil {
		return nil, fmt.Errorf("update settings: %w", err)
	}
	return UpdateSettings200JSONResponse(s.showInstallation(settings)), nil
}

// patchInstallation changes what a validated JSON Merge Patch names. Error: CodeInvalid.
func patchInstallation(i *models.Installation, patch json.RawMessage) error {
	given := struct {
		OrganizationName string           `json:"organizationName"`
		Defaults         CampaignDefaults `json:"defaults"`
	}{i.OrganizationName, CampaignDefaults{Timezone: i.Timezone, DefaultRegion: i.DefaultRegion, Sender: i.Sender}}
	if err := decode(patch, &given); err != nil {
		return err
	}
	i.OrganizationName = strings.TrimSpace(given.OrganizationName)
	i.Timezone, i.DefaultRegion, i.Sender = given.Defaults.Timezone, given.Defaults.DefaultRegion, given.Defaults.Sender
	return refuse(models.InstallationProblems(i))
}

// showInstallation are the settings, with what is configured: never a credential.
func (s *server) showInstallation(i *models.Installation) InstallationSettings {
	return InstallationSettings{
		OrganizationName: i.OrganizationName,
		Defaults:         CampaignDefaults{Timezone: i.Timezone, DefaultRegion: i.DefaultRegion, Sender: i.Sender},
		PublicURL:        s.publicURL, TemporalUIURL: orNull(s.temporalUI), Version: s.about.Version,
		Providers: s.about.Providers, EmailImportDomain: orNull(s.inbox.Domain),
		Sandbox: s.about.Sandbox,
	}
}
