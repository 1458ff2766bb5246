package models

import "time"

// ThrottleKind says whose failures a throttle counts.
type ThrottleKind string

// Kinds of throttles. Who guesses passwords meets all three; the owner of an account, whose address was good before, all but
// that of the account, so that nobody elsewhere can keep the owner out.
const (
	ThrottlePair    ThrottleKind = "pair"    // of one account from one address
	ThrottleAccount ThrottleKind = "account" // of one account from all addresses that it never signed in from
	ThrottleAddress ThrottleKind = "address" // of one address, whatever it tries
)

// Throttle counts failures, and blocks longer with each beyond those that are free.
type Throttle struct {
	Key          []byte       `gorm:"primaryKey"` // SHA-256 of kind, account and address: none of them is stored
	Kind         ThrottleKind // for whoever looks at the rows
	Failures     int
	FailedAt     time.Time  // since when none was forgotten; of the first failure, when it was
	BlockedUntil *time.Time // nil: not blocked
	SucceededAt  *time.Time // of a pair: the last sign-in
}

// TableName spells the table as the SQL does.
func (*Throttle) TableName() string { return "sign_in_throttles" }

// Rules of throttles; they are Beckon's.
const (
	throttleFirst = 30 * time.Second
	throttleMost  = 15 * time.Minute
	// ThrottleKept is how long an address counts as one that the account signed in from.
	ThrottleKept = 90 * 24 * time.Hour
	// ThrottleForgotten is after what time nothing is left of any failures.
	ThrottleForgotten = 7 * 24 * time.Hour
)

// throttleRule is how many failures are free, and after what time one of them is forgotten.
type throttleRule struct {
	free   int
	forget time.Duration
}

func (k ThrottleKind) rule() throttleRule {
	switch k {
	case ThrottlePair:
		return throttleRule{free: 5, forget: 15 * time.Minute}
	case ThrottleAccount:
		return throttleRule{free: 50, forget: time.Minute}
	case ThrottleAddress:
		return throttleRule{free: 30, forget: time.Minute}
	default:
		return throttleRule{free: 1, forget: time.Hour}
	}
}

// Blocked says how long nothing more may be tried; 0 where it may.
func (t *Throttle) Blocked(now time.Time) time.Duration {
	if t.BlockedUntil == nil || !now.Before(*t.BlockedUntil) {
		return 0
	}
	return t.BlockedUntil.Sub(now)
}

// Fail counts a failure: from the last free one on each blocks twice as long as the one before, 15 minutes at most. One is
// forgotten from time to time.
func (t *Throttle) Fail(now time.Time) {
	rule := t.Kind.rule()
	if forgotten := int(now.Sub(t.FailedAt) / rule.forget); forgotten > 0 {
		t.Failures = max(0, t.Failures-forgotten)
		t.FailedAt = t.FailedAt.Add(time.Duration(forgotten) * rule.forget)
	}
	if t.Failures == 0 {
		t.FailedAt = now
	}
	t.Failures++
	t.BlockedUntil = nil
	if over := t.Failures - rule.free; over >= 0 {
		wait := throttleMost
		if over < 10 { // 2^10 × 30 s is beyond the most
			wait = min(throttleMost, throttleFirst<<over)
		}
		until := now.Add(wait)
		t.BlockedUntil = &until
	}
}

// Forgive takes back the failure that a success was counted as before it was known to be one.
func (t *Throttle) Forgive() {
	t.Failures = max(0, t.Failures-1)
	t.BlockedUntil = nil
}
