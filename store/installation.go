package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// Installation returns the settings of the installation; defaults where nobody has set any.
func (s *Store) Installation(ctx context.Context) (*models.Installation, error) {
	return installationIn(s.read.WithContext(ctx))
}

func installationIn(tx *gorm.DB) (*models.Installation, error) {
	settings := &models.Installation{}
	err := tx.Where("name = ?", models.InstallationName).Take(settings).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.NewInstallation(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return settings, nil
}

// UpdateInstallation has change alter the settings. Errors: those of change.
func (s *Store) UpdateInstallation(
	ctx context.Context, change func(*models.Installation) error,
) (settings *models.Installation, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if settings, err = installationIn(forUpdate(tx)); err != nil {
			return err
		}
		before := *settings
		if err := change(settings); err != nil {
			return err
		}
		settings.Name = models.InstallationName
		if len(changedSettings(&before, settings)) == 0 {
			return nil
		}
		settings.UpdatedAt = s.now()
		write := clause.OnConflict{
			Columns:   []clause.Column{{Name: "name"}},
			DoUpdates: clause.AssignmentColumns([]string{"organization_name", "timezone", "default_region", "sender", "updated_at"}),
		}
		if err := tx.Clauses(write).Create(settings).Error; err != nil {
			return fmt.Errorf("store settings: %w", err)
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditUpdateSettings, Detail: models.AuditDetail{Fields: changedSettings(&before, settings)},
		})
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}

// changedSettings names those that are others than before.
func changedSettings(before, after *models.Installation) []string {
	fields := []string{}
	for _, field := range []struct {
		name string
		same bool
	}{
		{"organizationName", before.OrganizationName == after.OrganizationName},
		{"defaults.timezone", before.Timezone == after.Timezone},
		{"defaults.defaultRegion", before.DefaultRegion == after.DefaultRegion},
		{"defaults.sender", before.Sender == after.Sender},
	} {
		if !field.same {
			fields = append(fields, field.name)
		}
	}
	return fields
}
