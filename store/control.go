package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// Control carries out a control in one idempotent transaction under the campaign's exclusive lock: once it has answered,
// no claim that contradicts it commits. Errors: CodeNotFound, CodeInvalidTransition, CodeWrongMode, and for go-live
// CodeGoLiveRefused with everything that is missing.
func (s *Store) Control(
	ctx context.Context, campaignID string, control models.Control, options models.ControlOptions,
) (result models.ControlResult, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return s.once(ctx, tx, &result, func() error {
			result, err = s.controlOnce(tx, campaignID, control, options)
			return err
		})
	})
	return result, err
}

// controlOnce is Control within its transaction.
func (s *Store) controlOnce(
	tx *gorm.DB, campaignID string, control models.Control, options models.ControlOptions,
) (models.ControlResult, error) {
	result := models.ControlResult{CampaignID: campaignID}
	if err := s.lockCampaign(tx, campaignID, exclusive); err != nil {
		return result, err
	}
	c, err := campaignIn(tx, campaignID)
	if err != nil {
		return result, err
	}
	fresh, err := s.firstTime(tx, options.Signal)
	if err != nil {
		return result, err
	}
	if fresh {
		if err := s.apply(tx, c, control, options, &result); err != nil {
			return result, err
		}
		if err := s.auditControl(tx, control, options, &result); err != nil {
			return result, err
		}
	}
	result.Status, result.Revision = c.Status, c.Revision
	result.InFlight, err = inFlight(tx, campaignID)
	return result, err
}

// firstTime notes a control that came as a signal; false where it was carried out before.
func (s *Store) firstTime(tx *gorm.DB, key *models.SignalKey) (bool, error) {
	if key == nil {
		return true, nil
	}
	row := map[string]any{"run_id": key.RunID, "number": key.Number, "created_at": s.now()}
	insert := tx.Table("signal_controls").Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	if insert.Error != nil {
		return false, fmt.Errorf("note signalled control: %w", insert.Error)
	}
	return insert.RowsAffected == 1, nil
}

// apply changes the campaign as the control says, where the table of controls allows it.
func (s *Store) apply(
	tx *gorm.DB, c *models.Campaign, control models.Control, options models.ControlOptions, result *models.ControlResult,
) error {
	to, changed, err := control.Target(c.Status, c.ExecutionMode, c.ManualReview)
	if err != nil || !changed {
		return err
	}
	now := s.now()
	switch control {
	case models.ControlGoLive:
		if err := goLive(c, options, now); err != nil {
			return err
		}
	case models.ControlPause:
		reason := "paused by " + models.ActorOf(tx.Statement.Context).Name
		c.PauseReason = &reason
	case models.ControlResume:
		c.PauseReason, c.ResumedAt = nil, &now
	case models.ControlArchive:
		c.ArchivedAt, c.PauseReason = &now, nil
	case models.ControlStartOutreaches:
		if err := s.start(tx, c, now, result); err != nil {
			return err
		}
	case models.ControlExecuteApproved:
		if changed, err = s.execute(tx, c, now, result); err != nil || !changed {
			return err
		}
	}
	c.Status, result.Changed = to, true
	return reviseCampaign(tx, c, now)
}

// auditControl puts a control on record that changed something.
func (s *Store) auditControl(
	tx *gorm.DB, control models.Control, options models.ControlOptions, result *models.ControlResult,
) error {
	if !result.Changed {
		return nil
	}
	record := models.AuditRecord{
		Action: control.AuditAction(), CampaignID: &result.CampaignID, SubjectID: result.ReleaseID,
	}
	if control == models.ControlGoLive && options.ConsentAttestedBy != nil {
		record.Detail.Codes = map[string]string{"consent": "attested"}
	}
	return s.audit(tx, record)
}

// goLive checks that nothing is missing and notes the consent.
func goLive(c *models.Campaign, options models.ControlOptions, now time.Time) error {
	attested := options.ConsentAttestedBy != nil && *options.ConsentAttestedBy != ""
	problems := append(models.GoLiveProblems(c, attested || c.ConsentBasis != nil), models.DateProblems(c, now)...)
	if len(problems) > 0 {
		return &models.Error{
			Code: models.CodeGoLiveRefused, Detail: "the campaign cannot go live yet", Fields: problems,
		}
	}
	if attested {
		basis := "attested"
		c.ConsentBasis, c.ConsentAttestedBy = &basis, options.ConsentAttestedBy
	}
	c.LiveAt = &now
	return nil
}

// reviseCampaign writes the campaign and raises its revision.
func reviseCampaign(tx *gorm.DB, c *models.Campaign, now time.Time) error {
	c.Revision++
	c.RevisedAt, c.UpdatedAt, c.ReconcileTries, c.ReconcileAfter = now, now, 0, now
	// Select is a write's: of every column but those left out.
	write := tx.Model(c).Select("*").Omit("id", "created_at", "seen_revision") //nolint:unqueryvet // nothing is read
	if err := write.UpdateColumns(c).Error; err != nil {
		return fmt.Errorf("write campaign %s: %w", c.ID, err)
	}
	return nil
}

// inFlight counts the outreaches that are being submitted: those that may still arrive after a pause.
func inFlight(db *gorm.DB, campaignID string) (int, error) {
	var n int64
	err := db.Model(&models.Outreach{}).Where("campaign_id = ? AND state = 'submitting'", campaignID).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count sends in flight: %w", err)
	}
	return int(n), nil
}
