package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// longestRule keeps sums with unix milliseconds far from any overflow; nobody means more.
	longestRule = 100 * 365 * day
	// mostFailures keeps counts within every database's whole numbers.
	mostFailures = 1_000_000
	// widestTolerance is half of the time for which an X-EXTERNAL-ID is taken: from there on a request could be sent twice.
	widestTolerance = 12 * time.Hour
)

// checkRules reads the documented rules of accounts into c.rules, and that of BI-SNAP.
func (c *Config) checkRules() error {
	for _, rule := range []struct {
		flag, text, example string
		value               *time.Duration
	}{
		{"idle-timeout", c.IdleTimeout, "15m", &c.rules.IdleTimeout},
		{"session-lifetime", c.SessionLifetime, "12h", &c.rules.SessionLifetime},
		{"lockout-duration", c.LockoutDuration, "15m", &c.rules.LockoutDuration},
		{"password-max-age", c.PasswordMaxAge, "90d", &c.rules.PasswordMaxAge},
		{"reset-link-ttl", c.ResetLinkTTL, "1h", &c.rules.ResetLinkTTL},
	} {
		length, err := parseDuration(rule.text)
		if err != nil || length <= 0 || length > longestRule {
			return fmt.Errorf("--%s %q must be a duration above zero and of at most 100 years, like %s", rule.flag, quotable(rule.text), rule.example)
		}
		*rule.value = length
	}
	var err error
	if c.snapTolerance, err = parseDuration(c.SnapTolerance); err != nil || c.snapTolerance <= 0 || c.snapTolerance >= widestTolerance {
		return fmt.Errorf("--snap-timestamp-tolerance %q must be a duration above zero and below 12 hours, like 5m", quotable(c.SnapTolerance))
	}
	failures, err := strconv.Atoi(c.LockoutFailures)
	if err != nil || failures < 1 || failures > mostFailures {
		return fmt.Errorf("--lockout-failures %q must be a whole number from 1 to %d, like 5", quotable(c.LockoutFailures), mostFailures)
	}
	c.rules.LockoutFailures = failures
	return nil
}

// parseDuration reads Go's notation, in front of which a number of days of 24 hours may stand: 90d, 1d12h, 1.5d. No unit of Go has a d.
func parseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	if strings.Trim(days, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is no number of days", days)
	}
	whole, err := time.ParseDuration(days + "h")
	if err != nil {
		return 0, err
	}
	part, err := time.ParseDuration("0h" + rest) // so that rest has no sign and no number without a unit
	if err != nil {
		return 0, err
	}
	if whole > longestRule/24 || part > longestRule {
		return 0, fmt.Errorf("%q is too long", text)
	}
	return 24*whole + part, nil
}
