package store

import (
	"context"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Resets = resets{}

type resets struct{ add, use, endAll, dropOld, count, find *statement }

func prepareResets(p *preparer) resets {
	return resets{
		add:     p.write(`INSERT INTO password_resets (token_digest, person_id, created_at) VALUES ($1, $2, $3)`),
		use:     p.write(`UPDATE password_resets SET dead_at = $1 WHERE token_digest = $2 AND dead_at IS NULL`),
		endAll:  p.write(`UPDATE password_resets SET dead_at = $1 WHERE person_id = $2 AND dead_at IS NULL`),
		dropOld: p.write(`DELETE FROM password_resets WHERE created_at < $1`),
		count: p.read(`SELECT COUNT(*) FROM password_resets
			WHERE person_id = $1 AND created_at <= $4 AND (created_at > $3 OR (created_at > $2 AND dead_at IS NULL))`),
		find: p.read(`SELECT p.merchant_id, p.id, r.created_at FROM password_resets r JOIN people p ON p.id = r.person_id
			WHERE r.token_digest = $1 AND r.dead_at IS NULL`),
	}
}

func (s resets) Add(ctx context.Context, p ids.PersonID, tokenDigest []byte, at time.Time) error {
	_, err := s.add.exec(ctx, tokenDigest, p, millis(at))
	return err
}

func (s resets) Count(ctx context.Context, p ids.PersonID, live, mailed, until time.Time) (n int, err error) {
	err = s.count.one(ctx, auth.ErrNotFound, []any{p, millis(live), millis(mailed), millis(until)}, &n)
	return n, err
}

func (s resets) Find(ctx context.Context, tokenDigest []byte) (m ids.MerchantID, p ids.PersonID, made time.Time, err error) {
	var at int64
	err = s.find.one(ctx, auth.ErrNotFound, []any{tokenDigest}, &m, &p, &at)
	return m, p, moment(at), err
}

func (s resets) Use(ctx context.Context, tokenDigest []byte, at time.Time) (bool, error) {
	touched, err := s.use.exec(ctx, millis(at), tokenDigest)
	return touched == 1, err
}

func (s resets) EndAll(ctx context.Context, p ids.PersonID, at time.Time) error {
	_, err := s.endAll.exec(ctx, millis(at), p)
	return err
}

func (s resets) DropOld(ctx context.Context, oldest time.Time) error {
	_, err := s.dropOld.exec(ctx, millis(oldest))
	return err
}
