package keys

import (
	"context"
	"slices"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// Overlap is for how long an old key goes on working beside the new one, as forms name it. Nothing but the four below is taken.
type Overlap string

// The overlaps.
const (
	AtOnce Overlap = "now"
	Hour   Overlap = "1h"
	Day    Overlap = "24h"
	Week   Overlap = "7d"
)

// Overlaps lists them, the shortest first.
func Overlaps() []Overlap { return []Overlap{AtOnce, Hour, Day, Week} }

// Lasts is how long it is, or false where there is no such overlap.
func (o Overlap) Lasts() (time.Duration, bool) {
	length, known := map[Overlap]time.Duration{AtOnce: 0, Hour: time.Hour, Day: 24 * time.Hour, Week: 7 * 24 * time.Hour}[o]
	return length, known
}

// Refusals of a rotation (docs/adr/0022).
var (
	// ErrOverlap: no such overlap, or one that the act does not take.
	ErrOverlap error = fault.InvalidField("overlap", "rotation.overlap_unknown", nil)
	// ErrNotLater: more time would end earlier than the key does already.
	ErrNotLater error = fault.InvalidField("overlap", "rotation.not_later", nil)
	// ErrNotConfirmed: what cannot be taken back was asked for in Production without the Merchant ID typed.
	ErrNotConfirmed error = fault.InvalidField("typed_merchant", "rotation.not_confirmed", nil)
	// ErrReplaced: the key has a successor already and works until its end.
	ErrReplaced error = fault.New(fault.Conflict, "rotation.replaced")
	// ErrEnded: the key does not work any more, and never will again.
	ErrEnded error = fault.New(fault.Conflict, "rotation.ended")
	// ErrTwoLive: the key that this one replaced still works: there are never three of a kind.
	ErrTwoLive error = fault.New(fault.Conflict, "rotation.two_live")
	// ErrCurrent: the key has no end, so there is none to move, and without a successor it cannot be retired.
	ErrCurrent error = fault.New(fault.Conflict, "rotation.current")
	// ErrInUse: the new key has been used: the rotation cannot be undone, but the old key can get more time.
	ErrInUse error = fault.New(fault.Conflict, "rotation.in_use")
	// ErrNotUndoable: the key replaced none, or the one that it replaced has ended.
	ErrNotUndoable error = fault.New(fault.Conflict, "rotation.not_undoable")
)

// AsksToConfirm reports whether ending a key after an overlap asks for the Merchant ID: in Production, where it ends at once.
func AsksToConfirm(env ids.Environment, overlap Overlap) bool {
	return env == ids.Production && overlap == AtOnce
}

// Confirm checks what was typed to confirm that a key of a merchant ends after an overlap, where that is asked for.
func Confirm(k Key, overlap Overlap, typed string) error {
	if AsksToConfirm(k.Environment, overlap) && !strings.EqualFold(strings.TrimSpace(typed), string(k.Merchant)) {
		return ErrNotConfirmed
	}
	return nil
}

// Rotate draws a new key in place of one that has no end, and gives its text. The new one works at once, the old one until the overlap is over, exactly
// (C085). It takes client keys, server keys and Client Secrets; a public key is given by the merchant and not drawn.
func (s *Service) Rotate(ctx context.Context, who activity.Actor, env ids.Environment, id ids.KeyID, overlap Overlap) (Key, string, error) {
	var issued Key
	var text string
	err := s.change(ctx, who, env, func(ctx context.Context, now time.Time) error {
		old, err := s.Store.Get(ctx, who.Merchant, env, id)
		if err != nil {
			return err
		}
		if old.Kind == PublicKey {
			return ErrNotFound
		}
		text = Generate(env, old.Kind)
		issued, err = s.replace(ctx, who, old, drawn(text), overlap, now)
		return err
	})
	if err != nil {
		return Key{}, "", err
	}
	return issued, text, nil
}

// change runs an act on the keys of an environment in a transaction, if who asks may still do that.
func (s *Service) change(ctx context.Context, who activity.Actor, env ids.Environment, act func(ctx context.Context, now time.Time) error) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if err := s.Staff.MayStill(ctx, who, auth.ChangeKeys, env); err != nil {
			return err
		}
		return act(ctx, s.Now())
	})
}

