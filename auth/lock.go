package auth

import (
	"context"
	"slices"
	"time"
)

// leaseLife is how long an attempt may take from its slot to its result; after that it counts as wrong (rules.md, Lock).
const leaseLife = 30 * time.Second

// Lock is what is remembered of the wrong passwords of one account. Failed counts consecutive wrong ones, Pending those that are
// being checked: both together are never more than the limit, so parallel attempts make no more guesses than others (C002).
type Lock struct {
	Failed  int
	Pending []Lease
	Until   time.Time // the lock's end; zero: not locked
}

// Lease is the slot of one attempt.
type Lease struct {
	ID    string
	Until time.Time
}

// Locks stores locks by subject. Every change is on disk when Swap returns (C013).
type Locks interface {
	// Load reads the lock of a subject and its version; a subject without one has the zero Lock and version 0.
	Load(ctx context.Context, subject string) (Lock, int64, error)
	// Swap replaces the lock if its version is still the one given, and reports whether it was.
	Swap(ctx context.Context, subject string, version int64, next Lock) (bool, error)
}

// at brings a lock up to now: leases that ran out were wrong passwords.
func (l Lock) at(now time.Time, r Rules) Lock {
	l.Pending = slices.Clone(l.Pending)
	slices.SortFunc(l.Pending, func(a, b Lease) int { return a.Until.Compare(b.Until) })
	for len(l.Pending) > 0 && l.Pending[0].over(now) {
		since := l.Pending[0].Until
		if since.After(now) {
			since = now
		}
		l.Pending = l.Pending[1:]
		l = l.wrong(since, r)
	}
	return l
}

// over reports whether a lease has run out. One that ends too far in the future was written before the clock was set back: it would
// otherwise hold its slot for as long as that (C124).
func (l Lease) over(now time.Time) bool {
	return !l.Until.After(now) || l.Until.Sub(now) > 2*leaseLife
}

// locked reports how long the lock lasts from now, 0 if there is none.
func (l Lock) locked(now time.Time) time.Duration {
	if l.Until.IsZero() {
		return 0
	}
	return max(l.Until.Sub(now), 0)
}

// full reports whether no attempt may begin until another one ends. Where the limit was lowered to what has failed already, one may: its end decides, as
// nothing else would ever end the wait.
func (l Lock) full(r Rules) bool {
	return min(l.Failed, r.LockoutFailures-1)+len(l.Pending) >= r.LockoutFailures
}

// wrong counts a wrong password of an attempt made at since. The last one of the budget locks (C001), and what follows the lock begins with a
// full budget (C005, C006).
func (l Lock) wrong(since time.Time, r Rules) Lock {
	l.Failed++
	if l.Failed < r.LockoutFailures {
		return l
	}
	return Lock{Pending: l.Pending, Until: since.Add(r.LockoutDuration)}
}

// take gives an attempt its slot.
func (l Lock) take(id string, now time.Time) Lock {
	l.Pending = append(slices.Clone(l.Pending), Lease{id, now.Add(leaseLife)})
	return l
}

// give takes a slot back. held: the attempt still had it.
func (l Lock) give(id string) (_ Lock, held bool) {
	before := len(l.Pending)
	l.Pending = slices.DeleteFunc(slices.Clone(l.Pending), func(p Lease) bool { return p.ID == id })
	return l, len(l.Pending) < before
}

// equal reports whether two locks say the same, so that nothing has to be written.
func (l Lock) equal(other Lock) bool {
	return l.Failed == other.Failed && l.Until.Equal(other.Until) &&
		slices.EqualFunc(l.Pending, other.Pending, func(a, b Lease) bool { return a.ID == b.ID })
}
