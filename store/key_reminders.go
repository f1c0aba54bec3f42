package store

import (
	"context"
	"database/sql"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.Reminders = keyReminders{}

type keyReminders struct {
	ending *statement
	remind change
}

func prepareKeyReminders(p *preparer) keyReminders {
	return keyReminders{
		ending: p.read(`SELECT o.merchant_id, o.environment, o.id, o.kind, o.last_four, o.sealed, o.created_at, o.revealed_at, o.first_used_at, o.ends_at,
				o.reminded_at, o.replaces
			FROM access_keys o JOIN access_keys n ON n.merchant_id = o.merchant_id AND n.environment = o.environment AND n.kind = o.kind AND n.ends_at IS NULL
			WHERE o.ends_at > $1 AND o.ends_at <= $2 AND o.reminded_at IS NULL AND 2 * (o.ends_at - $1) <= o.ends_at - n.created_at
			ORDER BY o.ends_at LIMIT $3`),
		remind: p.change(`UPDATE access_keys SET reminded_at = $1
			WHERE merchant_id = $2 AND environment = $3 AND id = $4 AND reminded_at IS NULL AND ends_at = $5`),
	}
}

func (s keyReminders) Ending(ctx context.Context, now time.Time, most time.Duration, limit int) (found []keys.Key, err error) {
	err = s.ending.each(ctx, func(rows *sql.Rows) error {
		var m ids.MerchantID
		var env ids.Environment
		k, err := scanKey("", "", func(dest ...any) error { return rows.Scan(append([]any{&m, &env}, dest...)...) })
		k.Merchant, k.Environment = m, env
		found = append(found, k)
		return err
	}, millis(now), millis(now.Add(most)), limit)
	return found, err
}

func (s keyReminders) SetReminded(ctx context.Context, k keys.Key, at time.Time) (bool, error) {
	touched, err := s.remind.exec(ctx, k.Merchant, millis(at), k.Merchant, k.Environment, k.ID, millis(k.EndsAt))
	return touched == 1, err
}
