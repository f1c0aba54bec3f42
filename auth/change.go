package auth

import (
	"context"
	"fmt"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

// Change is a new password in place of one that is known.
type Change struct {
	Who                   activity.Actor
	Browser               string        // like "Chrome on Windows"
	Session               ids.SessionID // the one that stays; all others of the person end (C036)
	Current, New, Confirm string
}

// ChangePassword gives whoever acts a new password. Nothing is hashed for a new one that breaks a rule; a wrong current one counts to the lock (C051).
// Refusals: fields new_password and confirm_password, or current_password where it is empty; those of CheckPassword; ErrPasswordChanged where
// another change was faster (C053).
func (s *Service) ChangePassword(ctx context.Context, in Change) error {
	p, err := s.People.ByID(ctx, in.Who.Merchant, in.Who.Person)
	if err != nil {
		return err
	}
	var missing []fault.Field
	if in.Current == "" {
		missing = append(missing, fault.Field{Name: "current_password", Message: fault.Message{ID: "form.required"}})
	}
	if err := s.checkChosen(ctx, p, in.New, in.Confirm, missing...); err != nil {
		return err
	}
	if err := s.CheckPassword(ctx, in.Who, in.Current); err != nil {
		return err
	}
	next, err := s.renewed(ctx, p, in.New)
	if err != nil {
		return err
	}
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		return s.replace(ctx, next, in.Session, activity.PasswordChanged, Visitor{in.Who.Address, in.Browser})
	})
}

// checkChosen refuses a new password that breaks a rule which can be judged without hashing, together with what else is wrong with the form.
func (s *Service) checkChosen(ctx context.Context, p Person, chosen, confirm string, others ...fault.Field) error {
	merchant, err := s.People.MerchantName(ctx, p.Merchant)
	if err != nil {
		return err
	}
	problem, err := checkNewPassword(chosen, p.Email, p.Name, merchant)
	switch {
	case err != nil:
		return err
	case problem.ID != "":
		others = append(others, fault.Field{Name: "new_password", Message: problem})
	case NormalPassword(chosen) != NormalPassword(confirm):
		others = append(others, fault.Field{Name: "confirm_password", Message: fault.Message{ID: "password.not_the_same"}})
	}
	if len(others) > 0 {
		return &fault.Error{Kind: fault.Invalid, Fields: others}
	}
	return nil
}

// renewal is a password about to be replaced: everything about it that takes time is done.
type renewal struct {
	person Person // with the password to be replaced
	hash   string // of the new one
	past   []byte // the replaced one, sealed
}

// renewed hashes a new password, unless the person has, or ever had, the same (rules.md, No reuse; C052).
func (s *Service) renewed(ctx context.Context, p Person, chosen string) (renewal, error) {
	sealed, err := s.Passwords.Past(ctx, p.ID)
	if err != nil {
		return renewal{}, err
	}
	past := make([]string, len(sealed))
	for i, text := range sealed {
		opened, err := s.Box.Open(text, pastLabel(p.ID))
		if err != nil { // not to be taken for a password that nobody had
			return renewal{}, fmt.Errorf("past password: %w", err)
		}
		past[i] = string(opened)
	}
	hash, used, err := s.Hasher.Renew(ctx, chosen, p.PasswordHash, past)
	if err != nil {
		return renewal{}, err
	}
	if used {
		return renewal{}, fault.InvalidField("new_password", "password.used_before", nil)
	}
	replaced, err := s.Box.Seal([]byte(p.PasswordHash), pastLabel(p.ID))
	return renewal{p, hash, replaced}, err
}

func pastLabel(p ids.PersonID) []byte { return seal.Label("past password", string(p)) }

// replace puts a new password in place, in the transaction of ctx, with all that goes with it: the old one is remembered, mailed links die (C061), all
// sessions but keep end (C036), it is written down, and the owner is told (C055). ErrPasswordChanged where another change was faster.
func (s *Service) replace(ctx context.Context, next renewal, keep ids.SessionID, how activity.Action, from Visitor) error {
	p, at := next.person, s.Now()
	replaced, err := s.Passwords.Replace(ctx, p, next.hash, at)
	if err != nil {
		return err
	}
	if !replaced {
		return ErrPasswordChanged
	}
	if err := s.Passwords.AddPast(ctx, p.ID, next.past, at); err != nil {
		return err
	}
	if err := s.Resets.EndAll(ctx, p.ID, at); err != nil {
		return err
	}
	if err := s.Sessions.EndAll(ctx, p.ID, keep); err != nil {
		return err
	}
	if err := s.Log.Record(ctx, activity.Entry{
		Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: from.Address},
		Action: how, Outcome: activity.Done, At: at,
	}); err != nil {
		return err
	}
	return s.tellOwner(ctx, outbox.PasswordChanged, p, from, at, 0)
}
