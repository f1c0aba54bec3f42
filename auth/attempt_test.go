package auth_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/outbox"
	"merchant-portal/store/storetest"
)

// C010: a check that takes longer than its slot is held has counted as wrong, and its answer proves nothing any more.
func TestAnAttemptThatOutlivesItsSlotProvesNothing(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	p := r.person(t, "a@example.test")
	slow := func(takes time.Duration, right bool) error {
		return r.Try(t.Context(), p, func() (bool, error) {
			r.db.Clock.Move(takes)
			return right, nil
		})
	}
	wants(t, "right just in time", slow(30*time.Second-time.Millisecond, true), nil)
	wants(t, "right too late", slow(30*time.Second, true), auth.ErrBusy)
	wants(t, "wrong too late", slow(30*time.Second, false), auth.ErrBusy)
	wants(t, "wrong", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	wants(t, "wrong", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	wants(t, "right, too late as the fifth", slow(31*time.Second, true), auth.ErrBusy)
	wants(t, "the lock that this began", r.try(t, "a@example.test", goodPassword), auth.ErrLocked)
	if events, mails := r.actions(t, activity.AccountLocked), r.box.mails(outbox.AccountLocked); events != 1 || mails != 1 {
		t.Errorf("%d entries and %d mails about the lock, want one each", events, mails)
	}
	r.db.Clock.Move(15*time.Minute - time.Second - time.Millisecond) // it began when the slot ran out, a second ago
	wants(t, "1 ms before its end", r.try(t, "a@example.test", goodPassword), auth.ErrLocked)
	r.db.Clock.Move(time.Millisecond)
	wants(t, "at its end", r.try(t, "a@example.test", goodPassword), nil)
}

// An attempt that could not be computed is none: nothing was guessed (rules.md, Lock).
func TestAnAttemptThatComputesNothingIsNotCounted(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	p := r.person(t, "a@example.test")
	full := errors.New("no place at the gate")
	for range 7 {
		wants(t, "nothing computed", r.Try(t.Context(), p, func() (bool, error) { return false, full }), full)
	}
	for range 4 {
		wants(t, "the budget afterwards", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
}

// A slot is waited for: who comes while all five are being checked is neither refused nor counted, and told so if it takes too long.
func TestWhoComesWhileAllSlotsAreTakenWaits(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	p := r.person(t, "a@example.test")
	hold, release := make(chan struct{}), make(chan struct{})
	var holders sync.WaitGroup
	for range 5 {
		holders.Go(func() {
			wants(t, "a holder", r.Try(t.Context(), p, func() (bool, error) {
				hold <- struct{}{}
				<-release
				return true, nil
			}), nil)
		})
	}
	for range 5 {
		<-hold
	}
	impatient, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, _, err := r.SignIn(impatient, "a@example.test", goodPassword, auth.Visitor{})
	wants(t, "a sixth that gives up", err, context.DeadlineExceeded)
	waited := make(chan error)
	go func() { waited <- r.try(t, "a@example.test", goodPassword) }()
	close(release)
	wants(t, "a sixth that waits", <-waited, nil)
	holders.Wait()
	for range 4 {
		wants(t, "the budget afterwards", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
}

// brokenLocks is a database that goes away at the n-th change of a lock.
type brokenLocks struct {
	auth.Locks
	left int
}

// Swap implements auth.Locks.
func (b *brokenLocks) Swap(ctx context.Context, subject string, version int64, next auth.Lock) (bool, error) {
	if b.left--; b.left < 0 {
		return false, fault.New(fault.Unavailable, "fault.unavailable")
	}
	return b.Locks.Swap(ctx, subject, version, next)
}

// C014: where an attempt cannot be counted, nobody is signed in and nothing is hashed.
func TestWhatCannotBeCountedSignsNobodyIn(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	intact := r.Locks
	for left := range 2 { // before the hash, after the hash
		r.Locks = &brokenLocks{intact, left}
		r.Hasher = auth.NewHasher(left, storetest.Cost) // with none, a hash would end in ErrBusy after a while
		for _, password := range []string{goodPassword, wrongPassword} {
			if err := r.try(t, "a@example.test", password); fault.KindOf(err) != fault.Unavailable || errors.Is(err, auth.ErrBusy) {
				t.Errorf("after %d changes: %v", left, err)
			}
		}
	}
}

// C013: when the answer is out, every node knows.
func TestALockIsStoredBeforeTheAnswer(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	other := r.node(t)
	for i := range 5 {
		r.try(t, "a@example.test", wrongPassword) //nolint:errcheck // looked at elsewhere
		lock, _, err := r.db.Another(t).Locks().Load(t.Context(), auth.LockOf(r.person(t, "a@example.test").ID))
		if err != nil || len(lock.Pending) != 0 || (i < 4 && lock.Failed != i+1) || lock.Until.IsZero() == (i == 4) {
			t.Errorf("after %d: %+v, %v", i+1, lock, err)
		}
	}
	_, _, err := other.SignIn(t.Context(), "a@example.test", goodPassword, auth.Visitor{})
	wants(t, "another node", err, auth.ErrLocked)
}

// C018: support ends a lock, which is written down; the password is as before.
func TestSupportUnlocks(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	r.lock(t, "a@example.test")
	before := r.person(t, "a@example.test")
	wants(t, "nobody", r.Unlock(t.Context(), "nobody@example.test"), auth.ErrNotFound)
	wants(t, "unlock", r.Unlock(t.Context(), " A@example.test"), nil)
	if n := r.actions(t, activity.AccountUnlocked); n != 1 {
		t.Errorf("%d entries", n)
	}
	if diff := cmp.Diff(before, r.person(t, "a@example.test")); diff != "" {
		t.Errorf("the person changed:\n%s", diff)
	}
	for range 4 {
		wants(t, "a full budget", r.try(t, "a@example.test", wrongPassword), auth.ErrBadCredentials)
	}
	wants(t, "the right password", r.try(t, "a@example.test", goodPassword), nil)
}

// C124: slots of attempts that a node took with it when it died are wrong passwords half a minute later; a clock that is set back meanwhile does not
// hold them for as long as the step, and the lock that they make is no longer than any other.
func TestAClockSetBackHoldsNoSlots(t *testing.T) {
	r := newRoom(t)
	r.member(t, "a@example.test", "0811111111", goodPassword)
	lock := auth.Lock{}
	for i := range 5 {
		lock.Pending = append(lock.Pending, auth.Lease{ID: string(rune('a' + i)), Until: r.db.Clock.Now().Add(30 * time.Second)})
	}
	if _, err := r.Locks.Swap(t.Context(), auth.LockOf(r.person(t, "a@example.test").ID), 0, lock); err != nil {
		t.Fatal(err)
	}
	r.db.Clock.Move(-time.Hour)
	var f *fault.Error
	if err := r.try(t, "a@example.test", goodPassword); !errors.Is(err, auth.ErrLocked) || !errors.As(err, &f) || f.RetryAfter != 15*time.Minute {
		t.Fatalf("%v, %v", err, f)
	}
	r.db.Clock.Move(15 * time.Minute)
	wants(t, "after it", r.try(t, "a@example.test", goodPassword), nil)
}
