package auth

import (
	"context"
	"errors"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// AlarmLife is for how long the link "this was not me" of a mail works: until just before the end of it.
const AlarmLife = 7 * 24 * time.Hour

// Alarms stores the digests of mailed links for whoever did not do what the mail tells of.
type Alarms interface {
	// Add stores a link.
	Add(ctx context.Context, p ids.PersonID, tokenDigest []byte, at time.Time) error
	// Find gives whose a link is, when it was made, and whether it has been used, or ErrNotFound.
	Find(ctx context.Context, tokenDigest []byte) (AlarmLink, error)
	// Use notes that a link was used and reports whether this was the first time.
	Use(ctx context.Context, tokenDigest []byte, at time.Time) (bool, error)
	// DropOld drops those made before oldest. It is no part of an act: it looks at all of them.
	DropOld(ctx context.Context, oldest time.Time) error
}

// AlarmLink is a stored link.
type AlarmLink struct {
	Merchant ids.MerchantID
	Person   ids.PersonID
	MadeAt   time.Time
	Used     bool
}

// alarm makes the link of a mail that tells a person of something which may have been somebody else. It belongs into the transaction of
// what the mail tells of; the token is the message's Token.
func (s *Service) alarm(ctx context.Context, p ids.PersonID, at time.Time) (token string, err error) {
	token = NewToken()
	return token, s.Alarms.Add(ctx, p, TokenDigest(token), at)
}

// AlarmOpened reports whether a link leads anywhere: nil or ErrBadLink, and whether it has been used. Looking consumes nothing (C060).
func (s *Service) AlarmOpened(ctx context.Context, token string) (used bool, err error) {
	link, _, err := s.byAlarm(ctx, token, s.Now())
	return link.Used, err
}

// RaiseAlarm is what somebody does who is told of something that they did not do: all sessions of the person end, the password works no more, second factors
// added since such a mail may have been sent are gone, and all recovery codes, links to choose a new password die, and a fresh one goes to the person's own address. It signs
// nobody in and a lock stays as it is. It happens once per link: using it again changes nothing and is no error. ErrBadLink for one that is unknown, too old,
// or of somebody who is no longer there; fault.TooMany for a network that tries too many.
func (s *Service) RaiseAlarm(ctx context.Context, token string, from Visitor) error {
	if _, err := s.limits.Alarms.Take(from.Address); err != nil {
		return err
	}
	for {
		if err := s.raise(ctx, token, from); !errors.Is(err, ErrPasswordChanged) { // somebody is changing it just now: all the more
			return err
		}
	}
}

func (s *Service) raise(ctx context.Context, token string, from Visitor) error {
	at := s.Now()
	link, p, err := s.byAlarm(ctx, token, at)
	if err != nil || link.Used {
		return err
	}
	nobodys, err := s.renewed(ctx, p, NewToken()) // a password that nobody knows
	if err != nil {
		return err
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		first, err := s.Alarms.Use(ctx, TokenDigest(token), at)
		if err != nil || !first {
			return err
		}
		if err := s.shutOut(ctx, nobodys, from, at); err != nil {
			return err
		}
		if err := s.Log.Record(ctx, activity.Entry{
			Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: from.Address},
			Action: activity.AlarmRaised, Target: string(p.ID), Outcome: activity.Done, At: at,
		}); err != nil {
			return err
		}
		return s.mailAfterAlarm(ctx, p, at, from)
	})
}

// shutOut takes from a person all that somebody else may have by now: sessions, the password, second factors younger than a link lives, so that
// whoever added a passkey of their own does not log in with it after the reset, and the recovery codes, of which nobody knows who had them made.
func (s *Service) shutOut(ctx context.Context, nobodys renewal, from Visitor, at time.Time) error {
	p := nobodys.person
	replaced, err := s.Passwords.Replace(ctx, p, nobodys.hash, at)
	if err != nil {
		return err
	}
	if !replaced {
		return ErrPasswordChanged
	}
	if err := s.Passwords.AddPast(ctx, p.ID, nobodys.past, at); err != nil {
		return err
	}
	if err := s.Sessions.EndAll(ctx, p.ID, ""); err != nil {
		return err
	}
	factors, err := s.Factors.Of(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, f := range factors {
		if at.Sub(f.CreatedAt) >= AlarmLife {
			continue
		}
		if _, err := s.Factors.Remove(ctx, p.Merchant, p.ID, f.ID); err != nil {
			return err
		}
		if err := s.note(ctx, activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: from.Address}, activity.FactorRemoved, string(f.Kind), at); err != nil {
			return err
		}
	}
	return s.RecoveryCodes.Replace(ctx, p.ID, nil)
}

// mailAfterAlarm replaces all reset links of a person by one. The limit of AnswerReset does not hold here: whoever uses it up by asking would keep
// the person from the way out. Each link brings one such mail, and only what is mailed anyway makes a link.
func (s *Service) mailAfterAlarm(ctx context.Context, p Person, at time.Time, from Visitor) error {
	if err := s.Resets.EndAll(ctx, p.ID, at); err != nil {
		return err
	}
	token := NewToken()
	if err := s.Resets.Add(ctx, p.ID, TokenDigest(token), at); err != nil {
		return err
	}
	return s.Outbox.Enqueue(ctx, outbox.Message{
		Kind: outbox.ResetPassword, To: p.Email, Language: p.Language, Token: token, Zone: p.Timezone,
		At: at.UnixMilli(), Address: from.Address, Browser: from.Browser,
	})
}

// byAlarm finds the link and the person of a token that works at a moment. One of the future was made before a clock was set back (C124).
func (s *Service) byAlarm(ctx context.Context, token string, at time.Time) (AlarmLink, Person, error) {
	if token == "" {
		return AlarmLink{}, Person{}, ErrBadLink
	}
	link, err := s.Alarms.Find(ctx, TokenDigest(token))
	if errors.Is(err, ErrNotFound) {
		return AlarmLink{}, Person{}, ErrBadLink
	}
	if err != nil {
		return AlarmLink{}, Person{}, err
	}
	if age := at.Sub(link.MadeAt); age >= AlarmLife || age < -maxSkew {
		return AlarmLink{}, Person{}, ErrBadLink
	}
	p, err := s.People.ByID(ctx, link.Merchant, link.Person)
	if err == nil && p.State != Active {
		return AlarmLink{}, Person{}, ErrBadLink
	}
	return link, p, err
}
