package store

import (
	"context"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.Current = currentKeys{}

type currentKeys struct{ generation, find *statement }

func prepareCurrentKeys(p *preparer) currentKeys {
	return currentKeys{
		generation: p.read(`SELECT generation FROM merchants WHERE id = $1`),
		find: p.read(`SELECT (SELECT m.generation FROM merchants m WHERE m.id = merchant_id), merchant_id, environment, ` + keyColumns + `
			FROM access_keys WHERE digest = $1`),
	}
}

// Generation implements keys.Current.
func (s currentKeys) Generation(ctx context.Context, m ids.MerchantID) (generation int64, err error) {
	err = s.generation.one(ctx, keys.ErrNotFound, []any{m}, &generation)
	return generation, err
}

// FindAt implements keys.Current.
func (s currentKeys) FindAt(ctx context.Context, digest []byte) (keys.Key, int64, error) {
	var generation int64
	var m ids.MerchantID
	var env ids.Environment
	k, err := scanKey("", "", func(dest ...any) error {
		return s.find.one(ctx, keys.ErrNotFound, []any{digest}, append([]any{&generation, &m, &env}, dest...)...)
	})
	k.Merchant, k.Environment = m, env
	return k, generation, err
}
