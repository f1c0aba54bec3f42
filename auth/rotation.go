package auth

import (
	"context"
	"time"

	"merchant-portal/internal/outbox"
)

const day = 24 * time.Hour

// stages are how many days before a password's end its owner is reminded, the most urgent first (rules.md, Rotation).
var stages = []int{1, 7, 14}

// remindAtOnce is how many people are looked up at a time.
const remindAtOnce = 100

// PasswordTooOld reports whether nothing may be done before the password is changed (rules.md, Rotation): at exactly its greatest age it is.
func (r Rules) PasswordTooOld(setAt, now time.Time) bool { return now.Sub(setAt) >= r.PasswordMaxAge }

// PasswordEndsSoon reports for how long a password still may be used, and whether it is time to say so: 14 days before, or for the last third of a
// shorter age.
func (r Rules) PasswordEndsSoon(setAt, now time.Time) (left time.Duration, soon bool) {
	notice := 14 * day
	if r.PasswordMaxAge <= notice {
		notice = r.PasswordMaxAge / 3
	}
	left = r.PasswordMaxAge - now.Sub(setAt)
	return left, left > 0 && left <= notice
}

// Remind mails everybody whose password ends soon, once for each stage on all nodes together, and only for the most urgent one that is due. A stage that
// is no shorter than the greatest age never is. It is called often: who is due is found by an index.
func (s *Service) Remind(ctx context.Context) error {
	now := s.Now()
	begun := now.Add(-s.Rules.PasswordMaxAge) // whoever set the password at that moment has no time left
	nearer := time.Duration(0)
	for i, stage := range stages {
		farther := time.Duration(stage) * day
		if farther >= s.Rules.PasswordMaxAge {
			return nil
		}
		for _, before := range append([]int{0}, stages[i+1:]...) {
			if err := s.remindAll(ctx, before, stage, begun.Add(nearer), begun.Add(farther)); err != nil {
				return err
			}
		}
		nearer = farther
	}
	return nil
}

// remindAll goes through those whose last reminder was before, and whose password was set after the first moment and not after the second.
func (s *Service) remindAll(ctx context.Context, before, stage int, after, until time.Time) error {
	for ctx.Err() == nil {
		due, err := s.Passwords.Due(ctx, before, after, until, remindAtOnce)
		if err != nil {
			return err
		}
		for _, p := range due {
			if err := s.remind(ctx, p, before, stage); err != nil {
				return err
			}
		}
		if len(due) < remindAtOnce {
			return nil
		}
	}
	return ctx.Err()
}

func (s *Service) remind(ctx context.Context, p Person, before, stage int) error {
	end := p.PasswordSetAt.Add(s.Rules.PasswordMaxAge)
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		first, err := s.Passwords.SetReminded(ctx, p, before, stage)
		if err != nil || !first {
			return err
		}
		return s.Outbox.Enqueue(ctx, outbox.Message{
			Kind: outbox.PasswordExpires, To: p.Email, Language: p.Language, Zone: p.Timezone,
			Days: int(roundedUp(end.Sub(s.Now()), day)), Until: end.UnixMilli(),
		})
	})
}

// roundedUp says how many units a length takes, a begun one included.
func roundedUp(length, unit time.Duration) int64 { return int64((length + unit - 1) / unit) }
