package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"beckon/models"
)

// BeginSession stores a session of which hash, user, epoch and lifetime are given. Sessions that are over, of whomever, are
// cleaned away. What it begins with is AuditSignIn, which is put on record here, or AuditUseLink or AuditChangePassword, which
// are on record already. Error: CodeUnauthorized where the user is gone, cannot sign in any more, or the epoch has passed: then
// nothing is written.
func (s *Store) BeginSession(
	ctx context.Context, session *models.Session, lifetime time.Duration, with models.AuditAction,
) error {
	now := s.now()
	session.CreatedAt, session.SeenAt, session.ExpiresAt = now, now, now.Add(lifetime)
	return s.transact(ctx, func(tx *gorm.DB) error {
		// First of all: who changes or deletes the user waits, or was before.
		user, err := userIn(tx, session.UserID)
		switch {
		case err != nil && models.ErrorCode(err) != models.CodeNotFound:
			return err
		case err != nil, user.Status() != models.UserActive, user.Epoch != session.Epoch:
			return models.Errorf(models.CodeUnauthorized, "the user was changed meanwhile; sign in again")
		}
		if err := tx.Where("expires_at < ?", now).Delete(&models.Session{}).Error; err != nil {
			return fmt.Errorf("clean sessions away: %w", err)
		}
		if err := tx.Create(session).Error; err != nil {
			return fmt.Errorf("store session: %w", err)
		}
		if with == models.AuditChangePassword {
			return nil
		}
		if err := tx.Model(user).UpdateColumn("last_sign_in_at", now).Error; err != nil {
			return fmt.Errorf("note sign-in: %w", err)
		}
		if with != models.AuditSignIn {
			return nil
		}
		return s.audit(byUser(ctx, tx, user), models.AuditRecord{Action: models.AuditSignIn, SubjectID: &user.ID})
	})
}

// SignInFailed puts on record that somebody did not give the user's password. It does so for nobody's address too, where
// user is nil: else the time that takes would tell who there is.
func (s *Store) SignInFailed(ctx context.Context, user *models.User) error {
	record := models.AuditRecord{Action: models.AuditSignInFailed}
	if user != nil {
		record.SubjectID = &user.ID
	}
	return s.RecordAudit(ctx, record)
}

// SignOut ends the session with the hash at its user's wish, and puts that on record.
func (s *Store) SignOut(ctx context.Context, hash []byte) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		session := &models.Session{}
		err := forUpdate(tx).Where("token_hash = ?", hash).Take(session).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read session: %w", err)
		}
		if err := tx.Delete(session).Error; err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return s.audit(tx, models.AuditRecord{Action: models.AuditSignOut, SubjectID: &session.UserID})
	})
}

// Session returns the session with the hash, and its user, and notes that it was used. One that is over, was not used for
// the idle time, or that a change of its user has ended, is not found. Error: CodeNotFound.
func (s *Store) Session(
	ctx context.Context, hash []byte, idle time.Duration,
) (session *models.Session, user *models.User, err error) {
	none := models.Errorf(models.CodeNotFound, "there is no such session")
	session, user = &models.Session{}, &models.User{}
	err = s.read.WithContext(ctx).Where("token_hash = ?", hash).Take(session).Error
	if err == nil {
		err = s.read.WithContext(ctx).Where("id = ?", session.UserID).Take(user).Error
	}
	now := s.now()
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil, none
	case err != nil:
		return nil, nil, fmt.Errorf("read session: %w", err)
	case !now.Before(session.ExpiresAt), !now.Before(session.SeenAt.Add(idle)),
		user.Epoch != session.Epoch, user.Status() != models.UserActive:
		return nil, nil, none
	}
	if !now.Before(session.SeenAt.Add(noteUseEvery)) {
		s.noteSeen(ctx, session, now)
	}
	return session, user, nil
}

// noteSeen writes when the session was used. A busy database lets it be: the next use is noted.
func (s *Store) noteSeen(ctx context.Context, session *models.Session, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, noteUseWithin)
	defer cancel()
	err := s.write.WithContext(ctx).Model(&models.Session{}).Where("token_hash = ?", session.TokenHash).
		UpdateColumn("seen_at", now).Error
	if err == nil {
		session.SeenAt = now
	}
}

// EndSession ends the session with the hash; one that there is not has ended.
func (s *Store) EndSession(ctx context.Context, hash []byte) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("token_hash = ?", hash).Delete(&models.Session{}).Error; err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// endSessions ends all sessions of a user.
func endSessions(tx *gorm.DB, userID string) error {
	if err := tx.Where("user_id = ?", userID).Delete(&models.Session{}).Error; err != nil {
		return fmt.Errorf("end sessions of user %s: %w", userID, err)
	}
	return nil
}
