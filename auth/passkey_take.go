package auth

import (
	"bytes"
	"context"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"merchant-portal/internal/ids"
)

// takePasskey reports whether an answer is right for a purpose, and uses its challenge up (C131; WebAuthn Level 3, 7.2). asked is whom the challenge was
// made for, "" if for whoever it may be; p is whose factors these are. ErrWrongPasskey, which counts to no lock, for what comes too late or once more: that is
// no guess, but a page that stood open or was sent twice.
func (s *Service) takePasskey(ctx context.Context, what purpose, asked ids.PersonID, p Person, factors []Factor, a PasskeyAnswer) (bool, error) {
	challenge, err := s.challenge(what, asked, a.Ceremony)
	if err != nil || s.Passkeys == nil {
		return false, err
	}
	if challenge == "" {
		return false, ErrWrongPasskey
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.Response))
	if err != nil || (asked == "" && len(answer.Response.UserHandle) == 0) {
		return false, nil //nolint:nilerr // what is no answer is a wrong one
	}
	f, found := byCredential(factors, answer.RawID)
	if !found {
		return false, nil
	}
	stored, err := s.openCredential(p.ID, f)
	if err != nil {
		return false, err
	}
	shown, err := s.Passkeys.webauthn.ValidateLogin(holder{p, []webauthn.Credential{stored}}, webauthn.SessionData{
		Challenge: challenge, UserID: []byte(p.ID), UserVerification: protocol.VerificationRequired,
	}, answer)
	if err != nil {
		return false, nil //nolint:nilerr // the library says why, and nobody is told
	}
	return s.usePasskey(ctx, p, f, challenge, *shown)
}

// usePasskey notes what was shown, unless the passkey is gone meanwhile, its counter was seen, or the challenge was answered before.
func (s *Service) usePasskey(ctx context.Context, p Person, f Factor, challenge string, shown webauthn.Credential) (used bool, err error) {
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		used = false
		factors, err := s.Factors.Of(ctx, p.ID)
		if err != nil {
			return err
		}
		present, found := byCredential(factors, f.CredentialID)
		if !found {
			return nil
		}
		stored, err := s.openCredential(p.ID, present)
		if err != nil {
			return err
		}
		stored.Authenticator.UpdateCounter(shown.Authenticator.SignCount)
		if stored.Authenticator.CloneWarning {
			return nil
		}
		fresh, err := s.spendChallenge(ctx, challenge)
		if err != nil {
			return err
		}
		if !fresh {
			return ErrWrongPasskey
		}
		sealed, err := s.sealCredential(p.ID, present.ID, shown)
		if err != nil {
			return err
		}
		used = true
		return s.Factors.Use(ctx, p.ID, present.ID, sealed, s.Now())
	})
	if err != nil {
		return false, err
	}
	return used, s.forgetChallenges(ctx)
}

func byCredential(factors []Factor, id []byte) (Factor, bool) {
	i := slices.IndexFunc(factors, func(f Factor) bool { return f.Kind == Passkey && bytes.Equal(f.CredentialID, id) })
	if i < 0 {
		return Factor{}, false
	}
	return factors[i], true
}
