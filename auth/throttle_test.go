package auth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/fault"
	"merchant-portal/store/storetest"
)

// hand is a clock that a test sets.
type hand struct{ time.Time }

func (h *hand) now() time.Time { return h.Time }

func (h *hand) move(by time.Duration) { h.Time = h.Add(by) }

func newThrottle(limit int, window time.Duration) (*auth.Throttle, *hand) {
	clock := &hand{storetest.Start}
	return auth.NewThrottle(limit, window, clock.now), clock
}

// passes takes a place and wants it to be there.
func passes(t *testing.T, throttle *auth.Throttle, address string) (release func()) {
	t.Helper()
	release, err := throttle.Take(address)
	if err != nil {
		t.Fatalf("%q is refused: %v", address, err)
	}
	return release
}

// refusal wants an attempt to be refused and gives how.
func refusal(t *testing.T, throttle *auth.Throttle, address string) *fault.Error {
	t.Helper()
	release, err := throttle.Take(address)
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind != fault.TooMany || release != nil {
		t.Fatalf("%q: %v, want too many", address, err)
	}
	return known
}

// refused wants an attempt to be refused.
func refused(t *testing.T, throttle *auth.Throttle, address string) {
	t.Helper()
	if known := refusal(t, throttle, address); known == nil {
		t.Fatal("no refusal")
	}
}

// C016: the numbers are those of rules.md, and the window is exact.
func TestEachKindOfAttemptHasItsLimitAndWindow(t *testing.T) {
	clock := &hand{storetest.Start}
	all := auth.NewThrottles(clock.now)
	for name, tt := range map[string]struct {
		throttle *auth.Throttle
		limit    int
		window   time.Duration
	}{
		"failed sign-ins": {all.SignIns, 100, 15 * time.Minute},
		"reset requests":  {all.Resets, 10, time.Hour},
		"registrations":   {all.Registrations, 10, time.Hour},
		"resends":         {all.Resends, 10, time.Hour},
	} {
		for range tt.limit {
			passes(t, tt.throttle, "192.0.2.1")
		}
		if wait := refusal(t, tt.throttle, "192.0.2.1").RetryAfter; wait != tt.window {
			t.Errorf("%s: wait %s, want %s", name, wait, tt.window)
		}
		passes(t, tt.throttle, "192.0.2.2")
		clock.move(tt.window - time.Millisecond)
		if wait := refusal(t, tt.throttle, "192.0.2.1").RetryAfter; wait != time.Millisecond {
			t.Errorf("%s: wait %s, want 1ms", name, wait)
		}
		clock.move(time.Millisecond)
		for range tt.limit {
			passes(t, tt.throttle, "192.0.2.1")
		}
		refused(t, tt.throttle, "192.0.2.1")
	}
}

// The window slides: each attempt leaves it by itself, and what was refused was never in it.
func TestEachAttemptLeavesTheWindowByItself(t *testing.T) {
	throttle, clock := newThrottle(2, time.Hour)
	passes(t, throttle, "192.0.2.1")
	clock.move(40 * time.Minute)
	passes(t, throttle, "192.0.2.1")
	if wait := refusal(t, throttle, "192.0.2.1").RetryAfter; wait != 20*time.Minute {
		t.Errorf("wait %s, want 20m", wait)
	}
	clock.move(20 * time.Minute)
	passes(t, throttle, "192.0.2.1")
	if wait := refusal(t, throttle, "192.0.2.1").RetryAfter; wait != 40*time.Minute {
		t.Errorf("wait %s, want 40m", wait)
	}
}

func TestAReleasedPlaceIsFreeAgainOnce(t *testing.T) {
	throttle, _ := newThrottle(2, time.Hour)
	passes(t, throttle, "192.0.2.1")
	release := passes(t, throttle, "192.0.2.1")
	refused(t, throttle, "192.0.2.1")
	release()
	release()
	release = passes(t, throttle, "192.0.2.1")
	refused(t, throttle, "192.0.2.1")
	release()
	passes(t, throttle, "192.0.2.1")
	release()
	refused(t, throttle, "192.0.2.1")
}

// C015: a customer's IPv6 network is one address, an IPv4 address within IPv6 is itself, and what is no address is one.
func TestAddressesThatBelongTogetherCountAsOne(t *testing.T) {
	for name, tt := range map[string]struct {
		first, second string
		same          bool
	}{
		"the same":                  {"192.0.2.1", "192.0.2.1", true},
		"neighbours in IPv4":        {"192.0.2.1", "192.0.2.2", false},
		"one /64":                   {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
		"the next /64":              {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		"IPv4 within IPv6":          {"::ffff:192.0.2.1", "192.0.2.1", true},
		"neighbours of IPv4 within": {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		"with a zone":               {"fe80::1%eth0", "fe80::2%eth1", true},
		"no address":                {"", "somewhere", true},
		"no address and the zero":   {"", "::", false},
		"no address and IPv4's":     {"", "0.0.0.0", false},
	} {
		throttle, _ := newThrottle(1, time.Hour)
		passes(t, throttle, tt.first)
		if _, err := throttle.Take(tt.second); (err != nil) != tt.same {
			t.Errorf("%s: %v, want refused: %v", name, err, tt.same)
		}
	}
}

func TestParallelAttemptsNeverExceedTheLimit(t *testing.T) {
	throttle, _ := newThrottle(10, time.Hour)
	var through atomic.Int32
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := throttle.Take("192.0.2.1"); err == nil {
				through.Add(1)
			}
			if release, err := throttle.Take("192.0.2.2"); err == nil {
				release()
			}
		})
	}
	wg.Wait()
	if through.Load() != 10 {
		t.Errorf("%d came through, want 10", through.Load())
	}
	passes(t, throttle, "192.0.2.2")
}

