package auth

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// passkeyAlgorithms are the signatures that are taken, the best first: every authenticator knows one of them.
var passkeyAlgorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// NewPasskey asks somebody who is signed in for a new passkey, on a device that has none of theirs yet. ErrTooManyPasskeys; ErrNotFound where there can
// be none.
func (s *Service) NewPasskey(ctx context.Context, who activity.Actor) (PasskeyRequest, error) {
	if s.Passkeys == nil {
		return PasskeyRequest{}, ErrNotFound
	}
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return PasskeyRequest{}, err
	}
	factors, err := s.Factors.Of(ctx, p.ID)
	if err != nil {
		return PasskeyRequest{}, err
	}
	h, err := s.holder(p, factors)
	if err != nil {
		return PasskeyRequest{}, err
	}
	if len(h.credentials) >= MaxPasskeys {
		return PasskeyRequest{}, ErrTooManyPasskeys
	}
	options, session, err := s.Passkeys.webauthn.BeginRegistration(h, webauthn.WithExclusions(h.descriptors()), webauthn.WithCredentialParameters(passkeyAlgorithms))
	if err != nil {
		return PasskeyRequest{}, err
	}
	return s.request(toAdd, p.ID, session.Challenge, options.Response)
}

// AddPasskey stores a new passkey under a name (C130: the route asks for everything that there is to show). With the first factor come recovery codes,
// which are given here and never again (C129). ErrPasskeyNotAdded, ErrFactorTaken, ErrTooManyPasskeys; field name.
func (s *Service) AddPasskey(ctx context.Context, who activity.Actor, browser, name string, a PasskeyAnswer) (codes []string, err error) {
	if name, err = passkeyName(name); err != nil {
		return nil, err
	}
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return nil, err
	}
	challenge, err := s.challenge(toAdd, p.ID, a.Ceremony)
	if err != nil {
		return nil, err
	}
	made, err := s.madeCredential(p, challenge, a.Response)
	if err != nil {
		return nil, err
	}
	f := Factor{ID: ids.New[ids.FactorID](), Kind: Passkey, Name: name, CredentialID: made.ID}
	if f.Sealed, err = s.sealCredential(p.ID, f.ID, made); err != nil {
		return nil, err
	}
	codes, err = s.addFactor(ctx, p, Visitor{who.Address, browser}, f, func(ctx context.Context) error {
		fresh, err := s.spendChallenge(ctx, challenge)
		if err != nil {
			return err
		}
		if !fresh {
			return ErrPasskeyNotAdded
		}
		return s.notTooMany(ctx, p.ID)
	})
	if err != nil {
		return nil, err
	}
	return codes, s.forgetChallenges(ctx)
}

// madeCredential gives the passkey that a browser has made, or ErrPasskeyNotAdded (WebAuthn Level 3, 7.1).
func (s *Service) madeCredential(p Person, challenge, response string) (webauthn.Credential, error) {
	if challenge == "" || s.Passkeys == nil {
		return webauthn.Credential{}, ErrPasskeyNotAdded
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(response))
	if err != nil {
		return webauthn.Credential{}, ErrPasskeyNotAdded
	}
	made, err := s.Passkeys.webauthn.CreateCredential(holder{person: p}, webauthn.SessionData{
		Challenge: challenge, UserID: []byte(p.ID), UserVerification: protocol.VerificationRequired, CredParams: passkeyAlgorithms,
	}, answer)
	if err != nil {
		return webauthn.Credential{}, ErrPasskeyNotAdded
	}
	return *made, nil
}

func (s *Service) notTooMany(ctx context.Context, p ids.PersonID) error {
	factors, err := s.Factors.Of(ctx, p)
	if err != nil {
		return err
	}
	n := 0
	for _, f := range factors {
		if f.Kind == Passkey {
			n++
		}
	}
	if n > MaxPasskeys {
		return ErrTooManyPasskeys
	}
	return nil
}

func passkeyName(typed string) (string, error) {
	name := strings.TrimSpace(typed)
	switch {
	case name == "":
		return "", fault.InvalidField("name", "form.required", nil)
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl), utf8.RuneCountInString(name) > MaxPasskeyName:
		return "", fault.InvalidField("name", "passkey.bad_name", map[string]any{"Max": MaxPasskeyName})
	}
	return name, nil
}

// HasPasskey reports whether somebody has one that can be shown here.
func (s *Service) HasPasskey(ctx context.Context, p ids.PersonID) (bool, error) {
	if s.Passkeys == nil {
		return false, nil
	}
	factors, err := s.Factors.Of(ctx, p)
	for _, f := range factors {
		if f.Kind == Passkey {
			return true, err
		}
	}
	return false, err
}
