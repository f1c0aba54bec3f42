package store

import (
	"context"
	"math/rand/v2"
	"sync"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
)

// memory keeps what was read of a merchant, under the generation that the merchant's row had then. Every change gives the row another
// generation in its own transaction, and every signed-in request reads the row together with its session: what is answered from
// here is exactly what the database holds, on every node and beside every other program of ours. Rows changed by hand are seen once
// the merchant's generation is changed too (docs/adr/0009, docs/operations.md).
type memory struct {
	mu        sync.Mutex
	merchants map[ids.MerchantID]remembered
}

type remembered struct {
	generation int64
	values     map[any]any
}

// maxRemembered bounds the number of merchants in memory: about 10 kB each.
const maxRemembered = 1000

func newMemory() *memory { return &memory{merchants: map[ids.MerchantID]remembered{}} }

func (k *memory) get(m ids.MerchantID, generation int64, key any) (any, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known := k.merchants[m]
	if known.generation != generation {
		return nil, false
	}
	value, ok := known.values[key]
	return value, ok
}

func (k *memory) put(m ids.MerchantID, generation int64, key, value any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.merchants[m]
	if !ok && len(k.merchants) >= maxRemembered {
		for any := range k.merchants { // whichever comes first: it costs its next reader one statement
			delete(k.merchants, any)
			break
		}
	}
	if known.generation != generation {
		known = remembered{generation, map[any]any{}}
		k.merchants[m] = known
	}
	known.values[key] = value
}

// recall answers from memory what the visitor's own merchant had when the session was read, else loads it. Transactions always load.
// Callers must not change what they get.
func recall[T any](ctx context.Context, k *memory, m ids.MerchantID, key any, load func() (T, error)) (T, error) {
	visit := auth.VisitOf(ctx)
	if visit.Generation == 0 || visit.Identity.Merchant != m || txOf(ctx) != nil {
		return load()
	}
	return recallAt(k, m, visit.Generation, key, load)
}

// recallAt is recall for who has just read the generation.
func recallAt[T any](k *memory, m ids.MerchantID, generation int64, key any, load func() (T, error)) (T, error) {
	if value, ok := k.get(m, generation, key); ok {
		return value.(T), nil //nolint:forcetypeassert // a key belongs to one type
	}
	value, err := load()
	if err == nil {
		k.put(m, generation, key, value)
	}
	return value, err
}

// change is a write to something that may be remembered: it gives the merchant another generation in the same transaction.
type change struct {
	*statement
	st *Store
}

func (p *preparer) change(query string) change { return change{p.write(query), p.st} }

// exec runs the write for merchant m and gives the number of rows that it touched.
func (c change) exec(ctx context.Context, m ids.MerchantID, args ...any) (touched int64, err error) {
	err = c.st.Do(ctx, func(ctx context.Context) error {
		if touched, err = c.statement.exec(ctx, args...); err != nil || touched == 0 {
			return err
		}
		_, err = c.st.renew.exec(ctx, rand.Int64N(1<<62)+2, m) //nolint:gosec // it only has to be another one
		return err
	})
	auth.VisitOf(ctx).Generation = 0 // the rest of this request sees its own change
	return touched, err
}
