package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

// between keeps flushes away while rows and memory are read, until the function that it returns is called. Within a transaction it does not: a flush
// that waits for the one writer of SQLite would wait for who waits for it. There, what is being written may be seen twice.
func (u *Uses) between(ctx context.Context) (end func()) {
	if txOf(ctx) != nil {
		return func() {}
	}
	u.writes.RLock()
	return u.writes.RUnlock
}

// Last implements keys.Uses.
func (u *Uses) Last(ctx context.Context, m ids.MerchantID, env ids.Environment) (map[ids.KeyID]keys.LastUse, error) {
	defer u.between(ctx)()
	found := map[ids.KeyID]keys.LastUse{}
	err := u.last.each(ctx, func(rows *sql.Rows) error {
		var id ids.KeyID
		var at int64
		var from string
		err := rows.Scan(&id, &at, &from)
		found[id] = keys.LastUse{At: moment(at), From: from}
		return err
	}, m, env)
	if err != nil {
		return nil, err
	}
	u.each(func(of useOf, counted *use) {
		if of.merchant == m && of.environment == env && !counted.last.At.Before(found[of.key].At) {
			found[of.key] = counted.last
		}
	}, nil)
	return found, nil
}

// PerDay implements keys.Uses.
func (u *Uses) PerDay(ctx context.Context, m ids.MerchantID, env ids.Environment, id ids.KeyID, first time.Time, days int) ([]int64, error) {
	defer u.between(ctx)()
	const hours = 24
	perDay := make([]int64, days)
	from := hourOf(first)
	to := from + int64(days)*hours
	err := u.perHour.each(ctx, func(rows *sql.Rows) error {
		var hour, requests int64
		if err := rows.Scan(&hour, &requests); err != nil {
			return err
		}
		perDay[(hour-from)/hours] += requests
		return nil
	}, m, env, id, from, to)
	if err != nil {
		return nil, err
	}
	u.each(func(of useOf, counted *use) {
		if of != (useOf{m, env, id}) {
			return
		}
		for hour, requests := range counted.requests {
			if hour >= from && hour < to {
				perDay[(hour-from)/hours] += requests
			}
		}
	}, nil)
	return perDay, nil
}

// Refusals implements keys.Uses. The latest come first.
func (u *Uses) Refusals(ctx context.Context, m ids.MerchantID, env ids.Environment, since time.Time) ([]keys.Refusal, error) {
	defer u.between(ctx)()
	sums := map[refusalOf]*keys.Refusal{}
	add := func(r keys.Refusal) {
		of := refusalOf{merchant: m, environment: r.Environment, reason: r.Reason, key: r.Key}
		if sum, ok := sums[of]; ok {
			addRefusal(sum, r)
			return
		}
		sums[of] = &r
	}
	err := u.refusals.each(ctx, func(rows *sql.Rows) error {
		var r keys.Refusal
		var at int64
		if err := rows.Scan(&r.Environment, &r.Reason, &r.Key, &r.Requests, &at, &r.From); err != nil {
			return err
		}
		r.At = moment(at)
		add(r)
		return nil
	}, m, hourOf(since), env)
	if err != nil {
		return nil, err
	}
	u.each(nil, func(of refusalOf, r *keys.Refusal) {
		if of.merchant == m && of.hour >= hourOf(since) && (of.environment == env || of.reason == keys.OtherEnvironment) {
			add(*r)
		}
	})
	var found []keys.Refusal
	for _, sum := range sums {
		found = append(found, *sum)
	}
	slices.SortFunc(found, func(a, b keys.Refusal) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Key, b.Key))
	})
	return found, nil
}
