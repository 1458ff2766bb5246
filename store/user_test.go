package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"beckon/models"
)

func userCases() []testCase {
	return []testCase{
		{"UserInvitation", testUserInvitation},
		{"UserLastAdministrator", testLastAdministrator},
		{"UserLastAdministratorRace", testLastAdministratorRace},
		{"UserSessionsEnd", testSessionsEnd},
		{"UserSessionOfEarlierEpoch", testSessionOfEarlierEpoch},
		{"UserSessionsExpire", testSessionsExpire},
		{"LinkOnce", testLinkOnce},
		{"LinkRace", testLinkRace},
		{"LinkSetup", testLinkSetup},
		{"LinkRecovery", testLinkRecovery},
		{"LinksThatAreDead", testDeadLinks},
		{"ThrottlePair", testThrottlePair},
		{"ThrottleAccount", testThrottleAccount},
		{"ThrottleAddress", testThrottleAddress},
		{"ThrottleRace", testThrottleRace},
		{"AuditUsers", testAuditUsers},
		{"Installation", testInstallation},
		{"APIKeyLimits", testAPIKeyLimits},
	}
}

// user makes a user who has set a password.
func (b *bench) user(t *testing.T, name string, role models.Role) *models.User {
	t.Helper()
	user, link := &models.User{Email: name + "@clinic.example", Name: name, Role: role}, hash(name+unique())
	require.NoError(t, b.CreateUser(t.Context(), user, &models.Link{TokenHash: link}))
	used, err := b.UseLink(t.Context(), link, models.LinkUse{PasswordHash: "hash of " + name})
	require.NoError(t, err)
	return used
}

// session begins a session of the user.
func (b *bench) session(t *testing.T, user *models.User) []byte {
	t.Helper()
	token := hash("session" + unique())
	session := &models.Session{TokenHash: token, UserID: user.ID, Epoch: user.Epoch}
	require.NoError(t, b.BeginSession(t.Context(), session, week, models.AuditSignIn))
	return token
}

const (
	week = 7 * 24 * time.Hour
	idle = 12 * time.Hour
)

func (b *bench) requireSession(t *testing.T, token []byte, holds bool) {
	t.Helper()
	_, _, err := b.Session(t.Context(), token, idle)
	if holds {
		require.NoError(t, err)
		return
	}
	requireCode(t, models.CodeNotFound, err)
}

func testUserInvitation(t *testing.T, b *bench) {
	t.Helper()
	user := &models.User{Email: "ada@clinic.example", Name: "Ada", Role: models.RoleOperator}
	require.NoError(t, b.CreateUser(t.Context(), user, &models.Link{TokenHash: hash("first")}))
	requireCode(t, models.CodeDuplicate, b.CreateUser(t.Context(),
		&models.User{Email: "ada@clinic.example", Name: "Other"}, &models.Link{TokenHash: hash("other")}))
	stored, err := b.User(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, models.UserInvited, stored.Status())

	link, of, err := b.Link(t.Context(), hash("first"))
	require.NoError(t, err)
	require.Equal(t, models.LinkInvitation, link.Kind)
	require.Equal(t, user.ID, of.ID)
	requireTime(t, link.CreatedAt.Add(models.LinkTTL), link.ExpiresAt)

	used, err := b.UseLink(t.Context(), hash("first"), models.LinkUse{PasswordHash: "secret", Name: "Ada Lovelace"})
	require.NoError(t, err)
	stored, err = b.UserByEmail(t.Context(), "ada@clinic.example")
	require.NoError(t, err)
	require.Equal(t, models.UserActive, stored.Status())
	require.Equal(t, "Ada Lovelace", stored.Name)
	require.Equal(t, used.Epoch, stored.Epoch)
	require.Equal(t, "secret", *stored.PasswordHash)
	require.NotNil(t, stored.PasswordChangedAt)

	users, total, err := b.Users(t.Context(), models.Page{Number: 1, PerPage: 10})
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Equal(t, user.ID, users[0].ID)
	for _, id := range []string{unknownID, "nonsense"} {
		_, err = b.User(t.Context(), id)
		requireCode(t, models.CodeNotFound, err)
		requireCode(t, models.CodeNotFound, b.DeleteUser(t.Context(), id))
	}
	_, err = b.UserByEmail(t.Context(), "nobody@clinic.example")
	requireCode(t, models.CodeNotFound, err)
}

