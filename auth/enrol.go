package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/seal"
)

// enrolLife is for how long a new authenticator waits for its first code.
const enrolLife = 15 * time.Minute

// ErrEnrolOver: the new authenticator waited too long for its first code, or was somebody else's: begin again.
var ErrEnrolOver error = fault.New(fault.Conflict, "factor.enrol_over")

// Enrolment is a new authenticator that waits for its first code. Nothing of it is stored: Sealed carries it, for this person alone.
type Enrolment struct {
	Secret string // in groups, to be typed
	URI    string // for the QR code
	Sealed string
}

type enrolment struct {
	Secret string `json:"secret"`
	At     int64  `json:"at"` // unix milliseconds
}

func enrolLabel(p ids.PersonID) []byte { return seal.Label("new authenticator", string(p)) }

// NewAuthenticator draws the secret of a new authenticator. issuer is how the portal calls itself.
func (s *Service) NewAuthenticator(who Identity, issuer string) (Enrolment, error) {
	secret := newTOTPSecret()
	text, err := json.Marshal(enrolment{secret, s.Now().UnixMilli()})
	if err != nil {
		return Enrolment{}, fmt.Errorf("encode authenticator: %w", err)
	}
	sealed, err := s.Box.Seal(text, enrolLabel(who.Person))
	if err != nil {
		return Enrolment{}, err
	}
	return enrolmentOf(secret, base64.RawURLEncoding.EncodeToString(sealed), who, issuer)
}

// PendingAuthenticator gives a new authenticator once more, to be shown again: the same secret, as old as it was. ErrEnrolOver if it waits no more.
func (s *Service) PendingAuthenticator(who Identity, issuer, sealed string) (Enrolment, error) {
	secret, err := s.openEnrolment(who.Person, sealed)
	if err != nil {
		return Enrolment{}, err
	}
	return enrolmentOf(secret, sealed, who, issuer)
}

func enrolmentOf(secret, sealed string, who Identity, issuer string) (Enrolment, error) {
	uri, err := totpURI(issuer, who.Email, secret)
	return Enrolment{inGroups(secret, 4, " "), uri, sealed}, err
}

func (s *Service) openEnrolment(p ids.PersonID, text string) (secret string, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", ErrEnrolOver
	}
	opened, err := s.Box.Open(sealed, enrolLabel(p))
	if errors.Is(err, seal.ErrOpen) {
		return "", ErrEnrolOver
	}
	if err != nil {
		return "", err
	}
	var e enrolment
	if err := json.Unmarshal(opened, &e); err != nil {
		return "", fmt.Errorf("decode authenticator: %w", err)
	}
	if age := s.Now().Sub(time.UnixMilli(e.At)); age >= enrolLife || age < -maxSkew {
		return "", ErrEnrolOver
	}
	return e.Secret, nil
}

// AddAuthenticator stores a new authenticator once its first code is right, which counts as taken. A wrong one counts like any other (C009). With the
// first factor come recovery codes, which are given here and never again (C129). ErrWrongCode, a fault around ErrLocked, ErrEnrolOver, ErrFactorTaken;
// field code where it is empty.
func (s *Service) AddAuthenticator(ctx context.Context, who activity.Actor, browser, sealed, typed string) (codes []string, err error) {
	secret, err := s.openEnrolment(who.Person, sealed)
	if err != nil {
		return nil, err
	}
	if typed == "" {
		return nil, fault.InvalidField("code", "form.required", nil)
	}
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return nil, err
	}
	f := Factor{ID: ids.New[ids.FactorID](), Kind: TOTP}
	err = s.try(ctx, known(p), who, func() (verdict, error) {
		step, right, err := stepOf(secret, normalCode(typed), s.Now())
		if !right {
			return wrongCode, err
		}
		f.LastStep = step
		return partly, nil // it shows that the phone works, and nothing about who holds it
	})
	if errors.Is(err, ErrBadCredentials) {
		return nil, ErrWrongCode
	}
	if err != nil {
		return nil, err
	}
	if f.Sealed, err = s.Box.Seal([]byte(secret), factorLabel(p.ID, f.ID)); err != nil {
		return nil, err
	}
	return s.addFactor(ctx, p, Visitor{who.Address, browser}, f, nil)
}
