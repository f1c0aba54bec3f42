package keys

import (
	"context"
	"time"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// Registration is that a merchant has BI-SNAP credentials in an environment: the keys of kinds Secret and PublicKey belong to it.
type Registration struct {
	Merchant    ids.MerchantID
	Environment ids.Environment
	ChannelID   string // five digits
	CreatedAt   time.Time
}

// ErrNotRegistered: there are no BI-SNAP credentials in the environment.
var ErrNotRegistered error = fault.New(fault.NotFound, "fault.not_found")

// Registrations stores them.
type Registrations interface {
	// Register adds the one registration of an environment. A second one is an error.
	Register(ctx context.Context, r Registration) error
	// Of gives it, or ErrNotRegistered.
	Of(ctx context.Context, m ids.MerchantID, env ids.Environment) (Registration, error)
}

// ExternalIDs remembers each X-EXTERNAL-ID for 24 hours.
type ExternalIDs interface {
	// Take reports whether the id is new within the 24 hours before at, and remembers it. Of parallel calls with one id, one gets true.
	Take(ctx context.Context, m ids.MerchantID, env ids.Environment, id string, at time.Time) (bool, error)
}