// Whatever would leave nobody who can administer is refused; who was only invited, or is disabled, does not count.
func testLastAdministrator(t *testing.T, b *bench) {
	t.Helper()
	first := b.user(t, "first", models.RoleAdministrator)
	require.NoError(t, b.CreateUser(t.Context(),
		&models.User{Email: "new@clinic.example", Name: "New", Role: models.RoleAdministrator},
		&models.Link{TokenHash: hash("invited")}))
	b.user(t, "operator", models.RoleOperator)
	demote := func(u *models.User) error { u.Role = models.RoleOperator; return nil }
	disable := func(u *models.User) error { u.DisabledAt = new(b.clock.Now()); return nil }
	for _, change := range []func(*models.User) error{demote, disable} {
		_, err := b.UpdateUser(t.Context(), first.ID, change)
		requireCode(t, models.CodeLastAdministrator, err)
	}
	requireCode(t, models.CodeLastAdministrator, b.DeleteUser(t.Context(), first.ID))

	second := b.user(t, "second", models.RoleAdministrator)
	_, err := b.UpdateUser(t.Context(), second.ID, disable)
	require.NoError(t, err)
	requireCode(t, models.CodeLastAdministrator, b.DeleteUser(t.Context(), first.ID))
	_, err = b.UpdateUser(t.Context(), second.ID, func(u *models.User) error { u.DisabledAt = nil; return nil })
	require.NoError(t, err)
	require.NoError(t, b.DeleteUser(t.Context(), first.ID))
	_, err = b.UpdateUser(t.Context(), second.ID, demote)
	requireCode(t, models.CodeLastAdministrator, err)
}

// Two administrators who demote each other at the same moment: one of them stays.
func testLastAdministratorRace(t *testing.T, b *bench) {
	t.Helper()
	for round := range 10 {
		ids := []string{}
		for i := range 2 {
			ids = append(ids, b.user(t, fmt.Sprintf("a%d-%d", round, i), models.RoleAdministrator).ID)
		}
		group, errs := sync.WaitGroup{}, make([]error, len(ids))
		for i, id := range ids {
			group.Go(func() {
				_, errs[i] = b.UpdateUser(t.Context(), id, func(u *models.User) error { u.Role = models.RoleViewer; return nil })
			})
		}
		group.Wait()
		demoted := 0
		for i, err := range errs {
			if err == nil {
				demoted++
				require.NoError(t, b.DeleteUser(t.Context(), ids[i]))
				continue
			}
			requireCode(t, models.CodeLastAdministrator, err)
		}
		require.Equal(t, 1, demoted)
		require.NoError(t, b.db.Exec("DELETE FROM users").Error)
	}
}

