package auth

import (
	"context"
	"errors"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
)

// CheckPassword asks somebody who is signed in for the password again: nil, ErrWrongPassword, a fault around ErrLocked, or ErrBusy. Of who has a
// second factor the right password alone does not clear the count of wrong ones (C128).
func (s *Service) CheckPassword(ctx context.Context, who activity.Actor, password string) error {
	if password == "" {
		return fault.InvalidField("password", "form.required", nil)
	}
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return err
	}
	err = s.try(ctx, known(p), who, func() (verdict, error) { return s.judgePassword(ctx, p, password) })
	if errors.Is(err, ErrBadCredentials) {
		return ErrWrongPassword
	}
	return err
}

// judgePassword is the verdict on the password of somebody with an account, while nothing else is shown.
func (s *Service) judgePassword(ctx context.Context, p Person, password string) (verdict, error) {
	right, err := s.verify(ctx, p.PasswordHash, password)
	if err != nil || !right {
		return wrongPassword, err
	}
	factors, err := s.Factors.Of(ctx, p.ID)
	if len(factors) > 0 {
		return partly, err
	}
	return wholly, err
}

// Proof is what somebody who is signed in shows again: the password, and a code or a passkey where there is a second factor.
type Proof struct {
	Password, Code string
	Passkey        PasskeyAnswer
}

// CheckProof asks somebody who is signed in for all that there is to show, in one attempt (C130). Beside what CheckPassword answers: ErrWrongCode,
// ErrWrongPasskey. No code is used up by a wrong password.
func (s *Service) CheckProof(ctx context.Context, who activity.Actor, browser string, in Proof) error {
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return err
	}
	factors, err := s.Factors.Of(ctx, p.ID)
	if err != nil {
		return err
	}
	var missing []fault.Field
	required := fault.Message{ID: "form.required"}
	if in.Password == "" {
		missing = append(missing, fault.Field{Name: "password", Message: required})
	}
	if len(factors) > 0 && in.Code == "" && !in.Passkey.given() {
		missing = append(missing, fault.Field{Name: "code", Message: required})
	}
	if len(missing) > 0 {
		return &fault.Error{Kind: fault.Invalid, Fields: missing}
	}
	shown := wrongPassword
	err = s.try(ctx, known(p), who, func() (_ verdict, err error) {
		shown, err = s.judgeProof(context.WithoutCancel(ctx), p, factors, in, Visitor{who.Address, browser})
		return shown, err
	})
	switch {
	case !errors.Is(err, ErrBadCredentials):
		return err
	case shown == wrongCode && in.Passkey.given():
		return ErrWrongPasskey
	case shown == wrongCode:
		return ErrWrongCode
	}
	return ErrWrongPassword
}

func (s *Service) judgeProof(ctx context.Context, p Person, factors []Factor, in Proof, from Visitor) (verdict, error) {
	right, err := s.verify(ctx, p.PasswordHash, in.Password)
	if err != nil || !right {
		return wrongPassword, err
	}
	if len(factors) == 0 {
		return wholly, nil
	}
	if in.Passkey.given() {
		right, err = s.takePasskey(ctx, toProve, p.ID, p, factors, in.Passkey)
	} else {
		right, err = s.takeCode(ctx, p, factors, in.Code, from)
	}
	return ofCode(right), err
}

// ofCode is the verdict on a second factor that was shown after a right password.
func ofCode(right bool) verdict {
	if right {
		return wholly
	}
	return wrongCode
}

// verify computes whether a password is right; for what can be nobody's password it computes nothing (C049).
func (s *Service) verify(ctx context.Context, stored, password string) (bool, error) {
	if !plausible(password) {
		return false, nil
	}
	right, _, err := s.Hasher.Verify(ctx, stored, password)
	return right, err
}
