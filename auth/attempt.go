package auth

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// ErrLocked is in the chain of every refusal because of a lock. The fault around it says how long the lock still lasts.
var ErrLocked = errors.New("locked after wrong passwords")

func lockedFor(left time.Duration) error {
	return &fault.Error{
		Kind: fault.Invalid, Public: fault.Message{ID: "auth.locked", Args: map[string]any{"Left": left}}, RetryAfter: left, Err: ErrLocked,
	}
}

// buckets is how many locks all addresses without an account share: they behave like accounts and cost no more than that (C008).
const buckets = 65536

// How long an attempt waits for its slot while others are being checked, how often it looks, and how many may wait on this node.
const (
	maxPatience = 5 * time.Second
	lookEvery   = 20 * time.Millisecond
	maxQueued   = 256
)

// suspect is whose password an attempt is about: a person, or an address that has no account.
type suspect struct {
	subject string // of its lock
	person  *Person
}

// LockOf names the lock of a person.
func LockOf(p ids.PersonID) string { return "person:" + string(p) }

func known(p Person) suspect { return suspect{LockOf(p.ID), &p} }

// stranger gives the suspect of an address without an account. The bucket cannot be chosen by who does not know the key of Marker.
func (s *Service) stranger(emailKey string) (suspect, error) {
	mark, err := s.Marker.Mark([]byte(emailKey))
	if err != nil {
		return suspect{}, err
	}
	return suspect{fmt.Sprintf("address:%d", binary.BigEndian.Uint32(mark[len(mark)-4:])%buckets), nil}, nil
}

// verdict is what an attempt has shown.
type verdict uint8

// The verdicts. The zero value refuses.
const (
	wrongPassword verdict = iota
	wrongCode
	// partly: right as far as it goes, of somebody who has more to show. The count of wrong ones stays as it is: else whoever knows the password could
	// guess codes without end by typing it again in between (C128).
	partly
	wholly // all that there is to show: it clears the count
)

// ofPassword is the verdict on the password of somebody who has nothing else to show.
func ofPassword(right bool) verdict {
	if right {
		return wholly
	}
	return wrongPassword
}

// try is the one gate of every path that checks a password or a code (C009). It takes a slot before anything is computed, has judge compute what was
// shown, and counts the answer; what judge fails with is not counted. Nil: it was right. ErrBadCredentials: it was wrong. A fault around ErrLocked: nothing was
// computed, or it was the wrong one that locks. ErrBusy: others are being checked for too long.
func (s *Service) try(ctx context.Context, who suspect, from activity.Actor, judge func() (verdict, error)) error {
	id, at, err := s.begin(ctx, who, from)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // who goes away is counted as well
	shown, err := judge()
	if err != nil {
		return errors.Join(err, s.abandon(ctx, who, id))
	}
	return s.settle(ctx, who, from, id, at, shown)
}

// step is what becomes of a lock: the lock after it, what the caller is told, and what is written down about it.
type step struct {
	next   Lock
	answer error
	events []event
}

type event struct {
	action  activity.Action
	outcome activity.Outcome
}

// begin waits for a slot. It gives the attempt's id and time.
func (s *Service) begin(ctx context.Context, who suspect, from activity.Actor) (id string, at time.Time, err error) {
	select {
	case s.queued <- struct{}{}:
		defer func() { <-s.queued }()
	default:
		return "", time.Time{}, ErrBusy
	}
	patience, look := time.NewTimer(maxPatience), time.NewTicker(lookEvery)
	defer patience.Stop()
	defer look.Stop()
	id = rand.Text()
	for {
		taken := false
		at = s.moment()
		err := s.change(ctx, who, from, at, func(l Lock) step {
			if left := l.locked(at); left > 0 {
				return step{next: l, answer: lockedFor(left)}
			}
			if taken = !l.full(s.Rules); taken {
				l = l.take(id, at)
			}
			return step{next: l}
		})
		if err != nil || taken {
			return id, at, err
		}
		select {
		case <-look.C:
		case <-patience.C:
			return "", time.Time{}, ErrBusy
		case <-ctx.Done():
			return "", time.Time{}, ctx.Err()
		}
	}
}

