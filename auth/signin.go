package auth

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
)

// Visitor is who asks, as far as it shows: the address that the request came from, and the browser, like "Chrome on Windows".
type Visitor struct{ Address, Browser string }

// SignIn checks an address and a password and gives what opens a session (Visit.SignIn). Exactly one hash is computed whoever asks (C021), none while
// the account is locked (C004). ErrBadCredentials for an unknown address and a wrong password alike; a fault around ErrLocked for both too; ErrUnconfirmed only
// after the right password, a fault around ErrOutside too; *CodeNeeded after it for who has a second factor; fault.TooMany for an address with too many failed ones.
func (s *Service) SignIn(ctx context.Context, email, password string, from Visitor) (Opening, Person, error) {
	leave, err := s.limits.SignIns.Enter(ctx, from.Address)
	if err != nil {
		return Opening{}, Person{}, err
	}
	o, p, err := s.signIn(ctx, email, password, from)
	leave(errors.Is(err, ErrBadCredentials) || errors.Is(err, ErrLocked) || errors.Is(err, ErrOutside))
	return o, p, err
}

func (s *Service) signIn(ctx context.Context, email, password string, from Visitor) (Opening, Person, error) {
	found, err := s.lookUp(ctx, EmailKey(email))
	if err != nil {
		return Opening{}, Person{}, err
	}
	stale, shown := false, wrongPassword
	err = s.try(ctx, found.suspect, activity.Actor{Address: from.Address}, func() (_ verdict, err error) {
		shown, stale, err = s.judgeSignIn(ctx, found, password)
		return shown, err
	})
	switch {
	case err != nil:
		return Opening{}, Person{}, err
	case found.person == nil:
		return Opening{}, Person{}, ErrUnconfirmed
	}
	p := *found.person
	if stale {
		if err := s.rehash(ctx, p, password); err != nil && !errors.Is(err, ErrBusy) { // the next sign-in will do
			return Opening{}, Person{}, err
		}
	}
	if shown == partly {
		return Opening{}, Person{}, s.codeNeeded(p, from)
	}
	return s.opening(ctx, p, from, s.Now())
}

// judgeSignIn compares a password with that of an account. What can be nobody's password is refused before any hashing (C049).
func (s *Service) judgeSignIn(ctx context.Context, found account, password string) (shown verdict, stale bool, err error) {
	if !plausible(password) {
		return wrongPassword, false, nil
	}
	right, stale, err := s.Hasher.Verify(ctx, found.hash, password)
	switch {
	case err != nil || !right || !found.mayEnter():
		return wrongPassword, false, err
	case found.person == nil:
		return wholly, false, nil
	}
	factors, err := s.Factors.Of(ctx, found.person.ID)
	if len(factors) > 0 {
		return partly, stale, err
	}
	return wholly, stale, err
}

// opening is the end of every way to sign in: all that there was to show has been shown. A fault around ErrOutside where the merchant does not allow the
// address; nobody learns that before. typed is when the password was, zero if it was not.
func (s *Service) opening(ctx context.Context, p Person, from Visitor, typed time.Time) (Opening, Person, error) {
	if err := s.admit(ctx, p, from.Address, s.Now()); err != nil {
		return Opening{}, Person{}, err
	}
	if err := s.noteBrowser(ctx, p, from); err != nil {
		return Opening{}, Person{}, err
	}
	return Opening{Browser: from.Browser, PasswordSetAt: p.PasswordSetAt, TypedAt: typed, Entry: activity.Entry{
		Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: from.Address},
		Action: activity.SignedIn, Outcome: activity.Done, At: s.Now(),
	}}, p, nil
}

// account is what a password for an address is compared with. hash is that of the person, of the latest unconfirmed sign-up, or "".
type account struct {
	suspect
	hash string
}

// mayEnter reports whether a right password helps: of somebody disabled it counts as a wrong one, and looks the same (C020).
func (a account) mayEnter() bool { return a.person == nil || a.person.State == Active }

func (s *Service) lookUp(ctx context.Context, key string) (account, error) {
	p, err := s.People.ByEmail(ctx, key)
	if err == nil {
		return account{known(p), p.PasswordHash}, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return account{}, err
	}
	nobody, err := s.stranger(key)
	if err != nil {
		return account{}, err
	}
	r, err := s.Registrations.Newest(ctx, key, s.oldestRegistration())
	if errors.Is(err, ErrNotFound) {
		return account{nobody, ""}, nil
	}
	return account{nobody, r.PasswordHash}, err
}

// noteBrowser tells somebody of a sign-in from a browser that they never used before. The very first one is no news.
func (s *Service) noteBrowser(ctx context.Context, p Person, from Visitor) error {
	seen, err := s.Browsers.Of(ctx, p.ID)
	if err != nil || slices.Contains(seen, from.Browser) {
		return err
	}
	at := s.Now()
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		added, err := s.Browsers.Add(ctx, p.ID, from.Browser, at)
		if err != nil || !added || len(seen) == 0 {
			return err
		}
		return s.tellOwner(ctx, outbox.NewBrowser, p, from, at, 0)
	})
}

// rehash stores the password with today's cost (C047). It is the same password: its age does not change.
func (s *Service) rehash(ctx context.Context, p Person, password string) error {
	hash, err := s.Hasher.Rehash(ctx, password, p.PasswordHash)
	if err != nil {
		return err
	}
	return s.People.SetPasswordHash(ctx, p.Merchant, p.ID, p.PasswordHash, hash)
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
