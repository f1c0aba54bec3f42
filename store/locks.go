package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"merchant-portal/auth"
)

var _ auth.Locks = locks{}

// locks keeps them with a version: whoever writes has to know the present one. Each is a single statement, so that many attempts on
// PostgreSQL wait for each other and none has to be run again.
type locks struct{ load, add, swap *statement }

func prepareLocks(p *preparer) locks {
	return locks{
		load: p.read(`SELECT failed, pending, locked_until, version FROM password_locks WHERE subject = $1`),
		add: p.write(`INSERT INTO password_locks (failed, pending, locked_until, version, subject) VALUES ($1, $2, $3, 1, $4)
			ON CONFLICT (subject) DO NOTHING`),
		swap: p.write(`UPDATE password_locks SET failed = $1, pending = $2, locked_until = $3, version = version + 1
			WHERE subject = $4 AND version = $5`),
	}
}

// lease is the stored form of an auth.Lease.
type lease struct {
	ID    string `json:"id"`
	Until int64  `json:"until"`
}

func (s locks) Load(ctx context.Context, subject string) (auth.Lock, int64, error) {
	var l auth.Lock
	var pending []byte
	var until, version int64
	err := s.load.one(ctx, auth.ErrNotFound, []any{subject}, &l.Failed, &pending, &until, &version)
	if errors.Is(err, auth.ErrNotFound) {
		return auth.Lock{}, 0, nil
	}
	if err != nil {
		return auth.Lock{}, 0, err
	}
	var leases []lease
	if err := json.Unmarshal(pending, &leases); err != nil {
		return auth.Lock{}, 0, fmt.Errorf("pending attempts of %s: %w", subject, err)
	}
	for _, p := range leases {
		l.Pending = append(l.Pending, auth.Lease{ID: p.ID, Until: moment(p.Until)})
	}
	l.Until = momentOrNever(until)
	return l, version, nil
}

func (s locks) Swap(ctx context.Context, subject string, version int64, next auth.Lock) (bool, error) {
	leases := make([]lease, 0, len(next.Pending))
	for _, p := range next.Pending {
		leases = append(leases, lease{p.ID, millis(p.Until)})
	}
	pending, err := json.Marshal(leases)
	if err != nil {
		return false, fmt.Errorf("pending attempts of %s: %w", subject, err)
	}
	values := []any{next.Failed, string(pending), millisOrZero(next.Until), subject}
	var touched int64
	if version == 0 {
		touched, err = s.add.exec(ctx, values...)
	} else {
		touched, err = s.swap.exec(ctx, append(values, version)...)
	}
	return touched == 1, err
}

// momentOrNever and millisOrZero are for times that may be none, which is stored as 0.
func momentOrNever(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return moment(ms)
}

func millisOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return millis(t)
}
