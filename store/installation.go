package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"

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

// UpdateInstallation lets change change the settings. Errors: those of change.
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
		if reflect.DeepEqual(before, *settings) {
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
		return nil
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}
