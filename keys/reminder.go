package keys

import (
	"context"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// maxQuiet is the longest time without use that makes an old key safe to retire.
const maxQuiet = 24 * time.Hour

// Quiet is for how long an ending key has to be unused before it is safe to retire, and how long before its end a mail goes out: 24 hours, or half of the
// time between its replacement and its end if that is shorter.
func Quiet(old, successor Key) time.Duration {
	return min(maxQuiet, old.EndsAt.Sub(successor.CreatedAt)/2)
}

// SafeToRetire reports whether an ending key can go without harm: its successor has been used, and the key itself has been quiet. lastUse is zero where
// no use is known.
func SafeToRetire(old, successor Key, lastUse, now time.Time) bool {
	return !successor.FirstUsedAt.IsZero() && now.Sub(lastUse) >= Quiet(old, successor)
}

// LastUses gives the last use of each key of an environment that was used; none where the program does not count.
func (s *Service) LastUses(ctx context.Context, m ids.MerchantID, env ids.Environment) (map[ids.KeyID]LastUse, error) {
	if s.Uses == nil {
		return map[ids.KeyID]LastUse{}, nil
	}
	return s.Uses.Last(ctx, m, env)
}

// Reminders keeps which ending keys somebody was reminded of.
type Reminders interface {
	// Ending gives keys, at most limit, of which nobody was reminded and which end soon: after now, within most, and with no more than half of the time left that
	// they had when their successor was made.
	Ending(ctx context.Context, now time.Time, most time.Duration, limit int) ([]Key, error)
	// SetReminded notes that somebody was reminded of the end that k has: true for the first one alone, on all nodes together.
	SetReminded(ctx context.Context, k Key, at time.Time) (bool, error)
}

// remindAtOnce is how many keys are looked up at a time.
const remindAtOnce = 100

// Remind mails the Administrators of every merchant that has a key which ends soon (see Quiet), once for each end, however many nodes ask. It is called
// often: who is due is found by an index.
func (s *Service) Remind(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := s.Reminders.Ending(ctx, s.Now(), maxQuiet, remindAtOnce)
		if err != nil {
			return err
		}
		for _, k := range due {
			if err := s.remind(ctx, k); err != nil {
				return err
			}
		}
		if len(due) < remindAtOnce {
			return nil
		}
	}
	return ctx.Err()
}

func (s *Service) remind(ctx context.Context, k Key) error {
	nobody := activity.Actor{Merchant: k.Merchant}
	uses, err := s.LastUses(ctx, k.Merchant, k.Environment)
	if err != nil {
		return err
	}
	last := uses[k.ID]
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		now := s.Now()
		first, err := s.Reminders.SetReminded(ctx, k, now)
		if err != nil || !first {
			return err
		}
		all, err := s.Store.List(ctx, k.Merchant, k.Environment)
		if err != nil {
			return err
		}
		successor, _ := Successor(all, k)
		m := letter(outbox.KeyEndsSoon, nobody, k, successor, last.At)
		if last.At.IsZero() {
			m.At = 0
		}
		m.Address, m.NewUsed = last.From, !successor.FirstUsedAt.IsZero()
		return s.Staff.TellAdministrators(ctx, nobody, m)
	})
}
