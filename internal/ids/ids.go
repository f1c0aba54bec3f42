// Package ids names the things of the portal: merchants, people, keys, environments. Each has a type of its own, so that
// the compiler refuses a person where a merchant belongs. It knows nothing about what the named things are.
package ids

import (
	"crypto/rand"
	"fmt"
	"math/big"
)

// MerchantID is a merchant's public number: "G" and nine digits, the same in both environments (map-facts section 1).
type MerchantID string

// PersonID names somebody who can sign in. Random, never shown.
type PersonID string

// RegistrationID names a sign-up that waits for its confirmation.
type RegistrationID string

// SessionID names one session to its owner. It is not the token and opens nothing.
type SessionID string

// PastPasswordID names a password that somebody had. Never shown.
type PastPasswordID string

// FormID names a form that was kept for somebody.
type FormID string

// InvitationID names an invitation within its merchant.
type InvitationID string

// FactorID names a second factor to its owner.
type FactorID string

// KeyID names one credential of one merchant in one environment. It is no secret and may stand in a URL.
type KeyID string

// NotificationKeyID names the key pair that signs the notifications of an environment.
type NotificationKeyID string

// DocumentID names an uploaded document of a merchant. It is no secret and may stand in a URL.
type DocumentID string

// Environment is one of the two worlds of a merchant. The zero value is none of them and is refused by the database.
type Environment string

// The two environments, spelled as in URLs and in the database.
const (
	Sandbox    Environment = "sandbox"
	Production Environment = "production"
)

// Environments lists all environments, the harmless one first.
func Environments() []Environment { return []Environment{Sandbox, Production} }

// ParseEnvironment reports the environment spelled s, and whether there is one.
func ParseEnvironment(s string) (Environment, bool) {
	switch e := Environment(s); e {
	case Sandbox, Production:
		return e, true
	default:
		return "", false
	}
}

// NewMerchantID draws a Merchant ID. Nine digits are few: the caller draws again when the number is taken.
func NewMerchantID() MerchantID {
	const first, count = 100_000_000, 900_000_000
	n, err := rand.Int(rand.Reader, big.NewInt(count))
	if err != nil {
		panic(fmt.Sprintf("ids: no randomness: %v", err)) // crypto/rand never fails on the systems that Go supports
	}
	return MerchantID(fmt.Sprintf("G%09d", first+n.Int64()))
}

// New draws a random text id of 130 bits for any of the types above but MerchantID.
func New[T ~string]() T { return T(rand.Text()) }
