package store

import (
	"context"
	"crypto/rand"

	"merchant-portal/internal/activity"
)

var _ activity.Log = activityLog{}

// activityLog appends. There is no statement here that changes or removes an entry.
type activityLog struct{ add *statement }

func prepareActivity(p *preparer) activityLog {
	return activityLog{add: p.write(`INSERT INTO activity (id, merchant_id, person_id, address, environment, action, target, outcome, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)}
}

func (s activityLog) Record(ctx context.Context, e activity.Entry) error {
	_, err := s.add.exec(ctx, rand.Text(), e.Merchant, nullable(string(e.Person)), e.Address, nullable(string(e.Environment)),
		e.Action, e.Target, e.Outcome, millis(e.At))
	return err
}
