package store

import (
	"context"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

var _ auth.Alarms = alarms{}

type alarms struct{ add, use, dropOld, find *statement }

func prepareAlarms(p *preparer) alarms {
	return alarms{
		add:     p.write(`INSERT INTO alarm_links (token_digest, person_id, created_at) VALUES ($1, $2, $3)`),
		use:     p.write(`UPDATE alarm_links SET used_at = $1 WHERE token_digest = $2 AND used_at = 0`),
		dropOld: p.write(`DELETE FROM alarm_links WHERE created_at < $1`),
		find: p.read(`SELECT p.merchant_id, p.id, a.created_at, a.used_at FROM alarm_links a JOIN people p ON p.id = a.person_id
			WHERE a.token_digest = $1`),
	}
}

func (s alarms) Add(ctx context.Context, p ids.PersonID, tokenDigest []byte, at time.Time) error {
	_, err := s.add.exec(ctx, tokenDigest, p, millis(at))
	return err
}

func (s alarms) Find(ctx context.Context, tokenDigest []byte) (auth.AlarmLink, error) {
	var link auth.AlarmLink
	var made, used int64
	err := s.find.one(ctx, auth.ErrNotFound, []any{tokenDigest}, &link.Merchant, &link.Person, &made, &used)
	link.MadeAt, link.Used = moment(made), used != 0
	return link, err
}

func (s alarms) Use(ctx context.Context, tokenDigest []byte, at time.Time) (bool, error) {
	touched, err := s.use.exec(ctx, millis(at), tokenDigest)
	return touched == 1, err
}

func (s alarms) DropOld(ctx context.Context, oldest time.Time) error {
	_, err := s.dropOld.exec(ctx, millis(oldest))
	return err
}
