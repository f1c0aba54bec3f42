package auth

import "time"

// Quota bounds how often somebody who is known may do something within a window that slides with the clock, as Throttle does by address: for what is
// dear, or tells something, and is asked by people who are logged in. It remembers 10,000 names; each node counts for itself.
//
// It is safe for concurrent use.
type Quota struct{ limiter[string] }

// NewQuota makes a quota that lets limit attempts under a name through within window. Both are positive. refusal is the message of a refusal, with the
// time that is Left.
func NewQuota(limit int, window time.Duration, now func() time.Time, refusal string) *Quota {
	return &Quota{newLimiter[string](limit, window, now, refusal)}
}

// Take counts an attempt, or gives a fault.TooMany that says when to try again; see Throttle.Take.
func (q *Quota) Take(name string) (release func(), err error) { return q.take(name) }