func testSessionsEnd(t *testing.T, b *bench) {
	t.Helper()
	b.user(t, "keeper", models.RoleAdministrator)
	other := b.session(t, b.user(t, "other", models.RoleOperator))
	for name, end := range map[string]func(*models.User) error{
		"role": func(u *models.User) error {
			_, err := b.UpdateUser(t.Context(), u.ID, func(u *models.User) error { u.Role = models.RoleViewer; return nil })
			return err
		},
		"disabled": func(u *models.User) error {
			_, err := b.UpdateUser(t.Context(), u.ID, func(u *models.User) error { u.DisabledAt = new(b.clock.Now()); return nil })
			return err
		},
		"password": func(u *models.User) error {
			_, err := b.SetPassword(t.Context(), u.ID, u.Epoch, "another")
			return err
		},
		"deleted": func(u *models.User) error { return b.DeleteUser(t.Context(), u.ID) },
		"reset": func(u *models.User) error {
			link := &models.Link{TokenHash: hash("reset")}
			if err := b.CreateUserLink(t.Context(), u.ID, link); err != nil {
				return err
			}
			require.Equal(t, models.LinkReset, link.Kind)
			_, err := b.UseLink(t.Context(), hash("reset"), models.LinkUse{PasswordHash: "another"})
			return err
		},
	} {
		user := b.user(t, name, models.RoleOperator)
		first, second := b.session(t, user), b.session(t, user)
		b.requireSession(t, first, true)
		_, err := b.UpdateUser(t.Context(), user.ID, func(u *models.User) error { u.Name = "Renamed"; return nil })
		require.NoError(t, err)
		b.requireSession(t, second, true)
		require.NoError(t, end(user), name)
		b.requireSession(t, first, false)
		b.requireSession(t, second, false)
		var left int64
		require.NoError(t, b.db.Raw("SELECT count(*) FROM sessions WHERE user_id = ?", user.ID).Scan(&left).Error)
		require.Zero(t, left, name)
	}
	b.requireSession(t, other, true)
	require.NoError(t, b.SignOut(t.Context(), other))
	b.requireSession(t, other, false)
	require.NoError(t, b.SignOut(t.Context(), other))
}

// A sign-in that was checked before a password was changed, and is stored after it, opens nothing.
func testSessionOfEarlierEpoch(t *testing.T, b *bench) {
	t.Helper()
	user := b.user(t, "ada", models.RoleOperator)
	before := b.count(t, "audit_records")
	begin := func(with models.AuditAction) error {
		return b.BeginSession(t.Context(), &models.Session{
			TokenHash: hash("session" + unique()), UserID: user.ID, Epoch: user.Epoch,
		}, week, with)
	}
	refused := func(why string) {
		t.Helper()
		for _, with := range []models.AuditAction{models.AuditSignIn, models.AuditUseLink, models.AuditChangePassword} {
			requireCode(t, models.CodeUnauthorized, begin(with))
		}
		require.Zero(t, b.count(t, "sessions"), why)
	}
	changed, err := b.SetPassword(t.Context(), user.ID, user.Epoch, "another")
	require.NoError(t, err)
	refused("the password was changed")
	_, err = b.SetPassword(t.Context(), user.ID, user.Epoch, "third")
	requireCode(t, models.CodeUnauthorized, err)

	_, err = b.UpdateUser(t.Context(), user.ID, func(u *models.User) error {
		u.DisabledAt = new(b.clock.Now())
		return nil
	})
	require.NoError(t, err)
	user.Epoch = changed.Epoch + 1
	refused("the user is disabled")
	stored, err := b.User(t.Context(), user.ID)
	require.NoError(t, err)
	require.Nil(t, stored.LastSignInAt)
	require.Equal(t, before+2, b.count(t, "audit_records"), "no sign-in is on record")
	require.NoError(t, b.DeleteUser(t.Context(), user.ID))
	refused("the user is gone")
}

func testSessionsExpire(t *testing.T, b *bench) {
	t.Helper()
	user := b.user(t, "ada", models.RoleOperator)
	unused := b.session(t, user)
	b.clock.Advance(idle)
	b.requireSession(t, unused, false)

	used := b.session(t, user)
	for range 14 {
		b.clock.Advance(idle - time.Minute)
		b.requireSession(t, used, true)
	}
	b.clock.Advance(14*time.Minute + time.Second)
	b.requireSession(t, used, false) // a week has passed
	b.session(t, user)
	var left int64
	require.NoError(t, b.db.Raw("SELECT count(*) FROM sessions").Scan(&left).Error)
	require.EqualValues(t, 1, left, "what is over was cleaned away")
	stored, err := b.User(t.Context(), user.ID)
	require.NoError(t, err)
	require.NotNil(t, stored.LastSignInAt)
}

