package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"beckon/models"
)

// insertLink stores a link and gives it id and times. Links of the same kind for the same user, or for none, that came
// before are good for nothing any more, and those that are over are cleaned away.
func (s *Store) insertLink(tx *gorm.DB, link *models.Link) error {
	now := s.now()
	link.ID, link.CreatedAt, link.ExpiresAt, link.UsedAt = newID(), now, now.Add(models.LinkTTL), nil
	earlier := tx.Where("expires_at < ?", now)
	if link.UserID == nil {
		earlier = earlier.Or("kind = ? AND user_id IS NULL", link.Kind)
	} else {
		earlier = earlier.Or("user_id = ?", *link.UserID)
	}
	if err := earlier.Delete(&models.Link{}).Error; err != nil {
		return fmt.Errorf("drop earlier links: %w", err)
	}
	if err := tx.Create(link).Error; err != nil {
		return fmt.Errorf("store link: %w", err)
	}
	return nil
}

// makeLink stores a link, and puts that on record.
func (s *Store) makeLink(tx *gorm.DB, link *models.Link) error {
	if err := s.insertLink(tx, link); err != nil {
		return err
	}
	return s.audit(tx, models.AuditRecord{
		Action: models.AuditCreateLink, SubjectID: link.UserID,
		Detail: models.AuditDetail{Codes: map[string]string{"kind": string(link.Kind)}},
	})
}

// dropLinks makes all links of a user good for nothing.
func dropLinks(tx *gorm.DB, userID string) error {
	if err := tx.Where("user_id = ? AND used_at IS NULL", userID).Delete(&models.Link{}).Error; err != nil {
		return fmt.Errorf("drop links of user %s: %w", userID, err)
	}
	return nil
}

// CreateSetupLink stores the link by which the first administrator is made, unless there is one who can sign in: then made
// is false. The set-up link that was made before is good for nothing any more.
func (s *Store) CreateSetupLink(ctx context.Context, link *models.Link) (made bool, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		made = false
		if err := s.lockUsers(tx); err != nil {
			return err
		}
		n, err := administrators(tx, "")
		if err != nil || n > 0 {
			return err
		}
		made = true
		link.Kind, link.UserID = models.LinkSetup, nil
		return s.makeLink(tx, link)
	})
	return made, err
}

// CreateRecoveryLink stores a link that makes or restores an administrator, whoever there is.
func (s *Store) CreateRecoveryLink(ctx context.Context, link *models.Link) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		link.Kind, link.UserID = models.LinkRecovery, nil
		return s.makeLink(tx, link)
	})
}

// CreateUserLink stores the link by which a user sets a password: an invitation where there is none yet, else a reset.
// Errors: CodeNotFound, CodeInvalidTransition where the user is disabled.
func (s *Store) CreateUserLink(ctx context.Context, userID string, link *models.Link) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockUsers(tx); err != nil { // before the user's row and its links, as UseLink does
			return err
		}
		user, err := userIn(tx, userID)
		if err != nil {
			return err
		}
		switch user.Status() {
		case models.UserDisabled:
			return models.Errorf(models.CodeInvalidTransition, "the user is disabled: enable it first")
		case models.UserInvited:
			link.Kind = models.LinkInvitation
		case models.UserActive:
			link.Kind = models.LinkReset
		}
		link.UserID = &user.ID
		return s.makeLink(tx, link)
	})
}

// Link returns the link with the hash, and its user where it has one. One that was used, is over or has no use any more is
// not found. Error: CodeNotFound.
func (s *Store) Link(ctx context.Context, hash []byte) (link *models.Link, user *models.User, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		link, user, err = s.goodLink(tx, hash)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return link, user, nil
}

// goodLink reads a link that can be used now, and its user. Given clauses lock the rows.
func (s *Store) goodLink(tx *gorm.DB, hash []byte, lock ...clause.Expression) (*models.Link, *models.User, error) {
	none := models.Errorf(models.CodeNotFound, "this link was used, has expired, or never was")
	link := &models.Link{}
	if err := tx.Clauses(lock...).Where("token_hash = ?", hash).Take(link).Error; err != nil {
		if models.ErrorCode(found(err, "link", "")) == models.CodeNotFound {
			return nil, nil, none
		}
		return nil, nil, fmt.Errorf("read link: %w", err)
	}
	if link.UsedAt != nil || !s.now().Before(link.ExpiresAt) {
		return nil, nil, none
	}
	if link.UserID == nil {
		if link.Kind == models.LinkRecovery {
			return link, nil, nil
		}
		n, err := administrators(tx, "")
		if err == nil && n > 0 {
			err = none
		}
		return link, nil, err
	}
	user := &models.User{}
	if err := tx.Clauses(lock...).Where("id = ?", *link.UserID).Take(user).Error; err != nil {
		return nil, nil, found(err, "user", *link.UserID)
	}
	if user.DisabledAt != nil {
		return nil, nil, none
	}
	return link, user, nil
}

// UseLink sets a user's password by a link, which is then used up: of several who use it at once exactly one does. All
// sessions and other links of the user end. Errors: CodeNotFound, as of Link.
func (s *Store) UseLink(ctx context.Context, hash []byte, use models.LinkUse) (user *models.User, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockUsers(tx); err != nil {
			return err
		}
		link, of, err := s.goodLink(tx, hash, clause.Locking{Strength: clause.LockingStrengthUpdate})
		if err != nil {
			return err
		}
		if err := tx.Model(link).UpdateColumn("used_at", s.now()).Error; err != nil {
			return fmt.Errorf("use link: %w", err)
		}
		user = of
		if user == nil {
			if user, err = s.administratorOf(tx, use); err != nil {
				return err
			}
		}
		if use.Name != "" && use.Name != user.Name {
			user.Name = use.Name
			if err := tx.Model(user).UpdateColumn("name", user.Name).Error; err != nil {
				return fmt.Errorf("store user %s: %w", user.ID, err)
			}
		}
		if err := s.setPassword(tx, user, use.PasswordHash); err != nil {
			return err
		}
		return s.audit(byUser(ctx, tx, user), models.AuditRecord{
			Action: models.AuditUseLink, SubjectID: &user.ID,
			Detail: models.AuditDetail{Codes: map[string]string{"kind": string(link.Kind)}},
		})
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// administratorOf makes an administrator with the address, or of the user that has it.
func (s *Store) administratorOf(tx *gorm.DB, use models.LinkUse) (*models.User, error) {
	user := &models.User{}
	err := forUpdate(tx).Where("email = ?", use.Email).Take(user).Error
	if err != nil && models.ErrorCode(found(err, "user", "")) != models.CodeNotFound {
		return nil, fmt.Errorf("read user: %w", err)
	}
	if err != nil {
		user = &models.User{
			ID: newID(), Email: use.Email, Name: use.Name, Role: models.RoleAdministrator, CreatedAt: s.now(),
		}
		return user, insertUser(tx, user)
	}
	user.Role, user.DisabledAt = models.RoleAdministrator, nil
	err = tx.Model(user).UpdateColumns(map[string]any{"role": user.Role, "disabled_at": nil}).Error
	if err != nil {
		return nil, fmt.Errorf("store user %s: %w", user.ID, err)
	}
	return user, nil
}