// replace stores a key in place of old, which ends when the overlap is over, with activity and mail, in the transaction of ctx.
func (s *Service) replace(ctx context.Context, who activity.Actor, old Key, with material, overlap Overlap, now time.Time) (Key, error) {
	length, known := overlap.Lasts()
	if !known {
		return Key{}, ErrOverlap
	}
	if err := s.replaceable(ctx, old, now); err != nil {
		return Key{}, err
	}
	issued, err := s.seal(old.Merchant, old.Environment, old.Kind, with, now)
	if err != nil {
		return Key{}, err
	}
	issued.Replaces, old.EndsAt = old.ID, now.Add(length)
	if err := s.Store.SetEnd(ctx, old.Merchant, old.Environment, old.ID, old.EndsAt); err != nil { // first: of a kind only one has no end
		return Key{}, err
	}
	if err := s.Store.Add(ctx, issued); err != nil {
		return Key{}, err
	}
	kind := outbox.KeyRotated
	if length == 0 {
		kind = outbox.KeyReplaced
	}
	return issued, s.note(ctx, who, activity.KeyRotated, issued.ID, letter(kind, who, old, issued, now), now)
}

// replaceable reports what speaks against a successor of a key: at most two live, and only one of them without an end.
func (s *Service) replaceable(ctx context.Context, old Key, now time.Time) error {
	switch {
	case !old.LiveAt(now):
		return ErrEnded
	case !old.EndsAt.IsZero():
		return ErrReplaced
	}
	all, err := s.Store.List(ctx, old.Merchant, old.Environment)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(k Key) bool { return k.Kind == old.Kind && k.ID != old.ID && k.LiveAt(now) }) {
		return ErrTwoLive
	}
	return nil
}

// Retire ends a replaced key at once. A key without a successor cannot be retired: a merchant always has one of each kind.
func (s *Service) Retire(ctx context.Context, who activity.Actor, env ids.Environment, id ids.KeyID) error {
	return s.change(ctx, who, env, func(ctx context.Context, now time.Time) error {
		old, successor, err := s.ending(ctx, who.Merchant, env, id, now)
		if err != nil {
			return err
		}
		old.EndsAt = now
		if err := s.Store.SetEnd(ctx, who.Merchant, env, id, now); err != nil {
			return err
		}
		return s.note(ctx, who, activity.KeyRetired, id, letter(outbox.KeyRetired, who, old, successor, now), now)
	})
}

// Extend lets a replaced key that still works do so until a length from now, and gives it as it is then. The new end has to be later than the present one.
func (s *Service) Extend(ctx context.Context, who activity.Actor, env ids.Environment, id ids.KeyID, overlap Overlap) (Key, error) {
	var extended Key
	err := s.change(ctx, who, env, func(ctx context.Context, now time.Time) error {
		length, known := overlap.Lasts()
		if !known || length == 0 {
			return ErrOverlap
		}
		old, successor, err := s.ending(ctx, who.Merchant, env, id, now)
		if err != nil {
			return err
		}
		end := now.Add(length)
		if !end.After(old.EndsAt) {
			return ErrNotLater
		}
		old.EndsAt = end
		if err := s.Store.SetEnd(ctx, who.Merchant, env, id, end); err != nil {
			return err
		}
		extended = old
		return s.note(ctx, who, activity.KeyEndMoved, id, letter(outbox.KeyExtended, who, old, successor, now), now)
	})
	return extended, err
}

