package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"beckon/models"
)

// The failures that are free block nothing, and each beyond them blocks twice as long, 15 minutes at most.
func TestThrottle(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, time.March, 4, 10, 0, 0, 0, time.UTC)
	for kind, free := range map[models.ThrottleKind]int{
		models.ThrottlePair: 5, models.ThrottleAccount: 50, models.ThrottleAddress: 30,
	} {
		throttle := models.Throttle{Kind: kind, FailedAt: now}
		for range free - 1 {
			throttle.Fail(now)
			require.Zero(t, throttle.Blocked(now), kind)
		}
		for _, seconds := range []int{30, 60, 120, 240, 480, 900, 900, 900} {
			throttle.Fail(now)
			require.Equal(t, time.Duration(seconds)*time.Second, throttle.Blocked(now), kind)
		}
		require.Zero(t, throttle.Blocked(now.Add(15*time.Minute)))
		throttle.Forgive()
		require.Zero(t, throttle.Blocked(now))
	}
}

// Failures of an address that many share, and that are never many at a time, are forgotten while others come.
func TestThrottleForgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, time.March, 4, 10, 0, 0, 0, time.UTC)
	throttle := models.Throttle{Kind: models.ThrottleAddress, FailedAt: now}
	for range 1_000 {
		now = now.Add(50 * time.Second) // one of them is forgotten each minute
		throttle.Fail(now)
		throttle.Forgive()
		if throttle.Failures > 0 {
			continue
		}
		throttle.Fail(now)
	}
	for range 20 {
		now = now.Add(50 * time.Second)
		throttle.Fail(now)
	}
	require.LessOrEqual(t, throttle.Failures, 5)
	require.Zero(t, throttle.Blocked(now))
}

// However often and at whatever times somebody tries, nobody waits longer than 15 minutes, and an address gets no more than
// some hundred tries a day at one account.
func TestThrottleBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2030, time.March, 4, 10, 0, 0, 0, time.UTC)
		throttle, now, tries := models.Throttle{Kind: models.ThrottlePair, FailedAt: start}, start, 0
		pauses := rapid.SliceOfN(rapid.IntRange(0, 3_600), 1, 400).Draw(t, "pauses")
		for _, pause := range pauses {
			now = now.Add(time.Duration(pause) * time.Second)
			if now.Sub(start) > 24*time.Hour {
				break
			}
			if throttle.Blocked(now) > 0 {
				continue
			}
			tries++
			throttle.Fail(now)
			require.LessOrEqual(t, throttle.Blocked(now), 15*time.Minute)
		}
		require.LessOrEqual(t, tries, 110)
	})
}

func TestPasswordProblems(t *testing.T) {
	t.Parallel()
	user := &models.User{Email: "ada.lovelace@clinic.example", Name: "Ada King Lovelace"}
	for password, code := range map[string]string{
		"": models.FieldTooShort, "eleven char": models.FieldTooShort, "пароль пароль": "", "correct horse battery": "",
		"aaaaaaaaaaaa": models.FieldWeak, "Ada.Lovelace@clinic.example": models.FieldWeak, "ada king lovelace": models.FieldWeak,
		"twelve chars\xff": models.FieldControl,
	} {
		problems := models.PasswordProblems("/password", password, user)
		if code == "" {
			require.Empty(t, problems, password)
			continue
		}
		require.Len(t, problems, 1, password)
		require.Equal(t, code, problems[0].Code, password)
		require.Equal(t, "/password", problems[0].Pointer)
	}
}

func TestUserProblems(t *testing.T) {
	t.Parallel()
	good := models.User{Email: "ada@clinic.example", Name: "Ada", Role: models.RoleViewer}
	require.Empty(t, models.UserProblems(&good))
	bad := models.User{Email: "ada", Name: "a\nb", Role: "root"}
	pointers := []string{}
	for _, problem := range models.UserProblems(&bad) {
		pointers = append(pointers, problem.Pointer)
	}
	require.Equal(t, []string{"/email", "/name", "/role"}, pointers)
	require.Len(t, models.UserProblems(&models.User{Role: models.RoleViewer}), 2)
	require.Equal(t, "ada@clinic.example", models.NormalEmail(" Ada@Clinic.EXAMPLE\n"))
}