// others makes attempts from n addresses that no other call makes them from.
func others(t *testing.T, throttle *auth.Throttle, call byte, n int) {
	t.Helper()
	for i := range n {
		passes(t, throttle, fmt.Sprintf("10.%d.%d.%d", call, i/256, i%256))
	}
}

// Memory is bounded: of more than 10,000 addresses the one that was here longest ago is forgotten. A refused attempt is one too.
func TestTheAddressThatWasHereLongestAgoIsForgottenFirst(t *testing.T) {
	throttle, _ := newThrottle(1, time.Hour)
	passes(t, throttle, "192.0.2.1")
	others(t, throttle, 1, 9_999)
	refused(t, throttle, "192.0.2.1")
	others(t, throttle, 2, 9_999)
	refused(t, throttle, "192.0.2.1")
	release := passes(t, throttle, "192.0.2.2")
	others(t, throttle, 3, 9_999)
	passes(t, throttle, "192.0.2.1")
	others(t, throttle, 4, 1)
	passes(t, throttle, "192.0.2.2")
	release()
	refused(t, throttle, "192.0.2.2")
}

// An attempt of the future counts as one of now: nobody waits longer than the window, and setting the clock back frees nobody.
func TestAClockThatIsSetBackKeepsNobodyOutForLongerThanTheWindow(t *testing.T) {
	throttle, clock := newThrottle(2, time.Hour)
	passes(t, throttle, "192.0.2.1")
	clock.move(time.Minute)
	release := passes(t, throttle, "192.0.2.1")
	clock.move(-24 * time.Hour)
	if wait := refusal(t, throttle, "192.0.2.1").RetryAfter; wait != time.Hour {
		t.Errorf("wait %s, want 1h", wait)
	}
	clock.move(time.Hour - time.Millisecond)
	refused(t, throttle, "192.0.2.1")
	release()
	passes(t, throttle, "192.0.2.1")
	clock.move(time.Millisecond)
	passes(t, throttle, "192.0.2.1")
	refused(t, throttle, "192.0.2.1")
}

func TestARefusalSaysWhenToTryAgain(t *testing.T) {
	for _, wait := range []time.Duration{time.Hour, time.Minute + time.Nanosecond, time.Nanosecond} {
		throttle, clock := newThrottle(1, time.Hour)
		passes(t, throttle, "")
		clock.move(time.Hour - wait)
		want := fault.Message{ID: "fault.too_many", Args: map[string]any{"Left": wait}}
		if got := refusal(t, throttle, ""); got.RetryAfter != wait || !cmp.Equal(got.Public, want) {
			t.Errorf("%s to go: %s, %s", wait, got.RetryAfter, cmp.Diff(want, got.Public))
		}
	}
}

// C016: while the limit is reached with attempts whose end is not known, others wait; they are refused because of what counted alone.
func TestAttemptsUnderWayAreWaitedFor(t *testing.T) {
	throttle, _ := newThrottle(2, time.Hour)
	var leave []func(bool)
	for range 2 {
		l, err := throttle.Enter(t.Context(), "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := throttle.Enter(impatient, "192.0.2.1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third that gives up: %v", err)
	}
	leave[0](false)
	third, err := throttle.Enter(t.Context(), "192.0.2.1")
	if err != nil {
		t.Fatalf("after one that does not count: %v", err)
	}
	leave[1](true)
	third(true)
	var known *fault.Error
	if _, err := throttle.Enter(t.Context(), "192.0.2.1"); !errors.As(err, &known) || known.Kind != fault.TooMany {
		t.Errorf("after two that counted: %v", err)
	}
}

// Whoever sends any number of sign-ins at the same moment finds a bounded queue: the others are told at once that it is full. Another address goes on.
func TestOnlySoManyWaitToEnter(t *testing.T) {
	throttle := auth.NewThrottle(1, time.Minute, time.Now)
	if _, err := throttle.Enter(t.Context(), "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	waiting, release := context.WithTimeout(t.Context(), 2*time.Second)
	defer release()
	outcomes := make(chan error, 300)
	for range cap(outcomes) {
		go func() {
			_, err := throttle.Enter(waiting, "192.0.2.1")
			outcomes <- err
		}()
	}
	for range cap(outcomes) - 256 {
		wants(t, "behind a full queue", <-outcomes, auth.ErrBusy)
	}
	leave, err := throttle.Enter(t.Context(), "192.0.2.2")
	wants(t, "another address", err, nil)
	leave(false)
	release()
	for range 256 {
		wants(t, "in the queue", <-outcomes, context.Canceled)
	}
}
