package auth

import "time"

// Rules are the documented rules of accounts (rules.md). Every duration is positive, LockoutFailures is at least 1.
type Rules struct {
	IdleTimeout     time.Duration // a session without activity for longer is out
	SessionLifetime time.Duration // counted from sign-in
	LockoutFailures int           // this many consecutive wrong passwords lock
	LockoutDuration time.Duration
	PasswordMaxAge  time.Duration
	ResetLinkTTL    time.Duration
}

// DocumentedRules are the promised values, which hold where nothing else is set.
func DocumentedRules() Rules {
	return Rules{
		IdleTimeout: 15 * time.Minute, SessionLifetime: 12 * time.Hour,
		LockoutFailures: 5, LockoutDuration: 15 * time.Minute,
		PasswordMaxAge: 90 * 24 * time.Hour, ResetLinkTTL: time.Hour,
	}
}
