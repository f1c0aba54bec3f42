package store

import (
	"context"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.NotificationKeys = notificationKeys{}

type notificationKeys struct {
	add   change
	of    *statement
	known *memory
}

func prepareNotificationKeys(p *preparer) notificationKeys {
	return notificationKeys{
		add: p.change(`INSERT INTO notification_keys (id, merchant_id, environment, public_key, sealed, created_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`),
		of:    p.read(`SELECT id, public_key, sealed, created_at FROM notification_keys WHERE merchant_id = $1 AND environment = $2`),
		known: p.st.known,
	}
}

func (s notificationKeys) Add(ctx context.Context, k keys.NotificationKey) (bool, error) {
	touched, err := s.add.exec(ctx, k.Merchant, k.ID, k.Merchant, k.Environment, k.Public, k.Sealed, millis(k.CreatedAt))
	return touched > 0, err
}

// notificationKeyOf is the key of a remembered pair.
type notificationKeyOf struct{ env ids.Environment }

func (s notificationKeys) Of(ctx context.Context, m ids.MerchantID, env ids.Environment) (keys.NotificationKey, error) {
	return recall(ctx, s.known, m, notificationKeyOf{env}, func() (keys.NotificationKey, error) {
		k := keys.NotificationKey{Merchant: m, Environment: env}
		var createdAt int64
		err := s.of.one(ctx, keys.ErrNoNotificationKey, []any{m, env}, &k.ID, &k.Public, &k.Sealed, &createdAt)
		k.CreatedAt = moment(createdAt)
		return k, err
	})
}
