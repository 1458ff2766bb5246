package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"beckon/models"
)

// lockUsers keeps others from changing who administers, until the transaction ends: whether an administrator is the last
// depends on more rows than the one that changes. SQLite's transaction is the only writer already.
func (s *Store) lockUsers(tx *gorm.DB) error {
	if s.dialect == SQLite {
		return nil
	}
	if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", numberOf("users")).Error; err != nil {
		return fmt.Errorf("lock users: %w", err)
	}
	return nil
}

// CreateUser stores a user who has yet to set a password, and gives it its id and time. The link, of which the hash is
// given, is what the user sets it by. Error: CodeDuplicate where the address is another user's.
func (s *Store) CreateUser(ctx context.Context, user *models.User, link *models.Link) error {
	user.ID, user.CreatedAt, user.PasswordHash = newID(), s.now(), nil
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := insertUser(tx, user); err != nil {
			return err
		}
		link.Kind, link.UserID = models.LinkInvitation, &user.ID
		if err := s.insertLink(tx, link); err != nil {
			return err
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditCreateUser, SubjectID: &user.ID,
			Detail: models.AuditDetail{Codes: map[string]string{"role": string(user.Role)}},
		})
	})
}

// byUser has what a transaction puts on record done by the user: one who is signing in is in no context yet.
func byUser(ctx context.Context, tx *gorm.DB, user *models.User) *gorm.DB {
	actor := models.Actor{Kind: models.ActorUser, ID: user.ID, Name: user.Name}
	return tx.WithContext(models.WithActor(ctx, actor))
}

func insertUser(tx *gorm.DB, user *models.User) error {
	err := tx.Create(user).Error
	switch {
	case err == nil:
		return nil
	case duplicate(err):
		return &models.Error{
			Code: models.CodeDuplicate, Detail: "the address belongs to another user",
			Fields: []models.FieldError{{Pointer: "/email", Code: string(models.CodeDuplicate), Detail: "it is another user's"}},
		}
	default:
		return fmt.Errorf("store user: %w", err)
	}
}

// Users returns a page of users, newest first, and how many there are on all pages.
func (s *Store) Users(ctx context.Context, page models.Page) (users []models.User, total int, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&models.User{}).Count(&n).Error; err != nil {
			return fmt.Errorf("count users: %w", err)
		}
		total, users = int(n), []models.User{}
		if err := paged(tx, page).Order("created_at DESC, id DESC").Find(&users).Error; err != nil {
			return fmt.Errorf("read users: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return users, total, nil
}

// User returns a user. Error: CodeNotFound.
func (s *Store) User(ctx context.Context, id string) (*models.User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	user := &models.User{}
	if err := s.read.WithContext(ctx).Where("id = ?", id).Take(user).Error; err != nil {
		return nil, found(err, "user", id)
	}
	return user, nil
}

// UserByEmail returns the user with the address, which is in lower case. Error: CodeNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (*models.User, error) {
	user := &models.User{}
	if err := s.read.WithContext(ctx).Where("email = ?", email).Take(user).Error; err != nil {
		return nil, found(err, "user", "with this address")
	}
	return user, nil
}

// userIn reads a user inside a transaction, and locks it. Error: CodeNotFound.
func userIn(tx *gorm.DB, id string) (*models.User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	user := &models.User{}
	if err := forUpdate(tx).Where("id = ?", id).Take(user).Error; err != nil {
		return nil, found(err, "user", id)
	}
	return user, nil
}

