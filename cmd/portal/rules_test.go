package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"merchant-portal/auth"
)

func TestTheRulesHoldAsDocumentedUnlessSet(t *testing.T) {
	c, err := parseConfig(nil, nil, io.Discard)
	if err != nil || c.rules != auth.DocumentedRules() {
		t.Errorf("rules %+v, %v, documented are %+v", c.rules, err, auth.DocumentedRules())
	}
	c, err = parseConfig([]string{
		"--idle-timeout", "1s", "--session-lifetime", "2m", "--lockout-failures", "3", "--lockout-duration", "4s", "--password-max-age", "1d12h",
	}, []string{"PORTAL_RESET_LINK_TTL=6ms"}, io.Discard)
	want := auth.Rules{
		IdleTimeout: time.Second, SessionLifetime: 2 * time.Minute, LockoutFailures: 3, LockoutDuration: 4 * time.Second,
		PasswordMaxAge: 36 * time.Hour, ResetLinkTTL: 6 * time.Millisecond,
	}
	if err != nil || c.rules != want {
		t.Errorf("rules %+v, %v, want %+v", c.rules, err, want)
	}
}

func TestADurationTakesDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "1d12h": 36 * time.Hour, "1.5d": 36 * time.Hour, ".5d": 12 * time.Hour, "1d0.5s": day + time.Second/2,
		"1h30m": 90 * time.Minute, "1ns": 1, "36500d": longestRule, "876000h": longestRule,
	} {
		if c, err := parseConfig([]string{"--password-max-age", text}, nil, io.Discard); err != nil || c.rules.PasswordMaxAge != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestARuleThatCannotHoldStopsTheStart(t *testing.T) {
	for _, flag := range []string{"idle-timeout", "session-lifetime", "lockout-duration", "password-max-age", "reset-link-ttl"} {
		for _, text := range []string{
			"", "0", "0s", "0d", "-1s", "-1d", "15", "d", ".d", "1d2", "1d-1h", "1h1d", "1d1d", "1 d", "1..5d", "fast",
			"36500d1ns", "876001h", "36501d", "999999d", "99999999999999999999d", "36500d2562047h", "99999999999999999999h",
		} {
			wantRefusal(t, flag, text, "100 years")
		}
	}
	for _, text := range []string{"", "0", "-1", "1.5", "five", "0x5", "1000001", "99999999999999999999"} {
		wantRefusal(t, "lockout-failures", text, "like 5")
	}
}

// A request that is stamped in advance is fresh for twice the tolerance. Its X-EXTERNAL-ID has to be taken all that time, or it could be sent once more.
func TestATimestampIsNeverFreshForLongerThanItsExternalIDIsTaken(t *testing.T) {
	for _, text := range []string{"", "0", "-1s", "5", "12h", "1d", "100d"} {
		wantRefusal(t, "snap-timestamp-tolerance", text, "12 hours")
	}
	for text, want := range map[string]time.Duration{"1s": time.Second, "11h59m": 11*time.Hour + 59*time.Minute} {
		if c, err := parseConfig([]string{"--snap-timestamp-tolerance", text}, nil, io.Discard); err != nil || c.snapTolerance != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// wantRefusal starts with a bad setting and wants a sentence that names the flag, what was given, and what would do.
func wantRefusal(t *testing.T, flag, text, more string) {
	t.Helper()
	_, err := parseConfig([]string{"--" + flag, text}, nil, io.Discard)
	if err == nil {
		t.Errorf("--%s %q is taken", flag, text)
		return
	}
	for _, want := range []string{"--" + flag + ` "` + text + `"`, "must be", "like ", more} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("--%s %q: %v lacks %q", flag, text, err, want)
		}
	}
}
