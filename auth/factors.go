package auth

import (
	"context"
	"time"

	"merchant-portal/internal/ids"
)

// FactorKind is what a second factor is.
type FactorKind string

// The kinds.
const (
	TOTP    FactorKind = "totp"    // time-based codes of an authenticator (RFC 6238); at most one per person
	Passkey FactorKind = "passkey" // a WebAuthn credential
)

// Factor is something that a person shows beside the password.
type Factor struct {
	ID           ids.FactorID
	Kind         FactorKind
	Name         string // how its owner calls it
	Sealed       []byte // the shared secret, or the credential
	CredentialID []byte // of a passkey, unique over all people; nil for TOTP
	LastStep     int64  // of TOTP: the time step of the last code taken
	CreatedAt    time.Time
	UsedAt       time.Time // zero Unix time: never
}

// Factors stores second factors. A person who has one needs it at every log-in with a password.
type Factors interface {
	// Of lists those of a person, oldest first.
	Of(ctx context.Context, p ids.PersonID) ([]Factor, error)
	// ByCredential finds a passkey and whose it is, or ErrNotFound.
	ByCredential(ctx context.Context, credentialID []byte) (ids.MerchantID, ids.PersonID, Factor, error)
	// Add stores one. ErrFactorTaken where the person has a TOTP already, or the credential is somebody's.
	Add(ctx context.Context, m ids.MerchantID, p ids.PersonID, f Factor) error
	// Remove drops one of a person and reports whether it was there.
	Remove(ctx context.Context, m ids.MerchantID, p ids.PersonID, id ids.FactorID) (bool, error)
	// UseStep notes that a code of a time step was taken, if no code of that step or a later one was, and reports whether it did (C127).
	UseStep(ctx context.Context, p ids.PersonID, id ids.FactorID, step int64, at time.Time) (bool, error)
	// Use notes that a passkey was shown, with what is sealed of it from now on.
	Use(ctx context.Context, p ids.PersonID, id ids.FactorID, sealed []byte, at time.Time) error
}

// RecoveryCodes stores hashes of codes that stand in for a lost factor, once each (C129).
type RecoveryCodes interface {
	// Replace drops all codes of a person and stores others.
	Replace(ctx context.Context, p ids.PersonID, digests [][]byte) error
	// Spend marks a code as used and reports whether it was there and unused.
	Spend(ctx context.Context, p ids.PersonID, digest []byte, at time.Time) (bool, error)
	// Left gives the number of unused codes.
	Left(ctx context.Context, p ids.PersonID) (int, error)
	// Digests lists those of all codes, used ones too, in the same order each time.
	Digests(ctx context.Context, p ids.PersonID) ([][]byte, error)
}

// Challenges remembers which challenges were answered (C131). Those that were only asked leave no row (C039).
type Challenges interface {
	// Spend marks one as answered and reports whether it was not before.
	Spend(ctx context.Context, digest []byte, at time.Time) (bool, error)
	// DropOld drops those answered before oldest. It is no part of an act: it looks at all of them.
	DropOld(ctx context.Context, oldest time.Time) error
}
