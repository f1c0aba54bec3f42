package store

import (
	"context"
	"time"

	"merchant-portal/envswitch"
	"merchant-portal/internal/ids"
)

var _ envswitch.Store = environments{}

type environments struct {
	create, remember change
	state            *statement
	known            *memory
}

func prepareEnvironments(p *preparer) environments {
	return environments{
		create:   p.change(`INSERT INTO environments (merchant_id, environment, state, created_at) VALUES ($1, $2, $3, $4)`),
		remember: p.change(`UPDATE people SET last_environment = $1 WHERE merchant_id = $2 AND id = $3`),
		state:    p.read(`SELECT state FROM environments WHERE merchant_id = $1 AND environment = $2`),
		known:    p.st.known,
	}
}

func (s environments) Create(ctx context.Context, m ids.MerchantID, env ids.Environment, state envswitch.State, at time.Time) error {
	_, err := s.create.exec(ctx, m, m, env, state, millis(at))
	return err
}

// stateOf is the key of a remembered state.
type stateOf struct{ env ids.Environment }

func (s environments) State(ctx context.Context, m ids.MerchantID, env ids.Environment) (envswitch.State, error) {
	return recall(ctx, s.known, m, stateOf{env}, func() (state envswitch.State, err error) {
		err = s.state.one(ctx, envswitch.ErrNotFound, []any{m, env}, &state)
		return state, err
	})
}

func (s environments) Remember(ctx context.Context, m ids.MerchantID, p ids.PersonID, env ids.Environment) error {
	touched, err := s.remember.exec(ctx, m, env, m, p)
	if err == nil && touched == 0 {
		return envswitch.ErrNotFound
	}
	return err
}
