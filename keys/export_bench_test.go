package keys

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"merchant-portal/internal/ids"
)

// Put stores a key with a text and an end, as rotations leave it.
func (s *Service) Put(ctx context.Context, m ids.MerchantID, env ids.Environment, kind Kind, text string, ends time.Time) (Key, error) {
	k, err := s.seal(m, env, kind, text, s.Now())
	if err != nil {
		return Key{}, err
	}
	digest := sha256.Sum256([]byte(text))
	k.Digest = digest[:]
	current, err := s.Store.List(ctx, m, env)
	if err != nil {
		return Key{}, err
	}
	for _, other := range current {
		if other.Kind == kind && other.EndsAt.IsZero() { // one at most has no end
			if err := s.Store.SetEnd(ctx, m, env, other.ID, ends); err != nil {
				return Key{}, err
			}
		}
	}
	return k, s.Store.Add(ctx, k)
}

// VariantNames lists the names of all mistakes that the tables of the bench have.
func VariantNames() (names []string) {
	for _, v := range tokenVariants {
		names = append(names, v.Name)
	}
	for _, v := range requestVariants {
		names = append(names, v.Name)
	}
	for _, m := range bodyMistakes {
		names = append(names, m.name)
	}
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "signature.")
	}
	slices.Sort(names)
	return slices.Compact(names)
}
