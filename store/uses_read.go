package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
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

// lastsOf and refusalsOf name rows that were read.
type (
	lastsOf struct {
		merchant    ids.MerchantID
		environment ids.Environment
	}
	refusalsOf struct {
		lastsOf
		since int64 // hour
	}
)

// readRows are rows that were read within the last flushUses and not written by this node since: what they say of other nodes is late by their flush anyway.
type readRows[K comparable, V any] map[K]readAt[V]

type readAt[V any] struct {
	rows V
	at   time.Time
}

// maxReadRows bounds them; then they are forgotten, all of them.
const maxReadRows = 1000

// rowsOf gives rows from memory, else reads them. The caller holds mu, which is let go of while they are read, and calls end when it is done with both. In a
// transaction they are always read.
func rowsOf[K comparable, V any](ctx context.Context, u *Uses, known *readRows[K, V], of K, read func() (V, error)) (rows V, end func(), err error) {
	now := u.now()
	if found, ok := (*known)[of]; ok && txOf(ctx) == nil && now.Sub(found.at).Abs() < flushUses {
		return found.rows, func() {}, nil
	}
	u.mu.Unlock()
	end = u.between(ctx)
	rows, err = read()
	u.mu.Lock()
	if err != nil || txOf(ctx) != nil {
		return rows, end, err
	}
	if *known == nil || len(*known) >= maxReadRows {
		*known = readRows[K, V]{}
	}
	(*known)[of] = readAt[V]{rows, now}
	return rows, end, nil
}

// Last implements keys.Uses.
func (u *Uses) Last(ctx context.Context, m ids.MerchantID, env ids.Environment) (map[ids.KeyID]keys.LastUse, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	found, end, err := rowsOf(ctx, u, &u.lasts, lastsOf{m, env}, func() (map[ids.KeyID]keys.LastUse, error) { return u.readLast(ctx, m, env) })
	defer end()
	if err != nil {
		return nil, err
	}
	shared := true
	u.each(func(of useOf, counted *use) {
		if of.merchant != m || of.environment != env || counted.last.At.Before(found[of.key].At) {
			return
		}
		if shared {
			found, shared = maps.Clone(found), false
		}
		found[of.key] = counted.last
	}, nil)
	return found, nil
}

func (u *Uses) readLast(ctx context.Context, m ids.MerchantID, env ids.Environment) (map[ids.KeyID]keys.LastUse, error) {
	found := map[ids.KeyID]keys.LastUse{}
	err := u.last.each(ctx, func(rows *sql.Rows) error {
		var id ids.KeyID
		var at int64
		var from string
		err := rows.Scan(&id, &at, &from)
		found[id] = keys.LastUse{At: moment(at), From: from}
		return err
	}, m, env)
	return found, err
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
	u.mu.Lock()
	defer u.mu.Unlock()
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
	u.mu.Lock()
	defer u.mu.Unlock()
	rows, end, err := rowsOf(ctx, u, &u.refusals, refusalsOf{lastsOf{m, env}, hourOf(since)}, func() ([]keys.Refusal, error) {
		return u.readRefusals(ctx, m, env, since)
	})
	defer end()
	if err != nil {
		return nil, err
	}
	sums := map[refusalOf]*keys.Refusal{}
	add := func(r keys.Refusal) {
		of := refusalOf{merchant: m, environment: r.Environment, reason: r.Reason, key: r.Key}
		if sum, ok := sums[of]; ok {
			addRefusal(sum, r)
			return
		}
		sums[of] = &r
	}
	for _, r := range rows {
		add(r)
	}
	u.each(nil, func(of refusalOf, r *keys.Refusal) {
		if of.merchant == m && of.hour >= hourOf(since) && (of.environment == env || of.reason == keys.OtherEnvironment) {
			add(*r)
		}
	})
	found := make([]keys.Refusal, 0, len(sums))
	for _, sum := range sums {
		found = append(found, *sum)
	}
	slices.SortFunc(found, func(a, b keys.Refusal) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Key, b.Key))
	})
	return found, nil
}

func (u *Uses) readRefusals(ctx context.Context, m ids.MerchantID, env ids.Environment, since time.Time) (found []keys.Refusal, err error) {
	err = u.refused.each(ctx, func(rows *sql.Rows) error {
		var r keys.Refusal
		var at int64
		err := rows.Scan(&r.Environment, &r.Reason, &r.Key, &r.Requests, &at, &r.From)
		r.At = moment(at)
		found = append(found, r)
		return err
	}, m, hourOf(since), env)
	return found, err
}
