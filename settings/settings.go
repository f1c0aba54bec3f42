// Package settings keeps a merchant's settings, per environment: what may stand in a field, and whether enough is there. It
// refuses to know credentials, and to carry a value from one environment to the other.
package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/form"
	"merchant-portal/internal/ids"
)

// Transactor makes one act one transaction (see auth.Transactor).
type Transactor interface {
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

// Service is the room's front door.
type Service struct {
	store   Store
	tx      Transactor
	log     activity.Log
	now     func() time.Time
	checker *form.Checker
}

// New makes the service.
func New(store Store, tx Transactor, log activity.Log, now func() time.Time) *Service {
	return &Service{store: store, tx: tx, log: log, now: now, checker: form.New(rules)}
}

// General reads the General Settings of an environment; empty ones if nothing was saved yet.
func (s *Service) General(ctx context.Context, m ids.MerchantID, env ids.Environment) (General, error) {
	document, err := s.store.Load(ctx, m, env, GeneralPage)
	if errors.Is(err, ErrNotFound) {
		return General{}, nil
	}
	if err != nil {
		return General{}, err
	}
	return decode(document)
}

// SaveGeneral checks and stores the General Settings of an environment. What breaks a rule gives a fault.Invalid with a message per field,
// and nothing is stored.
func (s *Service) SaveGeneral(ctx context.Context, who activity.Actor, env ids.Environment, g General) error {
	g = g.Trimmed()
	if err := s.checker.Check(g); err != nil {
		return err
	}
	document, err := json.Marshal(g.normal())
	if err != nil {
		return fmt.Errorf("encode general settings: %w", err)
	}
	return s.tx.Do(ctx, func(ctx context.Context) error {
		now := s.now()
		err := s.store.Update(ctx, who.Merchant, env, GeneralPage, now, func([]byte) ([]byte, error) { return document, nil })
		if err != nil {
			return err
		}
		return s.log.Record(ctx, activity.Entry{
			Actor: who, Environment: env, Action: activity.GeneralSettingsSaved, Outcome: activity.Done, At: now,
		})
	})
}

func decode(document []byte) (General, error) {
	var g General
	if err := json.Unmarshal(document, &g); err != nil {
		return General{}, fmt.Errorf("decode general settings: %w", err)
	}
	return g, nil
}