// Undo takes a new key back that nobody has used, while the one that it replaced still works: that one has no end any more. The key that is taken back ends
// at the moment of its making, as if it had never worked: a first use that was under way is refused, whichever of the two comes first (docs/adr/0022).
func (s *Service) Undo(ctx context.Context, who activity.Actor, env ids.Environment, id ids.KeyID) error {
	return s.change(ctx, who, env, func(ctx context.Context, now time.Time) error {
		issued, err := s.Store.Get(ctx, who.Merchant, env, id)
		if err != nil {
			return err
		}
		old, err := s.undoable(ctx, issued, now)
		if err != nil {
			return err
		}
		if err := s.Store.SetEnd(ctx, who.Merchant, env, issued.ID, issued.CreatedAt); err != nil {
			return err
		}
		if err := s.Store.SetEnd(ctx, who.Merchant, env, old.ID, time.Time{}); err != nil {
			return err
		}
		old.EndsAt = time.Time{}
		return s.note(ctx, who, activity.RotationUndone, old.ID, letter(outbox.RotationUndone, who, old, issued, now), now)
	})
}

// Undoable reports what speaks against Undo of a key, nil if nothing does.
func (s *Service) Undoable(ctx context.Context, issued Key) error {
	_, err := s.undoable(ctx, issued, s.Now())
	return err
}

// undoable gives the key that a new one has replaced, if it may be taken back.
func (s *Service) undoable(ctx context.Context, issued Key, now time.Time) (old Key, err error) {
	if issued.Replaces == "" || !issued.EndsAt.IsZero() {
		return Key{}, ErrNotUndoable
	}
	old, err = s.Store.Get(ctx, issued.Merchant, issued.Environment, issued.Replaces)
	switch {
	case err != nil:
		return Key{}, err
	case !old.LiveAt(now):
		return Key{}, ErrNotUndoable
	case !issued.FirstUsedAt.IsZero():
		return Key{}, ErrInUse
	}
	return old, nil
}

// ending reads a key that has been replaced and still works, and its successor.
func (s *Service) ending(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, now time.Time) (old, successor Key, err error) {
	if old, err = s.Store.Get(ctx, m, env, id); err != nil {
		return old, successor, err
	}
	switch {
	case old.EndsAt.IsZero():
		return old, successor, ErrCurrent
	case !old.LiveAt(now):
		return old, successor, ErrEnded
	}
	all, err := s.Store.List(ctx, m, env)
	if err != nil {
		return old, successor, err
	}
	successor, _ = Successor(all, old)
	return old, successor, nil
}

// Successor gives, of the keys of an environment, the one that stands in for an ending key.
func Successor(all []Key, old Key) (Key, bool) {
	i := slices.IndexFunc(all, func(k Key) bool { return k.Kind == old.Kind && k.EndsAt.IsZero() })
	if i < 0 || old.EndsAt.IsZero() {
		return Key{}, false
	}
	return all[i], true
}

// note writes an act to the activity log and mails it, in the transaction of ctx.
func (s *Service) note(ctx context.Context, who activity.Actor, action activity.Action, target ids.KeyID, mail outbox.Message, now time.Time) error {
	err := s.Log.Record(ctx, activity.Entry{
		Actor: who, Environment: ids.Environment(mail.Environment), Action: action, Target: string(target), Outcome: activity.Done, At: now,
	})
	if err != nil {
		return err
	}
	return s.Staff.TellAdministrators(ctx, who, mail)
}

// letter tells of an old key and its successor by kind and last four characters; never the keys (C089).
func letter(kind outbox.Kind, who activity.Actor, old, successor Key, at time.Time) outbox.Message {
	m := outbox.Message{
		Kind: kind, Merchant: string(old.Merchant), Environment: string(old.Environment), Credential: string(old.Kind),
		LastFour: old.LastFour, NewLastFour: successor.LastFour, At: at.UnixMilli(), Address: who.Address,
	}
	if !old.EndsAt.IsZero() {
		m.Until = old.EndsAt.UnixMilli()
	}
	return m
}
