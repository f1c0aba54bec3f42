package auth

import (
	"context"
	"slices"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// MaxSessions is how many sessions of a person live at a time; with one more the oldest ends (C040).
const MaxSessions = 5

// ProofLife is for how long a typed password, or a factor that was shown, is fresh (C084): at exactly that age it still is.
const ProofLife = 5 * time.Minute

// maxSkew is how far the clocks of two nodes may differ. What lies further in the future was written before a clock was set back and is
// not valid: it would live longer than promised (C124).
const maxSkew = 10 * time.Second

// Idle reports whether a session whose last activity was at active is out (rules.md, Idle logout): at exactly the timeout it still lives (C030).
func (r Rules) Idle(active, now time.Time) bool {
	age := now.Sub(active)
	return age > r.IdleTimeout || age < -maxSkew
}

// Fresh reports whether the password was typed in this session recently enough for what asks for that.
func (i Identity) Fresh(now time.Time) bool { return lately(i.ProvedAt, now) }

// Strong reports whether all that the person has to show was shown in this session recently enough: the password, and the second factor if there is one (C130).
func (i Identity) Strong(now time.Time) bool {
	return lately(i.ProvedAt, now) && (!i.HasFactor || lately(i.FactorAt, now))
}

func lately(shown, now time.Time) bool {
	age := now.Sub(shown)
	return age <= ProofLife && age >= -maxSkew
}

// ErrThisSession: the session at hand is not ended from the list; one logs out of it.
var ErrThisSession error = fault.New(fault.Conflict, "sessions.this_one")

// Session is one browser in which somebody is signed in, as its owner sees it.
type Session struct {
	ID        ids.SessionID
	Browser   string // as in Visitor
	Address   string
	CreatedAt time.Time
	ActiveAt  time.Time
}

// Sessions are a person's sessions. None of its methods takes or gives a token.
type Sessions interface {
	// Live lists the sessions of a person that have not ended, newest first.
	Live(ctx context.Context, p ids.PersonID) ([]Session, error)
	// End ends a session of a person and reports whether it lived until then.
	End(ctx context.Context, p ids.PersonID, id ids.SessionID) (bool, error)
	// EndAll ends all sessions of a person but keep, which may be "".
	EndAll(ctx context.Context, p ids.PersonID, keep ids.SessionID) error
}

// MySessions lists the sessions of somebody who is signed in, newest first.
func (s *Service) MySessions(ctx context.Context, p ids.PersonID) ([]Session, error) {
	return s.Sessions.Live(ctx, p)
}

// EndSession ends another session of whoever acts than the one at hand, here; ErrThisSession for that one, which ends by logging out; ErrNotFound if
// there is none of that id, or it has ended (C037).
func (s *Service) EndSession(ctx context.Context, who activity.Actor, here, id ids.SessionID) error {
	if id == here {
		return ErrThisSession
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		living, err := s.Sessions.Live(ctx, who.Person)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(living, func(found Session) bool { return found.ID == id }) {
			return ErrNotFound // one that is out by its idle clock too, though nobody has noticed yet
		}
		lived, err := s.Sessions.End(ctx, who.Person, id)
		if err != nil {
			return err
		}
		if !lived {
			return ErrNotFound
		}
		return s.recordEnded(ctx, who, string(id))
	})
}

// EndOtherSessions ends all sessions of whoever acts but the one at hand. Where there are no others, nothing is noted.
func (s *Service) EndOtherSessions(ctx context.Context, who activity.Actor, here ids.SessionID) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		living, err := s.Sessions.Live(ctx, who.Person)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(living, func(found Session) bool { return found.ID != here }) {
			return nil
		}
		if err := s.Sessions.EndAll(ctx, who.Person, here); err != nil {
			return err
		}
		return s.recordEnded(ctx, who, "others")
	})
}

func (s *Service) recordEnded(ctx context.Context, who activity.Actor, target string) error {
	return s.Log.Record(ctx, activity.Entry{
		Actor: who, Action: activity.SessionEnded, Target: target, Outcome: activity.Done, At: s.Now(),
	})
}