func testLinkOnce(t *testing.T, b *bench) {
	t.Helper()
	user := b.user(t, "ada", models.RoleOperator)
	require.NoError(t, b.CreateUserLink(t.Context(), user.ID, &models.Link{TokenHash: hash("one")}))
	require.NoError(t, b.CreateUserLink(t.Context(), user.ID, &models.Link{TokenHash: hash("two")}))
	_, err := b.UseLink(t.Context(), hash("one"), models.LinkUse{PasswordHash: "x"})
	requireCode(t, models.CodeNotFound, err) // a newer one was made
	_, err = b.UseLink(t.Context(), hash("two"), models.LinkUse{PasswordHash: "x"})
	require.NoError(t, err)
	_, err = b.UseLink(t.Context(), hash("two"), models.LinkUse{PasswordHash: "y"})
	requireCode(t, models.CodeNotFound, err)
	_, _, err = b.Link(t.Context(), hash("two"))
	requireCode(t, models.CodeNotFound, err)

	require.NoError(t, b.CreateUserLink(t.Context(), user.ID, &models.Link{TokenHash: hash("three")}))
	b.clock.Advance(models.LinkTTL)
	_, err = b.UseLink(t.Context(), hash("three"), models.LinkUse{PasswordHash: "x"})
	requireCode(t, models.CodeNotFound, err)
	stored, err := b.User(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, "x", *stored.PasswordHash)
	requireCode(t, models.CodeNotFound, b.CreateUserLink(t.Context(), unknownID, &models.Link{TokenHash: hash("four")}))
}

// Twenty clients use one link at the same moment: exactly one sets its password.
func testLinkRace(t *testing.T, b *bench) {
	t.Helper()
	const clients = 20
	invited := &models.User{Email: "ada@clinic.example", Name: "Ada", Role: models.RoleOperator}
	require.NoError(t, b.CreateUser(t.Context(), invited, &models.Link{TokenHash: hash("invitation")}))
	_, err := b.CreateSetupLink(t.Context(), &models.Link{TokenHash: hash("setup")})
	require.NoError(t, err)
	for _, link := range []string{"invitation", "setup"} {
		errs, begin, group := make([]error, clients), make(chan struct{}), sync.WaitGroup{}
		for i := range clients {
			group.Go(func() {
				<-begin
				_, errs[i] = b.UseLink(t.Context(), hash(link), models.LinkUse{
					PasswordHash: fmt.Sprint(link, i), Email: fmt.Sprintf("root%d@clinic.example", i), Name: "Root",
				})
			})
		}
		close(begin)
		group.Wait()
		won := -1
		for i, err := range errs {
			if err == nil {
				require.Equal(t, -1, won, "two won")
				won = i
				continue
			}
			requireCode(t, models.CodeNotFound, err)
		}
		require.NotEqual(t, -1, won)
		var with int64
		require.NoError(t, b.db.Raw("SELECT count(*) FROM users WHERE password_hash = ?", fmt.Sprint(link, won)).Scan(&with).Error)
		require.EqualValues(t, 1, with)
	}
	_, total, err := b.Users(t.Context(), models.Page{Number: 1, PerPage: 100})
	require.NoError(t, err)
	require.Equal(t, 2, total)
}

func testLinkSetup(t *testing.T, b *bench) {
	t.Helper()
	for _, token := range []string{"first", "second"} {
		made, err := b.CreateSetupLink(t.Context(), &models.Link{TokenHash: hash(token)})
		require.NoError(t, err)
		require.True(t, made)
	}
	use := models.LinkUse{PasswordHash: "x", Email: "root@clinic.example", Name: "Root"}
	_, err := b.UseLink(t.Context(), hash("first"), use)
	requireCode(t, models.CodeNotFound, err) // a new start made a fresh one
	root, err := b.UseLink(t.Context(), hash("second"), use)
	require.NoError(t, err)
	require.True(t, root.Administers())
	made, err := b.CreateSetupLink(t.Context(), &models.Link{TokenHash: hash("third")})
	require.NoError(t, err)
	require.False(t, made)
	_, _, err = b.Link(t.Context(), hash("third"))
	requireCode(t, models.CodeNotFound, err)
}