// settle counts an attempt. Whose slot ran out meanwhile has been counted as wrong, and a lock may have begun since: it proves nothing any more (C010).
func (s *Service) settle(ctx context.Context, who suspect, from activity.Actor, id string, at time.Time, shown verdict) error {
	now := s.moment()
	return s.change(ctx, who, from, now, func(l Lock) step {
		l, held := l.give(id)
		switch {
		case !held:
			return step{next: l, answer: ErrBusy}
		case l.locked(now) > 0: // begun meanwhile on a node with a lower limit: right or wrong, it is an attempt during the lock (C004, C005)
			return step{next: l, answer: lockedFor(l.locked(now))}
		case shown == wholly:
			l.Failed = 0
			return step{next: l}
		case shown == partly:
			return step{next: l}
		}
		refused := event{activity.PasswordRefused, activity.Refused}
		if shown == wrongCode {
			refused.action = activity.CodeRefused
		}
		wrong := step{next: l.wrong(at, s.Rules), answer: ErrBadCredentials, events: []event{refused}}
		if left := wrong.next.locked(now); left > 0 {
			wrong.answer = lockedFor(left)
		}
		return wrong
	})
}

// abandon gives back the slot of an attempt that computed nothing.
func (s *Service) abandon(ctx context.Context, who suspect, id string) error {
	return s.change(ctx, who, activity.Actor{}, s.moment(), func(l Lock) step {
		l, _ = l.give(id)
		return step{next: l}
	})
}

// Unlock is support's way to end a lock: it gives the account a full budget and leaves the password alone (C018). ErrNotFound for
// an address without an account.
func (s *Service) Unlock(ctx context.Context, email string) error {
	p, err := s.People.ByEmail(ctx, EmailKey(email))
	if err != nil {
		return err
	}
	return s.change(ctx, known(p), activity.Actor{}, s.moment(), func(Lock) step {
		return step{events: []event{{activity.AccountUnlocked, activity.Done}}}
	})
}

// change applies edit to a lock as it is at a moment, again where another attempt was faster. What it answers is true once the change is on disk. What is
// written down about it is written with it, and the owner is told of a lock: once (C017).
func (s *Service) change(ctx context.Context, who suspect, from activity.Actor, at time.Time, edit func(Lock) step) error {
	for {
		stored, version, err := s.Locks.Load(ctx, who.subject)
		if err != nil {
			return err
		}
		done := edit(stored.at(at, s.Rules))
		if done.next.equal(stored) && len(done.events) == 0 {
			return done.answer
		}
		if done.next.Until.After(stored.Until) {
			done.events = append(done.events, event{activity.AccountLocked, activity.Done})
		}
		won, err := s.swap(ctx, who, from, at, version, done)
		if err != nil {
			return err
		}
		if won {
			return done.answer
		}
	}
}

// swap writes a lock, with what is to be told about it where it is a person's.
func (s *Service) swap(ctx context.Context, who suspect, from activity.Actor, at time.Time, version int64, done step) (won bool, err error) {
	if who.person == nil || len(done.events) == 0 {
		return s.Locks.Swap(ctx, who.subject, version, done.next)
	}
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		if won, err = s.Locks.Swap(ctx, who.subject, version, done.next); err != nil || !won {
			return err
		}
		return s.tell(ctx, *who.person, from, at, done)
	})
	return won, err
}

func (s *Service) tell(ctx context.Context, p Person, from activity.Actor, at time.Time, done step) error {
	for _, e := range done.events {
		if err := s.Log.Record(ctx, activity.Entry{
			Actor:  activity.Actor{Merchant: p.Merchant, Person: from.Person, Address: from.Address},
			Action: e.action, Target: string(p.ID), Outcome: e.outcome, At: at,
		}); err != nil {
			return err
		}
		if e.action != activity.AccountLocked {
			continue
		}
		if err := s.Outbox.Enqueue(ctx, outbox.Message{
			Kind: outbox.AccountLocked, To: p.Email, Language: p.Language, Zone: p.Timezone, At: at.UnixMilli(), Until: done.next.Until.UnixMilli(),
			Address: from.Address,
		}); err != nil {
			return err
		}
	}
	return nil
}

// moment is the time as it can be stored: locks are exact to the millisecond.
func (s *Service) moment() time.Time { return s.Now().Truncate(time.Millisecond) }
