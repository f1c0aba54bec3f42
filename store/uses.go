package store

import (
	"log/slog"
	"sync"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/keys"
)

var _ keys.Uses = (*Uses)(nil)

// Uses counts requests in memory and writes what came together, of all keys at once: a request itself writes nothing (docs/adr/0025). What is not
// written yet is part of every answer on this node; another node sees it at most flushUses later, or twice that for what readRows remembers. A node that is
// killed forgets it.
type Uses struct {
	addRequests, setLast, addRefusals, purgeUses, purgeRefusals, purgeExternalIDs *statement
	last, perHour, refused                                                        *statement

	writes   sync.RWMutex // held by a flush, so that nobody reads what is in memory and in its row at once
	mu       sync.Mutex   // guards what follows, up to rows
	pending  uncounted
	writing  uncounted // what a flush has under way
	lasts    readRows[lastsOf, map[ids.KeyID]keys.LastUse]
	refusals readRows[refusalsOf, []keys.Refusal]

	full   chan struct{}
	tx     auth.Transactor
	now    func() time.Time
	logger *slog.Logger
}

const (
	// flushUses is how often counts are written.
	flushUses = time.Minute
	// maxUncounted bounds the keys, and the refusals, that wait to be written. At half of it a flush begins at once; what is beyond it is not counted.
	maxUncounted = 2048
	// usesLife is for how long counts are kept.
	usesLife = 31 * 24 * time.Hour
)

// useOf names a key whose requests are counted.
type useOf struct {
	merchant    ids.MerchantID
	environment ids.Environment
	key         ids.KeyID
}

// use is what a key was used for since the last flush.
type use struct {
	requests map[int64]int64 // by hour
	last     keys.LastUse
}

// refusalOf names refusals that are one row.
type refusalOf struct {
	merchant    ids.MerchantID
	environment ids.Environment
	reason      keys.Reason
	key         ids.KeyID
	hour        int64
}

// uncounted is what is not written yet.
type uncounted struct {
	uses     map[useOf]*use
	refusals map[refusalOf]*keys.Refusal
}

func nothingCounted() uncounted {
	return uncounted{map[useOf]*use{}, map[refusalOf]*keys.Refusal{}}
}

func prepareUses(p *preparer) *Uses {
	return &Uses{
		addRequests: p.write(`INSERT INTO key_uses (merchant_id, environment, key_id, hour, requests) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (merchant_id, environment, key_id, hour) DO UPDATE SET requests = key_uses.requests + excluded.requests`),
		setLast: p.write(`INSERT INTO key_last_uses (merchant_id, environment, key_id, used_at, used_from) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (merchant_id, environment, key_id) DO UPDATE SET used_at = excluded.used_at, used_from = excluded.used_from
			WHERE key_last_uses.used_at <= excluded.used_at`),
		addRefusals: p.write(`INSERT INTO key_refusals (merchant_id, environment, reason, key_id, hour, requests, refused_at, refused_from)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (merchant_id, environment, reason, key_id, hour) DO UPDATE SET
			requests = key_refusals.requests + excluded.requests,
			refused_from = CASE WHEN key_refusals.refused_at <= excluded.refused_at THEN excluded.refused_from ELSE key_refusals.refused_from END,
			refused_at = CASE WHEN key_refusals.refused_at <= excluded.refused_at THEN excluded.refused_at ELSE key_refusals.refused_at END`),
		purgeUses:        p.write(`DELETE FROM key_uses WHERE hour < $1`),
		purgeRefusals:    p.write(`DELETE FROM key_refusals WHERE hour < $1`),
		purgeExternalIDs: p.write(`DELETE FROM external_ids WHERE at <= $1`),
		last:             p.read(`SELECT key_id, used_at, used_from FROM key_last_uses WHERE merchant_id = $1 AND environment = $2`),
		perHour: p.read(`SELECT hour, requests FROM key_uses
			WHERE merchant_id = $1 AND environment = $2 AND key_id = $3 AND hour >= $4 AND hour < $5`),
		refused: p.read(`SELECT environment, reason, key_id, requests, refused_at, refused_from FROM key_refusals
			WHERE merchant_id = $1 AND hour >= $2 AND (environment = $3 OR reason = 'other_environment')`),
		pending: nothingCounted(), writing: nothingCounted(), full: make(chan struct{}, 1),
		tx: p.st, now: p.st.options.Now, logger: p.st.options.Logger,
	}
}

// hourOf is the hour that a moment belongs to, counted from 1970.
func hourOf(at time.Time) int64 { return millis(at) / time.Hour.Milliseconds() }

// Count implements keys.Uses.
func (u *Uses) Count(k keys.Key, at time.Time, from string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	of := useOf{k.Merchant, k.Environment, k.ID}
	counted, ok := u.pending.uses[of]
	if !ok {
		if !u.room(len(u.pending.uses) + len(u.writing.uses)) {
			return
		}
		counted = &use{requests: map[int64]int64{}}
		u.pending.uses[of] = counted
	}
	counted.add(hourOf(at), 1, keys.LastUse{At: at, From: from})
}

func (u *use) add(hour, requests int64, last keys.LastUse) {
	u.requests[hour] += requests
	if !last.At.Before(u.last.At) {
		u.last = last
	}
}

// Refuse implements keys.Uses.
func (u *Uses) Refuse(m ids.MerchantID, r keys.Refusal) {
	u.mu.Lock()
	defer u.mu.Unlock()
	r.Requests = 1
	of := refusalOf{m, r.Environment, r.Reason, r.Key, hourOf(r.At)}
	if known, ok := u.pending.refusals[of]; ok {
		addRefusal(known, r)
	} else if u.room(len(u.pending.refusals) + len(u.writing.refusals)) {
		u.pending.refusals[of] = &r
	}
}

// addRefusal adds refusals to those counted in sum.
func addRefusal(sum *keys.Refusal, r keys.Refusal) {
	sum.Requests += r.Requests
	if !r.At.Before(sum.At) {
		sum.At, sum.From = r.At, r.From
	}
}

// room reports whether one more may wait beside n, and sees to it that they are written before there are too many.
func (u *Uses) room(n int) bool {
	if n >= maxUncounted/2 {
		select {
		case u.full <- struct{}{}:
		default: // it is known
		}
	}
	return n < maxUncounted
}
