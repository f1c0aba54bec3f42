// Package envswitch knows a merchant's two environments: which exist, which are open, and which one a person used last. It
// refuses to let an act choose its environment by itself: the environment is always an argument, never a default.
package envswitch

import (
	"context"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
)

// State says how far an environment of a merchant is.
type State string

// The states. An environment without keys is Inactive; its settings can be filled in already.
const (
	Active   State = "active"
	Inactive State = "inactive"
)

// ErrNotFound: the store has no such environment of this merchant.
var ErrNotFound error = fault.New(fault.NotFound, "fault.not_found")

// Store keeps the environments of merchants.
type Store interface {
	// Create adds an environment in a state.
	Create(ctx context.Context, m ids.MerchantID, env ids.Environment, s State, at time.Time) error
	// State reads the state of an environment, or ErrNotFound.
	State(ctx context.Context, m ids.MerchantID, env ids.Environment) (State, error)
	// Remember stores the environment that a person chose last.
	Remember(ctx context.Context, m ids.MerchantID, p ids.PersonID, env ids.Environment) error
}

// Transactor makes one act one transaction (see auth.Transactor).
type Transactor interface {
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

// Service is the room's front door.
type Service struct {
	Store Store
	Tx    Transactor
	Log   activity.Log
	Now   func() time.Time
}

// MerchantCreated gives a new merchant its environments: Sandbox open from the first minute, Production closed until it is activated.
func (s *Service) MerchantCreated(ctx context.Context, m ids.MerchantID, at time.Time) error {
	if err := s.Store.Create(ctx, m, ids.Sandbox, Active, at); err != nil {
		return err
	}
	return s.Store.Create(ctx, m, ids.Production, Inactive, at)
}

// State reports how far an environment is.
func (s *Service) State(ctx context.Context, m ids.MerchantID, env ids.Environment) (State, error) {
	return s.Store.State(ctx, m, env)
}

// Switch remembers the environment that a person chose. It changes nothing else: which environment a page acts on stands in its URL.
func (s *Service) Switch(ctx context.Context, who activity.Actor, env ids.Environment) error {
	return s.Tx.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.Remember(ctx, who.Merchant, who.Person, env); err != nil {
			return err
		}
		return s.Log.Record(ctx, activity.Entry{
			Actor: who, Environment: env, Action: activity.EnvironmentSwitched, Outcome: activity.Done, At: s.Now(),
		})
	})
}
