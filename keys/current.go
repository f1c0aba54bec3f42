package keys

import (
	"context"
	"sync"

	"merchant-portal/internal/ids"
)

// Current tells what is so at this moment, for what is remembered between requests.
type Current interface {
	// Generation gives the generation of a merchant, or ErrNotFound: while it is the same one, no key of the merchant has changed (docs/adr/0009).
	Generation(ctx context.Context, m ids.MerchantID) (int64, error)
	// FindAt is Store.Find, with the generation at the same moment.
	FindAt(ctx context.Context, digest []byte) (Key, int64, error)
}

// maxRemembered bounds what is remembered of each sort.
const maxRemembered = 10_000

// memory keeps values under the generation that they were read with. The zero value is empty. Safe for concurrent use.
type memory[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]remembered[V]
}

type remembered[V any] struct {
	generation int64
	value      V
}

func (m *memory[K, V]) get(key K) (remembered[V], bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.values[key]
	return found, ok
}

func (m *memory[K, V]) put(key K, generation int64, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[K]remembered[V]{}
	}
	if _, ok := m.values[key]; !ok && len(m.values) >= maxRemembered {
		for any := range m.values { // whichever comes first: it costs its next reader a statement
			delete(m.values, any)
			break
		}
	}
	m.values[key] = remembered[V]{generation, value}
}
