package auth_test

import (
	"testing"
	"time"

	"merchant-portal/auth"
)

// C030, C054, C084, C124: each age at its exact boundary, and times that lie in the future because a clock was set back.
func TestAgesAreJudgedToTheMillisecond(t *testing.T) {
	const ms, day = time.Millisecond, 24 * time.Hour
	rules := auth.DocumentedRules()
	now := time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)
	idle := func(age time.Duration) bool { return rules.Idle(now.Add(-age), now) }
	fresh := func(age time.Duration) bool { return auth.Identity{ProvedAt: now.Add(-age)}.Fresh(now) }
	tooOld := func(age time.Duration) bool { return rules.PasswordTooOld(now.Add(-age), now) }
	for _, tt := range []struct {
		name  string
		judge func(time.Duration) bool
		age   time.Duration
		want  bool
	}{
		{"idle", idle, 15 * time.Minute, false}, {"idle", idle, 15*time.Minute + ms, true},
		{"idle, another node's clock is ahead", idle, -10 * time.Second, false}, {"idle, the clock was set back", idle, -10*time.Second - ms, true},
		{"fresh", fresh, 5 * time.Minute, true}, {"fresh", fresh, 5*time.Minute + ms, false},
		{"fresh, another node's clock is ahead", fresh, -10 * time.Second, true}, {"fresh, the clock was set back", fresh, -10*time.Second - ms, false},
		{"too old", tooOld, 90*day - ms, false}, {"too old", tooOld, 90 * day, true},
	} {
		if got := tt.judge(tt.age); got != tt.want {
			t.Errorf("%s at an age of %s: %t, want %t", tt.name, tt.age, got, tt.want)
		}
	}
}
