package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
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

// PendingLife is for how long a right password waits for the second step of a log-in.
const PendingLife = 10 * time.Minute

// ErrPendingOver: nobody waits for a second step here: it was too long ago, in another browser, or the account is not as it was. One answer for all.
var ErrPendingOver error = fault.New(fault.Invalid, "factor.pending_over")

// CodeNeeded answers a right password of somebody who has a second factor. Nobody is signed in by it. Pending is what SignInWithCode takes: it names
// the person, and opens nothing by itself.
type CodeNeeded struct{ Pending string }

// Error is for the log.
func (*CodeNeeded) Error() string { return "a second factor is needed" }

// pending is a first step as the browser keeps it, sealed: no row is made for it (C039).
type pending struct {
	Merchant      ids.MerchantID `json:"merchant"`
	Person        ids.PersonID   `json:"person"`
	PasswordSetAt int64          `json:"password_set_at"` // with another password meanwhile it is over (C036)
	Browser       []byte         `json:"browser"`         // digest of its name
	At            int64          `json:"at"`              // unix milliseconds
}

var (
	pendingLabel = seal.Label("pending sign-in")
	pendingCoded = base64.RawURLEncoding
)

// codeNeeded makes the answer to a right password.
func (s *Service) codeNeeded(p Person, from Visitor) error {
	browser := sha256.Sum256([]byte(from.Browser))
	text, err := json.Marshal(pending{p.Merchant, p.ID, p.PasswordSetAt.UnixMilli(), browser[:], s.Now().UnixMilli()})
	if err != nil {
		return fmt.Errorf("encode first step: %w", err)
	}
	sealed, err := s.Box.Seal(text, pendingLabel)
	if err != nil {
		return err
	}
	return &CodeNeeded{pendingCoded.EncodeToString(sealed)}
}

// PendingSignIn gives who waits for the second step, or ErrPendingOver.
func (s *Service) PendingSignIn(ctx context.Context, text string, from Visitor) (Person, error) {
	p, _, err := s.firstStep(ctx, text, from)
	return p, err
}

// firstStep is PendingSignIn, with when the password was typed: that is what is fresh afterwards, not the code (C084).
func (s *Service) firstStep(ctx context.Context, text string, from Visitor) (p Person, typed time.Time, err error) {
	sealed, err := pendingCoded.DecodeString(text)
	if err != nil {
		return Person{}, time.Time{}, ErrPendingOver
	}
	opened, err := s.Box.Open(sealed, pendingLabel)
	if errors.Is(err, seal.ErrOpen) {
		return Person{}, time.Time{}, ErrPendingOver
	}
	if err != nil {
		return Person{}, time.Time{}, err
	}
	var first pending
	if err := json.Unmarshal(opened, &first); err != nil {
		return Person{}, time.Time{}, fmt.Errorf("decode first step: %w", err)
	}
	typed = time.UnixMilli(first.At)
	age, browser := s.Now().Sub(typed), sha256.Sum256([]byte(from.Browser))
	if age >= PendingLife || age < -maxSkew || !bytes.Equal(first.Browser, browser[:]) {
		return Person{}, time.Time{}, ErrPendingOver
	}
	p, err = s.People.ByID(ctx, first.Merchant, first.Person)
	if errors.Is(err, ErrNotFound) || (err == nil && (p.State != Active || p.PasswordSetAt.UnixMilli() != first.PasswordSetAt)) {
		return Person{}, time.Time{}, ErrPendingOver
	}
	return p, typed, err
}

// SignInWithCode is the second step of signing in: a code of the authenticator, or a recovery code, each of which counts once (C127, C129). A wrong one
// counts to the lock, and to the limit of its address, as a wrong password does (C128). ErrPendingOver, ErrWrongCode, a fault around ErrLocked, ErrBusy;
// field code where it is empty.
func (s *Service) SignInWithCode(ctx context.Context, pending, code string, from Visitor) (Opening, Person, error) {
	p, typed, err := s.firstStep(ctx, pending, from)
	if err != nil {
		return Opening{}, Person{}, err
	}
	if code == "" {
		return Opening{}, Person{}, fault.InvalidField("code", "form.required", nil)
	}
	return s.secondStep(ctx, p, typed, from, func(ctx context.Context, factors []Factor) (bool, error) {
		return s.takeCode(ctx, p, factors, code, from)
	})
}

// secondStep is one attempt at the second step of whoever waits for it; shows reports whether one of the factors was shown.
func (s *Service) secondStep(
	ctx context.Context, p Person, typed time.Time, from Visitor, shows func(ctx context.Context, factors []Factor) (bool, error),
) (Opening, Person, error) {
	leave, err := s.limits.SignIns.Enter(ctx, from.Address)
	if err != nil {
		return Opening{}, Person{}, err
	}
	opening, p, err := s.stepTaken(ctx, p, typed, from, shows)
	leave(errors.Is(err, ErrWrongCode) || errors.Is(err, ErrLocked) || errors.Is(err, ErrOutside))
	return opening, p, err
}

func (s *Service) stepTaken(
	ctx context.Context, p Person, typed time.Time, from Visitor, shows func(ctx context.Context, factors []Factor) (bool, error),
) (Opening, Person, error) {
	err := s.try(ctx, known(p), activity.Actor{Address: from.Address}, func() (verdict, error) {
		ctx := context.WithoutCancel(ctx) // who goes away has used the code up
		factors, err := s.Factors.Of(ctx, p.ID)
		if err != nil {
			return wrongCode, err
		}
		if len(factors) == 0 { // removed since the first step: no code is right, and none is a guess
			return wrongCode, ErrPendingOver
		}
		right, err := shows(ctx, factors)
		return ofCode(right), err
	})
	if errors.Is(err, ErrBadCredentials) {
		return Opening{}, Person{}, ErrWrongCode
	}
	if err != nil {
		return Opening{}, Person{}, err
	}
	opening, p, err := s.opening(ctx, p, from, typed)
	opening.Factor = true
	return opening, p, err
}
