package store

import (
	"bytes"
	"context"
	"database/sql"
	"math"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/activity"
	"merchant-portal/internal/ids"
)

// Kind says what is wrong with a merchant's activity log.
type Kind string

// The kinds (C117).
const (
	Changed  Kind = "changed"   // an entry does not say any more what was written
	Removed  Kind = "removed"   // places are empty
	Moved    Kind = "reordered" // a genuine entry does not follow the one before it
	Added    Kind = "added"     // an entry that the portal did not write
	CutOff   Kind = "cut off"   // the newest entries are gone
	Outside  Kind = "outside"   // entries without a place
	HeadGone Kind = "head gone" // nothing says where the log ends
	HeadFake Kind = "head changed"
	BegunNew Kind = "begun anew" // the entry that every log begins with is not there
	OtherKey Kind = "other key"  // written with a key that the database does not have any more
)

// Finding is one thing that is wrong. Seq is the first place, Last the last one where several are meant, Entry and At the entry found there, if one was.
type Finding struct {
	Kind      Kind
	Seq, Last int64
	Entry     string
	At        time.Time
}

// Verdict is what verifying a merchant's log found: nothing, if it is complete.
type Verdict struct {
	Merchant ids.MerchantID
	Entries  int64
	Findings []Finding
}

// Chains verifies activity logs. It only reads, in pages, and may do so beside a portal at work.
type Chains struct {
	chain                         chain
	merchants, page, end, outside *statement
}

func prepareChains(p *preparer) Chains {
	return Chains{
		chain:     p.st.chain,
		merchants: p.read(`SELECT id FROM merchants WHERE id > $1 ORDER BY id LIMIT 100`),
		page:      p.read(`SELECT ` + linkColumns + ` FROM activity WHERE merchant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT 1000`),
		// one statement: what a portal at work writes is in all of it or in none
		end: p.read(`SELECT h.entries, h.mac, h.seal, (SELECT MAX(seq) FROM activity WHERE merchant_id = m.id)
			FROM merchants m LEFT JOIN activity_heads h ON h.merchant_id = m.id WHERE m.id = $1`),
		outside: p.read(`SELECT COUNT(*), COALESCE(MIN(at), 0) FROM activity WHERE merchant_id = $1 AND seq IS NULL`),
	}
}

// Each verifies the log of every merchant, one after the other.
func (s Chains) Each(ctx context.Context, tell func(Verdict) error) error {
	for last := ids.MerchantID(""); ; {
		var some []ids.MerchantID
		err := s.merchants.each(ctx, func(rows *sql.Rows) error {
			some = append(some, "")
			return rows.Scan(&some[len(some)-1])
		}, last)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, m := range some {
			v, err := s.Verify(ctx, m)
			if err != nil {
				return err
			}
			if err := tell(v); err != nil {
				return err
			}
		}
		last = some[len(some)-1]
	}
}

// Verify verifies the log of a merchant as it is at the moment; auth.ErrNotFound where there is no such merchant.
func (s Chains) Verify(ctx context.Context, m ids.MerchantID) (Verdict, error) {
	h, there, newest, err := s.readEnd(ctx, m)
	if err != nil {
		return Verdict{}, err
	}
	w := walk{chain: s.chain, verdict: Verdict{Merchant: m}}
	until := newest
	switch {
	case !there && newest > 0:
		w.find(Finding{Kind: HeadGone})
	case there && !s.chain.genuine(h):
		w.find(Finding{Kind: HeadFake})
	case there:
		until = h.entries
	}
	if err := s.walk(ctx, &w, until); err != nil {
		return Verdict{}, err
	}
	if there && s.chain.genuine(h) {
		w.finish(h, newest)
	}
	var outside, first int64
	if err := s.outside.one(ctx, auth.ErrNotFound, []any{m}, &outside, &first); err != nil {
		return Verdict{}, err
	}
	if outside > 0 {
		w.find(Finding{Kind: Outside, Last: outside, At: moment(first)})
	}
	if !w.registered && len(w.verdict.Findings) == 0 {
		w.find(Finding{Kind: BegunNew})
	}
	return w.verdict, nil
}

func (s Chains) readEnd(ctx context.Context, m ids.MerchantID) (h head, there bool, newest int64, err error) {
	var entries, last *int64
	h.merchant = m
	if err := s.end.one(ctx, auth.ErrNotFound, []any{m}, &entries, &h.mac, &h.seal, &last); err != nil {
		return h, false, 0, err
	}
	if last != nil {
		newest = *last
	}
	if entries != nil {
		h.entries = *entries
	}
	return h, entries != nil, newest, nil
}

// walk goes through all entries up to a place, in pages.
func (s Chains) walk(ctx context.Context, w *walk, until int64) error {
	for last := int64(math.MinInt64); !w.stopped; {
		before := last
		err := s.page.each(ctx, func(rows *sql.Rows) error {
			var l link
			if err := l.scan(rows); err != nil {
				return err
			}
			last = l.seq
			w.see(l)
			return nil
		}, w.verdict.Merchant, before, until)
		if err != nil || last == before {
			return err
		}
	}
	return nil
}

// walk is how far a verification is. It stops at the first entry that does not fit: nothing after that can be said for certain.
type walk struct {
	chain      chain
	verdict    Verdict
	previous   []byte
	registered bool
	stopped    bool
}

func (w *walk) find(f Finding) { w.verdict.Findings = append(w.verdict.Findings, f) }

func (w *walk) see(l link) {
	if w.stopped {
		return
	}
	next := w.verdict.Entries + 1
	found := Finding{Seq: l.seq, Last: l.seq, Entry: l.id, At: moment(l.at)}
	switch {
	case l.seq > next:
		found = Finding{Kind: Removed, Seq: next, Last: l.seq - 1}
	case l.seq < next:
		found.Kind = Added
	default:
		found.Kind = w.chain.judge(l, w.previous)
	}
	if found.Kind != "" {
		w.stopped = true
		w.find(found)
		return
	}
	w.verdict.Entries, w.previous = l.seq, l.mac
	w.registered = w.registered || l.action == string(activity.MerchantRegistered)
}

// finish compares what was found with a genuine head.
func (w *walk) finish(h head, newest int64) {
	if newest > h.entries {
		w.find(Finding{Kind: Added, Seq: newest, Last: newest})
	}
	switch {
	case w.stopped:
	case w.verdict.Entries < h.entries:
		w.find(Finding{Kind: CutOff, Seq: w.verdict.Entries + 1, Last: h.entries})
	case !bytes.Equal(w.previous, h.mac):
		w.find(Finding{Kind: HeadFake})
	}
}
