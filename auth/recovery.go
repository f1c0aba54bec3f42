package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/outbox"
	"merchant-portal/internal/seal"
)

const (
	// RecoveryCodeCount is how many codes are made at a time (C129).
	RecoveryCodeCount = 10
	// FewRecoveryCodes is from how many on somebody is told to make new ones.
	FewRecoveryCodes = 3

	// Digits alone: they can be typed where a phone shows the keypad for the authenticator's codes, and none is mistaken for another. 25 of them are 83 bits.
	recoveryDigits = 25
	recoveryGroup  = 5
)

var recoveryRange = new(big.Int).Exp(big.NewInt(10), big.NewInt(recoveryDigits), nil)

// ErrCodesReplaced: other recovery codes were made meanwhile, or the page that asked for them was sent twice.
var ErrCodesReplaced error = fault.New(fault.Conflict, "factor.codes_replaced")

// newRecoveryCodes draws codes and gives them in groups, for people, with their digests.
func newRecoveryCodes(p ids.PersonID) (codes []string, digests [][]byte) {
	for range RecoveryCodeCount {
		number, _ := rand.Int(rand.Reader, recoveryRange) //nolint:errcheck // never fails since Go 1.24
		code := fmt.Sprintf("%0*d", recoveryDigits, number)
		codes, digests = append(codes, inGroups(code, recoveryGroup, "-")), append(digests, recoveryDigest(p, code))
	}
	return codes, digests
}

// inGroups breaks a text up so that it can be read and typed.
func inGroups(text string, size int, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), size) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}

// recoveryDigest is what is stored of a code. A plain SHA-256 is enough: 83 random bits are not found by trying, so it needs neither a slow hash nor a
// key, and codes outlive the rotation of every key. The person is part of it: a digest moved to somebody else's row is nobody's code.
func recoveryDigest(p ids.PersonID, code string) []byte {
	digest := sha256.Sum256(seal.Label("recovery code", string(p), code))
	return digest[:]
}

// spendRecoveryCode reports whether this is an unused recovery code, uses it up, and tells its owner (C129).
func (s *Service) spendRecoveryCode(ctx context.Context, p Person, code string, from Visitor) (spent bool, err error) {
	if len(code) != recoveryDigits {
		return false, nil
	}
	at := s.Now()
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		if spent, err = s.RecoveryCodes.Spend(ctx, p.ID, recoveryDigest(p.ID, code), at); err != nil || !spent {
			return err
		}
		left, err := s.RecoveryCodes.Left(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := s.Log.Record(ctx, activity.Entry{
			Actor:  activity.Actor{Merchant: p.Merchant, Person: p.ID, Address: from.Address},
			Action: activity.RecoveryCodeUsed, Outcome: activity.Done, At: at,
		}); err != nil {
			return err
		}
		m := toldOf(outbox.RecoveryCodeUsed, p, from, at)
		m.Count = left
		return s.Outbox.Enqueue(ctx, m)
	})
	return spent && err == nil, err
}

// NewRecoveryCodes makes ten codes in place of those that mark tells of (SecondFactors), and gives them, once (C129): the same page sent again makes none.
// ErrCodesReplaced; ErrNotFound for who has no factor that they could stand in for.
func (s *Service) NewRecoveryCodes(ctx context.Context, who activity.Actor, browser, mark string) ([]string, error) {
	p, err := s.People.ByID(ctx, who.Merchant, who.Person)
	if err != nil {
		return nil, err
	}
	at := s.Now()
	codes, digests := newRecoveryCodes(p.ID)
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		factors, err := s.Factors.Of(ctx, p.ID)
		if err != nil {
			return err
		}
		if len(factors) == 0 {
			return ErrNotFound
		}
		present, err := s.codesMark(ctx, p.ID)
		switch {
		case err != nil:
			return err
		case present != mark:
			return ErrCodesReplaced
		}
		if err := s.RecoveryCodes.Replace(ctx, p.ID, digests); err != nil {
			return err
		}
		return s.tellOfFactor(ctx, p, Visitor{who.Address, browser}, activity.RecoveryCodesMade, "", outbox.RecoveryCodesMade, at)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

func (s *Service) codesMark(ctx context.Context, p ids.PersonID) (string, error) {
	digests, err := s.RecoveryCodes.Digests(ctx, p)
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, digest := range digests {
		all.Write(digest)
	}
	return hex.EncodeToString(all.Sum(nil)[:8]), nil
}