// A recovery link restores an administrator that was disabled or demoted, and makes one where the address is new.
func testLinkRecovery(t *testing.T, b *bench) {
	t.Helper()
	b.user(t, "root", models.RoleAdministrator)
	lost := b.user(t, "lost", models.RoleViewer)
	_, err := b.UpdateUser(t.Context(), lost.ID, func(u *models.User) error { u.DisabledAt = new(b.clock.Now()); return nil })
	require.NoError(t, err)
	for _, email := range []string{lost.Email, "new@clinic.example"} {
		require.NoError(t, b.CreateRecoveryLink(t.Context(), &models.Link{TokenHash: hash(email)}))
		user, err := b.UseLink(t.Context(), hash(email), models.LinkUse{PasswordHash: "x", Email: email, Name: "Back"})
		require.NoError(t, err)
		require.True(t, user.Administers())
		stored, err := b.User(t.Context(), user.ID)
		require.NoError(t, err)
		require.True(t, stored.Administers())
		require.Equal(t, "Back", stored.Name)
	}
}

// A set-up link is dead once there is an administrator, and a user's once the user is disabled or deleted.
func testDeadLinks(t *testing.T, b *bench) {
	t.Helper()
	_, err := b.CreateSetupLink(t.Context(), &models.Link{TokenHash: hash("setup")})
	require.NoError(t, err)
	b.user(t, "root", models.RoleAdministrator)
	user := b.user(t, "ada", models.RoleOperator)
	require.NoError(t, b.CreateUserLink(t.Context(), user.ID, &models.Link{TokenHash: hash("reset")}))
	_, err = b.UpdateUser(t.Context(), user.ID, func(u *models.User) error { u.DisabledAt = new(b.clock.Now()); return nil })
	require.NoError(t, err)
	requireCode(t, models.CodeInvalidTransition, b.CreateUserLink(t.Context(), user.ID, &models.Link{TokenHash: hash("x")}))
	gone := b.user(t, "gone", models.RoleOperator)
	require.NoError(t, b.CreateUserLink(t.Context(), gone.ID, &models.Link{TokenHash: hash("gone")}))
	require.NoError(t, b.DeleteUser(t.Context(), gone.ID))
	for _, token := range []string{"setup", "reset", "gone", "never"} {
		_, _, err := b.Link(t.Context(), hash(token))
		requireCode(t, models.CodeNotFound, err)
		_, err = b.UseLink(t.Context(), hash(token), models.LinkUse{PasswordHash: "x", Email: "x@clinic.example", Name: "X"})
		requireCode(t, models.CodeNotFound, err)
	}
}

// fail tries n times, and wants that all of them may.
func (b *bench) fail(t *testing.T, n int, account, address string) {
	t.Helper()
	for range n {
		require.NoError(t, b.Throttled(t.Context(), account, address))
	}
}

// blocked wants that nothing may be tried, and returns for how long.
func (b *bench) blocked(t *testing.T, account, address string) time.Duration {
	t.Helper()
	err := b.Throttled(t.Context(), account, address)
	requireCode(t, models.CodeTooManyRequests, err)
	refusal := &models.Error{}
	require.ErrorAs(t, err, &refusal)
	require.Positive(t, refusal.RetryAfter)
	return refusal.RetryAfter
}

func testThrottlePair(t *testing.T, b *bench) {
	t.Helper()
	b.fail(t, 5, "ada", "192.0.2.1")
	wait := b.blocked(t, "ada", "192.0.2.1")
	require.InDelta(t, 30, wait.Seconds(), 1)
	require.NoError(t, b.Throttled(t.Context(), "ada", "192.0.2.2"), "from elsewhere")
	require.NoError(t, b.Throttled(t.Context(), "grace", "192.0.2.1"), "another account")
	for range 20 {
		b.blocked(t, "ada", "192.0.2.1") // tries that were refused do not make it longer
	}
	b.clock.Advance(wait)
	b.fail(t, 1, "ada", "192.0.2.1")
	require.InDelta(t, 60, b.blocked(t, "ada", "192.0.2.1").Seconds(), 1, "twice as long")
	for range 10 {
		b.clock.Advance(b.blocked(t, "ada", "192.0.2.1"))
		b.fail(t, 1, "ada", "192.0.2.1")
		require.LessOrEqual(t, b.blocked(t, "ada", "192.0.2.1"), 15*time.Minute)
	}
	b.clock.Advance(b.blocked(t, "ada", "192.0.2.1"))
	b.fail(t, 1, "ada", "192.0.2.1")
	require.NoError(t, b.Forgive(t.Context(), "ada", "192.0.2.1"))
	b.fail(t, 5, "ada", "192.0.2.1") // a good one has begun anew
	b.blocked(t, "ada", "192.0.2.1")
	b.clock.Advance(3 * time.Hour)
	b.fail(t, 5, "ada", "192.0.2.1")
	b.blocked(t, "ada", "192.0.2.1")
}

