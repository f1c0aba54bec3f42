package auth

import (
	"context"
	"errors"
	"unicode/utf8"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// SignIn checks an address and a password and gives the entry that opens a session (Visit.SignIn). Exactly one hash is computed
// whoever asks (C021). ErrBadCredentials for an unknown address and a wrong password alike; ErrUnconfirmed only after the right password.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (activity.Entry, Person, error) {
	if !plausible(password) {
		return activity.Entry{}, Person{}, ErrBadCredentials // no account has such a password: refused before any hashing (C049)
	}
	p, stored, unconfirmed, err := s.lookUp(ctx, EmailKey(email))
	if err != nil {
		return activity.Entry{}, Person{}, err
	}
	right, stale, err := s.Hasher.Verify(ctx, stored, password)
	switch {
	case err != nil:
		return activity.Entry{}, Person{}, err
	case !right:
		return activity.Entry{}, Person{}, ErrBadCredentials
	case unconfirmed:
		return activity.Entry{}, Person{}, ErrUnconfirmed
	case stale:
		if err := s.rehash(ctx, p, password); err != nil {
			return activity.Entry{}, Person{}, err
		}
	}
	return activity.Entry{
		Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: address},
		Action: activity.SignedIn, Outcome: activity.Done, At: s.Now(),
	}, p, nil
}

// lookUp finds what a password for an address is compared with: a person's hash, that of the latest unconfirmed sign-up, or nothing.
func (s *Service) lookUp(ctx context.Context, key string) (p Person, stored string, unconfirmed bool, err error) {
	p, err = s.People.ByEmail(ctx, key)
	if err == nil {
		return p, p.PasswordHash, false, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Person{}, "", false, err
	}
	r, err := s.Registrations.Newest(ctx, key, s.oldestRegistration())
	if err == nil {
		return Person{}, r.PasswordHash, true, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Person{}, "", false, err
	}
	return Person{}, "", false, nil
}

// rehash stores the password with today's cost (C047). It is the same password: its age does not change.
func (s *Service) rehash(ctx context.Context, p Person, password string) error {
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.People.SetPasswordHash(ctx, p.Merchant, p.ID, p.PasswordHash, hash)
}

// CheckPassword asks somebody who is signed in for the password again: nil, or ErrWrongPassword.
func (s *Service) CheckPassword(ctx context.Context, m ids.MerchantID, id ids.PersonID, password string) error {
	if password == "" {
		return fault.InvalidField("password", "form.required", nil)
	}
	if !plausible(password) {
		return ErrWrongPassword
	}
	p, err := s.People.ByID(ctx, m, id)
	if err != nil {
		return err
	}
	right, _, err := s.Hasher.Verify(ctx, p.PasswordHash, password)
	if err != nil {
		return err
	}
	if !right {
		return ErrWrongPassword
	}
	return nil
}

// plausible reports whether a text could be anybody's password at all.
func plausible(password string) bool {
	n := utf8.RuneCountInString(NormalPassword(password))
	return utf8.ValidString(password) && n > 0 && n <= MaxPassword
}

// SetLanguage stores the language that somebody chose.
func (s *Service) SetLanguage(ctx context.Context, m ids.MerchantID, id ids.PersonID, language string) error {
	return s.People.SetLanguage(ctx, m, id, language)
}
