package store

import (
	"context"
	"crypto/rand"
	"errors"

	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

var _ activity.Log = activityLog{}

// activityLog appends. There is no statement here that changes or removes an entry.
type activityLog struct {
	tx      *Store
	chain   chain
	add     *statement
	head    *statement
	last    *statement
	putHead *statement
}

func prepareActivity(p *preparer) activityLog {
	return activityLog{
		tx: p.st, chain: p.st.chain,
		add: p.write(`INSERT INTO activity (id, merchant_id, person_id, address, environment, action, target, outcome, at, seq, mac)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`),
		putHead: p.write(`INSERT INTO activity_heads (merchant_id, entries, mac, seal) VALUES ($1, $2, $3, $4)
			ON CONFLICT (merchant_id) DO UPDATE SET entries = excluded.entries, mac = excluded.mac, seal = excluded.seal`),
		head: p.read(`SELECT entries, mac, seal FROM activity_heads WHERE merchant_id = $1`),
		last: p.read(`SELECT seq, mac FROM activity WHERE merchant_id = $1 AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1`),
	}
}

// Record writes the entry and the end of the chain that it makes together. Acts of one merchant meet here: each has its place (C117).
func (s activityLog) Record(ctx context.Context, e activity.Entry) error {
	return s.tx.Do(ctx, func(ctx context.Context) error {
		h, whole, err := s.end(ctx, e.Merchant)
		if err != nil {
			return err
		}
		l := link{
			id: rand.Text(), merchant: e.Merchant, person: nullable(string(e.Person)), environment: nullable(string(e.Environment)),
			address: e.Address, action: string(e.Action), target: e.Target, result: string(e.Outcome), at: millis(e.At), seq: h.entries + 1,
		}
		if l.mac, err = s.chain.tie(l, h.mac); err != nil {
			return err
		}
		h.entries, h.mac, h.seal = l.seq, l.mac, []byte{}
		if whole {
			if h, err = s.chain.sealed(h); err != nil {
				return err
			}
		}
		// the head comes first: acts that meet wait for each other there, and one of them is run again
		if _, err := s.putHead.exec(ctx, h.merchant, h.entries, h.mac, h.seal); err != nil {
			return err
		}
		_, err = s.add.exec(ctx, l.id, l.merchant, l.person, l.address, l.environment, l.action, l.target, l.result, l.at, l.seq, l.mac)
		return err
	})
}

var errNoHead = errors.New("no head")

// end gives the end of a chain, and whether it is whole. A head that somebody tampered with is carried on from what is there, so that nobody is locked
// out by it, but it never gets a seal again: verifying finds it for ever. An entry that was put at the next place is not made room for: the merchant's acts fail.
func (s activityLog) end(ctx context.Context, m ids.MerchantID) (h head, whole bool, err error) {
	h.merchant = m
	err = s.head.one(ctx, errNoHead, []any{m}, &h.entries, &h.mac, &h.seal)
	switch {
	case err == nil && s.chain.genuine(h):
		return h, true, nil
	case err != nil && !errors.Is(err, errNoHead):
		return h, false, err
	}
	missing := errors.Is(err, errNoHead)
	h = head{merchant: m}
	err = s.last.one(ctx, errNoHead, []any{m}, &h.entries, &h.mac)
	if errors.Is(err, errNoHead) {
		return h, missing, nil // neither head nor entries: a new merchant
	}
	return h, false, err
}
