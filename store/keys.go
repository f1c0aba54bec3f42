package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.Store = accessKeys{}

type accessKeys struct {
	add, markRevealed, markUsed, setEnd change
	list, get, find                     *statement
	known                               *memory
}

const keyColumns = `id, kind, last_four, sealed, created_at, revealed_at, first_used_at, ends_at, reminded_at, replaces`

func prepareAccessKeys(p *preparer) accessKeys {
	return accessKeys{
		add: p.change(`INSERT INTO access_keys (id, merchant_id, environment, kind, digest, last_four, sealed, created_at, replaces)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`),
		markRevealed: p.change(`UPDATE access_keys SET revealed_at = $1 WHERE merchant_id = $2 AND environment = $3 AND id = $4`),
		markUsed: p.change(`UPDATE access_keys SET first_used_at = $1
			WHERE merchant_id = $2 AND environment = $3 AND id = $4 AND first_used_at IS NULL AND (ends_at IS NULL OR ends_at > $1)`),
		setEnd: p.change(`UPDATE access_keys SET ends_at = $1, reminded_at = NULL WHERE merchant_id = $2 AND environment = $3 AND id = $4`),
		list: p.read(`SELECT ` + keyColumns + ` FROM (SELECT * FROM access_keys WHERE merchant_id = $1 AND environment = $2
			ORDER BY CASE WHEN ends_at IS NULL THEN 0 ELSE 1 END, ends_at DESC, id LIMIT 50) AS latest ORDER BY created_at, kind, id`),
		get:   p.read(`SELECT ` + keyColumns + ` FROM access_keys WHERE merchant_id = $1 AND environment = $2 AND id = $3`),
		find:  p.read(`SELECT merchant_id, environment, ` + keyColumns + ` FROM access_keys WHERE digest = $1`),
		known: p.st.known,
	}
}

func (s accessKeys) Add(ctx context.Context, k keys.Key) error {
	_, err := s.add.exec(ctx, k.Merchant, k.ID, k.Merchant, k.Environment, k.Kind, k.Digest, k.LastFour, k.Sealed, millis(k.CreatedAt), k.Replaces)
	return err
}

// keysOf is the key of a remembered list.
type keysOf struct{ env ids.Environment }

func (s accessKeys) List(ctx context.Context, m ids.MerchantID, env ids.Environment) ([]keys.Key, error) {
	return recall(ctx, s.known, m, keysOf{env}, func() (found []keys.Key, err error) {
		err = s.list.each(ctx, func(rows *sql.Rows) error {
			k, err := scanKey(m, env, rows.Scan)
			found = append(found, k)
			return err
		}, m, env)
		return found, err
	})
}

func (s accessKeys) Get(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID) (keys.Key, error) {
	return scanKey(m, env, func(dest ...any) error {
		return s.get.one(ctx, keys.ErrNotFound, []any{m, env, id}, dest...)
	})
}

// scanKey reads keyColumns of a key of m in env.
func scanKey(m ids.MerchantID, env ids.Environment, scan func(dest ...any) error) (keys.Key, error) {
	k := keys.Key{Merchant: m, Environment: env}
	var createdAt int64
	var revealedAt, firstUsedAt, endsAt, remindedAt sql.NullInt64
	err := scan(&k.ID, &k.Kind, &k.LastFour, &k.Sealed, &createdAt, &revealedAt, &firstUsedAt, &endsAt, &remindedAt, &k.Replaces)
	if err != nil {
		return keys.Key{}, err
	}
	k.CreatedAt = moment(createdAt)
	k.RevealedAt, k.FirstUsedAt, k.EndsAt, k.RemindedAt = maybe(revealedAt), maybe(firstUsedAt), maybe(endsAt), maybe(remindedAt)
	return k, nil
}

// maybe is the moment that a column holds, zero where it holds none.
func maybe(at sql.NullInt64) time.Time {
	if !at.Valid {
		return time.Time{}
	}
	return moment(at.Int64)
}

func (s accessKeys) Find(ctx context.Context, digest []byte) (keys.Key, error) {
	var m ids.MerchantID
	var env ids.Environment
	k, err := scanKey("", "", func(dest ...any) error {
		return s.find.one(ctx, keys.ErrNotFound, []any{digest}, append([]any{&m, &env}, dest...)...)
	})
	k.Merchant, k.Environment = m, env
	return k, err
}

func (s accessKeys) MarkUsed(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, at time.Time) error {
	touched, err := s.markUsed.exec(ctx, m, millis(at), m, env, id)
	if err != nil || touched > 0 {
		return err
	}
	k, err := s.Get(ctx, m, env, id)
	if err == nil && !k.LiveAt(at) {
		return keys.ErrNotFound
	}
	return err
}

func (s accessKeys) SetEnd(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, end time.Time) error {
	ends := sql.NullInt64{Int64: end.UnixMilli(), Valid: !end.IsZero()}
	touched, err := s.setEnd.exec(ctx, m, ends, m, env, id)
	if err == nil && touched == 0 {
		return keys.ErrNotFound
	}
	return err
}

func (s accessKeys) MarkRevealed(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, at time.Time) error {
	touched, err := s.markRevealed.exec(ctx, m, millis(at), m, env, id)
	if err == nil && touched == 0 {
		return keys.ErrNotFound
	}
	return err
}
