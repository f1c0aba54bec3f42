package keys

import (
	"context"
	"time"

	"merchant-portal/internal/ids"
)

// LastUse is when and from which address a key was used last.
type LastUse struct {
	At   time.Time
	From string
}

// Reason is why a request was refused that showed something of this merchant. Each has words, "refusal." and its name, in the catalogs.
type Reason string

// The reasons.
const (
	WrongKind        Reason = "wrong_kind"        // a client key, or a credential of BI-SNAP, where a server key belongs
	OtherEnvironment Reason = "other_environment" // against the host of the other environment
	Ended            Reason = "ended"             // the key has reached its end
	BadSignature     Reason = "bad_signature"
	StaleTimestamp   Reason = "stale_timestamp"
	BadToken         Reason = "bad_token" // of this merchant, but too old, or its key has ended
	WrongPartner     Reason = "wrong_partner"
	WrongChannel     Reason = "wrong_channel"
	SameExternalID   Reason = "same_external_id"
)

// Refusal is how often requests were refused for a reason since some moment. Environment is that of the credential, not of the host; Key is empty where no key is known.
type Refusal struct {
	Environment ids.Environment
	Reason      Reason
	Key         ids.KeyID
	Requests    int64
	At          time.Time // of the last one
	From        string    // the address of the last one
}

// Uses counts requests. Counts are kept in memory and written once a minute at most: a program that is killed loses what it has not written. A key's
// first use is no matter of counting, see Store.MarkUsed.
type Uses interface {
	// Count counts a request that a key opened.
	Count(k Key, at time.Time, from string)
	// Refuse counts a request of a merchant that was refused.
	Refuse(m ids.MerchantID, r Refusal)
	// Last gives the last use of each key of an environment that was used at all. The caller must not change what it gets.
	Last(ctx context.Context, m ids.MerchantID, env ids.Environment) (map[ids.KeyID]LastUse, error)
	// PerDay gives the requests of a key on each of the days that begin at first, one after the other, each of 24 hours. first is a whole hour.
	PerDay(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, first time.Time, days int) ([]int64, error)
	// Refusals gives what was refused since a moment (whole hours): of the environment's credentials, and of the other's against this one.
	Refusals(ctx context.Context, m ids.MerchantID, env ids.Environment, since time.Time) ([]Refusal, error)
}
