package auth

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"merchant-portal/internal/fault"
)

// maxAddresses is how many addresses a Throttle remembers, and how many names a Quota.
const maxAddresses = 10_000

// limiter counts attempts by key, as Throttle and Quota say.
type limiter[K comparable] struct {
	limit   int
	window  time.Duration
	now     func() time.Time
	refusal string // the message of a refusal, with the time that is Left

	mu     sync.Mutex
	known  map[K]*list.Element
	recent *list.List // of *attempts[K], the latest first
	taken  uint64     // numbers the attempts
}

// attempts are those of one key, in the order in which they were made.
type attempts[K comparable] struct {
	key  K
	made []attempt
}

type attempt struct {
	at     int64 // unix nanoseconds
	number uint64
	open   bool // whether it counts is not known yet
}

func newLimiter[K comparable](limit int, window time.Duration, now func() time.Time, refusal string) limiter[K] {
	return limiter[K]{limit: limit, window: window, now: now, refusal: refusal, known: map[K]*list.Element{}, recent: list.New()}
}

func (l *limiter[K]) take(key K) (release func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().UnixNano() // under the lock: attempts are in the order of their times
	of := l.attemptsOf(key)
	of.forget(now, l.window)
	if len(of.made) >= l.limit {
		return nil, l.tooMany(time.Duration(of.made[0].at - now + int64(l.window)))
	}
	l.taken++
	number := l.taken
	of.made = append(of.made, attempt{at: now, number: number})
	return func() { l.release(of, number) }, nil
}

// enter gives neither leave nor an error where only attempts under way stand in between.
func (l *limiter[K]) enter(key K) (leave func(counts bool), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().UnixNano()
	of := l.attemptsOf(key)
	of.forget(now, l.window)
	counted, oldest := 0, now
	for _, a := range of.made {
		if !a.open {
			counted, oldest = counted+1, min(oldest, a.at)
		}
	}
	switch {
	case counted >= l.limit:
		return nil, l.tooMany(time.Duration(oldest - now + int64(l.window)))
	case len(of.made) >= l.limit:
		return nil, nil //nolint:nilnil // neither let through nor refused, see above
	}
	l.taken++
	number := l.taken
	of.made = append(of.made, attempt{now, number, true})
	return func(counts bool) {
		if counts {
			l.close(of, number)
		} else {
			l.release(of, number)
		}
	}, nil
}

func (l *limiter[K]) close(of *attempts[K], number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range of.made {
		if of.made[i].number == number {
			of.made[i].open = false
		}
	}
}

func (l *limiter[K]) release(of *attempts[K], number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of.made = slices.DeleteFunc(of.made, func(a attempt) bool { return a.number == number })
}

// attemptsOf finds the attempts of a key and makes it the latest. Where there are too many keys, the one that was here longest ago goes.
func (l *limiter[K]) attemptsOf(key K) *attempts[K] {
	if element, known := l.known[key]; known {
		l.recent.MoveToFront(element)
		return element.Value.(*attempts[K]) //nolint:forcetypeassert // nothing else is in this list
	}
	if l.recent.Len() >= maxAddresses {
		oldest := l.recent.Remove(l.recent.Back()).(*attempts[K]) //nolint:forcetypeassert // nothing else is in this list
		delete(l.known, oldest.key)
	}
	of := &attempts[K]{key: key}
	l.known[key] = l.recent.PushFront(of)
	return of
}

// forget drops what is a window ago or longer, and moves what lies in the future, where the clock was before it was set back, to now.
func (a *attempts[K]) forget(now int64, window time.Duration) {
	old := 0
	for i := range a.made {
		a.made[i].at = min(a.made[i].at, now)
		if now-a.made[i].at >= int64(window) {
			old = i + 1
		}
	}
	a.made = slices.Delete(a.made, 0, old)
}

// tooMany says when to try again.
func (l *limiter[K]) tooMany(wait time.Duration) error {
	public := fault.Message{ID: l.refusal, Args: map[string]any{"Left": wait}}
	return &fault.Error{Kind: fault.TooMany, Public: public, RetryAfter: wait}
}