// Many addresses guess at one account: it is blocked for all addresses but those that it has signed in from.
func testThrottleAccount(t *testing.T, b *bench) {
	t.Helper()
	b.fail(t, 1, "ada", "198.51.100.1")
	require.NoError(t, b.Forgive(t.Context(), "ada", "198.51.100.1"))
	for i := range 50 {
		b.fail(t, 1, "ada", fmt.Sprintf("192.0.2.%d", i))
	}
	b.blocked(t, "ada", "203.0.113.1")
	require.NoError(t, b.Throttled(t.Context(), "ada", "198.51.100.1"), "the owner's own address")
	require.NoError(t, b.Throttled(t.Context(), "grace", "203.0.113.1"))
	b.clock.Advance(b.blocked(t, "ada", "203.0.113.2"))
	require.NoError(t, b.Throttled(t.Context(), "ada", "203.0.113.3"), "after the wait")
	b.clock.Advance(models.ThrottleKept)
	for i := range 50 {
		b.fail(t, 1, "ada", fmt.Sprintf("192.0.2.%d", i))
	}
	b.blocked(t, "ada", "198.51.100.1") // it was the owner's too long ago
}

func testThrottleAddress(t *testing.T, b *bench) {
	t.Helper()
	for i := range 30 {
		b.fail(t, 1, fmt.Sprintf("user%d", i), "192.0.2.1")
	}
	wait := b.blocked(t, "another", "192.0.2.1")
	b.blocked(t, "", "192.0.2.1")
	require.NoError(t, b.Throttled(t.Context(), "another", "192.0.2.2"))
	b.clock.Advance(wait)
	require.NoError(t, b.Throttled(t.Context(), "", "192.0.2.1"))
}

// Many tries at the same moment, over two processes: no more pass than may.
func testThrottleRace(t *testing.T, b *bench) {
	t.Helper()
	const tries = 40
	errs, group := make([]error, tries), sync.WaitGroup{}
	for i := range tries {
		group.Go(func() { errs[i] = b.Throttled(t.Context(), "ada", "192.0.2.1") })
	}
	group.Wait()
	passed := 0
	for _, err := range errs {
		if err == nil {
			passed++
			continue
		}
		requireCode(t, models.CodeTooManyRequests, err)
	}
	require.Equal(t, 5, passed)
	// None of what was counted says who tried, or whence.
	var found int64
	require.NoError(t, b.db.Raw("SELECT count(*) FROM sign_in_throttles").Scan(&found).Error)
	require.EqualValues(t, 3, found)
}