// UpdateUser has change alter the name, role and being disabled of a user. Where the role changes, or the user is disabled
// or enabled, all of the user's sessions are ended; a disabled user's links are too. Errors: CodeNotFound,
// CodeLastAdministrator, those of change.
func (s *Store) UpdateUser(ctx context.Context, id string, change func(*models.User) error) (user *models.User, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockUsers(tx); err != nil {
			return err
		}
		before, err := userIn(tx, id)
		if err != nil {
			return err
		}
		after := *before
		if err := change(&after); err != nil {
			return err
		}
		user = before
		fields := changedOfUser(before, &after)
		if len(fields) == 0 {
			return nil
		}
		if before.Administers() && !after.Administers() {
			if err := notTheLast(tx, id); err != nil {
				return err
			}
		}
		user = &after
		if err := s.storeUser(tx, before, user); err != nil {
			return err
		}
		return s.audit(tx, models.AuditRecord{
			Action: models.AuditUpdateUser, SubjectID: &id,
			Detail: models.AuditDetail{Fields: fields, Codes: map[string]string{"role": string(user.Role)}},
		})
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// changedOfUser names what UpdateUser changes.
func changedOfUser(before, after *models.User) []string {
	fields := []string{}
	if after.Name != before.Name {
		fields = append(fields, "name")
	}
	if after.Role != before.Role {
		fields = append(fields, "role")
	}
	if (after.DisabledAt == nil) != (before.DisabledAt == nil) {
		fields = append(fields, "disabled")
	}
	return fields
}

// storeUser writes what UpdateUser may change.
func (s *Store) storeUser(tx *gorm.DB, before, user *models.User) error {
	user.DisabledAt = stored(user.DisabledAt)
	rights := user.Role != before.Role || (user.DisabledAt == nil) != (before.DisabledAt == nil)
	if rights {
		user.Epoch = before.Epoch + 1
		if err := endSessions(tx, user.ID); err != nil {
			return err
		}
	}
	if user.DisabledAt != nil {
		if err := dropLinks(tx, user.ID); err != nil {
			return err
		}
	}
	err := tx.Model(user).UpdateColumns(map[string]any{
		"name": user.Name, "role": user.Role, "disabled_at": user.DisabledAt, "epoch": user.Epoch,
	}).Error
	if err != nil {
		return fmt.Errorf("store user %s: %w", user.ID, err)
	}
	return nil
}

// DeleteUser forgets a user with all sessions and links; what the user did stays on record. Errors: CodeNotFound,
// CodeLastAdministrator.
func (s *Store) DeleteUser(ctx context.Context, id string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockUsers(tx); err != nil {
			return err
		}
		user, err := userIn(tx, id)
		if err != nil {
			return err
		}
		if user.Administers() {
			if err := notTheLast(tx, id); err != nil {
				return err
			}
		}
		if err := tx.Delete(user).Error; err != nil {
			return fmt.Errorf("delete user %s: %w", id, err)
		}
		return s.audit(tx, models.AuditRecord{Action: models.AuditDeleteUser, SubjectID: &id})
	})
}

// administrators counts those who can sign in as administrators.
func administrators(tx *gorm.DB, except string) (int64, error) {
	var n int64
	query := tx.Model(&models.User{}).
		Where("role = ? AND disabled_at IS NULL AND password_hash IS NOT NULL", models.RoleAdministrator)
	if except != "" {
		query = query.Where("id <> ?", except)
	}
	if err := query.Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count administrators: %w", err)
	}
	return n, nil
}

// notTheLast refuses to leave an installation without an administrator.
func notTheLast(tx *gorm.DB, id string) error {
	others, err := administrators(tx, id)
	if err == nil && others == 0 {
		return models.Errorf(models.CodeLastAdministrator, "this is the last administrator who can sign in: make another one first")
	}
	return err
}

// SetPassword gives a user another password, of which the hash is given, and ends all sessions and links of the user. It
// must still be of the epoch. Errors: CodeNotFound, CodeUnauthorized where the epoch has passed.
func (s *Store) SetPassword(ctx context.Context, id string, epoch int, hash string) (user *models.User, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		// Before the user's row and its links, as UseLink, which comes by a link, locks them.
		err := s.lockUsers(tx)
		if err != nil {
			return err
		}
		if user, err = userIn(tx, id); err != nil {
			return err
		}
		if user.Epoch != epoch || user.DisabledAt != nil {
			return models.Errorf(models.CodeUnauthorized, "this session has ended")
		}
		if err := s.setPassword(tx, user, hash); err != nil {
			return err
		}
		return s.audit(tx, models.AuditRecord{Action: models.AuditChangePassword, SubjectID: &id})
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// setPassword writes a password, and ends what an older one has opened.
func (s *Store) setPassword(tx *gorm.DB, user *models.User, hash string) error {
	now := s.now()
	user.PasswordHash, user.PasswordChangedAt, user.Epoch = &hash, &now, user.Epoch+1
	if err := endSessions(tx, user.ID); err != nil {
		return err
	}
	if err := dropLinks(tx, user.ID); err != nil {
		return err
	}
	err := tx.Model(user).UpdateColumns(map[string]any{
		"password_hash": hash, "password_changed_at": now, "epoch": user.Epoch,
	}).Error
	if err != nil {
		return fmt.Errorf("store password of user %s: %w", user.ID, err)
	}
	return nil
}
