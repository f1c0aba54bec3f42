// Package settings keeps a merchant's settings, per environment: what may stand in a field, what it was before, and whether enough is there. It
// refuses to know credentials, to overwrite what somebody else has saved meanwhile, and to carry a value to the other environment that nobody chose.
package settings

import (
	"context"
	"errors"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
)

// Transactor makes one act one transaction (see auth.Transactor).
type Transactor interface {
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

// Staff is what this room asks of the people of a merchant: auth.Service has it.
type Staff interface {
	// MayStill reads, in the transaction of ctx, whether who acts has a permission in an environment: a refusal where not.
	MayStill(ctx context.Context, who activity.Actor, permission string, env ids.Environment) error
}

// Deps is what the room works with. All of it is required.
type Deps struct {
	Store Store
	Tx    Transactor
	Log   activity.Log
	Staff Staff
	Now   func() time.Time

	Notifications NotificationKeys
}

// Service is the room's front door.
type Service struct {
	Deps
	checker *form.Checker
}

// New makes the service.
func New(d Deps) *Service { return &Service{Deps: d, checker: form.New(rules)} }

// State is a page as it stands: its fields, and the number of their version, 0 where nothing was saved yet.
type State struct {
	Version int64
	Values  Values
}

// Page reads a page of settings of an environment; an empty one if nothing was saved yet.
func (s *Service) Page(ctx context.Context, m ids.MerchantID, env ids.Environment, p Page) (State, error) {
	d, err := s.Store.Load(ctx, m, env, p)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return State{}, err
	}
	values, err := d.values()
	return State{d.Version, values}, err
}

// General reads the General Settings of an environment; empty ones if nothing was saved yet.
func (s *Service) General(ctx context.Context, m ids.MerchantID, env ids.Environment) (General, error) {
	state, err := s.Page(ctx, m, env, GeneralPage)
	return GeneralOf(state.Values), err
}

// GeneralOf is the form of General Settings with these fields.
func GeneralOf(values Values) (g General) {
	fill(&g, values)
	return g
}
