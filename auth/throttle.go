package auth

import (
	"context"
	"net/netip"
	"time"
)

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
	limiter[netip.Addr]
	queued chan struct{} // who waits in Enter
}

// NewThrottle makes a throttle that lets limit attempts of an address through within window. Both are positive.
func NewThrottle(limit int, window time.Duration, now func() time.Time) *Throttle {
	return &Throttle{limiter: newLimiter[netip.Addr](limit, window, now, "fault.too_many"), queued: make(chan struct{}, maxQueued)}
}

// Take counts an attempt before it is made, so that parallel ones are never more than the limit; release takes it back, once, for what does not
// count after all. Where there were too many it gives no release but a fault.TooMany that says when to try again: exactly a window after
// the oldest attempt. A refused attempt does not count.
func (t *Throttle) Take(address string) (release func(), err error) {
	return t.take(throttled(address))
}

// Enter is Take for an attempt of which only its end says whether it counts, which leave is told, once. While the limit is reached with those
// that are still under way, it waits for them: it refuses because of what counted alone. ErrBusy where that takes too long, or
// too many wait already.
func (t *Throttle) Enter(ctx context.Context, address string) (leave func(counts bool), err error) {
	if leave, err = t.enter(throttled(address)); leave != nil || err != nil {
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
		if leave, err = t.enter(throttled(address)); leave != nil || err != nil {
			return leave, err
		}
	}
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
