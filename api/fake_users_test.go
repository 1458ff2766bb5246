package api_test

import (
	"context"
	"slices"
	"time"

	"beckon/models"
)

// fakeUsers is what the fake store knows of users. That sessions and links end when they must is the real store's part.
type fakeUsers struct {
	users        []models.User
	sessions     []models.Session
	links        []models.Link
	installation *models.Installation
	throttle     error // what Throttled returns
	failed       int   // calls of SignInFailed
	forgiven     int
}

func noUser() error { return models.Errorf(models.CodeNotFound, "there is no such user") }

func (f *fakeStore) userAt(is func(*models.User) bool) (*models.User, error) {
	if i := slices.IndexFunc(f.users, func(u models.User) bool { return is(&u) }); i >= 0 {
		return &f.users[i], nil
	}
	return nil, noUser()
}

func withID(id string) func(*models.User) bool {
	return func(u *models.User) bool { return u.ID == id }
}

func (f *fakeStore) CreateUser(_ context.Context, user *models.User, link *models.Link) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	if _, err := f.userAt(func(u *models.User) bool { return u.Email == user.Email }); err == nil {
		return models.Errorf(models.CodeDuplicate, "the address is another user's")
	}
	user.ID, user.CreatedAt = newID(), f.now()
	link.Kind, link.UserID, link.ExpiresAt = models.LinkInvitation, &user.ID, f.now().Add(models.LinkTTL)
	f.users, f.links = append(f.users, *user), append(f.links, *link)
	f.writes++
	return nil
}

func (f *fakeStore) Users(context.Context, models.Page) ([]models.User, int, error) {
	unlock, err := f.begin()
	defer unlock()
	return slices.Clone(f.users), len(f.users), err
}

func (f *fakeStore) User(_ context.Context, id string) (*models.User, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	found, err := f.userAt(withID(id))
	return clone(found), err
}

func (f *fakeStore) UserByEmail(_ context.Context, email string) (*models.User, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	found, err := f.userAt(func(u *models.User) bool { return u.Email == email })
	return clone(found), err
}

func (f *fakeStore) UpdateUser(
	_ context.Context, id string, change func(*models.User) error,
) (*models.User, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	user, err := f.userAt(withID(id))
	if err != nil {
		return nil, err
	}
	changed := *user
	if err := change(&changed); err != nil {
		return nil, err
	}
	*user = changed
	f.writes++
	return &changed, nil
}

func (f *fakeStore) DeleteUser(_ context.Context, id string) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	if _, err := f.userAt(withID(id)); err != nil {
		return err
	}
	f.users = slices.DeleteFunc(f.users, func(u models.User) bool { return u.ID == id })
	f.writes++
	return nil
}

func (f *fakeStore) SetPassword(_ context.Context, id string, epoch int, hash string) (*models.User, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	user, err := f.userAt(withID(id))
	if err != nil || user.Epoch != epoch {
		return nil, models.Errorf(models.CodeUnauthorized, "this session has ended")
	}
	user.PasswordHash, user.Epoch = &hash, user.Epoch+1
	f.writes++
	return clone(user), nil
}

func (f *fakeStore) CreateUserLink(_ context.Context, userID string, link *models.Link) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	if _, err := f.userAt(withID(userID)); err != nil {
		return err
	}
	link.Kind, link.UserID, link.ExpiresAt = models.LinkReset, &userID, f.now().Add(models.LinkTTL)
	f.links = append(f.links, *link)
	f.writes++
	return nil
}

func (f *fakeStore) Link(_ context.Context, hash []byte) (*models.Link, *models.User, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, nil, err
	}
	for i := range f.links {
		link := f.links[i]
		if string(link.TokenHash) != string(hash) || link.UsedAt != nil {
			continue
		}
		if link.UserID == nil {
			return &link, nil, nil
		}
		user, err := f.userAt(withID(*link.UserID))
		return &link, clone(user), err
	}
	return nil, nil, models.Errorf(models.CodeNotFound, "there is no such link")
}

func (f *fakeStore) UseLink(ctx context.Context, hash []byte, use models.LinkUse) (*models.User, error) {
	link, of, err := f.Link(ctx, hash)
	if err != nil {
		return nil, err
	}
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	for i := range f.links {
		if f.links[i].ID == link.ID {
			f.links[i].UsedAt = new(f.now())
		}
	}
	if of == nil {
		f.users = append(f.users, models.User{
			ID: newID(), Email: use.Email, Name: use.Name, Role: models.RoleAdministrator, CreatedAt: f.now(),
		})
		of = &f.users[len(f.users)-1]
	}
	user, err := f.userAt(withID(of.ID))
	if err != nil {
		return nil, err
	}
	user.PasswordHash = &use.PasswordHash
	f.writes++
	return clone(user), nil
}

func (f *fakeStore) BeginSession(
	_ context.Context, session *models.Session, _ time.Duration, _ models.AuditAction,
) error {
	unlock, err := f.begin()
	defer unlock()
	f.sessions = append(f.sessions, *session)
	return err
}

func (f *fakeStore) Session(
	_ context.Context, hash []byte, _ time.Duration,
) (*models.Session, *models.User, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.sessions {
		session := f.sessions[i]
		if string(session.TokenHash) != string(hash) {
			continue
		}
		user, err := f.userAt(withID(session.UserID))
		if err == nil && user.Epoch == session.Epoch {
			return &session, clone(user), nil
		}
	}
	return nil, nil, models.Errorf(models.CodeNotFound, "there is no such session")
}

func (f *fakeStore) EndSession(_ context.Context, hash []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions = slices.DeleteFunc(f.sessions, func(s models.Session) bool { return string(s.TokenHash) == string(hash) })
	return nil
}

func (f *fakeStore) SignOut(ctx context.Context, hash []byte) error { return f.EndSession(ctx, hash) }

func (f *fakeStore) Throttled(context.Context, string, string) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	return f.throttle
}

func (f *fakeStore) Forgive(context.Context, string, string) error {
	unlock, err := f.begin()
	defer unlock()
	f.forgiven++
	return err
}

func (f *fakeStore) SignInFailed(context.Context, *models.User) error {
	unlock, err := f.begin()
	defer unlock()
	f.failed++
	return err
}

func (f *fakeStore) Installation(context.Context) (*models.Installation, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	if f.installation == nil {
		f.installation = models.NewInstallation()
	}
	return clone(f.installation), nil
}

func (f *fakeStore) UpdateInstallation(
	ctx context.Context, change func(*models.Installation) error,
) (*models.Installation, error) {
	settings, err := f.Installation(ctx)
	if err != nil {
		return nil, err
	}
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	if err := change(settings); err != nil {
		return nil, err
	}
	f.installation = clone(settings)
	f.writes++
	return settings, nil
}

func clone[T any](value *T) *T {
	if value == nil {
		return nil
	}
	copied := *value
	return &copied
}

// countedPasswords hashes nothing, and counts.
type countedPasswords struct{ hashed, compared int }

func (p *countedPasswords) Hash(_ context.Context, password string) (string, error) {
	p.hashed++
	return "hash of " + password, nil
}

func (p *countedPasswords) Matches(_ context.Context, password, hash string) (bool, error) {
	p.compared++
	return hash == "hash of "+password, nil
}
