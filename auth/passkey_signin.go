package auth

import (
	"context"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"merchant-portal/internal/activity"
)

// AskPasskey asks whoever it may be for a passkey, to sign in without a password. ErrNotFound where there are none.
func (s *Service) AskPasskey() (PasskeyRequest, error) {
	if s.Passkeys == nil {
		return PasskeyRequest{}, ErrNotFound
	}
	options, session, err := s.Passkeys.webauthn.BeginDiscoverableLogin()
	if err != nil {
		return PasskeyRequest{}, err
	}
	return s.request(toSignIn, "", session.Challenge, options.Response)
}

// AskPasskeyStep asks for a passkey as the second step of a log-in. ErrPendingOver; ErrNotFound for who has none.
func (s *Service) AskPasskeyStep(ctx context.Context, pending string, from Visitor) (PasskeyRequest, error) {
	p, err := s.PendingSignIn(ctx, pending, from)
	if err != nil {
		return PasskeyRequest{}, err
	}
	return s.askOwn(ctx, toStep, p)
}

// AskPasskeyProof asks somebody who is signed in. ErrNotFound for who has none.
func (s *Service) AskPasskeyProof(ctx context.Context, who activity.Actor) (PasskeyRequest, error) {
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return PasskeyRequest{}, err
	}
	return s.askOwn(ctx, toProve, p)
}

func (s *Service) askOwn(ctx context.Context, what purpose, p Person) (PasskeyRequest, error) {
	factors, err := s.Factors.Of(ctx, p.ID)
	if err != nil {
		return PasskeyRequest{}, err
	}
	h, err := s.holder(p, factors)
	if err != nil {
		return PasskeyRequest{}, err
	}
	if s.Passkeys == nil || len(h.credentials) == 0 {
		return PasskeyRequest{}, ErrNotFound
	}
	options, session, err := s.Passkeys.webauthn.BeginLogin(h)
	if err != nil {
		return PasskeyRequest{}, err
	}
	return s.request(what, p.ID, session.Challenge, options.Response)
}

// SignInWithPasskey signs in whose passkey answers. It stands for password and second factor, but not for a password that was typed: what asks for that
// asks on. A wrong answer counts to the lock of whoever the passkey belongs to, and to the limit of its address, as a wrong password does (C009, C128).
// ErrWrongPasskey, a fault around ErrLocked, ErrBusy.
func (s *Service) SignInWithPasskey(ctx context.Context, a PasskeyAnswer, from Visitor) (Opening, Person, error) {
	leave, err := s.limits.SignIns.Enter(ctx, from.Address)
	if err != nil {
		return Opening{}, Person{}, err
	}
	o, p, err := s.signInWithPasskey(ctx, a, from)
	leave(errors.Is(err, ErrWrongPasskey) || errors.Is(err, ErrLocked) || errors.Is(err, ErrOutside))
	return o, p, err
}

func (s *Service) signInWithPasskey(ctx context.Context, a PasskeyAnswer, from Visitor) (Opening, Person, error) {
	p, err := s.claimed(ctx, a)
	if err != nil {
		return Opening{}, Person{}, err
	}
	err = s.try(ctx, known(p), activity.Actor{Address: from.Address}, func() (verdict, error) {
		if p.State != Active {
			return wrongCode, nil
		}
		ctx := context.WithoutCancel(ctx) // who goes away has used the challenge up
		factors, err := s.Factors.Of(ctx, p.ID)
		if err != nil {
			return wrongCode, err
		}
		right, err := s.takePasskey(ctx, toSignIn, "", p, factors, a)
		return ofCode(right), err
	})
	if errors.Is(err, ErrBadCredentials) {
		return Opening{}, Person{}, ErrWrongPasskey
	}
	if err != nil {
		return Opening{}, Person{}, err
	}
	opening, p, err := s.opening(ctx, p, from, time.Time{})
	if err != nil {
		return Opening{}, Person{}, err
	}
	opening.Factor = true
	return opening, p, nil
}

// claimed finds whose passkey it is said to be. The id of a passkey is random and no page shows it: who names one has had it in hand, or guesses.
func (s *Service) claimed(ctx context.Context, a PasskeyAnswer) (Person, error) {
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.Response))
	if err != nil {
		return Person{}, ErrWrongPasskey
	}
	m, id, _, err := s.Factors.ByCredential(ctx, answer.RawID)
	if errors.Is(err, ErrNotFound) {
		return Person{}, ErrWrongPasskey
	}
	if err != nil {
		return Person{}, err
	}
	return s.People.ByID(ctx, m, id)
}

// SignInWithPasskeyStep is the second step of signing in, by a passkey. ErrPendingOver, ErrWrongPasskey, a fault around ErrLocked, ErrBusy.
func (s *Service) SignInWithPasskeyStep(ctx context.Context, pending string, a PasskeyAnswer, from Visitor) (Opening, Person, error) {
	p, typed, err := s.firstStep(ctx, pending, from)
	if err != nil {
		return Opening{}, Person{}, err
	}
	opening, p, err := s.secondStep(ctx, p, typed, from, func(ctx context.Context, factors []Factor) (bool, error) {
		return s.takePasskey(ctx, toStep, p.ID, p, factors, a)
	})
	if errors.Is(err, ErrWrongCode) {
		err = ErrWrongPasskey
	}
	return opening, p, err
}
