package auth

import (
	"context"
	"slices"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// ErrFactorRequired: the merchant requires a second factor of everyone, and this is the last one.
var ErrFactorRequired error = fault.New(fault.Conflict, "factor.required")

// SecondFactors is what somebody has to show beside the password.
type SecondFactors struct {
	Factors   []Factor // oldest first
	CodesLeft int      // unused recovery codes
	CodesMark string   // tells these recovery codes from those made before and after
}

// Authenticator finds the one among the factors that makes codes.
func (f SecondFactors) Authenticator() (Factor, bool) {
	i := slices.IndexFunc(f.Factors, func(f Factor) bool { return f.Kind == TOTP })
	if i < 0 {
		return Factor{}, false
	}
	return f.Factors[i], true
}

// MyFactors gives what somebody has.
func (s *Service) MyFactors(ctx context.Context, p ids.PersonID) (SecondFactors, error) {
	factors, err := s.Factors.Of(ctx, p)
	if err != nil {
		return SecondFactors{}, err
	}
	left, err := s.RecoveryCodes.Left(ctx, p)
	if err != nil {
		return SecondFactors{}, err
	}
	mark, err := s.codesMark(ctx, p)
	return SecondFactors{factors, left, mark}, err
}

// addFactor stores a factor, writes it down and tells its owner. Who has no recovery code left gets new ones.
// also is what else has to be so once it is there, nil if nothing.
func (s *Service) addFactor(ctx context.Context, p Person, from Visitor, f Factor, also func(ctx context.Context) error) (codes []string, err error) {
	f.CreatedAt = s.Now()
	left, err := s.RecoveryCodes.Left(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var digests [][]byte
	if left == 0 {
		if codes, digests, err = s.newRecoveryCodes(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		if err := s.Factors.Add(ctx, p.Merchant, p.ID, f); err != nil {
			return err
		}
		if also != nil {
			if err := also(ctx); err != nil {
				return err
			}
		}
		if digests != nil {
			if err := s.RecoveryCodes.Replace(ctx, p.ID, digests); err != nil {
				return err
			}
		}
		return s.tellOfFactor(ctx, p, from, activity.FactorAdded, string(f.Kind), addedMail[f.Kind], f.CreatedAt)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// The mails about the factors of each kind.
var (
	addedMail   = map[FactorKind]outbox.Kind{TOTP: outbox.AuthenticatorAdded, Passkey: outbox.PasskeyAdded}
	removedMail = map[FactorKind]outbox.Kind{TOTP: outbox.AuthenticatorRemoved, Passkey: outbox.PasskeyRemoved}
)

// RemoveFactor removes a factor of whoever acts, and with the last one the recovery codes. ErrNotFound; ErrFactorRequired.
func (s *Service) RemoveFactor(ctx context.Context, who activity.Actor, browser string, id ids.FactorID) error {
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return err
	}
	at := s.Now()
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		factors, err := s.Factors.Of(ctx, p.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(factors, func(f Factor) bool { return f.ID == id })
		if i < 0 {
			return ErrNotFound
		}
		if len(factors) == 1 {
			from, err := s.Requirements.FactorFrom(ctx, p.Merchant)
			if err != nil {
				return err
			}
			if required(from) {
				return ErrFactorRequired
			}
			if err := s.RecoveryCodes.Replace(ctx, p.ID, nil); err != nil {
				return err
			}
		}
		if _, err := s.Factors.Remove(ctx, p.Merchant, p.ID, id); err != nil {
			return err
		}
		kind := factors[i].Kind
		return s.tellOfFactor(ctx, p, Visitor{who.Address, browser}, activity.FactorRemoved, string(kind), removedMail[kind], at)
	})
}

// ClearFactors is the operator's way back in for somebody who has lost everything: all factors and recovery codes go, the password stays. ErrNotFound for
// an address without an account.
func (s *Service) ClearFactors(ctx context.Context, email string) (removed int, err error) {
	p, err := s.People.ByEmail(ctx, EmailKey(email))
	if err != nil {
		return 0, err
	}
	at := s.Now()
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		factors, err := s.Factors.Of(ctx, p.ID)
		if err != nil {
			return err
		}
		removed = len(factors)
		if err := s.RecoveryCodes.Replace(ctx, p.ID, nil); err != nil || removed == 0 {
			return err
		}
		for _, f := range factors {
			if _, err := s.Factors.Remove(ctx, p.Merchant, p.ID, f.ID); err != nil {
				return err
			}
		}
		if err := s.Log.Record(ctx, activity.Entry{
			Actor: activity.Actor{Merchant: p.Merchant}, Action: activity.FactorRemoved, Target: string(p.ID), Outcome: activity.Done, At: at,
		}); err != nil {
			return err
		}
		return s.tellOwner(ctx, outbox.FactorsCleared, p, Visitor{}, at, 0)
	})
	return removed, err
}

// tellOfFactor writes down what a person did with their own factors, and mails it to them (C055, C130).
func (s *Service) tellOfFactor(ctx context.Context, p Person, from Visitor, what activity.Action, target string, mail outbox.Kind, at time.Time) error {
	if err := s.Log.Record(ctx, activity.Entry{
		Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: from.Address},
		Action: what, Target: target, Outcome: activity.Done, At: at,
	}); err != nil {
		return err
	}
	return s.tellOwner(ctx, mail, p, from, at, 0)
}

// tellOwner mails somebody what was done to their account, from where, with the link for who did not do it. count is the message's Count.
func (s *Service) tellOwner(ctx context.Context, kind outbox.Kind, p Person, from Visitor, at time.Time, count int) error {
	token, err := s.alarm(ctx, p.ID, at)
	if err != nil {
		return err
	}
	return s.Outbox.Enqueue(ctx, outbox.Message{
		Kind: kind, To: p.Email, Language: p.Language, Token: token, Zone: p.Timezone, At: at.UnixMilli(), Address: from.Address, Browser: from.Browser,
		Count: count,
	})
}
