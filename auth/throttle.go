package auth

import (
	"container/list"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"merchant-portal/internal/fault"
)

// maxAddresses is how many addresses a Throttle remembers.
const maxAddresses = 10_000

// Throttles are the documented limits by address (rules.md, C016), one for each kind of attempt.
type Throttles struct {
	SignIns       *Throttle // failed ones
	Resets        *Throttle
	Registrations *Throttle
	Resends       *Throttle
	Alarms        *Throttle
}

// NewThrottles makes the documented limits.
func NewThrottles(now func() time.Time) *Throttles {
	return &Throttles{
		SignIns: NewThrottle(100, 15*time.Minute, now),
		Resets:  NewThrottle(10, time.Hour, now), Registrations: NewThrottle(10, time.Hour, now), Resends: NewThrottle(10, time.Hour, now),
		Alarms: NewThrottle(10, time.Hour, now),
	}
}

// Throttle bounds how often one address may do something within a window that slides with the clock: it keeps the time of each attempt. An
// IPv6 address counts as its /64, which is what one customer has at least, and an IPv4 address within IPv6 as what it is (C015). Whatever is
// no address counts as one address of its own.
//
// It remembers 10,000 addresses with at most limit attempts each, of 16 bytes; then the one whose last attempt, refused or not, is longest ago
// is forgotten. So whoever has more addresses than that (a /48 has 65,536 times /64) can make it forget and begin anew: nobody else is
// refused because of it, and the lock of each account still holds. Each node counts for itself and begins with nothing: on three nodes
// an address has up to three times the limit.
//
// A clock that is set back keeps nobody out for longer than the window: an attempt that lies in the future counts as one made now.
//
// It is safe for concurrent use.
type Throttle struct {
	limit  int
	window time.Duration
	now    func() time.Time
	queued chan struct{} // who waits in Enter

	mu     sync.Mutex
	known  map[netip.Addr]*list.Element
	recent *list.List // of *attempts, the latest first
	taken  uint64     // numbers the attempts
}

// attempts are those of one address, in the order in which they were made.
type attempts struct {
	address netip.Addr
	made    []attempt
}

type attempt struct {
	at     int64 // unix nanoseconds
	number uint64
	open   bool // whether it counts is not known yet
}

// NewThrottle makes a throttle that lets limit attempts of an address through within window. Both are positive.
func NewThrottle(limit int, window time.Duration, now func() time.Time) *Throttle {
	return &Throttle{
		limit: limit, window: window, now: now, queued: make(chan struct{}, maxQueued), known: map[netip.Addr]*list.Element{}, recent: list.New(),
	}
}

// Take counts an attempt before it is made, so that parallel ones are never more than the limit; release takes it back, once, for what does not
// count after all. Where there were too many it gives no release but a fault.TooMany that says when to try again: exactly a window after
// the oldest attempt. A refused attempt does not count.
func (t *Throttle) Take(address string) (release func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now().UnixNano() // under the lock: attempts are in the order of their times
	of := t.attemptsOf(throttled(address))
	of.forget(now, t.window)
	if len(of.made) >= t.limit {
		return nil, tooMany(time.Duration(of.made[0].at - now + int64(t.window)))
	}
	t.taken++
	number := t.taken
	of.made = append(of.made, attempt{at: now, number: number})
	return func() { t.release(of, number) }, nil
}

// Enter is Take for an attempt of which only its end says whether it counts, which leave is told, once. While the limit is reached with those
// that are still under way, it waits for them: it refuses because of what counted alone. ErrBusy where that takes too long, or
// too many wait already.
func (t *Throttle) Enter(ctx context.Context, address string) (leave func(counts bool), err error) {
	if leave, err = t.enter(address); leave != nil || err != nil {
		return leave, err
	}
	select {
	case t.queued <- struct{}{}:
		defer func() { <-t.queued }()
	default:
		return nil, ErrBusy
	}
	patience, look := time.NewTimer(maxPatience), time.NewTicker(lookEvery)
	defer patience.Stop()
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case <-patience.C:
			return nil, ErrBusy
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if leave, err = t.enter(address); leave != nil || err != nil {
			return leave, err
		}
	}
}

// enter gives neither leave nor an error where only attempts under way stand in between.
func (t *Throttle) enter(address string) (leave func(counts bool), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now().UnixNano()
	of := t.attemptsOf(throttled(address))
	of.forget(now, t.window)
	counted, oldest := 0, now
	for _, a := range of.made {
		if !a.open {
			counted, oldest = counted+1, min(oldest, a.at)
		}
	}
	switch {
	case counted >= t.limit:
		return nil, tooMany(time.Duration(oldest - now + int64(t.window)))
	case len(of.made) >= t.limit:
		return nil, nil //nolint:nilnil // neither let through nor refused, see above
	}
	t.taken++
	number := t.taken
	of.made = append(of.made, attempt{now, number, true})
	return func(counts bool) {
		if counts {
			t.close(of, number)
		} else {
			t.release(of, number)
		}
	}, nil
}

func (t *Throttle) close(of *attempts, number uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range of.made {
		if of.made[i].number == number {
			of.made[i].open = false
		}
	}
}

func (t *Throttle) release(of *attempts, number uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of.made = slices.DeleteFunc(of.made, func(a attempt) bool { return a.number == number })
}

// attemptsOf finds the attempts of an address and makes it the latest. Where there are too many addresses, the one that was here longest ago goes.
func (t *Throttle) attemptsOf(address netip.Addr) *attempts {
	if element, known := t.known[address]; known {
		t.recent.MoveToFront(element)
		return element.Value.(*attempts) //nolint:forcetypeassert // nothing else is in this list
	}
	if t.recent.Len() >= maxAddresses {
		oldest := t.recent.Remove(t.recent.Back()).(*attempts) //nolint:forcetypeassert // nothing else is in this list
		delete(t.known, oldest.address)
	}
	of := &attempts{address: address}
	t.known[address] = t.recent.PushFront(of)
	return of
}

// forget drops what is a window ago or longer, and moves what lies in the future, where the clock was before it was set back, to now.
func (a *attempts) forget(now int64, window time.Duration) {
	old := 0
	for i := range a.made {
		a.made[i].at = min(a.made[i].at, now)
		if now-a.made[i].at >= int64(window) {
			old = i + 1
		}
	}
	a.made = slices.Delete(a.made, 0, old)
}

// throttled is what an address is counted as; the zero address if it is none.
func throttled(address string) netip.Addr {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip
	}
	return netip.PrefixFrom(ip, 64).Masked().Addr()
}

// tooMany says when to try again.
func tooMany(wait time.Duration) error {
	public := fault.Message{ID: "fault.too_many", Args: map[string]any{"Left": wait}}
	return &fault.Error{Kind: fault.TooMany, Public: public, RetryAfter: wait}
}
