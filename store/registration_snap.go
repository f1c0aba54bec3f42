package store

import (
	"context"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.Registrations = snapRegistrations{}

type snapRegistrations struct {
	add   change
	of    *statement
	known *memory
}

func prepareSnapRegistrations(p *preparer) snapRegistrations {
	return snapRegistrations{
		add:   p.change(`INSERT INTO snap_registrations (merchant_id, environment, channel_id, created_at) VALUES ($1, $2, $3, $4)`),
		of:    p.read(`SELECT channel_id, created_at FROM snap_registrations WHERE merchant_id = $1 AND environment = $2`),
		known: p.st.known,
	}
}

func (s snapRegistrations) Register(ctx context.Context, r keys.Registration) error {
	_, err := s.add.exec(ctx, r.Merchant, r.Merchant, r.Environment, r.ChannelID, millis(r.CreatedAt))
	return err
}

// snapOf is the key of a remembered registration.
type snapOf struct{ env ids.Environment }

func (s snapRegistrations) Of(ctx context.Context, m ids.MerchantID, env ids.Environment) (keys.Registration, error) {
	return recall(ctx, s.known, m, snapOf{env}, func() (keys.Registration, error) {
		r := keys.Registration{Merchant: m, Environment: env}
		var createdAt int64
		err := s.of.one(ctx, keys.ErrNotRegistered, []any{m, env}, &r.ChannelID, &createdAt)
		r.CreatedAt = moment(createdAt)
		return r, err
	})
}
