package store

import (
	"context"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.ExternalIDs = externalIDs{}

// externalIDLife is for how long an X-EXTERNAL-ID is taken. Uses.purge removes older ones.
const externalIDLife = 24 * time.Hour

type externalIDs struct{ take *statement }

func prepareExternalIDs(p *preparer) externalIDs {
	return externalIDs{take: p.write(`INSERT INTO external_ids (merchant_id, environment, external_id, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (merchant_id, environment, external_id) DO UPDATE SET at = excluded.at WHERE external_ids.at <= $5`)}
}

// Take implements keys.ExternalIDs, by a single statement: of parallel ones, the database lets one write.
func (s externalIDs) Take(ctx context.Context, m ids.MerchantID, env ids.Environment, id string, at time.Time) (bool, error) {
	touched, err := s.take.exec(ctx, m, env, id, millis(at), millis(at.Add(-externalIDLife)))
	return touched == 1, err
}
