package store

import (
	"context"
	"time"

	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
)

var _ envswitch.Store = environments{}

type environments struct{ create, remember, state *statement }

func prepareEnvironments(p *preparer) environments {
	return environments{
		create:   p.write(`INSERT INTO environments (merchant_id, environment, state, created_at) VALUES ($1, $2, $3, $4)`),
		remember: p.write(`UPDATE people SET last_environment = $1 WHERE merchant_id = $2 AND id = $3`),
		state:    p.read(`SELECT state FROM environments WHERE merchant_id = $1 AND environment = $2`),
	}
}

func (s environments) Create(ctx context.Context, m ids.MerchantID, env ids.Environment, state envswitch.State, at time.Time) error {
	_, err := s.create.exec(ctx, m, env, state, millis(at))
	return err
}

func (s environments) State(ctx context.Context, m ids.MerchantID, env ids.Environment) (envswitch.State, error) {
	var state envswitch.State
	err := s.state.one(ctx, envswitch.ErrNotFound, []any{m, env}, &state)
	return state, err
}

func (s environments) Remember(ctx context.Context, m ids.MerchantID, p ids.PersonID, env ids.Environment) error {
	touched, err := s.remember.exec(ctx, env, m, p)
	if err == nil && touched == 0 {
		return envswitch.ErrNotFound
	}
	return err
}
