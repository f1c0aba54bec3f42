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
)

const (
	// RecoveryCodeCount is how many codes are made at a time (C129).
	RecoveryCodeCount = 10
	// FewRecoveryCodes is from how many on somebody is told to make new ones.
	FewRecoveryCodes = 3

	// Digits alone: they can be typed where a phone shows the keypad for the authenticator's codes, and none is mistaken for another. 20 of them are 66 bits.
	recoveryDigits = 20
	recoveryGroup  = 5
)

var recoveryRange = new(big.Int).Exp(big.NewInt(10), big.NewInt(recoveryDigits), nil)

// ErrCodesReplaced: other recovery codes were made meanwhile, or the page that asked for them was sent twice.
var ErrCodesReplaced error = fault.New(fault.Conflict, "factor.codes_replaced")

// newRecoveryCodes draws codes and gives them in groups, for people, with their digests. They are hashed like passwords (ASVS 6.5.2: so few digits have
// to be), with a salt that all ten have in common: looking one up costs one hash, not ten.
func (s *Service) newRecoveryCodes(ctx context.Context, p ids.PersonID) (codes []string, digests [][]byte, err error) {
	var hash string
	for range RecoveryCodeCount {
		number, err := rand.Int(rand.Reader, recoveryRange)
		if err != nil {
			return nil, nil, fmt.Errorf("recovery code: %w", err)
		}
		code := fmt.Sprintf("%0*d", recoveryDigits, number)
		if hash == "" { // the first one draws the salt
			hash, err = s.Hasher.Hash(ctx, recoveryText(p, code))
		} else {
			hash, err = s.Hasher.Rehash(ctx, recoveryText(p, code), hash)
		}
		if err != nil {
			return nil, nil, err
		}
		codes, digests = append(codes, inGroups(code, recoveryGroup, "-")), append(digests, []byte(hash))
	}
	return codes, digests, nil
}

// inGroups breaks a text up so that it can be read and typed.
func inGroups(text string, size int, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), size) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}

// recoveryText is what is hashed of a code. The person is part of it: a hash that is moved to somebody else's row is nobody's code.
func recoveryText(p ids.PersonID, code string) string { return string(p) + " " + code }

// findRecoveryCode gives the digest of a code of a person's, used or not; nil if it is none.
func (s *Service) findRecoveryCode(ctx context.Context, p ids.PersonID, code string) ([]byte, error) {
	stored, err := s.RecoveryCodes.Digests(ctx, p)
	if err != nil {
		return nil, err
	}
	hashes := make([]string, len(stored))
	for i, digest := range stored {
		hashes[i] = string(digest)
	}
	digest, found, err := s.Hasher.Among(ctx, recoveryText(p, code), hashes)
	if !found {
		return nil, err
	}
	return []byte(digest), err
}

// spendRecoveryCode reports whether this is an unused recovery code, uses it up, and tells its owner (C129).
func (s *Service) spendRecoveryCode(ctx context.Context, p Person, code string, from Visitor) (spent bool, err error) {
	if len(code) != recoveryDigits {
		return false, nil
	}
	digest, err := s.findRecoveryCode(ctx, p.ID, code)
	if err != nil || digest == nil {
		return false, err
	}
	at := s.Now()
	err = s.Tx.Do(ctx, func(ctx context.Context) error {
		if spent, err = s.RecoveryCodes.Spend(ctx, p.ID, digest, at); err != nil || !spent {
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
		return s.tellOwner(ctx, outbox.RecoveryCodeUsed, p, from, at, left)
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
	codes, digests, err := s.newRecoveryCodes(ctx, p.ID)
	if err != nil {
		return nil, err
	}
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