func testInstallation(t *testing.T, b *bench) {
	t.Helper()
	settings, err := b.Installation(t.Context())
	require.NoError(t, err)
	require.Equal(t, models.NewInstallation(), settings)
	_, err = b.UpdateInstallation(t.Context(), func(*models.Installation) error {
		return models.Errorf(models.CodeInvalid, "refused")
	})
	requireCode(t, models.CodeInvalid, err)
	for _, name := range []string{"Example Clinic", "Other Clinic"} {
		changed, err := b.UpdateInstallation(t.Context(), func(i *models.Installation) error {
			i.OrganizationName, i.Timezone, i.Sender.FromName = name, "America/Chicago", name
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, name, changed.OrganizationName)
		settings, err = b.Installation(t.Context())
		require.NoError(t, err)
		require.Equal(t, name, settings.OrganizationName)
		require.Equal(t, name, settings.Sender.FromName)
		require.Equal(t, "US", settings.DefaultRegion)
		requireTime(t, changed.UpdatedAt, settings.UpdatedAt)
	}
}

func testAPIKeyLimits(t *testing.T, b *bench) {
	t.Helper()
	limits := &models.KeyLimits{CampaignIDs: []string{unknownID}, Actions: []models.KeyAction{models.ActionContactsWrite}}
	require.NoError(t, b.CreateAPIKey(t.Context(), &models.APIKey{Name: "x", Role: models.RoleOperator, KeyHash: hash("x"), Limits: limits}))
	require.NoError(t, b.CreateAPIKey(t.Context(), &models.APIKey{Name: "y", Role: models.RoleOperator, KeyHash: hash("y")}))
	key, err := b.APIKeyByHash(t.Context(), hash("x"))
	require.NoError(t, err)
	require.Equal(t, limits, key.Limits)
	key, err = b.APIKeyByHash(t.Context(), hash("y"))
	require.NoError(t, err)
	require.Nil(t, key.Limits)
}

// Each change of a user leaves one record, with who did it; what changes nothing, or is refused, leaves none.
func testAuditUsers(t *testing.T, b *bench) {
	t.Helper()
	ada := as(t.Context(), "ada")
	user := &models.User{Email: "grace@clinic.example", Name: "Grace", Role: models.RoleOperator}
	require.NoError(t, b.CreateUser(ada, user, &models.Link{TokenHash: hash("first")}))
	requireCode(t, models.CodeDuplicate, b.CreateUser(ada, &models.User{Email: user.Email}, &models.Link{TokenHash: hash("x")}))
	require.NoError(t, b.CreateUserLink(ada, user.ID, &models.Link{TokenHash: hash("second")}))
	used, err := b.UseLink(t.Context(), hash("second"), models.LinkUse{PasswordHash: "x"})
	require.NoError(t, err)
	_, err = b.UseLink(t.Context(), hash("second"), models.LinkUse{PasswordHash: "x"})
	requireCode(t, models.CodeNotFound, err)
	token := b.session(t, used)
	require.NoError(t, b.SignInFailed(t.Context(), user))
	for range 2 {
		require.NoError(t, b.SignOut(ada, token))
	}
	_, err = b.SetPassword(ada, user.ID, used.Epoch, "y")
	require.NoError(t, err)
	for range 2 {
		_, err = b.UpdateUser(ada, user.ID, func(u *models.User) error { u.Role, u.Name = models.RoleViewer, "G."; return nil })
		require.NoError(t, err)
	}
	require.NoError(t, b.DeleteUser(ada, user.ID))
	set := func(i *models.Installation) error { i.Timezone = "America/Chicago"; return nil }
	for range 2 {
		_, err = b.UpdateInstallation(ada, set)
		require.NoError(t, err)
	}
	records := b.audited(t, models.AuditFilter{})
	require.Equal(t, []models.AuditAction{
		models.AuditCreateUser, models.AuditCreateLink, models.AuditUseLink, models.AuditSignIn, models.AuditSignInFailed,
		models.AuditSignOut, models.AuditChangePassword, models.AuditUpdateUser, models.AuditDeleteUser,
		models.AuditUpdateSettings,
	}, actionsOf(records))
	by := []models.ActorKind{}
	for i := range records {
		by = append(by, records[i].ActorKind)
		if records[i].Action != models.AuditUpdateSettings {
			require.Equal(t, user.ID, *records[i].SubjectID)
		}
	}
	const key, self, nobody = models.ActorAPIKey, models.ActorUser, models.ActorSystem
	require.Equal(t, []models.ActorKind{key, key, self, self, nobody, key, key, key, key, key}, by)
	require.Equal(t, "Grace", records[2].ActorName)
	require.Equal(t, []string{"name", "role"}, records[7].Detail.Fields)
	require.Equal(t, []string{"defaults.timezone"}, records[9].Detail.Fields)
}
