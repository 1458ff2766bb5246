package store

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// EmailImport returns how contacts come to the campaign by e-mail; nil where that was never set up. Error: CodeNotFound.
func (s *Store) EmailImport(ctx context.Context, campaignID string) (row *models.EmailImport, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		if _, err := campaignIn(tx, campaignID); err != nil {
			return err
		}
		row, err = emailImportIn(tx, "campaign_id = ?", campaignID)
		return err
	})
	return row, err
}

// EmailImportByToken finds the set-up whose import address has the token; nil where there is none.
func (s *Store) EmailImportByToken(ctx context.Context, token string) (*models.EmailImport, error) {
	return emailImportIn(s.read.WithContext(ctx), "token = ?", token)
}

func emailImportIn(tx *gorm.DB, condition, value string) (*models.EmailImport, error) {
	row := &models.EmailImport{}
	err := tx.Where(condition, value).Take(row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // it is not set up
	}
	return row, wrapped("read import by e-mail", err)
}

// UpdateEmailImport lets `change` set import by e-mail up, or change it. A token that it empties is made anew: the address
// before that is nobody's from then on. Errors: CodeNotFound, CodeCampaignArchived, those of `change`.
func (s *Store) UpdateEmailImport(
	ctx context.Context, campaignID string, change func(*models.EmailImport) error,
) (row *models.EmailImport, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if _, err := s.openForContacts(tx, campaignID); err != nil {
			return err
		}
		if err := s.lockIntake(tx, campaignID); err != nil { // two changes follow one another
			return err
		}
		before, err := emailImportIn(tx, "campaign_id = ?", campaignID)
		if err != nil {
			return err
		}
		if before == nil {
			before = &models.EmailImport{CampaignID: campaignID}
		}
		after := *before
		if err := change(&after); err != nil {
			return err
		}
		after.CampaignID, after.UpdatedAt = campaignID, s.now()
		if after.Token == "" {
			after.Token = newToken()
		}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&after).Error; err != nil {
			return fmt.Errorf("store import by e-mail: %w", err)
		}
		row = &after
		fields := changedOf(before, &after)
		if len(fields) == 0 {
			return nil
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditUpdateEmailImport, CampaignID: &campaignID,
			Detail: models.AuditDetail{Fields: fields},
		})
	})
	return row, err
}

// changedOf names the settings that differ.
func changedOf(before, after *models.EmailImport) []string {
	fields := []string{}
	for _, field := range []struct {
		name    string
		changed bool
	}{
		{"enabled", before.Enabled != after.Enabled},
		{"authorizedSender", before.AuthorizedSender != after.AuthorizedSender},
		{"mapping", before.Mapping != after.Mapping},
		{"address", before.Token != after.Token},
	} {
		if field.changed {
			fields = append(fields, field.name)
		}
	}
	return fields
}

// newToken is what nobody guesses: 160 bits as 32 lower-case letters and digits.
func newToken() string {
	random := make([]byte, 20) //nolint:mnd // 160 bits
	_, _ = rand.Read(random)   // it never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(random))
}
